"""The conversation between a customer and a bot, played in rounds over all customers at once.

A bot competes for nothing, so its dialogues need no clock: they are computed ahead of the event loop, as a function of
the problem, the attempt and the policy. One round is one message of the customer and one turn of the bot.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..rules.bot import Bot
from ..rules.compiled import Late
from ..scenarios.pool import Kind
from .batch import Batch
from .dialogue import BoolArray, Dialogues, Ending, FloatArray, IntArray, Reason
from .encounter import Encounter
from .errands import begun, carried_out
from .flows import stepped
from .guesses import Guesses, Messages
from .helping import offered, offers_of
from .openings import opens_vaguely
from .own_turns import replied
from .questions import answered, asked
from .replies import CLOSING, HAND_OVER, MESSAGE_TAKEN, SAYS_WHEN
from .states import HELP
from .suggestions import unhelped_by_pages


def played(
    encounter: Encounter,
    rows: IntArray,
    starts_s: FloatArray,
    attempt: int,
    late: Late,
    email: BoolArray | None = None,
    blocked: BoolArray | None = None,
) -> Dialogues:
    """The dialogues of attempt number `attempt` of the problems `rows`, which begin at `starts_s` (run seconds; NaN =
    not known yet); `email` says which are by e-mail, `blocked` whom a bot kept from people in an earlier attempt.

    `late` holds the truth of conditions that only the running clock can tell, as read when the conversation begins.
    """
    batch = Batch(encounter, rows, starts_s, attempt, late, email)
    bot = encounter.policy.policy.bot
    at = np.arange(rows.size, dtype=np.int32)
    _choose_opening(batch, at, blocked)
    if bot is not None:
        at = unhelped_by_pages(bot, batch, at)
    turn = 0
    while at.size:
        messages = _customers_write(batch, at, turn)
        if turn == 0 and attempt == 1 and encounter.people.backlog is not None:
            waits = encounter.people.backlog[batch.rows[at]] >= 0
            batch.to_people(at[waits], Reason.BACKLOG)
            at, messages = at[~waits], messages.where(~waits)
        if bot is None:
            batch.to_people(at, Reason.NO_BOT)
            break
        at = _Round(batch, bot, turn).played(at, messages)
        turn += 1
    return batch.dialogues()


def _choose_opening(batch: Batch, at: IntArray, blocked: BoolArray | None) -> None:
    """Some ask for a person before they say what it is about, more of them after a first attempt, most of all those who
    were blocked; some say nothing of it.
    """
    vague = opens_vaguely(batch.encounter.desk.scenario, batch.encounter.draws, batch.rows, batch.attempt)
    if vague is not None:
        batch.next_kind[vague] = Kind.VAGUE
    asks = batch.encounter.temper.asks_first[batch.segment]
    returns = batch.encounter.desk.scenario.returns
    if batch.attempt > 1 and returns is not None:
        asks = np.maximum(asks, returns.asks_for_person_at_once)
        if blocked is not None:
            asks = np.where(blocked, np.maximum(asks, returns.asks_after_being_blocked), asks)
    if not asks.any():
        return
    asking = batch.uniform("asks first", 0, at) < asks
    batch.next_kind[asking] = Kind.ASK_PERSON
    batch.requests[asking] = 1


def _customers_write(batch: Batch, at: IntArray, turn: int) -> Messages:
    """What the customers write now."""
    encounter = batch.encounter
    texts = np.empty(at.size, dtype=np.int32)
    u = batch.uniform("message", turn, at)
    kinds = _as_they_can(batch, at, batch.next_kind[at])
    topics = encounter.people.topic[batch.rows[at]]
    for kind in np.flatnonzero(np.bincount(kinds)).tolist():
        now = np.flatnonzero(kinds == kind)
        if kind == Kind.DETAILS:
            texts[now] = answered(batch, at[now])
        else:
            texts[now] = encounter.desk.pool.rows(Kind(kind), topics[now], u[now])
    if turn == 0:
        batch.opening[at] = batch.telling[at] = texts
    # Who writes again was not helped by what the bot said last.
    batch.resolved[at] = False
    batch.customer_says(at, turn, texts)
    return Messages(encounter.recogniser, batch.rows[at], texts, batch.attempt, turn)


def _as_they_can(batch: Batch, at: IntArray, kinds: NDArray[np.int8]) -> NDArray[np.int8]:
    """The kinds of messages of those who can: whom the bot has led in circles has fewer words for it, and who has
    nothing else to write about says it again.
    """
    desk = batch.encounter.desk
    again = desk.scenario.behaviour
    if again.after_a_loop.words == 1 and not again.writes_again.switches:
        return kinds
    sizes = desk.pool.sizes[Kind.SWITCHED, batch.encounter.people.topic[batch.rows[at]]]
    kinds = np.where((kinds == Kind.SWITCHED) & (sizes == 0), np.int8(Kind.REPHRASED), kinds)
    if again.after_a_loop.words < 1:
        kinds[(kinds == Kind.REPHRASED) & batch.loops.found(at)] = Kind.BLURRED
    return kinds


class _Round:
    """One turn of the bot, after the customers have written."""

    def __init__(self, batch: Batch, bot: Bot, turn: int) -> None:
        self.batch, self.bot, self.turn = batch, bot, turn
        self.states = batch.encounter.states

    def played(self, at: IntArray, messages: Messages) -> IntArray:
        """The bot's turn and the customers' reaction; returns the rows that go on talking."""
        batch = self.batch
        guard = batch.forbidden(at, messages)
        if batch.state is None or not batch.state[at].any():
            return self._help(at, messages, guard)
        state = batch.state[at]
        helps = (state == HELP) | (state >= self.states.first_of_flow)
        on = [self._help(at[helps], messages.where(helps), guard[helps])]
        for each in np.unique(state[~helps]).tolist():
            here = state == each
            on.append(self._heard(each, at[here], guard[here]))
        return np.sort(np.concatenate(on))

    def _help(self, at: IntArray, messages: Messages, guard: NDArray[np.int16]) -> IntArray:
        """The bot lets go those whom it should, and helps the others."""
        batch, bot, turn, guesses = self.batch, self.bot, self.turn, messages.guesses
        _listen(batch, at, messages, turn)
        reason = self._reason_to_hand_over(at, guesses, guard)
        over = reason > 0
        batch.guard[at[over]] = guard[over]
        untouched = (guard >= 0) & (turn == 0)
        batch.to_people(at[untouched], Reason.GUARD)
        foreign = self._speaks_another(at) & ~untouched if turn == 0 else None
        if foreign is not None and foreign.any():
            batch.to_people(at[foreign], Reason.LANGUAGE)
            untouched |= foreign
        over &= ~untouched
        # A bot that is alone at night lets nobody through but whom a guard keeps from it; at its limit it closes.
        refused_closed = over & (reason != Reason.GUARD) & self._nobody_there(batch.moments_s(at))
        gives_up = (reason == Reason.TURN_LIMIT) & (bot.at_max_turns == "close")
        closes = over & (gives_up | (refused_closed & batch.has_spent(at, turn, bot.max_turns)))
        refused_closed &= ~closes
        leaves_bot = over & ~closes & ~refused_closed
        self.close(at[closes])
        stays = ~(untouched | closes | leaves_bot)
        staying, no_way_out = at[stays], refused_closed[stays]
        if bot.flow is not None:
            on = [self.hand_over(at[leaves_bot], reason[leaves_bot])]
            on.append(stepped(bot, batch, staying, messages.where(stays), turn, self))
            return np.sort(np.concatenate(on)).astype(np.int32)
        if bot.python is not None:
            on = [self.hand_over(at[leaves_bot], reason[leaves_bot])]
            on.append(replied(bot, batch, staying, messages.where(stays), no_way_out, turn, self))
            return np.sort(np.concatenate(on)).astype(np.int32)
        offers = offers_of(bot, batch, staying, guesses.where(stays), no_way_out)
        on = [self.hand_over(at[leaves_bot], reason[leaves_bot])]
        if bot.hand_over.when_unsure:
            unsure = offers.nothing & ~no_way_out & ~self._nobody_there(batch.moments_s(staying))
            on.append(self.hand_over(staying[unsure], np.full(np.count_nonzero(unsure), Reason.UNSURE, dtype=np.int8)))
            staying, offers = staying[~unsure], offers.where(~unsure)
        if offers.errand is not None:
            runs = offers.errand >= 0
            if runs.any():
                on.append(begun(batch, staying[runs], offers.where(runs), turn))
                staying, offers = staying[~runs], offers.where(~runs)
        on.append(offered(batch, staying, offers, turn))
        on = [each for each in on if each.size]
        return np.sort(np.concatenate(on)) if len(on) > 1 else on[0] if on else at[:0]

    def _speaks_another(self, at: IntArray) -> BoolArray:
        """Whether customers write in a language that the bot does not speak."""
        encounter, spoken = self.batch.encounter, self.bot.languages
        if spoken is None:
            return np.zeros(at.size, dtype=np.bool_)
        names, language = encounter.desk.pool.language_names, encounter.people.language
        foreign = np.array([name not in spoken for name in names])
        return foreign[np.zeros(at.size, dtype=np.int8) if language is None else language[self.batch.rows[at]]]

    def _reason_to_hand_over(
        self, at: IntArray, guesses: Guesses, guard: NDArray[np.int16]
    ) -> NDArray[np.int8]:
        """Why the bot should let go of each; `Reason.NONE`: it should not. A guard comes first, then being asked."""
        batch, rules = self.batch, self.bot.hand_over
        behaviour, asks_for_person = batch.encounter.desk.scenario.behaviour, batch.encounter.desk.asks_for_person
        reason = np.zeros(at.size, dtype=np.int8)
        spent = batch.has_spent(at, self.turn, self.bot.max_turns)
        if spent.any():
            reason[spent] = Reason.TURN_LIMIT
        if rules.after_failures != "never":
            reason[batch.failures[at] >= rules.after_failures] = Reason.FAILURES
        if rules.when_asked:
            sure = guesses.confidence >= behaviour.asks_recognised_from
            reason[(guesses.codes == asks_for_person) & sure] = Reason.ASKED
        reason[guard >= 0] = Reason.GUARD
        return reason

    def _heard(self, state: int, at: IntArray, guard: NDArray[np.int16]) -> IntArray:
        """The customers have answered a question, or replied to what is done."""
        batch = self.batch
        batch.guard[at] = guard
        stopped = guard >= 0
        if state == self.states.done:
            reason = np.where(stopped, np.int8(Reason.GUARD), np.int8(Reason.REPLIED))
            return self.hand_over(at, reason)
        question = self.states.question(state)
        if question.errand is None and question.then is None:
            assert batch.collected is not None  # a bot that collects says who told it all
            batch.collected[at] = True
        self._pass_on(at[stopped], np.full(np.count_nonzero(stopped), Reason.GUARD, dtype=np.int8))
        at = at[~stopped]
        if question.then is not None:
            return asked(batch, at, question.then, self.turn)
        if question.errand is not None:
            right = np.ones(at.size, dtype=np.bool_)
            return carried_out(batch, at, question.errand, right, self.turn)
        self._pass_on(at, batch.reason[at])
        return at[:0]

    def hand_over(self, at: IntArray, reason: NDArray[np.int8]) -> IntArray:
        """People take over once what the bot asks for is answered; where a guard stops it, it asks nothing more.
        Returns the rows of those who are asked and stay.
        """
        first = self.states.collects
        asks = np.zeros(at.size, dtype=np.bool_) if first is None else reason != Reason.GUARD
        self._pass_on(at[~asks], reason[~asks])
        if first is None or not asks.any():
            return at[:0]
        self.batch.reason[at[asks]] = reason[asks]
        return asked(self.batch, at[asks], first, self.turn)

    def _pass_on(self, at: IntArray, reason: NDArray[np.int8]) -> None:
        codes = self._farewell(self.batch.moments_s(at))
        if self.batch.mind is not None:
            codes = self.batch.mind.farewell_or(at, codes)
        self.batch.bot_says(at, self.turn, codes, None)
        self.batch.to_people(at, reason)

    def close(self, at: IntArray, codes: IntArray | None = None) -> None:
        """The bot ends the conversation, with these words or with the policy's."""
        batch = self.batch
        batch.bot_says(at, self.turn, np.full(at.size, CLOSING, dtype=np.int32) if codes is None else codes, None)
        batch.loops.ignores_request(at[batch.requests[at] > 0])
        batch.leave(at, Ending.LEFT, self.turn)

    def _nobody_there(self, moments_s: FloatArray) -> BoolArray:
        """Where the way to people is shut because the desk is closed and the bot is alone."""
        if self.bot.hand_over.when_closed != "bot_only":
            return np.zeros(moments_s.size, dtype=bool)
        return ~self.batch.encounter.desk.is_open(moments_s)

    def _farewell(self, moments_s: FloatArray) -> IntArray:
        """The reply that goes with a hand-over."""
        closed_reply = SAYS_WHEN if self.bot.hand_over.when_closed == "say_when" else MESSAGE_TAKEN
        return np.where(self.batch.encounter.desk.is_open(moments_s), HAND_OVER, closed_reply).astype(np.int32)


def _listen(batch: Batch, at: IntArray, messages: Messages, turn: int) -> None:
    """The message that tells most of the problem is the surest one so far that is about any."""
    guesses = messages.guesses
    tells = np.where(guesses.codes < batch.encounter.desk.asks_for_person, guesses.confidence, -0.5)
    better = tells > batch.telling_confidence[at]
    batch.telling[at[better]] = messages.texts[better]
    batch.telling_confidence[at[better]] = tells[better]
    if batch.telling_turn is not None:
        batch.telling_turn[at[better]] = turn
