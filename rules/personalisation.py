"""Whom a bot addresses by what: a first-time visitor is not to hear what was bought in or looked up (S506)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from ..findings import Finding
from .conditions import Atom, Condition, Not, atoms_wanted, leaves
from .possibility import possible
from .vocabulary import ORIGINS, field_named

if TYPE_CHECKING:
    from .flow import Flow, State
    from .policy import Policy

KNOWN_BY: Final = ("customer.plan", "customer.tenure")
"""Of a customer who may be a first-time visitor, none of these is known."""


def addressed_strangers(policy: Policy) -> Iterator[Finding]:
    """The branches of the bot's flow that test what is enriched and that a stranger's message can take.

    Customers see nothing else that goes by conditions: not where a rule routes them, nor that a guard kept a bot away.
    A branch is left out if no message of a customer of whom nothing in `KNOWN_BY` is known leads along it: because of
    its own condition, the branches before it, the guards, or because no such customer comes to its state.
    """
    flow = None if policy.bot is None else policy.bot.flow
    if flow is None:
        return
    enriched = atoms_wanted(policy.groups, is_enriched)
    if not any(enriched(branch.when) for state in flow.states for branch in state.next):
        return
    guards = [Not(guard.when) for guard in policy.guards]
    for state in _strangers_come_to(flow, policy):
        for number, branch in enumerate(state.next):
            part = next((leaf for leaf in leaves(branch.when) if enriched(leaf)), None)
            if part is None or not possible([*_taken(state, number), *guards], policy.groups, KNOWN_BY):
                continue
            field = enriched(part)[0].field
            message = (
                f"state `{state.name}` addresses first-time visitors by `{field}`, {ORIGINS['enriched']}; require "
                f"`{KNOWN_BY[1]}: {{set: true}}` in the branch, or ask them"
            )
            yield Finding("S506", "warning", message, policy.place, part.line, part.column)


def is_enriched(atom: Atom) -> bool:
    """Whether an atom tests what was bought in or looked up."""
    field = field_named(atom.field)
    return field is not None and field.origin == "enriched"


def _taken(state: State, number: int) -> list[Condition]:
    """What holds where a branch is taken: its condition, and that of none before it."""
    return [state.next[number].when, *(Not(before.when) for before in state.next[:number])]


def _strangers_come_to(flow: Flow, policy: Policy) -> list[State]:
    """The states that customers of whom nothing in `KNOWN_BY` is known may come to; guards are not looked at."""
    found, waiting = {flow.states[0].name}, [flow.states[0]]
    while waiting:
        state = waiting.pop()
        ways = [
            branch.go
            for number, branch in enumerate(state.next)
            if branch.go not in found and possible(_taken(state, number), policy.groups, KNOWN_BY)
        ]
        ways += [state.otherwise] if state.otherwise is not None else []
        ways += [state.silent_for.go] if state.silent_for is not None else []
        waiting += [flow.named(name) for name in dict.fromkeys(ways) if name not in found]
        found.update(ways)
    return [state for state in flow.states if state.name in found]
