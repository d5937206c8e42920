"""Questions before the hand-over, as people read them in a kept run."""

from __future__ import annotations

import contextlib
import io
import json

import pytest

from deskdrill.reports.cli.main import main

ASKER = """\
policy: asker
bot:
  collect: [order_number, plan]
  hand_over: {after_failures: 1}
rulesets: []
"""


@pytest.fixture(scope="module")
def kept(desk_files: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The conversations of a run whose bot asks, worst first."""
    folder = tmp_path_factory.mktemp("asked")
    (folder / "tiny.yaml").write_text(f"{desk_files['tiny.yaml']}behaviour: {{question_drop_off: 30%}}\n")
    (folder / "asker.yaml").write_text(ASKER)

    def told(*argv: str) -> str:
        with contextlib.chdir(folder), contextlib.redirect_stdout(io.StringIO()) as said:
            assert main(argv) == 0
        return said.getvalue()

    told("run", "tiny.yaml", "asker.yaml", "--replications", "1", "--workers", "1", "--out", "kept")
    listed = json.loads(told("transcripts", "kept", "--limit", "30", "--format", "json"))
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
