"""Policies from files: a shipped one by its name, anybody's by its path, with every problem of a file at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ..documents import Document, read_document, validated
from ..errors import InputError, Problem, did_you_mean
from .bot_file import PLACEHOLDERS, bot_of, expectation_of, lists_of_names
from .conditions import Condition, group_cycle, nested_too_deep
from .flow_file import flow_problems
from .invariant_file import CONDITIONS, InvariantFile, invariant_of, unknown_acts
from .invariants import Invariant
from .policy import (
    DEFAULT,
    ESCALATION,
    MOST_GUARDS,
    MOST_RULES,
    MOST_TAGS,
    ONLY_TAGS,
    Action,
    Guard,
    Policy,
    Rule,
    Ruleset,
)
from .policy_file import ActionFile, PolicyFile, RulesetFile, WaitingFile, policy_schema, survey_of
from .reading import ConditionReader, with_exception
from .routing_table import table_document
from .table_rules import table_rules
from .vocabulary import PLACING, TRIGGERS

if TYPE_CHECKING:
    from ..documents import Loc
    from .vocabulary import Trigger, Where

__all__ = ["load_policy", "policy_from_document", "policy_schema", "shipped"]

CASES: Final = ".cases.yaml"
"""How the name of a file of cases ends."""
_LIBRARY: Final = files(__package__).joinpath("library")
_NEED_DEFAULT: Final = ("first", "unique")
_CHANGING: Final = tuple(trigger for trigger in TRIGGERS if trigger not in PLACING)
"""When rules change what has been set, so that none need act."""


def shipped() -> tuple[str, ...]:
    """The names of the policies that come with the package, sorted."""
    names = (each.name for each in _LIBRARY.iterdir() if each.name.endswith(".yaml"))
    return tuple(sorted(name.removesuffix(".yaml") for name in names if not name.endswith(CASES)))


def shipped_cases(name: str) -> Path:
    """The file of cases of a shipped policy."""
    return Path(str(_LIBRARY.joinpath(f"{name}{CASES}")))


def load_policy(name_or_path: str | Path) -> Policy:
    """The policy of this shipped name, or in this file. Raises `InputError` with every problem of the file.

    >>> load_policy("careful").bot.answers.confidence_at_least
    0.7
    """
    path = Path(name_or_path)
    is_name = isinstance(name_or_path, str) and path.name == name_or_path and not path.suffix
    if is_name and name_or_path in shipped():
        return policy_from_document(
            read_document(_LIBRARY.joinpath(f"{name_or_path}.yaml"), f"shipped/{name_or_path}.yaml")
        )
    # A link that leads nowhere or round in a circle is a name that somebody has taken; reading says what is wrong.
    if is_name and not path.exists() and not path.is_symlink():
        near = did_you_mean(str(name_or_path), shipped())
        raise InputError(
            Problem(
                str(name_or_path),
                f"no file of this name, nor a shipped policy ({', '.join(shipped())})",
                suggestion=near,
            )
        )
    return policy_from_document(read_document(path))


def policy_from_document(document: Document) -> Policy:
    """The policy that a document describes. Raises `InputError` with every problem of it, in the order of the file."""
    problems: list[Problem] = []
    file = None
    try:
        file = validated(document, PolicyFile)
    except InputError as error:
        problems += error.problems
    draft = _Draft(document)
    problems += draft.reader.problems
    if problems or file is None:
        # Those of the files that it names stand after its own.
        order = sorted(problems, key=lambda each: (each.place != document.place, each.line or 0, each.column or 0))
        raise InputError(dict.fromkeys(order))
    return draft.policy(file)


class _Draft:
    """What the types of a file cannot say: its conditions, and that its names fit together.

    Reads the document whatever the state of the rest of it, so that nothing is reported only after something else was
    mended.
    """

    def __init__(self, document: Document) -> None:
        self._document = document
        self._conditions: dict[Loc, Condition] = {}
        self._tables: dict[Loc, tuple[Rule, ...]] = {}
        self.files: dict[str, str] = {}
        data = _mapping(document.data)
        groups = _mapping(data.get("groups"))
        self.reader = ConditionReader(document, tuple(groups))
        for name, condition in groups.items():
            self._read(condition, ("groups", name), f"group `{name}`")
        ids: dict[str, Loc] = {}
        for loc, guard in _mappings(data.get("guards"), ("guards",)):
            self._named(guard, loc, "guard", ids)
            self._when(guard, loc, f"guard {_name(guard)}")
        names: dict[str, Loc] = {}
        for loc, ruleset in _mappings(data.get("rulesets"), ("rulesets",)):
            self._named(ruleset, loc, "ruleset", names, "name")
            where: Where | None = "sequence" if ruleset.get("hit_policy") == "sequence" else None
            for here, rule in _mappings(ruleset.get("rules"), (*loc, "rules")):
                self._named(rule, here, "rule", ids)
                self._when(rule, here, f"rule {_name(rule)}", where=where)
            on = _triggers_named(ruleset)
            if isinstance(ruleset.get("table"), str):
                self._table(ruleset["table"], loc, ids, where, closed="closed" in on)
            if "closed" in on:
                self._only_tags(ruleset, loc)
            places = not all(trigger in _CHANGING for trigger in on)
            if places and ruleset.get("hit_policy") in _NEED_DEFAULT and ruleset.get("default") is None:
                needs = f"ruleset {_name(ruleset, 'name')} has no default, which `{ruleset['hit_policy']}` needs"
                self.reader.report((*loc, "hit_policy"), f"{needs}; add `default: {{route: {ESCALATION}}}` (G402)")
        self._invariants(data.get("invariants"))
        self._groups_fit(groups)
        self._not_too_many_rules(data)
        self._not_too_many_tags(data)
        bot = _mapping(data.get("bot"))
        self._flow(_mapping(bot.get("flow")))
        for loc in lists_of_names(bot):
            self._nothing_twice(_found(bot, loc), ("bot", *loc))
        self._placeholders(data)
        self._nothing_twice(_found(data, ("survey", "after")), ("survey", "after"))
        self._asks_somebody(data)

    def policy(self, file: PolicyFile) -> Policy:
        """The policy, once the file is known to be valid."""
        return Policy(
            name=file.policy,
            about=file.about,
            groups={name: self._conditions["groups", name] for name in file.groups},
            guards=tuple(
                Guard(guard.id, guard.why, self._of(("guards", index)), guard.forbid, *self._place(("guards", index)))
                for index, guard in enumerate(file.guards)
            ),
            bot=bot_of(file.bot, self._of, self._place, self._document.place),
            expectation=expectation_of(file.expectation),
            survey=survey_of(file.survey),
            rulesets=tuple(self._ruleset(each, ("rulesets", index)) for index, each in enumerate(file.rulesets)),
            invariants=tuple(
                self._invariant(each, ("invariants", index)) for index, each in enumerate(file.invariants)
            ),
            place=self._document.place,
            files={**self.files, **self.reader.files},
        )

    def _ruleset(self, file: RulesetFile, loc: Loc) -> Ruleset:
        rules = tuple(
            Rule(rule.id, self._action(rule.then, (*here, "then")), rule.why, self._of(here), *self._place(here))
            for here, rule in ((((*loc, "rules", index)), rule) for index, rule in enumerate(file.rules))
        )
        default = None if file.default is None else self._action(file.default, (*loc, "default"))
        rules += self._tables.get(loc, ())
        waits_s = sorted({each.waiting for each in file.on if isinstance(each, WaitingFile)})
        on: list[Trigger] = ["waiting" if isinstance(each, WaitingFile) else each for each in file.on]
        triggers = tuple(dict.fromkeys(on))
        return Ruleset(file.name, rules, file.hit_policy, triggers, default, tuple(waits_s), *self._place(loc))

    def _action(self, file: ActionFile, loc: Loc) -> Action:
        tags = tuple(dict.fromkeys((*([file.tag] if file.tag is not None else []), *file.tags)))
        return Action(file.route, file.priority, tags, *self._document.position((*loc, "route") if file.route else loc))

    def _place(self, loc: Loc) -> tuple[int, int]:
        return self._document.position(loc)

    def _of(self, loc: Loc) -> Condition:
        when, unless = (self._conditions.get((*loc, key)) for key in ("when", "unless"))
        return with_exception(when, unless)

    def _read(self, condition: object, loc: Loc, owner: str, *, where: Where | None = None) -> None:
        self._conditions[loc] = self.reader.condition(condition, loc, owner, where=where)

    def _when(self, rule: Mapping[str, Any], loc: Loc, owner: str, *, where: Where | None = None) -> None:
        for key in ("when", "unless"):
            if key in rule:
                self._read(rule[key], (*loc, key), owner, where=where)

    def _table(
        self, name: str, loc: Loc, ids: dict[str, Loc], where: Where | None, *, closed: bool
    ) -> None:
        """The rules of a table, which stand, for whoever looks for them, where the policy names it."""
        try:
            file = self._document.read_beside(name)
            self.files[name] = file.text
            here = (*loc, "table")
            rules = table_rules(table_document(file), self.reader.groups, where, self._place(here))
        except InputError as error:
            self.reader.problems += [
                each if each.line is not None else self._document.problem((*loc, "table"), f"{each}")
                for each in error.problems
            ]
            return
        for rule in rules:
            if rule.id in ids:
                self.reader.report(here, f"rule id `{rule.id}` of {file.place} is taken already; give the row another")
            ids.setdefault(rule.id, here)
        if closed and any(rule.then.places for rule in rules):
            self.reader.report(here, f"a row of {file.place}: {ONLY_TAGS}")
        self._tables[loc] = rules

    def _named(self, entry: Mapping[str, Any], loc: Loc, what: str, taken: dict[str, Loc], key: str = "id") -> None:
        name = entry.get(key)
        if not isinstance(name, str):
            return
        if name in taken:
            line, _ = self._document.position(taken[name])
            self.reader.report((*loc, key), f"{what} {key} `{name}` is taken already, in line {line}")
        elif name == DEFAULT and key == "id":
            self.reader.report(
                (*loc, key), f"`{DEFAULT}` stands for the default of a ruleset; give the {what} another id"
            )
        taken.setdefault(name, (*loc, key))

    def _only_tags(self, ruleset: Mapping[str, Any], loc: Loc) -> None:
        rules = _mappings(ruleset.get("rules"), (*loc, "rules"))
        actions = [((*here, "then"), rule.get("then")) for here, rule in rules]
        for here, action in [*actions, ((*loc, "default"), ruleset.get("default"))]:
            for key in ("route", "priority"):
                if _mapping(action).get(key) is not None:
                    self.reader.report((*here, key), ONLY_TAGS, at_key=True)

    def _flow(self, states: Mapping[str, Any]) -> None:
        for name, state in states.items():
            for loc, branch in _mappings(_mapping(state).get("next"), ("bot", "flow", name, "next")):
                self._when(branch, loc, f"state `{name}`", where="flow")
        for loc, message, suggestion in flow_problems(states):
            self.reader.report(("bot", "flow", *loc), message, suggestion)

    def _invariants(self, data: object) -> None:
        ids: dict[str, Loc] = {}
        for loc, invariant in _mappings(data, ("invariants",)):
            self._named(invariant, loc, "invariant", ids)
            for key in (key for key in CONDITIONS if key in invariant):
                self._read(invariant[key], (*loc, key), f"invariant {_name(invariant)}", where="invariant")
                self.reader.problems += unknown_acts(self._conditions[*loc, key], self._document.place)

    def _invariant(self, file: InvariantFile, loc: Loc) -> Invariant:
        conditions = {key: self._conditions[*loc, key] for key in CONDITIONS if (*loc, key) in self._conditions}
        return invariant_of(file, conditions, self._place(loc))

    def _groups_fit(self, groups: Mapping[str, Any]) -> None:
        conditions = {name: self._conditions["groups", name] for name in groups}
        cycle = group_cycle(conditions)
        if cycle is not None:
            self.reader.report(
                ("groups", cycle[0]), f"group `{cycle[0]}` leads back to itself: {' -> '.join(cycle)}", at_key=True
            )

        elif (too_deep := nested_too_deep(conditions)) is not None:
            self.reader.report(("groups", too_deep[0]), too_deep[1], at_key=True)

    def _not_too_many_rules(self, data: Mapping[str, Any]) -> None:
        guards = [loc for loc, _ in _mappings(data.get("guards"), ("guards",))]
        rules = [
            here
            for loc, ruleset in _mappings(data.get("rulesets"), ("rulesets",))
            for here, _ in _mappings(ruleset.get("rules"), (*loc, "rules"))
        ]
        for what, most, found in (("guards", MOST_GUARDS, guards), ("rules", MOST_RULES, rules)):
            if len(found) > most:
                self.reader.report(found[most], f"a policy has at most {most:,} {what}, found {len(found):,}")

    def _not_too_many_tags(self, data: Mapping[str, Any]) -> None:
        tags: dict[str, None] = {}
        for loc, ruleset in _mappings(data.get("rulesets"), ("rulesets",)):
            rules = [(here, rule.get("then")) for here, rule in _mappings(ruleset.get("rules"), (*loc, "rules"))]
            for here, action in [*rules, (loc, ruleset.get("default"))]:
                several = _mapping(action).get("tags")
                written = [_mapping(action).get("tag"), *(several if isinstance(several, list) else [])]
                tags.update(dict.fromkeys(tag for tag in written if isinstance(tag, str)))
                if len(tags) > MOST_TAGS:
                    self.reader.report(here, f"a policy has at most {MOST_TAGS} tags; this rule sets one more")
                    return

    def _nothing_twice(self, names: object, loc: Loc) -> None:
        seen: set[str] = set()
        for index, name in enumerate(names if isinstance(names, list) else []):
            if isinstance(name, str):
                if name in seen:
                    self.reader.report((*loc, index), f"`{name}` stands there twice")
                seen.add(name)

    def _asks_somebody(self, data: Mapping[str, Any]) -> None:
        after = _found(data, ("survey", "after"))
        if after in ("bot", ["bot"]) and data.get("bot") is None:
            self.reader.report(("survey", "after"), "the survey asks nobody: this policy has no bot")

    def _placeholders(self, data: Mapping[str, Any]) -> None:
        for loc, placeholder in PLACEHOLDERS.items():
            line = _found(data, loc)
            if isinstance(line, str) and placeholder not in line:
                self.reader.report(loc, f"`{loc[-1]}` needs `{placeholder}`, for what is filled in there")


def _found(data: object, loc: Loc) -> object:
    """What stands at a place below a value; `None` if nothing does."""
    for key in loc:
        data = _mapping(data).get(str(key))
    return data


def _triggers_named(ruleset: Mapping[str, Any]) -> tuple[str, ...]:
    """The words that stand under `on`; of `waiting` no time."""
    on = ruleset.get("on", list(PLACING))
    return tuple(each for each in (on if isinstance(on, list) else [on]) if isinstance(each, str))


def _mapping(data: object) -> Mapping[str, Any]:
    return data if isinstance(data, Mapping) else {}


def _mappings(data: object, loc: Loc) -> Iterator[tuple[Loc, Mapping[str, Any]]]:
    """The entries of a list that are mappings, with their places; nothing of what is no list."""
    for index, each in enumerate(data if isinstance(data, list) else []):
        if isinstance(each, Mapping):
            yield (*loc, index), each


def _name(entry: Mapping[str, Any], key: str = "id") -> str:
    name = entry.get(key)
    return f"`{name}`" if isinstance(name, str) else "without a name"
