"""What is said of a target: the same in the terminal, the report and for programs."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskdrill.documents import parse_document
from deskdrill.reports.target_words import counts_words, found_words, replications_wanted, target_words, why_open
from deskdrill.simulator.intervals import exact_share
from deskdrill.simulator.judging import Judgement, Why
from deskdrill.simulator.targets import Target, targets_from_document

NAN = float("nan")


def target(line: str) -> Target:
    return targets_from_document(parse_document(f"must:\n  - {{{line}}}\n")).must[0]


def judgement(line: str, value: float, low: float = NAN, high: float = NAN, why: Why = "interval", n: int = 20, nulls: int = 0) -> Judgement:
    return Judgement(target(line), "cannot tell", value, low, high, n, nulls, why)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("measure: wait_p90_s, team: billing, at_most: 20m, in_weeks: 90%", "wait_p90_s of billing at most 20 min in 90% of replications"),
        ("measure: service_level, at_least: 80.5%", "service_level at least 80.5%"),
        ("measure: protected_automated, at_most: 0", "protected_automated at most 0"),
        ("measure: agent_hours, at_most: 1840h", "agent_hours at most 1,840.0 h"),
        ("measure: helped_rate, segment: trial, worse_by_at_most: 0.5pp", "helped_rate of trial worse by at most 0.5 pp"),
        ("measure: wait_p90_s, worse_by_at_most: 10%", "wait_p90_s worse by at most 10% of what it was"),
        ("measure: wait_p90_s, worse_by_at_most: 30s", "wait_p90_s worse by at most 30 s"),
        ('measure: wait_p90_s, team: "\\e[31m", at_most: 1m', "wait_p90_s of \\x1b[31m at most 1 min"),
    ],
)
def test_a_target_reads_as_it_is_written(line: str, words: str) -> None:
    assert target_words(target(line)) == words


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (judgement("measure: helped_rate, worse_by_at_most: 1pp", 0.014, 0.002, 0.026), "1.4 pp worse (0.2 pp to 2.6 pp worse)"),
        (judgement("measure: helped_rate, worse_by_at_most: 1pp", 0.004, -0.002, 0.01), "0.4 pp worse (0.2 pp better to 1.0 pp worse)"),
        (judgement("measure: wait_p90_s, worse_by_at_most: 10%", -0.2, -0.3, -0.1), "20.0% better (30.0% to 10.0% better)"),
        (judgement("measure: wait_p90_s, worse_by_at_most: 1m", 90, 30, 150), "1 min 30 s worse (30 s to 2 min 30 s worse)"),
        (judgement("measure: service_level, at_least: 80%", 0.79, 0.75, 0.83), "79.0% (75.0% to 83.0%)"),
        (judgement("measure: wait_p90_s, at_most: 1m, in_weeks: 90%", 0.95, 0.7, 0.99, nulls=2), "holds in 95% of 18 (70% to 99%); 2 with nothing to measure are left out"),
        (judgement("measure: protected_automated, at_most: 0", 0, 0, 0.184, "unseen"), "none in 20 replications, which leaves room for 0.18 a replication at most"),
        (judgement("measure: bot_loop_rate, at_most: 0", 0, 0, 0.000012, "unseen"), "none in 20 replications, which leaves room for 0.0012% at most"),
        (judgement("measure: service_level, at_least: 100%", 1, 0.9999, 1, "unseen"), "all in 20 replications, which leaves room for 99.99% at least"),
        (judgement("measure: protected_automated, at_most: 0", 0.5, 0.1, 1, "seen"), "0.5 on average over 20 replications; a single case is one too many"),
        (judgement("measure: bot_share, at_most: 10%", 0, 0, 0), "0.0% in each of 20 replications"),
        (judgement("measure: wait_p90_s, worse_by_at_most: 1m", 0, 0, 0, "baseline"), "it is the baseline"),
        (judgement("measure: wait_p90_s, at_most: 1m", NAN, why="null", nulls=3), "nothing to measure in 3 of 20 replications"),
        (judgement("measure: time_to_help_p50_s, at_most: 1m", NAN, why="never", nulls=3), "in 3 of 20 replications too few are helped for it to have a value: never"),
        (judgement("measure: wait_p90_s, at_most: 1m", 30, why="one", n=1), "30 s in one replication, which has no interval"),
    ],
)  # fmt: skip
def test_what_was_found_has_its_interval_and_its_reason(found: Judgement, words: str) -> None:
    assert found_words(found) == words


@given(st.integers(2, 200), st.integers(0, 200), st.floats(0.05, 0.95))
def test_as_many_replications_as_are_wanted_decide(n: int, many: int, share: float) -> None:
    value = min(many, n) / n
    low, high = exact_share(min(many, n), n)
    found = replace(judgement("measure: wait_p90_s, at_most: 1m, in_weeks: 90%", value, low, high, n=n), target=replace(target("measure: wait_p90_s, at_most: 1m"), in_weeks=share))
    wanted = replications_wanted(found, 0.95)
    if wanted is not None:
        low, high = exact_share(round(value * wanted), wanted)
        assert low >= share or high < share


def test_what_would_help_is_said() -> None:
    line = "measure: wait_p90_s, at_most: 60s"
    assert why_open(judgement(line, 50, 30, 70), 0.95) == "about 80 replications should tell"
    assert why_open(judgement(line, 60, 40, 80), 0.95).startswith("it is so near its limit")
    assert why_open(judgement(line, 50, why="one", n=1), 0.95) == "two replications are the fewest that tell anything"
    assert "in_weeks" in why_open(judgement(line, NAN, why="null"), 0.95)
    assert "20 replications" in why_open(judgement("measure: protected_automated, at_most: 0", 0, 0, 0.4, n=10), 0.95)


def test_what_decides_is_counted_first() -> None:
    found = judgement("measure: wait_p90_s, at_most: 1m", 30, 20, 40)
    passed, failed = replace(found, verdict="pass"), replace(found, verdict="fail")
    assert counts_words([passed, passed]) == "passes 2 of 2"
    assert counts_words([passed, failed, found, passed]) == "fails 1 of 4, cannot tell of 1, passes 2"
