"""Rules at every moment of a conversation, as the simulator plays them."""

from __future__ import annotations

import pickle

import pytest
from small_desks import HUMANS, one_desk, policy_of

from deskdrill.errors import DeskdrillError
from deskdrill.rules.vocabulary import TRIGGERS
from deskdrill.simulator.attempts import TooManyLateConditions
from deskdrill.simulator.run import PLAYED, UnplayedTrigger, simulate

UNPLAYED = [trigger for trigger in TRIGGERS if trigger not in PLAYED]


@pytest.mark.parametrize("trigger", UNPLAYED)
def test_a_trigger_that_is_not_simulated_is_refused(trigger: str) -> None:
    on = "{waiting: 10m}" if trigger == "waiting" else trigger
    more = f"  - {{name: more, on: {on}, hit_policy: collect, rules: [{{id: a, then: {{tag: b}}}}]}}\n"
    with pytest.raises(UnplayedTrigger) as refused:
        simulate(one_desk(), policy_of(f"{HUMANS}{more}"))
    assert str(refused.value).startswith(f"humans: ruleset `more` acts on `{trigger}`, which is not simulated yet")


@pytest.mark.parametrize("error", [UnplayedTrigger("p", "r", "closed"), TooManyLateConditions("p", 7)])
def test_what_cannot_be_played_is_said_by_worker_processes_too(error: DeskdrillError) -> None:
    assert str(pickle.loads(pickle.dumps(error))) == str(error)
