"""Texts made of wordings: which wordings, how often each, and what becomes of them in somebody's hands."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from .phrasebook import Wording, is_held_out
from .registers import Manner
from .typist import Typist

Made = tuple[str, str]
"""A text, and what it was made from."""
Taught = tuple[str, str, str]
"""A text, its intent, and the wording it was made from."""
_WORD = re.compile(r"\w+")
_BRIEF = ("plain", "terse")
"""Tones of what may be added to something said already."""


def bare(text: str) -> str:
    """A text without case and marks: what is the same so is no other wording.

    >>> bare("Human, please!") == bare("human please")
    True
    """
    return " ".join(_WORD.findall(text.casefold()))


def held_out(wordings: Sequence[Wording]) -> tuple[Wording, ...]:
    """The wordings that customers write, and no recogniser learns."""
    return tuple(wording for number, wording in enumerate(wordings) if is_held_out(number))


def brief(wordings: Sequence[Wording]) -> list[Wording]:
    """Those that may be added to something said already."""
    return [wording for wording in wordings if wording.register_ in _BRIEF]


def taught(typist: Typist, wordings: Sequence[Wording], texts_each: int, intent: str) -> list[Taught]:
    """Texts for the recogniser, made of the wordings that customers do not write."""
    learnt = (wording for number, wording in enumerate(wordings) if not is_held_out(number))
    return [(text, intent, made_from) for each in learnt for text, made_from in typed(typist, (each,), texts_each)]


def typed(typist: Typist, wordings: Sequence[Wording], many: int) -> tuple[Made, ...]:
    """Texts made of the wordings in turn; short ones repeat, so that no wording is rarer than another."""
    chosen = (wordings[number % len(wordings)] for number in range(many))
    return tuple((typist.typed(wording), wording.text) for wording in chosen)


def in_tones(wordings: Sequence[Wording], manner: Manner) -> list[tuple[Wording, float]]:
    """Wordings with their shares: each tone has its own, as far as there are wordings of it."""
    tones = Counter(wording.register_ for wording in wordings)
    weights = [manner.tones.get(wording.register_, 0.0) / tones[wording.register_] for wording in wordings]
    total = sum(weights)
    # Where nothing is of a tone that people write in, anything will do.
    shares = [weight / total for weight in weights] if total else [1 / len(wordings)] * len(wordings)
    return [(wording, share) for wording, share in zip(wordings, shares, strict=True) if share]


def written(
    typist: Typist,
    wordings: Sequence[tuple[Wording, float]],
    many: int,
    leads: Sequence[Wording] = (),
    also: tuple[float, Sequence[Wording]] = (0.0, ()),
) -> tuple[Made, ...]:
    """Texts made of wordings in their shares, each after a lead-in if there are any; a share of them, `also`, goes on
    with one of other wordings.
    """
    short = brief([wording for wording, _ in wordings])
    texts: list[Made] = []
    for (wording, _), times in zip(wordings, whole([share * many for _, share in wordings]), strict=True):
        others = [other for other in short if other is not wording]
        for _ in range(times):
            lead = leads[len(texts) % len(leads)].text if leads else ""
            texts.append((typist.typed(wording, lead, others, typist.also(*also)), wording.text))
    return tuple(texts)


def whole(numbers: Sequence[float]) -> list[int]:
    """Whole numbers of the same sum, each less than one off (largest remainders)."""
    found = [int(number) for number in numbers]
    by_rest = sorted(range(len(numbers)), key=lambda at: found[at] - numbers[at])
    for at in by_rest[: round(sum(numbers)) - sum(found)]:
        found[at] += 1
    return found
