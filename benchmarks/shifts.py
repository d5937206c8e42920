"""How long it takes to choose the shifts of a week.

    python benchmarks/shifts.py [--shifts 500] [--gap 0.02] [--rounds 3] [--scale 1]

So many shifts that may be worked in a week, two thirds of them with a break of half an hour that may begin at five
times and worked by people who have two of four skills, under contracts; needs of 48 half-hours a day in four teams,
drawn anew in each round. The time is that of setting the program up and solving it to the gap, by the clock.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from importlib.metadata import version

import numpy as np
from run import machine
from tabulate import tabulate

from deskdrill.documents import parse_document
from deskdrill.simulator.staffing.cover import candidates, cheapest_cover
from deskdrill.simulator.staffing.roster import IntArray
from deskdrill.simulator.staffing.shift_file import Shifts, shifts_from_document

TEAMS = ("billing", "engineers", "frontline", "sales")
FILE = """
wage: 24
premiums:
  - {{within: Mon-Sun 20-06, extra: 25%}}
  - {{within: Sun, extra: 50%}}
shifts:
  money: {{starts: [{starts}], lengths: [8h30m], breaks: [{{lasts: 30m, within: 3h-5h30m}}], skills: [billing, sales],
          contract: full}}
  technical: {{starts: [{starts}], lengths: [8h30m], breaks: [{{lasts: 30m, within: 3h-5h30m}}],
              skills: [engineers, frontline], contract: full}}
  half: {{starts: ["00:00", "04:00", "08:00", "12:00", "16:00", "20:00"], lengths: [4h], contract: half}}
contracts:
  full: {{days_at_most: 5, hours_at_least: 24h, hours_at_most: 40h, rest: 11h}}
  half: {{days_at_most: 5, rest: 11h}}
"""
HEADINGS = ("shifts", "round", "hours needed", "seconds", "gap", "above the needs")


def shifts_of(many: int) -> Shifts:
    """About so many shifts in a week."""
    starts = max((many - 7 * 6 * len(TEAMS)) // 14, 1)
    half_hours = sorted({48 * number // starts for number in range(starts)})
    listed = ", ".join(f'"{each // 2:02}:{each % 2 * 30:02}"' for each in half_hours)
    return shifts_from_document(parse_document(FILE.format(starts=listed)), TEAMS)


def needs_of(rng: np.random.Generator, scale: float) -> dict[str, IntArray]:
    """Agents by team and half-hour: busy at eleven and at four, calm at night and at the weekend."""
    at = np.arange(336) % 48 / 2
    days = np.repeat([1.1, 1.05, 1.05, 1.0, 0.9, 0.5, 0.4], 48)
    shape = days * (np.exp(-(((at - 11) / 3.5) ** 2)) + 0.8 * np.exp(-(((at - 16) / 3) ** 2)))
    sizes = zip(TEAMS, (8, 9, 12, 5), strict=True)
    return {name: np.maximum(rng.poisson(scale * size * shape + 1), 1).astype(np.int64) for name, size in sizes}


def main(arguments: Sequence[str] | None = None) -> None:
    """The table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shifts", type=int, nargs="+", default=[500])
    parser.add_argument("--gap", type=float, default=0.02)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--scale", type=float, default=1.0)
    asked = parser.parse_args(arguments)
    print(machine(("deskdrill",)), f"scipy {version('scipy')}")
    rows = []
    for many in asked.shifts:
        shifts = shifts_of(many)
        for round_ in range(1, asked.rounds + 1):
            needs = needs_of(np.random.default_rng(round_), asked.scale)
            found = cheapest_cover(shifts, needs, asked.gap, 600.0)
            needed = sum(int(each.sum()) for each in needs.values()) / 2
            there = sum(int(each.sum()) for each in found.there.values()) / 2
            cells = [f"{needed:,.1f}", f"{found.took_s:.2f}", f"{found.gap:.2%}", f"{there / needed - 1:.1%}"]
            rows.append([str(len(candidates(shifts, TEAMS))), str(round_), *cells])
    print(f"\na week, 48 half-hours a day, {len(TEAMS)} teams, to within {asked.gap:.1%} of the cheapest")
    print(tabulate(rows, headers=HEADINGS, disable_numparse=True, colalign=["right"] * len(HEADINGS)))


if __name__ == "__main__":
    main()
