"""What a roster makes of one replication, counted by the half-hour of the week: small, and quick to count."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ...scenarios.scenario import Scenario
from ..ahead import Ahead
from ..business_hours import BusinessHours
from ..floorplan import Floorplan
from ..occupation import Duty
from ..run import counted_problems
from ..shifts import MINUTE_S, minutes_of
from ..visit_chains import Purpose
from ..visits import Fate, VisitRecords
from .roster import SLOT_S, SLOTS, Today

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True)
class Tally:
    """One replication, by the half-hour of the week in which customers joined.

    arrived        int64, shape (half-hours,): customers who wrote for the first time then
    joined         int64, shape (teams, half-hours): who joined the team's inbox while it was open by the roster of
                   today; by e-mail, and in teams whose target counts business hours, who joined while it was closed
                   and is still there counts in the half-hour in which it opens
    answered, abandoned   the same shape: of the joined, who was answered in time, and who left
    covered        the same shape: of the answered, whom an agent took up while no more conversations were held than
                   those on duty may hold
    closed         int64, the same shape: who joined a chat while the team was closed, in the half-hour in which it
                   opens; of them `closed_left` have left, shape (teams,)
    served, handled_s   int64 and float64, shape (teams,): of the joined, whom agents served, and for how long they
                   held them in all
    held_s         float64, shape (groups, half-hours): time for which agents on duty held conversations, each counted
    slots_s        float64, the same shape: time on duty times the conversations that an agent may hold
    """

    arrived: IntArray
    joined: IntArray
    answered: IntArray
    abandoned: IntArray
    covered: IntArray
    closed: IntArray
    closed_left: IntArray
    served: IntArray
    handled_s: FloatArray
    held_s: FloatArray
    slots_s: FloatArray


@dataclass(frozen=True)
class Frame:
    """What all rosters of a scenario are counted by. `within_s` has each team's target, `counts_from_s` is the end of
    the warm-up; for `clears_s` after a team's opening goals hold over the week alone.
    """

    today: Today
    within_s: tuple[float, ...]
    counts_from_s: float = 0.0
    clears_s: float = 0.0

    @property
    def scenario(self) -> Scenario:
        """The scenario."""
        return self.today.scenario

    @cached_property
    def slot_of_minute(self) -> IntArray:
        """The half-hour of the week of each minute of a run."""
        minutes = round(self.scenario.horizon_s / MINUTE_S)
        return np.asarray(minutes_of(self.scenario).of_week[:minutes] * round(MINUTE_S) // SLOT_S)

    @cached_property
    def open_minutes(self) -> BoolArray:
        """Whether each team is open by the roster of today, shape (teams, minutes of a run)."""
        minutes = minutes_of(self.scenario)
        many = self.slot_of_minute.size
        of_week, works = minutes.of_week[:many], ~minutes.holiday[:many]
        return np.array([there[of_week] & works for there in self.today.opened(self.today.agents)])

    @cached_property
    def settling(self) -> BoolArray:
        """Whether each team has opened so lately that it works off what came in before, shape (teams, minutes of a
        run); never where the target counts business hours.
        """
        opened = self.open_minutes & ~self.by_business_hours[:, None]
        number = np.arange(opened.shape[1])
        opens = opened & ~np.concatenate([opened[:, :1], opened[:, :-1]], axis=1)
        since = number - np.maximum.accumulate(np.where(opens, number, -opened.shape[1]), axis=1)
        return np.asarray(opened & (since * MINUTE_S < self.clears_s))

    @cached_property
    def settles(self) -> BoolArray:
        """The half-hours of the week in which it does, shape (teams, half-hours)."""
        each = [np.bincount(self.slot_of_minute, weights=team, minlength=SLOTS) > 0 for team in self.settling]
        return np.array(each)

    @cached_property
    def open_share(self) -> FloatArray:
        """The share of each half-hour of the week in which each team is open, shape (teams, half-hours)."""
        minutes = np.bincount(self.slot_of_minute, minlength=SLOTS)
        opened = [np.bincount(self.slot_of_minute, weights=team, minlength=SLOTS) for team in self.open_minutes]
        return np.asarray(np.array(opened) / np.maximum(minutes, 1))

    @cached_property
    def opens_in(self) -> IntArray:
        """For each team and minute of a run, the half-hour in which it is open next (the present one, if it is open);
        −1: it never opens again.
        """
        numbers = np.arange(self.slot_of_minute.size)
        found = np.full(self.open_minutes.shape, -1, dtype=np.int64)
        for team, opened in enumerate(self.open_minutes):
            following = np.minimum.accumulate(np.where(opened, numbers, numbers.size)[::-1])[::-1]
            known = following < numbers.size
            found[team, known] = self.slot_of_minute[following[known]]
        return found

    @cached_property
    def by_business_hours(self) -> BoolArray:
        """Whether each team's target counts business hours."""
        return np.array([team.answer_within_counts == "business_hours" for team in self.scenario.teams.values()])

    @cached_property
    def weeks(self) -> FloatArray:
        """How often each half-hour of the week comes in what counts of a run, holidays too."""
        begins_s = np.arange(self.slot_of_minute.size) * MINUTE_S
        counted = self.slot_of_minute[begins_s >= self.counts_from_s]
        return np.asarray(np.bincount(counted, minlength=SLOTS) * MINUTE_S / SLOT_S)


    @cached_property
    def works(self) -> BoolArray:
        """The half-hours of the week that come in what counts of a run on a day that is no holiday."""
        begins_s = np.arange(self.slot_of_minute.size) * MINUTE_S
        counted = (begins_s >= self.counts_from_s) & ~minutes_of(self.scenario).holiday[: begins_s.size]
        return np.asarray(np.bincount(self.slot_of_minute[counted], minlength=SLOTS) > 0)


class Counter:
    """Counts what rosters make of one replication."""

    def __init__(self, frame: Frame, ahead: Ahead) -> None:
        self._frame, self._planned = frame, ahead.attempts.visits
        attempts, counted = ahead.attempts, counted_problems(ahead.population, frame.counts_from_s)
        self._counts = attempts.purpose != Purpose.LATER_REPLY
        if counted is not None:
            problem = np.concatenate([each.rows for each in attempts.attempts])[attempts.owner]
            self._counts &= counted[problem]
        minute = (ahead.population.arrives_s / MINUTE_S).astype(np.int64)
        slot = frame.slot_of_minute[minute if counted is None else minute[counted]]
        self._arrived = np.bincount(slot, minlength=SLOTS)
        email = [each.cases[0].dialogues.email for each in attempts.attempts]
        self._replies = self._by_email = None
        if any(each is not None for each in email):
            by_attempt = zip(email, attempts.attempts, strict=True)
            blocks = [np.zeros(of.rows.size, dtype=np.bool_) if some is None else some for some, of in by_attempt]
            self._by_email = np.concatenate(blocks)[attempts.owner]
            # An agent who works on an e-mail sends the reply at the end.
            self._replies = self._by_email & (attempts.purpose != Purpose.LOOK)

    def tally(self, visits: VisitRecords, plan: Floorplan) -> Tally:
        """What became of the replication on a floor."""
        teams = len(self._frame.within_s)
        rows, team, slot, in_time, (closed, closed_left) = self._waits(visits, plan)
        cell, fate = team.astype(np.int64) * SLOTS + slot, visits.fate[rows]

        def counted(rows: BoolArray) -> IntArray:
            return np.bincount(cell[rows], minlength=teams * SLOTS).reshape(teams, SLOTS)

        left = _left(fate)
        served = np.flatnonzero(fate == Fate.SERVED)
        took_s = visits.freed_s[rows[served]] - visits.answered_s[rows[served]]
        held_s, slots_s = _occupied(visits, plan, self._frame)
        return Tally(
            arrived=self._arrived,
            joined=counted(np.ones(cell.size, dtype=np.bool_)),
            answered=counted(in_time),
            abandoned=counted(left),
            covered=counted(in_time & _covered(visits, plan)[rows]),
            closed=closed,
            closed_left=closed_left,
            served=np.bincount(team[served], minlength=teams),
            handled_s=np.bincount(team[served], weights=took_s, minlength=teams).astype(np.float64),
            held_s=held_s,
            slots_s=slots_s,
        )

    def _waits(
        self, visits: VisitRecords, plan: Floorplan
    ) -> tuple[NDArray[np.intp], NDArray[np.int8], IntArray, BoolArray, tuple[IntArray, IntArray]]:
        """Of those who joined and count: row, team, half-hour, and whether answered in time; and how many joined each
        team's chat while it was closed, by the half-hour in which it opens, and how many of these left, by team.
        """
        frame, fate = self._frame, visits.fate
        until_s = frame.slot_of_minute.size * MINUTE_S
        joined = (fate != Fate.NOT_MADE) & self._counts & (visits.joined_s < until_s)
        rows = np.flatnonzero(joined)
        team, joined_s = self._planned.team[rows], visits.joined_s[rows]
        minute = (joined_s / MINUTE_S).astype(np.int64)
        business = frame.by_business_hours[team]
        if self._by_email is not None:
            business = business | self._by_email[rows]
        opened = frame.open_minutes[team, minute]
        slot = frame.slot_of_minute[minute]
        late = np.flatnonzero(business & ~opened)
        slot[late] = frame.opens_in[team[late], minute[late]]
        shut = ~opened & ~business
        opens = frame.opens_in[team[shut], minute[shut]]
        opening = (team[shut].astype(np.int64) * SLOTS + opens)[opens >= 0]
        closed = np.bincount(opening, minlength=len(frame.within_s) * SLOTS).reshape(-1, SLOTS)
        gone = team[shut][(opens >= 0) & _left(fate[rows[shut]])]
        closed_left = np.bincount(gone, minlength=len(frame.within_s))
        keep = ~shut & (slot >= 0)
        rows, team, slot, joined_s, business = rows[keep], team[keep], slot[keep], joined_s[keep], business[keep]
        served = fate[rows] == Fate.SERVED
        by_s = np.where(served, visits.answered_s[rows], visits.ended_s[rows])
        if self._replies is not None:
            by_s = np.where(self._replies[rows] & served, visits.ended_s[rows], by_s)
        wait_s = by_s - joined_s
        some = np.flatnonzero(business)
        if some.size:
            by_join, by_end = BusinessHours(plan).until(team[some], joined_s[some], by_s[some])
            wait_s[some] = by_end - by_join
            # Who leaves before the opening leaves whoever comes then.
            stays = served | (wait_s > 0) | frame.open_minutes[team, (joined_s / MINUTE_S).astype(np.int64)]
            rows, team, slot, wait_s, served = rows[stays], team[stays], slot[stays], wait_s[stays], served[stays]
        in_time = served & (wait_s <= np.array(frame.within_s)[team])
        return rows, team, slot, in_time, (closed, closed_left)

    def takes_longer(self, team: int, than_s: float) -> float:
        """The share of a team's e-mails to which the reply alone takes an agent longer than a time; 0 without any."""
        if self._replies is None:
            return 0.0
        replies = self._counts & self._replies & (self._planned.team == team)
        return float((self._planned.service_s[replies] > than_s).mean()) if replies.any() else 0.0

    def patience(self, team: int, at_most_s: float) -> float:
        """The rate at which who waits in a team's inbox would leave, per second: of exponential patience, as likely as
        what is planned of waits that end after a time (the estimate of maximal likelihood, of censored times).
        """
        here = self._counts & (self._planned.team == team)
        patience_s = self._planned.patience_s[here]
        total_s = float(np.minimum(patience_s, at_most_s).sum())
        return np.count_nonzero(patience_s < at_most_s) / total_s if total_s else 0.0


def _left(fate: NDArray[np.int8]) -> BoolArray:
    """Who stopped waiting."""
    return np.asarray((fate == Fate.ABANDONED) | (fate == Fate.ABANDONED_SILENTLY))


def _covered(visits: VisitRecords, plan: Floorplan) -> BoolArray:
    """Whether each visit that an agent took up was taken up while those on duty could hold all that its group held."""
    covered = np.zeros(visits.fate.size, dtype=np.bool_)
    for number, group in enumerate(plan.groups):
        here = np.flatnonzero(visits.group == number)
        if not here.size:
            continue
        order = np.argsort(visits.answered_s[here], kind="stable")
        taken_s = visits.answered_s[here][order]
        held = np.arange(1, here.size + 1) - np.searchsorted(np.sort(visits.freed_s[here]), taken_s, side="right")
        on_duty = np.array(group.agents)[np.searchsorted(np.array(group.from_s), taken_s, side="right") - 1]
        covered[here[order]] = held <= on_duty * group.concurrency
    return covered


def _occupied(visits: VisitRecords, plan: Floorplan, frame: Frame) -> tuple[FloatArray, FloatArray]:
    """By group and half-hour of the week: for how long agents on duty held conversations, and could have."""
    many, from_s = frame.slot_of_minute.size // round(SLOT_S / MINUTE_S), frame.counts_from_s
    until_s = many * float(SLOT_S)
    of_week = frame.slot_of_minute[:: round(SLOT_S / MINUTE_S)]
    edges_s = np.maximum(np.arange(many + 1) * float(SLOT_S), from_s)
    held_s, slots_s = np.zeros((len(plan.groups), SLOTS)), np.zeros((len(plan.groups), SLOTS))
    taken = np.flatnonzero((visits.group >= 0) & (visits.answered_s < until_s) & (visits.freed_s > from_s))
    for number, group in enumerate(plan.groups):
        if not group.most:
            continue
        here = taken[visits.group[taken] == number]
        duty = Duty(group, until_s)
        staffed_s, least = duty.by_period(edges_s)
        slots_s[number] = np.bincount(of_week, weights=staffed_s * group.concurrency, minlength=SLOTS)
        begin_s = np.maximum(visits.answered_s[here], from_s)
        end_s = np.minimum(visits.freed_s[here], until_s)
        first = (begin_s / SLOT_S).astype(np.int64)
        pieces = np.ceil(end_s / SLOT_S).astype(np.int64) - first
        piece = np.repeat(np.arange(here.size), pieces)
        slot = first[piece] + np.arange(piece.size) - np.repeat(np.cumsum(pieces) - pieces, pieces)
        begin_s = np.maximum(begin_s[piece], slot * float(SLOT_S))
        end_s = np.minimum(end_s[piece], (slot + 1) * float(SLOT_S))
        length_s, agent = end_s - begin_s, visits.agent[here][piece]
        # Most of those who hold a conversation are on duty for all of the half-hour.
        perhaps = np.flatnonzero(agent >= least[slot])
        length_s[perhaps] = duty.until(agent[perhaps], end_s[perhaps]) - duty.until(agent[perhaps], begin_s[perhaps])
        held_s[number] = np.bincount(of_week[slot], weights=length_s, minlength=SLOTS)
    return held_s, slots_s
