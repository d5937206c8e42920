"""A bot's own flow: states in which it does one thing, and the branches that a customer's next message takes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Final, Literal

from ..errors import BadValue
from .conditions import ALWAYS, Condition

Act = Literal["says", "answers", "suggests", "errand", "checks", "asks", "hands_over", "closes"]
"""What a bot does in a state: says a line; answers; suggests an article; goes on the errand about what it recognised;
checks whether that is what was meant; asks for something; hands over; closes.
"""

ENDS: Final[tuple[Act, ...]] = ("hands_over", "closes")
MAY_FAIL: Final[tuple[Act, ...]] = ("answers", "suggests", "errand", "checks")
"""What a bot can do only if it recognised something; otherwise it goes where `otherwise` says, in the same turn."""
AFTER_SILENCE: Final[tuple[Act, ...]] = ("says", *ENDS)
"""What a bot can do by itself while the customer does not write."""
MOST_STATES: Final = 60


@dataclass(frozen=True, slots=True)
class Branch:
    """To the state `go`, if the customer's message and what is known meet the condition."""

    go: str
    when: Condition = ALWAYS
    line: int | None = field(default=None, compare=False, repr=False)
    column: int | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Timeout:
    """To the state `go`, if the customer has not written for so many seconds."""

    after: float
    go: str


@dataclass(frozen=True, slots=True)
class State:
    """One state: what the bot does on coming to it, and where the customer's next message leads; the first branch that
    fits is taken.

    `text` is what it says, or what it asks for. `confidence_at_least` is for what it recognised.
    """

    name: str
    act: Act
    text: str = ""
    confidence_at_least: float = 0.0
    next: tuple[Branch, ...] = ()
    otherwise: str | None = None
    silent_for: Timeout | None = None
    line: int | None = field(default=None, compare=False, repr=False)
    column: int | None = field(default=None, compare=False, repr=False)

    def leads_to(self) -> tuple[str, ...]:
        """The states that may follow."""
        ways = [branch.go for branch in self.next]
        ways += [self.otherwise] if self.otherwise is not None else []
        return tuple(dict.fromkeys([*ways, self.silent_for.go] if self.silent_for is not None else ways))


def not_after_silence(name: str, go: str) -> str:
    """Why a state cannot lead to another by `silent_for`."""
    return (
        f"`silent_for` of state `{name}` leads to `{go}`; while nobody writes, a bot can say something, hand over or "
        "close"
    )


@dataclass(frozen=True, slots=True)
class Flow:
    """States by name; a conversation begins in the first. Raises `BadValue` for what is no flow."""

    states: tuple[State, ...]

    def __post_init__(self) -> None:
        names = self.names
        if not names:
            raise BadValue("a flow has a state at least")
        if len(names) > MOST_STATES:
            raise BadValue(f"a flow has at most {MOST_STATES} states, found {len(names)}")
        twice = [name for name, times in Counter(names).items() if times > 1]
        if twice:
            raise BadValue(f"two states are called `{twice[0]}`")
        for state in self.states:
            for name in state.leads_to():
                if name not in names:
                    raise BadValue(f"state `{state.name}` leads to unknown state `{name}`")
            if state.act not in ENDS and (not state.next or state.next[-1].when != ALWAYS):
                raise BadValue(f"`next` of state `{state.name}` ends with where everything else leads")
            waits = state.silent_for
            if waits is not None and self.named(waits.go).act not in AFTER_SILENCE:
                raise BadValue(not_after_silence(state.name, waits.go))
        if (cycle := self.silent_cycle()) is not None:
            raise BadValue(f"the bot would never say anything: `otherwise` leads {' -> '.join(cycle)}")

    @property
    def names(self) -> tuple[str, ...]:
        """The states' names, in their order."""
        return tuple(state.name for state in self.states)

    @property
    def speaks_up(self) -> bool:
        """Whether the bot may say one more thing before the customer writes again."""
        return any(state.silent_for is not None for state in self.states)

    def named(self, name: str) -> State:
        """The state of this name."""
        return self.states[self.names.index(name)]

    def silent_cycle(self) -> tuple[str, ...] | None:
        """States whose `otherwise` leads back to them, so that none of them may ever be said; `None` if there are
        none.
        """
        for state in self.states:
            way, at = [state.name], state
            while at.act in MAY_FAIL and at.otherwise is not None:
                at = self.named(at.otherwise)
                way.append(at.name)
                if at.name in way[:-1]:
                    return tuple(way[way.index(at.name) :])
        return None

    def without_way_out(self) -> tuple[State, ...]:
        """States from which the flow itself leads to no person."""
        reach = {state.name for state in self.states if state.act == "hands_over"}
        while True:
            more = {state.name for state in self.states if reach.intersection(state.leads_to())} - reach
            if not more:
                return tuple(state for state in self.states if state.name not in reach and state.act != "closes")
            reach |= more

    def never_reached(self) -> tuple[State, ...]:
        """States that nothing leads to, from the first one on."""
        found, waiting = {self.states[0].name}, [self.states[0]]
        while waiting:
            for name in waiting.pop().leads_to():
                if name not in found:
                    found.add(name)
                    waiting.append(self.named(name))
        return tuple(state for state in self.states if state.name not in found)
