"""What must add up in every run, in exact counts and moments; what does not is a defect of ours, never of the input.

Cheap enough to be looked at in every replication: some comparisons of columns, and sorts of what is nearly in order.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from .conversations import Conversations, Outcome
from .floorplan import Floorplan
from .occupation import by_agent
from .visits import Fate, PlannedVisits, VisitRecords

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

BY_PEOPLE = np.isin(np.arange(len(Outcome)), (Outcome.HELPED_BY_BOT, Outcome.LEFT_IN_BOT), invert=True)
"""Of each outcome whether it is one of those who reached people."""
_TAKEN, _GONE, _OVER = 1, 2, 4
_MAY_BE = np.zeros(len(Fate), dtype=np.uint8)
"""Of each fate whether an agent may have taken the visit, must have, and whether the conversation is over."""
_MAY_BE[Fate.SERVED] = _TAKEN | _OVER
_MAY_BE[Fate.ABANDONED_SILENTLY] = _TAKEN | _GONE | _OVER
_MAY_BE[[Fate.ABANDONED, Fate.BLOCKED, Fate.MOVED]] = _GONE | _OVER


def amiss_on_floor(plan: Floorplan, planned: PlannedVisits, records: VisitRecords) -> Iterator[str]:
    """What does not add up in the records of a floor; nothing, if all is well."""
    made = records.fate != Fate.NOT_MADE
    if not np.array_equal(made, ~np.isnan(records.joined_s)):
        yield "a visit that was made never joined, or one that joined was not made"
    leads = np.flatnonzero(planned.next >= 0)
    following, served = planned.next[leads], records.fate[leads] == Fate.SERVED
    if not np.array_equal(made[following], served):
        yield "a conversation was moved on and never arrived, or arrived and was never moved on"
    if (records.joined_s[following] < records.ended_s[leads]).any():
        yield "a conversation arrived before it was moved on"
    yield from _amiss_in_moves(records)
    # Whole columns need no copies.
    yield from _amiss_in_visits(plan, records, slice(None) if made.all() else np.flatnonzero(made))


def _amiss_in_moves(records: VisitRecords) -> Iterator[str]:
    """What does not add up where rules moved who waited: each moved visit is followed by one that joins then."""
    moved = np.flatnonzero(records.fate == Fate.MOVED)
    if records.moved_to is None:
        if moved.size:
            yield "a rule moved a conversation where no rule moves any"
        return
    onto = records.moved_to[moved]
    if not np.array_equal(moved, np.flatnonzero(records.moved_to >= 0)) or np.unique(onto).size != onto.size:
        yield "a conversation was moved to nowhere, or two to one place"
    elif (records.fate[onto] == Fate.NOT_MADE).any() or (records.joined_s[onto] != records.ended_s[moved]).any():
        yield "a conversation that was moved did not arrive at that moment"


def _amiss_in_visits(plan: Floorplan, records: VisitRecords, made: slice | NDArray[np.intp]) -> Iterator[str]:
    """What does not add up in the visits that were made."""
    may_be, group = _MAY_BE[records.fate[made]], records.group[made]
    joined_s, answered_s, ended_s = records.joined_s[made], records.answered_s[made], records.ended_s[made]
    agent, freed_s = records.agent[made], records.freed_s[made]
    taken = group >= 0
    if (taken & (may_be & _TAKEN == 0)).any() or (~taken & (may_be & (_TAKEN | _GONE) == _TAKEN)).any():
        yield "somebody was served and never taken, or taken and neither served nor gone"
    if not (np.array_equal(taken, ~np.isnan(answered_s)) and np.array_equal(taken, agent >= 0)):
        yield "an agent was with nobody, or somebody with no agent"
    if not np.array_equal(may_be & _OVER > 0, ~np.isnan(ended_s)):
        yield "a conversation is over and still open, or neither"
    backwards = ended_s < joined_s
    if records.moved_to is not None:
        # Who went silently before a rule moved what was left was gone by then.
        backwards &= records.fate[made] != Fate.ABANDONED_SILENTLY
    if backwards.any() or (answered_s < joined_s).any():
        yield "a wait is negative"
    negative = (freed_s < answered_s) | (freed_s < ended_s) | ((ended_s < answered_s) & (may_be & _GONE == 0))
    if negative.any():
        yield "a conversation or what follows it is negative"
    for number, each in enumerate(plan.groups):
        here = np.flatnonzero(group == number)
        if here.size and int(agent[here].max()) >= each.most:
            yield "an agent worked who is never on duty"
        if _holds_more(each.concurrency, agent[here], answered_s[here], freed_s[here]):
            yield f"an agent held more than {each.concurrency} conversations"


def amiss_in_conversations(table: Conversations, problems: int) -> Iterator[str]:
    """What does not add up in the table of conversations of so many problems; nothing, if all is well."""
    if not np.array_equal(table.problem[table.attempt == 1], np.arange(problems)):
        yield "not every problem has one first conversation"
    before = np.ones(problems, dtype=np.bool_)
    for number in range(2, int(table.attempt.max(initial=1)) + 1):
        now = table.problem[table.attempt == number]
        if (np.diff(now) <= 0).any() or not before[now].all():
            yield "an attempt has none before it, or is made twice"
        before = np.zeros(problems, dtype=np.bool_)
        before[now] = True
    if not np.array_equal(BY_PEOPLE[table.outcome], table.first_visit >= 0):
        yield "a conversation has an outcome of people and never reached them, or the other way round"
    if (table.wait_s < 0).any() or (table.ends_s < table.starts_s).any():
        yield "a conversation or a wait runs backwards"


def _holds_more(many: int, agent: NDArray[np.int32], from_s: FloatArray, to_s: FloatArray) -> bool:
    """Whether any agent is at any moment within more than so many spans of time; ends come before beginnings.

    Of an agent's beginnings and ends, each in order, beginning number i + many comes no earlier than end number i.
    """
    if agent.size <= many:
        return False
    # The time lines of all agents, laid end to end.
    order = by_agent(agent)
    each = agent[order]
    line = each * (float(to_s.max()) + 1.0)
    begins_s, ends_s = (np.sort(line + moment_s[order], kind="stable") for moment_s in (from_s, to_s))
    return bool(((begins_s[many:] < ends_s[:-many]) & (each[many:] == each[:-many])).any())
