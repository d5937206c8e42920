"""`deskdrill test` and `explain`, and cases as pytest's tests."""

from __future__ import annotations

import json
import re
import select
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deskdrill.reports.case_formats import github, junit
from deskdrill.reports.cli.main import main
from deskdrill.reports.suites import bound, cases_files, results
from deskdrill.rules import shipped
from deskdrill.rules.cases import ACTS, KEYS
from deskdrill.rules.loading import shipped_cases
from deskdrill.rules.matching import folded

ROOT = Path(__file__).parents[2]
Told = Callable[..., str]
Refused = Callable[..., list[str]]
POLICY = """\
policy: today
guards: [{id: no-trials, why: they leave, when: {customer.plan: trial}, forbid: bot}]
bot: {answers: {confidence_at_least: 70%}}
rulesets:
  - name: routing
    hit_policy: first
    rules:
      - {id: money, why: money waits for nobody, when: {message.text: {contains_any: [refund]}}, then: {route: billing, priority: high, tag: money}}
      - {id: late, when: {customer.contacts_30d: {gte: 3}}, then: {route: success}}
    default: {route: escalation}
"""
CASES = """\
policy: today.yaml
cases:
  - {id: money, given: {customer.plan: trial}, say: I want a refund, expect: {route: billing, rule: [no-trials, money], tags: money, priority: high, not_rules: late}}
  - id: soon
    todo: waits for the new plan
    say: hello
    expect: {route: success}
"""
UNWRITABLE = "".join(map(chr, (*range(0x7F, 0xA0), 0xFEFF, 0xFFFE, 0xFFFF)))
"""Characters that JSON leaves as they are and YAML refuses."""
WRONG = """\
policy: today.yaml
cases:
  - id: wrong team
    why: it costs a day
    given: {customer: {plan: trial, contacts_30d: 2}}
    say: hello
    expect: {route: success}
  - id: wrong rule
    given: {customer: {plan: trial, contacts_30d: 2}}
    say: a refund
    expect: {rule: late}
  - id: wrong reply
    given: {message: {intent: how_to, confidence: 0.9}}
    turns:
      - {say: how?, expect: {not_did: bot.answer, says: "a manual"}}
      - {say: how?, after: 1m, expect: {hand_over: true}}
"""


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "today.yaml").write_text(POLICY)
    (tmp_path / "today.cases.yaml").write_text(CASES)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_cases_that_hold_are_counted(desk: Path, told: Told) -> None:
    assert told("test") == (
        "todo today.cases.yaml::soon\n"
        "  todo: waits for the new plan\n"
        "  customer: hello\n"
        "  today.cases.yaml:7:21: route: expected success, got none\n"
        "    the bot said (not_understood): Sorry, I did not understand that. Could you put it another way?\n"
        "  again: deskdrill test today.cases.yaml --only soon\n"
        "\n"
        "1 passed, 1 todo\n"
    )


def test_a_failure_says_which_condition_was_false_and_what_it_saw(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (desk / "wrong.cases.yaml").write_text(WRONG)
    assert main(("test", "wrong.cases.yaml")) == 1
    assert capsys.readouterr().out == """\
failed wrong.cases.yaml::wrong team
  it costs a day
  customer: hello
  wrong.cases.yaml:7:21: route: expected success, got escalation
    routing.late did not fire: false: the number of contacts in 30 days is at least 3 (saw 2)
    no-trials fired: the customer's plan is trial (saw trial)
    routing.default fired: it is the default
  again: deskdrill test wrong.cases.yaml --only 'wrong team'

failed wrong.cases.yaml::wrong rule
  customer: a refund
  wrong.cases.yaml:11:20: rule: expected late, got no-trials, routing.money
    late was not tried: routing.money fired before it
    no-trials fired: the customer's plan is trial (saw trial)
    routing.money fired: the message mentions "refund" (saw "a refund")
  again: deskdrill test wrong.cases.yaml --only 'wrong rule'

failed wrong.cases.yaml::wrong reply
  turn 1, customer: how?
  wrong.cases.yaml:15:39: not_did: expected none of bot.answer, got bot.answer
    the bot said (answer how_to): Here is how how to works with us. Did that help?
  wrong.cases.yaml:15:57: says: expected a manual, got Here is how how to works with us. Did that
    help?
    the bot said (answer how_to): Here is how how to works with us. Did that help?
  turn 2, customer: how?
  wrong.cases.yaml:16:52: hand_over: expected true, got false
    the bot said (answer how_to): Here is how how to works with us. Did that help?
  again: deskdrill test wrong.cases.yaml --only 'wrong reply'

0 passed, 3 failed
"""


def test_the_command_at_the_end_of_a_failure_plays_that_case_alone(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (desk / "wrong.cases.yaml").write_text(WRONG)
    main(("test", "--policy", "today.yaml"))
    again = [line.split("again: deskdrill ")[1] for line in capsys.readouterr().out.splitlines() if "again: " in line]
    assert "test wrong.cases.yaml --policy today.yaml --only 'wrong team'" in again
    main(("test", "wrong.cases.yaml", "--policy", "today.yaml", "--only", "wrong team"))
    assert capsys.readouterr().out.splitlines()[-1] == "0 passed, 1 failed"


def test_the_command_at_the_end_of_a_failure_is_one_line(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = "whoever writes about a refund for the third time in a month, and has a plan that is not a trial, gets one"
    (desk / "long.cases.yaml").write_text(json.dumps({"policy": "today.yaml", "cases": [{"id": name, "say": "hi", "expect": {"route": "billing"}}]}))
    main(("test", "long.cases.yaml"))
    assert f"  again: deskdrill test long.cases.yaml --only '{name}'" in capsys.readouterr().out.splitlines()


def test_a_failure_in_a_row_of_a_csv_is_told_at_that_row(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (desk / "rows.csv").write_text("text,team,customer.plan\na refund,billing,trial\nhello,success,trial\n")
    (desk / "rows.cases.yaml").write_text("policy: today.yaml\ncases: [{id: all, csv: rows.csv}]\n")
    assert main(("test", "rows.cases.yaml")) == 1
    said = capsys.readouterr().out
    assert "  rows.csv:3:1: route: expected success, got escalation" in said
    assert "again: deskdrill test rows.cases.yaml --only 'all[3]'" in said
    assert main(("test", "rows.cases.yaml", "--format", "github")) == 1
    assert capsys.readouterr().out.startswith("::error file=rows.csv,line=3,col=1,")
    assert main(("test", "rows.cases.yaml", "--format", "json")) == 1
    case = json.loads(capsys.readouterr().out)["cases"][1]
    assert (case["file"], case["line"]) == ("rows.csv", 3)
    assert main(("test", "rows.cases.yaml", "--format", "junit")) == 1
    assert 'classname="rows.cases.yaml" name="all[3]" file="rows.csv" line="3"' in capsys.readouterr().out
    (desk / "rows.csv").write_text("text,team\nhello,succes\n")
    assert main(("test", "rows.cases.yaml")) == 2
    assert capsys.readouterr().err.startswith("rows.csv:2:1: case `all[2]`: no rule routes to `succes`")


def test_a_todo_that_holds_is_told(desk: Path, told: Told) -> None:
    (desk / "today.cases.yaml").write_text(CASES.replace("expect: {route: success}", "expect: {hand_over: false}"))
    assert told("test").splitlines() == ["today.cases.yaml::soon holds now: take `todo` away", "", "2 passed"]


@pytest.mark.parametrize(
    ("arguments", "files", "line"),
    [
        ((), {}, "no files of cases (*.cases.yaml) here; `deskdrill test --help` shows one"),
        (("empty.cases.yaml",), {"empty.cases.yaml": "policy: careful\ncases: []\n"}, "the files have no cases"),
        (("today.cases.yaml", "--only", "nope"), {}, "no case is called `nope`"),
    ],
)
def test_where_nothing_is_played_the_answer_is_3(desk: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], files: dict[str, str], line: str) -> None:
    for name, text in files.items():
        (desk / name).write_text(text)
    hidden = () if arguments else ("today.cases.yaml",)
    for name in hidden:
        (desk / name).unlink()
    assert main(("test", *arguments)) == 3
    assert capsys.readouterr().err == f"deskdrill test: {line}\n"


def test_every_mistake_of_every_file_is_told_at_once(desk: Path, refused: Refused) -> None:
    (desk / "a.cases.yaml").write_text("policy: today.yaml\ncases: [{id: a, say: x, expect: {route: billin}}, {id: b, say: x, expect: {rule: mony}}]\n")
    (desk / "b.cases.yaml").write_text("policy: tody.yaml\ncases: [{id: a, say: x, expect: {route: billing}}]\n")
    assert refused("test") == [
        "a.cases.yaml:2:41: case `a`: no rule routes to `billin`; did you mean `billing`?",
        "a.cases.yaml:2:82: case `b`: the policy has no rule or guard `mony`; did you mean `money`?",
        "b.cases.yaml: policy `tody.yaml`: no such file; did you mean `today.yaml`?",
    ]
    assert refused("test", "carefl") == ["carefl: no file or folder of this name, nor a shipped policy; did you mean `careful`?"]


def test_other_people_s_folders_are_left_out(desk: Path) -> None:
    for folder in (".venv", "node_modules", "rules"):
        (desk / folder).mkdir()
        (desk / folder / "x.cases.yaml").write_text("policy: careful\n")
    assert cases_files(()) == (Path("rules/x.cases.yaml"), Path("today.cases.yaml"))


@pytest.mark.parametrize("policy", shipped())
def test_shipped_policies_hold_their_cases(policy: str, told: Told) -> None:
    assert "passed" in told("test", policy)


def test_a_scenario_recognises_and_says_what_the_bot_knows(desk: Path, told: Told) -> None:
    (desk / "careful.cases.yaml").write_text("policy: careful\nscenario: saas-week\ncases: [{id: a, given: {customer.plan: pro, at: 'Mon 10:00'}, say: How do I invite a colleague?, expect: {reply: answer add_users}}]\n")
    assert told("test", "careful.cases.yaml") == "1 passed\n"


def test_watch_plays_again_whenever_a_file_changes(desk: Path) -> None:
    program = [sys.executable, "-c", "import sys; from deskdrill.reports.cli.main import main; sys.exit(main())", "test", "--watch"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "bufsize": 1}
    # Whoever runs the tests may ignore Ctrl-C, and what is started from there would too.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        watching = subprocess.Popen(program, cwd=desk, **pipes)  # type: ignore[call-overload]
    finally:
        signal.signal(signal.SIGINT, before)
    assert watching.stderr is not None
    try:
        assert watching.stderr.readline() == "exit code 0; waiting for a file to change, Ctrl-C ends\n"
        # Lists of words are watched too.
        (desk / "words.txt").write_text("invoice\n")
        ready, _, _ = select.select([watching.stderr], [], [], 20)
        assert ready
        assert watching.stderr.readline() == "exit code 0; waiting for a file to change, Ctrl-C ends\n"
        (desk / "today.yaml").write_text(POLICY.replace("route: billing", "route: success"))
        # What the file of cases expects is now the route of no rule.
        assert watching.stderr.readline() == "today.cases.yaml:3:86: case `money`: no rule routes to `billing`\n"
        assert watching.stderr.readline() == "exit code 2; waiting for a file to change, Ctrl-C ends\n"
        watching.send_signal(signal.SIGINT)
        assert watching.wait(20) == 130
    finally:
        watching.kill()
        watching.communicate()


# For programs -----------------------------------------------------------------------------------------------------------------------


def test_json_has_every_case(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (desk / "wrong.cases.yaml").write_text(WRONG)
    assert main(("test", "--format", "json")) == 1
    data = json.loads(capsys.readouterr().out)
    assert (data["passed"], data["failed"], data["todo"], data["exit_code"]) == (1, 3, 1, 1)
    assert [case["verdict"] for case in data["cases"]] == ["passed", "todo", "failed", "failed", "failed"]
    assert data["cases"][2]["differences"][0] == {
        "turn": 1, "key": "route", "expected": "success", "actual": "escalation", "line": 7, "column": 21,
        "because": [
            "routing.late did not fire: false: the number of contacts in 30 days is at least 3 (saw 2)",
            "no-trials fired: the customer's plan is trial (saw trial)",
            "routing.default fired: it is the default",
        ],
    }  # fmt: skip


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(names=st.lists(st.text(st.characters(exclude_characters=f"\\/{UNWRITABLE}", exclude_categories=("Cs", "Zs", "Zl", "Zp", "Cc")), min_size=1, max_size=9), min_size=1, max_size=4, unique=True), said=st.text(st.characters(exclude_categories=("Cs", "Zl", "Zp"), exclude_characters=UNWRITABLE), max_size=20))
def test_junit_and_github_survive_any_text(desk: Path, names: list[str], said: str) -> None:
    cases = [{"id": name, "say": said, "expect": {"says": said if folded(said) else "x"}} for name in names]
    (desk / "odd.cases.yaml").write_text(json.dumps({"policy": "today.yaml", "cases": cases}, ensure_ascii=False))
    found = tuple(results(bound([Path("odd.cases.yaml")])))
    suite = ET.fromstring(junit(found)).find("testsuite")
    assert suite is not None
    assert len({(case.get("classname"), case.get("name")) for case in suite.iter("testcase")}) == len(names)
    assert int(suite.get("failures", "")) == len(list(suite.iter("failure"))) == sum(each.verdict == "failed" for each in found)
    lines = list(github(found))
    assert all(line.startswith("::error file=odd.cases.yaml,line=") and len(line.splitlines()) == 1 for line in lines)
    assert len(lines) == sum(len(each.outcome.differences) for each in found)
    assert all(line.isprintable() for line in lines)


def test_the_command_at_the_end_of_a_failure_cannot_steer_the_terminal(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = "or*der \u202ethgir eht morf"
    (desk / "odd.cases.yaml").write_text(json.dumps({"policy": "today.yaml", "cases": [{"id": name, "say": "hi", "expect": {"route": "billing"}}]}))
    main(("test", "odd.cases.yaml"))
    again = next(line.split("again: deskdrill ")[1] for line in capsys.readouterr().out.splitlines() if "again: " in line)
    assert again.isprintable()
    assert main(shlex.split(again)) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "0 passed, 1 failed"


# pytest -----------------------------------------------------------------------------------------------------------------------------


def test_pytest_collects_cases(desk: Path) -> None:
    (desk / "wrong.cases.yaml").write_text(WRONG)
    (desk / "test_mine.py").write_text("def test_desk(desk):\n    assert desk.decide('today.yaml', {'message.text': 'refund'}).route == 'billing'\n")
    arguments = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "--junit-xml", "found.xml"]
    done = subprocess.run(arguments, cwd=desk, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    assert done.stdout.splitlines()[-1].startswith("3 failed, 2 passed, 1 xfailed")
    assert "  routing.late did not fire: false: the number of contacts in 30 days is at least 3 (saw 2)" in done.stdout
    assert "Traceback" not in done.stdout
    names = [case.get("name") for case in ET.parse(desk / "found.xml").iter("testcase")]
    assert len(names) == len(set(names)) == 6


def test_pytest_plays_the_cases_that_are_asked_for(desk: Path) -> None:
    cases = [{"id": "a::b", "say": "hi", "expect": {"route": "success"}}, {"id": "a:b", "say": "hi", "expect": {"route": "success"}},
             {"id": "refunds::late", "say": "hi", "expect": {"route": "billing"}}]  # fmt: skip
    (desk / "odd.cases.yaml").write_text(json.dumps({"policy": "today.yaml", "cases": cases}))
    arguments = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "odd.cases.yaml::refunds:late"]
    done = subprocess.run(arguments, cwd=desk, capture_output=True, text=True, check=False)
    assert done.stdout.splitlines()[-1].startswith("1 failed in"), done.stdout
    assert "again: deskdrill test odd.cases.yaml --only refunds::late" in done.stdout


def test_a_file_that_cannot_be_used_is_an_error_of_collection(desk: Path) -> None:
    (desk / "bad.cases.yaml").write_text("policy: today.yaml\ncases: [{id: a, say: x, expect: {route: billin}}]\n")
    done = subprocess.run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "bad.cases.yaml"], cwd=desk, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "bad.cases.yaml:2:41: case `a`: no rule routes to `billin`; did you mean `billing`?" in done.stdout
    assert "Traceback" not in done.stdout


# explain ----------------------------------------------------------------------------------------------------------------------------


def test_explain_says_what_was_tried_what_it_saw_and_what_won(desk: Path, told: Told) -> None:
    assert told("explain", "today.yaml", "--say", "hello", "--given", "customer.contacts_30d=7", "--given", "customer.plan=trial") == """\
customer: hello
  recognised: nothing
  guards, which keep the bot away:
    no-trials fired: the customer's plan is trial (saw trial)
      why: they leave
  ruleset routing (first):
    routing.money did not fire: false: the message mentions "refund" (saw "hello")
    routing.late fired: the number of contacts in 30 days is at least 3 (saw 7)
    in effect: if the number of contacts in 30 days is at least 3 and none of money fits, send it to
        success
  so people have the conversation: route success, priority normal
"""


def test_explain_plays_a_case(desk: Path, told: Told) -> None:
    (desk / "wrong.cases.yaml").write_text(WRONG)
    text = told("explain", "wrong.cases.yaml", "--case", "wrong reply")
    assert [line for line in text.splitlines() if line.startswith("turn ")] == ["turn 1, customer: how?", "turn 2, customer: how?"]
    data = json.loads(told("explain", "wrong.cases.yaml", "--case", "wrong reply", "--format", "json"))
    assert [turn["did"] for turn in data["turns"]] == [["bot.answer"], ["bot.answer"]]


def test_explain_plays_a_case_of_a_shipped_policy(told: Told) -> None:
    text = told("explain", "careful", "--case", "one article is enough")
    assert text == told("explain", str(shipped_cases("careful")), "--case", "one article is enough")
    assert "  the bot says (article how_to): This may help: All about how to Did that help?\n" in text


@pytest.mark.parametrize(("case", "end"), [("the same answer comes again and again, and then it closes", "so the conversation is over, and no person has it"), ("a guess is enough for an answer", "so the bot keeps the conversation")])
def test_explain_tells_a_conversation_that_is_over_from_one_that_the_bot_keeps(told: Told, case: str, end: str) -> None:
    assert told("explain", "deflect-hard", "--case", case).splitlines()[-1] == f"  {end}"


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("today.yaml",), "deskdrill explain: say with `--say` what the customer writes"),
        (("today.cases.yaml",), "`--case` names one of a file of cases"),
        (("today.yaml", "--case", "a"), "`--case` needs a file of cases"),
        (("today.cases.yaml", "--case", "mony"), "today.cases.yaml: no case is called `mony`; did you mean `money`?"),
        (("today.cases.yaml", "--case", "money", "--say", "x"), "leave `--say` and `--given` out"),
        (("today.yaml", "--say", "x", "--given", "customer.pln=pro"), "--given: unknown fact `customer.pln`; did you mean `customer.plan`?"),
        (("today.yaml", "--say", "x", "--given", "customer.plan"), "expected NAME=VALUE, such as `customer.plan=trial`, found `customer.plan`"),
        (("today.yaml", "--say", "x", "--given", "customer.contacts_30d=many"), "--given: `customer.contacts_30d`: "),
    ],
)  # fmt: skip
def test_explain_refuses_in_one_line(desk: Path, refused: Refused, arguments: tuple[str, ...], line: str) -> None:
    (said,) = refused("explain", *arguments)
    assert line in said


# coverage and mutate ----------------------------------------------------------------------------------------------------------------


def test_coverage_says_what_no_case_tries(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(("coverage", "--at-least", "90%")) == 1
    assert capsys.readouterr().out == """\
today.yaml:2:50: warning Q802: in guard `no-trials` it is never false that the customer's plan is trial
today.yaml:8:57: warning Q802: in rule `routing.money` it is never false that the message mentions "refund"
today.yaml:9:9: warning Q801: rule `routing.late` is never tried; add a case in which it fires
today.yaml:10:22: warning Q801: default `routing.default` is never tried; add a case in which it fires
today: 40% in 1 case: 2 of 4 rules fire, 2 of 6 outcomes of conditions are seen; wanted 90%; 1 case left out: failing, or to do
"""


def test_coverage_for_programs(desk: Path, told: Told) -> None:
    data = json.loads(told("coverage", "today.cases.yaml", "--format", "json", "--at-least", "40%"))
    (policy,) = data["policies"]
    assert (policy["policy"], policy["cases"], policy["left_out"], policy["rules"], policy["rules_fired"], policy["outcomes"], policy["outcomes_seen"]) == ("today", 1, 1, 4, 2, 6, 2)
    assert [each["id"] for each in policy["covered"]] == ["no-trials", "routing.money", "routing.late", "routing.default"]


def test_cases_of_one_policy_in_several_files_count_together(desk: Path, told: Told) -> None:
    (desk / "more.cases.yaml").write_text("policy: today.yaml\ncases: [{id: late, given: {customer.plan: trial, customer.contacts_30d: 3}, say: hm, expect: {route: success}}]\n")
    assert told("coverage").splitlines()[-1].startswith("today: 70% in 2 cases: 3 of 4 rules fire, 4 of 6 outcomes of conditions are seen; 1 case left out")


def test_mutate_names_what_no_case_notices_and_suggests_cases_that_do(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(("mutate",)) == 1
    lines = capsys.readouterr().out.splitlines()
    assert "survived today.yaml:9:9: drop rule: routing.late: without the rule" in lines
    noticed, many = map(int, re.findall(r"today: (\d+) of (\d+) mistakes are noticed", lines[-1])[0])
    assert 0 < noticed < many
    assert main(("mutate", "--suggest")) == 1
    (desk / "more.cases.yaml").write_text(capsys.readouterr().out)
    assert main(("test", "more.cases.yaml")) == 0
    capsys.readouterr()
    assert main(("mutate", "--format", "json")) == 1
    (policy,) = json.loads(capsys.readouterr().out)["policies"]
    left = {(each["operator"], each["owner"]) for each in policy["mistakes"] if each["killed_by"] is None}
    assert policy["killed"] > noticed
    assert left <= {("change bot", "bot"), ("drop bot", "bot"), ("first<->collect", "routing"), ("move last", "routing.money"), ("drop default", "routing.default"), ("drop trigger", "routing")}


NIGHT = """
policy: night
groups:
  office: {time: {during: "Mon-Fri 08-18"}}
rulesets:
  - name: r
    hit_policy: first
    rules:
      - {id: night, when: {none: [{group: office}]}, then: {route: frontline, tag: night}}
      - {id: a, when: {message.text: {contains_any: [refund, invoice]}}, then: {route: billing}}
      - {id: b, when: {page.url: {starts_with: /pricing}}, then: {route: sales}}
    default: {route: escalation}
"""


def test_suggested_cases_choose_a_time_where_hours_decide(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without one, the rule for the night would take everybody, and no other rule could be told from its mistakes."""
    (desk / "night.yaml").write_text(NIGHT)
    (desk / "n.cases.yaml").write_text('policy: night.yaml\ncases: [{id: one, given: {at: "Mon 10:00"}, say: hello, expect: {route: escalation}}]\n')
    assert main(("mutate", "n.cases.yaml", "--suggest")) == 1
    text = capsys.readouterr().out
    assert "for as many as can be of 16 mistakes that no case notices" in text
    (desk / "s.cases.yaml").write_text(text)
    assert main(("mutate", "n.cases.yaml", "s.cases.yaml", "--format", "json")) == 1
    (policy,) = json.loads(capsys.readouterr().out)["policies"]
    assert {each["operator"] for each in policy["mistakes"] if each["killed_by"] is None} == {"drop trigger", "drop default"}
    assert "time: 'Mon 08:00'" in text


STRICT = """
policy: strict
bot: {answers: {confidence_at_least: 70%}}
rulesets:
  - name: r
    hit_policy: first
    rules:
      - {id: money, when: {message.text: {contains_any: [refund]}}, then: {route: billing}}
      - {id: plan, when: {customer.plan: {is: trial, on_missing: error}}, then: {route: success}}
    default: {route: escalation}
"""


@pytest.mark.parametrize("command", ["mutate", "coverage"])
def test_suggested_cases_name_their_policy_from_where_they_lie_and_reach_rules_behind_a_bot(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "rules" / "tests").mkdir(parents=True)
    (tmp_path / "rules" / "strict.yaml").write_text(STRICT)
    (tmp_path / "rules" / "tests" / "strict.cases.yaml").write_text("policy: ../strict.yaml\ncases: [{id: a, given: {customer.plan: pro}, say: hm, expect: {hand_over: false}}]\n")
    monkeypatch.chdir(tmp_path)
    main((command, "rules", "--suggest"))
    text = capsys.readouterr().out
    assert "policy: ../strict.yaml\n" in text
    assert "# For a file beside rules/tests/strict.cases.yaml" in text
    # Whether the plan is missing matters to the strict rule alone, which asks for it: others are suggested nevertheless.
    assert "route: billing" in text
    (tmp_path / "rules" / "tests" / "more.cases.yaml").write_text(text)
    assert main(("test", "rules")) == 0
    capsys.readouterr()


@pytest.mark.parametrize("command", ["mutate", "coverage"])
def test_suggestions_are_one_file_for_one_policy(command: str, desk: Path, refused: Refused) -> None:
    (desk / "other.yaml").write_text(POLICY.replace("policy: today", "policy: other"))
    (desk / "other.cases.yaml").write_text(CASES.replace("today.yaml", "other.yaml"))
    told = "--suggest: writes one file, for one policy; these cases are of `other` and `today`: name files"
    assert refused(command, "--suggest") == [told]


def test_without_a_case_nothing_can_be_noticed(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (desk / "today.cases.yaml").write_text("policy: today.yaml\ncases: []\n")
    assert main(("mutate",)) == 3
    assert capsys.readouterr().err == "deskdrill mutate: the files have no cases, so nothing can be noticed\n"
    assert main(("coverage",)) == 3


def test_an_empty_file_of_cases_is_none(desk: Path, told: Told) -> None:
    """A shell makes one before `mutate --suggest > more.cases.yaml` begins."""
    before = told("test")
    (desk / "more.cases.yaml").write_text("")
    assert told("test") == before


def test_mutate_looks_at_what_has_changed_since_a_revision(desk: Path, capsys: pytest.CaptureFixture[str], refused: Refused) -> None:
    def git(*arguments: str) -> None:
        subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@example.org", *arguments], cwd=desk, check=True, capture_output=True)

    git("init", "-q")
    git("add", ".")
    git("commit", "-q", "-m", "before")
    assert main(("mutate", "--since", "HEAD")) == 3
    assert capsys.readouterr().err == "deskdrill mutate: no rule has changed since HEAD\n"
    (desk / "today.yaml").write_text(POLICY.replace("{gte: 3}", "{gte: 4}"))
    assert main(("mutate", "--since", "HEAD")) == 1
    assert {line.split(": ")[2] for line in capsys.readouterr().out.splitlines()[:-1]} == {"routing.late"}
    assert refused("mutate", "--since", "no-such")[0].startswith("today.yaml: git has none at `no-such`: ")
    (desk / "careful.cases.yaml").write_text("policy: careful\ncases: [{id: a, say: hm, expect: {hand_over: false}}]\n")
    assert refused("mutate", "careful.cases.yaml", "--since", "HEAD") == ["shipped/careful.yaml: ships with deskdrill: `--since` is for files of your own"]


def test_mutate_says_which_cases_it_leaves_out(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (desk / "wrong.cases.yaml").write_text(WRONG)
    assert main(("mutate", "wrong.cases.yaml")) == 1
    said = capsys.readouterr()
    assert said.err == "deskdrill mutate: today: left out, since they do not hold without a mistake: `wrong team`, `wrong rule`, `wrong reply`\n"
    assert said.out.splitlines()[-1].startswith("today: 0 of ")


def test_a_bot_in_python_is_not_played_and_that_is_said(desk: Path, refused: Refused) -> None:
    (desk / "own.yaml").write_text("policy: own\nbot: {python: 'mybot:reply'}\n")
    (desk / "own.cases.yaml").write_text("policy: own.yaml\ncases: [{id: a, say: hi, expect: {hand_over: false}}]\n")
    told = "policy `own`: cases do not play a bot in Python (`mybot:reply`); test it as the function that it is, and rules in a copy without it"
    assert refused("test", "own.cases.yaml") == [f"own.cases.yaml: {told}"]
    assert refused("explain", "own.yaml", "--say", "hi") == [f"own.yaml: {told}"]


# The page ---------------------------------------------------------------------------------------------------------------------------


def test_the_cases_of_the_page_hold(desk: Path, told: Told) -> None:
    first, *_ = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs" / "testing.md").read_text(encoding="utf-8"), re.DOTALL)
    (desk / "page.cases.yaml").write_text(first)
    assert told("test", "page.cases.yaml") == "5 passed\n"


def test_the_page_names_all_that_can_be_expected_and_done() -> None:
    page = (ROOT / "docs" / "testing.md").read_text(encoding="utf-8")
    assert {*KEYS, *ACTS} <= set(re.findall(r"`([a-z_.]+)`", page))


def test_the_python_of_the_page_is_a_test_that_passes(desk: Path) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "testing.md").read_text(encoding="utf-8"), re.DOTALL)
    (desk / "rules").mkdir()
    (desk / "rules" / "today.yaml").write_text((ROOT / "rules" / "library" / "open-door.yaml").read_text(encoding="utf-8"))
    (desk / "test_page.py").write_text(code)
    done = subprocess.run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--strict-markers", "test_page.py"], cwd=desk, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
