"""Conversations made up against a policy until one breaks an invariant, and the plainest one that does (Hypothesis).

What is looked for is broken in a search through generated conversations, batch by batch, and each invariant that was
broken is then searched for alone, from the beginning of its batch on, and shrunk. A batch has a seed of its own, so the
same seed finds the same, and nothing is kept between two searches.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from random import Random
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from ..rules.cases import Around, Case, Outcome, outcome
from ..rules.invariants import Invariant, built_in, needs_truth
from ..rules.policy import Policy
from ..rules.violations import Violation

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

BATCH: Final = 200
_SEEDS_APART: Final = 1_000_003


@dataclass(frozen=True, slots=True)
class Broken:
    """An invariant that does not hold, with the plainest conversation that was found to break it; the search comes to
    one within `examples` conversations.
    """

    violation: Violation
    outcome: Outcome
    examples: int

    @property
    def case(self) -> Case:
        """The conversation, up to where it breaks."""
        return self.outcome.case


@dataclass(frozen=True, slots=True)
class Reached:
    """How much of a policy the conversations came to: ids of guards, rules and defaults that fired, states of the flow
    and acts, and how many of each there are.
    """

    rules: frozenset[str]
    states: frozenset[str]
    acts: frozenset[str]
    all_rules: int
    all_states: int


@dataclass(frozen=True, slots=True)
class Fuzzed:
    """What came of it: conversations tried, and how many of them differ. `unchecked` are the ids of invariants that
    speak of the truth, which nobody knew; `stopped` says how many conversations could not be played to the end, by why.
    """

    tried: int
    different: int
    broken: tuple[Broken, ...]
    kept: tuple[str, ...]
    unchecked: tuple[str, ...]
    stopped: Mapping[str, int]
    reached: Reached


@contextmanager
def without_trace() -> Iterator[None]:
    """What Hypothesis keeps in a folder of its own, where one is, goes away with the block."""
    from hypothesis.configuration import set_hypothesis_home_dir

    with TemporaryDirectory() as folder:
        set_hypothesis_home_dir(folder)
        try:
            yield
        finally:
            set_hypothesis_home_dir(None)


def invariants_of(policy: Policy, asks_recognised_from: float = 0.5) -> tuple[Invariant, ...]:
    """The invariants that fuzzing looks at: a policy's, and the built-in ones that it does not word by itself."""
    own = {each.id for each in policy.invariants}
    return (*policy.invariants, *(each for name, each in built_in(asks_recognised_from).items() if name not in own))


def fuzzed(
    policy: Policy,
    around: Around,
    wordings: Mapping[str, Sequence[str]] | None = None,
    *,
    only: Sequence[str] = (),
    examples: int = 1_000,
    seconds: float | None = None,
    seed: int = 1,
    done: Callable[[int, int], None] = lambda _tried, _of: None,
) -> Fuzzed:
    """What a number of made-up conversations break of a policy's invariants, or of those that `only` names; fewer where
    there are no more different ones, or after so many seconds.
    """
    from ..rules.strategies import conversations

    invariants = [
        each for each in invariants_of(policy, around.knowledge.asks_recognised_from) if not only or each.id in only
    ]
    blind = [each.id for each in invariants if wordings is None and _speaks_of_truth(each, policy)]
    looked_at = [each for each in invariants if each.id not in blind]

    def made(most_turns: int | None = None) -> SearchStrategy[Case]:
        return conversations(policy, wordings, around, most_turns)

    search = _Search(replace(policy, invariants=tuple(looked_at)), around, made)
    until = None if seconds is None else time.monotonic() + seconds
    for number, begin in enumerate(range(0, examples, BATCH)):
        if until is not None and number and time.monotonic() >= until:
            break
        before = search.tried
        search.batch(seed * _SEEDS_APART + number, begin, min(BATCH, examples - begin))
        done(search.tried, examples)
        if search.tried == before:
            break
    broken = tuple(search.plainest(each, search.first[each.id]) for each in looked_at if each.id in search.first)
    kept = tuple(each.id for each in looked_at if each.id not in search.first)
    return Fuzzed(search.tried, search.different, broken, kept, tuple(blind), dict(search.stopped), search.reached())


def _speaks_of_truth(invariant: Invariant, policy: Policy) -> bool:
    return any(needs_truth(condition, policy.groups) for condition in invariant.conditions())


@dataclass(frozen=True, slots=True)
class _Batch:
    """Conversations of a seed, after so many others."""

    seed: int
    before: int
    examples: int


class _Search:
    """Conversations tried, what they reached, and for each invariant the batch that first broke it."""

    def __init__(
        self, policy: Policy, around: Around, conversations: Callable[[int | None], SearchStrategy[Case]]
    ) -> None:
        self.tried = 0
        self.first: dict[str, _Batch] = {}
        self.stopped: Counter[str] = Counter()
        self._policy, self._around, self._conversations = policy, around, conversations
        self._met: set[int] = set()
        self._fired: set[str] = set()
        self._states: set[str] = set()
        self._acts: set[str] = set()

    def batch(self, seed: int, before: int, examples: int) -> None:
        """Tries so many conversations, or as many as there are."""
        batch = _Batch(seed, before, examples)

        def look(case: Case) -> bool:
            self.tried += 1
            self._met.add(hash(repr(case)))
            found = self._played(case)
            self._note(found)
            for violation in found.violations:
                self.first.setdefault(violation.invariant.id, batch)
            return False

        _find(self._conversations(None), look, seed, examples, shrinks=False)

    @property
    def different(self) -> int:
        """How many of the conversations differ: batches do not know of one another."""
        return len(self._met)

    def plainest(self, invariant: Invariant, batch: _Batch) -> Broken:
        """The plainest conversation that breaks an invariant, which one of that batch does."""

        def breaks(case: Case) -> bool:
            return _of(self._played(case), invariant) is not None

        found = _find(self._conversations(None), breaks, batch.seed, batch.examples, shrinks=True)
        assert found is not None  # the same seed meets the same conversations
        case = self._without_more(found, invariant)
        # What shrinks step by step may stop at many plain turns where there are fewer that are not so plain.
        while len(case.steps) > 1:
            shorter = _find(self._conversations(len(case.steps) - 1), breaks, batch.seed, BATCH, shrinks=True)
            if shorter is None:
                break
            case = self._without_more(shorter, invariant)
        played = self._played(case)
        violation = _of(played, invariant)
        assert violation is not None
        return Broken(violation, played, batch.before + batch.examples)

    def _without_more(self, case: Case, invariant: Invariant) -> Case:
        """A conversation less all that it breaks the invariant without: what comes after, and what is out of the
        ordinary.
        """
        violation = _of(self._played(case), invariant)
        assert violation is not None
        case = replace(case, steps=case.steps[: violation.step + 1])
        plainer: list[Callable[[Case], Case]] = [_without_fact(name) for name in case.given]
        said = Counter(step.say for step in case.steps)
        for number, step in enumerate(case.steps):
            if step.say is not None:
                plainer += [_plainer(number, **{name: value}) for name, value in _ORDINARY.items()]
                plainer += [_plainer(number, say=step.say.lower())] * step.say.isupper()
                # What is written again and again is plainer left as it is.
                if number == 0 or said[step.say] == 1:
                    plainer.append(_plainer(number, say=_PLAINEST, facts={}, means=None))
        for simplify in plainer:
            simpler = simplify(case)
            case = simpler if _of(self._played(simpler), invariant) is not None else case
        return case

    def reached(self) -> Reached:
        """How much of the policy was come to."""
        policy = self._policy
        flow = () if policy.bot is None or policy.bot.flow is None else policy.bot.flow.states
        guards = policy.guard_ids if policy.bot is not None else ()
        every = len(guards) + len(policy.rule_ids)
        return Reached(frozenset(self._fired), frozenset(self._states), frozenset(self._acts), every, len(flow))

    def _played(self, case: Case) -> Outcome:
        return outcome(self._policy, case, self._around)

    def _note(self, found: Outcome) -> None:
        if found.stopped is not None:
            self.stopped[found.stopped] += 1
        for each in found.played:
            self._fired.update(tried.id for tried in each.tried if tried.fired)
            self._acts.update(each.did)
            if each.standing.state is not None:
                self._states.add(each.standing.state)


_PLAINEST: Final = "hello"
_ORDINARY: Final[Mapping[str, object]] = {"after_s": 0.0, "answers": True, "works": True}


def _without_fact(name: str) -> Callable[[Case], Case]:
    return lambda case: replace(case, given={each: value for each, value in case.given.items() if each != name})


def _plainer(number: int, **changes: object) -> Callable[[Case], Case]:
    def made(case: Case) -> Case:
        step = replace(case.steps[number], **changes)  # type: ignore[arg-type]  # names of `Step`
        return replace(case, steps=(*case.steps[:number], step, *case.steps[number + 1 :]))

    return made


def _of(found: Outcome, invariant: Invariant) -> Violation | None:
    return next((each for each in found.violations if each.invariant.id == invariant.id), None)


def _find(
    conversations: SearchStrategy[Case], wanted: Callable[[Case], bool], seed: int, examples: int, *, shrinks: bool
) -> Case | None:
    """A conversation that is wanted, as plain as can be where it shrinks; `None`: so many have none."""
    from hypothesis import Phase, Verbosity, find, settings
    from hypothesis.errors import NoSuchExample

    phases = (Phase.generate, Phase.shrink) if shrinks else (Phase.generate,)
    how = settings(
        max_examples=examples,
        database=None,
        deadline=None,
        derandomize=False,
        phases=phases,
        verbosity=Verbosity.quiet,
    )
    try:
        return find(conversations, wanted, settings=how, random=Random(seed))  # noqa: S311 - no secret
    except NoSuchExample:
        return None
