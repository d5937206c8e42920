"""How many conversations people take from an inbox in a time."""

from __future__ import annotations

from collections import deque


class Throughput:
    """Conversations taken from an inbox in the last `over_s` seconds, told and asked in order of time.

    >>> throughput = Throughput(over_s=60.0)
    >>> throughput.takes(10.0)
    >>> throughput.takes(50.0)
    >>> [throughput.expected_wait_s(3, now_s) for now_s in (60.0, 70.0, 110.0)]
    [90.0, 180.0, 180.0]
    """

    def __init__(self, over_s: float) -> None:
        self._over_s = over_s
        self._taken_s: deque[float] = deque()

    def takes(self, now_s: float) -> None:
        """One is taken."""
        self._taken_s.append(now_s)
        self._forget(now_s)

    def expected_wait_s(self, length: int, now_s: float) -> float:
        """How long so many would take, going by the last `over_s` seconds; if none was taken, as if one was."""
        self._forget(now_s)
        return length * self._over_s / max(len(self._taken_s), 1)

    def _forget(self, now_s: float) -> None:
        taken_s, from_s = self._taken_s, now_s - self._over_s
        while taken_s and taken_s[0] <= from_s:
            taken_s.popleft()
