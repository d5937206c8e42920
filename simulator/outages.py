"""Outages of what bots do by themselves, as conditions that are read once: when a conversation begins."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..rules.bot import Bot, Errand
from ..rules.compiled import Late
from ..rules.conditions import Atom
from ..scenarios.behaviour import Errands
from ..scenarios.outages import is_out
from ..scenarios.scenario import Scenario

_FIELD: Final = "outage."
_OUT: Final[Mapping[str, Atom]] = MappingProxyType(
    {kind: Atom(f"{_FIELD}{kind}", "is", value=True) for kind in ("look_up", "transaction")}
)


def manner_of(scenario: Scenario, kind: str) -> Errands:
    """How errands of a kind go."""
    does = scenario.behaviour
    return does.look_ups if kind == "look_up" else does.transactions


def _atom(scenario: Scenario, kind: str) -> Atom | None:
    """What has to be known for errands of a kind; one and the same for both where they fail together."""
    outages, first = manner_of(scenario, kind).outages, next(iter(_OUT))
    if not outages:
        return None
    return _OUT[first if outages == manner_of(scenario, first).outages else kind]


def outage_atoms(scenario: Scenario, bot: Bot | None) -> tuple[Atom, ...]:
    """What has to be known of a conversation's beginning where a bot's errands may meet an outage.

    Beside the vocabulary: no rule sees an outage.
    """
    kinds = {errand.kind for errand in bot.errands} if bot is not None else ()
    atoms = (_atom(scenario, kind) for kind in _OUT if kind in kinds)
    return tuple(dict.fromkeys(atom for atom in atoms if atom is not None))


def is_outage(atom: Atom) -> bool:
    """Whether it is one of `outage_atoms`."""
    return atom.field.startswith(_FIELD)


def outage_now(scenario: Scenario, atom: Atom, now_s: float) -> bool:
    """Whether there is an outage at a run second."""
    manner = manner_of(scenario, atom.field.removeprefix(_FIELD))
    return bool(is_out(manner.outages, scenario.clock, now_s))


def meets_outage(
    scenario: Scenario, errand: Errand, late: Late, starts_s: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Whether an errand fails in conversations that begin at those moments because of an outage; `late` tells where
    the moments are not known yet.
    """
    atom = _atom(scenario, errand.kind)
    if atom is not None and atom in late:
        return np.broadcast_to(np.asarray(late[atom]), starts_s.shape)
    return is_out(manner_of(scenario, errand.kind).outages, scenario.clock, starts_s)
