"""What hangs together in a scenario once every value by itself is right: checked part by part, all problems at once."""

from __future__ import annotations

from collections.abc import Iterator

from ...documents import Document
from ...errors import Problem
from ..recognisers import recogniser_problems
from ..scenario import Scenario
from .arrivals import arrival_problems
from .beginnings import beginning_problems
from .customers import customer_problems
from .intents import intent_problems
from .languages import language_problems
from .people import people_problems
from .sources import source_problems


def problems_of(document: Document, scenario: Scenario) -> Iterator[Problem]:
    """Everything that is wrong with a scenario that has the right shape, each with its place in the document."""
    yield from arrival_problems(document, scenario)
    yield from customer_problems(document, scenario)
    yield from intent_problems(document, scenario)
    yield from language_problems(document, scenario)
    people = [*people_problems(document, scenario)]
    yield from people
    yield from recogniser_problems(document, scenario.recogniser, tuple(scenario.intents))
    if not people:
        yield from beginning_problems(document, scenario)
    yield from source_problems(document, scenario)
