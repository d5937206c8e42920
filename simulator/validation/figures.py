"""Published figures that shipped scenarios are fitted to: what was published, and how it is read."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """A published figure: what a shipped policy does on a shipped scenario.

    `published` is the figure, a share; `at_least` and `at_most` are what it may be if it was rounded, or what its words
    are taken to mean. Where `less_than` names a policy, it says by which share a measure is less than under that one.
    """

    scenario: str
    policy: str
    measure: str
    published: float
    at_least: float
    at_most: float
    says: str
    less_than: str = ""
    weeks: int = 40
    """How often it is played at least; what comes out nearly alike each time needs fewer."""
    narrow: float = 0.03
    """Half of the interval at most, as a share of the figure."""

    @property
    def case(self) -> str:
        """What is played."""
        return f"{self.scenario} {self.policy}"

    @property
    def name(self) -> str:
        """What is measured."""
        return f"{self.measure}, less than {self.less_than}" if self.less_than else self.measure


def _percent(value: float, last_digit: float) -> tuple[float, float, float]:
    """A share given in per cent, and between which two it was before rounding."""
    return value / 100, (value - last_digit / 2) / 100, (value + last_digit / 2) / 100


FIGURES = (
    Figure(
        "saas-2022",
        "answer-bot-2022",
        "automated_resolution_rate",
        *_percent(4.5, 0.1),
        "4.5 % of all customer problems of a company that sells to businesses; read as problems, not attempts",
    ),
    Figure(
        "saas-2022",
        "answer-bot-2022",
        "resolved_by_answers_rate",
        *_percent(3.4, 0.1),
        "three quarters of these by the answer bot; read as: it was what the bot offered last",
        weeks=60,
    ),
    Figure(
        "saas-2022",
        "answer-bot-2022",
        "resolved_by_articles_rate",
        *_percent(1.1, 0.1),
        "one quarter of these by articles; read likewise",
        narrow=0.04,
    ),
    Figure(
        "saas-2022",
        "answer-bot-2022",
        "rule_placed_rate",
        *(0.475, 0.45, 0.5),
        "rules place almost half of the conversations that the bot does not resolve, and the others go to the "
        "escalation inbox; read as 45 to 50 % of those that reach people",
    ),
    Figure(
        "saas-2022",
        "answer-bot-2022",
        "misroute_rate",
        *_percent(40, 1),
        "60 % are in the right inbox at the first try, so 40 % are not; read as: of those that rules placed",
    ),
    Figure(
        "retail-b2c",
        "answer-bot-2022",
        "automated_resolution_rate",
        *(0.15, 0.1, 0.2),
        "up to 10 to 20 % of all problems of a company that sells to consumers",
        weeks=20,
    ),
    Figure(
        "retail-b2c-best",
        "answer-bot-2022",
        "automated_resolution_share",
        *_percent(33, 1),
        "33 % of the conversations that the answer bot takes part in, for its best customers; read as: in which it "
        "speaks, be it only to pass them on",
    ),
    Figure(
        "retail-b2c-best",
        "answer-bot-2022",
        "helpful_reply_mean_s",
        *_percent(44, 1),
        "customer response time 44 % shorter, undefined there; read as the first helpful reply, mean of the helped, "
        "against people alone",
        less_than="humans-only",
        narrow=0.04,
    ),
    Figure(
        "chat-2018",
        "chat-bot-2018",
        "bot_share",
        *_percent(59, 1),
        "a bot was involved in 59 % of chats in 2018, in all industries",
        weeks=20,
    ),
    Figure(
        "chat-2018",
        "chat-bot-2018",
        "deflection_rate",
        *_percent(27, 1),
        "27 % were handled end to end by it; read as: of all chats, and no person came, helped or not (46 % of the "
        "chats with a bot)",
        weeks=20,
    ),
    Figure(
        "chat-2018",
        "chat-bot-2018",
        "csat_rate",
        *_percent(83.1, 0.1),
        "chat satisfaction was 83.1 %; read as answers of 4 or 5 of 5, after people and after the bot",
        weeks=20,
    ),
)
"""All of them, by what is played."""
