"""One turn of a bot in one conversation: what it says to a message, and where that leaves the two.

The slow, obvious reference that the simulator's columns are held equal to, and what rule tests play.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from .decide import guard_for, holds
from .flow import ENDS
from .lines import answer_line, article_line, errand_line, plain, question_line
from .standing import KNOWS_ALL, Heard, Knowledge, Said, Standing, Why
from .vocabulary import SMALL_TALK, TALK_TO_PERSON

if TYPE_CHECKING:
    from collections.abc import Callable

    from .bot import Bot, Errand
    from .flow import State
    from .policy import Policy

def turn(
    policy: Policy, standing: Standing, message: Heard, knowledge: Knowledge = KNOWS_ALL
) -> tuple[Standing, tuple[Said, ...]]:
    """Where a message leads, and what the bot says to it; mostly one message, none where it leaves the conversation to
    people at once, two where it speaks up before a late one. Raises `MissingFact`, and `ValueError` after the end.
    """
    if standing.over is not None:
        raise ValueError(f"the bot's part is over: {standing.over}")
    if policy.bot is None:
        return replace(standing, heard=1, over="no_bot"), ()
    return _Turn(policy, policy.bot, standing, message, knowledge).played()


def silence(
    policy: Policy, standing: Standing, silent_s: float, is_open: Callable[[float], bool] = lambda _: True
) -> tuple[Standing, tuple[Said, ...]]:
    """What the bot says while the customer has not written for `silent_s` since it spoke; nothing, unless its state
    waits for so long only. `is_open` is that of `Heard`.
    """
    if standing.over is not None or policy.bot is None:
        return standing, ()
    message = Heard({}, silent_s=silent_s, is_open=is_open)
    return _Turn(policy, policy.bot, standing, message, KNOWS_ALL).waited()


class _Turn:
    """A turn, while it is played."""

    def __init__(self, policy: Policy, bot: Bot, standing: Standing, message: Heard, knowledge: Knowledge) -> None:
        self.policy, self.bot, self.now, self.message, self.knowledge = policy, bot, standing, message, knowledge
        self.said: list[Said] = []
        self.at_s = message.silent_s

    def played(self) -> tuple[Standing, tuple[Said, ...]]:
        """All of it, what the bot said before the message included."""
        self.waited()
        if self.now.over is not None:
            return self.now, tuple(self.said)
        guard = guard_for(self.policy, self.message.facts)
        stopped = None if guard is None else guard.id
        asked, was_done = self.now.question, self.now.done
        if asked is not None and asked[0] is not None and not self.message.answers:
            # The question was one more way of not helping.
            asked = None
            self._change(tries=self.now.tries + 1, fails=True)
        failures = self.now.failures + self.now.fails
        heard = self.now.heard + 1
        self._change(failures=failures, fails=False, heard=heard, question=None, done=False, waits_s=None)
        if was_done:
            self._hand_over("replied" if stopped is None else "guard", stopped)
        elif asked is not None:
            self._answered(*asked, stopped)
        else:
            self._help(stopped)
        return self.now, tuple(self.said)

    def _change(self, **changes: object) -> None:
        self.now = replace(self.now, **changes)  # type: ignore[arg-type]  # names of `Standing`

    def _say(self, kind: str, text: str, *, fails: bool = True) -> None:
        """A message that tries to help; where it `fails`, the customer will write again."""
        self.said.append(Said(kind, text))
        self._change(tries=self.now.tries + 1, fails=fails)

    # Who is let go, and who is helped.

    def _help(self, guard: str | None) -> None:
        first = self.now.heard == 1
        if first and guard is not None:
            self._change(over="guard", guard=guard)
        elif first and self._foreign():
            self._change(over="language")
        else:
            self._go_on(self._reason(guard), guard)

    def _go_on(self, reason: Why | None, guard: str | None) -> None:
        spent = self.now.tries >= self.bot.max_turns
        nobody_there = self._alone()
        refused = reason is not None and reason != "guard" and nobody_there
        if reason is not None and (
            (reason == "turn_limit" and self.bot.at_max_turns == "close") or (refused and spent)
        ):
            self._close()
        elif reason is not None and not refused:
            self._hand_over(reason, guard)
        elif self.bot.flow is not None:
            self._step()
        elif refused:
            self._not_understood()
        else:
            self._offer(nobody_there=nobody_there)

    def _foreign(self) -> bool:
        spoken, language = self.bot.languages, self.message.language
        return spoken is not None and language is not None and language not in spoken

    def _reason(self, guard: str | None) -> Why | None:
        """Why the bot should let go; a guard comes first, then being asked."""
        rules, sure = self.bot.hand_over, self._confidence() >= self.knowledge.asks_recognised_from
        if guard is not None:
            return "guard"
        if rules.when_asked and sure and self.message.facts.get("message.intent") == TALK_TO_PERSON:
            return "asked"
        if rules.after_failures != "never" and self.now.failures >= rules.after_failures:
            return "failures"
        return "turn_limit" if self.now.tries >= self.bot.max_turns else None

    def _confidence(self) -> float:
        confidence = self.message.facts.get("message.confidence")
        return float(str(confidence)) if confidence is not None else 0.0

    def _recognised(self) -> str | None:
        """The intent that the message was taken for, if it is about one."""
        intent = self.message.facts.get("message.intent")
        return None if intent in (None, TALK_TO_PERSON, SMALL_TALK) else str(intent)

    def _alone(self) -> bool:
        """Whether the way to people is shut, because nobody is there and the bot is alone."""
        return self.bot.hand_over.when_closed == "bot_only" and not self.message.is_open(self.at_s)

    # What it has to offer.

    def _offer(self, *, nobody_there: bool) -> None:
        bot, intent, confidence = self.bot, self._recognised(), self._confidence()
        errand = self._errand(intent, confidence)
        if errand is not None:
            self._begin(errand)
        elif intent is not None and bot.answers is not None and self._answers(intent, confidence):
            self._answer(intent)
        elif intent is not None and self._suggests(intent, confidence):
            self._suggest(intent)
        elif bot.hand_over.when_unsure and not nobody_there:
            self._hand_over("unsure")
        else:
            self._not_understood()

    def _errand(self, intent: str | None, confidence: float) -> Errand | None:
        found = next((errand for errand in self.bot.errands if errand.intent == intent), None)
        if found is None or confidence < found.confidence_at_least or found.intent in self.now.tried:
            return None
        return found

    def _answers(self, intent: str, confidence: float) -> bool:
        answers = self.bot.answers
        return answers is not None and confidence >= answers.confidence_at_least and self._has_answer(intent)

    def _has_answer(self, intent: str) -> bool:
        only = None if self.bot.answers is None else self.bot.answers.only
        known = self.knowledge.answers
        return (only is None or intent in only) and (known is None or intent in known)

    def _suggests(self, intent: str, confidence: float) -> bool:
        articles, visit = self.bot.articles, self.message.facts.get("customer.help_centre_visit")
        if articles is None or confidence < articles.confidence_at_least or not self._has_article(intent):
            return False
        within = articles.unless_help_centre_within
        return within is None or visit is None or float(str(visit)) + self.message.after_s > within

    def _has_article(self, intent: str) -> bool:
        return not self.now.article and (self.knowledge.articles is None or intent in self.knowledge.articles)

    def _answer(self, intent: str) -> None:
        self._say(f"answer {intent}", answer_line(self.bot, intent, (self.knowledge.answers or {}).get(intent)))

    def _suggest(self, intent: str) -> None:
        self._change(article=True)
        self._say(f"article {intent}", article_line(self.bot, intent, (self.knowledge.articles or {}).get(intent)))

    def _not_understood(self) -> None:
        ways = self.bot.says.not_understood
        self._say("not_understood", ways[self.now.failures % len(ways)])

    # Errands and questions.

    def _begin(self, errand: Errand) -> None:
        self._change(tried=self.now.tried | {errand.intent})
        if errand.asks:
            self._ask(errand, 0)
        else:
            self._carry_out(errand)

    def _ask(self, errand: Errand | None, number: int) -> None:
        name = (self.bot.collect if errand is None else errand.asks)[number]
        self._change(question=(None if errand is None else errand.intent, number))
        self.said.append(Said(f"{'collect' if errand is None else 'ask'} {name}", question_line(self.bot, name)))

    def _answered(self, intent: str | None, number: int, guard: str | None) -> None:
        """The customer has answered a question."""
        errand = next((each for each in self.bot.errands if each.intent == intent), None)
        asks = self.bot.collect if errand is None else errand.asks
        last = number + 1 == len(asks)
        if errand is None and last:
            self._change(collected=True)
        if guard is not None:
            self._pass_on("guard", guard)
        elif not last:
            self._ask(errand, number + 1)
        elif errand is not None:
            self._carry_out(errand)
        else:
            self._pass_on(self.now.because or "asked")

    def _carry_out(self, errand: Errand) -> None:
        worked = self.message.works
        line = errand_line(self.bot, errand, worked=worked)
        self._say(f"{errand.kind if worked else 'failed'} {errand.intent}", line)
        done = worked and errand.kind == "transaction"
        self._change(done=done, over="no_reply" if done and not errand.accepts_replies else None)

    # The ways out.

    def _hand_over(self, reason: Why, guard: str | None = None) -> None:
        if self.bot.collect and reason != "guard":
            self._change(because=reason)
            self._ask(None, 0)
        else:
            self._pass_on(reason, guard)

    def _pass_on(self, reason: Why, guard: str | None = None) -> None:
        says, rules = self.bot.says, self.bot.hand_over
        if self.message.is_open(self.at_s):
            self.said.append(Said("hand_over", says.hand_over))
        elif rules.when_closed == "say_when":
            self.said.append(Said("says_when", says.says_when))
        else:
            self.said.append(Said("message_taken", says.message_taken))
        self._change(over=reason, guard=guard)

    def _close(self) -> None:
        self.said.append(Said("closing", self.bot.says.closing))
        self._change(over="closed")

    # Its own flow.

    def _step(self) -> None:
        assert self.bot.flow is not None  # only a bot with a flow steps
        says = self.message.facts.get("message.says")
        intent = self._recognised()
        if intent is not None and says is None:
            self._change(topic=intent, sure=self._confidence())
        state = self.bot.flow.states[0]
        if self.now.state is not None:
            before = self.bot.flow.named(self.now.state)
            facts = {**self.message.facts, "bot.failures": float(self.now.failures)}
            # Where people should have taken over and nobody was there, they are asked for again.
            ways = (each.go for each in before.next if holds(each.when, facts, self.policy.groups, before.name))
            if before.act == "checks" and says == "yes":
                self._change(sure=1.0)
            state = self.bot.flow.named(next(ways, before.name))
        while not self._can(state):
            assert state.otherwise is not None  # only a state with another way out cannot act
            state = self.bot.flow.named(state.otherwise)
        self._do(state)

    def _can(self, state: State) -> bool:
        topic = self.now.topic
        sure = topic is not None and self.now.sure >= state.confidence_at_least
        match state.act:
            case "answers":
                return sure and self._has_answer(str(topic))
            case "suggests":
                return sure and self._has_article(str(topic))
            case "errand":
                return sure and self._errand(topic, 1.0) is not None
            case "checks":
                return sure
        return True

    def _do(self, state: State) -> None:
        self._change(state=state.name)
        topic = str(self.now.topic)
        match state.act:
            case "hands_over":
                self._person_wanted()
            case "closes":
                self._close()
            case "errand":
                errand = self._errand(topic, 1.0)
                assert errand is not None  # it can do it
                self._begin(errand)
            case "answers":
                self._answer(topic)
            case "suggests":
                self._suggest(topic)
            case "asks":
                self._say(f"ask {state.text}", question_line(self.bot, state.text), fails=False)
            case "checks":
                self._say(f"check {topic}", state.text.replace("{intent}", plain(topic)), fails=False)
            case "says":
                self._say(f"says {state.name}", state.text, fails=False)
        if state.silent_for is not None and state.act not in ENDS:
            self._change(waits_s=state.silent_for.after)

    def _person_wanted(self) -> None:
        """The flow leads to people, if anybody is there."""
        if not self._alone():
            self._hand_over("flow")
        elif self.now.tries >= self.bot.max_turns:
            self._close()
        else:
            self._not_understood()

    def waited(self) -> tuple[Standing, tuple[Said, ...]]:
        """What the bot did before the customer wrote, because that took too long."""
        flow, waits_s = self.bot.flow, self.now.waits_s
        if flow is not None and waits_s is not None and self.message.silent_s > waits_s:
            waited = flow.named(str(self.now.state)).silent_for
            assert waited is not None  # a state that waits for some time
            self.at_s = waits_s
            self._change(waits_s=None)
            self._go_on_alone(flow.named(waited.go))
            self.at_s = self.message.silent_s
        return self.now, tuple(self.said)

    def _go_on_alone(self, state: State) -> None:
        match state.act:
            case "closes":
                self._close()
            case "hands_over":
                self._person_wanted()
            case _:
                self.said.append(Said(f"says {state.name}", state.text))
                self._change(state=state.name, question=None)
