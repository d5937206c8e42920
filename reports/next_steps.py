"""What to do next, policy by policy: about each thing that the bot offers, and which intents it could take."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from math import isnan
from typing import Final

from ..simulator.experiment import Experiment
from .automation import Candidate, candidates_of
from .performance import THRESHOLDS, WHY, Performance, Share, performances_of

MOST_NAMED: Final = 3
CAUTION: Final = (
    "By the agents' time that the best bot for an intent would save, if it recognised every message; what it takes for "
    "something else comes on top."
)
BY_MEANS: Final[Mapping[str, str]] = {
    "answer": "answers", "article": "articles", "look_up": "looking it up", "transaction": "doing it"
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Told:
    """A figure as a table shows it: the number, and its interval if it has one."""

    text: str
    ends: str = ""


@dataclass(frozen=True, slots=True)
class Heading:
    """A column: what stands above it, and what it means."""

    title: str
    about: str


@dataclass(frozen=True, slots=True)
class Listing:
    """A table of a policy, a row for each thing: its name, what is said of it, and figures under `headings`.

    `sentence` is what to know of it first; without rows there is nothing else.
    """

    policy: str
    title: str
    about: str
    sentence: str
    first: tuple[Heading, Heading]
    headings: tuple[Heading, ...]
    rows: tuple[tuple[str, str, tuple[Told, ...]], ...]


_SHARES_OF_OFFER: Final[tuple[tuple[str, Heading], ...]] = (
    ("right", Heading("right", "about the intent of the customer to whom it was shown, in truth / shown")),
    ("helped_if_right", Heading("helped, if right", "it solved the problem, in truth / shown and right")),
    ("failed", Heading("failed", "the look-up or the transaction did not work / shown")),
    ("resolved", Heading("counted", "counted as resolved by the desk, it being the last thing offered / shown")),
    ("left_unhelped", Heading("unhelped", "ended in the bot, not helped, it being the last thing offered / shown")),
    ("asked_for_person", Heading("asked", "the customer asked for a person after it / shown")),
    ("looped", Heading("in loops", "said in a loop / shown")),
    ("lost", Heading("lost", "customers who leave, it being the last thing the bot ever offered them / shown")),
    ("csat", Heading("CSAT", "surveys answered with 4 or 5 of 5 / surveys answered, of those to whom it was shown")),
)
_FIGURES_OF_CANDIDATE: Final[tuple[tuple[Heading, Callable[[Candidate], Told]], ...]] = (
    (
        Heading("problems", "new problems about it a week"),
        lambda each: _a_week(each, "problems_a_week"),
    ),
    (
        Heading("share", "of all problems"),
        lambda each: Told(_percent(each.shares["problem_share"])),
    ),
    (
        Heading("again", "conversations about it that are second or later attempts / conversations about it"),
        lambda each: Told(_percent(each.shares["recontact_share"])),
    ),
    (
        Heading("by the bot", "problems about it that the bot solved already / problems about it"),
        lambda each: Told(_percent(each.shares["helped_by_bot_share"])),
    ),
    (
        Heading("agent h", "hours a week that agents hold conversations about it"),
        lambda each: _a_week(each, "agent_hours_a_week"),
    ),
    (
        Heading(
            "saves h",
            "of these, hours a week on customers whom it would help, less those who write again although helped, and "
            "less what takes longer with those whom it leaves without help and who return",
        ),
        lambda each: _a_week(each, "saved_hours_a_week"),
    ),
    (
        Heading("unhelped", "customers a week who reach people now, whom it would not help, and who would go silently"),
        lambda each: _a_week(each, "false_deflections_a_week"),
    ),
    (
        Heading("protected", "protected customers / problems about it that reach people"),
        lambda each: Told(_percent(each.shares["protected_share"])),
    ),
    (
        Heading("lost", "customers a week, of those unhelped, whom their first bad event would lose"),
        lambda each: _a_week(each, "lost_a_week"),
    ),
    (
        Heading("value lost", "what these are worth, by the `value` of their segments"),
        lambda each: _a_week(each, "lost_value_a_week"),
    ),
)


def offers_of(experiment: Experiment) -> tuple[Listing, ...]:
    """How each thing that a policy's bot offers performs; policies without a bot are left out."""
    return tuple(_offers(experiment, number, name) for number, name in _with_bot(experiment))


def next_of(experiment: Experiment) -> tuple[Listing, ...]:
    """What to automate next, for each policy."""
    return tuple(_candidates(name, candidates_of(experiment, at)) for at, name in enumerate(experiment.names))


def _with_bot(experiment: Experiment) -> Iterator[tuple[int, str]]:
    for number, policy in enumerate(experiment.policies):
        if policy.bot is not None:
            yield number, policy.name


def _offers(experiment: Experiment, number: int, name: str) -> Listing:
    found = [each for each in performances_of(experiment, number) if each.counts["shown"]]
    columns = [(key, head) for key, head in _SHARES_OF_OFFER if any(each.shares[key].value >= 0 for each in found)]
    # Only errands can fail.
    columns = [(key, head) for key, head in columns if key != "failed" or any(each.counts[key] for each in found)]
    has_ces = any(not isnan(each.ces) for each in found)
    headings = [Heading("shown", "conversations a week in which it is shown"), *(head for _, head in columns)]
    if has_ces:
        headings.append(Heading("CES", "mean of the answers of 1 to 7, 7 is easy, of those to whom it was shown"))
    return Listing(
        policy=name,
        title="What the bot offers",
        about=THRESHOLDS,
        sentence=_offers_sentence(name, found),
        first=(Heading("offer", "what the bot offers"), Heading("to do", "what to do about it")),
        headings=tuple(headings),
        rows=tuple(
            (
                each.name,
                each.advice,
                (
                    Told(_count(each.shown_a_week)),
                    *(_share(each.shares[key]) for key, _ in columns),
                    *([Told("-" if isnan(each.ces) else f"{each.ces:.1f}")] if has_ces else []),
                ),
            )
            for each in found
        ),
    )


def _offers_sentence(name: str, found: list[Performance]) -> str:
    if not found:
        return f"{name}: its bot offers nothing to anybody."
    parts = []
    for advice in WHY:
        named = [each.name for each in found if each.advice == advice]
        if named and advice in ("keep", "cannot tell"):
            parts.append(f"{len(named)} {'to keep' if advice == 'keep' else 'too close to tell'}")
        elif named:
            more = f" and {len(named) - MOST_NAMED} more" if len(named) > MOST_NAMED else ""
            parts.append(f"{len(named)} to {advice} ({', '.join(named[:MOST_NAMED])}{more})")
    things = "thing" if len(found) == 1 else "things"
    return f"{name}: of {len(found)} {things} that its bot offers, {', '.join(parts)}."


def _candidates(name: str, found: tuple[Candidate, ...]) -> Listing:
    valued = any(not isnan(each.a_week["lost_value_a_week"].value) for each in found)
    columns = [each for each in _FIGURES_OF_CANDIDATE if valued or each[0].title != "value lost"]
    return Listing(
        policy=name,
        title="What to automate next",
        about=CAUTION,
        sentence=_candidates_sentence(name, found),
        first=(
            Heading("intent", "what customers write about"),
            Heading("by", "what helps the largest share of them, and whether the bot does it already; or why not"),
        ),
        headings=tuple(heading for heading, _ in columns),
        rows=tuple((each.intent, _how(each), tuple(read(each) for _, read in columns)) for each in found),
    )


def _how(each: Candidate) -> str:
    if each.why_not:
        return f"not: {each.why_not}"
    return f"{BY_MEANS[each.means or 'answer']}{' (does)' if each.means in each.now else ''}"


def _candidates_sentence(name: str, found: tuple[Candidate, ...]) -> str:
    # What would save nothing for sure is not named.
    worth = [each for each in found if not each.why_not and each.a_week["saved_hours_a_week"].low > 0]
    if not worth:
        return f"{name}: no intent is sure to save agents' time if it were automated."
    named = [
        f"{each.intent} by {BY_MEANS[each.means or 'answer']} ({_hours(each)} a week"
        + (", beyond what the bot does already)" if each.means in each.now else ")")
        for each in worth[:MOST_NAMED]
    ]
    text = f"{name}: most of agents' time would be saved by {'; '.join(named)}"
    sensitive = [each.intent for each in found if each.why_not == "sensitive"]
    more = f" and {len(sensitive) - MOST_NAMED} more" if len(sensitive) > MOST_NAMED else ""
    return f"{text}. Sensitive, so not: {', '.join(sensitive[:MOST_NAMED])}{more}." if sensitive else f"{text}."


def _hours(each: Candidate) -> str:
    return f"{each.saves:,.1f} h"


def _share(share: Share) -> Told:
    if isnan(share.value):
        return Told("-")
    digits = 1 if share.high < 0.1 else 0
    return Told(_percent(share.value), f"{100 * share.low:.{digits}f} to {100 * share.high:.{digits}f}")


def _a_week(each: Candidate, key: str) -> Told:
    found = each.a_week[key]
    if isnan(found.value):
        return Told("-")
    return Told(_count(found.value), "" if isnan(found.low) else f"±{_count((found.high - found.low) / 2)}")


def _percent(share: float) -> str:
    return "-" if isnan(share) else f"{100 * share:.1f}%"


def _count(value: float) -> str:
    # Adding zero turns -0.0 into 0.0.
    return f"{round(value):,}" if abs(value) >= 99.5 else f"{round(value, 1) + 0.0:.1f}"
