from __future__ import annotations

import zipfile
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest
from typer.testing import CliRunner, Result

from classifier.agreement.codings import read_codings
from classifier.cli.app import app
from classifier.codebook.schema import Codebook
from classifier.harvest.options import ReadingOptions
from classifier.project.coded_outcomes import ExportOptions
from classifier.project.export import export_project
from classifier.project.journal import DecisionMethod
from classifier.project.project import Project
from classifier.spreadsheet.reading import read_sheets
from tests.support.projects import CODEBOOK, begin_project, by_hand, row

A, B, C = "SCC-LPC/001", "SCC-LPC/002", "SCC-LPC/003"
Q = "{urn:QDA-XML:project:1.0}"
NOTE = by_hand(A, field="", method=DecisionMethod.NOTE, note="Ask the partner.")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project of three outcomes, of which the last came coded."""
    return begin_project(tmp_path, row(A), row(B), row(C, scale="National"))


def call(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def exported(project: Project) -> Path:
    out = project.folder.parent / "harvest.qdpx"
    export_project(project, out)
    return out


def described(path: Path) -> Element:
    with zipfile.ZipFile(path) as package:
        return ElementTree.fromstring(package.read("project.qde"))


def coded_rows(path: Path) -> list[tuple[str, ...]]:
    (sheet,) = read_sheets(path)
    return [(cells[0], *cells[2:]) for cells in sheet.rows[1:]]


def test_codes_are_codings_by_their_coders(project: Project) -> None:
    project.journal.record(
        [by_hand(A, "Local"), by_hand(A, "GEN", "CIV", field="objective"), by_hand(B, "Regional", coder="Ben")]
    )
    assert coded_rows(exported(project)) == [
        (A, "Ana", "Local", "GEN\nCIV"),
        (B, "Ben", "Regional", ""),
        (C, "From the file", "National", ""),
    ]


def test_adjudicated_codes_are_those_of_a_user_of_their_own(project: Project) -> None:
    settled = by_hand(A, "Regional", coder="Lea", method=DecisionMethod.ADJUDICATION)
    project.journal.record([by_hand(A, "Local"), by_hand(A, "National", coder="Ben"), settled])
    assert coded_rows(exported(project))[:3] == [
        (A, "Ana", "Local", ""),
        (A, "Ben", "National", ""),
        (A, "Adjudicated", "Regional", ""),
    ]


def test_coding_is_of_the_whole_text(tmp_path: Path) -> None:
    told = row(A) | {"Significance of the outcome": "Nobody expected it."}
    project = begin_project(tmp_path, told)
    project.journal.record([by_hand(A, "Local")])
    path = exported(project)
    (source,) = described(path).iter(f"{Q}TextSource")
    with zipfile.ZipFile(path) as package:
        text = package.read(f"sources/{source.get('plainTextPath', '').removeprefix('internal://')}").decode()
    (selection,) = source.iter(f"{Q}PlainTextSelection")
    assert text == f"The council of {A} met in public.\n\nSignificance of the outcome:\nNobody expected it."
    assert (selection.get("startPosition"), selection.get("endPosition")) == ("0", str(len(text)))


def test_note_is_kept_beside_its_text(project: Project) -> None:
    project.journal.record([NOTE])
    root = described(exported(project))
    (note,), (reference,) = root.iter(f"{Q}Note"), root.iter(f"{Q}NoteRef")
    user = next(root.iter(f"{Q}User"))
    assert note.findtext(f"{Q}PlainTextContent") == "Ask the partner."
    assert (reference.get("targetGUID"), note.get("creatingUser")) == (note.get("guid"), user.get("guid"))


def test_elements_are_in_the_order_of_the_standard(project: Project) -> None:
    project.journal.record([by_hand(A, "Local"), NOTE])
    root = described(exported(project))
    assert [child.tag.removeprefix(Q) for child in root] == ["Users", "CodeBook", "Sources", "Notes"]
    source = next(root.iter(f"{Q}TextSource"))
    assert [child.tag.removeprefix(Q) for child in source] == ["PlainTextSelection", "NoteRef"]


def test_every_reference_leads_somewhere(project: Project) -> None:
    project.journal.record([by_hand(A, "Local"), by_hand(B, "National", coder="Ben"), NOTE])
    elements = [*described(exported(project)).iter()]
    guids = [element.get("guid") for element in elements if element.get("guid")]
    asked = {element.get(name) for element in elements for name in ("creatingUser", "targetGUID")} - {None}
    assert (asked - set(guids), len(guids) - len(set(guids))) == (set(), 0)


def test_codebook_of_the_project_reads_back(project: Project) -> None:
    read = Codebook.read(exported(project))
    assert [(field.column, field.code_names) for field in read.fields] == [
        (field.column, field.code_names) for field in CODEBOOK.fields
    ]


def test_confidential_outcomes_are_in_no_project(tmp_path: Path) -> None:
    project = begin_project(tmp_path, row(A) | {"Confidential": "YES"}, row(B) | {"Confidential": "NO"})
    project.journal.record([by_hand(A, "Local"), NOTE])
    out = tmp_path / "shared.qdpx"
    notes = export_project(project, out).notes
    with zipfile.ZipFile(out) as package:
        everything = " ".join(package.read(name).decode() for name in package.namelist())
    assert [word for word in (A, "Ask the partner") if word in everything] == []
    assert [*map(str, notes)] == [
        "shared.qdpx: it contains the texts of 1 outcome",
        "shared.qdpx: 1 confidential outcome left out (--include-confidential includes them)",
    ]
    export_project(project, tmp_path / "all.qdpx", options=ExportOptions(include_confidential=True))
    assert coded_rows(tmp_path / "all.qdpx")[0] == (A, "Ana", "Local", "")


def test_coders_of_a_project_are_compared(project: Project) -> None:
    project.journal.record([by_hand(name, "Local", coder=coder) for name in (A, B) for coder in ("Ana", "Ben")])
    options = ReadingOptions(coder_column="coder")
    codings = read_codings([exported(project)], codebook=CODEBOOK, options=options)
    assert codings.coders == ("Ana", "Ben", "From the file")
    assert codings.fields["scale"].codes[:2] == ((("Local",), ("Local",), ()), (("Local",), ("Local",), ()))


def test_codes_of_one_coder_are_confirmed_from_a_project(project: Project, tmp_path: Path) -> None:
    project.journal.record([by_hand(A, "Local"), by_hand(A, "Regional", coder="Ben")])
    path = exported(project)
    (tmp_path / "other").mkdir()
    other = begin_project(tmp_path / "other", row(A), row(B), row(C))
    result = call("confirm", path, "--project", other.folder, "--coder", "Ben", "--coder-column", "coder")
    assert result.exit_code == 0, result.stderr
    assert {key: entry.decision.codes for key, entry in other.decided().items()} == {("Ben", A, "scale"): ("Regional",)}


def test_coder_whom_the_project_does_not_name_is_refused(project: Project) -> None:
    project.journal.record([by_hand(A, "Local"), by_hand(A, "Regional", coder="Ben")])
    path = exported(project)
    asked = ("--coder", "Lea", "--new-coder", "--coder-column", "coder")
    result = call("confirm", path, "--project", project.folder, *asked)
    assert result.stderr == (
        "Error: harvest.qdpx: column 'coder' names nobody called 'Lea'; it names 'Ana', 'Ben', 'From the file'\n"
    )
