"""What customers say of it when they are asked, and what all of them would say."""

from __future__ import annotations

from collections.abc import Callable

from ..part import Part
from ..quantiles import ratio
from ..surveys import Surveyed
from .metric import Metric

ASKED, REPLIED = "conversations whose customers were asked how it went", "surveys answered"


def _if_asked(value: Callable[[Part, Surveyed], float]) -> Callable[[Part], float]:
    """A value that is null where the policy asks nobody."""
    return lambda part: float("nan") if part.of.survey is None else value(part, part.of.survey)


OF_SURVEYS: tuple[Metric, ...] = (
    Metric(
        "csat_rate",
        "satisfied, of those who answer",
        "share",
        "higher",
        "surveys answered with 4 or 5 of 5 (top box)",
        REPLIED,
        _if_asked(lambda p, s: ratio(p.count(s.replied & s.satisfied), p.count(s.replied))),
    ),
    Metric(
        "csat_all_rate",
        "satisfied, of all",
        "share",
        "higher",
        "conversations whose customers would give 4 or 5 of 5, asked or not; where a survey is asked at all",
        "conversations that are over",
        _if_asked(lambda p, s: ratio(p.count(s.satisfied), p.count(s.csat > 0))),
    ),
    Metric(
        "ces_mean",
        "ease, of those who answer",
        "score",
        "higher",
        "sum of the answers to “the company made it easy for me”, 1 to 7, 7 is easy (CES version 2)",
        REPLIED,
        _if_asked(lambda p, s: p.mean(s.ces, s.replied)),
    ),
    Metric(
        "survey_reply_rate",
        "answer the survey",
        "share",
        "none",
        REPLIED,
        ASKED,
        _if_asked(lambda p, s: ratio(p.count(s.replied), p.count(s.asked))),
    ),
)
