"""Kinds of customers: what a desk knows of them, and the hidden temperament that decides what they do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from ..documents import FileModel, Name
from ..quantities import Duration, Share
from .distributions import Distribution
from .email import Channels
from .patience import Patience

Shares = Annotated[dict[Name, Share], Field(min_length=1)]


class HelpCentreVisit(FileModel):
    """How many customers were in the help centre shortly before they write."""

    share: Share
    within: Duration


class Unset(FileModel):
    """Share of customers of whom the desk does not know a fact."""

    plan: Share = 0.0
    tenure: Share = 0.0
    contacts_30d: Share = 0.0
    flags: Share = 0.0
    company: Share = 0.0
    products: Share = 0.0
    language: Share = 0.0


class KnownFacts(FileModel):
    """What a real system could know of a customer; rules see these, where they are not unset."""

    plan: Annotated[Shares, Field(description="share of each plan; sums to 1")]
    tenure: Annotated[Distribution, Field(description="time since the customer came")]
    contacts_30d: Annotated[
        float, Field(ge=0, le=1000, description="mean number of contacts in the last 30 days (geometric)")
    ] = 0.0
    flags: Annotated[dict[Name, Share], Field(description="share of customers who carry each flag")] = {}
    company: Annotated[
        Shares | None,
        Field(
            description="share of each kind of company that customers write for, which the desk buys in or looks up; "
            "sums to 1; it knows none of this segment if left out"
        ),
    ] = None
    products: Annotated[dict[Name, Share], Field(description="share of customers who use each product")] = {}
    help_centre_visit: HelpCentreVisit = HelpCentreVisit(share=0.0, within=0.0)
    unset: Unset = Unset()


class Unhelped(FileModel):
    """What a customer does after an answer that did not help; the shares sum to 1."""

    says_no: Share
    asks: Annotated[Share, Field(description="asks for a person")]
    silent: Annotated[Share, Field(description="leaves without a word")]


class LossHazard(FileModel):
    """Chance to leave the company over the first bad event of each kind; the k-th event of a problem counts k times."""

    silent_unsolved: Share
    loop_or_refused: Share
    abandoned: Share
    second_wrong_inbox: Share


class Temperament(FileModel):
    """How a customer behaves: truth, never seen by a rule."""

    patience: Patience
    tolerance_median: Annotated[
        float, Field(gt=0, le=1e6, description="median number of unhelpful bot turns before giving up")
    ]
    asks_for_person_first: Annotated[Share, Field(description="opens by asking for a person")]
    spent_asks: Annotated[Share, Field(description="asks for a person once tolerance is spent, else leaves silently")]
    refused_leaves: Annotated[Share, Field(description="leaves each time a request for a person is not met")]
    refused_repeats: Annotated[int, Field(ge=0, le=100, description="asks again at most this often")]
    helped_confirms: Annotated[Share, Field(description="says so when helped, else goes silently")]
    unhelped: Unhelped
    digger: Annotated[Share, Field(description="share who read articles to the end; the rest skim")] = 0.5
    recontacts_if_unsolved: Annotated[
        Share, Field(description="writes again within the recontact window if not solved")
    ]
    loss: LossHazard


class Segment(FileModel):
    """One kind of customer."""

    share: Annotated[Share, Field(description="share of all new problems; segments sum to 1")]
    facts: KnownFacts
    temperament: Temperament
    channels: Annotated[
        Channels | None, Field(description="how they first write; sums to 1. All by chat if left out")
    ] = None
    intents: Annotated[Shares, Field(description="what these customers write about; sums to 1")]
    languages: Annotated[
        Shares | None,
        Field(description="languages they write in, as two letters; sums to 1. That of the phrasebook if left out"),
    ] = None
    value: Annotated[
        float | None,
        Field(ge=0, le=1e9, description="what such a customer is worth, in any unit; given for all segments or none"),
    ] = None

    @property
    def by_email(self) -> float:
        """Share whose first conversation about a problem is by e-mail."""
        return 0.0 if self.channels is None else self.channels.email

    def written_in(self, main: str) -> Mapping[str, float]:
        """Shares of the languages they write in; all in the `main` one where nothing is said."""
        return {main: 1.0} if self.languages is None else self.languages
