"""What each finding is, by its stable id: for docs/findings.md, and for programs that show findings by their rules."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

PAGE: Final = "docs/findings.md"
"""Where each finding is told, with its level and what to do."""

MEANINGS: Mapping[str, str] = MappingProxyType(
    {
        "V101": "a condition tests an unknown field, or one that would be truth",
        "V102": "an unknown value, intent or page",
        "V103": "an operator that does not fit the field's type",
        "V104": "an unknown team, or `escalation` as one",
        "V105": "a test of what nothing sets before it",
        "L201": "a condition that nobody meets",
        "L202": "a condition that everybody meets",
        "L203": "two rules, guards or branches with one condition",
        "L204": "never acts: one earlier rule takes all its customers; or nothing leads there",
        "L205": "never acts: several other rules together take all its customers",
        "L206": "its customers are all another one's, which does as much for them",
        "L207": "a part of a condition, or a phrase, that makes no difference",
        "C301": "two rules of a `unique` ruleset hold for the same customers",
        "C303": "two rules set the same field for some customers, and the later one wins",
        "C304": "a guard always keeps the bot from something that it offers",
        "C305": "what a rule sets is always undone later",
        "G401": "customers between the rules: the default catches them",
        "G402": "a ruleset without the default that it needs",
        "G403": "a plan or an intent of the scenario that nothing in the policy names",
        "G404": "something was not analysed, and why",
        "S501": "a protected customer meets the bot",
        "S502": "no way leads from the bot to a person",
        "S503": "a team that rules route to, where nobody is ever on shift",
        "S504": "the bot closes on somebody whom it did not help or who complains",
        "S505": "nobody reads a reply to the message that something is done",
        "S506": "a first-time visitor is addressed by what was looked up",
        "S507": "an errand of which no scenario says what it solves",
        "S508": "a language of the bot in which nobody writes",
        "T605": "a rule acts only at hours at which nobody of its team is on shift",
        "Q801": "a rule that no case makes fire",
        "Q802": "an outcome of a condition that no case shows",
        "Q803": "a rule never fires on messages or a scenario",
        "Q804": "a rule without a reason",
        "D901": "a queue that grows for ever",
        "D902": "more work than can be done in a week",
        "D903": "a setting that changes nothing",
        "D904": "a row of the staffing that shrinkage leaves empty for a while",
        "D905": "a team that can solve nothing",
    }
)
