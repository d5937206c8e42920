"""What customers want: who solves it, and in which words they ask."""

from __future__ import annotations

from collections.abc import Iterator

from ...documents import Document, Loc
from ...errors import Problem, did_you_mean
from ..intents import INTENTS, TALK_TO_PERSON
from ..scenario import Scenario
from .wording import share_problems, unknown


def intent_problems(document: Document, scenario: Scenario) -> Iterator[Problem]:
    """Teams that cannot solve what is theirs, intents that nobody has words for, and what is known of none."""
    messages = scenario.messages
    elsewhere = (name for own in messages.wordings_in.values() for name in own)
    words = {*INTENTS, *messages.wordings, *elsewhere, *messages.labels.values()}
    for name, intent in scenario.intents.items():
        at: Loc = ("intents", name)
        if name == TALK_TO_PERSON:
            yield document.problem(
                at, f"`{TALK_TO_PERSON}` is what asking for a person is recognised as, not a problem of its own"
            )
        if intent.team not in scenario.teams:
            yield unknown(document, (*at, "team"), "team", intent.team, scenario.teams)
        elif intent.team == scenario.escalation.team:
            yield document.problem(
                (*at, "team"), f"`{intent.team}` is the escalation inbox: it assigns, it does not solve"
            )
        yield from share_problems(document, (*at, "pages"), intent.pages, "shares of the pages")
        if name not in words:
            yield document.problem(
                at,
                f"nobody has words for intent `{name}`; give some under `messages.wordings`, or labels",
                suggestion=did_you_mean(name, INTENTS),
                at_key=True,
            )
    for name in scenario.knowledge:
        if name not in scenario.intents:
            yield unknown(document, ("knowledge", name), "intent", name, scenario.intents, at_key=True)
    for label, intent_name in scenario.messages.labels.items():
        if intent_name not in scenario.intents:
            yield unknown(document, ("messages", "labels", label), "intent", intent_name, scenario.intents)
