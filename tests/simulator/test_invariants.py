"""What holds in every run, whatever the scenario and the policy; it needs no reference."""

from __future__ import annotations

import dataclasses
from collections import Counter
from math import fsum, sqrt
from typing import Any

import numpy as np
import pytest
from floors import Laws, Nothing, on_duty
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.special import stdtrit
from small_desks import (
    ANSWERS,
    CAREFUL,
    HUMANS,
    POLICIES,
    SMALL,
    Row,
    busy_desk,
    one_desk,
    open_all_day,
    policy_of,
    rows_of,
    same_columns,
    scenario_of,
    small_desk,
)  # fmt: skip

from deskdrill.rules import CompiledPolicy, Policy, guard_for
from deskdrill.rules.strategies import policies
from deskdrill.scenarios.scenario import Scenario
from deskdrill.scenarios.strategies import scenarios
from deskdrill.simulator.conversations import Outcome
from deskdrill.simulator.dialogue import Reason
from deskdrill.simulator.floor import Floor
from deskdrill.simulator.metrics import METRICS
from deskdrill.simulator.occupation import occupation_of
from deskdrill.simulator.replications import run_experiment
from deskdrill.simulator.replies import HAND_OVER, MESSAGE_TAKEN, SAYS_WHEN
from deskdrill.simulator.run import PLAYED, Run, simulate
from deskdrill.simulator.summary import summary_of
from deskdrill.simulator.tables import tables_of
from deskdrill.simulator.visits import VisitRecords

few = settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
seeds = st.integers(0, 2**40)
FloatArray = NDArray[np.float64]
# What rules can look at without the live queues.
SEEN = (
    "customer.plan", "customer.tenure", "customer.contacts_30d", "customer.flags", "customer.company", "customer.products", "customer.help_centre_visit", "page.url",
    "message.text", "message.intent", "message.confidence", "conversation.attempt", "time",
)  # fmt: skip


def playable(policy: Policy) -> bool:
    """Few enough conditions on the clock to play all their cases quickly."""
    compiled = CompiledPolicy(policy)
    if compiled.atoms_at("closed", live=True):
        return False
    late = (compiled.late_atoms_of_guards, compiled.late_atoms_of_rulesets)
    timed = (compiled.time_atoms_of_guards, compiled.time_atoms_of_rulesets)
    for wait_s in policy.waits_s:
        late += (compiled.atoms_at("waiting", wait_s, live=True),)
        timed += (compiled.atoms_at("waiting", wait_s, live=False),)
    return sum(map(len, late)) + sum(map(len, timed)) <= 3


shipped_kinds = st.sampled_from(sorted(POLICIES)).map(lambda name: policy_of(POLICIES[name]))
some_policy = shipped_kinds | policies(errors=False, triggers=PLAYED).filter(playable)
with_bot = policies(SEEN, errors=False, triggers=PLAYED).filter(lambda policy: policy.bot is not None and playable(policy))


# Flow -----------------------------------------------------------------------------------------------------------------------------


def hour(at_s: float) -> int:
    return int(at_s // 3600)


@few
@given(scenarios(), some_policy, seeds)
@example(scenario_of(), policy_of(CAREFUL), 1)
def test_conversations_flow_by_class_and_by_period_of_arrival(scenario: Scenario, policy: Policy, seed: int) -> None:
    run = simulate(small_desk(scenario), policy, seed)
    tables = {name: rows_of(table) for name, table in tables_of(run).items()}
    problems, conversations = tables["problems"], tables["conversations"]

    def kind(row: Row) -> tuple[str, str]:
        return row["segment"], row["intent"]

    def arrived(row: Row) -> int:
        return hour(problems[row["problem"]]["arrives_s"])

    began = Counter((kind(row), arrived(row)) for row in conversations if row["attempt"] == 1)
    assert began == Counter((kind(row), arrived(row)) for row in problems)
    for key in (kind, arrived, lambda row: row["attempt"], lambda row: row["team"]):
        by_outcome = Counter((key(row), row["outcome"]) for row in conversations)
        total = Counter(key(row) for row in conversations)
        assert total == Counter(each for each, _ in by_outcome.elements())
        assert {outcome for _, outcome in by_outcome} <= {outcome.name.lower() for outcome in Outcome}
    summary, every = summary_of(run), Counter(row["outcome"] for row in conversations)
    counted = Counter[str]()
    for (_, outcome), many in summary.flows.items():
        counted[outcome] += many
    assert counted.total() == summary.conversations
    assert counted <= every


@few
@given(scenarios(), some_policy, seeds)
@example(scenario_of(), policy_of(HUMANS), 1)
def test_what_comes_into_an_inbox_is_placed_there_or_moved_there_and_leaves_in_one_way(
    scenario: Scenario, policy: Policy, seed: int
) -> None:
    run = simulate(small_desk(scenario), policy, seed)
    tables = {name: rows_of(table) for name, table in tables_of(run).items()}
    by_conversation: dict[int, list[Row]] = {}
    for visit in tables["visits"]:
        by_conversation.setdefault(visit["conversation"], []).append(visit)
    placed = Counter(row["team"] for row in tables["conversations"] if row["team"] is not None)
    moved = Counter(visit["team"] for chain in by_conversation.values() for visit in sorted(chain, key=lambda v: v["joined_s"])[1:])
    joined = Counter(visit["team"] for visit in tables["visits"])
    assert joined == placed + moved
    left = Counter((visit["team"], visit["fate"]) for visit in tables["visits"])
    assert joined == Counter(team for team, _ in left.elements())
    assert {fate for _, fate in left} <= {"served", "abandoned", "abandoned_silently", "blocked", "open"}


@few
@given(scenarios(), some_policy, seeds)
def test_every_problem_is_solved_or_given_up_or_has_a_conversation_that_is_still_open(
    scenario: Scenario, policy: Policy, seed: int
) -> None:
    run = simulate(small_desk(scenario), policy, seed)
    tables = {name: rows_of(table) for name, table in tables_of(run).items()}
    still_open = {row["problem"] for row in tables["conversations"] if row["outcome"] == "open"}
    for problem in tables["problems"]:
        is_solved = problem["solved_s"] is not None
        assert problem["gave_up"] == (not is_solved and problem["problem"] not in still_open)
        assert is_solved or not problem["helped"]


# Little's law ---------------------------------------------------------------------------------------------------------------------


class Watch(Nothing):
    """Writes down how many wait in each inbox and how many slots are free there, as rules see it."""

    def __init__(self, run: Run, floor: Floor) -> None:
        super().__init__(run.visits.fate.size)
        self.floor, self.inboxes = floor, range(len(run.floorplan.inboxes))
        self.seen: list[tuple[list[int], list[int]]] = []

    def starts(self, code: int, now_s: float) -> None:  # noqa: ARG002 - a sequel is told both
        self.seen.append(([self.floor.length(each) for each in self.inboxes], [self.floor.free_slots(each) for each in self.inboxes]))


def watched(run: Run) -> tuple[VisitRecords, FloatArray, FloatArray, FloatArray]:
    """The floor of a run played again, with the lengths of the moments between which nothing happens, and what was seen of
    each inbox in between: how many waited, how many slots were free.
    """
    visits, records = run.attempts.visits, run.visits
    changes = (np.array(group.from_s) for group in run.floorplan.groups)
    overflows = [inbox.overflow_after_s for inbox in run.floorplan.inboxes]
    overflow_s = records.joined_s + np.array(overflows)[visits.team]
    moments = np.unique(np.concatenate([records.joined_s, records.answered_s, records.ended_s, records.freed_s, overflow_s, *changes]))
    moments = moments[np.isfinite(moments)]
    moments = moments[moments <= max(np.nanmax(records.joined_s, initial=0), np.nanmax(records.freed_s, initial=0))]
    floor = Floor(run.floorplan, visits)
    floor.sequel = watch = Watch(run, floor)
    for number, at_s in enumerate(((moments[1:] + moments[:-1]) / 2).tolist()):
        floor.schedule_start(at_s, number)
    follows = np.zeros(visits.team.size, dtype=bool)
    follows[visits.next[visits.next >= 0]] = True
    first = np.flatnonzero(~np.isnan(records.joined_s) & ~follows).astype(np.int32)
    first = first[np.argsort(records.joined_s[first], kind="stable")]
    again = floor.play(records.joined_s[first], first)
    waiting, free = (np.array([each[part] for each in watch.seen]).reshape(-1, len(run.floorplan.inboxes)) for part in (0, 1))
    return again, np.diff(moments), waiting, free


# Between two replies a thread holds no slot, but the agent takes no other where as many are open as may be.
THREADS = scenario_of(
    segments={name: {**segment, "channels": {"chat": 0.2, "email": 0.8}} for name, segment in SMALL["segments"].items()},
    teams={name: {**team, "open_at_most": 2} for name, team in SMALL["teams"].items()},
    email={"replies": 2.5, "answers_after": {"mean": "20m"}},
)
# Without those who are moved while they wait: they wait in two inboxes.
nobody_moves = tuple(trigger for trigger in PLAYED if trigger != "waiting")
by_clock_or_not = st.sampled_from((HUMANS, CAREFUL, ANSWERS)).map(policy_of) | policies(SEEN, errors=False, triggers=nobody_moves).filter(playable)


@few
@given(scenarios(), by_clock_or_not, seeds)
@example(open_all_day().scenario, policy_of(HUMANS), 1)
@example(THREADS, policy_of(HUMANS), 1)
def test_littles_law_holds_for_what_rules_see_of_every_inbox(scenario: Scenario, policy: Policy, seed: int) -> None:
    """The time-integral of the number who wait is the sum of the waits, and that of the slots in use the sum of the services
    (of agents on duty), to the last digits; silent leavers wait for all that anybody sees. Where agents have a most of open
    threads, slots that hold nothing may not be free, so no fewer than those in use are seen as taken.
    """
    run = simulate(small_desk(scenario), policy, seed)
    again, lasts_s, waiting, free = watched(run)
    for column in dataclasses.fields(VisitRecords):
        np.testing.assert_array_equal(getattr(again, column.name), getattr(run.visits, column.name), err_msg=column.name)
    laws, until_s = Laws(run.floorplan, run.attempts.visits, run.visits), float(lasts_s.sum())
    begins_s = min((group.from_s[0] for group in run.floorplan.groups), default=0.0)
    assert begins_s == 0.0, "the window begins with the first change of shift"
    busy = occupation_of(run.floorplan.groups, run.visits, until_s)
    for number, inbox in enumerate(run.floorplan.inboxes):
        here = laws.made & (laws.inbox == number)
        waits_s = np.minimum(laws.in_line_until_s[here], until_s) - laws.joined_s[here]
        assert_close(fsum((lasts_s * waiting[:, number]).tolist()), fsum(waits_s.tolist()))
        slots = sum(slots_on_duty(run, group, lasts_s) for group in inbox.groups)
        taken_s, held_s = fsum((lasts_s * (slots - free[:, number])).tolist()), fsum(busy.held_s[list(inbox.groups)].tolist())
        may_be_full = any(run.floorplan.groups[group].open_at_most is not None for group in inbox.groups)
        assert_close(max(taken_s, held_s), taken_s)
        assert_close(max(held_s, taken_s * may_be_full), taken_s)


def slots_on_duty(run: Run, number: int, lasts_s: FloatArray) -> FloatArray:
    group = run.floorplan.groups[number]
    middle_s = np.cumsum(lasts_s) - lasts_s / 2
    return np.array([on_duty(group, at_s) * group.concurrency for at_s in middle_s.tolist()])


def assert_close(found: float, expected: float) -> None:
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-6)


# Agents ---------------------------------------------------------------------------------------------------------------------------


@few
@given(scenarios(), some_policy, seeds)
@example(busy_desk().scenario, policy_of(HUMANS), 1)
def test_nobody_is_busier_than_all_of_the_time(scenario: Scenario, policy: Policy, seed: int) -> None:
    run = simulate(small_desk(scenario), policy, seed)
    numbers = [number for number, metric in enumerate(METRICS) if metric.id in ("occupancy", "slot_utilisation")]
    assert len(numbers) == 2
    for values in summary_of(run).values.values():
        assert all(np.isnan(values[number]) or 0 <= values[number] <= 1 + 1e-9 for number in numbers)
    held = Counter[tuple[int, int]]()
    records = run.visits
    for _, change, group, agent in sorted(
        (at_s, change, int(records.group[visit]), int(records.agent[visit]))
        for visit in np.flatnonzero(records.agent >= 0)
        for at_s, change in ((records.answered_s[visit], 1), (records.freed_s[visit], -1))
    ):
        held[group, agent] += change
        assert held[group, agent] <= run.floorplan.groups[group].concurrency


# Guards ---------------------------------------------------------------------------------------------------------------------------

FAREWELLS = {HAND_OVER, MESSAGE_TAKEN, SAYS_WHEN}


def known(run: Run, problem: Row, row: Row, message: Row) -> dict[str, object]:
    """What a real system would know when a customer writes a message, one fact at a time."""
    flags = {name.removeprefix("flag_") for name, value in problem.items() if name.startswith("flag_") and value}
    products = {name.removeprefix("product_") for name, value in problem.items() if name.startswith("product_") and value}
    text = message["text_code"]
    recognition = run.desk.recognition
    guess = message.get("recognised"), message.get("confidence")
    if recognition is not None:
        code = int(recognition.codes[text])
        guess = recognition.intents[code] if code >= 0 else None, float(recognition.confidence[text])
    facts = {
        "customer.plan": problem["plan"] if problem["plan_known"] else None,
        "customer.tenure": problem["tenure_s"] if problem["tenure_known"] else None,
        "customer.contacts_30d": problem["contacts_30d"] + row["attempt"] - 1 if problem["contacts_known"] else None,
        "customer.flags": frozenset(flags) if problem["flags_known"] else None,
        "customer.company": problem.get("company") if problem.get("company_known") else None,
        "customer.products": frozenset(products) if problem.get("products_known") else None,
        "customer.help_centre_visit": problem["help_centre_s"],
        "page.url": problem["page"],
        "message.text": run.desk.pool.texts[text],
        "message.intent": guess[0],
        "message.confidence": guess[1],
        "conversation.channel": row["channel"],
        "conversation.attempt": row["attempt"],
        "time": float(run.desk.scenario.clock.second_of_week(np.array([row["starts_s"]]))[0]),
    }
    return {name: value for name, value in facts.items() if value is not None}


@few
@given(scenarios(), with_bot, seeds)
@example(scenario_of(), policy_of(CAREFUL), 1)
def test_the_bot_does_nothing_for_whom_a_guard_forbids_it(scenario: Scenario, policy: Policy, seed: int) -> None:
    """What guards say is decided anew, slowly, from what was known when each message was written. A bot that a guard stops
    in the middle of a conversation says that a person will come, and nothing else.
    """
    run = simulate(small_desk(scenario), policy, seed)
    tables = {name: rows_of(table) for name, table in tables_of(run).items()}
    said: dict[int, list[Row]] = {}
    for message in tables["messages"]:
        said.setdefault(message["conversation"], []).append(message)
    # No guard has met who waits when the run begins.
    for row in (each for each in tables["conversations"] if each["reason"] != "backlog"):
        messages, problem = said[row["conversation"]], tables["problems"][row["problem"]]
        stopped = None
        for number, message in enumerate(messages):
            replies = [each["text_code"] for each in messages[number + 1 : number + 2] if each["author"] == "bot"]
            guard = guard_for(policy, known(run, problem, row, message)) if message["author"] == "customer" else None
            # Who says a last word is not waiting for the bot to do anything.
            if guard is not None and (replies or number == 0):
                assert row["bot_ending"] == "to_people"
                assert set(replies) <= (FAREWELLS if number else set())
                stopped = guard.id
        assert row["guard"] == stopped
        assert (row["reason"] == "guard") == (stopped is not None)


# Common random numbers ------------------------------------------------------------------------------------------------------------


@few
@given(scenarios(), some_policy, some_policy, seeds)
@example(scenario_of(), policy_of(HUMANS), policy_of(CAREFUL), 1)
@example(THREADS, policy_of(HUMANS), policy_of(CAREFUL.replace("bot:", "bot:\n  hand_over: {when_closed: say_when}")), 1)
@example(THREADS, policy_of(HUMANS), policy_of(CAREFUL + "expectation: {}\n"), 1)
@example(scenario_of(backlog={"billing": 9}), policy_of(HUMANS), policy_of(HUMANS + "expectation: {later: false}\n"), 1)
def test_two_policies_meet_the_same_customers_with_the_same_patience_and_the_same_work(
    scenario: Scenario, a: Policy, b: Policy, seed: int
) -> None:
    desk = small_desk(scenario)
    one, other = simulate(desk, a, seed), simulate(desk, b, seed)
    assert one.population.digest == other.population.digest
    mine, theirs = first_visits(one), first_visits(other)
    for key in mine.keys() & theirs.keys():
        assert mine[key] == pytest.approx(theirs[key], rel=1e-12)


def first_visits(run: Run) -> dict[tuple[int, int], tuple[float, float]]:
    """By problem and attempt, what the customer brings to the first team, as planned: patience, and whether the customer goes
    unnoticed. Whoever has been told when somebody comes waits longer: without that.
    """
    visits, table = run.attempts.visits, run.conversations
    at = np.flatnonzero(table.first_visit >= 0)
    visit, segment = table.first_visit[at], run.population.segment[table.problem[at]]
    silent = np.zeros(at.size) if visits.silent is None else visits.silent[visit].astype(float)
    patience_s, bot, expectation = visits.patience_s[visit].copy(), run.policy.policy.bot, run.policy.policy.expectation
    email = np.zeros(at.size, dtype=bool) if table.email is None else table.email[at]
    by_bot = bot is not None and bot.hand_over.when_closed == "say_when"
    live, later = (False, False) if expectation is None else (expectation.live, expectation.later)
    told = np.where(email, later | (by_bot & (table.bot_turns[at] > 0)), live) & (table.reason[at] != Reason.BACKLOG)
    factor = np.array([each.temperament.patience.told_factor for each in run.desk.scenario.segments.values()])
    patience_s[told] /= factor[segment[told]]
    keys = zip(table.problem[at].tolist(), table.attempt[at].tolist(), strict=True)
    return dict(zip(keys, zip(patience_s.tolist(), silent.tolist(), strict=True), strict=True))


@few
@given(scenarios(returns=False), policies(SEEN, errors=False, triggers=PLAYED).filter(playable), seeds)
def test_without_a_bot_work_depends_on_the_team_alone(scenario: Scenario, policy: Policy, seed: int) -> None:
    desk = small_desk(scenario)
    one = simulate(desk, policy_of(HUMANS), seed)
    other = simulate(desk, dataclasses.replace(policy, bot=None), seed)
    mine, theirs = (
        {
            (problem, int(run.attempts.visits.team[visit])): float(run.attempts.visits.service_s[visit])
            for problem, visit in zip(run.conversations.problem.tolist(), run.conversations.first_visit.tolist(), strict=True)
        }
        for run in (one, other)
    )
    for key in mine.keys() & theirs.keys():
        assert mine[key] == theirs[key]


# Seeds ----------------------------------------------------------------------------------------------------------------------------


def test_another_policy_beside_it_changes_nothing_about_one() -> None:
    alone = run_experiment(one_desk(), (policy_of(HUMANS),), 2, seed=4)
    for others in ((policy_of(HUMANS), policy_of(CAREFUL)), (policy_of(CAREFUL), policy_of(HUMANS))):
        found = run_experiment(one_desk(), others, 2, seed=4)
        mine = found.summaries[found.names.index("humans")]
        for a, b in zip(alone.summaries[0], mine, strict=True):
            assert a.population_hash == b.population_hash
            assert a.flows == b.flows
            for part, values in a.values.items():
                np.testing.assert_array_equal(values, b.values[part])


@few
@given(scenarios(), some_policy, seeds)
def test_measuring_a_run_changes_nothing_in_it(scenario: Scenario, policy: Policy, seed: int) -> None:
    run = simulate(small_desk(scenario), policy, seed)
    before = tables_of(run)
    summary_of(run)
    after, fresh = tables_of(run), tables_of(simulate(small_desk(scenario), policy, seed))
    for name, table in before.items():
        assert same_columns(table, after[name])
        assert same_columns(table, fresh[name])


# More agents ----------------------------------------------------------------------------------------------------------------------

ONE_CLASS: dict[str, Any] = {
    "days": 1,
    "arrivals": {"per_week": 7 * 24 * 12},
    "segments": {
        "standard": {
            **SMALL["segments"]["standard"],
            "share": 1,
            "intents": {"invoice": 1},
            "temperament": {
                **SMALL["segments"]["standard"]["temperament"],
                "patience": {live: {"shape": "exponential", "mean": "10m"} for live in ("live", "inbox")},
            },
        }
    },
    "intents": {"invoice": {"team": "billing", "work": {"shape": "exponential", "mean": "15m"}}},
    "protected": None,
    "returns": None,
}
STRAIGHT = "policy: straight\nrulesets:\n  - {name: routing, hit_policy: first, rules: [], default: {route: billing}}\n"


def test_one_more_agent_does_not_make_more_customers_leave() -> None:
    """First come, first served, one class: the 99.9 % interval of the paired difference, over the same customers, lies below 0."""
    many = 25
    policy = policy_of(STRAIGHT)

    def abandoned(agents: int) -> list[int]:
        teams = {"billing": {"staffing": {"always": agents}}, "triage": {"staffing": {"always": 1}}}
        desk = small_desk(scenario_of(**{**ONE_CLASS, "teams": teams}))
        runs = [simulate(desk, policy, 8, replication) for replication in range(many)]
        return [int((run.conversations.outcome == Outcome.ABANDONED).sum()) for run in runs]

    for agents in (2, 3, 4):
        more = np.array(abandoned(agents + 1)) - np.array(abandoned(agents))
        half = float(stdtrit(many - 1, 0.9995)) * more.std(ddof=1) / sqrt(many)
        assert more.mean() + half < 0


# Units of time --------------------------------------------------------------------------------------------------------------------


class Seconds(int):
    """A time in a desk that is to be written in other units."""


def seconds(least: int, most: int) -> st.SearchStrategy[Seconds]:
    return st.integers(least, most).map(Seconds)


def times(most_s: int) -> st.SearchStrategy[dict[str, Any]]:
    """Random times of the shapes whose quantiles are multiples of their unit, to the last digit."""
    some = seconds(1, most_s)
    return st.one_of(
        st.fixed_dictionaries({"shape": st.sampled_from(("exponential", "deterministic")), "mean": some}),
        st.fixed_dictionaries({"shape": st.just("erlang"), "mean": some, "phases": st.integers(1, 4)}),
        st.fixed_dictionaries({"shape": st.just("weibull"), "mean": some, "k": st.sampled_from((0.5, 2.0))}),
        st.fixed_dictionaries({"shape": st.just("gamma"), "mean": some, "cv": st.sampled_from((0.5, 1.5))}),
        st.fixed_dictionaries({"shape": st.just("hyperexponential"), "mean": some, "scv": st.just(4.0)}),
        st.fixed_dictionaries({"shape": st.just("empirical"), "values": st.lists(some, min_size=1, max_size=3)}),
        some.map(lambda least: {"shape": "uniform", "from": least, "to": Seconds(3 * least)}),
        some.map(lambda first: {"shape": "survival", "points": [[first, 0.6], [Seconds(3 * first), 0]]}),
    )


@st.composite
def desks_in_seconds(draw: st.DrawFn) -> dict[str, Any]:
    """A desk that is always open, with nothing that goes by the calendar; every time in it is of `Seconds`."""
    data: dict[str, Any] = {**SMALL, "days": 1, "time_zone": "UTC"}
    data["arrivals"] = {"kind": "replayed", "at": draw(st.lists(seconds(0, 1200), min_size=1, max_size=40))}
    data["segments"] = {name: {**each, "temperament": {**each["temperament"]}} for name, each in SMALL["segments"].items()}
    for each in data["segments"].values():
        more = {"balks": draw(st.sampled_from((0, 0.3))), "silent": draw(st.sampled_from((0, 0.5)))}
        each["temperament"]["patience"] = {"live": draw(times(300)), "inbox": draw(times(300)), **more}
    data["intents"] = {name: {**each, "work": draw(times(600))} for name, each in SMALL["intents"].items()}
    data["teams"] = {name: {**draw(inboxes()), "also_solves": each.get("also_solves", [])} for name, each in SMALL["teams"].items()}
    crew = {"staffing": {"always": 1}, "skills": ["billing", "frontline"], "takes": draw(st.sampled_from(("longest_wait", "weighted_wait")))}
    data["groups"] = draw(st.sampled_from(({}, {"crew": crew})))
    after = {"if_helped": st.just(0.2), "soon": times(600), "later": times(2000), "window": seconds(1000, 5000)}
    data["returns"] = draw(st.none() | st.fixed_dictionaries(after))
    return {name: value for name, value in data.items() if value is not None}


@st.composite
def inboxes(draw: st.DrawFn) -> dict[str, Any]:
    inbox = {"staffing": {"always": draw(st.integers(1, 2))}, "answer_within": draw(seconds(1, 200))}
    inbox |= {"look": draw(times(100)), "notices_gone": draw(times(60))}
    held = draw(st.sampled_from(({}, {"concurrency": 2}, {"concurrency": 2, "speed_by_load": [1, 0.75]})))
    strain = st.fixed_dictionaries({"slower": st.just(2), "above": st.just(0.25), "memory": seconds(50, 500)})
    more = {
        "wrap_up": times(60),
        "strain": strain,
        "waiting_at_most": st.integers(1, 3),
        "call_back": st.just({"from_waiting": 0, "accepted": 0.5, "reached": 0.5}),
        "overflow": st.fixed_dictionaries({"after": seconds(0, 300), "to": st.just(["triage"])}),
    }
    chosen = draw(st.fixed_dictionaries({}, optional=more))
    return inbox | held | chosen


def in_units(value: Any, unit: int) -> Any:
    """Plain data as a file holds it, with every time so many times as long."""
    match value:
        case dict():
            return {name: in_units(each, unit) for name, each in value.items()}
        case list():
            return [in_units(each, unit) for each in value]
        case Seconds():
            return f"{value * unit}s"
    return value


@settings(max_examples=20, suppress_health_check=[HealthCheck.too_slow])
@given(desks_in_seconds(), seeds)
def test_a_desk_in_another_unit_of_time_is_the_same_desk(data: dict[str, Any], seed: int) -> None:
    """All times 64 times as long, so all rates a 64th: the same happens to the same customers, each moment 64 times as late."""
    data["teams"]["triage"].pop("overflow", None)
    one, other = (simulate(small_desk(scenario_of(in_units(data, unit))), policy_of(HUMANS), seed) for unit in (1, 64))
    assert one.visits.moved_to is other.visits.moved_to is None
    for column in (each for each in dataclasses.fields(VisitRecords) if each.name != "moved_to"):
        factor = 64 if column.name.endswith("_s") else 1
        found, expected = getattr(other.visits, column.name), getattr(one.visits, column.name) * factor
        np.testing.assert_array_equal(found, expected, err_msg=column.name)
    np.testing.assert_array_equal(other.conversations.outcome, one.conversations.outcome)
    assert summary_of(one).flows == summary_of(other).flows
    numbers = [number for number, metric in enumerate(METRICS) if metric.id.startswith(("service_level", "abandonment", "blocked"))]
    for part, values in summary_of(one).values.items():
        np.testing.assert_array_equal(summary_of(other).values[part][numbers], values[numbers])
