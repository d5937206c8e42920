"""Shares of a whole in a scenario file: where some of them become others, the rest of the whole stays what it was in
itself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

from ..errors import BadValue
from ..quantities import parse_share

Path = tuple[str, ...]

_WHOLES: Final[tuple[Path, ...]] = (
    ("segments", "*", "share"),
    ("segments", "*", "facts", "plan", "*"),
    ("segments", "*", "facts", "company", "*"),
    ("segments", "*", "intents", "*"),
    ("segments", "*", "languages", "*"),
    ("segments", "*", "channels", "*"),
    ("segments", "*", "temperament", "unhelped", "*"),
    ("intents", "*", "pages", "*"),
    ("behaviour", "writes_again", "*"),
)
"""Where shares that sum to 1 stand; those of one whole differ in the last `*`."""


def with_the_rest(before: Any, after: Any, changed: Collection[Path]) -> Any:
    """What a file says with some values changed, the other shares of the same wholes taking what is left, in proportion
    to what they were. Where nothing is left to take, they stay, and the file is none that can be loaded.

    >>> two = {"segments": {"a": {"share": 0.2}, "b": {"share": "60%"}, "c": {"share": 0.2}}}
    >>> other = {"segments": {**two["segments"], "a": {"share": 0.6}}}
    >>> found = with_the_rest(two, other, [("segments", "a", "share")])
    >>> {name: round(each["share"], 3) for name, each in found["segments"].items()}
    {'a': 0.6, 'b': 0.3, 'c': 0.1}
    """
    for parent, behind in _touched(changed):
        try:
            shares = dict(_shares(before, parent, behind))
            others = {name: share for name, share in shares.items() if (*parent, name, *behind) not in changed}
            taken = sum(share for name, share in _shares(after, parent, behind) if name not in others)
        except BadValue:
            continue
        left = sum(shares.values()) - taken
        if left >= 0 and sum(others.values()) > 0:
            for name, share in others.items():
                after = _put(after, (*parent, name, *behind), share * left / sum(others.values()))
    return after


def _touched(changed: Collection[Path]) -> Iterator[tuple[Path, Path]]:
    """The wholes of which something has changed: the way to their parts, and the way from a part to its share."""
    found: dict[tuple[Path, Path], None] = {}
    for path in changed:
        for whole in _WHOLES:
            if len(path) == len(whole) and all(name in ("*", part) for name, part in zip(whole, path, strict=True)):
                place = len(whole) - 1 - whole[::-1].index("*")
                found[path[:place], path[place + 1 :]] = None
    yield from found


def _shares(data: Any, parent: Path, behind: Path) -> Iterator[tuple[str, float]]:
    for name, share in _at(data, parent).items():
        stated = share if not behind else share.get(behind[0]) if isinstance(share, Mapping) else None
        if isinstance(stated, str):
            yield str(name), parse_share(stated)
        elif isinstance(stated, (int, float)):
            yield str(name), float(stated)


def _at(data: Any, path: Path) -> Mapping[Any, Any]:
    for name in path:
        entries = data if isinstance(data, Mapping) else {}
        data = next((value for key, value in entries.items() if str(key) == name), None)
    return data if isinstance(data, Mapping) else {}


def _put(data: Any, path: Path, value: Any) -> Any:
    if not path:
        return value
    return {key: _put(each, path[1:], value) if str(key) == path[0] else each for key, each in data.items()}
