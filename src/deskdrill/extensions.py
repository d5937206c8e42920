"""What users add in Python: an object that a file names, found where the file is, and what is said when it breaks."""

from __future__ import annotations

import os
import random
import re
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from importlib import import_module
from importlib.metadata import entry_points
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from threading import current_thread, main_thread
from types import FrameType, ModuleType
from typing import Any

from .errors import BadValue, Terminated, did_you_mean

_LONGEST = 300
"""Characters of an error of the user's that are shown."""


def extension_name(text: str) -> str:
    """A name of something in Python, as files give it: `module:attribute`, or what a package offers by one word. Raises
    `BadValue` for what is none.

    >>> extension_name("bots.ours:reply")
    'bots.ours:reply'
    """
    if re.fullmatch(r"[\w-]+(\.[\w-]+)*(:[^\W\d]\w*(\.\w+)*)?", text) is None:
        raise BadValue(f"expected `module:function`, or what a package offers by name, found `{text}`")
    return text


def extension(name: str, group: str, folder: Path) -> Any:
    """What `name` stands for: `module:attribute`, a module in `folder` before any other of its name, or the name of an
    entry point of that group. It is imported now, not before.

    Raises `BadValue` where there is no such thing, where two packages offer an entry point of one name, and where the
    import fails.
    """
    module, colon, attribute = name.partition(":")
    if not colon:
        return _offered(name, group, folder)
    found: Any = _module(module, name, folder)
    for step in attribute.split("."):
        if not hasattr(found, step):
            raise BadValue(f"`{name}`: no `{step}` in module `{module}`", did_you_mean(step, _own_names(found, module)))
        found = getattr(found, step)
    if not callable(found):
        raise BadValue(f"`{name}` is no function")
    return found


@contextmanager
def as_user_code(name: str, folder: Path) -> Iterator[None]:
    """Code of the user's runs in this block: it finds modules in its folder, prints to stderr (stdout is for our
    answer), and what it raises is `BadValue` with the last line of its traceback. A `BadValue` that our own types
    raised when it made one of them keeps its words. It leaves us where we were, whatever folder it goes to.
    """
    here, where = str(folder.resolve()), _working_folder()
    sys.path.insert(0, here)
    try:
        with redirect_stdout(sys.stderr):
            yield
    except _TookTooLong as error:
        raise BadValue(f"`{name}` has not come back within {error.limit_s:g} s{_place(error, here)}") from error
    except BadValue as error:
        raise BadValue(f"`{name}`: {error.message}{_place(error, here)}", error.suggestion) from error
    except (KeyboardInterrupt, Terminated):
        raise
    except BaseException as error:
        raise BadValue(f"`{name}` raised {_last_line(error, here)}") from error
    finally:
        if where is not None and where != _working_folder():
            with suppress(OSError):
                os.chdir(where)
        if here in sys.path:
            sys.path.remove(here)


def _working_folder() -> Path | None:
    """Where we are; `None` where that folder is no more."""
    try:
        return Path.cwd()
    except OSError:
        return None


@contextmanager
def seeded(seed: str) -> Iterator[None]:
    """Whoever draws from the modules `random` and `numpy.random` in this block draws the same for the same seed; what
    others draw afterwards does not depend on it.
    """
    import numpy as np

    plain, legacy = random.getstate(), np.random.get_state()  # noqa: NPY002 - it is the user who may use it
    random.seed(seed)
    np.random.seed(random.getrandbits(32))  # noqa: NPY002
    try:
        yield
    finally:
        random.setstate(plain)
        np.random.set_state(legacy)  # noqa: NPY002


class _TookTooLong(BaseException):
    """A call of the user's code did not end in time; no `Exception`, so that what catches all of these does not."""

    def __init__(self, limit_s: float) -> None:
        super().__init__(limit_s)
        self.limit_s = limit_s


@contextmanager
def time_limit(limit_s: float) -> Iterator[Callable[[], None]]:
    """Calls of the user's in this block end in `BadValue` if one takes longer than that, inside `as_user_code`; the
    function that this gives says that the next one begins. Only the main thread of a process on a system with interval
    timers can be stopped so, and only if nobody else has set the timer; elsewhere nothing is.
    """
    can = current_thread() is main_thread() and hasattr(signal, "setitimer")
    if not can or signal.getitimer(signal.ITIMER_REAL)[0]:
        yield lambda: None
        return

    def ring(_number: int, _frame: FrameType | None) -> None:
        raise _TookTooLong(limit_s)

    before = signal.signal(signal.SIGALRM, ring)
    try:
        # It rings again and again: the first may be caught by the user's code.
        yield lambda: _set_timer(limit_s)
    finally:
        _set_timer(0.0)
        signal.signal(signal.SIGALRM, before)


def _set_timer(after_s: float) -> None:
    signal.setitimer(signal.ITIMER_REAL, after_s, after_s)


def _own_names(found: Any, module: str) -> list[str]:
    """Public names that were not imported into a module from elsewhere."""
    public = [each for each in dir(found) if not each.startswith("_")]
    return [each for each in public if getattr(getattr(found, each), "__module__", module) == module]


def missing_module(name: str, folder: Path) -> BadValue | None:
    """What `extension` would say of a `module:attribute` whose module is nowhere; nothing is imported for it but the
    packages that the module is in.
    """
    module, colon, _ = name.partition(":")
    if not colon or (folder / f"{module}.py").is_file():
        return None
    try:
        there = find_spec(module) is not None
    except (ImportError, ValueError):
        there = False
    return None if there else _no_module(module, name, folder)


def _no_module(module: str, name: str, folder: Path) -> BadValue:
    near = did_you_mean(module, [each.stem for each in folder.glob("*.py")])
    meant = None if near is None else near + name[len(module) :]
    return BadValue(f"`{name}`: no module `{module}` beside the file, nor one that is installed", meant)


def _module(module: str, name: str, folder: Path) -> ModuleType:
    path = folder / f"{module}.py"
    with as_user_code(name, folder):
        try:
            # A module of the folder comes first, and anew: one of its name may have been imported from elsewhere.
            return _from_file(module, path) if path.is_file() else import_module(module)
        except ModuleNotFoundError as error:
            if error.name is None or not f"{module}.".startswith(f"{error.name}."):
                raise
    raise _no_module(module, name, folder)


def _from_file(module: str, path: Path) -> ModuleType:
    spec = spec_from_file_location(module, path)
    assert spec is not None  # the file is there and ends in .py
    assert spec.loader is not None
    found, before = module_from_spec(spec), sys.modules.get(module)
    # Dataclasses and pickles look their module up while it is made.
    sys.modules[module] = found
    try:
        spec.loader.exec_module(found)
    finally:
        if before is not None:
            sys.modules[module] = before
    return found


def _offered(name: str, group: str, folder: Path) -> Any:
    offers = entry_points(group=group)
    found = [each for each in offers if each.name == name]
    if not found:
        near = did_you_mean(name, offers.names)
        raise BadValue(f"no package offers `{name}` (entry points `{group}`); a function is `module:attribute`", near)
    if len(found) > 1:
        both = " and ".join(f"`{each.value}`" for each in found)
        raise BadValue(f"`{name}` is offered by {both}; name one of them")
    with as_user_code(name, folder):
        return found[0].load()


def _last_line(error: BaseException, folder: str) -> str:
    """What a traceback ends with but for notes, and where in the user's own files it happened."""
    summary = traceback.TracebackException.from_exception(error)
    # They would stand below the error.
    summary.__notes__ = None
    said = [*summary.format_exception_only()][-1].strip()
    if len(said) > _LONGEST:
        said = f"{said[: _LONGEST - 1]}…"
    if isinstance(error, SyntaxError) and error.filename is not None:
        return f"{said} ({Path(error.filename).name}:{error.lineno})"
    return f"{said}{_place(error, folder)}"


def _place(error: BaseException, folder: str) -> str:
    """Where in the user's own files an error came up, in brackets; empty where in none of them."""
    frames = [each for each in traceback.extract_tb(error.__traceback__) if each.filename.startswith(folder)]
    return f" ({Path(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""
