"""What is due on the floor, and when."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from heapq import heappop, heappush
from itertools import repeat
from math import inf, log2
from typing import Any

import numpy as np

from .visits import FloatArray, IntArray

# What an item is, in SimPy's place for its priority, so that items of one moment come in this order. 0 and 1 are
# SimPy's own. docs/floor.md gives the order.
# The run loop names them by number: a global name costs it a tenth of its speed.
WORK_ENDS, JOINS, GIVES_UP, OVERFLOWS, STARTS, RULES, WINDOW_ENDS, NEVER = 2, 3, 4, 5, 6, 7, 8, 9
KIND_BIT = 40
_NUMBER = (1 << KIND_BIT) - 1

WINDOW_SERVICES = 32_768
"""A window is as long as all agents at work take for so many services."""


class Agenda:
    """Items: a moment, what is due then, and the number of a visit or a start.

    What is due in the window of now is in SimPy's queue, or was known when the window began and is in its list. The
    rest waits in the windows to come, as columns. So the queue stays short on a large floor, and who might leave but
    is answered in time is never sorted at all.
    """

    def __init__(self, queue: list[Any], slots: int, service_s: FloatArray, answered_s: memoryview[Any]) -> None:
        self._queue, self._answered_s = queue, answered_s
        self.window_s = _window_s(slots, service_s)
        self.ends_s = 0.0
        """Where the window of now ends."""
        self.windows: dict[int, tuple[array[float], array[int]]] = {}
        """Moments and codes (kind and number in one) of each window to come in which anything is due."""
        self._order: list[int] = []
        self._known: tuple[FloatArray, IntArray] = np.empty(0), np.empty(0, dtype=np.int64)

    def know(self, at_s: FloatArray, numbers: IntArray) -> None:
        """What is known before the run: `numbers[i]` joins at `at_s[i]`, ascending; −1 − c is the start c."""
        kinds = np.where(numbers >= 0, JOINS, STARTS).astype(np.int64)
        codes = kinds << KIND_BIT | np.where(numbers >= 0, numbers, -1 - numbers.astype(np.int64))
        if (at_s[1:] == at_s[:-1]).any():
            order = np.lexsort((codes, at_s))
            at_s, codes = at_s[order], codes[order]
        self._known = at_s, codes

    def add(self, kind: int, at_s: float, number: int) -> None:
        """Puts an item into SimPy's queue or into its window."""
        if at_s < self.ends_s:
            heappush(self._queue, (at_s, kind, number, None))
            return
        window = int(at_s / self.window_s)
        items = self.windows.get(window)
        if items is None:
            items = self.windows[window] = array("d"), array("q")
            heappush(self._order, window)
        items[0].append(at_s)
        items[1].append(kind << KIND_BIT | number)

    def next_window(self) -> Iterator[tuple[float, int, int]]:
        """What is known to be due in the next window in which anything is: moment, kind and number, in that order."""
        at_s, codes = self._known
        joins = int(at_s[0] / self.window_s) if at_s.size else None
        if joins is None and not self._order:
            self.ends_s = inf
            return repeat((inf, NEVER, 0))
        if joins is None or (self._order and self._order[0] < joins):
            window = self._order[0]
        else:
            window = joins
        self.ends_s = (window + 1) * self.window_s
        until = int(np.searchsorted(at_s, self.ends_s))
        self._known = at_s[until:], codes[until:]
        at_s, codes = at_s[:until], codes[:until]
        if self._order and self._order[0] == window:
            heappop(self._order)
            added_s, added = map(np.array, self.windows.pop(window))
            # Who would leave, or be looked at by rules, and is already answered does not matter any more.
            answered_s = np.frombuffer(self._answered_s)
            stale = np.isin(added >> KIND_BIT, (GIVES_UP, RULES))
            stale[stale] = ~np.isnan(answered_s[added[stale] & _NUMBER])
            at_s = np.concatenate([at_s, added_s[~stale]])
            codes = np.concatenate([codes, added[~stale]])
            order = np.lexsort((codes, at_s))
            at_s, codes = at_s[order], codes[order]
        return zip(
            [*at_s.tolist(), self.ends_s],
            [*(codes >> KIND_BIT).tolist(), WINDOW_ENDS],
            [*(codes & _NUMBER).tolist(), 0],
            strict=True,
        )


def _window_s(slots: int, service_s: FloatArray) -> float:
    """Width of the windows: a power of two, so that dividing by it is exact."""
    mean_s = float(service_s.mean()) if service_s.size else 0.0
    return 2.0 ** round(log2(max(WINDOW_SERVICES * mean_s / max(slots, 1), 2.0**-20)))
