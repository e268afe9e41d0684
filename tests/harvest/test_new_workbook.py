from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from classifier.agreement.adjudication import AdjudicatedCode
from classifier.agreement.agreed_codes import fill_in
from classifier.codebook.schema import Codebook
from classifier.harvest.coded import read_coded_harvests
from classifier.harvest.copy_notes import losses_of_copy
from classifier.harvest.new_workbook import make_workbook, sheet_written
from classifier.harvest.reading import Harvest, read_harvest
from classifier.model.model import Model
from classifier.project.add_harvest import add_harvest
from classifier.project.export import export_project
from classifier.project.journal import Decision, DecisionMethod
from classifier.project.project import Project, new_project
from classifier.spreadsheet.copy_losses import can_be_copied
from classifier.suggestion.workbook import write_suggestion_workbook
from tests.support.suggested import suggest_by_hand
from tests.support.workbooks import write_outcomes

USUAL = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRICT = b"http://purl.oclc.org/ooxml/spreadsheetml/main"
ODD = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships"
ODD_STRICT = b"http://purl.oclc.org/ooxml/officeDocument/relationships"
DORI, GOMA = "SCC-ENV/033", "SCC-WRL/006"


def write_strict(path: Path) -> Path:
    """Write a harvest as strict OOXML, which openpyxl sees no sheets in."""
    rows = ({"FragmentID": name, "Outcome description": f"{name}: they met.", "Scale": None} for name in (DORI, GOMA))
    write_outcomes(path, *rows, sheet="June")
    with zipfile.ZipFile(path) as package:
        parts = {name: package.read(name).replace(USUAL, STRICT) for name in package.namelist()}
    with zipfile.ZipFile(path, "w") as package:
        for name, content in parts.items():
            package.writestr(name, content.replace(ODD, ODD_STRICT) if name.startswith("xl/") else content)
    return path


@pytest.fixture
def strict(tmp_path: Path, codebook: Codebook) -> Harvest:
    return read_harvest(write_strict(tmp_path / "strict.xlsx"), codebook=codebook)


@pytest.fixture
def project(tmp_path: Path, codebook: Codebook) -> Iterator[Project]:
    (tmp_path / "codebook.yaml").write_text(codebook.dump(), encoding="utf-8")
    project = new_project(tmp_path / "project", codebook=tmp_path / "codebook.yaml")
    yield project
    project.journal.close()


def sheet_of(workbook: Workbook, title: str) -> Worksheet:
    sheet = workbook[title]
    assert isinstance(sheet, Worksheet)
    return sheet


def test_strict_workbook_is_not_copied(strict: Harvest) -> None:
    assert not can_be_copied(strict.path)


def test_workbook_made_of_another_keeps_the_name_of_its_sheet(strict: Harvest) -> None:
    assert (sheet_written(strict), make_workbook([strict]).sheetnames) == ("June", ["June"])


def test_what_is_not_kept_of_such_a_workbook_is_reported(strict: Harvest) -> None:
    assert losses_of_copy(strict, Path("coded.xlsx")) == (
        "strict.xlsx: this kind of workbook can't be copied, so coded.xlsx was made of the cells of its sheet of "
        "outcomes, as text; formats, formulas and other sheets are not in it, and your own file keeps everything",
    )


def test_suggestions_for_a_strict_workbook_are_written(strict: Harvest, model: Model, codebook: Codebook) -> None:
    out = strict.path.with_name("suggestions.xlsx")
    write_suggestion_workbook(suggest_by_hand(strict, model=model, codebook=codebook), out)
    assert [cell.value for cell in sheet_of(load_workbook(out), "June")["A"]] == ["FragmentID", DORI, GOMA]


def test_strict_workbook_is_exported(project: Project, strict: Harvest, codebook: Codebook) -> None:
    project = add_harvest(project, strict.path).project
    scale = Decision(
        coder="Ana", fragment_id=GOMA, field="scale", codes=("Local",), method=DecisionMethod.BY_HAND, codebook="c"
    )
    project.journal.record([scale])
    out = strict.path.with_name("coded.xlsx")
    exported = export_project(project, out)
    (read,) = read_coded_harvests([out], codebook=codebook)
    assert [dict(outcome.codes) for outcome in read.outcomes] == [{}, {"scale": ("Local",)}]
    assert "strict.xlsx: this kind of workbook can't be copied" in str(exported.notes[0])


def test_workbook_whose_name_ends_otherwise_is_copied(tmp_path: Path, codebook: Codebook) -> None:
    path = write_outcomes(tmp_path / "harvest.xlsx", {"FragmentID": DORI, "Outcome description": "They met."})
    path = path.rename(tmp_path / "harvest.csv")
    harvest = read_harvest(path, codebook=codebook)
    written = [AdjudicatedCode(fragment_id=DORI, field="scale", codes=("Local",), note="", where="")]
    copy = fill_in([harvest], written, codebook=codebook)
    assert [cell.value for cell in sheet_of(copy.workbook, "Outcomes")[2]] == [DORI, "They met.", "Local"]
