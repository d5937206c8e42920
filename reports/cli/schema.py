"""`deskdrill schema`: what an editor needs to complete and explain our files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import click

from .commands import Command
from .usage import OneOf

KINDS = ("scenario", "policy", "cases", "targets", "shifts")


@dataclass(frozen=True, slots=True)
class Args:
    """The kind of file."""

    kind: Literal["scenario", "policy", "cases", "targets", "shifts"]


def schema(args: Args) -> int:
    """Prints the JSON Schema of a kind of file; 0."""
    from ...rules.case_file import cases_schema
    from ...rules.loading import policy_schema
    from ...scenarios.loading import scenario_schema
    from ...simulator.staffing.shift_file import shifts_schema
    from ...simulator.targets import targets_schema
    from ..export import json_text

    made = {
        "scenario": scenario_schema,
        "policy": policy_schema,
        "cases": cases_schema,
        "targets": targets_schema,
        "shifts": shifts_schema,
    }
    print(json_text(made[args.kind]()), end="")
    return 0


@click.command("schema", cls=Command)
@click.argument(
    "kind", metavar="scenario|policy|cases|targets|shifts", type=OneOf(KINDS)
)
def command(**options: Any) -> int:
    r"""Print the JSON Schema of a kind of file, for editors.

    \b
    Examples:
      deskdrill schema policy > policy.schema.json
      deskdrill schema scenario > scenario.schema.json
      deskdrill schema cases > cases.schema.json
      deskdrill schema targets > targets.schema.json
      deskdrill schema shifts > shifts.schema.json

    In VS Code, with its YAML extension, in .vscode/settings.json:

    \b
      "yaml.schemas": {"policy.schema.json": ["rules/*.yaml", "!*.cases.yaml"],
                       "cases.schema.json": "*.cases.yaml", "scenario.schema.json": "scenarios/*.yaml",
                       "targets.schema.json": "targets.yaml", "shifts.schema.json": "shifts.yaml"}
    """
    return schema(Args(**options))
