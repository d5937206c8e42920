"""A small scenario as plain data, to change and to spoil."""

from __future__ import annotations

from typing import Any


def plain_scenario() -> dict[str, Any]:
    """As little as a scenario file can hold; with one segment that writes about refunds."""
    return {
        "scenario": "generated",
        "start": "2026-03-02",
        "arrivals": {"per_week": 100},
        "segments": {
            "standard": {
                "share": 1,
                "intents": {"refund": 1},
                "facts": {"plan": {"pro": 1}, "tenure": {"mean": "400d"}},
                "temperament": {
                    "patience": {
                        "live": {"shape": "exponential", "mean": "5m"},
                        "told": {"shape": "exponential", "mean": "12m"},
                        "inbox": {"shape": "exponential", "median": "8h"},
                    },
                    "tolerance_median": 3,
                    "asks_for_person_first": 0.1,
                    "spent_asks": 0.5,
                    "refused_leaves": 0.5,
                    "refused_repeats": 1,
                    "helped_confirms": 0.5,
                    "unhelped": {"says_no": 0.3, "asks": 0.3, "silent": 0.4},
                    "recontacts_if_unsolved": 0.5,
                    "loss": {"silent_unsolved": 0, "loop_or_refused": 0, "abandoned": 0, "second_wrong_inbox": 0},
                },
            }
        },
        "intents": {"refund": {"team": "billing", "work": {"mean": "10m"}}},
        "teams": {"billing": {"staffing": {"always": 1}}, "triage": {"staffing": {"always": 1}}},
        "escalation": {"team": "triage"},
        "messages": {"texts_per_intent": 20},
    }
