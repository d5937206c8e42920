"""Messages as a policy meets them: the phrases that its conditions look for, near-misses of them, and text that is
hard on whatever reads it.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from hypothesis import strategies as st

from ..matching import folded
from ..vocabulary import TALK_TO_PERSON
from .people import named, tested
from .policies import messages as any_messages

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from ..policy import Policy

Wordings = Mapping[str, Sequence[str]]
"""How customers put what they want, by the true intent."""

PLAIN: Final = ("hello", "yes", "no", "that did not help", "thanks", "?")
REQUESTS: Final = ("I want to talk to a person", "human", "can somebody call me?")
"""How somebody asks for a person, where no scenario has wordings of its own."""
_SAYINGS: Final = (
    "refund, money back, reimbursement",
    "cancel, stop, end, terminate",
    "invoice, bill, receipt",
    "charge, payment, debit",
    "charged, billed, debited",
    "dispute, contest, challenge",
    "broken, not working, down",
    "card, bank card, debit card",
    "account, profile, login",
    "password, passcode, PIN",
    "upgrade, bigger plan, move up",
    "subscription, plan, membership",
    "person, human, somebody real, real one",
    "agent, colleague, member of staff",
    "pricing, price, cost, fees",
    "stolen, taken, nicked",
    "lost, missing, gone",
    "complaint, grievance, complain",
    "delete, remove, erase",
    "order, purchase, parcel",
    "delivery, shipping, shipment",
    "return, send back, give back",
    "change, update, edit",
    "help, assistance, support",
    "error, bug, problem, issue",
    "twice, two times, double",
    "fraud, scam, swindle",
    "manager, supervisor, boss",
)
SYNONYMS: Final[Mapping[str, tuple[str, ...]]] = {
    word: tuple(other for other in group.split(", ") if other != word)
    for group in _SAYINGS
    for word in group.split(", ")
}
"""What means the same at a support desk, near enough, by word or phrase."""
_LONG: Final = 400
_FEW_PHRASES: Final = 12
_UNSEEN: Final = "\N{ZERO WIDTH SPACE}"


def messages(policy: Policy | None = None, wordings: Wordings | None = None) -> SearchStrategy[str]:
    """What a customer may write. Without a policy: texts in which the phrases of generated ones often occur.

    With one: plain words, the phrases that its conditions look for, alone, two together where they are few, in
    sentences, in other forms, with typos and as other words for the same, the wordings if there are any, and all of
    these as people who test a bot write them: in capitals, with emoji, right to left, with Turkish i's, with characters
    that nobody sees, and very long.
    """
    if policy is None:
        return any_messages()
    known = [*PLAIN, *(text for texts in (wordings or {}).values() for text in sorted(texts, key=len))]
    written = st.sampled_from(list(dict.fromkeys(known)))
    phrases = phrases_of(policy)
    near = [in_other_words(st.sampled_from(phrases))] if phrases else []
    if 1 < len(phrases) <= _FEW_PHRASES:
        # Where conditions want two things said in one message. Of many phrases few pairs would be of use.
        near.append(st.builds("{} {}".format, st.sampled_from(phrases), st.sampled_from(phrases)))
    expressions = [st.from_regex(pattern) for pattern in _patterns(policy)]
    return st.one_of(written, *near, *expressions, hostile(st.one_of(written, *near)))


def phrases_of(policy: Policy) -> list[str]:
    """The words and phrases that conditions look for in messages, the shortest first."""
    values = [phrase for atom in tested(policy).get("message.text", []) for phrase in named(atom)]
    return sorted(dict.fromkeys(values), key=lambda phrase: (len(phrase), phrase))


def in_other_words(texts: SearchStrategy[str]) -> SearchStrategy[str]:
    """Texts as they are, in a sentence, and with one word of each in another form, mistyped, or another word."""
    return st.builds(_other_words, texts, st.integers(0, 6), st.integers(0, 40))


def hostile(texts: SearchStrategy[str]) -> SearchStrategy[str]:
    """Texts as nobody expects them, though people write them."""
    return st.builds(lambda text, way: _HOSTILE[way](text), texts, st.integers(0, len(_HOSTILE) - 1))


_HOSTILE: Final = (
    str.upper,
    lambda text: f"{text} \N{POUTING FACE}",
    lambda text: f"hi\n{text}",
    lambda text: text.replace("i", "İ").replace("I", "ı"),
    lambda text: text.replace(" ", "\N{NO-BREAK SPACE}"),
    _UNSEEN.join,
    lambda text: f"\N{RIGHT-TO-LEFT OVERRIDE}{text}",
    lambda text: f"{text} שלום مرحبا",
    lambda text: f"{'and so on ' * _LONG}{text}",
)


def _other_words(text: str, way: int, place: int) -> str:
    match way:
        case 0:
            return text
        case 1:
            return f"it is about {text}, please"
        case 2:
            return _swapped(text, place)
        case 3:
            return _mistyped(text, place)
        case 4:
            return f"{text}s"
        case 5:
            return f"{text.removesuffix('e')}ing"
        case _:
            return text[:-1] or text


def same_said(text: str, way: int, place: int) -> str:
    """A text that says the same: as it is, with a word exchanged for one that means the same, or mistyped."""
    return (text, _swapped(text, place), _mistyped(text, place))[way]


def _swapped(text: str, place: int) -> str:
    """A text with a word of the table exchanged for another that means the same; as it is where none of them is in
    it.
    """
    ways = [(found.span(), other) for found, other in _exchanges(text)]
    if not ways:
        return text
    (start, end), other = ways[place % len(ways)]
    return f"{text[:start]}{other}{text[end:]}"


def _exchanges(text: str) -> Iterator[tuple[re.Match[str], str]]:
    for found in _KNOWN.finditer(text):
        yield from ((found, other) for other in SYNONYMS[folded(found[0])])


_KNOWN: Final = re.compile(
    r"\b(?:" + "|".join(sorted(map(re.escape, SYNONYMS), key=len, reverse=True)) + r")\b", re.IGNORECASE
)


def _mistyped(text: str, place: int) -> str:
    """Two neighbouring letters of a text the other way round."""
    if len(text) < 2:
        return text
    at = place % (len(text) - 1)
    return f"{text[:at]}{text[at + 1]}{text[at]}{text[at + 2 :]}"


def _patterns(policy: Policy) -> list[re.Pattern[str]]:
    """The expressions that conditions look for, as far as Python reads them as RE2 does."""
    read = [_pattern(str(atom.value)) for atom in tested(policy).get("message.text", []) if atom.operator == "matches"]
    return [pattern for pattern in read if pattern is not None]


def _pattern(text: str) -> re.Pattern[str] | None:
    with warnings.catch_warnings(), suppress(re.error, FutureWarning):
        # Python warns of what it reads otherwise, such as `[[:alpha:]]`.
        warnings.simplefilter("error", FutureWarning)
        return re.compile(text)
    return None


def requests_in(wordings: Wordings | None) -> list[str]:
    """How customers ask for a person, the shortest first."""
    return sorted((wordings or {}).get(TALK_TO_PERSON, REQUESTS), key=len)
