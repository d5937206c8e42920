"""A transcript reads as the conversation went: by chat, by e-mail, reopened, with managers, in this order."""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from deskdrill.reports.cli.main import main
from deskdrill.simulator.run_folder import RunFolder
from deskdrill.simulator.spoken import visit_lines
from deskdrill.simulator.transcript import Transcript, read_transcript

MAIL = """\
email: {replies: 2.5, answers_after: {mean: 2h}}
teams:
  managers: {staffing: {always: 1}}
  frontline: {staffing: {always: 2}, concurrency: 2, leads_nowhere: {after: 5m, ends: 30%, to: managers}}
"""
LOOKED_UP = """\
      plan: {starter: 1}
      company: {startup: 50%, agency: 50%}
      products: {api: 50%, reports: 50%}
      unset: {company: 30%, products: 30%}
"""
ID = "policy || '/' || replication || '/' || problem || '.' || attempt AS id, channel"
KINDS = f"""
    SELECT {ID} FROM (
        SELECT c.*, row_number() OVER (PARTITION BY channel, purposes ORDER BY problem, attempt) AS nth
        FROM conversations c JOIN (
            SELECT policy, replication, conversation, string_agg(DISTINCT purpose, ' ' ORDER BY purpose) AS purposes
            FROM visits GROUP BY ALL
        ) USING (policy, replication, conversation)
    ) WHERE nth <= 3 ORDER BY id
"""


@pytest.fixture(scope="module")
def mailed(desk_files: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run in which customers write by e-mail and on, and agents call managers."""
    folder = tmp_path_factory.mktemp("mailed")
    text = desk_files["tiny.yaml"].replace("    share: 70%\n", "    share: 70%\n    channels: {chat: 40%, email: 60%}\n")
    text = text.replace("teams:\n", MAIL).replace("  frontline: {staffing: {always: 2}, concurrency: 2}\n", "")
    text = text.replace("returns: {at_most: 2}", "returns: {at_most: 2, reopens: {share: 90%, after: {mean: 1h}}}")
    text = text.replace("bot_solves: 55%", "person_solves: 60%, bot_solves: 55%")
    text = text.replace("      plan: {starter: 1}\n", LOOKED_UP)
    policy = desk_files["people.yaml"].replace("when: {message.intent: refund}", "when: {message.intent: pricing}")
    policy += "expectation: {says_wait: 'In about {wait}.', says_opens: 'Back {opens}.'}\n"
    with contextlib.chdir(folder), contextlib.redirect_stdout(io.StringIO()):
        (folder / "mailed.yaml").write_text(text)
        (folder / "people.yaml").write_text(policy)
        assert main(("run", "mailed.yaml", "people.yaml", "--replications", "1", "--workers", "1", "--out", "out")) == 0
    return folder / "out"


@pytest.fixture(scope="module")
def read(mailed: Path) -> list[tuple[str, Transcript]]:
    """Channel and transcript of three conversations of every kind."""
    return [(row["channel"], read_transcript(mailed, row["id"])) for row in RunFolder(mailed).rows(KINDS)]


def test_nobody_replies_before_a_rule_has_placed_the_conversation(read: list[tuple[str, Transcript]]) -> None:
    for _, transcript in read:
        said = [(line.author == "agent", line.text.startswith("placed in")) for line in transcript.lines]
        assert not any(agent for agent, _ in said[: said.index((False, True))])
        assert transcript.lines[0].author == "customer"


def test_a_conversation_that_is_assigned_is_taken_up_after_that(read: list[tuple[str, Transcript]]) -> None:
    passed = [
        (number, transcript)
        for _, transcript in read
        for number, line in enumerate(transcript.lines)
        if line.text.startswith(("assigned to", "passed on to", "This belongs to", "I am handing this over"))
    ]
    assert passed
    for number, transcript in passed:
        _, _, rest = transcript.lines[number].text.rpartition(" to ")
        team = rest.split(";")[0].rstrip(".")
        after = transcript.lines[number + 1]
        assert team in after.name or team in after.text


def test_who_begins_to_wait_is_told_once_before_anybody_replies(read: list[tuple[str, Transcript]]) -> None:
    found = set()
    for _, transcript in read:
        notices = [number for number, line in enumerate(transcript.lines) if line.name == "notice"]
        agents = [number for number, line in enumerate(transcript.lines) if line.author == "agent"]
        assert len(notices) == 1
        assert notices[0] < min(agents, default=len(transcript.lines))
        text = transcript.lines[notices[0]].text
        assert re.fullmatch(r"In about (a moment|[0-9]+ (minute|hour)s?)[.]|Back on [A-Z][a-z]{2} .*[.]", text)
        found.add(text[:2])
    assert found >= {"In"}


def test_facts_are_those_that_the_desk_knows(mailed: Path, read: list[tuple[str, Transcript]]) -> None:
    told = set()
    for _, transcript in read:
        problem = transcript.id.split("/")[2].split(".")[0]
        (person,) = RunFolder(mailed).rows(f"SELECT * FROM problems WHERE problem = {problem}")
        used = [name for name in ("api", "reports") if person[f"product_{name}"]]
        known = {"customer.company": person["company_known"], "customer.products": person["products_known"]}
        expected = {"customer.company": person["company"], "customer.products": ", ".join(used) or "none"}
        facts = dict(transcript.facts)
        for field, is_known in known.items():
            assert facts.get(field) == (expected[field] if is_known else None)
            told.add((field, is_known))
    assert len(told) == 4


def test_a_customer_has_one_name(read: list[tuple[str, Transcript]]) -> None:
    for _, transcript in read:
        names = {line.name for line in transcript.lines if line.author == "customer"}
        assert len(names) == 1
        assert "customer" not in names


def test_what_is_by_email_reads_so(read: list[tuple[str, Transcript]]) -> None:
    texts = {"chat": "", "email": ""}
    for channel, transcript in read:
        assert ("by e-mail" in transcript.title) == (channel == "email")
        texts[channel] += "".join(f"{line.author}: {line.text} [{line.note}]\n" for line in transcript.lines)
    assert "agent: Hello, I am looking at this now." in texts["chat"]
    assert "agent: This belongs to " in texts["chat"]
    assert "agent: Hello" not in texts["email"]
    assert "This belongs to " not in texts["email"]
    assert "system: passed on to " in texts["email"]
    assert "customer: Here is what you asked for. [answers by e-mail after " in texts["email"]
    assert "customer: This did not help. [writes on in the conversation after " in texts["chat"]


def test_the_list_can_be_narrowed_to_a_channel(mailed: Path, told: Callable[..., str]) -> None:
    shown = told("transcripts", str(mailed), "--channel", "email", "--limit", "5000")
    ids = {row["id"] for row in RunFolder(mailed).rows(f"SELECT {ID} FROM conversations WHERE channel = 'email'")}
    assert ids == {line.split()[0] for line in shown.splitlines()[2:-1] if line}


def test_an_agent_of_a_group_has_one_name_in_every_inbox() -> None:
    def taken(team: str, group: str) -> str:
        visit = {"team": team, "group": group, "agent": 0, "purpose": "work", "joined_s": 0.0, "answered_s": 0.0, "ended_s": 9.0}
        (_, line) = visit_lines([visit], {"channel": "chat", "helped": True}, "Ann", "triage", 1)
        return line.name

    first, second, own = taken("billing", "crew"), taken("frontline", "crew"), taken("billing", "billing")
    assert first.split(" of ")[0] == second.split(" of ")[0] != own.split(",")[0]
    assert (first.endswith(" of crew, billing"), own.endswith(", billing")) == (True, True)


@pytest.fixture(scope="module")
def burst(desk_files: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run in which whatever can be split is sent in several messages."""
    folder = tmp_path_factory.mktemp("burst")
    with contextlib.chdir(folder), contextlib.redirect_stdout(io.StringIO()):
        (folder / "tiny.yaml").write_text(desk_files["tiny.yaml"].replace("messages: {", "messages: {bursts: 100%, "))
        (folder / "blocker.yaml").write_text(desk_files["blocker.yaml"])
        assert main(("run", "tiny.yaml", "blocker.yaml", "--replications", "1", "--workers", "1", "--out", "out")) == 0
    return folder / "out"


def test_a_burst_is_shown_message_by_message_between_what_the_bot_says(burst: Path) -> None:
    run = RunFolder(burst)
    found = run.rows(f"SELECT {ID} FROM conversations ORDER BY bot_turns DESC, problem LIMIT 40")
    said = "SELECT m.conversation, m.at_s, t.text FROM messages m JOIN texts t USING (author, text_code) WHERE m.author = 'customer' ORDER BY m.conversation, m.at_s"
    texts: dict[int, list[tuple[float, str]]] = {}
    for row in run.rows(said):
        texts.setdefault(row["conversation"], []).append((row["at_s"], row["text"]))
    code = {row["id"]: row["conversation"] for row in run.rows(f"SELECT {ID}, conversation FROM conversations")}
    shown = [(read_transcript(burst, row["id"]), texts[code[row["id"]]]) for row in found]
    assert sum(text.count("\n") for _, written in shown for _, text in written) > 20
    for transcript, written in shown:
        spoken = [line for line in transcript.lines if line.author in ("customer", "bot")]
        mine = [line for line in spoken if line.author == "customer"]
        assert [line.text for line in mine] == [message for _, text in written for message in text.split("\n")]
        assert {at_s for at_s, _ in written} == {line.at_s for line in mine if line.note}
        assert all(a.at_s <= b.at_s and a.at_s >= 0 for a, b in pairwise(spoken))
        assert all(b.at_s - a.at_s <= 20.001 for a, b in pairwise(spoken) if not a.note and a.author == "customer")
