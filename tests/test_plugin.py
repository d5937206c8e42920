"""What the fixture `desk` of the pytest plugin takes and refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from deskdrill.errors import BadValue
from deskdrill.pytest_plugin import DeskFixture
from deskdrill.rules.given import facts_of


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"mesage.text": "refund"}, r"unknown fact `mesage.text`"),
        ({"customer.contacts_30d": "lots"}, r"`customer.contacts_30d`: expected"),
        ({"customer.tenure": "soon"}, r"`customer.tenure`: expected a duration"),
        ({"time": "noon"}, r"`time`: "),
        ({"customer.segment": "trial"}, r"`customer.segment` is truth"),
        ({"customer.segment": None}, r"`customer.segment` is truth"),
    ],
)
def test_a_fact_that_rules_do_not_know_is_refused(facts: dict[str, object], said: str, tmp_path: Path) -> None:
    with pytest.raises(BadValue, match=said):
        DeskFixture(tmp_path).decide("careful", facts)


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"customer.contacts_30d": -1}, "`customer.contacts_30d`: it is never below 0, found `-1`"),
        ({"customer.tenure": -5.0}, "`customer.tenure`: it is never below 0, found `-5`"),
        ({"time": 700_000.0}, "`time`: a time of the week is below 604,800 s, found `700000`"),
        ({"conversation.channel": "phone"}, "`conversation.channel`: expected one of `chat`, `email`, found `phone`"),
        ({"collected.urgency": "urgently"}, "expected one of `urgent`, `normal`, found `urgently`; did you mean `urgent`?"),
        ({"page": "/a\n/b"}, "`page.url`: a page has no line break"),
    ],
)
def test_what_cannot_be_known_of_anybody_is_refused(facts: dict[str, object], said: str, tmp_path: Path) -> None:
    with pytest.raises(BadValue) as refused:
        DeskFixture(tmp_path).decide("careful", facts)
    assert said.replace("page.url", "page") in str(refused.value)


@pytest.mark.parametrize(
    ("at", "second"), [("2026-03-02 10:15", 36_900.0), ("2026-03-08T00:00:30", 6 * 86_400.0 + 30), ("Mon 10:15", 36_900.0)]
)
def test_a_date_is_a_time_of_the_week(at: str, second: float) -> None:
    assert facts_of({"at": at}) == {"time": second}


@pytest.mark.parametrize("at", ["2026-03-02", "2026-13-02 10:00", "2026-03-02 10:15+01:00", "2026-03-02 25:00"])
def test_what_is_no_local_time_is_refused(at: str) -> None:
    with pytest.raises(BadValue, match='expected a local time such as "Mon 10:15" or "2026-03-02 10:15"'):
        facts_of({"at": at})


def test_facts_may_be_written_as_in_python_or_as_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text(
        "policy: p\nrulesets:\n  - name: r\n    hit_policy: first\n    rules:\n"
        "      - {id: new, when: {customer.tenure: {lt: 2d}, time: {during: Mon 08-18}, customer.flags: {contains_any: [vip]}}, then: {route: success}}\n"
        "    default: {route: escalation}\n"
    )
    desk = DeskFixture(tmp_path)
    for facts in (
        {"customer.tenure": 3600, "time": 36_000, "customer.flags": {"vip"}},
        {"customer.tenure": "1h", "at": "Mon 10:00", "customer.flags": ["vip"]},
        {"customer.tenure": 3600.0, "time": 36_000.0, "customer.flags": frozenset({"vip", "at_risk"}), "customer.plan": None},
    ):
        decision = desk.decide("p.yaml", facts)
        assert decision.route == "success"
        assert str(decision).splitlines()[0] == "sent to success, by r.new"
        assert str(decision).splitlines()[1].startswith("  r.new fired: ")
    assert str(desk.decide("p.yaml", {})).startswith("sent to the escalation inbox, by r.default\n  r.new did not fire: ")
