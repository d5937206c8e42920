"""What the dialogues of one policy with one population have in common, whatever attempt they belong to."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from ..rules.bot import Errand
from ..rules.compiled import CompiledPolicy
from ..scenarios.scenario import Scenario
from .desk import Desk
from .draws import Draws
from .own_bot import OwnBot
from .population import Population
from .protection import Protection
from .replies import Replies
from .states import states_of
from .temperaments import Temperaments

BoolArray = NDArray[np.bool_]
FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int32]


class Encounter:
    """One policy and one population: who the customers are, what helps them, and what the bot can do.

    By what is recognised (the scenario's intents, the reserved names, nothing):

    has_answer, has_article   bool
    errand_of                 int8  number of the errand, -1 none

    By problem:

    answer_helps, article_helps   bool     a right answer, or a right article that is read, solves it
    read_share                    float64  chance that the customer reads an article to the end
    offended                      bool     a joke about it costs patience; None: the bot does not joke

    `own_bot` is a bot in Python, ready to be called; `None`: the bot is none, or nobody is to talk to it.
    """

    def __init__(
        self,
        desk: Desk,
        policy: CompiledPolicy,
        replies: Replies | None,
        population: Population,
        draws: Draws,
        protection: Protection,
        own_bot: OwnBot | None = None,
    ) -> None:
        scenario, bot = desk.scenario, policy.policy.bot
        self.recogniser = desk.recogniser(draws)
        self.desk, self.policy, self.replies = desk, policy, replies
        self.people, self.draws, self.protection = population, draws, protection
        self.own_bot = own_bot
        self.states = states_of(bot)
        self.temper = Temperaments.of([segment.temperament for segment in scenario.segments.values()])
        names, codes = list(scenario.intents), len(desk.intent_names) + 1
        covered = [name for name in names if scenario.knowledge_of(name).covers > 0]
        answers = None if bot is None or bot.answers is None else bot.answers
        self.has_answer = _marked(names, covered if answers is None or answers.only is None else answers.only, codes)
        self.has_answer &= _marked(names, covered, codes)
        self.has_article = _marked(names, covered, codes)
        self.errand_of = np.full(codes, -1, dtype=np.int8)
        for number, errand in enumerate(self.states.errands):
            if errand.intent in names:
                self.errand_of[names.index(errand.intent)] = number
        self._understands = population.understanding < _understood(scenario)[population.intent]
        covers = np.array([scenario.knowledge_of(name).covers for name in names])
        solves = np.array([intent.bot_solves for intent in scenario.intents.values()]) * covers
        self.answer_helps = (population.hardness < solves[population.intent]) & self._understands
        articles = scenario.behaviour.articles
        quality = np.array([scenario.knowledge_of(name).quality for name in names])
        solves = np.array([intent.article_solves for intent in scenario.intents.values()]) * covers * quality
        visited = np.where(np.isnan(population.help_centre_s), 1.0, articles.solves_after_help_centre_visit)
        self.article_helps = population.hardness < solves[population.intent] * visited
        serious = np.array([intent.is_serious for intent in scenario.intents.values()])
        self.offended = serious[population.intent] if bot is not None and bot.tone == "playful" else None
        self.read_share = np.where(population.digger, articles.read_by_digger, articles.read_by_skimmer)

    def errand_helps(self, errand: Errand, rows: IntArray) -> BoolArray:
        """Whether an errand that is carried out solves problems that are about its intent."""
        intent = self.desk.scenario.intents[errand.intent]
        return np.asarray((self.people.hardness[rows] < intent.solved_by(errand.kind)) & self._understands[rows])


def _marked(names: Sequence[str], chosen: Collection[str], codes: int) -> BoolArray:
    marked = np.zeros(codes, dtype=np.bool_)
    marked[: len(names)] = [name in chosen for name in names]
    return marked


def _understood(scenario: Scenario) -> FloatArray:
    """By intent, the share of customers who can act upon a right answer."""
    understood = scenario.behaviour.understood
    return np.array(
        [
            getattr(understood, intent.complexity) * scenario.knowledge_of(name).quality
            for name, intent in scenario.intents.items()
        ]
    )
