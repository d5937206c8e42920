"""`deskdrill.staff`: how many agents each team needs, with rosters as columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import inf
from pathlib import Path
from typing import Any, Literal, get_args

from ...errors import BadValue, InputError, Problem
from ...quantities import parse_duration, parse_share
from ...rules.policy import Policy
from ...rules.wording import listed
from ...scenarios.scenario import Scenario
from ...simulator.staffing.plan import Plan
from ...simulator.staffing.plan import staff as staffed
from ..cli.options import MOST_REPLICATIONS
from ..cli.staff import Args, Over, question_of, wage_of
from ..cli.workers import hands
from ..staffing_words import nothing_found, staffing_data, staffing_rows, staffing_text
from ..terminal import page_width
from .frame import Frame, folder_of
from .given import PathLike, Workers, inputs_of, path_of, refuse_unless_whole, refused, workers_of

_ROSTER = ("team", "from", "to", "agents", "now")
_REACHED = ("target", "value", "low", "high", "pass")
Share = str | float
Time = str | float
_WHO = "deskdrill.staff"
_CODES: Mapping[bool | None, Literal[0, 1, 3]] = {True: 0, False: 1, None: 3}


@dataclass(frozen=True)
class Staffing:
    """The agents that a policy needs; `print` tells it, `plan` has every detail, `wage` is what an hour costs."""

    plan: Plan
    wage: float | None = None

    @cached_property
    def data(self) -> dict[str, Any]:
        """What `deskdrill staff --format json` prints."""
        return staffing_data(self.plan, _CODES[self.passes], wage_of(self.plan.question.wanted, self.wage))

    @property
    def passes(self) -> bool | None:
        """Whether everything is reached; `None`: cannot tell."""
        return self.plan.passes

    @cached_property
    def roster(self) -> Frame:
        """Agents in each half-hour: team, from, to, agents, now; no rows where no number of agents is enough."""
        return _frame(self.data["roster"], _ROSTER)

    @cached_property
    def reached(self) -> Frame:
        """What they reach, on customers whom the search has not met: target, value, low, high, pass (`None`: cannot
        tell).
        """
        return _frame(self.data["reached"], _REACHED)

    @property
    def agent_hours(self) -> float | None:
        """Agent hours a week; `None` where no number of agents is enough."""
        hours: float | None = self.data["agent_hours"]
        return hours

    def rows(self) -> str:
        """The scenario's `staffing` with these agents, as YAML. Raises `InputError` where there are none."""
        if nothing_found(self.plan):
            raise InputError(Problem(self.plan.policy, "no roster reaches it, so there are no rows to write"))
        return staffing_rows(self.plan)

    def to_parquet(self, folder: PathLike) -> Path:
        """Writes roster.parquet and reached.parquet; the folder. Raises `CannotWrite`."""
        place = folder_of(folder)
        self.roster.to_parquet(place / "roster.parquet")
        self.reached.to_parquet(place / "reached.parquet")
        return place

    def __str__(self) -> str:
        return staffing_text(self.plan, page_width(), wage_of(self.plan.question.wanted, self.wage)).rstrip("\n")

    def __repr__(self) -> str:
        told = {True: "reached", False: "not reached", None: "cannot tell"}[self.passes]
        return f"<Staffing: {self.plan.policy} on {self.plan.scenario.name}, {told}>"

    def _repr_html_(self) -> str:
        """What is reached, and the roster, in a notebook."""
        return self.reached._repr_html_() + self.roster._repr_html_()


def staff(  # noqa: PLR0913 - what the command has options for
    scenario: PathLike | Scenario,
    policy: PathLike | Policy,
    *,
    answer_within: Time | Mapping[str, Time] | None = None,
    share: Share | None = None,
    abandon_at_most: Share | None = None,
    occupancy_at_most: Share | None = None,
    in_weeks: Share | None = None,
    over: Over = "half-hour",
    teams: Sequence[str] = (),
    heads: int | Mapping[str, int] | None = None,
    shifts: PathLike | None = None,
    wage: float | None = None,
    replications: int = 20,
    seed: int = 1,
    messages: PathLike | None = None,
    workers: Workers = 1,
    finished: Callable[[int, int], None] | None = None,
) -> Staffing:
    """The least agents that reach goals, those of the command `staff`; `share` is its `--for`.

    answer_within  a duration (`"2m"` or seconds) for all teams, or by team; else each team's own
    share, abandon_at_most, occupancy_at_most, in_weeks  shares: `"80%"` or 0.8
    teams, heads   teams or groups whose agents may be changed (else all), and how many there are at once
    shifts, wage   a file of shifts, or the name of one that ships; what an hour costs
    finished       is told `(done, of)` after each week that was tried

    Raises `InputError`, and `DeskdrillError` where the policy cannot be played on the scenario.
    """
    refuse_unless_whole(_WHO, "replications", replications, 2, MOST_REPLICATIONS)
    refuse_unless_whole(_WHO, "seed", seed, 0)
    _refuse_odd(over, teams, heads, wage)
    hired = workers_of(_WHO, workers)
    inputs = inputs_of(_WHO, scenario, [policy], path_of(_WHO, "messages", messages))
    args = Args(
        scenario=inputs.desk.scenario.name,
        policies=(inputs.policies[0].name,),
        answer_within=_by_team(answer_within, lambda value: _read("answer_within", value, parse_duration, "s")),
        share=_share("share", share),
        abandon_at_most=_share("abandon_at_most", abandon_at_most),
        occupancy_at_most=_share("occupancy_at_most", occupancy_at_most),
        in_weeks=_share("in_weeks", in_weeks),
        over=over,
        team=tuple(teams),
        heads=_by_team(heads, int),
        shifts=None if shifts is None else str(shifts),
        wage=wage,
        replications=replications,
        seed=seed,
    )
    try:
        question = question_of(args, inputs.desk.scenario)
    except BadValue as error:
        raise _refused(error.message) from None
    with hands(hired) as workforce:
        return Staffing(staffed(inputs.desk, inputs.policies[0], question, workforce, finished), wage)


def _by_team(given: Any, read: Callable[[Any], Any]) -> tuple[tuple[str | None, Any], ...]:
    if given is None:
        return ()
    each = given.items() if isinstance(given, Mapping) else [(None, given)]
    return tuple((name, read(value)) for name, value in each)


def _share(name: str, given: Share | None) -> float | None:
    return None if given is None else _read(name, given, parse_share)


def _read(name: str, given: Any, parse: Callable[[str], float], unit: str = "") -> float:
    """A text, or a number of the `unit`, as files are read."""
    if isinstance(given, bool) or not isinstance(given, (str, int, float)):
        raise _refused(f"`{name}` has to be a number or a text such as `80%` or `2m`, found {given!r}")
    try:
        return parse(given if isinstance(given, str) else f"{given:.12g}{unit}")
    except BadValue as error:
        raise _refused(f"`{name}`: {error.message}") from None


def _refused(message: str) -> InputError:
    return refused(_WHO, message)


def _refuse_odd(over: object, teams: object, heads: object, wage: object) -> None:
    """Raises `InputError` for what is of another kind than it has to be."""
    if over not in get_args(Over):
        raise _refused(f"`over` has to be {listed([repr(each) for each in get_args(Over)], 'or')}, found {over!r}")
    if isinstance(teams, str) or not isinstance(teams, Iterable):
        raise _refused(f"`teams` has to be a list of names, found {teams!r}")
    for each in heads.values() if isinstance(heads, Mapping) else [heads] if heads is not None else []:
        refuse_unless_whole(_WHO, "heads", each, 1)
    if wage is not None and (isinstance(wage, bool) or not isinstance(wage, (int, float)) or not 0 < wage < inf):
        raise _refused(f"`wage` has to be what an hour costs, more than 0, found {wage!r}")


def _frame(rows: Sequence[Mapping[str, Any]], names: Sequence[str]) -> Frame:
    return Frame.of_rows(names, [[row[name] for name in names] for row in rows])
