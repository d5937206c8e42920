"""The lines in which visits wait, and whom a group takes next."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import Any

from .crew import NOBODY, Crew

Entry = tuple[Any, ...]


@dataclass(eq=False)
class Line:
    """Visits of an inbox that wait for the same groups, in heaps whose entries end with the visit; those gone from the
    line are passed over.

    A group that goes by priority and one that goes by waiting time may take from one line, so it is kept in each order
    that is asked for.
    """

    inbox: int
    weight: float
    crews: tuple[Crew, ...]
    alone: Crew | None = None
    """The group for which they wait alone, if it is for one."""
    overflow: Line | None = None
    by_priority: list[Entry] = field(default_factory=list)
    by_joining: list[Entry] = field(default_factory=list)
    asked_by_priority: bool = False
    asked_by_joining: bool = False

    def add(self, priority: int, joined_s: float, visit: int) -> None:
        """One more waits."""
        if self.asked_by_priority:
            heappush(self.by_priority, (priority, joined_s, visit))
        if self.asked_by_joining:
            heappush(self.by_joining, (joined_s, visit))


class Lines:
    """The line that each visit waits in, and from which of them each group takes."""

    def __init__(self, lines: Iterable[Line], crews: Iterable[Crew]) -> None:
        self.of: dict[int, Line] = {}
        """The line of each visit that waits in one."""
        self.priority: dict[int, int] = {}
        """The priority of each visit that was given another while it waited."""
        self._taken_from: list[list[tuple[Line, list[Entry]]]] = [[] for _ in crews]
        for line in lines:
            for crew in line.crews:
                by_priority = crew.group.takes in ("priority", "in_order")
                line.asked_by_priority |= by_priority
                line.asked_by_joining |= not by_priority
                self._taken_from[crew.number].append((line, line.by_priority if by_priority else line.by_joining))

    def changes_priority(self, visit: int, priority: int, joined_s: float) -> None:
        """A visit that waits in a line has another priority from now on."""
        self.priority[visit] = priority
        self.of[visit].add(priority, joined_s, visit)

    def _is_of_before(self, entry: Entry, line: Line, heap: list[Entry]) -> bool:
        """Whether an entry has the place that its visit had before its priority changed."""
        return heap is line.by_priority and self.priority.get(entry[-1], entry[0]) != entry[0]

    def next_for(self, crew: Crew, now: float) -> int:
        """Who is taken next by a group; -1 nobody waits whom it may take."""
        of = self.of
        if not of:
            return NOBODY
        takes = crew.group.takes
        best: Entry | None = None
        for line, heap in self._taken_from[crew.number]:
            while heap:
                entry = heap[0]
                if of.get(entry[-1]) is line and not (self.priority and self._is_of_before(entry, line, heap)):
                    break
                heappop(heap)
            else:
                continue
            # Entries are in the order of `priority` and of `longest_wait` as they are.
            if takes == "weighted_wait":
                entry = -line.weight * (now - entry[0]), *entry
            elif takes == "in_order":
                listed = crew.group.inboxes
                entry = listed.index(line.inbox) if line.inbox in listed else len(listed), *entry
            if best is None or entry < best:
                best = entry
        return NOBODY if best is None else int(best[-1])
