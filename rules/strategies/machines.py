"""A bot as a state machine for Hypothesis: what may happen in a conversation, one thing after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from hypothesis import settings, stateful
from hypothesis import strategies as st

from ..cases import Around, Conversation, Played, Step
from ..invariants import built_in
from ..violations import violations
from ..wording import invariant_in_words
from .people import customers
from .talks import written

if TYPE_CHECKING:
    from ..policy import Policy
    from .wordings import Wordings

_STEPS: Final = 20
"""More than most bots let a conversation take."""


def bot_machine(
    policy: Policy, wordings: Wordings | None = None, around: Around | None = None
) -> type[stateful.RuleBasedStateMachine]:
    """A machine in which a customer writes to a policy's bot, is silent, or answers that it meant something else, until
    the bot's part is over; its invariants are the policy's, and those that every policy should keep. `wordings` and
    `around` are those of `conversations`.

    `TestBot = bot_machine(policy).TestCase` is a test for pytest. A subclass adds rules and invariants of its own;
    `self.talk` is the conversation, `self.played` what it came to so far. A rule with `on_missing: error` whose field
    is not known raises `MissingFact`.
    """
    surroundings = around or Around()
    own = {each.id: each for each in policy.invariants}
    must_hold = {**built_in(surroundings.knowledge.asks_recognised_from), **own}
    bot = policy.bot
    flow = () if bot is None or bot.flow is None else bot.flow.states
    silences = sorted({state.silent_for.after + 1 for state in flow if state.silent_for is not None}) or [60.0]

    class BotMachine(stateful.RuleBasedStateMachine):
        """A conversation with the bot."""

        talk: Conversation
        played: tuple[Played, ...] = ()
        _looked_at = 0

        @stateful.initialize(known=customers(policy, surroundings.hours))
        def begin(self, known: dict[str, object]) -> None:
            """Somebody opens the chat."""
            self.talk = Conversation(policy, known, surroundings)

        @stateful.rule(step=written(policy, wordings))
        def writes(self, step: Step) -> None:
            """The customer writes; nobody reads it once the bot's part is over."""
            if self.talk.standing.over is None:
                self.played = (*self.played, self.talk.after(step))

        @stateful.precondition(lambda self: self.talk.standing.over is None and self.played)
        @stateful.rule(after_s=st.sampled_from(silences))
        def is_silent(self, after_s: float) -> None:
            """The customer writes nothing for a while."""
            self.played = (*self.played, self.talk.after(Step(None, after_s=after_s)))

        @stateful.precondition(lambda self: (self.talk.standing.question or (None,))[0] is not None)
        @stateful.rule()
        def means_something_else(self) -> None:
            """The customer says that the errand that the bot asks about was not what was meant."""
            self.played = (*self.played, self.talk.after(Step("no", answers=False)))

        @stateful.invariant()
        def keeps_what_must_hold(self) -> None:
            """Nothing that must hold is broken."""
            if self._looked_at == len(self.played):
                return
            self._looked_at = len(self.played)
            for broken in violations(must_hold.values(), self.played, policy.groups):
                raise AssertionError(f"{broken.invariant.id}: {invariant_in_words(broken.invariant)}; {broken.told}")

    BotMachine.TestCase.settings = settings(stateful_step_count=_STEPS, deadline=None)
    return BotMachine
