"""What to do next: about each thing that a bot offers, and which intents to automate."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from math import isnan, sqrt
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from deskdrill.reports.automation import A_WEEK, candidates_of
from deskdrill.reports.comparison import comparison_of
from deskdrill.reports.export import experiment_data
from deskdrill.reports.next_steps import next_of, offers_of
from deskdrill.reports.performance import SHARES, WHY, Share, advice_on, performances_of
from deskdrill.reports.sections.next_steps import next_tables, offers_tables
from deskdrill.reports.text import comparison_text
from deskdrill.simulator.automation import FIGURES
from deskdrill.simulator.experiment import Experiment
from deskdrill.simulator.intervals import wilson
from deskdrill.simulator.performance import AFTER_A_PAGE, COUNTS
from deskdrill.simulator.run_folder import RunFolder
from deskdrill.simulator.transcript import read_transcript

Told = Callable[..., str]
TWICE = ("--replications", "2", "--workers", "1")
ASKING = """\
policy: asking
bot:
  answers: {confidence_at_least: 0, confirm: true}
  look_ups: {refund: {}}
  page_suggestions: {/pricing: pricing}
survey: {after: [bot, person]}
rulesets: []
"""


@st.composite
def offers(draw: st.DrawFn) -> dict[str, int]:
    shown = draw(st.integers(0, 2000))
    right = draw(st.integers(0, shown))
    helped = draw(st.integers(0, right))
    return {"shown": shown, "right_intent": right, "helped": helped, "lost": draw(st.integers(0, shown - helped))}


@given(offers())
@example({"shown": 0, "right_intent": 0, "helped": 0, "lost": 0})
@example({"shown": 100, "right_intent": 100, "helped": 40, "lost": 0})
def test_advice_is_given_only_where_the_whole_interval_is_on_one_side(counts: dict[str, int]) -> None:
    lost, right, helped = (
        Share.of(*each)
        for each in ((counts["lost"], counts["lost"] + counts["helped"]), (counts["right_intent"], counts["shown"]), (counts["helped"], counts["right_intent"]))
    )
    holds = {
        "withdraw": lost.low > 0.5,
        "filter": right.high < 0.5,
        "reword": helped.high < 0.4,
        "keep": lost.high < 0.5 and right.low > 0.5 and helped.low > 0.4,
        "cannot tell": True,
    }
    assert list(holds) == list(WHY)
    assert advice_on(counts) == next(advice for advice, does in holds.items() if does)


@given(offers(), st.integers(2, 50))
def test_more_of_the_same_turns_no_advice_into_its_opposite(counts: dict[str, int], times: int) -> None:
    """What was sure stays sure, unless something that comes before it has become sure too."""
    order = list(WHY)
    few, many = advice_on(counts), advice_on({name: times * count for name, count in counts.items()})
    assert order.index(many) <= order.index(few)
    assert few != "keep" or many == "keep"


@pytest.mark.parametrize(
    ("counts", "advice"),
    [
        ((1000, 900, 600, 2), "keep"),
        ((1000, 900, 100, 2), "reword"),
        ((1000, 200, 150, 2), "filter"),
        ((1000, 900, 20, 90), "withdraw"),
        ((10, 9, 5, 0), "cannot tell"),
        ((1000, 500, 400, 2), "cannot tell"),
    ],
)
def test_what_to_do_is_said_by_the_stated_thresholds(counts: tuple[int, ...], advice: str) -> None:
    assert advice_on(dict(zip(("shown", "right_intent", "helped", "lost"), counts, strict=True))) == advice


@given(st.integers(0, 5000).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))))
def test_wilson_s_interval_holds_the_share_and_solves_its_equation(pair: tuple[int, int]) -> None:
    many, of = pair
    low, high = wilson(many, of)
    assert isnan(low) == isnan(high) == (of == 0)
    for end in () if of == 0 else (low, high):
        assert 0 <= end <= 1
        assert end in (0, 1) or abs(abs(many / of - end) - 1.959964 * sqrt(end * (1 - end) / of)) < 1e-6
    assert of == 0 or low <= many / of <= high


def test_wilson_s_interval_covers_as_often_as_it_says() -> None:
    rng = np.random.default_rng(7)
    for share in (0.05, 0.4, 0.9):
        ends = np.array([wilson(many, 80) for many in rng.binomial(80, share, 4000).tolist()])
        covered = ((ends[:, 0] <= share) & (share <= ends[:, 1])).mean()
        assert 0.925 < covered < 0.985


@pytest.fixture
def asked(workspace: Path, told: Told) -> Path:
    (workspace / "asking.yaml").write_text(ASKING)
    told("compare", "tiny.yaml", "people.yaml", "asking.yaml", *TWICE, "--out", "out")
    return workspace / "out"


def test_the_tables_of_a_run_add_up_to_what_the_json_says(asked: Path) -> None:
    data = json.loads((asked / "results.json").read_text(encoding="utf-8"))
    folder = RunFolder(asked)
    assert list(data["performance"]) == list(data["automate_next"]) == ["people", "asking"]
    assert data["performance"]["people"] == []
    sums = ", ".join(f"sum({name}) AS {name}" for name in COUNTS)
    rows = folder.rows(f"SELECT kind, intent, page, {sums} FROM performance WHERE policy = 'asking' GROUP BY ALL")
    told = {(each["kind"], each["intent"], each["page"]): each for each in data["performance"]["asking"]}
    assert len(told) == len(rows) == 5
    for row in rows:
        each = told[row["kind"], row["intent"], row["page"]]
        for name in COUNTS:
            assert (each["counts"][name] or 0) == row[name]
            assert (each["counts"][name] is None) == (row["kind"] == "page" and name in AFTER_A_PAGE)
        for name, (over, under) in SHARES.items():
            share = each["shares"][name]
            assert share is None or share["value"] == row[over] / row[under]
            assert share is None or 0 <= share["low"] <= share["value"] <= share["high"] <= 1
        assert each["why"] == WHY[each["advice"]]
    sums = ", ".join(f"sum({name}) AS {name}" for name in FIGURES)
    for row in folder.rows(f"SELECT intent, {sums} FROM automation WHERE policy = 'people' GROUP BY ALL"):
        (each,) = (each for each in data["automate_next"]["people"] if each["intent"] == row["intent"])
        assert each["agent_hours_a_week"]["value"] == pytest.approx(row["agent_s"] / 3600 / 2 * 3.5)
        assert each["problems_a_week"]["value"] == pytest.approx(row["problems"] / 2 * 3.5)
        assert each["protected_share"] == pytest.approx(row["protected"] / row["reached"])
        assert each["lost_value_a_week"] is None


def test_a_transcript_tells_what_the_customer_answered(asked: Path) -> None:
    folder = RunFolder(asked)
    (row,) = folder.rows(
        "SELECT policy || '/' || replication || '/' || problem || '.' || attempt AS id, ends_s, csat, ces FROM conversations WHERE csat IS NOT NULL ORDER BY id LIMIT 1"
    )
    (line,) = (line for line in read_transcript(asked, row["id"]).lines if line.name == "survey")
    assert line.text == f"satisfied: {row['csat']:.0f} of 5; easy: {row['ces']:.0f} of 7"
    assert line.at_s == row["ends_s"]
    (silent,) = folder.rows("SELECT policy || '/' || replication || '/' || problem || '.' || attempt AS id FROM conversations WHERE csat IS NULL ORDER BY id LIMIT 1")
    assert all(line.name != "survey" for line in read_transcript(asked, silent["id"]).lines)


def test_a_run_of_an_earlier_version_is_still_read(asked: Path, told: Told) -> None:
    for table in ("performance", "automation"):
        shutil.rmtree(asked / "tables" / table)
    assert told("transcripts", "out", "--limit", "1")


def test_sensitive_intents_come_last_and_are_no_candidates(experiment: Experiment) -> None:
    for policy in range(2):
        found = candidates_of(experiment, policy)
        assert [each.intent for each in found if each.why_not] == [found[-1].intent] == ["pricing"]
        saved = [each.saves for each in found[:-1]]
        assert saved == sorted(saved, reverse=True)
    # Nobody reaches people, so there is no time of theirs to save.
    assert all(each.saves == 0 for each in candidates_of(experiment, 1))
    assert next_of(experiment)[1].sentence == "blocker: no intent is sure to save agents' time if it were automated."


def test_the_text_ends_with_what_to_do_and_gives_the_tables_on_request(experiment: Experiment) -> None:
    comparison = comparison_of(experiment)
    short, long = comparison_text(comparison, 100), comparison_text(comparison, 100, details=True)
    last = short.strip().split("\n\n")[-1]
    assert last.startswith("What to do next:\nblocker: of ")
    assert "\npeople: most of agents' time would be saved by how_to by answers (" in last
    # What is told in short is told at length too, with the measures that are not the first.
    begins = [{line.partition("  ")[0] for line in text.splitlines() if "  " in line} for text in (short, long)]
    assert begins[0] < begins[1]
    assert "more measures: `--details`" in short
    assert "`--details`" not in long
    assert "What the bot offers, blocker: " in long
    assert "What to automate next, people: " in long
    assert "not: sensitive" in long


def test_the_text_of_the_command_has_the_tables_where_they_are_asked_for(workspace: Path, told: Told) -> None:
    (workspace / "asking.yaml").write_text(ASKING)
    argv = ("run", "tiny.yaml", "asking.yaml", *TWICE)
    assert "answer how_to" in told(*argv, "--details")
    assert "answer how_to by" not in told(*argv)
    assert "csat_rate" in told(*argv)


def test_shares_of_a_policy_are_of_all_replications_together(experiment: Experiment) -> None:
    counts = np.sum([summary.performance for summary in experiment.summaries[1]], axis=0)
    assert sorted(each.counts["shown"] for each in performances_of(experiment, 1)) == sorted(counts[:, COUNTS.index("shown")].tolist())
    for each in performances_of(experiment, 1):
        assert each.shown_a_week == each.counts["shown"] / 4 * 3.5


def test_one_replication_has_no_interval_of_what_is_told_by_the_week(experiment: Experiment) -> None:
    one = replace(experiment, replications=1, summaries=tuple(each[:1] for each in experiment.summaries))
    data = experiment_data(one)
    for each in data["automate_next"]["people"]:
        assert all(each[key] is None or (each[key]["low"] is None and each[key]["high"] is None) for key in A_WEEK)
    assert "±" not in next_tables(one)
    assert next_of(one)[0].sentence == "people: no intent is sure to save agents' time if it were automated."


def test_names_in_the_tables_are_data(experiment: Experiment) -> None:
    hostile = "<img src=//x onerror=alert(1)>"
    scenario = experiment.scenario.model_copy(update={"intents": {f"{hostile}{name}": intent for name, intent in experiment.scenario.intents.items()}})
    policies = tuple(replace(policy, name=f"{hostile}{policy.name}") for policy in experiment.policies)
    page = offers_tables(replace(experiment, scenario=scenario, policies=policies)) + next_tables(replace(experiment, policies=policies))
    assert hostile not in page
    assert "&lt;img src=//x" in page


def test_a_wide_table_scrolls_by_itself(experiment: Experiment) -> None:
    page = offers_tables(experiment) + next_tables(experiment)
    assert page.count('<table class="plain numbers steps">') == page.count('<div class="scroll">') == 3


def test_without_a_bot_there_is_nothing_to_say_of_answers(experiment: Experiment) -> None:
    people = replace(experiment, policies=experiment.policies[:1], summaries=experiment.summaries[:1])
    assert offers_of(people) == ()
    assert offers_tables(people) == "<p>No policy has a bot.</p>"
