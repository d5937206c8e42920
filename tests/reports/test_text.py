"""Tables in the width that there is."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from deskdrill.reports.text import fitted

NAMES = st.lists(st.from_regex(r"[a-z]{1,9}", fullmatch=True), min_size=1, max_size=5).map(".".join)


@given(
    names=st.lists(NAMES, min_size=1, max_size=4),
    columns=st.lists(st.lists(st.from_regex(r"[0-9]{1,30}", fullmatch=True), min_size=4, max_size=4), min_size=1, max_size=5),
    width=st.integers(60, 120),
)
def test_all_cells_are_shown_in_the_width(names: list[str], columns: list[list[str]], width: int) -> None:
    rows = [[name, *(column[number] for column in columns)] for number, name in enumerate(names)]
    headers = ["input", *(f"c{number}" for number in range(len(columns)))]
    text = fitted(rows, headers, 1, width, range(1, len(headers)))
    assert max(map(len, text.splitlines())) <= width
    tables = text.split("\n\n")
    assert [header for table in tables for header in table.split("\n", 1)[0].split()[1:]] == headers[1:]
    for number, name in enumerate(names):
        for cell in rows[number][1:]:
            assert re.search(rf"(?<![0-9]){cell}(?![0-9])", text)
        for table in tables:
            assert name in re.sub(r"\s", "", re.sub(r"[0-9]+", "", table))


def test_a_table_that_fits_is_left_as_it_is() -> None:
    assert fitted([["a.b", "1"]], ["input", "x"], 1, 60, [1]).splitlines()[-1].split() == ["a.b", "1"]
