"""A lexicon: the words of a body of texts, how they are spelt and which stand side by side, as features of any text.

A text is a bag of words and of pairs of neighbouring words, each weighted by 1 + ln(its count in the text) times its
inverse document frequency (Salton and Buckley 1988). A word is itself and its character n-grams (Bojanowski et al.
2017, section 3.2), so that a typo, or another form of a known word, still means something. The n-grams belong to the
word, not to the text, so a text's scores are sums over its few words.
"""

from __future__ import annotations

import math
import unicodedata
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, count
from typing import Any

import numpy as np
from numpy.typing import NDArray

Sparse = Any  # a scipy.sparse.csr_array: scipy ships no types
Tokens = tuple[str, ...]
BoolArray = NDArray[np.bool_]
FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

# Chosen by five-fold cross-validation on the train rows of banking77, where accuracy is flat around them.
SPELLING = 2.0  # what the spelling of a word counts for, beside 1 for the word itself
PAIR = 0.5  # what a pair of neighbouring words counts for, beside 1 for a word
GRAM_LENGTHS = (3, 4)


class _Respelling(dict[int, str | None]):
    """How each character is read: letters, their marks and numbers as they are, all else as a gap."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        read = character if unicodedata.category(character)[0] in "LMN" else " "
        self[code] = read
        return read


_READ = _Respelling({ord(mark): None for mark in "'’ʼ`´"} | {ord(digit): "0" for digit in "123456789"})


def tokens(text: str) -> Tokens:
    """The words of a text: case-folded, accents composed, apostrophes dropped, every digit 1 to 9 as `0`.

    >>> tokens("I can’t pay £12.50 – WHY?!")
    ('i', 'cant', 'pay', '00', '00', 'why')
    """
    return tuple(unicodedata.normalize("NFC", text).casefold().translate(_READ).split())


def grams(word: str) -> list[str]:
    """The character n-grams of a word between its boundary marks, repeats included.

    >>> grams("pay")
    ['<pa', 'pay', 'ay>', '<pay', 'pay>']
    """
    marked = f"<{word}>"
    return [marked[at : at + length] for length in GRAM_LENGTHS for at in range(len(marked) - length + 1)]


@dataclass(frozen=True, slots=True, eq=False)
class Bags:
    """Texts as features, a row a text (`spelling`: a row a new word, a column an n-gram of the lexicon).

    `words` has a column for each word of the lexicon and then one for each new word, in alphabetical order: a row's
    sums run in the same order whatever texts stand beside it. `pairs` has a column for each pair of the lexicon. The
    words with their spelling, and the pairs, make up a length below 1, near 1 for a long text. `shares` has the
    columns of `words`: the part of the text's words, by squared weight, that each is; a row sums to 1, or to 0 where
    a text has no word.
    """

    words: Sparse
    spelling: Sparse
    pairs: Sparse
    shares: Sparse


@dataclass(frozen=True, slots=True, eq=False)
class Lexicon:
    """What is known of the words of a body of texts.

    `words` and `grams` map to columns. `pairs` are ascending codes: (column of the first word) x (number of words) +
    (column of the second). `spelling` has a row a word and a column an n-gram, each row of length 1. The rarities are
    inverse document frequencies. `typical` is the median squared weight of a text.
    """

    size: int
    words: Mapping[str, int]
    grams: Mapping[str, int]
    spelling: Sparse
    word_rarity: FloatArray
    pairs: IntArray
    pair_rarity: FloatArray
    typical: float

    @classmethod
    def learn(cls, texts: Sequence[Tokens]) -> Lexicon:
        """The lexicon of these texts; a pair of words that only one of them has is left out."""
        words = {word: column for column, word in enumerate(sorted(set(chain.from_iterable(texts))))}
        spelling, columns = _spelling(list(words), {})
        row, word = _positions(texts, words)
        word_rarity = _rarity(len(texts), _holders(row, word, len(words)))
        row_of_pair, pair = _neighbours(row, word, len(words))
        pairs, code = np.unique(pair, return_inverse=True)
        holders = _holders(row_of_pair, code, len(pairs))
        shared = holders > 1
        pair_rarity = _rarity(len(texts), holders[shared])
        bare = cls(len(texts), words, columns, spelling, word_rarity, pairs[shared], pair_rarity, typical=0.0)
        typical = float(np.median(_weight(*bare._counted(row, word, word_rarity, len(texts)))))
        return cls(len(texts), words, columns, spelling, word_rarity, pairs[shared], pair_rarity, typical)

    def bags(self, texts: Sequence[Tokens]) -> Bags:
        """These texts as features.

        A text's length is measured with what the lexicon does not know, and with the weight of a typical text that says
        nothing: few or strange words speak softly.
        """
        new = sorted(set(chain.from_iterable(texts)).difference(self.words))
        columns = {**self.words, **{word: len(self.words) + at for at, word in enumerate(new)}} if new else self.words
        row, word = _positions(texts, columns)
        rarity = np.concatenate([self.word_rarity, np.repeat(_rarity(self.size, np.zeros(1)), len(new))])
        words, pairs = self._counted(row, word, rarity, len(texts))
        shares = words.copy()
        _scale_rows(shares, _unit(_squares(words)))
        shares.data = np.square(shares.data)
        unit = _unit(_weight(words, pairs) + self.typical)
        _scale_rows(words, unit)
        _scale_rows(pairs, unit)
        spelling = _spelling(new, self.grams)[0][:, : len(self.grams)]
        return Bags(words.astype(np.float32), spelling, pairs.astype(np.float32), shares)

    def familiarity(self, bags: Bags, heard: BoolArray | None = None) -> FloatArray:
        """The share of each text's words, by weight, 0 to 1, that is known; a new word counts by its known n-grams.

        `heard`, a flag a word of the lexicon, makes the others new: what would be known had only these been learnt.
        """
        heard = np.ones(len(self.words), dtype=np.bool_) if heard is None else heard
        known = ((self.spelling.T @ heard.astype(np.float64)) > 0).astype(np.float64)
        spelt = [matrix.multiply(matrix) @ known for matrix in (self.spelling, bags.spelling)]
        worth = SPELLING / (1.0 + SPELLING) * np.concatenate(spelt)
        worth[: len(heard)][heard] = 1.0
        return np.asarray(np.minimum(bags.shares @ worth, 1.0))

    def _counted(self, row: IntArray, word: IntArray, rarity: FloatArray, texts: int) -> tuple[Sparse, Sparse]:
        """The words and the known pairs of texts, weighted, before any scaling."""
        row_of_pair, pair = _neighbours(row, word, len(self.words))
        column = np.searchsorted(self.pairs, pair)
        known = np.append(self.pairs, -1)[column] == pair
        pair_weight = math.sqrt(PAIR) * self.pair_rarity
        return _weighted(row, word, rarity, texts), _weighted(row_of_pair[known], column[known], pair_weight, texts)


def _rarity(texts: int, holders: NDArray[Any]) -> FloatArray:
    """Inverse document frequency, ln((1 + texts) / (1 + holders)) + 1: smoothed, so that a new word has one too."""
    return np.asarray(np.log((1.0 + texts) / (1.0 + holders)) + 1.0)


def _positions(texts: Sequence[Tokens], columns: Mapping[str, int]) -> tuple[IntArray, IntArray]:
    """The text and the column of every word of all texts, in order."""
    row = np.repeat(np.arange(len(texts)), np.fromiter(map(len, texts), dtype=np.int64, count=len(texts)))
    return row, np.fromiter(map(columns.__getitem__, chain.from_iterable(texts)), dtype=np.int64, count=len(row))


def _neighbours(row: IntArray, word: IntArray, words: int) -> tuple[IntArray, IntArray]:
    """The text and the pair's code of every two neighbouring words that are both among the first `words`."""
    both = (row[1:] == row[:-1]) & (word[1:] < words) & (word[:-1] < words)
    return row[1:][both], (word[:-1] * words + word[1:])[both]


def _holders(row: IntArray, column: IntArray, columns: int) -> IntArray:
    """How many rows hold each column."""
    return np.bincount(np.unique(row * columns + column) % max(columns, 1), minlength=columns)


def _weighted(row: IntArray, column: IntArray, rarity: FloatArray, rows: int) -> Sparse:
    """Each row's columns, ascending, weighted by (1 + ln count) x rarity."""
    from scipy.sparse import csr_array

    columns = len(rarity)
    cells, counts = np.unique(row * columns + column, return_counts=True)
    at = cells % max(columns, 1)
    starts = np.searchsorted(cells, np.arange(rows + 1) * columns)
    return csr_array(((1.0 + np.log(counts)) * rarity[at], at, starts), shape=(rows, columns))


def _spelling(words: Sequence[str], columns: Mapping[str, int]) -> tuple[Sparse, dict[str, int]]:
    """A row a word: its n-grams' counts, scaled to length 1; and the columns, new ones for n-grams not among them."""
    from scipy.sparse import csr_array

    spelt = [grams(word) for word in words]
    starts = np.cumsum([0, *map(len, spelt)])
    known = defaultdict(count(len(columns)).__next__, columns)
    at = np.fromiter(map(known.__getitem__, chain.from_iterable(spelt)), dtype=np.int64, count=int(starts[-1]))
    counts = csr_array((np.ones(len(at), dtype=np.float32), at, starts), shape=(len(spelt), len(known)))
    counts.sum_duplicates()
    _scale_rows(counts, _unit(_squares(counts)))
    return counts, dict(known)


def _squares(matrix: Sparse) -> FloatArray:
    """The squared length of each row."""
    rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    squares = np.square(matrix.data, dtype=np.float64)
    return np.asarray(np.bincount(rows, weights=squares, minlength=matrix.shape[0]), dtype=np.float64)


def _weight(words: Sparse, pairs: Sparse) -> FloatArray:
    """The squared length of each text: its words, each with a spelling of length 1, and its pairs."""
    return (1.0 + SPELLING) * _squares(words) + _squares(pairs)


def _unit(squares: FloatArray) -> FloatArray:
    """What brings rows of these squared lengths to length 1; an empty row stays as it is."""
    return np.asarray(1.0 / np.sqrt(np.where(squares > 0, squares, 1.0)))


def _scale_rows(matrix: Sparse, factors: FloatArray) -> None:
    matrix.data *= np.repeat(factors, np.diff(matrix.indptr)).astype(matrix.dtype)
