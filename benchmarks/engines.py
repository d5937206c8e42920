"""The engines that are compared, by name, and the one interface they share."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, cast

from answers import Answers, Records, answers
from workloads import FRIDAY_TO_16, MONDAY_MORNING, Hours, Workload


class Engine(Protocol):
    """Something that can play a workload to its end, until the last conversation is over."""

    def simulate(self, workload: Workload) -> Callable[[], Records]:
        """The finished run, as a function that gives its records.

        This call is what is timed. When it returns, the engine's own record of every conversation exists, in whatever
        form is natural to it; bringing those into columns is done by the returned function and is not timed.
        """


@dataclass(frozen=True, slots=True)
class Entry:
    """An engine in the registry.

    `attribute` is `module:attribute` of an `Engine` class without arguments; it is imported when first used, so that
    a process holds the engine it measures and no other. `same_draws` says whether it replays the workload's columns:
    then its figures must equal the textbook's, else they are compared within an interval. `short_hours` makes it a slow
    engine: the part of the week that it gets in a short run.
    """

    title: str
    attribute: str
    package: str
    same_draws: bool = True
    short_hours: Hours | None = None

    @property
    def slow(self) -> bool:
        return self.short_hours is not None

    @property
    def installed(self) -> bool:
        return importlib.util.find_spec(self.package) is not None

    def engine(self) -> Engine:
        module, _, name = self.attribute.partition(":")
        return cast(Engine, getattr(importlib.import_module(module), name)())


TEXTBOOK = "textbook"

ENGINES: dict[str, Entry] = {
    TEXTBOOK: Entry("SimPy, textbook", "textbook_simpy:TextbookSimpy", "simpy"),
    "deskdrill": Entry("deskdrill", "deskdrill_model:Deskdrill", "deskdrill"),
    "ciw": Entry("Ciw", "ciw_model:Ciw", "ciw", short_hours=FRIDAY_TO_16),
    "salabim": Entry("salabim", "salabim_model:Salabim", "salabim", short_hours=MONDAY_MORNING),
}


def run(name: str, workload: Workload) -> Answers:
    """The figures that the named engine gives for the workload."""
    return answers(ENGINES[name].engine().simulate(workload)())
