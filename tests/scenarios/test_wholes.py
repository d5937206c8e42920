"""Shares of a whole of which some become others."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskdrill.scenarios.wholes import with_the_rest

SHARES = st.lists(st.integers(0, 1000), min_size=1, max_size=6).filter(any)


@given(parts=SHARES, data=st.data())
def test_a_whole_stays_whole_and_the_rest_in_proportion(parts: list[int], data: st.DataObject) -> None:
    before = {f"s{number}": part / sum(parts) for number, part in enumerate(parts)}
    changed = data.draw(st.dictionaries(st.sampled_from(sorted(before)), st.floats(0, 1).filter(lambda x: x == 0 or x > 1e-9), max_size=3))
    document = {"segments": {"a": {"intents": before}}}
    after = {"segments": {"a": {"intents": before | changed}}}
    paths = [("segments", "a", "intents", name) for name in changed]
    found = with_the_rest(document, after, paths)["segments"]["a"]["intents"]
    others = [name for name in before if name not in changed]
    left, were = 1 - sum(changed.values()), sum(before[name] for name in others)
    if not changed or left < 0 or not were:
        assert found == before | changed
        return
    assert sum(found.values()) == pytest.approx(1)
    assert {name: found[name] for name in changed} == changed
    assert [found[name] for name in others] == pytest.approx([before[name] * left / were for name in others])
    assert with_the_rest(document, after, paths) == with_the_rest(document, with_the_rest(document, after, paths), paths)


def test_what_is_no_share_stays_for_the_scenario_to_refuse() -> None:
    before = {"segments": {"a": {"share": "most"}, "b": {"share": 0.5}, "c": 3}}
    after = {"segments": {**before["segments"], "b": {"share": 0.7}}}
    assert with_the_rest(before, after, [("segments", "b", "share")]) == after
