"""What a run folder says of how it came about, and whether another run would be of the same bytes."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import platform
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from ..documents import Named, parse_document, read_text
from ..errors import DeskdrillError
from ..rules.loading import policy_from_document
from ..rules.policy import Policy
from ..saving import write_whole
from ..version import VERSION
from .desk import Desk
from .kept import SUMMARIES, TABLES_FOLDER
from .warm_up import WarmUp

MANIFEST: Final = "manifest.json"
SCENARIO: Final = "scenario.json"
POLICIES: Final = "policies"
RUN_ENTRIES: Final = {
    MANIFEST, SCENARIO, "texts.parquet", TABLES_FOLDER, SUMMARIES, POLICIES, "results.json", "report.html"
}  # fmt: skip
"""All that a run folder holds."""
_PACKAGES = ("simpy", "numpy", "scipy", "duckdb", "faker", "pydantic")


class NotARun(DeskdrillError):
    """The folder is not one that `--out` has written."""

    def __init__(self, folder: Path, why: str) -> None:
        super().__init__(folder, why)

    def __str__(self) -> str:
        folder, why = self.args
        return f"{folder}: {why}"


@dataclass(frozen=True, slots=True)
class Manifest:
    """How a run folder came about. `is_finished`: all replications that were asked for are there.

    `warm_up` are the fields of `WarmUp`, where the run is measured in steady state.
    """

    command: str
    scenario: str
    policies: tuple[str, ...]
    seed: int
    replications: int
    messages: str | None
    desk_hash: str
    population_hashes: Mapping[str, str]
    versions: Mapping[str, str]
    python: str
    written: str
    policy_hashes: Mapping[str, str] = field(default_factory=dict)
    machine: str = ""
    warm_up: Mapping[str, Any] | None = None
    is_finished: bool = True


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be run: with the same desk, policies, seed and versions, any replication is of the same bytes.

    `texts` are the policies' files by their names; `messages` is the file that customers' messages come from.
    """

    desk: Desk
    policies: tuple[Policy, ...]
    texts: Mapping[str, str]
    seed: int
    command: str
    messages: Path | None = None

    def manifest(self) -> Manifest:
        """The manifest before anything is run."""
        return Manifest(
            command=self.command,
            scenario=self.desk.scenario.name,
            policies=tuple(policy.name for policy in self.policies),
            seed=self.seed,
            replications=0,
            messages=None if self.messages is None else str(self.messages),
            desk_hash=self.desk.digest,
            population_hashes={},
            versions={"deskdrill": VERSION, **{package: version(package) for package in _PACKAGES}},
            python=platform.python_version(),
            written=_now(),
            policy_hashes={each.name: _hash(self.texts[each.name], *each.files.values()) for each in self.policies},
            machine=f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors",
            is_finished=False,
        )

    @property
    def scenario_json(self) -> str:
        """The scenario, defaults filled in."""
        return self.desk.scenario.model_dump_json(by_alias=True, indent=2) + "\n"

    def write(self, folder: Path) -> None:
        """Scenario, policies and manifest into a folder that is to be filled."""
        (folder / POLICIES).mkdir()
        for policy in self.policies:
            place = folder / POLICIES / f"{policy.name}.yaml"
            place.write_text(self.texts[policy.name], encoding="utf-8", newline="")
            if policy.files:
                files_of(place).write_text(json.dumps(dict(policy.files)) + "\n", encoding="utf-8")
        (folder / SCENARIO).write_text(self.scenario_json, encoding="utf-8")
        write_manifest(folder, self.manifest())

    def differences(self, folder: Path) -> Iterator[str]:
        """What of a run that was begun in a folder is not what is to be run now. Raises `NotARun`."""
        then, now = read_manifest(folder), self.manifest()
        try:
            stated = json.loads((folder / SCENARIO).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            raise NotARun(folder, f"{SCENARIO} cannot be read") from None
        changed = list(_differing(stated, json.loads(self.scenario_json)))
        yield from changed
        if then.desk_hash != now.desk_hash and not changed:
            yield "the messages, or the phrasebook that they are made from"
        for name in sorted({*then.policy_hashes, *now.policy_hashes}):
            if then.policy_hashes.get(name) != now.policy_hashes.get(name):
                there = "has changed" if name in then.policy_hashes and name in now.policy_hashes else (
                    "is new" if name in now.policy_hashes else "is no longer compared"
                )  # fmt: skip
                yield f"policy `{name}` {there}"
        if then.policies != now.policies and set(then.policies) == set(now.policies):
            yield "the order of the policies"
        if then.seed != now.seed:
            yield f"the seed, {then.seed} then, {now.seed} now"
        for package, number in now.versions.items():
            if then.versions.get(package) != number:
                yield f"the version of {package}, {then.versions.get(package, 'none')} then, {number} now"


def files_of(policy: Path) -> Path:
    """Where the files are that a policy of a run names: one JSON, because their names may be paths to anywhere."""
    return policy.with_suffix(".files.json")


def stored_policy(folder: Path, name: str) -> Policy:
    """A policy of a run, as it was run. Raises `InputError`."""
    place = folder / POLICIES / f"{name}.yaml"
    stored = files_of(place)
    files = json.loads(stored.read_text(encoding="utf-8")) if stored.exists() else {}
    text = read_text(place)
    return policy_from_document(parse_document(text, str(place), lambda file: Named(file, files[file])))


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """`manifest.json`, written whole."""
    write_whole(folder / MANIFEST, json.dumps(asdict(manifest), indent=2) + "\n")


def finish(folder: Path, command: str, population_hashes: Mapping[str, str], warm_up: WarmUp | None) -> None:
    """Says in the manifest that all is there; `population_hashes` are by replication."""
    manifest = replace(
        read_manifest(folder),
        command=command,
        replications=len(population_hashes),
        population_hashes=population_hashes,
        warm_up=None if warm_up is None else asdict(warm_up),
        written=_now(),
        is_finished=True,
    )
    write_manifest(folder, manifest)


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a run folder; raises `NotARun`."""
    try:
        stored = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        return Manifest(**{**stored, "policies": tuple(stored["policies"])})
    except FileNotFoundError:
        begun = folder.with_name(f"{folder.name}.unfinished")
        there = f"one that was begun is in {begun}" if (begun / MANIFEST).is_file() else ""
        told = there or "`deskdrill compare ... --out FOLDER` writes one"
        raise NotARun(folder, f"no run here; {told}") from None
    except (OSError, ValueError, TypeError, KeyError):
        raise NotARun(folder, f"{MANIFEST} cannot be read") from None


def is_run(folder: Path) -> bool:
    """Whether a folder is empty, or a run and nothing but a run: it may be replaced."""
    if folder.is_symlink() or not folder.is_dir():
        return False
    names = {entry.name for entry in folder.iterdir()}
    if not names:
        return True
    try:
        read_manifest(folder)
    except NotARun:
        return False
    return names <= RUN_ENTRIES


def _differing(then: Any, now: Any, at: str = "") -> Iterator[str]:
    """Where two trees of values differ, in words; the same kind of value on both sides is entered."""
    if isinstance(then, dict) and isinstance(now, dict):
        for key in dict.fromkeys((*then, *now)):
            yield from _differing(then.get(key), now.get(key), f"{at}.{key}" if at else str(key))
    elif then != now:
        yield f"`{at}`, {_short(then)} then, {_short(now)} now"


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 40 else f"{text[:39]}…"


def _hash(*texts: str) -> str:
    return hashlib.blake2b("\0".join(texts).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _now() -> str:
    return dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
