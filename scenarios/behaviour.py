"""What customers do with bots, agents and surveys, whatever their segment."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from ..documents import FileModel
from ..quantities import Duration, Share
from .distributions import Distribution, Lognormal
from .outages import Outage
from .surveys import SurveyBehaviour


class ArticleBehaviour(FileModel):
    """What suggested articles do."""

    read_by_digger: Share = 0.8
    read_by_skimmer: Share = 0.25
    solves_after_help_centre_visit: Annotated[
        Share, Field(description="factor on an article's chance for who has just been in the help centre")
    ] = 0.125


class Understood(FileModel):
    """Share of customers who can act upon a right answer."""

    simple: Share = 0.9
    complex: Share = 0.6


class Errands(FileModel):
    """How what a bot does by itself goes."""

    works: Annotated[Share, Field(description="share of times that it works at all")] = 0.95
    takes: Annotated[Duration, Field(description="time until the bot has the result, beside its reply")] = 3.0
    outages: Annotated[
        tuple[Outage, ...],
        Field(max_length=1000, description="in conversations that begin during one of these nothing works"),
    ] = ()


class WritesAgain(FileModel):
    """What a customer writes who goes on with the bot and does not ask for a person; the shares sum to 1."""

    rephrased: Annotated[Share, Field(description="says it again in other words")] = 0.7
    frustrated: Annotated[Share, Field(description="vents, without a word on the problem")] = 0.15
    no: Annotated[Share, Field(description="only says that it did not help")] = 0.15
    switches: Annotated[
        Share, Field(description="comes up with something else, as first messages of other customers do")
    ] = 0.0


class AfterALoop(FileModel):
    """What changes once the bot has gone round in circles with a customer: nobody can say any more what is wrong."""

    words: Annotated[
        Share, Field(gt=0, description="share of its words that is left of a message that says it again")
    ] = 0.5
    handle_factor: Annotated[float, Field(ge=1, le=100, description="the work takes so many times as long")] = 1.15
    misroute_factor: Annotated[
        float, Field(ge=1, le=100, description="people move it on to a wrong team so many times as often")
    ] = 1.25


class ReturnsToThread(FileModel):
    """Customers who say nothing to an answer that did not help, and write on in the same conversation hours later."""

    share: Annotated[Share, Field(description="of those who say nothing")] = 0.2
    after: Annotated[Distribution, Field(description="time until they do; the bot waits")] = Lognormal(
        mean=36194.0, cv=4.924
    )


class LastWord(FileModel):
    """What customers say as they leave the bot."""

    share: Annotated[Share, Field(description="of those who give up on the bot; who confirms that it helped does")] = (
        0.3
    )
    after: Annotated[Duration, Field(description="time from the bot's reply to the last word")] = 15.0


class SaysUrgent(FileModel):
    """Share of customers who call it urgent."""

    serious: Annotated[Share, Field(description="of those whose intent is serious")] = 0.6
    other: Annotated[Share, Field(description="of all others")] = 0.2


class Collected(FileModel):
    """What customers answer to a bot that asks what it is about and how urgent it is."""

    topic_right: Annotated[
        Share, Field(description="find the right name for it; the others choose another that their segment has")
    ] = 0.85
    urgent: SaysUrgent = SaysUrgent()


class Behaviour(FileModel):
    """What holds for all customers, whatever their segment."""

    reply_gap: Annotated[
        Distribution, Field(description="customer reads the bot's reply and writes the next message")
    ] = Lognormal(mean=50.0, cv=1.2)
    bot_reply: Annotated[Duration, Field(description="time the bot takes to reply")] = 2.0
    agent_reply: Annotated[
        Duration,
        Field(description="an agent who takes a conversation up reads it and writes the first reply in this time"),
    ] = 0.0
    articles: ArticleBehaviour = ArticleBehaviour()
    understood: Understood = Understood()
    look_ups: Annotated[Errands, Field(description="what a bot looks up")] = Errands()
    transactions: Annotated[Errands, Field(description="what a bot changes for customers")] = Errands()
    reads_while_typing: Annotated[
        Share, Field(description="of the customers to whom an answer is shown while they type, read it in time")
    ] = 0.25
    unasked_speaks: Annotated[
        Share,
        Field(description="of the customers who would say whether it helped, those who do so without being asked"),
    ] = 0.5
    asks_recognised_from: Annotated[
        Share, Field(description="confidence from which a bot takes a message for a request for a person")
    ] = 0.5
    writes_again: WritesAgain = WritesAgain()
    last_word: LastWord = LastWord()
    returns_to_thread: ReturnsToThread = ReturnsToThread()
    after_a_loop: Annotated[
        AfterALoop, Field(description="what changes once the bot has gone round in circles with a customer")
    ] = AfterALoop()
    question_drop_off: Annotated[
        Share,
        Field(description="customers who leave at each question that the bot asks before it hands over"),
    ] = 0.03
    collected_handle_factor: Annotated[
        float,
        Field(gt=0, le=1, description="work takes so many times as long where all that the bot asks for was answered"),
    ] = 0.9
    collected: Annotated[Collected, Field(description="what customers answer to a bot that collects")] = Collected()
    survey: Annotated[
        SurveyBehaviour, Field(description="who answers when a policy asks how it went, and what")
    ] = SurveyBehaviour()
