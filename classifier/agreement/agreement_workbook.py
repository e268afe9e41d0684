"""Workbook of inter-coder agreement: the tables of its summary, a sheet each."""

from __future__ import annotations

from pathlib import Path

from openpyxl import Workbook

from classifier.agreement.console_summary import WIDTH_TO_PLAN_FOR, summarise_agreement
from classifier.agreement.workflow import CodersCompared
from classifier.files import write_whole
from classifier.spreadsheet.cells import write_grid

_NAMES = ("By field", "By code")
_WIDEST_COLUMN, _COLUMN, _TEXT = 34.0, 22.0, 110.0


def write_agreement(compared: CodersCompared, out: Path) -> None:
    """Write agreement by field and by code, and what is to be known of it; no outcome text is in it."""
    summary = summarise_agreement(compared, width=WIDTH_TO_PLAN_FOR)
    workbook = Workbook()
    workbook.remove(workbook.worksheets[0])
    for name, rows in zip(_NAMES, summary.tables, strict=True):
        widths = (_WIDEST_COLUMN,) * 2 + (_COLUMN,) * (len(rows[0]) - 2)
        write_grid(workbook.create_sheet(name), rows, widths=widths)
    opening = [line for line in summary.opening if line != str(compared.confidentiality)]  # which names an option
    told = filter(None, (*opening, compared.confidentiality.describe(), *map(str, summary.notes), summary.ending))
    write_grid(workbook.create_sheet("About"), [("About",), *((text,) for text in told)], widths=(_TEXT,))
    with write_whole(out) as temporary:
        workbook.save(temporary)
