"""What rules make of conversations that are over: they tag them, which changes nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..rules.compiled import CompiledPolicy, Routing
from .attempts import Attempts
from .collected import Collected
from .conversations import Conversations
from .desk import Desk
from .dialogue import Reason
from .draws import Draws
from .facts import VisibleFacts
from .guesses import Messages
from .population import Population
from .visit_chains import Purpose
from .visits import Fate, VisitRecords
from .waiting_plan import last_messages
from .waiting_rules import RuleRecords, joined_records

FloatArray = NDArray[np.float64]
Rows = NDArray[np.intp]


class Closer:
    """Tries the rules on `closed` of one policy."""

    def __init__(
        self, desk: Desk, policy: CompiledPolicy, people: Population, draws: Draws, attempts: Attempts
    ) -> None:
        self._desk, self._policy, self._people, self._draws = desk, policy, people, draws
        self._attempts = attempts

    def closed(
        self,
        table: Conversations,
        visits: VisitRecords,
        guard_case: NDArray[np.uint8],
        route: NDArray[np.int16],
        earlier: RuleRecords,
    ) -> tuple[Conversations, RuleRecords]:
        """The conversations with the tags that they have once they are over, and all that rules changed; `route` is
        the team that rules have chosen for each, as code of the policy's teams.
        """
        tags, found = table.tags.copy(), [earlier]
        for rows, at_s in self._ends(table, visits):
            for attempt in self._attempts.attempts:
                for number in range(len(attempt.cases)):
                    here = (table.attempt[rows] == attempt.number) & (guard_case[table.code[rows]] == number)
                    if here.any():
                        found.append(self._tried(table, tags, rows[here], at_s[here], attempt.number, number, route))
        return replace(table, tags=tags), joined_records(found)

    def _tried(
        self,
        table: Conversations,
        tags: NDArray[np.uint64],
        rows: Rows,
        at_s: FloatArray,
        number: int,
        case: int,
        route: NDArray[np.int16],
    ) -> RuleRecords:
        """Tags those that rules tag, in place, and says which rules did."""
        attempt = self._attempts.attempts[number - 1]
        dialogues = attempt.cases[case].dialogues
        over = (table.code[rows] - attempt.first_code).astype(np.int32)
        texts, turns = last_messages(dialogues, over)
        messages = Messages(self._desk.recogniser(self._draws), dialogues.rows[over], texts, number, turns)
        email = None if dialogues.email is None else dialogues.email[over]
        collected = None
        if dialogues.collected is not None:
            bot = self._policy.policy.bot
            asks = () if bot is None else bot.collect
            told = dialogues.collected[over]
            collected = Collected(self._desk, self._people, self._draws, messages.rows, number, told, asks)
        facts = VisibleFacts(self._desk, self._people, messages, at_s, email, collected)
        before = Routing(
            route[rows], table.priority[rows], tags[rows], route[rows], np.zeros(rows.size, dtype=np.bool_), route[rows]
        )
        routing = self._policy.route(facts, "closed", before=before)
        tags[rows] = routing.tags
        acted = np.flatnonzero(routing.acted >= 0)
        those = rows[acted]
        team, met = np.full(those.size, -1, dtype=np.int8), table.last_visit[those] >= 0
        team[met] = self._attempts.visits.team[table.last_visit[those[met]]]
        return RuleRecords(
            table.code[those],
            at_s[acted],
            np.full(acted.size, len(self._attempts.stages), dtype=np.int8),
            routing.acted[acted],
            team,
            table.priority[those],
            routing.tags[acted],
            route[those],
        )

    def _ends(self, table: Conversations, visits: VisitRecords) -> Iterator[tuple[Rows, FloatArray]]:
        """Conversations that are over and when, those that are reopened after it first."""
        after, purpose = visits.after(self._attempts.visits), self._attempts.purpose
        at = np.flatnonzero(table.first_visit >= 0)
        now = table.first_visit[at]
        while at.size:
            following = after[now]
            goes_on = following >= 0
            goes_on[goes_on] = visits.fate[following[goes_on]] != Fate.NOT_MADE
            at, now, following = at[goes_on], now[goes_on], following[goes_on]
            again = purpose[following] == Purpose.REOPENED
            if again.any():
                yield at[again], visits.ended_s[now[again]]
            now = following
        # Whom a page has helped has never written.
        last = np.flatnonzero(~np.isnan(table.ends_s) & (table.reason != Reason.PAGE))
        yield last, table.ends_s[last]
