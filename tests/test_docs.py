"""Docs are code: what README and docs show is run, and the figures they give are what the commands print."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from deskdrill.quantities import parse_share
from deskdrill.rules import shipped
from deskdrill.scenarios import shipped_scenarios
from deskdrill.simulator.metrics import METRICS, Metric

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
SHELL = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
SHOWN = {
    "deflected (what dashboards praise)": ("overall", "deflection_rate"),
    "counted as resolved by the bot": ("overall", "automated_resolution_rate"),
    "really helped by the bot": ("overall", "helped_by_bot_rate"),
    "really helped, by anybody": ("overall", "helped_rate"),
    "went round in circles": ("overall", "bot_loop_rate"),
    "trial customers lost": ("trial", "lost_rate"),
    "gave up waiting": ("overall", "abandonment_rate"),
}


def commands(page: Path) -> list[str]:
    blocks = SHELL.findall(page.read_text(encoding="utf-8"))
    return [line for block in blocks for line in block.splitlines() if line.strip()]


def run(command: str, where: Path) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    shell = ["bash", "-c", command]
    return subprocess.run(
        shell, cwd=where, env={**os.environ, "PATH": path}, capture_output=True, text=True, check=False
    )


def test_readme_and_docs_show_commands() -> None:
    assert len([command for page in PAGES for command in commands(page)]) >= 10


@pytest.mark.slow
@pytest.mark.parametrize("page", [page for page in PAGES if commands(page)], ids=lambda page: page.name)
def test_every_command_of_a_page_works_in_its_order(page: Path, tmp_path: Path) -> None:
    for command in commands(page):
        done = run(command, tmp_path)
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"


@pytest.mark.slow
def test_readme_gives_the_figures_that_its_command_prints(tmp_path: Path) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    command, table = re.search(r"<!-- result: (.*?) -->\n(.*?)\n\n", readme, re.DOTALL).groups()
    printed = json.loads(run(f"{command} --format json", tmp_path).stdout)
    _, _, *rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()]
    assert {row[0] for row in rows} == SHOWN.keys()
    for title, *cells in rows:
        part, metric = SHOWN[title]
        for policy, cell in zip(printed["policies"], cells, strict=True):
            found = printed["metrics"][policy] if part == "overall" else printed["segments"][policy][part]
            value = found[metric]["value"]
            assert (cell == "-") == (value is None), (title, policy)
            # Another kind of processor rounds otherwise now and then, and may give another last digit.
            assert value is None or abs(value - parse_share(cell)) <= 0.0015, (title, policy, value)


@pytest.mark.slow
def test_the_page_on_recognisers_gives_the_leaks_that_its_command_prints(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "recognisers.md").read_text(encoding="utf-8")
    command, table = re.search(r"<!-- sweep: (.*?) -->\n(.*?)\n\n", page, re.DOTALL).groups()
    printed = json.loads(run(f"{command} --format json", tmp_path).stdout)
    leaks = {f"{kind} `{each['name']}`": each for kind, of in (("guard", "guards"), ("intent", "sensitive_intents")) for each in printed[of]}
    _, _, *rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()]
    for name, errors, *shares in rows:
        found = leaks[name]
        crossing, settings = found["leaks_from_errors"]["value"], {each["name"]: each["share"]["value"] for each in found["settings"]}
        values = [crossing, *(settings[each] for each in ("never wrong", "90%", "60%"))]
        for value, cell in zip(values, (errors, *shares), strict=True):
            assert (cell == "-") == (value is None), (name, cell, value)
            # As above; where lines cross moves more than the lines do.
            assert value is None or abs(value - parse_share(cell)) <= 0.002, (name, cell, value)
    assert printed["first_guards"] == ["no-bot-for-sensitive-intents"]
    assert set(printed["first_intents"]) == {"pricing", "data_request", "disputed_charge", "failed_payment"}


def test_the_page_on_scenarios_names_all_that_ships_and_gives_commands_for_what_does() -> None:
    page = (ROOT / "docs" / "scenarios.md").read_text(encoding="utf-8")
    section = page.split("## What ships", 1)[1].split("\n## ", 1)[0]
    assert set(re.findall(r"^\| `([\w-]+)` \|.*deskdrill", section, re.MULTILINE)) == set(shipped_scenarios())
    named = {name for row in re.findall(r"^\| ((?:`[\w-]+`(?:, )?)+) \| [^`|]+ \|$", section, re.MULTILINE) for name in row.replace("`", "").split(", ")}
    assert named == set(shipped())
    given = re.findall(r"`deskdrill (?:run|compare) ([\w-]+)((?: [\w-]+)+?)(?: --.*?)?`", section)
    assert len(given) >= len(shipped_scenarios())
    for scenario, policies in given:
        assert scenario in shipped_scenarios()
        assert set(policies.split()) <= set(shipped())


def test_the_page_of_measures_is_what_the_code_says() -> None:
    page = (ROOT / "docs" / "measures.md").read_text(encoding="utf-8")
    for metric in METRICS:
        better = "-" if metric.better == "none" else metric.better
        assert f"| `{metric.id}` | {metric.title} | {metric.unit} | {better} | {metric.definition} |" in page
    assert " ".join(Metric.__doc__.split("\n\n", 1)[1].split()) in " ".join(page.split())


def test_what_pages_link_to_exists() -> None:
    for page in PAGES:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"
