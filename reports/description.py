"""A scenario in plain English: who writes in and when, who is there, and where the numbers come from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping

from ..calendar import WEEKDAYS
from ..quantities import format_duration
from ..scenarios.arrivals import ArrivalsByRate
from ..scenarios.behaviour import Behaviour
from ..scenarios.intents import Intent
from ..scenarios.patience import Patience
from ..scenarios.scenario import Scenario
from ..scenarios.segments import Segment
from ..scenarios.staffing import Team
from ..scenarios.surges import Surge
from .counted import beginning
from .figures import percent
from .floor_words import floor_lines
from .message_words import message_lines
from .provenance import KINDS, provenance
from .recogniser_words import recogniser_lines
from .return_words import channel_line, return_lines
from .survey_words import survey_line
from .team_words import team_lines
from .text import fitted, wrapped
from .times import time_in_words

MOST_INTENTS = 5
_KNOWN = {
    "measured": "measured",
    "published": "published",
    "assumed": "assumed",
    "unmarked": "of no stated source, so assumed",
}


def describe_scenario(scenario: Scenario, width: int) -> str:
    """The whole scenario as text of several lines."""
    paragraphs = [
        wrapped(f"Scenario {scenario.name}. {scenario.about}".strip(), width, ""),
        wrapped(_when(scenario), width, ""),
        "\n".join(["Who writes in:", *(wrapped(line, width) for line in _segments(scenario))]),
        f"What they want, and who can help:\n{_intents(scenario, width)}",
        f"Who is there:\n{_teams(scenario, width)}",
        *(wrapped(line, width, "") for line in team_lines(scenario)),
        *(wrapped(line, width, "") for line in _wrap_ups(scenario)),
        *(wrapped(line, width, "") for line in floor_lines(scenario)),
        wrapped(_inbox(scenario), width, ""),
        "\n".join(wrapped(line, width, "") for line in _behaviour(scenario)),
        *(wrapped(line, width, "") for line in message_lines(scenario.messages)),
        *(wrapped(line, width, "") for line in recogniser_lines(scenario.recogniser, scenario.intents)),
        wrapped(beginning(scenario), width, ""),
        "\n".join(["Where the numbers come from:", *(wrapped(line, width) for line in _sources(scenario))]),
    ]
    return "\n\n".join(paragraphs) + "\n"


def _when(scenario: Scenario) -> str:
    start = dt.date.fromisoformat(scenario.start)
    run = f"{scenario.days} days from {WEEKDAYS[start.weekday()]} {start}, {scenario.time_zone} time."
    arrivals = scenario.arrivals
    if scenario.holidays:
        run += f" On holidays ({', '.join(scenario.holidays)}) nobody is on duty."
    if arrivals.kind == "replayed":
        return f"{run} {len(arrivals.at or ()):,} new problems arrive exactly when they were recorded to."
    return " ".join([f"{run} {_stream(arrivals)}", *(_surge(surge) for surge in arrivals.surges)])


def _stream(arrivals: ArrivalsByRate) -> str:
    week = arrivals.by_hour_of_week().reshape(7, 24)
    days = dict(zip(WEEKDAYS, week.sum(axis=1).tolist(), strict=True))
    busiest, quietest = max(days, key=lambda day: days[day]), min(days, key=lambda day: days[day])
    text = f"About {arrivals.per_week:,.0f} new problems in a full week"
    if days[busiest] > days[quietest] * (1 + 1e-9):
        text += f"; most on {busiest} ({percent(days[busiest] / sum(days.values()))}), fewest on {quietest}"
        text += f" ({percent(days[quietest] / sum(days.values()))})"
    day, hour = divmod(int(week.argmax()), 24)
    share = week[day, hour] / week[day].sum()
    if isinstance(arrivals.by_hour, dict):
        text += f"; the busiest hour of the week is {WEEKDAYS[day]} {hour:02}-{hour + 1:02}"
        text += f" with {percent(share)} of its day"
    elif len(set(arrivals.by_hour)) > 1:
        text += f"; the busiest hour is {hour:02}-{hour + 1:02} with {percent(share)} of a day"
    if arrivals.day_factor_shape is not None:
        text += f"; whole days are busier or quieter by some {percent(arrivals.day_factor_shape**-0.5)}"
    if arrivals.day_factor_correlation:
        text += f", each with a correlation of {arrivals.day_factor_correlation:g} with the day before"
    if arrivals.on_holidays is not None:
        text += f"; on holidays {arrivals.on_holidays:g} times as many as else"
    if arrivals.rate == "linear":
        text += "; the rate rises and falls smoothly from the middle of one hour to that of the next"
    return f"{text}{'' if arrivals.kind == 'poisson' else '; they come evenly, not at random'}."


def _surge(surge: Surge) -> str:
    """A surge as a sentence.

    >>> _surge(Surge(at="Tue 10:00", lasts=7200.0, times=3.0, intents=("refund",)))
    'A surge from Tue 10:00, for 2 h: 3 times the problems about refund.'
    """
    about = "" if surge.intents is None else f" about {', '.join(surge.intents)}"
    text = f"A surge from {surge.at}, for {format_duration(surge.lasts)}: {surge.times:g} times the problems{about}"
    if surge.announced is not None:
        after = f" after {format_duration(surge.announced.after)}" if surge.announced.after else ""
        text += f"; a notice{after} keeps {percent(surge.announced.takes)} of the extra customers from writing in"
    return f"{text}."


def _segments(scenario: Scenario) -> Iterator[str]:
    for name, segment in scenario.segments.items():
        worth = "" if segment.value is None else f" Each is worth {segment.value:,g}."
        yield f"- {name}: {percent(segment.share)} of problems. {_known(segment)} {_temperament(segment)}{worth}"


def _known(segment: Segment) -> str:
    facts = segment.facts
    marks = {"flags": facts.flags, "kinds of company": facts.company, "products": facts.products}
    told = "".join(f"; {name} {_shares(shares)}" for name, shares in marks.items() if shares)
    most = dict(sorted(segment.intents.items(), key=lambda item: -item[1])[:MOST_INTENTS])
    return (
        f"Plan {_shares(facts.plan)}; customers for {format_duration(facts.tenure.mean_s)} on average; "
        f"{facts.contacts_30d:g} contacts in 30 days{told}. They write most about {_shares(most)}"
        f"{'' if segment.languages is None else f'; languages {_shares(segment.languages)}'}."
    )


def _temperament(segment: Segment) -> str:
    mood = segment.temperament
    patience, unhelped, loss = mood.patience, mood.unhelped, mood.loss
    return (
        f"{_patience(patience)} They bear {mood.tolerance_median:g} unhelpful bot turns (median), and "
        f"{percent(mood.asks_for_person_first)} ask for a person at once. Unhelped, "
        f"{percent(unhelped.says_no)} say so, "
        f"{percent(unhelped.asks)} ask for a person and {percent(unhelped.silent)} leave without a word; "
        f"{percent(mood.recontacts_if_unsolved)} write again. The first time they leave unsolved, "
        f"{percent(loss.silent_unsolved)} leave the company; after going round in circles or being refused, "
        f"{percent(loss.loop_or_refused)}."
    )


def _patience(patience: Patience) -> str:
    text = f"In a chat they wait {time_in_words(patience.live)}"
    if patience.balks:
        text += f", but {percent(patience.balks)} leave at once if nobody is free"
    if patience.told is not None:
        text += f"; once told when a person will come, {time_in_words(patience.told)}"
    elif patience.told_factor != 1:
        text += f"; once told when a person will come, {patience.told_factor:g} times as long"
    text += f"; after leaving a message, {time_in_words(patience.inbox)}."
    if patience.silent:
        text += f" Of those who leave, {percent(patience.silent)} go without anybody noticing."
    return text


def _intents(scenario: Scenario, width: int) -> str:
    rows = []
    for name, intent in scenario.intents.items():
        share = sum(segment.share * segment.intents.get(name, 0.0) for segment in scenario.segments.values())
        solved = [percent(each) for each in (intent.person_solves, intent.bot_solves, intent.article_solves)]
        rows.append(
            [
                name,
                percent(share),
                intent.team,
                _work(intent),
                *solved,
                "sensitive" if intent.sensitive else "",
            ]
        )
    return fitted(rows, ["intent", "share", "right team", "work", "person", "bot", "article", ""], 1, width)


def _work(intent: Intent) -> str:
    shape = "" if intent.work.shape == "lognormal" else f", {intent.work.shape}"
    return f"{format_duration(intent.work.mean_s)}{shape}"


def _teams(scenario: Scenario, width: int) -> str:
    rows = [
        [
            name if number == 0 else "",
            f"{agents} {hours}",
            *(
                [str(team.concurrency), _target(team), ", ".join(team.also_solves)]
                if number == 0
                else [""] * 3
            ),
        ]
        for name, team in scenario.teams.items()
        for number, (hours, agents) in enumerate(team.staffing.items() or (("of its own", "none"),))
    ]
    return fitted(rows, ["team", "agents", "at once", "answers within", "can also solve"], 1, width)


def _target(team: Team) -> str:
    """The time within which a team means to answer."""
    kind = " of business hours" if team.answer_within_counts == "business_hours" else ""
    return f"{format_duration(team.answer_within)}{kind}"


def _wrap_ups(scenario: Scenario) -> Iterator[str]:
    """A line for all teams that write up, if any does."""
    writing = [
        f"{name} {time_in_words(team.wrap_up)}" for name, team in scenario.teams.items() if team.wrap_up is not None
    ]
    if writing:
        yield f"After each conversation an agent still writes it up: {'; '.join(writing)}."


def _inbox(scenario: Scenario) -> str:
    inbox, protected = scenario.escalation, scenario.protected
    named = [
        *(f"{name} customers" for name in protected.segments),
        *(f"plan {plan}" for plan in protected.plans),
        *(f"flag {flag}" for flag in protected.flags),
    ]
    if protected.contacts_30d_at_least is not None:
        named.append(f"{protected.contacts_30d_at_least} or more contacts in 30 days")
    sensitive = [name for name, intent in scenario.intents.items() if intent.sensitive]
    if sensitive:
        named.append(f"the sensitive intents ({', '.join(sensitive)})")
    return (
        f"What no rule places goes to {inbox.team}, which assigns {percent(inbox.assigns_right)} to the right team; "
        f"of what a wrong team passes on, {percent(inbox.transfers_right)} reaches the right one, and the last of "
        f"{inbox.touches_at_most} teams is always right. Protected, so "
        f"better met by a person: {', '.join(named) or 'nobody'}."
    )


def _behaviour(scenario: Scenario) -> Iterator[str]:
    does = scenario.behaviour
    again = does.writes_again
    yield (
        f"A customer takes {format_duration(does.reply_gap.mean_s)} on average for a turn, the bot "
        f"{format_duration(does.bot_reply)}. Of right answers, {percent(does.understood.simple)} are understood where "
        f"the matter is simple, {percent(does.understood.complex)} where it is complex. Who goes on with the bot says "
        f"it again in other words ({percent(again.rephrased)}), vents ({percent(again.frustrated)}), comes up with "
        f"something else ({percent(again.switches)}) or only says that it did not help ({percent(again.no)}); "
        f"{percent(does.last_word.share)} of those who give up on it say a last word. {_circles(does)} "
        f"The bot takes a message for a request for a person from a confidence of {does.asks_recognised_from:g}. Where "
        f"it asks for something before it hands over, {percent(does.question_drop_off)} leave at each question, and "
        f"people take {does.collected_handle_factor:g} times as long once all is answered; asked for the topic, "
        f"{percent(does.collected.topic_right)} name the right one, and {percent(does.collected.urgent.serious)} call "
        f"a serious one urgent, {percent(does.collected.urgent.other)} another."
    )
    yield _automation(scenario)
    yield survey_line(does.survey)
    channels = channel_line(scenario)
    if channels is not None:
        yield channels
    yield from return_lines(scenario.returns)


def _circles(does: Behaviour) -> str:
    """What changes once the bot has gone round in circles with a customer."""
    after = does.after_a_loop
    return (
        f"Once it has gone round in circles with a customer, {percent(after.words)} of the words are left of what is "
        f"said again, people take {after.handle_factor:g} times as long and move it on to a wrong team "
        f"{after.misroute_factor:g} times as often."
    )


def _automation(scenario: Scenario) -> str:
    """What bounds the help of bots, and what becomes of those who say nothing to them."""
    does = scenario.behaviour
    outages = "".join(
        f" In conversations that begin from {outage.at}, for {format_duration(outage.lasts)}, {what} works."
        for what, errands in (("no look-up", does.look_ups), ("no transaction", does.transactions))
        for outage in errands.outages
    )
    text = (
        f"What a bot looks up works {percent(does.look_ups.works)} of times and takes "
        f"{format_duration(does.look_ups.takes)}, what it changes for customers {percent(does.transactions.works)} and "
        f"{format_duration(does.transactions.takes)}.{outages} {percent(does.reads_while_typing)} read an answer that "
        f"is shown while they type. Of those who say nothing to an answer that did not help, "
        f"{percent(does.returns_to_thread.share)} write on after {time_in_words(does.returns_to_thread.after)}."
    )
    for name, known in scenario.knowledge.items():
        text += (
            f" Of problems about {name} the help centre covers {percent(known.covers)}, in words that "
            f"{percent(known.quality)} of those who can act upon good ones can act upon."
        )
    return text


def _sources(scenario: Scenario) -> Iterator[str]:
    found = provenance(scenario)
    counts = ", ".join(f"{found[kind]} {_KNOWN[kind]}" for kind in KINDS if found[kind])
    yield f"Of {found.total()} inputs {counts}. The intervals of a comparison do not cover what is assumed."
    for kind in ("measured", "published", "assumed"):
        for pattern, source in scenario.sources.items():
            if source.kind == kind:
                may_be = "" if source.times is None else "; may be {:g} to {:g} times as large".format(*source.times)
                yield f"- {kind}: {pattern}: {source.text}{may_be}"


def _shares(shares: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {percent(share)}" for name, share in shares.items())
