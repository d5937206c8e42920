from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from wcwidth import iter_graphemes

from deskdrill.reports import palette
from deskdrill.reports.charts import NARROW, WIDE, cut_to_fit, flows_chart, waits_chart
from deskdrill.reports.drawing import drawn
from deskdrill.reports.flows import OUTCOMES, PATHS, Flow, flows_of, flows_sentence
from deskdrill.reports.markup import clean
from deskdrill.reports.week import Week, closed_spans, week_of
from deskdrill.rules import load_policy
from deskdrill.scenarios import load_scenario
from deskdrill.simulator.experiment import Experiment
from deskdrill.simulator.summary import Summary

HOSTILE = "</title><script>alert(1)</script>'\"&;: \u202e\x00\ud800\n"
KEYS = [(path, outcome) for path in PATHS for outcome in OUTCOMES]
COUNTS = st.dictionaries(st.sampled_from(KEYS), st.integers(0, 10**6), min_size=1)


def experiment(*policies: list[Summary], **changed: Any) -> Experiment:
    scenario = load_scenario("saas-week").model_copy(update=changed)
    scenario.__dict__.pop("clock", None)  # the copy keeps the clock of the old start
    named = tuple(load_policy(name) for name in ("humans-only", "careful")[: len(policies)])
    return Experiment(scenario, named, 1, len(policies[0]), tuple(map(tuple, policies)))


def summary(
    flows: dict[tuple[str, str], int] | None = None,
    queued: list[int] | None = None,
    mean_s: list[float] | None = None,
    p90_s: list[float] | None = None,
) -> Summary:
    return Summary("any", 1, 0, "hash", 1, 1, {}, np.array(queued or []), np.array(mean_s or []), np.array(p90_s or []), flows or {}, np.zeros((6, 6), dtype=int), np.zeros((0, 13), dtype=int), np.zeros((0, 11)))


def hours(number: int, **told: float) -> list[float]:
    """`number` hours without a value but for those told, such as `h9=60.0`."""
    return [told.get(f"h{hour}", float("nan")) for hour in range(number)]


def a_week(*names: str, waits_s: float = 60.0) -> Week:
    shape = (len(names), 48)
    waits = np.full(shape, waits_s)
    labels = tuple(f"{day} {hour:02d}:00" for day in ("Mon", "Tue") for hour in range(24))
    closed = np.array([hour % 24 < 8 for hour in range(48)])
    return Week(names, labels, (0, 24), closed, np.ones(shape), waits, 2 * waits)


def some_flows(number: int) -> tuple[tuple[Flow, ...], ...]:
    return ((Flow("bot", "helped_by_bot", 0.25, 0.0), Flow("bot", "served", 0.25, 0.25), Flow("no bot", "served", 0.5, 0.5)),) * number


def values(spec: Any) -> Iterator[Any]:
    """Everything in a specification, however deep."""
    yield spec
    for inner in spec.values() if isinstance(spec, dict) else spec if isinstance(spec, list) else ():
        yield from values(inner)


class _Svg(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(key, value or "") for key, value in attrs]

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def read(svg: str) -> _Svg:
    reader = _Svg()
    reader.feed(svg)
    reader.close()
    return reader


@given(st.lists(COUNTS, min_size=1, max_size=3).filter(lambda each: any(sum(counts.values()) for counts in each)))
def test_flows_are_shares_that_follow_each_other_and_fill_the_bar(replications: list[dict[tuple[str, str], int]]) -> None:
    (flows,) = flows_of(experiment([summary(counts) for counts in replications]))
    total = sum(sum(counts.values()) for counts in replications)
    before = 0.0
    for flow in flows:
        assert flow.starts == pytest.approx(before)
        assert flow.share == pytest.approx(sum(counts.get((flow.path, flow.outcome), 0) for counts in replications) / total)
        assert flow.share > 0
        before += flow.share
    assert before == pytest.approx(1)
    paths = [flow.path for flow in flows]
    assert paths == sorted(paths, key=list(PATHS).index)


@given(st.lists(st.booleans(), max_size=40))
def test_closed_spans_cover_the_closed_hours_and_no_others(closed: list[bool]) -> None:
    covered = [False] * len(closed)
    for first, after in closed_spans(closed):
        covered[first:after] = [True] * (after - first)
    assert covered == closed


@settings(max_examples=8)
@given(st.text(min_size=1), st.sampled_from([WIDE, NARROW]))
@example(HOSTILE, WIDE)
def test_a_name_cannot_leave_its_place_in_a_drawing(name: str, width: int) -> None:
    for spec, plain in (
        (waits_chart(a_week(name), width), waits_chart(a_week("a"), width)),
        (flows_chart((name,), some_flows(1), width), flows_chart(("a",), some_flows(1), width)),
    ):
        found = read(drawn(spec, name, "chart", "wide"))
        assert found.tags == read(drawn(plain, "a", "chart", "wide")).tags
        assert ("aria-label", clean(name)) in found.attributes


@given(st.text(max_size=80))
@example("\U0001f600" * 80)
def test_a_name_is_cut_between_characters_as_people_see_them(name: str) -> None:
    shown = cut_to_fit(name)
    kept = list(iter_graphemes(shown.removesuffix("…")))
    assert shown == name or list(iter_graphemes(name))[: len(kept)] == kept
    assert len(shown) <= len(name)
    assert cut_to_fit(shown) == shown


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("today, but refunds go to billing", "today, but refunds go to billing"),
        ("today, but " * 8, "today, but today, but today, but today,…"),
        ("\U0001f600" * 60, "\U0001f600" * 24 + "…"),
        ("a" + "\U0001f600" * 60, "a" + "\U0001f600" * 23 + "…"),
        ("\U0001f1e9\U0001f1ea" * 60, "\U0001f1e9\U0001f1ea" * 24 + "…"),
        ("e\u0301" * 60, "e\u0301" * 39 + "…"),
    ],
    ids=["short", "long", "faces", "odd", "flags", "accents"],
)
@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_a_long_name_is_cut_in_a_drawing_and_whole_in_its_titles(name: str, shown: str, width: int) -> None:
    svg = drawn(flows_chart((name,), some_flows(1), width), "label", "flows", "wide")
    assert shown in re.findall(r"<text[^>]*>([^<]*)</text>", svg)
    assert all(title.startswith(f"{name}: ") for title in re.findall("<title>(.*?)</title>", svg))
    plain = drawn(flows_chart(("a",), some_flows(1), width), "label", "flows", "wide")
    assert re.findall('viewBox="[^"]*"', svg) == re.findall('viewBox="[^"]*"', plain)


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_drawings_hold_nothing_but_marks_in_the_palettes_colours(width: int) -> None:
    light = {pair[0] for pair in palette.colours().values()}
    names = tuple(f"policy {number}" for number in range(10))
    for spec in (waits_chart(a_week(*names), width), flows_chart(names, some_flows(10), width)):
        found = read(drawn(spec, "label", "chart", "wide"))
        assert set(found.tags) <= {"svg", "g", "path", "line", "text", "title", "defs", "clippath", "rect"}
        assert not {key for key, _ in found.attributes} & {"style", "href", "xlink:href", "src", "onclick"}
        hidden = re.compile(r'fill="[^"]*" fill-opacity="0"')
        drawing = hidden.sub("", drawn(spec, "label", "chart", "wide"))
        assert set(re.findall(r'(?:fill|stroke)="(#[^"]*)"', drawing)) <= light
        assert set(re.findall(r'(?:fill|stroke)="([^"#]*)"', drawing)) <= {"none"}


def test_the_same_chart_is_the_same_text_whatever_was_drawn_before() -> None:
    spec = waits_chart(a_week("a", "b"))
    first = drawn(spec, "label", "waits", "wide")
    drawn(flows_chart(("a",), some_flows(1)), "label", "flows", "wide")
    assert drawn(spec, "label", "waits", "wide") == first


def test_references_stay_within_the_drawing() -> None:
    svg = drawn(waits_chart(a_week("a")), "label", "waits-wide", "wide")
    ids = re.findall(r' id="([^"]*)"', svg)
    assert len(ids) == len(set(ids))
    assert all(each.startswith("waits-wide-") for each in ids)
    assert set(re.findall(r"url\(#([^)]*)\)", svg)) <= set(ids)
    assert "url(" not in re.sub(r"url\(#", "", svg)


def test_specifications_are_plain_and_fetch_nothing() -> None:
    for spec in (waits_chart(a_week("a", "b")), flows_chart(("a", "b"), some_flows(2))):
        assert json.loads(json.dumps(spec)) == spec
        assert not [each for each in values(spec) if isinstance(each, dict) and "url" in each]


def test_the_hour_under_the_pointer_says_what_each_policy_waited() -> None:
    svg = drawn(waits_chart(a_week("today", "careful", waits_s=75.0)), "label", "waits", "wide")
    titles = re.findall("<title>(.*?)</title>", svg)
    assert titles[:2] == ["Mon 00:00: today 1 min 15 s; careful 1 min 15 s", "Mon 01:00: today 1 min 15 s; careful 1 min 15 s"]
    assert titles[48] == "Mon 00:00: today 2 min 30 s; careful 2 min 30 s"
    assert len(titles) == 2 * 48


def test_two_panels_show_different_waits() -> None:
    svg = drawn(waits_chart(a_week("a"), NARROW), "label", "waits", "narrow")
    paths = re.findall(r'<path [^>]*d="(M[^"]*L[^"]*)"', svg)
    assert len(paths) == len(set(paths)) == 2


def test_a_week_in_which_nobody_waited_is_drawn_empty() -> None:
    week = a_week("a", waits_s=float("nan"))
    assert "Mon 00:00: a nobody" in drawn(waits_chart(week), "label", "waits", "wide")
    assert week.sentences() == ("a: nobody waited for a person.",)


def test_policies_without_conversations_are_drawn_as_names() -> None:
    assert ">nobody</text>" in drawn(flows_chart(("nobody",), ((),)), "label", "flows", "wide")
    assert flows_sentence("nobody", ()) == "nobody: no conversations."


def test_waits_are_means_of_the_replications_in_which_somebody_waited() -> None:
    one = summary(queued=[2 if hour == 9 else 0 for hour in range(168)], mean_s=hours(168, h9=10.0), p90_s=hours(168, h9=20.0))
    two = summary(queued=[4 if hour in (9, 10) else 0 for hour in range(168)], mean_s=hours(168, h9=30.0, h10=5.0), p90_s=hours(168, h9=60.0, h10=7.0))
    week = week_of(experiment([one, two]))
    assert week.labels[9] == "Mon 09:00"
    assert list(week.mean_s[0, 9:12])[:2] == [20.0, 5.0]
    assert list(week.p90_s[0, 9:11]) == [40.0, 7.0]
    assert np.isnan(week.mean_s[0, 11])
    assert list(week.queued[0, 9:12]) == [3.0, 2.0, 0.0]
    assert week.days == (0, 24, 48, 72, 96, 120, 144)
    assert (not week.closed[9], bool(week.closed[3])) == (True, True)
    # (3 x 20 + 2 x 5) / 5 conversations
    assert week.sentences() == ("humans-only: 14 s on average for those who joined while somebody was on duty; the worst hour with somebody on duty: Mon 09:00, 20 s.",)


def test_a_longer_run_is_folded_onto_the_week_from_monday() -> None:
    # It starts on a Wednesday, at which local midnight is hour 48 of the week.
    queued = [5 if hour in (0, 168) else 0 for hour in range(240)]
    week = week_of(experiment([summary(queued=queued, mean_s=hours(240, h0=10.0, h168=30.0), p90_s=hours(240, h0=1.0))], start="2026-03-04", days=10))
    assert week.hours == 168
    assert (week.labels[0], week.labels[48], week.labels[167]) == ("Mon 00:00", "Wed 00:00", "Sun 23:00")
    assert (week.mean_s[0, 48], week.p90_s[0, 48], week.queued[0, 48]) == (20.0, 1.0, 5.0)
    assert np.isnan(np.delete(week.mean_s[0], 48)).all()


def test_hours_are_local_where_the_clocks_change() -> None:
    none = summary(queued=[0] * 168, mean_s=hours(168), p90_s=hours(168))
    week = week_of(experiment([none], start="2026-03-23", time_zone="Europe/London"))
    assert week.labels[145] == "Sun 02:00"
    assert week.days == (0, 24, 48, 72, 96, 120, 144, 167)
    assert week.labels[167] == "Mon 00:00"


def test_flows_in_words() -> None:
    (flows,) = flows_of(experiment([summary({("bot", "served"): 1, ("no bot", "served"): 2, ("bot", "left_in_bot"): 1, ("no bot", "open"): 0})]))
    assert flows_sentence("careful", flows) == "careful: 25.0% left in the bot, 25.0% served by people after the bot, 50.0% served by people, no bot."


def test_an_outcome_that_is_not_known_here_comes_last() -> None:
    (flows,) = flows_of(experiment([summary({("no bot", "called_back"): 1, ("no bot", "open"): 1})]))
    assert [flow.words for flow in flows] == ["still open, no bot", "called_back, no bot"]
