"""Visits as planned for the floor, and what became of them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int32]
BoolArray = NDArray[np.bool_]


class Fate(IntEnum):
    """How a visit ended."""

    NOT_MADE = 0
    SERVED = 1
    ABANDONED = 2
    OPEN = 3
    ABANDONED_SILENTLY = 4
    BLOCKED = 5
    MOVED = 6
    """A rule moved the conversation to another inbox while it waited: another visit goes on."""


GONE = (Fate.ABANDONED, Fate.ABANDONED_SILENTLY, Fate.BLOCKED)
"""The customer left without being served."""


@dataclass(frozen=True)
class PlannedVisits:
    """Visits that may happen, one entry each: who they wait for, how long they would wait, how long they would take.

    team, priority (0 first)   int8; the team is the inbox
    service_s, patience_s, message_patience_s   float64; the last where nobody is on duty when the customer joins
    next    int32   the visit that follows service here; -1 none

    The rest is None where it is the same for every visit of the floor: 0 or false, but for `reached`, which is true.

    kind        int16    what a group's factors go by; 0
    silent      bool     leaves without a word
    notice_s    float64  for an agent to see that the customer is gone; 0
    wrap_up_s   float64  after the conversation; 0
    gap_s       float64  from the end of this visit until the next one joins; 0
    same_agent  bool     goes back to the agent of the visit before
    u_offer     float64  uniform that picks one of several groups
    called_back, reached   bool   accepts to be called back; can be reached then
    """

    team: NDArray[np.int8]
    priority: NDArray[np.int8]
    service_s: FloatArray
    patience_s: FloatArray
    message_patience_s: FloatArray
    next: IntArray
    kind: NDArray[np.int16] | None = None
    silent: BoolArray | None = None
    notice_s: FloatArray | None = None
    wrap_up_s: FloatArray | None = None
    gap_s: FloatArray | None = None
    same_agent: BoolArray | None = None
    u_offer: FloatArray | None = None
    called_back: BoolArray | None = None
    reached: BoolArray | None = None


@dataclass(frozen=True)
class VisitRecords:
    """What became of the planned visits, one entry each.

    joined_s, answered_s   float64, run seconds; when it joined, when an agent took it
    ended_s    float64   when the conversation was over, or the customer left
    agent      int32     number in its group; -1 nobody
    fate       int8      `Fate`
    group      int8      group of the agent; -1 nobody
    freed_s    float64   when the agent's slot was free again
    moved_to   int32     the visit that goes on in its place, -1 none; None: rules moved nobody

    NaN: it never came to that.
    """

    joined_s: FloatArray
    answered_s: FloatArray
    ended_s: FloatArray
    agent: IntArray
    fate: NDArray[np.int8]
    group: NDArray[np.int8]
    freed_s: FloatArray
    moved_to: IntArray | None = None

    def after(self, planned: PlannedVisits) -> IntArray:
        """For each visit the one that goes on after it, -1 none: where a rule moved it to, or what was planned."""
        if self.moved_to is None:
            return planned.next
        return np.where(self.moved_to >= 0, self.moved_to, planned.next)
