"""Classic models of queueing theory played as ordinary scenarios, and held against their exact results."""

from __future__ import annotations

from .blocking import ErlangB, FiniteQueueDesk
from .bots import BotAsksAgain, BotThenPeople, MisrouteChain
from .case import Case, Effort, Row
from .cases import CASES
from .changing import Sinusoidal
from .chats import Chats
from .figures import FIGURES, Figure
from .leaving import ErlangADesk, GeneralPatience
from .model import Measure, Model
from .parameters import Parameter, model_of, parameters_of, words_of
from .published import PublishedRow, measured_weeks, published_rows
from .returns import LeaversTryAgain, Recontacts, Retrials
from .sizing import sized
from .skills import Everybody, Skills
from .trial import Trial, rows_of
from .waiting import ErlangCDesk, OneAgent, OneAgentPriorities, Priorities

MODELS: dict[str, type[Model]] = {
    model.name: model
    for model in (
        ErlangB,
        ErlangCDesk,
        FiniteQueueDesk,
        ErlangADesk,
        GeneralPatience,
        OneAgent,
        Priorities,
        OneAgentPriorities,
        Skills,
        Everybody,
        Chats,
        Retrials,
        LeaversTryAgain,
        Recontacts,
        BotThenPeople,
        BotAsksAgain,
        MisrouteChain,
        Sinusoidal,
    )
}
"""All models by name, in the order of the sections in which they come up first."""

__all__ = [
    "CASES",
    "FIGURES",
    "MODELS",
    "Case",
    "Effort",
    "Figure",
    "Measure",
    "Model",
    "Parameter",
    "PublishedRow",
    "Row",
    "Trial",
    "measured_weeks",
    "model_of",
    "parameters_of",
    "published_rows",
    "rows_of",
    "sized",
    "words_of",
]
