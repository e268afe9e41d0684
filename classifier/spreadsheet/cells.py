"""Tables of text written to a sheet."""

from __future__ import annotations

from collections.abc import Sequence

from openpyxl.styles import Alignment
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.page import PageMargins
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from classifier.languages import text_direction
from classifier.spreadsheet.added_columns import LINE_HEIGHT, WRAPPED, count_lines, dress_header, plain_cell, write_text

TALLEST = 409.0
"""The height of a row, in points, that spreadsheet programs allow."""
_A4 = 9  # the number that spreadsheet programs know the paper by
_CENTRED = Alignment(horizontal="center", vertical="top")

Value = str | float | None


def write_grid(sheet: Worksheet, rows: Sequence[Sequence[Value]], *, widths: Sequence[float]) -> None:
    """Write a table under a header that stays in sight, on a screen and in print; a float is shown as a percentage."""
    for number, cells in enumerate(rows, start=1):
        for column, value in enumerate(cells, start=1):
            cell = plain_cell(sheet, number, column)
            cell.alignment = WRAPPED
            if isinstance(value, float):
                cell.value, cell.number_format, cell.alignment = value, "0%", _CENTRED
            elif value:
                write_text(cell, value)
            if number == 1:
                dress_header(cell)
        # Set by us, since some programs don't fit rows to wrapped text that they didn't write.
        texts = [value if isinstance(value, str) else "" for value in cells]
        n_lines = max(count_lines(text, width=width) for text, width in zip(texts, widths, strict=True))
        sheet.row_dimensions[number].height = min(LINE_HEIGHT * n_lines, TALLEST)
    for column, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(column)].width = width
    sheet.freeze_panes = "A2"
    print_well(sheet)
    sheet.print_title_rows = "1:1"
    sheet.print_options.gridLines = True


def set_direction(sheet: Worksheet) -> None:
    """Let the columns of a sheet run as the current language does."""
    sheet.sheet_view.rightToLeft = text_direction() == "rtl"


def print_well(sheet: Worksheet) -> None:
    """Set a sheet up for A4, as wide as the paper."""
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = _A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.page_margins = PageMargins(left=0.4, right=0.4, top=0.5, bottom=0.5)  # inches
