"""The message pool: the texts that a scenario's customers write."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError, Problem, did_you_mean
from .blurring import blurred
from .bursts import one_message
from .corpus import Corpus
from .intents import SMALL_TALK, TALK_TO_PERSON
from .phrasebook import FollowUp, Phrasebook
from .registers import MANNERS
from .scenario import Scenario
from .typist import Typist
from .writing import Made, Taught, bare, brief, held_out, in_tones, taught, typed, written

TRAIN_TEXTS_PER_WORDING = 10
IN_OTHER_LANGUAGES = 0.25
"""Of the texts of the main one, for each intent."""
TRAIN_IN_OTHER_LANGUAGES = 5
FOLLOW_UP_TEXTS_PER_WORDING = 8
SWITCHED_TEXTS_PER_TOPIC = 8
REPHRASED_SHARE = 0.5


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
    VAGUE = 8
    """An opening that tells nothing of the problem. Only there where some customers open so."""
    YES = 9
    """The bot has understood."""
    BLURRED = 10
    """The problem again, in fewer words. Only there where circles leave customers fewer."""
    SWITCHED = 11
    """Something else than the problem. Only there where some customers come up with that."""


PROBLEM_KINDS = (Kind.OPENING, Kind.REPHRASED, Kind.BLURRED, Kind.SWITCHED)
"""Those that are about an intent."""
FOLLOW_UP_KINDS = tuple(kind for kind in Kind if kind not in PROBLEM_KINDS)


@dataclass(frozen=True)
class MessagePool:
    """Texts in blocks: one block for each kind and topic, so that a draw is a start, a size and a uniform.

    A *topic* is what a text is about, as finely as the source tells (a label of a messages file, or an intent of a
    phrasebook), in one language.
    `starts` and `sizes` have shape (kinds, topics); kinds that belong to no topic have the same block for all topics
    of a language.
    `kinds` (int8), `topics` (int16, -1 for texts of no topic) and `languages` (int8, into `language_names`) say for
    each row what it is; `topic_intents` (int16) holds the position of each topic's intent in the scenario,
    `topic_languages` (int8) its language, `topic_shares` how often it comes up within its intent and language.
    `origins` numbers what each text was made from: texts of one wording have the same, real messages each its own.
    """

    texts: tuple[str, ...]
    kinds: NDArray[np.int8]
    topics: NDArray[np.int16]
    languages: NDArray[np.int8]
    origins: NDArray[np.int32]
    language_names: tuple[str, ...]
    topic_names: tuple[str, ...]
    topic_intents: NDArray[np.int16]
    topic_languages: NDArray[np.int8]
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
        for part in (*self.texts, *self.language_names, *self.topic_names, *self.train_texts, *self.train_intents):
            digest.update(part.encode("utf-8", "surrogatepass") + b"\0")
        digest.update(self.kinds.tobytes() + self.topics.tobytes() + self.languages.tobytes())
        return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class _Topic:
    """What some customers write about in one language; `weight` says how often, beside others of its intent."""

    name: str
    intent: int
    language: int
    weight: float
    openings: Sequence[Made]
    rephrased: Sequence[Made]


@dataclass(frozen=True, slots=True)
class _Voice:
    """What customers who write in one language have to say, and how they type it."""

    book: Phrasebook
    typist: Typist
    train: list[Taught]


def phrasebook_pool(
    scenario: Scenario, book: Phrasebook, others: Mapping[str, Phrasebook] | None = None
) -> MessagePool:
    """The pool of a scenario whose customers write a phrasebook's held-out wordings; `others` are the phrasebooks of
    its other languages.

    Raises `InputError` for an intent that customers have and their phrasebook does not.
    """
    books = _books(scenario, book, others)
    problems = tuple(
        Problem(
            scenario.name,
            f"no wordings for intent `{name}` in `{language}`; give some under "
            f"`messages.{'wordings' if language == scenario.messages.phrasebook else f'wordings_in.{language}'}`, or "
            "real messages with `--messages`",
            suggestion=did_you_mean(name, each.intents),
        )
        for language, each in books.items()
        for name in scenario.intents_in(language)
        if name not in each.intents
    )
    if problems:
        raise InputError(problems)
    messages, intents = scenario.messages, tuple(scenario.intents)
    manner = MANNERS[messages.register_]
    topics, voices = [], []
    for number, (language, each) in enumerate(books.items()):
        # By the language alone: another one beside it changes no text.
        is_main = language == messages.phrasebook
        many = messages.texts_per_intent if is_main else max(20, int(messages.texts_per_intent * IN_OTHER_LANGUAGES))
        typist = Typist(each, f"{each.language}:{messages.register_}:{many}", manner, messages.bursts)
        voice = _Voice(each, typist, [])
        leads = held_out(each.follow_ups.rephrase_lead.wordings) if manner.leads_in else ()
        for name in scenario.intents_in(language):
            wordings = each.intents[name].wordings
            chosen = in_tones(held_out(wordings), manner)
            beside = [each.intents[other].wordings for other in scenario.asked_beside(name, language)]
            second = [wording for of_other in beside for wording in brief(held_out(of_other))]
            openings = written(typist, chosen, many, also=(messages.mentions_second_intent, second))
            rephrased = written(typist, chosen, max(10, int(many * REPHRASED_SHARE)), leads)
            texts_each = TRAIN_TEXTS_PER_WORDING if is_main else TRAIN_IN_OTHER_LANGUAGES
            voice.train.extend(taught(typist, wordings, texts_each, name))
            topics.append(_Topic(name, intents.index(name), number, 1.0, openings, rephrased))
        voices.append(voice)
    return _assembled(scenario, topics, voices)


def corpus_pool(
    scenario: Scenario, corpus: Corpus, book: Phrasebook, others: Mapping[str, Phrasebook] | None = None
) -> MessagePool:
    """The pool of a scenario whose customers write the test rows of a messages file; what they say later comes from the
    phrasebook. A line break in a message of the file is a blank: it is one message.

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
    if problems:
        raise InputError(tuple(problems))
    books = _books(scenario, book, others)
    codes = {language: code for code, language in enumerate(books)}
    # Rows in languages that nobody writes in are of no use.
    language_of = {text: codes.get(corpus.languages.get(text, scenario.messages.phrasebook)) for text, _ in corpus.test}
    by_topic: dict[tuple[int, str], list[str]] = {}
    for text, label in corpus.test:
        if (language := language_of[text]) is not None:
            by_topic.setdefault((language, label), []).append(one_message(text))
    written = {(language, labels[label]) for language, label in by_topic}
    unwritten = [
        (language, name)
        for language, code in codes.items()
        for name in scenario.intents_in(language)
        if (code, name) not in written and _has_customers(scenario, name)
    ]
    if unwritten:
        beside = len(codes) > 1 or scenario.messages.phrasebook not in codes
        raise InputError(
            tuple(
                Problem(
                    corpus.place, f"no test message for intent `{name}`{f' in `{language}`' if beside else ''}"
                )
                for language, name in unwritten
            )
        )
    leads = {code: held_out(books[language].follow_ups.rephrase_lead.wordings) for language, code in codes.items()}
    topics = [
        _Topic(
            label,
            intents.index(labels[label]),
            language,
            float(len(texts)),
            [(text, text) for text in texts],
            [(f"{leads[language][at % len(leads[language])].text} {text}", text) for at, text in enumerate(texts)],
        )
        for (language, label), texts in sorted(by_topic.items(), key=lambda item: item[0][0])
    ]
    train: dict[str, list[Taught]] = {language: [] for language in books}
    for text, label in corpus.train:
        language_name = corpus.languages.get(text, scenario.messages.phrasebook)
        if language_name in train:
            train[language_name].append((one_message(text), labels[label], text))
    manner = MANNERS[scenario.messages.register_]
    voices = [
        _Voice(each, Typist(each, f"{each.language}:corpus", manner), train[language])
        for language, each in books.items()
    ]
    return _assembled(scenario, topics, voices)


def _has_customers(scenario: Scenario, intent: str) -> bool:
    return any(segment.intents.get(intent, 0) > 0 for segment in scenario.segments.values())


def _books(scenario: Scenario, book: Phrasebook, others: Mapping[str, Phrasebook] | None) -> dict[str, Phrasebook]:
    """The phrasebooks of the languages that customers write in, in their order."""
    known = {**(others or {}), scenario.messages.phrasebook: book}
    books = {language: known[language] for language in scenario.languages}
    problems = [
        Problem(scenario.name, f"phrasebook `{language}` has no `{part}`, which `messages.{key}` needs")
        for language, each in books.items()
        for key, part in each.lacks(scenario.messages.needs)
    ]
    if problems:
        raise InputError(tuple(problems))
    return books


def _assembled(scenario: Scenario, topics: Sequence[_Topic], voices: Sequence[_Voice]) -> MessagePool:
    topic_languages = np.array([topic.language for topic in topics], dtype=np.int8)
    topic_intents = np.array([topic.intent for topic in topics], dtype=np.int16)
    names = scenario.languages
    texts: list[str] = []
    kinds: list[int] = []
    row_topics: list[int] = []
    row_languages: list[int] = []
    origins: list[int] = []
    numbers: dict[tuple[int, str], int] = {}
    starts = np.zeros((len(Kind), len(topics)), dtype=np.int32)
    sizes = np.zeros_like(starts)

    def block(kind: Kind, topic: int, language: int, new: Sequence[Made], about: Sequence[int] | None = None) -> None:
        where = topic if topic >= 0 else topic_languages == language
        starts[kind, where], sizes[kind, where] = len(texts), len(new)
        texts.extend(text for text, _ in new)
        origins.extend(numbers.setdefault((language, made_from), len(numbers)) for _, made_from in new)
        kinds.extend([kind] * len(new))
        row_topics.extend([topic] * len(new) if about is None else about)
        row_languages.extend([language] * len(new))

    for number, topic in enumerate(topics):
        block(Kind.OPENING, number, topic.language, topic.openings)
        block(Kind.REPHRASED, number, topic.language, topic.rephrased)
        if (words := scenario.behaviour.after_a_loop.words) < 1:
            seed = f"{names[topic.language]}:{topic.name}:blurred"
            block(Kind.BLURRED, number, topic.language, blurred(topic.openings, words, len(topic.rephrased), seed))
        if scenario.behaviour.writes_again.switches and (beside := _beside(scenario, topics, topic)):
            others, about = zip(*beside, strict=True)
            block(Kind.SWITCHED, number, topic.language, others, about)
    train: list[Taught] = []
    for language, voice in enumerate(voices):
        typist = voice.typist
        train += voice.train
        for kind, follow_up in _follow_ups(voice.book).items():
            said_later = held_out(follow_up.wordings)
            block(kind, -1, language, typed(typist, said_later, FOLLOW_UP_TEXTS_PER_WORDING * len(said_later)))
            intent = TALK_TO_PERSON if kind is Kind.ASK_PERSON else SMALL_TALK
            train += taught(typist, follow_up.wordings, FOLLOW_UP_TEXTS_PER_WORDING, intent)
        # Made last and never taught: nobody has to recognise an answer to one's own question.
        details = voice.book.follow_ups.details.wordings
        block(Kind.DETAILS, -1, language, typed(typist, details, FOLLOW_UP_TEXTS_PER_WORDING * len(details)))
        if scenario.messages.out_of_scope and voice.book.vague is not None:
            vague = voice.book.vague.wordings
            block(Kind.VAGUE, -1, language, typed(typist, vague, FOLLOW_UP_TEXTS_PER_WORDING * len(vague)))
    shares = np.array([topic.weight for topic in topics])
    group = topic_languages.astype(np.int64) * len(scenario.intents) + topic_intents
    within = np.bincount(group, weights=shares)
    said, said_wordings = set(texts), {bare(made_from) for _, made_from in numbers}
    learnt_from = [row for row in train if row[0] not in said and bare(row[2]) not in said_wordings]
    return MessagePool(
        texts=tuple(texts),
        kinds=np.array(kinds, dtype=np.int8),
        topics=np.array(row_topics, dtype=np.int16),
        languages=np.array(row_languages, dtype=np.int8),
        origins=np.array(origins, dtype=np.int32),
        language_names=names,
        topic_names=tuple(topic.name for topic in topics),
        topic_intents=topic_intents,
        topic_languages=topic_languages,
        topic_shares=shares / within[group],
        starts=starts,
        sizes=sizes,
        train_texts=tuple(text for text, _, _ in learnt_from),
        train_intents=tuple(intent for _, intent, _ in learnt_from),
        train_wordings=tuple(wording for _, _, wording in learnt_from),
    )


def _beside(scenario: Scenario, topics: Sequence[_Topic], topic: _Topic) -> list[tuple[Made, int]]:
    """First messages of customers of the same segments about something else, each with the number of its topic."""
    intents, language = tuple(scenario.intents), scenario.languages[topic.language]
    names = scenario.asked_beside(intents[topic.intent], language)
    return [
        (text, number)
        for number, other in enumerate(topics)
        if other.language == topic.language and intents[other.intent] in names
        for text in other.openings[:: max(1, len(other.openings) // SWITCHED_TEXTS_PER_TOPIC)]
    ]


def _follow_ups(book: Phrasebook) -> Mapping[Kind, FollowUp]:
    """What is said later and taught."""
    return {
        Kind.ASK_PERSON: book.follow_ups.ask_person,
        Kind.NO: book.follow_ups.no,
        Kind.FRUSTRATED: book.follow_ups.frustrated,
        Kind.THANKS: book.follow_ups.thanks,
        Kind.LEAVING: book.follow_ups.leaving,
        Kind.YES: book.follow_ups.yes,
    }
