"""How each thing that a bot offers performs: to whom it is shown, whom it helps, what it leads to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from ..rules.bot import Bot
from ..scenarios.pool import Kind
from ..scenarios.scenario import Scenario
from .conversations import Outcome
from .dialogue import Reason
from .measured import Measured
from .offered import said_in
from .replies import Replies
from .run import Run
from .states import states_of
from .suggestions import suggested_on

BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]
OfferKind = Literal["answer", "article", "look_up", "transaction", "page"]

COUNTS: Final = (
    "times", "shown", "right_intent", "helped", "failed", "resolved", "left_unhelped", "asked_for_person", "looped",
    "lost", "survey_answers", "satisfied", "ease",
)  # fmt: skip
"""What is counted of each offering, in conversations that count unless said otherwise.

times, shown       how often it was shown; in how many conversations (an errand: set out on; a page: first conversations
                   of those who were on it)
right_intent       of these, about its intent in truth
helped             it solved the problem
failed             the errand did not work
resolved           the desk counts the conversation as resolved, and it was the last thing offered
left_unhelped      the conversation ended in the bot and did not help, and it was the last thing offered
asked_for_person   the customer asked for a person after it
looped             it was said in a loop
lost               customers who leave the company, and it was the last thing that the bot ever offered them
survey_answers, satisfied, ease   surveys answered, those with 4 or 5 of 5, and the sum of the answers of 1 to 7
"""
AFTER_A_PAGE: Final = ("left_unhelped", "asked_for_person", "looped", "lost", "survey_answers", "satisfied", "ease")
"""What is not counted of pages: whom they do not help writes, and then it is about what the bot offers next."""


_OFFERED_IN_PYTHON: Final[tuple[OfferKind, ...]] = ("answer", "article")


@dataclass(frozen=True, slots=True)
class Offering:
    """Something that a bot may offer; `page` is how the pages begin that suggest an article, else empty."""

    kind: OfferKind
    intent: str
    page: str = ""


def offerings_of(scenario: Scenario, bot: Bot | None) -> tuple[Offering, ...]:
    """All that a bot may offer on a desk: answers, articles, errands, then pages. One in Python may offer anything."""
    if bot is None:
        return ()
    covered = [name for name in scenario.intents if scenario.knowledge_of(name).covers > 0]
    only = None if bot.answers is None else bot.answers.only
    # A bot with a flow does what its states say, in place of all else.
    acts = {"answers": bot.answers is not None, "suggests": bot.articles is not None, "errand": True}
    if bot.flow is not None:
        acts = {act: any(state.act == act for state in bot.flow.states) for act in acts}
    found: list[Offering] = []
    if bot.python is not None:
        found += [Offering(kind, name) for kind in _OFFERED_IN_PYTHON for name in scenario.intents]
    if acts["answers"]:
        found += [Offering("answer", name) for name in covered if only is None or name in only]
    if acts["suggests"]:
        found += [Offering("article", name) for name in covered]
    if acts["errand"]:
        found += [Offering(errand.kind, errand.intent) for errand in bot.errands if errand.intent in scenario.intents]
    found += [Offering("page", each.intent, each.page) for each in bot.page_suggestions if each.intent in covered]
    return tuple(found)


@dataclass(frozen=True)
class _Shown:
    """What was shown in conversations that count, one entry each, in the order of turns of a conversation.

    row    int64  the conversation
    turn   int64
    item   int64  number of the offering
    """

    row: IntArray
    turn: IntArray
    item: IntArray


def performance_of(measured: Measured) -> IntArray:
    """For each offering of a run's policy its counts; shape (offerings, `COUNTS`)."""
    run = measured.run
    bot, scenario = run.policy.policy.bot, run.desk.scenario
    offerings = offerings_of(scenario, bot)
    found = np.zeros((len(offerings), len(COUNTS)), dtype=np.int64)
    if bot is None or run.replies is None or not offerings:
        return found
    counts = np.zeros(run.conversations.size, dtype=np.bool_)
    counts[measured.conversations] = True
    found[:] = _of_talks(measured, offerings, run.replies, bot, counts)
    _add_pages(found, run, offerings, bot, counts)
    return found


def _of_talks(
    measured: Measured, offerings: tuple[Offering, ...], replies: Replies, bot: Bot, counts: BoolArray
) -> IntArray:
    run, table, many = measured.run, measured.run.conversations, len(offerings)
    shows, fails = _codes(offerings, replies, bot)
    # Pages are counted by themselves: of them it is only said whom they help.
    counts = counts & (table.reason != Reason.PAGE)
    shown, failed = _shown(run, shows, counts), _shown(run, fails, counts)
    about = _abouts(run, offerings)
    # One entry for each conversation and offering, with the turn in which it was first shown.
    keys, first, inverse = np.unique(shown.row * many + shown.item, return_index=True, return_inverse=True)
    row, item, turn = keys // many, keys % many, shown.turn[first]
    last = np.full(table.size, -1, dtype=np.int64)
    last[shown.row] = shown.item
    is_last = last[row] == item
    loops = measured.loops
    in_loop = (loops.begins[shown.row] <= shown.turn) & (shown.turn <= loops.ends[shown.row]) & table.loop[shown.row]
    marks = {
        "shown": np.ones(row.size, dtype=np.bool_),
        "right_intent": run.population.intent[table.problem[row]] == about[item],
        "helped": is_last & (table.outcome[row] == Outcome.HELPED_BY_BOT),
        "resolved": is_last & table.counted_resolved[row],
        "left_unhelped": is_last & (table.outcome[row] == Outcome.LEFT_IN_BOT),
        "asked_for_person": _last_requests(run, counts)[row] > turn,
        "looped": np.bincount(inverse, weights=in_loop, minlength=row.size) > 0,
        "lost": is_last & run.lost[table.problem[row]] & _is_last_of_problem(run, last)[row],
    }
    found = {name: np.bincount(item[mark], minlength=many) for name, mark in marks.items()}
    found["times"] = np.bincount(shown.item, minlength=many)
    found["failed"] = np.bincount(failed.item, minlength=many)
    if (survey := measured.survey) is not None:
        answered = survey.replied[row]
        found["survey_answers"] = np.bincount(item[answered], minlength=many)
        found["satisfied"] = np.bincount(item[answered & survey.satisfied[row]], minlength=many)
        ease = np.bincount(item, weights=np.where(answered, survey.ces[row], 0), minlength=many)
        found["ease"] = ease.astype(np.int64)
    nothing = np.zeros(many, dtype=np.int64)
    return np.stack([found.get(name, nothing) for name in COUNTS], axis=1)


def _abouts(run: Run, offerings: tuple[Offering, ...]) -> IntArray:
    """The intent of each offering, as a code."""
    intents = list(run.desk.scenario.intents)
    return np.array([intents.index(each.intent) for each in offerings], dtype=np.int64)


def _codes(offerings: tuple[Offering, ...], replies: Replies, bot: Bot) -> tuple[IntArray, IntArray]:
    """For each reply the number of the offering that it shows, and of that which it says has not worked; -1 none.

    The first reply of an errand shows it: a question, or what it came to.
    """
    numbers = {f"{each.kind} {each.intent}": number for number, each in enumerate(offerings) if each.kind != "page"}
    shows = np.array([numbers.get(kind, -1) for kind in replies.kinds], dtype=np.int64)
    fails = np.full(shows.size, -1, dtype=np.int64)
    states = states_of(bot)
    for place, errand in enumerate(states.errands):
        number = numbers.get(f"{errand.kind} {errand.intent}", -1)
        worked = replies.first_errand + 2 * place
        fails[worked + 1] = number
        question = states.first_of[place]
        first = worked if question is None else replies.first_question + question - 1
        shows[worked] = shows[worked + 1] = -1
        shows[first] = number
        if question is None:
            shows[worked + 1] = number
    return shows, fails


def _shown(run: Run, shows: IntArray, counts: BoolArray) -> _Shown:
    found: list[tuple[IntArray, IntArray, IntArray]] = [(np.empty(0, dtype=np.int64),) * 3]
    for said, row_of in said_in(run, by_bot=True, counts=counts) if (shows >= 0).any() else ():
        item = shows[said.codes]
        here = np.flatnonzero(item >= 0)
        row = row_of[said.rows[here]]
        row, item = row[row >= 0], item[here][row >= 0]
        found.append((row, np.full(row.size, said.turn, dtype=np.int64), item))
    row, turn, item = (np.concatenate(column) for column in zip(*found, strict=True))
    return _Shown(row, turn, item)


def _last_requests(run: Run, counts: BoolArray) -> IntArray:
    """For each conversation the customer's last turn that asks for a person; -1 none."""
    last = np.full(run.conversations.size + 1, -1, dtype=np.int64)
    asks = run.desk.pool.kinds == Kind.ASK_PERSON
    for said, row_of in said_in(run, by_bot=False, counts=counts):
        # Turns only grow; what does not count is put into an entry of its own.
        last[row_of[said.rows[asks[said.codes]]]] = said.turn
    return last[:-1]


def _is_last_of_problem(run: Run, last: IntArray) -> BoolArray:
    """For each conversation whether it is the last about its problem in which something was offered."""
    offered = np.flatnonzero(last >= 0)
    last_of = np.full(run.population.size, -1, dtype=np.int64)
    # Later attempts stand after earlier ones.
    last_of[run.conversations.problem[offered]] = offered
    found = np.zeros(run.conversations.size, dtype=np.bool_)
    found[last_of[last_of >= 0]] = True
    return found


def _add_pages(found: IntArray, run: Run, offerings: tuple[Offering, ...], bot: Bot, counts: BoolArray) -> None:
    """The counts of pages: what was suggested on the page of each first conversation."""
    table, people = run.conversations, run.population
    numbers = {each.page: number for number, each in enumerate(offerings) if each.kind == "page"}
    if not numbers:
        return
    by_page = suggested_on(bot, people.page_names, run.desk.scenario.intents)
    places = [*(numbers.get(each.page, -1) for each in bot.page_suggestions), -1]
    item_of_page = np.array(places, dtype=np.int64)[by_page]
    rows = np.flatnonzero(counts & (table.attempt == 1) & (table.reason != Reason.BACKLOG))
    item = item_of_page[people.page[table.problem[rows]]]
    rows, item = rows[item >= 0], item[item >= 0]
    helped = table.reason[rows] == Reason.PAGE
    marks = {
        "times": np.ones(rows.size, dtype=np.bool_),
        "shown": np.ones(rows.size, dtype=np.bool_),
        "right_intent": people.intent[table.problem[rows]] == _abouts(run, offerings)[item],
        "helped": helped,
        "resolved": helped & table.counted_resolved[rows],
    }
    for name, mark in marks.items():
        found[:, COUNTS.index(name)] += np.bincount(item[mark], minlength=len(offerings))
