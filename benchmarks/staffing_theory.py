"""What `deskdrill staff` finds for one team at a constant rate, beside Erlang and, if it is there, pyworkforce.

    python benchmarks/staffing_theory.py [--replications 20]

A team that is always open, with exponential work, all week. `equal` is the share of the 336 half-hours of the week in
which the search ends with exactly the fewest agents that Erlang A (or C, where nobody leaves) has for the target.
pyworkforce (`pip install pyworkforce`, for this comparison only) knows Erlang C: customers who never leave.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass

from run import machine
from tabulate import tabulate

from deskdrill.simulator.desk import open_desk
from deskdrill.simulator.queueing import Target, least_agents
from deskdrill.simulator.staffing.aims import Aim
from deskdrill.simulator.staffing.plan import Question, staff
from deskdrill.simulator.validation.papers import Heading, one_team, papers, segment, team
from deskdrill.simulator.validation.scale import ENDLESS, Scale
from deskdrill.simulator.validation.shapes import exponential

try:
    from pyworkforce.queuing import ErlangC as Theirs
except ImportError:
    Theirs = None

HEADINGS = (
    "an hour", "handle", "patience", "target", "Erlang C", "pyworkforce", "Erlang A", "staff", "equal", "mean, reached",
)  # fmt: skip
MINUTES = Scale(unit_s=60.0, days=7)


@dataclass(frozen=True, slots=True)
class Case:
    """Customers an hour, minutes of work and of patience (`None`: endless), and a share to be answered in minutes."""

    hourly: float
    handle: float
    patience: float | None
    share: float
    within: float


CASES = (
    Case(20, 5, None, 0.8, 1 / 3),
    Case(100, 3, None, 0.8, 1 / 3),
    Case(200, 3, None, 0.8, 1 / 3),
    Case(60, 10, None, 0.9, 2.0),
    Case(20, 5, 5.0, 0.8, 0.5),
    Case(40, 5, 5.0, 0.8, 0.5),
    Case(100, 3, 4.0, 0.8, 1 / 3),
    Case(200, 3, 4.0, 0.8, 1 / 3),
    Case(60, 10, 10.0, 0.9, 2.0),
)


def row(case: Case, replications: int) -> list[str]:
    """What each of them says of a case."""
    target = Target(case.share, case.within)
    rates = case.hourly / 60, 1 / case.handle
    by_c = least_agents(*rates, target)
    by_a = by_c if case.patience is None else least_agents(*rates, target, 1 / case.patience)
    theirs = "-"
    if Theirs is not None:
        asked = Theirs(transactions=case.hourly / 2, aht=case.handle, asa=case.within, interval=30, shrinkage=0.0)
        theirs = str(asked.required_positions(service_level=case.share)["raw_positions"])
    patience = ENDLESS if case.patience is None else exponential(case.patience)
    plain = one_team(MINUTES, exponential(case.handle), segment(MINUTES, 1, patience=patience), team(MINUTES, by_c))
    whole = papers(Heading("one-team", "one team", case.hourly / 60, 600.0), Scale(60.0, 8), plain)
    question = Question(Aim(case.share), {"desk": 60 * case.within}, ("desk",), replications=replications)
    plan = staff(open_desk(whole.scenario), whole.policy, question)
    needed = plan.needed["desk"]
    week = next(each for each in plan.reached if each.kind == "week")
    return [
        f"{case.hourly:g}",
        f"{case.handle:g} min",
        "endless" if case.patience is None else f"{case.patience:g} min",
        f"{case.share:.0%} in {60 * case.within:.0f} s",
        str(by_c),
        theirs,
        "-" if case.patience is None else str(by_a),
        f"{needed.min()}..{needed.max()}",
        f"{(needed == by_a).mean():.1%}",
        f"{needed.mean():.2f}, {week.value:.1%}",
    ]


def main(arguments: Sequence[str] | None = None) -> None:
    """The table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--replications", type=int, default=20)
    parser.add_argument("--cases", type=int, default=len(CASES), help="only the first so many")
    asked = parser.parse_args(arguments)
    print(machine(("deskdrill",)))
    rows = [row(case, asked.replications) for case in CASES[: asked.cases]]
    print(tabulate(rows, headers=HEADINGS, disable_numparse=True, colalign=("right",) * len(HEADINGS)))


if __name__ == "__main__":
    main()
