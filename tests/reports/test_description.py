from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from pydantic import TypeAdapter

from deskdrill.reports.description import describe_scenario
from deskdrill.reports.provenance import provenance
from deskdrill.reports.times import time_in_words
from deskdrill.scenarios import load_scenario
from deskdrill.scenarios.distributions import PerhapsEndless
from deskdrill.scenarios.scenario import Scenario
from deskdrill.scenarios.strategies import scenarios

Told = Callable[..., str]

WORDS = [
    ({"mean": "5m", "cv": 0.8}, "5 min on average (lognormal, cv 0.8)"),
    ({"shape": "exponential", "mean": "5m"}, "5 min on average (exponential)"),
    ({"shape": "exponential", "median": "8h"}, "8 h in the median (exponential)"),
    ({"shape": "deterministic", "mean": "90s"}, "always 1 min 30 s"),
    ({"shape": "erlang", "mean": "5m", "phases": 1}, "5 min on average (Erlang, 1 phase)"),
    ({"shape": "erlang", "mean": "5m", "phases": 3}, "5 min on average (Erlang, 3 phases)"),
    ({"shape": "hyperexponential", "branches": [{"share": "90%", "mean": "1m"}, {"share": "10%", "mean": "1h"}]}, "6 min 54 s on average (hyperexponential: 90% 1 min, 10% 1 h)"),
    ({"shape": "gamma", "mean": "5m", "cv": 0.5}, "5 min on average (gamma, cv 0.5)"),
    ({"shape": "weibull", "mean": "5m", "k": 0.5}, "5 min on average (Weibull, k 0.5)"),
    ({"shape": "uniform", "from": "1m", "to": "2m"}, "1 min to 2 min, all alike"),
    ({"shape": "empirical", "values": ["1m", "3m"]}, "2 min on average (drawn from 2 observed times)"),
    ({"shape": "survival", "points": [["1m", 0.5], ["3m", 0]]}, "2 min on average (an observed curve of 2 points)"),
    ({"shape": "survival", "points": [["1m", 0.7], ["3m", 0.2]]}, "3 min in the median, as an observed curve says, where 20% never leave"),
    ({"shape": "survival", "points": [["1m", 0.7]]}, "as an observed curve says, where 70% never leave"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "words"), WORDS, ids=[words for _, words in WORDS])
def test_a_time_is_said_with_its_length_and_its_shape(data: dict[str, Any], words: str) -> None:
    adapter: TypeAdapter[Any] = TypeAdapter(PerhapsEndless)
    assert time_in_words(adapter.validate_json(json.dumps(data))) == words


@settings(max_examples=25)
@given(scenarios())
def test_every_scenario_can_be_described(scenario: Scenario) -> None:
    text = describe_scenario(scenario, 100)
    assert "nan" not in text
    assert "None" not in text


def described(workspace: Path, told: Told, *changes: tuple[str, str]) -> str:
    """The description of the small desk, on one line, with parts of its file replaced."""
    path = workspace / "tiny.yaml"
    text = path.read_text()
    for pattern, replacement in changes:
        text, changed = re.subn(pattern, replacement, text, count=1)
        assert changed, pattern
    path.write_text(text)
    return " ".join(told("describe", "tiny.yaml").split())


def test_patience_is_told_in_full(workspace: Path, told: Told) -> None:
    more = ("told: .*", "announced_factor: 2\n        balks: 3%\n        silent: 70%")
    assert (
        "In a chat they wait 5 min on average (exponential), but 3% leave at once if nobody is free; once told when a "
        "person will come, 2 times as long; after leaving a message, 8 h in the median (exponential). Of those who "
        "leave, 70% go without anybody noticing."
    ) in described(workspace, told, more)


def test_wrap_up_is_told_by_team(workspace: Path, told: Told) -> None:
    assert "writes it up" not in described(workspace, told)
    text = described(workspace, told, (r"billing: \{staffing", "billing: {wrap_up: {mean: 2m}, staffing"))
    assert "After each conversation an agent still writes it up: billing 2 min on average (lognormal, cv 1)." in text


def test_a_target_that_counts_business_hours_is_told(workspace: Path, told: Told) -> None:
    assert "of business hours" not in described(workspace, told)
    text = described(workspace, told, (r"billing: \{staffing", "billing: {answer_within: 1h, answer_within_counts: business_hours, staffing"))
    assert " 1 h of business hours" in text


def test_the_shape_of_work_is_told_where_it_is_not_the_usual_one(workspace: Path, told: Told) -> None:
    text = described(workspace, told, (r"work: \{mean: 9m\}", "work: {shape: erlang, mean: 9m, phases: 2}"))
    assert " 9 min, erlang " in text
    assert " 7 min 95% " in text


def test_arrivals_are_told_in_full(workspace: Path, told: Told) -> None:
    smooth = "kind: even\n  rate: linear\n  day_factor_shape: 25\n  day_factor_correlation: 0.4\n  "
    assert (
        "; whole days are busier or quieter by some 20%, each with a correlation of 0.4 with the day before; the rate "
        "rises and falls smoothly from the middle of one hour to that of the next; they come evenly, not at random. Who"
    ) in described(workspace, told, ("by_hour", f"{smooth}by_hour"))


def test_days_with_hours_of_their_own_are_told(workspace: Path, told: Told) -> None:
    days = f"by_hour: {{Mon-Fri: [{', '.join('1' * 24)}], 'Sat, Sun': [{'0, ' * 20}1, 2, 0, 0]}}"
    text = described(workspace, told, (r"by_hour: .*", days))
    assert "; the busiest hour of the week is Sat 21-22 with 66.7% of its day" in text
    assert "; most on Mon (19%), fewest on Sat (2.38%)" in text


def test_surges_are_told_in_full(workspace: Path, told: Told) -> None:
    notice = "announced: {takes: 30%, after: 10m}"
    surges = "  surges:\n    - {at: Mon 10:00, lasts: 2h, times: 3, intents: [refund, how_to], %s}\n    - {at: Tue 10:00, lasts: 1h, times: 2}\n"
    assert (
        " A surge from Mon 10:00, for 2 h: 3 times the problems about refund, how_to; a notice after 10 min keeps 30% of "
        "the extra customers from writing in. A surge from Tue 10:00, for 1 h: 2 times the problems. Who writes in:"
    ) in described(workspace, told, (r"\nsegments:", f"{surges % notice}\nsegments:"))


def test_recorded_arrivals_are_told_by_their_number(workspace: Path, told: Told) -> None:
    text = described(workspace, told, (r"  per_week: .*\n  by_hour: .*", "  kind: replayed\n  at: [1h, 2h]"))
    assert "Europe/London time. 2 new problems arrive exactly when they were recorded to." in text


def test_email_is_told_where_somebody_writes_any(workspace: Path, told: Told) -> None:
    assert "e-mail" not in described(workspace, told)
    text = described(workspace, told, (r"    facts:", "    channels: {chat: 60%, email: 40%}\n    facts:"))
    assert (
        "By e-mail write 40% of standard customers. An agent replies 2 times on average, at most 8 times, and the customer "
        "answers after 3 h on average (lognormal, cv 1.5)."
    ) in text


def test_email_of_all_customers_is_told_once(workspace: Path, told: Told) -> None:
    channels = "    channels: {chat: 60%, email: 40%}\n    facts:\n      plan:"
    both = [(rf"    facts:\n      plan: {{{plan}", f"{channels} {{{plan}") for plan in ("starter", "trial")]
    assert "By e-mail write 40% of all customers. An agent replies" in described(workspace, told, *both)


def test_coming_back_is_told_in_full(workspace: Path, told: Told) -> None:
    more = (
        "after_leaving: {share: 75%, delay: {shape: exponential, mean: 20m}}, "
        "reopens: {share: 30%, after: {mean: 4h}}, changes_channel: 25%"
    )
    text = described(workspace, told, (r"returns: .*", f"returns: {{{more}}}"))
    assert (
        "within 7.0 days; 60% then ask for a person at once, and 100% of those whom a bot has blocked. Of those who left a queue or were turned away, 75% try again after "
        "20 min on average (exponential). Of those whom a service did not help, 30% write on in the same conversation after "
        "4 h on average (lognormal, cv 1), at most 2 times. Of those who write again, 25% use the other channel."
    ) in text


def test_what_agents_do_where_they_get_nowhere_is_told(workspace: Path, told: Told) -> None:
    nowhere = "leads_nowhere: {after: 20m, ends: 30%, to: frontline}, context_factor: 0.9, open_at_most: 12"
    text = described(workspace, told, (r"billing: \{staffing", f"billing: {{{nowhere}, staffing"))
    assert "Agents of billing: each has at most 12 conversations by e-mail open; seeing what is known of the customer, they take 0.9 times as long." in text
    assert "after 20 min of work that leads nowhere 30% are ended, the others go to frontline, where 60% are solved" in text


RECOGNISER = """recogniser:
  kind: confusion
  right: 80%
  unknown: 5%
  rows: {refund: {refund: 70%, pricing: 20%}}
  asks_for_person: 95%
  confidence: {right: [{share: 60%, from: 90%, to: 1}, {share: 40%, from: 50%, to: 90%}], wrong: 0.6}
sources:
  recogniser: {measured: the vendor's evaluation page}
"""


def test_a_recogniser_of_known_quality_is_told_in_full(workspace: Path, told: Told) -> None:
    text = described(workspace, told, (r"sources:\n", RECOGNISER))
    assert (
        "Messages are recognised as well as this, whatever their words: refund as refund 70%, pricing 20%, nothing 10%; "
        "any other problem 80% rightly, 5% not at all, else as any of the other intents; a request for a person 95% "
        "rightly, else not at all; small talk always rightly. Where the guess is right it is 90% to 100% sure in 60%, "
        "50% to 90% sure in 40%; where it is wrong, 60% sure."
    ) in text
    assert "- measured: recogniser: the vendor's evaluation page" in text


def test_a_recogniser_with_no_row_is_told_in_one_clause(workspace: Path, told: Told) -> None:
    text = described(workspace, told, (r"sources:\n", "recogniser: {kind: confusion, right: 100%, rows: {small_talk: {refund: 10%}}}\n\nsources:\n"))
    assert "words: any problem 100% rightly; a request for a person 100% rightly; small talk as refund 10%, nothing 90%." in text


def test_a_recogniser_that_learns_is_told_to(workspace: Path, told: Told) -> None:
    assert "What a message is about is recognised by its words; the recogniser learns from other wordings." in described(workspace, told)


def test_what_customers_do_with_a_bot_is_told(workspace: Path, told: Told) -> None:
    text = described(workspace, told)
    assert "Who goes on with the bot says it again in other words (70%), vents (15%), comes up with something else (0%) or only says that it did not help (15%); 30% of those who give up" in text
    assert "50% of the words are left of what is said again, people take 1.15 times as long and move it on to a wrong team 1.25 times as often." in text
    assert "Where it asks for something before it hands over, 3% leave at each question, and people take 0.9 times as long once all is answered; asked for the topic, 85% name the right one, and 60% call a serious one urgent, 20% another." in text
    assert "the last of 6 teams is always right" in text


def test_each_share_of_a_matrix_is_an_input(workspace: Path) -> None:
    path = workspace / "tiny.yaml"
    before = provenance(load_scenario(path))
    path.write_text(path.read_text().replace("sources:\n", RECOGNISER))
    after = provenance(load_scenario(path))
    assert (after - before, before - after) == ({"measured": 7}, {})


def test_a_recogniser_by_phrases_is_told_with_some_of_them(workspace: Path, told: Told) -> None:
    many = ", ".join(f"word {number}" for number in range(10))
    text = described(workspace, told, (r"sources:\n", f"recogniser: {{kind: keywords, intents: {{refund: [money back, a refund], pricing: [{many}]}}, confidence: 80%}}\n\nsources:\n"))
    assert 'decide: refund by "money back", "a refund"; pricing by "word 0",' in text
    assert '"word 7" and 2 more. The guess is 80% sure where only one has phrases in the message' in text
    assert "Never recognised, for want of phrases: how_to, talk_to_person." in text


def test_a_recogniser_of_the_user_s_is_told_by_name(workspace: Path, told: Told) -> None:
    text = described(workspace, told, (r"sources:\n", "recogniser: {kind: python, function: 'ours:guess'}\n\nsources:\n"))
    assert "What a message is about is told by `ours:guess`, a function of your own, which is asked once about every text." in text


@pytest.mark.parametrize("recogniser", ["{kind: keywords, intents: {refund: [refund]}}", "{kind: python, function: 'ours:guess'}"])
def test_phrases_and_functions_are_no_inputs_without_a_source(workspace: Path, recogniser: str) -> None:
    path = workspace / "tiny.yaml"
    plain = provenance(load_scenario(path))
    path.write_text(f"{path.read_text()}recogniser: {recogniser}\n")
    # How sure phrases are is a number that somebody has to answer for.
    assert provenance(load_scenario(path))["unmarked"] - plain["unmarked"] == recogniser.count("keywords")


def test_how_customers_answer_a_survey_is_told(workspace: Path, told: Told) -> None:
    text = described(workspace, told)
    assert "Asked how it went, 25% of those served by people answer, 8% of those who leave the bot with a word, 2% of those who leave it without." in text
    assert "92% give 4 or 5 of 5 if helped, 75% if helped after 4 h or after going round in circles, 25% if not helped, 10% after going round" in text
    changes = ("reply: {person: 7%}", "reply: {bot: 7%}", "reply: {silent: 7%}", "late_after: 9h", "csat_4_or_5: {helped: 7%}", "csat_4_or_5: {helped_late: 7%}")
    changes += ("csat_4_or_5: {unhelped: 7%}", "csat_4_or_5: {looped: 7%}", "csat_4_or_5: {transferred: 7%}", "ces: {easiest: 7%}", "ces: {each_attempt: 7%}")
    changes += ("ces: {each_turn: 7%}", "ces: {each_transfer: 7%}", "ces: {unsolved: 7%}")
    texts = [described_with(workspace, told, change) for change in changes]
    assert len({text, *texts}) == 1 + len(changes)


def described_with(workspace: Path, told: Told, survey: str) -> str:
    path = workspace / "tiny.yaml"
    before = path.read_text()
    try:
        return described(workspace, told, (r"sources:\n", f"behaviour: {{survey: {{{survey}}}}}\n\nsources:\n"))
    finally:
        path.write_text(before)


def test_what_a_customer_is_worth_is_told(workspace: Path, told: Told) -> None:
    text = described(workspace, told, (r"share: 70%", "share: 70%\n    value: 1200"), (r"share: 30%", "share: 30%\n    value: 0.5"))
    assert "Each is worth 1,200." in text
    assert "Each is worth 0.5." in text


def test_what_bounds_a_bot_s_help_is_told(workspace: Path, told: Told) -> None:
    assert (
        "What a bot looks up works 95% of times and takes 3 s, what it changes for customers 95% and 3 s. 25% read an answer that "
        "is shown while they type. Of those who say nothing to an answer that did not help, 20% write on after "
    ) in described(workspace, told)
    knowledge = "knowledge: {refund: {covers: 80%, quality: 90%}}\nsegments:"
    assert (
        " Of problems about refund the help centre covers 80%, in words that 90% of those who can act upon good ones can act upon."
    ) in described(workspace, told, (r"\nsegments:", f"\n{knowledge}"))
