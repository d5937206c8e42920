"""Plain statements about texts and sets of words, one phrase each, and which follow from which.

A text may be a burst of messages, so any statements that say that something is there may hold together, each for a
message of its own. Hence all that one brings along is what its own message cannot do without: a message that has
`charge twice` has `charge`. A page is one line, which begins in one way only. What a regular expression matches is
taken for anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, Final

from .conditions import Atom
from .decide import holds
from .matching import Phrases, burst_contains, folded, phrase_of
from .vocabulary import Field

_PLAIN: Final[Mapping[str, tuple[str, bool]]] = {
    "is": ("is", False),
    "in": ("is", False),
    "is_not": ("is", True),
    "not_in": ("is", True),
    "contains_any": ("has", False),
    "contains_all": ("has", False),
    "contains_none": ("has", True),
    "starts_with": ("begins", False),
    "ends_with": ("ends", False),
    "matches": ("matches", False),
}
"""What an operator says of each of its phrases, and whether it denies it."""
_AS_ATOM: Final = {
    "is": "is",
    "has": "contains_any",
    "begins": "starts_with",
    "ends": "ends_with",
    "matches": "matches",
}
_AROUND: Final = re.compile(r"\(\?i\)|\\b|[\^$]")
"""What stands in an expression for nothing that could be read."""
_PADS: Final = ("well", "hello", "zqxj")
"""Words that stand around a phrase, where nothing else may be said."""
_PAGE: Final = "/elsewhere"


class Statements:
    """Statements by number, from 1 on; `known` has for each field the one that says that it is not unset."""

    def __init__(self) -> None:
        self.known: dict[str, int] = {}
        self._numbers: dict[tuple[str, str, str], int] = {}
        self._told: dict[int, tuple[str, str, str]] = {}
        self._fields: dict[str, Field] = {}
        self._opaque: dict[Atom, int] = {}
        self._follows: dict[int, tuple[int, ...]] = {}
        self._leads: dict[int, list[int]] = {}
        self._forced: dict[int, tuple[int, ...]] = {}
        self._count = 0

    def add(self, field: Field, tests: Iterable[Atom]) -> None:
        """A field, text or set of words, with all the atoms that test it."""
        self._fields[field.name] = field
        self.known[field.name] = self._next()
        for atom in tests:
            if atom.operator not in ("set", "unset"):
                for verb, phrase in _plain(field, atom):
                    key = field.name, verb, phrase
                    if key not in self._numbers:
                        self._numbers[key] = self._next()
                        self._told[self._numbers[key]] = key

    def settle(self) -> None:
        """Works out which follow from which, once all are there."""
        for name, field in self._fields.items():
            if field.kind == "text":
                self._settle(name)
        for number, after in self._follows.items():
            for each in after:
                self._leads.setdefault(each, []).append(number)

    def of(self, atom: Atom) -> tuple[list[int], bool]:
        """The literals that an atom speaks of where its field is known, and whether it needs all of them."""
        field = self._fields[atom.field]
        denies = _PLAIN[atom.operator][1]
        found = [self._numbers[atom.field, verb, phrase] for verb, phrase in _plain(field, atom)]
        return [-each if denies else each for each in found], denies or atom.operator == "contains_all"

    def opaque(self, atom: Atom) -> int:
        """A statement of which nothing is known."""
        if atom not in self._opaque:
            self._opaque[atom] = self._next()
        return self._opaque[atom]

    def forced(self, literal: int) -> tuple[int, ...]:
        """The literals that hold wherever this one does."""
        if literal not in self._forced:
            number = abs(literal)
            if literal < 0:
                found = tuple(-each for each in self._leads.get(number, ()))
            else:
                found = (*self._follows.get(number, ()), *self._excluded(number))
            self._forced[literal] = found
        return self._forced[literal]

    def facts(self, signs: Mapping[int, bool]) -> dict[str, object]:
        """Texts and sets of words for which these signs are so, as far as one can write them down."""
        found: dict[str, object] = {}
        for name, known in self.known.items():
            if not signs.get(known, False):
                continue
            mine = {self._told[each]: sign for each, sign in signs.items() if each in self._told}
            here = {key[1:]: sign for key, sign in mine.items() if key[0] == name}
            if self._fields[name].kind == "words":
                found[name] = frozenset(word for (_, word), sign in here.items() if sign)
            else:
                found[name] = self._text(name, here)
        return found

    def _next(self) -> int:
        self._count += 1
        return self._count

    def _settle(self, name: str) -> None:
        mine = {key[1:]: number for key, number in self._numbers.items() if key[0] == name}
        phrases = [phrase for verb, phrase in mine if verb == "has"]
        sure = [(verb, phrase, number) for (verb, phrase), number in mine.items() if verb != "matches"]
        after: dict[int, list[int]] = {number: [] for _, _, number in sure}
        # A word character that goes on takes the boundary away from what ends there, so it follows from nothing.
        texts = [{"begins": f"{phrase}z", "ends": f"z{phrase}"}.get(verb, phrase) for verb, phrase, _ in sure]
        for phrase, places in Phrases(phrases).found_in(texts).items():
            for place in places.tolist():
                after[sure[place][2]].append(mine["has", phrase])
        for verb, phrase, number in sure:
            if verb in ("is", "begins"):
                ways = (phrase[:end] for end in range(len(phrase) + 1))
                after[number] += [mine["begins", way] for way in ways if ("begins", way) in mine]
            if verb in ("is", "ends"):
                ways = (phrase[start:] for start in range(len(phrase) + 1))
                after[number] += [mine["ends", way] for way in ways if ("ends", way) in mine]
        self._follows |= {number: tuple(each for each in of if each != number) for number, of in after.items()}

    def _excluded(self, number: int) -> tuple[int, ...]:
        """What cannot be so beside it, of a text that is one line."""
        if number not in self._told:
            return ()
        name, verb, phrase = self._told[number]
        if self._fields[name].values != "pages" or verb in ("has", "matches"):
            return ()
        out = []
        for (of, other, second), each in self._numbers.items():
            if of != name or each == number:
                continue
            if verb == "is" and other != "matches" and each not in self._follows[number]:
                out.append(-each)
            elif other == verb:
                fits = str.startswith if verb == "begins" else str.endswith
                if not fits(phrase, second) and not fits(second, phrase):
                    out.append(-each)
            elif other == "is" and number not in self._follows[each]:
                out.append(-each)
        return tuple(out)

    def _text(self, name: str, signs: Mapping[tuple[str, str], bool]) -> str:
        there = [key for key, sign in signs.items() if sign]
        implied = {after for key in there for after in self._follows.get(self._numbers[name, *key], ())}
        needed = [key for key in there if self._numbers[name, *key] not in implied]
        one_line = self._fields[name].values == "pages"
        tried = list(_texts(needed or there[:1], one_line=one_line))
        for verb, phrase in needed:
            if verb == "matches" and not _said(name, _AROUND.sub("", phrase), verb, phrase):
                # No plain words meet such an expression, whatever stands around them.
                return tried[-1]
        return next((text for text in tried if _fits(name, text, signs)), tried[-1])


def _plain(field: Field, atom: Atom) -> list[tuple[str, str]]:
    values: Any = atom.value if isinstance(atom.value, tuple) else (atom.value,)
    verb = _PLAIN[atom.operator][0]
    if field.kind == "words" or verb == "matches":
        return [(verb, each) for each in dict.fromkeys(values)]
    as_compared = phrase_of if verb == "has" else folded
    return [(verb, each) for each in dict.fromkeys(map(as_compared, values))]


def _texts(needed: list[tuple[str, str]], *, one_line: bool) -> Iterable[str]:
    """Texts of which all that is needed may be said, the plainest first."""
    if not needed:
        yield from (_PAGE, *_PADS) if one_line else _PADS
        return
    # An expression of plain words is met by them; another one shows when it is tried.
    needed = [(verb, _AROUND.sub("", phrase) if verb == "matches" else phrase) for verb, phrase in needed]
    by_verb = {verb: [phrase for of, phrase in needed if of == verb] for verb in _AS_ATOM}
    begins, ends = max(by_verb["begins"], key=len, default=""), max(by_verb["ends"], key=len, default="")
    said = [*by_verb["has"], *by_verb["matches"]]
    if not said and not ends:
        yield from by_verb["is"][:1] or (begins,)
    middle = ", ".join(said)
    for glue in (" ", ", ", ""):
        yield glue.join(part for part in (begins, middle, ends) if part)
    for pad in _PADS:
        for glue in (" ", ""):
            front, back = ("" if begins else f"{pad} "), ("" if ends else f" {pad}")
            yield f"{front}{glue.join(part for part in (begins, pad, middle, ends) if part)}{back}"
            yield f"{glue.join(part for part in (begins, pad) if part)}{front}{middle}{back}{ends}"
        if not one_line:
            lines = {"has": (f"{pad} ", f" {pad}"), "begins": ("", pad), "ends": (pad, "")}
            parts = [(*lines.get(verb, ("", "")), phrase) for verb, phrase in needed]
            yield "\n".join(f"{front}{phrase}{back}" for front, back, phrase in parts)


def _fits(name: str, text: str, signs: Mapping[tuple[str, str], bool]) -> bool:
    return all(_said(name, text, *key) is sign for key, sign in signs.items())


@lru_cache(maxsize=65_536)
def _said(name: str, text: str, verb: str, phrase: str) -> bool:
    if verb == "has":
        return burst_contains(text, phrase)
    value: Any = phrase if verb in ("is", "matches") else (phrase,)
    return holds(Atom(name, _AS_ATOM[verb], value), {name: text})
