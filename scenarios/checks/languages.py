"""Languages that customers write in, and whether there are words in each of them for what they write about."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from ...documents import Document, Loc
from ...errors import Problem, did_you_mean
from ..intents import INTENTS
from ..phrasebook import IntentWordings, load_phrasebook, shipped_languages, slots_of
from ..scenario import Scenario
from .wording import share_problems, unknown

ENGLISH = "en"
MOST_NAMED = 5
"""Intents that one line names."""


def language_problems(document: Document, scenario: Scenario) -> Iterator[Problem]:
    """Shares that do not sum to 1, languages without a phrasebook, and intents that nobody has words for."""
    messages, known = scenario.messages, shipped_languages()
    if messages.phrasebook not in known:
        yield _no_phrasebook(document, ("messages", "phrasebook"), messages.phrasebook)
    for language, own in messages.wordings_in.items():
        at: Loc = ("messages", "wordings_in", language)
        if language not in known:
            yield _no_phrasebook(document, at, language, at_key=True)
        elif language == messages.phrasebook:
            yield document.problem(
                at, f"`{language}` is the main language: its wordings are given under `messages.wordings`", at_key=True
            )
        yield from _wording_problems(document, scenario, at, own)
    yield from _wording_problems(document, scenario, ("messages", "wordings"), messages.wordings)
    for name, segment in scenario.segments.items():
        if segment.languages is None:
            continue
        at = ("segments", name, "languages")
        yield from share_problems(document, at, segment.languages, "shares of the languages")
        for language in segment.languages:
            if language not in known:
                yield _no_phrasebook(document, (*at, language), language, at_key=True)
    yield from _problems_of_words(document, scenario)
    yield from _problems_of_books(document, scenario)


def _no_phrasebook(document: Document, loc: Loc, language: str, *, at_key: bool = False) -> Problem:
    known = shipped_languages()
    return document.problem(
        loc,
        f"no phrasebook in `{language}`; there are {', '.join(f'`{each}`' for each in known)}",
        did_you_mean(language, known),
        at_key=at_key,
    )


def _wording_problems(
    document: Document, scenario: Scenario, at: Loc, own: dict[str, IntentWordings]
) -> Iterator[Problem]:
    """Wordings of intents that the scenario does not have, and slots, which only a phrasebook can fill."""
    for name, intent in own.items():
        if name not in scenario.intents:
            yield unknown(document, (*at, name), "intent", name, scenario.intents, at_key=True)
        for number, wording in enumerate(intent.wordings):
            if slots_of(wording.text):
                loc = (*at, name, "wordings", number, "text")
                yield document.problem(loc, "wordings of a scenario are plain text, without `{slots}`")


def _problems_of_words(document: Document, scenario: Scenario) -> Iterator[Problem]:
    """Intents that customers write about in a language that has no words for them, where another language has some.

    Labels of a messages file stand for words.
    """
    messages, known = scenario.messages, shipped_languages()
    labelled = {*messages.labels.values()}
    somewhere = {*INTENTS, *messages.wordings, *(name for own in messages.wordings_in.values() for name in own)}
    for name, segment in scenario.segments.items():
        for language, share in segment.written_in(messages.phrasebook).items():
            if not share or language not in known:
                continue
            words = labelled.union(_intents_of(language), messages.wordings_of(language))
            given = "wordings" if language == messages.phrasebook else f"wordings_in.{language}"
            lacking = [intent for intent, asked in segment.intents.items() if asked and intent in somewhere - words]
            if lacking:
                yield document.problem(
                    ("segments", name, *(("languages", language) if segment.languages else ("intents", lacking[0]))),
                    f"no words in `{language}` for {_named(lacking)}; give some under `messages.{given}`",
                    at_key=True,
                )


def _named(intents: Sequence[str]) -> str:
    """Some intents by name, and how many more there are.

    >>> _named(["refund"]), _named(["refund", "invoice"])
    ('intent `refund`', 'intents `refund`, `invoice`')
    """
    more = f" and {len(intents) - MOST_NAMED} more" if len(intents) > MOST_NAMED else ""
    listed = ", ".join(f"`{name}`" for name in intents[:MOST_NAMED])
    return f"intent{'' if len(intents) == 1 else 's'} {listed}{more}"


def _intents_of(language: str) -> Collection[str]:
    """Intents that a shipped phrasebook knows. The English one knows all, and need not be read for it."""
    return INTENTS if language == ENGLISH else load_phrasebook(language).intents


def _problems_of_books(document: Document, scenario: Scenario) -> Iterator[Problem]:
    """Parts of phrasebooks that a scenario asks for and a language has not."""
    needs = scenario.messages.needs
    for language in scenario.languages if needs else ():
        for key, part in load_phrasebook(language).lacks(needs) if language in shipped_languages() else ():
            yield document.problem(("messages", key), f"phrasebook `{language}` has no `{part}`")
