"""Plain answers to a question: whether a message says yes or no, in the languages of the shipped phrasebooks."""

from __future__ import annotations

from typing import Final, Literal

from .matching import folded

LONGEST = 6
"""In words: what is longer says more than yes or no."""

_YES: Final = (
    "yes", "yeah", "yep", "yup", "correct", "exactly", "right", "that's right", "that is right", "sure", "indeed",
    "ja", "genau", "stimmt", "richtig", "jep", "jo", "si", "sí", "claro", "exacto", "correcto", "eso es",
    "oui", "ouais", "exact", "c'est ça", "c'est ca", "tout à fait", "sim", "isso", "exato", "certo", "claro que sim",
    "да", "ага", "верно", "именно", "точно", "evet", "aynen", "doğru", "dogru", "iya", "ya", "betul", "benar",
)  # fmt: skip
_NO: Final = (
    "no", "nope", "nah", "not really", "wrong", "not that", "nein", "nee", "nö", "falsch", "non", "pas du tout", "não",
    "nao", "errado", "нет", "не то", "неверно", "hayır", "hayir", "yok", "değil", "tidak", "bukan", "enggak", "nggak",
)  # fmt: skip

Says = Literal["yes", "no"]
_SAID: Final[dict[str, Says]] = {
    **{folded(word): "yes" for word in _YES},
    **{folded(word): "no" for word in _NO},
}


def says(text: str) -> Says | None:
    """What a message says if it is a plain answer; `None` if it says something else. Of several messages, the first
    that is one counts.

    >>> [says(text) for text in ("Yes, that's it!", "nein danke", "no refund for order 12 has come so far", "refund")]
    ['yes', 'no', None, None]
    """
    return next((said for line in text.split("\n") if (said := _one(line)) is not None), None)


def _one(line: str) -> Says | None:
    words = ["".join(letter for letter in word if letter.isalnum() or letter == "'") for word in folded(line).split()]
    words = [word for word in words if word]
    if not 0 < len(words) <= LONGEST:
        return None
    for length in (3, 2, 1):
        said = _SAID.get(" ".join(words[:length]))
        if said is not None:
            return said
    return None
