"""The house itself: links, import order, and what is loaded when."""

from __future__ import annotations

import importlib
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import deskdrill

ROOT = Path(__file__).parents[1]
ROOMS = ("rules", "scenarios", "simulator", "reports")
HEAVY = ("numpy", "scipy", "pydantic", "simpy", "duckdb", "faker", "hypothesis", "rich", "tabulate", "yaml", "re2")
LINT = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"
# Beyond what a bare interpreter has. click alone loads 62, most of them the standard library's.
MOST_MODULES_FOR_HELP = 150


def run(code: str, cwd: Path = ROOT, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )


def loaded_after(statement: str) -> set[str]:
    """The modules that a statement loads into a fresh interpreter."""
    asked = run(
        f"import sys\nbefore = set(sys.modules)\n{statement}\nprint(*sorted(set(sys.modules) - before), sep='\\n')"
    )
    assert asked.returncode == 0, asked.stderr
    return set(asked.stdout.split())


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_is_opened_through_its_link(room: str) -> None:
    link = ROOT / "src" / "deskdrill" / room
    assert link.is_symlink(), "a checkout needs symbolic links (on Windows: git config core.symlinks true)"
    assert link.readlink() == Path("..", "..", room)
    assert (link / "__init__.py").samefile(ROOT / room / "__init__.py")
    assert Path(str(importlib.import_module(f"deskdrill.{room}").__file__)).samefile(ROOT / room / "__init__.py")


def test_the_import_contracts_hold() -> None:
    linted = run(LINT)
    assert linted.returncode == 0, linted.stdout


@pytest.mark.slow
@pytest.mark.parametrize(
    ("module", "line", "contract"),
    [
        ("rules/policy.py", "from ..scenarios import loading as _loading", "rules and scenarios never meet"),
        ("scenarios/loading.py", "from ..rules import policy as _policy", "rules and scenarios never meet"),
        ("rules/policy.py", "from ..simulator import __doc__ as _doc", "The rooms import one way"),
        ("simulator/__init__.py", "from ..reports import __doc__ as _doc", "The rooms import one way"),
        ("src/deskdrill/errors.py", "from .documents import Document as _Document", "The rooms import one way"),
        ("src/deskdrill/unheard_of.py", "", "The rooms import one way"),
        ("reports/__init__.py", "import simpy as _simpy", "SimPy is the simulator's affair"),
        ("scenarios/loading.py", "import hypothesis as _hypothesis", "Hypothesis is imported by"),
        ("rules/policy.py", "import pytest as _pytest", "pytest is imported by the plugin only"),
        ("simulator/__init__.py", "from rich import print as _print", "Only reports speak to people"),
        ("rules/policy.py", "import click as _click", "Only reports speak to people"),
    ],
)
def test_an_import_against_the_order_is_found(tmp_path: Path, module: str, line: str, contract: str) -> None:
    for part in ("src", *ROOMS):
        shutil.copytree(ROOT / part, tmp_path / part, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    with (tmp_path / module).open("a") as file:
        file.write(f"\n{line}\n")
    linted = run(LINT, tmp_path, PYTHONPATH=str(tmp_path / "src"))
    said = " ".join(linted.stdout.split())
    assert linted.returncode == 1
    assert contract in said
    assert "BROKEN" in said or "unheard_of" in said


def test_importing_the_package_loads_nothing_of_weight() -> None:
    loaded = loaded_after("import deskdrill")
    assert {name for name in loaded if name.startswith("deskdrill")} == {"deskdrill", "deskdrill.version"}
    assert loaded.isdisjoint(HEAVY)


def test_importing_the_plugin_loads_nothing_of_weight() -> None:
    loaded = loaded_after("import pytest\nbefore = set(sys.modules)\nimport deskdrill.pytest_plugin")
    assert {name for name in loaded if name.startswith("deskdrill")} == {"deskdrill", "deskdrill.version", "deskdrill.pytest_plugin"}
    assert loaded.isdisjoint(HEAVY)


@pytest.mark.skipif(not (ROOT / "reports" / "cli" / "main.py").exists(), reason="the command line is not there yet")
def test_asking_for_help_is_quick() -> None:
    loaded = loaded_after(
        "import contextlib, io\n"
        "sys.argv = ['deskdrill', '--help']\n"
        "from deskdrill.reports.cli.main import main\n"
        "with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):\n"
        "    main()"
    )
    assert loaded.isdisjoint(HEAVY)
    assert len(loaded) <= MOST_MODULES_FOR_HELP


@pytest.mark.parametrize("name", deskdrill.__all__)
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(deskdrill, name) is not None
    assert name in dir(deskdrill)


def test_there_are_no_other_names() -> None:
    with pytest.raises(AttributeError, match="has no attribute `polcy`"):
        deskdrill.polcy  # noqa: B018


def test_the_version_is_said_once_too_often_but_alike() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert deskdrill.__version__ == project["version"]


def test_every_dependency_has_a_floor_and_a_reason() -> None:
    lines = (ROOT / "pyproject.toml").read_text().partition("\ndependencies = [\n")[2].partition("\n]")[0].splitlines()
    assert lines
    assert [line for line in lines if ">=" not in line or "# " not in line] == []
