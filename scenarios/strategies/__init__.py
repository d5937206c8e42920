"""Scenarios and phrasebooks for property tests, ours and the user's (Hypothesis)."""

from .desks import (
    COMPANIES,
    FLAGS,
    LANGUAGES,
    PAGES,
    PLANS,
    PRODUCTS,
    SEGMENTS,
    STARTS,
    TIME_ZONES,
    scenario_data,
    scenarios,
    surges,
)
from .names import GROUPS, INTENTS, TEAMS, TRIAGE
from .parts import distributions, patiences, shares
from .recognisers import confusions, keywords
from .staff import HOURS
from .wordings import WORDS, phrasebook_data, phrasebooks

__all__ = [
    "COMPANIES", "FLAGS", "GROUPS", "HOURS", "INTENTS", "LANGUAGES", "PAGES", "PLANS", "PRODUCTS", "SEGMENTS", "STARTS",
    "TEAMS", "TIME_ZONES", "TRIAGE", "WORDS", "confusions", "distributions", "keywords", "patiences",
    "phrasebook_data", "phrasebooks", "scenario_data", "scenarios", "shares", "surges",
]  # fmt: skip
