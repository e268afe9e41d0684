"""Dependent drop-downs: the list that a formula gives in LibreOffice, by which field a row is of."""

from __future__ import annotations

import csv
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from openpyxl import Workbook
from openpyxl.cell.cell import Cell, MergedCell
from openpyxl.worksheet.worksheet import Worksheet

from classifier.spreadsheet.dependent_list import dependent_list

CODES: Mapping[str, Sequence[str]] = {
    "Scale (local? national?)": ["Village"],
    "Scale (local) national!)": ["District", "Country"],
    "Scale*": ["Local", "National", "Regional"],
    "Scale of the change": ["Small"],
    "Actor~1": ["Media", "Courts", "Police", "Army"],
    "Actor1": ["Others"],
    "<5 years": ["Child"],
    ">5 years": ["Youth", "Adult"],
    "=Level": ["High", "Low"],
    "<>": ["Other", "None", "Any"],
    "'Quoted\"": ["One"],
    "007": ["Bond"],
    "7": ["Seven", "Eight"],
    "1/2": ["Half"],
    "TRUE": ["Yes", "No"],
    "n" * 250: ["Long", "Longer"],
}


def codes_sheet(workbook: Workbook, codes: Mapping[str, Sequence[str]]) -> Worksheet:
    sheet: Worksheet = workbook.create_sheet("Codes")
    for row in [("Field", "Code"), *((field, code) for field, names in codes.items() for code in names)]:
        sheet.append(row)
        as_text(sheet.cell(sheet.max_row, 1))
    return sheet


def as_text(cell: Cell | MergedCell) -> None:
    """Keep a name that begins with an equals sign from being a formula, as workbooks of ours do."""
    cell.data_type = "s"


def test_fields_with_a_wildcard_in_their_name_are_escaped() -> None:
    assert dependent_list(codes_sheet(Workbook(), {"Scale*": ["Local"]}), asked="$B2") == (
        "OFFSET('Codes'!$B$1,"
        'MATCH(SUBSTITUTE(SUBSTITUTE(SUBSTITUTE($B2,"~","~~"),"*","~*"),"?","~?"),\'Codes\'!$A$2:$A$2,0),0,'
        "SUMPRODUCT(--('Codes'!$A$2:$A$2=$B2)),1)"
    )


def test_longest_formula_fits_into_a_drop_down() -> None:
    sheet = codes_sheet(Workbook(), {f"Field {place}*": ["Yes", "No"] for place in range(5_000)})
    sheet.title = "Codes (2)"
    assert len(dependent_list(sheet, asked="$AB2")) <= 255  # Excel takes a workbook with a longer one for damaged


@pytest.mark.libreoffice
def test_list_holds_the_codes_of_the_field_alone_whatever_its_name(tmp_path: Path) -> None:
    workbook = Workbook()
    (review,) = workbook.worksheets
    codes = codes_sheet(workbook, CODES)
    for row, field in enumerate(CODES, start=2):
        as_text(review.cell(row, 2, field))
        cells = dependent_list(codes, asked="$B2").replace("$B2", f"$B{row}")
        review.cell(row, 3, f"=COUNTA({cells})")
        review.cell(row, 4, f"=INDEX({cells},1)")
    workbook.save(tmp_path / "review.xlsx")
    program = shutil.which("soffice")
    assert program is not None
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    command = [program, profile, "--headless", "--convert-to", "csv", "--outdir", str(tmp_path)]
    subprocess.run([*command, str(tmp_path / "review.xlsx")], check=True, capture_output=True, timeout=120)
    rows = list(csv.reader((tmp_path / "review.csv").read_text(encoding="utf-8").splitlines()))[1:]
    assert {field: (int(n), first) for _, field, n, first in rows} == {
        field: (len(names), names[0]) for field, names in CODES.items()
    }
