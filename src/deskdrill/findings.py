"""What could be better in a file that can be used: each finding with a stable id, a level and its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Level = Literal["error", "warning", "info"]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to mend: `id` is stable (V101, S502, D902, ...), `line` and `column` are `None` where there is no file.

    `witness` are facts by field name (what a rule may test) of a customer and a message that show it.

    >>> print(Finding("D902", "warning", "team `billing` is overloaded", "peak.yaml", 12, 5))
    peak.yaml:12:5: warning D902: team `billing` is overloaded
    """

    id: str
    level: Level
    message: str
    place: str
    line: int | None = None
    column: int | None = None
    witness: Mapping[str, object] | None = field(default=None, compare=False)

    def __str__(self) -> str:
        where = ":".join(str(part) for part in (self.place, self.line, self.column) if part is not None)
        return f"{where}: {self.level} {self.id}: {self.message}"
