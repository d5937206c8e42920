"""The message pool: the texts that a scenario's customers write."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError, Problem, did_you_mean
from .corpus import Corpus
from .intents import SMALL_TALK, TALK_TO_PERSON
from .phrasebook import FollowUp, Phrasebook, Wording, is_held_out
from .scenario import Scenario
from .typist import Typist

TRAIN_TEXTS_PER_WORDING = 10
FOLLOW_UP_TEXTS_PER_WORDING = 8
REPHRASED_SHARE = 0.5


Taught = tuple[str, str, str]
"""A text, its intent, and the wording it was made from."""


class Kind(IntEnum):
    """What a customer's message does in the conversation."""

    OPENING = 0
    REPHRASED = 1
    ASK_PERSON = 2
    NO = 3
    FRUSTRATED = 4
    THANKS = 5
    LEAVING = 6
    DETAILS = 7
    """An answer to what the bot asks for."""


PROBLEM_KINDS = (Kind.OPENING, Kind.REPHRASED)
FOLLOW_UP_KINDS = tuple(kind for kind in Kind if kind not in PROBLEM_KINDS)


@dataclass(frozen=True)
class MessagePool:
    """Texts in blocks: one block for each kind and topic, so that a draw is a start, a size and a uniform.

    A *topic* is what a text is about as finely as the source tells: a label of a messages file, or an intent of a
    phrasebook.
    `starts` and `sizes` have shape (kinds, topics); kinds that belong to no topic have the same block for all of them.
    `kinds` (int8) and `topics` (int16, -1 for texts of no topic) say for each row what it is; `topic_intents` (int16)
    holds
    the position of each topic's intent in the scenario, `topic_shares` how often a topic comes up within its intent.
    """

    texts: tuple[str, ...]
    kinds: NDArray[np.int8]
    topics: NDArray[np.int16]
    topic_names: tuple[str, ...]
    topic_intents: NDArray[np.int16]
    topic_shares: NDArray[np.float64]
    starts: NDArray[np.int32]
    sizes: NDArray[np.int32]
    train_texts: tuple[str, ...]
    train_intents: tuple[str, ...]
    train_wordings: tuple[str, ...]
    """What each learnt text was made from."""

    def rows(self, kind: Kind, topics: NDArray[np.int16], u: NDArray[np.float64]) -> NDArray[np.int32]:
        """Pool rows of messages of a kind on the given topics, drawn with the uniforms `u`."""
        return np.asarray(self.starts[kind, topics] + (u * self.sizes[kind, topics]).astype(np.int32), dtype=np.int32)

    @cached_property
    def digest(self) -> str:
        """A hash of all texts and of what the recogniser learns from."""
        digest = hashlib.blake2b(digest_size=16)
        for part in (*self.texts, *self.topic_names, *self.train_texts, *self.train_intents):
            digest.update(part.encode("utf-8", "surrogatepass") + b"\0")
        digest.update(self.kinds.tobytes() + self.topics.tobytes())
        return digest.hexdigest()


def phrasebook_pool(scenario: Scenario, book: Phrasebook) -> MessagePool:
    """The pool of a scenario whose customers write a phrasebook's held-out wordings.

    Raises `InputError` for an intent that customers have and the phrasebook does not.
    """
    wanted = tuple(scenario.intents)
    problems = tuple(
        Problem(
            scenario.name,
            f"no wordings for intent `{name}`; give some under `messages.wordings`, or real messages with `--messages`",
            suggestion=did_you_mean(name, book.intents),
        )
        for name in wanted
        if name not in book.intents
    )
    if problems:
        raise InputError(problems)
    typist = Typist(book, f"{book.language}:{scenario.messages.register_}:{scenario.messages.texts_per_intent}")
    openings, rephrased, train = [], [], []
    leads = _held_out(book.follow_ups.rephrase_lead.wordings)
    for name in wanted:
        wordings = book.intents[name].wordings
        held_out = _held_out(wordings)
        many = scenario.messages.texts_per_intent
        openings.append(_typed(typist, held_out, many))
        rephrased.append(_typed(typist, held_out, max(10, int(many * REPHRASED_SHARE)), leads))
        train += _taught(typist, wordings, TRAIN_TEXTS_PER_WORDING, name)
    shares = np.ones(len(wanted))
    return _assembled(book, typist, wanted, np.arange(len(wanted), dtype=np.int16), shares, openings, rephrased, train)


def corpus_pool(scenario: Scenario, corpus: Corpus, book: Phrasebook) -> MessagePool:
    """The pool of a scenario whose customers write the test rows of a messages file; what they say later comes from the
    phrasebook.

    Raises `InputError` for a label that the scenario gives no intent, and for an intent that has no test message.
    """
    intents = tuple(scenario.intents)
    # A label that is an intent's own name needs no entry in the map.
    labels = {**{name: name for name in intents}, **scenario.messages.labels}
    problems = [
        Problem(
            corpus.place,
            f"label `{label}` has no intent in `messages.labels` of `{scenario.name}`",
            line,
            1,
            did_you_mean(label, labels),
        )
        for label, line in corpus.label_lines.items()
        if label not in labels
    ]
    used = {intent for segment in scenario.segments.values() for intent, share in segment.intents.items() if share > 0}
    by_label: dict[str, list[str]] = {}
    for text, label in corpus.test:
        by_label.setdefault(label, []).append(text)
    written = {labels[label] for label in by_label if label in labels}
    if not problems:
        problems = [
            Problem(corpus.place, f"no test message for intent `{name}`") for name in intents if name in used - written
        ]
    if problems:
        raise InputError(tuple(problems))
    topics = tuple(by_label)
    typist = Typist(book, f"{book.language}:corpus")
    leads = _held_out(book.follow_ups.rephrase_lead.wordings)
    openings = [tuple(by_label[label]) for label in topics]
    rephrased = [
        tuple(f"{leads[number % len(leads)].text} {text}" for number, text in enumerate(texts)) for texts in openings
    ]
    train = [(text, labels[label], text) for text, label in corpus.train]
    intent_of = np.array([intents.index(labels[label]) for label in topics], dtype=np.int16)
    shares = np.array([float(len(texts)) for texts in openings])
    return _assembled(book, typist, topics, intent_of, shares, openings, rephrased, train)


def _assembled(
    book: Phrasebook,
    typist: Typist,
    topics: tuple[str, ...],
    topic_intents: NDArray[np.int16],
    shares: NDArray[np.float64],
    openings: Sequence[Sequence[str]],
    rephrased: Sequence[Sequence[str]],
    train: list[Taught],
) -> MessagePool:
    follow_ups: Mapping[Kind, FollowUp] = {
        Kind.ASK_PERSON: book.follow_ups.ask_person,
        Kind.NO: book.follow_ups.no,
        Kind.FRUSTRATED: book.follow_ups.frustrated,
        Kind.THANKS: book.follow_ups.thanks,
        Kind.LEAVING: book.follow_ups.leaving,
    }
    texts: list[str] = []
    kinds: list[int] = []
    row_topics: list[int] = []
    starts = np.zeros((len(Kind), len(topics)), dtype=np.int32)
    sizes = np.zeros_like(starts)

    def block(kind: Kind, topic: int, new: Iterable[str]) -> None:
        new = tuple(new)
        where = topic if topic >= 0 else slice(None)
        starts[kind, where], sizes[kind, where] = len(texts), len(new)
        texts.extend(new)
        kinds.extend([kind] * len(new))
        row_topics.extend([topic] * len(new))

    for number in range(len(topics)):
        block(Kind.OPENING, number, openings[number])
        block(Kind.REPHRASED, number, rephrased[number])
    for kind, follow_up in follow_ups.items():
        held_out = _held_out(follow_up.wordings)
        block(kind, -1, _typed(typist, held_out, FOLLOW_UP_TEXTS_PER_WORDING * len(held_out)))
        intent = TALK_TO_PERSON if kind is Kind.ASK_PERSON else SMALL_TALK
        train += _taught(typist, follow_up.wordings, FOLLOW_UP_TEXTS_PER_WORDING, intent)
    # Made last and never taught: nobody has to recognise an answer to one's own question.
    details = book.follow_ups.details.wordings
    block(Kind.DETAILS, -1, _typed(typist, details, FOLLOW_UP_TEXTS_PER_WORDING * len(details)))
    within = np.bincount(topic_intents, weights=shares, minlength=int(topic_intents.max()) + 1)
    written = set(texts)
    learnt_from = [row for row in train if row[0] not in written]
    return MessagePool(
        texts=tuple(texts),
        kinds=np.array(kinds, dtype=np.int8),
        topics=np.array(row_topics, dtype=np.int16),
        topic_names=topics,
        topic_intents=topic_intents,
        topic_shares=shares / within[topic_intents],
        starts=starts,
        sizes=sizes,
        train_texts=tuple(text for text, _, _ in learnt_from),
        train_intents=tuple(intent for _, intent, _ in learnt_from),
        train_wordings=tuple(wording for _, _, wording in learnt_from),
    )


def _held_out(wordings: Sequence[Wording]) -> tuple[Wording, ...]:
    return tuple(wording for number, wording in enumerate(wordings) if is_held_out(number))


def _learnt(wordings: Sequence[Wording]) -> tuple[Wording, ...]:
    return tuple(wording for number, wording in enumerate(wordings) if not is_held_out(number))


def _taught(typist: Typist, wordings: Sequence[Wording], texts_each: int, intent: str) -> list[Taught]:
    """Texts for the recogniser, made of the wordings that customers do not write."""
    return [
        (text, intent, wording.text) for wording in _learnt(wordings) for text in _typed(typist, (wording,), texts_each)
    ]


def _typed(typist: Typist, wordings: Sequence[Wording], many: int, leads: Sequence[Wording] = ()) -> tuple[str, ...]:
    """Texts made of the wordings in turn, each after a lead-in if there are any; short ones repeat, so that no wording
    is rarer than another.
    """
    return tuple(
        typist.typed(
            wordings[number % len(wordings)], leads[(number // len(wordings)) % len(leads)].text if leads else ""
        )
        for number in range(many)
    )
