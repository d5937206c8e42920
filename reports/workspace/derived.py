"""A scenario made from the shipped example: what the user knows of the own desk replaces what that assumes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from math import ceil
from typing import Any

from ...documents import read_document
from ...quantities import duration_text, parse_duration, parse_share
from .teams import TRIAGE, counterpart, successors

EXAMPLE = "saas-week"
USUAL_HOURS = "Mon-Fri 08-20"
AGENTS_FOR_ONE_IN_TRIAGE = 8
SHARE_DIGITS = 6
GIVEN = "given to init"
DERIVED = "derived from what was given to init"

Data = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Given:
    """What the user knows; `None` leaves what the example assumes. `handle_s` is the mean work of a problem."""

    per_week: float | None = None
    hours: str | None = None
    teams: Mapping[str, int] | None = None
    handle_s: float | None = None
    trial_share: float | None = None

    @property
    def is_nothing(self) -> bool:
        """Whether the example is to stay as it is."""
        return self == Given()


def example_text() -> str:
    """The shipped scenario, as its file stands."""
    return (files("deskdrill.scenarios") / "library" / f"{EXAMPLE}.yaml").read_text(encoding="utf-8")


def derived_scenario(name: str, given: Given) -> Data:
    """The data of a scenario file: the example with what is given, each changed input marked.

    Only what was given as it stands is measured; what follows from it is assumed.
    """
    example = files("deskdrill.scenarios") / "library" / f"{EXAMPLE}.yaml"
    data: Data = _copied(read_document(example).data)
    data["scenario"] = name
    data["about"] = f"Made by `deskdrill init` from {EXAMPLE}: what was not given to it is what {EXAMPLE} assumes."
    # What the example says of its teams is the reason for their sizes, which are others here or may become so.
    data["sources"]["teams"] = {"assumed": f"as in {EXAMPLE}, where not said otherwise"}
    if given.trial_share is not None:
        _set_trial_share(data, given.trial_share)
    if given.handle_s is not None:
        _set_handle(data, given.handle_s)
    _set_staffing(data, given)
    if given.per_week is not None:
        data["arrivals"]["per_week"] = _number(given.per_week)
        _mark(data, "arrivals.per_week", measured=f"{GIVEN}: --per-week {given.per_week:g}")
    return data


def _set_trial_share(data: Data, trial: float) -> None:
    """The other segments keep their proportions."""
    shares = {name: _share(segment["share"]) for name, segment in data["segments"].items()}
    rest = 1 - shares["trial"]
    new = {name: round(share / rest * (1 - trial), SHARE_DIGITS) for name, share in shares.items() if name != "trial"}
    # What rounding leaves over goes to the largest, so that the shares sum to 1.
    largest = max(new, key=lambda name: new[name])
    new[largest] = round(new[largest] + 1 - trial - sum(new.values()), 2 * SHARE_DIGITS)
    for name, segment in data["segments"].items():
        segment["share"] = trial if name == "trial" else new[name]
    _mark(data, "segments.trial.share", measured=f"{GIVEN}: --trial-share {trial:g}")
    _mark(data, "segments.*.share", assumed=f"{DERIVED}: --trial-share {trial:g}; the other segments in proportion")


def _set_handle(data: Data, handle_s: float) -> None:
    """All work in proportion, so that its mean over the week's problems is what is given."""
    weights = {
        intent: sum(
            _share(segment["share"]) * _share(segment["intents"].get(intent, 0))
            for segment in data["segments"].values()
        )
        for intent in data["intents"]
    }
    means = {intent: parse_duration(each["work"]["mean"]) for intent, each in data["intents"].items()}
    factor = handle_s / sum(weights[intent] * means[intent] for intent in means)
    for intent, each in data["intents"].items():
        each["work"]["mean"] = duration_text(max(1.0, round(means[intent] * factor)))
    derived = f"{DERIVED}: --handle {duration_text(handle_s)}, spread over the intents as in {EXAMPLE}"
    _mark(data, "intents.*.work.mean", assumed=derived, times=[0.8, 1.25])


def _set_staffing(data: Data, given: Given) -> None:
    if given.teams is not None:
        _set_teams(data, given.teams, given.hours)
        return
    factor = 1.0 if given.per_week is None else given.per_week / data["arrivals"]["per_week"]
    for team in data["teams"].values():
        rows = team["staffing"]
        if given.hours is not None:
            rows = {given.hours: next(iter(rows.values()))}
        team["staffing"] = {hours: ceil(agents * factor - 1e-9) for hours, agents in rows.items()}
    if given.hours is not None:
        agents = f"agents as in {EXAMPLE}, in proportion to the arrivals"
        _mark(data, "teams.*.staffing", assumed=f"{DERIVED}: --hours {given.hours}; {agents}")
    elif given.per_week is not None:
        _mark(data, "teams.*.staffing", assumed=f"{DERIVED}: --per-week; as in {EXAMPLE}, in proportion")


def _set_teams(data: Data, agents: Mapping[str, int], hours: str | None) -> None:
    old = data["teams"]
    heirs = successors(agents)
    moved = [intent for intent in data["intents"].values() if heirs[intent["team"]] != intent["team"]]
    for intent in moved:
        intent["team"] = heirs[intent["team"]]
    new: Data = {}
    for name, count in agents.items():
        like = old[TRIAGE if name == TRIAGE else counterpart(name)]
        own = [intent for intent, each in data["intents"].items() if each["team"] == name]
        also = [intent for intent in like.get("also_solves", ()) if intent not in own]
        new[name] = {
            "staffing": {hours or USUAL_HOURS: count},
            **{key: value for key, value in like.items() if key not in ("staffing", "also_solves")},
            **({"also_solves": also} if also else {}),
        }
    if hours:
        _mark(data, "teams.*.staffing", measured=f"{GIVEN}: --teams and --hours")
    else:
        _mark(data, "teams.*.staffing", assumed=f"{DERIVED}: --teams; the hours are a guess")
    if moved:
        heir = "the work of a team that is not there went to the nearest"
        _mark(data, "intents.*.team", assumed=f"{DERIVED}: --teams; {heir}")
    if TRIAGE not in new:
        count = max(1, round(sum(agents.values()) / AGENTS_FOR_ONE_IN_TRIAGE))
        new[TRIAGE] = {**old[TRIAGE], "staffing": {hours or USUAL_HOURS: count}}
        added = f"{DERIVED}: --teams; an inbox with one for every {AGENTS_FOR_ONE_IN_TRIAGE} agents"
        _mark(data, f"teams.{TRIAGE}.staffing", assumed=added)
    data["teams"] = new


def _mark(data: Data, path: str, **source: str | list[float]) -> None:
    data["sources"][path] = source


def _share(written: object) -> float:
    return parse_share(written) if isinstance(written, str) else float(str(written))


def _number(value: float) -> float | int:
    return int(value) if float(value).is_integer() else value


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copied(each) for key, each in value.items()}
    return [_copied(each) for each in value] if isinstance(value, list) else value
