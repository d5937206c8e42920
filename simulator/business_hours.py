"""Business hours: the time in which somebody who takes from an inbox is on duty."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .floorplan import Floorplan

FloatArray = NDArray[np.float64]

_FOR_EVER_S = 2.0**40
"""Longer than any run: what holds at the last change of shift holds from then on."""


class BusinessHours:
    """How long each inbox of a floorplan has been open by any moment."""

    def __init__(self, plan: Floorplan) -> None:
        self._open = [_open_until(plan, inbox.groups) for inbox in plan.inboxes]

    def until(self, inbox: NDArray[np.int8], *at_s: FloatArray) -> list[FloatArray]:
        """Seconds for which inboxes have been open from the start of the run to some moments, one of each column for
        each inbox; a moment that is not a number gives none.
        """
        opened_s = [np.empty(inbox.size) for _ in at_s]
        for number, (moments_s, open_s) in enumerate(self._open):
            here = np.flatnonzero(inbox == number)
            for opened, moment_s in zip(opened_s, at_s, strict=True):
                # An inbox that is always open has but the two ends.
                always = moments_s.size == 2 and open_s[1] > 0
                opened[here] = moment_s[here] if always else np.interp(moment_s[here], moments_s, open_s)
        return opened_s


def _open_until(plan: Floorplan, groups: tuple[int, ...]) -> tuple[FloatArray, FloatArray]:
    """The moments at which an inbox opens or closes, and for how long it has been open by then."""
    changes_s = [np.array(plan.groups[group].from_s) for group in groups]
    moments_s = np.unique(np.concatenate([np.zeros(1), *changes_s]))
    on_duty = np.zeros(moments_s.size, dtype=bool)
    for group, from_s in zip(groups, changes_s, strict=True):
        agents = np.array(plan.groups[group].agents)
        on_duty |= agents[np.maximum(np.searchsorted(from_s, moments_s, side="right") - 1, 0)] > 0
    turns = np.flatnonzero(np.concatenate([[True], on_duty[1:] != on_duty[:-1]]))
    moments_s = np.append(moments_s[turns], moments_s[-1] + _FOR_EVER_S)
    return moments_s, np.concatenate([[0.0], np.cumsum(np.diff(moments_s) * on_duty[turns])])
