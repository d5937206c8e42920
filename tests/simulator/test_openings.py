from __future__ import annotations

from math import sqrt

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from small_desks import ANSWERS, HUMANS, SMALL, policy_of, same_columns, scenario_of, small_desk
from talks import talks

from deskdrill.scenarios.pool import Kind
from deskdrill.simulator.draws import Draws
from deskdrill.simulator.openings import opens_vaguely
from deskdrill.simulator.run import simulate
from deskdrill.simulator.tables import tables_of


def writing(share: float, **changed: object) -> dict[str, object]:
    return {**changed, "messages": {**SMALL["messages"], "out_of_scope": share}}


@given(st.floats(0.01, 0.98), st.integers(0, 99), st.integers(1, 3))
def test_a_larger_share_adds_openings_and_takes_none_away(share: float, seed: int, attempt: int) -> None:
    rows, draws = np.arange(300, dtype=np.int32), Draws(seed, 0)
    few, more = (opens_vaguely(scenario_of(**writing(each)), draws, rows, attempt) for each in (share, share + 0.01))
    assert few is not None
    assert more is not None
    assert not (few & ~more).any()
    assert opens_vaguely(scenario_of(), draws, rows, attempt) is None


def test_as_many_open_without_a_word_on_the_problem_as_the_scenario_says() -> None:
    calm = {name: {**each, "temperament": {**each["temperament"], "asks_for_person_first": 0}} for name, each in SMALL["segments"].items()}
    desk = small_desk(scenario_of(**writing(0.3, segments=calm, arrivals={"per_week": 20_000}, days=1, returns=None)))
    run = simulate(desk, policy_of(HUMANS), 4)
    vague = desk.pool.kinds[run.conversations.opening] == Kind.VAGUE
    assert abs(vague.mean() - 0.3) < 4 * sqrt(0.3 * 0.7 / vague.size)


@settings(max_examples=5)
@given(st.integers(0, 2**32))
def test_what_comes_next_is_said_in_other_words_and_asking_for_a_person_comes_first(seed: int) -> None:
    desk = small_desk(scenario_of(**writing(1)))
    run = simulate(desk, policy_of(ANSWERS), seed)
    for talk in talks(run):
        kinds = [message.kind for message in talk.customer_said]
        assert kinds[0] in ("vague", "ask_person")
        assert "vague" not in kinds[1:]
        assert "opening" not in kinds


def test_where_nobody_opens_so_nothing_changes() -> None:
    run, same = (simulate(small_desk(scenario_of(**each)), policy_of(ANSWERS), 3) for each in ({}, writing(0)))
    assert all(same_columns(a, b) for a, b in zip(tables_of(run).values(), tables_of(same).values(), strict=True))
