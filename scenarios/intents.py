"""What customers want, who can solve it, and how far a bot can."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ..documents import FileModel, Name
from ..quantities import Share
from .distributions import Distribution

ErrandKind = Literal["look_up", "transaction"]
"""What a bot does by itself: it fetches something for the customer, or changes it."""

TALK_TO_PERSON = "talk_to_person"
SMALL_TALK = "small_talk"
"""What is recognised of messages that are about no problem: thanks, a plain no, anger, a goodbye."""

INTENTS = (
    "pricing", "upgrade", "cancellation", "refund", "invoice", "billing_details", "change_card", "failed_payment",
    "disputed_charge", "login_help", "add_users", "change_profile", "how_to", "status_update", "api_help",
    "troubleshooting", "data_request", "complaint", "get_card", "card_trouble", "lost_or_stolen", "fees_and_rates",
    "top_up", "transfer", "identity_check", "eligibility", "order_status", "return_policy", "shipping_time",
    "shipping_cost", "sizing", "appointment_change", "data_breach", "vip_request", "at_risk_account",
)  # fmt: skip
"""The names that shipped scenarios, policies and phrasebooks share."""

PLANS = ("trial", "starter", "pro", "enterprise")
COMPANIES = ("startup", "small_business", "agency", "enterprise")
PRODUCTS = ("api", "reports", "integrations")
FLAGS = ("vip", "at_risk", "signed_in")


class Intent(FileModel):
    """One kind of problem."""

    team: Annotated[str, Field(description="the right team: the one that solves it")]
    work: Annotated[Distribution, Field(description="time an agent who can solve it works on it")]
    person_solves: Annotated[Share, Field(description="share that one service by the right team really solves")] = 0.95
    bot_solves: Annotated[Share, Field(description="share that a right answer of the bot can solve at all")] = 0.0
    look_up_solves: Annotated[
        Share | None,
        Field(description="share that a look-up which works can solve at all; nothing can be looked up if left out"),
    ] = None
    transaction_solves: Annotated[
        Share | None,
        Field(
            description="share that a transaction which works can solve at all; nothing can be carried out if left out"
        ),
    ] = None
    article_solves: Annotated[Share, Field(description="share that a right article can solve at all")] = 0.0
    complexity: Annotated[Literal["simple", "complex"], Field(description="how easily an answer is understood")] = (
        "simple"
    )
    sensitive: Annotated[bool, Field(description="should not be automated, whoever asks")] = False
    serious: Annotated[
        bool | None, Field(description="a joke about it costs patience; as `sensitive` if left out")
    ] = None
    work_grows_as_answers_fail: Annotated[
        float,
        Field(
            ge=0,
            lt=1,
            description="correlation, on the normal scale, of a problem's work with how hard it is to answer",
        ),
    ] = 0.5
    pages: Annotated[dict[Name, Share], Field(description="page the customer writes from; sums to 1")] = {"/": 1.0}

    def solved_by(self, errand: ErrandKind) -> float:
        """Share that an errand which works can solve at all; 0 where the scenario gives none."""
        return (self.look_up_solves if errand == "look_up" else self.transaction_solves) or 0.0

    @property
    def is_serious(self) -> bool:
        """Whether a joke about it costs patience."""
        return self.sensitive if self.serious is None else self.serious
