"""Table written to a file of its own: a workbook with one sheet, or a .csv."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

from openpyxl import Workbook

from classifier.files import write_whole
from classifier.spreadsheet.added_columns import dress_header, plain_cell, write_text
from classifier.spreadsheet.formula_escape import escape_formula

Value = str | int | None


def write_table(path: Path, rows: Sequence[Sequence[object]], *, title: str) -> None:
    """Write a table whose first row is its header, by the ending of the file; numbers are written as such.

    Examples
    --------
    >>> path = getfixture("tmp_path") / "codes.csv"
    >>> write_table(path, [["FragmentID", "Scale: Local"], ["SCC-LPC/035", 1], ["SCC-LPC/036", None]], title="Codes")
    >>> path.read_text(encoding="utf-8-sig").splitlines()
    ['FragmentID,Scale: Local', 'SCC-LPC/035,1', 'SCC-LPC/036,']
    """
    with write_whole(path) as temporary:
        if path.suffix.lower() == ".csv":
            _write_csv(temporary, rows)
        else:
            _write_workbook(temporary, rows, title)


def _write_csv(path: Path, rows: Sequence[Sequence[object]]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:  # with the mark by which Excel knows UTF-8
        csv.writer(file).writerows(
            ["" if value is None else escape_formula(str(value)) for value in cells] for cells in rows
        )


def _write_workbook(path: Path, rows: Sequence[Sequence[object]], title: str) -> None:
    workbook = Workbook()
    sheet = workbook.worksheets[0]
    sheet.title = title
    for number, cells in enumerate(rows, start=1):
        for column, value in enumerate(cells, start=1):
            cell = plain_cell(sheet, number, column)
            if isinstance(value, int):
                cell.value = value
            elif value:
                write_text(cell, str(value))
            if number == 1:
                dress_header(cell)
    sheet.freeze_panes = "B2"
    workbook.save(path)
