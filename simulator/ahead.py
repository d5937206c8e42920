"""What is known of a replication before any clock runs: its customers, and all that they would do."""

from __future__ import annotations

from dataclasses import dataclass

from ..rules.compiled import CompiledPolicy
from ..rules.policy import Policy
from .attempts import Attempts, draw_attempts
from .course import Course, CourseRecords
from .desk import Desk
from .draws import Draws
from .floor import Floor
from .floorplan import Floorplan
from .own_bot import own_bot_of
from .population import Population, draw_population
from .replies import Replies, replies_of
from .visits import VisitRecords


@dataclass(frozen=True)
class Ahead:
    """One replication of one policy up to where the floor opens. It can be played any number of times; playing changes
    nothing in it.
    """

    desk: Desk
    policy: CompiledPolicy
    replies: Replies | None
    draws: Draws
    population: Population
    attempts: Attempts

    def played(self, plan: Floorplan) -> tuple[VisitRecords, CourseRecords]:
        """What the clock makes of it on a floor; the floor and the course, large things, are gone when this returns.

        The floor has to be open when the desk's own is: what customers and bots do goes by that.
        """
        course = Course(self.desk, self.attempts, self.population, self.draws)
        floor = Floor(plan, self.attempts.visits, course.rules)
        if course.is_needed:
            floor.sequel = course
        visits = floor.play(*course.stream(floor))
        floor.sequel = None
        return visits, course.leave_floor(visits)


_last: list[tuple[Desk, tuple[int, int], Population]] = []
"""The population that was drawn last: policies are tried one after the other on the same customers."""


def _population(desk: Desk, draws: Draws, number: tuple[int, int]) -> Population:
    for of, same, population in _last:
        if of is desk and same == number:
            return population
    population = draw_population(desk.scenario, desk.pool, draws)
    _last[:] = [(desk, number, population)]
    return population


def known_ahead(desk: Desk, policy: Policy, seed: int, replication: int) -> Ahead:
    """All of a replication that needs no clock. Raises `TooManyLateConditions`, and `InputError` where a bot in Python
    breaks.
    """
    compiled = CompiledPolicy(policy)
    replies = None if policy.bot is None else replies_of(policy.bot, desk)
    own_bot = None if replies is None else own_bot_of(policy, desk, replies, seed, replication)
    draws = Draws(seed, replication)
    population = _population(desk, draws, (seed, replication))
    draws = draws.numbered(population.number)
    attempts = draw_attempts(desk, compiled, replies, population, draws, own_bot)
    # What a bot in Python has said is known once it has said it.
    replies = replies if own_bot is None else own_bot.ledger.replies()
    return Ahead(desk, compiled, replies, draws, population, attempts)
