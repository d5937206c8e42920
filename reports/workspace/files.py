"""The files of a workspace, and their way to the disk: all of them or none."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

from ... import __version__
from ...errors import InputError, Problem
from ...simulator.staffing.shift_file import shipped_shifts_text
from ...simulator.targets import shipped_targets_text
from ...yaml_text import yaml_text
from .derived import EXAMPLE, Given, derived_scenario, example_text
from .teams import TRIAGE, successors

POLICY = "today"
EXAMPLE_POLICY = "careful"
PEOPLE = "people"
WITHOUT_BOT = "humans-only"
TARGETS = "no-harm"
SHIFTS = "day-shifts"
_TEMPLATES = {
    "README.md": "readme.txt",
    f"rules/{POLICY}.cases.yaml": "cases.txt",
    "tests/test_week.py": "test_week.txt",
    "pytest.ini": "pytest_ini.txt",
    ".github/workflows/deskdrill.yml": "ci.txt",
    ".pre-commit-config.yaml": "pre_commit.txt",
    ".gitignore": "gitignore.txt",
}


def workspace_files(name: str, given: Given) -> dict[str, str]:
    """The text of each file, by its path in the workspace; `name` is that of the scenario, unless it is the example."""
    heirs = {} if given.teams is None else successors(given.teams)
    scenario = EXAMPLE if given.is_nothing else name
    fillings = {
        "@SCENARIO@": scenario,
        "@BILLING@": heirs.get("billing", "billing"),
        "@TRIAGE@": TRIAGE,
        "@POLICY@": POLICY,
        "@VERSION@": __version__,
    }
    return {
        f"scenarios/{scenario}.yaml": example_text() if given.is_nothing else yaml_text(derived_scenario(name, given)),
        f"rules/{POLICY}.yaml": policy_text(EXAMPLE_POLICY, POLICY, heirs),
        f"rules/{PEOPLE}.yaml": policy_text(WITHOUT_BOT, PEOPLE, heirs),
        "targets.yaml": shipped_targets_text(TARGETS),
        "shifts.yaml": shipped_shifts_text(SHIFTS),
        **{path: _filled(template, fillings) for path, template in _TEMPLATES.items()},
    }


def policy_text(shipped: str, name: str, heirs: Mapping[str, str]) -> str:
    """A shipped policy under another name, routed to the heirs of teams that are not there."""
    text = (files("deskdrill.rules") / "library" / f"{shipped}.yaml").read_text(encoding="utf-8")
    text = re.sub(r"(?m)^policy: .*$", f"policy: {name}", text, count=1)
    text = re.sub(r"\b(route: )([a-z0-9_]+)", lambda found: found[1] + heirs.get(found[2], found[2]), text)
    return re.sub(r"\b(queue|team)\.([a-z0-9_]+)\.", lambda found: f"{found[1]}.{heirs.get(found[2], found[2])}.", text)


def scenario_name(folder: Path) -> str:
    """What the scenario of a workspace in that folder is called: small letters, digits and `-`.

    >>> scenario_name(Path("My Desk (EU)"))
    'my-desk-eu'
    """
    return re.sub(r"[^a-z0-9]+", "-", folder.resolve().name.casefold()).strip("-") or "desk"


def write_workspace(folder: Path, texts: Mapping[str, str]) -> None:
    """Writes all files below a new or existing folder.

    Raises `InputError`, with nothing written, where one of them is there already or cannot be written.
    """
    there = [path for path in texts if (folder / path).exists() or (folder / path).is_symlink()]
    if folder.is_file() or there:
        raise InputError(Problem(str(folder / path), "exists; init overwrites nothing") for path in there or ("",))
    made: list[Path] = []
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(prefix=f".{folder.resolve().name}-", dir=folder.resolve().parent))
        try:
            for path, text in texts.items():
                (aside / path).parent.mkdir(parents=True, exist_ok=True)
                (aside / path).write_text(text, encoding="utf-8", newline="")
            if not folder.exists():
                aside.chmod(0o755)
                aside.rename(folder)
                return
            for path in texts:
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                (aside / path).rename(folder / path)
                made.append(folder / path)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
    except OSError as error:
        for path_made in made:
            path_made.unlink(missing_ok=True)
        raise InputError(Problem(str(folder), f"cannot be written: {(error.strerror or str(error)).lower()}")) from None


def _filled(template: str, fillings: Mapping[str, str]) -> str:
    text = (files(__package__) / "templates" / template).read_text(encoding="utf-8")
    for mark, filling in fillings.items():
        text = text.replace(mark, filling)
    return text
