from __future__ import annotations

import csv
import io
import json
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from deskdrill.errors import InputError
from deskdrill.scenarios import read_messages
from deskdrill.scenarios.corpus import Corpus
from deskdrill.scenarios.phrasebook import shipped_languages

# What a CSV writer keeps as it is: no line ends of other systems, nothing that stripping would take away.
texts = st.text(st.characters(exclude_categories=("Cs", "Cc", "Z")), min_size=1, max_size=20).filter(lambda text: text == text.strip())
rows = st.lists(st.tuples(texts, st.sampled_from(("refund", "card", "top up")), st.sampled_from(("train", "test", "Train", ""))), min_size=4)
each_example = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def read(tmp_path: Path) -> Callable[[str | bytes], Corpus]:
    def reading(content: str | bytes) -> Corpus:
        path = tmp_path / "messages.csv"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return read_messages(path)

    return reading


@pytest.fixture
def read_lines(tmp_path: Path) -> Callable[[str | bytes], Corpus]:
    def reading(content: str | bytes) -> Corpus:
        path = tmp_path / "messages.jsonl"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return read_messages(path)

    return reading


@pytest.fixture
def refused(read: Callable[[str | bytes], Corpus], tmp_path: Path) -> Callable[[str | bytes], list[str]]:
    def refusing(content: str | bytes) -> list[str]:
        with pytest.raises(InputError) as error:
            read(content)
        return [line.removeprefix(f"{tmp_path / 'messages.csv'}:") for line in str(error.value).splitlines()]

    return refusing


def part_of(text: str) -> str:
    return "test" if zlib.crc32(text.encode()) % 100 < 25 else "train"


@each_example
@given(rows)
def test_what_was_written_is_read_in_the_part_it_says_or_by_its_hash(read: Callable[[str | bytes], Corpus], written: list[tuple[str, str, str]]) -> None:
    sheet = io.StringIO()
    csv.writer(sheet).writerows([("text", "label", "split"), *written])
    expected: dict[str, dict[str, str]] = {"train": {}, "test": {}}
    for text, label, split in written:
        expected[split.lower() or part_of(text)].setdefault(text, label)
    both = expected["train"].keys() & expected["test"].keys()
    train = [(text, label) for text, label in expected["train"].items() if text not in both]
    assume(train and expected["test"])
    found = read(sheet.getvalue())
    assert list(found.train) == train
    assert dict(found.test) == expected["test"]
    assert found.in_both == len(both)
    assert set(found.labels) == {label for _, label, _ in written}


@each_example
@given(st.lists(texts, min_size=2, max_size=30, unique=True), st.integers(0, 29))
def test_the_split_by_hash_stays_when_rows_are_added_or_moved(read: Callable[[str | bytes], Corpus], every: list[str], cut: int) -> None:
    def parts(some: list[str]) -> dict[str, str]:
        sheet = io.StringIO()
        csv.writer(sheet).writerows([("label", "text"), ("x", "learnt"), ("x", "a learnt one"), *(("x", text) for text in some)])
        found = read(sheet.getvalue())
        return {text: part for part in ("train", "test") for text, _ in getattr(found, part)}

    assert part_of("learnt") == "train"
    assert part_of("a learnt one") == "test"
    before, after = parts(every[:cut]), parts(every[::-1])
    assert before.items() <= after.items()


def test_about_a_quarter_is_kept_for_the_customers(read: Callable[[str | bytes], Corpus]) -> None:
    found = read("text,label\n" + "".join(f"message number {number},x\n" for number in range(4000)))
    assert 900 < len(found.test) < 1100


def test_columns_may_stand_in_any_order_with_any_case_and_a_byte_order_mark(read: Callable[[str | bytes], Corpus]) -> None:
    found = read("\ufeffSplit, Label ,TEXT,more\ntrain,x,a,1\ntest,y,b,2\n")
    assert (found.train, found.test, found.labels) == ((("a", "x"),), (("b", "y"),), ("x", "y"))


def test_a_text_may_run_over_several_lines(read: Callable[[str | bytes], Corpus]) -> None:
    assert read('text,label,split\n"two\nlines, with ""quotes""",x,train\nb,x,test\n').train == (('two\nlines, with "quotes"', "x"),)


REFUSED = [
    ("", [" no messages: the file is empty"]),
    ("text,label\n", [" no messages in the train part"]),
    ("text,label,split\na,x,train\n", [" no messages in the test part"]),
    ("text,split\na,train\n", ["1:1: no column `label` among `text`, `split`"]),
    ("txt,label\na,x\n", ["1:1: no column `text` among `txt`, `label`; did you mean `txt`?"]),
    ("text,label,split\na,x,tset\n", ["2:1: split `tset` is neither `train` nor `test`; did you mean `test`?"]),
    ("text,label,split\n ,x,train\na,,test\n", ["2:1: empty text", "3:1: no label"]),
    ("text,label,split\na,x,train\nb\n", ["3:1: no label"]),
    ("text,label,language\na,x,xx\n", ["2:1: no phrasebook in `xx`; there are " + ", ".join(f"`{each}`" for each in shipped_languages())]),
    (f"text,label\n{'a' * 20_001},x\n", ["2:1: a text of 20,001 characters; at most 20,000"]),
    ("text,label\ncafé,x\n".encode("latin-1"), ["2:4: byte 0xe9 is not UTF-8 (it may be Latin-1); save the file as UTF-8"]),
    *(("text,label\na,x\n".encode(coding), ["1:1: the file is in UTF-16; save it as UTF-8"]) for coding in ("utf-16", "utf-16-le", "utf-16-be")),
]


@pytest.mark.parametrize(("content", "lines"), REFUSED, ids=[f"{number} {lines[0][-40:]}" for number, (_, lines) in enumerate(REFUSED)])
def test_a_file_that_cannot_be_used_is_refused_with_every_line_that_is_wrong(
    refused: Callable[[str | bytes], list[str]], content: str | bytes, lines: list[str]
) -> None:
    assert refused(content) == lines


def test_a_missing_file_and_a_folder_are_one_line_each(tmp_path: Path) -> None:
    for path, why in ((tmp_path / "gone.csv", "no such file"), (tmp_path, "cannot be read: is a directory")):
        with pytest.raises(InputError) as error:
            read_messages(path)
        assert str(error.value) == f"{path}: {why}"


@pytest.mark.parametrize("header", ['"text,label\n', f"{'t' * 140_000},label\n"], ids=["open quote", "endless"])
def test_a_header_that_is_no_csv_is_refused(refused: Callable[[str | bytes], list[str]], header: str) -> None:
    (line,) = refused(f"{header}a,x\n")
    assert line.startswith("1:1: not readable as CSV: ")


@pytest.mark.parametrize("row", ['"a"b,x', f"{'a' * 140_000},x"], ids=["stray quote", "endless"])
def test_a_row_that_is_no_csv_is_refused_on_its_line(refused: Callable[[str | bytes], list[str]], row: str) -> None:
    (line,) = refused(f"text,label\nc,x\n{row}\n")
    assert line.startswith("3:1: not readable as CSV: ")


def test_a_row_with_more_fields_than_the_header_is_refused(refused: Callable[[str | bytes], list[str]]) -> None:
    (line,) = refused("label,split,text\nx,train,one, two\nx,train,a\nx,test,b\n")
    assert line.startswith("2:1: ")


def test_a_nul_character_is_refused(refused: Callable[[str | bytes], list[str]]) -> None:
    (line,) = refused("text,label,split\na\0b,x,train\nc,x,test\n")
    assert line.startswith("2:")


def test_an_empty_first_line_is_not_an_empty_file(refused: Callable[[str | bytes], list[str]]) -> None:
    (line,) = refused("\ntext,label\na,x\n")
    assert "the file is empty" not in line


def test_the_place_of_a_wrong_byte_does_not_move_with_a_byte_order_mark(refused: Callable[[str | bytes], list[str]]) -> None:
    content = b"\xef\xbb\xbf" + "text,label\ncafé,x\n".encode("latin-1")
    assert refused(content) == ["2:4: byte 0xe9 is not UTF-8 (it may be Latin-1); save the file as UTF-8"]


def test_two_labels_of_one_text_are_settled_for_the_first(read: Callable[[str | bytes], Corpus]) -> None:
    assert read("text,label,split\na,x,train\na,y,train\nb,x,test\n").train == (("a", "x"),)


languages = st.sampled_from(("", *shipped_languages(), "DE"))
keys = st.sampled_from((str, str.upper, str.title))


@each_example
@given(st.lists(st.tuples(texts, st.sampled_from(("refund", "card")), st.sampled_from(("train", "test", "")), languages), min_size=4), keys)
def test_the_same_rows_are_read_alike_from_a_sheet_and_from_json_lines(
    read: Callable[[str | bytes], Corpus],
    read_lines: Callable[[str | bytes], Corpus],
    written: list[tuple[str, str, str, str]],
    cased: Callable[[str], str],
) -> None:
    names = ("text", "label", "split", "language")
    parts = {split or part_of(text) for text, _, split, _ in written}
    written = [*written, *(("one more", "card", part, "") for part in {"train", "test"} - parts)]
    sheet = io.StringIO()
    csv.writer(sheet).writerows([names, *written])
    rows = [{cased(name): value for name, value in zip(names, row, strict=True) if value} for row in written]
    lines = "".join(json.dumps(row, ensure_ascii=len(row) % 2 == 0) + "\n" for row in rows)
    a, b = (attempted(reader, content) for reader, content in ((read, sheet.getvalue()), (read_lines, lines)))
    assert a == b


def attempted(reader: Callable[[str | bytes], Corpus], content: str) -> object:
    """What a file holds but for its name, or why it is refused."""
    try:
        return [getattr(reader(content), name) for name in ("train", "test", "labels", "in_both", "languages")]
    except InputError as error:
        return [problem.message for problem in error.problems]


def test_a_text_has_the_language_that_the_file_gives_it(read: Callable[[str | bytes], Corpus]) -> None:
    found = read("text,label,language,split\nGeld zurück,x,DE,test\nmoney back,x,,train\nmoney,x,en,test\n")
    assert found.languages == {"Geld zurück": "de", "money": "en"}


def row(**values: object) -> str:
    return json.dumps({"text": "a", "label": "x", "split": "train", **values}) + "\n"


KNOWN = ", ".join(f"`{each}`" for each in shipped_languages())
REFUSED_LINES = [
    ("", [" no messages: the file is empty"]),
    ("\n \n", [" no messages: the file is empty"]),
    (row(), [" no messages in the test part"]),
    ("{text: a}\n", ["1:2: not readable as JSON: expecting property name enclosed in double quotes"]),
    (row() + '{"text": "a"', ["2:13: not readable as JSON: expecting ',' delimiter"]),
    ("[1]\n\n3\n", ["1:1: not an object with the keys `text` and `label`", "3:1: not an object with the keys `text` and `label`"]),
    ('{"txt": "a", "label": "x"}\n', ["1:1: no key `text` among `txt`, `label`; did you mean `txt`?"]),
    ("{}\n", ["1:1: no key `text` among none"]),
    (row(label=7), ["1:1: `label` is not a text"]),
    (row(language=["de"]), ["1:1: `language` is not a text"]),
    (row(text=" ") + row(label="") + row(label=None), ["1:1: empty text", "2:1: no label", "3:1: no label"]),
    (row(split="tset"), ["1:1: split `tset` is neither `train` nor `test`; did you mean `test`?"]),
    (row(language="xx"), [f"1:1: no phrasebook in `xx`; there are {KNOWN}"]),
    (row(text="a\0b"), ["1:1: a text with a NUL character"]),
    (row(text="\ud83d"), ["1:1: a text with half a character (a lone surrogate)"]),
    (row(text="a" * 20_001), ["1:1: a text of 20,001 characters; at most 20,000"]),
    ("[" * 100_000 + "\n", ["1:1: not readable as JSON: too large a number, or too deeply nested"]),
    ('{"text": ' + "9" * 5000 + "}\n", ["1:1: not readable as JSON: too large a number, or too deeply nested"]),
    (row().encode() + '{"text": "café"}\n'.encode("latin-1"), ["2:14: byte 0xe9 is not UTF-8 (it may be Latin-1); save the file as UTF-8"]),
]


@pytest.mark.parametrize(("content", "lines"), REFUSED_LINES, ids=[f"{number} {lines[0][-40:]}" for number, (_, lines) in enumerate(REFUSED_LINES)])
@pytest.mark.parametrize("ending", ["jsonl", "NDJSON"])
def test_json_lines_that_cannot_be_used_are_refused_with_every_line_that_is_wrong(ending: str, content: str | bytes, lines: list[str], tmp_path: Path) -> None:
    path = tmp_path / f"messages.{ending}"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(InputError) as error:
        read_messages(path)
    assert [line.removeprefix(f"{path}:") for line in str(error.value).splitlines()] == lines
