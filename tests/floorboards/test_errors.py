from __future__ import annotations

import pickle

from hypothesis import assume, given
from hypothesis import strategies as st

from deskdrill.errors import BadValue, DeskdrillError, InputError, Problem, did_you_mean

words = st.text(alphabet="abcdefghij_-.", min_size=1, max_size=12)
places = st.none() | st.integers(1, 10_000)
problems = st.builds(Problem, st.text(), st.text(), places, places, st.none() | st.text())


@given(problems)
def test_a_problem_is_one_printable_line(problem: Problem) -> None:
    assert str(problem).isprintable()


@given(st.lists(problems, min_size=1))
def test_an_input_error_says_one_line_a_problem(found: list[Problem]) -> None:
    error = InputError(found)
    assert error.problems == tuple(found)
    assert str(error).split("\n") == [str(problem) for problem in found]


@given(st.lists(problems))
def test_an_input_error_survives_the_way_back_from_a_worker(found: list[Problem]) -> None:
    again = pickle.loads(pickle.dumps(InputError(found)))
    assert (type(again), again.problems) == (InputError, tuple(found))


@given(st.text(), st.none() | st.text(), st.tuples(st.text(), st.integers()))
def test_a_bad_value_survives_the_way_back_from_a_worker(
    message: str, suggestion: str | None, loc: tuple[str, int]
) -> None:
    again = pickle.loads(pickle.dumps(BadValue(message, suggestion, loc)))
    assert (again.message, again.suggestion, again.loc) == (message, suggestion, loc)


@given(st.text(max_size=300), st.lists(st.text()))
def test_a_suggestion_is_a_known_word_and_not_the_word_itself(word: str, known: list[str]) -> None:
    near = did_you_mean(word, known)
    assert near is None or (near in known and near != word)


@given(words, st.lists(words, min_size=1), st.data())
def test_one_slip_in_a_word_of_some_length_still_finds_a_suggestion(
    prefix: str, others: list[str], data: st.DataObject
) -> None:
    word = prefix + "customer"
    at = data.draw(st.integers(0, len(word) - 1))
    slip = word[:at] + word[at + 1 :]
    assume(slip not in others)
    assert did_you_mean(slip, [*others, word]) is not None


@given(words)
def test_only_letter_case_and_dashes_wrong_is_as_near_as_can_be(word: str) -> None:
    assume("-" in word or "_" in word)
    slip = word.upper().replace("-", "_")
    assume(slip != word)
    assert did_you_mean(slip, [word + "x", word]) == word


def test_a_single_problem_needs_no_list() -> None:
    problem = Problem("a.yaml", "no such file")
    assert InputError(problem).problems == (problem,)


def test_every_error_of_the_package_has_one_root() -> None:
    assert issubclass(InputError, DeskdrillError)
    assert issubclass(BadValue, DeskdrillError)
    assert issubclass(BadValue, ValueError)


def test_what_is_unknown_is_left_out_of_the_place() -> None:
    assert str(Problem("a.yaml", "m")) == "a.yaml: m"
    assert str(Problem("a.yaml", "m", 3)) == "a.yaml:3: m"
    assert str(Problem("a.yaml", "m", 3, 7, "x")) == "a.yaml:3:7: m; did you mean `x`?"


def test_a_line_break_or_an_escape_code_in_what_the_user_wrote_cannot_forge_a_second_problem() -> None:
    shown = str(Problem("a.yaml", "unknown key `x\nb.yaml:1:1: \x1b[31mall is lost`", 1, 1))
    assert shown == r"a.yaml:1:1: unknown key `x\nb.yaml:1:1: \x1b[31mall is lost`"


def test_a_page_of_text_is_nobody_s_slip() -> None:
    assert did_you_mean("customer" * 1000, ["customer" * 1000 + "s"]) is None
