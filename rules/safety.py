"""Whether a protected customer can meet the bot (S501), and whether it closes on somebody who complains (S504)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from ..findings import Finding
from .analysis import Analysis
from .conditions import All, Atom, Condition, Group
from .decide import guard_for
from .flow import ENDS, MAY_FAIL

if TYPE_CHECKING:
    from .decide import Facts
    from .flow import Flow, State

PROTECTED: Final = "protected"
"""The group that no bot should get to, by its name."""
SAYS_NO: Final = Atom("message.says", "is", "no")
COMPLAINS: Final = All((Atom("message.intent", "is", "complaint"), Atom("message.says", "unset", value=True)))


def safety(analysis: Analysis) -> Iterator[Finding]:
    """The findings about a policy's bot."""
    policy, bot = analysis.policy, analysis.policy.bot
    if bot is None:
        return
    if PROTECTED in policy.groups and (reached := _protected_reached(analysis)) is not None:
        if policy.guards:
            message = f"the guards let the bot get to customers of group `{PROTECTED}`; add one"
        else:
            message = f"no guard keeps the bot from group `{PROTECTED}`; add one"
        message += f" with `when: {{group: {PROTECTED}}}`"
        yield analysis.finding("S501", "warning", message, (None, None), reached)
    if bot.python is not None:
        return
    failures, most = bot.hand_over.after_failures, bot.max_turns
    if bot.flow is not None:
        if failures != 1:
            yield from _closing_states(analysis, bot.flow)
    elif bot.at_max_turns == "close" and bot.hand_over.when_asked and (failures == "never" or failures > most):
        message = (
            f"after {most} turns that did not help the bot closes the conversation, and who does not ask for a "
            "person gets none; set `at_max_turns: hand_over`, or `after_failures: 2`"
        )
        yield analysis.finding("S504", "warning", message, (None, None))


def _protected_reached(analysis: Analysis) -> Facts | None:
    policy = analysis.policy
    group = analysis.of(policy.groups[PROTECTED]).holds
    guards = [analysis.of(guard.when).fails for guard in policy.guards]
    found = analysis.somebody(group, *guards, shows=lambda facts: _meets_the_bot(analysis, _spoken_to(analysis, facts)))
    return None if found is None else _spoken_to(analysis, found)


def _spoken_to(analysis: Analysis, facts: Facts) -> Facts:
    """The same customer, in a language that the bot speaks: others are passed on without a word."""
    bot, language = analysis.policy.bot, facts.get("customer.language")
    if bot is None or bot.languages is None or language is None or language in bot.languages:
        return facts
    return {**facts, "customer.language": bot.languages[0]}


def _meets_the_bot(analysis: Analysis, facts: Facts) -> bool:
    return analysis.holds(Group(PROTECTED), facts) and guard_for(analysis.policy, facts) is None


def _closing_states(analysis: Analysis, flow: Flow) -> Iterator[Finding]:
    for state in flow.states:
        if state.act in ENDS:
            continue
        at = state.line, state.column
        if state.otherwise is not None and flow.named(state.otherwise).act == "closes":
            message = (
                f"from state `{state.name}` the bot closes on whom it did not understand, who then has no person; let "
                "`otherwise` lead to a state that hands over"
            )
            yield analysis.finding("S504", "warning", message, at)
        ways: list[tuple[str, Condition]] = [("complains", COMPLAINS)]
        for told, test in [("says no", SAYS_NO), *ways] if state.act in MAY_FAIL else ways:
            facts = _closed_on(analysis, flow, state, test)
            if facts is not None:
                message = (
                    f"from state `{state.name}` the bot closes on a customer who {told}, who then has no person; put a "
                    "branch before it that leads to a state that hands over"
                )
                yield analysis.finding("S504", "warning", message, at, facts)
                break


def _closed_on(analysis: Analysis, flow: Flow, state: State, test: Condition) -> Facts | None:
    """A message that meets the test, and that leads to a state that closes, if there is any."""
    guards = [analysis.of(guard.when).fails for guard in analysis.policy.guards]
    before: list[Condition] = []
    for branch in state.next:
        if flow.named(branch.go).act == "closes":
            passed = [analysis.of(each).fails for each in before]
            facts = analysis.somebody(analysis.of(test).holds, analysis.of(branch.when).holds, *passed, *guards)
            if facts is not None and analysis.holds(branch.when, facts):
                return facts
        before.append(branch.when)
    return None
