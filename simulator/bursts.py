"""What a recogniser that goes by texts makes of bursts: it is asked for each message."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..rules.matching import messages_of
from ..rules.recogniser import Recogniser, Recognition


def surest_of_bursts(recogniser: Recogniser, texts: Sequence[str], small_talk: int) -> Recognition:
    """What is recognised of each text: of a burst, the surest guess about any of its messages.

    Small talk, whose code is given, counts only where nothing else is recognised: a thank-you does not hide the matter.
    """
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
