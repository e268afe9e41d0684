"""A workbook with several sheets of outcomes, in a project."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from openpyxl import load_workbook
from typer.testing import CliRunner

from classifier.cli.app import app
from classifier.harvest.options import ReadingOptions
from classifier.project.add_harvest import add_harvest
from classifier.project.coded_outcomes import ExportOptions
from classifier.project.export import export_project
from classifier.project.import_workbook import import_workbook
from classifier.project.project import Project, open_project
from tests.support.projects import begin_project, by_hand, row
from tests.support.workbooks import write_sheets

HEADER = ["FragmentID", "Outcome description", "Scale"]
ALL = ReadingOptions(all_sheets=True)


def by_country(path: Path, *, scale: str = "", **sheets: Sequence[str]) -> Path:
    """Write a sheet for each country, with outcomes of these IDs."""
    rows = {
        sheet: [HEADER, *([name, f"The council of {name} met in public.", scale] for name in names)]
        for sheet, names in sheets.items()
    }
    return write_sheets(path, rows)


def three_sheets(folder: Path, *, scale: str = "") -> Path:
    return by_country(folder / "countries.xlsx", scale=scale, Mali=["M-1", "M-2"], Niger=["N-1"], Togo=["T-1", "T-2"])


def project_of(folder: Path, options: ReadingOptions = ALL) -> Project:
    return add_harvest(begin_project(folder, row("A")), three_sheets(folder), options=options).project


def test_sheets_that_are_not_taken_are_reported(tmp_path: Path) -> None:
    added = add_harvest(begin_project(tmp_path, row("A")), three_sheets(tmp_path))
    assert (added.new, [str(note) for note in added.notes]) == (
        ("M-1", "M-2"),
        [
            "Niger: this sheet has the same columns and 1 row, and is not read "
            "(add --sheet 'Niger' for it, or --all-sheets)",
            "Togo: this sheet has the same columns and 2 rows, and is not read "
            "(add --sheet 'Togo' for it, or --all-sheets)",
        ],
    )


def test_every_outcome_of_all_sheets_is_in_the_project(tmp_path: Path) -> None:
    opened = open_project(project_of(tmp_path).folder)
    assert list(opened.outcomes) == ["A", "M-1", "M-2", "N-1", "T-1", "T-2"]
    assert [harvest.sheet.name for harvest in opened.harvests] == ["Outcomes", "Mali", "Niger", "Togo"]


def test_sheet_of_a_header_alone_stops_nobody(tmp_path: Path) -> None:
    path = by_country(tmp_path / "countries.xlsx", Template=[], Mali=["M-1"], Niger=["N-1"])
    added = add_harvest(begin_project(tmp_path, row("A")), path, options=ALL)
    assert (added.new, [str(note) for note in added.notes]) == (
        ("M-1", "N-1"),
        ["Template: this sheet has the same columns and no outcomes, and is not read (nothing to do)"],
    )


def test_first_sheet_with_outcomes_is_taken_before_a_header_alone(tmp_path: Path) -> None:
    path = by_country(tmp_path / "countries.xlsx", Template=[], Mali=["M-1"])
    assert add_harvest(begin_project(tmp_path, row("A")), path).new == ("M-1",)


def test_one_sheet_by_name_is_taken(tmp_path: Path) -> None:
    assert list(project_of(tmp_path, ReadingOptions(sheets=("Niger",))).outcomes) == ["A", "N-1"]


def test_sheet_called_like_its_file_is_taken_and_not_the_first_one(tmp_path: Path) -> None:
    harvest = by_country(tmp_path / "Niger.xlsx", Mali=["M-1", "M-2"], Niger=["N-1"])
    added = add_harvest(begin_project(tmp_path, row("A")), harvest, options=ReadingOptions(sheets=("Niger",)))
    assert list(added.project.outcomes) == ["A", "N-1"]
    assert list(open_project(added.project.folder).outcomes) == ["A", "N-1"]


def test_next_version_is_read_on_the_sheets_that_were_taken(tmp_path: Path) -> None:
    project = project_of(tmp_path, ReadingOptions(sheets=("Mali", "Togo")))
    corrected = by_country(tmp_path / "countries.xlsx", Mali=["M-1"], Niger=["N-1"], Togo=["T-1", "T-2", "T-3"])
    added = add_harvest(project, corrected)
    assert (added.new, added.missing) == (("T-3",), ("M-2",))


def test_sheet_taken_later_comes_beside_the_others(tmp_path: Path) -> None:
    project = project_of(tmp_path, ReadingOptions(sheets=("Mali",)))
    added = add_harvest(project, three_sheets(tmp_path), options=ReadingOptions(sheets=("Niger",)))
    assert (added.new, added.missing, len(added.project.current)) == (("N-1",), (), 3)


def test_command_takes_all_sheets(tmp_path: Path) -> None:
    project = begin_project(tmp_path, row("A"))
    words = ["project", "add", str(three_sheets(tmp_path)), "--project", str(project.folder), "--all-sheets"]
    run = CliRunner().invoke(app, words)
    assert run.stdout == (
        "countries.xlsx, sheets 'Mali', 'Niger', 'Togo': 5 new outcomes, 0 unchanged, 0 changed\n"
        "The project has 6 outcomes\n"
        f"Next: `outcome-coder review {project.folder}`\n"
    )


def test_codes_come_back_from_every_sheet(tmp_path: Path) -> None:
    project = project_of(tmp_path)
    returned = import_workbook(three_sheets(tmp_path, scale="Local"), project, coder="Ana")
    assert [entry.decision.fragment_id for entry in returned.recorded] == ["M-1", "M-2", "N-1", "T-1", "T-2"]


def test_codes_are_filled_in_on_every_sheet(tmp_path: Path) -> None:
    project = project_of(tmp_path)
    project.journal.record([by_hand(name, "Local") for name in ("M-2", "T-1")])
    exported = export_project(project, tmp_path / "coded.xlsx", options=ExportOptions(harvest="countries.xlsx"))
    workbook = load_workbook(exported.out)
    codes = {sheet: [cell.value for cell in workbook[sheet]["C"][1:]] for sheet in ("Mali", "Niger", "Togo")}
    assert codes == {"Mali": [None, "Local"], "Niger": [None], "Togo": ["Local", None]}
    assert exported.n_outcomes == 5
