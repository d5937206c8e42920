"""Policies, customers, messages and conversations for property tests, ours and the user's (Hypothesis).

`policies()` and `facts()` draw from a small vocabulary, so that conditions often hold; `customers(policy)`,
`messages(policy)` and `conversations(policy)` aim at what one policy looks at. All shrink towards what is short and
plain.
"""

from .machines import bot_machine
from .people import customers
from .policies import (
    EXPRESSIONS,
    FIELD_NAMES,
    HOURS,
    MOMENTS,
    NUMBERS,
    PAGES,
    PHRASES,
    SECONDS,
    SETS,
    SHARES,
    TEAMS,
    WAITS_S,
    WORDS,
    atoms,
    atoms_of,
    bots,
    conditions,
    facts,
    flows,
    invariants,
    policies,
)
from .talks import conversations
from .wordings import SYNONYMS, Wordings, messages

__all__ = [
    "EXPRESSIONS",
    "FIELD_NAMES",
    "HOURS",
    "MOMENTS",
    "NUMBERS",
    "PAGES",
    "PHRASES",
    "SECONDS",
    "SETS",
    "SHARES",
    "SYNONYMS",
    "TEAMS",
    "WAITS_S",
    "WORDS",
    "Wordings",
    "atoms",
    "atoms_of",
    "bot_machine",
    "bots",
    "conditions",
    "conversations",
    "customers",
    "facts",
    "flows",
    "invariants",
    "messages",
    "policies",
]  # fmt: skip
