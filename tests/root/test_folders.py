"""Folders written whole, and brought back after a kill."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from classifier.errors import OutputError
from classifier.folders import (
    check_parent,
    new_folder,
    remove_abandoned,
    rename_to_free,
    restore_folder,
    unfinished_folder,
)


def write_version(folder: Path, version: str) -> None:
    with new_folder(folder) as fresh:
        (fresh / "manifest.json").write_text(version, encoding="utf-8")


def test_a_folder_takes_the_place_of_the_one_before(tmp_path: Path) -> None:
    for version in ("first", "second"):
        write_version(tmp_path / "ours", version)
    assert ((tmp_path / "ours" / "manifest.json").read_text(encoding="utf-8"), len(list(tmp_path.iterdir()))) == (
        "second",
        1,
    )


def test_an_error_leaves_the_folder_before_and_nothing_else(tmp_path: Path) -> None:
    write_version(tmp_path / "ours", "first")
    with pytest.raises(TypeError):
        write_version(tmp_path / "ours", None)  # type: ignore[arg-type]
    assert ((tmp_path / "ours" / "manifest.json").read_text(encoding="utf-8"), len(list(tmp_path.iterdir()))) == (
        "first",
        1,
    )


def test_a_kill_between_the_two_renames_loses_nothing(tmp_path: Path) -> None:
    write_version(tmp_path / "ours", "first")
    before = tmp_path / ".outcome-coder-tmp-k2x9" / "before" / "00"
    before.mkdir(parents=True)
    (tmp_path / ".outcome-coder-tmp-k2x9" / "unfinished.lock").touch()
    (tmp_path / "ours").rename(before / "ours")
    restore_folder(tmp_path / "ours")
    assert (tmp_path / "ours" / "manifest.json").read_text(encoding="utf-8") == "first"


def test_what_a_kill_left_after_both_renames_is_removed(tmp_path: Path) -> None:
    write_version(tmp_path / "ours", "second")
    unfinished = tmp_path / ".outcome-coder-tmp-k2x9"
    (unfinished / "before" / "00").mkdir(parents=True)
    (unfinished / "unfinished.lock").touch()
    write_version(unfinished / "before" / "00" / "ours", "first")
    remove_abandoned(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["ours"]
    assert (tmp_path / "ours" / "manifest.json").read_text(encoding="utf-8") == "second"


def test_unfinished_work_of_a_killed_run_is_removed(tmp_path: Path) -> None:
    held = "from classifier.folders import *; from pathlib import Path; import os, signal, sys\n"
    held += "with unfinished_folder(Path(sys.argv[1])) as folder:\n"
    held += "    (folder / 'coded.xlsx').touch(); os.kill(os.getpid(), signal.SIGKILL)"
    subprocess.run([sys.executable, "-c", held, str(tmp_path)], check=False)
    n_left = len(list(tmp_path.rglob("coded.xlsx")))
    remove_abandoned(tmp_path)
    assert (n_left, list(tmp_path.iterdir())) == (1, [])


def test_a_folder_of_the_users_is_left_alone_whatever_its_name(tmp_path: Path) -> None:
    for name in ("outcome-coder-main", "outcome-coder-tmp-projects"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "harvest.xlsx").touch()
    remove_abandoned(tmp_path)
    assert sorted(path.parent.name for path in tmp_path.glob("*/harvest.xlsx")) == [
        "outcome-coder-main",
        "outcome-coder-tmp-projects",
    ]


def test_unfinished_work_that_goes_on_is_left_alone(tmp_path: Path) -> None:
    with unfinished_folder(tmp_path) as folder:
        (folder / "coded.xlsx").touch()
        remove_abandoned(tmp_path)
        assert (folder / "coded.xlsx").exists()


def test_two_who_replace_a_folder_at_once_leave_one_of_theirs(tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: write_version(tmp_path / "ours", f"version {number % 4}"), range(80)))
    assert (tmp_path / "ours" / "manifest.json").read_text(encoding="utf-8").startswith("version")
    assert [path.name for path in tmp_path.iterdir()] == ["ours"]


def test_a_folder_made_by_another_command_meanwhile_is_kept(tmp_path: Path) -> None:
    with pytest.raises(OutputError) as raised, new_folder(tmp_path / "ours", replace=False):
        write_version(tmp_path / "ours", "of the other")
    assert str(raised.value) == f"{tmp_path / 'ours'}: exists by now; choose another name. Nothing was written"
    assert (tmp_path / "ours" / "manifest.json").read_text(encoding="utf-8") == "of the other"


def test_each_of_many_at_once_gets_a_name_of_its_own(tmp_path: Path) -> None:
    fresh = [tmp_path / f"fresh {number}" for number in range(8)]
    for folder in fresh:
        folder.mkdir()
        (folder / "project.json").write_text(folder.name, encoding="utf-8")
    places = [tmp_path / f"harvest {number}" for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(lambda folder: rename_to_free(folder, places), fresh))
    assert sorted(taken) == places


def test_where_every_name_is_taken_nothing_is_renamed(tmp_path: Path) -> None:
    (tmp_path / "fresh").mkdir()
    (tmp_path / "harvest").mkdir()
    with pytest.raises(OutputError, match=r"^fresh: all names for it are taken; delete some first$"):
        rename_to_free(tmp_path / "fresh", [tmp_path / "harvest"])


def test_a_missing_parent_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="no such folder; create it, or choose another --out"):
        check_parent(tmp_path / "reports" / "report")


def test_file_that_another_program_has_open_ends_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path, missing_ok: bool = False) -> None:
        raise PermissionError(13, "The process cannot access the file", str(path))  # as Windows does

    with unfinished_folder(tmp_path) as folder:
        (folder / "sheet.xml").touch()
        monkeypatch.setattr(Path, "unlink", refuse)
    assert not folder.exists()
