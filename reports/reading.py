"""Conversations as people read them: lists, and one from beginning to end."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from ..calendar import Clock
from ..quantities import format_duration
from ..simulator.run_folder import Listed
from ..simulator.spoken import Line
from ..simulator.transcript import Transcript
from .terminal import neutral
from .text import grid

LONGEST_OPENING = 160
_STAMP = len("Mon 10:15:20  ")


def stamp(clock: Clock, at_s: float) -> str:
    """A moment to the second: `Mon 10:15:20`."""
    return f"{clock.label(at_s)}:{clock.stamp(at_s).second:02}"


def list_text(listed: Sequence[Listed], clock: Clock, width: int) -> str:
    """Conversations, one a line, as they are ordered; ends with a line break."""
    headers = ["id", "segment", "intent", "outcome", "at", "wait", "trouble", "opens with"]
    rows = [_row(each, clock) for each in listed]
    room = width - sum(
        max(map(len, column)) + 2 for column in zip(headers[:-1], *(row[:-1] for row in rows), strict=True)
    )
    for row in rows:
        row[-1] = _cut(row[-1], max(room, 20))
    return grid(rows, headers, right_from=len(headers)) + "\n"


def listed_data(listed: Sequence[Listed], clock: Clock) -> list[dict[str, Any]]:
    """The same for programs, openings in full."""
    return [{**asdict(each), "starts": stamp(clock, each.starts_s)} for each in listed]


def transcript_text(transcript: Transcript, width: int) -> str:
    """One conversation: what was said and done, what the rules saw and why they fired, and the truth beside it."""
    blocks = [
        f"{transcript.id}\n{textwrap.fill(neutral(transcript.title), width)}",
        "\n".join(text for line in transcript.lines for text in _line(line, transcript.clock, width)),
        _pairs("What the rules saw when it opened", transcript.facts, width),
        "\n".join(["Rules", *(_hanging("  - ", neutral(step), width) for step in transcript.trace)])
        if transcript.trace
        else "",
        _pairs("The truth, which no rule sees", transcript.truth, width),
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def transcript_data(transcript: Transcript) -> dict[str, Any]:
    """The same for programs."""
    lines = [{**asdict(line), "at": stamp(transcript.clock, line.at_s)} for line in transcript.lines]
    named = {"facts": dict(transcript.facts), "truth": dict(transcript.truth), "trace": list(transcript.trace)}
    kept = {name: getattr(transcript, name) for name in ("id", "policy", "replication", "segment", "intent", "title")}
    return {**kept, "lines": lines, **named}


def _row(each: Listed, clock: Clock) -> list[str]:
    troubles = [
        (each.lost, "lost"),
        (each.loop, "loop"),
        (each.misrouted, "misrouted"),
        (not each.helped, "unhelped"),
    ]
    return [
        each.id,
        each.segment,
        each.intent,
        each.outcome.replace("_", " "),
        clock.label(each.starts_s),
        "-" if each.wait_s is None else format_duration(each.wait_s),
        ", ".join(word for holds, word in troubles if holds) or "-",
        neutral(each.opening),
    ]


def _line(line: Line, clock: Clock, width: int) -> Iterator[str]:
    who = neutral(line.name if line.author in (line.name, "system") else f"{line.name} ({line.author})")
    yield f"{stamp(clock, line.at_s)}  {who}"
    indent = " " * _STAMP
    for paragraph in line.text.splitlines() or [""]:
        yield _hanging(indent, neutral(paragraph), width)
    if line.note:
        yield _hanging(f"{indent}[", f"{neutral(line.note)}]", width)


def _pairs(title: str, pairs: Sequence[tuple[str, str]], width: int) -> str:
    if not pairs:
        return ""
    longest = max(len(name) for name, _ in pairs)
    return "\n".join(
        [title, *(_hanging(f"  {neutral(name):<{longest}}  ", neutral(value), width) for name, value in pairs)]
    )


def _hanging(start: str, text: str, width: int) -> str:
    return (
        textwrap.fill(text, width, initial_indent=start, subsequent_indent=" " * len(start), break_on_hyphens=False)
        or start.rstrip()
    )


def _cut(text: str, room: int) -> str:
    room = min(room, LONGEST_OPENING)
    return text if len(text) <= room else f"{text[: room - 1].rstrip()}…"
