from __future__ import annotations

import errno
import sys
import tempfile
from pathlib import Path

import pytest

from classifier.errors import DiskFullError, OutputError
from classifier.files import check_new, check_writable, write_whole


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def write_line(path: Path, line: str) -> None:
    with write_whole(path) as temporary:
        temporary.write_text(line, encoding="utf-8")


def test_file_is_written_and_nothing_else_is_left(tmp_path: Path) -> None:
    write_line(tmp_path / "suggestions.csv", "SCC-ENV/033")
    assert (tmp_path / "suggestions.csv").read_text(encoding="utf-8") == "SCC-ENV/033"
    assert names_in(tmp_path) == ["suggestions.csv"]


def test_earlier_file_is_replaced(tmp_path: Path) -> None:
    out = tmp_path / "suggestions.csv"
    out.write_text("of last week", encoding="utf-8")
    write_line(out, "of today")
    assert out.read_text(encoding="utf-8") == "of today"


def test_file_behind_a_link_is_replaced_and_the_link_stays(tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    out, there = tmp_path / "suggestions.csv", tmp_path / "shared" / "june.csv"
    there.write_text("of last week", encoding="utf-8")
    there.chmod(0o640)
    out.symlink_to(there)
    write_line(out, "of today")
    assert (out.is_symlink(), there.read_text(encoding="utf-8")) == (True, "of today")
    assert (there.stat().st_mode & 0o777, names_in(tmp_path / "shared")) == (0o640, ["june.csv"])


def test_link_to_no_file_yet_makes_that_file(tmp_path: Path) -> None:
    (tmp_path / "suggestions.csv").symlink_to(tmp_path / "june.csv")
    write_line(tmp_path / "suggestions.csv", "of today")
    assert (tmp_path / "june.csv").read_text(encoding="utf-8") == "of today"


def test_links_to_each_other_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").symlink_to(tmp_path / "b.csv")
    (tmp_path / "b.csv").symlink_to(tmp_path / "a.csv")
    with pytest.raises(OutputError, match="is a link that leads back to itself; name a file"):
        write_line(tmp_path / "a.csv", "of today")


def test_name_with_blanks_and_accents_is_written(tmp_path: Path) -> None:
    write_line(tmp_path / "récolte n° 3 المدني.csv", "SCC-ENV/033")
    assert names_in(tmp_path) == ["récolte n° 3 المدني.csv"]


def test_temporary_file_has_the_ending_of_the_file(tmp_path: Path) -> None:
    with write_whole(tmp_path / "suggestions.xlsx") as temporary:
        assert temporary.suffix == ".xlsx"


def fail_midway(path: Path) -> None:
    with write_whole(path) as temporary:
        temporary.write_text("half a", encoding="utf-8")
        raise KeyboardInterrupt


def test_earlier_file_stays_when_the_work_breaks_off(tmp_path: Path) -> None:
    out = tmp_path / "suggestions.csv"
    out.write_text("of last week", encoding="utf-8")
    with pytest.raises(KeyboardInterrupt):
        fail_midway(out)
    assert out.read_text(encoding="utf-8") == "of last week"


def test_half_written_file_is_removed_when_the_work_breaks_off(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        fail_midway(tmp_path / "suggestions.csv")
    assert names_in(tmp_path) == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps no such rights")
def test_replaced_file_keeps_its_rights(tmp_path: Path) -> None:
    out = tmp_path / "suggestions.csv"
    out.write_text("of last week", encoding="utf-8")
    out.chmod(0o640)
    write_line(out, "of today")
    assert out.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize(
    ("taken", "free"),
    [("harvest.csv", "suggestions (2).csv"), ("suggestions (2).csv", "suggestions (3).csv")],
)
def test_file_that_cannot_be_replaced_is_kept_beside_it(tmp_path: Path, taken: str, free: str) -> None:
    out = tmp_path / "suggestions.csv"
    (tmp_path / taken).write_text("of last week", encoding="utf-8")

    def write_while_the_name_is_taken() -> None:
        with write_whole(out) as temporary:
            temporary.write_text("of today", encoding="utf-8")
            out.mkdir()  # a folder can't be replaced by a file, as an open workbook can't on Windows

    with pytest.raises(OutputError) as caught:
        write_while_the_name_is_taken()
    assert str(caught.value).startswith("suggestions.csv: can't be replaced (")
    assert str(caught.value).endswith(
        f"); if it is open in Excel, close it there. Nothing is lost: what was to be written is in {free}"
    )
    assert (tmp_path / free).read_text(encoding="utf-8") == "of today"


def test_missing_folder_is_reported(tmp_path: Path) -> None:
    with pytest.raises(OutputError) as caught:
        write_line(tmp_path / "June" / "suggestions.csv", "SCC-ENV/033")
    assert str(caught.value) == f"{tmp_path / 'June'}: no such folder; create it, or choose another --out"


def test_existing_file_is_not_replaced_unasked(tmp_path: Path) -> None:
    out = tmp_path / "suggestions.csv"
    out.touch()
    with pytest.raises(OutputError) as caught:
        check_new(out, overwrite=False)
    assert str(caught.value) == f"{out}: exists; choose another --out, or add --overwrite"


def test_existing_file_may_be_replaced_when_asked(tmp_path: Path) -> None:
    (tmp_path / "suggestions.csv").touch()
    check_new(tmp_path / "suggestions.csv", overwrite=True)
    check_new(tmp_path / "new.csv", overwrite=False)


def test_folder_in_place_of_a_file_is_reported(tmp_path: Path) -> None:
    with pytest.raises(OutputError) as caught:
        check_writable(tmp_path)
    assert str(caught.value) == f"{tmp_path}: is a folder; name a file"


@pytest.mark.parametrize("lock", ["~$suggestions.xlsx", ".~lock.suggestions.xlsx#"])
def test_workbook_open_in_an_context_program_is_refused(tmp_path: Path, lock: str) -> None:
    (tmp_path / lock).touch()
    with pytest.raises(OutputError) as caught:
        check_writable(tmp_path / "suggestions.xlsx")
    assert str(caught.value) == (
        f"suggestions.xlsx: is open in another program ({lock} lies beside it); close it there and run again, "
        "or choose another --out. Nothing was written"
    )


def test_workbook_open_beside_ours_is_no_hindrance(tmp_path: Path) -> None:
    (tmp_path / "~$harvest_3.xlsx").touch()
    write_line(tmp_path / "suggestions.xlsx", "SCC-ENV/033")
    assert "suggestions.xlsx" in names_in(tmp_path)


def test_a_full_disk_is_reported_by_the_file_and_leaves_the_one_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    path = tmp_path / "coded.csv"
    path.write_text("FragmentID\n", encoding="utf-8")
    with pytest.raises(DiskFullError) as raised, write_whole(path):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert str(raised.value) == (
        f"{path}: can't be written (No space left on device); free some space there, or in {tmp_path}, where temporary "
        "files are, then run it again. Nothing was written"
    )
    assert (path.read_text(encoding="utf-8"), len(list(tmp_path.iterdir()))) == ("FragmentID\n", 1)
