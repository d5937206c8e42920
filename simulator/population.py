"""The customers of one replication: everything about them that no policy can influence."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..scenarios.pool import MessagePool
from ..scenarios.scenario import Scenario
from .arriving import draw_arrivals
from .customer_facts import CustomerFacts, chosen
from .draws import Draws

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True)
class Population:
    """Columns with one row for each new problem, in order of arrival.

    arrives_s         float64  seconds since the start of the run
    segment, intent   int8, int16  codes in the scenario's order: truth
    topic             int16    what the customer writes about, a topic of the message pool: truth
    plan, flags       int8 code into `plan_names`; uint64 bits of `flag_names`: as they really are
    tenure_s          float64  time since the customer came
    contacts_30d      int32
    help_centre_s     float64  time since the last visit to the help centre; NaN = none
    page              int16    code into `page_names`
    plan_known, flags_known, tenure_known, contacts_known   bool: whether the desk knows it
    work_s            float64  time that an agent who can solve it works on it, before factors
    hardness          float64  uniform: an answer can solve the problem if this is below the intent's share
    understanding     float64  uniform: the customer can act upon a right answer if this is below the share
    language          int8     code into the pool's `language_names`; None: all write in one
    language_known    bool     whether the desk knows it; None: of everybody
    company           int8     code into `company_names`, -1 of those who write for none; None: nobody writes for any
    products          uint64   bits of `product_names`; None: nobody uses any
    company_known, products_known   bool: whether the desk knows it; None where nobody has it
    digger            bool     reads articles to the end
    tolerance         int16    unhelpful bot turns before giving up
    number            int64    what the problem's random numbers go by (None: its row); a surge's customers, and
                               those of a backlog, have numbers of their own, so that no other customer changes with it
    backlog           int8     code of the team in whose inbox the customer waits when the run starts, -1 for all
                               others; None: there is no backlog
    """

    arrives_s: FloatArray
    segment: NDArray[np.int8]
    intent: NDArray[np.int16]
    topic: NDArray[np.int16]
    plan: NDArray[np.int8]
    flags: NDArray[np.uint64]
    tenure_s: FloatArray
    contacts_30d: NDArray[np.int32]
    help_centre_s: FloatArray
    page: NDArray[np.int16]
    plan_known: BoolArray
    flags_known: BoolArray
    tenure_known: BoolArray
    contacts_known: BoolArray
    work_s: FloatArray
    hardness: FloatArray
    understanding: FloatArray
    digger: BoolArray
    tolerance: NDArray[np.int16]
    plan_names: tuple[str, ...]
    flag_names: tuple[str, ...]
    page_names: tuple[str, ...]
    language: NDArray[np.int8] | None = None
    language_known: BoolArray | None = None
    company: NDArray[np.int8] | None = None
    company_known: BoolArray | None = None
    company_names: tuple[str, ...] = ()
    products: NDArray[np.uint64] | None = None
    products_known: BoolArray | None = None
    product_names: tuple[str, ...] = ()
    number: NDArray[np.int64] | None = None
    backlog: NDArray[np.int8] | None = None

    @property
    def size(self) -> int:
        """Number of problems."""
        return self.arrives_s.size

    @cached_property
    def digest(self) -> str:
        """A hash of all columns."""
        digest = hashlib.blake2b(digest_size=16)
        for field in fields(self):
            value = getattr(self, field.name)
            if value is None:
                continue
            digest.update(value.tobytes() if isinstance(value, np.ndarray) else "\0".join(value).encode())
        return digest.hexdigest()


def draw_population(scenario: Scenario, pool: MessagePool, draws: Draws) -> Population:
    """The population of one replication of a scenario."""
    arrives_s, numbers, group = draw_arrivals(scenario, draws)
    draws = draws.numbered(numbers)
    n = arrives_s.size
    segments = tuple(scenario.segments.values())
    intents = tuple(scenario.intents.values())
    known_of = [segment.facts for segment in segments]
    plan_names, flag_names = _names(each.plan for each in known_of), _names(each.flags for each in known_of)
    company_names = _names(each.company or {} for each in known_of)
    product_names = _names(each.products for each in known_of)
    page_names = _names(each.pages for each in intents)

    by_segment, by_intent = _mixes(scenario)
    segment = chosen(draws, "segment", group, by_segment).astype(np.int8)
    intent = chosen(draws, "intent", group * len(segments) + segment, by_intent).astype(np.int16)
    page = chosen(draws, "page", intent, np.array([[i.pages.get(p, 0.0) for p in page_names] for i in intents]))
    facts = CustomerFacts(draws, segments, segment)
    language = None
    if len(pool.language_names) > 1:
        main = scenario.messages.phrasebook
        language = facts.words("language", pool.language_names, [each.written_in(main) for each in segments])
    about = intent if language is None else language.astype(np.int64) * len(intents) + intent
    topic = chosen(draws, "topic", about, _by_topic(pool, len(intents)))
    company = facts.words("company", company_names, [each.company for each in known_of]) if company_names else None

    hardness = draws.open_uniform(n, "hardness")
    temperaments = [s.temperament for s in segments]
    return Population(
        arrives_s=arrives_s,
        segment=segment,
        intent=intent,
        topic=topic.astype(np.int16),
        plan=facts.words("plan", plan_names, [each.plan for each in known_of]),
        flags=facts.marks("flag", flag_names, [each.flags for each in known_of]),
        tenure_s=facts.tenure_s(),
        contacts_30d=facts.contacts_30d(),
        help_centre_s=facts.help_centre_s(),
        page=page.astype(np.int16),
        plan_known=facts.known("plan"),
        flags_known=facts.known("flags"),
        tenure_known=facts.known("tenure"),
        contacts_known=facts.known("contacts_30d"),
        work_s=drawn_work_s(scenario, intent, hardness, draws.open_uniform(n, "work")),
        hardness=hardness,
        understanding=draws.uniform(n, "understanding"),
        digger=draws.uniform(n, "digger") < np.array([t.digger for t in temperaments])[segment],
        tolerance=_tolerance(
            draws.uniform(n, "tolerance"), np.array([t.tolerance_median for t in temperaments])[segment]
        ),
        plan_names=plan_names,
        flag_names=flag_names,
        page_names=page_names,
        language=language,
        language_known=facts.known("language") if any(each.unset.language for each in known_of) else None,
        company=company,
        company_known=None if company is None else facts.known("company") & (company >= 0),
        company_names=company_names,
        products=facts.marks("product", product_names, [each.products for each in known_of]) if product_names else None,
        products_known=facts.known("products") if product_names else None,
        product_names=product_names,
        number=numbers,
        backlog=_waiting_in(scenario, group),
    )


def _names(shares: Iterable[Mapping[str, float]]) -> tuple[str, ...]:
    return tuple(sorted({name for each in shares for name in each}))


def _by_topic(pool: MessagePool, intents: int) -> FloatArray:
    """Shares of the topics in each intent of each language."""
    about = pool.topic_languages.astype(np.int64) * intents + pool.topic_intents
    groups = np.arange(len(pool.language_names) * intents)
    by_topic = np.where(about == groups[:, None], pool.topic_shares, 0.0)
    # What nobody writes about in a language has no topic: what stands there is never asked for.
    by_topic[~by_topic.any(axis=1), 0] = 1.0
    return np.asarray(by_topic)


def _waiting_in(scenario: Scenario, group: NDArray[np.int64]) -> NDArray[np.int8] | None:
    """The inbox in which each customer waits when the run starts."""
    if not any(scenario.backlog.values()):
        return None
    teams = list(scenario.teams)
    inbox = np.full(1 + len(scenario.arrivals.surges) + len(scenario.backlog), -1, dtype=np.int8)
    inbox[-len(scenario.backlog) :] = [teams.index(team) for team in scenario.backlog]
    return inbox[group]


def _mixes(scenario: Scenario) -> tuple[FloatArray, FloatArray]:
    """Shares of the segments in each group of customers, the ordinary ones first, then each surge's and each backlog's;
    and of the intents in each segment of each group.

    A surge's customers are as the ordinary ones who write about its intents; a backlog's, about what that team solves.
    """
    segments = scenario.segments.values()
    by_segment = [np.array([segment.share for segment in segments])]
    by_intent = [np.array([[segment.intents.get(name, 0.0) for name in scenario.intents] for segment in segments])]
    about = [surge.intents for surge in scenario.arrivals.surges]
    for intents in (*about, *map(scenario.waiting_for, scenario.backlog)):
        mix = scenario.mix(intents)
        of_segment = mix.sum(axis=1)
        # Where nobody writes about them, nobody waits either: what stands there is never asked for.
        by_segment.append(of_segment / of_segment.sum() if of_segment.any() else by_segment[0])
        # Where nobody of a segment comes, its row is never asked for.
        some = of_segment > 0
        by_intent.append(np.where(some[:, None], mix / np.where(some, of_segment, 1.0)[:, None], by_intent[0]))
    return np.array(by_segment), np.concatenate(by_intent)


def drawn_work_s(
    scenario: Scenario, intent: NDArray[np.int16], hardness: FloatArray, u: FloatArray
) -> FloatArray:
    """Work in seconds, longer where an answer cannot solve the problem.

    A Gaussian copula joins the two: z = r Φ⁻¹(hardness) + √(1 − r²) Φ⁻¹(u); the work's own distribution is unchanged.
    """
    from scipy.special import ndtr, ndtri

    work_s = np.empty(intent.size)
    for number, kind in enumerate(scenario.intents.values()):
        rows = np.flatnonzero(intent == number)
        r = kind.work_grows_as_answers_fail
        joined = ndtr(r * ndtri(hardness[rows]) + np.sqrt(1 - r * r) * ndtri(u[rows])) if r else u[rows]
        work_s[rows] = kind.work.quantile(np.clip(joined, 2.0**-54, 1 - 2.0**-53))
    return work_s


def _tolerance(u: FloatArray, median: FloatArray) -> NDArray[np.int16]:
    """Unhelpful turns a customer bears: geometric from 1, with the given median.

    With survival q^k after k turns and q = 2^(−1/median), half have given up after `median` turns.
    """
    turns = 1 + np.floor(np.log1p(-u) / (-np.log(2.0) / median))
    return np.asarray(np.minimum(turns, 1000), dtype=np.int16)
