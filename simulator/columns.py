"""The visits of a floor as cells that its clock reads and changes, and the records made of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf, nan
from typing import Any, Self

import numpy as np

from .cells import cells
from .visits import BoolArray, Fate, PlannedVisits, VisitRecords


@dataclass(frozen=True)
class Columns:
    """What every visit has: what is planned, and what becomes of it. `deadline_s` is when its customer leaves."""

    team: memoryview[Any]
    priority: memoryview[Any]
    service_s: memoryview[Any]
    patience_s: memoryview[Any]
    message_patience_s: memoryview[Any]
    following: memoryview[Any]
    joined_s: memoryview[Any]
    answered_s: memoryview[Any]
    deadline_s: memoryview[Any]
    agent: memoryview[Any]

    @classmethod
    def of(cls, visits: PlannedVisits) -> Self:
        """Those of planned visits of which nothing has become yet."""
        size = visits.team.size
        return cls(
            team=cells(visits.team),
            # Of its own: rules may change it while conversations wait.
            priority=cells(visits.priority.copy()),
            service_s=cells(visits.service_s),
            patience_s=cells(visits.patience_s),
            message_patience_s=cells(visits.message_patience_s),
            following=cells(visits.next),
            joined_s=cells(np.full(size, nan)),
            answered_s=cells(np.full(size, nan)),
            deadline_s=cells(np.full(size, inf)),
            agent=cells(np.full(size, -1, dtype=np.int32)),
        )

    def records(self, group_of_inbox: list[int]) -> VisitRecords:
        """The records of plain inboxes, where whoever was answered at once has not joined, leaving is a deadline, and
        who is answered is served from then on without a break.
        """
        joined_s, answered_s, deadline_s, service_s = (
            np.frombuffer(column) for column in (self.joined_s, self.answered_s, self.deadline_s, self.service_s)
        )
        answered = ~np.isnan(answered_s)
        np.copyto(joined_s, answered_s, where=np.isnan(joined_s))
        unanswered = ~np.isnan(joined_s) & ~answered
        leaves, turned_away = deadline_s < inf, deadline_s == -inf
        fate = np.where(answered, np.int8(Fate.SERVED), np.int8(Fate.NOT_MADE))
        fate[unanswered & leaves] = Fate.ABANDONED
        fate[turned_away] = Fate.BLOCKED
        fate[unanswered & ~leaves] = Fate.OPEN
        groups = np.array(group_of_inbox or [0], dtype=np.int8)
        # As the clock has added them.
        freed_s = answered_s + service_s
        ended_s, gone = freed_s.copy(), np.flatnonzero(unanswered & leaves)
        ended_s[gone] = np.maximum(deadline_s[gone], joined_s[gone])
        return VisitRecords(
            joined_s=joined_s,
            answered_s=answered_s,
            ended_s=ended_s,
            agent=np.frombuffer(self.agent, dtype=np.int32),
            fate=fate,
            group=np.where(answered, groups[np.frombuffer(self.team, dtype=np.int8)], np.int8(-1)).astype(np.int8),
            freed_s=freed_s,
        )


@dataclass(frozen=True)
class MoreColumns:
    """What the visits of inboxes that are not plain have besides; `since_s` is when the wait began, wherever."""

    kind: memoryview[Any]
    silent: memoryview[Any]
    notice_s: memoryview[Any]
    wrap_up_s: memoryview[Any]
    gap_s: memoryview[Any]
    same_agent: memoryview[Any]
    by_messages: memoryview[Any]
    u_offer: memoryview[Any]
    called_back: memoryview[Any]
    reached: memoryview[Any]
    fate: memoryview[Any]
    group: memoryview[Any]
    ended_s: memoryview[Any]
    freed_s: memoryview[Any]
    since_s: memoryview[Any]
    moved_to: memoryview[Any]

    @classmethod
    def of(cls, visits: PlannedVisits) -> Self:
        """Those of planned visits of which nothing has become yet; `by_messages` are those of chains of messages."""
        size = visits.team.size
        same_agent = _or(visits.same_agent, np.zeros(size, dtype=bool))
        followed = np.flatnonzero(visits.next >= 0)
        by_messages = same_agent.copy()
        by_messages[followed] |= same_agent[visits.next[followed]]
        return cls(
            kind=cells(_or(visits.kind, np.zeros(size, dtype=np.int16))),
            silent=cells(_or(visits.silent, np.zeros(size, dtype=bool))),
            notice_s=cells(_or(visits.notice_s, np.zeros(size))),
            wrap_up_s=cells(_or(visits.wrap_up_s, np.zeros(size))),
            gap_s=cells(_or(visits.gap_s, np.zeros(size))),
            same_agent=cells(same_agent),
            by_messages=cells(by_messages),
            u_offer=cells(_or(visits.u_offer, np.zeros(size))),
            called_back=cells(_or(visits.called_back, np.zeros(size, dtype=bool))),
            reached=cells(_or(visits.reached, np.ones(size, dtype=bool))),
            fate=cells(np.zeros(size, dtype=np.int8)),
            group=cells(np.full(size, -1, dtype=np.int8)),
            ended_s=cells(np.full(size, nan)),
            freed_s=cells(np.full(size, nan)),
            since_s=cells(np.full(size, nan)),
            moved_to=cells(np.full(size, -1, dtype=np.int32)),
        )

    def records(self, of_plain: VisitRecords, here: BoolArray, *, moved: bool) -> VisitRecords:
        """The records of all visits, those `here` as these columns have them; with whom rules `moved`, if they may."""
        return replace(
            of_plain,
            fate=np.where(here, np.frombuffer(self.fate, dtype=np.int8), of_plain.fate),
            group=np.where(here, np.frombuffer(self.group, dtype=np.int8), of_plain.group),
            freed_s=np.where(here, np.frombuffer(self.freed_s), of_plain.freed_s),
            ended_s=np.where(here, np.frombuffer(self.ended_s), of_plain.ended_s),
            moved_to=np.frombuffer(self.moved_to, dtype=np.int32) if moved else None,
        )


def _or(column: Any, otherwise: Any) -> Any:
    return otherwise if column is None else column
