"""The rules of a routing table, read like those of a policy."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from ..documents import Document, FileModel, Loc, validated
from ..errors import InputError, Problem
from .conditions import ALWAYS, All, Atom, Condition, parts_of
from .policy import Action, Rule
from .policy_file import RuleFile
from .reading import ConditionReader
from .vocabulary import Where


class _TableFile(FileModel):
    rules: tuple[RuleFile, ...]


def table_rules(
    table: Document, groups: Collection[str], where: Where | None, place: tuple[int, int]
) -> tuple[Rule, ...]:
    """The rules of a table, which all stand at `place` of the policy that names it. Raises `InputError` with every
    problem of the table.
    """
    problems: list[Problem] = []
    file = None
    try:
        file = validated(table, _TableFile)
    except InputError as error:
        problems += error.problems
    reader = ConditionReader(table, tuple(groups))
    data: dict[str, list[dict[str, object]]] = table.data  # type: ignore[assignment]  # `table_document` made it
    conditions = []
    for number, row in enumerate(data["rules"]):
        at: Loc = ("rules", number, "when")
        owner = f"rule `{row['id']}`"
        conditions.append(reader.condition(row["when"], at, owner, where=where) if "when" in row else ALWAYS)
    problems += reader.problems
    if problems or file is None:
        raise InputError(sorted(dict.fromkeys(problems), key=lambda each: (each.line or 0, each.column or 0)))
    return tuple(
        Rule(
            each.id,
            Action(each.then.route, each.then.priority, each.then.tags, *place),
            each.why,
            _standing_at(when, place),
            *place,
        )
        for each, when in zip(file.rules, conditions, strict=True)
    )


def _standing_at(when: Condition, place: tuple[int, int]) -> Condition:
    """The condition of a row, tests of fields and nothing else, at a place of the policy: whoever tells of it names the
    policy, in which the lines of the table are others.
    """
    if isinstance(when, Atom):
        return replace(when, line=place[0], column=place[1])
    return All(tuple(_standing_at(part, place) for part in parts_of(when)))
