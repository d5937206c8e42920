"""How good a recogniser is, as people and programs read it."""

from __future__ import annotations

from collections.abc import Iterator
from math import isnan
from typing import Any

from ..simulator.proportions import Proportion
from ..simulator.quality import Mistake, OfIntent, Quality, Sureness
from .export import number_or_none
from .figures import NOTHING, percent
from .terminal import neutral
from .text import grid, wrapped

MOST_MISTAKES = 12
_EXAMPLE = 44
"""Characters of a text that is shown as an example."""


def quality_text(quality: Quality, width: int) -> str:
    """The answer in sentences, then how sure it is, intent by intent, and the largest mistakes."""
    blocks = ["\n".join(wrapped(each, width) for each in _sentences(quality)), _sureness(quality, width)]
    blocks += [_intents(quality, width), _mistakes(quality, width)]
    return "\n\n".join(blocks) + "\n"


def _sentences(quality: Quality) -> Iterator[str]:
    first, asks = quality.accuracy, quality.asks
    yield (
        f"The recogniser of {quality.scenario} ({quality.kind}) is right about {_percent(first.share)} of first "
        f"messages about a problem ({_interval(first)}), and has no guess for {_percent(quality.unguessed.share)}."
    )
    heard = f"It takes {_percent(asks.share)} of requests for a person for what they are ({_interval(asks)})"
    yield f"{heard}." if asks.of else "Nobody asked for a person at first, so nothing says how many it would hear."
    if isnan(quality.says):
        yield "It never has a guess."
    else:
        half, high = quality.at_least[0], quality.at_least[1]
        yield (
            f"It says that it is {_percent(quality.says)} sure on average; calibration error {_points(quality)}. Of "
            f"its guesses, {_percent(high.right.share)} are right where it is at least 70% sure "
            f"({_percent(high.share.share)} of first messages), {_percent(half.right.share)} from 50% on "
            f"({_percent(half.share.share)})."
        )
    yield _source(quality)


def _source(quality: Quality) -> str:
    many, origins = int(quality.matrix.sum()), quality.accuracy.origins
    match quality.source:
        case "week":
            return (
                f"Drawn: {many:,} first messages of one simulated week (seed {quality.seed}), with the matrix of the "
                "scenario, which is given beside them."
            )
        case "messages":
            return (
                f"Measured on {quality.accuracy.of:,} messages of the test rows, which it has not learnt from, and on "
                f"{many - quality.accuracy.of:,} made-up ones (requests for a person, small talk). Intents weigh as "
                "often as the scenario's customers have them."
            )
        case "wordings":
            return (
                f"Measured on {many:,} texts that customers write, those about problems made from {origins} wordings "
                "that the scenario teaches nobody; texts of one wording are alike, and the intervals allow for it. "
                "Intents weigh as often as the scenario's customers have them."
            )


def _sureness(quality: Quality, width: int) -> str:
    rows = [_band(each, f"{percent(each.low)} to {percent(each.high)}") for each in quality.bands if each.right.of]
    rows += [_band(each, f"{percent(each.low)} and more") for each in quality.at_least]
    about = "How sure the guess is: how many first messages, how sure on average, and how many of them are right"
    headers = ["sure", "messages", "says", "right", "95% interval", "texts"]
    return f"{wrapped(about, width)}\n\n{grid(rows, headers, right_from=1)}"


def _band(each: Sureness, name: str) -> list[str]:
    return [name, _percent(each.share.share), _percent(each.says), *_share(each.right), f"{each.right.of:,}"]


def _intents(quality: Quality, width: int) -> str:
    given = quality.given is not None
    rows = [[each.name, *_of_intent(each, given)] for each in quality.intents]
    about = (
        "By intent: recall (of messages about it, recognised as it) and precision (of first messages recognised as "
        "it, about it)"
    )
    shares = ["recall", "95% interval", "no guess", "precision", "95% interval"]
    headers = ["about", "texts", *(["given"] if given else []), *shares]
    return f"{wrapped(about, width)}\n\n{grid(rows, headers, right_from=1)}"


def _of_intent(each: OfIntent, given: bool) -> list[str]:
    return [
        f"{each.recall.of:,}",
        *([_percent(each.given if each.given is not None else float("nan"))] if given else []),
        *_share(each.recall),
        _percent(each.unguessed.share),
        *_share(each.precision),
    ]


def _mistakes(quality: Quality, width: int) -> str:
    if not quality.mistakes:
        return "It makes no mistake on these messages."
    shown = quality.mistakes[:MOST_MISTAKES]
    rows = [_mistake(each) for each in shown]
    headers = ["about", "taken for", "of those about it", "95% interval", "texts", "such as"]
    more = len(quality.mistakes) - len(shown)
    after = f"\n{more:,} more kinds of mistakes; --format json has all of them." if more else ""
    kept = headers if shown[0].example is not None else headers[:-1]
    table = grid([row[: len(kept)] for row in rows], kept, right_from=len(kept))
    return f"{wrapped('The largest mistakes, by how often first messages are such', width)}\n\n{table}{after}"


def _mistake(each: Mistake) -> list[str]:
    text = neutral(each.example or "")
    example = text if len(text) <= _EXAMPLE else f"{text[: _EXAMPLE - 1]}…"
    return [each.truth, each.taken_for or "nothing", *_share(each.share), f"{each.texts:,}", example]


def _share(each: Proportion) -> list[str]:
    return [_percent(each.share), NOTHING if isnan(each.share) else _ends(each)]


def _ends(each: Proportion) -> str:
    digits = 0 if each.high - each.low > 0.02 else 1
    return f"{100 * each.low:.{digits}f} to {100 * each.high:.{digits}f}%"


def _interval(each: Proportion) -> str:
    return f"95% interval {_ends(each)}" if each.of else "no such messages"


def _percent(share: float) -> str:
    return NOTHING if isnan(share) else f"{100 * share + 0.0:.1f}%"


def _points(quality: Quality) -> str:
    return NOTHING if isnan(quality.calibration_error) else f"{100 * quality.calibration_error:.1f} percentage points"


def quality_data(quality: Quality) -> dict[str, Any]:
    """The same for programs, with the whole confusion matrix; `null` where there are no messages."""
    names = [each.name for each in quality.intents]
    return {
        "scenario": quality.scenario,
        "recogniser": quality.kind,
        "source": quality.source,
        "seed": quality.seed,
        "accuracy": _data(quality.accuracy),
        "no_guess": _data(quality.unguessed),
        "requests_for_a_person_recognised": _data(quality.asks),
        "intents": [
            {
                "name": each.name,
                "given": each.given,
                "recall": _data(each.recall),
                "no_guess": _data(each.unguessed),
                "precision": _data(each.precision),
            }
            for each in quality.intents
        ],
        "confusion": {
            "about": names,
            "recognised_as": [*names, None],
            "messages": quality.matrix.tolist(),
            "given": None if quality.given is None else quality.given.tolist(),
        },
        "mistakes": [
            {
                "about": each.truth,
                "taken_for": each.taken_for,
                "of_those_about_it": _data(each.share),
                "texts": each.texts,
                "example": each.example,
            }
            for each in quality.mistakes
        ],
        "calibration": {
            "says": number_or_none(quality.says),
            "error": number_or_none(quality.calibration_error),
            "bands": [_sureness_data(each) for each in quality.bands],
            "at_least": [_sureness_data(each) for each in quality.at_least],
        },
    }


def _sureness_data(each: Sureness) -> dict[str, Any]:
    return {
        "from": each.low,
        "to": each.high,
        "messages": _data(each.share),
        "says": number_or_none(each.says),
        "right": _data(each.right),
    }


def _data(each: Proportion) -> dict[str, Any]:
    return {
        "share": number_or_none(each.share),
        "low": number_or_none(each.low),
        "high": number_or_none(each.high),
        "of": each.of,
        "origins": each.origins,
    }
