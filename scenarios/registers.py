"""Registers: how people write in a place, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from .phrasebook import Register as Tone

Register = Literal["chat", "search-box"]


@dataclass(frozen=True, slots=True)
class Habits:
    """Shares of texts that are typed in each way, of those in which it can be: a text that has no end punctuation
    anyway loses none.
    """

    lower_case_start: float = 0.0
    all_lower_case: float = 0.0
    """Of those that start so."""
    shouts: float = 0.0
    """Of upset ones, those in capitals."""
    no_end_punctuation: float = 0.0
    repeated_punctuation: float = 0.0
    greets: Mapping[Tone, float] = field(default_factory=dict)
    closes: Mapping[Tone, float] = field(default_factory=dict)
    slips_per_word: float = 0.0
    """Of words of four letters or more."""
    no_marks: float = 0.0
    """On letters, in languages that have them."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How people write in a place: the tones of their wordings, how often they say it twice or break off, and how
    they type. `tones` are the shares in which wordings of each tone are chosen, where there are such.
    """

    tones: Mapping[Tone, float]
    habits: Habits
    says_it_twice: float = 0.0
    """Adds another wording of the same thing to a short one."""
    breaks_off: float = 0.0
    """After a wording's first sentence."""
    drops_small_words: float = 0.0
    """Articles, possessives and politeness, of all of a text."""
    leads_in: bool = True
    """To what is said again in other words."""


MANNERS: Mapping[Register, Manner] = {
    # Fitted to the customers' side of a real support chat, Stripe's public developer chat, 2019: 5, 11 and 21 words at
    # the quartiles, 51 % start in lower case, 65 % end without punctuation, 26 % have a question mark, 5 % repeated
    # punctuation, 9 % begin with a greeting, 17 % have a word that is in no dictionary.
    "chat": Manner(
        tones={"terse": 0.3, "plain": 0.2, "polite": 0.05, "long": 0.4, "upset": 0.05},
        says_it_twice=0.3,
        habits=Habits(
            lower_case_start=0.5,
            all_lower_case=0.6,
            shouts=0.1,
            no_end_punctuation=0.52,
            repeated_punctuation=0.05,
            greets={"plain": 0.08, "terse": 0.06, "polite": 0.3, "long": 0.12, "upset": 0.02},
            closes={"polite": 0.4, "terse": 0.06, "plain": 0.03},
            slips_per_word=0.024,
            no_marks=0.2,
        ),
    ),
    # Fitted to what people type into a bot's search box: 3, 5 and 8 words at the quartiles, 90 % without end
    # punctuation.
    "search-box": Manner(
        tones={"terse": 0.45, "plain": 0.5, "upset": 0.05},
        breaks_off=1.0,
        drops_small_words=0.6,
        leads_in=False,
        habits=Habits(
            lower_case_start=0.8,
            all_lower_case=0.9,
            shouts=0.2,
            no_end_punctuation=0.85,
            repeated_punctuation=0.01,
            slips_per_word=0.03,
            no_marks=0.5,
        ),
    ),
}
