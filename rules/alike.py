"""Which texts read alike."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int32]
BoolArray = NDArray[np.bool_]

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
            if classes[earlier] == earlier and _alike(matcher, plain[earlier], plain[later]):
                classes[later] = earlier
                break
    return np.array(classes, dtype=np.int16)


class Likeness:
    """Which of some texts read alike, worked out when first asked and then remembered; `texts` may grow."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = texts
        self._known: dict[tuple[int, int], bool] = {}

    def of(self, earlier: IntArray, later: IntArray) -> BoolArray:
        """Whether texts, by their numbers, read like others that were said before them, one pair each."""
        pairs, inverse = np.unique(np.stack([earlier, later], axis=1), axis=0, return_inverse=True)
        found = [one == other or self._alike(one, other) for one, other in pairs.tolist()]
        return np.array(found, dtype=np.bool_)[inverse.reshape(-1)]

    def _alike(self, earlier: int, later: int) -> bool:
        known = self._known.get((earlier, later))
        if known is None:
            one, other = self._texts[earlier].casefold(), self._texts[later].casefold()
            matcher = SequenceMatcher(autojunk=False)
            matcher.set_seq2(other)
            known = self._known[earlier, later] = _alike(matcher, one, other)
        return known


def _alike(matcher: SequenceMatcher[str], one: str, other: str) -> bool:
    """Whether two texts are similar; the other is the matcher's second already."""
    matcher.set_seq1(one)
    return (
        matcher.real_quick_ratio() >= SIMILAR
        and matcher.quick_ratio() >= SIMILAR
        and _in_order(one, other) >= SIMILAR
        and matcher.ratio() >= SIMILAR
    )


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
