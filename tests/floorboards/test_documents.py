from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from deskdrill.documents import Document, Loc, parse_document, read_document
from deskdrill.errors import InputError, Problem
from deskdrill.nodes import DEEPEST, MOST_ALIASED_CHARACTERS, MOST_ALIASED_NODES, line_and_column

# Printable text: what JSON's escapes cannot say in YAML (line breaks that YAML folds, halves of pairs) is left out.
texts = st.text(
    st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp", "Cn"), exclude_characters="\ufeff"), max_size=12
)
keys = texts
numbers = st.integers(-(2**63) + 1, 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
scalars = st.none() | st.booleans() | numbers | texts
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4), max_leaves=20
)


@dataclass
class Written:
    """A value written as YAML, and where each part of it was put."""

    text: str = ""
    positions: dict[Loc, tuple[int, int]] = field(default_factory=dict)
    key_positions: dict[Loc, tuple[int, int]] = field(default_factory=dict)

    def put(self, text: str) -> None:
        self.text += text

    def here(self) -> tuple[int, int]:
        return self.text.count("\n") + 1, len(self.text) - (self.text.rfind("\n") + 1) + 1

    def write(self, value: Any, draw: st.DrawFn, loc: Loc = (), indent: int = 0, *, inline: bool = False) -> None:
        """Flow style, and block style wherever a line of its own can be had."""
        if not value or not isinstance(value, (list, dict)) or inline or draw(st.integers(0, 3)) == 0:
            self.flow(value, loc)
            return
        steps = list(enumerate(value)) if isinstance(value, list) else list(value.items())
        self.put("\n" * draw(st.integers(1, 2)))
        for number, (step, part) in enumerate(steps):
            self.put(" " * indent)
            if number == 0:
                self.positions[loc] = self.here()
            if isinstance(value, list):
                self.put("- ")
            else:
                self.key_positions[*loc, step] = self.here()
                self.put(f"{json.dumps(step, ensure_ascii=False)}: ")
            self.write(part, draw, (*loc, step), indent + draw(st.integers(1, 4)))
            self.put(draw(st.sampled_from(["\n", " # a remark: [\n", "\n\n"])))

    def flow(self, value: Any, loc: Loc) -> None:
        self.positions[loc] = self.here()
        if isinstance(value, list):
            self.put("[")
            for number, part in enumerate(value):
                self.flow(part, (*loc, number))
                self.put(", ")
            self.put("]")
        elif isinstance(value, dict):
            self.put("{")
            for key, part in value.items():
                self.key_positions[*loc, key] = self.here()
                self.put(f"{json.dumps(key, ensure_ascii=False)}: ")
                self.flow(part, (*loc, key))
                self.put(", ")
            self.put("}")
        else:
            self.put(json.dumps(value, ensure_ascii=False))


@st.composite
def written(draw: st.DrawFn) -> tuple[Any, Written]:
    value = draw(values)
    paper = Written()
    paper.write(value, draw)
    return value, paper


def outcome(text: str) -> Document | tuple[Problem, ...]:
    """The document, or its problems; each a line, at a place in the file, in order."""
    try:
        return parse_document(text, "f.yaml")
    except InputError as error:
        lines = str(error).split("\n")
        assert len(lines) == len(error.problems) > 0
        at = [(problem.line or 0, problem.column or 0) for problem in error.problems]
        assert at == sorted(at)
        assert all(1 <= line <= len(text.splitlines()) + 1 and column >= 1 for line, column in at)
        return error.problems


def messages(text: str) -> list[str]:
    with pytest.raises(InputError) as caught:
        parse_document(text, "f.yaml")
    return str(caught.value).split("\n")


def aliases_of(width: int, levels: int) -> str:
    lines = [f"a0: &a0 [{', '.join(['x'] * width)}]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * width)}]" for n in range(1, levels + 1)]
    return "\n".join(lines)


@given(written())
def test_a_document_holds_what_was_written(made: tuple[Any, Written]) -> None:
    value, paper = made
    assert repr(parse_document(paper.text).data) == repr(value)


@given(written())
def test_every_value_and_key_is_found_where_it_was_written(made: tuple[Any, Written]) -> None:
    _, paper = made
    document = parse_document(paper.text)
    assert {loc: document.position(loc) for loc in paper.positions} == paper.positions
    assert {loc: document.key_position(loc) for loc in paper.key_positions} == paper.key_positions


@given(written(), st.sampled_from(["\r\n", "\r"]), st.booleans())
def test_line_ends_and_a_byte_order_mark_move_nothing(made: tuple[Any, Written], line_end: str, marked: bool) -> None:
    value, paper = made
    document = parse_document("\ufeff" * marked + paper.text.replace("\n", line_end))
    assert repr(document.data) == repr(value)
    assert {loc: document.position(loc) for loc in paper.positions} == paper.positions


@given(written(), st.lists(st.integers(0, 5) | keys, min_size=1, max_size=3))
def test_a_place_that_is_not_there_is_that_of_the_nearest_value_above(
    made: tuple[Any, Written], further: list[str | int]
) -> None:
    paper = made[1]
    document = parse_document(paper.text)
    loc: Loc = ()
    for step in further:
        assume((*loc, step) not in paper.positions)
    assert document.position((*loc, *further)) == paper.positions[()]
    assert document.key_position((*loc, *further)) == paper.positions[()]


@given(st.text())
@example("\ud800")
@example("a: \x85\u2028\x0c")
def test_any_text_is_a_document_or_has_problems_and_nothing_worse(text: str) -> None:
    outcome(text)


@given(st.text(alphabet="ab:-?,[]{}#&*!|>'\"%@`~< \n\t0\\", max_size=40))
@example("? ? a\n: b\n: c")
@example("&a [*a]")
@example("*a : b")
@example("&a a: *a")
@example("? &a [x]\n: *a")
@example("- &a\n- *a")
def test_any_heap_of_yaml_s_signs_is_a_document_or_has_problems(text: str) -> None:
    outcome(text)


@given(written(), st.data())
def test_a_slip_in_a_document_is_never_worse_than_a_problem(made: tuple[Any, Written], data: st.DataObject) -> None:
    text = made[1].text
    at = data.draw(st.integers(0, len(text)))
    until = data.draw(st.integers(at, min(len(text), at + 3)))
    outcome(text[:at] + data.draw(st.text(alphabet="ab:-[]{}&*!'\"\t\n \0", max_size=3)) + text[until:])


@given(st.binary(max_size=60) | st.text(max_size=20).map(lambda text: text.encode("latin-1", "replace")))
@example(b"\xff\xfea\x00")
@example(b"\xef\xbb\xbfa: \xe9")
def test_any_bytes_are_a_document_or_have_problems(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.mktemp("bytes") / "f.yaml"
    path.write_bytes(content)
    try:
        read_document(path)
    except InputError as error:
        assert all(problem.place == str(path) for problem in error.problems)


@given(st.integers(1, 12), st.integers(0, 12))
@example(9, 30)
@example(316, 1)
@example(315, 2)
def test_aliases_may_expand_to_so_many_values_and_no_more(width: int, levels: int) -> None:
    # The size of a level, and all values that aliases of the levels below stand for.
    size, aliased = width + 1, 0
    for _ in range(levels):
        aliased += width * size
        size = 1 + width * size
    text = aliases_of(width, levels)
    assert isinstance(outcome(text), Document) == (aliased <= MOST_ALIASED_NODES)


@given(st.integers(1, 3_000_000), st.integers(1, 30))
def test_aliases_may_repeat_so_much_text_and_no_more(length: int, times: int) -> None:
    text = f"a: &a {'x' * length}\nb: [{', '.join(['*a'] * times)}]"
    assert isinstance(outcome(text), Document) == (length * times <= MOST_ALIASED_CHARACTERS)


@given(st.integers(1, 2 * DEEPEST), st.sampled_from(["flow", "block", "mapping"]))
@example(DEEPEST, "flow")
@example(DEEPEST + 1, "flow")
@example(200_000, "flow")
@example(200_000, "mapping")
def test_values_may_be_nested_so_deep_and_no_deeper(depth: int, style: str) -> None:
    text = {"flow": "[" * depth + "]" * depth, "block": "- " * depth, "mapping": "{a: " * depth + "}" * depth}[style]
    assert isinstance(outcome(text), Document) == (depth <= DEEPEST)


@given(st.integers(1, 2 * DEEPEST))
def test_aliases_hide_no_depth(levels: int) -> None:
    text = "\n".join(["a0: &a0 [x]", *(f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, levels + 1))])
    # The root, the lists, and the `x` within.
    assert isinstance(outcome(text), Document) == (levels + 3 <= DEEPEST)


@given(st.integers(-(2**63) + 1, 2**63 - 1), st.floats(allow_nan=False, allow_infinity=False))
def test_an_ordinary_decimal_is_the_number_that_it_looks_like(whole: int, number: float) -> None:
    assert repr(parse_document(f"[{whole}, {whole}.0, {number!r}]").data) == repr([whole, float(whole), number])


@given(st.integers(0, 10**6), st.integers(0, 59), st.integers(1, 3), st.dates())
def test_what_yaml_1_1_makes_other_numbers_of_stays_text(whole: int, minute: int, zeros: int, date: Any) -> None:
    odd = [f"{'0' * zeros}{whole}", f"{whole}:{minute:02}", f"0x{whole:x}", f"0o{whole:o}", f"0b{whole:b}", f"{date}"]
    odd += [f"{date}T10:15:00Z", f"1_{whole}", f"1,{whole}", f"-{'0' * zeros}{whole}.5"]
    assert parse_document("\n".join(f"- {text}" for text in odd)).data == odd


@given(st.sampled_from("yes no on off y n true false null nan inf".split()), st.sampled_from([str.upper, str.title]))
def test_only_true_and_false_and_null_in_small_letters_are_more_than_text(word: str, change: Any) -> None:
    plain = {"true": True, "false": False, "null": None}.get(word, word)
    assert parse_document(f"[{word}, '{word}', {change(word)}, .{word}]").data == [
        plain,
        word,
        change(word),
        f".{word}",
    ]


@given(st.text(max_size=60), st.data())
def test_the_place_of_a_character_is_counted_in_lines_and_columns(text: str, data: st.DataObject) -> None:
    text = text.replace("\r\n", "\n")
    index = data.draw(st.integers(0, len(text)))
    line, column = line_and_column(text, index)
    breaks = "\n\r\x85\u2028\u2029"
    assert line == 1 + sum(character in breaks for character in text[:index])
    assert not any(character in breaks for character in text[index - column + 1 : index])
    assert column == index + 1 or text[index - column] in breaks


@given(st.lists(st.sampled_from("abc"), min_size=1, max_size=8))
def test_every_repeated_key_is_named_with_both_lines(names: list[str]) -> None:
    text = "".join(f"{name}: {number}\n" for number, name in enumerate(names))
    repeated = [(number, name) for number, name in enumerate(names) if name in names[:number]]
    expected = [
        f"f.yaml:{number + 1}:1: key `{name}` is given twice, first on line {names.index(name) + 1}"
        for number, name in repeated
    ]
    found = outcome(text)
    assert ([] if isinstance(found, Document) else [str(problem) for problem in found]) == expected


def test_a_gigabyte_of_aliases_is_refused_at_once() -> None:
    assert messages(aliases_of(9, 30)) == [
        "f.yaml:6:10: aliases would expand to more than 100,000 values or 20 MB; write out what is needed"
    ]


def test_an_alias_stands_where_it_is_written_and_its_parts_where_they_are() -> None:
    document = parse_document("a: &x {b: 1}\nc: *x\n")
    assert document.data == {"a": {"b": 1}, "c": {"b": 1}}
    assert document.position(("c",)) == (2, 4)
    assert document.position(("c", "b")) == (1, 11)
    assert document.key_position(("c", "b")) == (1, 8)


def test_all_that_can_be_told_of_a_file_is_told_at_once() -> None:
    text = "1: a\na: 1\na: 2\ntrue: 3\n? [a]\n: 1\nb: &z {c: 1}\n<<: *z\n*z : 1\nd: !foo x\n: 1\ne: [1\n"
    assert messages(text) == [
        'f.yaml:1:1: key `1` must be text; put it in quotes; did you mean `"1"`?',
        "f.yaml:3:1: key `a` is given twice, first on line 2",
        'f.yaml:4:1: key `true` must be text; put it in quotes; did you mean `"true"`?',
        "f.yaml:5:3: a list cannot be a key; put a text that starts with `[` or `{` in quotes",
        "f.yaml:8:1: merge keys (`<<`) are not supported; write the keys out",
        "f.yaml:9:1: alias `*z` cannot be a key; write the key out",
        "f.yaml:10:4: tag `!foo` is not supported; put a text that starts with `!` in quotes",
        "f.yaml:11:1: this does not continue the keys that start on line 1; "
        "check the quotes, the brackets and the indentation",
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a: b: c", "1:5: a `:` cannot stand here; put the text in quotes, or check the indentation and the line above"),
        ("a: 1\nb\nc: 2", "2:1: expected `key: value`; there is no `:` after this"),
        ("a:\n\tb: 1", "2:1: a tab indents this line; indent with spaces"),
        ("a: >\n\tb", "2:1: a tab indents this line; indent with spaces"),
        ("a: @x", "1:4: a text that starts with `@` must be in quotes"),
        ("a: `x`", "1:4: a text that starts with a backtick must be in quotes"),
        ("a: *", "1:5: a text that starts with `*` or `&` must be in quotes"),
        ("a: *word", "1:4: alias `*word` has no anchor; put a text that starts with `*` in quotes"),
        ("a: &words 1\nb: *word", "2:4: alias `*word` has no anchor; put a text that starts with `*` in quotes; did you mean `*words`?"),
        ("a: &x [*x]", "1:8: alias `*x` stands inside the value it names"),
        ("a: [1,\nb: 2", "1:4: this `[` is never closed"),
        ("a: [1,\nb\nc: 2", "3:2: the `[` on line 1 is not closed, or a comma is missing"),
        ("a: {b: 1\n\n", "1:4: this `{` is never closed"),
        ("a: {b: 1\nc: 2", "2:2: the `{` on line 1 is not closed, or a comma is missing"),
        ("a: 1\nb: 'x\nc: 2", "2:4: this quote is never closed"),
        ('a: 1\nb: "x\nc: "y"\nd: 2', "2:4: this quote is closed only on line 3, where more follows; is a quote missing?"),
        ("a:\n  - 'x\n  - 'y'\n", "2:5: this quote is closed only on line 3, where more follows; is a quote missing?"),
        ('a: [x, "y]\nb: "z"', "1:8: this quote is closed only on line 2, where more follows; is a quote missing?"),
        ('a: "one\n  two"\nb: c: d', "3:5: a `:` cannot stand here; put the text in quotes, or check the indentation and the line above"),
        ('a: "\\q"', "1:5: unknown escape in double quotes; write `\\\\` for a backslash, or use single quotes"),
        ('a: "\\ud800"', "1:7: this escape names no character"),
        ("a: 'b' c", "1:8: this does not continue the keys that start on line 1; check the quotes, the brackets and the indentation"),
        ("- a\nb: 1", "2:1: expected another `- ` of the list that starts on line 1, with the same indentation"),
        ("a: - b", "1:4: a `- ` cannot stand here; start the list on the next line, or put the text in quotes"),
        ("a: ? b", "1:4: a `?` cannot stand here; put the text in quotes"),
        ("a: |x\n  y", "1:5: after `|` or `>` the text starts on the next line; or put the text in quotes"),
        ("a: [1,, 2]", "1:7: a value is missing here, or a bracket or comma is too many"),
        ("a: {{b}}", "1:5: a mapping cannot be a key; put a text that starts with `[` or `{` in quotes"),
        ("a: !!python/object:os.system x", "1:4: tag `!!python/object:os.system` is not supported; put a text that starts with `!` in quotes"),
        ("a: !x!y z", "1:4: a text that starts with `!` must be in quotes"),
        ("%YAML 3.0\n--- a", "1:1: this version of YAML is not supported; leave the `%YAML` line out"),
        ("a: 1\n---\nb: 2", "2:1: a second document starts here; a file holds one"),
        ("a: 1\n...\nb: 2", "3:1: nothing can follow here; a file holds one value"),
        ("a: x\0", "1:5: the character U+0000 cannot stand in a file; is this a text file?"),
        ("a: x\x07", "1:5: the character U+0007 cannot stand in a file; in double quotes it can be escaped"),
        ("a: 1e999", "1:4: the number `1e999` is too large; put it in quotes if it is a name"),
        ("a: " + "9" * 5000, "1:4: the number `" + "9" * 57 + "...` is too large; put it in quotes if it is a name"),
    ],
)  # fmt: skip
def test_mistakes_are_said_in_one_line_without_yaml_s_jargon(text: str, problem: str) -> None:
    assert messages(text) == [f"f.yaml:{problem}"]


@pytest.mark.parametrize("text", ["", "\n\n", "# nothing\n", "---\n", "~", "null"])
def test_an_empty_file_is_nothing(text: str) -> None:
    assert parse_document(text).data is None
    assert parse_document(text).position() >= (1, 1)


def test_a_missing_file_suggests_its_neighbour(tmp_path: Path) -> None:
    (tmp_path / "careful.yaml").write_text("")
    with pytest.raises(InputError) as caught:
        read_document(tmp_path / "carefull.yaml")
    assert str(caught.value) == f"{tmp_path}/carefull.yaml: no such file; did you mean `{tmp_path}/careful.yaml`?"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("name: Café\n".encode("latin-1"), ":1:10: the byte 0xE9 (`é` in Latin-1) is not UTF-8; save it as UTF-8"),
        ("é: 1\nname: ".encode() + b"\xe9", ":2:7: the byte 0xE9 (`é` in Latin-1) is not UTF-8; save it as UTF-8"),
        ("a: 1".encode("utf-16"), ":1:1: the file is in UTF-16; save it as UTF-8"),
        ("a: 1".encode("utf-16-le"), ":1:1: the file is in UTF-16; save it as UTF-8"),
        ("a: 1".encode("utf-16-be"), ":1:1: the file is in UTF-16; save it as UTF-8"),
        (b"a: \0", ":1:4: the character U+0000 cannot stand in a file; is this a text file?"),
        (b"\0" * 8, ":1:1: the character U+0000 cannot stand in a file; is this a text file?"),
        (b"# " + b"x" * 20_000_000, ": the file is larger than 20 MB"),
    ],
)
def test_files_that_are_not_what_they_should_be(tmp_path: Path, content: bytes, problem: str) -> None:
    path = tmp_path / "f.yaml"
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_document(path)
    assert str(caught.value) == f"{path}{problem}"


def test_places_that_are_no_files(tmp_path: Path) -> None:
    assert _complaint_about(tmp_path) == f"{tmp_path}: this is a folder, not a file"
    assert "cannot be read" in _complaint_about(tmp_path / "a\0b")
    (tmp_path / "file").write_text("")
    assert "cannot be read: not a directory" in _complaint_about(tmp_path / "file" / "below")


def test_a_place_is_called_what_the_caller_calls_it(tmp_path: Path) -> None:
    path = tmp_path / "f.yaml"
    path.write_text("a: [")
    with pytest.raises(InputError) as caught:
        read_document(path, "saas-week")
    assert str(caught.value).startswith("saas-week:")


def test_a_long_file_without_aliases_is_read(tmp_path: Path) -> None:
    path = tmp_path / "f.yaml"
    path.write_text("- a: 1\n" * 20_000)
    assert read_document(path).data == [{"a": 1}] * 20_000


def _complaint_about(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        read_document(path)
    return str(caught.value)


def _locs(value: Any, loc: Loc = ()) -> Iterator[Loc]:
    yield loc
    steps = enumerate(value) if isinstance(value, list) else value.items() if isinstance(value, dict) else ()
    for step, part in steps:
        yield from _locs(part, (*loc, step))


@given(written())
def test_the_writer_of_these_tests_puts_down_every_part(made: tuple[Any, Written]) -> None:
    value, paper = made
    assert set(_locs(value)) == set(paper.positions)
