"""One conversation as people read it, from the tables of a run folder."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Any

import numpy as np

from ..calendar import Clock
from ..errors import InputError, Problem
from ..quantities import format_duration
from ..rules.bot import Expectation
from ..rules.matching import messages_of
from ..rules.policy import DEFAULT, Policy
from ..rules.wording import action_in_words, duration_in_words
from .kept import part_name
from .run_folder import LISTED, RunFolder, refuse_unknown
from .shifts import MINUTE_S
from .spoken import Line, first_name, visit_lines
from .tracing import traced

_ID = re.compile(r"(?:(?P<policy>.+)/)?(?P<replication>\d+)/(?P<problem>\d+)\.(?P<attempt>\d+)")
BURST_GAP_S = 20.0
"""From one message of a burst to the next, where there is the time: the first quartile of the gaps within a customer's
turn in Stripe's public developer chat, 2019. What is recorded is the moment of the last one, when rules and bot see
them all.
"""


@dataclass(frozen=True, slots=True)
class Transcript:
    """A conversation with what the rules saw, what they did, and the truth beside it."""

    id: str
    policy: str
    replication: int
    segment: str
    intent: str
    title: str
    lines: tuple[Line, ...]
    facts: tuple[tuple[str, str], ...]
    truth: tuple[tuple[str, str], ...]
    trace: tuple[str, ...]
    clock: Clock


def worst_transcripts(folder: Path, policy: str | None = None, limit: int = 10) -> list[Transcript]:
    """The worst conversations that count of a run's first replication, of different customers, kinds of trouble and
    policies as far as there are any.
    """
    run = RunFolder(folder)
    where, values = ("AND c.policy = ?", (policy,)) if policy is not None else ("", ())
    ranked = f"""
        SELECT *, row_number() OVER (
            PARTITION BY policy, segment, outcome, loop, misrouted ORDER BY badness DESC, id
        ) AS nth
        FROM ({LISTED} WHERE c.replication = 0 AND p.counted {where})
    """  # noqa: S608 - values are bound
    query = f"SELECT id FROM ({ranked}) ORDER BY nth, badness DESC, id LIMIT {int(limit)}"  # noqa: S608 - values are bound
    first = "*-0000" if policy is None else part_name(policy, 0)
    return [_transcript(run, row["id"]) for row in run.rows(query, values, first)]


def read_transcript(folder: Path, conversation: str, policy: str | None = None) -> Transcript:
    """One conversation by its id, `POLICY/REPLICATION/PROBLEM.ATTEMPT`. Raises `NotARun`, and `InputError` for an
    unknown id.
    """
    run = RunFolder(folder)
    found = _ID.fullmatch(conversation)
    chosen = (
        (found and found["policy"]) or policy or (run.manifest.policies[0] if len(run.manifest.policies) == 1 else None)
    )
    if found is None or chosen is None:
        raise InputError(
            Problem(
                str(folder),
                f"`{conversation}` is not the id of a conversation, such as `{run.manifest.policies[-1]}/0/12.1`",
            )
        )
    refuse_unknown(run, "policy", chosen)
    return _transcript(run, f"{chosen}/{int(found['replication'])}/{int(found['problem'])}.{int(found['attempt'])}")


def _transcript(run: RunFolder, name: str) -> Transcript:
    policy_name, replication, which = name.rsplit("/", 2)
    problem, attempt = which.split(".")
    key = (policy_name, int(replication), int(problem), int(attempt))
    part = part_name(key[0], key[1])
    found = run.rows(
        "SELECT * FROM conversations WHERE policy = ? AND replication = ? AND problem = ? AND attempt = ?", key, part
    )
    if not found:
        raise InputError(Problem(str(run.folder), f"no conversation `{name}` in this run"))
    conversation = found[0]
    person = run.rows("SELECT * FROM problems WHERE policy = ? AND replication = ? AND problem = ?", key[:3], part)[0]
    at = (*key[:2], conversation["conversation"])
    policy = run.policy(policy_name)
    # Of one moment, what was said stands before what rules made of it, and that before what people did. Tenths, because
    # spoken moments are rounded.
    told = [
        *_said(run, at, policy_name, key),
        *_decided(run, at, conversation, policy, key),
        *_done(run, at, conversation, policy, key),
    ]
    lines = sorted(told, key=lambda line: round(line.at_s, 1))
    trace, facts = traced(run, policy, conversation, person)
    return Transcript(
        id=name,
        policy=policy_name,
        replication=key[1],
        segment=conversation["segment"],
        intent=conversation["intent"],
        title=_title(conversation, person),
        lines=tuple(lines),
        facts=facts,
        truth=_truth(conversation, person),
        trace=trace,
        clock=run.clock,
    )


def _said(run: RunFolder, at: tuple[object, ...], policy: str, key: tuple[str, int, int, int]) -> Iterator[Line]:
    where = "t" if run.recognised_by_text else "m"
    rows = run.rows(
        f"""SELECT m.at_s, m.author, t.text, t.kind, {where}.recognised, {where}.confidence
            FROM messages m
            JOIN texts t ON t.author = m.author AND t.text_code = m.text_code AND t.bot_of = CASE m.author WHEN 'bot'
            THEN ? ELSE '' END
            WHERE m.policy = ? AND m.replication = ? AND m.conversation = ? ORDER BY m.at_s""",  # noqa: S608 - no outside text
        (policy, *at),
        part_name(key[0], key[1]),
    )
    customer = _name_of_customer(run, key)
    before_s = 0.0
    for row in rows:
        if row["author"] == "bot":
            opens = _opens(run, row["at_s"]) if row["kind"] == "says_when" else "{opens}"
            yield Line(row["at_s"], "bot", "bot", row["text"].replace("{opens}", opens), row["kind"])
        else:
            guess = (
                "recognised as nothing"
                if row["recognised"] is None
                else f"recognised as {row['recognised']}, {row['confidence']:.0%} sure"
            )
            *earlier, last = messages_of(row["text"])
            gap_s = min(BURST_GAP_S, (row["at_s"] - before_s) / (len(earlier) + 1))
            for number, text in enumerate(earlier):
                yield Line(row["at_s"] - (len(earlier) - number) * gap_s, "customer", customer, text)
            yield Line(row["at_s"], "customer", customer, last, guess)
        before_s = row["at_s"]


def _opens(run: RunFolder, at_s: float) -> str:
    """When somebody is on duty again, as the bot says it."""
    ahead = np.flatnonzero(run.open_minutes[int(at_s / MINUTE_S) :])
    return f"on {run.clock.label(at_s + MINUTE_S * int(ahead[0]))}" if ahead.size else "soon"


def _decided(
    run: RunFolder,
    at: tuple[object, ...],
    conversation: Mapping[str, Any],
    policy: Policy,
    key: tuple[str, int, int, int],
) -> Iterator[Line]:
    """What rules did."""
    if conversation["reason"] == "backlog":
        text = f"has been waiting in {conversation['team']} since before the run"
        yield Line(conversation["starts_s"], "system", "customer", text)
    whys = {guard.id: guard.why for guard in policy.guards}
    whys |= {f"{ruleset.name}.{rule.id}": rule.why for ruleset in policy.rulesets for rule in ruleset.rules}
    actions = {f"{ruleset.name}.{rule.id}": rule.then for ruleset in policy.rulesets for rule in ruleset.rules}
    actions |= {f"{each.name}.{DEFAULT}": each.default for each in policy.rulesets if each.default is not None}
    for row in run.rows(
        "SELECT * FROM decisions WHERE policy = ? AND replication = ? AND conversation = ?",
        at,
        part_name(key[0], key[1]),
    ):
        why = whys.get(row["rule"] or "") or ""
        if row["kind"] == "guard":
            yield Line(row["at_s"], "system", "rule", f"guard `{row['rule']}` keeps the bot away", why)
        elif row["kind"] != "rule":
            does = action_in_words(actions[row["rule"]])
            yield Line(row["at_s"], "system", "rule", f"rule `{row['rule']}` ({row['kind']}): {does}", why)
        else:
            by = f"rule `{row['rule']}`" if row["rule"] else "no rule: the escalation inbox"
            yield Line(row["at_s"], "system", "rule", f"placed in {row['team']} by {by}", why)


def _done(
    run: RunFolder,
    at: tuple[object, ...],
    conversation: Mapping[str, Any],
    policy: Policy,
    key: tuple[str, int, int, int],
) -> Iterator[Line]:
    """What people did, or how it ended without any."""
    visits = run.rows(
        "SELECT * FROM visits WHERE policy = ? AND replication = ? AND conversation = ? ORDER BY joined_s, answered_s",
        at,
        part_name(key[0], key[1]),
    )
    if visits and policy.expectation is not None and conversation["reason"] != "backlog":
        yield from _told_to_expect(run, policy.expectation, visits[0], by_email=conversation["channel"] == "email")
    yield from visit_lines(
        visits, conversation, _name_of_customer(run, key), run.scenario.escalation.team, run.manifest.seed
    )
    if not visits and conversation["ends_s"] is not None:
        helped = conversation["outcome"] == "helped_by_bot"
        quiet = {
            "helped_silent": "goes without a word, helped",
            "unhelped_silent": "goes without a word, not helped",
            "left": "leaves, not helped",
        }
        text = quiet.get(conversation["bot_ending"], "goes, helped" if helped else "leaves, not helped")
        if conversation["reason"] == "dropped_off":
            text = "leaves at the bot's question, not helped"
        yield Line(
            conversation["ends_s"],
            "system",
            "customer",
            text,
            "counted as resolved by the desk" if conversation["counted_resolved"] else "",
        )
    if conversation.get("csat") is not None:
        text = f"satisfied: {conversation['csat']:.0f} of 5; easy: {conversation['ces']:.0f} of 7"
        yield Line(conversation["ends_s"], "system", "survey", text, "")


def _told_to_expect(
    run: RunFolder, expectation: Expectation, visit: Mapping[str, Any], *, by_email: bool
) -> Iterator[Line]:
    """What is said to who begins to wait: how long the last one waited who was taken from that inbox before."""
    at_s = visit["joined_s"]
    is_open = bool(run.open_minutes[int(at_s / MINUTE_S)])
    if not (expectation.live if is_open and not by_email else expectation.later):
        return
    if not is_open:
        yield Line(at_s, "bot", "notice", expectation.says_opens.replace("{opens}", _opens(run, at_s)))
        return
    last = run.rows(
        """SELECT answered_s - joined_s AS waited_s FROM visits
           WHERE policy = ? AND replication = ? AND team = ? AND answered_s <= ? ORDER BY answered_s DESC LIMIT 1""",
        (visit["policy"], visit["replication"], visit["team"], at_s),
        part_name(visit["policy"], visit["replication"]),
    )
    wait = _about(last[0]["waited_s"]) if last else "a moment"
    yield Line(at_s, "bot", "notice", expectation.says_wait.replace("{wait}", wait))


def _about(seconds: float) -> str:
    """A time as it is announced: in minutes up to an hour and a half, then in hours, none too short."""
    unit_s = MINUTE_S if seconds <= 90 * MINUTE_S else 60 * MINUTE_S
    return duration_in_words(max(1, ceil(seconds / unit_s)) * unit_s)


def _truth(conversation: Mapping[str, Any], person: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    solved_s = person["solved_s"]
    return (
        ("segment", conversation["segment"]),
        ("intent", conversation["intent"]),
        ("right team", person["right_team"]),
        ("outcome", conversation["outcome"].replace("_", " ")),
        ("really helped", "yes" if conversation["helped"] else "no"),
        ("problem solved", "never" if solved_s is None else f"after {format_duration(solved_s - person['arrives_s'])}"),
        ("customer lost", "yes" if person["lost"] else "no"),
    )


def _title(conversation: Mapping[str, Any], person: Mapping[str, Any]) -> str:
    """The trouble in a few words."""
    troubles = [
        (conversation["loop"], "went round in circles"),
        (conversation["refused"], "asked for a person and never got one"),
        (conversation["misrouted"], f"placed in {conversation['team']}, which cannot solve it"),
        (conversation["outcome"] == "abandoned", "stopped waiting"),
        (conversation["counted_resolved"] and not conversation["helped"], "counted as resolved, not helped"),
        (person["lost"], "customer lost"),
    ]
    told = [text for holds, text in troubles if holds] or [conversation["outcome"].replace("_", " ")]
    by = " by e-mail" if conversation["channel"] == "email" else ""
    return f"{conversation['segment']} customer{by}, {conversation['intent'].replace('_', ' ')}: {', '.join(told)}"


def _name_of_customer(run: RunFolder, key: tuple[str, int, int, int]) -> str:
    return first_name(run.manifest.seed, "customer", key[1], key[2])
