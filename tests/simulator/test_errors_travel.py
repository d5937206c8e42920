"""Errors that a worker process raises come to whoever asked as they were raised."""

from __future__ import annotations

import importlib
import inspect
import pickle
import pkgutil
from pathlib import Path
from typing import Any

import pytest

import deskdrill
from deskdrill.errors import DeskdrillError, Problem

ARGUMENTS: dict[str, Any] = {"path": Path("x"), "folder": Path("x"), "problems": Problem("x", "is wrong", 1, 2), "needed": 3, "border": 0.1, "lasted_s": 60.0}


def kinds() -> list[type[DeskdrillError]]:
    for room in ("rules", "scenarios", "simulator"):
        package = importlib.import_module(f"deskdrill.{room}")
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            importlib.import_module(found.name)
    todo, every = [DeskdrillError], set[type[DeskdrillError]]()
    while todo:
        kind = todo.pop()
        every.add(kind)
        todo += kind.__subclasses__()
    return sorted(every, key=lambda kind: (kind.__module__, kind.__name__))


@pytest.mark.parametrize("kind", kinds(), ids=lambda kind: kind.__name__)
def test_an_error_is_the_same_after_a_journey(kind: type[DeskdrillError]) -> None:
    if kind.__init__ is Exception.__init__:
        error = kind("what is wrong")
    else:
        needed = [each for each in inspect.signature(kind).parameters.values() if each.default is each.empty and each.kind is each.POSITIONAL_OR_KEYWORD]
        error = kind(*(ARGUMENTS.get(each.name, each.name) for each in needed)) if needed else kind("what is wrong")
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is kind
    assert str(again) == str(error)
    assert deskdrill.DeskdrillError in type(again).__mro__
