"""Scenarios from files: shape first, then what hangs together, all problems at once."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path
from typing import Any

from ..documents import Document, read_document, validated
from ..errors import InputError, Problem, did_you_mean
from .checks import problems_of
from .checks.patience import with_advice
from .keywords import Keywords, with_phrases
from .recognisers import Own, recognisable
from .replay import read_arrivals
from .scenario import Scenario

_LIBRARY = files(__package__) / "library"


def shipped_scenarios() -> tuple[str, ...]:
    """Names of the scenarios that come with the product."""
    return tuple(
        sorted(entry.name.removesuffix(".yaml") for entry in _LIBRARY.iterdir() if entry.name.endswith(".yaml"))
    )


def load_scenario(name_or_path: str | Path) -> Scenario:
    """The scenario of that shipped name, or in that file.

    Raises `InputError` with every problem of the file.
    """
    return scenario_from_document(scenario_document(name_or_path))


def scenario_document(name_or_path: str | Path) -> Document:
    """The document of that shipped scenario, or in that file. Raises `InputError`."""
    name = str(name_or_path)
    if name in shipped_scenarios():
        return read_document(_LIBRARY / f"{name}.yaml", place=f"{name}.yaml")
    path = Path(name_or_path)
    if not path.exists() and re.fullmatch(r"[\w-]+", name):
        raise InputError(
            (Problem(name, "no such shipped scenario or file", suggestion=did_you_mean(name, shipped_scenarios())),)
        )
    return read_document(path)


def scenario_from_document(document: Document) -> Scenario:
    """The scenario in a document; raises `InputError` with every problem in file order."""
    try:
        scenario = validated(document, Scenario)
    except InputError as error:
        raise InputError(with_advice(document, error.problems)) from None
    problems = list(problems_of(document, scenario))
    if problems:
        raise InputError(tuple(sorted(problems, key=lambda problem: (problem.line or 0, problem.column or 0))))
    return _with_recogniser(document, _with_replay(document, scenario))


def scenario_schema() -> dict[str, Any]:
    """JSON Schema of a scenario file."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **Scenario.model_json_schema(by_alias=True)}


def _with_replay(document: Document, scenario: Scenario) -> Scenario:
    """The scenario with its recorded arrivals read, from a path that starts at the scenario's own folder."""
    arrivals = scenario.arrivals
    if arrivals.kind != "replayed" or arrivals.replay is None:
        return scenario
    path = Path(document.place).parent / arrivals.replay
    try:
        times = read_arrivals(path, scenario.clock, scenario.horizon_s)
    except InputError as error:
        raise InputError(tuple(_at_replay(document, arrivals.replay, each) for each in error.problems)) from None
    return scenario.model_copy(update={"arrivals": arrivals.model_copy(update={"replay": None, "at": times})})


def _with_recogniser(document: Document, scenario: Scenario) -> Scenario:
    """The scenario with what its recogniser needs of the scenario's own folder."""
    recogniser = scenario.recogniser
    if isinstance(recogniser, Keywords) and recogniser.file is not None:
        phrases = with_phrases(recogniser, document, recognisable(tuple(scenario.intents)))
        return scenario.model_copy(update={"recogniser": phrases})
    if isinstance(recogniser, Own):
        return scenario.model_copy(update={"recogniser": recogniser.named_in(document)})
    return scenario


def _at_replay(document: Document, replay: str, problem: Problem) -> Problem:
    """A problem of the recording; of the file as a whole, such as that there is none, where the scenario names it."""
    if problem.line is not None:
        return problem
    near = problem.suggestion and str(Path(replay).with_name(Path(problem.suggestion).name))
    return document.problem(("arrivals", "replay"), f"`{replay}`: {problem.message}", near)
