"""Shares and random times, as a file holds them."""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy


@cache
def fractions() -> SearchStrategy[float]:
    """Shares, none and all among them."""
    return st.sampled_from((0.0, 0.3, 0.5, 0.9, 1.0))


@cache
def shares(parts: int) -> SearchStrategy[list[float]]:
    """That many shares, in whole per cent, that sum to 1; all but the first may be 0."""
    cuts = st.lists(st.integers(1, 100), min_size=parts - 1, max_size=parts - 1).map(
        lambda drawn: [0, *sorted(drawn), 100]
    )
    return cuts.map(lambda edges: [(high - low) / 100 for low, high in pairwise(edges)])


@cache
def distributions() -> SearchStrategy[dict[str, Any]]:
    """Random times of every shape, between seconds and hours, as a file holds them."""
    means = st.sampled_from(("20s", "5m", "30m", "2h"))
    cvs = st.sampled_from((0.3, 1.0, 2.0))
    branches = shares(2).filter(all).map(lambda parts: [{"share": part, "mean": "5m"} for part in parts])

    def shaped(shape: str, **fields: SearchStrategy[Any]) -> SearchStrategy[dict[str, Any]]:
        return st.fixed_dictionaries({"shape": st.just(shape), **fields})

    return st.one_of(
        st.fixed_dictionaries({"mean": means, "cv": cvs}),
        shaped("exponential", mean=means),
        shaped("exponential", median=means),
        shaped("deterministic", mean=means),
        shaped("erlang", mean=means, phases=st.integers(1, 9)),
        shaped("hyperexponential", branches=branches),
        shaped("hyperexponential", mean=means, scv=st.sampled_from((1.0, 4.0))),
        shaped("gamma", mean=means, cv=cvs),
        shaped("weibull", mean=means, k=st.sampled_from((0.5, 1.0, 3.0))),
        shaped("uniform", **{"from": st.sampled_from((0, "10s")), "to": means}),
        shaped("empirical", values=st.lists(means, min_size=1, max_size=4)),
        _curves(st.just(0)),
    )


@cache
def patiences() -> SearchStrategy[dict[str, Any]]:
    """How long customers wait, as a file holds it; some have no end of patience, some have none."""
    fractions = st.sampled_from((0.0, 0.3, 1.0))
    maybe_endless = distributions() | _curves(st.sampled_from((0.2, 1.0)))
    return st.fixed_dictionaries(
        {"live": distributions(), "inbox": maybe_endless},
        optional={"told": distributions(), "balks": fractions, "silent": fractions},
    ) | st.fixed_dictionaries(
        {"live": maybe_endless, "inbox": maybe_endless},
        optional={"announced_factor": st.sampled_from((0.5, 3.0)), "balks": fractions, "silent": fractions},
    )


@cache
def _curves(never: SearchStrategy[float]) -> SearchStrategy[dict[str, Any]]:
    """Curves of who is still waiting, down to a share that never leaves."""

    def curve(times: list[str], last: float) -> dict[str, Any]:
        return {"shape": "survival", "points": [*([each, max(0.6, last)] for each in times), ["3h", last]]}

    return st.builds(curve, st.sampled_from(([], ["30s"], ["30s", "9m"])), never)
