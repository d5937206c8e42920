"""Customers who are asked how it went: who answers, who is satisfied, and how easy they found it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from ..documents import FileModel
from ..quantities import Duration, Share


class SurveyReplies(FileModel):
    """Share of the customers asked who answer."""

    person: Annotated[Share, Field(description="after a person has served them to the end")] = 0.25
    bot: Annotated[Share, Field(description="after the bot, if they said anything when it was over")] = 0.08
    silent: Annotated[
        Share, Field(description="after the bot, if they went without a word and were taken for helped")
    ] = 0.02


class Satisfied(FileModel):
    """Share of customers who give 4 or 5 of 5, whether they answer or not."""

    helped: Share = 0.92
    helped_late: Annotated[Share, Field(description="helped after `late_after`, or after going round in circles")] = (
        0.75
    )
    unhelped: Share = 0.25
    looped: Annotated[Share, Field(description="went round in circles, and not helped")] = 0.10
    transferred: Annotated[
        Share, Field(description="points taken off each of these shares where a second agent took it up")
    ] = 0.12


class Ease(FileModel):
    """How easy customers find it: the ease of the easiest case, and what it is multiplied by in others."""

    easiest: Annotated[
        Share,
        Field(description="solved at the first attempt, in one turn: the answers of 1 to 7 are then 1 + 6 times this"),
    ] = 0.85
    each_attempt: Annotated[Share, Field(description="for every attempt after the first")] = 0.75
    each_turn: Annotated[Share, Field(description="for every turn of a bot after the first")] = 0.97
    each_transfer: Annotated[Share, Field(description="for every agent after the first")] = 0.85
    unsolved: Annotated[Share, Field(description="if the problem is not solved")] = 0.6


class SurveyBehaviour(FileModel):
    """How customers answer a policy's survey."""

    reply: SurveyReplies = SurveyReplies()
    csat_4_or_5: Satisfied = Satisfied()
    late_after: Annotated[Duration, Field(description="help that comes later after the first message is late")] = (
        4 * 3600.0
    )
    ces: Ease = Ease()
