"""Decisions written into columns that say yes or no to one code each."""

from __future__ import annotations

from pathlib import Path

from classifier.codebook.schema import Codebook
from classifier.harvest.reading import read_harvest
from classifier.project.add_harvest import add_harvest
from classifier.project.export import export_project
from classifier.project.import_workbook import import_workbook
from classifier.project.project import new_project
from classifier.spreadsheet.reading import read_sheets
from tests.support.workbooks import write_outcomes, write_text

ACTORS = """\
fields:
  - name: actor
    column: Actor
    kind: multiple
    codes: [{code: Women, column: Actor/women}, {code: Media, column: Actor/media}]
"""


def outcome(number: int, women: object, media: object) -> dict[str, object]:
    story = "Women took a seat on the council."
    return {"FragmentID": f"A/{number}", "Outcome description": story, "Actor/women": women, "Actor/media": media}


def test_decisions_are_written_as_the_ticks_are_and_read_back(tmp_path: Path) -> None:
    codebook = write_text(tmp_path / "actors.yaml", ACTORS)
    project = new_project(tmp_path / "team", codebook=codebook, model=None)
    project = add_harvest(project, write_outcomes(tmp_path / "h.xlsx", outcome(1, 1, 0), outcome(2, 0, 0))).project
    coded = write_outcomes(tmp_path / "coded.xlsx", outcome(1, 0, 1), outcome(2, 1, 1))
    import_workbook(coded, project, coder="Ann")
    export_project(project, tmp_path / "out.xlsx")
    rows = [list(row[:4]) for row in read_sheets(tmp_path / "out.xlsx")[0].rows]
    assert [row[2:] for row in rows] == [["Actor/women", "Actor/media"], ["0", "1"], ["1", "1"]]
    harvest = read_harvest(tmp_path / "out.xlsx", codebook=Codebook.read(codebook))
    assert [outcome.codes["actor"] for outcome in harvest.outcomes] == [("Media",), ("Women", "Media")]
