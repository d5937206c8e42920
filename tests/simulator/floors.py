"""Floors that Hypothesis makes, and what their records must always satisfy (docs/floor.md)."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from itertools import pairwise
from math import exp, inf
from typing import Any, get_args

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from deskdrill.simulator.floor import TOLD_GONE, Floor
from deskdrill.simulator.floorplan import Floorplan, Group, Inbox, Offers, Slots, Strain, Takes
from deskdrill.simulator.visits import Fate, PlannedVisits, VisitRecords

FloatArray = NDArray[np.float64]
Indices = NDArray[np.intp]
SHIFT_S = 900.0
KINDS = 3
GRID_S = 60.0
"""In whole seconds, most times are multiples of it, so that many things happen at once."""


@dataclass(frozen=True)
class Case:
    """A floor and who joins it: `joins_s[i]` is when visit `first[i]` does."""

    plan: Floorplan
    visits: PlannedVisits
    joins_s: FloatArray
    first: NDArray[np.int32]

    def played(self, sequel: object = None, rules: object = None) -> VisitRecords:
        """Its records, by the simulator's floor."""
        floor = Floor(self.plan, self.visits, rules)  # type: ignore[arg-type]
        floor.sequel = sequel  # type: ignore[assignment]
        return floor.play(self.joins_s, self.first)

    def looked_at(self, *at_s: float) -> tuple[VisitRecords, list[Seen]]:
        """The records, and what rules see of the simulator's floor at these moments."""
        floor = Floor(self.plan, self.visits)
        floor.sequel = looks = Looks(self, floor)
        for number, each in enumerate(at_s):
            floor.schedule_start(each, number)
        return floor.play(self.joins_s, self.first), looks.seen

    def times(self, factor: float) -> Case:
        """The same with every time so many times as long."""
        groups = tuple(
            replace(
                group,
                from_s=tuple(at * factor for at in group.from_s),
                strain=group.strain and replace(group.strain, memory_s=group.strain.memory_s * factor),
            )
            for group in self.plan.groups
        )
        inboxes = tuple(
            replace(
                inbox,
                overflow_after_s=inbox.overflow_after_s * factor,
                throughput_over_s=inbox.throughput_over_s and inbox.throughput_over_s * factor,
            )
            for inbox in self.plan.inboxes
        )
        moments = {
            column.name: value * factor
            for column in fields(PlannedVisits)
            if column.name.endswith("_s") and (value := getattr(self.visits, column.name)) is not None
        }
        return Case(Floorplan(inboxes, groups), replace(self.visits, **moments), self.joins_s * factor, self.first)


class Nothing:
    """A sequel to which nothing ever happens: the floor then notices everybody who leaves."""

    def __init__(self, visits: int) -> None:
        self.visits = visits

    def starts(self, code: int, now_s: float) -> None:  # noqa: ARG002 - a sequel is told both
        raise AssertionError("nothing was scheduled")

    def eventful(self) -> bytes:
        return bytes([TOLD_GONE]) * self.visits

    def ends(self, visit: int, now_s: float, fate: Fate) -> None:
        pass


Seen = tuple[float, int, float, bool, int]
"""When, and of an inbox: its length, expected wait, whether it is open, free slots."""


class Looks(Nothing):
    """Writes down what rules see of each inbox, whenever a start is due."""

    def __init__(self, case: Case, floor: Floor) -> None:
        super().__init__(case.visits.team.size)
        self.inboxes, self.floor = range(len(case.plan.inboxes)), floor
        self.seen: list[Seen] = []

    def starts(self, code: int, now_s: float) -> None:  # noqa: ARG002 - a sequel is told both
        see = self.floor
        self.seen += (
            (now_s, see.length(each), see.expected_wait_s(each, now_s), see.is_open(each), see.free_slots(each))
            for each in self.inboxes
        )


# Floors ---------------------------------------------------------------------------------------------------------------------------


@st.composite
def cases(draw: st.DrawFn, *, plain: bool = False, whole_seconds: bool = False, constant_staff: bool = False) -> Case:
    """Up to 40 chains of visits on a small floor; a `plain` one has an inbox for each group, and nothing that may be left out.

    No two moments are equal but those that are meant to be: every time has random digits after the point, and shifts change at
    whole quarters of an hour. With `whole_seconds` they often are, and everything that multiplies a time is a power of two, so
    that equal moments are so to the last digit.
    """
    return draw(_plain_cases(whole_seconds, constant_staff) if plain else _any_cases(whole_seconds, constant_staff))


def _shifts(draw: st.DrawFn, constant: bool) -> tuple[tuple[float, ...], tuple[int, ...]]:
    if constant:
        return (0.0,), (draw(st.integers(1, 3)),)
    agents = draw(st.lists(st.integers(0, 3), min_size=1, max_size=6))
    return tuple(number * SHIFT_S for number in range(len(agents))), tuple(agents)


def _chained(lengths: list[int]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """The first visit of each chain, and what follows each visit."""
    ends = np.cumsum(lengths)
    following = np.arange(1, ends[-1] + 1, dtype=np.int32)
    following[ends - 1] = -1
    return (ends - lengths).astype(np.int32), following


@st.composite
def _plain_cases(draw: st.DrawFn, whole_seconds: bool, constant_staff: bool) -> Case:
    groups = tuple(Group(draw(st.integers(1, 3)), *_shifts(draw, constant_staff)) for _ in range(draw(st.integers(1, 3))))
    many = draw(st.integers(1, 40))
    chains = draw(st.lists(st.integers(1, 3), min_size=many, max_size=many))
    size = sum(chains)
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))

    def seconds(most: int, many: int) -> FloatArray:
        whole = np.array(draw(st.lists(st.integers(0, most), min_size=many, max_size=many)), dtype=np.float64)
        return whole if whole_seconds else whole + rng.random(many)

    def maybe_never(times: FloatArray) -> FloatArray:
        return np.where(rng.random(times.size) < 0.2, inf, times)

    first, following = _chained(chains)
    many_inboxes = st.integers(0, len(groups) - 1)
    joins_s = np.sort(seconds(4 * int(SHIFT_S), len(chains)))
    visits = PlannedVisits(
        team=np.array(draw(st.lists(many_inboxes, min_size=size, max_size=size)), dtype=np.int8),
        priority=np.array(draw(st.lists(st.integers(0, 3), min_size=size, max_size=size)), dtype=np.int8),
        service_s=seconds(1200, size),
        patience_s=maybe_never(seconds(900, size)),
        message_patience_s=maybe_never(seconds(3600, size)),
        next=following,
    )
    return Case(Floorplan.of_teams(groups), visits, joins_s, first)


@st.composite
def _any_cases(draw: st.DrawFn, whole_seconds: bool, constant_staff: bool) -> Case:
    """What there is, is drawn by Hypothesis; how long and how much, by a generator of its choice."""
    many_groups, many_inboxes = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    messages = draw(st.booleans())
    groups = tuple(_group(draw, many_inboxes, whole_seconds, constant_staff, messages) for _ in range(many_groups))
    plan = Floorplan(tuple(_inbox(draw, many_groups, whole_seconds) for _ in range(many_inboxes)), groups)
    many = draw(st.integers(1, 40))
    first, following = _chained(draw(st.lists(st.integers(1, 4), min_size=many, max_size=many)))
    size = following.size
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))

    def share(of: float) -> NDArray[np.bool_]:
        return rng.random(size) < of

    def seconds(most: float, many: int = size, zero: float = 0.0, never: float = 0.0) -> FloatArray:
        drawn = np.floor(rng.random(many) * most / GRID_S) * GRID_S if whole_seconds else rng.random(many) * most
        return np.where(rng.random(many) < never, inf, np.where(rng.random(many) < zero, 0.0, drawn))

    slots = sum(group.most * group.concurrency for group in groups)
    visits = PlannedVisits(
        team=rng.integers(0, many_inboxes, size).astype(np.int8),
        priority=rng.integers(0, 4, size).astype(np.int8),
        service_s=seconds(1200),
        patience_s=seconds(900, never=draw(st.sampled_from((0.2, 0.8)))),
        message_patience_s=seconds(3600, never=0.2),
        next=following,
    )
    columns: dict[str, Any] = {}
    if messages:
        same_agent = share(0.8)
        same_agent[first] = False
        columns["same_agent"] = same_agent
    if draw(st.booleans()):
        columns["gap_s"] = seconds(600, zero=0.2)
    if draw(st.booleans()):
        columns["kind"] = rng.integers(0, KINDS, size).astype(np.int16)
    if draw(st.booleans()):
        columns |= {"silent": share(0.5), "notice_s": seconds(300, zero=0.1)}
    if draw(st.booleans()):
        columns["wrap_up_s"] = seconds(300, zero=0.3)
    if draw(st.booleans()):
        columns["called_back"] = share(0.6)
    if draw(st.booleans()):
        columns["reached"] = share(0.6)
    if any(inbox.offers == "random" for inbox in plan.inboxes):
        columns["u_offer"] = rng.random(size)
    joins_s = np.sort(seconds(visits.service_s.sum() / max(slots, 1) * draw(st.sampled_from((0.3, 1.0, 3.0))), first.size))
    return Case(plan, replace(visits, **columns), joins_s, first)


def _group(draw: st.DrawFn, inboxes: int, whole_seconds: bool, constant_staff: bool, messages: bool) -> Group:
    def maybe(value: st.SearchStrategy[Any], otherwise: Any) -> Any:
        return draw(value) if draw(st.booleans()) else otherwise

    concurrency = draw(st.integers(1, 3))
    speeds = (1.0, 0.5, 0.25) if whole_seconds else (1.0, 0.6, 0.45)
    factors = st.sampled_from((0.5, 1.0, 2.0) if whole_seconds else (0.7, 1.0, 1.9))
    strain = st.builds(Strain, slower=st.sampled_from((0.5, 2.0)), above=st.sampled_from((0.0, 0.3)), memory_s=st.just(800.0))
    return Group(
        concurrency,
        *_shifts(draw, constant_staff),
        speeds=maybe(st.just(speeds[:concurrency]), ()),
        slots=draw(st.sampled_from(get_args(Slots))),
        open_at_most=maybe(st.integers(1, 3), None) if messages else None,
        takes=draw(st.sampled_from(get_args(Takes))),
        inboxes=maybe(_some(inboxes), ()),
        factors=maybe(st.tuples(*[factors] * KINDS), ()),
        newcomers=maybe(st.sampled_from((0.5, 0.3, 1.0)), 0.0),
        newcomer_factor=2.0 if whole_seconds else 1.6,
        strain=None if whole_seconds else maybe(strain, None),
    )


def _inbox(draw: st.DrawFn, groups: int, whole_seconds: bool) -> Inbox:
    def rarely(value: st.SearchStrategy[Any], otherwise: Any) -> Any:
        return draw(value) if draw(st.integers(0, 2)) == 2 else otherwise

    some_groups = _some(groups)
    after_s = st.integers(0, 10).map(lambda steps: steps * GRID_S) if whole_seconds else st.floats(0.1, 600)
    overflow_to = rarely(some_groups, ())
    return Inbox(
        groups=draw(some_groups),
        offers=draw(st.sampled_from(get_args(Offers))),
        waiting_at_most=rarely(st.integers(0, 4), None),
        overflow_after_s=draw(after_s) if overflow_to else inf,
        overflow_to=overflow_to,
        call_back_from=rarely(st.integers(0, 3), None),
        weight=draw(st.sampled_from((1.0, 0.5, 2.0, 4.0))),
        throughput_over_s=rarely(st.sampled_from((GRID_S, 10 * GRID_S)), None),
    )


def _some(of: int) -> st.SearchStrategy[tuple[int, ...]]:
    """One at least of so many numbers, in any order."""
    return st.tuples(st.permutations(range(of)), st.integers(1, of)).map(lambda drawn: tuple(drawn[0][: drawn[1]]))


# Laws -----------------------------------------------------------------------------------------------------------------------------


def on_duty(group: Group, at_s: float) -> int:
    """Agents on duty at a moment, the new shift included."""
    return [0, *(agents for from_s, agents in zip(group.from_s, group.agents, strict=True) if from_s <= at_s)][-1]


def assert_lawful(plan: Floorplan, planned: PlannedVisits, records: VisitRecords) -> None:
    """What every record of a floor satisfies, whatever the case; read off the records alone."""
    Laws(plan, planned, records).hold()


class Laws:
    """The records of a floor with what they were planned as, every column there."""

    def __init__(self, plan: Floorplan, planned: PlannedVisits, records: VisitRecords) -> None:
        size = planned.team.size

        def column(name: str, kind: type = float) -> NDArray[Any]:
            value = getattr(planned, name)
            return np.zeros(size, kind) if value is None else value

        self.plan = plan
        self.inbox = planned.team
        self.priority = planned.priority
        self.service_s = planned.service_s
        self.next = planned.next
        self.kind = column("kind", int)
        self.silent = column("silent", bool)
        self.notice_s, self.wrap_up_s, self.gap_s = column("notice_s"), column("wrap_up_s"), column("gap_s")
        self.same_agent = column("same_agent", bool)
        self.reached = np.ones(size, dtype=bool) if planned.reached is None else planned.reached
        offers_calls = np.array([inbox.call_back_from is not None for inbox in plan.inboxes], dtype=bool)
        self.may_be_called = column("called_back", bool) & offers_calls[self.inbox]
        self.joined_s, self.answered_s, self.ended_s = records.joined_s, records.answered_s, records.ended_s
        self.freed_s, self.agent, self.group, self.fate = records.freed_s, records.agent, records.group, records.fate
        self.made = self.fate != Fate.NOT_MADE
        self.taken = ~np.isnan(self.answered_s)
        self.served = self.fate == Fate.SERVED
        # Until when it stood in line; nobody knows of those who left silently.
        still = np.where(self.fate == Fate.ABANDONED, self.ended_s, inf)
        self.in_line_until_s = np.where(self.taken, self.answered_s, np.where(self.fate == Fate.BLOCKED, self.joined_s, still))
        self.before = np.full(size, -1)
        self.before[self.next[self.next >= 0]] = np.flatnonzero(self.next >= 0)
        self.bears_s = np.array(
            [
                (planned.patience_s if self.staffed(visit) else planned.message_patience_s)[visit]
                for visit in range(size)
            ]
        )
        recorded_s = self.joined_s, self.answered_s, self.ended_s, self.freed_s, self.joined_s + self.overflow_after_s
        every: FloatArray = np.unique(np.concatenate([*recorded_s, *(np.array(group.from_s) for group in plan.groups)]))
        every = every[np.isfinite(every)]
        middle_s = (every[:-1] + every[1:]) / 2
        # Between two moments that are neighbours among the floats there is none.
        self.between_s = middle_s[(every[:-1] < middle_s) & (middle_s < every[1:])]

    @property
    def overflow_after_s(self) -> FloatArray:
        return np.array([inbox.overflow_after_s for inbox in self.plan.inboxes])[self.inbox]

    def staffed(self, visit: int) -> bool:
        """Whether anybody of its inbox's groups was on duty when it joined."""
        groups = self.plan.inboxes[self.inbox[visit]].groups
        return any(on_duty(self.plan.groups[group], self.joined_s[visit]) for group in groups)

    def of_agent(self, group: int, agent: int) -> Indices:
        """What an agent took."""
        return np.flatnonzero(self.taken & (self.group == group) & (self.agent == agent))

    def held(self, mine: Indices, at_s: FloatArray) -> NDArray[np.intp]:
        """How many of these were held at each moment, none of which is one of theirs."""
        held = (self.answered_s[mine] < at_s[:, None]) & (at_s[:, None] < self.freed_s[mine])
        return np.asarray(held.sum(axis=1))

    def hold(self) -> None:
        self.every_fate_has_its_moments()
        self.what_follows_a_conversation_joins_after_the_gap()
        self.customers_leave_when_their_patience_is_over()
        self.blocked_means_full()
        for visit in np.flatnonzero(self.taken).tolist():
            self.agents_take_what_they_may_while_on_duty(visit)
            self.nobody_ahead_is_passed_over(visit)
        for number, group in enumerate(self.plan.groups):
            for agent in range(group.most):
                self.slots_are_not_exceeded(group, self.of_agent(number, agent))
                self.work_is_done_at_the_speeds(group, agent, self.of_agent(number, agent))
        self.open_conversations_are_not_exceeded()
        self.nobody_waits_while_an_agent_is_able()
        self.nobody_waits_for_their_own_agent_while_there_is_a_slot()

    def every_fate_has_its_moments(self) -> None:
        found_gone = self.fate == Fate.ABANDONED_SILENTLY
        never_taken = np.isin(self.fate, (Fate.NOT_MADE, Fate.ABANDONED, Fate.BLOCKED, Fate.OPEN))
        np.testing.assert_array_equal(np.isnan(self.joined_s), ~self.made)
        assert self.taken[self.served].all()
        assert not self.taken[never_taken].any()
        np.testing.assert_array_equal(np.isnan(self.ended_s), np.isin(self.fate, (Fate.NOT_MADE, Fate.OPEN)))
        np.testing.assert_array_equal(np.isnan(self.freed_s), ~self.taken)
        np.testing.assert_array_equal(self.agent >= 0, self.taken)
        np.testing.assert_array_equal(self.group >= 0, self.taken)
        assert (self.answered_s >= self.joined_s)[self.taken].all()
        assert (self.freed_s >= self.ended_s)[self.taken].all()
        assert (self.ended_s >= self.answered_s)[self.served].all()
        assert (self.ended_s <= self.answered_s)[found_gone & self.taken].all()

    def what_follows_a_conversation_joins_after_the_gap(self) -> None:
        leads = self.next >= 0
        np.testing.assert_array_equal(self.made[self.next[leads]], self.served[leads])
        leads &= self.served
        np.testing.assert_array_equal(self.joined_s[self.next[leads]], (self.ended_s + self.gap_s)[leads])

    def customers_leave_when_their_patience_is_over(self) -> None:
        gone, silently = self.fate == Fate.ABANDONED, self.fate == Fate.ABANDONED_SILENTLY
        still = self.fate == Fate.OPEN
        at_call = silently & self.may_be_called & ~self.reached & (self.ended_s == self.answered_s)
        assert not self.silent[gone].any()
        assert self.silent[silently & ~at_call].all()
        leaves_s = self.joined_s + self.bears_s
        left = gone | (silently & ~at_call)
        np.testing.assert_array_equal(self.ended_s[left], leaves_s[left])
        in_time = self.served & (self.answered_s > self.joined_s) & ~self.may_be_called
        assert (self.answered_s <= leaves_s)[in_time].all()
        assert np.isinf(self.bears_s[still & ~self.may_be_called]).all()

    def blocked_means_full(self) -> None:
        blocked = np.flatnonzero(self.fate == Fate.BLOCKED)
        np.testing.assert_array_equal(self.ended_s[blocked], self.joined_s[blocked])
        for visit in blocked:
            most = self.plan.inboxes[self.inbox[visit]].waiting_at_most
            now_s = self.joined_s[visit]
            others = self.made & (self.inbox == self.inbox[visit]) & (self.fate != Fate.BLOCKED)
            assert most is not None
            assert (others & (self.joined_s <= now_s) & (self.in_line_until_s >= now_s)).sum() >= most
        for number, inbox in enumerate(self.plan.inboxes):
            # Who comes back to an agent is not turned away.
            here = self.made & (self.inbox == number) & (self.fate != Fate.BLOCKED) & ~self.same_agent
            for at_s in self.between_s[:: 1 if inbox.waiting_at_most is not None else len(self.between_s) + 1]:
                waiting = (here & (self.joined_s < at_s) & (at_s < self.in_line_until_s)).sum()
                assert inbox.waiting_at_most is None or waiting <= inbox.waiting_at_most

    def agents_take_what_they_may_while_on_duty(self, visit: int) -> None:
        inbox, group = self.plan.inboxes[self.inbox[visit]], int(self.group[visit])
        answered_s = self.answered_s[visit]
        assert self.agent[visit] < on_duty(self.plan.groups[group], answered_s), "taken by an agent who was off duty"
        overflowed = answered_s >= self.joined_s[visit] + inbox.overflow_after_s and group in inbox.overflow_to
        before = self.before[visit]
        kept = self.same_agent[visit] and (self.group[before], self.agent[before]) == (group, self.agent[visit])
        assert group in inbox.groups or overflowed or kept

    def nobody_ahead_is_passed_over(self, visit: int) -> None:
        """Those who wait for one group or one agent alone, or moved from the line of one, are let off."""
        now_s, number = self.answered_s[visit], int(self.group[visit])
        if self.same_agent[visit] or now_s == self.joined_s[visit]:
            return
        group = self.plan.groups[number]
        listed = np.array([self.waits_for_any(inbox) and number in inbox.groups for inbox in self.plan.inboxes])
        # Whoever joined at that very moment is let off: within one moment, joins come after those who are answered.
        others = np.flatnonzero(
            listed[self.inbox] & ~self.same_agent & (self.joined_s < now_s) & (self.in_line_until_s > now_s)
        )
        for other in others.tolist():
            assert self.turn(group, visit, now_s) < self.turn(group, other, now_s), "somebody ahead was passed over"

    def waits_for_any(self, inbox: Inbox) -> bool:
        return inbox.offers != "expected_delay" or len(inbox.groups) == 1

    def turn(self, group: Group, visit: int, now_s: float) -> tuple[float, ...]:
        """Who is taken first by the group at a moment has the smallest."""
        inbox, joined_s = int(self.inbox[visit]), self.joined_s[visit]
        match group.takes:
            case "priority":
                return self.priority[visit], joined_s, visit
            case "longest_wait":
                return joined_s, visit
            case "in_order":
                order = group.inboxes.index(inbox) if inbox in group.inboxes else len(group.inboxes)
                return order, self.priority[visit], joined_s, visit
            case "weighted_wait":
                return -self.plan.inboxes[inbox].weight * (now_s - joined_s), joined_s, visit

    def slots_are_not_exceeded(self, group: Group, mine: Indices) -> None:
        assert (self.held(mine, self.between_s) <= group.concurrency).all()

    def work_is_done_at_the_speeds(self, group: Group, agent: int, mine: Indices) -> None:
        """The integral of speed over a conversation is what it required, and what is held of it after, the wrap-up."""
        own = np.unique(np.concatenate([self.answered_s[mine], self.ended_s[mine], self.freed_s[mine]]))
        middles = (own[:-1] + own[1:]) / 2
        held = self.held(mine, middles)
        speeds = np.array([0.0, *(group.speeds or [1.0] * group.concurrency)])
        done = np.concatenate([[0.0], np.cumsum(speeds[held] * np.diff(own))])
        for visit in mine:
            begins, ends, freed = (
                np.interp(at_s[visit], own, done) for at_s in (self.answered_s, self.ended_s, self.freed_s)
            )
            if self.served[visit]:
                needed_s = self.service_s[visit] * self.factor(group, agent, int(visit), own, held)
                np.testing.assert_allclose(ends - begins, needed_s, rtol=1e-9, atol=1e-6)
                np.testing.assert_allclose(freed - ends, self.wrap_up_s[visit], rtol=1e-9, atol=1e-6)
            else:
                np.testing.assert_allclose(freed - begins, self.notice_s[visit], rtol=1e-9, atol=1e-6)

    def factor(self, group: Group, agent: int, visit: int, own: FloatArray, held: NDArray[np.intp]) -> float:
        factor = group.factors[self.kind[visit]] if group.factors else 1.0
        if int((agent + 1) * group.newcomers + 1e-9) > int(agent * group.newcomers + 1e-9):
            factor *= group.newcomer_factor
        if group.strain is not None:
            level = 0.0
            for (begin_s, end_s), many in zip(pairwise(own.tolist()), held, strict=True):
                if begin_s >= self.answered_s[visit]:
                    break
                busy = float(many > 0)
                level = busy + (level - busy) * exp(-(end_s - begin_s) / group.strain.memory_s)
            factor *= 1 + group.strain.slower * max(0.0, level - group.strain.above)
        return factor

    def open_conversations_are_not_exceeded(self) -> None:
        """A chain of messages is open with an agent from when one of it is taken until the next joins at least."""
        for number, group in enumerate(self.plan.groups):
            if group.open_at_most is None:
                continue
            for agent in range(group.most):
                mine = self.of_agent(number, agent)
                mine = mine[self.served[mine]]
                keeps = (self.next[mine] >= 0) & self.same_agent[self.next[mine]]
                mine, keeps = mine[keeps | self.same_agent[mine]], keeps[keeps | self.same_agent[mine]]
                until_s = np.where(keeps, self.joined_s[self.next[mine]], self.ended_s[mine])
                for at_s in self.between_s:
                    assert ((self.answered_s[mine] < at_s) & (at_s < until_s)).sum() <= group.open_at_most

    def slots_to_spare(self, number: int, at_s: float) -> NDArray[np.bool_]:
        """Of each agent of a group who is on duty, between moments."""
        group = self.plan.groups[number]
        mine = self.taken & (self.group == number) & (self.answered_s < at_s) & (at_s < self.freed_s)
        held = np.bincount(self.agent[mine], minlength=group.most)[: on_duty(group, at_s)]
        return np.asarray(held < group.concurrency)

    def nobody_waits_while_an_agent_is_able(self) -> None:
        """But for an agent of their own or for one group alone, and where how many are open may keep agents from taking."""
        limited = [group.open_at_most is not None and bool(self.same_agent.any()) for group in self.plan.groups]
        for at_s in self.between_s:
            free = [not limit and self.slots_to_spare(number, at_s).any() for number, limit in enumerate(limited)]
            waits = self.made & (self.joined_s < at_s) & (at_s < self.in_line_until_s) & ~self.same_agent
            for visit in np.flatnonzero(waits):
                inbox = self.plan.inboxes[self.inbox[visit]]
                groups = set(inbox.groups if self.waits_for_any(inbox) else ())
                if at_s > self.joined_s[visit] + inbox.overflow_after_s:
                    groups |= set(inbox.overflow_to)
                assert not any(free[group] for group in groups), "somebody waits while an agent is able to take them"

    def nobody_waits_for_their_own_agent_while_there_is_a_slot(self) -> None:
        for visit in np.flatnonzero(self.made & self.same_agent & (self.before >= 0)):
            number, agent = int(self.group[self.before[visit]]), self.agent[self.before[visit]]
            group = self.plan.groups[number]
            for at_s in self.between_s[self.between_s > self.joined_s[visit]]:
                if at_s > self.in_line_until_s[visit] or on_duty(group, at_s) <= agent or on_duty(group, self.joined_s[visit]) <= agent:
                    break
                assert not self.slots_to_spare(number, at_s)[agent]
