"""What the dialogues of one policy with one population have in common, whatever attempt they belong to."""

from __future__ import annotations

import numpy as np

from ..rules.compiled import CompiledPolicy
from .collecting import Questions
from .desk import Desk
from .draws import Draws
from .population import Population
from .protection import Protection
from .replies import Replies
from .temperaments import Temperaments


class Encounter:
    """One policy and one population: who the customers are, what helps them, and what the bot says."""

    def __init__(
        self,
        desk: Desk,
        policy: CompiledPolicy,
        replies: Replies | None,
        population: Population,
        draws: Draws,
        protection: Protection,
    ) -> None:
        scenario = desk.scenario
        self.recogniser = desk.recogniser(draws)
        self.desk, self.policy, self.replies = desk, policy, replies
        self.people, self.draws, self.protection = population, draws, protection
        self.questions = Questions(desk, population, draws)
        self.temper = Temperaments.of([segment.temperament for segment in scenario.segments.values()])
        intents = list(scenario.intents.values())
        understood = scenario.behaviour.understood
        articles = scenario.behaviour.articles
        self.answer_helps = (population.hardness < np.array([i.bot_solves for i in intents])[population.intent]) & (
            population.understanding < np.array([getattr(understood, i.complexity) for i in intents])[population.intent]
        )
        visited = np.where(np.isnan(population.help_centre_s), 1.0, articles.solves_after_help_centre_visit)
        self.article_helps = (
            population.hardness < np.array([i.article_solves for i in intents])[population.intent] * visited
        )
        self.read_share = np.where(population.digger, articles.read_by_digger, articles.read_by_skimmer)
