"""The report as one page that needs nothing else: no network, no script to be read, any browser, paper."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from hashlib import sha256
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template

from ..saving import write_whole
from ..simulator.experiment import Experiment
from ..simulator.transcript import Transcript
from . import palette
from .comparison import Comparison
from .markup import Markup, clean, element, joined
from .next_steps import CAUTION
from .performance import THRESHOLDS
from .readings import Readings
from .sections.appendix import definitions_table, inputs_tables, origin, policies_in_words
from .sections.conversations import transcripts_list
from .sections.measures import every_figure, measures_table
from .sections.misroutes import misroute_matrices
from .sections.next_steps import next_tables, offers_tables
from .sections.parts import GROUP_MEASURES, SEGMENT_MEASURES, TEAM_MEASURES, parts_table
from .sections.pictures import flows_figure, waits_figure
from .sections.targets import targets_table
from .sections.values import sentence_item
from .targets import Answer

_LIBRARY = files(__package__) / "library"


def write_report(
    path: Path,
    comparison: Comparison,
    experiment: Experiment,
    transcripts: Sequence[Transcript],
    targets: Answer | None = None,
) -> None:
    """The report as a file, written whole. Raises `OSError` where that cannot be done."""
    write_whole(path, report_page(comparison, experiment, transcripts, targets))


def report_page(
    comparison: Comparison, experiment: Experiment, transcripts: Sequence[Transcript], targets: Answer | None = None
) -> str:
    """The whole page, the same text for the same input."""
    style = palette.style() + _asset("report.css")
    script = _asset("report.js")
    allowed = ("default-src 'none'", f"style-src {_hash(style)}", f"script-src {_hash(script)}", "base-uri 'none'")
    return Template(_asset("report.html")).substitute(
        policy="; ".join((*allowed, "form-action 'none'")),
        title=escape(clean(f"{experiment.scenario.name}: {', '.join(experiment.names)} – deskdrill")),
        style=style,
        script=script,
        body=_body(comparison, experiment, transcripts, targets),
    )


def _body(
    comparison: Comparison, experiment: Experiment, transcripts: Sequence[Transcript], targets: Answer | None
) -> Markup:
    readings, several = Readings(experiment), len(experiment.names) > 1
    sections = (
        *([("targets", "Targets", _TARGETS_NOTE, targets_table(targets, experiment))] if targets is not None else []),
        ("measures", "Measures", _measures_note(readings), measures_table(readings)),
        (
            "segments",
            "For whom: customers by segment",
            _SEGMENTS_NOTE,
            parts_table(readings, "segment", SEGMENT_MEASURES),
        ),
        ("teams", "Teams", _TEAMS_NOTE, parts_table(readings, "team", TEAM_MEASURES)),
        *(
            [("groups", "Groups of agents", _GROUPS_NOTE, parts_table(readings, "group", GROUP_MEASURES))]
            if readings.groups
            else []
        ),
        ("waits", "Waits over the week", _waits_note(experiment), waits_figure(experiment)),
        ("flows", "Where conversations went", _FLOWS_NOTE, flows_figure(experiment)),
        ("misroutes", "Right team and first team", _MISROUTES_NOTE, misroute_matrices(experiment)),
        ("offers", "What each answer does", _OFFERS_NOTE, offers_tables(experiment)),
        ("next", "What to automate next", _NEXT_NOTE, next_tables(experiment)),
        (
            "transcripts",
            "Conversations that went worst",
            _TRANSCRIPTS_NOTE,
            transcripts_list(transcripts, experiment.names),
        ),
        ("appendix", "What this rests on", "", _appendix(readings)),
    )
    links = element(
        "nav",
        element("ul", *(element("li", element("a", title, href=f"#{name}")) for name, title, _, _ in sections)),
        aria_label="Contents",
    )
    told = [
        element("section", element("h2", title), element("p", note, class_="about") if note else None, content, id=name)
        for name, title, note, content in sections
    ]
    return joined(_opening(comparison, experiment, several), links, element("main", told))


def _opening(comparison: Comparison, experiment: Experiment, several: bool) -> Markup:
    scenario = experiment.scenario
    weeks = (
        f"{experiment.replications} replications of {scenario.days} days"
        if experiment.replications > 1
        else f"one replication of {scenario.days} days"
    )
    problems = sum(summary.problems for summary in experiment.summaries[0]) / max(len(experiment.summaries[0]), 1)
    counted = "counted in each" if experiment.warm_up is not None or any(scenario.backlog.values()) else "each"
    about = f"{scenario.name} · {weeks} from {scenario.start} · about {problems:,.0f} problems {counted}"
    sentences = [
        sentence_item(*each)
        for each in zip(comparison.sentences, range(len(experiment.names)), experiment.names, strict=True)
    ]
    baseline = f" {experiment.names[0]} is the baseline." if several else ""
    return element(
        "header",
        element("p", "Fire drill: ", about, class_="eyebrow"),
        element("h1", comparison.headline),
        element("ul", sentences, class_="sentences"),
        element("p", comparison.counted, " ", _prose(comparison.caution), baseline, class_="caution"),
        element("ul", [element("li", _prose(note)) for note in comparison.notes], class_="notes")
        if comparison.notes
        else None,
    )


def _prose(text: str) -> list[Markup | str]:
    """Text with what stands in backticks as code."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return [text]
    return [element("code", part) if number % 2 else part for number, part in enumerate(parts)]


def _measures_note(readings: Readings) -> str:
    note = (
        "A measure's name unfolds to what it means. Below each mean is its 95 % interval, drawn on the row's own scale"
    )
    names, unseen = readings.experiment.names, "; ".join(metric.title for metric in readings.unseen())
    left_out = f" Left out, as there was nothing to count: {unseen}." if unseen else ""
    if len(names) == 1:
        return f"{note}.{left_out}"
    return (
        f"{note}: the grey band behind it is the baseline's. Verdicts compare with {names[0]} on the same customers, "
        f"Holm-adjusted within the table; overlapping intervals can still differ, since the customers are the same."
        f"{left_out}"
    )


def _waits_note(experiment: Experiment) -> str:
    if not any(experiment.scenario.backlog.values()):
        return _WAITS_NOTE
    return f"{_WAITS_NOTE} The backlog is left out: when its customers came is not known."


_TARGETS_NOTE = (
    "A target is reached, or missed, where the whole interval lies on one side of its limit; these intervals are wider "
    "than those below, so that they hold all together at 95 %."
)
_SEGMENTS_NOTE = "A rule never sees the segment; it is the simulation's truth about a customer."
_TEAMS_NOTE = (
    "Waits, answers in time and abandonment are those of a team's inbox, transfers included; misroutes count where a "
    "conversation was placed first; staffing is the team's own."
)
_GROUPS_NOTE = "Agents who take from the inboxes of several teams."
_WAITS_NOTE = (
    "By the hour, in local time, in which a conversation joined an inbox: the time to the reply or to leaving, "
    "averaged over the replications. The scale is compressed, so that seconds by day and hours by night can both be "
    "read."
)
_FLOWS_NOTE = (
    "How conversations ended, first attempts and later ones, as shares of all that count. “Left in the bot” ended "
    "there without a person and, nearly always, without help."
)
_MISROUTES_NOTE = (
    "Of the conversations that reached people and belong to a team (row), the share that was placed in each team first "
    "(column). The right team is outlined. A team can also solve some problems of others, so not every conversation "
    "off the outline is a misroute."
)
_OFFERS_NOTE = (
    "Answers, articles, look-ups, transactions and what pages suggest, all replications together; shares with Wilson's "
    f"95 % interval, which takes conversations as independent and can be too narrow. {THRESHOLDS}"
)
_NEXT_NOTE = f"{CAUTION} Means over the replications with half their 95 % interval; shares are of all together."
_TRANSCRIPTS_NOTE = (
    "The worst of the first replication, of different customers, kinds of trouble and policies. Customers' names are "
    "made up; their texts are too, or come from the messages file."
)


def _appendix(readings: Readings) -> Markup:
    experiment = readings.experiment
    scenario = experiment.scenario
    return joined(
        element("h3", "The scenario"),
        element("p", scenario.about or scenario.name, dir="auto"),
        element("h3", "Inputs and where they come from"),
        *inputs_tables(scenario),
        element("h3", "The policies in words"),
        *policies_in_words(experiment),
        element("h3", "What the measures mean"),
        element("div", definitions_table(), class_="scroll"),
        element("h3", "All figures"),
        element(
            "details",
            element("summary", "Every measure with both intervals and its difference"),
            element("div", every_figure(readings), class_="scroll"),
            class_="fold",
        ),
        element("h3", "To get the same again"),
        origin(experiment),
    )


def _asset(name: str) -> str:
    return (_LIBRARY / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    """What a Content-Security-Policy calls an inline style or script."""
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"
