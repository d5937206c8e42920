"""What is worth knowing of a scenario that can be used."""

from __future__ import annotations

import json
from typing import Any

import pytest
from plain_scenario import plain_scenario
from test_checks import BILLING, CREW, PATIENCE, Way, changed

from deskdrill.documents import parse_document
from deskdrill.scenarios import load_scenario, scenario_from_document, shipped_scenarios
from deskdrill.scenarios.notes import notes_of, result_notes

ENDLESS = {"shape": "survival", "points": [["1m", 1]]}
BUSY = (("arrivals", "per_week"), 1512)
EMAIL: tuple[Way, Any] = (("segments", "standard", "channels"), {"chat": 0.4, "email": 0.6})
SOLVES: tuple[Way, Any] = (("intents", "refund", "person_solves"), 1)
NOWHERE = {"after": "20m", "ends": 0.3, "to": "managers"}
MANAGERS: tuple[Way, Any] = (("teams", "managers"), {"staffing": {"always": 1}})
FACTS: Way = ("segments", "standard", "facts")
CAN_HELP = {"staffing": {"always": 1}, "skills": ["billing", "triage"]}


def findings(*changes: tuple[Way, Any]) -> list[str]:
    document = parse_document(json.dumps(changed(*changes), indent=1), "mine.yaml")
    return [str(note.finding(document)).removeprefix("mine.yaml:") for note in notes_of(scenario_from_document(document))]


NOTES: list[tuple[list[tuple[Way, Any]], Way, str]] = [
    ([BUSY], (*BILLING, "staffing"), "warning D902: team `billing` is overloaded: a week brings 1.50 times the work that its agents can do, so customers have to leave unserved, unless a bot keeps 33% of them away"),
    ([BUSY, (PATIENCE, {"live": ENDLESS, "inbox": ENDLESS})], (*BILLING, "staffing"), "error D901: team `billing` is unstable: a week of customers who never leave brings 1.50 times the work that its agents can do, so the queue grows as long as customers arrive, unless a bot keeps 33% of them away"),
    ([BUSY, ((*BILLING, "served_by"), ["crew"]), ((*BILLING, "staffing"), {}), (CREW, {"staffing": {"always": 1}, "skills": []})], (*CREW, "staffing"), "warning D902: team `billing` is overloaded: a week brings 1.50 times the work that the agents of `crew` can do, so customers have to leave unserved, unless a bot keeps 33% of them away"),
    ([(("arrivals", "surges"), [{"at": "Tue 10:00", "lasts": "1h", "times": 3, "announced": {"takes": 0}}])], ("arrivals", "surges", 0, "announced", "takes"), "warning D903: no effect: the notice keeps nobody away"),
    ([(("behaviour", "transactions"), {"works": 0, "outages": [{"at": "Tue 10:00", "lasts": "9h"}]})], ("behaviour", "transactions", "outages"), "warning D903: no effect: nothing works at other times either"),
    ([((*BILLING, "slots"), "fill")], (*BILLING, "slots"), "warning D903: no effect: an agent who holds one conversation at most is never given a second"),
    ([((*BILLING, "takes"), "in_order")], (*BILLING, "takes"), "warning D903: no effect: with one inbox it is the same as `priority`"),
    ([((*BILLING, "takes"), "weighted_wait")], (*BILLING, "takes"), "warning D903: no effect: with one inbox it is the same as `longest_wait`"),
    ([(CREW, {"staffing": {"always": 1}, "skills": "all", "takes": "in_order"})], (*CREW, "takes"), "warning D903: no effect: there is no order to go by, as `skills` would list the teams of a group"),
    ([((*BILLING, "newcomers"), {"share": 0})], (*BILLING, "newcomers", "share"), "warning D903: no effect: 0% of 1 agents is not one agent"),
    ([((*BILLING, "newcomers"), {"share": 1, "factor": 1})], (*BILLING, "newcomers", "factor"), "warning D903: no effect: newcomers take as long as the others"),
    ([((*BILLING, "strain"), {"slower": 0})], (*BILLING, "strain", "slower"), "warning D903: no effect: strain slows nobody"),
    ([((*BILLING, "strain"), {"slower": 1, "above": 1})], (*BILLING, "strain", "above"), "warning D903: no effect: nobody is busy for more than all of the time"),
    ([((*BILLING, "staffing"), {"Mon-Fri 09-17": 1}), ((*BILLING, "breaks"), [{"within": "Sat 12-14", "lasts": "30m"}])], (*BILLING, "breaks", 0, "within"), "warning D903: no effect: nobody of `billing` is on duty then"),
    ([((*BILLING, "work_factors"), {"pricing": 2})], (*BILLING, "work_factors", "pricing"), "warning D903: no effect: this scenario has no intent `pricing`"),
    ([((*BILLING, "offers"), "random")], (*BILLING, "offers"), "warning D903: no effect: only one group of agents takes from the inbox"),
    ([((*BILLING, "weight"), 2)], (*BILLING, "weight"), "warning D903: no effect: nobody who takes from the inbox goes by `weighted_wait`"),
    ([((*BILLING, "call_back"), {"from_waiting": 1, "accepted": 0})], (*BILLING, "call_back", "accepted"), "warning D903: no effect: nobody accepts"),
    ([((*BILLING, "notices_gone"), {"mean": "5m"})], (*BILLING, "notices_gone"), "warning D903: no effect: nobody leaves without a word (`silent` in `patience`), and nobody is called back"),
    ([((*BILLING, "also_solves"), ["refund"])], (*BILLING, "also_solves", 0), "warning D903: no effect: `billing` is the right team of `refund`"),
    ([((*BILLING, "also_solves"), ["pricing"])], (*BILLING, "also_solves", 0), "warning D903: no effect: this scenario has no intent `pricing`"),
    ([(("intents", "invoice"), {"team": "billing", "work": {"mean": "5m"}})], ("intents", "invoice"), "warning D903: no effect: nobody writes about `invoice`"),
    ([((*FACTS, "unset"), {"company": 0.3})], (*FACTS, "unset", "company"), "warning D903: no effect: `standard` customers have no `company`"),
    ([((*FACTS, "unset"), {"products": 0.3})], (*FACTS, "unset", "products"), "warning D903: no effect: no segment has `products`"),
    ([(("email",), {"replies": 3})], ("email",), "warning D903: no effect: nobody writes by e-mail (`channels` of a segment)"),
    ([EMAIL, (("email",), {"replies": 3, "replies_at_most": 1})], ("email", "replies"), "warning D903: no effect: an agent replies once at most"),
    ([EMAIL, (("email",), {"replies": 1, "replies_at_most": 5})], ("email", "replies_at_most"), "warning D903: no effect: an agent replies once"),
    ([((*BILLING, "open_at_most"), 5)], (*BILLING, "open_at_most"), "warning D903: no effect: nobody writes by e-mail (`channels` of a segment)"),
    ([((*BILLING, "context_factor"), 1)], (*BILLING, "context_factor"), "warning D903: no effect: their work takes as long as without it"),
    ([(("returns", "changes_channel"), 0.3)], ("returns", "changes_channel"), "warning D903: no effect: nobody writes by e-mail (`channels` of a segment)"),
    ([SOLVES, (("returns", "reopens"), {"share": 0.3})], ("returns", "reopens"), "warning D903: no effect: every service solves the problem"),
    ([(("returns", "reopens"), {"share": 0})], ("returns", "reopens", "share"), "warning D903: no effect: nobody writes on"),
    ([SOLVES, MANAGERS, ((*BILLING, "leads_nowhere"), NOWHERE)], (*BILLING, "leads_nowhere"), "warning D903: no effect: every service of `billing` solves the problem"),
    ([MANAGERS, ((*BILLING, "leads_nowhere"), {**NOWHERE, "ends": 1})], (*BILLING, "leads_nowhere", "to"), "warning D903: no effect: all are ended, so `managers` get nothing"),
    ([((*BILLING, "answer_within_counts"), "business_hours")], (*BILLING, "answer_within_counts"), "warning D903: no effect: somebody who takes from the inbox is always on duty"),
    ([((*BILLING, "staffing"), {"Mon-Fri 09-17": 4, "Sat 10-14": 1}), ((*BILLING, "shrinkage"), 0.5)], (*BILLING, "shrinkage"), "warning D904: a shrinkage of 50% leaves nobody of 1 for 1 h of `Sat 10-14`"),
    ([(("teams", "idle"), {"staffing": {"always": 1}})], ("teams", "idle"), "info D905: team `idle` can solve nothing; whatever a policy sends there is moved on"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "at", "message"), NOTES, ids=range(len(NOTES)))
def test_a_note_is_told_with_its_place(changes: list[tuple[Way, Any]], at: Way, message: str) -> None:
    line, column = parse_document(json.dumps(changed(*changes), indent=1)).position(at)
    assert findings(*changes) == [f"{line}:{column}: {message}"]


SETTINGS: list[list[tuple[Way, Any]]] = [
    [((*FACTS, "company"), {"agency": 1}), ((*FACTS, "products"), {"api": 0.5}), ((*FACTS, "unset"), {"company": 0.3, "products": 0.1})],
    [((*BILLING, "concurrency"), 2), ((*BILLING, "slots"), "fill")],
    [((*BILLING, "takes"), "longest_wait")],
    [((*BILLING, "offers"), "longest_idle")],
    [(CREW, CAN_HELP), ((*BILLING, "offers"), "random")],
    [(CREW, {**CAN_HELP, "takes": "in_order"})],
    [(CREW, {**CAN_HELP, "takes": "weighted_wait"}), ((*BILLING, "weight"), 2)],
    [((*BILLING, "newcomers"), {"share": 1})],
    [((*BILLING, "strain"), {"slower": 1})],
    [((*BILLING, "breaks"), [{"within": "Sat 12-14", "lasts": "30m"}])],
    [((*BILLING, "work_factors"), {"refund": 2})],
    [((*BILLING, "call_back"), {"from_waiting": 1}), ((*BILLING, "notices_gone"), {"mean": "5m"})],
    [EMAIL, (("email",), {"replies": 3}), ((*BILLING, "open_at_most"), 5), (("returns", "changes_channel"), 0.3)],
    [((*BILLING, "context_factor"), 0.9)],
    [(("returns", "reopens"), {"share": 0.3})],
    [MANAGERS, ((*BILLING, "leads_nowhere"), NOWHERE)],
    [((*BILLING, "staffing"), {"Mon-Fri 08-18": 3}), ((*BILLING, "answer_within_counts"), "business_hours")],
    [((*BILLING, "staffing"), {"always": 3}), ((*BILLING, "absences"), 0.1), ((*BILLING, "answer_within_counts"), "business_hours")],
    [((*PATIENCE, "silent"), 0.5), ((*BILLING, "notices_gone"), {"mean": "5m"})],
]


@pytest.mark.parametrize("changes", SETTINGS, ids=range(len(SETTINGS)))
def test_what_has_an_effect_is_not_noted(changes: list[tuple[Way, Any]]) -> None:
    assert findings(*changes) == []


def test_what_ships_has_no_notes() -> None:
    assert [notes_of(load_scenario(name)) for name in shipped_scenarios()] == [()] * len(shipped_scenarios())


def test_beside_a_result_stand_errors_and_warnings_only() -> None:
    scenario = scenario_from_document(parse_document(json.dumps(changed(BUSY, (("teams", "idle"), {})))))
    assert [note.level for note in notes_of(scenario)] == ["warning", "info"]
    assert [note.level for note in result_notes(scenario)] == ["warning"]


def test_the_plain_scenario_has_no_notes() -> None:
    assert notes_of(scenario_from_document(parse_document(json.dumps(plain_scenario())))) == ()
