"""Conversations of a run with what was said in them, for the tests of this room."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from small_desks import Guess, Row, guesses_of, rows_of

from deskdrill.rules.loops import Turn
from deskdrill.scenarios.pool import Kind
from deskdrill.simulator.run import Run
from deskdrill.simulator.tables import tables_of

NO_GUESS: Guess = (None, 0.0)
FAREWELLS = ("hand_over", "message_taken", "says_when")


@dataclass(frozen=True)
class Message:
    at_s: float
    author: str
    text: str
    kind: str
    """What it does: the customer's `Kind`, or the bot's kind of reply."""
    similar: int
    """Replies that read alike have the same number; -1 for the customer."""
    intent: str | None
    confidence: float


@dataclass(frozen=True)
class Talk:
    row: Row
    said: list[Message]

    @property
    def bot_said(self) -> list[Message]:
        return [message for message in self.said if message.author == "bot"]

    @property
    def customer_said(self) -> list[Message]:
        return [message for message in self.said if message.author == "customer"]


def talks(run: Run) -> list[Talk]:
    """Every conversation with what was said in it, in order."""
    tables = {name: rows_of(tables_of(run)[name]) for name in ("conversations", "messages")}
    said: list[list[Message]] = [[] for _ in tables["conversations"]]
    guesses = guesses_of(run)
    for row in tables["messages"]:
        messages = said[row["conversation"]]
        # A page suggests something before anybody writes.
        before = [(0, NO_GUESS)] + guesses[row["conversation"]]
        turn = sum(each.author == "customer" for each in messages)
        messages.append(_message(run, row, before[turn + (row["author"] == "customer")][1]))
    return [Talk(row, messages) for row, messages in zip(tables["conversations"], said, strict=True)]


def _message(run: Run, row: Row, guess: Guess) -> Message:
    code, pool = row["text_code"], run.desk.pool
    if row["author"] == "bot":
        assert run.replies is not None
        kind, similar = run.replies.kinds[code], int(run.replies.classes[code])
        return Message(row["at_s"], "bot", run.replies.texts[code], kind, similar, None, 0.0)
    return Message(row["at_s"], "customer", pool.texts[code], Kind(pool.kinds[code]).name.lower(), -1, *guess)


def turns_of(talk: Talk) -> list[Turn]:
    """A conversation as a transcript, in which loops are found."""
    return [
        Turn(m.at_s, "bot", m.text, _part(m)) if m.author == "bot" else Turn(m.at_s, "customer", m.text, asks_for_person=m.kind == "ask_person")
        for m in talk.said
    ]


def _part(message: Message) -> Literal["help", "question", "way out", "else"]:
    if message.kind in FAREWELLS:
        return "way out"
    if is_question(message):
        return "question"
    return "else" if is_of_errand(message) or message.kind == "closing" else "help"


def is_question(message: Message) -> bool:
    """Whether the bot asks for something before it hands over."""
    return message.kind.startswith("collect ")


def is_of_errand(message: Message) -> bool:
    """Whether the bot asks for something that it needs for an errand."""
    return message.kind.startswith("ask ")
