"""Message pools kept between runs: what is made anew every time takes a second or two, what is read a few milliseconds.

A file holds one pool and what the learnt recogniser makes of it, under a name that is a hash of all that they are made
of: the scenario's part in it, phrasebooks, a messages file, the code, and the libraries.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, fields
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from ..rules.recogniser import Recognition
from ..scenarios.phrasebook import phrasebook_text
from ..scenarios.pool import MessagePool
from ..scenarios.scenario import Scenario

SWITCH = "DESKDRILL_CACHE"
"""The environment variable that names another folder, or is `off`."""
MOST_FILES = 32
_MARK = b"deskdrill pool 2\n"
_CHECKSUM = 32
_ROOMS = ("rules", "scenarios", "simulator")
_LIBRARIES = ("faker", "numpy", "scipy")


@dataclass(frozen=True, slots=True)
class Written:
    """A pool, and what the learnt recogniser makes of its texts; `None`: the scenario's recogniser is another."""

    pool: MessagePool
    recognition: Recognition | None


def cache_folder() -> Path | None:
    """Where pools are kept: the user's folder for such files; `None` where the user wants none kept."""
    chosen = os.environ.get(SWITCH)
    if chosen is not None:
        return None if chosen.strip().lower() in ("off", "") else Path(chosen)
    home = Path(os.path.expanduser("~"))  # noqa: PTH111 - `Path.home` raises where there is none
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local") / "deskdrill" / "Cache"
    if sys.platform == "darwin":
        return home / "Library" / "Caches" / "deskdrill"
    given = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(given) if given.startswith("/") else home / ".cache") / "deskdrill"


def key_of(scenario: Scenario, messages: Path | None) -> str:
    """The name under which a scenario's pool is kept. Raises `InputError` where a messages file cannot be read."""
    digest = hashlib.blake2b(digest_size=20)
    segments = [
        [_some(segment.intents), _some(segment.written_in(scenario.messages.phrasebook))]
        for segment in scenario.segments.values()
    ]
    # A confusion matrix has no part in what is kept.
    recogniser = scenario.recogniser.kind == "confusion" or scenario.recogniser.model_dump_json(by_alias=True)
    behaviour = scenario.behaviour
    again = [behaviour.after_a_loop.words, behaviour.writes_again.switches > 0]
    stated = [list(scenario.intents), segments, recogniser, scenario.messages.phrasebook, again]
    parts = [
        _code(),
        json.dumps(stated).encode(),
        scenario.messages.model_dump_json(by_alias=True).encode(),
        *(phrasebook_text(language).encode() for language in sorted({*scenario.languages})),
        # A file that is empty is not no file.
        b"none" if messages is None else b"file" + messages.read_bytes(),
    ]
    for part in parts:
        digest.update(len(part).to_bytes(8, "little") + part)
    return digest.hexdigest()


def kept(folder: Path, key: str) -> Written | None:
    """What is kept under a key; `None` where nothing is, or it is damaged."""
    path = folder / f"{key}.pool"
    try:
        raw = path.read_bytes()
        os.utime(path)
    except OSError:
        return None
    head = len(_MARK) + _CHECKSUM
    body = raw[head:]
    if not raw.startswith(_MARK) or raw[len(_MARK) : head] != _checksum(body):
        return None
    return _unpacked(body)


def keep(folder: Path, key: str, written: Written) -> None:
    """Keeps a pool under a key, and of all that are kept the latest so many; does nothing where that cannot be."""
    body = _packed(written)
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=".", suffix=".part", dir=folder)
        aside = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(_MARK + _checksum(body) + body)
            aside.replace(folder / f"{key}.pool")
        finally:
            aside.unlink(missing_ok=True)
        _forget_oldest(folder)


def _forget_oldest(folder: Path) -> None:
    files = sorted(folder.glob("*.pool"), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in files[MOST_FILES:]:
        path.unlink(missing_ok=True)


def _some(shares: Mapping[str, float]) -> list[str]:
    return [name for name, share in shares.items() if share > 0]


@cache
def _code() -> bytes:
    """A hash of the code that pools are made by, and the versions of what it uses."""
    digest = hashlib.blake2b(digest_size=20)
    root = Path(__file__).parent.parent
    for path in sorted(path for room in _ROOMS for path in (root / room).glob("*.py")):
        digest.update(path.name.encode() + path.read_bytes())
    used = [sys.version, platform.machine(), *(f"{name} {version(name)}" for name in _LIBRARIES)]
    digest.update("\0".join(used).encode())
    return digest.digest()


def _checksum(body: bytes) -> bytes:
    return hashlib.blake2b(body, digest_size=_CHECKSUM).digest()


def _packed(written: Written) -> bytes:
    """Text columns as JSON, then the arrays one after the other."""
    columns = {f"pool.{field.name}": getattr(written.pool, field.name) for field in fields(MessagePool)}
    if written.recognition is not None:
        columns |= {f"recognition.{name}": getattr(written.recognition, name) for name in _PARTS}
    arrays = {name: column for name, column in columns.items() if isinstance(column, np.ndarray)}
    head = {
        "texts": {name: column for name, column in columns.items() if name not in arrays},
        "arrays": {name: [column.dtype.str, column.shape] for name, column in arrays.items()},
    }
    texts = json.dumps(head).encode()
    return b"".join([len(texts).to_bytes(8, "little"), texts, *(column.tobytes() for column in arrays.values())])


_PARTS = ("intents", "codes", "confidence")


def _unpacked(body: bytes) -> Written:
    begin = 8 + int.from_bytes(body[:8], "little")
    head = json.loads(body[8:begin])
    columns: dict[str, Any] = {name: tuple(texts) for name, texts in head["texts"].items()}
    for name, (dtype, shape) in head["arrays"].items():
        kind, many = np.dtype(dtype), int(np.prod(shape))
        columns[name] = np.frombuffer(body, kind, many, begin).reshape(shape).copy()
        begin += many * kind.itemsize
    pool = MessagePool(**_of("pool", columns))
    found = _of("recognition", columns)
    return Written(pool, Recognition(**found) if found else None)


def _of(part: str, columns: Mapping[str, Any]) -> dict[str, Any]:
    return {name.removeprefix(f"{part}."): each for name, each in columns.items() if name.startswith(f"{part}.")}
