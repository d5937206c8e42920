"""`deskdrill explain`: why a policy does what it does with a conversation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import click

from ...errors import BadValue, InputError, Problem, did_you_mean
from .commands import Command
from .options import format_option
from .usage import Parsed

if TYPE_CHECKING:
    from ...rules.cases import Case, Played
    from ...rules.policy import Policy


@dataclass(frozen=True, slots=True)
class Args:
    """A policy with what is written and known; or a file of cases, and one of them."""

    policy: str
    say: tuple[str, ...] = ()
    given: tuple[tuple[str, object], ...] = ()
    case: str | None = None
    scenario: str | None = None
    format: Literal["text", "json"] = "text"


def explain(args: Args) -> int:
    """Prints what was tried and what won, turn by turn."""
    from ...rules.loading import CASES, shipped
    from ..explanation import explanation_json, explanation_text
    from ..export import json_text
    from ..terminal import page_width

    of_case = args.policy.endswith(CASES) or (args.case is not None and args.policy in shipped())
    if of_case != (args.case is not None):
        raise click.UsageError("`--case` names one of a file of cases" if of_case else "`--case` needs a file of cases")
    if of_case and (args.say or args.given):
        raise click.UsageError("the case says what is written and known: leave `--say` and `--given` out")
    if not of_case and not args.say:
        raise click.UsageError("say with `--say` what the customer writes")
    policy, played = _of_case(args) if of_case else _of_message(args)
    if args.format == "json":
        print(json_text(explanation_json(policy, played)), end="")
    else:
        print(explanation_text(policy, played, page_width()), end="")
    return 0


def _of_message(args: Args) -> tuple[Policy, Sequence[Played]]:
    from ...rules.cases import Around, Step, play
    from ...rules.given import given_facts
    from ...rules.loading import load_policy
    from ..suites import refuse_own_bot

    facts, wrong = given_facts(dict(args.given))
    if wrong:
        raise InputError(Problem("--given", message, suggestion=near) for _, message, near, _ in wrong)
    policy, around = load_policy(args.policy), Around()
    refuse_own_bot(policy, args.policy)
    if args.scenario is not None:
        from ...scenarios.loading import load_scenario
        from ...simulator.around import around_of

        around = around_of(load_scenario(args.scenario), args.say)
    return policy, _played(lambda: play(policy, facts, [Step(text) for text in args.say], around))


def _of_case(args: Args) -> tuple[Policy, Sequence[Played]]:
    from ...rules.cases import play
    from ..suites import bound, cases_files

    (suite,) = bound(cases_files((args.policy,)), scenario=args.scenario)
    case = _named(suite.suite.cases, str(args.case), args.policy)
    return suite.policy, _played(lambda: play(suite.policy, case.given, case.steps, suite.around))


def _named(cases: Sequence[Case], name: str, place: str) -> Case:
    found = next((each for each in cases if each.id == name), None)
    if found is None:
        near = did_you_mean(name, [each.id for each in cases])
        raise InputError(Problem(place, f"no case is called `{name}`", suggestion=near))
    return found


def _played(play: Any) -> Sequence[Played]:
    from ...rules.cases import NotPossible
    from ...rules.decide import MissingFact

    try:
        played: Sequence[Played] = play()
    except (MissingFact, NotPossible) as error:
        raise InputError(Problem("deskdrill explain", str(error))) from None
    return played


def _fact(text: str) -> tuple[str, object]:
    """`NAME=VALUE`, the value as it stands in a file."""
    from ...documents import parse_document

    name, equals, value = text.partition("=")
    if not name or not equals:
        raise BadValue(f"expected NAME=VALUE, such as `customer.plan=trial`, found `{text}`")
    try:
        data: Any = parse_document(f"it: {value}", "--given").data
    except InputError as error:
        raise BadValue(error.problems[0].message) from None
    return name.strip(), data["it"]


@click.command("explain", cls=Command)
@click.argument("policy", metavar="POLICY_OR_CASES")
@click.option("--say", metavar="TEXT", multiple=True, help="What the customer writes; again for the next message.")
@click.option(
    "--given", metavar="NAME=VALUE", multiple=True, type=Parsed("fact", _fact), help="What is known, as in cases."
)
@click.option("--case", metavar="CASE", help="This one of a file of cases, or of a shipped policy's.")
@click.option("--scenario", metavar="NAME_OR_PATH", help="Take recogniser, knowledge and hours from this one.")
@format_option
def command(**options: Any) -> int:
    r"""Say why a policy does what it does with a message.

    Each rule that was tried, what it saw, and what won. Facts have the names of conditions (`deskdrill schema policy`);
    `page` and `at` are short for `page.url` and `time`.

    \b
    Examples:
      deskdrill explain careful --say "charge me twice?" --given customer.plan=pro --scenario saas-week
      deskdrill explain careful --say "money back" --given message.intent=refund --given message.confidence=0.61
      deskdrill explain rules/today.cases.yaml --case trials-get-a-person
    """
    return explain(Args(**options))
