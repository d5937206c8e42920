"""Messages of customers who can no longer say what is wrong: fewer words, in their order."""

from __future__ import annotations

import random
from collections.abc import Sequence

from .writing import Made


def blurred(texts: Sequence[Made], words: float, many: int, seed: str) -> tuple[Made, ...]:
    """`many` texts, spread evenly over `texts`, of each of which the share `words` of its words is left, at least one;
    the same for the same seed. What was a burst is one message.

    >>> blurred([("I was charged twice for my plan", "charged")], 0.5, 2, "seed")
    (('I was charged plan', 'charged'), ('I charged twice plan', 'charged'))
    """
    random_ = random.Random(seed)  # noqa: S311 - a reproducible draw, not a secret
    chosen = (texts[number * len(texts) // many] for number in range(many))
    return tuple((_fewer(text, words, random_), made_from) for text, made_from in chosen)


def _fewer(text: str, words: float, random_: random.Random) -> str:
    found = text.split()
    kept = sorted(random_.sample(range(len(found)), max(1, round(words * len(found))))) if found else []
    return " ".join(found[at] for at in kept)
