"""Whom guards should have kept from the bot, by truth, and whom it answered nevertheless."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from .dialogue import Reason
from .facts import VisibleFacts
from .guesses import Guesses, Messages
from .measured import Measured
from .population import Population
from .run import Run

BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Leak:
    """Conversations of one run: `kept`, from which the bot should have been kept; `leaked`, those of them in which it
    answered or suggested an article.
    """

    kept: int
    leaked: int


ANSWERS = ("answer ", "article ", "look_up ", "transaction ")
"""How the kinds of replies begin that are meant to help with something recognised."""


class _NeverWrong:
    """A recogniser that knows what each customer's problem is, and is sure of it."""

    goes_by_text = False

    def __init__(self, people: Population) -> None:
        self._people = people

    def guesses(self, rows: IntArray, texts: IntArray, attempt: int, turn: int | NDArray[np.int8]) -> Guesses:  # noqa: ARG002 - the truth does not go by them
        """The true intents of the problems `rows`."""
        return Guesses(self._people.intent[rows].astype(np.int16), np.ones(rows.size))


def leaks_of_guards(run: Run) -> tuple[Leak, ...]:
    """For each guard of the policy, in order: a guard should have kept the bot from a conversation if its condition
    held for the first message, were every fact known and the problem recognised for what it is. Which guard then does
    keep the bot away does not matter.
    """
    answered, rows = bot_answered(run), Measured(run).conversations
    held = _held_by_truth(run)[:, rows]
    return tuple(_leak(each, answered[rows]) for each in held)


def leaks_of_intents(run: Run) -> tuple[Leak, ...]:
    """For each sensitive intent of the scenario, in order: the conversations that are truly about it."""
    answered, rows = bot_answered(run), Measured(run).conversations
    truth = run.population.intent[run.conversations.problem[rows]]
    sensitive = [code for code, intent in enumerate(run.desk.scenario.intents.values()) if intent.sensitive]
    return tuple(_leak(truth == code, answered[rows]) for code in sensitive)


def bot_answered(run: Run) -> BoolArray:
    """For each conversation, whether the bot answered, suggested an article or went on an errand; what pages suggest
    before anybody writes is no answer.
    """
    table = run.conversations
    found = np.zeros(table.size, dtype=np.bool_)
    if run.replies is None:
        return found
    is_answer = np.array([kind.startswith(ANSWERS) for kind in run.replies.kinds])
    for attempt in run.attempts.attempts:
        mine = np.flatnonzero(table.attempt == attempt.number)
        for number, case in enumerate(attempt.cases):
            here = mine[run.guard_case[table.code[mine]] == number]
            answered = np.zeros(run.population.size, dtype=np.bool_)
            for said in case.dialogues.bot_said:
                answered[said.rows[is_answer[said.codes]]] = True
            found[here] = answered[table.problem[here]] & (table.reason[here] != Reason.PAGE)
    return found


def _held_by_truth(run: Run) -> BoolArray:
    """For each guard (a row each) and conversation, whether it should have kept the bot away."""
    table, people = run.conversations, _all_known(run.population)
    held = np.zeros((len(run.policy.policy.guards), table.size), dtype=np.bool_)
    for attempt in run.attempts.attempts:
        mine = np.flatnonzero(table.attempt == attempt.number)
        for number in range(len(attempt.cases)):
            here = mine[run.guard_case[table.code[mine]] == number]
            problems = table.problem[here].astype(np.int32)
            messages = Messages(_NeverWrong(people), problems, table.opening[here], attempt.number, 0)
            email = None if table.email is None else table.email[here]
            facts = VisibleFacts(run.desk, people, messages, table.starts_s[here], email)
            # Bit i of a case's number says whether the clock let atom i hold.
            atoms = enumerate(attempt.guard_atoms, start=int(attempt.by_history))
            late = {atom: bool(number >> bit & 1) for bit, atom in atoms}
            held[:, here] = run.policy.guards_holding(facts, late)
    return held


def _all_known(people: Population) -> Population:
    """The same customers, of whom the desk knows everything."""
    known = {
        each.name: np.ones_like(column)
        for each in fields(people)
        if each.name.endswith("_known") and (column := getattr(people, each.name)) is not None
    }
    return replace(people, **known)


def _leak(kept: BoolArray, answered: BoolArray) -> Leak:
    return Leak(int(np.count_nonzero(kept)), int(np.count_nonzero(kept & answered)))
