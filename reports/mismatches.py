"""What of a policy comes to nothing with the scenarios that it is used with: errands that help nobody, languages that
nobody writes in.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from ..findings import Finding
from ..rules.policy import Policy
from ..rules.wording import listed
from ..scenarios.intents import ErrandKind
from ..scenarios.notes import Note, result_notes
from ..scenarios.phrasebook import shipped_languages
from ..scenarios.scenario import Scenario
from ..simulator.experiment import Experiment
from ..simulator.performance import offerings_of

HELPS_NOBODY: Final = "S507"
"""An errand of which no scenario says what it solves."""
UNWRITTEN: Final = "S508"
"""Languages of a bot that nobody writes in."""
_WORDS: Final[dict[ErrandKind, str]] = {"look_up": "look-up", "transaction": "transaction"}


def mismatches(policy: Policy, scenarios: Sequence[Scenario]) -> tuple[Finding, ...]:
    """The findings of a policy that is to be used with any of these scenarios, each with its place; without one, what
    ships may be meant.
    """
    return (*_idle_errands(policy, scenarios), *_unwritten(policy, scenarios))


def notes_beside(experiment: Experiment) -> tuple[Note, ...]:
    """What belongs beside the figures of a run: what is odd about the scenario, and what of each policy comes to
    nothing with it.
    """
    scenario = experiment.scenario
    found = [*result_notes(scenario)]
    for policy in experiment.policies:
        keys = [_key(*errand) for errand in _errands_without_share(policy, [scenario])]
        if keys:
            message = (
                f"what `{policy.name}` looks up or carries out helps nobody where the scenario does not say what that "
                f"solves; set {_quoted(keys)}"
            )
            found.append(Note(HELPS_NOBODY, "warning", message, ("intents",)))
        if languages := _languages_without_customers(policy, [scenario]):
            message = f"the bot of `{policy.name}` speaks {_quoted(languages)}, in which nobody writes"
            found.append(Note(UNWRITTEN, "warning", message, ("segments",)))
    return tuple(found)


def _idle_errands(policy: Policy, scenarios: Sequence[Scenario]) -> Iterator[Finding]:
    without = _errands_without_share(policy, scenarios)
    for errand in () if policy.bot is None else policy.bot.errands:
        if (errand.kind, errand.intent) in without:
            message = (
                f"{_who(scenarios)} not say what a {_WORDS[errand.kind]} about `{errand.intent}` solves, so it helps "
                f"nobody; set `{_key(errand.kind, errand.intent)}`"
            )
            yield Finding(HELPS_NOBODY, "warning", message, policy.place, errand.line, errand.column)


def _who(scenarios: Sequence[Scenario]) -> str:
    return f"scenario `{scenarios[0].name}` does" if len(scenarios) == 1 else "the scenarios do"


def _unwritten(policy: Policy, scenarios: Sequence[Scenario]) -> Iterator[Finding]:
    bot, languages = policy.bot, _languages_without_customers(policy, scenarios)
    if bot is not None and languages:
        nobody = "nobody writes in any scenario" if scenarios else "no scenario has words"
        if len(scenarios) == 1:
            nobody = f"nobody writes in scenario `{scenarios[0].name}`"
        message = f"the bot speaks {_quoted(languages)}, in which {nobody}"
        yield Finding(UNWRITTEN, "warning", message, policy.place, *(bot.languages_at or (None, None)))


def _errands_without_share(policy: Policy, scenarios: Sequence[Scenario]) -> list[tuple[ErrandKind, str]]:
    """Errands about intents that there are, of which no scenario says what they solve, be it nothing."""
    shares: dict[tuple[ErrandKind, str], list[float | None]] = {}
    for scenario in scenarios:
        for each in offerings_of(scenario, policy.bot):
            if each.kind in _WORDS:
                share = getattr(scenario.intents[each.intent], _key_of(each.kind))
                shares.setdefault((each.kind, each.intent), []).append(share)
    return [errand for errand, found in shares.items() if all(share is None for share in found)]


def _languages_without_customers(policy: Policy, scenarios: Sequence[Scenario]) -> list[str]:
    written = {name for each in scenarios for name in each.languages} if scenarios else {*shipped_languages()}
    spoken = () if policy.bot is None else policy.bot.languages or ()
    return [name for name in spoken if name not in written]


def _key(kind: ErrandKind, intent: str) -> str:
    return f"intents.{intent}.{_key_of(kind)}"


def _key_of(kind: ErrandKind) -> str:
    return f"{kind}_solves"


def _quoted(names: Sequence[str]) -> str:
    return listed([f"`{name}`" for name in names], "and")
