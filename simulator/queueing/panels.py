"""Integrals over panels of Gauss-Legendre nodes, halved where a function is rough: jumps and cusps cost a few panels
more and no accuracy.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
NODES = 16
# A function that is rough everywhere is taken as it is, not halved for ever.
MOST_PANELS = 50_000
# What rounding leaves of a misfit, for a function of size 1.
NOISE = 1e-13


class Panels:
    """Panels side by side, from the first of the ascending `edges` to the last.

    The first and the last node of a panel lie just inside its ends and weigh nothing: what happens between an end and
    the next node is seen there.
    """

    def __init__(self, edges: FloatArray) -> None:
        x, weights, _, _ = _rule()
        self.edges = edges
        self.widths = np.diff(edges)
        self.nodes = edges[:-1, None] + self.widths[:, None] * (x + 1) / 2
        self.nodes[:, 0] = np.nextafter(edges[:-1], edges[1:])
        self.nodes[:, -1] = np.nextafter(edges[1:], edges[:-1])
        self.weights = self.widths[:, None] * weights / 2

    def integral(self, values: FloatArray) -> float:
        """The integral over all panels of a function with these values at the nodes."""
        return float((values * self.weights).sum())

    def running(self, values: FloatArray) -> FloatArray:
        """The integral from the first edge to each node."""
        _, _, _, running = _rule()
        panels = (values * self.weights).sum(axis=1)
        before = np.cumsum(panels) - panels
        return np.asarray(before[:, None] + self.widths[:, None] / 2 * (values @ running.T))

    def with_edge(self, edge: float) -> Panels:
        """The same panels, one of them cut in two."""
        return Panels(np.union1d(self.edges, [edge]))

    def refined(self, values: Callable[[Panels], FloatArray], tolerance: float) -> Panels:
        """Halved panels, until the polynomials through the nodes fit; `tolerance` is that of a panel's integral."""
        _, _, misfit, _ = _rule()
        panels = self
        for _ in range(64):
            found = values(panels)
            error = np.abs(found @ misfit.T).sum(axis=1)
            rough = panels.widths * error > tolerance + NOISE * panels.widths * np.abs(found).max(axis=1)
            middle = (panels.edges[1:] + panels.edges[:-1]) / 2
            rough &= (middle > panels.edges[:-1]) & (middle < panels.edges[1:])
            if not rough.any() or panels.widths.size > MOST_PANELS:
                return panels
            panels = Panels(np.union1d(panels.edges, middle[rough]))
        return panels


@cache
def _rule() -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Nodes and weights from −1 to 1, the ends included; and two matrices for the polynomial through the inner nodes.

    One shows how badly it fits (its last two Legendre coefficients, and what it misses the values at the ends by), the
    other gives its integrals up to each node.
    """
    inner, weights = np.polynomial.legendre.leggauss(NODES)
    x = np.concatenate([[-1.0], inner, [1.0]])
    weights = np.pad(weights, 1)
    order = np.arange(NODES)
    legendre = np.polynomial.legendre.legvander(x, NODES)
    coefficients = (order[:, None] + 0.5) * (legendre[:, :-1] * weights[:, None]).T
    at_ends = legendre[[0, -1], :-1] @ coefficients - np.eye(x.size)[[0, -1]]
    below = np.concatenate([-np.ones((x.size, 1)), legendre[:, :-2]], axis=1)
    integrals = (legendre[:, 1:] - below) / (2 * order + 1)
    return x, weights, np.concatenate([coefficients[-2:], at_ends]), integrals @ coefficients
