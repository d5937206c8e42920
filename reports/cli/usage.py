"""What is wrong with the arguments of a command, in one line; and types of arguments that say what they expect."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

from ...errors import BadValue, did_you_mean, hint, one_line
from .commands import COMMANDS

T = TypeVar("T")
MOST = 2**63 - 1
"""What tables can hold."""


def complaint(error: click.ClickException, arguments: Sequence[str]) -> str:
    """One line: the command, what is wrong, and where its options are explained."""
    context = getattr(error, "ctx", None)
    if context is not None:
        path = context.command_path
    else:
        path = " ".join(["deskdrill", *(each for each in arguments[:1] if each in COMMANDS)])
    return one_line(f"{path}: {_message(error)} (`{path} --help` explains)")


def _message(error: click.ClickException) -> str:
    match error:
        case click.NoSuchCommand():
            return f"no such command `{error.command_name}`{hint(did_you_mean(error.command_name, COMMANDS))}"
        case click.NoSuchOption():
            near = error.possibilities[0] if error.possibilities else None
            return f"no such option `{error.option_name}`{hint(near)}"
        case click.MissingParameter() if error.param is not None:
            kind = "option" if isinstance(error.param, click.Option) else "argument"
            return f"{kind} `{_name(error.param)}` is missing"
        case click.BadParameter() if error.param is not None:
            return f"`{_name(error.param)}`: {error.message}"
        case _:
            message = re.sub(r"'([^']*)'|\((\S+)\)", lambda found: f"`{found[1] or found[2]}`", error.format_message())
            return message[:1].lower() + message[1:].rstrip(".")


def _name(param: click.Parameter) -> str:
    if isinstance(param, click.Option):
        return max(param.opts, key=len)
    return param.metavar or (param.name or "").upper()


class Whole(click.ParamType[int]):
    """A whole number of at least `least` and, unless it is `None`, at most `most`."""

    name = "number"

    def __init__(self, least: int, advice: str = "", most: int | None = None) -> None:
        self._least = least
        self._most = most
        self._advice = advice

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The number; fails with what was expected."""
        text = str(value).strip()
        most = MOST if self._most is None else self._most
        if not re.fullmatch(r"[+-]?[0-9]{1,19}", text) or not self._least <= int(text) <= most:
            bounds = f"of {self._least} or more" if self._most is None else f"from {self._least} to {self._most:,}"
            self.fail(f"expected a whole number {bounds}, found `{value}`{self._advice}", param, ctx)
        return int(text)


class OneOf(click.Choice[str]):
    """One of some words."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The word; fails with the nearest."""
        if value not in self.choices:
            listed = ", ".join(f"`{choice}`" for choice in self.choices)
            near = hint(did_you_mean(str(value), self.choices))
            self.fail(f"expected one of {listed}, found `{value}`{near}", param, ctx)
        return str(value)


class Parsed(click.ParamType[Any]):
    """Whatever a function of ours makes of a text; its `BadValue` says what was expected."""

    def __init__(self, name: str, parse: Callable[[str], T]) -> None:
        self.name = name
        self._parse = parse

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The value; fails as `parse` does."""
        if not isinstance(value, str):
            return value
        try:
            return self._parse(value)
        except BadValue as error:
            self.fail(str(error), param, ctx)
