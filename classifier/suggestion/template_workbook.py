"""Template of a harvest workbook: the columns that the codebook looks for, drop-downs of its codes, an example."""

from __future__ import annotations

from io import BytesIO

from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from classifier.codebook.schema import Codebook, CodeField
from classifier.harvest.example_row import EXAMPLE_ID, EXAMPLE_STORY
from classifier.harvest.layout import TargetKind, targets_of
from classifier.harvest.workbook_headings import heading
from classifier.spreadsheet.added_columns import WRAPPED, dress_header, plain_cell, write_text
from classifier.suggestion.about_and_codes_sheets import CODES_SHEET, write_codes
from classifier.suggestion.drop_downs import drop_down

_N_ROWS = 1000  # that have drop-downs
_NARROW, _WIDE = 18, 50
_STORY = (TargetKind.DESCRIPTION, TargetKind.PART, TargetKind.MERGED)
_SHOWN = (TargetKind.ID, TargetKind.DESCRIPTION, TargetKind.PART, TargetKind.ABOUT, TargetKind.FIELD)
_EXAMPLES = {TargetKind.ID: EXAMPLE_ID, TargetKind.DESCRIPTION: EXAMPLE_STORY, TargetKind.PART: "…"}


def template_workbook(codebook: Codebook) -> bytes:
    """Make an empty workbook for a harvest, as the content of an .xlsx file.

    Examples
    --------
    >>> from classifier.codebook.schema import sample_codebook
    >>> template_workbook(sample_codebook())[:2]
    b'PK'
    """
    workbook = Workbook()
    sheet, codes = workbook.worksheets[0], workbook.create_sheet(heading(CODES_SHEET))
    sheet.title = "Outcomes"
    ranges = write_codes(codes, codebook.fields)
    targets = [target for target in targets_of(codebook) if target.kind in _SHOWN]
    for column, target in enumerate(targets, start=1):
        header, example = plain_cell(sheet, 1, column), plain_cell(sheet, 2, column)
        name = target.name if target.field is None else target.field.shown_heading
        write_text(header, name)
        dress_header(header)
        if target.kind in _EXAMPLES:
            write_text(example, _EXAMPLES[target.kind])
        example.font, example.alignment = Font(italic=True, color="808080"), WRAPPED
        width = _WIDE if target.kind in _STORY else max(_NARROW, len(name) + 2)
        sheet.column_dimensions[get_column_letter(column)].width = min(width, _WIDE)
        if target.kind is TargetKind.FIELD and target.field is not None:
            sheet.add_data_validation(_offered(target.field, ranges[target.field.column], column))
    sheet.freeze_panes = "B2"
    content = BytesIO()
    workbook.save(content)
    return content.getvalue()


def _offered(field: CodeField, cells: str, column: int) -> DataValidation:
    validation = drop_down(field, cells, explained_in=heading(CODES_SHEET))
    letters = get_column_letter(column)
    validation.add(f"{letters}2:{letters}{_N_ROWS + 1}")
    return validation
