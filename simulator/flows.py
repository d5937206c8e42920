"""A bot's own flow, played for many customers at once: which state each comes to, and what the bot does there."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ..rules.bot import Bot
from ..rules.columns import Column, Numbers
from ..rules.conditions import ALWAYS
from ..rules.flow import State
from ..scenarios.pool import Kind
from .batch import Batch
from .dialogue import BoolArray, Ending, IntArray, Reason
from .errands import begun
from .facts import VisibleFacts
from .guesses import Messages
from .helping import Offers, offered
from .questions import staying
from .reactions import reactions
from .replies import CLOSING


class Ways(Protocol):
    """How a turn ends the bot's part."""

    def hand_over(self, at: IntArray, reason: NDArray[np.int8]) -> IntArray:
        """People take over; returns the rows of those who are asked something first."""
        ...

    def close(self, at: IntArray, codes: IntArray | None = None) -> None:
        """The bot ends the conversation, with these words or with the policy's."""
        ...


class FlowFacts(VisibleFacts):
    """What the branches of a flow see."""

    def __init__(self, batch: Batch, at: IntArray, messages: Messages) -> None:
        encounter, email = batch.encounter, None if batch.email is None else batch.email[at]
        super().__init__(encounter.desk, encounter.people, messages, batch.starts_s[at], email)
        self._failures = batch.failures[at]

    def column(self, field: str) -> Column | None:
        """The column of a field of the vocabulary."""
        if field == "bot.failures":
            return Numbers(self._failures.astype(np.float64), None)
        return super().column(field)


def stepped(bot: Bot, batch: Batch, at: IntArray, messages: Messages, turn: int, ways: Ways) -> IntArray:
    """The customers' messages lead to states, and the bot does what it does there; returns the rows that go on."""
    return _Step(bot, batch, turn, ways).played(at, messages)


class _Step:
    """One turn of a bot with a flow."""

    def __init__(self, bot: Bot, batch: Batch, turn: int, ways: Ways) -> None:
        assert bot.flow is not None  # only asked of a bot with a flow
        self.bot, self.flow, self.batch, self.turn, self.ways = bot, bot.flow, batch, turn, ways
        self.encounter, self.states = batch.encounter, batch.encounter.states
        replies = self.encounter.replies
        assert replies is not None  # a policy with a bot has replies
        self.replies = replies

    def played(self, at: IntArray, messages: Messages) -> IntArray:
        self._remember(at, messages)
        target = self._led_to(at, messages)
        on: list[IntArray] = []
        waiting = target >= 0
        while waiting.any():
            number = int(target[waiting].min())
            here = waiting & (target == number)
            state, rows = self.flow.states[number], at[here]
            can = self._can(state, rows)
            on.append(self._done(state, number, rows[can]))
            waiting &= ~here
            if not can.all():
                assert state.otherwise is not None  # only a state with another way out cannot act
                lost = np.flatnonzero(here)[~can]
                target[lost] = self.flow.names.index(state.otherwise)
                waiting[lost] = True
        on = [each for each in on if each.size]
        return np.sort(np.concatenate(on)).astype(np.int32) if on else at[:0]

    def _remember(self, at: IntArray, messages: Messages) -> None:
        """The bot keeps in mind what it recognised last; a plain yes or no is about nothing else."""
        batch, guesses = self.batch, messages.guesses
        topical = (guesses.codes >= 0) & (guesses.codes < self.encounter.desk.asks_for_person)
        said = self.encounter.desk.says[messages.texts]
        topical &= said < 0
        batch.topic[at[topical]] = guesses.codes[topical]
        batch.topic_sure[at[topical]] = guesses.confidence[topical]

    def _led_to(self, at: IntArray, messages: Messages) -> NDArray[np.int64]:
        """The state that each message leads to, by its number."""
        batch, names = self.batch, self.flow.names
        assert batch.state is not None  # a bot with a flow has states
        state = batch.state[at].astype(np.int64) - self.states.first_of_flow
        target = np.where(state < 0, 0, -1)
        for number in np.unique(state[state >= 0]).tolist():
            here = np.flatnonzero(state == number)
            one = self.flow.states[number]
            chosen = messages.where(state == number)
            facts = FlowFacts(batch, at[here], chosen)
            # Where people should have taken over and nobody was there, they are asked for again.
            target[here] = number
            free = np.ones(here.size, dtype=np.bool_)
            for branch in one.next:
                holds = free if branch.when == ALWAYS else free & self.encounter.policy.evaluate(branch.when, facts)
                target[here[holds]] = names.index(branch.go)
                free = free & ~holds
            if one.act == "checks":
                # Who says that this is what was meant leaves no doubt.
                yes = self.encounter.desk.says[chosen.texts] == 0
                batch.topic_sure[at[here[yes]]] = 1.0
        return target

    def _can(self, state: State, rows: IntArray) -> BoolArray:
        """Whether the bot can do what a state says."""
        batch, encounter = self.batch, self.encounter
        topic = batch.topic[rows].astype(np.int64)
        sure = (topic >= 0) & (batch.topic_sure[rows] >= state.confidence_at_least)
        match state.act:
            case "answers":
                return np.asarray(sure & encounter.has_answer[topic])
            case "suggests":
                return np.asarray(sure & encounter.has_article[topic] & ~batch.article_offered[rows])
            case "errand":
                errand = encounter.errand_of[topic]
                return np.asarray(sure & (errand >= 0) & ~batch.has_tried(rows, errand))
            case "checks":
                return np.asarray(sure)
        return np.ones(rows.size, dtype=np.bool_)

    def _done(self, state: State, number: int, at: IntArray) -> IntArray:
        """The bot does what a state says; returns the rows that go on talking."""
        if not at.size:
            return at
        batch, turn = self.batch, self.turn
        assert batch.state is not None  # a bot with a flow has states
        here = np.int16(self.states.first_of_flow + number)
        batch.state[at] = batch.returns_to[at] = here
        match state.act:
            case "hands_over":
                return self._handed_over(at)
            case "closes":
                self.ways.close(at)
                return at[:0]
            case "errand":
                on = begun(batch, at, self._offers(at, errand=True), turn)
            case "answers":
                on = offered(batch, at, self._offers(at, answers=True), turn)
            case "suggests":
                on = offered(batch, at, self._offers(at, suggests=True), turn)
            case "asks":
                self._says(number, at, None)
                batch.has_tried_to_help(at)
                on = staying(batch, at, turn)
            case "checks":
                on = self._checked(number, at)
            case "says":
                self._says(number, at, self.replies.classes)
                nothing = np.zeros(at.size, dtype=np.bool_)
                on = reactions(batch, at, turn, nothing, nothing, fails=False)
        return self._timed_out(state, on)

    def _offers(self, at: IntArray, *, answers: bool = False, suggests: bool = False, errand: bool = False) -> Offers:
        every, none = np.ones(at.size, dtype=np.bool_), np.zeros(at.size, dtype=np.bool_)
        topic = self.batch.topic[at].astype(np.int64)
        return Offers(
            topic,
            self.encounter.errand_of[topic] if errand else None,
            every if answers else none,
            every if suggests else none,
        )

    def _says(self, number: int, at: IntArray, classes: NDArray[np.integer[Any]] | None) -> None:
        code = self.replies.first_of_flow[number]
        self.batch.bot_says(at, self.turn, np.full(at.size, code, dtype=np.int32), classes)

    def _checked(self, number: int, at: IntArray) -> IntArray:
        """The bot asks whether this is what was meant: who was understood says yes, the others no."""
        batch, topic = self.batch, self.batch.topic[at].astype(np.int64)
        codes = self.replies.first_of_flow[number] + topic
        batch.bot_says(at, self.turn, codes.astype(np.int32), self.replies.classes)
        right = topic == self.encounter.people.intent[batch.rows[at]]
        agree, wrong = at[right], at[~right]
        batch.has_tried_to_help(agree)
        batch.next_kind[agree] = Kind.YES
        batch.customer_waits(agree, "gap", self.turn)
        nothing = np.zeros(wrong.size, dtype=np.bool_)
        on = reactions(batch, wrong, self.turn, nothing, nothing, fails=False)
        batch.next_kind[on[batch.next_kind[on] != Kind.ASK_PERSON]] = Kind.NO
        return np.sort(np.concatenate([agree, on])).astype(np.int32)

    def _handed_over(self, at: IntArray) -> IntArray:
        """To a person; where nobody is there and the bot is alone, it can only say that it did not understand, and
        close once it has tried as often as it may.
        """
        alone = np.zeros(at.size, dtype=np.bool_)
        if self.bot.hand_over.when_closed == "bot_only":
            alone = ~self.encounter.desk.is_open(self.batch.moments_s(at))
        reason = np.full(np.count_nonzero(~alone), Reason.FLOW, dtype=np.int8)
        on = self.ways.hand_over(at[~alone], reason)
        spent = alone & self.batch.has_spent(at, self.turn, self.bot.max_turns)
        self.ways.close(at[spent])
        alone &= ~spent
        return np.concatenate([on, offered(self.batch, at[alone], self._offers(at[alone]), self.turn)]).astype(np.int32)

    def _timed_out(self, state: State, at: IntArray) -> IntArray:
        """Whoever does not write in time is led on by the bot itself: it says something, hands over, or closes."""
        if state.silent_for is None or not at.size:
            return at
        batch = self.batch
        said_s = batch.last_said_s[at]
        late = batch.clock_s[at] - said_s > state.silent_for.after
        rows = at[late]
        if not rows.size:
            return at
        writes_s = batch.clock_s[rows]
        batch.clock_s[rows] = said_s[late] + state.silent_for.after
        following = self.flow.named(state.silent_for.go)
        match following.act:
            case "closes":
                # What they would have written comes too late.
                batch.bot_says(rows, self.turn, np.full(rows.size, CLOSING, dtype=np.int32), None)
                batch.ignores_what_was_asked(rows)
                batch.ending[rows] = Ending.UNHELPED_SILENT
                return np.asarray(at[~late])
            case "hands_over":
                return np.sort(np.concatenate([at[~late], self._handed_over(rows)])).astype(np.int32)
            case _:
                self._says(self.flow.names.index(following.name), rows, self.replies.classes)
                batch.ignores_what_was_asked(rows)
                batch.clock_s[rows] = np.maximum(batch.clock_s[rows], writes_s)
                assert batch.state is not None  # a bot with a flow has states
                batch.state[rows] = self.states.first_of_flow + self.flow.names.index(following.name)
                return at
