"""What messages, or a scenario's customers, try of a policy: in words, and for programs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import InputError, Problem, did_you_mean
from ..rules.conditions import All, atoms
from ..rules.coverage import Coverage, coverage_on, percent_seen
from ..rules.openings import fields_set
from ..rules.policy import Policy
from ..rules.vocabulary import field_named
from ..rules.wording import in_words
from .openings import Tried
from .terminal import neutral
from .text import grid, wrapped

MOST_PARTS = 12
"""Values of a column that are told apart; more are too many for a table."""


@dataclass(frozen=True, slots=True)
class CoveredOn:
    """A policy on openings: all of them, and by the values of a column, if that was asked for.

    `sizes` are how many openings each part has; `unseen` are rulesets that are not tried at an opening, `unknown` are
    fields that conditions look at and nothing is known of.
    """

    place: str
    whole: Coverage
    size: int
    parts: Mapping[str, Coverage]
    sizes: Mapping[str, int]
    unseen: tuple[str, ...]
    unknown: tuple[str, ...]

    def text(self, width: int, at_least: float | None) -> str:
        """Findings, how often each guard and rule fires, and the share that is covered; ends with a line break."""
        lines = [neutral(str(finding)) for finding in self.whole.findings(self.place)]
        acting = [each for each in self.whole.covered if each.acts]
        rows = [
            [neutral(each.id), f"{each.tried:,}", f"{each.fired:,}", *(self._share(name, at) for name in self.parts)]
            for at, each in enumerate(acting)
        ]
        headers = ["rule", "tried", "fires", *(neutral(f"{name} ({self.sizes[name]:,})") for name in self.parts)]
        lines += ["", grid(rows, headers, right_from=1), ""] if rows else []
        if self.parts:
            lines.append("By part: the share of its openings on which a rule fires.")
        if self.unseen:
            lines.append(wrapped(f"Not tried at an opening: {', '.join(map(neutral, self.unseen))}.", width))
        if self.unknown:
            unknown = ", ".join(map(neutral, self.unknown))
            lines.append(wrapped(f"Not known of any opening, so unset: {unknown}.", width))
        (fired, rules), (seen, outcomes) = self.whole.rules, self.whole.outcomes
        told = f"{fired} of {rules} rules fire, {seen} of {outcomes} outcomes of conditions are seen"
        wanted = "" if at_least is None or self.whole.share >= at_least else f"; wanted {percent_seen(at_least)}"
        head = f"{self.whole.policy.name}: {percent_seen(self.whole.share)} on {self.size:,} openings of {self.place}"
        return "\n".join([*lines, wrapped(f"{neutral(head)}: {told}{wanted}", width)]) + "\n"

    def _share(self, name: str, at: int) -> str:
        each = [one for one in self.parts[name].covered if one.acts][at]
        return f"{100 * each.fired / self.sizes[name]:.1f}%"

    def data(self) -> dict[str, Any]:
        """The same for programs."""
        by = {name: {"openings": self.sizes[name], **coverage_data(each)} for name, each in self.parts.items()}
        more = {"not_tried": list(self.unseen), "not_known": list(self.unknown)}
        return {
            "policy": self.whole.policy.name,
            "on": self.place,
            "openings": self.size,
            **coverage_data(self.whole, self.place),
            **more,
            **({"by": by} if by else {}),
        }


def covered_on(policy: Policy, tried: Tried, by: str | None) -> CoveredOn:
    """What openings cover of a policy. Raises `InputError` for a column that they have not, or that tells too many
    apart.
    """
    openings = tried.openings
    parts: dict[str, Coverage] = {}
    sizes: dict[str, int] = {}
    for name, rows in ({} if by is None else _rows_by(tried, by)).items():
        parts[name] = coverage_on(policy, openings.where(rows).columns)
        sizes[name] = rows.size
    looked_at = {atom.field for atom in atoms(All(tuple(policy.conditions())), policy.groups)}
    fields = sorted(name for name in looked_at if (found := field_named(name)) is not None and found.only_in is None)
    known = fields_set(openings.columns, fields)
    return CoveredOn(
        openings.place,
        coverage_on(policy, openings.columns),
        openings.size,
        parts,
        sizes,
        tuple(each.name for each in policy.rulesets if "arrived" not in each.on),
        tuple(name for name in fields if name not in known),
    )


def _rows_by(tried: Tried, by: str) -> Mapping[str, Any]:
    known = tried.openings.known
    if by not in known:
        there = f"there is {', '.join(known)}" if known else "there are none but facts that rules see"
        message = f"no column `{by}` beside the messages; {there}"
        raise InputError(Problem("--by", message, suggestion=did_you_mean(by, known)))
    values = np.array([value or "" for value in known[by]], dtype=object)
    names = sorted(set(values.tolist()))
    if len(names) > MOST_PARTS:
        raise InputError(Problem("--by", f"`{by}` has {len(names)} values; at most {MOST_PARTS} are told apart"))
    return {name or "(none)": np.flatnonzero(values == name) for name in names}


def coverage_data(each: Coverage, on: str | None = None) -> dict[str, Any]:
    """What is covered, for programs; `on` names messages or a scenario."""
    rules = [
        {
            "id": one.id,
            "kind": one.kind,
            "tried": one.tried,
            "fired": one.fired,
            "line": one.line,
            "parts": [
                {"part": in_words(part.leaf), "true": part.held, "false": part.failed, "line": part.leaf.line}
                for part in one.parts
            ],
        }
        for one in each.covered
    ]
    findings = [
        {"id": one.id, "message": one.message, "place": one.place, "line": one.line, "column": one.column}
        for one in each.findings(on)
    ]
    (fired, acting), (seen, outcomes) = each.rules, each.outcomes
    totals = {"rules": acting, "rules_fired": fired, "outcomes": outcomes, "outcomes_seen": seen, "share": each.share}
    return {**totals, "covered": rules, "findings": findings}
