"""Models as ordinary scenarios, the laws that all their runs obey, and the check itself: that it can fail."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from deskdrill.errors import BadValue
from deskdrill.simulator.desk import open_desk
from deskdrill.simulator.run import BrokenConservation, Run, simulate
from deskdrill.simulator.tables import tables_of
from deskdrill.simulator.validation import (
    CASES,
    MODELS,
    Case,
    Effort,
    Measure,
    Row,
    Trial,
    model_of,
    parameters_of,
    rows_of,
    sized,
    words_of,
)
from deskdrill.simulator.validation.blocking import ErlangB
from deskdrill.simulator.validation.laws import check_flow, check_laws, check_little
from deskdrill.simulator.validation.leaving import ErlangADesk
from deskdrill.simulator.validation.scale import Scale
from deskdrill.simulator.validation.shapes import exponential
from deskdrill.simulator.validation.sizing import needs_of
from deskdrill.simulator.validation.trial import Part, played
from deskdrill.simulator.validation.watched import Watched

SMALL = Effort(4_000, 20)


def run_of(case: Case, conversations: int = 300) -> tuple[Run, Watched]:
    effort = Effort(conversations, 1)
    papers = case.papers(effort)
    run = simulate(open_desk(papers.scenario), papers.policy, 1, 0)
    return run, Watched(run, case.scale(effort).unit_s)


# Every model is an ordinary scenario.

@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_case_is_a_scenario_that_loads_and_plays_and_obeys_the_laws(case: Case) -> None:
    run, watched = run_of(case)
    check_laws(run)
    assert run.counts_from_s == pytest.approx(case.model.warm_up * watched.unit_s)
    for measure in case.measures(quick=False):
        assert 0 <= measure.read(watched) < np.inf, measure.name


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_run_is_as_long_as_its_conversations_need(case: Case) -> None:
    for effort in (case.full, case.quick):
        scale = case.scale(effort)
        expected = (scale.horizon - case.model.warm_up) * case.model.rate
        assert effort.each * 0.999 <= expected or scale.days == 366
        assert scale.days <= 366


def test_every_model_is_shipped_with_a_case() -> None:
    assert {type(case.model) for case in CASES} == set(MODELS.values())


# Parameters.

@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_model_is_made_of_the_words_that_show_it(case: Case) -> None:
    assert model_of(type(case.model), case.model.name, words_of(case.model)) == case.model


@given(st.floats(1e-6, 1e9), st.integers(1, 99_999), st.floats(1e-3, 1e3))
def test_numbers_are_read_as_they_are_written(arrivals: float, agents: int, leaving: float) -> None:
    model = ErlangADesk(arrivals, 10 / 3, leaving, agents)
    assert model_of(ErlangADesk, "erlang_a", words_of(model)) == model


@pytest.mark.parametrize("name", MODELS)
def test_every_parameter_says_what_it_is(name: str) -> None:
    for parameter in parameters_of(MODELS[name]):
        assert parameter.about
        assert parameter.kind.form


MISTAKES = [
    ("erlang_a", "arival=3", "erlang_a: no parameter `arival`; it has `arrivals`, `service`, `leaving`, `agents`, `within`; did you mean `arrivals`?"),
    ("erlang_a", "48", "erlang_a: expected `parameter=value`, found `48`; it has `arrivals`, `service`, `leaving`, `agents`, `within`"),
    ("erlang_a", "arrivals=1 service=1 leaving=1", "erlang_a: missing `agents` (agents)"),
    ("erlang_a", "agents=1 agents=2", "erlang_a: `agents` is given twice"),
    ("erlang_a", "agents=1.5", "erlang_a: `agents`: expected a whole number from 1 to 100,000, found `1.5`"),
    ("erlang_a", "agents=0", "erlang_a: `agents`: expected a whole number from 1 to 100,000, found `0`"),
    ("erlang_a", "arrivals=-1", "erlang_a: `arrivals`: expected a number above 0, found `-1`"),
    ("erlang_a", "arrivals=1/0", "erlang_a: `arrivals`: expected a number such as `48`, `.5` or `10/3`, found `1/0`"),
    ("erlang_a", "arrivals=nan", "erlang_a: `arrivals`: expected a number such as `48`, `.5` or `10/3`, found `nan`"),
    ("recontacts", "again=150%", "recontacts: `again`: a share is at most 100%, found `150%`"),
    ("x_design", "takes=prioritie", "x_design: `takes`: expected one of `priority`, `longest_wait`, `weighted_wait`, `in_order`, found `prioritie`; did you mean `priority`?"),
    ("one_agent", "service=3", "one_agent: `service`: expected a shape such as `{shape: exponential, mean: 2}`, found `3`"),
    ("one_agent", "service={shape: exponential, mean: 2m}", "one_agent: `service`: expected a number of 0 or more, a length in units of time, found `2m`"),
    ("one_agent", "service={shape: survival, points: [[1, .5]]}", "one_agent: `service`: this never ends for some; only patience may be endless"),
    ("one_agent", "service={shape: exponential", "one_agent: `service`: this `{` is never closed"),
    ("finite_queue", "arrivals=1 service=1 agents=3 places=2", "finite_queue: `places` is 2; give at least as many as agents, 3"),
    ("priorities", "arrivals=1,1,1,1,1 service=9 agents=1", "priorities: `arrivals` has 5 classes; a policy has 4 priorities"),
    ("skills", "arrivals=1,1 leaving=1 agents=1 pools=1,1 serves=1+2 service=1", "skills: `leaving` has 1 entries for 2 classes"),
    ("skills", "arrivals=1,1 leaving=1,1 agents=1 pools=1,2 serves=1+2 service=1", "skills: `pools` names 2 of 1 pools; they are counted from 1"),
    ("bot_asks_again", "understood=1 misses=2", "bot_asks_again: `understood` is 1; give a share above 0 and below 1"),
    ("misroutes", "right=.1 look={shape: exponential, mean: 1} work={shape: exponential, mean: 1}", "misroutes: `right` is 0.1; give a share of .2 or more, and below 1"),
    ("sinusoidal", "arrivals=100 amplitude=100 service=1 agents=1 moments=.5", "sinusoidal: `amplitude` is 100; give less than `arrivals`, 100"),
    ("sinusoidal", "arrivals=100 amplitude=20 service=1 agents=1 moments=1.5", "sinusoidal: `moments` has 1.5; give parts of a cycle, from 0 to 1"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "words", "message"), MISTAKES, ids=[f"{name} {words}" for name, words, _ in MISTAKES])
def test_a_wrong_parameter_is_one_line_with_the_possible_ones(name: str, words: str, message: str) -> None:
    given_words = words.replace(": ", ":\0").replace(", ", ",\0").split(" ")
    with pytest.raises(BadValue) as error:
        model_of(MODELS[name], name, [word.replace("\0", " ") for word in given_words])
    assert str(error.value) == message


@given(st.floats(1e-4, 1e7))
def test_a_unit_of_time_reads_well_and_fits_the_year(units: float) -> None:
    scale = Scale.for_horizon(units)
    assert scale.horizon >= units * (1 - 1e-12)
    assert scale.days <= 366
    assert scale.per_week(1.0) * scale.days / 7 == pytest.approx(scale.horizon)


# The laws.

@settings(max_examples=20)
@given(st.sampled_from(CASES), st.integers(0, 5))
def test_all_runs_conserve_conversations_and_obey_little(case: Case, replication: int) -> None:
    papers = case.papers(SMALL)
    check_laws(simulate(open_desk(papers.scenario), papers.policy, 9, replication))


def test_a_conversation_that_the_table_and_the_floor_tell_differently_is_noticed() -> None:
    run, _ = run_of(next(case for case in CASES if case.name.startswith("3-")))
    outcome = run.conversations.outcome.copy()
    outcome[[7, 8]] = [3, 2] if outcome[7] == 2 else [2, 3]
    changed = dataclasses.replace(run, conversations=dataclasses.replace(run.conversations, outcome=outcome))
    check_flow(run)
    with pytest.raises(BrokenConservation, match="not those that the floor has seen"):
        check_flow(changed)


def test_little_s_law_fails_where_somebody_leaves_before_coming() -> None:
    check_little(np.array([0.0, 1.0, 1.0]), np.array([4.0, 1.0, 2.0]), "waiting")
    with pytest.raises(BrokenConservation, match="Little's law does not hold for waiting"):
        check_little(np.array([0.0, 5.0]), np.array([4.0, 4.5]), "waiting")


# The check itself.

@dataclass(frozen=True)
class OffBy(ErlangB):
    """Erlang B with an exact value that is wrong by some share."""

    error: float = 0.0

    def measures(self) -> tuple[Measure, ...]:
        blocked = super().measures()[0]
        return (Measure(blocked.name, lambda: (1 + self.error) * blocked.exact(), blocked.read),)


def loss(error: float = 0.0, **changed: Any) -> Case:
    efforts = {"full": Effort(480_000, 40), "quick": SMALL, **changed}
    return Case("loss", OffBy(3.0, exponential(1.0), 5, "balks", error), **efforts)


def test_the_right_value_passes_and_a_wrong_one_does_not() -> None:
    right, wrong = rows_of([loss(), loss(0.08)], Trial(seed=3))
    assert (right.passes, right.attempt) == (True, 1)
    assert (wrong.holds, wrong.is_narrow, wrong.passes, wrong.attempt) == (False, True, False, 2)


def test_an_interval_that_stays_too_wide_does_not_pass() -> None:
    (row,) = rows_of([loss(full=SMALL)], Trial(seed=3))
    assert (row.holds, row.is_narrow, row.passes, row.attempt) == (True, False, False, 1)


@given(st.integers(0, 50), st.sampled_from([40_000, 100_000, 300_000]))
@settings(max_examples=5)
def test_a_case_goes_on_until_its_interval_is_narrow_with_the_replications_that_follow(seed: int, conversations: int) -> None:
    """However short the planned run is, the answer is that of the first so many replications of one long run."""
    ran: list[tuple[int, int]] = []
    case = loss(full=Effort(conversations, conversations // 2000))
    trial = Trial(seed=seed, finished=lambda done, of: ran.append((done, of)))
    (row,) = rows_of([case], trial)
    (values,) = played([Part(case, Effort(2000 * len(ran), len(ran)), seed, quick=False)], Trial())
    assert row.is_narrow or len(ran) == 6 * case.full.replications
    assert row.attempt == 1
    expected = stats.t.interval(0.999, len(ran) - 1, values[:, 0].mean(), stats.sem(values[:, 0]))
    assert (row.low, row.high) == pytest.approx(expected)
    assert len(ran) <= 6 * case.full.replications


def test_a_case_that_is_narrow_early_ends_early_and_a_small_one_plays_all_that_is_planned() -> None:
    for replications, begun in ((40, 40), (48, 40), (80, 60), (100, 75)):
        ran: list[tuple[int, int]] = []
        case = loss(full=Effort(20_000 * replications, replications))
        assert rows_of([case], Trial(finished=lambda done, of: ran.append((done, of))))[0].is_narrow  # noqa: B023 - called at once
        assert len(ran) == begun


def test_what_misses_is_run_once_more_with_a_fresh_seed_and_the_rest_is_not() -> None:
    amiss, fine = loss(0.08), loss()
    both = rows_of([amiss, fine], Trial(seed=3))
    assert [row.attempt for row in both] == [2, 1]
    assert rows_of([fine], Trial(seed=3)) == both[1:]
    assert rows_of([amiss], Trial(seed=4))[0].estimate != both[0].estimate


def test_rows_are_the_same_on_one_process_and_on_two() -> None:
    cases = [next(case for case in CASES if case.name == name) for name in ("1-erlang_b-5,3", "3-erlang_a-10,1,2,10", "7-chats-4,3")]
    small = [dataclasses.replace(case, full=SMALL, quick=SMALL) for case in cases]
    alone = rows_of(small, Trial(seed=2, workers=1, quick=True))
    assert rows_of(small, Trial(seed=2, workers=2, quick=True)) == alone
    assert [row.case for row in alone] == [case.name for case in small for _ in case.measures(quick=True)]


def test_the_interval_is_the_t_interval_of_the_replications() -> None:
    (row,) = rows_of([loss()], Trial(seed=3))
    papers = loss().papers(loss().full)
    desk, unit_s = open_desk(papers.scenario), loss().scale(loss().full).unit_s
    read = loss().measures(quick=False)[0].read
    values = np.array([read(Watched(simulate(desk, papers.policy, 3, number), unit_s)) for number in range(40)])
    assert (row.low, row.high) == pytest.approx(stats.t.interval(0.999, 39, values.mean(), stats.sem(values)))
    assert row.half_width_limit == pytest.approx(0.03 * row.exact)


@pytest.mark.parametrize(("quick", "wide", "limit"), [(False, (), 0.03), (False, ("P(block)",), 0.06), (True, (), 0.1), (True, ("P(block)",), 0.1)])
def test_intervals_may_be_as_wide_as_is_said(quick: bool, wide: tuple[str, ...], limit: float) -> None:
    (row,) = rows_of([loss(full=SMALL, quick=SMALL, wide=wide)], Trial(quick=quick))
    assert row.half_width_limit == pytest.approx(limit * row.exact)


def test_a_run_that_breaks_a_law_ends_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(run: Run) -> None:
        raise BrokenConservation("a conversation is lost")

    monkeypatch.setattr("deskdrill.simulator.validation.trial.check_laws", broken)
    with pytest.raises(BrokenConservation, match="loss, seed 1, replication 0: a conversation is lost"):
        rows_of([loss()], Trial())


def test_progress_is_told_to_the_end() -> None:
    told: list[tuple[int, int]] = []
    rows_of([loss(full=SMALL, wide=("P(block)",))], Trial(finished=lambda done, of: told.append((done, of))))
    done, of = zip(*told, strict=True)
    assert done == tuple(range(1, len(told) + 1))
    assert (of[:19], of[-1]) == ((20,) * 19, len(told))
    assert list(of) == sorted(of)
    assert len(told) > 20


# Sizes.

def test_a_narrower_interval_needs_more_in_proportion_to_its_square() -> None:
    need, wide = needs_of([loss(), loss(wide=("P(block)",))], Trial(), Effort(60_000, 20))
    assert need.measure == "P(block)"
    assert need.full / need.quick > 5
    assert 3 < need.full / wide.full < 5


def test_a_case_of_one_s_own_is_as_long_as_it_has_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deskdrill.simulator.validation.sizing.PILOT", Effort(60_000, 20))
    case = sized("mine", ErlangB(3.0, exponential(1.0), 5, "balks"), Trial(seed=6))
    assert all(row.passes for row in rows_of([case], Trial(seed=6, quick=True)))
    assert case.full.replications >= 20


def test_a_row_s_verdict_asks_for_both() -> None:
    row = Row("case", "measure", exact=1.0, estimate=1.01, low=0.99, high=1.03, half_width_limit=0.03)
    assert row.passes
    assert not dataclasses.replace(row, low=1.001).passes
    assert not dataclasses.replace(row, half_width_limit=0.01).passes
    assert not dataclasses.replace(row, low=float("nan"), high=float("nan")).passes


def test_times_by_hand_are_those_that_are_read() -> None:
    """P(W>0), the mean wait and the mean queue of Erlang A, worked out of a run's plain tables."""
    case = next(case for case in CASES if case.name == "3-erlang_a-10,1,2,10")
    run, watched = run_of(case, 3_000)
    visits = tables_of(run)["visits"]
    joined, answered, ended = (np.asarray(visits[name]) for name in ("joined_s", "answered_s", "ended_s"))
    left = np.where(np.isnan(answered), ended, answered)
    warm = joined >= run.counts_from_s
    read = {measure.name: measure.read(watched) for measure in case.measures(quick=False)}
    assert read["P(W>0)"] == pytest.approx((left > joined)[warm].mean())
    assert read["E[W]"] == pytest.approx((left - joined)[warm].mean() / watched.unit_s)
    moments = np.linspace(run.counts_from_s, run.desk.scenario.horizon_s, 200_001)
    waiting = np.searchsorted(np.sort(joined), moments) - np.searchsorted(np.sort(left), moments)
    assert read["E[Q]"] == pytest.approx(waiting.mean(), rel=1e-3)
    held = np.searchsorted(np.sort(answered[~np.isnan(answered)]), moments) - np.searchsorted(np.sort(ended[~np.isnan(answered)]), moments)
    assert read["occupancy"] == pytest.approx(held.mean() / 10, rel=1e-3)
