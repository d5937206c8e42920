"""What a recogniser that goes by texts makes of the texts of a pool."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..rules.matching import messages_of
from ..rules.recogniser import Recogniser, Recognition
from ..scenarios.pool import Kind, MessagePool


def recognition_of(pool: MessagePool, recogniser: Recogniser, small_talk: int) -> Recognition:
    """What is recognised of each text of a pool; `small_talk` is the code of that.

    Of a burst, the surest guess about any of its messages counts; small talk only where nothing else is recognised.
    """
    return _expecting_answers(_of_bursts(pool.texts, recogniser, small_talk), pool, small_talk)


def _of_bursts(texts: tuple[str, ...], recogniser: Recogniser, small_talk: int) -> Recognition:
    bursts = [messages_of(text) for text in texts]
    messages = [message for burst in bursts for message in burst]
    found = recogniser.recognise(messages)
    if len(messages) == len(texts):
        return found
    sizes = np.array([len(burst) for burst in bursts])
    owner = np.repeat(np.arange(sizes.size), sizes)
    about = (found.codes >= 0) & (found.codes != small_talk)
    # Stable, so that the first of equally sure messages counts.
    order = np.lexsort((-found.confidence, ~about, owner))
    best = order[np.cumsum(sizes) - sizes]
    return Recognition(found.intents, found.codes[best], found.confidence[best])


def _expecting_answers(recognition: Recognition, pool: MessagePool, small_talk: int) -> Recognition:
    """Whoever has asked a question takes what comes for the answer: surely about no intent."""
    answers = pool.kinds == Kind.DETAILS
    codes, confidence = recognition.codes.copy(), recognition.confidence.copy()
    codes[answers], confidence[answers] = small_talk, 1.0
    return replace(recognition, codes=codes, confidence=confidence)
