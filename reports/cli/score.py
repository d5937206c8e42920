"""`deskdrill score`: how well a policy's rules place messages whose right team is known."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import click

from ...errors import BadValue, InputError, Problem, did_you_mean
from .commands import Command
from .diff import tell_left_out
from .options import format_option
from .usage import MOST, Parsed, Whole

if TYPE_CHECKING:
    from ...rules.openings import Openings
    from ...rules.scoring import Score
    from ...scenarios.scenario import Scenario

INCONCLUSIVE = 3
_LABELS = ("label", "category")


@dataclass(frozen=True, slots=True)
class Args:
    """A policy and messages; `part` is the value of their column `split`, all of them if `None`."""

    policy: str
    on: str
    scenario: str | None = None
    part: str | None = None
    at_least: float | None = None
    seed: int = 1
    format: Literal["text", "json"] = "text"


def score(args: Args) -> int:
    """Prints how well; 0, or 1 where it is less than wanted, or 3 where no rule places any message."""
    from ..export import json_text
    from ..inputs import Gathering
    from ..openings import read_tried
    from ..revisions import policy_named
    from ..scoring_words import score_data, score_text
    from ..terminal import page_width

    gathering = Gathering()
    policy = gathering.read(lambda: policy_named(args.policy))
    tried = gathering.read(lambda: read_tried(args.on, args.scenario, args.seed, None))
    gathering.refuse_problems()
    assert policy is not None  # or there was a problem
    assert tried is not None
    tell_left_out(tried.openings)
    openings = tried.openings if args.part is None else _part(tried.openings, args.part)
    openings, right = _with_teams(openings, tried.scenario)
    found = _scored(policy, openings, right)
    place = args.on if args.part is None else f"{args.on} ({args.part})"
    enough = args.at_least is None or found.right >= args.at_least * found.size
    code = INCONCLUSIVE if not found.fires else 0 if enough else 1
    if args.format == "json":
        print(json_text(score_data(found, place, code)), end="")
    else:
        print(score_text(found, place, page_width()), end="")
    if not found.fires:
        print(f"deskdrill score: no rule places any of the {found.size:,} messages", file=sys.stderr)
    return code


def _scored(policy: Any, openings: Openings, right: Sequence[str]) -> Score:
    from ...rules.decide import MissingFact
    from ...rules.scoring import score as scored

    try:
        return scored(policy, openings, right)
    except MissingFact as error:
        raise InputError(Problem(openings.place, str(error))) from None


def _part(openings: Openings, part: str) -> Openings:
    """The messages of one part. Raises `InputError` where there are none."""
    import numpy as np

    values = openings.known.get("split")
    if values is None:
        raise InputError(Problem(openings.place, "no column `split`, so `--split` takes nothing"))
    rows = np.flatnonzero(np.array([value == part for value in values]))
    if not rows.size:
        there = sorted({value for value in values if value is not None})
        message = f"no message whose `split` is `{part}`; there is {', '.join(f'`{each}`' for each in there) or 'none'}"
        raise InputError(Problem(openings.place, message, suggestion=did_you_mean(part, there)))
    return openings.where(rows)


def _with_teams(openings: Openings, scenario: Scenario | None) -> tuple[Openings, list[str]]:
    """The messages whose right team is known, and these. Raises `InputError` where none is."""
    import numpy as np

    teams = openings.known.get("team")
    if teams is None:
        labels = next((openings.known[name] for name in _LABELS if name in openings.known), None)
        if labels is None:
            message = "no column `team`, the right team of each message, nor `label`, its intent"
            raise InputError(Problem(openings.place, message))
        if scenario is None:
            message = "labels have no teams by themselves: `--scenario` names the scenario whose intents have"
            raise InputError(Problem(openings.place, message))
        teams = _of_labels(openings, labels, scenario)
    rows = np.flatnonzero(np.array([team is not None for team in teams]))
    if not rows.size:
        raise InputError(Problem(openings.place, "no message says which team is the right one"))
    left_out = openings.size - rows.size
    if left_out:
        print(f"deskdrill score: {left_out:,} messages do not say their team and are left out", file=sys.stderr)
    return (openings.where(rows) if left_out else openings), [team for team in teams if team is not None]


def _of_labels(openings: Openings, labels: Sequence[str | None], scenario: Scenario) -> tuple[str | None, ...]:
    """The right team of each label, by the scenario's intents."""
    intents = {**{name: name for name in scenario.intents}, **scenario.messages.labels}
    unknown = dict.fromkeys(label for label in labels if label is not None and label not in intents)
    if unknown:
        raise InputError(
            Problem(
                openings.name(labels.index(label)),
                f"label `{label}` is no intent of `{scenario.name}`, nor in its `messages.labels`",
                suggestion=did_you_mean(label, intents),
            )
            for label in list(unknown)[:20]
        )
    return tuple(None if label is None else scenario.intents[intents[label]].team for label in labels)


def _share(text: str) -> float:
    from ...quantities import parse_share

    share = parse_share(text)
    if not share:
        raise BadValue("expected more than 0%")
    return share


@click.command("score", cls=Command)
@click.argument("policy")
@click.option(
    "--on", metavar="MESSAGES_OR_SCENARIO", required=True, help="Messages with their right teams, or a scenario."
)
@click.option(
    "--scenario", metavar="NAME_OR_PATH", help="Its intents tell the team of a `label`; its recogniser reads messages."
)
@click.option("--split", "part", metavar="NAME", help="Only messages whose column `split` says so, such as `test`.")
@click.option(
    "--at-least", metavar="SHARE", type=Parsed("share", _share), help="Exit 1 where fewer reach their right team."
)
@click.option(
    "--seed",
    metavar="S",
    type=Whole(0, most=MOST),
    default=1,
    show_default=True,
    help="With a scenario: same seed, same customers.",
)
@format_option
def command(**options: Any) -> int:
    r"""Say how well rules place messages whose right team is known.

    Precision: of those placed with a team, how many are its own. Recall: of its own, how many are placed with it. With
    the messages that no rule places, those for which rules of different teams hold, and what goes wrong most. MESSAGES
    has the columns `text` and `team`, or `label`, which a scenario's intents lead to teams. Exit code 0: done, 1: less
    than --at-least, 2: a file that cannot be used, 3: no rule places any message.

    \b
    Examples:
      deskdrill score rules/today.yaml --on messages.csv
      deskdrill score keywords --on banking77.csv --scenario bank-week --split test
      deskdrill score keywords --on saas-week --at-least 80%
    """
    return score(Args(**options))
