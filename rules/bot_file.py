"""The shape of a bot in a policy file, and the bot that it describes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from ..documents import FileModel, Loc
from ..errors import BadValue
from ..extensions import extension_name
from ..quantities import Duration, Share
from .bot import (
    MOST_ERRANDS,
    Answers,
    Articles,
    Bot,
    Errand,
    Expectation,
    HandOver,
    InPython,
    PageSuggestion,
    Says,
)
from .flow_file import ConditionOf, FlowFile, Place, flow_of
from .forms import Language, Line, Name, NameList, Names, Texts

PLACEHOLDERS = {
    ("bot", "says", "article"): "{article}",
    ("bot", "says", "collect"): "{field}",
    ("bot", "says", "says_when"): "{opens}",
    ("expectation", "says_wait"): "{wait}",
    ("expectation", "says_opens"): "{opens}",
}


class AnswersFile(FileModel):
    """The bot answers."""

    confidence_at_least: Share = 0.7
    confirm: bool = Field(default=True, description="ask whether it helped")
    only: NameList | None = Field(
        default=None, description="it has answers for these intents; if left out, for all that the desk can answer"
    )
    while_typing: bool = Field(default=False, description="show the answer before the first message is sent, too")


class ArticlesFile(FileModel):
    """The bot suggests articles."""

    unless_help_centre_within: Duration | None = Field(
        default=None, description="not to who was in the help centre so lately"
    )
    confidence_at_least: Share = 0.3


class LookUpFile(FileModel):
    """The bot fetches what the customer wants to know."""

    asks: Names = Field(default=(), description="what it has to know first: one question each")
    confidence_at_least: Share = Field(default=0.7, description="how sure it has to be of the intent")


class TransactionFile(LookUpFile):
    """The bot changes something for the customer, and says so."""

    accepts_replies: bool = Field(
        default=True, description="whoever replies to the message that it is done reaches a person"
    )


class HandOverFile(FileModel):
    """When the bot hands over to a person."""

    when_asked: bool = True
    after_failures: Annotated[int, Field(ge=1)] | Literal["never"] = Field(
        default=2, description="turns that did not help"
    )
    when_unsure: bool = Field(default=False, description="at once, where it has nothing to offer")
    when_closed: Literal["take_message", "say_when", "bot_only"] = "take_message"


class SaysFile(FileModel):
    """The bot's words."""

    not_understood: Texts | None = None
    confirm: Line | None = None
    hand_over: Line | None = None
    message_taken: Line | None = None
    says_when: Line | None = Field(default=None, description="`{opens}` stands for when the desk opens")
    article: Line | None = Field(default=None, description="`{article}` stands for the article's title")
    collect: Line | None = Field(default=None, description="`{field}` stands for what is asked for")
    looked_up: Line | None = Field(default=None, description="`{intent}` may stand for what was looked up")
    not_found: Line | None = Field(default=None, description="a look-up did not work")
    done: Line | None = Field(default=None, description="a transaction is done")
    done_no_reply: Line | None = Field(default=None, description="the same, where nobody reads a reply")
    not_done: Line | None = Field(default=None, description="a transaction did not work")
    closing: Line | None = None


class BotFile(FileModel):
    """What the bot does in a conversation that no guard keeps from it."""

    answers: AnswersFile | None = None
    articles: ArticlesFile | None = None
    page_suggestions: dict[Line, Name] = Field(
        default_factory=dict,
        description="an article about this intent on pages that begin so, before anybody writes, guards or not",
    )
    look_ups: dict[Name, LookUpFile] = Field(
        default_factory=dict, max_length=MOST_ERRANDS, description="by intent: what it can look up"
    )
    transactions: dict[Name, TransactionFile] = Field(
        default_factory=dict, max_length=MOST_ERRANDS, description="by intent: what it can do for a customer"
    )
    languages: Annotated[tuple[Language, ...], Field(min_length=1)] | None = Field(
        default=None, description="who writes in another goes to people at once; if left out, it speaks all"
    )
    tone: Literal["plain", "playful"] = Field(
        default="plain", description="a playful bot jokes, on a failed payment as well"
    )
    collect: Names = Field(
        default=(),
        description="what to ask for, one question each, before it hands over; these questions come on top of "
        "`max_turns`, and none is asked where a guard stops the bot",
    )
    hand_over: HandOverFile = HandOverFile()
    max_turns: Annotated[int, Field(ge=1, le=100)] = Field(
        default=6,
        description="how often it tries to help at most; questions, and the words with which it hands over or closes, "
        "come on top",
    )
    at_max_turns: Literal["hand_over", "close"] = Field(
        default="hand_over", description="what becomes of who writes once more after `max_turns`"
    )
    says: SaysFile = SaysFile()
    flow: FlowFile | None = Field(
        default=None,
        description="what it does in place of `answers`, `articles` and errands one after the other",
    )
    python: Annotated[str, AfterValidator(extension_name)] | None = Field(
        default=None,
        description="a bot of yours in Python, in place of `answers`, `articles`, errands and `flow`: "
        "`module:attribute`, the module beside the policy's file or installed; or the name of an entry point of the "
        "group `deskdrill.bots`. It is called once a turn with a `deskdrill.rules.Turn` and gives a "
        "`deskdrill.rules.Reply`",
    )

    @model_validator(mode="after")
    def _errands_that_can_be_told_apart(self) -> Self:
        found = len(self.look_ups) + len(self.transactions)
        if found > MOST_ERRANDS:
            kinds = f"expected at most {MOST_ERRANDS} entries in `look_ups` and `transactions` together"
            raise BadValue(f"{kinds}, found {found}", loc=("transactions",))
        return self

    @model_validator(mode="after")
    def _one_errand_an_intent(self) -> Self:
        for intent in self.transactions:
            if intent in self.look_ups:
                raise BadValue(f"`{intent}` is looked up already", loc=("transactions", intent))
        return self

    @model_validator(mode="after")
    def _python_does_it_all(self) -> Self:
        if self.python is not None:
            for key in ("answers", "articles", "look_ups", "transactions", "flow"):
                if getattr(self, key):
                    raise BadValue(f"a bot in Python does by itself what `{key}` says; keep one of them", loc=(key,))
        return self


class ExpectationFile(FileModel):
    """What whoever begins to wait for people is told at once, guards or not; it changes how long they wait."""

    live: bool = Field(default=True, description="tell those who wait in a chat")
    later: bool = Field(default=True, description="tell those who write e-mails or find nobody there")
    says_wait: Line | None = Field(default=None, description="`{wait}` stands for how long it takes")
    says_opens: Line | None = Field(
        default=None, description="said where nobody is there; `{opens}` stands for when the desk opens"
    )

    @model_validator(mode="after")
    def _tells_somebody(self) -> Self:
        if not (self.live or self.later):
            raise BadValue("`expectation` tells somebody: `live`, `later` or both; leave it out to tell nobody")
        return self


def bot_of(file: BotFile | None, condition: ConditionOf, place: Place, path: str) -> Bot | None:
    """The bot of the file at `path`, its parts with their places."""
    if file is None:
        return None
    answers, articles = file.answers, file.articles
    return Bot(
        answers=None if answers is None else Answers(**dict(answers), **_at(place(("bot", "answers")))),
        articles=None if articles is None else Articles(**dict(articles), **_at(place(("bot", "articles")))),
        page_suggestions=tuple(
            PageSuggestion(page, intent, *place(("bot", "page_suggestions", page)))
            for page, intent in file.page_suggestions.items()
        ),
        errands=(
            *_errands("transaction", "transactions", file.transactions, place),
            *_errands("look_up", "look_ups", file.look_ups, place),
        ),
        languages=file.languages,
        languages_at=None if file.languages is None else place(("bot", "languages")),
        tone=file.tone,
        hand_over=HandOver(**dict(file.hand_over)),
        max_turns=file.max_turns,
        at_max_turns=file.at_max_turns,
        collect=file.collect,
        says=Says(**_given(file.says)),
        flow=None if file.flow is None else flow_of(file.flow, condition, place),
        python=None
        if file.python is None
        else InPython(file.python, str(Path(path).parent), **_at(place(("bot", "python")))),
    )


def expectation_of(file: ExpectationFile | None) -> Expectation | None:
    """What a file says that customers are told who begin to wait."""
    return None if file is None else Expectation(**_given(file))


def lists_of_names(bot: Mapping[str, Any]) -> list[Loc]:
    """Where in a bot as it is written lists of names stand that hold each name once."""
    errands = [(key, intent) for key in ("look_ups", "transactions") for intent in _keys(bot.get(key))]
    return [("collect",), ("answers", "only"), ("languages",), *((*errand, "asks") for errand in errands)]


def _keys(data: object) -> list[str]:
    return list(data) if isinstance(data, Mapping) else []


def _errands(
    kind: Literal["look_up", "transaction"], key: str, files: Mapping[str, LookUpFile], place: Place
) -> list[Errand]:
    return [
        Errand(kind, intent, **dict(file), **_at(place(("bot", key, intent)))) for intent, file in files.items()
    ]


def _at(place: tuple[int, int]) -> dict[str, Any]:
    return {"line": place[0], "column": place[1]}


def _given(file: FileModel) -> dict[str, Any]:
    """The keys of a file's part that have values; the others keep their defaults."""
    return {name: value for name, value in dict(file).items() if value is not None}
