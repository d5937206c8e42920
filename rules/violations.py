"""What a played conversation breaks of what must hold in every one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from .conditions import Condition
from .decide import holds, set_so_far
from .invariants import SAME_BOT_REPLY, After, AtMost, Invariant, Never, NoLoop, needs_truth
from .vocabulary import TRUE_INTENT

if TYPE_CHECKING:
    from .cases import Played
    from .standing import Said

_PARTS: Final[Mapping[str, Literal["help", "question", "way out", "else"]]] = {
    "collect": "question",
    "hand_over": "way out",
    "message_taken": "way out",
    "says_when": "way out",
    "ask": "else",
    "closing": "else",
}
"""What a bot's message is there for, by the first word of its kind; all others are there to help."""
_FEWEST_OF_A_LOOP: Final = 3


@dataclass(frozen=True, slots=True)
class Violation:
    """An invariant that a conversation breaks; `step` is the one, from 0, in which it came to that, and `told` says how
    it did.
    """

    invariant: Invariant
    step: int
    told: str


def violations(
    invariants: Iterable[Invariant], played: Sequence[Played], groups: Mapping[str, Condition]
) -> tuple[Violation, ...]:
    """What a conversation breaks, each invariant once, where it is broken first; `groups` are the policy's. Raises
    `MissingFact`.
    """
    found = []
    for invariant in invariants:
        broken = _broken(invariant, played, groups)
        if broken is not None:
            found.append(Violation(invariant, *broken))
    return tuple(found)


_Broken = tuple[int, str]


def _broken(invariant: Invariant, played: Sequence[Played], groups: Mapping[str, Condition]) -> _Broken | None:
    match invariant.claim:
        case Never(when):
            checked = _Checked(when, groups, invariant.id)
            step = next((number for number, each in enumerate(played) if checked.holds(each)), None)
            return None if step is None else (step, "this must never be so")
        case After(when, within_turns, expect):
            asked, expected = (_Checked(each, groups, invariant.id) for each in (when, expect))
            found = (_not_followed(number, played, asked, expected, within_turns) for number in range(len(played)))
            return next((each for each in found if each is not None), None)
        case AtMost(times, of):
            return _too_often(times, of, played)
        case NoLoop():
            return _loop(played)


class _Checked:
    """A condition of an invariant, looked at step by step."""

    def __init__(self, condition: Condition, groups: Mapping[str, Condition], owner: str) -> None:
        self._condition, self._groups, self._owner = condition, groups, owner
        self._needs_truth = needs_truth(condition, groups)

    def holds(self, played: Played) -> bool:
        """Whether it holds at a step; it does not where the true intent is not known and it is about that."""
        if self._needs_truth and played.step.means is None:
            return False
        return holds(self._condition, seen_at(played), self._groups, self._owner)


def seen_at(played: Played) -> dict[str, object]:
    """What invariants see of a step: what rules saw, what they have done so far, what was done now, and the truth."""
    did = {*played.did, *(["hand_over"] if "straight_to_people" in played.did else [])}
    return {
        **played.facts,
        **set_so_far(played.decision),
        "bot.failures": float(played.standing.failures),
        "did": frozenset(did),
        TRUE_INTENT: played.step.means,
    }


def _not_followed(
    number: int, played: Sequence[Played], asked: _Checked, expected: _Checked, within_turns: int
) -> _Broken | None:
    """Where it comes to nothing that something is asked for in the step of that number."""
    was_over = number > 0 and played[number - 1].standing.over is not None
    if was_over or played[number].step.say is None or not asked.holds(played[number]):
        return None
    turns = 0
    for at in range(number, len(played)):
        each = played[at]
        if expected.holds(each):
            return None
        turns += each.step.say is not None and set(each.did) != {"bot.collect"}
        where = f"after turn {number + 1}"
        if each.standing.over is not None:
            return at, f"the bot's part ended {where} without it"
        if turns == within_turns:
            return at, f"it has not come {where}, in {turns} turn{'' if turns == 1 else 's'}"
    return None


def _too_often(times: int, of: str, played: Sequence[Played]) -> _Broken | None:
    if of != SAME_BOT_REPLY:
        count = 0
        for number, each in enumerate(played):
            count += each.did.count(of)
            if count > times:
                return number, f"that is {count} times"
        return None
    said = [(number, line.text) for number, line in _helping(played)]
    if len(said) <= times:
        return None
    from .alike import similarity_classes

    counts: dict[int, int] = {}
    for (number, _), alike in zip(said, similarity_classes(tuple(text for _, text in said)).tolist(), strict=True):
        counts[alike] = counts.get(alike, 0) + 1
        if counts[alike] > times:
            return number, f"the bot says the same for the {_ordinal(counts[alike])} time"
    return None


def _helping(played: Sequence[Played]) -> Iterator[tuple[int, Said]]:
    """The bot's attempts to help, each with the number of its step."""
    for number, each in enumerate(played):
        yield from ((number, line) for line in each.said if line.kind.split()[0] not in _PARTS)


def _loop(played: Sequence[Played]) -> _Broken | None:
    if sum(1 for _ in _helping(played)) < _FEWEST_OF_A_LOOP:
        return None
    from .loops import Turn, loop_in

    turns: list[Turn] = []
    for number, each in enumerate(played):
        for line in each.said:
            part = _PARTS.get(line.kind.split()[0], "help")
            turns.append(Turn(float(number), "bot", line.text, part))
        loop = loop_in(turns) if each.said else None
        if loop is not None:
            told = f"the same reply {loop.turns} times" if loop.kind == "same reply" else "replies that come round"
            return number, f"a loop: {told}"
    return None


def _ordinal(number: int) -> str:
    return {1: "first", 2: "second", 3: "third"}.get(number, f"{number}th")
