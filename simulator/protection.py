"""Who should meet a person: what the desk can see of it, and what is true."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..scenarios.scenario import Scenario
from .population import Population

BoolArray = NDArray[np.bool_]


@dataclass(frozen=True)
class Protection:
    """Which customers and intents the scenario protects.

    `sensitive` (bool, intents + 3) is by recognised intent code; the reserved ones and -1, nothing recognised, are not.
    """

    sensitive: BoolArray
    _always: BoolArray
    _fixed_label: BoolArray
    _contacts: NDArray[np.float64]
    _contacts_known: BoolArray
    _contacts_at_least: float

    def label_known(self, rows: NDArray[np.int32], attempt: int) -> BoolArray:
        """Whether the desk can see a protecting label on the customers of `rows`, at that attempt."""
        return np.asarray(self._fixed_label[rows] | (self._often(rows, attempt) & self._contacts_known[rows]))

    def in_truth(self, rows: NDArray[np.int32], attempt: int) -> BoolArray:
        """Whether the customers or intents of `rows` are truly protected, at that attempt."""
        return np.asarray(self._always[rows] | self._often(rows, attempt))

    def _often(self, rows: NDArray[np.int32], attempt: int) -> BoolArray:
        """Whether the customers have written often enough by that attempt, earlier attempts included."""
        return np.asarray(self._contacts[rows] + (attempt - 1) >= self._contacts_at_least)


def protection_of(scenario: Scenario, people: Population) -> Protection:
    """What a scenario protects in a population."""
    rule = scenario.protected
    plan = np.isin(people.plan, [people.plan_names.index(name) for name in rule.plans])
    bits = np.uint64(sum(1 << people.flag_names.index(name) for name in rule.flags))
    flag = (people.flags & bits) > 0
    at_least = np.inf if rule.contacts_30d_at_least is None else float(rule.contacts_30d_at_least)
    segments = list(scenario.segments)
    by_segment = np.isin(people.segment, [segments.index(name) for name in rule.segments])
    sensitive = np.array([intent.sensitive for intent in scenario.intents.values()])
    return Protection(
        sensitive=np.concatenate([sensitive, np.zeros(3, dtype=bool)]),
        _always=np.asarray(by_segment | plan | flag | sensitive[people.intent]),
        _fixed_label=np.asarray((plan & people.plan_known) | (flag & people.flags_known)),
        _contacts=people.contacts_30d.astype(np.float64),
        _contacts_known=people.contacts_known,
        _contacts_at_least=at_least,
    )
