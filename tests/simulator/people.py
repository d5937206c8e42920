"""Customers of two populations, held against each other."""

from __future__ import annotations

from dataclasses import fields

import numpy as np

from deskdrill.simulator.population import Population


def columns_by_number(people: Population, which: np.ndarray) -> dict[str, np.ndarray]:
    """The columns of some problems, in the order of their numbers."""
    numbers = np.arange(people.size) if people.number is None else people.number
    rows = np.flatnonzero(np.isin(numbers, which))
    rows = rows[np.argsort(numbers[rows])]
    columns = (field.name for field in fields(people) if isinstance(getattr(people, field.name), np.ndarray))
    return {name: getattr(people, name)[rows] for name in columns if name not in ("number", "backlog")}


def assert_same_people(a: Population, b: Population, which: np.ndarray) -> None:
    found, expected = columns_by_number(a, which), columns_by_number(b, which)
    for name in expected:
        np.testing.assert_array_equal(found[name], expected[name], err_msg=name)
