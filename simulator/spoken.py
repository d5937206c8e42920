"""What customers and agents say and do in a transcript, and what they are called."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import zip_longest
from typing import Any

from ..quantities import format_duration

_IN_VAIN = "That should do it.", "; in truth not solved"
_WRITES_ON = {
    "later_reply": ("Here is what you asked for.", "answers by e-mail"),
    "reopened": ("This did not help.", "writes on in the conversation"),
}
Visit = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Line:
    """One thing said or done: the moment in run seconds, who, and what is worth knowing about it."""

    at_s: float
    author: str
    name: str
    text: str
    note: str = ""


def first_name(seed: int, who: str, replication: int, number: int) -> str:
    """A made-up first name, always the same for the same person of a run."""
    return _drawn_name(f"{seed}:{who}:{replication}:{number}")


def visit_lines(
    visits: Sequence[Visit], conversation: Mapping[str, Any], customer: str, triage: str, seed: int
) -> Iterator[Line]:
    """What became of one conversation's visits, in their order: rows of the tables `visits` and `conversations`."""
    before: Visit | None = None
    for visit, following in zip_longest(visits, visits[1:]):
        if visit["purpose"] in _WRITES_ON:
            text, note = _WRITES_ON[visit["purpose"]]
            after = "" if before is None else f" after {format_duration(visit['joined_s'] - before['ended_s'])}"
            yield Line(visit["joined_s"], "customer", customer, text, note + after)
        if visit["answered_s"] is None:
            yield from _unanswered(visit)
        else:
            yield from _answered(visit, following, conversation, _agent(visit, seed), visit["team"] == triage)
        before = visit


def _agent(visit: Visit, seed: int) -> str:
    """An agent's name and inbox, and the group where it is not the inbox's own."""
    name, team, group = first_name(seed, visit["group"], 0, visit["agent"]), visit["team"], visit["group"]
    return f"{name}, {team}" if group == team else f"{name} of {group}, {team}"


def _unanswered(visit: Visit) -> Iterator[Line]:
    """How a wait ended; of who was moved to another inbox the rule says so."""
    if visit["ended_s"] is None:
        yield Line(visit["joined_s"], "system", "customer", f"still waits for {visit['team']}")
    elif visit["fate"] != "moved":
        waited = format_duration(visit["ended_s"] - visit["joined_s"])
        yield Line(visit["ended_s"], "system", "customer", f"stops waiting for {visit['team']} after {waited}")


def _answered(
    visit: Visit, following: Visit | None, conversation: Mapping[str, Any], agent: str, is_triage: bool
) -> Iterator[Line]:
    """What an agent did who took it up. By e-mail a reply is sent when the work on it is done, and who only moves the
    conversation on sends none.
    """
    ended_s, by_email = visit["ended_s"], conversation["channel"] == "email"
    waited = f"after {format_duration(visit['answered_s'] - visit['joined_s'])} in the inbox"
    took = format_duration(ended_s - visit["answered_s"])
    if is_triage:
        text = f"assigned to {following['team']}" if following else "closed"
        yield Line(ended_s, "system", agent, text, f"looked at {waited}")
        return
    if by_email and following is not None and visit["purpose"] == "look":
        yield Line(ended_s, "system", agent, f"passed on to {following['team']}", f"looked at {waited}, for {took}")
        return
    if not by_email:
        yield Line(visit["answered_s"], "agent", agent, "Hello, I am looking at this now.", waited)
    how = f"taken up {waited}, worked on for {took}" if by_email else f"after {took}"
    if following is None:
        text, truth = ("That is sorted out now.", "") if conversation["helped"] else _IN_VAIN
        yield Line(ended_s, "agent", agent, text, how + truth)
    elif visit["purpose"] == "look":
        text = f"This belongs to {following['team']}; I am passing you on."
        yield Line(ended_s, "agent", agent, text, f"after a look of {took}")
    elif following["purpose"] == "manager":
        yield Line(ended_s, "agent", agent, f"I am handing this over to {following['team']}.", how)
    elif following["purpose"] == "later_reply":
        yield Line(ended_s, "agent", agent, "Here is where we are; please tell me more.", how)
    else:
        yield Line(ended_s, "agent", agent, _IN_VAIN[0], how + _IN_VAIN[1])


@lru_cache(maxsize=4096)
def _drawn_name(seed: str) -> str:
    faker = _faker()
    faker.seed_instance(seed)
    return str(faker.first_name())


@lru_cache(maxsize=1)
def _faker() -> Any:
    from faker import Faker

    return Faker("en_GB")
