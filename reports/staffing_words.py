"""How many agents each team needs, in words, tables and data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..calendar import WEEKDAYS
from ..quantities import format_duration
from ..simulator.intervals import Estimate
from ..simulator.staffing.checking import Reached
from ..simulator.staffing.covering import Schedule
from ..simulator.staffing.margins import Margin
from ..simulator.staffing.plan import Plan
from ..simulator.staffing.roster import SLOTS
from ..yaml_text import yaml_text
from .export import number_or_none
from .figures import percent
from .opening_words import opening_data, opening_sentences
from .shift_words import Wage, clock_text, moment_text, schedule_blocks, schedule_data, schedule_sentences
from .terminal import neutral
from .text import fitted, wrapped

IntArray = NDArray[np.int64]
A_DAY = SLOTS // 7
MOST = 5
"""Goals that are not reached and are shown in words."""
VERDICTS = {
    True: "Everything is reached while teams are open",
    False: "Not everything is reached while teams are open",
    None: "All that can be told is reached while teams are open",
}
_BY_CHANCE = "A worst period that misses passes where no more seem to miss than would by chance."
_NOW_AND_NEEDED = "now", "needed", "difference"
PASSES = {True: "yes", False: "no", None: "?"}


def staffing_text(plan: Plan, width: int, wage: Wage | None = None, first: Sequence[str] = ()) -> str:
    """What was found: whether it is reached, the hours, what they cost if that is known, the agents of every half-hour,
    and the shifts if there are any, with these sentences `first`; ends with a line break.
    """
    if plan.beyond:
        return "\n".join(wrapped(line, width) for line in (*first, *out_of_reach(plan))) + "\n"
    of_shifts = () if plan.schedule is None else schedule_sentences(plan.schedule)
    sentences = (*first, *needs(plan), *of_shifts, *opening_sentences(plan))
    blocks = ["\n".join(wrapped(line, width) for line in sentences), _reached_table(plan, plan.reached, width)]
    blocks += [_by_team(plan, wage, width), _by_hour(plan, wage, width)]
    if plan.margins:
        blocks.append(_margins(plan, width))
    blocks += [_roster(name, plan.now[name], agents, width) for name, agents in plan.needed.items()]
    if plan.schedule is not None:
        blocks += schedule_blocks(plan.schedule, width)
        if plan.schedule.reached:
            blocks.insert(-1, f"What the shifts reach:\n{_reached_table(plan, plan.schedule.reached, width)}")
    return "\n\n".join(blocks) + "\n"


def staffing_data(plan: Plan, code: int, wage: Wage | None = None) -> dict[str, Any]:
    """The same for programs."""
    question = plan.question
    hours_now, hours = plan.agent_hours(plan.now), plan.agent_hours(plan.needed)
    return {
        "scenario": plan.scenario.name,
        "policy": plan.policy,
        "seed": question.seed,
        "searched_on": question.replications,
        "checked_on": [plan.fresh.start, plan.fresh.stop],
        "over": question.aim.over,
        "in_weeks": question.aim.in_weeks,
        "roster": [] if plan.beyond else list(_rows(plan)),
        "agent_hours": None if plan.beyond else sum(hours.values()),
        "agent_hours_now": sum(hours_now.values()),
        **({} if wage is None or plan.beyond else _cost_data(plan, wage)),
        "teams": []
        if plan.beyond
        else [
            {
                "team": name,
                "heads": int(agents.max()),
                "heads_now": int(plan.now[name].max()),
                "agent_hours": hours[name],
                "agent_hours_now": hours_now[name],
                **({} if wage is None else {"cost": hours[name] * wage.an_hour}),
            }
            for name, agents in plan.needed.items()
        ],
        "staffing": {} if nothing_found(plan) else plan.staffing,
        "reached": [_reached_data(plan, each) for each in plan.beyond or plan.reached],
        "now_reached": [_reached_data(plan, each) for each in plan.today],
        "openings": [opening_data(each) for each in plan.openings],
        **({} if plan.schedule is None else {"shifts": _schedule_data(plan, plan.schedule)}),
        **({"each_hour": [_margin_data(each) for each in plan.margins]} if plan.margins else {}),
        "exit_code": code,
    }


def _cost_data(plan: Plan, wage: Wage) -> dict[str, Any]:
    by_hour = [sum(_in_hour(plan, plan.needed, hour).values()) * wage.an_hour for hour in range(24)]
    now, needed = (sum(plan.agent_hours(slots).values()) * wage.an_hour for slots in (plan.now, plan.needed))
    return {"cost": needed, "cost_now": now, "cost_by_hour": by_hour, "currency": wage.currency}


def nothing_found(plan: Plan) -> bool:
    """Whether there is no roster to write: no number of agents reaches it, or shifts cannot cover it."""
    return bool(plan.beyond) or (plan.schedule is not None and bool(plan.schedule.cover.short))


def staffing_rows(plan: Plan) -> str:
    """The `staffing` of a scenario with the needed agents, as YAML to be put in place of what is there."""
    teams = [name for name in plan.needed if name in plan.scenario.teams]
    groups = [name for name in plan.needed if name not in plan.scenario.teams]
    rows = {
        key: {name: {"staffing": plan.staffing[name]} for name in names}
        for key, names in (("teams", teams), ("groups", groups))
        if names
    }
    told = "".join(f"# {neutral(line)}\n" for line in needs(plan)[:2])
    return told + yaml_text(rows)


def needs(plan: Plan) -> list[str]:
    """How many agent hours, whether they reach what they are to, and what not."""
    now, needed = (sum(plan.agent_hours(slots).values()) for slots in (plan.now, plan.needed))
    who = f"{neutral(plan.policy)} on {neutral(plan.scenario.name)}"
    change = needed - now
    more = "as many as" if round(change, 1) == 0 else f"{abs(change):,.1f} {'more' if change > 0 else 'fewer'} than"
    in_week = "a week" if plan.scenario.days >= 7 else "in the days of the run"
    are, most = "are needed", ""
    if plan.question.heads:
        each = plan.question.heads.items()
        listed = ", ".join(f"{many} of {'all' if name is None else neutral(name)}" for name, many in each)
        are, most = "are placed", f"with no more heads at once than {listed}, "
    first = f"{who}: {most}{needed:,.1f} agent hours {in_week} {are}, {more} the {now:,.1f} of today's roster."
    passed = sum(each.passes is True for each in plan.reached)
    many, weeks = len(plan.reached), len(plan.fresh)
    on = f"{weeks} {'weeks' if plan.scenario.days == 7 else 'runs'} of customers that the search has not met"
    again = f", after {plan.checks} checks" if plan.checks > 1 else ""
    again += "; more `--replications` tell the rest" if plan.needed_passes is None else ""
    verdict = f"{VERDICTS[plan.needed_passes]} on {on} ({passed} of {many}){again}."
    lines = [first, verdict if many else "Nobody comes to these teams while they are open, so nothing can be told."]
    lines += [
        f"{'Missed' if each.passes is False else 'Cannot tell'}: {neutral(each.goal.who)}, {_target(plan, each)}: "
        f"{_value(each)} [{_ends(each)}]"
        for each in sorted(plan.reached, key=lambda each: each.passes is None)
        if not each.passes
    ][:MOST]
    return lines


def out_of_reach(plan: Plan) -> Iterator[str]:
    """What no number of agents reaches, and why."""
    yield "No number of agents reaches this, so none was searched for; the closest, with agents for everybody:"
    for each in plan.beyond:
        yield f"{neutral(each.goal.who)}: {_target(plan, each)}: {_value(each)} [{_ends(each)}]. {_why(plan, each)}"


def _why(plan: Plan, each: Reached) -> str:
    """Why a goal is out of reach."""
    slow = plan.slow.get(each.goal.who, 0.0)
    if each.goal.measure == "answered" and slow > 0:
        return (
            f"Replies to {percent(slow)} of its e-mails alone take an agent longer than "
            f"{format_duration(plan.within_s(each.goal.who))}."
        )
    return "These join while breaks or absences leave nobody there, leave at once, or are moved on by rules."


def _reached_table(plan: Plan, reached: Sequence[Reached], width: int) -> str:
    """A row for each goal: over the week, in the worst period, in how many weeks, and what today's roster reaches."""
    found = {(each.goal.who, each.goal.measure, each.kind): each for each in reached}
    today = {(each.goal.who, each.goal.measure): each for each in plan.today if each.kind == "week"}
    headers = ["team", "what", "reached", "95% interval", "pass"]
    aim, rows = plan.question.aim, []
    for (who, measure, kind), each in found.items():
        if kind != "week":
            continue
        row = [neutral(who), _what(plan, each), _value(each), _ends(each), PASSES[each.passes]]
        if aim.over == "half-hour":
            worst = found[who, measure, "half-hours"]
            row += [f"{_value(worst)} {moment_text(worst.worst)}", PASSES[worst.passes]]
        if aim.in_weeks is not None:
            weeks = found[who, measure, "weeks"]
            row += [_value(weeks), PASSES[weeks.passes]]
        rows.append([*row, _value(today[who, measure]) if (who, measure) in today else "-"])
    headers += ["worst period", "pass"] * (aim.over == "half-hour")
    headers += [f"weeks, of {percent(aim.in_weeks)}", "pass"] if aim.in_weeks is not None else []
    table = fitted(rows, [*headers, "today"], 2, width, range(2, len(headers) + 1))
    seeming = any(each.kind == "half-hours" and each.passes and _misses(each) for each in reached)
    return f"{table}\n{_BY_CHANCE}" if seeming else table


def _misses(each: Reached) -> bool:
    """Whether a share is beyond its limit, chance or not."""
    return each.value < each.limit if each.goal.at_least else each.value > each.limit


def _by_team(plan: Plan, wage: Wage | None, width: int) -> str:
    now, needed = plan.agent_hours(plan.now), plan.agent_hours(plan.needed)
    rows = [
        [
            neutral(name),
            str(int(plan.now[name].max())),
            str(int(agents.max())),
            *_change(now[name], needed[name]),
            *_costs(wage, now[name], needed[name]),
        ]
        for name, agents in plan.needed.items()
    ]
    totals = [int(np.sum(list(slots.values()), axis=0).max()) for slots in (plan.now, plan.needed)]
    rows.append(["all", *map(str, totals), *_change(sum(now.values()), sum(needed.values()))])
    rows[-1] += _costs(wage, sum(now.values()), sum(needed.values()))
    headers = ["team", *(f"most at once\n{each}" for each in ("now", "needed"))]
    headers += [f"agent hours\n{each}" for each in _NOW_AND_NEEDED]
    if wage is not None:
        apart = "\nwithout premiums" if plan.schedule is not None else ""
        headers += [f"cost{wage.label}{apart}\n{each}" for each in _NOW_AND_NEEDED]
    return fitted(rows, headers, 1, width, range(1, len(headers)))


def _costs(wage: Wage | None, now: float, needed: float) -> list[str]:
    """What hours cost, now and needed, and the difference; nothing where that is not known."""
    return [] if wage is None else [f"{hours * wage.an_hour:,.0f}" for hours in (now, needed)] + [
        f"{(needed - now) * wage.an_hour:+,.0f}"
    ]


def _by_hour(plan: Plan, wage: Wage | None, width: int) -> str:
    rows = []
    for hour in range(24):
        now, needed = (_in_hour(plan, slots, hour) for slots in (plan.now, plan.needed))
        if any(now.values()) or any(needed.values()):
            cells = [_with_change(round(now[name], 1), round(needed[name], 1)) for name in needed]
            both = round(sum(now.values()), 1), round(sum(needed.values()), 1)
            cost = [] if wage is None else [f"{sum(needed.values()) * wage.an_hour:,.0f}"]
            rows.append([f"{hour:02}-{hour + 1:02}", *cells, _with_change(*both), *cost])
    title = "Agent hours of a week by the hour of the day, needed (difference from today):"
    headers = ["hour", *(neutral(name) for name in plan.needed), "all"]
    headers += [] if wage is None else [f"cost{wage.label}"]
    return f"{wrapped(title, width)}\n{fitted(rows, headers, 1, width, range(1, len(headers)))}"


def _in_hour(plan: Plan, slots: Mapping[str, IntArray], hour: int) -> dict[str, float]:
    """Agent hours of a week in one hour of the day."""
    here = np.arange(SLOTS) % A_DAY // 2 == hour
    return {name: float(agents[here] @ plan.hours[name][here]) for name, agents in slots.items()}


def _margins(plan: Plan, width: int) -> str:
    """What one agent more or fewer does."""
    rows = [
        [neutral(each.group), f"{each.hour:02}-{each.hour + 1:02}", _margin(each.fewer), _margin(each.more)]
        for each in plan.margins
    ]
    span = "week" if plan.scenario.days == 7 else "run"
    title = f"Customers a {span} who are answered in time more or fewer, with one agent on all days of that hour:"
    return f"{wrapped(title, width)}\n{fitted(rows, ['team', 'hour', 'one fewer', 'one more'], 2, width, (2, 3))}"


def _margin(found: Estimate | None) -> str:
    return "-" if found is None else f"{found.value:+.1f} [{found.low:+.1f}..{found.high:+.1f}]"


def _roster(name: str, now: IntArray, needed: IntArray, width: int) -> str:
    rows = []
    for slot in range(A_DAY):
        days = range(slot, SLOTS, A_DAY)
        if any(now[day] or needed[day] for day in days):
            rows.append([clock_text(slot), *(_with_change(now[day], needed[day]) for day in days)])
    title = f"{neutral(name)}: agents on the roster in each half-hour, needed (difference from today):"
    return f"{wrapped(title, width)}\n{fitted(rows, ['from', *WEEKDAYS], 1, width, range(1, 8))}"


def _rows(plan: Plan) -> Iterator[dict[str, Any]]:
    for name, agents in plan.needed.items():
        for slot in np.flatnonzero((agents > 0) | (plan.now[name] > 0)).tolist():
            day = WEEKDAYS[slot // A_DAY]
            yield {
                "team": name,
                "from": f"{day} {clock_text(slot % A_DAY)}",
                "to": f"{day} {clock_text(slot % A_DAY + 1)}",
                "agents": int(agents[slot]),
                "now": int(plan.now[name][slot]),
            }


def _schedule_data(plan: Plan, schedule: Schedule) -> dict[str, Any]:
    reached = [_reached_data(plan, each) for each in schedule.reached]
    return {**schedule_data(schedule), "reached": reached, "checked_on": [schedule.fresh.start, schedule.fresh.stop]}


def _margin_data(each: Margin) -> dict[str, Any]:
    def ends(found: Estimate | None) -> dict[str, float] | None:
        return None if found is None else {"value": found.value, "low": found.low, "high": found.high}

    return {"team": each.group, "hour": each.hour, "fewer": ends(each.fewer), "more": ends(each.more)}


def _reached_data(plan: Plan, each: Reached) -> dict[str, Any]:
    return {
        "target": f"{each.goal.who}: {_target(plan, each)}",
        "value": number_or_none(each.value),
        "low": number_or_none(each.low),
        "high": number_or_none(each.high),
        "pass": each.passes,
        "team": each.goal.who,
        "measure": each.goal.measure,
        "kind": each.kind,
        "limit": each.limit,
        **({"worst": moment_text(each.worst), "missing": each.missing, "of": each.periods} if each.periods else {}),
    }


def _what(plan: Plan, each: Reached) -> str:
    """What is to be reached, in short."""
    goal, share = each.goal, percent(each.goal.limit)
    match goal.measure:
        case "answered":
            return f"{share} in {format_duration(plan.within_s(goal.who))}"
        case "abandoned":
            return f"at most {share} leave"
        case "occupied":
            return f"at most {share} {'held' if plan.scenario.agents[goal.who].concurrency > 1 else 'busy'}"


def _target(plan: Plan, each: Reached) -> str:
    """What is to be reached."""
    goal, share = each.goal, percent(each.goal.limit)
    match goal.measure:
        case "answered":
            what = f"{share} answered within {format_duration(plan.within_s(goal.who))}"
        case "abandoned":
            what = f"at most {share} leave the queue"
        case "occupied":
            several = plan.scenario.agents[goal.who].concurrency > 1
            what = f"at most {share} of {'what agents can hold is held' if several else 'agents busy'}"
    match each.kind:
        case "week":
            return f"{what}, over the week"
        case "weeks":
            return f"{what}, in {percent(each.limit)} of weeks"
        case "half-hours":
            return f"{what}, worst of {each.periods} periods ({moment_text(each.worst)})"


def _value(each: Reached) -> str:
    return f"{100 * each.value:.1f}%"


def _ends(each: Reached) -> str:
    return f"{100 * each.low:.1f}..{100 * each.high:.1f}"


def _change(now: float, needed: float) -> tuple[str, str, str]:
    change = round(needed - now, 1)
    return f"{now:,.1f}", f"{needed:,.1f}", f"{change:+,.1f}" if change else "0"


def _with_change(now: float, needed: float) -> str:
    """What is needed, with the difference from today where there is one."""
    if not now and not needed:
        return ""
    change = needed - now
    return f"{needed:g} ({change:+.3g})" if change else f"{needed:g}"
