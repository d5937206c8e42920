from __future__ import annotations

import base64
import hashlib
import re
import shutil
import struct
import subprocess
import zlib
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from deskdrill.reports.comparison import Comparison, comparison_of
from deskdrill.reports.html import report_page, write_report
from deskdrill.reports.markup import clean
from deskdrill.reports.readings import Readings
from deskdrill.reports.sections.conversations import transcripts_list
from deskdrill.reports.sections.measures import GROUPS, measures_table
from deskdrill.reports.sections.parts import SEGMENT_MEASURES, TEAM_MEASURES
from deskdrill.rules import load_policy
from deskdrill.scenarios import load_scenario
from deskdrill.scenarios.returns import Reopens
from deskdrill.scenarios.scenario import Scenario
from deskdrill.scenarios.staffing import CallBack
from deskdrill.simulator.automation import FIGURES
from deskdrill.simulator.experiment import OVERALL, Experiment
from deskdrill.simulator.metrics import BY_ID, METRICS
from deskdrill.simulator.performance import COUNTS, offerings_of
from deskdrill.simulator.spoken import Line
from deskdrill.simulator.summary import Summary
from deskdrill.simulator.transcript import Transcript

HOSTILE = "</p></script></style></details><script>alert(1)</script><img src=//x onerror=alert(1)>'\"&amp;`\u2028\u202e\x00\x1b\ud800\r\n"
VOID = {"meta", "br", "hr", "col"}
NUMBER = {metric.id: place for place, metric in enumerate(METRICS)}
SCENARIO = load_scenario("saas-week")
CLOCK = SCENARIO.clock
NAMES = ("humans-only", "deflect-hard", "careful")


def values(rng: np.random.Generator) -> np.ndarray[Any, np.dtype[np.float64]]:
    """A value for each measure, of a size that suits its unit."""
    sizes = {"share": 1.0, "s": 4000.0, "h": 2000.0, "count": 300.0, "per problem": 2.0, "score": 7.0, "value": 900.0}
    return np.array([rng.uniform(0, sizes[metric.unit]) for metric in METRICS])


def a_summary(policy: int, replication: int, parts: tuple[tuple[str, str], ...], teams: int, changed: dict[str, float]) -> Summary:
    rng = np.random.default_rng([policy, replication])
    found = {part: np.column_stack([values(rng), np.full((len(METRICS), 3), np.nan)]) for part in parts}
    for measure, value in changed.items():
        found[OVERALL][NUMBER[measure], 0] = value
    hours = SCENARIO.days * 24
    queued = rng.integers(1, 50, hours)
    wait_s = rng.uniform(0, 30_000, hours)
    flows = {("bot", "helped_by_bot"): 30, ("bot", "left_in_bot"): 20, ("no bot", "served"): 50}
    return Summary("any", 1, replication, f"hash-{replication}", 100, 120, found, queued, wait_s, 2 * wait_s, flows, rng.integers(0, 30, (teams, teams)), *steps(policy, rng))


def steps(policy: int, rng: np.random.Generator) -> tuple[np.ndarray[Any, np.dtype[np.int64]], np.ndarray[Any, np.dtype[np.float64]]]:
    """What each thing that the bot offers did, and what each intent brings."""
    offered = len(offerings_of(SCENARIO, load_policy((*NAMES, "keywords", *NAMES, "keywords", *NAMES)[policy]).bot))
    counts = np.sort(rng.integers(1, 900, (offered, len(COUNTS))), axis=1)[:, ::-1]
    return counts, rng.uniform(1, 9, (len(SCENARIO.intents), len(FIGURES)))


def an_experiment(
    names: tuple[str, ...] = NAMES, replications: int = 3, scenario: Scenario = SCENARIO, changed: dict[int, dict[str, float]] | None = None
) -> Experiment:
    parts = (OVERALL, *(("segment", name) for name in scenario.segments), *(("team", name) for name in scenario.teams))
    policies = tuple(replace(load_policy(shipped), name=name) for shipped, name in zip((*NAMES, "keywords") * 3, names, strict=False))
    summaries = tuple(
        tuple(a_summary(policy, number, parts, len(scenario.teams), (changed or {}).get(policy, {})) for number in range(replications)) for policy in range(len(names))
    )
    return Experiment(scenario, policies, 1, replications, summaries)


def a_transcript(text: str = "where is my invoice", policy: str = "careful") -> Transcript:
    lines = (
        Line(36_000.0, "customer", text, text, text),
        Line(36_002.0, "bot", "bot", text, text),
        Line(39_600.0, "agent", text, text, text),
        Line(39_700.0, "system", "rule", text, text),
    )
    return Transcript(text, policy, 0, text, text, text, lines, ((text, text),), ((text, text),), (text, text), CLOCK)


def compared(experiment: Experiment, **changed: Any) -> Comparison:
    return replace(comparison_of(experiment), **changed)


class Page(HTMLParser):
    """What a browser would make of a page: its tags in order, texts by tag and class, and whether every element ends where it should."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, tuple[str, ...]]] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.open: list[tuple[str, str]] = []
        self.texts: dict[str, list[str]] = {}
        self.unbalanced: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, tuple(key for key, _ in attrs)))
        self.attributes += [(tag, key, value or "") for key, value in attrs]
        kind = f"{tag}.{dict(attrs).get('class') or ''}".rstrip(".")
        if tag not in VOID:
            self.open.append((tag, kind))
        self.texts.setdefault(kind, []).append("")

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop()[0] != tag:
            self.unbalanced.append(tag)

    def handle_data(self, data: str) -> None:
        for kind in {kind for _, kind in self.open}:
            self.texts[kind][-1] += data

    @property
    def shape(self) -> list[tuple[str, tuple[str, ...]]]:
        return self.tags


def cell(page: str, measure: str, policy: int) -> Page:
    """The cell of a measure in the table for everybody."""
    row = page.partition(f'<tr id="measure-{measure}"')[2].partition("</tr>")[0]
    return Page(f"<td{row.split('<td')[policy + 1]}")


def told(page: str, measure: str) -> list[str]:
    """The two lines of text in the second policy's cell."""
    texts = cell(page, measure, 1).texts
    return [" ".join("".join(texts[line]).split()) for line in ("div.value", "div.ends")]


@pytest.fixture(scope="module")
def page() -> str:
    experiment = an_experiment()
    return report_page(comparison_of(experiment), experiment, [a_transcript(), a_transcript(policy="deflect-hard")])


@given(st.text(min_size=1))
@example(HOSTILE)
@example("a `b` c")
def test_what_a_transcript_says_stays_in_its_place(text: str) -> None:
    found = Page(transcripts_list([a_transcript(text)], NAMES))
    assert found.shape == Page(transcripts_list([a_transcript("a")], NAMES)).shape
    assert not found.unbalanced
    assert found.texts["p.said"] == [clean(text)] * 4
    assert found.texts["p.note"] == [clean(text)] * 4
    assert found.texts["bdi.title"] == [clean(text)]
    assert found.texts["dt"] == found.texts["dd"] == [clean(text)] * 2


@cache
def named_all_over(name: str) -> Page:
    """A page on which everything has this name."""
    scenario = SCENARIO.model_copy(
        update={
            "scenario": name,
            "about": name,
            "segments": {name: SCENARIO.segments["trial"]},
            "teams": {name: SCENARIO.teams["triage"]},
            "sources": {name: SCENARIO.sources["intents"].model_copy(update={"assumed": name})},
        }
    )
    experiment = an_experiment((name, f"{name}2"), scenario=scenario)
    comparison = compared(experiment, headline=name, sentences=(f"{name}: {name}", name), caution=name)
    return Page(report_page(comparison, experiment, [a_transcript(name)]))


@settings(max_examples=4)
@given(st.text(st.characters(exclude_characters="`"), min_size=1))
@example(HOSTILE.replace("`", ""))
@example("\U0001f600" * 60)
def test_no_text_or_name_changes_the_shape_of_the_page(text: str) -> None:
    found = named_all_over(text)
    assert found.shape == named_all_over("x").shape
    assert not found.unbalanced
    assert found.texts["h1"] == [clean(text)]
    assert [tag for tag, _ in found.tags].count("script") == 1


@settings(max_examples=50)
@given(st.lists(st.floats(0, 1) | st.just(float("nan")), min_size=6, max_size=6).filter(lambda helped: not np.isnan(helped).all()))
def test_a_cell_shows_the_interval_or_what_stands_for_none(helped: list[float]) -> None:
    experiment = an_experiment(NAMES[:2])
    rows = iter(helped)
    for summaries in experiment.summaries:
        for summary in summaries:
            summary.values[OVERALL][NUMBER["helped_rate"]] = next(rows)
    readings = Readings(experiment)
    table = measures_table(readings)
    for policy in range(2):
        estimate = readings.estimate(policy, "helped_rate")
        found = cell(table, "helped_rate", policy)
        number = next(iter(found.texts.get("span.number") or found.texts["span.number none"]))
        nulls = estimate.nulls
        assert (number == "–") == (nulls > 0)
        assert (f"in {nulls} of 3 replications" in "".join(found.texts[f"td.p{policy}"])) == (0 < nulls < 3)
        for _, key, value in found.attributes:
            assert "nan" not in value, key


def test_the_page_is_well_formed_and_in_order(page: str) -> None:
    found = Page(page)
    assert not found.unbalanced
    assert not found.open
    assert found.texts["h2"] == [
        "Measures",
        "For whom: customers by segment",
        "Teams",
        "Waits over the week",
        "Where conversations went",
        "Right team and first team",
        "What each answer does",
        "What to automate next",
        "Conversations that went worst",
        "What this rests on",
    ]
    assert page.index("<h1>") < page.index('class="sentences"') < page.index('class="caution"') < page.index('class="measures"')


def test_nothing_is_fetched(page: str) -> None:
    found = Page(page)
    for tag, key, value in found.attributes:
        assert key not in {"src", "srcset", "action", "data", "style", "xlink:href"}, (tag, key)
        assert not key.startswith("on"), (tag, key)
        if key == "href":
            assert value.startswith("#")
        assert "//" not in value, (tag, key, value)
    assert not {"link", "img", "iframe", "object", "base", "form", "image", "use"} & {tag for tag, _ in found.tags}
    assert not re.findall(r"url\((?!#)|@import|https?:", page)


def test_links_lead_somewhere_and_ids_are_unique(page: str) -> None:
    found = Page(page)
    ids = [value for _, key, value in found.attributes if key == "id"]
    assert len(ids) == len(set(ids))
    assert {value[1:] for _, key, value in found.attributes if key == "href"} <= set(ids)


def test_the_policy_allows_this_style_and_script_and_nothing_else(page: str) -> None:
    (policy,) = (value for _, key, value in Page(page).attributes if key == "content" and "default-src" in value)
    directives = dict(each.strip().split(" ", 1) for each in policy.split(";"))
    assert directives["default-src"] == "'none'"
    assert "unsafe" not in policy
    for tag in ("style", "script"):
        (content,) = re.findall(f"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert directives[f"{tag}-src"] == f"'sha256-{digest}'"


def test_the_same_input_gives_the_same_bytes(page: str) -> None:
    experiment = an_experiment()
    assert report_page(comparison_of(experiment), experiment, [a_transcript(), a_transcript(policy="deflect-hard")]) == page


def test_it_is_small(page: str) -> None:
    assert len(page.encode()) < 600_000


def test_every_measure_is_there_with_its_definition(page: str) -> None:
    definitions = "".join(Page(page).texts["dl"])
    for metric in METRICS:
        assert page.count(f'<tr id="measure-{metric.id}"') == 1
        assert f"<code>{metric.id}</code>" in page
        assert metric.numerator in definitions


def test_every_group_names_measures_that_exist() -> None:
    named = [measure for group in GROUPS.values() for measure in group]
    assert len(named) == len(set(named))
    assert set(named) | set(SEGMENT_MEASURES) | set(TEAM_MEASURES) <= set(BY_ID)
    assert set(BY_ID) == set(named)


def test_null_is_never_or_a_dash_and_cannot_be_told_apart() -> None:
    nan = float("nan")
    experiment = an_experiment(NAMES[:2], changed={1: {"time_to_help_p50_s": nan, "wait_p50_s": nan}})
    table = measures_table(Readings(experiment))
    assert told(table, "time_to_help_p50_s") == ["cannot tell never", ""]
    assert told(table, "wait_p50_s") == ["cannot tell –", ""]
    assert "nan" not in table


def test_what_had_nothing_to_count_is_left_out_of_the_table_and_named() -> None:
    nan = float("nan")
    nothing = {"later_reply_p50_s": nan, "time_to_help_p90_s": nan}
    experiment = an_experiment(NAMES[:2], changed={0: nothing | {"wait_p50_s": nan}, 1: nothing})
    text = report_page(comparison_of(experiment), experiment, [])
    assert [measure for measure in BY_ID if f'<tr id="measure-{measure}"' not in text] == ["later_reply_p50_s"]
    assert "Left out, as there was nothing to count: later replies, median." in text
    assert "<code>later_reply_p50_s</code>" in text.partition("What the measures mean")[2]
    assert "Left out" not in report_page(comparison_of(whole := an_experiment()), whole, [])


def test_shares_that_nothing_can_raise_above_nought_are_left_out_of_the_tables() -> None:
    nought = {"blocked_rate": 0.0, "open_rate": 0.0, "reopen_rate": 0.0}
    triage = SCENARIO.teams["triage"].model_copy(update={"waiting_at_most": 9, "call_back": CallBack(from_waiting=2)})
    returns = SCENARIO.returns.model_copy(update={"reopens": Reopens(share=0.1)})
    caused = SCENARIO.model_copy(update={"teams": {**SCENARIO.teams, "triage": triage}, "returns": returns})

    def left_out(scenario: Scenario, **first: float) -> tuple[list[str], str]:
        experiment = an_experiment(NAMES[:2], scenario=scenario, changed={0: {**nought, **first}, 1: nought})
        comparison = comparison_of(experiment)
        text = report_page(comparison, experiment, [])
        missing = [measure for measure in BY_ID if f'<tr id="measure-{measure}"' not in text]
        assert [list(table.unseen) for table in comparison.tables[:1]] == [missing]
        return missing, text.partition("Left out, as there was nothing to count: ")[2].partition(".")[0]

    assert left_out(SCENARIO) == ([*nought], "turned away at a full inbox; never over; reopened")
    assert left_out(SCENARIO, open_rate=0.01) == (["blocked_rate", "reopen_rate"], "turned away at a full inbox; reopened")
    assert left_out(caused) == ([], "")


def test_verdicts_are_those_of_the_experiment() -> None:
    experiment = an_experiment(NAMES[:2], changed={0: {"helped_rate": 0.5, "lost_rate": 0.1, "occupancy": 0.5}, 1: {"helped_rate": 0.75, "lost_rate": 0.2, "occupancy": 0.25}})
    table = measures_table(Readings(experiment))
    assert told(table, "helped_rate") == ["▲ better 75.0%", "+25.0 pp in every replication"]
    assert told(table, "lost_rate") == ["▼ worse 20.0%", "+10.0 pp in every replication"]
    assert told(table, "occupancy") == ["↓ lower 25.0%", "−25.0 pp in every replication"]
    assert "verdict" not in "".join(value for _, _, value in cell(table, "helped_rate", 0).attributes)


def test_what_does_not_differ_is_the_same() -> None:
    experiment = an_experiment(NAMES[:2], changed={0: {"agent_hours": 1836.0}, 1: {"agent_hours": 1836.0}})
    assert told(measures_table(Readings(experiment)), "agent_hours") == ["the same 1,836.0 h", "in every replication"]


def bars(text: str) -> list[list[tuple[float, float]]]:
    """Start and width of each bar's bands, in per cent."""
    return [
        [(float(x), float(width)) for x, width in re.findall(r'<rect x="([-\d.]+)%" width="([-\d.]+)%"', bar)]
        for bar in re.findall(r'<svg class="bar.*?</svg>', text, re.DOTALL)
    ]


def test_interval_bars_of_a_row_share_a_scale_and_show_overlap() -> None:
    experiment = an_experiment(NAMES[:2], replications=4)
    for policy, level in ((0, 0.4), (1, 0.6)):
        for summary, step in zip(experiment.summaries[policy], (-1, 1, -1, 1), strict=True):
            summary.values[OVERALL][NUMBER["helped_rate"]] = level + 0.01 * step
    row = measures_table(Readings(experiment)).partition('<tr id="measure-helped_rate"')[2].partition("</tr>")[0]
    (first,), (baseline, second) = bars(row)
    assert first == baseline
    assert first[0] + first[1] < second[0]
    assert first[0] >= 0
    assert second[0] + second[1] <= 100


def test_one_policy_and_one_replication_have_neither_verdict_nor_interval() -> None:
    experiment = an_experiment(("careful",), replications=1)
    text = report_page(comparison_of(experiment), experiment, [])
    assert 'class="verdict' not in text
    assert 'class="interval"' not in text
    assert "baseline" not in Page(text).texts["thead"][0]
    assert "This run kept no transcripts." in text
    assert "nan" not in " ".join(Page(text).texts["main"]).split()


def test_more_policies_than_colours_are_shown() -> None:
    names = tuple(f"policy-{number}" for number in range(10))
    experiment = an_experiment(names, replications=2)
    text = report_page(comparison_of(experiment), experiment, [])
    assert all(name in text for name in names)
    assert not Page(text).unbalanced


def test_the_right_team_is_marked_and_rows_are_shares() -> None:
    experiment = an_experiment(("careful",), replications=1)
    experiment.summaries[0][0].placements[:] = 0
    experiment.summaries[0][0].placements[0, :3] = [150, 49, 1]
    text = report_page(comparison_of(experiment), experiment, [])
    (matrix,) = re.findall(r'<table class="matrix numbers">.*?</table>', text, re.DOTALL)
    cells = re.findall(r'<td class="([^"]*)">(.*?)</td>', matrix)
    assert [re.sub("<[^>]*>", "", content) for _, content in cells] == ["right team: 75%", "24%", "<1%".replace("<", "&lt;"), "0", "0", "0", "200"]
    assert [kind.split()[0] for kind, _ in cells] == ["right", "wrong", "wrong", "wrong", "wrong", "triage", "total"]


def test_nobody_reached_people() -> None:
    experiment = an_experiment(("deflect-hard",), replications=1)
    experiment.summaries[0][0].placements[:] = 0
    assert "No conversation reached people." in report_page(comparison_of(experiment), experiment, [])


def test_a_transcript_shows_times_authors_rules_and_the_truth() -> None:
    transcript = replace(
        a_transcript(),
        lines=(Line(36_000.0, "customer", "Ada", "hello", "recognised as pricing"), Line(36_125.0, "system", "rule", "placed in billing", "money questions"), Line(float("nan"), "agent", "Tom", "hi", "")),
        truth=(("really helped", "no"),),
        trace=("routing.billing fired: the intent is refund", "guard did not fire: no"),
    )
    found = Page(transcripts_list([transcript], NAMES))
    assert found.texts["div.who"] == ["Ada customer · Mon 10:00", "rule · Mon 10:02 (+2 min 5 s)", "Tom agent · –"]
    assert found.texts["p.note"] == ["recognised as pricing", "money questions"]
    assert found.texts["li.fired"] == ["routing.billing fired: the intent is refund"]
    assert "really helped" in found.texts["dt"]


def test_the_appendix_says_where_inputs_come_from_and_how_to_get_the_same_again(page: str) -> None:
    words = " ".join(Page(page).texts["main"])
    for source in SCENARIO.sources.values():
        assert source.text in words
    assert "hash-0" in words
    assert "the same for every policy" in words
    assert re.search(r"deskdrill \d+\.\d+", words)


def test_populations_that_differ_are_said() -> None:
    experiment = an_experiment(NAMES[:2])
    other = tuple(replace(summary, population_hash="other") for summary in experiment.summaries[1])
    text = report_page(comparison_of(experiment), replace(experiment, summaries=(experiment.summaries[0], other)), [])
    assert "not the same for every policy" in text


def test_a_report_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    experiment = an_experiment(("careful",), replications=1)
    comparison = comparison_of(experiment)
    place = tmp_path / "report.html"
    place.write_text("old")
    write_report(place, comparison, experiment, [])
    assert place.read_bytes() == report_page(comparison, experiment, []).encode()
    with pytest.raises(OSError, match="nowhere"):
        write_report(tmp_path / "nowhere" / "report.html", comparison, experiment, [])
    with pytest.raises(AttributeError):
        write_report(place, comparison, experiment, [None])  # type: ignore[list-item]
    assert [each.name for each in tmp_path.iterdir()] == ["report.html"]
    assert place.read_bytes() == report_page(comparison, experiment, []).encode()


def test_backticks_in_the_caution_are_code() -> None:
    experiment = an_experiment(("careful",), replications=1)
    assert "see <code>a &lt;b</code> there" in report_page(compared(experiment, caution="see `a <b` there"), experiment, [])
    assert "an odd ` one" in report_page(compared(experiment, caution="an odd ` one"), experiment, [])


# ------------------------------------------------------------------------------------------------------- in a browser

BROWSER = next((path for name in ("chromium", "chromium-browser", "google-chrome", "chrome") if (path := shutil.which(name))), None)
QUIET = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync")
Visit = Callable[..., tuple[bytes, list[str]]]


@pytest.fixture
def visit(tmp_path: Path) -> Visit:
    """Opens a page in a browser of a certain width: a screenshot and what the console said."""

    def opened(text: str, width: int, *options: str) -> tuple[bytes, list[str]]:
        (tmp_path / "page.html").write_text(text, encoding="utf-8")
        picture = tmp_path / "page.png"
        command = [
            str(BROWSER), *QUIET, "--enable-logging=stderr", "--virtual-time-budget=2000", f"--user-data-dir={tmp_path / 'profile'}",
            f"--screenshot={picture}", f"--window-size={width},2400", *options, (tmp_path / "page.html").as_uri(),
        ]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
        return picture.read_bytes(), [line for line in done.stderr.splitlines() if ":CONSOLE" in line]

    return opened


def shades(png: bytes) -> int:
    """How many different rows a picture has: one or two if it is blank."""
    data, at = b"", 8
    while at < len(png):
        (size,) = struct.unpack(">I", png[at : at + 4])
        data += png[at + 8 : at + 8 + size] * (png[at + 4 : at + 8] == b"IDAT")
        at += size + 12
    width, height = struct.unpack(">II", png[16:24])
    rows = zlib.decompress(data)
    length = len(rows) // height
    assert length >= width
    return len({rows[row * length + 1 : (row + 1) * length] for row in range(height)})


@pytest.mark.slow
@pytest.mark.skipif(BROWSER is None, reason="no Chromium or Chrome on the path")
@pytest.mark.parametrize("width", [1280, 500])
@pytest.mark.parametrize("options", [(), ("--blink-settings=preferredColorScheme=0",)], ids=["light", "dark"])
def test_a_browser_shows_the_page_and_has_nothing_to_complain_of(page: str, visit: Visit, width: int, options: tuple[str, ...]) -> None:
    picture, complaints = visit(page, width, *options)
    assert complaints == []
    assert shades(picture) > 200


@pytest.mark.slow
@pytest.mark.skipif(BROWSER is None, reason="no Chromium or Chrome on the path")
def test_a_browser_refuses_a_script_that_is_not_ours(page: str, visit: Visit) -> None:
    _, complaints = visit(page.replace("<h1>", "<script>document.body.remove()</script><h1>"), 1280)
    assert any("Content Security Policy" in line for line in complaints)
