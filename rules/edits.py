"""Edits: what is different about two policies, part by part, so that each difference can be made alone."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Final, Literal, TypeVar

from ..errors import BadValue
from .bot import Bot
from .policy import DEFAULT, Guard, Policy, Rule, Ruleset

How = Literal["added", "removed", "changed", "moved"]
Part = tuple[str, str, How]
"""What kind of thing, which, and what was done to it."""
T = TypeVar("T", Guard, Rule, Ruleset)
_Named = Guard | Rule | Ruleset

_SETTINGS: Final = tuple(each.name for each in fields(Ruleset) if each.compare and each.name not in ("name", "rules"))
"""Of a ruleset: all but its rules."""
_NO_DECISION: Final = ("says", "tone", "page_suggestions")
"""Of a bot: its words, and what is shown before anybody writes."""


@dataclass(frozen=True, slots=True)
class Edit:
    """One difference between an old policy and a new one.

    `owner` is what was edited: `guard NAME`, `rule RULESET.NAME`, `ruleset NAME`, `group NAME`, `bot.answers` and the
    like. `how` is what was done to it; `line` is where it stands in the new policy or, removed, stood in the old one.
    """

    owner: str
    how: str
    parts: frozenset[Part] = field(repr=False)
    line: int | None = field(default=None, compare=False)

    @property
    def id(self) -> str:
        """`rule routing.billing changed`: unique among the edits of two policies."""
        return f"{self.owner} {self.how}"


def edits_of(old: Policy, new: Policy) -> tuple[Edit, ...]:
    """The edits that make the new policy of the old one, as far as decisions go, in the order of their files.

    What is only said (a `why`, a bot's words) decides nothing and is no edit; nor is a group that is added or removed,
    since only what names it does anything.
    """
    parts = [*_of_groups(old, new), *_of_list("guard", old.guards, new.guards), *_of_bot(old, new)]
    parts += _of_list("ruleset", old.rulesets, new.rulesets)
    before = {ruleset.name: ruleset for ruleset in old.rulesets}
    for ruleset in new.rulesets:
        if ruleset.name in before:
            parts += _of_ruleset(before[ruleset.name], ruleset)
    return tuple(_with_moves_between(parts))


def edited(old: Policy, new: Policy, edits: Collection[Edit]) -> Policy | None:
    """The old policy with some of the edits that make the new one; `None` where that is no valid policy."""
    done = frozenset(part for edit in edits for part in edit.parts)
    added = {name: condition for name, condition in new.groups.items() if name not in old.groups}
    changed = {name: new.groups[name] for name in old.groups if ("group", name, "changed") in done}
    try:
        return replace(
            old,
            groups={**old.groups, **added, **changed},
            guards=tuple(_merged("guard", old.guards, new.guards, done, _newer)),
            bot=_merged_bot(old.bot, new.bot, done),
            rulesets=tuple(_merged("ruleset", old.rulesets, new.rulesets, done, _merged_ruleset)),
        )
    except BadValue:
        return None


# What is different.


_Found = tuple[str, str, frozenset[Part], int | None]


def _of_groups(old: Policy, new: Policy) -> Iterator[_Found]:
    for name, condition in new.groups.items():
        if name in old.groups and old.groups[name] != condition:
            yield f"group {name}", "changed", frozenset({("group", name, "changed")}), None


def _of_bot(old: Policy, new: Policy) -> Iterator[_Found]:
    if old.bot is None or new.bot is None:
        if old.bot is not new.bot:
            how: How = "added" if old.bot is None else "removed"
            yield "bot", how, frozenset({("bot", "", how)}), None
        return
    for each in fields(Bot):
        before, after = getattr(old.bot, each.name), getattr(new.bot, each.name)
        if each.compare and each.name not in _NO_DECISION and before != after:
            line = getattr(after, "line", None)
            yield f"bot.{each.name}", "changed", frozenset({("bot", each.name, "changed")}), line


def _of_ruleset(old: Ruleset, new: Ruleset) -> Iterator[_Found]:
    for name in _SETTINGS:
        if getattr(old, name) != getattr(new, name):
            part: Part = ("setting", f"{new.name}.{name}", "changed")
            line = new.default.line if name == DEFAULT and new.default is not None else new.line
            yield f"ruleset {new.name}.{name}", "changed", frozenset({part}), line
    yield from _of_list(f"rule {new.name}", old.rules, new.rules)


def _of_list(kind: str, old: Sequence[_Named], new: Sequence[_Named]) -> Iterator[_Found]:
    before: dict[str, _Named] = {_name(each): each for each in old}
    after: dict[str, _Named] = {_name(each): each for each in new}
    stay = _staying(tuple(before), tuple(after))
    owner = f"{kind}." if kind.startswith("rule ") else f"{kind} "
    for name, each in (*after.items(), *((name, each) for name, each in before.items() if name not in after)):
        hows: list[How] = ["added"] if name not in before else ["removed"] if name not in after else []
        if not hows:
            hows += ["moved"] if name not in stay else []
            hows += [] if _acts_alike(before[name], each) else ["changed"]
        for how in hows:
            yield f"{owner}{name}", how, frozenset({(kind, name, how)}), each.line


def _with_moves_between(parts: Sequence[_Found]) -> Iterator[Edit]:
    """Edits; what was taken out of one ruleset and put into another was moved, in one."""
    taken = {_rule(each): each for each in parts if each[1] == "removed" and _rule(each)}
    put = {_rule(each) for each in parts if each[1] == "added" and _rule(each)}
    for each in parts:
        owner, how, done, line = each
        if how == "removed" and _rule(each) in put:
            continue
        if how == "added" and _rule(each) in taken:
            from_ = taken[_rule(each)]
            there = from_[0].removeprefix("rule ").rpartition(".")[0]
            yield Edit(owner, f"moved from {there}", done | from_[2], line)
            continue
        yield Edit(owner, how, done, line)


def _rule(part: _Found) -> str | None:
    """The id of the rule that a part is about."""
    return part[0].rpartition(".")[2] if part[0].startswith("rule ") else None


def _name(each: _Named) -> str:
    return each.name if isinstance(each, Ruleset) else each.id


def _acts_alike(one: _Named, other: _Named) -> bool:
    """Whether two guards or rules decide the same; of rulesets, whose parts are looked at one by one, always."""
    match one, other:
        case Rule(), Rule():
            return replace(one, why=None) == replace(other, why=None)
        case Guard(), Guard():
            return replace(one, why=None) == replace(other, why=None)
    return True


def _staying(old: Sequence[str], new: Sequence[str]) -> frozenset[str]:
    """As many names as can stay where they are, relative to each other: a longest increasing subsequence."""
    places = {name: place for place, name in enumerate(old)}
    ends: list[int] = []
    chains: list[tuple[str, ...]] = []
    for name in new:
        if name in places:
            at = bisect_left(ends, places[name])
            chain = (*(chains[at - 1] if at else ()), name)
            ends[at : at + 1] = [places[name]]
            chains[at : at + 1] = [chain]
    return frozenset(chains[-1] if chains else ())


# What comes of some of it.


def _newer(_: T, new: T, done: Collection[Part]) -> T:  # noqa: ARG001 - as `_merged_ruleset`
    return new


def _merged(
    kind: str,
    old: Sequence[T],
    new: Sequence[T],
    done: Collection[Part],
    changed: Callable[[T, T, Collection[Part]], T],
) -> Iterator[T]:
    """The old list with some of the edits that make the new one of it: with none the old order, with all the new."""
    old_names, new_names = tuple(map(_name, old)), tuple(map(_name, new))
    before, after = dict(zip(old_names, old, strict=True)), dict(zip(new_names, new, strict=True))
    stay = _staying(old_names, new_names)
    gone = {name for name in old_names if (kind, name, "removed" if name not in after else "moved") in done}
    come = {name for name in new_names if (kind, name, "added" if name not in before else "moved") in done}
    placed: list[tuple[tuple[int, int, int], T]] = []
    for side, names in enumerate((old_names, new_names)):
        last = -1
        for place, name in enumerate(names):
            last += name in stay
            if (name in gone) if side == 0 else (name not in come):
                continue
            # Between two that stay where they are, what stood there comes before what is put there.
            key = (last, -1 if name in stay else side, place)
            if name not in after:
                placed.append((key, before[name]))
            elif name not in before:
                placed.append((key, after[name]))
            elif kind == "ruleset" or (kind, name, "changed") in done:
                placed.append((key, changed(before[name], after[name], done)))
            else:
                placed.append((key, before[name]))
    yield from (each for _, each in sorted(placed, key=lambda entry: entry[0]))


def _merged_ruleset(old: Ruleset, new: Ruleset, done: Collection[Part]) -> Ruleset:
    settings = {
        name: getattr(new if ("setting", f"{old.name}.{name}", "changed") in done else old, name) for name in _SETTINGS
    }
    rules = tuple(_merged(f"rule {old.name}", old.rules, new.rules, done, _newer))
    return replace(old, rules=rules, **settings)


def _merged_bot(old: Bot | None, new: Bot | None, done: Collection[Part]) -> Bot | None:
    if old is None or new is None:
        return new if ("bot", "", "added") in done or ("bot", "", "removed") in done else old
    changes = {each.name: getattr(new, each.name) for each in fields(Bot) if ("bot", each.name, "changed") in done}
    return replace(old, **changes)
