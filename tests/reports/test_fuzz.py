"""`deskdrill fuzz`: what breaks is shown as people read it, with a case that fails and the command that finds it again."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deskdrill.documents import parse_document
from deskdrill.reports.case_text import cases_text
from deskdrill.reports.cli.main import main
from deskdrill.reports.terminal import neutral
from deskdrill.rules import load_policy
from deskdrill.rules.case_file import suite_from_document
from deskdrill.rules.cases import Case, Step
from deskdrill.rules.strategies import conversations, messages

DEFLECT = """\
broken escape-hatch: within 2 turns of asking for a person, the customer gets one, or leaves a
    message
  why: whoever asks for a person and is not heard is lost, and tells others
  a customer of whom nothing is known
    customer: human
      taken for talk to person, 90% sure
    bot (not_understood): Sorry, I did not understand that. Could you put it another way?
    customer: human
      taken for talk to person, 90% sure
    bot (not_understood): I am not sure what you mean. Could you say it in other words?
  here: it has not come after turn 1, in 2 turns
  again: deskdrill fuzz deflect-hard --invariant escape-hatch --seed 1 --examples 200
"""
VIPS = """\
policy: vips
groups: {vips: {customer.flags: {contains_any: [vip]}}}
bot: {answers: {confidence_at_least: 50%}}
invariants:
  - {id: no-bot-for-vips, why: they pay for people, never: {all: [{group: vips}, {customer.tenure: {gte: 2d}}, {did: bot.answer}]}}
"""


def called(capsys: pytest.CaptureFixture[str], *argv: str) -> tuple[int, str, str]:
    code = main(["fuzz", *argv])
    return code, *capsys.readouterr()


def test_what_breaks_is_a_transcript_with_the_command_that_finds_it_again(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = called(capsys, "deflect-hard", "--examples", "200", "--invariant", "escape-hatch")
    assert (code, err) == (1, "")
    assert out.startswith(DEFLECT)
    assert DEFLECT in (Path(__file__).parents[2] / "docs" / "fuzz.md").read_text(encoding="utf-8")
    again = shlex.split(out.split("  again: ")[1].splitlines()[0])[2:]
    assert called(capsys, *again) == (1, out, "")


def test_what_is_not_broken_is_no_proof_and_nothing_is_left_behind(tmp_path: Path) -> None:
    program = "import sys; from deskdrill.reports.cli.main import main; sys.exit(main())"
    command = [sys.executable, "-c", program, "fuzz", "careful", "--examples", "100"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert re.match(r"careful: 100 conversations tried, [1-9][0-9]? of them different, which came to ", done.stdout)
    assert done.stdout.endswith("Not broken by any of them: no-loop, escape-hatch. That is no proof.\n")
    assert list(tmp_path.iterdir()) == []


def test_what_is_printed_and_saved_as_cases_fails_until_it_is_mended(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    policy = tmp_path / "rules" / "vips.yaml"
    policy.parent.mkdir()
    policy.write_text(VIPS, encoding="utf-8")
    _, printed, _ = called(capsys, "rules/vips.yaml", "--examples", "200")
    (tmp_path / "printed.cases.yaml").write_text(printed.split("so:\n\n")[1], encoding="utf-8")
    code, out, err = called(capsys, "rules/vips.yaml", "--examples", "200", "--save", "rules/found.cases.yaml")
    assert code == 1
    assert err == "deskdrill fuzz: wrote rules/found.cases.yaml; `deskdrill test rules/found.cases.yaml` plays it\n"
    assert "  a customer of whom this is known: " in out
    assert "  invariant: rules/vips.yaml:5:5\n" in out
    for name in ("printed.cases.yaml", "rules/found.cases.yaml"):
        assert main(["test", name]) == 1
        assert "breaks no-bot-for-vips: never (the customer is in group vips" in capsys.readouterr().out
    policy.write_text(VIPS.replace("bot:", "guards: [{id: g, when: {group: vips}, forbid: bot}]\nbot:"), encoding="utf-8")
    assert main(["test"]) == 0
    assert called(capsys, "rules/vips.yaml", "--examples", "100", "--save", "none.cases.yaml")[0] == 0
    assert not (tmp_path / "none.cases.yaml").exists()


def test_programs_read_json_and_github_reads_annotations(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    policy = tmp_path / "vips.yaml"
    policy.write_text(VIPS, encoding="utf-8")
    code, out, _ = called(capsys, str(policy), "--examples", "200", "--format", "json")
    found = json.loads(out)
    assert (code, found["exit_code"], found["conversations"], found["kept"]) == (1, 1, 200, ["no-loop", "escape-hatch"])
    (broken,) = found["broken"]
    assert (broken["invariant"], broken["turn"], broken["line"]) == ("no-bot-for-vips", 1, 5)
    assert broken["given"] == {"customer.flags": ["vip"], "customer.tenure": "2d"}
    assert broken["transcript"][0]["did"] == ["bot.answer"]
    code, out, err = called(capsys, str(policy), "--examples", "200", "--format", "github")
    assert code == 1
    assert out.startswith(f"::error file={policy},line=5,col=5,title=broken no-bot-for-vips::broken no-bot-for-vips: never (")
    assert len(out.splitlines()) == 1
    assert "Not broken by any of them" in err


def test_what_needs_the_truth_is_said_not_to_be_checked(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    policy = tmp_path / "p.yaml"
    policy.write_text("policy: p\nbot: {}\ninvariants: [{id: i, never: {truth.intent: refund}}]", encoding="utf-8")
    code, out, _ = called(capsys, str(policy), "--examples", "50")
    assert code == 0
    assert "Not checked: i, since it speaks of the true intent" in out
    assert called(capsys, str(policy), "--examples", "50", "--invariant", "i")[0] == 3


@pytest.mark.parametrize(
    ("argv", "code", "said"),
    [
        (["no-such"], 2, "no-such: no file of this name, nor a shipped policy"),
        (["careful", "--invariant", "no-lop"], 2, "deskdrill fuzz: policy `careful` has no invariant `no-lop`; there is no-loop, escape-hatch; did you mean `no-loop`?"),
        (["careful", "--scenario", "saas-2022"], 2, "saas-2022: its recogniser goes by a confusion matrix, so nobody knows what it makes of a text; fuzz with another scenario, or without one"),
        (["careful", "--examples", "0"], 2, "deskdrill fuzz: `--examples`: expected a whole number from 1 to 1,000,000, found `0`"),
        (["careful", "--save", "here.cases.yaml"], 2, "here.cases.yaml: there is such a file already; `--save` another one"),
        (["careful", "--save", "no/a.cases.yaml"], 2, "no/a.cases.yaml: cannot be written: there is no folder no"),
        (["careful", "--save", "a.yaml"], 2, "a.yaml: a file of cases is called NAME.cases.yaml; did you mean `a.cases.yaml`?"),
        (["empty.yaml"], 3, "deskdrill fuzz: empty has neither a bot nor rules: there is nothing to try"),
        (["python.yaml"], 2, "python.yaml: policy `mine`: cases do not play a bot in Python (`mybot:reply`)"),
        (["wrong.yaml"], 2, "wrong.yaml:2:14: invariant `i` says nothing: give it `never`, `after` or `at_most`"),
    ],
)
def test_what_cannot_be_tried_is_one_line(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, argv: list[str], code: int, said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("here.cases.yaml").write_text("mine", encoding="utf-8")
    Path("empty.yaml").write_text("policy: empty", encoding="utf-8")
    Path("python.yaml").write_text("policy: mine\nbot: {python: 'mybot:reply'}", encoding="utf-8")
    Path("wrong.yaml").write_text("policy: wrong\ninvariants: [{id: i}]", encoding="utf-8")
    found = called(capsys, *argv)
    assert found[:2] == (code, "")
    assert found[2].startswith(said)
    assert len(found[2].splitlines()) == 1


@settings(max_examples=40)
@given(st.data(), st.sampled_from(("careful", "self-service", "night-bot")))
def test_a_conversation_comes_back_from_a_file_as_it_was(data: st.DataObject, name: str) -> None:
    policy = load_policy(name)
    case = data.draw(conversations(policy))
    kept = Case("c", (*case.steps, Step(data.draw(messages(policy)), means="refund")), case.given, invariants=("no-loop",))
    text = cases_text(policy, [kept], Path())
    (again,) = suite_from_document(parse_document(text, "c.cases.yaml")).cases
    assert (again.steps, again.given, again.invariants) == (kept.steps, kept.given, kept.invariants)


def test_hostile_text_does_not_steer_the_terminal(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    policy = tmp_path / "p.yaml"
    red = '{message.text: {contains_any: ["\\e[31mred"]}}'
    policy.write_text(f"policy: p\nbot: {{}}\ninvariants: [{{id: i, never: {red}}}]", encoding="utf-8")
    code, out, _ = called(capsys, str(policy), "--examples", "200")
    assert code == 1
    assert "\x1b" not in out
    assert neutral("\x1b[31mred") in out
