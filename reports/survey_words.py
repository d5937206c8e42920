"""How customers answer when they are asked how it went, in words."""

from __future__ import annotations

from ..quantities import format_duration
from ..scenarios.surveys import SurveyBehaviour
from .figures import percent


def survey_line(survey: SurveyBehaviour) -> str:
    """Who answers a survey, who is satisfied, and how easy they find it."""
    reply, csat, ces = survey.reply, survey.csat_4_or_5, survey.ces
    return (
        f"Asked how it went, {percent(reply.person)} of those served by people answer, {percent(reply.bot)} of those "
        f"who leave the bot with a word, {percent(reply.silent)} of those who leave it without. "
        f"{percent(csat.helped)} give 4 or 5 of 5 if helped, {percent(csat.helped_late)} if helped after "
        f"{format_duration(survey.late_after)} or after going round in circles, {percent(csat.unhelped)} if not "
        f"helped, {percent(csat.looped)} after going round in circles for nothing; {percent(csat.transferred)} fewer "
        f"of each after a transfer. The ease of the easiest case is {percent(ces.easiest)}, times "
        f"{percent(ces.each_attempt)} for each further attempt, {percent(ces.each_turn)} for each further turn of a "
        f"bot, {percent(ces.each_transfer)} for each further agent, and {percent(ces.unsolved)} if it is not solved."
    )
