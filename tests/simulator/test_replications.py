from __future__ import annotations

from pathlib import Path

import pytest
from small_desks import CAREFUL, HUMANS, one_desk, policy_of

from deskdrill.reports.counted import counted_data, what_counts
from deskdrill.rules.loading import load_policy
from deskdrill.simulator.executors import WorkersGone
from deskdrill.simulator.experiment import Experiment
from deskdrill.simulator.finished import experiment_of
from deskdrill.simulator.folders import unfinished_run
from deskdrill.simulator.manifest import Plan, finish
from deskdrill.simulator.replications import Replications, run_experiment

POLICIES = (policy_of(HUMANS), policy_of(CAREFUL))
# What it draws first differs from replication to replication.
MORTAL = """
import os, random
from deskdrill.rules import Reply

def reply(turn):
    global luck
    if "luck" not in globals():
        luck = random.random()
    if luck < 0.4:
        os._exit(3)
    return Reply(hand_over=True)
"""


def same(one: Experiment, other: Experiment) -> bool:
    return [[each.values[part].tobytes() for part in each.values] for policy in one.summaries for each in policy] == [
        [each.values[part].tobytes() for part in each.values] for policy in other.summaries for each in policy
    ]


@pytest.mark.parametrize("workers", [1, 2])
def test_more_can_be_asked_for_and_comes_to_the_same(workers: int) -> None:
    told: list[tuple[int, int]] = []
    with Replications(one_desk(), POLICIES, seed=5, workers=workers, finished=lambda *so_far: told.append(so_far)) as replications:
        replications.run([(1, 2)])
        first = replications.up_to(3)
        more = replications.up_to(5)
        again = replications.up_to(3)
    assert (first.replications, more.replications) == (3, 5)
    assert same(first, again)
    assert same(more, run_experiment(one_desk(), POLICIES, 5, seed=5))
    assert told[-1] == (10, 10)
    assert len(told) == 10


def test_an_experiment_may_be_of_any_replications() -> None:
    with Replications(one_desk(), POLICIES, seed=5) as replications:
        replications.run([(0, 7), (1, 7), (0, 8)])
        assert [each.replication for each in replications.experiment([7, 8]).summaries[1]] == [7]
        with pytest.raises(WorkersGone, match="in each replication"):
            replications.experiment([8])


@pytest.mark.slow
def test_what_ends_its_process_is_left_out_and_told(tmp_path: Path) -> None:
    (tmp_path / "mortal.py").write_text(MORTAL)
    (tmp_path / "mortal.yaml").write_text("policy: mortal\nbot: {python: mortal:reply}\n" + HUMANS.split("\n", 1)[1])
    policies, many = (POLICIES[0], load_policy(str(tmp_path / "mortal.yaml"))), 6
    plan = Plan(one_desk(), policies, {each.name: each.name for each in policies}, 5, "deskdrill compare")
    with unfinished_run(tmp_path / "run", plan, resume=False) as folder:
        found = run_experiment(one_desk(), policies, many, seed=5, workers=2, out=folder)
        numbers = [each.replication for each in found.summaries[0]]
        finish(folder, "", {str(each.replication): each.population_hash for each in found.summaries[0]}, None)
    assert 0 < len(found.given_up) < many
    assert {policy for policy, _ in found.given_up} == {1}
    assert sorted([*numbers, *(number for _, number in found.given_up)]) == list(range(many))
    assert [[each.replication for each in of_policy] for of_policy in found.summaries] == [numbers, numbers]
    assert f"Left out: replications {found.given_up[0][1]}" in what_counts(found)
    assert "under mortal" in what_counts(found)
    assert [each["replication"] for each in counted_data(found)["given_up"]] == [number for _, number in found.given_up]
    whole = run_experiment(one_desk(), policies[:1], many, seed=5)
    assert [each.values["overall", ""].tobytes() for each in found.summaries[0]] == [
        whole.summaries[0][number].values["overall", ""].tobytes() for number in numbers
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("deskdrill.simulator.run_folder.RunFolder.policy", lambda _, name: dict(zip(("humans", "mortal"), policies, strict=True))[name])
        assert same(experiment_of([tmp_path / "run"]), found)
