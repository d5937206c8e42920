"""Who writes again and by which channel, in words."""

from __future__ import annotations

from collections.abc import Iterator

from ..quantities import format_duration
from ..scenarios.returns import Returns
from ..scenarios.scenario import Scenario
from .figures import percent
from .times import time_in_words


def channel_line(scenario: Scenario) -> str | None:
    """How conversations by e-mail go, and who writes them; `None` if nobody does."""
    shares = {name: segment.by_email for name, segment in scenario.segments.items() if segment.by_email}
    if not shares:
        return None
    same = len(shares) == len(scenario.segments) and len(set(shares.values())) == 1
    who = ", ".join(f"{percent(share)} of {name} customers" for name, share in shares.items())
    if same:
        who = f"{percent(next(iter(shares.values())))} of all customers"
    email = scenario.by_email
    return (
        f"By e-mail write {who}. An agent replies {email.replies:g} times on average, at most "
        f"{email.replies_at_most} times, and the customer answers after {time_in_words(email.answers_after)}."
    )


def return_lines(returns: Returns | None) -> Iterator[str]:
    """Sentences on customers who write again."""
    if returns is None:
        yield "Nobody writes twice about the same problem."
        return
    yield (
        f"Customers write again at most {returns.at_most} times, half of them after about "
        f"{format_duration(returns.soon.mean_s)}, half after {format_duration(returns.later.mean_s)}, within "
        f"{format_duration(returns.window)}; {percent(returns.asks_for_person_at_once)} then ask for a person at once, "
        f"and {percent(returns.asks_after_being_blocked)} of those whom a bot has blocked."
    )
    if returns.after_leaving is not None:
        again = returns.after_leaving
        yield (
            f"Of those who left a queue or were turned away, {percent(again.share)} try again after "
            f"{time_in_words(again.delay)}."
        )
    if returns.reopens is not None:
        reopens = returns.reopens
        yield (
            f"Of those whom a service did not help, {percent(reopens.share)} write on in the same conversation after "
            f"{time_in_words(reopens.after)}, at most {reopens.at_most} times."
        )
    if returns.changes_channel:
        yield f"Of those who write again, {percent(returns.changes_channel)} use the other channel."
