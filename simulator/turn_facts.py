"""What a bot in Python is told in its turns, made of columns."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..rules.columns import Column, Moments, Numbers, Texts, Words, WordSets
from ..rules.own_bot import Turn
from .batch import Batch
from .dialogue import BoolArray, IntArray
from .facts import VisibleFacts
from .guesses import Messages

_FIELDS = (
    "message.text",
    "message.intent",
    "message.confidence",
    "message.says",
    "conversation.channel",
    "customer.plan",
    "customer.language",
    "page.url",
    "customer.tenure",
    "customer.contacts_30d",
    "customer.flags",
    "customer.help_centre_visit",
    "time",
)


class TurnFacts:
    """What some messages, the last of the dialogues `at`, tell a bot in Python."""

    def __init__(self, batch: Batch, at: IntArray, messages: Messages, turn: int) -> None:
        encounter, desk = batch.encounter, batch.encounter.desk
        assert encounter.own_bot is not None  # only asked for such a bot
        self._batch, self._at, self._turn, self._covered = batch, at, turn, encounter.own_bot.covered
        moments_s = batch.moments_s(at)
        self._known = ~np.isnan(moments_s)
        email = None if batch.email is None else batch.email[at]
        # Where the moment is not known any will do, and is not told.
        facts = VisibleFacts(desk, encounter.people, messages, np.where(self._known, moments_s, 0.0), email)
        columns = [facts.column(field) for field in _FIELDS]
        # What these fields hold is known of somebody at any time.
        self._columns = [column for column in columns if column is not None]
        self._open = desk.is_open(moments_s)
        # As many bits as a float has.
        self._seeds = (batch.uniform("bot in Python", turn, at) * 2.0**53).astype(np.int64)

    def texts(self, part: slice) -> list[str]:
        """What the customers have just written."""
        return _plain(self._columns[0], part)

    def turns(self, part: slice) -> list[Turn]:
        """A turn for each of some of the messages; what was said is in the bot's mind already."""
        batch, rows = self._batch, self._at[part].tolist()
        mind = batch.mind
        assert mind is not None  # as a bot in Python has one
        columns = zip(
            rows,
            batch.failures[self._at[part]].tolist(),
            self._known[part].tolist(),
            self._open[part].tolist(),
            self._seeds[part].tolist(),
            *(_plain(column, part) for column in self._columns),
            strict=True,
        )
        return [
            Turn(
                text, intent, sure, says, mind.messages[row], self._turn + 1, failures, mind.state[row], batch.attempt,
                channel, plan, language, page, tenure_s, None if contacts is None else int(contacts), flags, since_s,
                week_s if known else None, is_open if known else None, self._covered, seed,
            )
            for row, failures, known, is_open, seed, text, intent, sure, says, channel, plan, language, page, tenure_s,
            contacts, flags, since_s, week_s in columns
        ]  # fmt: skip


def _plain(column: Column, part: slice) -> list[Any]:
    """Some of a column as rules see it; `None` where it is not set."""
    match column:
        case Words(codes, names):
            words = (*names, None)
            return [words[code] for code in codes[part].tolist()]
        case Texts(index, pool):
            return [pool.texts[code] for code in index[part].tolist()]
        case Numbers(values, known):
            return _where_known(values[part].tolist(), known, part)
        case WordSets(bits, names, known):
            sets = {each: _set(each, names) for each in np.unique(bits[part]).tolist()}
            return _where_known([sets[each] for each in bits[part].tolist()], known, part)
        case Moments(second_of_week):
            return list(second_of_week[part].tolist())


def _where_known(values: list[Any], known: BoolArray | None, part: slice) -> list[Any]:
    if known is None:
        return values
    return [value if is_known else None for value, is_known in zip(values, known[part].tolist(), strict=True)]


def _set(bits: int, names: tuple[str, ...]) -> frozenset[str]:
    return frozenset(name for bit, name in enumerate(names) if bits >> bit & 1)
