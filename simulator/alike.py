"""Which texts read alike."""

from __future__ import annotations

from difflib import SequenceMatcher
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

SIMILAR = 0.85


@lru_cache(maxsize=64)
def similarity_classes(texts: tuple[str, ...]) -> NDArray[np.int16]:
    """For each text the number of the first text that is at least 0.85 similar to it.

    Similarity is the ratio of Ratcliff and Obershelp (1988) over lower-cased text.

    >>> similarity_classes(("I did not get that.", "Your order is on its way.", "i did not get that!")).tolist()
    [0, 1, 0]
    """
    plain = [text.casefold() for text in texts]
    classes = list(range(len(texts)))
    for later in range(len(plain)):
        matcher = SequenceMatcher(autojunk=False)
        matcher.set_seq2(plain[later])
        for earlier in range(later):
            if classes[earlier] != earlier:
                continue
            matcher.set_seq1(plain[earlier])
            if (
                matcher.real_quick_ratio() >= SIMILAR
                and matcher.quick_ratio() >= SIMILAR
                and _in_order(plain[earlier], plain[later]) >= SIMILAR
                and matcher.ratio() >= SIMILAR
            ):
                classes[later] = earlier
                break
    return np.array(classes, dtype=np.int16)


def _in_order(one: str, other: str) -> float:
    """Twice the length of the longest common subsequence over both lengths, which Ratcliff and Obershelp's ratio does
    not exceed, as the blocks that it matches stand in the same order in both.

    Bits of an integer are the cells of a row of the usual table (Hyyrö 2004, Bit-parallel LCS-length computation
    revisited): some microseconds where the ratio takes a millisecond.

    >>> _in_order("abcd", "axcd"), _in_order("abcd", "dcba")
    (0.75, 0.25)
    """
    where: dict[str, int] = {}
    for place, letter in enumerate(one):
        where[letter] = where.get(letter, 0) | 1 << place
    row = whole = (1 << len(one)) - 1
    for letter in other:
        here = row & where.get(letter, 0)
        row = (row + here | row - here) & whole
    letters = len(one) + len(other)
    return 2 * (len(one) - row.bit_count()) / letters if letters else 1.0
