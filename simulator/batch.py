"""The state of a batch of dialogues while it is played: columns over all its rows, and the few things done to them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..rules.compiled import Late
from ..scenarios.pool import Kind
from .dialogue import BoolArray, Dialogues, Ending, FloatArray, IntArray, Reason, Said
from .encounter import Encounter
from .facts import VisibleFacts
from .guesses import Messages
from .loop_columns import LoopColumns
from .mind import Mind
from .states import HELP


class Batch:
    """Dialogues of one attempt that are played together. `at` picks rows in every method: those still talking.

    late          truth of the conditions that only the running clock can tell
    email         bool     by e-mail; None: nobody's is
    state         int16    what the bot waits for (`states.py`); None: there is but one such state
    asked_before  int16    questions that the customer has answered
    errands       uint32   bits of the errands that the bot has tried; None: it goes on none
    tries         int16    how often the bot has tried to help; None: once a turn
    said_to_help  int16    how often with a reply that may make a loop, not a question; None: once a turn

    Of a bot with a flow, empty for others:

    returns_to    int16    the state to be in after an errand
    topic         int16    what the bot recognised last, -1 nothing; topic_sure float64: how sure it is of that
    last_said_s   float64  when the bot spoke last, since the conversation began

    mind          what a bot in Python keeps in mind; None: the bot is none

    Of all:

    clock_s       float64  since the conversation began
    next_kind     int8     `Kind` of the customer's next message
    unhelpful     int16    bot turns that did not help, of the customer's patience with it
    failures      int16    the same, as the bot counts them
    resolved      bool     the desk would count the problem as solved, if the conversation ended now
    """

    def __init__(
        self,
        encounter: Encounter,
        rows: IntArray,
        starts_s: FloatArray,
        attempt: int,
        late: Late,
        email: BoolArray | None,
    ) -> None:
        self.encounter, self.rows, self.starts_s, self.attempt = encounter, rows, starts_s, attempt
        self.late, self.email = late, email
        n = rows.size
        self.segment = encounter.people.segment[rows]
        self.ending = np.zeros(n, dtype=np.int8)
        self.reason = np.zeros(n, dtype=np.int8)
        self.guard = np.full(n, -1, dtype=np.int16)
        states = encounter.states
        self.state = np.full(n, HELP, dtype=np.int16) if states.several else None
        in_steps = states.errands or states.has_flow
        self.tries = np.zeros(n, dtype=np.int16) if in_steps else None
        self.said_to_help = np.zeros(n, dtype=np.int16) if in_steps else None
        self.errands = np.zeros(n, dtype=np.uint32) if in_steps else None
        self.asked_before = np.zeros(n if states.several else 0, dtype=np.int16)
        flowing = n if states.has_flow else 0
        self.returns_to = np.zeros(flowing, dtype=np.int16)
        self.topic = np.full(flowing, -1, dtype=np.int16)
        self.topic_sure = np.zeros(flowing)
        self.last_said_s = np.zeros(flowing)
        self.bot_turns = np.zeros(n, dtype=np.int16)
        self.clock_s = np.zeros(n)
        self.helped_s = np.full(n, np.nan)
        self.opening = np.zeros(n, dtype=np.int32)
        self.telling = np.zeros(n, dtype=np.int32)
        by_text = encounter.recogniser.goes_by_text
        self.telling_turn = None if by_text else np.zeros(n, dtype=np.int8)
        self.telling_confidence = np.full(n, -1.0, dtype=np.float32 if by_text else np.float64)
        self.next_kind = np.zeros(n, dtype=np.int8)
        self.unhelpful = np.zeros(n, dtype=np.int16)
        self.failures = np.zeros(n, dtype=np.int16)
        self.requests = np.zeros(n, dtype=np.int16)
        self.resolved = np.zeros(n, dtype=bool)
        self.automated = np.zeros(n, dtype=bool)
        self.protected_known = np.zeros(n, dtype=bool)
        self.article_offered = np.zeros(n, dtype=bool)
        bot = encounter.policy.policy.bot
        a_turn = 2 if bot and bot.flow and bot.flow.speaks_up else 1
        self.loops = LoopColumns(n, bot.max_turns * a_turn if bot else 0)
        self.collected = np.zeros(n, dtype=bool) if bot and bot.collect else None
        self.somebody_returns = encounter.desk.scenario.behaviour.returns_to_thread.share > 0
        self.mind = None if encounter.own_bot is None else Mind(n, encounter.own_bot.ledger.likeness)
        self.customer_said: list[Said] = []
        self.bot_said: list[Said] = []

    def uniform(self, purpose: str, step: int, at: IntArray) -> FloatArray:
        """The uniforms of an address for the rows `at`."""
        return self.encounter.draws.uniform(self.rows[at], purpose, self.attempt, step)

    def moments_s(self, at: IntArray) -> FloatArray:
        """Where their clocks are, in run seconds; NaN: not known yet."""
        return np.asarray(self.starts_s[at] + self.clock_s[at])

    def forbidden(self, at: IntArray, messages: Messages) -> NDArray[np.int16]:
        """The guard that keeps the bot from answering each message; -1 none."""
        encounter, email = self.encounter, None if self.email is None else self.email[at]
        # Guards read the clock when the conversation begins, as they read live queues.
        facts = VisibleFacts(encounter.desk, encounter.people, messages, self.starts_s[at], email)
        return encounter.policy.forbids(facts, self.late)

    def has_tried(self, at: IntArray, errand: NDArray[np.int8]) -> BoolArray:
        """Whether the bot has tried an errand before, one entry each; -1 none."""
        assert self.errands is not None  # only asked of a bot that goes on errands
        return np.asarray((self.errands[at] & _bit(errand)) > 0)

    def tries_errand(self, at: IntArray, errand: NDArray[np.int8]) -> None:
        """The bot sets out on an errand."""
        assert self.errands is not None  # only a bot that goes on errands does
        self.errands[at] |= _bit(errand)

    def automates(self, at: IntArray, guessed: NDArray[np.int64], automated: BoolArray) -> None:
        """The bot offers something to some of these, having taken their problems for `guessed`."""
        rows, protection = self.rows[at], self.encounter.protection
        label_known = protection.label_known(rows, self.attempt)
        self.protected_known[at] |= automated & (label_known | protection.sensitive[guessed])
        self.automated[at] |= automated
        self.resolved[at] = automated

    def bot_says(self, at: IntArray, turn: int, codes: IntArray, classes: NDArray[np.integer[Any]] | None) -> None:
        """One bot turn; `classes` are given where the reply is no way out and leads to none, so that saying it again
        may make a loop.
        """
        if not at.size:
            return
        self.clock_s[at] += self.encounter.desk.scenario.behaviour.bot_reply
        self.bot_turns[at] += 1
        if self.last_said_s.size:
            self.last_said_s[at] = self.clock_s[at]
        self._note(self.bot_said, at, turn, codes)
        if classes is None:
            return
        for place, here in self._places(at, turn):
            self.loops.says(at[here], place, classes[codes[here]])
        if self.said_to_help is not None:
            self.said_to_help[at] += 1

    def customer_says(self, at: IntArray, turn: int, texts: IntArray) -> None:
        """One message of each customer, as pool rows."""
        self._note(self.customer_said, at, turn, texts)

    def customer_waits(self, at: IntArray, purpose: str, step: int) -> None:
        """The time until the customers write again, drawn at this address."""
        scenario = self.encounter.desk.scenario
        u_gap = np.maximum(self.uniform(purpose, step, at), 2.0**-54)
        gap_s = scenario.behaviour.reply_gap.quantile(u_gap)
        if self.email is not None:
            gap_s = np.where(self.email[at], scenario.by_email.answers_after.quantile(u_gap), gap_s)
        self.clock_s[at] += gap_s

    def to_people(self, at: IntArray, reason: Reason | NDArray[np.int8]) -> None:
        """The bot's part is over, and people take over."""
        self.ending[at] = Ending.TO_PEOPLE
        self.reason[at] = reason

    def leave(self, at: IntArray, ending: Ending, turn: int) -> None:
        """The end without a person; some say a last word."""
        self.ending[at] = ending
        if ending is Ending.UNHELPED_SILENT or not at.size:
            return
        kind = Kind.LEAVING if ending is Ending.LEFT else Kind.THANKS
        last_word = self.encounter.desk.scenario.behaviour.last_word
        speaks = at if ending is Ending.HELPED_CONFIRMED else at[self.uniform("last word", turn, at) < last_word.share]
        if ending is Ending.HELPED_SILENT or not speaks.size:
            return
        topics = self.encounter.people.topic[self.rows[speaks]]
        texts = self.encounter.desk.pool.rows(kind, topics, self.uniform("last text", turn, speaks))
        self.clock_s[speaks] += last_word.after
        self.customer_says(speaks, turn + 1, texts)
        if ending is Ending.LEFT:
            self.resolved[speaks] = False

    def dialogues(self) -> Dialogues:
        """What became of them, once nobody talks any more."""
        in_bot = self.ending != Ending.TO_PEOPLE
        asked = self.requests > 0
        # Who was asked first was on the way to a person.
        refused = asked & (self.ending == Ending.LEFT) & (self.reason != Reason.DROPPED_OFF)
        self.reason[refused] = Reason.REFUSED
        return Dialogues(
            attempt=self.attempt,
            rows=self.rows,
            ending=self.ending,
            reason=self.reason,
            guard=self.guard,
            bot_turns=self.bot_turns,
            duration_s=self.clock_s,
            helped_s=self.helped_s,
            opening=self.opening,
            telling=self.telling,
            telling_turn=self.telling_turn,
            turns_after_request=self.loops.turns_since_request,
            asked=asked,
            refused=refused,
            loop=self.loops.loop,
            stumble=self.loops.stumble,
            counted_resolved=in_bot & self.resolved,
            protected_known=self.protected_known,
            protected=self.automated & self.encounter.protection.in_truth(self.rows, self.attempt),
            customer_said=tuple(self.customer_said),
            bot_said=tuple(self.bot_said),
            email=self.email,
            collected=self.collected,
        )

    def ignores_what_was_asked(self, at: IntArray) -> None:
        """The bot speaks again before the customers do: a turn that leads no asker to a person."""
        about_to = self.next_kind[at] == Kind.ASK_PERSON
        self.loops.ignores_request(at[self.requests[at] > about_to])

    def has_tried_to_help(self, at: IntArray) -> None:
        """The bot has tried once more, of the times that it may."""
        self.loops.ignores_request(at[self.requests[at] > 0])
        if self.tries is not None:
            self.tries[at] += 1

    def _places(self, at: IntArray, turn: int) -> Iterator[tuple[int, slice | BoolArray]]:
        """Rows by how many replies that may make a loop the bot has given before: no question counts as a place."""
        if self.said_to_help is None:
            yield turn, slice(None)
            return
        before = self.said_to_help[at]
        for place in np.unique(before).tolist():
            yield place, before == place

    def has_spent(self, at: IntArray, turn: int, max_turns: int) -> BoolArray:
        """Whether the bot has tried to help as often as it may."""
        if self.tries is None:
            return np.broadcast_to(np.bool_(turn == max_turns), at.shape)
        return np.asarray(self.tries[at] >= max_turns)

    def _note(self, said: list[Said], at: IntArray, turn: int, codes: IntArray) -> None:
        said.append(Said(self.rows[at], turn, codes, self.clock_s[at].astype(np.float32)))


def _bit(errand: NDArray[np.int8]) -> NDArray[np.uint32]:
    return np.where(errand >= 0, np.uint32(1) << errand.clip(0).astype(np.uint32), np.uint32(0))
