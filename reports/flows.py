"""Where conversations went: through the bot or straight to people, and how they ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..simulator.experiment import Experiment

OUTCOMES: Mapping[str, str] = {
    "helped_by_bot": "helped by the bot",
    "left_in_bot": "left in the bot",
    "served": "served by people",
    "abandoned": "abandoned the queue",
    "abandoned_silently": "abandoned silently",
    "blocked": "blocked",
    "open": "still open",
}
PATHS: Mapping[str, str] = {"bot": "met the bot", "no bot": "straight to people"}


@dataclass(frozen=True, slots=True)
class Flow:
    """A share of a policy's conversations that went one way; `starts` is the share before it."""

    path: str
    outcome: str
    share: float
    starts: float

    @property
    def words(self) -> str:
        """The way in words, such as `served by people after the bot`."""
        if self.outcome in ("helped_by_bot", "left_in_bot"):
            return OUTCOMES[self.outcome]
        return f"{OUTCOMES.get(self.outcome, self.outcome)}{' after the bot' if self.path == 'bot' else ', no bot'}"


def flows_of(experiment: Experiment) -> tuple[tuple[Flow, ...], ...]:
    """For each policy, all that is not nothing, from left to right: with a bot first, then without."""
    return tuple(_flows([dict(summary.flows) for summary in summaries]) for summaries in experiment.summaries)


def _flows(replications: list[dict[tuple[str, str], int]]) -> tuple[Flow, ...]:
    sums = {
        key: sum(each.get(key, 0) for each in replications) for key in {key for each in replications for key in each}
    }
    paths, outcomes = list(PATHS), list(OUTCOMES)
    order = sorted(sums, key=lambda key: (_place(key[0], paths), _place(key[1], outcomes), key))
    total, before, found = sum(sums.values()), 0, []
    for path, outcome in order:
        if sums[path, outcome]:
            found.append(Flow(path, outcome, sums[path, outcome] / total, before / total))
            before += sums[path, outcome]
    return tuple(found)


def _place(name: str, known: list[str]) -> int:
    return known.index(name) if name in known else len(known)


def flows_sentence(name: str, flows: tuple[Flow, ...]) -> str:
    """What there is to see of a policy."""
    if not flows:
        return f"{name}: no conversations."
    shares = {flow: f"{100 * flow.share:.1f}%" for flow in flows}
    return f"{name}: {', '.join(f'{share} {flow.words}' for flow, share in shares.items())}."
