"""A conversation that is written down, played under a policy step by step."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from ..calendar import WEEK_S, WeekHours
from ..errors import DeskdrillError
from .decide import Decision, Facts, Tried, decide, guard_trace
from .given import ORDINARY
from .policy import ESCALATION, Policy
from .says import says
from .standing import BEGINNING, KNOWS_ALL, Heard, Knowledge, Said, Standing
from .turn import silence, turn
from .vocabulary import Trigger

Value = str | bool | tuple[str, ...]
Recognise = Callable[[str], tuple[str, float] | None]

DID: Final[Mapping[str, str]] = {
    "answer": "bot.answer",
    "article": "bot.article",
    "look_up": "bot.look_up",
    "transaction": "bot.transaction",
    "failed": "bot.failed",
    "ask": "bot.ask",
    "collect": "bot.collect",
    "check": "bot.check",
    "says": "bot.says",
    "not_understood": "bot.not_understood",
    "closing": "bot.close",
    "hand_over": "hand_over",
    "message_taken": "take_message",
    "says_when": "say_when",
}
"""What each kind of reply of a bot does, by the first word of its kind."""
STRAIGHT: Final = "straight_to_people"
"""What is done where no bot speaks before people."""
ACTS: Final = (*DID.values(), STRAIGHT)


@dataclass(frozen=True, slots=True)
class Expected:
    """One thing that a step should come to; `key` is one of `KEYS`. It stands in `file`, or with its suite (`None`)."""

    key: str
    value: Value
    line: int | None = field(default=None, compare=False)
    column: int | None = field(default=None, compare=False)
    file: str | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Step:
    """What the customer writes (`None`: nothing) so many seconds after the step before, and what should come of it.

    `facts` are what has become known or changed by then (`None`: no longer known). `answers` and `works` are those of
    `Heard`. `means` is the true intent, which invariants may speak of and no rule sees (`None`: not known). After all
    that an agent takes the conversation up, where it is `taken`, and it is over, where it is `closed`.
    """

    say: str | None
    expect: tuple[Expected, ...] = ()
    after_s: float = 0.0
    facts: Mapping[str, object] = field(default_factory=dict)
    answers: bool = True
    works: bool = True
    means: str | None = None
    taken: bool = False
    closed: bool = False


class NotPossible(DeskdrillError):
    """A step says what cannot be where the conversation stands."""


@dataclass(frozen=True, slots=True)
class Around:
    """What a case is played with, besides the policy: a recogniser for messages whose intent is not given, what the bot
    knows, the languages it meets, and when anybody is there.
    """

    recognise: Recognise = field(default=lambda _: None)
    knowledge: Knowledge = KNOWS_ALL
    hours: WeekHours | None = None


@dataclass(frozen=True, slots=True)
class Played:
    """What a step came to.

    `facts` are what rules saw last, `said` what the bot said in this step, `decision` what rules have done with the
    conversation so far, `tried` the guards and rules that were tried in this step, `closed` whether it is over by then.
    """

    step: Step
    facts: Facts
    said: tuple[Said, ...]
    did: tuple[str, ...]
    standing: Standing
    decision: Decision
    tried: tuple[Tried, ...]
    closed: bool = False

    @property
    def route(self) -> str | None:
        """The team that has the conversation, `escalation` for the escalation inbox; `None`: the bot has it."""
        return (self.decision.route or ESCALATION) if self.standing.to_people else None

    @property
    def rules(self) -> tuple[str, ...]:
        """The guard and the rules that have acted on the conversation so far."""
        guard = () if self.standing.guard is None else (self.standing.guard,)
        return (*guard, *self.decision.rules)


def play(policy: Policy, given: Facts, steps: Sequence[Step], around: Around) -> tuple[Played, ...]:
    """A conversation under a policy, step by step. Raises `MissingFact` and `NotPossible`.

    Guards read the clock when the conversation begins; rules at their own moments; the way to people is open as the
    clock says at each message.
    """
    conversation = Conversation(policy, given, around)
    return tuple(conversation.after(step) for step in steps)


class Conversation:
    """A conversation under a policy, while it is played; `standing` is where bot and customer are."""

    def __init__(self, policy: Policy, given: Facts, around: Around) -> None:
        self._policy, self._around = policy, around
        self._facts: dict[str, object | None] = {**ORDINARY, **given}
        self._pinned = {name for name in ("message.intent", "message.confidence") if name in given}
        self.standing, self._decision = BEGINNING, Decision()
        self._elapsed_s = self._began_s = self._spoke_s = 0.0
        # Since when it has waited for people; `None`: it does not.
        self._waits_from_s: float | None = None
        self._closed, self._tried = False, list[Tried]()
        self._heard: dict[str, object] = {}

    def after(self, step: Step) -> Played:
        """What a step comes to. Raises `MissingFact` and `NotPossible`."""
        before_s = self._elapsed_s
        self._elapsed_s += step.after_s
        self._facts.update(step.facts)
        self._tried = []
        self._waits_on(before_s)
        silent_s = self._elapsed_s - self._spoke_s
        before = self.standing
        facts = self._known(step)
        if step.say is None:
            standing, said = silence(self._policy, before, silent_s, self._is_open)
        else:
            self._heard = {name: value for name, value in facts.items() if name.startswith("message.")}
            if before.over is None:
                self._tried += self._guards(facts)
            if before.heard == 0:
                self._began_s = self._elapsed_s
                self._decision = decide(self._policy, facts, "arrived")
                self._tried += self._decision.trace
            else:
                self._written_on(before)
            if before.over is None:
                language, after_s = _text_or_none(facts.get("customer.language")), self._elapsed_s - self._began_s
                message = Heard(facts, language, step.answers, step.works, after_s, silent_s, self._is_open)
                standing, said = turn(self._policy, before, message, self._around.knowledge)
            else:
                standing, said = before, ()
        self._spoke_s = self._elapsed_s if said else self._spoke_s
        self.standing = standing
        straight = standing.to_people and before.over is None and not said
        if standing.to_people and before.over is None:
            self._waits_from_s = self._elapsed_s
            if not straight:
                self._decide("handed_over", facts)
        self._is_taken_or_over(step, before)
        did = tuple(DID[line.kind.split()[0]] for line in said) + ((STRAIGHT,) if straight else ())
        return Played(step, facts, said, did, self.standing, self._decision, tuple(self._tried), self._closed)

    def _waits_on(self, before_s: float) -> None:
        """Rules on `waiting` that have come up since the step before."""
        from_s = self._waits_from_s
        for wait_s in self._policy.waits_s if from_s is not None else ():
            if from_s is not None and before_s < from_s + wait_s <= self._elapsed_s:
                self._decide("waiting", self._as_known_now(), from_s + wait_s, wait_s)

    def _written_on(self, before: Standing) -> None:
        """Rules on a further message, whoever has the conversation; nobody reads one to a bot whose part is over."""
        if before.over is None:
            self._decide("message", self._as_known_now())
        elif before.to_people and self._closed:
            self._closed = False
            self._decide("reopened", self._as_known_now())
        elif self._waits_from_s is not None:
            self._decide("message_while_waiting", self._as_known_now())

    def _is_taken_or_over(self, step: Step, before: Standing) -> None:
        """What the end of a step says of people, and rules on what is over."""
        if step.taken and (self._closed or not self.standing.to_people):
            raise NotPossible("a step says `taken`, but the conversation is not with people by then")
        by_itself = self.standing.over in ("closed", "no_reply")
        if step.closed and (self._closed or by_itself):
            raise NotPossible("a step says `closed`, but the conversation is over by then")
        if step.closed and self.standing.over is None:
            self.standing = replace(self.standing, over="closed")
        if step.taken or step.closed:
            self._waits_from_s = None
        if step.closed or (by_itself and before.over is None):
            self._closed = True
            self._decide("closed", self._as_known_now())

    def _as_known_now(self) -> dict[str, object]:
        """What is known now, and the customer's last message."""
        return {**self._known(None), **self._heard}

    def _decide(self, trigger: Trigger, facts: Facts, at_s: float | None = None, waited_s: float | None = None) -> None:
        """What rules do now or at `at_s`; of a ruleset that is tried again only that counts."""
        if "time" in facts:
            facts = {**facts, "time": self._time_s(at_s)}
        decision = decide(self._policy, facts, trigger, self._decision, waited_s)
        again = {tried.ruleset for tried in decision.trace}
        earlier = tuple(rule for rule in self._decision.rules if rule.partition(".")[0] not in again)
        self._decision = replace(decision, rules=(*earlier, *decision.rules))
        self._tried += decision.trace

    def _guards(self, facts: Facts) -> tuple[Tried, ...]:
        return guard_trace(self._policy, facts) if self._policy.bot is not None else ()

    def _known(self, step: Step | None) -> dict[str, object]:
        """What is known now; of a message its text, what it says, and what is recognised, unless that is given."""
        facts = dict(self._facts)
        if step is not None and step.say is not None:
            facts |= {"message.text": step.say, "message.says": says(step.say)}
            pinned = self._pinned | step.facts.keys()
            if "message.intent" not in pinned:
                found = self._around.recognise(step.say)
                facts |= {"message.intent": None, "message.confidence": None}
                if found is not None:
                    facts |= {"message.intent": found[0], "message.confidence": found[1]}
            elif "message.confidence" not in pinned:
                facts["message.confidence"] = 1.0
        return {name: value for name, value in facts.items() if value is not None}

    def _time_s(self, at_s: float | None = None) -> float:
        at_s = self._elapsed_s if at_s is None else at_s
        return (float(str(self._facts["time"])) + at_s - self._began_s) % WEEK_S

    def _is_open(self, after_s: float) -> bool:
        hours = self._around.hours
        if self._facts.get("holiday") is True:
            return False
        if hours is None or self._facts.get("time") is None:
            return True
        at_s = float(str(self._facts["time"])) + self._spoke_s + after_s - self._began_s
        return bool(hours.contains([at_s % WEEK_S])[0])


def _text_or_none(value: object) -> str | None:
    return None if value is None else str(value)
