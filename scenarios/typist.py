"""How people type: slots filled, greetings, lower case, missing punctuation, slips of the finger."""

from __future__ import annotations

import datetime as dt
import math
import random
import re
from collections.abc import Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING

from .bursts import in_messages, parts_of, sentences_of
from .languages import Language, language_of
from .phrasebook import MadeUp, Phrasebook, Wording, slots_of
from .registers import MANNERS, Manner

if TYPE_CHECKING:
    from faker import Faker

_LETTERS = re.compile(r"[^\W\d_]{4,}")
_NO_SPACE = "\0"
"""Stands where the space after a word is missed."""
_ENDS = ".!?… "
_REPEATED = ("!!", "...", "??", "?!")
_SHORT: frozenset[str] = frozenset({"terse", "plain", "upset"})
MADE_UP_VALUES = 200


class Typist:
    """Turns wordings into texts as people type them, the same for the same seed."""

    def __init__(self, book: Phrasebook, seed: str, manner: Manner = MANNERS["chat"], bursts: float = 0.0) -> None:
        self._book, self._manner, self._habits, self._bursts = book, manner, manner.habits, bursts
        self._language = language_of(book.language)
        self._random = random.Random(seed)  # noqa: S311 - a reproducible draw, not a secret
        self._values = {name: self._slot_values(name, slot) for name, slot in book.slots.items()}
        self._ordinary = _ordinary_words(book)
        self._until_slip = self._words_until_slip()

    def typed(
        self,
        wording: Wording,
        lead: str = "",
        others: Sequence[Wording] = (),
        also: tuple[str, Wording] | None = None,
    ) -> str:
        """One text made of a wording, after a lead-in if there is one: a message, or a burst of several, one a line.

        `others` are wordings of the same thing, one of which some people add; `also` is a wording of something else,
        and what leads over to it.
        """
        units = self._units(wording, lead, others, also)
        # Whoever types all at once draws nothing for it.
        burst = bool(self._bursts) and self._random.random() < self._bursts and len(units) > 1
        messages = in_messages(units, self._random) if burst else [" ".join(units)]
        changes = self._changes(wording)
        return "\n".join([self._finished(message, changes) or message for message in messages])

    def also(self, share: float, wordings: Sequence[Wording]) -> tuple[str, Wording] | None:
        """Something else that this share of people go on with, if there is anything, and what leads over to it."""
        if not share or not wordings or self._random.random() >= share:
            return None
        return self._random.choice(self._book.joins), self._random.choice(wordings)

    def _units(
        self, wording: Wording, lead: str, others: Sequence[Wording], also: tuple[str, Wording] | None
    ) -> list[str]:
        """What may be sent by itself: the lead-in or a greeting, the parts of the wording, a closing."""
        manner, habits, chance = self._manner, self._habits, self._random.random
        text, tone, before, after = self._filled(wording.text), wording.register_, [], []
        if manner.breaks_off and chance() < manner.breaks_off:
            text = sentences_of(text)[0]
        if manner.drops_small_words and chance() < manner.drops_small_words:
            text = self._without_small_words(text)
        if others and tone in _SHORT and manner.says_it_twice and chance() < manner.says_it_twice:
            text = f"{_ended(text)} {self._filled(self._random.choice(others).text)}"
        if also is not None:
            join, second = also
            text = f"{_ended(text)} {join} {self._goes_on(self._filled(second.text), join)}"
        if lead:
            text = f"{lead} {self._goes_on(text, lead)}"
        elif chance() < habits.greets.get(tone, 0.0):
            before = [self._random.choice(self._book.greetings)]
            text = self._goes_on(text, before[0])
        if chance() < habits.closes.get(tone, 0.0):
            text, after = _ended(text), [self._random.choice(self._book.closings)]
        return [*before, *(parts_of(text) if self._bursts else [text]), *after]

    def _filled(self, text: str) -> str:
        for slot in slots_of(text):
            text = text.replace("{" + slot + "}", self._random.choice(self._values[slot]), 1)
        return text

    def _without_small_words(self, text: str) -> str:
        small = self._language.small_words
        words = [word for word in text.split(" ") if self._language.lower(word).strip(",.!?") not in small]
        return " ".join(words).rstrip(",") or text

    def _goes_on(self, text: str, before: str) -> str:
        """A sentence as it goes on after a comma; a word keeps its capital if the book never writes it without."""
        if before[-1:] in _ENDS:
            return text
        first, blank, rest = text.partition(" ")
        small = self._uncapitalised(first)
        return f"{small}{blank}{rest}" if _bare(small) in self._ordinary else text

    def _changes(self, wording: Wording) -> tuple[Callable[[str], str], ...]:
        """What one person does to every message of a text."""
        habits, chance, language = self._habits, self._random.random, self._language
        changes: list[Callable[[str], str]] = []
        if chance() < habits.lower_case_start:
            changes.append(language.lower if chance() < habits.all_lower_case else self._uncapitalised)
        elif wording.register_ == "upset" and chance() < habits.shouts:
            changes.append(language.upper)
        if language.has_marks and chance() < habits.no_marks:
            changes.append(language.plain)
        if language.opens and chance() < habits.no_end_punctuation:
            changes.append(self._without_openings)
        return tuple(changes)

    def _uncapitalised(self, text: str) -> str:
        return self._language.lower(text[:1]) + text[1:]

    def _without_openings(self, text: str) -> str:
        return text.translate(dict.fromkeys(map(ord, self._language.opens)))

    def _finished(self, message: str, changes: tuple[Callable[[str], str], ...]) -> str:
        for change in changes:
            message = change(message)
        return self._with_slips(self._with_end(message))

    def _with_end(self, text: str) -> str:
        habits, u = self._habits, self._random.random()
        if u < habits.no_end_punctuation:
            return text.rstrip(_ENDS)
        if u < habits.no_end_punctuation + habits.repeated_punctuation:
            return text.rstrip(_ENDS) + self._random.choice(_REPEATED)
        return text

    def _with_slips(self, text: str) -> str:
        # Words are counted down to the next slip: most texts are done with one count.
        many, at = text.count(" ") + 1, self._until_slip
        if at >= many:
            self._until_slip -= many
            return text
        words = text.split(" ")
        while at < many:
            found = _LETTERS.search(words[at])
            if found is not None:
                begin, end = found.span()
                words[at] = words[at][:begin] + self._slip(found[0]) + words[at][end:]
            at += 1 + self._words_until_slip()
        self._until_slip = at - many
        return " ".join(words).replace(f"{_NO_SPACE} ", "").replace(_NO_SPACE, "")

    def _slip(self, word: str) -> str:
        """Four letters or more as a finger that slipped types them."""
        at, kind = self._random.randrange(1, len(word) - 1), self._random.random()
        if kind < 0.1:
            return f"{word}{_NO_SPACE}"
        if kind < 0.35 and word[at] != word[at + 1]:
            return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
        if kind < 0.6:
            return word[:at] + word[at + 1 :]
        if kind < 0.75:
            return word[:at] + word[at] + word[at:]
        keys = self._language.near.get(self._language.lower(word[at]), word[at] * 2)
        key = self._random.choice(keys)
        return word[:at] + (self._language.upper(key) if word[at].isupper() else key) + word[at + 1 :]

    def _words_until_slip(self) -> int:
        """Words typed right before the next one that is not: geometric."""
        rate = self._habits.slips_per_word
        return int(math.log(1.0 - self._random.random()) / math.log(1.0 - rate)) if rate else 10**9

    def _slot_values(self, name: str, slot: MadeUp | tuple[str, ...]) -> tuple[str, ...]:
        return _made_up_values(self._book.language, name, slot.faker) if isinstance(slot, MadeUp) else slot


def _ended(text: str) -> str:
    """A text that another sentence may follow."""
    return text if text[-1:] in _ENDS else f"{text}."


def _bare(word: str) -> str:
    return word.strip(".,;:!?…\"'()")


def _ordinary_words(book: Phrasebook) -> frozenset[str]:
    """Words that the book writes without a capital somewhere."""
    wordings = (wording.text for intent in book.intents.values() for wording in intent.wordings)
    words = {_bare(word) for text in wordings for word in text.split()}
    return frozenset(word for word in words if word[:1].islower())


@cache
def _made_up_values(language: str, name: str, kind: str) -> tuple[str, ...]:
    """What may stand in a slot: made once, as it takes longer than all the rest of a small pool."""
    from faker import Faker

    spoken = language_of(language)
    faker = Faker(spoken.locale)
    faker.seed_instance(f"{language}:{name}")
    return tuple(_made_up(faker, spoken, kind) for _ in range(MADE_UP_VALUES))


def _made_up(faker: Faker, language: Language, kind: str) -> str:
    match kind:
        case "order_number":
            return str(faker.bothify("??-######").upper())
        case "amount":
            return language.amount_of(faker.random_int(4, 480), faker.random_element(language.cents))
        case "email":
            return str(faker.safe_email())
        case "date":
            # Between fixed days: left to itself, the library goes up to today.
            day = faker.date_between_dates(dt.date(2025, 1, 1), dt.date(2025, 12, 31))
            return language.day_of(day.day, day.month)
        case "person":
            return str(faker.first_name())
        case "company":
            return str(faker.company())
        case _:
            return str(faker.numerify("####"))
