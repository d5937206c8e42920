"""What a person reads of an experiment."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskdrill.reports.comparison import Comparison, comparison_of
from deskdrill.reports.export import experiment_data
from deskdrill.reports.readings import Readings
from deskdrill.reports.text import comparison_text
from deskdrill.scenarios import load_scenario
from deskdrill.simulator.experiment import Experiment
from deskdrill.simulator.metrics import BY_ID, METRICS

WIDTH = st.integers(60, 200)
NUMBER = {metric.id: number for number, metric in enumerate(METRICS)}


def changed(experiment: Experiment, policy: int, metric: str, values: list[float]) -> Experiment:
    """The experiment with other values of a measure, overall and in every segment, one for each replication."""
    summaries = []
    for replication, summary in enumerate(experiment.summaries[policy]):
        parts = {part: np.array(column) for part, column in summary.measured.items()}
        for part, column in parts.items():
            if part[0] != "team":
                column[NUMBER[metric], 0] = values[replication]
        summaries.append(replace(summary, measured=parts))
    every = [*experiment.summaries]
    every[policy] = tuple(summaries)
    return replace(experiment, summaries=tuple(every))


def often(experiment: Experiment) -> Experiment:
    """The same four replications again and again: enough to rank."""
    return replace(experiment, replications=8, summaries=tuple((*each, *each) for each in experiment.summaries))


def only(experiment: Experiment, policy: int) -> Experiment:
    return replace(experiment, policies=(experiment.policies[policy],), summaries=(experiment.summaries[policy],))


@pytest.fixture(scope="module")
def comparisons(experiment: Experiment) -> tuple[Comparison, Comparison]:
    """Of both policies, and of one."""
    return comparison_of(experiment), comparison_of(only(experiment, 1))


@given(WIDTH)
def test_no_line_is_wider_than_the_page(comparisons: tuple[Comparison, Comparison], width: int) -> None:
    for comparison in comparisons:
        text = comparison_text(comparison, width, details=True)
        # A single column that is wider than the page is shown nevertheless.
        assert max(map(len, text.splitlines())) <= max(width, 80)


@given(WIDTH)
def test_every_measure_is_shown_by_its_id_at_any_width(comparisons: tuple[Comparison, Comparison], width: int) -> None:
    text = comparison_text(comparisons[0], width, details=True)
    left_out = comparisons[0].tables[0].unseen
    assert set(left_out) == {
        "later_reply_p50_s", "later_reply_p90_s", "blocked_rate", "open_rate", "reopen_rate", "turns_to_person_mean", "lost_value", "csat_rate",
        "csat_all_rate", "ces_mean", "survey_reply_rate",
    }  # fmt: skip
    assert all(text.count(f"\n{metric.id} ") >= 2 for metric in METRICS if metric.id not in left_out)
    assert all(measure in text for measure in left_out)


def test_in_short_the_first_measures_are_shown_and_the_others_counted(comparisons: tuple[Comparison, Comparison]) -> None:
    comparison = comparisons[0]
    text = comparison_text(comparison, 100)
    shown = {row.keys[0] for row in comparison.tables[0].rows if f"\n{row.keys[0]} " in text}
    assert shown >= {"helped_rate", "gave_up_rate", "false_deflection_true_rate", "misroute_rate", "occupancy"}
    assert f"\n{len(comparison.tables[0].rows) - len(shown)} more measures: `--details`\n" in text


def test_every_policy_has_one_sentence_that_starts_with_its_name(experiment: Experiment) -> None:
    comparison = comparison_of(experiment)
    assert [sentence.partition(":")[0] for sentence in comparison.sentences] == ["people", "blocker"]
    assert all(sentence.endswith(".") and "\n" not in sentence for sentence in comparison.sentences)


def test_a_bot_with_no_way_out_is_said_to_help_fewer_and_to_lose_more(experiment: Experiment) -> None:
    comparison = comparison_of(often(experiment))
    assert comparison.headline.startswith("Best: people, with ")
    assert "problems really helped fall from " in comparison.sentences[1]
    assert "customers lost rise from " in comparison.sentences[1]
    assert "of 100 conversations count as deflected but are not solved" in comparison.sentences[1]
    assert "the bot knowingly answers protected customers or topics" in comparison.sentences[1]


def test_what_cannot_be_told_is_said_so(experiment: Experiment) -> None:
    experiment = often(experiment)
    people = experiment.policies[0]
    same = replace(experiment, policies=(people, replace(people, name="blocker")), summaries=(experiment.summaries[0], experiment.summaries[0]))
    comparison = comparison_of(same)
    assert comparison.headline.startswith("Best: people and blocker (cannot be told apart) on ")
    assert re.search(r"problems really helped \(people (\d+), blocker \1 of 100\)", comparison.headline)
    assert re.search(r"\. Agents are busy: people \d+%, blocker \d+% of their time\.$", comparison.headline)
    assert (
        "cannot tell whether more problems are really helped, whether more customers are lost or whether help comes sooner"
        in comparison.sentences[1]
    )


def test_where_nobody_wrote_in_nothing_is_said(experiment: Experiment) -> None:
    empty = changed(changed(experiment, 1, "helped_rate", [0.5, np.nan, 0.5, 0.5]), 1, "lost_rate", [np.nan] * 4)
    comparison = comparison_of(empty)
    assert comparison.sentences[1] == "blocker: in some replications nobody wrote in, so there is nothing to say."
    assert not any("nan" in sentence for sentence in comparison.sentences)


def test_few_replications_give_means_and_no_ranks(experiment: Experiment) -> None:
    far = changed(changed(experiment, 0, "helped_rate", [0.91] * 4), 1, "helped_rate", [0.33] * 4)
    headline = comparison_of(far).headline
    assert headline.startswith("Too few replications to rank (4; it takes 5); means: people 91, blocker 33 of 100 really helped. ")
    assert "Best" not in headline


def test_a_week_in_which_nobody_writes_in_is_said_so(experiment: Experiment) -> None:
    empty = replace(
        experiment,
        summaries=tuple(tuple(replace(each, problems=0) for each in every) for every in experiment.summaries),
    )
    assert comparison_of(empty).headline == "Nobody wrote in on tiny: there is nothing to compare."
    assert comparison_of(empty).sentences == ("people: nobody wrote in.", "blocker: nobody wrote in.")
    assert comparison_of(only(empty, 0)).headline == "people on tiny: nobody wrote in."


def test_one_replication_tells_nothing_apart(experiment: Experiment) -> None:
    first = replace(experiment, replications=1, summaries=tuple(each[:1] for each in experiment.summaries))
    comparison = comparison_of(first)
    assert comparison.headline.startswith("Too few replications to rank (1; it takes 5); means: people ")
    assert "cannot tell" in comparison.sentences[1]
    assert "±" not in comparison.tables[0].rows[0].cells[0].text + comparison.tables[0].rows[0].cells[0].margin


def test_the_caution_counts_what_is_assumed(experiment: Experiment) -> None:
    caution = comparison_of(experiment).caution
    assert "cover chance, not the assumptions: " in caution
    # Three teams' staffing is published; of the arrivals all is measured, by_weekday with its seven days included.
    assert ", 3 published, 12 measured" in caution


def test_never_and_nothing_are_counted_in_a_footnote(experiment: Experiment) -> None:
    text = comparison_text(comparison_of(changed(experiment, 1, "time_to_help_p50_s", [60.0, 60.0, 60.0, np.nan])), 200)
    assert "\nblocker: no value in 1 of 4 replications: time_to_help_p50_s\n" in text
    row = next(line for line in text.splitlines() if line.startswith("time_to_help_p50_s"))
    assert row.endswith("never")
    unseen = next(line for line in text.splitlines() if line.startswith("wait_p90_s"))
    assert unseen.endswith("  -")


def test_what_had_nothing_to_count_has_no_row_and_one_note(experiment: Experiment) -> None:
    seen = changed(experiment, 0, "later_reply_p50_s", [np.nan, np.nan, np.nan, 60.0])
    for each, left_out in ((experiment, "later_reply_p50_s, later_reply_p90_s"), (seen, "later_reply_p90_s")):
        for run in (each, only(each, 0)):
            comparison = comparison_of(run)
            text = comparison_text(comparison, 200, details=True)
            assert text.count("left out, as there was nothing to count: ") == 1
            (note,) = (line for line in text.splitlines() if line.startswith("left out"))
            assert left_out in note
            for table in comparison.tables[: len(run.names)]:
                rows = {row.keys[0] for row in table.rows}
                assert rows.isdisjoint(left_out.split(", "))
                assert rows >= {"helped_rate", "time_to_help_p90_s"}
    assert {"later_reply_p50_s", "wait_p90_s", "blocked_rate"} <= set(experiment_data(experiment)["metrics"]["people"])


def test_a_leader_is_shared_by_those_that_cannot_be_told_apart(experiment: Experiment) -> None:
    sure = changed(
        changed(experiment, 0, "helped_rate", [0.9, 0.91, 0.9, 0.91]), 1, "helped_rate", [0.5, 0.51, 0.5, 0.51]
    )
    near = changed(sure, 1, "helped_rate", [0.89, 0.92, 0.88, 0.93])
    none = changed(changed(experiment, 0, "helped_rate", [np.nan] * 4), 1, "helped_rate", [np.nan] * 4)
    assert Readings(sure).leaders("helped_rate") == (0,)
    assert Readings(near).leaders("helped_rate") == (0, 1)
    assert Readings(none).leaders("helped_rate") == ()
    assert Readings(changed(sure, 0, "lost_rate", [np.nan] * 4)).leaders("lost_rate") == (1,)


def test_the_headline_says_which_policy_is_best_by_how_much_and_at_what_cost(experiment: Experiment) -> None:
    def told(**values: tuple[list[float], list[float]]) -> str:
        found = experiment
        for metric, (first, second) in values.items():
            found = changed(changed(found, 0, metric, first), 1, metric, second)
        return comparison_of(often(found)).headline

    near, far = ([0.5, 0.52, 0.51, 0.53], [0.52, 0.5, 0.53, 0.51]), ([0.9, 0.92, 0.9, 0.92], [0.5, 0.51, 0.52, 0.51])
    nan, busy = [np.nan] * 4, ([0.8] * 4, [0.7] * 4)
    lost, seconds = ([0.01, 0.012, 0.01, 0.012], [0.05, 0.052, 0.051, 0.051]), ([60.0, 62.0, 60.0, 62.0], [91.0, 91.0, 93.0, 93.0])
    level = ([70.0, 72.0, 71.0, 73.0], [72.0, 70.0, 73.0, 71.0])
    assert told(helped_rate=far, lost_rate=lost, time_to_help_p50_s=level, occupancy=busy) == (
        "Best: people, with 91 of 100 problems really helped (40 ±1.1 more than blocker) and 1.1 of 100 customers lost (4.0 fewer). "
        "Agents are 80% busy (blocker 70%). Cannot tell whether help comes sooner."
    )
    assert told(helped_rate=near, lost_rate=near, time_to_help_p50_s=seconds, occupancy=busy) == (
        "Best: people, with half of all problems solved within 1 min 1 s (31 s ±1.3 s less than blocker). "
        "Agents are 80% busy (blocker 70%). Cannot tell whether more problems are really helped or whether fewer customers are lost."
    )
    assert told(helped_rate=far, lost_rate=lost, time_to_help_p50_s=(nan, nan), occupancy=(nan, nan)) == (
        "Best: people, with 91 of 100 problems really helped (40 ±1.1 more than blocker) and 1.1 of 100 customers lost (4.0 fewer). Nobody is on duty."
    )
    assert told(helped_rate=far, lost_rate=lost, time_to_help_p50_s=(seconds[0], nan), occupancy=busy) == (
        "Best: people, with 91 of 100 problems really helped (40 ±1.1 more than blocker), 1.1 of 100 customers lost (4.0 fewer) and "
        "half of all problems solved within 1 min 1 s (blocker: never). Agents are 80% busy (blocker 70%)."
    )
    assert told(helped_rate=far, lost_rate=(lost[1], lost[0]), time_to_help_p50_s=level, occupancy=busy).startswith(
        "Best: people on problems really helped (91 of 100); blocker on customers lost (1.1 of 100); "
        "people and blocker (cannot be told apart) on median time to help ("
    )


def test_a_policy_alone_is_shown_with_the_range_of_weeks(experiment: Experiment) -> None:
    comparison = comparison_of(only(experiment, 0))
    assert comparison.tables[0].columns == ("people", "nine of ten")
    assert [table.kind for table in comparison.tables] == ["overall", "parts", "parts"]
    assert comparison.headline.startswith("people on tiny: about ")


def test_the_verdict_stands_beside_the_difference(experiment: Experiment) -> None:
    table = comparison_of(experiment).tables[1]
    cells = {row.keys[0]: row.cells[0] for row in table.rows}
    assert cells["helped_rate"].verdict == "worse"
    assert cells["deflection_rate"].verdict == "higher"
    assert cells["agent_hours"].verdict == "cannot tell"
    assert cells["helped_rate"].text.endswith(" pp")


@pytest.mark.parametrize("part", ["segment", "team"])
def test_every_segment_and_team_has_its_rows(experiment: Experiment, part: str) -> None:
    table = next(table for table in comparison_of(experiment).tables if table.keys == ("measure", part))
    named = {row.keys[1] for row in table.rows}
    assert named == set(experiment.scenario.segments if part == "segment" else experiment.scenario.teams)
    assert {row.keys[0] for row in table.rows} <= set(BY_ID)


def test_inputs_are_counted_as_their_nearest_source_says() -> None:
    from deskdrill.reports.provenance import provenance

    found = provenance(load_scenario("saas-week"))
    assert found["unmarked"] == 0
    assert found["assumed"] > found["measured"] + found["published"] > 0
