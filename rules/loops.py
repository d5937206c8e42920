"""What a loop is, found in a transcript alone: in a simulated conversation or in one that a real desk recorded.

Version 1: three or more bot turns with the same reply, or one at least 0.85 similar, with no progress; or replies, with
the bot's state where it is recorded, that come round in the same order; or a second bot turn after a request for a
person that is neither a question before the hand-over nor the hand-over. Two turns with the same reply are a stumble.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from .alike import similarity_classes

LOOP_VERSION = 1
LOOP_TURNS = 3
STUMBLE_TURNS = 2

Kind = Literal["same reply", "comes round", "request ignored"]
End = Literal["handed over", "helped", "left"]


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of a transcript, in seconds since its beginning.

    `part`: what a bot's message is there for: to help; a question before the hand-over; the hand-over itself, the `way
    out`; or something else, such as a question it needs for an errand, or a goodbye. Where that is not recorded it is
    `help`, and the bot's last message before an agent's counts as the way out. `asks_for_person`: a customer's message
    is a request for one. `state`: the bot's, if it is recorded.
    """

    at_s: float
    author: Literal["customer", "bot", "agent"]
    text: str
    part: Literal["help", "question", "way out", "else"] = "help"
    asks_for_person: bool = False
    state: str | None = None


@dataclass(frozen=True, slots=True)
class Loop:
    """A loop: its bot turns from the first to the last, the time from the first until the last message before an agent
    took over, and how it ended.
    """

    kind: Kind
    turns: int
    lost_s: float
    ended: End


def loop_in(turns: Sequence[Turn], *, helped: bool = False) -> Loop | None:
    """The first loop in a transcript; `None` if there is none. `helped`: the bot did help in the end.

    >>> said = ["Sorry, I did not get that.", "Sorry, I didn't get that.", "Sorry, I did not get that!"]
    >>> loop_in([Turn(20.0 * number, "bot", text) for number, text in enumerate(said)])
    Loop(kind='same reply', turns=3, lost_s=40.0, ended='left')
    """
    by_people = next((number for number, turn in enumerate(turns) if turn.author == "agent"), None)
    mine = turns[:by_people]
    bot = [number for number, turn in enumerate(mine) if turn.author == "bot" and turn.part in ("help", "else")]
    if by_people is not None and bot and mine[-1].author == "bot" and bot[-1] == len(mine) - 1:
        bot.pop()
    found = [each for each in (_same_reply(mine, bot), _comes_round(mine, bot), _ignored(mine, bot)) if each]
    if not found:
        return None
    kind, first, last = min(found, key=lambda each: (each[1], -each[2]))
    way_out = by_people is not None or any(turn.part == "way out" for turn in mine)
    ended: End = "handed over" if way_out else "helped" if helped else "left"
    return Loop(kind, sum(first <= number <= last for number in bot), mine[-1].at_s - mine[first].at_s, ended)


def stumbles_in(turns: Sequence[Turn]) -> bool:
    """Whether the bot says the same twice, and it comes to no loop."""
    if loop_in(turns) is not None:
        return False
    helping = [turn.text for turn in turns if turn.author == "bot" and turn.part == "help"]
    classes = similarity_classes(tuple(helping)).tolist()
    return any(classes.count(each) >= STUMBLE_TURNS for each in classes)


_Found = tuple[Kind, int, int]


def _same_reply(turns: Sequence[Turn], bot: Sequence[int]) -> _Found | None:
    said: dict[int, list[int]] = defaultdict(list)
    for number, alike in _classes(turns, bot):
        said[alike].append(number)
    loops = [numbers for numbers in said.values() if len(numbers) >= LOOP_TURNS]
    return min((("same reply", numbers[0], numbers[-1]) for numbers in loops), key=lambda each: each[1], default=None)


def _comes_round(turns: Sequence[Turn], bot: Sequence[int]) -> _Found | None:
    """Replies, two or more, that are said again in the same order at once; each with its state."""
    said = _classes(turns, bot)
    keys = [(turns[number].state, alike) for number, alike in said]
    for start in range(len(keys)):
        for length in range(2, (len(keys) - start) // 2 + 1):
            if keys[start : start + length] == keys[start + length : start + 2 * length]:
                return "comes round", said[start][0], said[start + 2 * length - 1][0]
    return None


def _ignored(turns: Sequence[Turn], bot: Sequence[int]) -> _Found | None:
    request = next((number for number, turn in enumerate(turns) if turn.asks_for_person), None)
    after = [number for number in bot if request is not None and number > request]
    return ("request ignored", after[0], after[-1]) if len(after) >= STUMBLE_TURNS else None


def _classes(turns: Sequence[Turn], bot: Sequence[int]) -> list[tuple[int, int]]:
    """The bot's attempts to help, by their place, and for each the first reply that reads alike."""
    helping = [number for number in bot if turns[number].part == "help"]
    classes = similarity_classes(tuple(turns[number].text for number in helping))
    return list(zip(helping, classes.tolist(), strict=True))
