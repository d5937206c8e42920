"""Bursts: what one customer has to say, sent as several messages, one after the other.

A burst is one text; its messages are its lines.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from itertools import pairwise

HOW_MANY = {2: 0.6, 3: 0.28, 4: 0.12}
"""Shares of the numbers of messages, where there are as many parts."""
LEAST_WORDS = 3
"""In either part, for a sentence to be broken off within."""

_SENTENCES = re.compile(r"(?<=[.!?…])\s+")
_CLAUSES = re.compile(r"(?<=[,;:–—])\s+")
_LINES = re.compile(r"\s*[\r\n]\s*")


def sentences_of(text: str) -> list[str]:
    """The sentences of a text, in order.

    >>> sentences_of("My card was declined, but the money is gone. Why, please?")
    ['My card was declined, but the money is gone.', 'Why, please?']
    """
    return _SENTENCES.split(text)


def parts_of(text: str) -> list[str]:
    """The parts of a text that may be sent by themselves, in order: its sentences, and clauses of some length.

    >>> parts_of("My card was declined, but the money is gone. Why, please?")
    ['My card was declined,', 'but the money is gone.', 'Why, please?']
    """
    return [part for sentence in sentences_of(text) for part in _clauses(sentence)]


def in_messages(parts: Sequence[str], random_: random.Random) -> list[str]:
    """Two or more parts as two to four messages, each without the comma at which it breaks off."""
    many = min(len(parts), random_.choices(tuple(HOW_MANY), tuple(HOW_MANY.values()))[0])
    cuts = [0, *sorted(random_.sample(range(1, len(parts)), many - 1)), len(parts)]
    joined = (" ".join(parts[begin:end]) for begin, end in pairwise(cuts))
    return [message.rstrip(",;:–— ") or message for message in joined]


def one_message(text: str) -> str:
    r"""A text without line breaks.

    >>> one_message("two \r\nlines")
    'two lines'
    """
    return _LINES.sub(" ", text) if "\n" in text or "\r" in text else text


def _clauses(sentence: str) -> list[str]:
    parts: list[str] = []
    for clause in _CLAUSES.split(sentence):
        short = len(clause.split()) < LEAST_WORDS or (parts and len(parts[-1].split()) < LEAST_WORDS)
        if parts and short:
            parts[-1] = f"{parts[-1]} {clause}"
        else:
            parts.append(clause)
    return parts
