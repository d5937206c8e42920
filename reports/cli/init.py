"""`deskdrill init`: a workspace of one's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from typing import Any

import click

from .commands import Command
from .options import FILE
from .usage import Parsed


@dataclass(frozen=True, slots=True)
class Args:
    """Where, and what is known of the desk; `handle_s` in seconds, the share from 0 to 1."""

    folder: Path
    per_week: float | None = None
    hours: str | None = None
    teams: Mapping[str, int] | None = None
    handle_s: float | None = None
    trial_share: float | None = None


def init(args: Args) -> int:
    """Writes the workspace and says what to do next; 0. Raises `InputError`; nothing is written then."""
    from ...documents import parse_document
    from ...scenarios.loading import scenario_from_document
    from ..workspace.derived import Given
    from ..workspace.files import EXAMPLE_POLICY, PEOPLE, POLICY, scenario_name, workspace_files, write_workspace
    from ..workspace.teams import TRIAGE

    given = Given(args.per_week, args.hours, args.teams, args.handle_s, args.trial_share)
    texts = workspace_files(scenario_name(args.folder), given)
    scenario_path = next(path for path in texts if path.startswith("scenarios/"))
    scenario = scenario_from_document(parse_document(texts[scenario_path], str(args.folder / scenario_path)))
    write_workspace(args.folder, texts)
    print("\n".join(str(args.folder / path) for path in texts))
    solving = {intent.team for intent in scenario.intents.values()} | {scenario.escalation.team}
    for team in scenario.teams:
        if team not in solving:
            print(
                f"\nTeam `{team}` is no intent's right team yet: say in {args.folder / scenario_path} what it solves."
            )
    print(f"\npolicy `{POLICY}` is a copy of `{EXAMPLE_POLICY}`: put your own rules there")
    print("targets.yaml says what new rules must reach: `deskdrill gate` holds them against it")
    if args.teams is not None and TRIAGE not in args.teams:
        agents = max(scenario.teams[TRIAGE].staffing.values())
        print(f"added a triage inbox of {agents} {'agent' if agents == 1 else 'agents'}")
    print("\nNext:")
    if args.folder.resolve() != Path.cwd():
        print(f"  cd {quote(str(args.folder))}")
    print("  deskdrill check")
    print(f"  deskdrill compare {quote(scenario_path)} rules/{PEOPLE}.yaml rules/{POLICY}.yaml")
    print("  pytest")
    return 0


def _per_week(text: str) -> float:
    from ...errors import BadValue

    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 1 <= value <= 1e9:
        raise BadValue(f"expected the number of new problems in a week, from 1 to 1,000,000,000, found `{text}`")
    return value


def _hours(text: str) -> str:
    from ...calendar import WeekHours
    from ...errors import BadValue

    if not WeekHours.parse(text).open_s:
        raise BadValue(f"nobody would ever be there: `{text}`")
    return text


def _teams(text: str) -> dict[str, int]:
    from ..workspace.teams import parse_teams

    return parse_teams(text)


def _handle(text: str) -> float:
    from ...errors import BadValue
    from ...quantities import parse_duration

    seconds = parse_duration(text)
    if not 1 <= seconds <= 30 * 86_400:
        raise BadValue(f"expected a mean handle time from 1s to 30d, found `{text}`")
    return seconds


def _share(text: str) -> float:
    from ...quantities import parse_share

    return parse_share(text)


@click.command("init", cls=Command)
@click.argument("folder", metavar="DIR", type=FILE)
@click.option("--per-week", metavar="N", type=Parsed("number", _per_week), help="New problems in an ordinary week.")
@click.option(
    "--hours", metavar="HOURS", type=Parsed("hours", _hours), help='When people are there, such as "Mon-Fri 08-18".'
)
@click.option(
    "--teams", metavar="TEAM:AGENTS,...", type=Parsed("teams", _teams), help="Teams with agents on duty at once."
)
@click.option(
    "--handle", "handle_s", metavar="TIME", type=Parsed("time", _handle), help="Mean work on a problem, such as 11m."
)
@click.option(
    "--trial-share", metavar="SHARE", type=Parsed("share", _share), help="Trial customers' share of problems."
)
def command(**options: Any) -> int:
    r"""Write a workspace of your own, ready to run.

    What you give replaces what the shipped saas-week assumes; without options it is the shipped example. Nothing that
    is there already is overwritten.

    \b
    Examples:
      deskdrill init mydesk
      deskdrill init mydesk --per-week 3200 --hours "Mon-Fri 08-18" --teams frontline:8,billing:3 \
          --handle 11m --trial-share 0.2
    """
    return init(Args(**options))
