"""A recogniser by phrases: each intent has some, and the one with most of them in a text is recognised."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..errors import BadValue
from .matching import Phrases, phrase_of
from .recogniser import Recognition


@dataclass(frozen=True, slots=True, eq=False)
class KeywordRecogniser:
    """A recogniser that looks for phrases, at word boundaries and whatever their case, as conditions on text do.

    `phrases` has those of each intent that has any. A text has the intent with most of its phrases in it, each counted
    once however often it occurs; of several such the one that comes first. Its confidence is `sure`, times its share of
    the phrases of all intents that were found. A text without any has no intent.
    Raises `BadValue` for a phrase that is nothing once folded, and for an intent that is not among `intents`.

    >>> recogniser = KeywordRecogniser(("refund", "invoice"), {"refund": ["money back", "refund"], "invoice": ["bill"]})
    >>> found = recogniser.recognise(["I want my MONEY BACK, a refund", "refund this bill", "billing?"])
    >>> found.codes.tolist(), [round(each, 2) for each in found.confidence.tolist()]
    ([0, 0, -1], [0.9, 0.45, 0.0])
    """

    intents: tuple[str, ...]
    phrases: Mapping[str, Sequence[str]]
    sure: float = 0.9

    def __post_init__(self) -> None:
        for intent, phrases in self.phrases.items():
            if intent not in self.intents:
                raise BadValue(f"unknown intent `{intent}`", loc=(intent,))
            for number, phrase in enumerate(phrases):
                try:
                    phrase_of(phrase)
                except BadValue as error:
                    raise BadValue(error.message, loc=(intent, number)) from None

    def recognise(self, texts: Sequence[str]) -> Recognition:
        """The intent of each text, and how sure that is."""
        own = {intent: dict.fromkeys(map(phrase_of, phrases)) for intent, phrases in self.phrases.items()}
        found = Phrases(phrase for phrases in own.values() for phrase in phrases).found_in(texts)
        codes = np.full(len(texts), -1, dtype=np.int16)
        most, together = np.zeros(len(texts), dtype=np.int32), np.zeros(len(texts), dtype=np.int32)
        for intent, phrases in own.items():
            hits = np.zeros(len(texts), dtype=np.int32)
            for phrase in phrases:
                if phrase in found:
                    hits[found[phrase]] += 1
            together += hits
            better = hits > most
            codes[better], most[better] = self.intents.index(intent), hits[better]
        confidence = self.sure * most / np.maximum(together, 1)
        return Recognition(self.intents, codes, confidence.astype(np.float32))
