from __future__ import annotations

import json

import numpy as np
import pytest
from small_desks import CAREFUL, DEFLECT, HUMANS, one_desk, policy_of

from deskdrill.errors import InputError
from deskdrill.reports.ranking_words import ranking_data, ranking_sentence, ranking_text
from deskdrill.simulator.intervals import estimate
from deskdrill.simulator.ranking import Ranked, Ranking, ranking_of
from deskdrill.simulator.replications import Replications
from deskdrill.simulator.selection import Behind

POLICIES = tuple(policy_of(text) for text in (HUMANS, DEFLECT, CAREFUL))


def ranked(policies: tuple[int, ...], measure: str, margin: float, workers: int = 1) -> Ranking:
    with Replications(one_desk(), tuple(POLICIES[each] for each in policies), seed=5, workers=workers) as replications:
        return ranking_of(replications, measure, margin, at_most=40)


def test_a_bot_without_a_way_out_is_the_worst_and_costs_little() -> None:
    found = ranked((0, 1, 2), "helped_rate", 0.1)
    by_name = {row.policy: row for row in found.rows}
    assert by_name["deflect"].verdict == "worse"
    assert by_name["deflect"].searched == 10
    assert found.best != "deflect"
    assert found.is_confirmed
    assert found.rows[0].behind is None
    means = [row.mean.value for row in found.rows[1:]]
    assert means == sorted(means, reverse=True)


def test_where_less_is_better_the_least_is_selected() -> None:
    found = ranked((1, 0), "gave_up_rate", 0.1)
    assert found.best == "humans"
    assert found.rows[1].verdict == "worse"
    assert found.rows[1].behind is not None
    assert found.rows[1].behind.low > 0


def test_the_order_of_policies_changes_neither_the_answer_nor_its_figures() -> None:
    one, other = ranked((0, 1), "helped_rate", 0.2), ranked((1, 0), "helped_rate", 0.2)
    assert ranking_data(one) == ranking_data(other)


@pytest.mark.slow
def test_any_number_of_workers_ranks_alike() -> None:
    assert ranked((0, 1, 2), "helped_rate", 0.1, workers=2) == ranked((0, 1, 2), "helped_rate", 0.1)


def test_fresh_replications_are_those_that_the_search_has_not_seen() -> None:
    with Replications(one_desk(), POLICIES[:2], seed=5) as replications:
        before: dict[tuple[int, int], object] = {}
        found = ranking_of(replications, "helped_rate", 0.3, at_most=40, selected=lambda *_: before.update(replications.found))
        seen = {number for _, number in before}
        fresh = {number for _, number in replications.found} - seen
    assert len(fresh) == found.fresh
    assert min(fresh) == max(seen) + 1
    values = [replications.found[0, each].values["overall", ""][0] for each in sorted(fresh)]
    assert next(row for row in found.rows if row.policy == "humans").mean == estimate(np.array(values))


def test_a_measure_without_a_value_cannot_rank() -> None:
    with pytest.raises(InputError, match="`containment_rate` has no value in replication 0 of `humans`"):
        ranked((0, 1), "containment_rate", 0.1)


def a_ranking(low: float, high: float, verdict: str, sure: bool) -> Ranking:
    mean = estimate(np.array([0.8, 0.82, 0.84]))
    rows = (
        Ranked("mine", 12, mean, None, "best"),
        Ranked("other", 12, mean, Behind(1, (low + high) / 2, low, high), verdict),  # type: ignore[arg-type]
    )
    return Ranking("helped_rate", 0.01, 0.95, rows, 24, True, sure)


def test_the_sentence_says_how_sure_it_is() -> None:
    assert ranking_sentence(a_ranking(-0.05, -0.03, "worse", sure=True)) == (
        "Best: mine. With 95 % confidence no other policy has a helped_rate more than 1.0 pp higher; confirmed on fresh customers."
    )
    assert ranking_sentence(a_ranking(-0.004, 0.004, "as good", sure=True)).endswith(" Within reach of it: other.")
    assert ranking_sentence(a_ranking(-0.02, 0.02, "cannot tell", sure=False)) == (
        "Cannot tell: mine was selected, but on fresh customers other may have a helped_rate more than 1.0 pp higher."
    )
    assert "BETTER on fresh customers" in ranking_text(a_ranking(0.02, 0.03, "better", sure=False), 100)
    assert "+2.5 pp (+2.0 pp to +3.0 pp)" in ranking_text(a_ranking(0.02, 0.03, "better", sure=False), 100)
    data = json.loads(json.dumps(ranking_data(a_ranking(0.02, 0.03, "better", sure=False))))
    assert (data["best"], data["confirmed"], data["policies"][1]["difference"]["low"]) == ("mine", False, 0.02)
