"""Conversations in which nobody waits at the screen: an agent replies, and the customer answers hours later."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from ..documents import FileModel
from ..quantities import Share
from .distributions import Distribution, Lognormal


class Channels(FileModel):
    """How customers first write: the shares sum to 1."""

    chat: Annotated[Share, Field(description="live: they wait for the reply")] = 1.0
    email: Annotated[Share, Field(description="by e-mail, a form or a messenger: they write and go")] = 0.0


class Email(FileModel):
    """What holds for every conversation by e-mail; the agent's slot is free between two replies."""

    replies: Annotated[
        float,
        Field(ge=1, le=50, description="mean number of an agent's replies until it is done (geometric)"),
    ] = 2.0
    replies_at_most: Annotated[int, Field(ge=1, le=20)] = 8
    answers_after: Annotated[
        Distribution, Field(description="the customer answers an agent's or a bot's reply after this time")
    ] = Lognormal(mean=10800.0, cv=1.5)
