"""Who may read what the program keeps, under the mask that most systems have."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from classifier.access_rights import rights_of_file
from classifier.files import write_whole
from tests.support.workbooks import write_outcomes

pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.name != "posix", reason="Windows keeps rights otherwise")]


def call(*arguments: object) -> None:
    subprocess.run(
        [sys.executable, "-m", "classifier", *map(str, arguments)], check=True, umask=0o022, stdout=subprocess.DEVNULL
    )


def rights(folder: Path) -> dict[str, str]:
    paths = (folder, *folder.rglob("*"))
    return {str(path.relative_to(folder.parent)): oct(stat.S_IMODE(path.stat().st_mode)) for path in paths}


@pytest.fixture(scope="module")
def harvest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("harvest") / "harvest.xlsx"
    return write_outcomes(path, {"FragmentID": "SCC-WRL/001", "Outcome description": "The council adopted a law."})


def test_a_project_is_for_its_owner_alone(tmp_path: Path, harvest: Path) -> None:
    call("project", "new", tmp_path / "team")
    call("project", "add", harvest, "--project", tmp_path / "team")
    found = rights(tmp_path / "team")
    assert {name: right for name, right in found.items() if right not in ("0o700", "0o600")} == {}
    assert len(found) >= 5


def test_a_project_for_a_group_can_be_read_and_written_by_the_group(tmp_path: Path, harvest: Path) -> None:
    call("project", "new", tmp_path / "team", "--group")
    call("project", "add", harvest, "--project", tmp_path / "team")
    found = rights(tmp_path / "team")
    assert {name: right for name, right in found.items() if right not in ("0o2770", "0o660")} == {}


def test_a_new_output_has_the_rights_of_the_users_mask(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    before = os.umask(0o022)
    try:
        assert rights_of_file(tmp_path) == 0o644
    finally:
        os.umask(before)


def test_a_new_output_in_a_private_folder_is_private(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    assert rights_of_file(tmp_path) == 0o600


def test_an_output_that_is_replaced_keeps_its_rights(tmp_path: Path) -> None:
    path = tmp_path / "coded.csv"
    path.touch()
    path.chmod(0o640)
    with write_whole(path) as temporary:
        temporary.write_text("FragmentID\n", encoding="utf-8")
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
