"""Review sheet of a workbook of suggestions: a row for each outcome and field, with a cell to choose a code in."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from openpyxl import Workbook

from classifier.faults import Fault, file_error
from classifier.harvest.workbook_headings import english_heading
from classifier.languages import lazy_gettext
from classifier.spreadsheet.header import HEADER_ROWS, repeated_column
from classifier.spreadsheet.sheet import Sheet

REVIEW_SHEET = "Review"
"""Its title, where the user has no sheet of that name; it is known by its header, in any language."""
ID, FIELD, STORY, SUGGESTION, CONFIDENCE, ROUTE = "ID", "Field", "Story", "Suggestion", "Confidence", "Route"
CODE, NOTE, OTHERS, WHY, FLAGS = "Code", "Note", "Other candidates", "Why", "Flags"
REVIEW_KEY = "outcome-coder: review row"
"""Hidden column that says which outcome and field each row was written for."""
_NAMES = (ID, FIELD, STORY, SUGGESTION, CONFIDENCE, ROUTE, CODE, REVIEW_KEY, NOTE)
_TELLING = frozenset((ID, FIELD, SUGGESTION, CONFIDENCE, ROUTE, CODE))
_NEEDED = (ID, FIELD, CODE)
_AS_WRITTEN = lazy_gettext(
    "give the workbook with the columns as they were written, or delete the sheet if no code was chosen there"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewKey:
    """Outcome and field that a row was written for, and the codes in the outcome's own cells then."""

    fragment_id: str
    field: str  # the heading of its column
    own: tuple[str, ...]

    def __str__(self) -> str:
        return json.dumps([self.fragment_id, self.field, list(self.own)], ensure_ascii=False)


def read_review_key(cell: str) -> ReviewKey | None:
    """Read a key; None where the cell holds none.

    Examples
    --------
    >>> key = ReviewKey(fragment_id="SCC-LPC/035", field="Scale", own=("Local",))
    >>> read_review_key(str(key)) == key
    True
    """
    try:
        fragment_id, field, own = json.loads(cell)
        if isinstance(fragment_id, str) and isinstance(field, str) and isinstance(own, list):
            return ReviewKey(fragment_id=fragment_id, field=field, own=tuple(map(str, own)))
    except (ValueError, TypeError, RecursionError):
        pass
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewSheet:
    """A review sheet that was read, with the columns of its header by their names; numbers count from 0."""

    sheet: Sheet
    header: int
    columns: Mapping[str, int]
    faults: tuple[Fault, ...]

    @property
    def rows(self) -> Sequence[int]:
        """The rows below the header."""
        return range(self.header + 1, len(self.sheet.rows))

    def text(self, row: int, name: str) -> str:
        """Return the text of a cell, without blanks around it; nothing where there is no such column."""
        return self.sheet.cell(row, self.columns.get(name)).strip()

    def place(self, row: int, name: str) -> str:
        """Return the address of a cell."""
        return self.sheet.place(row, self.columns.get(name, 0))


def is_review_header(names: Sequence[str]) -> bool:
    """Whether a row names the columns of a review sheet.

    Examples
    --------
    >>> is_review_header(["ID", "Field", "Story", "Suggestion", "Confidence", "Route", "Code", "Note"])
    True
    >>> is_review_header(["FragmentID", "Outcome description", "Scale"])
    False
    """
    found = {english_heading(name, _NAMES) for name in names if name.strip()}
    return REVIEW_KEY in found or found >= _TELLING


def find_review_sheets(sheets: Iterable[Sheet]) -> tuple[ReviewSheet, ...]:
    """Find the review sheets of a file."""
    found = ((sheet, _header_row(sheet.rows[:HEADER_ROWS])) for sheet in sheets)
    return tuple(_review_sheet(sheet, row) for sheet, row in found if row is not None)


def remove_review_sheets(workbook: Workbook) -> None:
    """Remove the review sheets from a workbook."""
    for sheet in workbook.worksheets:
        rows = sheet.iter_rows(max_row=HEADER_ROWS, values_only=True)
        if _header_row([["" if value is None else str(value) for value in row] for row in rows]) is not None:
            workbook.remove(sheet)


def no_outcomes(review: ReviewSheet) -> Fault:
    """Report a review sheet that is given or named without the outcomes' own sheet."""
    return file_error(
        review.sheet.name,
        lazy_gettext("this sheet is for choosing codes, and is read only together with the outcomes' own sheet"),
        lazy_gettext("give the workbook that has both; if you name a sheet, name that of the outcomes"),
    )


def _header_row(rows: Sequence[Sequence[str]]) -> int | None:
    return next((row for row, names in enumerate(rows) if is_review_header(names)), None)


def _review_sheet(sheet: Sheet, header: int) -> ReviewSheet:
    found: dict[str, list[int]] = {name: [] for name in _NAMES}
    for column, text in enumerate(sheet.rows[header]):
        if (name := english_heading(text, _NAMES)) is not None:
            found[name].append(column)
    missing = [name for name in _NEEDED if not found[name]]
    faults = [
        repeated_column(sheet, header, name, *columns[:2])
        for name, columns in found.items()
        if len(columns) > 1 and name in (*_NEEDED, NOTE)
    ]
    if missing:
        what = lazy_gettext(
            "no column {missing} on the sheet for choosing codes", missing=" or ".join(map(repr, missing))
        )
        faults.append(file_error(sheet.place(header, 0), what, _AS_WRITTEN))
    return ReviewSheet(
        sheet=sheet.with_merged_filled(below=header),
        header=header,
        columns={name: columns[0] for name, columns in found.items() if columns},
        faults=tuple(faults),
    )
