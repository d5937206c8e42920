"""What to do next: how each thing that a bot offers performs, and which intents it could take."""

from __future__ import annotations

from collections.abc import Iterator

from ...simulator.experiment import Experiment
from ..markup import Markup, element
from ..next_steps import Heading, Listing, Told, next_of, offers_of
from .values import policy_name, typeset


def offers_tables(experiment: Experiment) -> Markup:
    """A sentence and a folded table for each policy with a bot."""
    listings = offers_of(experiment)
    if not listings:
        return element("p", "No policy has a bot.")
    return element("div", *_folded(experiment, listings, "Everything that the bot offers"))


def next_tables(experiment: Experiment) -> Markup:
    """A sentence and a folded table for each policy."""
    return element("div", *_folded(experiment, next_of(experiment), "Every intent"))


def _folded(experiment: Experiment, listings: tuple[Listing, ...], summary: str) -> Iterator[Markup]:
    for listing in listings:
        number = experiment.names.index(listing.policy)
        yield element("p", policy_name(number, listing.policy), listing.sentence.removeprefix(listing.policy))
        if listing.rows:
            yield element(
                "details",
                element("summary", summary),
                element("div", _table(listing), class_="scroll"),
                class_="fold",
            )


def _table(listing: Listing) -> Markup:
    heads = [element("th", each.title, scope="col", title=each.about) for each in (*listing.first, *listing.headings)]
    rows = [
        element("tr", element("th", element("bdi", name), scope="row"), element("td", said), list(map(_cell, figures)))
        for name, said, figures in listing.rows
    ]
    caption = element("caption", f"{listing.title}: ", element("bdi", listing.policy), class_="unseen")
    meanings = element("dl", [_meaning(each) for each in (*listing.first, *listing.headings)])
    head, body = element("thead", element("tr", heads)), element("tbody", rows)
    table = element("table", caption, head, body, class_="plain numbers steps")
    return element("div", table, element("details", element("summary", "What the columns mean"), meanings))


def _cell(told: Told) -> Markup:
    return element("td", typeset(told.text), element("small", typeset(told.ends)) if told.ends else None)


def _meaning(heading: Heading) -> list[Markup]:
    return [element("dt", heading.title), element("dd", heading.about)]
