"""A bot of the user's own, found and called: what it says to some turns, or one line about why it cannot say it."""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from dataclasses import fields
from inspect import isawaitable
from pathlib import Path
from typing import Any, Protocol

from ..errors import BadValue, InputError, Problem, did_you_mean
from ..extensions import as_user_code, extension, seeded, time_limit
from ..rules.bot import InPython
from ..rules.own_bot import Reply, Turn
from ..rules.policy import Policy
from .desk import Desk
from .ledger import Ledger
from .replies import Replies

GROUP = "deskdrill.bots"
"""The entry points that offer bots."""
LIMIT_S = 10.0
"""Longest that a bot may take for a turn."""
_SHOWN = 60
"""Characters of a text that a message shows."""


class Speaker(Protocol):
    """Whatever replies to turns: a function of the user's; a server, once somebody writes that."""

    def replies(self, turns: Sequence[Turn]) -> Sequence[Reply]:
        """What it does in each turn, each of another conversation. Raises `NoReply`."""
        ...


class NoReply(BadValue):
    """There is no reply to the turn at `position` of those that were asked about."""

    def __init__(self, position: int, message: str, suggestion: str | None = None) -> None:
        super().__init__(message, suggestion)
        self.position = position


class InProcess:
    """A function of the user's, called once a turn. Raises `BadValue` where it cannot be found.

    What it draws from Python's and numpy's own random numbers goes by `seed` and by how often it was asked before.
    """

    def __init__(self, bot: InPython, seed: str) -> None:
        self._name, self._folder = bot.function, Path(bot.folder)
        self._seed, self._asked = seed, 0
        self._function = extension(bot.function, GROUP, self._folder)

    def replies(self, turns: Sequence[Turn]) -> Sequence[Reply]:
        """What the function gives for each turn, in order."""
        found: list[Reply] = []
        self._asked += 1
        try:
            with (
                as_user_code(self._name, self._folder),
                seeded(f"{self._seed}:{self._asked}"),
                time_limit(LIMIT_S) as begins,
            ):
                for turn in turns:
                    begins()
                    reply = self._function(turn)
                    found.append(reply if type(reply) is Reply else _as_reply(reply))
        except BadValue as error:
            raise NoReply(len(found), error.message, error.suggestion) from error
        return found


class OwnBot:
    """A bot in Python on a desk, in one replication: whom it talks to, and what it has said."""

    def __init__(self, policy: Policy, bot: InPython, desk: Desk, ledger: Ledger, run: tuple[int, int]) -> None:
        self.ledger = ledger
        self._policy, self._bot, (self._seed, self._replication) = policy, bot, run
        intents = desk.scenario.intents
        self._intents = {name: code for code, name in enumerate(intents)}
        self.covered = frozenset(name for name in intents if desk.scenario.knowledge_of(name).covers > 0)
        try:
            self._speaker: Speaker = InProcess(bot, f"{self._seed}:{self._replication}")
        except BadValue as error:
            raise self._unusable(error.message, error.suggestion) from error

    def replies(self, turns: Sequence[Turn], problems: Sequence[int]) -> Sequence[Reply]:
        """What it does in some turns, of conversations about these problems. Raises `InputError`."""
        try:
            found = self._speaker.replies(turns)
            for position, reply in enumerate(found):
                if reply.about is not None and reply.about not in self._intents:
                    message = f"`{self._bot.function}`: a reply about unknown intent {_shown(reply.about)}"
                    raise NoReply(position, message, did_you_mean(reply.about, self._intents))
        except NoReply as error:
            where = self._conversation(turns[error.position], problems[error.position])
            raise self._unusable(f"{error.message}, {where}", error.suggestion) from error
        return found

    def code_of(self, intent: str | None) -> int:
        """The code of an intent; -1 for none."""
        return -1 if intent is None else self._intents[intent]

    def _conversation(self, turn: Turn, problem: int) -> str:
        """Where it was, and how to come there again; a pilot run has no number that could be asked for."""
        name = f"`{self._policy.name}/{self._replication}/{problem}.{turn.attempt}`"
        again = f"--seed {self._seed}" + (f" --replications {self._replication + 1}" if self._replication >= 0 else "")
        said = f"turn {turn.number} of conversation {name}, after {_shown(turn.text)}"
        return f"in {said}; `{again}` comes there again"

    def _unusable(self, message: str, suggestion: str | None) -> InputError:
        bot = self._bot
        return InputError(Problem(self._policy.place, message, bot.line, bot.column, suggestion))


def _as_reply(value: Any) -> Reply:
    """A reply of a class of the user's as one of ours. Raises `BadValue` for what is no reply."""
    if isawaitable(value):
        if isinstance(value, Coroutine):
            value.close()
        raise BadValue("is `async`; a bot is a plain function that gives a `deskdrill.rules.Reply`")
    if not isinstance(value, Reply):
        raise BadValue(f"expected a `deskdrill.rules.Reply`, found {_shown(value)}")
    return Reply(**{each.name: getattr(value, each.name) for each in fields(Reply)})


def own_bot_of(policy: Policy, desk: Desk, replies: Replies, seed: int, replication: int) -> OwnBot | None:
    """A policy's bot in Python, imported for this replication; `None` if it has none. Raises `InputError`."""
    if policy.bot is None or policy.bot.python is None:
        return None
    return OwnBot(policy, policy.bot.python, desk, Ledger(replies), (seed, replication))


def _shown(value: object) -> str:
    """A value in backticks, shortened: a text as it is, all else as Python writes it."""
    text = value if isinstance(value, str) else repr(value)
    return f"`{text if len(text) <= _SHOWN else text[: _SHOWN - 1] + '…'}`"
