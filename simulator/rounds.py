"""The conversation between a customer and a bot, played in rounds over all customers at once.

A bot competes for nothing, so its dialogues need no clock: they are computed ahead of the event loop, as a function of
the problem, the attempt and the policy. One round is one message of the customer and one turn of the bot.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..rules.compiled import Late
from ..rules.policy import Bot
from ..scenarios.pool import Kind
from .dialogue import BoolArray, Dialogues, Ending, FloatArray, IntArray, Reason, Said
from .encounter import Encounter
from .facts import VisibleFacts
from .guesses import Guesses, Messages
from .loops import Loops
from .openings import opens_vaguely
from .replies import CLOSING, HAND_OVER, MESSAGE_TAKEN, SAYS_WHEN


def played(
    encounter: Encounter,
    rows: IntArray,
    starts_s: FloatArray,
    attempt: int,
    late: Late,
    email: BoolArray | None = None,
) -> Dialogues:
    """The dialogues of attempt number `attempt` of the problems `rows`, which begin at `starts_s` (run seconds; NaN =
    not known yet); `email` says which are by e-mail.

    `late` holds the truth of conditions that only the running clock can tell, as read when the conversation begins.
    """
    return _Rounds(encounter, rows, starts_s, attempt, late, email).played()


class _Rounds:
    """The state of one batch of dialogues: arrays span all its rows, `at` picks those still talking."""

    def __init__(
        self,
        encounter: Encounter,
        rows: IntArray,
        starts_s: FloatArray,
        attempt: int,
        late: Late,
        email: BoolArray | None,
    ) -> None:
        self.encounter, self.rows, self.starts_s, self.attempt, self.late = encounter, rows, starts_s, attempt, late
        self.email = email
        n = rows.size
        self.segment = encounter.people.segment[rows]
        self.ending = np.zeros(n, dtype=np.int8)
        self.reason = np.zeros(n, dtype=np.int8)
        self.guard = np.full(n, -1, dtype=np.int16)
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
        self.loops = Loops(n, bot.max_turns if bot else 0)
        self.collected = np.zeros(n, dtype=bool) if bot and bot.collect else None
        self.customer_said: list[Said] = []
        self.bot_said: list[Said] = []

    def uniform(self, purpose: str, turn: int, at: IntArray) -> FloatArray:
        """The uniforms of an address for the rows still talking."""
        encounter = self.encounter
        return encounter.draws.uniform(self.rows[at], purpose, self.attempt, turn)

    def played(self) -> Dialogues:
        """Round after round until nobody is left who talks to the bot."""
        at = np.arange(self.rows.size, dtype=np.int32)
        self._choose_opening(at)
        encounter, bot = self.encounter, self.encounter.policy.policy.bot
        for turn in range(bot.max_turns + 1 if bot else 1):
            if not at.size:
                break
            messages = self._customer_writes(at, turn)
            if turn == 0 and self.attempt == 1 and encounter.people.backlog is not None:
                waits = encounter.people.backlog[self.rows[at]] >= 0
                self._to_people(at[waits], Reason.BACKLOG)
                at, messages = at[~waits], messages.where(~waits)
            if bot is None:
                self._to_people(at, Reason.NO_BOT)
                break
            self._listen(at, messages, turn)
            at = self._one_round(bot, at, messages, turn)
        return self._dialogues()

    def _choose_opening(self, at: IntArray) -> None:
        """Some ask for a person before they say what it is about, more of them after a first attempt; some say
        nothing of it.
        """
        vague = opens_vaguely(self.encounter.desk.scenario, self.encounter.draws, self.rows, self.attempt)
        if vague is not None:
            self.next_kind[vague] = Kind.VAGUE
        asks = self.encounter.temper.asks_first[self.segment]
        returns = self.encounter.desk.scenario.returns
        if self.attempt > 1 and returns is not None:
            asks = np.maximum(asks, returns.asks_for_person_at_once)
        if not asks.any():
            return
        asking = self.uniform("asks first", 0, at) < asks
        self.next_kind[asking] = Kind.ASK_PERSON
        self.requests[asking] = 1

    def _customer_writes(self, at: IntArray, turn: int) -> Messages:
        """What the customers write now."""
        encounter = self.encounter
        texts = np.empty(at.size, dtype=np.int32)
        u = self.uniform("message", turn, at)
        kinds = self.next_kind[at]
        topics = encounter.people.topic[self.rows[at]]
        for kind in np.flatnonzero(np.bincount(kinds)).tolist():
            now = np.flatnonzero(kinds == kind)
            texts[now] = encounter.desk.pool.rows(Kind(kind), topics[now], u[now])
        if turn == 0:
            self.opening[at] = self.telling[at] = texts
        # Who writes again was not helped by what the bot said last.
        self.resolved[at] = False
        self._note(self.customer_said, at, turn, texts)
        return Messages(encounter.recogniser, self.rows[at], texts, self.attempt, turn)

    def _listen(self, at: IntArray, messages: Messages, turn: int) -> None:
        """The message that tells most of the problem is the surest one so far that is about any."""
        guesses = messages.guesses
        tells = np.where(guesses.codes < self.encounter.desk.asks_for_person, guesses.confidence, -0.5)
        better = tells > self.telling_confidence[at]
        self.telling[at[better]] = messages.texts[better]
        self.telling_confidence[at[better]] = tells[better]
        if self.telling_turn is not None:
            self.telling_turn[at[better]] = turn

    def _one_round(self, bot: Bot, at: IntArray, messages: Messages, turn: int) -> IntArray:
        """The bot's turn and the customers' reaction; returns the rows that go on talking."""
        encounter, guesses = self.encounter, messages.guesses
        moments_s = self.starts_s[at] + self.clock_s[at]
        guard = self._forbidden(at, messages)
        sure = guesses.confidence >= encounter.desk.scenario.behaviour.asks_recognised_from
        asking = (guesses.codes == encounter.desk.asks_for_person) & sure
        rules = bot.hand_over

        reason = np.zeros(at.size, dtype=np.int8)
        if turn == bot.max_turns:
            reason[:] = Reason.TURN_LIMIT
        if rules.after_failures != "never":
            reason[self.failures[at] >= rules.after_failures] = Reason.FAILURES
        if rules.when_asked:
            reason[asking] = Reason.ASKED
        reason[guard >= 0] = Reason.GUARD
        over = reason > 0
        self.guard[at[over]] = guard[over]
        if turn == 0:
            untouched = guard >= 0
            self._to_people(at[untouched], Reason.GUARD)
            over &= ~untouched
        else:
            untouched = np.zeros(at.size, dtype=bool)
        # A bot that is alone at night lets nobody through but whom a guard keeps from it; at its limit it closes.
        refused_closed = over & (reason != Reason.GUARD) & self._nobody_there(bot, moments_s)
        gives_up = (reason == Reason.TURN_LIMIT) & (bot.at_max_turns == "close")
        closes = over & (gives_up | (refused_closed & (turn == bot.max_turns)))
        refused_closed &= ~closes
        leaves_bot = over & ~closes & ~refused_closed
        self._hand_over(bot, at[leaves_bot], reason[leaves_bot], turn)
        self._bot_says(at[closes], turn, np.full(np.count_nonzero(closes), CLOSING, dtype=np.int32), None)
        self.loops.ignores_request(at[closes & (self.next_kind[at] == Kind.ASK_PERSON)])
        self._leave(at[closes], Ending.LEFT, turn)
        stays = ~(untouched | closes | leaves_bot)
        return self._answered(bot, at[stays], guesses.where(stays), turn, refused_closed[stays])

    def _forbidden(self, at: IntArray, messages: Messages) -> NDArray[np.int16]:
        """The guard that keeps the bot from answering each message; -1 none."""
        encounter, email = self.encounter, None if self.email is None else self.email[at]
        # Guards read the clock when the conversation begins, as they read live queues.
        facts = VisibleFacts(encounter.desk, encounter.people, messages, self.starts_s[at], email)
        return encounter.policy.forbids(facts, self.late)

    def _hand_over(self, bot: Bot, at: IntArray, reason: NDArray[np.int8], turn: int) -> None:
        """People take over once what the bot asks for is answered; where a guard stops it, it asks nothing more."""
        for number in range(len(bot.collect)):
            stopped = reason == Reason.GUARD
            self._passes_on(bot, at[stopped], reason[stopped], turn)
            at, reason = at[~stopped], reason[~stopped]
            if not at.size:
                return
            stays = self._asks(at, turn, number)
            at, reason, turn = at[stays], reason[stays], turn + 1
            guard = self._forbidden(at, self._customer_answers(at, turn, number))
            self.guard[at] = guard
            reason[guard >= 0] = Reason.GUARD
            if self.collected is not None and number + 1 == len(bot.collect):
                self.collected[at] = True
        self._passes_on(bot, at, reason, turn)

    def _passes_on(self, bot: Bot, at: IntArray, reason: NDArray[np.int8], turn: int) -> None:
        self._bot_says(at, turn, self._farewell(bot, self.starts_s[at] + self.clock_s[at]), None)
        self._to_people(at, reason)

    def _asks(self, at: IntArray, turn: int, number: int) -> BoolArray:
        """The bot asks one question; whether the customers stay to answer it."""
        replies = self.encounter.replies
        assert replies is not None  # a policy with a bot has replies
        self._bot_says(at, turn, np.full(at.size, replies.first_question + number, dtype=np.int32), None)
        stays = self.encounter.questions.answered(self.rows[at], self.attempt, number)
        self._leave(at[~stays], Ending.LEFT, turn)
        self.reason[at[~stays]] = Reason.DROPPED_OFF
        return stays

    def _customer_answers(self, at: IntArray, turn: int, number: int) -> Messages:
        """What customers write in answer to a question, after a while."""
        encounter, rows = self.encounter, self.rows[at]
        self._wait_for_customer(at, "gap of answer", number)
        texts = encounter.questions.answers(rows, self.attempt, number)
        self._note(self.customer_said, at, turn, texts)
        return Messages(encounter.recogniser, rows, texts, self.attempt, turn)

    def _answered(self, bot: Bot, at: IntArray, guesses: Guesses, turn: int, no_way_out: BoolArray) -> IntArray:
        """The bot answers, suggests an article or does not understand; the customers react."""
        encounter = self.encounter
        replies = encounter.replies
        assert replies is not None  # a policy with a bot has replies
        people, rows = encounter.people, self.rows[at]
        guessed, confidence = guesses.codes.astype(np.int64), guesses.confidence
        topical = (guessed >= 0) & (guessed < encounter.desk.asks_for_person) & ~no_way_out
        answers = (
            topical & (confidence >= bot.answers.confidence_at_least) if bot.answers else np.zeros(at.size, dtype=bool)
        )
        suggests = np.zeros(at.size, dtype=bool)
        if bot.articles is not None:
            suggests = topical & ~answers & (confidence >= bot.articles.confidence_at_least) & ~self.article_offered[at]
            if bot.articles.unless_help_centre_within is not None:
                suggests &= ~(people.help_centre_s[rows] + self.clock_s[at] <= bot.articles.unless_help_centre_within)
            self.article_offered[at[suggests]] = True
        codes = (replies.first_fallback + self.failures[at] % replies.fallbacks).astype(np.int32)
        codes[answers] = replies.first_answer + guessed[answers]
        codes[suggests] = replies.first_article + guessed[suggests]
        self._bot_says(at, turn, codes, replies.classes)

        automated = answers | suggests
        label_known = encounter.protection.label_known(rows, self.attempt)
        self.protected_known[at] |= automated & (label_known | encounter.protection.sensitive[guessed])
        right = guessed == people.intent[rows]
        helped = right & answers & encounter.answer_helps[rows]
        if bot.articles is not None:
            helped |= (
                right
                & suggests
                & encounter.article_helps[rows]
                & (self.uniform("reads", turn, at) < encounter.read_share[rows])
            )
        self.automated[at] |= automated
        self.resolved[at] = automated
        return self._reactions(at, turn, automated, helped)

    def _reactions(self, at: IntArray, turn: int, automated: BoolArray, helped: BoolArray) -> IntArray:
        """What the customers do now; returns those who write again."""
        temper, segment = self.encounter.temper, self.segment[at]
        u = self.uniform("reaction", turn, at)
        bot = self.encounter.policy.policy.bot
        asked_for_word = bot is not None and bot.answers is not None and bot.answers.confirm
        speaks = 1.0 if asked_for_word else self.encounter.desk.scenario.behaviour.unasked_speaks
        confirms = helped & (u < temper.confirms[segment] * speaks)
        self.helped_s[at[helped]] = self.clock_s[at[helped]]
        self._leave(at[confirms], Ending.HELPED_CONFIRMED, turn)
        self._leave(at[helped & ~confirms], Ending.HELPED_SILENT, turn)

        asked = (self.next_kind[at] == Kind.ASK_PERSON) & ~helped
        self.loops.ignores_request(at[self.next_kind[at] == Kind.ASK_PERSON])
        self.unhelpful[at[~helped]] += 1
        spent = (self.unhelpful[at] >= self.encounter.people.tolerance[self.rows[at]]) & ~helped & ~asked
        follows = ~(helped | asked | spent)
        no, asks = temper.says_no[segment] * np.where(automated, speaks, 1.0), temper.asks[segment]
        # Whom the bot did not understand is asked to write again and does; silence follows answers.
        silent = follows & automated & (u >= no + asks)
        wants_person = (spent & (u < temper.spent_asks[segment])) | (follows & (u >= no) & (u < no + asks))
        too_often = self.requests[at] > temper.refused_repeats[segment]
        leaves = (asked & ((u < temper.refused_leaves[segment]) | too_often)) | (spent & ~wants_person)
        self.resolved[at[asked]] = False
        self._leave(at[silent], Ending.UNHELPED_SILENT, turn)
        self._leave(at[leaves], Ending.LEFT, turn)

        goes_on = ~(helped | silent | leaves)
        u_kind = self.uniform("next kind", turn, at)
        again = self.encounter.desk.scenario.behaviour.writes_again
        upto = (again.rephrased, again.rephrased + again.frustrated)
        kinds = np.select([u_kind < each for each in upto], [Kind.REPHRASED, Kind.FRUSTRATED], Kind.NO).astype(np.int8)
        kinds[wants_person | asked] = Kind.ASK_PERSON
        on = at[goes_on]
        self.next_kind[on] = kinds[goes_on]
        self.requests[at[goes_on & (wants_person | asked)]] += 1
        self.failures[on] += 1
        self._wait_for_customer(on, "gap", turn)
        return np.asarray(on, dtype=np.int32)

    def _wait_for_customer(self, at: IntArray, purpose: str, step: int) -> None:
        """The time until the customers write again, drawn at this address."""
        scenario = self.encounter.desk.scenario
        u_gap = np.maximum(self.uniform(purpose, step, at), 2.0**-54)
        gap_s = scenario.behaviour.reply_gap.quantile(u_gap)
        if self.email is not None:
            gap_s = np.where(self.email[at], scenario.by_email.answers_after.quantile(u_gap), gap_s)
        self.clock_s[at] += gap_s

    def _bot_says(self, at: IntArray, turn: int, codes: IntArray, classes: NDArray[np.int16] | None) -> None:
        """One bot turn; `classes` are given where the reply is no way out and leads to none, so that saying it again
        may make a loop.
        """
        if not at.size:
            return
        self.clock_s[at] += self.encounter.desk.scenario.behaviour.bot_reply
        self.bot_turns[at] += 1
        self._note(self.bot_said, at, turn, codes)
        if classes is not None:
            self.loops.says(at, turn, classes[codes])

    def _note(self, said: list[Said], at: IntArray, turn: int, codes: IntArray) -> None:
        said.append(Said(self.rows[at], turn, codes, self.clock_s[at].astype(np.float32)))

    def _to_people(self, at: IntArray, reason: Reason | NDArray[np.int8]) -> None:
        self.ending[at] = Ending.TO_PEOPLE
        self.reason[at] = reason

    def _leave(self, at: IntArray, ending: Ending, turn: int) -> None:
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
        self._note(self.customer_said, speaks, turn + 1, texts)
        if ending is Ending.LEFT:
            self.resolved[speaks] = False

    def _nobody_there(self, bot: Bot, moments_s: FloatArray) -> BoolArray:
        """Where the way to people is shut because the desk is closed and the bot is alone."""
        if bot.hand_over.when_closed != "bot_only":
            return np.zeros(moments_s.size, dtype=bool)
        return ~self.encounter.desk.is_open(moments_s)

    def _farewell(self, bot: Bot, moments_s: FloatArray) -> IntArray:
        """The reply that goes with a hand-over."""
        closed_reply = SAYS_WHEN if bot.hand_over.when_closed == "say_when" else MESSAGE_TAKEN
        return np.asarray(np.where(self.encounter.desk.is_open(moments_s), HAND_OVER, closed_reply), dtype=np.int32)

    def _dialogues(self) -> Dialogues:
        encounter = self.encounter
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
            asked=asked,
            refused=refused,
            loop=self.loops.loop,
            stumble=self.loops.stumble,
            counted_resolved=in_bot & self.resolved,
            protected_known=self.protected_known,
            protected=self.automated & encounter.protection.in_truth(self.rows, self.attempt),
            customer_said=tuple(self.customer_said),
            bot_said=tuple(self.bot_said),
            email=self.email,
            collected=self.collected,
        )
