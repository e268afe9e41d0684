"""Settings of a project that several commands change at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from classifier import locks
from classifier.errors import OutputError, ProjectError
from classifier.project.add_harvest import add_harvest
from classifier.project.project import new_project, open_project
from classifier.project.settings import change_settings, locked, read_settings
from tests.support.workbooks import write_outcomes


@pytest.fixture
def team(tmp_path: Path, training_data: Path) -> Path:
    new_project(tmp_path / "team", codebook=training_data / "codebook.yaml")
    return tmp_path / "team"


def harvest(tmp_path: Path, country: str) -> Path:
    row = {"FragmentID": f"SCC-{country}/001", "Outcome description": "The council adopted a law."}
    return write_outcomes(tmp_path / f"{country}.xlsx", row)


def test_harvests_that_are_added_at_once_are_all_kept(team: Path, tmp_path: Path) -> None:
    opened = open_project(team)
    paths = [harvest(tmp_path, country) for country in ("BFA", "COL", "JOR", "NER")]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda path: add_harvest(opened, path), paths))
    assert sorted(open_project(team).outcomes) == ["SCC-BFA/001", "SCC-COL/001", "SCC-JOR/001", "SCC-NER/001"]


def test_a_change_keeps_what_another_command_has_changed(team: Path) -> None:
    change_settings(team, model="ours")
    change_settings(team, shares={"blind": 0.2})
    found = read_settings(team)
    assert (found["model"], found["shares"]) == ("ours", {"blind": 0.2})


def test_a_project_that_stays_locked_is_reported(team: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locks, "_WAIT_S", 0.05)
    with locked(team), ThreadPoolExecutor(1) as pool, pytest.raises(ProjectError) as raised:
        pool.submit(change_settings, team, model="ours").result()
    assert str(raised.value) == (
        f"{team}: another command is writing there; wait until it has finished, then run this again"
    )


def test_a_project_that_could_not_be_made_leaves_nothing(
    tmp_path: Path, training_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OutputError("no space left on device")

    monkeypatch.setattr("classifier.project.project.write_settings", full)
    with pytest.raises(ProjectError):
        new_project(tmp_path / "team", codebook=training_data / "codebook.yaml")
    assert list(tmp_path.iterdir()) == []
