"""What a recogniser that goes by the texts makes of every text that anybody writes: asked once, before any run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import BadValue, InputError, Problem, did_you_mean
from ..extensions import as_user_code, extension
from ..rules.keywords import KeywordRecogniser
from ..rules.recogniser import LexicalRecogniser, Recogniser, Recognition
from ..scenarios.intents import SMALL_TALK
from ..scenarios.keywords import Keywords
from ..scenarios.pool import Kind, MessagePool
from ..scenarios.recognisers import Confusion, Own, recognisable
from ..scenarios.scenario import Scenario
from .bursts import surest_of_bursts

GROUP = "deskdrill.recognisers"
"""The entry points that offer recognisers."""
_NUMBERS = (int, float, np.floating, np.integer)
_SHOWN = 60
"""Characters of a text that a message shows."""


def recognition_of(scenario: Scenario, pool: MessagePool) -> Recognition | None:
    """What is recognised of each text of a pool; `None`: the scenario's recogniser does not go by the texts.

    Raises `InputError` for a function of the user's that cannot be used, and for phrases that cannot be looked for.
    """
    found = recognised(scenario, pool, pool.texts)
    if found is None:
        return None
    return _expecting_answers(found, pool, recognisable(tuple(scenario.intents)).index(SMALL_TALK))


def recognised(scenario: Scenario, pool: MessagePool, texts: Sequence[str]) -> Recognition | None:
    """What a scenario's recogniser, which learns from the pool, makes of texts; `None`: it does not go by texts.

    Raises `InputError` as `recognition_of` does.
    """
    reads = reader_of(scenario, pool)
    return None if reads is None else reads(texts)


def reader_of(scenario: Scenario, pool: MessagePool) -> Callable[[Sequence[str]], Recognition] | None:
    """What `recognised` does, learnt once for texts that come one after the other."""
    names, recogniser = recognisable(tuple(scenario.intents)), scenario.recogniser
    reads: Recogniser
    match recogniser:
        case Confusion():
            return None
        case Keywords():
            reads = _by_keywords(scenario.name, recogniser, names)
        case Own():
            reads = _ByFunction(recogniser, names)
        case _:
            reads = LexicalRecogniser.learn(
                pool.train_texts, pool.train_intents, names=names, wordings=pool.train_wordings
            )
    return lambda texts: surest_of_bursts(reads, texts, names.index(SMALL_TALK))


def _expecting_answers(recognition: Recognition, pool: MessagePool, small_talk: int) -> Recognition:
    """Whoever has asked a question takes what comes for the answer: surely about no intent."""
    answers = pool.kinds == Kind.DETAILS
    codes, confidence = recognition.codes.copy(), recognition.confidence.copy()
    codes[answers], confidence[answers] = small_talk, 1.0
    return replace(recognition, codes=codes, confidence=confidence)


def _by_keywords(scenario: str, keywords: Keywords, names: tuple[str, ...]) -> KeywordRecogniser:
    try:
        return KeywordRecogniser(names, keywords.intents, keywords.confidence)
    except BadValue as error:
        where = ".".join(map(str, ("recogniser", "intents", *error.loc)))
        raise InputError(Problem(scenario, f"`{where}`: {error.message}")) from None


class _ByFunction:
    """A function of the user's as a recogniser."""

    def __init__(self, own: Own, names: tuple[str, ...]) -> None:
        self._own, self._names = own, names

    def recognise(self, texts: Sequence[str]) -> Recognition:
        """What the function makes of each text."""
        return _by_function(self._own, self._names, texts)


def _by_function(own: Own, names: tuple[str, ...], texts: Sequence[str]) -> Recognition:
    """What a function of the user's makes of the texts: given each once, by alphabet, so that where a text stands tells
    nothing of it.
    """
    distinct = sorted(set(texts))
    try:
        function = extension(own.function, GROUP, Path(own.folder))
        with as_user_code(own.function, Path(own.folder)):
            # What happens while a generator is read is the user's, too.
            answers = _pairs(function(list(distinct), list(names)))
        guesses = _checked(own.function, distinct, names, answers)
    except BadValue as error:
        raise InputError(own.problem(error.message, error.suggestion)) from None
    by_text = dict(zip(distinct, guesses, strict=True))
    codes, confidence = zip(*(by_text[text] for text in texts), strict=True)
    return Recognition(names, np.array(codes, dtype=np.int16), np.array(confidence, dtype=np.float32))


def _pairs(answers: Any) -> Any:
    """Answers as a list, each a tuple; as they are where they cannot be gone through, or have no order."""
    return [tuple(each) if _has_order(each) else each for each in answers] if _has_order(answers) else answers


def _has_order(value: object) -> bool:
    return isinstance(value, Iterable) and not isinstance(value, (str, bytes, Mapping, AbstractSet))


def _checked(function: str, texts: Sequence[str], names: tuple[str, ...], answers: Any) -> list[tuple[int, float]]:
    """A code and a confidence for each text; raises `BadValue` for the first answer that is none, and says how many
    more there are.
    """
    if not isinstance(answers, list):
        raise BadValue(f"`{function}` gave {_shown(answers)}; expected a pair of intent and confidence for each text")
    if len(answers) != len(texts):
        few = len(answers) < len(texts)
        text = f"the first without one is {_shown(texts[len(answers)])}" if few else f"the last is {_shown(texts[-1])}"
        raise BadValue(f"`{function}` gave {len(answers):,} answers, and there are {len(texts):,} texts; {text}")
    codes = {name: code for code, name in enumerate(names)}
    wrong = list(_wrong(texts, answers, codes))
    if wrong:
        text, message, near = wrong[0]
        more = f"; so it is with {len(wrong) - 1:,} more" if len(wrong) > 1 else ""
        raise BadValue(f"`{function}` gave, for the text {_shown(text)}, {message}{more}", near)
    return [(-1, 0.0) if name is None else (codes[str(name)], float(sure)) for name, sure in answers]


def _wrong(
    texts: Sequence[str], answers: Sequence[Any], codes: dict[str, int]
) -> Iterator[tuple[str, str, str | None]]:
    """Texts whose answer is none, with what it is instead."""
    for text, answer in zip(texts, answers, strict=True):
        name, sure = answer if isinstance(answer, tuple) and len(answer) == 2 else (answer, None)
        if not (name is None or isinstance(name, str)) or name is answer:
            yield text, f"{_shown(answer)}, which is no pair of intent and confidence", None
        elif name is not None and name not in codes:
            yield text, f"the unknown intent `{name}`", did_you_mean(name, codes)
        elif not isinstance(sure, _NUMBERS) or not 0 <= sure <= 1:
            yield text, f"the confidence {_shown(_written(sure))}, which is no number from 0 to 1", None


def _shown(value: object) -> str:
    """A value in backticks, shortened: a text as it is, all else as Python writes it."""
    text = value if isinstance(value, str) else _written(value)
    return f"`{text if len(text) <= _SHOWN else text[: _SHOWN - 1] + '…'}`"


def _written(value: object) -> str:
    """As Python writes it; what cannot be written, such as a number of 5,000 digits, by its type."""
    try:
        return repr(value)
    except Exception:  # noqa: BLE001 - how a value of the user's is written is the user's code
        return f"<{type(value).__name__}>"
