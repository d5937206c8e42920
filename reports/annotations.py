"""GitHub's annotations, shown beside the line of a file in a pull request."""

from __future__ import annotations

from ..errors import one_line


def annotation(level: str, file: str, line: int | None, column: int | None, title: str, text: str) -> str:
    """A line for a workflow's log; `level` is error, warning or notice.

    >>> annotation("warning", "rules/today.yaml", 7, None, "L201", "never matches: 50%")
    '::warning file=rules/today.yaml,line=7,title=L201::never matches: 50%25'
    """
    fields = {"file": file, "line": line, "col": column, "title": title}
    told = ",".join(f"{name}={_escaped(str(value), ':,')}" for name, value in fields.items() if value is not None)
    return f"::{level} {told}::{_escaped(text)}"


def _escaped(text: str, more: str = "") -> str:
    """As GitHub's workflow commands want it: percent signs, line breaks and what separates fields by their codes; other
    control characters are shown, so that they cannot steer a terminal.
    """
    return "".join(f"%{ord(each):02X}" if each in f"%\r\n{more}" else one_line(each) for each in text)
