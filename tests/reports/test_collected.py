"""Questions before the hand-over, as people read them in a kept run."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

Told = Callable[..., str]
ASKER = """\
policy: asker
bot:
  collect: [order_number, plan]
  hand_over: {after_failures: 1}
rulesets: []
"""


@pytest.fixture
def kept(workspace: Path, told: Told) -> list[str]:
    """The conversations of a run whose bot asks, worst first."""
    scenario = workspace / "tiny.yaml"
    scenario.write_text(f"{scenario.read_text()}behaviour: {{question_drop_off: 30%}}\n")
    (workspace / "asker.yaml").write_text(ASKER)
    told("run", "tiny.yaml", "asker.yaml", "--replications", "1", "--workers", "1", "--out", "kept")
    listed = json.loads(told("transcripts", "kept", "--limit", "60", "--format", "json"))
    return [" ".join(told("transcripts", "kept", each["id"]).split()) for each in listed]


def test_a_transcript_shows_the_questions_and_the_answers_in_order(kept: list[str]) -> None:
    parts = (
        "Could you tell me your order number? [collect order_number]",
        "[recognised as small_talk, 100% sure]",
        "Could you tell me your plan? [collect plan]",
        "[recognised as small_talk, 100% sure]",
        "placed in triage by no rule",
    )
    whole = [text for text in kept if parts[-1] in text]
    assert whole
    for text in whole:
        place = 0
        for part in parts:
            place = text.index(part, place) + len(part)


def test_a_transcript_says_who_left_at_a_question(kept: list[str]) -> None:
    gone = [text for text in kept if "leaves at the bot's question, not helped" in text]
    assert gone
    for text in gone:
        assert "[collect order_number]" in text
        assert "placed in" not in text
