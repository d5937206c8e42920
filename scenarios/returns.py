"""Customers who write again about the same problem: when, how, and how often."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from ..calendar import DAY_S
from ..documents import FileModel
from ..errors import BadValue
from ..quantities import Duration, Share, duration_text
from .distributions import Distribution, Lognormal


class AfterLeaving(FileModel):
    """Customers who left a queue, or were turned away at a full one, and soon try again."""

    share: Annotated[Share, Field(description="of those who left or were turned away, try again")]
    delay: Annotated[Distribution, Field(description="time until they do")]


class Reopens(FileModel):
    """Customers who were answered by a person, are not helped, and write on in the same conversation."""

    share: Annotated[
        Share, Field(description="of those whom a service did not help, write on in the same conversation")
    ]
    after: Annotated[Distribution, Field(description="time from its end until they do")] = Lognormal(
        mean=14400.0, cv=1.5
    )
    at_most: Annotated[int, Field(ge=1, le=5, description="times that one conversation is reopened at most")] = 2


def _90_days(window_s: float) -> float:
    if window_s > 90 * DAY_S:
        raise BadValue(f"a window of recontacts is at most 90d, found `{duration_text(window_s)}`")
    return window_s


class Returns(FileModel):
    """Customers who write again about the same problem."""

    if_helped: Annotated[Share, Field(description="writes again although it was solved")] = 0.05
    soon: Annotated[Distribution, Field(description="delay of the half who come back soon")] = Lognormal(
        mean=7413.0, cv=1.8
    )
    later: Annotated[Distribution, Field(description="delay of the other half")] = Lognormal(mean=128443.0, cv=1.1)
    after_leaving: Annotated[
        AfterLeaving | None,
        Field(
            description="who left a queue tries again so; without it, as anybody whose problem is unsolved writes again"
        ),
    ] = None
    reopens: Annotated[
        Reopens | None, Field(description="who writes on in the same conversation; nobody if left out")
    ] = None
    asks_for_person_at_once: Annotated[
        Share, Field(description="of those who write again, ask for a person before they say what it is about")
    ] = 0.6
    asks_after_being_blocked: Annotated[
        Share,
        Field(
            description="the same, of those whom a bot led round in circles or did not let through to a person before"
        ),
    ] = 1.0
    changes_channel: Annotated[
        Share, Field(description="of those who write again, use the other channel than the last time")
    ] = 0.0
    handle_factor: Annotated[float, Field(ge=1, le=100, description="a later attempt takes this much longer")] = 1.2
    work: Annotated[
        Literal["same", "anew"],
        Field(
            description="what a later attempt needs: the problem's own work again (long problems stay long), or work "
            "drawn anew, as formulas of queueing networks have it"
        ),
    ] = "same"
    at_most: Annotated[int, Field(ge=1, le=60, description="further attempts a customer makes at most")] = 3
    window: Annotated[
        Duration,
        Field(
            gt=0,
            description="recontacts within this time count; the shares that write again do so within it, but for who "
            "tries again after leaving a queue; at most 90d",
        ),
        AfterValidator(_90_days),
    ] = 7.0 * DAY_S
