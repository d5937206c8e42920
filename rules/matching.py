"""Words and phrases found in text: whatever the case, at word boundaries of any script, many phrases over many texts in
one pass.

Text is compared folded. Folding ignores case and compatibility forms (Unicode NFKC), takes every run of white space for
one space, drops characters that nobody sees (zero-width, soft hyphens, variation selectors), and takes the Turkish i's,
dotted or not, for one letter and curly apostrophes for straight ones. Accents count: `cafe` is not found in `café`.

A phrase stands at word boundaries: no letter, digit, mark or underscore goes on before its first or after its last
character, where that character is one itself. Scripts written without spaces between words (Han, Kana, Thai, Lao,
Khmer, Myanmar) have no such boundaries.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

from ..errors import BadValue

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    IndexArray = NDArray[np.int64]

_UNSEEN_RANGES: Final = ((0x200B, 0x2010), (0x202A, 0x202F), (0x2060, 0x2070), (0xFE00, 0xFE10), (0xE0000, 0xE1000))
_UNSEEN: Final = dict.fromkeys(
    (0xAD, 0x34F, 0x61C, 0x180E, 0xFEFF, *(code for low, high in _UNSEEN_RANGES for code in range(low, high)))
)
_ALIKE: Final = {ord("İ"): "i", ord("ı"): "i", ord("\N{RIGHT SINGLE QUOTATION MARK}"): "'", 0x2BC: "'", 0x2018: "'"}
_CLEANED: Final = {**_UNSEEN, **_ALIKE}
# A search that mostly finds nothing takes a tenth of the time of `str.translate`.
_SPANS: Final = "".join(f"{chr(low)}-{chr(high - 1)}" for low, high in _UNSEEN_RANGES)
_SINGLE: Final = "".join(chr(code) for code in _CLEANED if not any(low <= code < high for low, high in _UNSEEN_RANGES))
_TO_CLEAN: Final = re.compile(f"[{_SPANS}{_SINGLE}]")
_DOTTED: Final = re.compile("i\N{COMBINING DOT ABOVE}+")
_WORD_CATEGORIES: Final = frozenset({"Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "No", "Pc"})
# Thai to Lao; Myanmar; Khmer; Kana to Bopomofo; Han and its extensions.
_WITHOUT_SPACES: Final = (
    (0x0E00, 0x0F00),
    (0x1000, 0x10A0),
    (0x1780, 0x1800),
    (0x3005, 0x3130),
    (0x31A0, 0x3200),
    (0x3400, 0xA000),
    (0xF900, 0xFB00),
    (0x20000, 0x40000),
)
_SEPARATOR: Final = "\n"
LONGEST_PHRASE: Final = 1_000
"""In characters, as it is compared. The automaton recurses once for each of them, and a long phrase would end the
process."""


def folded(text: str) -> str:
    """The text as it is compared (see the module); folding twice changes nothing.

    >>> folded("  Can I   CANCEL it? ")
    'can i cancel it?'
    """
    # Twice, because folding may bring forth characters that fold again.
    text = text.lower() if text.isascii() else _folded_once(_folded_once(text))
    # Of what can be printed only the blank is white space.
    if "  " not in text and text.isprintable() and text[:1] != " " and text[-1:] != " ":
        return text
    return " ".join(text.split())


def _folded_once(text: str) -> str:
    text = _cleaned(unicodedata.normalize("NFKC", _cleaned(text))).casefold()
    return unicodedata.normalize("NFKC", _DOTTED.sub("i", unicodedata.normalize("NFC", text)))


def _cleaned(text: str) -> str:
    return _TO_CLEAN.sub(lambda found: _CLEANED[ord(found[0])] or "", text)


def messages_of(text: str) -> tuple[str, ...]:
    r"""The single messages of a burst: its lines that hold anything. A text in one line is its only message.

    >>> messages_of("hi\nmy card is lost")
    ('hi', 'my card is lost')
    """
    if "\n" not in text:
        return (text,)
    return tuple(line for line in text.split("\n") if line.strip()) or (text,)


@lru_cache(maxsize=16_384)
def phrase_of(text: str) -> str:
    """The phrase as it is looked for; raises `BadValue` when folding leaves nothing of it, or over 1,000 characters."""
    phrase = folded(text)
    if not phrase:
        raise BadValue("a phrase needs at least one character that can be seen")
    if len(phrase) > LONGEST_PHRASE:
        raise BadValue(f"a phrase has at most {LONGEST_PHRASE:,} characters, found {len(phrase):,}")
    return phrase


def contains(text: str, phrase: str) -> bool:
    """Whether the text has the phrase; both as written. The slow and obvious way: `Phrases` is held equal to it by a
    test.

    >>> contains("my refunds", "refund"), contains("a Refund!", "refund")
    (False, True)
    """
    return _has(_text_folded(text), phrase_of(phrase))


def burst_contains(text: str, phrase: str) -> bool:
    r"""Whether one message of a burst has the phrase; both as written.

    >>> burst_contains("my card\nis lost", "card is"), burst_contains("hi\nmy card is lost", "card is")
    (False, True)
    """
    return _has(_burst_folded(text), phrase_of(phrase))


def _has(text: str, phrase: str) -> bool:
    start = text.find(phrase)
    while start >= 0:
        if not _goes_on(text, start) and not _goes_on(text, start + len(phrase)):
            return True
        start = text.find(phrase, start + 1)
    return False


def _goes_on(text: str, place: int) -> bool:
    """Whether a word goes on across `place`, the index of the character after it."""
    return 0 < place < len(text) and is_word_character(text[place - 1]) and is_word_character(text[place])


# A decision asks for many phrases of the few messages of one text.
_text_folded = lru_cache(maxsize=16)(folded)


@lru_cache(maxsize=16)
def _burst_folded(text: str) -> str:
    """The messages, a line break between them, which no folded message or phrase has."""
    return _SEPARATOR.join(map(folded, messages_of(text)))


@lru_cache(maxsize=65_536)
def is_word_character(character: str) -> bool:
    """Whether a character goes on a word, so that a phrase cannot end just before it."""
    code = ord(character)
    if any(low <= code < high for low, high in _WITHOUT_SPACES):
        return False
    return unicodedata.category(character) in _WORD_CATEGORIES


class Phrases:
    """Phrases to look for, all at once (Aho and Corasick 1975); made from folded phrases (`phrase_of`).

    Raises `ValueError` for a phrase of more than 1,000 characters.
    """

    def __init__(self, phrases: Iterable[str]) -> None:
        import ahocorasick

        self.phrases = tuple(dict.fromkeys(phrases))
        if any(len(phrase) > LONGEST_PHRASE for phrase in self.phrases):
            raise ValueError(f"a phrase has at most {LONGEST_PHRASE:,} characters")
        self._automaton: Any = ahocorasick.Automaton()
        for number, phrase in enumerate(self.phrases):
            self._automaton.add_word(phrase, number)
        self._automaton.make_automaton()

    def found_in(self, texts: Sequence[str]) -> Mapping[str, IndexArray]:
        """For each phrase that occurs, the rising indices of the texts that have it.

        All texts are read as one, a line break between them, which no folded text or phrase has; so hits lie within one
        text each.
        """
        import numpy as np

        if not self.phrases or not texts:
            return {}
        # Breaks at both ends spare the boundary check its edges.
        joined = _SEPARATOR + _SEPARATOR.join(map(folded, texts)) + _SEPARATOR
        hits = np.fromiter(chain.from_iterable(self._automaton.iter(joined)), dtype=np.int64).reshape(-1, 2)
        ends, numbers = hits[:, 0] + 1, hits[:, 1]
        starts = ends - np.array([len(phrase) for phrase in self.phrases], dtype=np.int64)[numbers]
        codes = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
        present = np.zeros(int(codes.max()) + 1, dtype=np.bool_)
        present[codes] = True
        goes_on = np.zeros_like(present)
        for code in np.flatnonzero(present):
            goes_on[code] = is_word_character(chr(code))
        in_word = goes_on[codes]
        cut = (in_word[starts - 1] & in_word[starts]) | (in_word[ends - 1] & in_word[ends])
        breaks = np.flatnonzero(codes == ord(_SEPARATOR))
        owners = np.searchsorted(breaks, starts[~cut]) - 1
        numbers = numbers[~cut]
        by_phrase = np.argsort(numbers, kind="stable")
        bounds = np.searchsorted(numbers[by_phrase], np.arange(len(self.phrases) + 1))
        owners = owners[by_phrase]
        return {
            phrase: np.unique(owners[bounds[number] : bounds[number + 1]])
            for number, phrase in enumerate(self.phrases)
            if bounds[number] < bounds[number + 1]
        }


@lru_cache(maxsize=1_024)
def expression(pattern: str) -> Any:
    """The compiled RE2 expression, whose time is linear in the text; raises `BadValue` for one that is malformed or
    refused.

    Look-around and back-references are refused, because nobody can match them in linear time.
    """
    import re2

    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(pattern.encode(errors="replace").decode(), options)
    except re2.error as error:
        reason = error.args[0].decode() if isinstance(error.args[0], bytes) else str(error.args[0])
        raise BadValue(f"`{pattern}` is not an RE2 expression: {reason}") from error


def has_match(text: str, pattern: str) -> bool:
    """Whether the expression matches anywhere in the text as written; raises `BadValue` for a bad expression."""
    return expression(pattern).search(text.encode(errors="replace").decode()) is not None
