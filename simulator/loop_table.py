"""The loops of a run: for each conversation that has one what it was, how long it was and what it cost."""

from __future__ import annotations

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
    for attempt in run.attempts.attempts:
        codes = np.arange(attempt.first_code, attempt.first_code + attempt.rows.size)
        for number, case in enumerate(attempt.cases):
            dialogues = case.dialogues
            happened = (row_of[codes] >= 0) & (run.guard_case[codes] == number)
            at = np.flatnonzero(dialogues.loop & happened).astype(np.int32)
            if at.size:
                said = _said(dialogues, at, run.replies, run.desk.pool.kinds == Kind.ASK_PERSON)
                # As exact as the moments of messages are.
                over_s = dialogues.duration_s[at].astype(np.float32).astype(np.float64)
                found = loop_details(said, over_s)
                rows = row_of[codes[at]]
                whole.kind[rows], whole.turns[rows], whole.lost_s[rows] = found.kind, found.turns, found.lost_s
                whole.begins[rows], whole.ends[rows] = found.begins, found.ends
    return whole


def _said(dialogues: Dialogues, at: IntArray, replies: Replies, asks_for_person: BoolArray) -> SaidMatrix:
    """What the bot said in the conversations `at`, positions in the dialogues."""
    rounds = 1 + max(said.turn for said in (*dialogues.bot_said, *dialogues.customer_said))
    place = np.full(int(dialogues.rows.max(initial=-1)) + 1, -1, dtype=np.int32)
    place[dialogues.rows[at]] = np.arange(at.size, dtype=np.int32)
    spoken = np.zeros((at.size, rounds), dtype=np.int8)
    messages = []
    for said in dialogues.bot_said:
        here = place[said.rows]
        known = here >= 0
        here = here[known]
        messages.append((here, said.turn, spoken[here, said.turn], said.codes[known], said.after_s[known]))
        spoken[here, said.turn] += 1
    per_round = int(spoken.max())
    columns = rounds * per_round
    alike = np.full((at.size, columns), -1, dtype=np.int32)
    counts = np.zeros((at.size, columns), dtype=np.bool_)
    at_s = np.zeros((at.size, columns))
    request = np.full(at.size, columns, dtype=np.int64)
    is_question = np.array([kind.startswith(("collect ", "ask ")) for kind in replies.kinds])
    is_collect = np.array([kind.startswith("collect ") for kind in replies.kinds])
    is_way_out = np.isin(replies.kinds, _WAYS_OUT)
    closes = np.array(replies.kinds) == "closing"
    for here, turn, number, code, after_s in messages:
        column = turn * per_round + number
        helping = ~(is_question | is_way_out)[code]
        alike[here[helping], column[helping]] = replies.classes[code[helping]]
        counts[here, column] = ~(is_collect | (is_way_out & ~closes))[code]
        at_s[here, column] = after_s
    for said in dialogues.customer_said:
        here = place[said.rows]
        asking = (here >= 0) & asks_for_person[said.codes]
        request[here[asking]] = np.minimum(request[here[asking]], said.turn * per_round)
    if replies.first_own is not None:
        _tell_alike(alike, replies)
    return SaidMatrix(alike, counts, at_s, request, per_round)


def _tell_alike(codes: IntArray, replies: Replies) -> None:
    """In place of what a bot in Python has said what of it reads alike, which only its conversation says."""
    so_far = SaidSoFar(codes.shape[0], Likeness(replies.texts))
    for place in range(codes.shape[1]):
        here = np.flatnonzero(codes[:, place] >= 0).astype(np.int32)
        codes[here, place] = so_far.says(here, place, codes[here, place])
