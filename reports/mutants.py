"""Whether cases notice mistakes in a policy: every mutant played, and for survivors customers whom nobody tested."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from os.path import relpath
from pathlib import Path
from typing import Any, Final

from ..errors import InputError, Problem
from ..rules.cases import Around, Case, Played, Step, outcome, play
from ..rules.conditions import Condition, atoms
from ..rules.decide import Facts, MissingFact
from ..rules.mutation import Mutant, mutants
from ..rules.policy import Policy
from ..rules.vocabulary import TALK_TO_PERSON
from ..rules.witness import told_apart, whom_it_fits
from ..rules.wording import listed
from ..yaml_text import yaml_text
from .case_text import written
from .suites import Bound
from .terminal import neutral

_MOST_WITNESSES, _MOST_GUARDED = 20, 3
_NOT_GIVEN = frozenset(("message.says",))
"""Facts that a case does not give."""
_ASKING: Final[Facts] = {"message.intent": TALK_TO_PERSON, "message.confidence": 1.0}


@dataclass(frozen=True, slots=True)
class Tested:
    """A mutant, and the case that failed on it; `None`: none did."""

    mutant: Mutant
    killer: str | None

    @property
    def survived(self) -> bool:
        """Whether no case noticed a mistake that there is."""
        return self.killer is None and not self.mutant.equivalent


def played_over(
    suites: Sequence[Bound], owners: frozenset[str] | None = None, done: Callable[[int, int], None] | None = None
) -> tuple[Tested, ...]:
    """The mutants of the suites' one policy, of these rules only unless `None`, played over the cases that hold."""
    policy = suites[0].policy
    cases = [(each, case) for each in suites for case in each.suite.cases]
    holding = [(each, case) for each, case in cases if outcome(policy, case, each.around).passes]
    wanted = [each for each in mutants(policy) if owners is None or each.owner in owners]
    found = []
    for number, mutant in enumerate(wanted):
        found.append(Tested(mutant, None if mutant.equivalent else _killer(mutant, holding)))
        if done is not None:
            done(number + 1, len(wanted))
    return tuple(found)


def not_holding(suites: Sequence[Bound]) -> tuple[str, ...]:
    """The ids of cases that fail, with which no mistake can be noticed; those that are `todo` are no news."""
    cases = ((each, case) for each in suites for case in each.suite.cases if case.todo is None)
    return tuple(case.id for each, case in cases if not outcome(each.policy, case, each.around).passes)


def _killer(mutant: Mutant, cases: list[tuple[Bound, Case]]) -> str | None:
    for number, (bound, case) in enumerate(cases):
        if not outcome(mutant.policy, case, bound.around).passes:
            # What noticed one mistake is the first to notice its neighbours.
            cases.insert(0, cases.pop(number))
            return case.id
    return None


def suggestions(policy: Policy, survivors: Iterable[Mutant]) -> list[dict[str, Any]]:
    """Cases in which the policy and one of its mutants do different things, each once, as they stand in a file; there
    may be none for some.
    """
    found: dict[str, dict[str, Any]] = {}
    numbers: Counter[str] = Counter()
    for mutant in survivors:
        case = _suggestion(policy, mutant)
        if case is not None and str(case) not in found:
            numbers[mutant.owner] += 1
            found[str(case)] = {"id": f"{mutant.owner} {numbers[mutant.owner]}", **case}
    return list(found.values())


def suggestions_text(policy: Policy, cases: list[dict[str, Any]], told: str, place: str) -> str:
    """A file of suggested cases, to be looked through and put beside the cases in `place`."""
    name = policy.name
    head = [f"{neutral(policy.name)}: {told}.", "Each says what the policy does now: look whether that is right."]
    if not policy.place.startswith("shipped/"):
        name = Path(relpath(policy.place, Path(place).parent)).as_posix()
        head.append(f"For a file beside {neutral(place)}: it names its policy from there.")
    return "".join(f"# {line}\n" for line in head) + yaml_text({"policy": name, "cases": cases})


def refuse_several(policies: Sequence[Policy]) -> None:
    """Raises `InputError` where suggestions would be for several policies: a file of cases is about one."""
    if len(policies) > 1:
        names = listed([f"`{each.name}`" for each in policies], "and")
        message = f"writes one file, for one policy; these cases are of {names}: name files"
        raise InputError(Problem("--suggest", message))


def _suggestion(policy: Policy, mutant: Mutant) -> dict[str, Any] | None:
    conditions = [each for of in (policy, mutant.policy) for each in _conditions(of, mutant.owner)]
    # Where hours decide anywhere, who is here at no known time may be taken by a rule before.
    conditions += [atom for each in policy.conditions() for atom in atoms(each, policy.groups) if atom.field == "time"]
    for facts in islice(told_apart(policy, mutant.policy, conditions), _MOST_WITNESSES):
        for more in _to_people(policy, facts) if not facts.keys() & _NOT_GIVEN else ():
            known = {**more, **facts}
            say = str(known.pop("message.text", "hello"))
            try:
                right, wrong = (_first(each, known, say) for each in (policy, mutant.policy))
            except MissingFact:
                # A case of which a rule needs to know more is none.
                continue
            expect = _differing(right, wrong)
            if expect:
                given = {name: written(name, value) for name, value in known.items()}
                return {**({"given": given} if given else {}), "say": say, "expect": expect}
    return None


def _to_people(policy: Policy, facts: Facts) -> Iterator[Facts]:
    """Nothing, and then what else may be known for a guard to keep the bot away, so that rules show what they do."""
    yield {}
    for guard in policy.guards if policy.bot is not None else ():
        beside = (more for more in whom_it_fits(guard.when, policy.groups) if not more.keys() & facts.keys())
        yield from islice(beside, _MOST_GUARDED)
    if policy.bot is not None and policy.bot.hand_over.when_asked and not facts.keys() & _ASKING.keys():
        yield _ASKING


def _first(policy: Policy, known: Facts, say: str) -> Played:
    (played,) = play(policy, known, [Step(say)], Around())
    return played


def _differing(right: Played, wrong: Played) -> dict[str, Any]:
    """What to expect of `right` that does not come in `wrong`."""
    expect: dict[str, Any] = {}
    if right.standing.to_people != wrong.standing.to_people:
        expect["hand_over"] = right.standing.to_people
    if right.route != wrong.route and right.route is not None:
        expect["route"] = right.route
    if right.standing.to_people and right.decision.priority != wrong.decision.priority:
        expect["priority"] = right.decision.priority
    if right.standing.to_people and set(right.decision.tags) - set(wrong.decision.tags):
        expect["tags"] = sorted(set(right.decision.tags) - set(wrong.decision.tags))
    return expect


def _conditions(policy: Policy, owner: str) -> Iterator[Condition]:
    """The conditions that a mistake in `owner` is about."""
    if owner.startswith("group "):
        yield policy.groups[owner.removeprefix("group ")]
    for guard in policy.guards:
        if guard.id == owner:
            yield guard.when
    for ruleset in policy.rulesets:
        for number, rule in enumerate(ruleset.rules):
            if f"{ruleset.name}.{rule.id}" == owner:
                yield rule.when
                # A mistake in the order is about the next rule too.
                yield from (after.when for after in ruleset.rules[number + 1 : number + 2])


