from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_desks import SMALL, scenario_of

from deskdrill.scenarios.pool import MessagePool
from deskdrill.scenarios.scenario import Scenario
from deskdrill.scenarios.strategies import scenarios
from deskdrill.simulator import pool_cache
from deskdrill.simulator.desk import Desk, open_desk
from deskdrill.simulator.pool_cache import cache_folder, kept, key_of

few = settings(max_examples=6, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DESKDRILL_CACHE", str(tmp_path / "kept"))
    return tmp_path / "kept"


def made_anew(scenario: Scenario, messages: Path | None = None) -> Desk:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DESKDRILL_CACHE", "off")
        return open_desk(scenario, messages)


def assert_same(a: Desk, b: Desk) -> None:
    for field in fields(MessagePool):
        mine, other = getattr(a.pool, field.name), getattr(b.pool, field.name)
        assert type(mine) is type(other)
        np.testing.assert_array_equal(mine, other)
        assert getattr(mine, "dtype", None) == getattr(other, "dtype", None)
    assert (a.recognition is None) == (b.recognition is None)
    for part in ("intents", "codes", "confidence"):
        np.testing.assert_array_equal(getattr(a.recognition, part, ()), getattr(b.recognition, part, ()))
    assert a.digest == b.digest


@few
@given(scenarios())
def test_a_pool_is_the_same_made_anew_kept_and_read(folder: Path, scenario: Scenario) -> None:
    anew, first, second = made_anew(scenario), open_desk(scenario), open_desk(scenario)
    assert kept(folder, key_of(scenario, None)) is not None
    assert_same(anew, first)
    assert_same(anew, second)


def test_an_empty_messages_file_is_not_none_at_all(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_bytes(b"")
    scenario = scenario_of()
    assert key_of(scenario, tmp_path / "m.csv") != key_of(scenario, None)


def test_so_is_one_of_real_messages(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "m.csv"
    lines = [f"{name} is what {number} ask,{name},{part}" for name in SMALL["intents"] for number, part in enumerate(("train",) * 6 + ("test",) * 3)]
    path.write_text("\n".join(["text,label,split", *lines]), encoding="utf-8")
    anew, _, second = made_anew(scenario_of(), path), open_desk(scenario_of(), path), open_desk(scenario_of(), path)
    assert len(list(folder.iterdir())) == 1
    assert_same(anew, second)
    path.write_text(path.read_text(encoding="utf-8").replace("what 8 ask", "what eight ask"), encoding="utf-8")
    assert any("eight" in text for text in open_desk(scenario_of(), path).pool.texts)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Desk, bytes]:
    """A desk, and its file in the cache."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DESKDRILL_CACHE", str(tmp_path_factory.mktemp("kept")))
        desk = open_desk(scenario_of())
        (path,) = Path(os.environ["DESKDRILL_CACHE"]).iterdir()
        return desk, path.read_bytes()


Damage = Callable[[bytes, int], bytes]
DAMAGES: dict[str, Damage] = {
    "a byte changed": lambda raw, at: raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :],
    "cut short": lambda raw, at: raw[:at],
    "longer": lambda raw, at: raw + raw[:at] + b"x",
    "a byte lost": lambda raw, at: raw[:at] + raw[at + 1 :],
}


@few
@given(share=st.floats(0, 1, exclude_max=True), damage=st.sampled_from(sorted(DAMAGES)))
def test_a_damaged_file_is_never_trusted_and_made_anew(folder: Path, whole: tuple[Desk, bytes], share: float, damage: str) -> None:
    desk, raw = whole
    key = key_of(desk.scenario, None)
    folder.mkdir(exist_ok=True)
    (folder / f"{key}.pool").write_bytes(DAMAGES[damage](raw, int(share * len(raw))))
    assert kept(folder, key) is None
    assert_same(open_desk(desk.scenario), desk)
    assert (folder / f"{key}.pool").read_bytes() == raw


CHANGES: dict[str, dict[str, Any]] = {
    "texts": {"messages": {"texts_per_intent": 41}},
    "register": {"messages": {"texts_per_intent": 40, "register": "search-box"}},
    "intents": {"intents": dict(reversed(SMALL["intents"].items()))},
    "recogniser": {"recogniser": {"kind": "confusion", "right": 0.5}},
    "languages": {"segments": {name: {**each, "languages": {"de": 1}} for name, each in SMALL["segments"].items()}},
}


@pytest.mark.parametrize("changed", sorted(CHANGES))
def test_what_a_pool_is_made_of_is_in_its_name(changed: str) -> None:
    words = {"answer": "So.", "article": "So", "wordings": [{"text": text} for text in ("Wie geht das?", "Bitte helfen", "Was nun?")]}
    german = {"messages": {**SMALL["messages"], "wordings_in": {"de": dict.fromkeys(SMALL["intents"], words)}}}
    extra = german if changed == "languages" else {}
    assert key_of(scenario_of(**extra, **CHANGES[changed]), None) != key_of(scenario_of(**extra), None)


def test_what_it_is_not_made_of_is_not() -> None:
    others = {"arrivals": {"per_week": 7}, "scenario": "other", "days": 2, "returns": None}
    assert key_of(scenario_of(**others), None) == key_of(scenario_of(), None)


def test_other_code_has_other_pools(monkeypatch: pytest.MonkeyPatch) -> None:
    before = key_of(scenario_of(), None)
    monkeypatch.setattr(pool_cache, "_code", lambda: b"other")
    assert key_of(scenario_of(), None) != before


def test_where_nothing_can_be_kept_a_desk_opens_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("DESKDRILL_CACHE", str(tmp_path / "file"))
    assert_same(open_desk(scenario_of()), made_anew(scenario_of()))


@pytest.mark.parametrize("off", ["off", "OFF", ""])
def test_off_keeps_nothing(off: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESKDRILL_CACHE", off)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() is None
    open_desk(scenario_of())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("system", "variables", "found"),
    [
        ("linux", {"XDG_CACHE_HOME": "/var/kept", "HOME": "/home/me"}, "/var/kept/deskdrill"),
        ("linux", {"XDG_CACHE_HOME": "not/absolute", "HOME": "/home/me"}, "/home/me/.cache/deskdrill"),
        ("linux", {"XDG_CACHE_HOME": "", "HOME": "/home/me"}, "/home/me/.cache/deskdrill"),
        ("darwin", {"XDG_CACHE_HOME": "", "HOME": "/Users/me"}, "/Users/me/Library/Caches/deskdrill"),
        ("win32", {"LOCALAPPDATA": "/local"}, "/local/deskdrill/Cache"),
    ],
)
def test_pools_are_kept_where_the_system_keeps_such_files(system: str, variables: dict[str, str], found: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DESKDRILL_CACHE")
    monkeypatch.setattr("deskdrill.simulator.pool_cache.sys.platform", system)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert cache_folder() == Path(found)


def test_the_oldest_are_forgotten(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool_cache, "MOST_FILES", 2)
    folder.mkdir()
    for age, name in enumerate(("new", "old", "older")):
        (folder / f"{name}.pool").write_text(name)
        os.utime(folder / f"{name}.pool", (1e9 - age, 1e9 - age))
    (folder / "somebody's.txt").write_text("stays")
    open_desk(scenario_of())
    left = {path.name for path in folder.iterdir()}
    assert left == {f"{key_of(scenario_of(), None)}.pool", "new.pool", "somebody's.txt"}


def test_a_messages_file_that_cannot_be_used_is_told_of_every_time(folder: Path, tmp_path: Path) -> None:
    for path in (tmp_path / "gone.csv", tmp_path):
        with pytest.raises(Exception, match=r"no such file|is a directory"):
            open_desk(scenario_of(), path)
    assert not folder.exists()
