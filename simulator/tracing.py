"""What rules saw of a conversation in the folder of a run, and how they were tried, by the slow evaluator."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from ..quantities import format_duration
from ..rules.decide import Facts, Tried, decide, guard_trace
from ..rules.policy import Policy
from ..rules.says import says
from .collected import COLLECTED
from .kept import part_name
from .run_folder import RunFolder

SHOWN_OF_TRACE = 12


def traced(
    run: RunFolder, policy: Policy, conversation: Mapping[str, Any], person: Mapping[str, Any]
) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
    """What the rules saw and how they were tried, by the slow evaluator; conditions on live queues show as unset. No
    rule has seen a conversation of the backlog.
    """
    if conversation["reason"] == "backlog":
        return (), ()
    opening = _facts(run, conversation, person, _message(run, conversation, "opening"))
    tried: list[Tried] = list(guard_trace(policy, opening)) if policy.bot is not None else []
    if conversation["team"] is not None:
        decision = decide(policy, opening, "arrived")
        tried += decision.trace if conversation["bot_turns"] == 0 else ()
        if "message" in policy.triggers:
            for message in _further_messages(run, conversation):
                decision = decide(policy, _facts(run, conversation, person, message), "message", before=decision)
                tried += decision.trace
        if conversation["bot_turns"] > 0:
            telling = _facts(run, conversation, person, _message(run, conversation, "telling"))
            decision = decide(policy, {**telling, **_collected(conversation)}, "handed_over", before=decision)
            tried += decision.trace
    fired = [str(each) for each in tried if each.fired]
    others = [str(each) for each in tried if not each.fired]
    shown = tuple(fired + others[: max(0, SHOWN_OF_TRACE - len(fired))])
    seen = {**opening, **_collected(conversation)}
    return shown, tuple((field, _shown(field, value)) for field, value in seen.items() if field != "message.text")


def _collected(conversation: Mapping[str, Any]) -> Facts:
    """What the customer had told the bot by the time it handed over."""
    told = {f"collected.{name}": conversation.get(f"collected_{name}") for name in COLLECTED}
    return {field: value for field, value in told.items() if value is not None}


def _message(
    run: RunFolder, conversation: Mapping[str, Any], which: Literal["opening", "telling"]
) -> Mapping[str, Any]:
    """The text of a conversation's first message or of the one that tells most, and what was recognised of it."""
    part = part_name(conversation["policy"], conversation["replication"])
    if run.recognised_by_text:
        query = "SELECT text, recognised, confidence FROM texts WHERE author = 'customer' AND text_code = ?"
        return run.rows(query, (conversation[f"{which}_code"],), part)[0]
    turn = 0 if which == "opening" else conversation["telling_turn"]
    query = """
        SELECT t.text, m.recognised, m.confidence
        FROM messages m JOIN texts t ON t.author = m.author AND t.text_code = m.text_code
        WHERE m.author = 'customer' AND m.policy = ? AND m.replication = ? AND m.conversation = ? AND m.turn = ?
    """
    at = [conversation[name] for name in ("policy", "replication", "conversation")]
    return run.rows(query, (*at, turn), part)[0]


def _further_messages(run: RunFolder, conversation: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What the customer wrote after the first message, in order, and what was recognised of it."""
    where = "t" if run.recognised_by_text else "m"
    query = f"""
        SELECT t.text, {where}.recognised, {where}.confidence, m.at_s
        FROM messages m JOIN texts t ON t.author = m.author AND t.text_code = m.text_code
        WHERE m.author = 'customer' AND m.policy = ? AND m.replication = ? AND m.conversation = ? ORDER BY m.at_s
    """  # noqa: S608 - no outside text
    at = tuple(conversation[name] for name in ("policy", "replication", "conversation"))
    return list(run.rows(query, at, part_name(conversation["policy"], conversation["replication"])))[1:]


def _facts(
    run: RunFolder,
    conversation: Mapping[str, Any],
    person: Mapping[str, Any],
    message: Mapping[str, Any],
) -> Facts:
    """What rules saw of a conversation with one of its messages; `at_s` of it, else the beginning, is when."""
    at_s = message.get("at_s", conversation["starts_s"])
    facts: dict[str, object | None] = {
        "customer.plan": person["plan"] if person["plan_known"] else None,
        "customer.tenure": person["tenure_s"] if person["tenure_known"] else None,
        "customer.contacts_30d": float(person["contacts_30d"] + conversation["attempt"] - 1)
        if person["contacts_known"]
        else None,
        "customer.flags": _marks(person, "flag_") if person["flags_known"] else None,
        # A scenario without companies or products has no such columns.
        "customer.company": person.get("company") if person.get("company_known") else None,
        "customer.products": _marks(person, "product_") if person.get("products_known") else None,
        "customer.language": person["language"] if person["language_known"] else None,
        "customer.help_centre_visit": person["help_centre_s"],
        "page.url": person["page"],
        "message.text": message["text"],
        "message.intent": message["recognised"],
        "message.confidence": message["confidence"],
        "message.says": says(message["text"]),
        "conversation.channel": conversation["channel"],
        "conversation.attempt": float(conversation["attempt"]),
        "time": float(run.clock.second_of_week([at_s])[0]),
        **({"holiday": bool(run.clock.is_holiday([at_s])[0])} if run.clock.holidays else {}),
    }
    return {field: value for field, value in facts.items() if value is not None}


def _marks(person: Mapping[str, Any], prefix: str) -> tuple[str, ...]:
    return tuple(name.removeprefix(prefix) for name, value in person.items() if name.startswith(prefix) and value)


def _shown(field: str, value: object) -> str:
    if field in ("customer.tenure", "customer.help_centre_visit"):
        return format_duration(float(str(value)))
    if field == "time":
        day, second = divmod(int(float(str(value))), 86400)
        return f"{('Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun')[day]} {second // 3600:02d}:{second // 60 % 60:02d}"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "none"
    return f"{value:.3g}" if isinstance(value, float) else str(value)
