"""What a gate says of a change: in words for people, and for programs that watch builds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isnan
from shlex import quote
from typing import Any, Final
from xml.etree import ElementTree as ET

from ..simulator.experiment import Experiment
from ..simulator.gate import NEW, Gated, looks
from ..simulator.judging import Judgement, Verdict, judged
from ..simulator.targets import Target
from .annotations import annotation
from .case_formats import xml_text
from .target_words import by_verdict, counts_words, found_words, lines_of, target_words, value_words, why_open
from .targets import Answer, Code, answer_data
from .terminal import neutral
from .text import wrapped

_LISTS: Final = (
    ("--protected", ("protected_automated",)),
    ("--loops", ("bot_loop", "loop_", "stumble")),
    ("--refused", ("person_reached", "turns_to_person", "ended_refused")),
    ("--misrouted", ("misroute", "first_inbox_right", "rule_placed", "escalation", "transfer", "touches")),
    ("--unhelped", ("helped", "gave_up", "lost", "time_to_help", "false_deflection", "recontact", "csat", "ces")),
)
"""Which conversations show why a measure is as it is, by the beginning of its id."""
FOLDER = "runs/gate"


def answer_of_gate(gated: Gated, if_open: Code) -> Answer:
    """What a gate comes to; `if_open` is the code where it cannot be told."""
    name = gated.experiment.names[NEW]
    codes: dict[Verdict, Code] = {"pass": 0, "fail": 1, "cannot tell": if_open}
    conclusion = f"{name} {counts_words(gated.judgements)}"
    ship = name if gated.verdict == "pass" else None
    return Answer(gated.targets, ((NEW, gated.judgements),), gated.level, conclusion, ship, codes[gated.verdict])


def gate_text(answer: Answer, experiment: Experiment, most: int, command: str, out: str | None, width: int) -> str:
    """The conclusion, a line for each target, what to do next, and the command that comes to the same again."""
    old, new = experiment.names[0], experiment.names[NEW]
    (_, judgements), *_ = answer.judged
    about = f"targets of {answer.targets.place}, {experiment.replications} replications of {experiment.scenario.name}"
    many = {"for {} targets": len(judgements), "at {} looks": len(looks(most))}
    held = " and ".join(words.format(count) for words, count in many.items() if count > 1)
    together = f"Intervals hold all together at 95 %, {held}." if held else "Intervals are of 95 %."
    head = [f"{answer.conclusion} ({about}, seed {experiment.seed}; the baseline is {old}).", together]
    lines = lines_of(judgements, width, _before(answer, experiment))
    told = [*(wrapped(neutral(each), width) for each in head), *lines]
    blocks = ["\n".join(told)]
    steps = [f"- {each}" for each in next_steps(answer, new, most, out)]
    if steps:
        blocks.append("\n".join(["What to do next:", *(wrapped(neutral(each), width) for each in steps)]))
    # Never folded: it is to be copied.
    blocks.append(f"Again: {neutral(command)}")
    return "\n\n".join(blocks) + "\n"


def _before(answer: Answer, experiment: Experiment) -> dict[Target, str]:
    """How it was under the baseline, where a target does not say so itself."""
    return {
        each.target: f"; {neutral(experiment.names[0])}: {value_words(each)}"
        for each in judged(experiment, answer.targets, 0)
        if each.target.kind != "worse_by_at_most" and not isnan(each.value)
    }


def next_steps(answer: Answer, new: str, most: int, out: str | None) -> Iterator[str]:
    """What to look at, for each target that is missed, and what would decide those that are open."""
    (_, judgements), *_ = answer.judged
    folder = out or FOLDER
    failing = [each.target for each in judgements if each.verdict == "fail"]
    if failing and out is None:
        yield f"keep the conversations: the same command with --out {FOLDER}"
    shown: dict[str, None] = {}
    for target in failing:
        shown.setdefault(_look_at(target, new, folder))
    yield from shown
    for each in judgements:
        if each.verdict == "cannot tell":
            more = f" (--at-most-replications, {most} now)" if each.can_be_decided and each.n >= most else ""
            yield f"{target_words(each.target)}: {why_open(each, answer.level)}{more}"


def _look_at(target: Target, new: str, folder: str) -> str:
    for option, beginnings in _LISTS:
        if target.metric.id.startswith(beginnings):
            of = f" --{target.part[0]} {quote(target.part[1])}" if target.part[0] in ("segment", "team") else ""
            return f"read them: deskdrill transcripts {quote(folder)} --policy {quote(new)}{of} {option}"
    return f"see when and where: the waits by the hour and the teams in {folder}/report.html"


def open_words(judgements: Sequence[Judgement], replications: int) -> str:
    """Which targets are still open after so many replications."""
    still = [neutral(target_words(each.target)) for each in judgements if each.can_be_decided]
    return f"{replications} replications: {len(still)} of {len(judgements)} targets open: {'; '.join(still)}"


def gate_data(answer: Answer, experiment: Experiment, most: int, command: str) -> dict[str, Any]:
    """The same for programs."""
    return {
        "scenario": experiment.scenario.name,
        "old": experiment.names[0],
        "new": experiment.names[NEW],
        "seed": experiment.seed,
        "replications": experiment.replications,
        "at_most_replications": most,
        "command": command,
        **answer_data(answer, experiment),
    }


def gate_junit(answer: Answer, experiment: Experiment) -> str:
    """A test case for each target; one that cannot be told is an error where the build is to be red, else skipped."""
    (_, judgements), *_ = answer.judged
    unsure = "skipped" if answer.code == 0 else "error"
    tags = {"fail": "failure", "cannot tell": unsure}
    many = {tag: sum(tags.get(each.verdict) == tag for each in judgements) for tag in ("failure", "error", "skipped")}
    counts = {"tests": str(len(judgements)), "failures": str(many["failure"])}
    counts |= {"errors": str(many["error"]), "skipped": str(many["skipped"])}
    root = ET.Element("testsuites", counts)
    suite = ET.SubElement(root, "testsuite", {"name": xml_text(answer.targets.place), **counts})
    new = xml_text(experiment.names[NEW])
    for number, each in enumerate(judgements):
        twice = any(other.target.id == each.target.id for other in judgements[:number])
        name = target_words(each.target) + (f" (line {each.target.line})" if twice else "")
        about = {"classname": new, "name": xml_text(name), "file": xml_text(answer.targets.place)}
        case = ET.SubElement(suite, "testcase", {**about, "line": str(each.target.line)})
        if each.verdict != "pass":
            ET.SubElement(case, tags[each.verdict], {"message": xml_text(found_words(each))})
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def gate_github(answer: Answer) -> Iterator[str]:
    """An annotation for each target that is not reached, beside its line; where all are, a notice of that."""
    (_, judgements), *_ = answer.judged
    if all(each.verdict == "pass" for each in judgements):
        first = judgements[0].target
        yield annotation("notice", answer.targets.place, first.line, first.column, "deskdrill gate", answer.conclusion)
    for each in by_verdict(judgements):
        if each.verdict != "pass":
            level = "error" if each.verdict == "fail" or answer.code else "warning"
            text = f"{target_words(each.target)}: {found_words(each)}"
            title = f"deskdrill gate: {each.verdict}"
            yield annotation(level, answer.targets.place, each.target.line, each.target.column, title, text)
