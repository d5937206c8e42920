import os
from pathlib import Path
from threading import Thread

import pytest

from deskdrill.errors import InputError
from deskdrill.saving import refuse_unwritable, write_whole


def test_a_file_is_replaced_whole_with_its_permissions_and_nothing_is_left_aside(tmp_path: Path) -> None:
    path = tmp_path / "roster.yaml"
    path.write_text("before")
    path.chmod(0o640)
    write_whole(path, "after\r\n")
    assert path.read_bytes() == b"after\r\n"
    assert path.stat().st_mode & 0o777 == 0o640
    assert [each.name for each in tmp_path.iterdir()] == ["roster.yaml"]


def test_a_link_leads_to_the_same_file(tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "real.yaml").write_text("before")
    link = tmp_path / "link.yaml"
    link.symlink_to("here/real.yaml")
    write_whole(link, "after")
    assert link.is_symlink()
    assert (tmp_path / "here" / "real.yaml").read_text() == "after"


def test_what_is_no_file_stays_what_it_is(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[str] = []
    reader = Thread(target=lambda: read.append(pipe.read_text()))
    reader.start()
    write_whole(pipe, "through")
    reader.join(10)
    assert read == ["through"]
    assert pipe.is_fifo()


def test_a_text_that_cannot_be_written_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "roster.yaml"
    path.write_text("before")
    with pytest.raises(UnicodeEncodeError):
        write_whole(path, "\ud800")
    assert path.read_text() == "before"
    assert [each.name for each in tmp_path.iterdir()] == ["roster.yaml"]


@pytest.mark.parametrize(
    ("name", "why"),
    [(".", "is a folder"), ("", "is a folder"), ("/", "is a folder"), ("none/at.yaml", "there is no folder")],
)
def test_what_could_not_be_written_is_refused_beforehand(
    name: str, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=f"cannot be written: {why}"):
        refuse_unwritable(Path(name))
