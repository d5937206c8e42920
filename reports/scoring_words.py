"""How well rules place messages, in words: precision and recall of each team, and what goes wrong most."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..rules.scoring import Conflict, Confusion, Score, TeamScore
from ..simulator.intervals import wilson
from .export import number_or_none
from .terminal import brief, neutral
from .text import grid, wrapped

MOST = 5
"""Confusions and conflicts that are shown."""


def score_text(found: Score, place: str, width: int) -> str:
    """How many are placed rightly, a table of teams, and the worst conflicts and confusions."""
    name, size = neutral(found.policy.name), found.size
    head = f"{name} on {neutral(place)}: {found.right:,} of {size:,} messages reach their right team"
    blocks = [wrapped(f"{head} ({_share(found.right, size)}).", width), _table(found)]
    blocks.append("\n".join(wrapped(line, width) for line in _counts(found)))
    if found.pairs:
        blocks.append(_listing("Conflicts, most frequent first:", found.pairs[:MOST], found, width))
    if found.confusions:
        blocks.append(_listing("Wrong teams, most frequent first:", found.confusions[:MOST], found, width))
    return "\n\n".join(blocks) + "\n"


def score_data(found: Score, place: str, code: int) -> dict[str, Any]:
    """The same for programs, all of it."""
    return {
        "policy": found.policy.name,
        "on": place,
        "messages": found.size,
        "right": _share_data(found.right, found.size),
        "teams": [
            {
                "team": each.team,
                "own": each.own,
                "placed": each.placed,
                "right": each.right,
                "precision": _share_data(each.right, each.placed),
                "recall": _share_data(each.right, each.own),
            }
            for each in found.teams
        ],
        "unmatched": _share_data(found.unmatched, found.size),
        "conflicts": _share_data(found.conflicts, found.size),
        "conflicting": [
            {"acts": each.acts, "loses": each.loses, "messages": each.count, "samples": _texts(found, each)}
            for each in found.pairs
        ],
        "confusions": [
            {"team": each.team, "placed": each.placed, "messages": each.count, "samples": _texts(found, each)}
            for each in found.confusions
        ],
        "exit_code": code,
    }


def _table(found: Score) -> str:
    headers = ["team", "its own", "placed there", "precision", "95% interval", "recall", "95% interval"]
    return grid([_row(each) for each in found.teams], headers, 1)


def _row(each: TeamScore) -> list[str]:
    precision, recall = _cells(each.right, each.placed), _cells(each.right, each.own)
    return [neutral(each.team), f"{each.own:,}", f"{each.placed:,}", *precision, *recall]


def _cells(many: int, of: int) -> tuple[str, str]:
    if not of:
        return "-", "-"
    low, high = wilson(many, of)
    return f"{100 * many / of:.1f}%", f"{100 * low:.1f} to {100 * high:.1f}%"


def _share(many: int, of: int) -> str:
    share, interval = _cells(many, of)
    return f"{share}; 95% interval {interval}"


def _share_data(many: int, of: int) -> dict[str, Any]:
    low, high = wilson(many, of)
    share = many / of if of else None
    return {"count": many, "share": share, "low": number_or_none(low), "high": number_or_none(high)}


def _counts(found: Score) -> Iterator[str]:
    size = found.size
    unmatched, conflicts = (_cells(many, size)[0] for many in (found.unmatched, found.conflicts))
    yield f"Unmatched: {found.unmatched:,} ({unmatched}); no rule places them, a default does."
    told = "two rules hold that lead to different teams, and the first acts"
    yield f"In conflict: {found.conflicts:,} ({conflicts}); {told}."


def _listing(title: str, entries: tuple[Confusion, ...] | tuple[Conflict, ...], found: Score, width: int) -> str:
    lines = [title]
    for each in entries:
        if isinstance(each, Conflict):
            told = f"{each.acts} acts, {each.loses} holds too"
        else:
            told = f"{each.team} is right, placed with {each.placed}"
        lines.append(wrapped(f"  {each.count:,}: {neutral(told)}", width, "      "))
        lines += [wrapped(f'      "{brief(text, 160)}"', width, "        ") for text in _texts(found, each)]
    return "\n".join(lines)


def _texts(found: Score, each: Confusion | Conflict) -> list[str]:
    return [found.openings.text(row) for row in each.samples]
