"""A policy in plain English, rule by rule with its reason, as a support lead reads it aloud."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .conditions import ALWAYS
from .flow import MAY_FAIL
from .wording import action_in_words, counted, duration_in_words, in_words, invariant_in_words, listed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .bot import Bot, Errand, Expectation
    from .flow import State
    from .invariants import Invariant
    from .policy import Policy, Ruleset
    from .survey import Survey
    from .vocabulary import HitPolicy, Trigger

_HIT_POLICIES: Final[dict[HitPolicy, str]] = {
    "first": "The first rule that fits decides.",
    "unique": "Only one rule should fit; where two do, the default decides and the overlap is recorded.",
    "collect": "Every rule that fits acts, in this order; the last one has its way on team and priority, tags add up.",
    "sequence": "Every rule that fits acts, in this order, and sees what those before it did.",
}
_DEFAULTS: Final[dict[HitPolicy, str]] = {
    "first": "If none fits",
    "unique": "If none fits, or more than one",
    "collect": "If none fits",
    "sequence": "If none fits",
}
_TRIGGERS: Final[dict[Trigger, str]] = {
    "arrived": "arrives",
    "message": "goes on with another message to the bot",
    "handed_over": "is handed over by the bot",
    "message_while_waiting": "gets another message while it waits for people",
    "reopened": "is reopened by a message after its end",
    "closed": "is over",
}
_CLOSED: Final = {
    "take_message": "it takes a message for when they are back",
    "say_when": "it says when they are back and takes a message",
    "bot_only": "it goes on by itself, and nobody is told",
}


def describe(policy: Policy) -> str:
    """The whole policy as text of several lines."""
    paragraphs = [f"Policy {policy.name}." + (f" {_sentence(policy.about)}" if policy.about else "")]
    if policy.groups:
        groups = [f"- {name}: {in_words(condition)}" for name, condition in policy.groups.items()]
        paragraphs.append("\n".join(["Groups of customers:", *groups]))
    if policy.bot is not None:
        paragraphs += ["\n".join(_guards(policy)), "\n".join(_bot(policy.bot))]
    else:
        paragraphs.append("There is no bot: every conversation goes to people.")
    if policy.expectation is not None:
        paragraphs.append(_expectation(policy.expectation))
    if policy.survey is not None:
        paragraphs.append(_survey(policy.survey))
    paragraphs += ["\n".join(_ruleset(ruleset)) for ruleset in policy.rulesets]
    if policy.invariants:
        paragraphs.append("\n".join(["In every conversation:", *map(_invariant, policy.invariants)]))
    inbox = "A conversation that no rule sends anywhere waits in the escalation inbox, with normal priority."
    return "\n\n".join([*paragraphs, inbox]) + "\n"


def _guards(policy: Policy) -> Iterator[str]:
    if not policy.guards:
        yield "No guard keeps the bot away from anybody."
        return
    yield "The bot keeps away, and a person takes over, when one of these holds:"
    for guard in policy.guards:
        yield f"- {guard.id}: {in_words(guard.when)}.{_why(guard.why)}"


def _bot(bot: Bot) -> Iterator[str]:
    yield "The bot, where no guard keeps it away:"
    if bot.page_suggestions:
        pages = listed([f"{_plain(each.intent)} on pages from {each.page}" for each in bot.page_suggestions], "and")
        yield f"- suggests articles before anybody writes, and to everybody: about {pages};"
    if bot.languages is not None:
        yield f"- speaks {listed(list(bot.languages), 'and')}, and passes everybody else on at once;"
    if bot.tone == "playful":
        yield "- jokes, whatever the matter;"
    for errand in bot.errands:
        yield f"- {_errand(errand)};"
    if bot.answers is not None:
        then = "then asks whether that helped" if bot.answers.confirm else "and does not ask whether that helped"
        only = [_plain(each) for each in bot.answers.only or ()]
        about = f" about {listed(only, 'and')}" if only else ""
        yield f"- answers{about} {_when_sure(bot.answers.confidence_at_least)}, {then};"
        if bot.answers.while_typing:
            yield "- shows that answer while the customer types the first message, too;"
    if bot.articles is not None:
        spared = bot.articles.unless_help_centre_within
        unless = (
            "to everybody, even straight from the help centre"
            if spared is None
            else f"but not to a customer who was in the help centre in the last {duration_in_words(spared)}"
        )
        yield f"- suggests articles {_when_sure(bot.articles.confidence_at_least)}, {unless};"
    if bot.flow is not None:
        yield "- goes through its own states, from the first on:"
        for state in bot.flow.states:
            yield f"  - {state.name}: {_state(state)};"
    if bot.python is not None:
        yield f"- does in each turn what {bot.python.function}, a function in Python, says;"
    hands = ["when the customer asks for a person"] if bot.hand_over.when_asked else []
    if bot.hand_over.when_unsure:
        hands.append("as soon as it has nothing to offer")
    if bot.hand_over.after_failures != "never":
        hands.append(f"after {counted(bot.hand_over.after_failures, 'turn')} that did not help")
    yield (
        f"- hands over to a person {listed(hands, 'or')};"
        if hands
        else "- never hands over, neither on being asked nor on failing;"
    )
    if bot.collect:
        asked = listed([_plain(name) for name in bot.collect], "and")
        yield f"- asks for {asked} before it hands over, unless a guard stops it;"
    yield f"- when nobody is there to take over, {_CLOSED[bot.hand_over.when_closed]};"
    end = "hands over to a person" if bot.at_max_turns == "hand_over" else "closes the conversation, helped or not"
    yield f"- after {counted(bot.max_turns, 'turn')} {end}."


def _state(state: State) -> str:
    """What the bot does in a state, and what follows."""
    does = {
        "says": f'says "{state.text}"',
        "answers": "answers",
        "suggests": "suggests an article",
        "errand": "goes on the errand",
        "checks": f'checks "{state.text.replace("{intent}", "...")}"',
        "asks": f"asks for {_plain(state.text)}",
        "hands_over": "hands over to a person",
        "closes": "closes the conversation",
    }[state.act]
    parts = [f"{does} {_when_sure(state.confidence_at_least)}" if state.act in MAY_FAIL else does]
    if state.otherwise is not None:
        parts.append(f"otherwise goes to {state.otherwise}")
    for branch in state.next:
        then = "then goes" if branch.when == ALWAYS else f"if {in_words(branch.when)}, goes"
        parts.append(f"{then} to {branch.go}")
    if state.silent_for is not None:
        silent = duration_in_words(state.silent_for.after)
        parts.append(f"goes to {state.silent_for.go} if the customer writes nothing for {silent}")
    return "; ".join(parts)


def _errand(errand: Errand) -> str:
    """What a bot does about an intent.

    >>> from .bot import Errand
    >>> _errand(Errand("transaction", "change_card", ("email",), 0.8))
    'changes what change card is about when it is at least 80% sure that this is wanted, once it knows email; whoever \
replies reaches a person'
    """
    does = "looks up what" if errand.kind == "look_up" else "changes what"
    text = f"{does} {_plain(errand.intent)} is about {_when_sure(errand.confidence_at_least, 'that this is wanted')}"
    if errand.asks:
        text += f", once it knows {listed([_plain(name) for name in errand.asks], 'and')}"
    if errand.kind == "transaction":
        text += f"; {'whoever replies reaches a person' if errand.accepts_replies else 'nobody reads a reply'}"
    return text


def _expectation(expectation: Expectation) -> str:
    told = ["wait in a chat"] if expectation.live else []
    told += ["write e-mails", "find nobody there"] if expectation.later else []
    return f"Those who {listed(told, 'or')} are told at once how long it takes, or when somebody is back."


def _survey(survey: Survey) -> str:
    """Who is asked how it went.

    >>> from .survey import Survey
    >>> _survey(Survey(("person",)))
    'Customers are asked how satisfied they are, and how easy it was, once a person has served them to the end.'
    """
    ends = {"bot": "the bot's part is over and no person came in", "person": "a person has served them to the end"}
    when = listed([ends[kind] for kind in survey.after], "or")
    return f"Customers are asked how satisfied they are, and how easy it was, once {when}."


def _invariant(invariant: Invariant) -> str:
    return f"- {invariant.id}: {invariant_in_words(invariant)}.{_why(invariant.why)}"


def _ruleset(ruleset: Ruleset) -> Iterator[str]:
    told = []
    for trigger in ruleset.on:
        if trigger == "waiting":
            told += [f"has waited for people for {duration_in_words(wait_s)}" for wait_s in ruleset.waiting_s]
        else:
            told.append(_TRIGGERS[trigger])
    when = listed(told, "or")
    yield f"Rules {ruleset.name}, when a conversation {when}. {_HIT_POLICIES[ruleset.hit_policy]}"
    for number, rule in enumerate(ruleset.rules, start=1):
        yield f"{number}. {rule.id}: if {in_words(rule.when)}, {action_in_words(rule.then)}.{_why(rule.why)}"
    if ruleset.default is not None:
        yield f"{_DEFAULTS[ruleset.hit_policy]}: {action_in_words(ruleset.default)}."


def _plain(name: str) -> str:
    return name.replace("_", " ")


def _when_sure(confidence: float, of: str = "what the customer wants") -> str:
    return (
        f"when it is at least {100 * confidence:g}% sure {of}"
        if confidence > 0
        else "however unsure it is"
    )


def _why(why: str | None) -> str:
    return f" Why: {_sentence(why)}" if why else " No reason is given."


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."
