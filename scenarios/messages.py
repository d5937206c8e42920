"""Where the texts that customers write come from."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from ..documents import FileModel, Name
from ..quantities import Share
from .phrasebook import IntentWordings
from .registers import Register


class Messages(FileModel):
    """Where the texts come from."""

    phrasebook: Annotated[
        str, Field(description="shipped phrasebook of wordings: the main language, as two letters")
    ] = "en"
    register_: Annotated[Register, Field(alias="register", description="how people write and type")] = "chat"
    texts_per_intent: Annotated[
        int,
        Field(ge=20, le=20_000, description="texts made for each intent; in another language a quarter as many"),
    ] = 400
    bursts: Annotated[
        Share, Field(description="share of texts that are sent as 2 to 4 messages, of those that can be split so")
    ] = 0.0
    out_of_scope: Annotated[
        Share,
        Field(description="share of first messages that tell nothing of the problem, or nothing that a desk solves"),
    ] = 0.0
    mentions_second_intent: Annotated[
        Share,
        Field(description="share of first messages that go on with something else; what they are about is the first"),
    ] = 0.0
    labels: Annotated[dict[Name, str], Field(description="intent of each label of a messages file")] = {}
    wordings: Annotated[
        dict[str, IntentWordings],
        Field(description="wordings of intents that the phrasebook does not know, or other ones"),
    ] = {}
    wordings_in: Annotated[
        dict[str, dict[str, IntentWordings]],
        Field(description="the same for the other languages, by language and intent"),
    ] = {}

    @property
    def needs(self) -> dict[str, str]:
        """Parts that a phrasebook need not have and that these messages are made of, by the key that asks for them."""
        parts = {"out_of_scope": "vague", "mentions_second_intent": "joins"}
        return {key: part for key, part in parts.items() if getattr(self, key)}

    def wordings_of(self, language: str) -> dict[str, IntentWordings]:
        """The scenario's own wordings in a language, by intent."""
        own = self.wordings if language == self.phrasebook else {}
        return {**self.wordings_in.get(language, {}), **own}
