"""Articles that pages suggest before anybody writes, and the customers whom they help."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from ..rules.bot import Bot
from ..scenarios.pool import Kind
from .batch import Batch
from .dialogue import Ending, IntArray, Reason


def unhelped_by_pages(bot: Bot, batch: Batch, at: IntArray) -> IntArray:
    """The rows of those who write, because no page suggested the right article, or they did not read it.

    Who is helped so never writes: the message that would have been the first is not said.
    """
    encounter = batch.encounter
    people, rows, replies = encounter.people, batch.rows[at], encounter.replies
    if not bot.page_suggestions or batch.attempt > 1:
        return at
    assert replies is not None  # a policy with a bot has replies
    intents = list(encounter.desk.scenario.intents)
    abouts = [intents.index(each.intent) if each.intent in intents else -1 for each in bot.page_suggestions]
    on_page = suggested_on(bot, encounter.desk.page_names, intents)
    suggested = np.array([*abouts, -1], dtype=np.int32)[on_page][people.page[rows]]
    helped = (suggested == people.intent[rows]) & encounter.article_helps[rows]
    helped &= encounter.has_article[suggested]
    helped &= batch.uniform("reads the page's article", 0, at) < encounter.read_share[rows]
    if people.backlog is not None:
        helped &= people.backlog[rows] < 0
    read = at[helped]
    topics = people.topic[rows[helped]]
    texts = encounter.desk.pool.rows(Kind.OPENING, topics, batch.uniform("message", 0, read))
    batch.opening[read] = batch.telling[read] = texts
    codes = replies.first_article + suggested[helped]
    batch.bot_says(read, 0, codes.astype(np.int32), None)
    batch.resolved[read] = batch.automated[read] = True
    batch.helped_s[read], batch.reason[read] = batch.clock_s[read], Reason.PAGE
    batch.leave(read, Ending.HELPED_SILENT, 0)
    return np.asarray(at[~helped])


def suggested_on(bot: Bot, pages: tuple[str, ...], intents: Collection[str]) -> IntArray:
    """For each page the number of the suggestion that it makes, about any of these intents: the one with the longest
    beginning that fits; -1 none.
    """
    found = np.full(len(pages), -1, dtype=np.int32)
    for number, each in sorted(enumerate(bot.page_suggestions), key=lambda item: len(item[1].page)):
        if each.intent in intents:
            fits = [page.casefold().startswith(each.page.casefold()) for page in pages]
            found[np.flatnonzero(fits)] = number
    return found
