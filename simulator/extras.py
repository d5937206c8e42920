"""What only some floors ask of a visit: columns that are drawn where the scenario has a use for them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .desk import Desk
from .draws import Draws
from .population import Population
from .visit_chains import VisitChains

IntArray = NDArray[np.int32]
Columns = dict[str, NDArray[Any]]


class Extras:
    """Draws the optional columns of `PlannedVisits` for the visits of one desk."""

    def __init__(self, desk: Desk, people: Population, draws: Draws) -> None:
        self._desk, self._people, self._draws = desk, people, draws
        scenario = desk.scenario
        self._teams = tuple(scenario.teams.values())
        self._factors = any(
            agents.work_factors or agents.context_factor is not None for agents in scenario.agents.values()
        )
        self._offers_random = any(team.offers == "random" for team in self._teams)
        self._calls_back = any(team.call_back is not None for team in self._teams)
        self._leaves_silently = any(segment.temperament.patience.silent for segment in scenario.segments.values())

    def columns(
        self, chains: VisitChains, problems: IntArray, attempt: int, by_email: NDArray[np.bool_] | None
    ) -> Columns:
        """The columns by name, one entry for each visit of the chains, whose problems, and channels if there are two,
        are given.
        """
        found: Columns = {}
        if self._factors:
            found["kind"] = self._people.intent[problems].astype(np.int16)
        if self._offers_random:
            found["u_offer"] = self._uniform("which group", chains, problems, attempt)
        if self._calls_back:
            offers = [team.call_back for team in self._teams]
            accepted = np.array([0.0 if each is None else each.accepted for each in offers])[chains.team]
            reached = np.array([1.0 if each is None else each.reached for each in offers])[chains.team]
            if by_email is not None:
                # Nobody is called back who has written an e-mail.
                accepted = np.where(by_email, 0.0, accepted)
            found["called_back"] = self._uniform("accepts a call back", chains, problems, attempt) < accepted
            found["reached"] = self._uniform("is reached", chains, problems, attempt) < reached
        if self._calls_back or self._leaves_silently:
            found["notice_s"] = self._notice_s(chains, problems, attempt)
        return found

    def _uniform(self, purpose: str, chains: VisitChains, problems: IntArray, attempt: int) -> NDArray[np.float64]:
        drawn = np.empty(problems.size)
        for step in np.unique(chains.step).tolist():
            here = np.flatnonzero(chains.step == step)
            drawn[here] = self._draws.open_uniform(problems[here], purpose, attempt, step)
        return drawn

    def _notice_s(self, chains: VisitChains, problems: IntArray, attempt: int) -> NDArray[np.float64]:
        u = self._uniform("notices", chains, problems, attempt)
        notice_s = np.empty(problems.size)
        for number, team in enumerate(self._teams):
            here = chains.team == number
            notice_s[here] = team.notices_gone.quantile(u[here])
        return notice_s
