"""Transcripts as chats, with the rules that fired and the truth beside them."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

from ...quantities import format_duration
from ...simulator.spoken import Line
from ...simulator.transcript import Transcript
from ..markup import Markup, element
from .values import policy_name

_AUTHORS = ("customer", "bot", "agent", "system")


def transcripts_list(transcripts: Sequence[Transcript], policies: tuple[str, ...]) -> Markup:
    """All of them, folded but for the first."""
    if not transcripts:
        return element("p", "This run kept no transcripts.")
    return element(
        "div",
        *(_folded(each, number, policies) for number, each in enumerate(transcripts, start=1)),
        class_="transcripts",
    )


def _folded(transcript: Transcript, number: int, policies: tuple[str, ...]) -> Markup:
    place = policies.index(transcript.policy) if transcript.policy in policies else 0
    summary = element(
        "summary",
        element("span", f"{number}.", class_="rank"),
        element("bdi", transcript.title, class_="title"),
        policy_name(place, transcript.policy),
        element("code", transcript.id),
    )
    beside = element(
        "div",
        _pairs("The truth, which no rule sees", transcript.truth),
        _pairs("What the rules saw", transcript.facts),
        class_="beside",
    )
    told = element("div", _chat(transcript), beside, class_="told")
    return element("details", summary, told, _trace(transcript.trace), class_="transcript on-paper", open=number == 1)


def _chat(transcript: Transcript) -> Markup:
    starts_s = transcript.lines[0].at_s if transcript.lines else 0.0
    return element("ol", *(_line(line, transcript, starts_s) for line in transcript.lines), class_="chat")


def _line(line: Line, transcript: Transcript, starts_s: float) -> Markup:
    author = line.author if line.author in _AUTHORS else "system"
    since = format_duration(line.at_s - starts_s) if isfinite(line.at_s) and line.at_s > starts_s else None
    return element(
        "li",
        element(
            "div",
            element("b", element("bdi", line.name)),
            f" {author} · " if author not in (line.name, "system") else " · ",
            element("time", transcript.clock.label(line.at_s) if isfinite(line.at_s) else "–"),
            since and f" (+{since})",
            class_="who",
        ),
        element("p", line.text, class_="said", dir="auto"),
        element("p", line.note, class_="note", dir="auto") if line.note else None,
        class_=f"line {author}",
    )


def _pairs(title: str, pairs: tuple[tuple[str, str], ...]) -> Markup | None:
    if not pairs:
        return None
    return element(
        "section",
        element("h4", title),
        element("dl", *([element("dt", key), element("dd", value, dir="auto")] for key, value in pairs)),
    )


def _trace(trace: tuple[str, ...]) -> Markup | None:
    if not trace:
        return None
    steps = element(
        "ol", *(element("li", step, dir="auto", class_="fired" if _fired(step) else None) for step in trace)
    )
    return element("section", element("h4", "How the rules were tried"), steps, class_="trace")


def _fired(step: str) -> bool:
    return step.partition(":")[0].endswith(" fired")
