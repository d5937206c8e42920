"""The shape of a policy file: its keys, their types and defaults, from which the JSON Schema for editors comes too."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self, get_args

from pydantic import BeforeValidator, Field, model_validator

from ..documents import FileModel
from ..errors import BadValue, did_you_mean
from ..quantities import Duration
from .bot_file import BotFile, ExpectationFile
from .cases import ACTS
from .forms import CONDITION, ConditionData, Line, Name, RuleId, Tag, listed
from .invariant_file import CONDITIONS, MOST_INVARIANTS, InvariantFile
from .policy import ESCALATION
from .survey import SURVEYED, AskedAfter, Survey
from .vocabulary import (
    DID,
    FIELDS,
    INVARIANT_FIELDS,
    NAME,
    ON_MISSING,
    OPERATORS,
    ORIGINS,
    HitPolicy,
    Operand,
    Priority,
)
from .vocabulary import Field as VocabularyField

AskedAfterList = Annotated[
    tuple[AskedAfter, ...],
    Field(min_length=1, json_schema_extra={"uniqueItems": True}),
    BeforeValidator(listed, json_schema_input_type=AskedAfter | tuple[AskedAfter, ...]),
]
PlainTrigger = Literal["arrived", "message", "handed_over", "message_while_waiting", "reopened", "closed"]


class WaitingFile(FileModel):
    """A conversation has waited for people so long, and nobody has taken it up."""

    waiting: Annotated[Duration, Field(gt=0, description="so long, such as `10m`")]


def _triggers(value: object) -> object:
    """One trigger as a tuple of one; what is none is told here, where all that is possible is known."""
    entries = [value] if isinstance(value, str | dict) else value
    if not isinstance(entries, list):
        return entries
    if not entries:
        raise BadValue("expected at least one trigger, found none")
    words = get_args(PlainTrigger)
    possible = ", ".join(f"`{word}`" for word in words)
    for number, each in enumerate(entries):
        at = (number,) if isinstance(value, list) else ()
        if each == "waiting":
            raise BadValue("`waiting` needs a time, such as `{waiting: 10m}`", loc=at)
        for key in each if isinstance(each, dict) else ():
            if key != "waiting":
                raise BadValue(f"expected `{{waiting: 10m}}`, found `{key}`", did_you_mean(key, ["waiting"]), loc=at)
        if isinstance(each, str) and each not in words:
            message = f"expected {possible} or `{{waiting: 10m}}`, found `{each}`"
            raise BadValue(message, did_you_mean(each, words), loc=at)
    return tuple(entries)


Triggers = Annotated[
    tuple[PlainTrigger | WaitingFile, ...],
    Field(json_schema_extra={"minItems": 1}),
    BeforeValidator(
        _triggers, json_schema_input_type=PlainTrigger | WaitingFile | tuple[PlainTrigger | WaitingFile, ...]
    ),
]


class ActionFile(FileModel):
    """What a rule does; at least one of its keys."""

    route: Name | None = Field(
        default=None, description=f"the team to send it to; `{ESCALATION}` is the scenario's escalation inbox"
    )
    priority: Priority | None = Field(default=None, description="who is served first")
    tag: Tag | None = Field(default=None, description="one tag to add")
    tags: tuple[Tag, ...] = Field(default=(), description="tags to add")

    @model_validator(mode="after")
    def _does_something(self) -> Self:
        if not self.model_fields_set:
            raise BadValue("an action does something: `route`, `priority`, `tag` or `tags`")
        return self


class GuardFile(FileModel):
    """A rule that keeps the bot away, before and above all others."""

    id: RuleId
    why: Line | None = Field(default=None, description="the reason, for those who read the decision")
    when: ConditionData = Field(default=None, description="absent: always")
    unless: ConditionData = Field(default=None, description="not where this holds, whatever `when` says")
    forbid: Literal["bot"]


class RuleFile(FileModel):
    """A condition and what is done when it holds."""

    id: RuleId
    why: Line | None = Field(default=None, description="the reason, for those who read the decision")
    when: ConditionData = Field(default=None, description="absent: always")
    unless: ConditionData = Field(default=None, description="not where this holds, whatever `when` says")
    then: ActionFile


class RulesetFile(FileModel):
    """Rules that are tried together."""

    name: RuleId
    on: Triggers = Field(
        default=("arrived", "handed_over"),
        description="when the rules are tried: at the first message, at each further `message` to the bot, when it has "
        "`handed_over`, after so long a wait for people (`{waiting: 10m}`), at each `message_while_waiting`, when the "
        "customer writes on after the end (`reopened`), and when it is over (`closed`, where rules only tag)",
    )
    hit_policy: HitPolicy = Field(
        description="which of the rules that hold act: first, the only one, all, or all in order"
    )
    rules: tuple[RuleFile, ...] = ()
    table: Line | None = Field(
        default=None, description="a CSV, relative to this file, whose rows are rules too, after those of `rules`"
    )
    default: ActionFile | None = Field(
        default=None,
        description="what is done when no rule acts; needed for first and unique where conversations are placed "
        "(`arrived`, `handed_over`)",
    )


class SurveyFile(FileModel):
    """Customers are asked, once a conversation is over, how satisfied they are and how easy it was."""

    after: AskedAfterList = Field(
        default=SURVEYED,
        description="after conversations that ended in the bot, after those that a person served to the end, or both",
    )


class PolicyFile(FileModel):
    """A policy: guards, a bot or none, and routing rules."""

    policy: RuleId = Field(description="the policy's name")
    about: Line | None = None
    groups: dict[Name, ConditionData] = Field(default_factory=dict, description="conditions with a name")
    guards: tuple[GuardFile, ...] = ()
    bot: BotFile | None = None
    expectation: ExpectationFile | None = Field(
        default=None, description="tell those who begin to wait for people how long it takes: they wait longer"
    )
    survey: SurveyFile | None = Field(
        default=None, description="ask customers how it went; the scenario's `behaviour.survey` says who answers"
    )
    rulesets: tuple[RulesetFile, ...] = ()
    invariants: Annotated[tuple[InvariantFile, ...], Field(max_length=MOST_INVARIANTS)] = Field(
        default=(), description="what must hold in every conversation; cases and `deskdrill fuzz` check it"
    )


def survey_of(file: SurveyFile | None) -> Survey | None:
    """What a file says of asking customers how it went."""
    return None if file is None else Survey(tuple(kind for kind in SURVEYED if kind in file.after))


def policy_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a policy file, with descriptions, for editors."""
    schema: dict[str, Any] = _linked(PolicyFile.model_json_schema())
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "deskdrill policy"
    schema["$defs"] = {**schema.get("$defs", {}), **_condition_schemas()}
    for key in CONDITIONS:
        schema["$defs"]["InvariantFile"]["properties"][key]["$ref"] = "#/$defs/InvariantCondition"
    return schema


def _linked(schema: Any) -> Any:
    match schema:
        case dict():
            found = CONDITION.items() <= schema.items()
            own = {key: _linked(value) for key, value in schema.items() if not (found and key in CONDITION)}
            return {"$ref": "#/$defs/Condition", **own} if found else own
        case list():
            return [_linked(each) for each in schema]
        case _:
            return schema


_WORD_LIST: dict[str, Any] = {
    "type": "object",
    "properties": {"file": {"type": "string", "description": "a list of words, one a line, relative to this file"}},
    "required": ["file"],
    "additionalProperties": False,
}


def _condition_schemas() -> dict[str, Any]:
    """Conditions of rules, and those of invariants, which see more."""
    more = {name: _field_schema(field) for name, field in INVARIANT_FIELDS.items()}
    more[DID] = {"description": INVARIANT_FIELDS[DID].about, "anyOf": [_listed_schema({"enum": list(ACTS)}), more[DID]]}
    return {**_condition_schema("Condition", {}), **_condition_schema("InvariantCondition", more)}


def _condition_schema(name: str, more: dict[str, Any]) -> dict[str, Any]:
    one = {"$ref": f"#/$defs/{name}"}
    several = {"type": "array", "items": one, "minItems": 1}
    fields = {name: _field_schema(field) for name, field in FIELDS.items() if "TEAM" not in name}
    of_teams = {
        f"^{name.replace('.', '[.]').replace('TEAM', NAME)}$": _field_schema(field)
        for name, field in FIELDS.items()
        if "TEAM" in name
    }
    entries = {
        "type": "object",
        "minProperties": 1,
        "additionalProperties": False,
        "properties": {
            "all": {**several, "description": "every one of these"},
            "any": {**several, "description": "at least one of these"},
            "none": {**several, "description": "not one of these"},
            "not": {**one, "description": "the opposite of this"},
            "group": {"type": "string", "description": "the customer is one of this group"},
            **fields,
            **more,
        },
        "patternProperties": of_teams,
    }
    return {name: {"anyOf": [entries, several]}}


def _field_schema(field: VocabularyField) -> dict[str, Any]:
    operators = {
        name: {"description": OPERATORS[name].about, **_operand_schema(field, OPERATORS[name].operand)}
        for name in field.operators
    }
    long = {
        "type": "object",
        "minProperties": 1,
        "additionalProperties": False,
        "properties": {
            **operators,
            "on_missing": {"enum": list(ON_MISSING), "description": "what an unset field makes of it"},
        },
    }
    short = [_operand_schema(field, OPERATORS[name].operand) for name in ("is", "in") if name in field.operators]
    live = " (changes while the conversation waits)" if field.live else ""
    origin = f"{field.origin}: {ORIGINS[field.origin]}"
    return {"description": f"{field.about}{live}; {origin}", "anyOf": [*short, long]}


def _operand_schema(field: VocabularyField, operand: Operand) -> dict[str, Any]:
    value = _value_schema(field)
    match operand:
        case "value" | "bound":
            return value
        case "values" | "phrases" | "affixes":
            several = _listed_schema(value)
            return {"anyOf": [several, _WORD_LIST]} if field.kind == "text" else several
        case "range":
            return {"type": "array", "items": value, "minItems": 2, "maxItems": 2}
        case "flag":
            return {"type": "boolean"}
        case "hours":
            return {"type": "string", "examples": ["Mon-Fri 08-18"]}
        case "pattern":
            return {"type": "string", "description": "an RE2 expression"}


def _listed_schema(value: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [value, {"type": "array", "items": value, "minItems": 1}]}


def _value_schema(field: VocabularyField) -> dict[str, Any]:
    match field.kind:
        case "number" if field.highest == 1.0:
            return {
                "anyOf": [{"type": "number", "minimum": 0, "maximum": 1}, {"type": "string", "pattern": "^[0-9.]+ ?%$"}]
            }
        case "number":
            return {"type": "number"}
        case "duration":
            return {
                "anyOf": [{"type": "string", "pattern": "^[0-9.]+[wdhms]", "examples": ["15m", "2d"]}, {"const": 0}]
            }
        case "yes_no":
            return {"type": "boolean"}
        case _:
            return {"type": "string"}
