"""What a scenario says around the cases of a policy: what is recognised of their messages, what a bot knows, and when
anybody is there.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..calendar import WEEK_S, WeekHours
from ..rules.cases import Around
from ..rules.standing import Knowledge
from ..scenarios.scenario import Scenario
from .desk import Desk, open_desk
from .recognising import recognised
from .shifts import MINUTE_S, floorplan_of, open_minutes


def around_of(scenario: Scenario, texts: Sequence[str], hours: WeekHours | None = None) -> Around:
    """What a scenario says around cases in which these texts are written; `hours` count in place of its staffing.

    Raises `InputError` where its recogniser cannot be used.
    """
    desk = open_desk(scenario)
    return Around(_guesses(desk, texts).get, knowledge_of(desk), week_hours(scenario) if hours is None else hours)


def knowledge_of(desk: Desk) -> Knowledge:
    """What a bot of this desk knows."""
    scenario = desk.scenario
    known = [name for name in scenario.intents if scenario.knowledge_of(name).covers > 0]
    answers = {name: desk.book.intents[name].answer for name in known if name in desk.book.intents}
    articles = dict.fromkeys(known, "")
    return Knowledge(articles | answers, articles, scenario.behaviour.asks_recognised_from)


def _guesses(desk: Desk, texts: Sequence[str]) -> dict[str, tuple[str, float]]:
    distinct = sorted(set(texts))
    found = recognised(desk.scenario, desk.pool, distinct) if distinct else None
    if found is None:
        return {}
    guesses = zip(distinct, found.codes.tolist(), found.confidence.tolist(), strict=True)
    return {text: (found.intents[code], round(sure, 4)) for text, code, sure in guesses if code >= 0}


def week_hours(scenario: Scenario) -> WeekHours:
    """When anybody is on duty who can solve something, by the local time of the scenario's first week; holidays are
    days like others.
    """
    week = scenario.model_copy(update={"days": max(scenario.days, 7), "holidays": ()})
    there = np.flatnonzero(open_minutes(week, floorplan_of(week))[: round(WEEK_S / MINUTE_S)])
    of_week = np.zeros(round(WEEK_S / MINUTE_S) + 1, dtype=np.int8)
    of_week[(scenario.clock.second_of_week(there * MINUTE_S) // MINUTE_S).astype(np.int64)] = 1
    edges = np.flatnonzero(np.diff(of_week, prepend=np.int8(0))) * round(MINUTE_S)
    return WeekHours(tuple(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)))
