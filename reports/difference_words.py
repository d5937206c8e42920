"""What an edit changes, in words: for the terminal, for a pull request (Markdown), and as data."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from ..rules.difference import PROTECTED, Change, Difference
from ..rules.edits import Edit
from ..rules.first_act import act_in_words
from ..rules.outcomes import OPENING, Outcome
from ..rules.policy import Policy
from ..simulator.intervals import wilson
from .accepted import AcceptedChange, Judged, outcome_data
from .figures import percent
from .terminal import brief, neutral
from .text import grid, wrapped

_MOST_COLUMNS = 8
_ARROW = "->"


def difference_text(found: Difference, verdict: Judged, most: int, width: int) -> str:
    """How much changes, from where to where, and the changes that are not accepted, at most so many kinds of them."""
    blocks = ["\n".join(wrapped(line, width) for line in _headline(found, verdict))]
    if found.moved:
        blocks.append(_matrix(found, width))
    shown = verdict.open[:most]
    grown = {change.identity: entry for change, entry in verdict.grown}
    blocks += [_change_text(found, change, grown.get(change.identity), width) for change in shown]
    blocks += _left_out(verdict.open[most:])
    notes = list(_notes(found, verdict))
    if notes:
        blocks.append("\n".join(wrapped(neutral(note), width) for note in notes))
    return "\n\n".join(blocks) + "\n"


def difference_markdown(found: Difference, verdict: Judged, most: int) -> str:
    """The same as Markdown."""
    first, *rest = (_marked_down(line) for line in _headline(found, verdict))
    lines = [f"### {first}", "", *(f"**{line}**" for line in rest)]
    if found.moved:
        rows = [f"| {_marked_down(was)} | {_marked_down(now)} | {many:,} |" for (was, now), many in found.moved.items()]
        lines += ["", "| from | to | messages |", "|---|---|---:|", *rows]
    grown = {change.identity: entry for change, entry in verdict.grown}
    for change in verdict.open[:most]:
        loud = "**Protected customers newly automated.** " if change.protected else ""
        lines += ["", f"- {loud}`{change.id}` {_marked_down(_told(change, found, grown.get(change.identity)))}"]
        lines += [f"  - because: {_marked_down(_because(found, change))}"]
        lines += [f"  - {_code(brief(found.openings.text(row)))}" for row in change.samples]
    lines += ["", *_left_out(verdict.open[most:])]
    lines += [f"{_marked_down(note)}  " for note in _notes(found, verdict)]
    return "\n".join(lines).strip() + "\n"


def difference_data(found: Difference, verdict: Judged, code: int) -> dict[str, Any]:
    """The same for programs."""
    low, high = _interval(found)
    accepted = {change.identity for change in verdict.accepted}
    return {
        "old": found.old.place,
        "new": found.new.place,
        "on": found.openings.place,
        "messages": found.openings.size,
        "changed": {"count": found.changed, "share": found.changed / found.openings.size, "low": low, "high": high},
        "protected_newly_automated": _loud(found.changes) if found.has_groups else None,
        "moved": [{"from": was, "to": now, "messages": many} for (was, now), many in found.moved.items()],
        "edits": [{"id": edit.id, "line": edit.line} for edit in found.edits],
        "changes": [_change_data(found, change, accepted=change.identity in accepted) for change in found.changes],
        "stale": [each.id for each in verdict.stale],
        "unset": list(found.unset),
        "exit_code": code,
    }


def _change_data(found: Difference, change: Change, *, accepted: bool) -> dict[str, Any]:
    samples = [{"name": found.openings.name(row), "text": found.openings.text(row)} for row in change.samples]
    return {
        "id": change.id,
        "protected": change.protected,
        "messages": change.count,
        "before": outcome_data(change.before),
        "after": outcome_data(change.after),
        "because": None if change.because is None else list(change.causes),
        "accepted": accepted,
        "samples": samples,
    }


def _headline(found: Difference, verdict: Judged) -> Iterator[str]:
    size, place = found.openings.size, neutral(found.openings.place)
    names = f"{neutral(found.new.place)} against {neutral(found.old.place)} on {place}"
    if not found.changed:
        yield f"{names}: nothing changes, of {size:,} messages."
    else:
        verb = "changes" if found.changed == 1 else "change"
        yield f"{names}: {found.changed:,} of {size:,} messages {verb} ({_share(found)})."
    loud = _loud(verdict.open)
    if loud:
        yield f"PROTECTED CUSTOMERS NEWLY AUTOMATED: {loud:,}. A bot tries to help them, and did not before."


def _share(found: Difference) -> str:
    low, high = _interval(found)
    share = percent(found.changed / found.openings.size)
    return share if low is None or high is None else f"{share}; 95% interval {percent(low)} to {percent(high)}"


def _interval(found: Difference) -> tuple[float | None, float | None]:
    """The interval of the share that changes, where the messages stand for more of their kind."""
    return wilson(found.changed, found.openings.size) if found.openings.sampled else (None, None)


def _loud(changes: Sequence[Change]) -> int:
    return sum(change.count for change in changes if change.protected)


def _matrix(found: Difference, width: int) -> str:
    """Where changed messages went, and where they go now; those that stay change otherwise."""
    before = sorted({was for was, _ in found.moved})
    after = sorted({now for _, now in found.moved})
    rows = [[was, *(f"{many:,}" if (many := found.moved.get((was, now))) else "" for now in after)] for was in before]
    table = grid([[neutral(cell) for cell in row] for row in rows], [f"from {_ARROW} to", *map(neutral, after)], 1)
    if len(after) > _MOST_COLUMNS or max(map(len, table.splitlines())) > width:
        pairs = [[neutral(was), neutral(now), f"{many:,}"] for (was, now), many in found.moved.items()]
        return grid(pairs, ["from", "to", "messages"], 2)
    return table


def _change_text(found: Difference, change: Change, entry: AcceptedChange | None, width: int) -> str:
    lines = [f"[{change.id}] {_told(change, found, entry)}", f"  because: {_because(found, change)}"]
    if change.protected:
        lines.insert(0, f"PROTECTED: in the group `{PROTECTED}`, and now left to a bot")
    told = [wrapped(neutral(line) if line[:2] != "  " else f"  {neutral(line[2:])}", width, "    ") for line in lines]
    samples = [f'  "{brief(found.openings.text(row))}" ({neutral(found.openings.name(row))})' for row in change.samples]
    return "\n".join([*told, *(wrapped(sample, width, "    ") for sample in samples)])


def _told(change: Change, found: Difference, entry: AcceptedChange | None) -> str:
    noun = "message" if change.count == 1 else "messages"
    more = ""
    if entry is not None:
        limit = entry.at_most(found.openings.size)
        more = f" (more than the {limit:,} that are accepted: {entry.by} accepted {entry.messages:,} of {entry.of:,})"
    return f"{change.count:,} {noun}{more}: {'; '.join(_differences(change.before, change.after))}"


def _differences(before: Outcome, after: Outcome) -> Iterator[str]:
    if before.act:
        yield f"{act_in_words(before.act)} {_ARROW} {act_in_words(after.act)}"
    if before.route != after.route:
        yield f"{before.route} {_ARROW} {after.route}"
    elif before.route:
        # Only where the act differs is it known whether people or the bot come first.
        moves = bool(before.act) and before.automated != after.automated
        yield f"{('from' if after.automated else 'to') if moves else 'in'} {before.route}"
    if before.priority:
        yield f"priority {before.priority} {_ARROW} {after.priority}"
    tags = [*(f"-{tag}" for tag in before.tags), *(f"+{tag}" for tag in after.tags)]
    if tags:
        yield f"tags {', '.join(tags)}"


def _because(found: Difference, change: Change) -> str:
    if change.because is None:
        return f"several of the {len(found.edits)} edits together; the search for which ones was given up"
    told = " and ".join(_edit(found, edit) for edit in sorted(change.because, key=lambda edit: edit.id))
    return f"{told}, only together" if len(change.because) > 1 else told


def _edit(found: Difference, edit: Edit) -> str:
    place = found.old.place if edit.how == "removed" else found.new.place
    return edit.id if edit.line is None else f"{edit.id} ({place}:{edit.line})"


def _left_out(changes: Sequence[Change]) -> list[str]:
    if not changes:
        return []
    many = sum(change.count for change in changes)
    kinds = "kind" if len(changes) == 1 else "kinds"
    return [f"{len(changes):,} more {kinds} of change, {many:,} messages: `--show` or `--format json` has them."]


def _notes(found: Difference, verdict: Judged) -> Iterator[str]:
    if verdict.accepted:
        many = sum(change.count for change in verdict.accepted)
        yield f"Accepted: {many:,} messages in {_counted(len(verdict.accepted), 'kind')} of change."
    if verdict.stale:
        ids = ", ".join(each.id for each in verdict.stale)
        yield f"Accepted and no longer there, so to be taken out: {ids}."
    if not found.has_groups:
        yield f"Neither policy has a group `{PROTECTED}`: nobody is told apart as protected."
    if found.unset:
        yield f"Known of no message, so that conditions on it see nothing: {', '.join(found.unset)}."
    later = sorted({each for policy in (found.old, found.new) for each in _triggers(policy)} - set(OPENING))
    if later:
        yield f"Only what is decided at the opening is compared, not what rules do on {', '.join(later)}."
    if any(policy.bot is not None and policy.bot.python is not None for policy in (found.old, found.new)):
        yield "A bot in Python is not asked: it counts as one that tries to help."


def _triggers(policy: Policy) -> Iterator[str]:
    """The triggers at which any rules of a policy are tried."""
    for ruleset in policy.rulesets:
        yield from ruleset.on


def _counted(many: int, noun: str) -> str:
    return f"{many:,} {noun}{'' if many == 1 else 's'}"


def _marked_down(text: str) -> str:
    """Text that Markdown shows as it is."""
    shown = neutral(text).replace("&", "&amp;").replace("<", "&lt;")
    return "".join(f"\\{char}" if char in "\\`*_[]|#~!" else char for char in shown)


def _code(text: str) -> str:
    """Text in code, where nothing of it is a mention, a link or a format."""
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", text)), default=0))
    return f"{fence} {text} {fence}"
