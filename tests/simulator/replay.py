"""The inboxes of a finished run, looked at again."""

from __future__ import annotations

from math import inf

import numpy as np
from floors import on_duty

from deskdrill.simulator.run import Run


class Replay:
    """The state of every inbox at any moment, reconstructed from the visits of a finished run."""

    def __init__(self, run: Run) -> None:
        self.teams = run.desk.floorplan.groups
        self.names = list(run.team_names)
        self.team = run.attempts.visits.team
        self.joined_s, self.answered_s, self.ended_s = run.visits.joined_s, run.visits.answered_s, run.visits.ended_s
        self.agent = run.visits.agent
        left_s = np.where(np.isnan(self.answered_s), self.ended_s, self.answered_s)
        self.left_line_s = np.where(np.isnan(left_s), inf, left_s)

    def length(self, team: str, at_s: float) -> int:
        here = self.team == self.names.index(team)
        return int(np.count_nonzero(here & (self.joined_s < at_s) & (self.left_line_s > at_s)))

    def on_duty(self, team: str, at_s: float) -> int:
        return on_duty(self.teams[self.names.index(team)], at_s)

    def free(self, team: str, at_s: float) -> int:
        number = self.names.index(team)
        present = self.on_duty(team, at_s)
        holds = (self.team == number) & (self.answered_s < at_s) & (self.ended_s > at_s) & (self.agent < present)
        return present * self.teams[number].concurrency - int(np.count_nonzero(holds))

    def queue_over_throughput_s(self, team: str, at_s: float, over_s: float) -> float:
        here = self.team == self.names.index(team)
        taken = np.count_nonzero(here & (self.answered_s > at_s - over_s) & (self.answered_s < at_s))
        return self.length(team, at_s) * over_s / max(taken, 1)

    def last_wait_s(self, team: str, at_s: float) -> float:
        before = np.flatnonzero((self.team == self.names.index(team)) & (self.answered_s < at_s))
        last = before[np.argmax(self.answered_s[before])] if before.size else None
        return 0.0 if last is None else float(self.answered_s[last] - self.joined_s[last])
