"""What a notebook shows of an experiment: the report's sentences and tables, as HTML without a script."""

from __future__ import annotations

from collections.abc import Iterator

from ..comparison import Cell, Comparison, Table
from ..markup import Markup, element, joined


def comparison_html(comparison: Comparison) -> Markup:
    """What to know first, a sentence for each policy, and the tables; all but the first two tables folded."""
    sentences = element("ul", (element("li", text) for text in comparison.sentences))
    notes = (comparison.counted, comparison.caution, *comparison.notes)
    tables = [_table(table, comparison.replications) for table in comparison.tables]
    steps = element("ul", (element("li", text) for text in comparison.next_steps))
    return element(
        "div",
        element("p", element("strong", comparison.headline)),
        sentences,
        tables[0],
        *(element("details", element("summary", each.title), table) for each, table in _folded(comparison, tables)),
        element("details", element("summary", "What to do next"), steps),
        (element("p", element("small", text)) for text in notes),
    )


def _folded(comparison: Comparison, tables: list[Markup]) -> Iterator[tuple[Table, Markup]]:
    return zip(comparison.tables[1:], tables[1:], strict=True)


def _table(table: Table, replications: int) -> Markup:
    head = element("tr", (element("th", name) for name in (*table.keys, *table.columns)))
    rows = (
        element("tr", (element("th", key) for key in row.keys), (_cell(table, cell) for cell in row.cells))
        for row in table.rows
    )
    notes = (element("p", element("small", note)) for note in table.footnotes(replications))
    about = element("caption", f"{table.title}: {table.about}")
    return joined(element("table", about, element("thead", head), element("tbody", rows)), notes)


def _cell(table: Table, cell: Cell) -> Markup:
    told = f"{cell.text} {cell.margin}".strip()
    if cell.verdict is not None and table.kind == "differences":
        told = f"{told} {cell.verdict}"
    elif cell.verdict is not None and table.kind == "parts" and cell.verdict != "cannot tell":
        told = f"{told} *"
    return element("td", told)
