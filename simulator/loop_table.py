"""The loops of a run: for each conversation that has one what it was, how long it was and what it cost."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

import numpy as np

from ..rules.alike import Likeness
from ..scenarios.pool import Kind
from .dialogue import BoolArray, Dialogues, IntArray
from .ledger import SaidSoFar
from .loop_columns import LoopDetails, SaidMatrix, loop_details
from .replies import Replies
from .run import Run

_WAYS_OUT = ("hand_over", "message_taken", "says_when", "closing")


def loops_of(run: Run) -> LoopDetails:
    """The loops of a run's conversations, one entry each."""
    size = run.conversations.size
    none = np.full(size, -1, dtype=np.int16)
    whole = LoopDetails(none.astype(np.int8), np.zeros(size, dtype=np.int16), np.zeros(size), none, none.copy())
    if run.replies is None:
        return whole
    row_of = np.full(run.attempts.conversations, -1, dtype=np.int32)
    row_of[run.conversations.code] = np.arange(size, dtype=np.int32)
    meaning, asks_for_person = _Meaning.of(run.replies), run.desk.pool.kinds == Kind.ASK_PERSON
    for attempt in run.attempts.attempts:
        codes = np.arange(attempt.first_code, attempt.first_code + attempt.rows.size)
        for number, case in enumerate(attempt.cases):
            dialogues = case.dialogues
            happened = (row_of[codes] >= 0) & (run.guard_case[codes] == number)
            at = np.flatnonzero(dialogues.loop & happened).astype(np.int32)
            if at.size:
                said = _said(dialogues, at, meaning, asks_for_person)
                if run.replies.first_own is not None:
                    _tell_alike(said.alike, run.replies)
                # As exact as the moments of messages are.
                over_s = dialogues.duration_s[at].astype(np.float32).astype(np.float64)
                found = loop_details(said, over_s)
                rows = row_of[codes[at]]
                whole.kind[rows], whole.turns[rows], whole.lost_s[rows] = found.kind, found.turns, found.lost_s
                whole.begins[rows], whole.ends[rows] = found.begins, found.ends
    return whole


@dataclass(frozen=True)
class _Meaning:
    """What each reply means for loops.

    alike    int32  class of an attempt to help, -1 where the reply is none
    counts   bool   whether it counts once a person was asked for: an attempt to help, or a question for an errand
    """

    alike: IntArray
    counts: BoolArray

    @classmethod
    def of(cls, replies: Replies) -> _Meaning:
        """Of all replies of a policy."""
        kinds = np.array(replies.kinds)
        is_collect = np.strings.startswith(kinds, "collect ")
        is_question = is_collect | np.strings.startswith(kinds, "ask ")
        is_way_out = np.isin(kinds, _WAYS_OUT)
        alike = np.where(is_question | is_way_out, -1, replies.classes).astype(np.int32)
        return cls(alike, ~(is_collect | (is_way_out & (kinds != "closing"))))


def _said(dialogues: Dialogues, at: IntArray, meaning: _Meaning, asks_for_person: BoolArray) -> SaidMatrix:
    """What the bot said in the conversations `at`, positions in the dialogues."""
    rounds = 1 + max(said.turn for said in (*dialogues.bot_said, *dialogues.customer_said))
    # What was said in other conversations goes into a column behind, which is cut off.
    many = at.size
    place = np.full(int(dialogues.rows.max(initial=-1)) + 1, many, dtype=np.int32)
    place[dialogues.rows[at]] = np.arange(many, dtype=np.int32)
    messages, per_round = [], 1
    for turn, group in groupby(dialogues.bot_said, key=lambda said: said.turn):
        spoken = np.zeros(many + 1, dtype=np.int8)
        for said in group:
            here = place[said.rows]
            number = spoken[here]
            spoken[here] += 1
            spoken[many] = 0
            per_round = max(per_round, 1 + int(number.max(initial=0)))
            messages.append((here, turn, number, said))
    columns = rounds * per_round
    alike = np.full((columns, many + 1), -1, dtype=np.int32)
    counts = np.zeros((columns, many + 1), dtype=np.bool_)
    at_s = np.zeros((columns, many + 1))
    request = np.full(many + 1, columns, dtype=np.int64)
    for here, turn, number, said in messages:
        column = turn if per_round == 1 else turn * per_round + number
        alike[column, here], counts[column, here] = meaning.alike[said.codes], meaning.counts[said.codes]
        at_s[column, here] = said.after_s
    for said in dialogues.customer_said:
        here = place[said.rows[asks_for_person[said.codes]]]
        request[here] = np.minimum(request[here], said.turn * per_round)
    return SaidMatrix(alike[:, :many], counts[:, :many], at_s[:, :many], request[:many], per_round)


def _tell_alike(codes: IntArray, replies: Replies) -> None:
    """In place of what a bot in Python has said what of it reads alike, which only its conversation says."""
    so_far = SaidSoFar(codes.shape[1], Likeness(replies.texts))
    for place, said in enumerate(codes):
        here = np.flatnonzero(said >= 0).astype(np.int32)
        said[here] = so_far.says(here, place, said[here])
