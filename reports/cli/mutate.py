"""`deskdrill mutate`: whether the cases of a policy notice mistakes in it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from ...errors import InputError, Problem
from .commands import Command
from .options import format_option

if TYPE_CHECKING:
    from ...rules.policy import Policy
    from ..mutants import Tested

NOTHING_TRIED = 3
_MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class Args:
    """Files, folders or shipped policies; none: all files of cases below `root`."""

    files: tuple[str, ...] = ()
    since: str | None = None
    suggest: bool = False
    format: Literal["text", "json"] = "text"
    root: Path = Path()


def mutate(args: Args) -> int:
    """Prints the mistakes that no case notices; 0 if there are none, 1 if there are, 3 where nothing could be tried."""
    from ..mutants import not_holding, played_over, refuse_several
    from ..progress import progress
    from ..suites import bound, by_policy, cases_files
    from ..terminal import neutral

    found: list[tuple[Policy, tuple[Tested, ...]]] = []
    by_policies = by_policy(bound(cases_files(args.files, args.root)))
    if args.suggest:
        refuse_several([suites[0].policy for suites in by_policies])
    for suites in by_policies:
        policy = suites[0].policy
        owners = None if args.since is None else changed_since(policy, args.since)
        left_out = not_holding(suites)
        if left_out:
            names = ", ".join(f"`{each}`" for each in left_out[:_MOST_NAMED])
            more = f" and {len(left_out) - _MOST_NAMED} more" if len(left_out) > _MOST_NAMED else ""
            told = f"{policy.name}: left out, since they do not hold without a mistake: {names}{more}"
            print(f"deskdrill mutate: {neutral(told)}", file=sys.stderr)
        with progress(f"mistakes in {policy.name}") as done:
            found.append((policy, played_over(suites, owners, done)))
    tried = [each for _, of_policy in found for each in of_policy]
    any_case = any(each.suite.cases for suites in by_policies for each in suites)
    code = NOTHING_TRIED if not tried or not any_case else 1 if any(each.survived for each in tried) else 0
    if args.format == "json":
        from ..export import json_text

        print(json_text({"policies": [_json(*each) for each in found], "exit_code": code}), end="")
    elif args.suggest:
        for (policy, tested), suites in zip(found, by_policies, strict=True):
            _print_suggestions(policy, tested, suites[0].suite.place)
    else:
        for policy, of_policy in found:
            _print_text(policy, of_policy)
    if not tried or not any_case:
        print(f"deskdrill mutate: {_why_nothing(args, len(found), any_case=any_case)}", file=sys.stderr)
    return code


def _why_nothing(args: Args, policies: int, *, any_case: bool) -> str:
    if not policies:
        return "no files of cases (*.cases.yaml) here"
    if not any_case:
        return "the files have no cases, so nothing can be noticed"
    return "nothing to get wrong" if args.since is None else f"no rule has changed since {args.since}"


def _print_text(policy: Policy, found: Sequence[Tested]) -> None:
    from ...rules.coverage import percent_seen
    from ..terminal import neutral

    survivors = [each.mutant for each in found if each.survived]
    for mutant in survivors:
        place = policy.place if mutant.line is None else f"{policy.place}:{mutant.line}:{mutant.column}"
        print(neutral(f"survived {place}: {mutant.operator}: {mutant.id}"))
    same = sum(each.mutant.equivalent for each in found)
    killed, many = len(found) - len(survivors) - same, len(found) - same
    if many:
        none = f"; {same} more change nothing for anybody" if same else ""
        hint = "; --suggest writes cases that notice them" if survivors else ""
        name = neutral(policy.name)
        print(f"{name}: {killed} of {many} mistakes are noticed ({percent_seen(killed / many)}){none}{hint}")


def _print_suggestions(policy: Policy, tested: Sequence[Tested], place: str) -> None:
    """Cases for the survivors, as a file to look through; each as the policy has it now."""
    from ...rules.wording import counted
    from ..mutants import suggestions, suggestions_text

    survivors = [each.mutant for each in tested if each.survived]
    cases = suggestions(policy, survivors)
    unnoticed = counted(len(survivors), "mistake")
    told = f"{counted(len(cases), 'case')}, for as many as can be of {unnoticed} that no case notices"
    print(suggestions_text(policy, cases, told, place))


def _json(policy: Policy, found: Sequence[Tested]) -> dict[str, Any]:
    mistakes = [
        {
            "operator": each.mutant.operator,
            "owner": each.mutant.owner,
            "told": each.mutant.told,
            "line": each.mutant.line,
            "column": each.mutant.column,
            "killed_by": each.killer,
            "equivalent": each.mutant.equivalent,
        }
        for each in found
    ]
    survived, same = (sum(each.survived for each in found), sum(each.mutant.equivalent for each in found))
    counts = {"killed": len(found) - survived - same, "survived": survived, "equivalent": same}
    return {"policy": policy.name, **counts, "mistakes": mistakes}


def changed_since(policy: Policy, revision: str) -> frozenset[str]:
    """The owners of mistakes whose part of the policy is another than in a revision of git. Raises `InputError`."""
    from ..revisions import policy_since

    if not Path(policy.place).is_file():
        raise InputError(Problem(policy.place, "ships with deskdrill: `--since` is for files of your own"))
    before = policy_since(policy.place, revision)
    old, new = _parts(before), _parts(policy)
    return frozenset(name for name, part in new.items() if name not in old or old[name] != part)


def _parts(policy: Policy) -> dict[str, object]:
    parts: dict[str, object] = {f"group {name}": condition for name, condition in policy.groups.items()}
    parts |= {guard.id: guard for guard in policy.guards}
    parts["bot"] = policy.bot
    for ruleset in policy.rulesets:
        parts[ruleset.name] = ruleset.hit_policy
        parts[f"{ruleset.name}.default"] = ruleset.default
        parts |= {f"{ruleset.name}.{rule.id}": (number, rule) for number, rule in enumerate(ruleset.rules)}
    return parts


@click.command("mutate", cls=Command)
@click.argument("files", metavar="[FILE_OR_FOLDER_OR_POLICY]...", nargs=-1)
@click.option("--since", metavar="REV", help="Only in rules that have changed since this revision of git.")
@click.option("--suggest", is_flag=True, help="Print cases that would notice what no case notices.")
@format_option
def command(**options: Any) -> int:
    r"""Say which mistakes in a policy its cases do not notice.

    Mistakes are what one might write: a rule, condition, keyword or action less, `any` for `all`, a bound moved, rules
    the other way round, another team, no default, no guard, a bot that does not hand over. Exit code 0: all are
    noticed, 1: some survive, 2: a file that cannot be used, 3: nothing to try.

    \b
    Examples:
      deskdrill mutate careful
      deskdrill mutate rules/today.cases.yaml --since origin/main
      deskdrill mutate rules/today.cases.yaml --suggest > rules/more.cases.yaml
    """
    return mutate(Args(**options))
