"""What policies are tried on: messages of a file, or the customers of a scenario."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..calendar import WeekHours
from ..documents import read_document
from ..errors import InputError, Problem, did_you_mean
from ..rules.openings import Openings
from ..rules.openings_file import read_openings
from ..rules.standing import KNOWS_ALL, Knowledge
from ..scenarios.loading import shipped_scenarios
from ..scenarios.scenario import Scenario
from .inputs import kind_of, read_scenario


@dataclass(frozen=True, eq=False)
class Tried:
    """Openings, and what is so around them; `scenario` is the one that they are from, or whose recogniser read them.

    `recognised` tells whether anything tells the intents of messages that do not say theirs.
    """

    openings: Openings
    knowledge: Knowledge = KNOWS_ALL
    hours: WeekHours | None = None
    scenario: Scenario | None = None
    recognised: bool = False


def read_tried(on: str, scenario: str | None, seed: int, sample: int | None) -> Tried:
    """The messages of a file, with what the recogniser of a scenario makes of them if one is given; or the customers of
    a scenario, of one replication with this seed, or so many of them. Raises `InputError`.
    """
    if _is_scenario(on):
        if scenario is not None:
            raise InputError(Problem("--scenario", f"`{on}` is a scenario itself: it brings its own recogniser"))
        return _of_scenario(read_scenario(on).scenario, seed, sample)
    if sample is not None:
        raise InputError(Problem("--sample", f"takes some of a scenario's customers; `{on}` is a file of messages"))
    openings = read_openings(Path(on))
    return Tried(openings) if scenario is None else _recognised(openings, read_scenario(scenario).scenario)


def _is_scenario(on: str) -> bool:
    path = Path(on)
    if not path.exists():
        if on in shipped_scenarios():
            return True
        near = did_you_mean(on, shipped_scenarios())
        raise InputError(Problem(on, "no file of this name, nor a shipped scenario", suggestion=near))
    if path.suffix in (".yaml", ".yml"):
        document = read_document(path)
        if kind_of(document) != "scenario":
            raise InputError(Problem(on, "expected messages (a CSV or JSON Lines) or a scenario"))
        return True
    return False


def _of_scenario(scenario: Scenario, seed: int, sample: int | None) -> Tried:
    from ..simulator.around import knowledge_of, week_hours
    from ..simulator.desk import open_desk
    from ..simulator.first_messages import first_messages

    desk = open_desk(scenario)
    openings = first_messages(desk, seed, sample)
    return Tried(openings, knowledge_of(desk), week_hours(scenario), scenario, recognised=True)


def _recognised(openings: Openings, scenario: Scenario) -> Tried:
    from ..simulator.around import knowledge_of, week_hours
    from ..simulator.desk import open_desk
    from ..simulator.first_messages import as_recognised

    desk = open_desk(scenario)
    found = as_recognised(openings, desk)
    around = knowledge_of(desk), week_hours(scenario), scenario
    return Tried(openings if found is None else found, *around, recognised=found is not None)
