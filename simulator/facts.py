"""What a rule can see of a batch of conversations, as columns."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..rules.columns import Column, Moments, Numbers, Texts, Words, WordSets
from ..rules.vocabulary import CHANNELS, REPLIES
from .collected import Collected
from .desk import Desk
from .guesses import Messages
from .population import Population


class VisibleFacts:
    """The facts of some conversations at one moment each: never the truth.

    `messages` are those that the rule looks at, `at_s` the moments in seconds of the run; `email` says whose
    conversations are by e-mail (`None`: nobody's), and `collected` what they have answered to a bot (`None`: nothing).
    """

    def __init__(
        self,
        desk: Desk,
        population: Population,
        messages: Messages,
        at_s: NDArray[np.float64],
        email: NDArray[np.bool_] | None = None,
        collected: Collected | None = None,
    ) -> None:
        self.size = messages.rows.size
        self._desk, self._population, self._messages, self._at_s = desk, population, messages, at_s
        self._email, self._collected = email, collected

    def column(self, field: str) -> Column | None:
        """The column of a field of the vocabulary; `None` where nobody has it."""
        people, messages = self._population, self._messages
        rows, attempt = messages.rows, messages.attempt
        match field:
            case "customer.plan":
                return Words(np.where(people.plan_known[rows], people.plan[rows], -1), people.plan_names)
            case "customer.tenure":
                return Numbers(people.tenure_s[rows], people.tenure_known[rows])
            case "customer.contacts_30d":
                return Numbers(
                    people.contacts_30d[rows].astype(np.float64) + (attempt - 1), people.contacts_known[rows]
                )
            case "customer.flags":
                return WordSets(people.flags[rows], people.flag_names, people.flags_known[rows])
            case "customer.company":
                if people.company is None or people.company_known is None:
                    return None
                return Words(np.where(people.company_known[rows], people.company[rows], -1), people.company_names)
            case "customer.products":
                if people.products is None or people.products_known is None:
                    return None
                return WordSets(people.products[rows], people.product_names, people.products_known[rows])
            case "customer.language":
                return self._languages(rows)
            case "customer.help_centre_visit":
                since_s = people.help_centre_s[rows]
                return Numbers(since_s, ~np.isnan(since_s))
            case "page.url":
                return Texts(people.page[rows], self._desk.pages)
            case "message.text":
                return Texts(messages.texts, self._desk.texts)
            case "message.intent":
                return Words(messages.guesses.codes, self._desk.intent_names)
            case "message.says":
                return Words(self._desk.says[messages.texts], REPLIES)
            case "message.confidence":
                return Numbers(messages.guesses.sureness, None)
            case "collected.plan" | "collected.topic" | "collected.urgency":
                asked = self._collected
                return None if asked is None else asked.column(field.removeprefix("collected."))
            case "conversation.channel":
                email = np.zeros(self.size, dtype=np.int8) if self._email is None else self._email.astype(np.int8)
                return Words(email, CHANNELS)
            case "conversation.attempt":
                return Numbers(np.full(self.size, float(attempt)), None)
            case "time":
                return Moments(self._desk.scenario.clock.second_of_week(self._at_s))
            case "holiday":
                return Numbers(self._desk.scenario.clock.is_holiday(self._at_s).astype(np.float64), None)
        raise KeyError(field)

    def _languages(self, rows: NDArray[np.int32]) -> Words:
        people = self._population
        codes = np.zeros(self.size, dtype=np.int8) if people.language is None else people.language[rows]
        if people.language_known is not None:
            codes = np.where(people.language_known[rows], codes, np.int8(-1))
        return Words(codes, self._desk.pool.language_names)
