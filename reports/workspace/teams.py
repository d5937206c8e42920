"""Teams as the user names them, and which of them takes over what a shipped team would do."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ...errors import BadValue
from ...rules.policy import ESCALATION
from ...rules.vocabulary import NAME

TRIAGE = "triage"
MOST_AGENTS = 1_000_000

# What people call the teams that ship.
_ALSO_CALLED: Mapping[str, tuple[str, ...]] = {
    "frontline": ("support", "helpdesk", "service_desk", "first_line", "tier1", "customer_service", "general"),
    "accounts": ("account", "access", "identity", "it"),
    "billing": ("finance", "payments", "accounting"),
    "engineers": ("engineering", "technical", "tech", "developers", "tier2", "second_line"),
    "success": ("customer_success", "sales", "retention"),
}
# Who does the work of a team that is not there, the nearest first.
_NEXT_BEST: Mapping[str, tuple[str, ...]] = {
    "frontline": ("accounts", "success", "billing", "engineers"),
    "accounts": ("frontline", "success", "billing", "engineers"),
    "billing": ("accounts", "success", "frontline", "engineers"),
    "engineers": ("frontline", "accounts", "success", "billing"),
    "success": ("frontline", "accounts", "billing", "engineers"),
}


def parse_teams(text: str) -> dict[str, int]:
    """Agents by team, in order, of a text such as `frontline:8,billing:3`; raises `BadValue`.

    >>> parse_teams("frontline:8, billing:3")
    {'frontline': 8, 'billing': 3}
    """
    teams: dict[str, int] = {}
    for part in text.split(","):
        match = re.fullmatch(r"\s*([^:]*?)\s*:\s*([0-9]{1,7})\s*", part)
        if match is None:
            raise BadValue(f"expected teams with their agents, such as `frontline:8,billing:3`, found `{text}`")
        name, agents = match[1], int(match[2])
        if re.fullmatch(NAME, name) is None:
            raise BadValue(f"a team is called by small letters, digits and `_`, found `{name}`", _plain(name))
        if name == ESCALATION:
            raise BadValue(f"`{ESCALATION}` stands for whoever assigns what no rule places; call that team `{TRIAGE}`")
        if name in teams:
            raise BadValue(f"team `{name}` is named twice")
        if not 1 <= agents <= MOST_AGENTS:
            raise BadValue(f"team `{name}` needs 1 to {MOST_AGENTS:,} agents, found `{agents}`")
        teams[name] = agents
    if set(teams) == {TRIAGE}:
        raise BadValue(f"`{TRIAGE}` only assigns; name a team that solves problems too, such as `frontline:8`")
    return teams


def successors(teams: Mapping[str, int]) -> dict[str, str]:
    """For each team that ships, triage included, the named team that does its work: of that name, of a name that people
    use for it, else the nearest, else the first.
    """
    solving = [name for name in teams if name != TRIAGE]
    known = {
        shipped: next((each for each in (shipped, *names) if each in solving), None)
        for shipped, names in _ALSO_CALLED.items()
    }
    found = {
        shipped: next((heir for each in (shipped, *_NEXT_BEST[shipped]) if (heir := known[each])), solving[0])
        for shipped in known
    }
    return {**found, TRIAGE: TRIAGE}


def counterpart(team: str) -> str:
    """The shipped team that is most like a named one."""
    return next((shipped for shipped, names in _ALSO_CALLED.items() if team in (shipped, *names)), "frontline")


def _plain(name: str) -> str | None:
    plain = re.sub(r"[^a-z0-9]+", "_", name.casefold()).strip("_")
    return plain if re.fullmatch(NAME, plain) else None
