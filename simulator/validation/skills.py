"""Customers of several classes and agents of several skills: the V, N, W and X designs, and any other."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, ClassVar

from ...errors import BadValue
from ..queueing import ErlangA, SkillClass, SkillMeasures, SkillPool, skill_design
from .model import SETTLED, Measure, Model
from .papers import INTENTS, Data, Desk, by_class, class_name, intent, segments, team
from .parameters import Counts, Orders, Positive, Positives, one_of
from .reading import mean_queue, measure, occupancy, share_waiting
from .scale import Scale
from .shapes import exponential
from .watched import Watched

# By expected delay a visit waits for one pool while another may be idle: then it is no Erlang A.
OFFERS = one_of("in_order", "least_loaded", "longest_idle", "random")
TAKES = one_of("priority", "longest_wait", "weighted_wait", "in_order")


@dataclass(frozen=True)
class Skills(Model):
    """Any classes and pools of agents."""

    name: ClassVar[str] = "skills"
    about: ClassVar[str] = "several classes, several pools: any design of skills, exponential patience"

    arrivals: Annotated[Positives, "customers of each class who arrive"]
    leaving: Annotated[Positives, "of each class: one over the mean patience"]
    agents: Annotated[Counts, "agents of each pool"]
    pools: Annotated[Orders, "for each class the pools that serve it, in the order in which it tries them (1+2,2: N)"]
    serves: Annotated[Orders, "for each pool the classes it serves, the one it takes first in front (1,2+1: N)"]
    service: Annotated[Positives, "of each pool: conversations that a busy agent completes; one for all, or one each"]

    def __post_init__(self) -> None:
        classes, pools = len(self.arrivals), len(self.agents)
        for name, found, of, many in (
            ("leaving", len(self.leaving), "classes", classes),
            ("pools", len(self.pools), "classes", classes),
            ("serves", len(self.serves), "pools", pools),
            ("service", len(self.service), "pools", pools),
        ):
            if found != many and not (name == "service" and found == 1):
                raise BadValue(f"`{name}` has {found} entries for {many} {of}")
        if classes > len(INTENTS):
            raise BadValue(f"`arrivals` has {classes} classes; give at most {len(INTENTS)}")
        for name, orders, of, many in (
            ("pools", self.pools, "pools", pools),
            ("serves", self.serves, "classes", classes),
        ):
            if (most := max(map(max, orders))) > many:
                raise BadValue(f"`{name}` names {most} of {many} {of}; they are counted from 1")

    @property
    def rate(self) -> float:
        return sum(self.arrivals)

    @property
    def warm_up(self) -> float:
        return SETTLED / min(*self.leaving, *self.service)

    @property
    def rates_of_pools(self) -> tuple[float, ...]:
        """The service rate of each pool."""
        return self.service * len(self.agents) if len(self.service) == 1 else self.service

    @cached_property
    def exact(self) -> SkillMeasures:
        """The chain."""
        rates = self.rates_of_pools
        classes = tuple(
            SkillClass(arrivals, leaving, tuple(pool - 1 for pool in tried), tuple(rates[pool - 1] for pool in tried))
            for arrivals, leaving, tried in zip(self.arrivals, self.leaving, self.pools, strict=True)
        )
        pools = tuple(
            SkillPool(agents, tuple(number - 1 for number in served))
            for agents, served in zip(self.agents, self.serves, strict=True)
        )
        return skill_design(classes, pools)

    def desk(self, scale: Scale) -> Desk:
        rates = self.rates_of_pools
        groups = {}
        for number, (agents, served) in enumerate(zip(self.agents, self.serves, strict=True)):
            skills = [class_name(each - 1) for each in served]
            groups[pool_name(number)] = pool(agents, skills, rates[0] / rates[number])
        return with_pools(
            scale, self.arrivals, self.leaving, rates[0], groups, tuple(map(_pool_names, self.pools))
        )

    def measures(self) -> tuple[Measure, ...]:
        return (
            *(each for number in range(len(self.arrivals)) for each in self._of_class(number)),
            Measure("P(Ab)", lambda: self.exact.abandonment_probability, measure("abandonment_rate")),
            *(
                self._of_pool(number)
                for number in range(len(self.agents))
            ),
        )

    def _of_pool(self, number: int) -> Measure:
        return Measure(f"occupancy {number + 1}", lambda: self.exact.occupancies[number], occupancy(pool_name(number)))

    def _of_class(self, number: int) -> tuple[Measure, ...]:
        name, label = class_name(number), number + 1

        def exact(what: str) -> Any:
            return lambda: getattr(self.exact.classes[number], what)

        return (
            Measure(f"P(W>0) {label}", exact("delay_probability"), share_waiting(team=name)),
            Measure(f"P(Ab) {label}", exact("abandonment_probability"), measure("abandonment_rate", team=name)),
            Measure(f"E[W] {label}", exact("mean_wait"), measure("wait_mean_s_all", team=name)),
            Measure(f"E[Q] {label}", exact("mean_queue"), mean_queue(name)),
        )


@dataclass(frozen=True)
class Everybody(Model):
    """The X design: every agent serves everybody."""

    name: ClassVar[str] = "x_design"
    about: ClassVar[str] = "every pool serves every class, equally fast: Erlang A, whoever is offered and taken"

    arrivals: Annotated[Positives, "customers of each class who arrive"]
    service: Annotated[Positive, "conversations that a busy agent completes"]
    leaving: Annotated[Positive, "one over the mean patience"]
    agents: Annotated[Counts, "agents of each pool"]
    offers: Annotated[str, OFFERS, "which pool is offered a conversation"] = "in_order"
    takes: Annotated[str, TAKES, "whom a free agent takes"] = "priority"

    def __post_init__(self) -> None:
        if len(self.arrivals) > len(INTENTS):
            raise BadValue(f"`arrivals` has {len(self.arrivals)} classes; give at most {len(INTENTS)}")

    @property
    def rate(self) -> float:
        return sum(self.arrivals)

    @property
    def warm_up(self) -> float:
        return SETTLED / min(self.leaving, self.service)

    @cached_property
    def exact(self) -> ErlangA:
        """The formula of all together."""
        return ErlangA(self.rate, self.service, self.leaving, sum(self.agents))

    def desk(self, scale: Scale) -> Desk:
        classes, pools = range(len(self.arrivals)), range(len(self.agents))
        skills = [class_name(number) for number in classes]
        return with_pools(
            scale,
            self.arrivals,
            (self.leaving,) * len(classes),
            self.service,
            {pool_name(number): pool(self.agents[number], skills, 1.0, self.takes) for number in pools},
            ([pool_name(number) for number in pools],) * len(classes),
            self.offers,
        )

    def measures(self) -> tuple[Measure, ...]:
        exact, agents = self.exact, self.agents

        def busy(watched: Watched) -> float:
            return sum(many * watched.occupancy(pool_name(pool)) for pool, many in enumerate(agents)) / sum(agents)

        return (
            Measure("P(W>0)", lambda: exact.delay_probability, share_waiting()),
            Measure("P(Ab)", lambda: exact.abandonment_probability, measure("abandonment_rate")),
            Measure("E[W]", lambda: exact.mean_wait, measure("wait_mean_s_all")),
            Measure("E[Q]", lambda: exact.mean_queue, mean_queue()),
            Measure("occupancy", lambda: exact.occupancy, busy),
        )


def v_design(arrivals: tuple[float, ...], leaving: tuple[float, ...], agents: int) -> Skills:
    """One pool that serves several classes, the first of them first; mean work 1."""
    classes = range(1, len(arrivals) + 1)
    return Skills(arrivals, leaving, (agents,), ((1,),) * len(arrivals), (tuple(classes),), (1.0,))


def n_design(arrivals: tuple[float, float], leaving: float, agents: tuple[int, int], first: int) -> Skills:
    """Two pools: the first serves class 1, the second what the first cannot take, and class 2; `first` is the class
    that the second takes first. Mean work 1.
    """
    return Skills(arrivals, (leaving, leaving), agents, ((1, 2), (2,)), ((1,), (first, 3 - first)), (1.0,))


def pool_name(number: int) -> str:
    """What the pool of this number, from 0, is called."""
    return f"pool_{number + 1}"


def _pool_names(numbers: tuple[int, ...]) -> list[str]:
    return [pool_name(number - 1) for number in numbers]


def pool(agents: int, skills: list[str], slower: float, takes: str = "in_order") -> Data:
    """A group of agents whose work takes so many times as long as that of the first pool."""
    factors: Data = {} if slower == 1 else {"work_factors": {INTENTS[int(n.split("_")[1]) - 1]: slower for n in skills}}
    return {"staffing": {"always": agents}, "skills": skills, "takes": takes, **factors}


def with_pools(
    scale: Scale,
    arrivals: tuple[float, ...],
    leaving: tuple[float, ...],
    service: float,
    groups: Data,
    served_by: tuple[list[str], ...],
    offers: str = "in_order",
) -> Desk:
    """An inbox for each class, and groups that take from them."""
    classes = range(len(arrivals))
    patience = tuple(exponential(1 / each) for each in leaving)
    return Desk(
        {
            "segments": segments(scale, arrivals, patience),
            "intents": {INTENTS[k]: intent(scale, class_name(k), exponential(1 / service)) for k in classes},
            "teams": {class_name(k): team(scale, None, served_by=served_by[k], offers=offers) for k in classes},
            "groups": groups,
        },
        by_class({number: {"route": class_name(number)} for number in classes}),
    )
