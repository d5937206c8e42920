"""What is installed: built, put into a fresh environment, and used beside a workspace with a `rules` package of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("rules", "scenarios", "simulator", "reports")
COMMAND_LINE = ROOT / "reports" / "cli" / "main.py"

pytestmark = pytest.mark.slow
needs_command_line = pytest.mark.skipif(not COMMAND_LINE.exists(), reason="the command line is not there yet")

POLICY = """\
policy: today
rulesets:
  - name: routing
    on: [arrived, handed_over]
    hit_policy: first
    rules:
      - id: money
        why: money goes to billing
        when: {message.text: {contains_any: [refund]}}
        then: {route: billing}
    default: {route: escalation}
"""
POLICY_TEST = """
import rules

def test_the_workspace_keeps_its_own_rules():
    assert rules.MINE

def test_a_word_routes(desk):
    policy = desk.policy("rules/today.yaml")
    assert policy == desk.policy(desk.root / "rules" / "today.yaml")
    assert desk.decide(policy, {"message.text": "I want a refund."}).route == "billing"
    assert desk.decide(policy, {"message.text": "good morning"}).route != "billing"

def test_what_is_shipped_is_found_by_its_name(desk):
    assert desk.policy("careful").name == "careful"
    assert desk.scenario("saas-week").teams
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist, and the wheel that was built from it. Without isolation: with the hatchling that is here."""
    out = tmp_path_factory.mktemp("dist")
    done(sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out), str(ROOT))
    return out


@pytest.fixture(scope="module")
def wheel(built: Path) -> Path:
    (found,) = built.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs' folder of a fresh environment that holds the wheel and, borrowed from here, what it depends on.

    Borrowed is all but ourselves: an editable install here must not answer for the wheel.
    """
    home = tmp_path_factory.mktemp("fresh")
    venv.create(home / "venv", with_pip=False)
    programs = home / "venv" / ("Scripts" if os.name == "nt" else "bin")
    python = str(programs / "python")
    # pip's `--python` runs itself there, so the environment needs no pip of its own.
    done(sys.executable, "-m", "pip", "--python", python, "install", "--no-deps", "--no-index", "--quiet", str(wheel))
    borrowed = home / "borrowed"
    borrowed.mkdir()
    for each in Path(sysconfig.get_path("purelib")).iterdir():
        if "deskdrill" not in each.name and each.suffix != ".pth":
            (borrowed / each.name).symlink_to(each)
    site = Path(done(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").stdout.strip())
    (site / "borrowed.pth").write_text(f"{borrowed}\n")
    return programs


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "__init__.py").write_text("MINE = True\n")
    (tmp_path / "rules" / "today.yaml").write_text(POLICY)
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_today.py").write_text(POLICY_TEST)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    return tmp_path


def done(*command: str, cwd: Path | None = None, code: int = 0) -> subprocess.CompletedProcess[str]:
    """The finished command, which must have ended with `code`. It knows nothing of the checkout that these tests run in."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PYTEST", "COV"))
    }
    finished = subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )
    assert finished.returncode == code, f"{finished.stdout}\n{finished.stderr}"
    return finished


def shipped_files() -> set[str]:
    """Every file of the rooms and the floorboards, as it should be called once installed."""
    rooms = {f"deskdrill/{path.relative_to(ROOT)}" for room in ROOMS for path in (ROOT / room).rglob("*")}
    floor = {f"deskdrill/{path.name}" for path in (ROOT / "src" / "deskdrill").iterdir() if not path.is_symlink()}
    return {name for name in rooms | floor if Path(name).suffix and "__pycache__" not in name}


def test_the_wheel_brings_one_name_and_all_of_its_files(wheel: Path) -> None:
    names = {name for name in zipfile.ZipFile(wheel).namelist() if not name.endswith("/")}
    about = {name for name in names if name.startswith("deskdrill-0.1.0.dist-info/")}
    assert names - about == shipped_files()
    assert "deskdrill/py.typed" in names
    assert any(name.endswith("/LICENSE") for name in about)
    assert any(name.endswith(".yaml") for name in names)


def test_the_sdist_has_everything_but_the_links(built: Path) -> None:
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        members = archive.getmembers()
    assert [member.name for member in members if member.issym() or member.islnk()] == []
    names = {member.name.partition("/")[2] for member in members}
    # A room once, where it lies, and not again through its link.
    assert {f"{room}/__init__.py" for room in ROOMS} <= names
    assert not any(name.startswith(tuple(f"src/deskdrill/{room}/" for room in ROOMS)) for name in names)
    assert {"pyproject.toml", "LICENSE", "CHANGELOG.md", "Makefile", "tests/test_wheel.py"} <= names
    assert not any(name.startswith((".venv", "build", "dist")) for name in names)


def test_the_installed_package_is_the_wheel_s(installed: Path, workspace: Path) -> None:
    python = str(installed / "python")
    where = done(python, "-c", "import deskdrill.rules; print(deskdrill.rules.__file__)", cwd=workspace).stdout
    assert Path(where.strip()).is_relative_to(installed.parent)
    # The workspace's own package stays what it is, for us too.
    assert done(python, "-c", "import deskdrill.rules, rules; print(rules.MINE)", cwd=workspace).stdout == "True\n"


def test_a_workspace_is_tested_with_the_fixture_and_its_own_rules(installed: Path, workspace: Path) -> None:
    tested = done(str(installed / "python"), "-m", "pytest", "-q", "-p", "no:cacheprovider", cwd=workspace)
    assert "3 passed" in tested.stdout


def test_the_plugin_costs_a_session_that_does_not_use_it_nothing(installed: Path, workspace: Path) -> None:
    (workspace / "tests" / "test_today.py").write_text(
        "import sys\n\n"
        "def test_nothing_is_loaded():\n"
        "    assert [name for name in sys.modules if name.startswith('deskdrill.')] == ['deskdrill.version', 'deskdrill.pytest_plugin']\n"
    )
    tested = done(str(installed / "python"), "-m", "pytest", "-q", "-p", "no:cacheprovider", cwd=workspace)
    assert "1 passed" in tested.stdout


@needs_command_line
def test_the_command_line_works_beside_a_workspace_s_own_rules(installed: Path, workspace: Path) -> None:
    program = str(installed / "deskdrill")
    told = done(program, "--help", cwd=workspace).stdout
    assert all(command in told for command in ("run", "compare", "check", "describe", "schema", "init", "backtest"))
    done(program, "check", "rules/today.yaml", cwd=workspace)
    # Shipped cases are there, with the tables that they read.
    assert " passed" in done(program, "test", "humans-only", "card-guard", cwd=workspace).stdout


@needs_command_line
def test_a_mistake_is_one_line_with_its_place(installed: Path, workspace: Path) -> None:
    (workspace / "rules" / "today.yaml").write_text("policy: today\nguards: 5\n")
    refused = done(str(installed / "deskdrill"), "check", "rules/today.yaml", cwd=workspace, code=2)
    assert "rules/today.yaml:2:9: " in refused.stderr
    assert "Traceback" not in refused.stderr
