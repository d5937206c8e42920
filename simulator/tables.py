"""The tables of a run: problems, conversations, messages, visits, decisions, as columns with plain names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .attempts import Attempt
from .automation import FIGURES, automation_of
from .collected import COLLECTED, Collected
from .conversations import Outcome
from .dialogue import Ending, Reason, Said
from .guesses import Guesses
from .measured import Measured
from .offered import played
from .performance import COUNTS, offerings_of, performance_of
from .population import Population
from .run import Run
from .summary import Summary
from .surveys import surveyed
from .visit_chains import Purpose
from .visits import Fate
from .waiting_rules import NO_CHANGES

Array = NDArray[np.generic]
Rows = NDArray[np.int64]

MOST_TURNS = 1000


@dataclass(frozen=True, slots=True)
class Named:
    """A column of codes and the names they stand for; -1 is null."""

    codes: Array
    names: Sequence[str]


Table = Mapping[str, "Array | Named"]


def tables_of(run: Run, measured: Measured | None = None, summary: Summary | None = None) -> dict[str, Table]:
    """All tables of a run, which may be made ready to be measured, and be summed up, already.

    Moments are in run seconds (0 = local midnight of the first day); not a number is null.

    Where the recogniser does not go by the text, messages and decisions say what was recognised: of the message, and of
    the one that the rules looked at last; and conversations have `telling_turn`. What a bot in Python has said is in
    `bot_texts`, which no other run has.
    """
    measured = Measured(run) if measured is None else measured
    messages = _messages(run)
    return {
        "problems": _problems(measured),
        "conversations": _conversations(measured),
        "messages": messages,
        "visits": _visits(run),
        "decisions": _decisions(run, messages),
        "performance": _performance(run, performance_of(measured) if summary is None else summary.performance),
        "automation": _automation(run, automation_of(measured) if summary is None else summary.automation),
        **_bot_texts(run),
    }


def _problems(measured: Measured) -> Table:
    run = measured.run
    people, scenario = run.population, run.desk.scenario
    return {
        "problem": np.arange(people.size, dtype=np.int32),
        "arrives_s": people.arrives_s,
        "segment": Named(people.segment, tuple(scenario.segments)),
        "intent": Named(people.intent, tuple(scenario.intents)),
        "right_team": Named(measured.right_team.astype(np.int8), run.team_names),
        "language": Named(_or(people.language, np.zeros(people.size, dtype=np.int8)), run.desk.pool.language_names),
        "language_known": _or(people.language_known, np.ones(people.size, dtype=np.bool_)),
        "page": Named(people.page, people.page_names),
        "plan": Named(people.plan, people.plan_names),
        "plan_known": people.plan_known,
        "tenure_s": people.tenure_s,
        "tenure_known": people.tenure_known,
        "contacts_30d": people.contacts_30d,
        "contacts_known": people.contacts_known,
        **_marks("flag", people.flags, people.flag_names),
        "flags_known": people.flags_known,
        **_company_and_products(people),
        "help_centre_s": people.help_centre_s,
        "work_s": people.work_s,
        "solved_s": run.solved_s,
        "helped": measured.helped,
        "gave_up": measured.gave_up,
        "lost": run.lost,
        "backlog": Named(np.full(people.size, -1) if people.backlog is None else people.backlog, run.team_names),
        "counted": np.ones(people.size, dtype=bool) if run.counted is None else run.counted,
    }


def _marks(what: str, bits: NDArray[np.uint64], names: Sequence[str]) -> Table:
    return {f"{what}_{name}": (bits >> np.uint64(bit)) & np.uint64(1) == 1 for bit, name in enumerate(names)}


def _company_and_products(people: Population) -> Table:
    """No columns of what nobody has."""
    columns: dict[str, Array | Named] = {}
    if people.company is not None and people.company_known is not None:
        columns |= {"company": Named(people.company, people.company_names), "company_known": people.company_known}
    if people.products is not None and people.products_known is not None:
        columns |= _marks("product", people.products, people.product_names)
        columns["products_known"] = people.products_known
    return columns


def _conversations(measured: Measured) -> Table:
    run = measured.run
    table, policy = run.conversations, run.policy.policy
    return {
        "conversation": np.arange(table.size, dtype=np.int32),
        "problem": table.problem,
        "attempt": table.attempt,
        "segment": Named(run.population.segment[table.problem], tuple(run.desk.scenario.segments)),
        "intent": Named(run.population.intent[table.problem], tuple(run.desk.scenario.intents)),
        "channel": Named(
            np.zeros(table.size, dtype=np.int8) if table.email is None else table.email.astype(np.int8),
            ("chat", "email"),
        ),
        "starts_s": table.starts_s,
        "ends_s": table.ends_s,
        "outcome": Named(table.outcome, [outcome.name.lower() for outcome in Outcome]),
        "bot_ending": Named(table.ending, [ending.name.lower() for ending in Ending]),
        "reason": Named(table.reason, [reason.name.lower() for reason in Reason]),
        "guard": Named(table.guard, policy.guard_ids),
        "bot_turns": table.bot_turns,
        "team": Named(table.first_team, run.team_names),
        "rule": Named(table.rule, policy.rule_ids),
        "priority": Named(table.priority, ("urgent", "high", "normal", "low")),
        "opening_code": table.opening,
        "telling_code": table.telling,
        **({} if table.telling_turn is None else {"telling_turn": table.telling_turn}),
        "answered_s": table.answered_s,
        "replied_s": table.replied_s,
        "wait_s": table.wait_s,
        "touches": table.touches,
        "reopened": table.reopened,
        "helped": table.helped,
        "asked": table.asked,
        "refused": table.refused,
        "loop": table.loop,
        "stumble": table.stumble,
        "misrouted": (table.first_visit >= 0) & measured.misplaced & measured.by_rule,
        "counted_resolved": table.counted_resolved,
        "protected_known": table.protected_known,
        "protected": table.protected,
        "collected": np.zeros(table.size, dtype=bool) if table.collected is None else table.collected,
        **_answers_to_bot(run),
        **_answers_to_survey(run),
    }


def _answers_to_bot(run: Run) -> Table:
    """What customers answered a bot that asked for facts which rules read; null where none did."""
    table, bot = run.conversations, run.policy.policy.bot
    asks = () if bot is None else bot.collect
    codes = {name: np.full(table.size, -1, dtype=np.int16) for name in COLLECTED}
    names: dict[str, tuple[str, ...]] = dict.fromkeys(COLLECTED, ())
    for here in table.by_attempt if table.collected is not None else ():
        assert table.collected is not None
        problems, attempt = table.problem[here], int(table.attempt[here.start])
        told = Collected(run.desk, run.population, run.draws, problems, attempt, table.collected[here], asks)
        for name in COLLECTED:
            answers = told.column(name)
            if answers is not None and (answers.codes >= 0).any():
                codes[name][here], names[name] = answers.codes, answers.names
    return {f"collected_{name}": Named(codes[name], names[name]) for name in COLLECTED}


def _answers_to_survey(run: Run) -> Table:
    """What customers answered; null where they did not; and the satisfaction that they would have told."""
    survey, null = surveyed(run), np.full(run.conversations.size, np.nan)
    if survey is None:
        return {"csat": null, "ces": null, "csat_if_asked": null}
    return {
        "csat": np.where(survey.replied, survey.csat, np.nan),
        "ces": np.where(survey.replied, survey.ces, np.nan),
        "csat_if_asked": np.where(survey.csat > 0, survey.csat, np.nan),
    }


def _messages(run: Run) -> Table:
    empty = np.empty(0, dtype=np.int32)
    by_text = run.recogniser.goes_by_text
    parts: list[tuple[Array, ...]] = [
        (empty, empty.astype(np.int16), np.empty(0), empty)
        + (() if by_text else (empty.astype(np.int16), np.empty(0)))
    ]
    for author, said, attempt, row_of in _all_said(run):
        row = row_of[said.rows]
        kept = row >= 0
        row = row[kept]
        order = np.full(row.size, 2 * said.turn + author, dtype=np.int16)
        part: tuple[Array, ...] = (row, order, run.conversations.starts_s[row] + said.after_s[kept], said.codes[kept])
        if not by_text:
            guesses = (
                Guesses(np.full(row.size, -1, dtype=np.int16), np.full(row.size, np.nan))
                if author
                else run.recogniser.guesses(said.rows[kept], said.codes[kept], attempt.number, said.turn)
            )
            part += (guesses.codes, guesses.confidence)
        parts.append(part)
    conversation, order, at_s, text, *recognised = (np.concatenate(column) for column in zip(*parts, strict=True))
    # Plain numbers are sorted much faster than their places; what is said at the same turn stays as it stands.
    many = max(order.size, 1)
    by_turn = np.sort((conversation * (2 * MOST_TURNS) + order) * many + np.arange(order.size)) % many
    order = order[by_turn]
    return {
        "conversation": conversation[by_turn].astype(np.int32),
        "at_s": at_s[by_turn],
        "author": Named(order % 2, ("customer", "bot")),
        "text_code": text[by_turn],
        **({} if by_text else {"turn": order // 2}),
        **_recognised(run, *(column[by_turn] for column in recognised)),
    }


def _recognised(run: Run, *found: Array) -> Table:
    """The columns of what was recognised, if they are given."""
    if not found:
        return {}
    codes, confidence = found
    return {"recognised": Named(codes, run.desk.intent_names), "confidence": confidence}


def _all_said(run: Run) -> Iterator[tuple[int, Said, Attempt, Rows]]:
    for attempt, dialogues, row_of in played(run):
        for author, every in enumerate((dialogues.customer_said, dialogues.bot_said)):
            for said in every:
                yield author, said, attempt, row_of


def _visits(run: Run) -> Table:
    visits, planned = run.visits, run.attempts.visits
    made = np.flatnonzero(visits.fate != Fate.NOT_MADE)
    conversation = _row_of_code(run)[run.attempts.owner[made]]
    # By conversation, whichever of the cases that were planned ahead it met.
    order = np.argsort(conversation, kind="stable")
    made = made[order]
    return {
        "conversation": conversation[order],
        "touch": run.attempts.touch[made],
        "purpose": Named(run.attempts.purpose[made], [purpose.name.lower() for purpose in Purpose]),
        "team": Named(planned.team[made], run.team_names),
        "group": Named(visits.group[made], tuple(run.desk.scenario.agents)),
        "agent": visits.agent[made],
        "joined_s": visits.joined_s[made],
        "answered_s": visits.answered_s[made],
        "ended_s": visits.ended_s[made],
        "freed_s": visits.freed_s[made],
        "fate": Named(visits.fate[made], [fate.name.lower() for fate in Fate]),
    }


def _decisions(run: Run, messages: Table) -> Table:
    """What rules decided: the guard that kept the bot away or stopped it, then the rule that placed the conversation,
    then those that changed that later: the rule that moved it, else the one that acted last.
    """
    table, policy = run.conversations, run.policy.policy
    guarded = np.flatnonzero(table.guard >= 0)
    placed = np.flatnonzero((table.first_visit >= 0) & (table.reason != Reason.BACKLOG))
    rules, first_rule = run.rules or NO_CHANGES, len(policy.guard_ids)
    changed = np.searchsorted(table.code, rules.code)
    kinds = np.repeat(np.array([0, 1], dtype=np.int8), [guarded.size, placed.size])
    by = np.concatenate([table.rule[placed], rules.rule])
    return {
        "conversation": np.concatenate([guarded, placed, changed]).astype(np.int32),
        "at_s": np.concatenate([table.bot_ends_s[guarded], table.bot_ends_s[placed], rules.at_s]),
        "kind": Named(np.concatenate([kinds, rules.stage + 2]), ("guard", "rule", *run.rule_moments)),
        "rule": Named(
            np.concatenate([table.guard[guarded], np.where(by >= 0, by + first_rule, -1)]),
            (*policy.guard_ids, *policy.rule_ids),
        ),
        "team": Named(
            np.concatenate([np.full(guarded.size, -1), table.first_team[placed], rules.team]), run.team_names
        ),
        **_recognised(run, *_looked_at(run, messages, guarded, placed, changed)),
    }


def _looked_at(run: Run, messages: Table, guarded: Rows, placed: Rows, changed: Rows) -> tuple[Array, ...]:
    """What was recognised of the messages that the rules looked at last, where the texts do not tell: a guard at the
    customer's last one, the rules that place at the one that tells most if the bot spoke, else at the first; while they
    wait at the last one.
    """
    table = run.conversations
    if table.telling_turn is None:
        return ()
    turns = (
        np.maximum(table.bot_turns[guarded] - 1, 0),
        np.where(table.bot_turns[placed] > 0, table.telling_turn[placed], 0),
    )
    columns = (messages["author"], messages["recognised"], messages["confidence"])
    author, recognised, confidence = (each.codes if isinstance(each, Named) else each for each in columns)
    written = np.flatnonzero(author == 0)
    # Messages stand in order of conversation and turn.
    conversation, turn = (np.asarray(messages[name], dtype=np.int64)[written] for name in ("conversation", "turn"))
    wanted = np.concatenate([guarded, placed]) * MOST_TURNS + np.concatenate(turns)
    found = np.searchsorted(conversation * MOST_TURNS + turn, wanted)
    found = written[np.concatenate([found, np.searchsorted(conversation, changed, side="right") - 1])]
    return recognised[found], confidence[found]


def _performance(run: Run, counts: NDArray[np.int64]) -> Table:
    """A row for each thing that the bot may offer, with what is counted of it."""
    scenario = run.desk.scenario
    offerings = offerings_of(scenario, run.policy.policy.bot)
    kinds, pages = ("answer", "article", "look_up", "transaction", "page"), [each.page for each in offerings]
    intents = tuple(scenario.intents)
    return {
        "kind": Named(np.array([kinds.index(each.kind) for each in offerings], dtype=np.int8), kinds),
        "intent": Named(np.array([intents.index(each.intent) for each in offerings], dtype=np.int16), intents),
        "page": Named(np.array([n if page else -1 for n, page in enumerate(pages)], dtype=np.int16), pages),
        **{name: counts[:, number] for number, name in enumerate(COUNTS)},
    }


def _automation(run: Run, figures: NDArray[np.float64]) -> Table:
    """A row for each intent, with what it brings and what a bot for it would save and risk."""
    intents = tuple(run.desk.scenario.intents)
    return {
        "intent": Named(np.arange(len(intents), dtype=np.int16), intents),
        **{name: figures[:, number] for number, name in enumerate(FIGURES)},
    }


def _bot_texts(run: Run) -> dict[str, Table]:
    """What a bot in Python has said, with the code of each text in this replication."""
    replies = run.replies
    if replies is None or replies.first_own is None:
        return {}
    codes = np.arange(replies.first_own, len(replies.texts), dtype=np.int32)
    return {
        "bot_texts": {
            "text_code": codes,
            "kind": np.array(replies.kinds[replies.first_own :], dtype=object),
            "text": np.array(replies.texts[replies.first_own :], dtype=object),
        }
    }


def _or(column: Array | None, otherwise: Array) -> Array:
    """The column, or another where there is none."""
    return otherwise if column is None else column


def _row_of_code(run: Run) -> NDArray[np.int32]:
    row_of = np.full(run.attempts.conversations, -1, dtype=np.int32)
    row_of[run.conversations.code] = np.arange(run.conversations.size, dtype=np.int32)
    return row_of
