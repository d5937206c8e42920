"""Why a policy does what it does with a conversation: every rule that was tried, what it saw, and which one won."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ..rules.cases import Played
from ..rules.decide import Seen, Tried
from ..rules.policy import DEFAULT, Policy, Ruleset
from ..rules.wording import action_in_words, duration_in_words, in_words, listed
from .terminal import brief
from .text import wrapped


@dataclass(frozen=True, slots=True)
class Pass:
    """A ruleset (`None`: the guards) gone through once, with the rules that were tried and those that were not."""

    ruleset: Ruleset | None
    tried: tuple[Tried, ...]
    untried: tuple[str, ...]

    @property
    def fired(self) -> tuple[Tried, ...]:
        """The rules that acted."""
        return tuple(each for each in self.tried if each.fired)


def passes_of(policy: Policy, played: Played) -> tuple[Pass, ...]:
    """What was gone through in one step of a conversation, in order."""
    blocks: list[list[Tried]] = []
    for each in played.tried:
        same = blocks and blocks[-1][0].ruleset == each.ruleset and each.id not in {one.id for one in blocks[-1]}
        if same:
            blocks[-1].append(each)
        else:
            blocks.append([each])
    rulesets = {ruleset.name: ruleset for ruleset in policy.rulesets}
    return tuple(_pass(policy, rulesets.get(block[0].ruleset or ""), block) for block in blocks)


def _pass(policy: Policy, ruleset: Ruleset | None, tried: Sequence[Tried]) -> Pass:
    names = policy.guard_ids if ruleset is None else tuple(rule.id for rule in ruleset.rules)
    were = {each.rule for each in tried}
    return Pass(ruleset, tuple(tried), tuple(name for name in names if name not in were))


def explanation_text(policy: Policy, conversation: Sequence[Played], width: int) -> str:
    """The whole of it, one block a step."""
    blocks = (_step_lines(policy, number, played, len(conversation)) for number, played in enumerate(conversation, 1))
    return "\n\n".join("\n".join(_folded(line, width) for line in block) for block in blocks) + "\n"


def _folded(line: str, width: int) -> str:
    return wrapped(line, width, " " * (len(line) - len(line.lstrip()) + 4))


def _step_lines(policy: Policy, number: int, played: Played, many: int) -> Iterator[str]:
    turn = f"turn {number}, " if many > 1 else ""
    if played.step.say is None:
        yield f"{turn}the customer writes nothing"
    else:
        yield f"{turn}customer: {brief(played.step.say)}"
        yield f"  recognised: {_recognised(played)}"
    for each in passes_of(policy, played):
        yield from _pass_lines(each)
    yield from (f"  the bot says ({line.kind}): {brief(line.text)}" for line in played.said)
    if played.step.taken:
        yield "  an agent takes it up"
    if played.closed and played.standing.to_people:
        yield f"  so the conversation is over; people had it: {_placed(played)}"
    elif played.standing.over is not None and not played.standing.to_people:
        yield "  so the conversation is over, and no person has it"
    elif played.route is None:
        yield "  so the bot keeps the conversation"
    else:
        yield f"  so people have the conversation: {_placed(played)}"


def _placed(played: Played) -> str:
    told = [f"route {played.route}", f"priority {played.decision.priority}"]
    told += [f"tags {listed(played.decision.tags, 'and')}"] if played.decision.tags else []
    return ", ".join(told)


def _recognised(played: Played) -> str:
    intent, sure = played.facts.get("message.intent"), played.facts.get("message.confidence")
    return "nothing" if intent is None else f"{intent}, {100 * float(str(sure)):.4g}% sure"


def _pass_lines(each: Pass) -> Iterator[str]:
    if each.ruleset is None:
        yield "  guards, which keep the bot away:"
    else:
        yield f"  ruleset {each.ruleset.name} ({each.ruleset.hit_policy}){_moment(each.tried[0])}:"
    for tried in each.tried:
        yield f"    {brief(str(tried))}"
        if tried.fired and tried.why is not None:
            yield f"      why: {brief(tried.why)}"
    if each.untried:
        yield f"    not tried: {', '.join(each.untried)}"
    if each.ruleset is not None and each.ruleset.hit_policy == "first":
        yield from _effective_lines(each.ruleset, each)


def _moment(tried: Tried) -> str:
    """When rules were tried, where that was not as the conversation was placed."""
    if tried.trigger is None:
        return ""
    if tried.waited_s is not None:
        return f", after {duration_in_words(tried.waited_s)} of waiting"
    return {
        "message": ", at a further message to the bot",
        "message_while_waiting": ", at a message while it waits",
        "reopened": ", as it is reopened",
        "closed": ", once it is over",
    }[tried.trigger]


def _effective_lines(ruleset: Ruleset, each: Pass) -> Iterator[str]:
    """Under `first` a rule stands for its condition, and none of those before it."""
    for won in each.fired:
        before = [tried.rule for tried in each.tried if tried.rule != won.rule]
        rule = next((rule for rule in ruleset.rules if rule.id == won.rule), None)
        action = ruleset.default if rule is None else rule.then
        done = "do nothing" if action is None else action_in_words(action)
        own = "" if rule is None else in_words(rule.when)
        none = f"none of {listed(before, 'and')} fits" if before else ""
        yield f"    in effect: if {' and '.join(filter(None, (own, none))) or 'anything'}, {done}"


def explanation_json(policy: Policy, conversation: Sequence[Played]) -> dict[str, Any]:
    """The same for programs."""
    return {"policy": policy.name, "turns": [_step_json(policy, played) for played in conversation]}


def _step_json(policy: Policy, played: Played) -> dict[str, Any]:
    return {
        "say": played.step.say,
        "intent": played.facts.get("message.intent"),
        "confidence": played.facts.get("message.confidence"),
        "passes": [
            {
                "ruleset": None if each.ruleset is None else each.ruleset.name,
                "hit_policy": None if each.ruleset is None else each.ruleset.hit_policy,
                "trigger": each.tried[0].trigger,
                "waited_s": each.tried[0].waited_s,
                "tried": [_tried_json(tried) for tried in each.tried],
                "not_tried": list(each.untried),
            }
            for each in passes_of(policy, played)
        ],
        "said": [{"kind": line.kind, "text": line.text} for line in played.said],
        "did": list(played.did),
        "route": played.route,
        "priority": played.decision.priority,
        "tags": list(played.decision.tags),
        "rules": list(played.rules),
    }


def _tried_json(tried: Tried) -> dict[str, Any]:
    because = [_seen_json(each) for each in tried.because]
    is_default = tried.rule == DEFAULT
    return {"rule": tried.id, "fired": tried.fired, "why": tried.why, "default": is_default, "because": because}


def _seen_json(seen: Seen) -> dict[str, Any]:
    saw = list(seen.saw) if isinstance(seen.saw, (tuple, list, set, frozenset)) else seen.saw
    return {"field": seen.atom.field, "operator": seen.atom.operator, "held": seen.held, "saw": saw, "told": str(seen)}
