"""HTML that cannot be broken by what it holds: text is escaped unless it is markup already."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape
from typing import TypeAlias

_VOID = frozenset({"br", "col", "hr", "meta"})
_SHAPES = frozenset({"circle", "line", "path", "rect"})
"""Of drawings: they may close themselves."""
# What neither HTML nor XML can hold: controls, surrogates, and the code points that are no characters.
_UNFIT = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef"
    + "".join(f"{chr(plane * 0x10000 + 0xFFFE)}{chr(plane * 0x10000 + 0xFFFF)}" for plane in range(17))
    + "]"
)


class Markup(str):
    """Text that is HTML. Adding to it or formatting it gives plain text again, which an element escapes."""

    __slots__ = ()


Child: TypeAlias = "Markup | str | Iterable[Child] | None"


def clean(text: str) -> str:
    r"""The text with newlines as `\n` and what HTML cannot hold as `�`.

    >>> clean("one\r\ntwo\x00")
    'one\ntwo�'
    """
    return _UNFIT.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))


def element(name: str, *children: Child, **attributes: str | bool | None) -> Markup:
    """An element. Attributes lose a trailing `_` and have `-` for `_`.

    `True` stands for an attribute without a value; `None` and `False` leave one out.

    >>> element("p", "a < b", class_="note", hidden=True)
    '<p class="note" hidden>a &lt; b</p>'
    """
    start = "".join(
        (
            name,
            *(_attribute(key, value) for key, value in attributes.items() if value is not None and value is not False),
        )
    )
    if name in _VOID:
        return Markup(f"<{start}>")
    inside = joined(*children)
    return Markup(f"<{start}/>" if name in _SHAPES and not inside else f"<{start}>{inside}</{name}>")


def joined(*children: Child) -> Markup:
    """Children one after the other, texts escaped.

    >>> joined("1 & ", element("b", "2"))
    '1 &amp; <b>2</b>'
    """
    return Markup("".join(map(_rendered, children)))


def _rendered(child: Child) -> str:
    if child is None:
        return ""
    if isinstance(child, Markup):
        return str(child)
    if isinstance(child, str):
        return escape(clean(child), quote=False)
    return "".join(map(_rendered, child))


def _attribute(key: str, value: str | bool) -> str:
    name = key.rstrip("_").replace("_", "-")
    return f" {name}" if value is True else f' {name}="{escape(clean(str(value)))}"'
