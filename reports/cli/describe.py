"""`deskdrill describe`: a policy, a scenario or a measure in plain English."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from ...errors import InputError, Problem, did_you_mean
from .commands import Command


@dataclass(frozen=True, slots=True)
class Args:
    """A shipped name, a path or a measure's id; `None` for a list of what ships."""

    name: str | None = None


def describe(args: Args) -> int:
    """Prints what a file or a name means; 0. Raises `InputError`."""
    from ..terminal import page_width

    print(_text(args.name, page_width()), end="")
    return 0


def _text(name: str | None, width: int) -> str:
    from ...documents import read_document
    from ...rules.describe import describe as describe_policy
    from ...rules.loading import load_policy, shipped
    from ...scenarios.loading import load_scenario, shipped_scenarios
    from ...simulator.metrics import BY_ID
    from ..catalogue import catalogue_text, describe_measure
    from ..description import describe_scenario
    from ..inputs import kind_of
    from ..text import refolded

    if name is None:
        return catalogue_text(width)
    if name in shipped_scenarios():
        return describe_scenario(load_scenario(name), width)
    if name in shipped():
        return refolded(describe_policy(load_policy(name)), width)
    if name in BY_ID and not Path(name).exists():
        return describe_measure(name, width)
    if not Path(name).exists() and Path(name).name == name and not Path(name).suffix:
        near = did_you_mean(name, (*shipped_scenarios(), *shipped(), *BY_ID))
        raise InputError(Problem(name, "no file of this name, nor anything that ships", suggestion=near))
    if kind_of(read_document(Path(name))) == "policy":
        return refolded(describe_policy(load_policy(Path(name))), width)
    return describe_scenario(load_scenario(Path(name)), width)


@click.command("describe", cls=Command)
@click.argument("name", metavar="[NAME_OR_PATH]", required=False)
def command(**options: Any) -> int:
    r"""Say in plain English what a policy or scenario means.

    Without NAME_OR_PATH: what ships. A measure's id is explained too.

    \b
    Examples:
      deskdrill describe
      deskdrill describe careful
      deskdrill describe scenarios/mydesk.yaml
      deskdrill describe false_deflection_true_rate
    """
    return describe(Args(**options))
