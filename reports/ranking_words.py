"""Which of many policies is best, in words and for programs."""

from __future__ import annotations

from typing import Any

from ..rules.wording import counted, listed
from ..simulator.metrics import BY_ID
from ..simulator.ranking import Ranked, Ranking
from .export import number_or_none
from .figures import change, figure, fine_change, margin_of
from .text import fitted, wrapped

MEANS = {
    "best": "selected",
    "worse": "worse",
    "as good": "as good, to within the margin",
    "better": "BETTER on fresh customers",
    "cannot tell": "cannot tell apart",
}


def ranking_text(ranking: Ranking, width: int) -> str:
    """The answer first, then each policy; ends with a line break."""
    metric = BY_ID[ranking.measure]
    rows = [
        (
            row.policy,
            figure(metric, row.mean.value) + f" {margin_of(metric, row.mean)}",
            _against(row, ranking),
            MEANS[row.verdict],
            row.searched,
        )
        for row in ranking.rows
    ]
    headers = ("policy", f"{ranking.measure}, fresh", f"against {ranking.best}", "", "searched")
    notes = (
        f"Means and differences are of {counted(ranking.fresh, 'replication')} that the search had not seen. Intervals "
        f"of means are individual; those of differences hold together ({_percent(ranking.confidence)}, Bonferroni). "
        "`searched`: the replications after which a policy was out, or the search over."
    )
    table = fitted([[*map(str, row)] for row in rows], headers, 1, width, (1, 2, 4))
    return f"{wrapped(ranking_sentence(ranking), width)}\n\n{table}\n\n{wrapped(notes, width)}\n"


def ranking_sentence(ranking: Ranking) -> str:
    """Which policy, how sure it is, and which others are not told from it."""
    metric = BY_ID[ranking.measure]
    by = fine_change(metric, ranking.margin).lstrip("+")
    side = "higher" if metric.better == "higher" else "lower"
    level = [row.policy for row in ranking.rows if row.verdict in ("as good", "cannot tell")]
    told = f" Within reach of it: {listed(level, 'and')}." if level else ""
    if not ranking.is_confirmed:
        doubt = [row.policy for row in ranking.rows[1:] if row.verdict in ("better", "cannot tell")]
        return (
            f"Cannot tell: {ranking.best} was selected, but on fresh customers {listed(doubt, 'or')} may have a "
            f"{ranking.measure} more than {by} {side}."
        )
    found = "" if ranking.is_found else " (by its mean, as the search came to the most replications that it may take)"
    return (
        f"Best: {ranking.best}{found}. With {_percent(ranking.confidence)} confidence no other policy has a "
        f"{ranking.measure} more than {by} {side}; confirmed on fresh customers.{told}"
    )


def ranking_data(ranking: Ranking) -> dict[str, Any]:
    """The same for programs."""
    return {
        "measure": ranking.measure,
        "margin": ranking.margin,
        "confidence": ranking.confidence,
        "best": ranking.best,
        "confirmed": ranking.is_confirmed,
        "found_by_the_search": ranking.is_found,
        "fresh_replications": ranking.fresh,
        "policies": [
            {
                "policy": row.policy,
                "replications_searched": row.searched,
                "value": row.mean.value,
                "low": number_or_none(row.mean.low),
                "high": number_or_none(row.mean.high),
                "verdict": row.verdict,
                "difference": None
                if row.behind is None
                else {
                    "value": row.behind.difference,
                    "low": number_or_none(row.behind.low),
                    "high": number_or_none(row.behind.high),
                },
            }
            for row in ranking.rows
        ],
    }


def _against(row: Ranked, ranking: Ranking) -> str:
    if row.behind is None:
        return ""
    metric = BY_ID[ranking.measure]
    ends = f"{fine_change(metric, row.behind.low)} to {fine_change(metric, row.behind.high)}"
    return f"{change(metric, row.behind.difference)} ({ends})"


def _percent(share: float) -> str:
    return f"{100 * share:g} %"
