"""Invariants as they stand in a policy file: never, after with what is expected then, or at most so many times."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, Field, WithJsonSchema, model_validator

from ..documents import FileModel
from ..errors import BadValue, Problem, did_you_mean
from .cases import ACTS
from .conditions import ALWAYS, Atom, Condition, leaves
from .forms import ConditionData, Line, RuleId
from .invariants import SAME_BOT_REPLY, After, AtMost, Claim, Invariant, Never
from .vocabulary import DID

CONDITIONS: Final = ("never", "after", "expect")
"""The keys that hold conditions."""
MOST_INVARIANTS: Final = 200
_FORMS: Final[Mapping[str, tuple[str, ...]]] = {
    "never": ("never",),
    "after": ("after", "within_turns", "expect"),
    "at_most": ("at_most", "of", "per"),
}
_COUNTED: Final = (SAME_BOT_REPLY, *ACTS)


def _counted(text: str) -> str:
    if text not in _COUNTED:
        message = f"nothing to count is called `{text}`; there is {', '.join(_COUNTED)}"
        raise BadValue(message, did_you_mean(text, _COUNTED))
    return text


Counted = Annotated[str, AfterValidator(_counted), WithJsonSchema({"enum": list(_COUNTED)})]


class InvariantFile(FileModel):
    """What must hold in every conversation: `never`; `after`, `within_turns` and `expect`; or `at_most` and `of`."""

    id: RuleId
    why: Line | None = Field(default=None, description="the reason, for those who read what breaks it")
    never: ConditionData = Field(default=None, description="what no step of a conversation comes to")
    after: ConditionData = Field(default=None, description="a message after which something is expected")
    within_turns: int | None = Field(
        default=None, ge=1, le=100, description="by when, the reply to that message being the first turn"
    )
    expect: ConditionData = Field(default=None, description="what is expected by then")
    at_most: int | None = Field(default=None, ge=1, le=100, description="how many times in a conversation")
    of: Counted | None = Field(default=None, description="what is counted: replies that read alike, or an act")
    per: Literal["conversation"] = Field(default="conversation", description="where it is counted")

    @model_validator(mode="after")
    def _has_one_form(self) -> Self:
        given = self.model_fields_set - {"id", "why"}
        form = next((name for name in _FORMS if name in given), None)
        if form is None:
            raise BadValue(f"invariant `{self.id}` says nothing: give it `never`, `after` or `at_most`")
        beside = sorted(given - set(_FORMS[form]))
        if beside:
            raise BadValue(f"invariant `{self.id}` has `{form}`, which `{beside[0]}` does not go with")
        missing = [name for name in _FORMS[form] if name not in given and name != "per"]
        if missing:
            raise BadValue(f"invariant `{self.id}` has `{form}` without `{missing[0]}`")
        return self


def invariant_of(file: InvariantFile, conditions: Mapping[str, Condition], place: tuple[int, int]) -> Invariant:
    """The invariant that a file describes; `conditions` are those of its keys."""
    claim: Claim
    if file.at_most is not None:
        claim = AtMost(file.at_most, str(file.of))
    elif file.within_turns is not None:
        claim = After(conditions.get("after", ALWAYS), file.within_turns, conditions.get("expect", ALWAYS))
    else:
        claim = Never(conditions.get("never", ALWAYS))
    return Invariant(file.id, claim, file.why, None, *place)


def unknown_acts(condition: Condition, place: str) -> Iterator[Problem]:
    """A line for each act that a condition names and no desk does; groups name none."""
    for leaf in leaves(condition):
        if isinstance(leaf, Atom) and leaf.field == DID and isinstance(leaf.value, tuple):
            for act in (each for each in leaf.value if each not in ACTS):
                message = f"a desk does nothing called `{act}`; it does {', '.join(ACTS)}"
                yield Problem(place, message, leaf.line, leaf.column, did_you_mean(str(act), ACTS))
