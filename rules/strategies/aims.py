"""Messages that take a branch of a bot's flow, looked up: states behind others are seldom come to by chance."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Final

from ..cases import Around, Step
from ..decide import Facts, MissingFact, holds
from ..says import says
from ..witness import whom_it_fits
from .wordings import PLAIN, Wordings, phrases_of

if TYPE_CHECKING:
    from ..flow import Branch, State
    from ..policy import Policy

MOST_AIMS: Final = 6
"""Messages that are looked up for a state."""
_EACH, _LOOKED_THROUGH = 2, 50
_OF_MESSAGES: Final = frozenset(("message.text", "message.intent", "message.confidence", "message.says"))
_SURE: Final = 0.9


def aims_of(policy: Policy, wordings: Wordings | None, around: Around) -> Mapping[str, tuple[Step, ...]]:
    """For each state of a flow, messages that take its branches but the last, whoever writes them; none for a bot
    without a flow.

    With `wordings` these are texts that `around.recognise` reads so, without them what is recognised is said.
    """
    flow = () if policy.bot is None or policy.bot.flow is None else policy.bot.flow.states
    known = None if wordings is None else _readable(policy, wordings)
    aims = {}
    for state in flow:
        found: list[Step] = []
        # The last branch is taken by whatever else is written.
        for branch in state.next[:-1]:
            steps = _made(branch, policy) if known is None else iter(known)
            found += islice((step for step in steps if _taken(state, step, policy, around) is branch), _EACH)
        aims[state.name] = tuple(found[:MOST_AIMS])
    return aims


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
