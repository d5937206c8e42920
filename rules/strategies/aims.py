"""Messages that take a branch of a bot's flow, or begin an errand: what lies behind is seldom come to by chance."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final

from ..cases import Around, Step
from ..decide import Facts, MissingFact, holds
from ..says import says
from ..vocabulary import TALK_TO_PERSON
from ..witness import whom_it_fits
from .wordings import PLAIN, Wordings, phrases_of, requests_in

if TYPE_CHECKING:
    from ..flow import Branch, State
    from ..policy import Policy
    from ..standing import Standing

MOST_AIMS: Final = 6
"""Messages that are looked up for a state."""
_EACH, _LOOKED_THROUGH = 2, 50
_OF_MESSAGES: Final = frozenset(("message.text", "message.intent", "message.confidence", "message.says"))
_SURE: Final = 0.9


@dataclass(frozen=True, slots=True)
class Aims:
    """Messages to aim with: for each state of a flow those that take its branches, without a flow (`None`) those that
    begin an errand, and requests for a person in place of what the bot asks for one.
    """

    by_state: Mapping[str | None, tuple[Step, ...]]
    instead: tuple[Step, ...]

    def at(self, standing: Standing) -> tuple[Step, ...]:
        """Those of where a conversation stands."""
        asks_for_errand = standing.question is not None and standing.question[0] is not None
        return self.instead if asks_for_errand else self.by_state.get(standing.state, ())


def aims_of(policy: Policy, wordings: Wordings | None, around: Around) -> Aims | None:
    """What to aim with at a bot, whoever writes; `None`: it has neither a flow nor errands.

    With `wordings` these are texts that `around.recognise` reads so, without them what is recognised is said.
    """
    bot = policy.bot
    if bot is None or (bot.flow is None and not bot.errands):
        return None
    known = None if wordings is None else _readable(policy, wordings)
    begin = [step for errand in bot.errands for step in islice(_taken_for(errand.intent, known, around), 1)]
    by_state: dict[str | None, tuple[Step, ...]] = {None: tuple(begin)}
    for state in () if bot.flow is None else bot.flow.states:
        found: list[Step] = []
        # The last branch is taken by whatever else is written.
        for branch in state.next[:-1]:
            steps = _made(branch, policy) if known is None else iter(known)
            found += islice((step for step in steps if _taken(state, step, policy, around) is branch), _EACH)
        by_state[state.name] = tuple((found + begin)[:MOST_AIMS])
    return Aims(by_state, tuple(islice(_taken_for(TALK_TO_PERSON, known, around), 1)))


def _taken_for(intent: str, known: Sequence[Step] | None, around: Around) -> Iterator[Step]:
    """Messages that are taken for one of an intent."""
    if known is None:
        text = requests_in(None)[0] if intent == TALK_TO_PERSON else PLAIN[0]
        yield Step(text, facts={"message.intent": intent, "message.confidence": _SURE})
        return
    for step in known:
        found = around.recognise(str(step.say))
        if found is not None and found[0] == intent and found[1] >= _SURE:
            yield step


def _readable(policy: Policy, wordings: Wordings) -> Sequence[Step]:
    """All that may be written, the shortest first."""
    texts = [Step(text) for text in (*PLAIN, *phrases_of(policy))]
    texts += [Step(text, means=intent) for intent, several in wordings.items() for text in several]
    return sorted(texts, key=lambda step: len(str(step.say)))


def _made(branch: Branch, policy: Policy) -> Iterator[Step]:
    """Messages of which a branch knows all that it looks at."""
    for facts in islice(whom_it_fits(branch.when, policy.groups), _LOOKED_THROUGH):
        if facts.keys() <= _OF_MESSAGES:
            text = facts.get("message.text", facts.get("message.says", PLAIN[0]))
            intent = facts.get("message.intent")
            sure = facts.get("message.confidence", _SURE)
            recognised = {} if intent is None else {"message.intent": intent, "message.confidence": sure}
            yield Step(str(text), facts=recognised)


def _taken(state: State, step: Step, policy: Policy, around: Around) -> Branch | None:
    """The branch that a message takes where nothing else is known; `None` where that cannot be told."""
    facts = _facts(step, around)
    try:
        return next((each for each in state.next if holds(each.when, facts, policy.groups)), None)
    except MissingFact:
        return None


def _facts(step: Step, around: Around) -> Facts:
    text = str(step.say)
    known: dict[str, object] = {"message.text": text, "message.says": says(text), **step.facts}
    found = None if "message.intent" in step.facts else around.recognise(text)
    return known if found is None else {**known, "message.intent": found[0], "message.confidence": found[1]}
