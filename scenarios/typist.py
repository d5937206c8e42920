"""How people type: slots filled, greetings, lower case, missing punctuation, slips of the finger."""

from __future__ import annotations

import datetime as dt
import random
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from .bursts import in_messages, parts_of
from .phrasebook import MadeUp, Phrasebook, Wording, slots_of

if TYPE_CHECKING:
    from faker import Faker

_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_WORD = re.compile(r"[A-Za-z]{4,}")
MADE_UP_VALUES = 200


@dataclass(frozen=True, slots=True)
class Habits:
    """Shares of messages typed in each way.

    The defaults come near the customers' side of a real support chat (Stripe's public developer chat, 2019: 51 % start
    in lower case,
    65 % end without punctuation, 5 % repeat it, 9 % greet, 17 % have a word that is in no dictionary).
    """

    lower_case_start: float = 0.51
    all_lower_case: float = 0.55
    no_end_punctuation: float = 0.65
    repeated_punctuation: float = 0.05
    greets: float = 0.09
    typo_per_word: float = 0.018


def _neighbours() -> Mapping[str, str]:
    near: dict[str, str] = {}
    for row_number, row in enumerate(_ROWS):
        for column, key in enumerate(row):
            near[key] = "".join(
                other[position]
                for other in _ROWS[max(0, row_number - 1) : row_number + 2]
                for position in range(max(0, column - 1), min(len(other), column + 2))
                if other[position] != key
            )
    return near


_NEAR = _neighbours()


class Typist:
    """Turns wordings into texts as people type them, the same for the same seed."""

    def __init__(self, book: Phrasebook, seed: str, habits: Habits | None = None, bursts: float = 0.0) -> None:
        self._book = book
        self._habits = habits or Habits()
        self._bursts = bursts
        self._random = random.Random(seed)  # noqa: S311 - a reproducible draw, not a secret
        self._values = {name: self._slot_values(name, slot) for name, slot in book.slots.items()}

    def typed(self, wording: Wording, lead: str = "") -> str:
        """One text made of a wording, after a lead-in if there is one: a message, or a burst of several, one a line."""
        units = self._units(wording, lead)
        # Whoever types all at once draws nothing for it.
        burst = bool(self._bursts) and self._random.random() < self._bursts and len(units) > 1
        messages = in_messages(units, self._random) if burst else [" ".join(units)]
        change = self._change_of_case(wording)
        return "\n".join(self._with_slips(self._with_end(change(message), wording)) for message in messages)

    def _units(self, wording: Wording, lead: str) -> list[str]:
        """What may be sent by itself: the lead-in or a greeting, the parts of the wording, a closing."""
        text, before = wording.text, []
        for slot in slots_of(text):
            text = text.replace("{" + slot + "}", self._random.choice(self._values[slot]), 1)
        if lead:
            text = f"{lead} {_uncapitalised(text)}"
        elif self._random.random() < self._greeting_share(wording):
            before, text = [self._random.choice(self._book.greetings)], _uncapitalised(text)
        polite = wording.register_ == "polite" and self._random.random() < 0.5
        after = [self._random.choice(self._book.closings)] if polite else []
        return [*before, *(parts_of(text) if self._bursts else [text]), *after]

    def _greeting_share(self, wording: Wording) -> float:
        return {"polite": 0.5, "long": 0.3, "terse": 0.02}.get(wording.register_, self._habits.greets)

    def _change_of_case(self, wording: Wording) -> Callable[[str], str]:
        habits, chance = self._habits, self._random.random
        if chance() < habits.lower_case_start:
            return str.lower if chance() < habits.all_lower_case else _uncapitalised
        return str.upper if wording.register_ == "upset" and chance() < 0.15 else str

    def _with_end(self, text: str, wording: Wording) -> str:
        habits, chance = self._habits, self._random.random
        if chance() < habits.no_end_punctuation:
            text = text.rstrip(".!? ")
        elif chance() < habits.repeated_punctuation / (1 - habits.no_end_punctuation):
            text = text.rstrip(".!? ") + self._random.choice(("!!", "...", "??", "?!"))
        return text or wording.text

    def _with_slips(self, text: str) -> str:
        return _WORD.sub(
            lambda word: self._slip(word[0]) if self._random.random() < self._habits.typo_per_word else word[0], text
        )

    def _slip(self, word: str) -> str:
        at = self._random.randrange(1, len(word) - 1)
        kind = self._random.randrange(4)
        if kind == 0:
            return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
        if kind == 1:
            return word[:at] + word[at + 1 :]
        if kind == 2:
            return word[:at] + word[at] + word[at:]
        return word[:at] + self._random.choice(_NEAR.get(word[at].lower(), word[at])) + word[at + 1 :]

    def _slot_values(self, name: str, slot: MadeUp | tuple[str, ...]) -> tuple[str, ...]:
        return _made_up_values(self._book.language, name, slot.faker) if isinstance(slot, MadeUp) else slot


def _uncapitalised(text: str) -> str:
    """A sentence as it goes on after a comma; `I` keeps its capital."""
    return text if text.startswith(("I ", "I'")) or text[1:2].isupper() else text[0].lower() + text[1:]


@cache
def _made_up_values(language: str, name: str, kind: str) -> tuple[str, ...]:
    """What may stand in a slot: made once, as it takes longer than all the rest of a small pool."""
    from faker import Faker

    faker = Faker("en_GB")
    faker.seed_instance(f"{language}:{name}")
    return tuple(_made_up(faker, kind) for _ in range(MADE_UP_VALUES))


def _made_up(faker: Faker, kind: str) -> str:
    match kind:
        case "order_number":
            return str(faker.bothify("??-######").upper())
        case "amount":
            return f"£{faker.random_int(4, 480)}.{faker.random_element(('00', '50', '99'))}"
        case "email":
            return str(faker.safe_email())
        case "date":
            # Between fixed days: left to itself, the library goes up to today.
            day = faker.date_between_dates(dt.date(2025, 1, 1), dt.date(2025, 12, 31))
            return str(day.strftime("%d %B")).lstrip("0")
        case "person":
            return str(faker.first_name())
        case "company":
            return str(faker.company())
        case _:
            return str(faker.numerify("####"))
