"""The scenario and the policy of a case: plain data, as the files of an ordinary desk hold them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ...documents import parse_document
from ...errors import BadValue, InputError
from ...rules.loading import policy_from_document
from ...rules.policy import Policy
from ...scenarios.loading import scenario_from_document
from ...scenarios.scenario import Scenario
from ...yaml_text import yaml_text
from .scale import ENDLESS, Scale, Shape

Data = dict[str, Any]
POLICY = "by-kind"
INTENTS = ("how_to", "refund", "invoice", "login_help", "pricing", "status_update", "complaint", "upgrade")
"""What the customers of each class write about."""
PRIORITIES = ("urgent", "high", "normal", "low")
TEAM = "desk"
"""The team, where there is but one."""
TRIAGE = "triage"
START = "2026-01-05"


@dataclass(frozen=True)
class Papers:
    """A scenario and a policy, as data; `scenario_text` and `policy_text` are the files, and they are what is run."""

    scenario_data: Data
    policy_data: Data

    @cached_property
    def scenario_text(self) -> str:
        """The scenario's file."""
        return yaml_text(self.scenario_data)

    @cached_property
    def policy_text(self) -> str:
        """The policy's file."""
        return yaml_text(self.policy_data)

    @cached_property
    def scenario(self) -> Scenario:
        """The scenario, read as any file is. Raises `BadValue` where no scenario can say what the parameters ask."""
        try:
            return scenario_from_document(parse_document(self.scenario_text, "scenario.yaml"))
        except InputError as error:
            raise BadValue(f"no scenario says what these parameters ask: {error.problems[0].message}") from None

    @cached_property
    def policy(self) -> Policy:
        """The policy, read as any file is. Raises `InputError`."""
        return policy_from_document(parse_document(self.policy_text, "policy.yaml"))


@dataclass(frozen=True, slots=True)
class Desk:
    """What a model says of its scenario and its policy, beside what all have in common."""

    scenario: Data
    policy: Data


@dataclass(frozen=True, slots=True)
class Heading:
    """What all scenarios say at first: the model's name, what it is, arrivals and warm-up in the formula's unit."""

    name: str
    about: str
    rate: float
    warm_up: float


def papers(heading: Heading, scale: Scale, desk: Desk) -> Papers:
    """The papers of a desk that customers write to at a constant rate, unless it says otherwise."""
    whole = {
        "scenario": heading.name.replace("_", "-"),
        "about": f"{heading.about}; one unit of time is {scale.lasts(1)}",
        "start": START,
        "days": scale.days,
        "steady_state": {"warm_up": scale.lasts(heading.warm_up)},
        "arrivals": {"per_week": scale.per_week(heading.rate)},
        "recogniser": {"kind": "confusion", "right": 1},
        **desk.scenario,
        "teams": {**desk.scenario["teams"], TRIAGE: {"staffing": {"always": 1}}},
        "escalation": {"team": TRIAGE, **desk.scenario.get("escalation", {})},
        "messages": {"texts_per_intent": 20},
    }
    return Papers(whole, {"policy": POLICY, **desk.policy})


def class_name(number: int) -> str:
    """What the class of customers of this number, from 0, is called: as a segment, a plan and a team."""
    return f"class_{number + 1}"


def segment(
    scale: Scale, share: float, number: int = 0, patience: Shape = ENDLESS, balks: float = 0.0, **temperament: Any
) -> Data:
    """Customers of one class, whose plan says so, and who do nothing but wait, leave or be served.

    `temperament` has what is otherwise with them; `patience` is in the formula's units.
    """
    live: Data = {"live": scale.time(patience), "inbox": scale.time(patience)}
    if balks:
        live["balks"] = balks
    behaviour: Data = {
        "patience": live,
        "tolerance_median": 3,
        "asks_for_person_first": 0,
        "spent_asks": 1,
        "refused_leaves": 0,
        "refused_repeats": 3,
        "helped_confirms": 1,
        "unhelped": {"says_no": 1, "asks": 0, "silent": 0},
        "recontacts_if_unsolved": 0,
        "loss": {"silent_unsolved": 0, "loop_or_refused": 0, "abandoned": 0, "second_wrong_inbox": 0},
        **temperament,
    }
    return {
        "share": share,
        "facts": {"plan": {class_name(number): 1}, "tenure": {"mean": "400d"}},
        "temperament": behaviour,
        "intents": {INTENTS[number]: 1},
    }


def segments(scale: Scale, rates: tuple[float, ...], patiences: tuple[Shape, ...]) -> Data:
    """A segment for each class of customers."""
    whole = sum(rates)
    return {
        class_name(number): segment(scale, rate / whole, number, patience)
        for number, (rate, patience) in enumerate(zip(rates, patiences, strict=True))
    }


def intent(scale: Scale, team: str, work: Shape, **more: Any) -> Data:
    """What customers of a class need of a team; every service solves it."""
    # The work's own law, whatever the customer asks: no part of it comes from how hard the problem is to answer.
    own = {"person_solves": 1, "work_grows_as_answers_fail": 0}
    return {"team": team, "work": scale.time(work), **own, **more}


def team(scale: Scale, agents: int | None, within: float = 0.0, **more: Any) -> Data:
    """A team whose agents are always there, if it has any of its own; `within` is the time of its service level."""
    staffing: Data = {} if agents is None else {"staffing": {"always": agents}}
    target: Data = {"answer_within": scale.lasts(within)} if within else {}
    return {**staffing, **more, **target}


def one_team(scale: Scale, work: Shape, customers: Data, team_data: Data) -> Desk:
    """The desk of a single team, `desk`, that all customers write to."""
    return Desk(
        {
            "segments": {class_name(0): customers},
            "intents": {INTENTS[0]: intent(scale, TEAM, work)},
            "teams": {TEAM: team_data},
        },
        everybody_to(TEAM),
    )


def everybody_to(team: str) -> Data:
    """Rules that route every customer to one team."""
    return {"rulesets": [{"name": "routing", "hit_policy": "first", "default": {"route": team}}]}


def by_class(actions: Mapping[int, Data]) -> Data:
    """Rules that do something for each class of customers, known by their plan; the last class is the default."""
    *first, last = actions
    rules = [
        {"id": f"class-{number + 1}", "when": {"customer.plan": class_name(number)}, "then": actions[number]}
        for number in first
    ]
    return {"rulesets": [{"name": "routing", "hit_policy": "first", "rules": rules, "default": actions[last]}]}
