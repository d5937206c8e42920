"""What a bot asks for before it hands a conversation over, who stays to answer, and what they write."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..scenarios.pool import Kind
from .desk import Desk
from .draws import Draws
from .population import Population

IntArray = NDArray[np.int32]
BoolArray = NDArray[np.bool_]


class Questions:
    """The answers of one population, by the number of the question from 0: draws are addressed by it and not by the
    turn, so that a customer leaves at the same question under every policy that asks so many.
    """

    def __init__(self, desk: Desk, population: Population, draws: Draws) -> None:
        self._pool, self._people, self._draws = desk.pool, population, draws
        self._drop_off = desk.scenario.behaviour.question_drop_off

    def answered(self, rows: IntArray, attempt: int, number: int) -> BoolArray:
        """Whether customers answer a question; the others leave."""
        return np.asarray(self._draws.uniform(rows, "answers question", attempt, number) >= self._drop_off)

    def answers(self, rows: IntArray, attempt: int, number: int) -> IntArray:
        """What customers write in answer to a question, as pool rows."""
        u = self._draws.uniform(rows, "text of answer", attempt, number)
        return self._pool.rows(Kind.DETAILS, self._people.topic[rows], u)
