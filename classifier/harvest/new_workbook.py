"""New workbook for a harvest from another kind of file."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from openpyxl import Workbook
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from classifier.harvest.reading import Harvest
from classifier.spreadsheet.added_columns import STORY_HEIGHT, WRAPPED, dress_header, plain_cell, write_text
from classifier.spreadsheet.copy_losses import can_be_copied
from classifier.spreadsheet.file_kind import FileKind

OUTCOMES_SHEET = "Outcomes"
"""The sheet of the outcomes, where the file they are from has no sheets."""


def sheet_written(harvest: Harvest) -> str:
    """Name the sheet of a harvest's outcomes in a workbook that we write of it."""
    is_text = harvest.path.suffix.lower() in FileKind.TEXT.endings and not can_be_copied(harvest.path)
    return OUTCOMES_SHEET if is_text else harvest.sheet.name


def make_workbook(harvests: Sequence[Harvest]) -> Workbook:
    """Make a workbook of the harvests from one file that can't be copied, each of them a sheet."""
    workbook = Workbook()
    workbook.remove(workbook.worksheets[0])
    for harvest in harvests:
        _fill(workbook.create_sheet(sheet_written(harvest)), harvest)
    return workbook


@contextmanager
def as_workbooks(harvests: Sequence[Harvest], *, is_new: bool = False) -> Iterator[tuple[Harvest, ...]]:
    """Return the harvests of one file as a workbook, which is made where `is_new`, or the file can't be copied."""
    if not is_new and can_be_copied(harvests[0].path):
        yield tuple(harvests)
        return
    with tempfile.TemporaryDirectory(prefix="outcome-coder-") as folder:
        path = Path(folder) / f"{harvests[0].path.stem}.xlsx"
        make_workbook(harvests).save(path)
        yield tuple(
            replace(harvest, path=path, sheet=replace(harvest.sheet, name=sheet_written(harvest), addressed=True))
            for harvest in harvests
        )


def _fill(sheet: Worksheet, harvest: Harvest) -> None:
    for row, cells in enumerate(harvest.sheet.rows, start=1):
        for column, text in enumerate(cells, start=1):
            if text:
                write_text(plain_cell(sheet, row, column), text)
    header = harvest.layout.header + 1
    for column, name in enumerate(harvest.header, start=1):
        dress_header(plain_cell(sheet, header, column))
        texts = [cells[column - 1] for cells in harvest.sheet.rows[header:] if len(cells) >= column]
        longest = max(map(len, [name, *texts]), default=0)
        sheet.column_dimensions[get_column_letter(column)].width = min(max(longest + 2, 12), 50)
    # Stories are long: with rows as high as their texts, one outcome would fill a screen.
    for row in range(header + 1, len(harvest.sheet.rows) + 1):
        sheet.row_dimensions[row].height = STORY_HEIGHT
        for column in range(1, len(harvest.header) + 1):
            sheet.cell(row, column).alignment = WRAPPED
