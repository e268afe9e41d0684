"""Writes the small files that the tests read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from openpyxl import Workbook

__all__ = ["write_outcomes", "write_sheets", "write_text"]


def write_sheets(path: Path, sheets: Mapping[str, Sequence[Sequence[object]]]) -> Path:
    """Write a workbook of the sheets named, each with its rows from the top."""
    workbook = Workbook()
    workbook.remove(workbook.worksheets[0])
    for name, rows in sheets.items():
        sheet = workbook.create_sheet(name)
        for number, row in enumerate(rows, start=1):
            for column, value in enumerate(row, start=1):
                sheet.cell(number, column, value)
    workbook.save(path)
    return path


def write_outcomes(path: Path, *outcomes: Mapping[str, object], sheet: str = "Outcomes") -> Path:
    """Write a workbook with a row per outcome, under the columns that the outcomes name."""
    header = list(dict.fromkeys(column for outcome in outcomes for column in outcome))
    rows = [[outcome.get(column) for column in header] for outcome in outcomes]
    return write_sheets(path, {sheet: [header, *rows]})


def write_text(path: Path, text: str, *, encoding: str = "utf-8") -> Path:
    """Write a text as it stands, line breaks included."""
    path.write_bytes(text.encode(encoding))
    return path
