"""Data as YAML that a person would have written: a blank line between sections, small things on one line, and no line
folded: `fmt` leaves it as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from typing import Any

import yaml

from .nodes import is_text

MOST_ON_ONE_LINE = 5
_LINE_BREAKS = {"\x85", "\u2028", "\u2029"}


class _Section(dict[str, Any]):
    """A key of the file with its value: never in braces."""


class _Dumper(yaml.SafeDumper):
    """Lists of words, and small mappings of them, in flow style."""


def _mapping(dumper: _Dumper, value: dict[str, Any]) -> yaml.Node:
    is_small = len(value) <= MOST_ON_ONE_LINE and not any(isinstance(each, (dict, list)) for each in value.values())
    return dumper.represent_mapping("tag:yaml.org,2002:map", value, flow_style=is_small)


def _list(dumper: _Dumper, value: list[Any]) -> yaml.Node:
    return dumper.represent_sequence(
        "tag:yaml.org,2002:seq", value, flow_style=not any(isinstance(each, (dict, list)) for each in value)
    )


def _text(dumper: _Dumper, value: str) -> yaml.Node:
    # YAML 1.1, which the dumper has in mind, takes for text what we read as a number, such as `0E0`, and breaks lines
    # where nobody sees it.
    style = '"' if _LINE_BREAKS & {*value} else None if is_text(value) else "'"
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


def _section(dumper: _Dumper, value: _Section) -> yaml.Node:
    return dumper.represent_mapping("tag:yaml.org,2002:map", value, flow_style=False)


_Dumper.add_representer(_Section, _section)
_Dumper.add_representer(dict, _mapping)
_Dumper.add_representer(list, _list)
_Dumper.add_representer(str, _text)


def yaml_text(data: Mapping[str, Any]) -> str:
    """The text of a file with these keys.

    >>> print(yaml_text({"team": "billing", "work": {"mean": "6m", "cv": 0.7}}), end="")
    team: billing
    work: {mean: 6m, cv: 0.7}
    """
    return _spaced(
        [
            yaml.dump(_Section({key: value}), Dumper=_Dumper, sort_keys=False, width=inf, allow_unicode=True)
            for key, value in data.items()
        ]
    )


def flow_text(data: Mapping[str, Any]) -> str:
    """Data on one line, in braces.

    >>> flow_text({"shape": "erlang", "mean": 2, "points": [[1, 0.5]]})
    '{shape: erlang, mean: 2, points: [[1, 0.5]]}'
    """
    text: str = yaml.safe_dump(dict(data), sort_keys=False, default_flow_style=True, width=inf, allow_unicode=True)
    return text.rstrip("\n")


def _spaced(parts: list[str]) -> str:
    """Sections apart, single lines together."""
    text = ""
    for number, part in enumerate(parts):
        is_section = part.count("\n") > 1 or (number > 0 and parts[number - 1].count("\n") > 1)
        text += "\n" + part if number and is_section else part
    return text
