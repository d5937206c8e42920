"""What agents did with their time."""

from __future__ import annotations

from ..part import FloatArray, Part
from ..quantiles import mean, ratio
from .metric import Metric


def _of_staff(part: Part, by_group: FloatArray) -> float:
    """The sum over everybody who works, or the figure of one team's own or one group's; not a number for a segment."""
    if part.is_segment:
        return float("nan")
    return float(by_group.sum() if part.agents is None else by_group[part.agents])


OF_STAFF: tuple[Metric, ...] = (
    Metric(
        "handle_mean_s",
        "agents' time a conversation",
        "s",
        "lower",
        "time that agents held the conversation: looks, work, wrap-up, triage too",
        "conversations served",
        lambda p: mean(p.handled_s),
    ),
    Metric(
        "occupancy",
        "agents busy",
        "share",
        "none",
        "time agents on duty hold a conversation",
        "time on duty",
        lambda p: ratio(_of_staff(p, p.of.occupation.busy_s), _of_staff(p, p.of.run.staffed_s)),
        of_cases=False,
    ),
    Metric(
        "slot_utilisation",
        "slots in use",
        "share",
        "none",
        "time conversations are held by agents on duty",
        "time on duty times the conversations that an agent holds at most",
        lambda p: ratio(_of_staff(p, p.of.occupation.held_s), _of_staff(p, p.of.slots_s)),
        of_cases=False,
    ),
    Metric(
        "agent_hours",
        "agent hours",
        "h",
        "lower",
        "agent time on duty, from the warm-up to the horizon",
        "",
        lambda p: _of_staff(p, p.of.run.staffed_s) / 3600,
    ),
)
