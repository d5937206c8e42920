"""The names that generated scenarios use: those that generated policies name."""

from __future__ import annotations

from typing import Final

TEAMS: Final = ("frontline", "billing", "engineers")
TRIAGE: Final = "triage"
GROUPS: Final = ("floaters", "experts")
INTENTS: Final = ("refund", "invoice", "how_to", "complaint")
