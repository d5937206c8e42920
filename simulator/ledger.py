"""What a bot of the user's own says: texts that are known only once it has said them, with a code each."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..rules.alike import Likeness
from .replies import Replies

IntArray = NDArray[np.int32]
BoolArray = NDArray[np.bool_]


class Ledger:
    """The texts of a bot on a desk, those that it has anyway first, then each that it says for the first time."""

    def __init__(self, replies: Replies) -> None:
        self._known = replies
        self._texts, self._kinds = list(replies.texts), list(replies.kinds)
        self._codes: dict[tuple[str, str], int] = {}
        self.likeness = Likeness(self._texts)

    def code(self, kind: str, text: str) -> int:
        """The code of a text, said as that kind of reply."""
        found = self._codes.get((kind, text))
        if found is None:
            found = self._codes[kind, text] = len(self._texts)
            self._texts.append(text)
            self._kinds.append(kind)
        return found

    def replies(self) -> Replies:
        """All replies up to now. What reads alike in a dialogue says `alike_so_far`; here each of its own is alone."""
        own = np.arange(len(self._known.texts), len(self._texts), dtype=np.int32)
        return replace(
            self._known,
            texts=tuple(self._texts),
            kinds=tuple(self._kinds),
            classes=np.concatenate([self._known.classes.astype(np.int32), own]),
            first_own=len(self._known.texts),
        )


class SaidSoFar:
    """What was said in many dialogues in order, as far as it may make a loop, and what of it reads alike.

    A reply's class is the place, from 0, of the first reply of its dialogue that it reads like, or its own: it goes by
    that dialogue alone, whatever is said in others.
    """

    def __init__(self, many: int, likeness: Likeness) -> None:
        self._many, self._likeness = many, likeness
        self._said: list[tuple[IntArray, NDArray[np.int16]]] = []

    def says(self, at: IntArray, place: int, codes: IntArray) -> NDArray[np.int16]:
        """The classes of the replies that are said at that place in the dialogues `at`."""
        classes = np.full(at.size, place, dtype=np.int16)
        for earlier, (said, of_said) in enumerate(self._said[:place]):
            leads = np.flatnonzero((classes == place) & (of_said[at] == earlier))
            alike = self._likeness.of(said[at[leads]], codes[leads]) if leads.size else leads
            classes[leads[alike]] = earlier
        while len(self._said) <= place:
            self._said.append((np.full(self._many, -1, dtype=np.int32), np.full(self._many, -1, dtype=np.int16)))
        said, of_said = self._said[place]
        said[at], of_said[at] = codes, classes
        return classes
