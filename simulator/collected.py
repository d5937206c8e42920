"""What customers answer a bot that asks for their plan, the topic or how urgent it is: facts that rules read."""

from __future__ import annotations

from collections.abc import Collection
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..rules.columns import Words
from ..rules.vocabulary import URGENCIES
from .desk import Desk
from .draws import Draws, IntArray
from .population import Population

BoolArray = NDArray[np.bool_]

COLLECTED = ("plan", "topic", "urgency")
"""What a bot may collect that rules read, as `collected.plan` and so on."""


class Collected:
    """Answers of the customers with the problems `rows`, in one attempt, to a bot that `asks` for these names, as
    columns of that size; unset for all but those who have `told` it all. No policy changes an answer.
    """

    def __init__(
        self,
        desk: Desk,
        people: Population,
        draws: Draws,
        rows: IntArray,
        attempt: int,
        told: BoolArray,
        asks: Collection[str],
    ) -> None:
        self._desk, self._people, self._draws = desk, people, draws
        self._rows, self._attempt, self._told, self._asks = rows, attempt, told, asks

    def column(self, name: str) -> Words | None:
        """What they answered when asked for `plan`, `topic` or `urgency`; `None`: nobody is."""
        return getattr(self, f"_{name}") if name in self._asks else None

    @cached_property
    def _plan(self) -> Words:
        """The plan, which every customer knows."""
        return self._words(self._people.plan[self._rows], self._people.plan_names)

    @cached_property
    def _topic(self) -> Words:
        """What it is about: the share `topic_right` finds the right name for it, the others say something else that
        customers of their segment write about, if there is anything.
        """
        scenario, intent = self._desk.scenario, self._people.intent[self._rows]
        u = self._draws.uniform(self._rows, "collected topic", self._attempt)
        right = scenario.behaviour.collected.topic_right
        codes = intent.astype(np.int16)
        wrong = np.flatnonzero(u >= right)
        spare = (u[wrong] - right) / (1 - right) if wrong.size else u[wrong]
        # By segment: its intents, and which of them each is; the others are those before and after it.
        has = scenario.mix() > 0
        listed, place = np.argsort(~has, axis=1, kind="stable"), np.cumsum(has, axis=1) - 1
        segment, own = self._people.segment[self._rows[wrong]], intent[wrong]
        many = has.sum(axis=1)[segment] - has[segment, own]
        other = (spare * many).astype(np.int64)
        other += has[segment, own] & (other >= place[segment, own])
        codes[wrong] = np.where(many > 0, listed[segment, np.minimum(other, has.shape[1] - 1)], own)
        return self._words(codes, self._desk.intent_names)

    @cached_property
    def _urgency(self) -> Words:
        """How urgent they say that it is."""
        urgent = self._desk.scenario.behaviour.collected.urgent
        intents = self._desk.scenario.intents.values()
        share = np.array([urgent.serious if intent.is_serious else urgent.other for intent in intents])
        u = self._draws.uniform(self._rows, "collected urgency", self._attempt)
        codes = np.where(u < share[self._people.intent[self._rows]], 0, 1).astype(np.int8)
        return self._words(codes, URGENCIES)

    def _words(self, codes: NDArray[np.integer], names: tuple[str, ...]) -> Words:
        return Words(np.where(self._told, codes, -1), names)
