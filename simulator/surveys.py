"""What customers say when they are asked how it went, and what all of them would say."""

from __future__ import annotations

from dataclasses import dataclass
from math import comb

import numpy as np
from numpy.typing import NDArray

from ..scenarios.surveys import Ease, Satisfied
from .conversations import Conversations, Outcome
from .dialogue import Ending, Reason
from .draws import Draws
from .run import Run

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

TOP_BOX = 4
# Assumed: only the share of 4 or 5 is measured.
FIVES_OF_TOP, THREES_OF_REST, TWOS_OF_REST = 0.6, 0.4, 0.25
MOST_EASE = 7
_BEFORE_WRITING = (Reason.PAGE, Reason.TYPING)


@dataclass(frozen=True)
class Surveyed:
    """One entry for each conversation that happened.

    asked, replied   bool
    csat   int8   1 to 5, what the customer gives or would give; 0: it is not over
    ces    int8   1 to 7, 7 is easy (version 2 of the customer effort score); 0: it is not over
    """

    asked: BoolArray
    replied: BoolArray
    csat: NDArray[np.int8]
    ces: NDArray[np.int8]

    @property
    def satisfied(self) -> BoolArray:
        """Whether each gives or would give 4 or 5."""
        return np.asarray(self.csat >= TOP_BOX)


def surveyed(run: Run) -> Surveyed | None:
    """What the customers of a run say; `None`: its policy asks nobody.

    Draws are addressed by problem and attempt, so two policies meet the same customers in the same mood.
    """
    survey = run.policy.policy.survey
    if survey is None:
        return None
    table, behaves = run.conversations, run.desk.scenario.behaviour.survey
    in_bot = (table.outcome <= Outcome.LEFT_IN_BOT) & (table.bot_turns > 0) & ~np.isin(table.reason, _BEFORE_WRITING)
    served = table.outcome == Outcome.SERVED
    asked = np.asarray((in_bot & ("bot" in survey.after)) | (served & ("person" in survey.after)))
    silent = table.counted_resolved & (table.ending != Ending.HELPED_CONFIRMED)
    reply = behaves.reply
    replies = np.where(served, reply.person, np.where(silent, reply.silent, reply.bot))
    late = _solved_after_s(run) > behaves.late_after
    over = ~np.isnan(table.ends_s)
    satisfied = _satisfied(table, behaves.csat_4_or_5, late)
    csat = _scores(satisfied, _uniform(run.draws, table, "satisfied"))
    ces = _efforts(_ease(table, run.population.size, behaves.ces), _uniform(run.draws, table, "effort"))
    return Surveyed(
        asked=asked,
        replied=asked & (_uniform(run.draws, table, "answers the survey") < replies),
        csat=np.where(over, csat, 0).astype(np.int8),
        ces=np.where(over, ces, 0).astype(np.int8),
    )


def _solved_after_s(run: Run) -> FloatArray:
    """For each conversation, first message about its problem to the solution; not a number if there is none."""
    since_s = run.solved_s - run.population.arrives_s
    return np.asarray(since_s[run.conversations.problem])


def _satisfied(table: Conversations, csat: Satisfied, late: BoolArray) -> FloatArray:
    """For each conversation the chance that its customer gives 4 or 5."""
    helped = np.where(late | table.loop, csat.helped_late, csat.helped)
    unhelped = np.where(table.loop, csat.looped, csat.unhelped)
    share = np.where(table.helped, helped, unhelped) - np.where(table.touches > 1, csat.transferred, 0.0)
    return np.asarray(np.maximum(share, 0.0))


def _scores(satisfied: FloatArray, u: FloatArray) -> NDArray[np.int64]:
    """Scores of 1 to 5, of which this share is 4 or 5; the lower the uniform, the better."""
    rest = 1 - satisfied
    threes = satisfied + THREES_OF_REST * rest
    below = [FIVES_OF_TOP * satisfied, satisfied, threes, threes + TWOS_OF_REST * rest]
    return np.asarray(5 - sum((u >= bound).astype(np.int64) for bound in below))


def _ease(table: Conversations, problems: int, ces: Ease) -> FloatArray:
    """For each conversation how easy its problem has been so far, 0 to 1: less with every attempt, turn of a bot and
    transfer that it took.
    """
    turns, transfers = np.zeros(problems), np.zeros(problems)
    ease = np.empty(table.size)
    for here in table.by_attempt:
        rows = table.problem[here]
        turns[rows] += table.bot_turns[here]
        transfers[rows] += np.maximum(table.touches[here] - 1, 0)
        ease[here] = (
            ces.easiest
            * ces.each_attempt ** (table.attempt[here] - 1.0)
            * ces.each_turn ** np.maximum(turns[rows] - 1, 0)
            * ces.each_transfer ** transfers[rows]
        )
    return np.where(table.helped, ease, ease * ces.unsolved)


def _efforts(ease: FloatArray, u: FloatArray) -> NDArray[np.int64]:
    """Scores of 1 to 7: 1 and a binomial number of 6, each with the chance `ease`; the lower the uniform, the
    better.
    """
    steps = MOST_EASE - 1
    # The chance of so many steps or more; from the most down, as the lowest uniforms are the easiest.
    chances = [comb(steps, many) * ease**many * (1 - ease) ** (steps - many) for many in range(steps, 0, -1)]
    at_least, score = np.zeros(ease.size), np.ones(ease.size, dtype=np.int64)
    for chance in chances:
        at_least += chance
        score += u < at_least
    return score


def _uniform(draws: Draws, table: Conversations, purpose: str) -> FloatArray:
    drawn = np.empty(table.size)
    for here in table.by_attempt:
        drawn[here] = draws.uniform(table.problem[here], purpose, int(table.attempt[here.start]))
    return drawn
