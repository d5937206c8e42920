"""`deskdrill schema`: what an editor needs to complete and explain our files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import click

from .commands import Command
from .usage import OneOf


@dataclass(frozen=True, slots=True)
class Args:
    """The kind of file."""

    kind: Literal["scenario", "policy"]


def schema(args: Args) -> int:
    """Prints the JSON Schema of a kind of file; 0."""
    from ...rules.loading import policy_schema
    from ...scenarios.loading import scenario_schema
    from ..export import json_text

    print(json_text(scenario_schema() if args.kind == "scenario" else policy_schema()), end="")
    return 0


@click.command("schema", cls=Command)
@click.argument("kind", metavar="scenario|policy", type=OneOf(["scenario", "policy"]))
def command(**options: Any) -> int:
    r"""Print the JSON Schema of a kind of file, for editors.

    \b
    Examples:
      deskdrill schema policy > policy.schema.json
      deskdrill schema scenario > scenario.schema.json

    In VS Code, with its YAML extension, in .vscode/settings.json:

    \b
      "yaml.schemas": {"policy.schema.json": "rules/*.yaml", "scenario.schema.json": "scenarios/*.yaml"}
    """
    return schema(Args(**options))
