"""Changes of decisions that somebody has accepted: a file of them, and whether a change is one of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import Field

from ..documents import FileModel, read_document, validated
from ..rules.difference import Change, Difference, Identity, change_id
from ..rules.outcomes import Outcome
from ..rules.vocabulary import Priority
from ..saving import write_whole
from ..yaml_text import yaml_text

ENDING: Final = ".accepted.yaml"
"""How the name of a file of accepted changes ends."""
GROWTH: Final = 1.5
SLACK: Final = 5
"""An acceptance holds for half as many messages again, and five more."""
_HEADER: Final = """\
# Changes of decisions that somebody has looked at: `deskdrill diff` fails only on others.
# Written by `deskdrill accept`; what is no longer needed may be taken out.
"""
Text = Annotated[str, Field(min_length=1)]
Count = Annotated[int, Field(ge=1)]


class OutcomeFile(FileModel):
    """What is decided of an opening, as far as it differs."""

    first: Text | None = Field(default=None, description="what comes first: people, or what the bot does")
    route: Text | None = None
    priority: Priority | None = None
    tags: tuple[Text, ...] = ()


class AcceptedChange(FileModel):
    """A kind of change, and who accepted it."""

    before: OutcomeFile
    after: OutcomeFile
    protected: bool = Field(default=False, description="of protected customers, newly left to a bot")
    because: Annotated[tuple[Text, ...], Field(description="the edits that do it")]
    messages: Count = Field(description="how many messages changed so when it was accepted")
    of: Count = Field(description="of how many")
    samples: tuple[str, ...] = ()
    by: Text = Field(description="who accepted it")
    why: Text = Field(description="why that is right")

    @property
    def id(self) -> str:
        """That of the changes that are meant."""
        return change_id(self.identity)

    @property
    def identity(self) -> Identity:
        """The changes that are meant."""
        return _outcome(self.before), _outcome(self.after), self.protected, tuple(sorted(self.because))

    def at_most(self, size: int) -> int:
        """So many of `size` messages are accepted."""
        return int(GROWTH * self.messages * size / self.of) + SLACK


class AcceptedFile(FileModel):
    """Accepted changes."""

    accepted: tuple[AcceptedChange, ...] = ()


@dataclass(frozen=True, slots=True)
class Judged:
    """The changes of a difference: those that are accepted, those that are not, those of which there are more than
    were accepted; and accepted ones that no longer happen.
    """

    accepted: tuple[Change, ...]
    new: tuple[Change, ...]
    grown: tuple[tuple[Change, AcceptedChange], ...]
    stale: tuple[AcceptedChange, ...]

    @property
    def open(self) -> tuple[Change, ...]:
        """Changes on which `diff` fails."""
        return (*self.new, *(change for change, _ in self.grown))


def beside(place: str) -> Path:
    """Where the accepted changes of the policy in a file are."""
    return Path(place).with_suffix(ENDING) if Path(place).suffix else Path(f"{place}{ENDING}")


def read_accepted(path: Path) -> tuple[AcceptedChange, ...]:
    """The accepted changes in a file; none where there is no such file. Raises `InputError`."""
    return validated(read_document(path), AcceptedFile).accepted if path.exists() else ()


def judged(found: Difference, accepted: Sequence[AcceptedChange]) -> Judged:
    """Which changes are accepted: by what was decided before and after, and by the edits that do it."""
    by_identity = {each.identity: each for each in accepted}
    known = [(change, by_identity.get(change.identity)) for change in found.changes]
    size = found.openings.size
    there = {change.identity for change in found.changes}
    return Judged(
        tuple(change for change, entry in known if entry is not None and change.count <= entry.at_most(size)),
        tuple(change for change, entry in known if entry is None),
        tuple((change, entry) for change, entry in known if entry is not None and change.count > entry.at_most(size)),
        tuple(each for each in accepted if each.identity not in there),
    )


def with_accepted(
    accepted: Sequence[AcceptedChange], found: Difference, changes: Iterable[Change], by: str, why: str
) -> tuple[AcceptedChange, ...]:
    """The accepted changes with these, of those that are there already the newer; by what they are, sorted."""
    entries = {each.identity: each for each in accepted}
    for change in changes:
        entries[change.identity] = AcceptedChange(
            before=_file(change.before),
            after=_file(change.after),
            protected=change.protected,
            because=change.causes,
            messages=change.count,
            of=found.openings.size,
            samples=tuple(found.openings.text(row) for row in change.samples),
            by=by,
            why=why,
        )
    return tuple(sorted(entries.values(), key=_order))


def write_accepted(path: Path, accepted: Sequence[AcceptedChange]) -> None:
    """The accepted changes as a file, written whole. Raises `OSError` where that cannot be done."""
    text = _HEADER + yaml_text({"accepted": [_data(each) for each in accepted]})
    write_whole(path, text)


def outcome_data(outcome: Outcome) -> dict[str, Any]:
    """An outcome as it stands in a file."""
    return _plain(_file(outcome))


def _file(outcome: Outcome) -> OutcomeFile:
    known = {"first": outcome.act, "route": outcome.route, "priority": outcome.priority, "tags": outcome.tags}
    return OutcomeFile.model_validate({name: value for name, value in known.items() if value})


def _outcome(file: OutcomeFile) -> Outcome:
    return Outcome(file.first or "", file.route or "", file.priority or "", tuple(sorted(file.tags)))


def _data(each: AcceptedChange) -> dict[str, Any]:
    data: Mapping[str, Any] = each.model_dump(mode="json")
    shown = {**data, "before": _plain(each.before), "after": _plain(each.after)}
    return {name: value for name, value in shown.items() if name != "protected" or value}


def _plain(file: OutcomeFile) -> dict[str, Any]:
    return {name: value for name, value in file.model_dump(mode="json").items() if value}


def _order(each: AcceptedChange) -> tuple[object, ...]:
    return not each.protected, each.because, _outcome(each.before), _outcome(each.after)
