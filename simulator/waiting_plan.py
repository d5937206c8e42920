"""What rules would do to conversations that wait for people, worked out ahead like where they are placed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..quantities import duration_text
from ..rules.compiled import CompiledPolicy, Late
from ..rules.conditions import Atom
from ..rules.vocabulary import Trigger
from .dialogue import Dialogues, Said

if TYPE_CHECKING:
    from .placement import Placements, Placer

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Stage:
    """A moment of a wait at which rules are tried."""

    trigger: Trigger
    waited_s: float

    def __str__(self) -> str:
        return f"{self.trigger} {duration_text(self.waited_s)}"


@dataclass(frozen=True)
class Step:
    """The next moment of their waits at which rules are tried, one entry for each row of an attempt.

    after_s   float64  since people have it; inf: there is none
    stage     int8     index into the stages
    atoms     the late conditions that the rules look at then
    """

    after_s: FloatArray
    stage: NDArray[np.int8]
    atoms: tuple[Atom, ...]


def stages_of(policy: CompiledPolicy) -> tuple[Stage, ...]:
    """The moments at which rules of a policy are tried while conversations wait, in order."""
    return tuple(Stage("waiting", wait_s) for wait_s in policy.policy.waits_s)


def steps_of(policy: CompiledPolicy, stages: tuple[Stage, ...], rows: int, attempt: int) -> tuple[Step, ...]:
    """The moments of so many conversations of an attempt, one after the other. When a later attempt begins, is not
    known ahead, so neither is its time.
    """
    found = []
    for number, stage in enumerate(stages):
        atoms = policy.atoms_at(stage.trigger, stage.waited_s, live=True)
        if attempt > 1:
            atoms += policy.atoms_at(stage.trigger, stage.waited_s, live=False)
        after_s = np.broadcast_to(np.float64(stage.waited_s), (rows,))
        found.append(Step(after_s, np.broadcast_to(np.int8(number), (rows,)), atoms))
    return tuple(found)


class Waiters:
    """Conversations `over` of some dialogues, which began at `starts_s` and wait for people."""

    def __init__(
        self, placer: Placer, dialogues: Dialogues, over: IntArray, starts_s: FloatArray, stages: tuple[Stage, ...]
    ) -> None:
        self._placer, self._dialogues, self._over, self._stages = placer, dialogues, over, stages
        self._from_s = starts_s + dialogues.duration_s[over]
        self._last = last_messages(dialogues, over) if stages else None

    def tried(self, step: Step, late: Late, before: Placements) -> Placements:
        """Where they are once rules were tried in one step, in one case of its late conditions."""
        assert self._last is not None  # there are stages, or there would be no step
        placed = before.copy()
        after_s, stage = step.after_s[self._over], step.stage[self._over]
        for number in np.unique(stage[np.isfinite(after_s)]).tolist():
            at = np.flatnonzero((stage == number) & np.isfinite(after_s))
            messages = self._last[0][at], self._last[1][at]
            moments_s = self._from_s[at] + after_s[at]
            changed = self._placer.changed(
                self._dialogues, self._over[at], messages, moments_s, self._stages[number], late, before.where(at)
            )
            placed.put(at, changed)
        return placed


def last_messages(dialogues: Dialogues, over: IntArray) -> tuple[IntArray, NDArray[np.int8]]:
    """The pool rows of what these customers wrote last, and which of their messages that was, from 0."""
    texts, turns = dialogues.opening[over].copy(), np.zeros(over.size, dtype=np.int8)
    for turn, at, said in further_messages(dialogues, over):
        texts[at], turns[at] = said.codes, turn
    return texts, turns


def further_messages(dialogues: Dialogues, over: IntArray) -> Iterator[tuple[int, NDArray[np.intp], Said]]:
    """What customers wrote after their first message, turn by turn: positions in `over`, and what they said."""
    mine = dialogues.rows[over]
    for said in dialogues.customer_said if mine.size else ():
        if said.turn == 0:
            continue
        place = np.minimum(np.searchsorted(mine, said.rows), mine.size - 1)
        here = np.flatnonzero(mine[place] == said.rows)
        if here.size:
            yield said.turn, place[here], Said(said.rows[here], said.turn, said.codes[here], said.after_s[here])
