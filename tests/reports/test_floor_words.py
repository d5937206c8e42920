from __future__ import annotations

from deskdrill.reports.floor_words import floor_lines
from deskdrill.scenarios import load_scenario
from deskdrill.scenarios.staffing import AgentGroup, CallBack, ExpectedWait, Newcomers, Overflow


def test_a_plain_desk_has_nothing_to_add() -> None:
    assert list(floor_lines(load_scenario("saas-week"))) == []


def test_groups_and_inboxes_are_told_in_words() -> None:
    plain = load_scenario("saas-week")
    frontline = plain.teams["frontline"].model_copy(
        update={
            "overflow": Overflow(after=300, to=("billing",)),
            "call_back": CallBack(from_waiting=5),
            "newcomers": Newcomers(share=0.2),
        }
    )
    floaters = AgentGroup(staffing={"Mon-Fri 10-16": 3}, skills=("billing", "frontline"), takes="longest_wait")
    scenario = plain.model_copy(update={"teams": {**plain.teams, "frontline": frontline}, "groups": {"floaters": floaters}})
    lines = list(floor_lines(scenario))
    assert lines[0] == "Group floaters (3 Mon-Fri 10-16) takes from billing, frontline."
    assert "Agents of frontline: 20% are newcomers and take 1.25 times as long." in lines
    assert "Agents of floaters: take who has waited for longest." in lines
    assert (
        "Inbox frontline: served by frontline, then floaters; after 5 min billing may take it too; "
        "who finds 5 waiting may be called back: 50% accept, 90% are reached."
    ) in lines


def test_what_rules_see_as_the_expected_wait_is_told_where_it_is_not_the_last_wait() -> None:
    by = ExpectedWait(by="queue_over_throughput", throughput_over=1800)
    scenario = load_scenario("saas-week").model_copy(update={"expected_wait": by})
    assert list(floor_lines(scenario)) == ["The expected wait that rules see is the queue over the throughput of the last 30 min."]
