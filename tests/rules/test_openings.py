"""Openings from files: messages with what was known of their customers."""

from __future__ import annotations

import csv
import io
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deskdrill.errors import InputError
from deskdrill.rules.given import given_facts
from deskdrill.rules.openings import Openings, SomeRows
from deskdrill.rules.openings_file import read_openings
from deskdrill.rules.strategies import WORDS
from deskdrill.rules.truths import Truths

words = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Z"]), min_size=1, max_size=8)
rows_of_files = st.lists(
    st.fixed_dictionaries(
        {"text": words},
        optional={
            "customer.plan": st.sampled_from(WORDS["customer.plan"]),
            "customer.contacts_30d": st.sampled_from(("0", "5", "12.5")),
            "customer.flags": st.sampled_from(("vip", "vip;at_risk")),
            "page": st.just("/pricing"),
            "at": st.just("Mon 10:15"),
            "team": st.just("billing"),
        },
    ),
    min_size=1,
    max_size=5,
)


def facts_of(row):
    """A row's facts as cases read them."""
    nested = {name: value.split(";") if name == "customer.flags" else float(value) if name.endswith("30d") else value for name, value in row.items()}
    found, wrong = given_facts({name: value for name, value in nested.items() if name not in ("text", "team")})
    assert not wrong
    return {"conversation.channel": "chat", "conversation.attempt": 1.0, "message.text": row["text"].strip(), **found}


def seen(openings: Openings, field, row):
    from deskdrill.rules import Atom

    return bool(Truths(openings.columns, {}, {}, {}).of(Atom(field, "set", value=True))[row])


@settings(max_examples=40)
@given(rows_of_files, st.sampled_from(("csv", "jsonl")))
def test_a_file_says_of_each_row_what_a_case_would(tmp_path_factory, rows, kind):
    path = tmp_path_factory.mktemp("openings") / f"messages.{kind}"
    names = list(dict.fromkeys(name for row in rows for name in row))
    if kind == "csv":
        told = io.StringIO()
        writer = csv.DictWriter(told, names)
        writer.writeheader()
        writer.writerows(rows)
        path.write_text(told.getvalue(), encoding="utf-8", newline="")
    else:
        data = [{name: value.split(";") if name == "customer.flags" else float(value) if name.endswith("30d") else value for name, value in row.items()} for row in rows]
        path.write_text("\n".join(map(json.dumps, data)), encoding="utf-8")
    openings = read_openings(path)
    assert openings.size == len(rows)
    assert openings.known.get("team", (None,) * len(rows)) == tuple(row.get("team") for row in rows)
    some = SomeRows(openings.columns, np.arange(len(rows)))
    for number, row in enumerate(rows):
        facts = facts_of(row)
        assert openings.text(number) == facts["message.text"]
        for field in ("customer.plan", "customer.contacts_30d", "customer.flags", "page.url", "time"):
            assert seen(openings, field, number) == (field in facts)
            column = some.column(field)
            if field in facts and field == "customer.plan":
                assert column.names[column.codes[number]] == facts[field]
            if field in facts and field == "customer.contacts_30d":
                assert column.values[number] == facts[field]
            if field in facts and field == "customer.flags":
                assert {name for bit, name in enumerate(column.names) if int(column.bits[number]) >> bit & 1} == facts[field]


def test_a_message_of_a_megabyte_is_a_message(tmp_path):
    (tmp_path / "long.csv").write_text("text,team\n" + "word " * 200_000 + ",billing\n")
    found = read_openings(tmp_path / "long.csv")
    assert len(found.text(0)) == 999_999


def test_the_first_column_is_the_text_where_none_is_called_so(tmp_path):
    (tmp_path / "m.csv").write_text('body,customer.plan\nhello,trial\n"two\nlines",\nbye,unset\n', encoding="utf-8")
    openings = read_openings(tmp_path / "m.csv")
    assert [openings.text(row) for row in range(3)] == ["hello", "two\nlines", "bye"]
    assert [openings.name(row).rpartition(":")[2] for row in range(3)] == ["2", "3", "5"]
    assert [seen(openings, "customer.plan", row) for row in range(3)] == [True, False, False]


@pytest.mark.parametrize(("heading", "text"), [("id,body", "b"), ("body,text", "b"), ("Content,say", "b"), ("say,id", "a")])
def test_the_text_is_found_by_its_name(tmp_path, heading, text):
    (tmp_path / "m.csv").write_text(f"{heading}\na,b\n", encoding="utf-8")
    assert read_openings(tmp_path / "m.csv").text(0) == text


def test_an_intent_that_is_given_is_sure_unless_it_says_how_sure(tmp_path):
    (tmp_path / "m.csv").write_text("text,message.intent,message.confidence\na,refund,\nb,refund,0.4\nc,,\n", encoding="utf-8")
    column = read_openings(tmp_path / "m.csv").columns.column("message.confidence")
    assert column.values[:2].tolist() == [1.0, 0.4]
    assert column.known.tolist() == [True, True, False]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("m.csv", "", "m.csv:1:1: no messages: the file is empty"),
        ("m.csv", "text\n", "m.csv:1:1: no messages: there is only a heading"),
        ("m.csv", "customer.plan,txet\ntrial,hi\n", "no column `text`, what the customer writes, among `customer.plan`, `txet`; did you mean `txet`?"),
        ("m.csv", "id,words\n1,hi\n", "no column `text`, what the customer writes, among `id`, `words`"),
        ("m.csv", "text,customer.paln\nhi,trial\n", "m.csv:1:1: column `customer.paln`: unknown fact `customer.paln`; beside facts there may be `text`, `team`, `label`, `category`, `split`; did you mean `customer.plan`?"),
        ("m.csv", "text,customer.segment\nhi,trial\n", "is truth, which no rule sees"),
        ("m.csv", "text,plan\nhi,trial\n", "did you mean `customer.plan`?"),
        ("m.csv", "text,teem\nhi,trial\n", "unknown fact `teem`"),
        ("m.csv", "text;customer.plan\nhi;trial\n", "m.csv:1:1: the columns are parted by `;`; part them by `,`"),
        ("m.csv", "text,customer.contacts_30d\nhi,often\n", "m.csv:2:1: `customer.contacts_30d`: expected a number"),
        ("m.csv", "text,text\na,b\n", "m.csv:1:1: two columns are called `text`"),
        ("m.csv", "text,customer.plan\nhello, you,trial\n", "m.csv:2:1: expected 2 values, found 3; put a text with commas in quotes"),
        ("m.csv", "text,customer.plan\n,trial\n", "m.csv:2:1: no `text`: what does the customer write?"),
        ("m.csv", 'text\n"open\n', "not readable as CSV"),
        ("m.jsonl", "{\n", "m.jsonl:1:2: not readable as JSON"),
        ("m.jsonl", "[1]\n", "m.jsonl:1:1: not an object with a key `text`"),
        ("m.jsonl", '{"text": 5}\n', "m.jsonl:1:1: `text` is not a text"),
        ("m.jsonl", '{"text": "hi \\ud800"}\n', "m.jsonl:1:1: a text with half a character (a lone surrogate)"),
        ("m.jsonl", '{"text": "hi", "customer": {"paln": "trial"}}\n', "m.jsonl:1:1: unknown fact `customer.paln`; did you mean `customer.plan`?"),
    ],
)
def test_what_is_wrong_with_a_file_is_said_with_its_line(tmp_path, monkeypatch, name, content, said):
    monkeypatch.chdir(tmp_path)
    from pathlib import Path

    Path(name).write_text(content, encoding="utf-8")
    with pytest.raises(InputError) as refused:
        read_openings(Path(name))
    assert said in str(refused.value)


def test_of_many_problems_the_first_are_told_and_the_others_counted(tmp_path):
    (tmp_path / "m.csv").write_text("text,customer.plan\n" + ",trial\n" * 30, encoding="utf-8")
    with pytest.raises(InputError) as refused:
        read_openings(tmp_path / "m.csv")
    assert len(refused.value.problems) == 21
    assert "and 10 more problems from here on" in str(refused.value)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("m.csv", "id,text,created_at,subject,customer.plan\n7,hi,2026-03-02,Hello,trial\n"),
        ("m.jsonl", '{"id": 7, "text": "hi", "created_at": 5, "subject": null, "source": {"a": 1}, "customer": {"plan": "trial"}}\n'),
    ],
)
def test_what_an_export_has_besides_is_left_out_and_that_is_known(tmp_path, name, content):
    (tmp_path / name).write_text(content, encoding="utf-8")
    openings = read_openings(tmp_path / name)
    assert {"id", "created_at"} <= set(openings.left_out) <= {"id", "created_at", "subject", "source"}
    assert openings.text(0) == "hi"
    assert seen(openings, "customer.plan", 0)
