"""A recogniser: which intent a text has, and how sure that is.

The one shipped stands in for the intent classifier of a real help desk's bot: it learns from labelled texts, goes by
their words, and makes honest mistakes, with a confidence that says how often.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .lexicon import BoolArray, FloatArray, IntArray, Lexicon, Tokens, tokens
from .regression import Matrix, Rows, Weights, fit, softmax

_FOLDS = 10
_ENOUGH = 1000  # texts of different origin, held out, show well enough how sure to be
_WORK = 50_000  # texts learnt from in all tries together, at most (one try is always made)
_RARELY = 0.01  # the share of held-out texts that may be less familiar than what counts as familiar
_FAMILIAR = (0.25, 0.5)  # what counts as familiar at least, and where nothing could be held out
_AT_ONCE = 16_384  # texts a block: bounds the memory and changes no result


@dataclass(frozen=True, slots=True, eq=False)
class Recognition:
    """What was recognised in each of some texts.

    `codes` (int16) point into `intents`, -1 for nothing; `confidence` (float32) is the chance, 0 to 1, that the intent
    is right, and 0 where nothing was recognised. Raises ValueError where the columns do not fit together.
    """

    intents: tuple[str, ...]
    codes: NDArray[np.int16]
    confidence: NDArray[np.float32]

    def __post_init__(self) -> None:
        codes, confidence = self.codes, self.confidence
        if codes.dtype != np.int16 or confidence.dtype != np.float32:
            raise ValueError(f"codes are {codes.dtype}, confidence is {confidence.dtype}, not int16 and float32")
        if codes.shape != confidence.shape or codes.ndim != 1:
            raise ValueError(f"codes of shape {codes.shape} do not fit confidence of shape {confidence.shape}")
        if len(codes) and not (codes.min() >= -1 and codes.max() < len(self.intents)):
            raise ValueError(f"codes from {codes.min()} to {codes.max()} do not fit {len(self.intents)} intents")
        if not np.all((confidence >= 0) & (confidence <= 1)):
            raise ValueError("confidence is not within 0 to 1")
        if np.any(confidence[codes < 0]):
            raise ValueError("confidence is not 0 where nothing was recognised")


class Recogniser(Protocol):
    """Anything that tells the intents of texts: each text by itself, the same text always alike."""

    def recognise(self, texts: Sequence[str]) -> Recognition:
        """The intent of each text, and how sure that is."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class LexicalRecogniser:
    """A recogniser that goes by a text's words, their spelling and their neighbours: softmax regression on a lexicon.

    `learnt` holds the codes of the intents that had a text. `sharpness` is what scores are multiplied by before they
    become chances. `familiar` is the share of a text's words, by weight, that has to be known for the chance to be
    believed in full; below, the confidence falls in proportion.
    """

    intents: tuple[str, ...]
    learnt: NDArray[np.int16]
    lexicon: Lexicon
    weights: Weights
    sharpness: float
    familiar: float

    @classmethod
    def learn(
        cls,
        texts: Sequence[str],
        intents: Sequence[str],
        names: Sequence[str] | None = None,
        *,
        wordings: Sequence[str] | None = None,
    ) -> LexicalRecogniser:
        """The recogniser that these texts, an intent each, teach; in which order does not matter.

        `names` are the intents to tell apart, in the order of the codes; by default those that occur, by alphabet. A
        name without a text is never recognised. `wordings` says, where many texts were made from one template, which
        one each was made from: they then stay together when the confidence is tried out, or it comes out too high for
        texts made from no template of these.
        Raises ValueError if there is no text, if lengths differ, or if names are repeated or lack an intent.

        >>> texts = ["my card is lost", "i lost my card", "refund me", "a refund please"]
        >>> recogniser = LexicalRecogniser.learn(texts, ["lost", "lost", "refund", "refund"])
        >>> recognition = recogniser.recognise(["PLEASE refund this!", "lost cards", "?!"])
        >>> [recognition.intents[code] if code >= 0 else None for code in recognition.codes]
        ['refund', 'lost', None]
        """
        names = tuple(sorted(set(intents)) if names is None else names)
        _refuse_unusable(texts, intents, names, wordings)
        # Invariant: from here on the rows stand in an order of their own, so every sum runs alike.
        rows = sorted(zip(texts, intents, [""] * len(texts) if wordings is None else wordings, strict=True))
        said = [tokens(text) for text, _, _ in rows]
        origins = [wording or " ".join(words) for (_, _, wording), words in zip(rows, said, strict=True)]
        place = {name: code for code, name in enumerate(names)}
        learnt, codes = np.unique([place[intent] for _, intent, _ in rows], return_inverse=True)
        course = _Course(said, codes, len(learnt))
        tried = [course.try_without(held) for held in _held_out(_folds(codes, origins), origins)]
        sharpness, familiar = 1.0, _FAMILIAR[1]
        if tried:
            held = np.concatenate([np.flatnonzero(trial.held) for trial in tried])
            independent = len({origins[at] for at in held.tolist()})
            sharpness = _sharpness(np.concatenate([trial.scores for trial in tried]), codes[held], independent)
            usual = np.quantile(np.concatenate([trial.familiarity for trial in tried]), _RARELY)
            familiar = max(float(usual), _FAMILIAR[0])
        weights = course.weights(start=tried[-1].coefficients if tried else None)
        return cls(names, learnt.astype(np.int16), course.lexicon, weights, sharpness, familiar)

    def recognise(self, texts: Sequence[str]) -> Recognition:
        """The intent of each text, and how sure that is; nothing where no word, nor any part of one, is known."""
        blocks = [self._block(list(map(tokens, texts[at : at + _AT_ONCE]))) for at in range(0, len(texts), _AT_ONCE)]
        codes = [np.zeros(0, dtype=np.int16), *(codes for codes, _ in blocks)]
        confidence = [np.zeros(0, dtype=np.float32), *(confidence for _, confidence in blocks)]
        return Recognition(self.intents, np.concatenate(codes), np.concatenate(confidence))

    def _block(self, texts: Sequence[Tokens]) -> tuple[NDArray[np.int16], NDArray[np.float32]]:
        bags = self.lexicon.bags(texts)
        familiarity = self.lexicon.familiarity(bags)
        scores = self.weights.scores(bags)
        chance = softmax(scores.astype(np.float64) * self.sharpness).max(axis=1)
        confidence = chance * np.minimum(familiarity / self.familiar, 1.0)
        codes = np.where(familiarity > 0, self.learnt[scores.argmax(axis=1)], np.int16(-1))
        return codes, confidence.astype(np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """How often recognition was right, against how sure it was, in bins of equal width of the confidence.

    Columns, one row a bin, ascending: `low` and `high`, its bounds; `texts`, how many fell into it; `confidence`, their
    mean; `right`, the share recognised rightly. The last two are nan in an empty bin.
    """

    low: FloatArray
    high: FloatArray
    texts: IntArray
    confidence: FloatArray
    right: FloatArray

    @property
    def expected_error(self) -> float:
        """The mean distance of confidence from accuracy, 0 to 1 (expected calibration error, Guo et al. 2017, eq. 3).

        nan without a text.
        """
        used = self.texts > 0
        if not used.any():
            return float("nan")
        return float(np.average(np.abs(self.confidence - self.right)[used], weights=self.texts[used]))


def calibration(truth: ArrayLike, recognition: Recognition, bins: int = 10) -> Calibration:
    """How far the confidence can be believed, given the true codes (-1: none of the recogniser's intents).

    Nothing recognised counts as right where the truth is none. Raises ValueError for a code that is no intent's, for
    lengths that differ, or without a bin.

    >>> recognised = Recognition(("a", "b"), np.array([0, 1, 1], np.int16), np.array([0.9, 0.7, 0.3], np.float32))
    >>> round(calibration([0, 1, 0], recognised, bins=2).expected_error, 3)
    0.233
    """
    if bins < 1:
        raise ValueError(f"{bins} bins; at least 1 is needed")
    right = _true_codes(truth, recognition) == recognition.codes
    confidence = recognition.confidence.astype(np.float64)
    bin_of = np.minimum((confidence * bins).astype(np.int64), bins - 1)
    texts = np.bincount(bin_of, minlength=bins)
    edges = np.linspace(0.0, 1.0, bins + 1)
    with np.errstate(invalid="ignore"):
        mean = np.bincount(bin_of, weights=confidence, minlength=bins) / texts
        share = np.bincount(bin_of, weights=right, minlength=bins) / texts
    return Calibration(edges[:-1], edges[1:], texts, mean, share)


def confusion(truth: ArrayLike, recognition: Recognition) -> IntArray:
    """How many texts of each true intent (a row each) were recognised as each intent (a column each).

    The last row is for texts with none of the intents (true code -1), the last column for nothing recognised. Raises
    ValueError for a code that is no intent's, or for lengths that differ.

    >>> recognised = Recognition(("a", "b"), np.array([0, 1, -1], np.int16), np.array([0.9, 0.7, 0], np.float32))
    >>> confusion([0, 0, 1], recognised).tolist()
    [[1, 1, 0], [0, 0, 1], [0, 0, 0]]
    """
    size = len(recognition.intents) + 1
    cells = (_true_codes(truth, recognition) % size) * size + recognition.codes.astype(np.int64) % size
    return np.bincount(cells, minlength=size * size).reshape(size, size)


def _true_codes(truth: ArrayLike, recognition: Recognition) -> IntArray:
    codes = np.asarray(truth, dtype=np.int64)
    if codes.shape != recognition.codes.shape:
        raise ValueError(f"true codes of shape {codes.shape} do not fit {len(recognition.codes)} texts")
    if len(codes) and not (codes.min() >= -1 and codes.max() < len(recognition.intents)):
        raise ValueError(f"true codes {codes.min()} to {codes.max()} do not fit {len(recognition.intents)} intents")
    return codes


def _refuse_unusable(
    texts: Sequence[str], intents: Sequence[str], names: tuple[str, ...], wordings: Sequence[str] | None
) -> None:
    if not len(texts):
        raise ValueError("there is no text to learn from")
    if len(intents) != len(texts):
        raise ValueError(f"{len(texts)} texts have {len(intents)} intents")
    if wordings is not None and len(wordings) != len(texts):
        raise ValueError(f"{len(texts)} texts have {len(wordings)} wordings")
    if len(set(names)) < len(names):
        raise ValueError("an intent is named twice")
    if unnamed := sorted(set(intents) - set(names)):
        raise ValueError(f"intent `{unnamed[0]}` of a text is not among the names")


@dataclass(frozen=True, slots=True, eq=False)
class _Trial:
    """What a recogniser that had not learnt the `held` texts makes of them."""

    held: BoolArray
    coefficients: Matrix
    scores: Matrix
    familiarity: FloatArray


class _Course:
    """Texts to learn from, all or a part of them."""

    def __init__(self, said: Sequence[Tokens], codes: IntArray, intents: int) -> None:
        self.lexicon = Lexicon.learn(said)
        self._bags = self.lexicon.bags(said)
        self._rows = Rows(self._bags, self.lexicon.spelling)
        self._codes, self._intents = codes, intents

    def try_without(self, held: BoolArray) -> _Trial:
        tried = fit(self._rows, self._codes, self._intents, ~held)
        heard = np.zeros(len(self.lexicon.words), dtype=np.bool_)
        heard[self._bags.words[~held].indices] = True
        return _Trial(held, tried.coefficients, tried.scores[held], self.lexicon.familiarity(self._bags, heard)[held])

    def weights(self, start: Matrix | None) -> Weights:
        everything = np.ones(len(self._codes), dtype=np.bool_)
        return self._rows.weights(fit(self._rows, self._codes, self._intents, everything, start).coefficients)


def _folds(codes: IntArray, origins: Sequence[str]) -> IntArray:
    """The fold of each text: one for all texts of an origin, an intent's origins dealt out evenly.

    -1 for the only origin of an intent: without it there would be nothing to learn the intent from. Dealt by checksum:
    that has nothing to do with the meaning, and is the same in every process.
    """
    keys = list(zip(codes.tolist(), origins, strict=True))
    dealt: dict[int, list[str]] = {}
    for code, origin in sorted(set(keys), key=lambda key: (zlib.crc32(key[1].encode(errors="surrogatepass")), key)):
        dealt.setdefault(code, []).append(origin)
    fold = {
        (code, origin): at % _FOLDS if len(of_code) > 1 else -1
        for code, of_code in dealt.items()
        for at, origin in enumerate(of_code)
    }
    return np.array([fold[key] for key in keys], dtype=np.int64)


def _held_out(folds: IntArray, origins: Sequence[str]) -> Iterator[BoolArray]:
    """Which texts to hold out, try by try, until enough of them have been, or the work is too much."""
    seen: set[str] = set()
    for tries, fold in enumerate(np.unique(folds[folds >= 0]).tolist()):
        if len(seen) >= _ENOUGH or (tries and (tries + 1) * len(folds) > _WORK):
            return
        held = folds == fold
        seen.update(origin for origin, out in zip(origins, held.tolist(), strict=True) if out)
        yield held


def _sharpness(scores: Matrix, codes: IntArray, independent: int) -> float:
    """What to multiply scores by, for held-out texts to be least surprising (Guo et al. 2017, section 4.2).

    Found by halving, on a logarithmic scale: the surprise is convex. The target is smoothed by one text of the
    `independent` ones (Platt 1999), or a flawless try would make everything certain.
    """
    wide = scores.astype(np.float64)
    smooth = 1.0 / (independent + 2.0)
    target = (1.0 - smooth) * wide[np.arange(len(codes)), codes] + smooth * wide.mean(axis=1)
    low, high = -5.0, 5.0
    for _ in range(24):
        middle = (low + high) / 2
        expected = (softmax(wide * np.exp(middle)) * wide).sum(axis=1)
        low, high = (low, middle) if float((expected - target).sum()) > 0 else (middle, high)
    return float(np.exp((low + high) / 2))
