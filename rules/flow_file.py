"""The shape of a flow in a policy file, and the flow that it describes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, model_validator

from ..documents import FileModel, Loc
from ..errors import BadValue, did_you_mean
from ..quantities import Duration, Share
from .conditions import Condition
from .flow import (
    AFTER_SILENCE,
    ENDS,
    MAY_FAIL,
    MOST_STATES,
    Act,
    Branch,
    Flow,
    State,
    Timeout,
    not_after_silence,
)
from .forms import ConditionData, Line, Name

Place = Callable[[Loc], tuple[int, int]]
ConditionOf = Callable[[Loc], Condition]

_SURE_FROM = 0.7


def _branches(value: object) -> object:
    """One state's name as the one branch that is always taken."""
    return ({"go": value},) if isinstance(value, str) else tuple(value) if isinstance(value, list) else value


class BranchFile(FileModel):
    """Where a message leads that fits."""

    when: ConditionData = Field(default=None, description="absent: always")
    unless: ConditionData = Field(default=None, description="not where this holds, whatever `when` says")
    go: Name = Field(description="the state to go to")


class TimeoutFile(FileModel):
    """Where it leads that the customer does not write."""

    after: Annotated[Duration, Field(gt=0)]
    go: Name


class StateFile(FileModel):
    """What the bot does in a state, exactly one thing, and where the customer's next message leads."""

    says: Line | None = Field(default=None, description="a line, to which the customer may answer anything")
    answers: bool | None = Field(default=None, description="the answer to what it recognised")
    suggests: bool | None = Field(default=None, description="the article about what it recognised")
    errand: bool | None = Field(default=None, description="the look-up or transaction about what it recognised")
    checks: Line | None = Field(
        default=None, description="asks whether what it recognised is what was meant; `{intent}` stands for that"
    )
    asks: Name | None = Field(default=None, description="asks for something, such as `order_number`")
    hands_over: bool | None = Field(default=None, description="to a person")
    closes: bool | None = Field(default=None, description="ends the conversation")
    confidence_at_least: Share | None = Field(
        default=None, description="how sure it has to be of what it recognised; 0.7 if left out"
    )
    next: Annotated[
        tuple[BranchFile, ...],
        BeforeValidator(_branches, json_schema_input_type=Name | tuple[BranchFile, ...]),
    ] = Field(
        default=(),
        description="a state, or branches, of which the first that fits is taken; the same state again if left out",
    )
    otherwise: Name | None = Field(default=None, description="the state to go to at once if it recognised nothing so")
    silent_for: TimeoutFile | None = Field(default=None, description="what follows if the customer does not write")

    @property
    def act(self) -> Act:
        """What the bot does."""
        return next(name for name in _ACTS if getattr(self, name) not in (None, False))

    @model_validator(mode="after")
    def _does_one_thing(self) -> Self:
        done = [name for name in _ACTS if getattr(self, name) not in (None, False)]
        if len(done) != 1:
            found = " and ".join(f"`{name}`" for name in done) or "nothing"
            raise BadValue(f"a state does one of {', '.join(f'`{name}`' for name in _ACTS)}; found {found}")
        act = self.act
        if act in ENDS:
            for key in ("next", "otherwise", "silent_for", "confidence_at_least"):
                if getattr(self, key):
                    raise BadValue(f"nothing follows on `{act}`", loc=(key,))
        elif self.next and (self.next[-1].when is not None or self.next[-1].unless is not None):
            raise BadValue(f"`next` of a state with `{act}` ends with where everything else leads: `{{go: STATE}}`")
        if act in MAY_FAIL and self.otherwise is None:
            raise BadValue(f"a state with `{act}` says in `otherwise` where it leads if nothing is recognised")
        if act not in MAY_FAIL:
            for key in ("otherwise", "confidence_at_least"):
                if getattr(self, key) is not None:
                    raise BadValue(f"`{key}` is for states in which something has to be recognised", loc=(key,))
        return self


_ACTS: tuple[Act, ...] = ("says", "answers", "suggests", "errand", "checks", "asks", "hands_over", "closes")

FlowFile = Annotated[
    dict[Name, StateFile],
    Field(
        min_length=1,
        max_length=MOST_STATES,
        description="the bot's own states, by name; a conversation begins in the first",
    ),
]


def flow_of(file: Mapping[str, StateFile], condition: ConditionOf, place: Place) -> Flow:
    """The flow of a file whose names are known to fit."""
    return Flow(tuple(_state(name, state, condition, place) for name, state in file.items()))


def flow_problems(data: Mapping[str, Any]) -> list[tuple[Loc, str, str | None]]:
    """What the types of a file cannot say: states that are nowhere, and such as never say anything. Place, message and
    suggestion of each.
    """
    states = {name: state for name, state in data.items() if isinstance(state, Mapping)}
    found: list[tuple[Loc, str, str | None]] = []
    for name, state in states.items():
        for loc, go in _ways(state):
            if isinstance(go, str) and go not in data:
                found.append(((name, *loc), f"state `{name}` leads to unknown state `{go}`", did_you_mean(go, data)))
        silent = state.get("silent_for")
        go = silent.get("go") if isinstance(silent, Mapping) else None
        if go in states and not any(states[go].get(act) for act in AFTER_SILENCE):
            found.append(((name, "silent_for", "go"), not_after_silence(name, go), None))
    for name, state in states.items():
        way, at = [name], state
        while any(at.get(act) for act in MAY_FAIL) and at.get("otherwise") in states and len(way) <= len(states):
            way.append(str(at["otherwise"]))
            at = states[way[-1]]
            if way[-1] == name:
                message = f"the bot would never say anything: `otherwise` leads {' -> '.join(way)}"
                return [*found, ((name, "otherwise"), message, None)]
    return found


def _ways(state: Mapping[str, Any]) -> list[tuple[Loc, object]]:
    ways: list[tuple[Loc, object]] = [(("otherwise",), state.get("otherwise"))]
    following, silent = state.get("next"), state.get("silent_for")
    if isinstance(following, str):
        ways.append((("next",), following))
    for index, branch in enumerate(following if isinstance(following, list) else []):
        if isinstance(branch, Mapping):
            ways.append((("next", index, "go"), branch.get("go")))
    if isinstance(silent, Mapping):
        ways.append((("silent_for", "go"), silent.get("go")))
    return ways


def _next(name: str, file: StateFile, condition: ConditionOf, place: Place) -> tuple[Branch, ...]:
    """The branches of a state; of one that leads nowhere and does not end either, back to itself."""
    if not file.next and file.act not in ENDS:
        return (Branch(name),)
    at: Loc = ("bot", "flow", name, "next")
    return tuple(
        Branch(branch.go, condition((*at, index)), *place((*at, index))) for index, branch in enumerate(file.next)
    )


def _state(name: str, file: StateFile, condition: ConditionOf, place: Place) -> State:
    at: Loc = ("bot", "flow", name)
    sure = 0.0 if file.act not in MAY_FAIL else _SURE_FROM
    return State(
        name=name,
        act=file.act,
        text=file.says or file.checks or file.asks or "",
        confidence_at_least=sure if file.confidence_at_least is None else file.confidence_at_least,
        next=_next(name, file, condition, place),
        otherwise=file.otherwise,
        silent_for=None if file.silent_for is None else Timeout(file.silent_for.after, file.silent_for.go),
        line=place(at)[0],
        column=place(at)[1],
    )
