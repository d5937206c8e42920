"""How far a long command is, for people who watch: on stderr, only on a terminal, only after a second."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock, Timer
from typing import TYPE_CHECKING

from .telling import is_watched

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

AFTER_S = 1.0


@contextmanager
def progress(doing: str) -> Iterator[Callable[[int, int], None]]:
    """A function to be told `(done, of)`; the bar goes away when the block ends."""
    if not is_watched():
        yield _unwatched
        return
    bar = _Bar(doing)
    timer = Timer(AFTER_S, bar.show)
    timer.daemon = True
    timer.start()
    try:
        yield bar.tell
    finally:
        timer.cancel()
        bar.close()


def _unwatched(_done: int, _of: int) -> None:
    """Nobody is there to see it."""


class _Bar:
    """A bar that knows how far things are before it is shown. A timer shows it from another thread."""

    def __init__(self, doing: str) -> None:
        self._doing = doing
        self._done, self._of = 0, 0
        self._lock = Lock()
        self._shown: tuple[Progress, TaskID] | None = None
        self._is_closed = False

    def tell(self, done: int, of: int) -> None:
        with self._lock:
            self._done, self._of = done, of
            if self._shown is not None:
                self._shown[0].update(self._shown[1], completed=done, total=of)

    def show(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        shown = Progress(*columns, console=Console(stderr=True), transient=True)
        with self._lock:
            if self._is_closed:
                return
            task = shown.add_task(self._doing, completed=self._done, total=self._of or None)
            shown.start()
            self._shown = (shown, task)

    def close(self) -> None:
        with self._lock:
            self._is_closed = True
            if self._shown is not None:
                self._shown[0].stop()
