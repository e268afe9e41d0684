"""Codes typed in part: read and reported at once, recorded and used for training once somebody has confirmed them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from classifier.errors import FaultsError
from classifier.harvest.options import ReadingOptions
from classifier.model.workflow import train
from classifier.project.add_harvest import add_harvest
from classifier.project.import_workbook import import_workbook
from classifier.project.project import Project, new_project, open_project
from tests.support.workbooks import write_outcomes, write_text

GOALS = """\
fields:
  - name: goal
    column: Goal
    kind: single
    codes: [{code: "CIV: Less suppression of civic space"}, {code: "GEN: More equal gender roles"}]
"""
REFUSED = (
    "{name}: 1 problem to correct\n  Outcomes!C2: 'CIV' is read as 'CIV: Less suppression of civic space' "
    "(if all are right, add --accept-partial; else write the whole code)"
)


def write(folder: Path, name: str, goal: str) -> Path:
    row = {"FragmentID": "A/1", "Outcome description": "The ministry withdrew its bill.", "Goal": goal}
    return write_outcomes(folder / name, row)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    begun = new_project(tmp_path / "team", codebook=write_text(tmp_path / "goals.yaml", GOALS), model=None)
    return add_harvest(begun, write(tmp_path, "uncoded.xlsx", "")).project


def test_workbook_with_parts_of_codes_is_not_recorded_unconfirmed(project: Project, tmp_path: Path) -> None:
    with pytest.raises(FaultsError) as caught:
        import_workbook(write(tmp_path, "coded.xlsx", "CIV"), project, coder="Ann")
    assert str(caught.value).endswith(REFUSED.format(name="coded.xlsx"))
    assert project.journal.entries() == ()


def test_what_was_confirmed_once_is_not_asked_again(project: Project, tmp_path: Path) -> None:
    coded = write(tmp_path, "coded.xlsx", "CIV")
    import_workbook(coded, project, coder="Ann", options=ReadingOptions(accept_partial=True))
    returned = import_workbook(coded, open_project(project.folder), coder="Ben")
    assert [entry.decision.codes for entry in returned.recorded] == [("CIV: Less suppression of civic space",)]


def test_harvest_with_parts_of_codes_is_added_once_confirmed(project: Project, tmp_path: Path) -> None:
    coded = write(tmp_path, "coded.xlsx", "CIV")
    with pytest.raises(FaultsError, match="is read as"):
        add_harvest(project, coded)
    added = add_harvest(project, coded, options=ReadingOptions(accept_partial=True))
    assert added.project.outcomes["A/1"].codes == {"goal": ("CIV: Less suppression of civic space",)}
    assert open_project(project.folder).outcomes["A/1"].codes == added.project.outcomes["A/1"].codes


def test_unconfirmed_parts_of_codes_are_not_used_for_training(tmp_path: Path, project: Project) -> None:
    with pytest.raises(FaultsError, match="add --accept-partial"):
        train([write(tmp_path, "coded.xlsx", "CIV")], out=tmp_path / "model", codebook=project.codebook)


def with_an_id_twice(folder: Path) -> Path:
    rows = [
        {"FragmentID": name, "Outcome description": "The ministry withdrew its bill.", "Goal": goal}
        for name, goal in (("A/1", "CIV"), ("A/2", ""), ("A/2", ""))
    ]
    return write_outcomes(folder / "coded.xlsx", *rows)


@pytest.mark.parametrize(
    "read",
    [
        lambda coded, project: import_workbook(coded, project, coder="Ann"),
        lambda coded, project: add_harvest(project, coded),
        lambda coded, project: train([coded], out=coded.parent / "model", codebook=project.codebook),
    ],
    ids=["confirm", "add", "train"],
)
def test_parts_of_codes_are_told_as_problems_beside_other_problems(
    read: Callable[[Path, Project], object], project: Project, tmp_path: Path
) -> None:
    with pytest.raises(FaultsError) as caught:
        read(with_an_id_twice(tmp_path), project)
    assert "coded.xlsx: 2 problems to correct\n" in str(caught.value)
    assert "which would not stop the work" not in str(caught.value)


def test_confirmed_parts_of_codes_are_not_told_as_problems(project: Project, tmp_path: Path) -> None:
    with pytest.raises(FaultsError, match="1 problem to correct"):
        import_workbook(with_an_id_twice(tmp_path), project, coder="Ann", options=ReadingOptions(accept_partial=True))
