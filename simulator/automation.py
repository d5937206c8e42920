"""What could be automated next: how much work each intent brings, and what a bot for it would save and risk."""

from __future__ import annotations

from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from ..rules.bot import Errand
from ..scenarios.scenario import Scenario
from .encounter import Encounter
from .measured import Measured
from .outages import manner_of
from .run import Run

FloatArray = NDArray[np.float64]
Rows = NDArray[np.int32] | NDArray[np.int64]
Means = Literal["answer", "article", "look_up", "transaction"]

FIGURES: Final = (
    "problems", "conversations", "recontacts", "helped_by_bot", "agent_s", "reached", "protected", "saved_s",
    "false_deflections", "lost", "lost_value",
)  # fmt: skip
"""What is added up of each intent, over the problems and conversations that count.

problems, conversations, recontacts   how many; the last are second and later conversations
helped_by_bot        problems that the bot solved
agent_s              time that agents held conversations about it
reached              problems that reached people; all that follows is about them
protected            of these, customers who are protected in truth
saved_s              agents' time on those whom a bot would help, but for those who write again all the same, less what
                     takes longer because customers return whom it left without help
false_deflections    customers whom it would not help and who would go without a word, and not return to the thread
lost, lost_value     of these, how many the first bad event would lose, and what they are worth; not a number where
                     segments have no value
"""


def means_of(scenario: Scenario, intent: str) -> Means | None:
    """What a bot would do best about an intent: what helps the largest share of its customers, of the shares that the
    scenario gives; `None`: nothing does.
    """
    kind, known, does = scenario.intents[intent], scenario.knowledge_of(intent), scenario.behaviour
    acts = getattr(does.understood, kind.complexity) * known.quality
    mix = scenario.mix()[:, list(scenario.intents).index(intent)]
    diggers = np.array([segment.temperament.digger for segment in scenario.segments.values()])
    digs = float(mix @ diggers / mix.sum()) if mix.sum() else 0.0
    reads = digs * does.articles.read_by_digger + (1 - digs) * does.articles.read_by_skimmer
    helps: dict[Means, float] = {
        "answer": kind.bot_solves * known.covers * acts,
        "article": kind.article_solves * known.covers * known.quality * reads,
        "look_up": kind.solved_by("look_up") * acts * does.look_ups.works,
        "transaction": kind.solved_by("transaction") * acts * does.transactions.works,
    }
    best = max(helps, key=lambda means: helps[means])
    return best if helps[best] > 0 else None


def automation_of(measured: Measured) -> FloatArray:
    """For each intent its figures; shape (intents, `FIGURES`)."""
    run = measured.run
    scenario, people, table = run.desk.scenario, run.population, run.conversations
    intents, problems, told = len(scenario.intents), measured.problems, measured.conversations

    def of_problems(rows: Rows, values: FloatArray | None = None) -> FloatArray:
        return np.bincount(people.intent[rows], weights=values, minlength=intents).astype(np.float64)

    about: Rows = table.problem[told]
    # Of no conversations bincount gives whole numbers.
    handled_s = np.bincount(about, weights=measured.handled_s[told], minlength=people.size).astype(np.float64)
    reached: Rows = problems[measured.reached_people[problems]]
    helps = _helps(run, reached)
    temper = [segment.temperament for segment in scenario.segments.values()]
    segment = people.segment[reached]
    gone = 1 - scenario.behaviour.returns_to_thread.share
    silent = np.array([each.unhelped.silent for each in temper])[segment] * gone * (1 - helps)
    lost = silent * np.array([each.loss.silent_unsolved for each in temper])[segment]
    again = np.array([each.recontacts_if_unsolved for each in temper])[segment]
    returns = scenario.returns
    if_helped, longer = (0.0, 0.0) if returns is None else (returns.if_helped, returns.handle_factor - 1)
    saved_s = handled_s[reached] * (helps * (1 - if_helped) - silent * (0.0 if returns is None else again) * longer)
    values = [np.nan if each.value is None else each.value for each in scenario.segments.values()]
    found = {
        "problems": of_problems(problems),
        "conversations": of_problems(about),
        "recontacts": of_problems(about[table.attempt[told] > 1]),
        "helped_by_bot": of_problems(problems[measured.helped_by_bot[problems]]),
        "agent_s": of_problems(problems, handled_s[problems]),
        "reached": of_problems(reached),
        "protected": of_problems(reached[run.attempts.protection.in_truth(reached.astype(np.int32), 1)]),
        "saved_s": of_problems(reached, saved_s),
        "false_deflections": of_problems(reached, silent),
        "lost": of_problems(reached, lost),
        "lost_value": of_problems(reached, lost * np.array(values)[segment]),
    }
    if np.isnan(values).any():
        found["lost_value"][:] = np.nan
    return np.stack([found[name] for name in FIGURES], axis=1)


def _helps(run: Run, rows: Rows) -> FloatArray:
    """For each of some problems the chance that the best means for its intent would solve it, recognised rightly."""
    scenario, people = run.desk.scenario, run.population
    encounter = Encounter(run.desk, run.policy, run.replies, people, run.draws, run.attempts.protection)
    helps = np.zeros(rows.size)
    for code, name in enumerate(scenario.intents):
        here = np.flatnonzero(people.intent[rows] == code)
        who = rows[here].astype(np.int32)
        match means_of(scenario, name):
            case None:
                continue
            case "answer":
                helps[here] = encounter.answer_helps[who]
            case "article":
                helps[here] = encounter.article_helps[who] * encounter.read_share[who]
            case "look_up" | "transaction" as kind:
                helps[here] = encounter.errand_helps(Errand(kind, name), who) * manner_of(scenario, kind).works
    return helps
