from __future__ import annotations

import re
from html.parser import HTMLParser

from hypothesis import example, given
from hypothesis import strategies as st

from deskdrill.reports.markup import Markup, clean, element, joined

HOSTILE = "</p><script>alert(1)</script>'\"&amp;&#0;<!-- ]]> \u2028\u202e\x00\x1b\ud800\uffff\r\n"


class _Read(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, list[tuple[str, str | None]]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, attrs))

    def handle_data(self, data: str) -> None:
        self.text += data


def read(markup: str) -> _Read:
    reader = _Read()
    reader.feed(markup)
    reader.close()
    return reader


@given(st.text(), st.text())
@example(HOSTILE, HOSTILE)
def test_what_goes_into_an_element_comes_out_of_it(text: str, value: str) -> None:
    found = read(element("p", text, element("b", text), title=value))
    assert found.text == clean(text) * 2
    assert found.tags == [("p", [("title", clean(value))]), ("b", [])]


@given(st.text())
@example(HOSTILE)
def test_clean_text_is_clean_and_can_be_written(text: str) -> None:
    assert clean(clean(text)) == clean(text)
    assert re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f]", clean(text)) is None
    clean(text).encode("utf-8")


@given(st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cn"))))
def test_clean_keeps_what_can_be_shown(text: str) -> None:
    assert clean(text) == text


def test_markup_is_not_escaped_again_and_what_is_made_of_it_is() -> None:
    bold = element("b", "&")
    assert joined(bold, None, ["<", bold]) == "<b>&amp;</b>&lt;<b>&amp;</b>"
    assert not isinstance(bold + "<script>", Markup)
    assert joined(bold + "<") == "&lt;b&gt;&amp;amp;&lt;/b&gt;&lt;"


def test_attributes_are_named_as_in_html() -> None:
    assert element("td", class_="a", data_label="b", colspan=None, hidden=True, open=False) == '<td class="a" data-label="b" hidden></td>'


def test_void_elements_have_no_end() -> None:
    assert element("br") == "<br>"
