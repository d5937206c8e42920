"""`deskdrill staff`: how many agents each team needs."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from ...errors import BadValue, InputError, Problem, did_you_mean, hint
from ...saving import refuse_unwritable, write_whole
from .commands import Command
from .options import FILE, format_option, simulation_options
from .usage import OneOf, Parsed
from .workers import Workers, hands

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from ...scenarios.scenario import Scenario
    from ...simulator.experiment import Experiment
    from ...simulator.judging import Judgement
    from ...simulator.staffing.afterwards import Worth
    from ...simulator.staffing.covering import Wanted
    from ...simulator.staffing.plan import Plan, Question
    from ...simulator.targets import Targets
    from ..inputs import Inputs
    from ..shift_words import Wage

CANNOT_TELL = 3
Over = Literal["half-hour", "week"]


@dataclass(frozen=True, slots=True)
class Args:
    """What is to be reached, by whom; `workers` is `None` for one a processor."""

    scenario: str
    policies: tuple[str, ...]
    answer_within: tuple[tuple[str | None, float], ...] = ()
    share: float | None = None
    abandon_at_most: float | None = None
    occupancy_at_most: float | None = None
    over: Over | None = None
    in_weeks: float | None = None
    team: tuple[str, ...] = ()
    targets: str | None = None
    heads: tuple[tuple[str | None, int], ...] = ()
    each_hour: bool = False
    shifts: str | None = None
    gap: float = 0.02
    time_limit: float = 60.0
    wage: float | None = None
    clear_within: float = 3600.0
    replications: int = 20
    seed: int = 1
    messages: Path | None = None
    workers: Workers = None
    format: Literal["text", "json"] = "text"
    write: Path | None = None


def staff(args: Args) -> int:
    """Prints the agents that each policy needs; 0 they reach everything, 1 they do not, 3 cannot tell. Raises
    `InputError`.
    """
    from ...simulator.staffing.afterwards import frontier
    from ...simulator.staffing.plan import staff as staffed
    from ...simulator.staffing.wishes import judged_afterwards
    from ...simulator.targets import load_targets
    from ..inputs import read_inputs
    from ..progress import progress
    from ..staffing_words import nothing_found, staffing_rows

    if args.write is not None:
        refuse_unwritable(args.write)
    inputs = read_inputs(args.scenario, args.policies, args.messages)
    scenario = inputs.desk.scenario
    targets = None if args.targets is None else load_targets(args.targets, scenario)
    question = question_of(args, scenario, targets)
    plans = []
    with hands(args.workers) as workers:
        for policy in inputs.policies:
            with progress(f"weeks of rosters, {policy.name}") as finished:
                plans.append(staffed(inputs.desk, policy, question, workers, finished))
            _note_time(plans[-1])
        after = _afterwards(inputs, plans, workers) if len(plans) > 1 or targets is not None else {}
    if args.write is not None and not nothing_found(plans[0]):
        write_whole(args.write, staffing_rows(plans[0]))
    judgements = {} if targets is None else {at: judged_afterwards(each, targets) for at, each in after.items()}
    worth = frontier([(plans[at], each) for at, each in after.items()]) if len(plans) > 1 else ()
    codes = [_code(plan, judgements.get(at, ())) for at, plan in enumerate(plans)]
    _print(plans, worth, codes, args, wage_of(question.wanted, args.wage), (targets, judgements))
    return 1 if 1 in codes else max(codes)


def _note_time(plan: Plan) -> None:
    """How long the shifts took, on stderr: it is another time each time."""
    from ..telling import note

    if plan.schedule is not None:
        note(f"{plan.policy}: the last shifts were found in {plan.schedule.cover.took_s:.1f} s")


def question_of(args: Args, scenario: Scenario, targets: Targets | None = None) -> Question:
    """What is asked of the scenario. Raises `InputError` for names that it does not have."""
    from ...simulator.staffing.aims import Aim
    from ...simulator.staffing.plan import Question
    from ...simulator.staffing.wishes import aim_of, names_of

    _refuse_unknown(scenario, args)
    if targets is None:
        aim = Aim(args.share, args.abandon_at_most, args.occupancy_at_most, args.over or "half-hour", args.in_weeks)
    else:
        aim = aim_of(targets, args.over or "week")
        args = replace(args, team=args.team or names_of(targets, scenario))
    every = next((within_s for name, within_s in args.answer_within if name is None), None)
    within_s = {} if every is None else dict.fromkeys(scenario.teams, every)
    within_s |= {name: each_s for name, each_s in args.answer_within if name is not None}
    return Question(
        aim,
        within_s,
        args.team,
        dict(args.heads),
        args.each_hour,
        args.clear_within,
        args.replications,
        args.seed,
        _wanted(scenario, args),
    )


def _code(plan: Plan, judgements: Sequence[Judgement]) -> int:
    """Of the goals and, if there are any, of the targets."""
    verdicts = {each.verdict for each in judgements}
    if plan.passes is False or "fail" in verdicts:
        return 1
    return 0 if plan.passes and "cannot tell" not in verdicts else CANNOT_TELL


def _wanted(scenario: Scenario, args: Args) -> Wanted | None:
    """The shifts that there may be. Raises `InputError`."""
    if args.shifts is None:
        return None
    from ...simulator.staffing.covering import Wanted
    from ...simulator.staffing.plan import chosen
    from ...simulator.staffing.roster import Today
    from ...simulator.staffing.shift_file import load_shifts, refuse_uncovered
    from ..telling import note

    shifts = load_shifts(args.shifts, chosen(scenario, ())[0], args.wage)
    if args.wage is not None and shifts.wage is not None and shifts.wage != args.wage:
        note(f"{shifts.place} says {shifts.wage:g} an hour, which holds; --wage {args.wage:g} is left out")
    open_slots = {name: Today.of(scenario).by_slot[name] > 0 for name in chosen(scenario, args.team)[0]}
    refuse_uncovered(shifts, open_slots)
    return Wanted(shifts, args.gap, args.time_limit)


def wage_of(wanted: Wanted | None, an_hour: float | None) -> Wage | None:
    """What an hour costs, premiums apart: by the file of shifts, or as it is said here."""
    from ..shift_words import Wage

    found = an_hour if wanted is None or wanted.shifts.wage is None else wanted.shifts.wage
    return None if found is None else Wage(found, None if wanted is None else wanted.shifts.currency)


def _afterwards(inputs: Inputs, plans: Sequence[Plan], workers: int | Executor) -> dict[int, Experiment]:
    """What policies do with the agents that were found, by position; those left out for which there are none."""
    from ...simulator.staffing.afterwards import measured_with
    from ..progress import progress
    from ..staffing_words import nothing_found

    found = {}
    for at, (policy, plan) in enumerate(zip(inputs.policies, plans, strict=True)):
        if not nothing_found(plan):
            with progress(f"weeks with these agents, {policy.name}") as finished:
                found[at] = measured_with(inputs.desk, policy, plan, workers, finished)
    return found


def _print(
    plans: Sequence[Plan],
    worth: Sequence[Worth],
    codes: Sequence[int],
    args: Args,
    wage: Wage | None,
    told: tuple[Targets | None, Mapping[int, Sequence[Judgement]]],
) -> None:
    from ..export import json_text
    from ..staffing_words import nothing_found, staffing_data, staffing_text
    from ..terminal import page_width
    from ..worth_words import frontier_data, side_by_side_text, targets_data, targets_line, targets_text

    targets, judged = told

    if args.format == "json":
        each = [staffing_data(plan, code, wage) for plan, code in zip(plans, codes, strict=True)]
        for at, judgements in judged.items():
            each[at]["targets"] = targets_data(judgements)
        print(json_text(each[0] if len(each) == 1 else {"policies": each, "frontier": frontier_data(worth)}), end="")
        return
    if len(plans) > 1:
        print(side_by_side_text(plans, worth, page_width(), wage), end="")
    else:
        first = [] if targets is None or 0 not in judged else [targets_line(targets, judged[0], plans[0].policy)]
        print(staffing_text(plans[0], page_width(), wage, first), end="")
    if targets is not None:
        for at, judgements in judged.items():
            print(f"\n{targets_text(targets, judgements, plans[at].policy, page_width())}", end="")
    if args.write is not None and not nothing_found(plans[0]):
        print(f"\nThe rows of the scenario: {args.write}")


def _refuse_unknown(scenario: Scenario, args: Args) -> None:
    """Raises `InputError` for names that the scenario does not have, or whose agents are others'."""
    problems = []
    for name in args.team:
        if name not in scenario.agents:
            problems.append(f"--team: no team or group `{name}`{hint(did_you_mean(name, scenario.agents))}")
        elif not scenario.agents[name].staffing:
            others = ", ".join(f"`{each}`" for each in scenario.served_by(name)) if name in scenario.teams else ""
            whose = f"; {others} take from its inbox, so name who of them may be changed" if others else ""
            problems.append(f"--team: `{name}` has no agents of its own{whose}")
    for each, _ in args.answer_within:
        if each is not None and each not in scenario.teams:
            problems.append(f"--answer-within: no team `{each}`{hint(did_you_mean(each, scenario.teams))}")
    for each, _ in args.heads:
        if each is not None and (each not in scenario.agents or (args.team and each not in args.team)):
            near = hint(did_you_mean(each, args.team or scenario.agents))
            problems.append(f"--heads: no team or group `{each}` whose agents may be changed{near}")
    if problems:
        raise InputError([Problem(scenario.name, message) for message in problems])


def _within(text: str) -> tuple[str | None, float]:
    """A duration, perhaps of one team."""
    from ...quantities import parse_duration

    name, equals, duration = text.rpartition("=")
    return (name.strip() if equals else None), parse_duration(duration)


def _duration(text: str) -> float:
    from ...quantities import parse_duration

    return parse_duration(text)


def _heads(text: str) -> tuple[str | None, int]:
    """How many heads, perhaps of one team."""
    name, equals, many = text.rpartition("=")
    if not re.fullmatch("[0-9]{1,6}", many.strip()) or not int(many):
        raise BadValue(f"expected a number of heads such as `14` or `billing=5`, found `{text}`")
    return (name.strip() if equals else None), int(many)


def _amount(text: str) -> float:
    """A wage."""
    if not re.fullmatch(r"[0-9]{1,7}(\.[0-9]{1,4})?", text.strip()):
        raise BadValue(f"expected an amount for an hour such as `28` or `28.50`, found `{text}`")
    return float(text)


def _share(text: str) -> float:
    from ...quantities import parse_share

    share = parse_share(text)
    if not 0 < share < 1:
        raise BadValue(f"expected a share above 0% and below 100%, found `{text}`")
    return share


@click.command("staff", cls=Command)
@click.argument("scenario")
@click.argument("policies", metavar="POLICY...", nargs=-1, required=True)
@click.option(
    "--answer-within",
    metavar="[TEAM=]DURATION",
    type=Parsed("duration", _within),
    multiple=True,
    help="Time to answer, for all teams or one; else each team's own.",
)
@click.option("--for", "share", metavar="SHARE", type=Parsed("share", _share), help="Share to be answered in time.")
@click.option("--abandon-at-most", metavar="SHARE", type=Parsed("share", _share), help="Share who leave the queue.")
@click.option(
    "--occupancy-at-most",
    metavar="SHARE",
    type=Parsed("share", _share),
    help="Share of agents busy; of chats that they can hold, where they hold several.",
)
@click.option(
    "--in-weeks", metavar="SHARE", type=Parsed("share", _share), help="Reach it in this share of weeks, not on average."
)
@click.option(
    "--over",
    type=OneOf(["half-hour", "week"]),
    help="Reach it in each half-hour, or over the week as a whole.  [default: half-hour; `week` for targets]",
)
@click.option(
    "--clear-within",
    metavar="DURATION",
    type=Parsed("duration", _duration),
    default="1h",
    show_default=True,
    help="After an opening, time to work off the chats that came while it was closed; goals hold from then on.",
)
@click.option("--targets", metavar="FILE", help="Reach what of a file of targets staffing can; tell of the others.")
@click.option("--team", metavar="NAME", multiple=True, help="Only the agents of this team or group; others stay.")
@click.option(
    "--heads",
    metavar="[TEAM=]N",
    type=Parsed("heads", _heads),
    multiple=True,
    help="No more than so many at once, placed where they help most: of all, or of one team.",
)
@click.option(
    "--each-hour", is_flag=True, help="Also say what one agent more or fewer does in each hour of the day."
)
@click.option("--shifts", metavar="FILE", help="Make the agents of the cheapest of these shifts; or `day-shifts`.")
@click.option(
    "--gap",
    metavar="SHARE",
    type=Parsed("share", _share),
    default="2%",
    show_default=True,
    help="Shifts may cost this much more than the cheapest.",
)
@click.option(
    "--time-limit",
    metavar="DURATION",
    type=Parsed("duration", _duration),
    default="60s",
    show_default=True,
    help="Look for shifts no longer than this, each time.",
)
@click.option(
    "--wage", metavar="AMOUNT", type=Parsed("wage", _amount), help="What an hour costs, where no file of shifts says."
)
@simulation_options
@format_option
@click.option("--write", metavar="FILE", type=FILE, help="Write the scenario's `staffing` rows with these agents.")
@click.pass_context
def command(context: click.Context, /, **options: Any) -> int:
    r"""How many agents each team needs in each half-hour.

    The fewest with which customers are answered in time, tried on the same customers and checked on others. Opening
    hours stay as they are. Of several policies it says what each needs, side by side. Exit code 0: reached, 1: not
    reached, 3: cannot tell.

    \b
    Examples:
      deskdrill staff saas-week careful --answer-within 2m --for 80% --abandon-at-most 5% --occupancy-at-most 85%
      deskdrill staff scenarios/mydesk.yaml rules/today.yaml --answer-within 2m --for 80% --team billing
      deskdrill staff saas-week careful --answer-within engineers=10m --for 80% --in-weeks 90%
      deskdrill staff saas-week careful --for 80% --heads 24
      deskdrill staff saas-week humans-only careful deflect-hard --for 80% --over week
      deskdrill staff saas-week careful --for 80% --write needed.yaml --format json
      deskdrill staff saas-week careful --targets targets.yaml
      deskdrill staff saas-week careful --for 80% --shifts day-shifts --gap 1%
      deskdrill staff saas-week careful --for 80% --team billing --wage 28
    """
    if options["answer_within"] and options["share"] is None:
        raise click.UsageError("`--answer-within` needs the share to be answered by then: `--for 80%`", context)
    goals = {"share": "--for", "abandon_at_most": "--abandon-at-most", "occupancy_at_most": "--occupancy-at-most"}
    if options["targets"] is not None:
        both = [name for key, name in {**goals, "in_weeks": "--in-weeks"}.items() if options[key] is not None]
        if both:
            raise click.UsageError(f"`--targets` says what to reach, and so does `{both[0]}`; give one", context)
    elif options["share"] is options["abandon_at_most"] is options["occupancy_at_most"] is None:
        listed = ", ".join(f"`{name}`" for name in goals.values())
        raise click.UsageError(f"say what to reach: {listed} or `--targets`", context)
    if options["write"] is not None and len(options["policies"]) > 1:
        raise click.UsageError("`--write` writes the roster of one policy, and several are named", context)
    if options["replications"] < 2:
        raise click.UsageError("`--replications 1` shows no variation; 2 at least, better 20", context)
    return staff(Args(**options))
