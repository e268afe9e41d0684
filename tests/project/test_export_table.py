from __future__ import annotations

import csv
import json
from pathlib import Path

import openpyxl
import pytest
from typer.testing import CliRunner, Result

from classifier.cli.app import app
from classifier.errors import OutputError
from classifier.harvest.codebook_draft import draft_codebook
from classifier.harvest.reading import read_harvest
from classifier.project.add_harvest import add_harvest
from classifier.project.coded_outcomes import ExportOptions
from classifier.project.export import export_project
from classifier.project.project import Project
from tests.support.projects import begin_project, by_hand, row
from tests.support.workbooks import write_outcomes

A, B, C = "SCC-LPC/001", "SCC-LPC/002", "SCC-LPC/003"
WIDE = ExportOptions(wide=True)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project of three outcomes, of which the last came coded."""
    return begin_project(tmp_path, row(A), row(B, country="Kenya"), row(C, scale="National", objective="CIV; GEN"))


def call(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def rows_of(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def exported(project: Project, name: str, options: ExportOptions = ExportOptions()) -> Path:
    out = project.folder.parent / name
    export_project(project, out, options=options)
    return out


# The table of outcomes


def test_table_holds_the_columns_of_the_harvest_with_the_decided_codes(project: Project) -> None:
    project.journal.record([by_hand(A, "Local"), by_hand(A, "GEN", "CIV", field="objective")])
    header, *rows = rows_of(exported(project, "coded.csv"))
    assert header == ["FragmentID", "OH-harvesting period", "country", "Outcome description", "Scale", "Objective"]
    assert [(cells[0], *cells[-2:]) for cells in rows] == [
        (A, "Local", "GEN; CIV"),
        (B, "", ""),
        (C, "National", "CIV; GEN"),
    ]


def test_cell_is_empty_where_coders_differ(project: Project) -> None:
    project.journal.record([by_hand(C, "Local"), by_hand(C, "Regional", coder="Ben")])
    assert rows_of(exported(project, "coded.csv"))[3][-2] == ""


def test_titles_above_the_header_are_not_in_the_table(tmp_path: Path) -> None:
    project = begin_project(tmp_path, row(A))
    path = write_outcomes(tmp_path / "titled.xlsx", row(B))
    workbook = openpyxl.load_workbook(path)
    workbook.worksheets[0].insert_rows(1, amount=2)
    workbook.worksheets[0]["A1"] = "Harvest of June"
    workbook.save(path)
    added = add_harvest(project, path).project
    rows = rows_of(exported(added, "coded.csv", ExportOptions(harvest="titled.xlsx")))
    assert [cells[0] for cells in rows] == ["FragmentID", B]


def test_text_that_a_spreadsheet_program_would_run_is_escaped(tmp_path: Path) -> None:
    project = begin_project(tmp_path, row(A) | {"Outcome description": "+1 council met."})
    assert rows_of(exported(project, "coded.csv"))[1][3] == "'+1 council met."


def test_table_reads_back_with_the_same_codes(project: Project) -> None:
    project.journal.record([by_hand(A, "Local")])
    read = read_harvest(exported(project, "coded.csv"), codebook=project.codebook)
    assert [outcome.codes.get("scale", ()) for outcome in read.outcomes] == [("Local",), (), ("National",)]


def test_harvest_of_several_sheets_is_no_table(tmp_path: Path) -> None:
    path = write_outcomes(tmp_path / "countries.xlsx", row(A), sheet="Mali")
    workbook = openpyxl.load_workbook(path)
    for cells in ([*row(B)], [*row(B).values()]):
        (workbook["Niger"] if "Niger" in workbook else workbook.create_sheet("Niger")).append(cells)
    workbook.save(path)
    project = begin_project(tmp_path, row(C))
    assert call("project", "add", path, "--project", project.folder, "--all-sheets").exit_code == 0
    result = call("export", project.folder, "--harvest", "countries.xlsx", "--out", tmp_path / "coded.csv")
    assert result.stderr == (
        f"Error: {tmp_path / 'coded.csv'}: a .csv holds one table, and countries.xlsx has its outcomes on several "
        "sheets ('Mali', 'Niger'); choose an --out that ends in .xlsx, or add --wide\n"
    )


@pytest.mark.parametrize("name", ["coded.csv", "coded.txt", "wide.csv"])
def test_confidential_outcomes_are_left_out_of_every_format(tmp_path: Path, name: str) -> None:
    project = begin_project(tmp_path, row(A) | {"Confidential": "YES"}, row(B) | {"Confidential": "NO"})
    notes = export_project(project, tmp_path / name, options=ExportOptions(wide=name.startswith("wide"))).notes
    lines = (tmp_path / name).read_text(encoding="utf-8").replace("SCCLPC", "SCC-LPC/")
    assert (A in lines, B in lines) == (False, True)
    told = "1 confidential outcome left out (--include-confidential includes them)"
    assert told in " ".join(map(str, notes))


def test_unknown_ending_is_refused(project: Project, tmp_path: Path) -> None:
    with pytest.raises(OutputError) as refused:
        export_project(project, tmp_path / "coded.sav")
    assert str(refused.value) == (
        f"{tmp_path / 'coded.sav'}: the ending decides the format; choose one of .xlsx, .csv, .txt, .qdpx"
    )


# A column for each code


def test_wide_table_has_a_column_of_0_and_1_for_each_code(project: Project) -> None:
    project.journal.record([by_hand(A, "Local"), by_hand(A, "GEN", field="objective")])
    assert rows_of(exported(project, "wide.csv", WIDE)) == [
        [
            *("FragmentID", "OH-harvesting period", "country", "Scale: Local", "Scale: National", "Scale: Regional"),
            *("Objective: CIV", "Objective: GEN"),
        ],
        [A, "", "Mali", "1", "0", "0", "0", "1"],
        [B, "", "Kenya", "", "", "", "", ""],
        [C, "", "Mali", "0", "1", "0", "1", "1"],
    ]


def test_wide_table_is_empty_where_coders_differ(project: Project) -> None:
    project.journal.record([by_hand(C, "Local"), by_hand(C, "Regional", coder="Ben")])
    assert rows_of(exported(project, "wide.csv", WIDE))[3] == [C, "", "Mali", "", "", "", "1", "1"]


def test_wide_workbook_holds_numbers(project: Project) -> None:
    sheet = openpyxl.load_workbook(exported(project, "wide.xlsx", WIDE))["Codes"]
    assert [cell.value for cell in sheet[4]] == [C, None, "Mali", 0, 1, 0, 1, 1]


def test_wide_table_holds_no_text_of_an_outcome(project: Project) -> None:
    assert "council" not in exported(project, "wide.csv", WIDE).read_text(encoding="utf-8")


def test_wide_table_is_read_back_by_its_columns(project: Project) -> None:
    project.journal.record([by_hand(A, "Regional"), by_hand(B, "Local")])
    drafted = draft_codebook(exported(project, "wide.csv", WIDE), columns=["Scale", "Objective"]).codebook
    assert {field.column: set(field.code_names) for field in drafted.fields} == {
        "Scale": {"Local", "National", "Regional"},
        "Objective": {"CIV", "GEN"},
    }


def test_wide_table_is_no_text_file(project: Project, tmp_path: Path) -> None:
    result = call("export", project.folder, "--wide", "--out", tmp_path / "wide.txt")
    assert result.stderr == (
        f"Error: {tmp_path / 'wide.txt'}: with --wide, the ending decides the format; choose one of .xlsx, .csv\n"
    )


# What the command says


def test_command_says_what_comes_next_of_a_table_of_outcomes(project: Project, tmp_path: Path) -> None:
    result = call("export", project.folder, "--out", tmp_path / "coded.csv")
    codebook = project.folder / "codebook.yaml"
    assert result.stdout.endswith(f"Next: `outcome-coder summary {tmp_path / 'coded.csv'} --codebook {codebook}`\n")
    out = tmp_path / "summary.xlsx"
    assert call("summary", tmp_path / "coded.csv", "--codebook", codebook, "--out", out).exit_code == 0


def test_command_says_nothing_comes_next_of_a_wide_table(project: Project, tmp_path: Path) -> None:
    result = call("export", project.folder, "--wide", "--out", tmp_path / "wide.csv")
    assert result.stdout.endswith(f"Wrote {tmp_path / 'wide.csv'}\n")


# Codes of each coder, for ReCal


def test_independent_decisions_are_written_for_recal(project: Project, tmp_path: Path) -> None:
    project.journal.record([by_hand(A, "Local"), by_hand(A, "Regional", coder="Ben"), by_hand(B, "Local")])
    result = call("export", project.folder, "--recal", tmp_path / "recal", "--json")
    assert (tmp_path / "recal" / "1_scale.csv").read_text(encoding="ascii") == "1,3\n"
    assert [note["what"] for note in json.loads(result.stdout)["notes"]] == [
        "Objective: no outcome was coded by two coders, so that it has no file for ReCal"
    ]


def test_other_options_have_no_effect_with_recal(project: Project, tmp_path: Path) -> None:
    result = call("export", project.folder, "--recal", tmp_path / "recal", "--wide")
    assert (result.exit_code, (tmp_path / "recal").exists()) == (2, False)


def test_confidential_outcomes_are_not_written_for_recal(tmp_path: Path) -> None:
    project = begin_project(tmp_path, row(A) | {"Confidential": "YES"}, row(B) | {"Confidential": "NO"})
    project.journal.record([by_hand(name, "Local", coder=coder) for name in (A, B) for coder in ("Ana", "Ben")])
    assert call("export", project.folder, "--recal", tmp_path / "recal").exit_code == 0
    written = " ".join(path.read_text(encoding="utf-8") for path in (tmp_path / "recal").iterdir())
    assert (A in written, B in written) == (False, True)
