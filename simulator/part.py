"""A part of a run: its rows, and what several measures of it share."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .bot_endings import BotEnding
from .quantiles import Spread, ratio, spread
from .waits import Waits

if TYPE_CHECKING:
    from .measured import Measured

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class Part:
    """The part of a run that a value is about: everybody, a segment, a team, or a group of agents.

    `problems`, `conversations`, `placed` (those that reached people) and `later` (visits that lead to later replies)
    are rows; `agents` is the code of the team or group whose agents it is about, `None` for all of them.
    """

    of: Measured
    problems: IntArray
    conversations: IntArray
    placed: IntArray
    waits: Waits
    later: IntArray
    is_segment: bool = False
    agents: int | None = None

    @cached_property
    def times_to_help_s(self) -> Spread:
        """Times to help of this part's problems, infinite where help never came."""
        return spread(self.of.time_to_help_s[self.problems])

    @cached_property
    def first_replies_s(self) -> Spread:
        """First message to the first agent's reply, of the conversations that got one."""
        since_s = self.of.first_reply_s[self.placed]
        return spread(since_s[~np.isnan(since_s)])

    @cached_property
    def first_replies_business_s(self) -> Spread:
        """The same by business hours of the first inbox."""
        since_s = self.of.waiting.first_reply_business_s[self.placed]
        return spread(since_s[~np.isnan(since_s)])

    @cached_property
    def waited_s(self) -> Spread:
        """Waits of the answered."""
        return spread(self.waits.wait_s[self.waits.answered])

    @cached_property
    def waited_by_all_s(self) -> Spread:
        """Waits of everybody who queued and is done waiting."""
        return spread(self.waits.wait_s[~np.isnan(self.waits.wait_s)])

    @cached_property
    def later_replies_s(self) -> Spread:
        """A customer's answer to an agent's next reply."""
        return spread(self.of.later_reply_s(self.later))

    @cached_property
    def lasted_s(self) -> Spread:
        """First message to the end, of the served."""
        table, served = self.of.run.conversations, self.placed[self.of.served[self.placed]]
        return spread(table.ends_s[served] - table.starts_s[served])

    @property
    def handled_s(self) -> FloatArray:
        """How long agents held each conversation that was served."""
        return self.of.handled_s[self.placed[self.of.served[self.placed]]]

    @cached_property
    def bot_endings(self) -> IntArray:
        """How many of this part's conversations ended in each way: by `BotEnding`."""
        return np.bincount(self.of.bot_ending[self.conversations], minlength=len(BotEnding))

    def share(self, column: BoolArray) -> float:
        """Share of this part's conversations for which a column holds."""
        return ratio(np.count_nonzero(column[self.conversations]), self.conversations.size)

    def count(self, column: BoolArray) -> float:
        """Number of this part's conversations for which a column holds."""
        return float(np.count_nonzero(column[self.conversations]))

    def mean(self, column: NDArray[np.number], among: BoolArray) -> float:
        """Mean of a column over those of this part's conversations for which `among` holds."""
        rows = self.conversations[among[self.conversations]]
        return ratio(float(column[rows].sum(dtype=np.float64)), rows.size)

    def problem_share(self, column: BoolArray) -> float:
        """Share of this part's problems for which a column holds."""
        return ratio(np.count_nonzero(column[self.problems]), self.problems.size)
