"""A workspace of one's own: what is written passes its own check, its own tests, and runs."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import deskdrill
from deskdrill.documents import parse_document
from deskdrill.errors import BadValue
from deskdrill.reports.cli.init import Args, init
from deskdrill.reports.cli.main import main
from deskdrill.reports.names import names_of
from deskdrill.reports.provenance import provenance
from deskdrill.reports.workspace.derived import Given, derived_scenario
from deskdrill.reports.workspace.files import policy_text, workspace_files
from deskdrill.reports.workspace.teams import parse_teams, successors
from deskdrill.rules import check, policy_from_document
from deskdrill.scenarios import load_scenario, scenario_from_document
from deskdrill.scenarios.scenario import Scenario
from deskdrill.yaml_text import yaml_text

ROOT = Path(__file__).parents[2]
FILES = [
    "scenarios/mydesk.yaml",
    "rules/today.yaml",
    "rules/people.yaml",
    "targets.yaml",
    "shifts.yaml",
    "README.md",
    "rules/today.cases.yaml",
    "tests/test_week.py",
    "pytest.ini",
    ".github/workflows/deskdrill.yml",
    ".pre-commit-config.yaml",
    ".gitignore",
]
OPTIONS = (
    "--per-week", "400", "--hours", "Mon-Fri 08-18", "--teams", "frontline:8,billing:3", "--handle", "11m", "--trial-share", "0.2",
)  # fmt: skip

NAMES = st.sampled_from(
    ["frontline", "billing", "engineers", "success", "accounts", "support", "tech", "triage", "x_1"]
)
TEAMS = st.dictionaries(NAMES, st.integers(1, 50), min_size=1, max_size=6).filter(
    lambda teams: set(teams) != {"triage"}
)
GIVEN = st.builds(
    Given,
    per_week=st.none() | st.floats(1, 1e6),
    hours=st.none() | st.sampled_from(["Mon-Fri 08-18", "always", "Mon-Fri 09-17, Sat 10-14"]),
    teams=st.none() | TEAMS,
    handle_s=st.none() | st.floats(1, 86_400),
    trial_share=st.none() | st.floats(0, 1).map(lambda share: round(share, 3)),
)


def read(text: str) -> Scenario:
    return scenario_from_document(parse_document(text, "scenario.yaml"))


def mean_work(scenario: Scenario) -> float:
    return sum(
        segment.share * share * scenario.intents[intent].work.mean
        for segment in scenario.segments.values()
        for intent, share in segment.intents.items()
    )


# A whole scenario is read for each example.
FEW = settings(max_examples=12)


@FEW
@given(GIVEN)
@example(Given(teams={"triage": 1, "x_1": 1}))
@example(Given(trial_share=1.0))
@example(Given(per_week=1.0, hours="Mon-Fri 08-18"))
def test_whatever_is_given_the_scenario_and_its_policy_are_right(known: Given) -> None:
    scenario = read(yaml_text(derived_scenario("mydesk", known)))
    heirs = {} if known.teams is None else successors(known.teams)
    for shipped in ("careful", "humans-only"):
        policy = policy_from_document(parse_document(policy_text(shipped, "mine", heirs), "mine.yaml"))
        assert [finding for finding in check(policy, names_of([scenario])) if finding.level == "error"] == []
    assert policy.name == "mine"
    assert provenance(scenario)["unmarked"] == 0


@FEW
@given(TEAMS)
def test_the_teams_are_those_that_are_named_and_somebody_to_assign(teams: Mapping[str, int]) -> None:
    scenario = read(yaml_text(derived_scenario("mydesk", Given(teams=teams, hours="always"))))
    assert set(scenario.teams) == {*teams, "triage"}
    assert all(scenario.teams[name].staffing == {"always": agents} for name, agents in teams.items())
    assert {intent.team for intent in scenario.intents.values()} <= set(teams) - {"triage"}


@FEW
@given(st.floats(1, 30 * 86_400))
def test_the_mean_work_is_what_is_given(handle_s: float) -> None:
    scenario = read(yaml_text(derived_scenario("mydesk", Given(handle_s=handle_s))))
    # Each of the intents is rounded to the second, and is at least one.
    assert abs(mean_work(scenario) - handle_s) <= 1


@FEW
@given(st.floats(0, 1).map(lambda share: round(share, 3)))
def test_the_other_segments_keep_their_proportions(trial: float) -> None:
    usual = load_scenario("saas-week")
    scenario = read(yaml_text(derived_scenario("mydesk", Given(trial_share=trial))))
    assert scenario.segments["trial"].share == trial
    for name, segment in scenario.segments.items():
        wanted = usual.segments[name].share / (1 - usual.segments["trial"].share) * (1 - trial)
        assert name == "trial" or abs(segment.share - wanted) < 1e-5


def test_people_grow_with_the_arrivals_where_no_teams_are_named() -> None:
    usual = load_scenario("saas-week")
    twice = read(yaml_text(derived_scenario("mydesk", Given(per_week=2 * usual.arrivals.per_week))))
    for name, team in usual.teams.items():
        assert twice.teams[name].staffing == {hours: 2 * agents for hours, agents in team.staffing.items()}


def test_only_what_is_given_as_it_stands_is_marked_as_measured() -> None:
    scenario = read(yaml_text(derived_scenario("mydesk", Given(3200, "Mon-Fri 08-18", {"frontline": 8}, 660.0, 0.2))))
    measured = {pattern: source.measured for pattern, source in scenario.sources.items() if source.measured}
    given_to_init = [pattern for pattern, text in measured.items() if text.startswith("given to init: ")]
    assert sorted(given_to_init) == [
        "arrivals.per_week",
        "segments.trial.share",
        "teams.*.staffing",
    ]
    assumed = {pattern: source.assumed for pattern, source in scenario.sources.items() if source.assumed}
    derived = [pattern for pattern, text in assumed.items() if text.startswith("derived from what was given to init: ")]
    assert sorted(derived) == ["intents.*.team", "intents.*.work.mean", "segments.*.share", "teams.triage.staffing"]
    assert not any("short of people" in text for text in assumed.values())
    assert scenario.sources["teams.triage.staffing"].assumed is not None


@pytest.mark.parametrize(
    ("teams", "heirs"),
    [
        ({"frontline": 8, "billing": 3}, {"accounts": "frontline", "engineers": "frontline", "success": "frontline"}),
        ({"billing": 3, "engineers": 3}, {"frontline": "billing", "accounts": "billing", "success": "billing"}),
        ({"support": 5, "tech": 2, "finance": 1}, {"frontline": "support", "engineers": "tech", "billing": "finance"}),
        ({"blue": 5, "red": 2}, {"frontline": "blue", "billing": "blue"}),
    ],
)
def test_the_work_of_a_team_that_is_not_there_goes_to_the_nearest(teams: dict[str, int], heirs: dict[str, str]) -> None:
    assert successors(teams).items() >= heirs.items()


TEAM_MISTAKES = [
    ("frontline", "expected teams with their agents, such as `frontline:8,billing:3`, found `frontline`"),
    (
        "Front Line:8",
        "a team is called by small letters, digits and `_`, found `Front Line`; did you mean `front_line`?",
    ),
    ("a:1,a:2", "team `a` is named twice"),
    ("a:0", "team `a` needs 1 to 1,000,000 agents, found `0`"),
    ("triage:2", "`triage` only assigns; name a team that solves problems too, such as `frontline:8`"),
    ("escalation:2", "`escalation` stands for whoever assigns what no rule places; call that team `triage`"),
]


@pytest.mark.parametrize(("text", "message"), TEAM_MISTAKES)
def test_a_mistake_in_the_teams_is_explained(text: str, message: str) -> None:
    with pytest.raises(BadValue) as found:
        parse_teams(text)
    assert str(found.value) == message


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--per-week", "0", "expected the number of new problems in a week, from 1 to 1,000,000,000, found `0`"),
        ("--hours", "Mon-Fry 08-18", "unknown day `Fry` in `Mon-Fry 08-18`; did you mean `Fri`?"),
        ("--hours", "never", "nobody would ever be there: `never`"),
        ("--handle", "11", "expected a duration with its unit, found `11`; did you mean `11m`?"),
        ("--trial-share", "20", "a share is at most 1, found `20`; did you mean `20%`?"),
        ("--teams", "a:x", "expected teams with their agents, such as `frontline:8,billing:3`, found `a:x`"),
    ],
)
def test_a_mistake_in_an_option_writes_nothing(
    workspace: Path, refused: Callable[..., list[str]], option: str, value: str, message: str
) -> None:
    assert refused("init", "mydesk", option, value) == [
        f"deskdrill init: `{option}`: {message} (`deskdrill init --help` explains)"
    ]
    assert not (workspace / "mydesk").exists()


@pytest.fixture(params=[pytest.param(OPTIONS, id="own"), pytest.param((), id="example", marks=pytest.mark.slow)])
def mydesk(request: pytest.FixtureRequest, workspace: Path, told: Callable[..., str]) -> Path:
    told("init", "mydesk", *request.param)
    return workspace / "mydesk"


def test_it_passes_its_own_check_its_own_tests_and_runs(
    mydesk: Path, monkeypatch: pytest.MonkeyPatch, told: Callable[..., str]
) -> None:
    monkeypatch.chdir(mydesk)
    assert told("check").endswith("5 files checked: 0 errors, 0 warnings, 0 notes\n")
    (scenario,) = (mydesk / "scenarios").iterdir()
    ran = told("run", f"scenarios/{scenario.name}", "rules/today.yaml", "--replications", "1", "--workers", "1")
    assert ran.startswith("today on ")
    gate = ("gate", f"scenarios/{scenario.name}", "rules/today.yaml", "rules/today.yaml", "--targets", "targets.yaml")
    assert told(*gate, "--at-most-replications", "2", "--workers", "1", code=3).startswith("today cannot tell of ")
    tested = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "deskdrill.pytest_plugin"],
        cwd=mydesk,
        # Only what a workspace has: neither our settings nor those of the session that runs this test.
        env={name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
        | {"PYTHONPATH": str(ROOT / "src"), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert tested.returncode == 0, tested.stdout
    assert "5 passed" in tested.stdout
    assert told("test") == "4 passed\n"


def test_the_example_is_what_ships(workspace: Path, told: Callable[..., str]) -> None:
    told("init", "mydesk")
    assert load_scenario(workspace / "mydesk" / "scenarios" / "saas-week.yaml") == load_scenario("saas-week")


def test_it_says_what_was_written_and_what_is_next(workspace: Path, told: Callable[..., str]) -> None:
    lines = told("init", "mydesk", *OPTIONS).splitlines()
    assert lines[: len(FILES)] == [str(Path("mydesk", path)) for path in FILES]
    assert all((workspace / "mydesk" / path).is_file() for path in FILES)
    assert "targets.yaml says what new rules must reach: `deskdrill gate` holds them against it" in lines
    assert lines[-4:] == [
        "  cd mydesk",
        "  deskdrill check",
        "  deskdrill compare scenarios/mydesk.yaml rules/people.yaml rules/today.yaml",
        "  pytest",
    ]


def test_it_says_whose_rules_these_are_and_what_was_added(workspace: Path, told: Callable[..., str]) -> None:
    copied = "\npolicy `today` is a copy of `careful`: put your own rules there\n"
    text = told("init", "mydesk", *OPTIONS)
    assert copied in text
    assert "\nadded a triage inbox of 1 agent\n" in text
    text = told("init", "other", "--teams", "frontline:5,triage:2")
    assert copied in text
    assert "added" not in text


def test_what_is_next_can_be_pasted(workspace: Path, told: Callable[..., str]) -> None:
    assert "\n  cd 'my desk; ls'\n" in told("init", "my desk; ls")


def test_the_workflow_installs_this_version() -> None:
    workflow = workspace_files("mydesk", Given())[".github/workflows/deskdrill.yml"]
    assert f"pip install deskdrill=={deskdrill.__version__}\n" in workflow
    assert "index of your own or a wheel" in workflow


def test_a_team_without_work_is_pointed_out(workspace: Path, told: Callable[..., str]) -> None:
    text = told("init", "mydesk", "--teams", "frontline:5,night:1")
    assert "Team `night` is no intent's right team yet: say in mydesk/scenarios/mydesk.yaml what it solves." in text


def test_nothing_is_overwritten(workspace: Path, refused: Callable[..., list[str]]) -> None:
    folder = workspace / "mydesk"
    (folder / "rules").mkdir(parents=True)
    (folder / "rules" / "today.yaml").write_text("mine")
    (folder / "README.md").write_text("mine too")
    assert refused("init", "mydesk") == [
        f"{Path('mydesk/rules/today.yaml')}: exists; init overwrites nothing",
        f"{Path('mydesk/README.md')}: exists; init overwrites nothing",
    ]
    assert sorted(path.name for path in folder.rglob("*")) == ["README.md", "rules", "today.yaml"]
    (workspace / "a-file").write_text("")
    assert refused("init", "a-file") == ["a-file: exists; init overwrites nothing"]


def test_an_existing_folder_is_filled(workspace: Path, told: Callable[..., str]) -> None:
    (workspace / "mydesk" / ".git").mkdir(parents=True)
    told("init", "mydesk", *OPTIONS)
    assert all((workspace / "mydesk" / path).is_file() for path in FILES)
    assert [path.name for path in workspace.iterdir() if path.name.startswith(".mydesk")] == []


def test_all_is_written_or_nothing(
    workspace: Path, monkeypatch: pytest.MonkeyPatch, refused: Callable[..., list[str]]
) -> None:
    (workspace / "mydesk").mkdir()
    rename = Path.rename

    def failing(self: Path, target: Path) -> Path:
        if target.name == "pytest.ini":
            raise OSError(28, "No space left on device")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", failing)
    assert refused("init", "mydesk") == ["mydesk: cannot be written: no space left on device"]
    assert [
        path for path in workspace.rglob("*") if path.is_file() and "mydesk" in str(path.relative_to(workspace))
    ] == []


def test_the_command_is_a_function_of_its_arguments(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert init(Args(Path("desk two"), per_week=100.0)) == 0
    assert (workspace / "desk two" / "scenarios" / "desk-two.yaml").is_file()
    assert "cd 'desk two'" in capsys.readouterr().out
    assert main(("check", "desk two/scenarios", "desk two/rules")) == 0


def test_what_the_readme_shows_names_files_that_are_there() -> None:
    texts = workspace_files("mydesk", Given(per_week=100.0))
    assert not re.search("@[A-Z]+@", "".join(texts.values()))
    assert "scenarios/mydesk.yaml" in texts["README.md"]
