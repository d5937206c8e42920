"""A desk made ready: a scenario with its message pool and what a recogniser that goes by texts makes of each."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..rules.columns import TextPool
from ..rules.recogniser import Recognition
from ..rules.says import says
from ..rules.vocabulary import REPLIES
from ..scenarios.corpus import read_messages
from ..scenarios.phrasebook import Phrasebook, load_phrasebook
from ..scenarios.pool import MessagePool, corpus_pool, phrasebook_pool
from ..scenarios.recognisers import Confusion, Own, recognisable
from ..scenarios.scenario import Scenario
from .business_hours import BusinessHours
from .draws import Draws
from .floorplan import Floorplan
from .guesses import ByDraw, ByText, ConfusionTable, Recogniser
from .pool_cache import Written, cache_folder, keep, kept, key_of
from .recognising import recognition_of
from .shifts import MINUTE_S, floorplan_of, open_minutes

LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Desk:
    """What every policy, replication and worker shares.

    `recognition` has one entry for each row of the pool, and its intent codes are those of `intent_names`; `None`: the
    scenario's recogniser goes by a confusion matrix, not by the texts.
    """

    scenario: Scenario
    pool: MessagePool
    book: Phrasebook
    recognition: Recognition | None

    @property
    def intent_names(self) -> tuple[str, ...]:
        """The scenario's intents, then asking for a person, then small talk."""
        return recognisable(tuple(self.scenario.intents))

    @property
    def asks_for_person(self) -> int:
        """Intent code of asking for a person."""
        return len(self.scenario.intents)

    def recogniser(self, draws: Draws) -> Recogniser:
        """What tells the intents of the messages of the replication that has these draws."""
        return ByText(self.recognition) if self.recognition is not None else ByDraw(self._confusion, draws)

    @cached_property
    def _confusion(self) -> ConfusionTable:
        confusion = self.scenario.recogniser
        assert isinstance(confusion, Confusion)  # the other kind goes by the texts
        return ConfusionTable(confusion, tuple(self.scenario.intents), self.pool)

    @cached_property
    def texts(self) -> TextPool:
        """The pool's texts, as rules look at them."""
        return TextPool(self.pool.texts)

    @cached_property
    def says(self) -> NDArray[np.int8]:
        """What each text of the pool says if it is a plain answer, a code into `REPLIES`; -1: it is none."""
        said = (says(text) for text in self.pool.texts)
        return np.array([-1 if each is None else REPLIES.index(each) for each in said], dtype=np.int8)

    @cached_property
    def page_names(self) -> tuple[str, ...]:
        """Pages that customers write from; the population's page codes point here."""
        return tuple(sorted({page for intent in self.scenario.intents.values() for page in intent.pages}))

    @cached_property
    def pages(self) -> TextPool:
        """The pages, as rules look at them."""
        return TextPool(self.page_names)

    @cached_property
    def floorplan(self) -> Floorplan:
        """Who works where and when, over the run and beyond, if nobody is absent."""
        return floorplan_of(self.scenario)

    def floorplan_on(self, draws: Draws) -> Floorplan:
        """The floorplan of one replication."""
        absences = any(agents.absences for agents in self.scenario.agents.values())
        return floorplan_of(self.scenario, draws) if absences else self.floorplan

    @cached_property
    def business_hours(self) -> BusinessHours:
        """When the inboxes are open, if nobody is absent."""
        return BusinessHours(self.floorplan)

    @cached_property
    def open_minutes(self) -> NDArray[np.bool_]:
        """Whether anybody is on duty, for each minute of the run and beyond."""
        return open_minutes(self.scenario, self.floorplan)

    def is_open(self, at_s: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Whether anybody is on duty at those moments; a moment that is not known yet (NaN) counts as open."""
        minute = np.clip(np.nan_to_num(at_s, nan=0.0) / MINUTE_S, 0, self.open_minutes.size - 1).astype(np.int64)
        return np.asarray(self.open_minutes[minute] | np.isnan(at_s))

    @cached_property
    def digest(self) -> str:
        """A hash of the scenario and the pool, and of what a recogniser of the user's makes of it."""
        parts = [self.scenario.model_dump_json(by_alias=True).encode(), self.pool.digest.encode()]
        if self.recognition is not None and isinstance(self.scenario.recogniser, Own):
            parts += [self.recognition.codes.tobytes(), self.recognition.confidence.tobytes()]
        return hashlib.blake2b(b"".join(parts), digest_size=16).hexdigest()


def open_desk(scenario: Scenario, messages: Path | None = None) -> Desk:
    """The desk of a scenario, its customers writing the test rows of a messages file if one is given.

    Its message pool is kept in the user's folder for such files, with what is recognised of its texts, and read from
    there the next time; the environment variable `DESKDRILL_CACHE` names another folder, or is `off`. What a function
    of the user's recognises is never kept.
    Raises `InputError` where the texts do not fit the scenario, and where a recogniser in Python cannot be used.
    """
    book = book_of(scenario, scenario.messages.phrasebook)
    folder = cache_folder()
    if folder is None or not (messages is None or messages.is_file()):
        written = _written(scenario, book, messages)
    else:
        key = key_of(scenario, messages)
        found = kept(folder, key)
        written = _written(scenario, book, messages) if found is None else found
        if found is None:
            keep(folder, key, written)
        came = "made, and kept" if found is None else "read"
        LOG.debug("%s: %d distinct texts, %s as %s", scenario.name, len(written.pool.texts), came, folder / key)
    own = isinstance(scenario.recogniser, Own)
    return Desk(scenario, written.pool, book, recognition_of(scenario, written.pool) if own else written.recognition)


def _written(scenario: Scenario, book: Phrasebook, messages: Path | None) -> Written:
    """A pool made anew, and what is recognised of its texts."""
    others = {language: book_of(scenario, language) for language in scenario.languages if language != book.language}
    if messages is None:
        pool = phrasebook_pool(scenario, book, others)
    else:
        pool = corpus_pool(scenario, read_messages(messages), book, others)
    return Written(pool, None if isinstance(scenario.recogniser, Own) else recognition_of(scenario, pool))


def book_of(scenario: Scenario, language: str) -> Phrasebook:
    """The phrasebook of a language, with the scenario's own wordings."""
    shipped = load_phrasebook(language)
    return shipped.model_copy(update={"intents": {**shipped.intents, **scenario.messages.wordings_of(language)}})
