import os
from pathlib import Path

import pytest

from trailwarden.logfile.folder import local_files


def found(*paths: Path) -> tuple[list[str], list[str]]:
    complaints: list[str] = []
    files = local_files(map(str, paths), lambda name, why: complaints.append(f"{name}: {why}"))
    return [Path(file.path).name for file in files], complaints


def test_finds_files_at_any_depth_in_the_order_of_names(tmp_path: Path) -> None:
    for name in ("b/2.json", "a/1.json.gz", "3"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    assert found(tmp_path) == (["3", "1.json.gz", "2.json"], [])


def test_a_file_given_twice_counts_once(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"")
    (tmp_path / "link").symlink_to(path)
    os.link(path, tmp_path / "hard")
    assert found(path, tmp_path, path) == (["a"], [])


def test_links_in_a_circle_end(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "log").write_bytes(b"")
    (tmp_path / "a" / "up").symlink_to(tmp_path)
    (tmp_path / "self").symlink_to(tmp_path / "self")
    names, complaints = found(tmp_path)
    assert names == ["log"]
    assert [line.rpartition(": ")[2] for line in complaints] == [
        "Too many levels of symbolic links"
    ]


def test_a_pipe_is_named_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert found(tmp_path) == ([], [f"{tmp_path}/pipe: is a named pipe, no file"])


def test_what_is_not_there_is_named(tmp_path: Path) -> None:
    names, [complaint] = found(tmp_path / "gone")
    assert not names
    assert "No such file" in complaint


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every folder")
def test_a_folder_that_may_not_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0)
    _, [complaint] = found(tmp_path)
    assert "Permission denied" in complaint


def test_odd_names_are_files_like_others(tmp_path: Path) -> None:
    names = ["-rf", "a\nb", " ", "x\x1b[2J", os.fsdecode(b"\xff\xfe"), "日志"]
    for name in names:
        (tmp_path / name).write_bytes(b"")
    assert sorted(found(tmp_path)[0]) == sorted(names)


def test_what_desktops_leave_behind_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / ".DS_Store").write_bytes(b"x")
    assert found(tmp_path) == ([], [])


@pytest.mark.parametrize("first", [True, False])
def test_a_link_to_a_file_of_a_folder_adds_nothing(tmp_path: Path, *, first: bool) -> None:
    logs, links = tmp_path / "logs", tmp_path / "links"
    for folder in (logs, links):
        folder.mkdir()
    (logs / "a").write_bytes(b"")
    (links / "b").symlink_to(logs / "a")
    names, _ = found(*((links, logs) if first else (logs, links)))
    assert names == (["b"] if first else ["a"])


def test_a_file_that_folders_pass_over_is_found_by_its_path(tmp_path: Path) -> None:
    left = tmp_path / ".DS_Store"
    left.write_bytes(b"x")
    assert found(tmp_path, left, left) == ([".DS_Store"], [])
