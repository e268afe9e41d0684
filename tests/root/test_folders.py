"""Folders written whole, and brought back after a kill."""

from __future__ import annotations

from pathlib import Path

import pytest

from classifier.errors import OutputError
from classifier.folders import check_parent, new_folder, restore_folder


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
    (tmp_path / "ours").rename(tmp_path / ".ours-before")
    restore_folder(tmp_path / "ours")
    assert (tmp_path / "ours" / "manifest.json").read_text(encoding="utf-8") == "first"


def test_what_a_kill_left_after_both_renames_is_not_brought_back(tmp_path: Path) -> None:
    write_version(tmp_path / "ours", "second")
    write_version(tmp_path / ".ours-before", "first")
    restore_folder(tmp_path / "ours")
    assert (tmp_path / "ours" / "manifest.json").read_text(encoding="utf-8") == "second"


def test_a_missing_parent_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="no such folder; create it, or choose another --out"):
        check_parent(tmp_path / "reports" / "report")
