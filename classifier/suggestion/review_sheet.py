"""Review sheet of a workbook of suggestions, to read each story and choose its codes side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.styles import Alignment, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.header_footer import HeaderFooterItem, _HeaderFooterPart
from openpyxl.worksheet.worksheet import Worksheet

from classifier.codebook.schema import CodeField
from classifier.faults import Fault, FaultKind
from classifier.harvest.review_sheet import (
    CODE,
    CONFIDENCE,
    FIELD,
    FLAGS,
    ID,
    NOTE,
    OTHERS,
    REVIEW_KEY,
    REVIEW_SHEET,
    ROUTE,
    STORY,
    SUGGESTION,
    WHY,
    ReviewKey,
)
from classifier.harvest.story import Story, part_heading
from classifier.harvest.workbook_headings import heading
from classifier.languages import gettext, lazy_gettext, ngettext, number
from classifier.spreadsheet.added_columns import (
    LINE_HEIGHT,
    WRAPPED,
    count_lines,
    dress_header,
    plain_cell,
    write_text,
)
from classifier.spreadsheet.cell_styles import StyleCache
from classifier.spreadsheet.cells import Value, print_well, set_direction
from classifier.spreadsheet.copying import free_title
from classifier.spreadsheet.dependent_list import dependent_list
from classifier.spreadsheet.sheet_layout import fold_columns
from classifier.suggestion.cell_texts import codes_text, others_text, why_text
from classifier.suggestion.drop_downs import drop_down_of_fields
from classifier.suggestion.names import flag_in_words, route_name
from classifier.suggestion.route_styles import dress_route
from classifier.suggestion.suggestions import Suggestions
from classifier.suggestion.types import OutcomeSuggestions

MOST_ROWS = 20_000
"""Of the sheet; with more, a spreadsheet program takes long to open the workbook (see benchmarks/RESULTS.md)."""
MOST_LETTERS = 50_000_000
"""Of the stories on the sheet, each as often as it is repeated."""
_WIDTHS = {
    ID: 14.0, FIELD: 22.0, STORY: 62.0, SUGGESTION: 24.0, CONFIDENCE: 11.0, ROUTE: 12.0, CODE: 26.0, REVIEW_KEY: 20.0,
    NOTE: 20.0, OTHERS: 40.0, WHY: 96.0, FLAGS: 30.0,
}  # fmt: skip
"""The columns with their widths in letters."""
_COLUMNS = {name: column for column, name in enumerate(_WIDTHS, start=1)}
_FOLDED = (OTHERS, WHY, FLAGS)
_FEWEST_LINES, _MOST_LINES = 3, 8  # of a row, which shows the description; with more, few fit on a screen
_TO_FILL = PatternFill("solid", fgColor="FFF9E5")
_TAB = "2E75B6"
_TEXT_FORMAT = "@"  # a code such as 5.10 stays as it is typed, and one that begins with = is no formula


def review_row_limit(sheets: Sequence[Suggestions]) -> str:
    """Say why a harvest is too large for a review sheet; nothing where it is not."""
    n_fields, n_outcomes = len(sheets[0].fields), sum(len(one.outcomes) for one in sheets)
    n_rows = n_fields * n_outcomes
    n_letters = n_fields * sum(len(one.outcome.story.merged) for sheet in sheets for one in sheet.outcomes)
    if n_rows > MOST_ROWS:
        return gettext(
            "{outcomes} with {fields} would take {rows} rows, and with more than {most} the workbook would be slow to "
            "open",
            outcomes=ngettext("{n} outcome", "{n} outcomes", n_outcomes),
            fields=ngettext("{n} field", "{n} fields", n_fields),
            rows=number(n_rows),
            most=number(MOST_ROWS),
        )
    if n_letters > MOST_LETTERS:
        return gettext(
            "the stories would take {letters} letters, since each is repeated for every field, and with more than "
            "{most} the workbook would be slow to open",
            letters=number(n_letters),
            most=number(MOST_LETTERS),
        )
    return ""


def left_out_note(reason: str) -> Fault:
    """Make the note that a workbook has no review sheet."""
    return Fault(
        kind=FaultKind.NOTE,
        where="",
        what=lazy_gettext("the sheet {sheet!r} was left out: {reason}", sheet=REVIEW_SHEET, reason=reason),
        remedy=lazy_gettext("enter codes in the code columns beside the outcomes, or split the harvest"),
    )


def add_review_sheet(workbook: Workbook, sheets: Sequence[Suggestions], *, codes: Worksheet, place: int) -> Worksheet:
    """Add a row for each outcome and field, in the order of the file and the codebook."""
    sheet: Worksheet = workbook.create_sheet(free_title(workbook, heading(REVIEW_SHEET)), place)
    set_direction(sheet)
    for name, column in _COLUMNS.items():
        header = plain_cell(sheet, 1, column)
        write_text(header, name if name == REVIEW_KEY else heading(name))
        dress_header(header)
        sheet.column_dimensions[get_column_letter(column)].width = _WIDTHS[name]
    row, styles = 1, StyleCache()
    for one in sheets:
        for outcome in one.outcomes:
            story = story_text(outcome.outcome.story)
            n_lines = _n_lines(outcome.outcome.story.description, _WIDTHS[STORY])
            for field in one.fields:
                row += 1
                _write_row(sheet, row, outcome, field, story, n_lines, styles)
    _offer_codes(sheet, sheets[0].fields, codes=codes)
    _finish(sheet)
    return sheet


def story_text(story: Story) -> str:
    r"""Return a story with its description first and each further part on a line of its own, under its name.

    Examples
    --------
    >>> parts = {"Outcome description": "The council met.", "Contribution of the programme": "Training."}
    >>> story_text(Story(parts=parts, description="The council met.", merged=""))
    'The council met.\nContribution of the programme: Training.'
    """
    others = [
        gettext("{name}: {what}", name=part_heading(name), what=text.strip())
        for name, text in story.parts.items()
        if text != story.description
    ]
    return "\n".join([story.description.strip(), *others])


def _write_row(
    sheet: Worksheet,
    row: int,
    outcome: OutcomeSuggestions,
    field: CodeField,
    story: str,
    n_story: int,
    styles: StyleCache,
) -> None:
    suggestion, own = outcome.fields[field.name], outcome.outcome
    reviewed = own.reviewed.get(field.name)
    key = ReviewKey(
        fragment_id=" ".join(own.fragment_id.split()), field=field.heading, own=tuple(own.own_codes(field.name))
    )
    texts: Mapping[str, Value] = {
        ID: own.fragment_id,
        FIELD: field.shown_heading,
        STORY: story,
        SUGGESTION: codes_text(suggestion.suggested, field),
        CONFIDENCE: suggestion.confidence,
        ROUTE: route_name(suggestion.route),
        CODE: codes_text(own.codes.get(field.name, ()), field),
        REVIEW_KEY: str(key),
        NOTE: "" if reviewed is None else reviewed.note,
        OTHERS: others_text(suggestion, field),
        WHY: why_text(suggestion, field),
        FLAGS: gettext("; ").join(map(flag_in_words, outcome.flags)),
    }
    n_lines = max(n_story, _FEWEST_LINES)
    for name, value in texts.items():
        cell = plain_cell(sheet, row, _COLUMNS[name])
        styles.change(cell, name, _DRESSES.get(name, _wrap))
        if isinstance(value, float):
            cell.value = value
        elif value:
            write_text(cell, value)
            if name in (SUGGESTION, CODE, NOTE, FIELD):
                n_lines = max(n_lines, _n_lines(value, _WIDTHS[name]))
    dress_route(sheet.cell(row, _COLUMNS[ROUTE]), suggestion.route, styles)
    sheet.row_dimensions[row].height = LINE_HEIGHT * min(n_lines, _MOST_LINES)


def _wrap(cell: Cell) -> None:
    cell.alignment = WRAPPED


def _show_share(cell: Cell) -> None:
    cell.alignment, cell.number_format = Alignment(horizontal="center", vertical="top"), "0%"


def _ask(cell: Cell) -> None:
    cell.alignment, cell.fill, cell.number_format = WRAPPED, _TO_FILL, _TEXT_FORMAT


_DRESSES = {CONFIDENCE: _show_share, CODE: _ask, NOTE: _ask}


@cache
def _n_lines(text: str, width: float) -> int:
    return _MOST_LINES if len(text) > width * _MOST_LINES else count_lines(text, width=width)


def _finish(sheet: Worksheet) -> None:
    fold_columns(sheet, [_COLUMNS[name] for name in _FOLDED])
    sheet.column_dimensions[get_column_letter(_COLUMNS[REVIEW_KEY])].hidden = True
    sheet.freeze_panes = sheet.cell(2, _COLUMNS[STORY]).coordinate
    sheet.auto_filter.ref = sheet.dimensions
    sheet.sheet_properties.tabColor = _TAB
    print_well(sheet)
    sheet.print_title_rows = "1:1"
    sheet.print_options.gridLines = True
    sheet.HeaderFooter.oddFooter = HeaderFooterItem(center=_HeaderFooterPart(text="&P / &N"))


def _offer_codes(sheet: Worksheet, fields: Sequence[CodeField], *, codes: Worksheet) -> None:
    """Add a drop-down with the codes of the row's field, which is looked up since rows may be sorted."""
    column = get_column_letter(_COLUMNS[CODE])
    cells = dependent_list(codes, asked=f"${get_column_letter(_COLUMNS[FIELD])}2")
    validation = drop_down_of_fields(fields, cells, explained_in=codes.title)
    validation.add(f"{column}2:{column}{sheet.max_row}")
    sheet.add_data_validation(validation)
