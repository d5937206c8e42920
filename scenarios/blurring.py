"""Messages of customers who can no longer say what is wrong: fewer words, in their order."""

from __future__ import annotations

import random
from collections.abc import Sequence


def blurred(texts: Sequence[str], words: float, many: int, seed: str) -> tuple[str, ...]:
    """`many` texts, spread evenly over `texts`, of each of which the share `words` of its words is left, at least one;
    the same for the same seed. What was a burst is one message.

    >>> blurred(["I was charged twice for my plan"], 0.5, 2, "seed")
    ('I charged my plan', 'was twice for plan')
    """
    random_ = random.Random(seed)  # noqa: S311 - a reproducible draw, not a secret
    return tuple(_fewer(texts[number * len(texts) // many], words, random_) for number in range(many))


def _fewer(text: str, words: float, random_: random.Random) -> str:
    found = text.split()
    kept = sorted(random_.sample(range(len(found)), max(1, round(words * len(found))))) if found else []
    return " ".join(found[at] for at in kept)
