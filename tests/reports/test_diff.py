"""`deskdrill diff`, `accept` and `score`: what an edit changes, what of it is accepted, and how well rules place."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from deskdrill.documents import parse_document
from deskdrill.reports.accepted import AcceptedChange, beside, judged, read_accepted, with_accepted, write_accepted
from deskdrill.reports.cli.main import main
from deskdrill.reports.difference_words import difference_text
from deskdrill.rules import FactColumns, Ruleset, load_policy
from deskdrill.rules.difference import difference
from deskdrill.rules.openings import Openings

Told = Callable[..., str]
Refused = Callable[..., list[str]]
MESSAGES = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "banking77" / "messages.csv"
OLD = """\
policy: today
groups:
  protected: {customer.plan: trial}
guards: [{id: no-bot-for-protected, when: {group: protected}, forbid: bot}]
bot: {answers: {confidence_at_least: 70%}}
rulesets:
  - name: routing
    hit_policy: first
    rules:
      - {id: money, when: {message.text: {contains_any: [refund, money]}}, then: {route: billing}}
      - {id: logins, when: {message.text: {contains_any: [password]}}, then: {route: accounts}}
    default: {route: triage}
"""
NEW = OLD.replace("guards: [{id: no-bot-for-protected, when: {group: protected}, forbid: bot}]\n", "").replace("[refund, money]", "[refund]")
CSV = """\
text,customer.plan,team
my money is gone,pro,billing
where is my money?,pro,billing
i want a refund,pro,billing
I forgot my password,trial,accounts
hello,,triage
"""
GIT = ("git", "-c", "user.name=a", "-c", "user.email=a@example.org")


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with an old and a new policy, and messages."""
    monkeypatch.chdir(tmp_path)
    for name, text in (("old.yaml", OLD), ("new.yaml", NEW), ("messages.csv", CSV)):
        Path(name).write_text(text, encoding="utf-8")
    return tmp_path


TRIED = ("old.yaml", "new.yaml", "--on", "messages.csv")


def changes(told: Told, *more: str, code: int = 1) -> dict:
    found = json.loads(told("diff", *TRIED, "--format", "json", *more, code=code))
    return {each["id"]: each for each in found["changes"]}


def test_what_an_edit_changes_is_told_with_protected_customers_first(desk: Path, told: Told) -> None:
    text = told("diff", *TRIED, code=1)
    assert text.startswith("new.yaml against old.yaml on messages.csv: 3 of 5 messages change (60%).\nPROTECTED CUSTOMERS NEWLY AUTOMATED: 1. ")
    first, second = text.index("straight to people -> the bot says that it does not understand"), text.index("billing -> triage")
    assert first < second
    assert "because: guard no-bot-for-protected removed (old.yaml:4)" in text
    assert "because: rule routing.money changed (new.yaml:9)" in text
    assert '"I forgot my password" (messages.csv:5)' in text


def test_the_same_for_programs_and_for_a_pull_request(desk: Path, told: Told) -> None:
    data = json.loads(told("diff", *TRIED, "--format", "json", code=1))
    assert (data["messages"], data["changed"], data["protected_newly_automated"], data["exit_code"]) == (5, {"count": 3, "share": 0.6, "low": None, "high": None}, 1, 1)
    assert [(each["protected"], each["messages"], each["because"]) for each in data["changes"]] == [
        (True, 1, ["guard no-bot-for-protected removed"]),
        (False, 2, ["rule routing.money changed"]),
    ]
    marked = told("diff", *TRIED, "--format", "md", code=1)
    assert "| accounts | bot | 1 |" in marked
    assert "` where is my money? `" in marked


def test_nothing_changes_under_the_same_policy(desk: Path, told: Told) -> None:
    assert "nothing changes, of 5 messages" in told("diff", "old.yaml", "old.yaml", "--on", "messages.csv")


def test_messages_that_no_rule_is_about_prove_nothing(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("few.csv").write_text("text\nhello\n", encoding="utf-8")
    assert main(("diff", "old.yaml", "old.yaml", "--on", "few.csv")) == 3
    assert capsys.readouterr().err == "deskdrill diff: no rule of either policy fires for any of the 1 messages: nothing was tried\n"


def test_what_is_accepted_fails_no_longer_and_protected_customers_are_accepted_by_name(desk: Path, told: Told, capsys: pytest.CaptureFixture[str]) -> None:
    loud = next(each for each in changes(told).values() if each["protected"])
    by = ("--by", "ana", "--why", "agreed: money is no word of theirs")
    assert main(("accept", *TRIED, *by)) == 1
    said = capsys.readouterr()
    assert said.out == "new.accepted.yaml: 1 kind of change (2 messages) accepted\n"
    assert "1 messages are of protected customers, newly automated: name them in `--only`" in said.err
    assert [each["accepted"] for each in changes(told).values()] == [False, True]
    assert main(("accept", *TRIED, *by, "--only", loud["id"])) == 0
    capsys.readouterr()
    text = told("diff", *TRIED)
    assert "Accepted: 3 messages in 2 kinds of change." in text
    assert "PROTECTED" not in text
    data = parse_document(Path("new.accepted.yaml").read_text(encoding="utf-8")).data
    assert data["accepted"][0] == {
        "before": {"first": "people", "route": "accounts"},
        "after": {"first": "not_understood", "route": "accounts"},
        "protected": True,
        "because": ["guard no-bot-for-protected removed"],
        "messages": 1,
        "of": 5,
        "samples": ["I forgot my password"],
        "by": "ana",
        "why": "agreed: money is no word of theirs",
    }
    before = Path("new.accepted.yaml").read_bytes()
    assert main(("accept", *TRIED, "--by", "bob", "--why", "other")) == 0
    assert Path("new.accepted.yaml").read_bytes() == before


def test_a_change_that_is_only_called_like_an_accepted_one_is_not_accepted(
    desk: Path, told: Told, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Names are short, so two changes may have the same; what was accepted is the change itself."""
    for module in ("deskdrill.rules.difference", "deskdrill.reports.accepted"):
        monkeypatch.setattr(f"{module}.change_id", lambda _kind: "abcdef")
    assert main(("accept", *TRIED, "--by", "ana", "--why", "agreed")) == 1
    capsys.readouterr()
    found = json.loads(told("diff", *TRIED, "--format", "json", code=1))["changes"]
    assert [(each["protected"], each["accepted"]) for each in found] == [(True, False), (False, True)]


@pytest.mark.parametrize(("policy", "accepted"), [("new.yaml", "new.accepted.yaml"), ("desk.b.yaml", "desk.b.accepted.yaml"), ("rules/new", "rules/new.accepted.yaml")])
def test_each_policy_has_accepted_changes_of_its_own(policy: str, accepted: str) -> None:
    assert beside(policy) == Path(accepted)


def test_more_than_was_accepted_fails_and_what_is_gone_is_said(desk: Path, told: Told, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(("accept", *TRIED, "--by", "ana", "--why", "few")) == 1
    capsys.readouterr()
    many = "".join(f"money {number},pro,billing\n" for number in range(30))
    Path("messages.csv").write_text(CSV + many, encoding="utf-8")
    assert "(more than the 26 that are accepted: ana accepted 2 of 5)" in told("diff", *TRIED, code=1)
    Path("messages.csv").write_text(CSV.replace("money", "cash"), encoding="utf-8")
    assert "Accepted and no longer there, so to be taken out: " in told("diff", *TRIED, code=1)


def test_a_revision_of_git_is_read_with_the_files_that_were_beside_it(desk: Path, told: Told, refused: Refused, monkeypatch: pytest.MonkeyPatch) -> None:
    (desk / "rules").mkdir()
    (desk / "rules" / "today.yaml").write_text(OLD, encoding="utf-8")
    for arguments in (("init", "-q"), ("add", "."), ("commit", "-q", "-m", "x")):
        subprocess.run([*GIT, *arguments], cwd=desk, check=True, capture_output=True)
    (desk / "rules" / "today.yaml").write_text(NEW, encoding="utf-8")
    text = told("diff", "HEAD:rules/today.yaml", "rules/today.yaml", "--on", "messages.csv", code=1)
    assert text.startswith("rules/today.yaml against HEAD:rules/today.yaml on messages.csv: 3 of 5")
    assert "(HEAD:rules/today.yaml:4)" in text
    monkeypatch.chdir(desk / "rules")
    assert "3 of 5" in told("diff", "HEAD:./today.yaml", "today.yaml", "--on", "../messages.csv", code=1)
    assert "3 of 5" in told("diff", "HEAD:../rules/today.yaml", "today.yaml", "--on", "../messages.csv", code=1)
    assert refused("diff", "HEAD~9:rules/today.yaml", "today.yaml", "--on", "../messages.csv") == ["HEAD~9:rules/today.yaml: git has none at `HEAD~9`: fatal: invalid object name 'HEAD~9'."]
    assert refused("diff", "HEAD:rules/tomorrow.yaml", "today.yaml", "--on", "../messages.csv")[0].startswith("HEAD:rules/tomorrow.yaml: git has none at `HEAD`: fatal: path")
    (desk / "rules" / "broken.yaml").write_text("policy: broken\nrulesets: [{name: routing, hit_policy: firts, rules: []}]\n", encoding="utf-8")
    for arguments in (("add", "."), ("commit", "-q", "-m", "y")):
        subprocess.run([*GIT, *arguments], cwd=desk, check=True, capture_output=True)
    assert refused("diff", "HEAD:rules/broken.yaml", "today.yaml", "--on", "../messages.csv")[0].startswith("HEAD:rules/broken.yaml:2:")


def test_the_customers_of_a_scenario_are_a_sample_with_an_interval(told: Told) -> None:
    data = json.loads(told("diff", "careful", "open-door", "--on", "saas-week", "--sample", "300", "--format", "json", code=1))
    assert data["messages"] == 300
    assert data["changed"]["low"] < data["changed"]["share"] < data["changed"]["high"]
    assert data["protected_newly_automated"] > 0


def test_wrong_arguments_are_refused_in_a_line(desk: Path, refused: Refused) -> None:
    assert refused("diff", "old.yaml", "new.yaml", "--on", "saas-wek") == ["saas-wek: no file of this name, nor a shipped scenario; did you mean `saas-week`?"]
    assert refused("diff", "old.yaml", "new.yaml", "--on", "old.yaml") == ["old.yaml: expected messages (a CSV or JSON Lines) or a scenario"]
    assert refused("diff", *TRIED, "--sample", "5") == ["--sample: takes some of a scenario's customers; `messages.csv` is a file of messages"]
    assert refused("diff", "old.yaml", "new.yaml", "--on", "saas-week", "--scenario", "saas-week") == ["--scenario: `saas-week` is a scenario itself: it brings its own recogniser"]
    assert refused("accept", "careful", "open-door", "--on", "messages.csv", "--by", "a", "--why", "b") == ["open-door: is no file to write beside; say in `--accepted` where to write"]
    assert refused("accept", *TRIED, "--by", "a", "--why", "b", "--only", "nope") == ["--only: no change that is not accepted yet is called `nope`"]
    (line,) = refused("accept", *TRIED, "--by", "a")
    assert "`--why` is missing" in line
    Path("new.accepted.yaml").write_text("accepted: [{because: [x]}]\n", encoding="utf-8")
    assert refused("diff", *TRIED)[0].startswith("new.accepted.yaml:1:")
    strict = OLD.replace("{customer.plan: trial}", "{customer.tenure: {gte: 1d, on_missing: error}}")
    Path("strict.yaml").write_text(strict, encoding="utf-8")
    assert refused("diff", "old.yaml", "strict.yaml", "--on", "messages.csv") == ["messages.csv: rule `no-bot-for-protected` needs `customer.tenure`, which is unset (on_missing: error)"]


hostile = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30).filter(str.strip)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(hostile, min_size=1, max_size=3), hostile, hostile)
@example(["0"], "0E0", "null")
@example(["0\x85"], "a\u2028b", "\u2029c")
def test_whatever_customers_write_is_kept_and_read_again(tmp_path: Path, texts: list[str], by: str, why: str) -> None:
    old, new = load_policy("humans-only"), load_policy("deflect-hard")
    found = difference(old, new, Openings("rows", FactColumns([{"message.text": text} for text in texts])))
    entries = with_accepted((), found, found.changes, by, why)
    write_accepted(tmp_path / "a.yaml", entries)
    assert read_accepted(tmp_path / "a.yaml") == entries
    assert {entry.id for entry in entries} == {change.id for change in found.changes}
    verdict = judged(found, read_accepted(tmp_path / "a.yaml"))
    assert (verdict.open, verdict.stale, verdict.accepted) == ((), (), found.changes)


def test_a_text_cannot_steer_the_terminal_or_the_page(desk: Path, told: Told) -> None:
    Path("bad.csv").write_text('text\n"money \x1b[31m`rm` @ana <b>\nnext"\n', encoding="utf-8")
    for form in ("text", "md"):
        text = told("diff", "old.yaml", "new.yaml", "--on", "bad.csv", "--format", form, code=1)
        assert "\x1b" not in text
        assert "`rm` @ana <b> next" in text
    assert "`` money \\x1b[31m`rm` @ana <b> next ``" in text


def test_an_accepted_change_is_meant_whatever_the_order_of_its_edits() -> None:
    shape = {"before": {"route": "a"}, "after": {"route": "b"}, "messages": 1, "of": 2, "by": "x", "why": "y"}
    one, other = (AcceptedChange.model_validate({**shape, "because": because}) for because in (("p", "q"), ("q", "p")))
    assert one.id == other.id
    assert one.at_most(2) == 6


def test_rules_are_scored_team_by_team(desk: Path, told: Told) -> None:
    data = json.loads(told("score", "new.yaml", "--on", "messages.csv", "--format", "json"))
    assert (data["right"]["count"], data["messages"], data["unmatched"]["count"], data["conflicts"]["count"]) == (3, 5, 3, 0)
    billing = next(each for each in data["teams"] if each["team"] == "billing")
    assert (billing["own"], billing["placed"], billing["right"]) == (3, 1, 1)
    assert (billing["precision"]["share"], billing["recall"]["share"]) == (1.0, 1 / 3)
    assert data["confusions"][0]["team"] == "billing"
    assert data["confusions"][0]["placed"] == "triage"
    assert "3 of 5 messages reach their right team (60.0%; 95% interval 23.1 to 88.2%)" in told("score", "new.yaml", "--on", "messages.csv")
    assert told("score", "new.yaml", "--on", "messages.csv", "--at-least", "70%", code=1)


def test_rules_that_lead_to_different_teams_are_in_conflict(desk: Path, told: Told) -> None:
    Path("both.csv").write_text("text,team\na refund for my password,accounts\na refund,billing\n", encoding="utf-8")
    data = json.loads(told("score", "old.yaml", "--on", "both.csv", "--format", "json"))
    assert data["conflicts"]["count"] == 1
    (pair,) = data["conflicting"]
    assert (pair["acts"], pair["loses"], pair["messages"]) == ("routing.money", "routing.logins", 1)


def test_what_cannot_be_scored_is_refused(desk: Path, refused: Refused, capsys: pytest.CaptureFixture[str]) -> None:
    Path("l.csv").write_text("text,label,split\na refund,refnd,test\n", encoding="utf-8")
    assert refused("score", "old.yaml", "--on", "l.csv") == ["l.csv: labels have no teams by themselves: `--scenario` names the scenario whose intents have"]
    assert refused("score", "old.yaml", "--on", "l.csv", "--scenario", "saas-week") == ["l.csv:2: label `refnd` is no intent of `saas-week`, nor in its `messages.labels`; did you mean `refund`?"]
    assert refused("score", "old.yaml", "--on", "l.csv", "--split", "train") == ["l.csv: no message whose `split` is `train`; there is `test`"]
    assert refused("score", "old.yaml", "--on", "messages.csv", "--split", "test") == ["messages.csv: no column `split`, so `--split` takes nothing"]
    Path("n.csv").write_text("text\nhello\n", encoding="utf-8")
    assert refused("score", "old.yaml", "--on", "n.csv") == ["n.csv: no column `team`, the right team of each message, nor `label`, its intent"]
    Path("t.csv").write_text("text,team\nhello,triage\nbye,\n", encoding="utf-8")
    assert main(("score", "old.yaml", "--on", "t.csv")) == 3
    assert capsys.readouterr().err.splitlines() == ["deskdrill score: 1 messages do not say their team and are left out", "deskdrill score: no rule places any of the 1 messages"]


@pytest.mark.skipif(not MESSAGES.is_file(), reason="needs ../shared/data/banking77 beside the checkout")
def test_the_shipped_keywords_place_real_messages_as_the_page_says(told: Told) -> None:
    page = (Path(__file__).parents[2] / "docs" / "diff.md").read_text(encoding="utf-8")
    for part in ("train", "test"):
        data = json.loads(told("score", "keywords", "--on", str(MESSAGES), "--scenario", "bank-week", "--split", part, "--format", "json"))
        for each in [{"team": "all", "precision": data["right"], "recall": data["right"]}, *data["teams"]][:6]:
            cells = [f"{100 * each[kind]['share']:.1f} %" for kind in ("precision", "recall")]
            assert f"| {part} | {each['team']} | {' | '.join(cells)} |" in page


def test_what_rules_do_at_other_moments_is_said_not_to_be_compared() -> None:
    policy = load_policy("humans-only")
    (ruleset, *_) = policy.rulesets
    later = replace(policy, rulesets=(*policy.rulesets, Ruleset("later", ruleset.rules[:0], "collect", ("message",))))
    found = difference(policy, later, Openings("rows", FactColumns([{"message.text": "hi"}])))
    assert "Only what is decided at the opening is compared, not what rules do on message." in difference_text(found, judged(found, ()), 10, 200)
    assert found.edits[0].id == "ruleset later added"
