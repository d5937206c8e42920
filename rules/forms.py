"""How names, lines and lists are written in a policy file."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, JsonValue, WithJsonSchema

from ..errors import BadValue
from .bot import MOST_COLLECTED
from .matching import folded
from .vocabulary import NAME, RULE_ID


def listed(value: object) -> object:
    """One text as a tuple of one, and a list as the tuple that strict validation expects after a function."""
    return (value,) if isinstance(value, str) else tuple(value) if isinstance(value, list) else value


def _of_form(pattern: str, form: str, joined_by: str) -> tuple[AfterValidator, WithJsonSchema]:
    def checked(text: str) -> str:
        if re.fullmatch(pattern, text) is None:
            near = joined_by.join(re.findall("[a-z0-9]+", text.lower()))
            raise BadValue(f"expected {form}, found `{text}`", near if re.fullmatch(pattern, near) else None)
        return text

    return AfterValidator(checked), WithJsonSchema({"type": "string", "pattern": f"^{pattern}$", "description": form})


Name = Annotated[str, *_of_form(NAME, "small letters, digits and underscores, a letter first", "_")]
RuleId = Annotated[str, *_of_form(RULE_ID, "small letters and digits, joined by dashes", "-")]
Tag = Annotated[str, *_of_form("[a-z0-9][a-z0-9_-]*", "small letters, digits, dashes and underscores", "-")]
Language = Annotated[str, *_of_form("[a-z]{2}", "a language by two letters, such as `en`", "")]
# Pydantic knows no references but its own: `policy_schema` puts one in this one's place.
CONDITION = {"$comment": "a condition"}
ConditionData = Annotated[JsonValue, WithJsonSchema(CONDITION)]


def _seen(text: str) -> str:
    if text and not folded(text).strip():
        raise BadValue(f"nobody sees anything of this text, found `{text}`")
    return text


Line = Annotated[str, Field(min_length=1), AfterValidator(_seen)]
Texts = Annotated[
    tuple[Line, ...], Field(min_length=1), BeforeValidator(listed, json_schema_input_type=Line | tuple[Line, ...])
]
_NAMES = BeforeValidator(listed, json_schema_input_type=Name | tuple[Name, ...])
NameList = Annotated[tuple[Name, ...], Field(min_length=1, json_schema_extra={"uniqueItems": True}), _NAMES]
Names = Annotated[
    tuple[Name, ...], Field(max_length=MOST_COLLECTED, json_schema_extra={"uniqueItems": True}), _NAMES
]
