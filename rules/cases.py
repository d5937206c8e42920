"""Cases: what a policy should do in a conversation, what it did, and where the two differ."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from ..calendar import WEEK_S, WeekHours
from ..errors import DeskdrillError
from .decide import Decision, Facts, MissingFact, Tried, decide, guard_trace
from .given import ORDINARY
from .invariants import Invariant, built_in
from .matching import contains
from .policy import ESCALATION, Policy
from .says import says
from .standing import BEGINNING, KNOWS_ALL, Heard, Knowledge, Said, Standing
from .turn import silence, turn
from .violations import Violation, violations
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
    """One thing that a step should come to; `key` is one of `KEYS`."""

    key: str
    value: Value
    line: int | None = field(default=None, compare=False)
    column: int | None = field(default=None, compare=False)


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
class Case:
    """A conversation and what should come of it; `todo` says why it is not expected to hold yet.

    It keeps the policy's invariants, and those of the built-in ones that are among `invariants`.
    """

    id: str
    steps: tuple[Step, ...]
    given: Mapping[str, object] = field(default_factory=dict)
    why: str | None = None
    todo: str | None = None
    line: int | None = field(default=None, compare=False)
    column: int | None = field(default=None, compare=False)
    invariants: tuple[str, ...] = ()


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


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that did not come out as expected, in the step of that number (from 0)."""

    step: int
    expected: Expected
    actual: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a case; `stopped` says why it could not be played to the end, `violations` what it breaks."""

    case: Case
    played: tuple[Played, ...]
    differences: tuple[Difference, ...]
    stopped: str | None = None
    violations: tuple[Violation, ...] = ()

    @property
    def passes(self) -> bool:
        """Whether all is as expected."""
        return not self.differences and not self.violations and self.stopped is None


def outcome(policy: Policy, case: Case, around: Around) -> Outcome:
    """A case, played as far as that is possible."""
    conversation, played, stopped = Conversation(policy, case.given, around), list[Played](), None
    for step in case.steps:
        try:
            played.append(conversation.after(step))
        except (MissingFact, NotPossible) as error:
            stopped = str(error)
            break
    differences = tuple(
        Difference(number, expected, actual)
        for number, each in enumerate(played)
        for expected in each.step.expect
        if (actual := unmet(expected, each)) is not None
    )
    broken: tuple[Violation, ...] = ()
    try:
        broken = violations(_invariants_of(policy, case, around), played, policy.groups)
    except MissingFact as error:
        stopped = stopped or str(error)
    return Outcome(case, tuple(played), differences, stopped, broken)


def _invariants_of(policy: Policy, case: Case, around: Around) -> tuple[Invariant, ...]:
    """The policy's, and the built-in ones that a case names; one of the policy's takes the place of its namesake."""
    own = {each.id for each in policy.invariants}
    wanted = [name for name in case.invariants if name not in own]
    ready = built_in(around.knowledge.asks_recognised_from) if wanted else {}
    return (*policy.invariants, *(ready[name] for name in wanted if name in ready))


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


def unmet(expected: Expected, played: Played) -> str | None:
    """What came instead of what is expected; `None`: it is as expected."""
    return KEYS[expected.key](expected.value, played)


def several(value: Value) -> tuple[str, ...]:
    """What is expected as a tuple of texts, one text too."""
    return value if isinstance(value, tuple) else (str(value),)


def _is(wanted: Value, found: str | None) -> str | None:
    return None if found == wanted else found or "none"


def _has(wanted: Value, found: Sequence[str]) -> str | None:
    return None if set(several(wanted)) <= set(found) else ", ".join(found) or "none"


def _has_none(unwanted: Value, found: Sequence[str]) -> str | None:
    there = [each for each in found if each in several(unwanted)]
    return ", ".join(there) or None


def _with_short(rules: Sequence[str]) -> tuple[str, ...]:
    """Ids of rules, with and without their rulesets."""
    return (*rules, *(each.rpartition(".")[2] for each in rules))


def _fired(wanted: Value, played: Played) -> str | None:
    return None if set(several(wanted)) <= set(_with_short(played.rules)) else ", ".join(played.rules) or "none"


def _handed_over(wanted: Value, played: Played) -> str | None:
    to_people = played.standing.to_people
    return None if to_people is wanted else str(to_people).lower()


def _replied(wanted: Value, played: Played) -> str | None:
    """A kind is meant with what it is about, or without: `answer refund`, `answer`."""
    kinds = [line.kind for line in played.said]
    found = {*kinds, *(kind.split()[0] for kind in kinds)}
    return None if set(several(wanted)) <= found else ", ".join(kinds) or "none"


def _says(wanted: Value, played: Played) -> str | None:
    words = "\n".join(line.text for line in played.said)
    missing = [phrase for phrase in several(wanted) if not any(contains(line.text, phrase) for line in played.said)]
    return (words or "nothing") if missing else None


def _says_none(unwanted: Value, played: Played) -> str | None:
    found = [line.text for line in played.said if any(contains(line.text, phrase) for phrase in several(unwanted))]
    return "\n".join(found) or None


KEYS: Final[Mapping[str, Callable[[Value, Played], str | None]]] = {
    "route": lambda wanted, played: _is(wanted, played.route),
    "rule": _fired,
    "not_rules": lambda unwanted, played: _has_none(unwanted, _with_short(played.rules)),
    "did": lambda wanted, played: _has(wanted, played.did),
    "not_did": lambda unwanted, played: _has_none(unwanted, played.did),
    "hand_over": _handed_over,
    "reply": _replied,
    "says": _says,
    "not_says": _says_none,
    "tags": lambda wanted, played: _has(wanted, played.decision.tags),
    "priority": lambda wanted, played: _is(wanted, played.decision.priority),
}
"""What a step may be expected to come to, and how that is told: what came instead, `None` where it is as expected."""
ABOUT: Final[Mapping[str, str]] = {
    "route": "the team that has it; `escalation`: the escalation inbox",
    "rule": "rules and guards that acted, with or without the name of their ruleset",
    "not_rules": "rules and guards that did not act",
    "did": f"what was done: {', '.join(ACTS)}",
    "not_did": "what was not done",
    "hand_over": "whether people have it",
    "reply": "the kind of the bot's reply, such as `answer refund`",
    "says": "words that the bot's reply contains",
    "not_says": "words that it does not contain",
    "tags": "tags that rules set",
    "priority": "the priority that rules set",
}
"""What each of them is, for those who write it."""
