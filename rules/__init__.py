"""What should happen: policies, and what they decide.

The names below are loaded when they are first used, so that importing this room costs next to nothing; `hypothesis`
comes with `.strategies` only.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from ..findings import Finding
    from .bot import Answers, Articles, Bot, Errand, Expectation, HandOver, InPython, PageSuggestion, Says
    from .check import Names, check
    from .columns import Columns, FactColumns, Moments, Numbers, TextPool, Texts, Words, WordSets
    from .compiled import CompiledPolicy, Late, Routing
    from .conditions import All, Any_, Atom, Condition, Group, None_, Not
    from .decide import Decision, Facts, MissingFact, Seen, Tried, decide, guard_for, guard_trace, holds
    from .describe import describe
    from .keywords import KeywordRecogniser
    from .loading import load_policy, policy_from_document, policy_schema, shipped
    from .own_bot import Message, Reply, Turn
    from .policy import Action, Guard, Policy, Rule, Ruleset
    from .recogniser import LexicalRecogniser, Recognition
    from .survey import Survey
    from .vocabulary import FIELDS, OPERATORS, PRIORITIES, Field

__all__ = [
    "FIELDS",
    "OPERATORS",
    "PRIORITIES",
    "Action",
    "All",
    "Answers",
    "Any_",
    "Articles",
    "Atom",
    "Bot",
    "Columns",
    "CompiledPolicy",
    "Condition",
    "Decision",
    "Errand",
    "Expectation",
    "FactColumns",
    "Facts",
    "Field",
    "Finding",
    "Group",
    "Guard",
    "HandOver",
    "InPython",
    "KeywordRecogniser",
    "Late",
    "LexicalRecogniser",
    "Message",
    "MissingFact",
    "Moments",
    "Names",
    "None_",
    "Not",
    "Numbers",
    "PageSuggestion",
    "Policy",
    "Recognition",
    "Reply",
    "Routing",
    "Rule",
    "Ruleset",
    "Says",
    "Seen",
    "Survey",
    "TextPool",
    "Texts",
    "Tried",
    "Turn",
    "WordSets",
    "Words",
    "check",
    "decide",
    "describe",
    "guard_for",
    "guard_trace",
    "holds",
    "load_policy",
    "policy_from_document",
    "policy_schema",
    "shipped",
]

# Module -> the public names that it holds.
_HOMES: Final[dict[str, tuple[str, ...]]] = {
    "bot": ("Answers", "Articles", "Bot", "Errand", "Expectation", "HandOver", "InPython", "PageSuggestion", "Says"),
    "check": ("Finding", "Names", "check"),
    "columns": ("Columns", "FactColumns", "Moments", "Numbers", "TextPool", "Texts", "WordSets", "Words"),
    "compiled": ("CompiledPolicy", "Late", "Routing"),
    "conditions": ("All", "Any_", "Atom", "Condition", "Group", "None_", "Not"),
    "decide": ("Decision", "Facts", "MissingFact", "Seen", "Tried", "decide", "guard_for", "guard_trace", "holds"),
    "describe": ("describe",),
    "keywords": ("KeywordRecogniser",),
    "loading": ("load_policy", "policy_from_document", "policy_schema", "shipped"),
    "policy": ("Action", "Guard", "Policy", "Rule", "Ruleset"),
    "recogniser": ("LexicalRecogniser", "Recognition"),
    "survey": ("Survey",),
    "own_bot": ("Message", "Reply", "Turn"),
    "vocabulary": ("FIELDS", "OPERATORS", "PRIORITIES", "Field"),
}
_HOME_OF: Final = {name: home for home, names in _HOMES.items() for name in names}


class _Room(ModuleType):
    """Keeps `decide`, `describe` and `check` the functions of the modules of these names.

    Python sets a module as an attribute of its package when it is first imported, which would hide the function or not,
    depending on who came first.
    """

    def __setattr__(self, name: str, value: object) -> None:
        named_alike = isinstance(value, ModuleType) and _HOME_OF.get(name) == name
        super().__setattr__(name, getattr(value, name) if named_alike else value)


sys.modules[__name__].__class__ = _Room


def __getattr__(name: str) -> object:
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module `{__name__}` has no attribute `{name}`")
    value = getattr(import_module(f".{home}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
