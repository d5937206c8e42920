"""Conversations as a policy may meet them: who writes, what, when, and what is recognised of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from hypothesis import strategies as st

from ..cases import Around, Case, Conversation, Step, outcome
from ..decide import MissingFact
from ..formulas import values_of
from ..vocabulary import SMALL_TALK, TALK_TO_PERSON, TRUE_INTENT, URGENCIES, field_named
from .aims import MOST_AIMS, aims_of
from .people import customers, named, tested
from .wordings import Wordings, messages, requests_in, same_said

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from ..policy import Policy

MOST_TURNS: Final = 14
_SURE: Final = 0.9
_OTHER_INTENT: Final = "invoice"
_COLLECTED: Final = "collected."
_MESSAGES: Final = 3
"""Different messages of a conversation, but for those that aim at a branch."""


@dataclass(frozen=True, slots=True)
class _Turn:
    """Which of the messages of a conversation is written, after how long, and what it answers."""

    message: int
    after_s: float
    writes: bool
    answers: bool
    works: bool


def conversations(
    policy: Policy, wordings: Wordings | None = None, around: Around | None = None, most_turns: int | None = None
) -> SearchStrategy[Case]:
    """Conversations aimed at a policy, as cases that expect nothing; the plainest is one message of an unknown
    customer.

    Of a customer, values are known that the policy looks at (`customers`). Messages are a few, written again and again,
    as people who are not understood do. Without `wordings` anything may be recognised of any message, since nobody
    knows the recogniser, and steps say what; with them, `around.recognise` reads each text, and of a wording, also in
    other words for the same, its true intent is known. Steps may come after the silences that the bot's flow waits for,
    and say that the customer was not asked what was meant, or that the systems behind the bot fail, where it may
    matter.
    """
    around = around or Around()
    said = st.lists(written(policy, wordings), min_size=1, max_size=_MESSAGES)
    turns = st.lists(_turns(policy), min_size=1, max_size=most_turns or _longest(policy))
    found = st.builds(_cases(policy, wordings, around), customers(policy, around.hours), said, turns)
    asked = [name for name in tested(policy) if name.startswith(_COLLECTED)]
    if not asked:
        return found
    told = st.fixed_dictionaries({}, optional={name: st.sampled_from(_answers(policy, name)) for name in asked})
    return st.builds(_with_answers(policy, around), found, told)


def written(policy: Policy, wordings: Wordings | None = None) -> SearchStrategy[Step]:
    """A message, with what is recognised of it or what is truly meant by it, as `conversations` says."""
    if wordings is not None:
        return _worded(policy, wordings)
    texts = messages(policy)
    intents = st.sampled_from(_intents(policy))
    surely, at_bounds = (st.builds(_recognised, texts, intents, sure) for sure in (st.just(_SURE), _sure(policy)))
    requests = st.builds(_recognised, st.sampled_from(requests_in(None)), st.just(TALK_TO_PERSON), st.just(_SURE))
    return st.one_of(texts.map(Step), requests, surely, at_bounds)


def _worded(policy: Policy, wordings: Wordings) -> SearchStrategy[Step]:
    """Wordings whose truth is known, and near-misses of the policy's phrases whose truth is not."""
    known = [(text, intent) for intent, texts in wordings.items() if intent != TALK_TO_PERSON for text in texts]
    known.sort(key=lambda each: (each[1] == SMALL_TALK, len(each[0]), each[0]))
    plain = st.sampled_from([Step(text, means=intent) for text, intent in known])
    requests = st.sampled_from([Step(text, means=TALK_TO_PERSON) for text in requests_in(wordings)])
    about = {each for atom in tested(policy).get(TRUE_INTENT, []) for each in named(atom)} - {TALK_TO_PERSON}
    aimed = [Step(text, means=intent) for text, intent in known if intent in about]
    plains = [plain, st.sampled_from(aimed)] if aimed else [plain]
    reworded = [st.builds(_reworded, each, st.integers(1, 2), st.integers(0, 40)) for each in plains]
    return st.one_of(*plains, requests, *reworded, messages(policy).map(Step))


def _reworded(step: Step, way: int, place: int) -> Step:
    return replace(step, say=same_said(str(step.say), way, place))


def _recognised(text: str, intent: str, confidence: float) -> Step:
    return Step(text, facts={"message.intent": intent, "message.confidence": confidence})


def _cases(
    policy: Policy, wordings: Wordings | None, around: Around
) -> Callable[[dict[str, object], list[Step], list[_Turn]], Case]:
    """A function that makes a conversation of a customer, some messages and turns; some of them aim at a
    branch of the state that the bot is in, or at an errand, so that what lies behind is come to.
    """
    aims = aims_of(policy, wordings, around)

    def made(given: dict[str, object], said: list[Step], turns: list[_Turn]) -> Case:
        talk = None if aims is None else Conversation(policy, given, around)
        steps: list[Step] = []
        for turn in turns:
            choice: Sequence[Step] = said
            if aims is not None and talk is not None and turn.message >= _MESSAGES:
                choice = aims.at(talk.standing) or said
            if turn.writes or not steps:
                # Nobody is silent before the first message.
                after_s = turn.after_s if steps else 0.0
                chosen = choice[turn.message % len(choice)]
                steps.append(replace(chosen, after_s=after_s, answers=turn.answers, works=turn.works))
            else:
                steps.append(Step(None, after_s=turn.after_s))
            if talk is not None:
                try:
                    talk.after(steps[-1])
                except MissingFact:
                    talk = None
        return Case("generated", tuple(steps), given)

    return made


def _turns(policy: Policy) -> SearchStrategy[_Turn]:
    bot = policy.bot
    flow = () if bot is None or bot.flow is None else bot.flow.states
    silences = sorted({state.silent_for.after + 1 for state in flow if state.silent_for is not None})
    pauses = st.sampled_from([(0.0, True), *((after_s, writes) for after_s in silences for writes in (True, False))])
    errands = bot is not None and bool(bot.errands)
    yes, may_not = st.just(True), st.sampled_from((True, False))
    asks = errands and bot is not None and any(errand.asks for errand in bot.errands)
    return st.builds(
        lambda message, pause, answers, works: _Turn(message, pause[0], pause[1], answers, works),
        st.integers(0, (_MESSAGES + MOST_AIMS if errands or flow else _MESSAGES) - 1),
        pauses,
        may_not if asks else yes,
        may_not if errands else yes,
    )


def _longest(policy: Policy) -> int:
    """Turns after which the bot's part is mostly over."""
    bot = policy.bot
    if bot is None:
        return 1
    return min(MOST_TURNS, bot.max_turns + len(bot.collect) + sum(len(errand.asks) for errand in bot.errands) + 2)


def _intents(policy: Policy) -> list[str]:
    """What may be recognised that the policy treats in a way of its own, and something else."""
    found = [_OTHER_INTENT]
    for name in ("message.intent", "truth.intent"):
        found += [each for atom in tested(policy).get(name, []) for each in named(atom)]
    if policy.bot is not None:
        found += [errand.intent for errand in policy.bot.errands]
        found += (policy.bot.answers.only if policy.bot.answers is not None else None) or ()
    return list(dict.fromkeys([*found, TALK_TO_PERSON, SMALL_TALK]))


def _sure(policy: Policy) -> SearchStrategy[float]:
    """Confidences at the policy's bounds, and just below them."""
    bot, field = policy.bot, field_named("message.confidence")
    bounds: list[float] = []
    if bot is not None:
        parts = (*([bot.answers] if bot.answers else ()), *([bot.articles] if bot.articles else ()), *bot.errands)
        bounds += [each.confidence_at_least for each in parts]
        bounds += [state.confidence_at_least for state in bot.flow.states] if bot.flow is not None else []
    tests = tested(policy).get("message.confidence", [])
    if field is not None and tests:
        bounds += [each for each in values_of(field, tests) or () if isinstance(each, float)]
    beside = [round(each - 0.01, 4) for each in bounds]
    return st.sampled_from([each for each in dict.fromkeys([_SURE, *bounds, *beside, 1.0]) if 0 <= each <= 1])


def _answers(policy: Policy, name: str) -> list[str]:
    """What a customer may answer a bot that collects this."""
    if name == "collected.urgency":
        return list(URGENCIES)
    return [*dict.fromkeys(each for atom in tested(policy)[name] for each in named(atom)), "other"]


def _with_answers(policy: Policy, around: Around) -> Callable[[Case, dict[str, object]], Case]:
    """A function that makes known what the bot has collected, from the step on in which it is answered."""
    asked = () if policy.bot is None else tuple(f"{_COLLECTED}{name}" for name in policy.bot.collect)
    without = replace(policy, invariants=())

    def made(case: Case, told: dict[str, object]) -> Case:
        known = {name: value for name, value in told.items() if name in asked}
        if not known:
            return case
        played = outcome(without, case, around).played
        at = next((number for number, each in enumerate(played) if each.standing.collected), None)
        if at is None:
            return case
        answering = replace(case.steps[at], facts={**case.steps[at].facts, **known})
        return replace(case, steps=(*case.steps[:at], answering, *case.steps[at + 1 :]))

    return made
