"""What a recogniser's mistakes do to a policy, and which guards leak, as people and programs read it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import ceil, isinf, isnan
from typing import Any

from ..simulator.intervals import Estimate
from ..simulator.metrics import BY_ID, Metric
from ..simulator.sweep import MEASURES, NEVER_WRONG, Crossing, Leaking, Sweep
from .comparison import Cell, Row, Table
from .export import number_or_none
from .figures import NOTHING, figure, margin, percent
from .text import table_text, wrapped

_LEAKED = (
    "Leaked: conversations in which the bot answered or suggested an article / conversations from which it should have "
    "been kept. A guard should have kept it from those for whose first message it would hold, were every fact known "
    "and the problem recognised for what it is, whichever guard then does; with a sensitive intent, from all that are "
    "truly about it. A recogniser that is never wrong may let some through too: those whom no guard is about, and "
    "where facts are not set."
)
_RECOGNISERS = (
    "The recognisers: each recognises that share of the messages about a problem, whatever it is, and of requests for "
    "a person; what one of them is right about, a better one is right about too. Mistakes are those of the scenario's "
    "own recogniser, made more or less often, and as sure as its own."
)


def sweep_text(sweep: Sweep, bearable: float, width: int) -> str:
    """The answer in sentences, the measures by accuracy, then who leaks how much."""
    guards, intents = leaking(sweep)
    told = [_about(sweep), *_told(sweep, guards, intents, bearable)]
    blocks = ["\n".join(wrapped(each, width) for each in told)]
    blocks.append(table_text(_measures(sweep), width, sweep.replications))
    if guards or intents:
        blocks.append(table_text(_leaks(sweep, (*guards, *intents), bearable), width, sweep.replications))
        blocks[-1] += f"\n\n{wrapped(_LEAKED, width)}"
    blocks.append(wrapped(_RECOGNISERS, width))
    return "\n\n".join(blocks) + "\n"


def leaking(sweep: Sweep) -> tuple[tuple[Leaking, ...], tuple[Leaking, ...]]:
    """How the guards leak, and how the sensitive intents do; none where no bot could answer."""
    if sweep.policy.bot is None:
        return (), ()
    guards = tuple(sweep.of_guard(number) for number in range(len(sweep.policy.guards)))
    return guards, tuple(sweep.of_intent(number) for number in range(len(sweep.sensitive)))


def _about(sweep: Sweep) -> str:
    runs = f"{sweep.replications} replications" if sweep.replications > 1 else "one replication"
    own = sweep.recognised(len(sweep.accuracies) - 1).value
    tried = [percent(each) for each in sweep.accuracies if each is not None and each != NEVER_WRONG]
    others = tried[0] if len(tried) == 1 else f"{', '.join(tried[:-1])} and {tried[-1]}"
    kind = sweep.desk.scenario.recogniser.kind
    return (
        f"{sweep.policy.name} on {sweep.desk.scenario.name}: the same customers ({runs}, seed {sweep.seed}) with the "
        f"scenario's own recogniser ({kind}, {_percent(own)} of first messages recognised rightly), with recognisers "
        f"that are right about {others}, and with one that is never wrong."
    )


def _told(sweep: Sweep, guards: Sequence[Leaking], intents: Sequence[Leaking], bearable: float) -> Iterator[str]:
    if sweep.policy.bot is None:
        yield f"{sweep.policy.name} has no bot, so nothing can leak to it."
        return
    yield _first(sweep, guards, bearable, "guard") if guards else f"{sweep.policy.name} has no guards that could leak."
    if intents:
        yield _first(sweep, intents, bearable, "sensitive intent")


def _first(sweep: Sweep, each_of: Sequence[Leaking], bearable: float, noun: str) -> str:
    """Which leaks first and from which error rate on, as far as that can be told."""
    if sweep.replications < 2:
        return f"Which {noun} leaks first: cannot tell, as one replication has no intervals."
    found = [(each, each.crossing(bearable)) for each in each_of]
    highest, first = percent(_highest_error(sweep)), first_of(found)
    what = (
        f"{percent(bearable)} more of the conversations that should be kept from the bot get through than where none "
        "is recognised wrongly"
    )
    if not first:
        return f"No {noun} leaks: up to {highest} of messages recognised wrongly, in no case {what}."
    named = ", ".join(f"`{each.name}` {_once(at)}" for each, at in first)
    if len(first) > 1:
        said = f"Which {noun} leaks first: cannot tell, as intervals overlap: {named} ({what})."
    elif isinf(first[0][1].at):
        said = f"Whether any {noun} leaks: cannot tell; perhaps {named} ({what})."
    else:
        said = f"The {noun} that leaks first is {named}: from then on {what}."
    later = len(found) - len(first)
    others = "The other one" if later == 1 else f"The other {later}"
    return f"{said} {others}: later, or not up to {highest}." if later else said


def first_of(found: Sequence[tuple[Leaking, Crossing]]) -> list[tuple[Leaking, Crossing]]:
    """The one that leaks first and all whose intervals overlap its own, the earliest first; none where none may."""
    may = sorted((each for each in found if not isinf(each[1].low)), key=lambda each: (each[1].at, each[1].low))
    return [each for each in may if each[1].overlaps(may[0][1])]


def _measures(sweep: Sweep) -> Table:
    settings = range(len(sweep.accuracies))
    rows = [
        Row(("recognised rightly",), tuple(_share_cell(sweep.recognised(each)) for each in settings)),
        Row(("requests heard",), tuple(_share_cell(sweep.heard(each)) for each in settings)),
    ]
    found = {name: [sweep.measure(each, name) for each in settings] for name in MEASURES}
    seen = {name: row for name, row in found.items() if not all(each.nulls == each.n for each in row)}
    rows += [Row((name,), tuple(_cell(BY_ID[name], each) for each in row)) for name, row in seen.items()]
    unseen = tuple(name for name in MEASURES if name not in seen)
    about = (
        "mean ± half its 95 % interval, by how many messages are recognised rightly; heard are requests for a person "
        "that are recognised as such"
    )
    return Table("Measures", about, "overall", ("measure",), _names(sweep), tuple(rows), unseen)


def _cell(metric: Metric, found: Estimate) -> Cell:
    if metric.unit == "share":
        return _share_cell(found)
    half = (found.high - found.low) / 2
    return Cell(figure(metric, found.value), margin(metric, half) if half else "", nulls=found.nulls)


def _leaks(sweep: Sweep, each_of: Sequence[Leaking], bearable: float) -> Table:
    rows = []
    for each in each_of:
        at = each.crossing(bearable)
        known = sweep.replications > 1
        cells = [Cell(f"{each.kept(0):,.1f}"), Cell(_from(at, _highest_error(sweep)) if known else "cannot tell")]
        cells += [_share_cell(each.share(setting)) for setting in range(len(sweep.accuracies))]
        rows.append(Row((f"{each.kind} {each.name}",), tuple(cells)))
    about = "share of conversations that should have been kept from the bot and were answered by it"
    columns = ("should keep", f"{percent(bearable)} more from errors of", *_names(sweep))
    return Table("Leaks", about, "overall", ("who",), columns, tuple(rows))


def _names(sweep: Sweep) -> tuple[str, ...]:
    return tuple(_name(each) for each in sweep.accuracies)


def _name(accuracy: float | None) -> str:
    if accuracy is None:
        return "its own"
    return "never wrong" if accuracy == NEVER_WRONG else percent(accuracy)


def _share_cell(found: Estimate) -> Cell:
    """A share and half its interval, small ones with one digit more; of none at all, how many there may be."""
    half = 50 * (found.high - found.low)
    if isnan(found.value) or isnan(half):
        return Cell(_percent(found.value), nulls=found.nulls)
    if found.value == 0:
        return Cell("0%", f"≤{ceil(10_000 * found.high) / 100:.3g}%" if half else "")
    digits = 2 if 0 < half < 0.05 or found.value < 0.001 else 1
    return Cell(f"{100 * found.value:.{digits}f}%", f"±{half:.{digits}f}" if half else "", nulls=found.nulls)


def _from(at: Crossing, highest: float) -> str:
    if isinf(at.low):
        return f"not to {percent(highest)}"
    return f"cannot tell ({_range(at)})" if isinf(at.at) else f"{_percent(at.at)} ({_range(at)})"


def _once(at: Crossing) -> str:
    if isinf(at.at):
        return f"beyond what was tried (95% interval {_range(at)})"
    return f"once {_percent(at.at)} are recognised wrongly (95% interval {_range(at)})"


def _range(at: Crossing) -> str:
    return f"{100 * at.low:.1f}% or more" if isinf(at.high) else f"{100 * at.low:.1f} to {100 * at.high:.1f}%"


def _highest_error(sweep: Sweep) -> float:
    return 1 - min(each for each in sweep.accuracies if each is not None)


def _percent(share: float) -> str:
    return NOTHING if isnan(share) else f"{100 * share + 0.0:.1f}%"


def sweep_data(sweep: Sweep, bearable: float) -> dict[str, Any]:
    """The same for programs: error rates and shares from 0 to 1, `null` for what has no value or was never reached."""
    guards, intents = leaking(sweep)
    return {
        "scenario": sweep.desk.scenario.name,
        "policy": sweep.policy.name,
        "seed": sweep.seed,
        "replications": sweep.replications,
        "bearable": bearable,
        "settings": [
            {
                "name": name,
                "accuracy": accuracy,
                "recogniser": sweep.desk.scenario.recogniser.kind if accuracy is None else "confusion",
                "recognised_rightly": _estimate(sweep.recognised(number)),
                "requests_heard": _estimate(sweep.heard(number)),
                "metrics": {metric: _estimate(sweep.measure(number, metric)) for metric in MEASURES},
            }
            for number, (name, accuracy) in enumerate(zip(_names(sweep), sweep.accuracies, strict=True))
        ],
        "guards": [_leaking(sweep, each, bearable) for each in guards],
        "sensitive_intents": [_leaking(sweep, each, bearable) for each in intents],
        "first_guards": _first_names(guards, bearable),
        "first_intents": _first_names(intents, bearable),
        "definition": _LEAKED,
    }


def _first_names(each_of: Sequence[Leaking], bearable: float) -> list[str]:
    return [each.name for each, _ in first_of([(each, each.crossing(bearable)) for each in each_of])]


def _leaking(sweep: Sweep, each: Leaking, bearable: float) -> dict[str, Any]:
    at = each.crossing(bearable)
    return {
        "name": each.name,
        "leaks_from_errors": {
            "value": number_or_none(at.at),
            "low": number_or_none(at.low),
            "high": number_or_none(at.high),
        },
        "settings": [
            {
                "name": _name(accuracy),
                "should_keep": each.kept(number),
                "leaked": each.leaked(number),
                "share": _estimate(each.share(number)),
                "more": _estimate(each.more(number)),
            }
            for number, accuracy in enumerate(sweep.accuracies)
        ],
    }


def _estimate(found: Estimate) -> dict[str, Any]:
    return {
        "value": number_or_none(found.value),
        "low": number_or_none(found.low),
        "high": number_or_none(found.high),
        "n": found.n,
    }
