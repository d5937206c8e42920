"""What a scenario may not say: each mistake is one problem, at its place, with what was possible."""

from __future__ import annotations

import json
from typing import Any

import pytest
from plain_scenario import plain_scenario

from deskdrill.documents import Document, Loc, parse_document
from deskdrill.errors import InputError
from deskdrill.scenarios import scenario_from_document

Way = tuple[str | int, ...]
BILLING: Way = ("teams", "billing")
PATIENCE: Way = ("segments", "standard", "temperament", "patience")
FACTS: Way = ("segments", "standard", "facts")
CREW: Way = ("groups", "crew")


def changed(*changes: tuple[Way, Any]) -> dict[str, Any]:
    """The plain scenario with values put in."""
    data = plain_scenario()
    for way, value in changes:
        inner: Any = data
        for step in way[:-1]:
            inner = inner.setdefault(step, {}) if isinstance(inner, dict) else inner[step]
        inner[way[-1]] = value
    return data


def refused(data: dict[str, Any]) -> tuple[list[str], Document]:
    """The problems, without the file's name, of a scenario that does not load."""
    document = parse_document(json.dumps(data, indent=1), "mine.yaml")
    with pytest.raises(InputError) as error:
        scenario_from_document(document)
    return [str(problem).removeprefix("mine.yaml:") for problem in error.value.problems], document


# The changes, where the problem is, and what it says; `at_key` where the place ends with `KEY`.
KEY = "its key"
OUTAGES: Way = ("behaviour", "look_ups", "outages")
MISTAKES: list[tuple[list[tuple[Way, Any]], Loc, str]] = [
    # patience of nothing
    ([((*PATIENCE, "live"), {"shape": "exponential", "mean": 0})], (*PATIENCE, "live", "mean"), "nobody would wait at all; `balks` is the share who leave a chat at once if nobody is free"),
    ([((*PATIENCE, "live"), {"shape": "deterministic", "mean": "0s"})], (*PATIENCE, "live", "mean"), "nobody would wait at all; `balks` is the share who leave a chat at once if nobody is free"),
    ([((*PATIENCE, "inbox"), {"shape": "exponential", "median": 0})], (*PATIENCE, "inbox", "median"), "nobody would wait at all; `balks` is the share who leave a chat at once if nobody is free"),
    ([((*PATIENCE, "live"), {"shape": "gamma", "mean": "5m", "cv": 1e-200})], (*PATIENCE, "live", "cv"), "expected at least 0.001, found `1e-200`"),
    # arrivals
    ([(("arrivals", "per_week"), 1_000_000_000)], ("arrivals",), "about 1,000,000,000 new problems in the run; at most 50,000,000 are simulated"),
    ([(("arrivals", "day_factor_shape"), 1e-300)], ("arrivals", "day_factor_shape"), "expected at least 0.01, found `1e-300`"),
    ([(("arrivals", "surges"), [{"at": "Tue 10:00", "lasts": "1h", "times": 3, "intents": ["refund", "refund"]}])], ("arrivals", "surges", 0, "intents", 1), "`refund` is listed twice"),
    ([(("arrivals", "surges"), [{"at": "2026-04-01 10:00", "lasts": "1h", "times": 3}])], ("arrivals", "surges", 0, "at"), "`2026-04-01 10:00` is outside the run, 7.0 days from Mon 00:00"),
    # customers
    ([((*FACTS, "company"), {f"kind_{number}": 1 / 128 for number in range(128)})], ("segments",), "128 different kinds of company; at most 100"),
    ([((*FACTS, "products"), {f"product_{number}": 0.5 for number in range(61)})], ("segments",), "61 different products; at most 60"),
    ([((*FACTS, "flags"), {f"flag_{number}": 0.5 for number in range(61)})], ("segments",), "61 different flags; at most 60"),
    ([((*FACTS, "products"), {"API": 0.5, "api": 0.2})], (*FACTS, "products", "api", KEY), "products `API` and `api` differ in capitals alone, and would be one column of the tables; rename one of them"),
    ([((*FACTS, "flags"), {"vip": 0.1, "Vip": 0.2})], (*FACTS, "flags", "Vip", KEY), "flags `vip` and `Vip` differ in capitals alone, and would be one column of the tables; rename one of them"),
    # the help centre
    ([(("knowledge",), {"refnud": {"covers": 0.5}})], ("knowledge", "refnud", KEY), "unknown intent `refnud`; did you mean `refund`?"),
    # agents
    ([((*BILLING, "speed_by_load"), [0])], (*BILLING, "speed_by_load", 0), "expected at least 0.001, found `0`"),
    ([((*BILLING, "speed_by_load"), [1, 0.5])], (*BILLING, "speed_by_load"), "2 speeds for agents who hold up to 1 conversations"),
    ([((*BILLING, "staffing"), {"Mon 00-01": 1}), ((*BILLING, "shrinkage"), 0.6)], (*BILLING, "shrinkage"), "a shrinkage of 60% leaves nobody of `billing`, 1 at most"),
    ([((*BILLING, "breaks"), [{"within": "always", "lasts": "1w"}])], (*BILLING, "breaks"), "with these breaks nobody of `billing` is ever on duty"),
    ([((*BILLING, "breaks"), [{"within": "Mon-Fri 12-14, Sat 12-13", "lasts": "90m"}])], (*BILLING, "breaks", 0, "lasts"), "a break of 1 h 30 min does not fit `Sat 12-13`"),
    ([((*BILLING, "breaks"), [{"within": "Mon 12-14", "lasts": "20s"}])], (*BILLING, "breaks", 0, "lasts"), "a break lasts a minute at least"),
    ([((*BILLING, "staffing"), {"Mon 08-12": 600_000, "Mon 10-14": 600_000})], (*BILLING, "staffing"), "1,200,000 agents at once; at most 1,000,000"),
    ([((*BILLING, "served_by"), ["triage"])], (*BILLING, "served_by"), "`billing` has agents of its own, and they take from no inbox: list `billing` here too"),
    # groups
    ([(CREW, {"staffing": {"always": 1}, "skills": ["biling"]})], (*CREW, "skills", 0), "unknown team `biling`; did you mean `billing`?"),
    ([(CREW, {"staffing": {"always": 1}, "skills": ["billing", "billing"]})], (*CREW, "skills", 1), "`billing` is listed twice"),
    ([(CREW, {"staffing": {"always": 1}, "skills": []})], (*CREW, "skills"), "group `crew` takes from no inbox"),
    ([(CREW, {"skills": "all"})], CREW, "group `crew` has no `staffing`"),
    ([(CREW, {"staffing": {"always": 0}, "skills": "all"})], (*CREW, "staffing"), "group `crew` has no agents all week"),
    ([(CREW, {"staffing": {"never": 2}, "skills": "all"})], (*CREW, "staffing"), "group `crew` has no agents all week"),
    ([((*BILLING, "served_by"), ["billing"]), (CREW, {"staffing": {"always": 1}, "skills": ["billing"]})], (*CREW, "skills", 0), "team `billing` lists under `served_by` who takes from it, and not `crew`"),
    ([((*BILLING, "served_by"), ["billing", "crew"]), (CREW, {"staffing": {"always": 1}, "skills": ["triage"]})], (*BILLING, "served_by", 1), "group `crew` does not list `billing` under its `skills`"),
    # inboxes
    ([((*BILLING, "served_by"), ["biling"])], (*BILLING, "served_by", 0), "unknown group `biling`; did you mean `billing`?"),
    ([((*BILLING, "served_by"), ["billing", "billing"])], (*BILLING, "served_by", 1), "`billing` is listed twice"),
    ([((*BILLING, "overflow"), {"after": "5m", "to": ["triag"]})], (*BILLING, "overflow", "to", 0), "unknown group `triag`; did you mean `triage`?"),
    ([((*BILLING, "overflow"), {"after": "5m", "to": ["billing"]})], (*BILLING, "overflow", "to", 0), "`billing` takes from `billing` at once, and need not wait to help"),
    ([((*BILLING, "overflow"), {"after": "5m", "to": ["triage", "triage"]})], (*BILLING, "overflow", "to", 1), "`triage` is listed twice"),
    ([((*BILLING, "waiting_at_most"), 2), ((*BILLING, "call_back"), {"from_waiting": 2})], (*BILLING, "call_back", "from_waiting"), "who finds 2 waiting is turned away (`waiting_at_most`), so nobody is ever offered to be called back"),
    ([((*BILLING, "also_solves"), ["pricing", "pricing"])], (*BILLING, "also_solves", 1), "`pricing` is listed twice"),
    # outages
    ([(OUTAGES, [{"at": "Tue 10:00", "lasts": "9h"}, {"at": "Tues 10:00", "lasts": "9h"}])], (*OUTAGES, 1, "at"), "unknown day `Tues` in `Tues 10:00`; did you mean `Tue`?"),
    ([(OUTAGES, [{"at": "2026-02-27", "lasts": "9h"}])], (*OUTAGES, 0, "at"), "`2026-02-27` is outside the run, 7.0 days from Mon 00:00"),
    ([(OUTAGES, [{"at": "Tue 10:00", "lasts": 0}])], (*OUTAGES, 0, "lasts"), "expected more than 0, found `0`"),
    ([(OUTAGES, [{"at": "Tue 10:00", "lats": "9h"}])], (*OUTAGES, 0, "lats", KEY), "unknown key `lats`; did you mean `lasts`?"),
    # names
    ([(("teams", "Late Shift"), {})], ("teams", "Late Shift", KEY), "a policy cannot name team `Late Shift`: expected small letters, digits and underscores, a letter first; did you mean `late_shift`?"),
    ([(("teams", "escalation"), {})], ("teams", "escalation", KEY), "policies call the escalation inbox `escalation`, and that is `triage`; give the team another name"),
    ([(("groups", ""), {"staffing": {"always": 1}, "skills": "all"})], ("groups", "", KEY), "expected a text that is not empty"),
    ([(("scenario",), "")], ("scenario",), "expected a text that is not empty"),
    # more than a float or a calendar holds
    ([(("returns",), {"window": "5000w"})], ("returns", "window"), "a window of recontacts is at most 90d, found `5000w`"),
    ([(("returns",), {"handle_factor": 1000})], ("returns", "handle_factor"), "expected at most 100, found `1000`"),
    ([(("behaviour",), {"after_a_loop": {"handle_factor": 1000}})], ("behaviour", "after_a_loop", "handle_factor"), "expected at most 100, found `1000`"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "at", "message"), MISTAKES, ids=range(len(MISTAKES)))
def test_a_mistake_is_one_problem_at_its_place(changes: list[tuple[Way, Any]], at: Loc, message: str) -> None:
    lines, document = refused(changed(*changes))
    line, column = document.key_position(at[:-1]) if at[-1] == KEY else document.position(at)
    assert lines == [f"{line}:{column}: {message}"]


def test_weights_as_large_as_floats_go_are_weights() -> None:
    document = parse_document(json.dumps(changed((("arrivals", "by_hour"), [1e308] * 12 + [0.5e308] * 12))))
    scenario = scenario_from_document(document)
    expected = scenario.arrivals.expected(scenario.clock, scenario.days)
    assert expected[0] == pytest.approx(2 * expected[12])
    assert expected.sum() == pytest.approx(100)


def test_observed_times_may_weigh_as_much_as_floats_go() -> None:
    live = {"shape": "empirical", "values": ["1m", "3m"], "weights": [1e308, 1e308]}
    patience = {"live": live, "inbox": {"mean": "1h"}}
    scenario = scenario_from_document(parse_document(json.dumps(changed((PATIENCE, patience)))))
    assert scenario.segments["standard"].temperament.patience.live.mean_s == 120


def test_a_team_called_escalation_may_be_the_escalation_inbox() -> None:
    data = changed((("teams", "escalation"), {"staffing": {"always": 1}}), (("escalation", "team"), "escalation"))
    assert scenario_from_document(parse_document(json.dumps(data))).escalation.team == "escalation"


def test_a_group_without_skills_of_its_own_takes_where_it_is_listed() -> None:
    data = changed(((*BILLING, "served_by"), ["billing", "crew"]), (CREW, {"staffing": {"always": 1}, "skills": []}))
    assert scenario_from_document(parse_document(json.dumps(data))).served_by("billing") == ("billing", "crew")
