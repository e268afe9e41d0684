"""Rows that are outcomes, and those that are not: repeated headers, totals, notes below."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from classifier.codebook.columns import Columns
from classifier.faults import Fault, FaultKind, file_error
from classifier.harvest.column_matching import n_words_of
from classifier.harvest.example_row import EXAMPLE_ID, is_example
from classifier.harvest.layout import Layout
from classifier.languages import lazy_gettext
from classifier.spelling import label_key, normalise
from classifier.spreadsheet.column_synonyms import role_of
from classifier.spreadsheet.sheet import Sheet

_IMPORT_ID = re.compile(r'\s*\{\s*"ImportId"')  # the third header row of a Qualtrics export
_MOST_HEADERS = 3  # rows below the header that may belong to it
_TOTALS = frozenset(
    map(
        normalise,
        (
            *("Total", "Totals", "Grand total", "Subtotal", "Sum", "Count", "Average", "Mean"),
            *("Total général", "Sous-total", "Somme", "Nombre total", "Moyenne"),
            *("Total general", "Suma", "Promedio", "Recuento", "Soma", "Média", "Contagem"),
            *("المجموع", "الإجمالي", "الاجمالي", "المتوسط", "العدد"),
        ),
    )
)
_COUNT = re.compile(r"\s*n\s*=\s*\d+\s*", re.IGNORECASE)
_EXAMPLE = re.compile(
    r"\s*(e\.?\s?g\.?\b|ex\.\s|p\.?\s?ex\.|example\b|exemple\b|ejemplo\b|exemplo\b|مثال)", re.IGNORECASE
)
_TYPES = frozenset(
    map(
        normalise,
        (
            *("text", "free text", "number", "numeric", "integer", "decimal", "date", "string", "yyyy", "dd/mm/yyyy"),
            *("select one", "select multiple", "select_one", "select_multiple", "drop-down", "dropdown", "yes/no"),
            *("required", "optional", "mandatory", "texte", "nombre", "texto", "número", "fecha", "obligatoire"),
        ),
    )
)
_DIGIT = re.compile(r"\d")
_LONGEST_TOTAL = 60  # letters of a word for a total, with what is typed around it; stories take long to compare
_LEAST_IDS = 3  # to say how IDs look
_FOOTNOTE_WORDS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeRows:
    """The rows of a table that hold outcomes, counted from 0, and notes on the others."""

    rows: tuple[int, ...]
    faults: tuple[Fault, ...]


def outcome_rows(
    sheet: Sheet, layout: Layout, columns: Columns, *, is_complete: bool = True, is_start: bool = True
) -> OutcomeRows:
    """Separate the rows that hold outcomes from those that don't; a row that may hold one is read.

    Where the table lacks a column of IDs or one of stories (not `is_complete`), all rows that hold anything are
    given. Rows of a later part of a table (not `is_start`) are not taken for more rows of its header.
    """
    if not is_complete:
        return OutcomeRows(rows=sheet.filled_rows(below=layout.header), faults=())
    sorter = _Sorter(sheet, layout, columns, is_start=is_start)
    return OutcomeRows(rows=tuple(sorter.rows), faults=tuple(sorter.faults))


class _Sorter:
    def __init__(self, sheet: Sheet, layout: Layout, columns: Columns, *, is_start: bool) -> None:
        self.sheet, self.layout = sheet, layout
        self.names = layout.names or sheet.rows[layout.header]
        self.id_names = {label_key(name) for name in (*columns.id, self.names[layout.id])} - {""}
        texts = (*columns.description.column, *columns.merged, *(self.names[column] for column in layout.texts))
        self.text_names = {label_key(name) for name in texts}
        # A name with twice as many letters is none of these, and stories take long to compare.
        self.longest_name = 2 * max(map(len, self.id_names | self.text_names), default=0)
        # Where no name has a digit, as usual, most IDs and years are told from names by theirs.
        self.is_name_with_digit = any(map(_has_digit, self.id_names | self.text_names))
        filled = sheet.filled_rows(below=layout.header)
        self.last_story = max((row for row in filled if self._has_story(row)), default=-1)
        self.rows: list[int] = []
        self.faults: list[Fault] = []
        rest = self._below_headers(filled) if is_start else filled
        self.usual_ids = [text for row in rest if self._has_story(row) and (text := self._id(row))]
        self.ids_have_digits = len(self.usual_ids) >= _LEAST_IDS and all(map(_has_digit, self.usual_ids))
        self.ids_are_short = not any(map(_is_long, self.usual_ids))
        for row in rest:
            self._sort(row, is_first=is_start and row == rest[0])

    def _id(self, row: int) -> str:
        return self.sheet.cell(row, self.layout.id).strip()

    def _has_id(self, row: int) -> bool:
        return bool(self._id(row)) or (row, self.layout.id) in self.sheet.unread

    def _has_story(self, row: int) -> bool:
        return any(
            self.sheet.cell(row, column).strip() or (row, column) in self.sheet.unread for column in self.layout.texts
        )

    def _has_codes(self, row: int) -> bool:
        codes = (self.sheet.cell(row, column).strip() for column in self.layout.codes)
        return any(text and not text.isnumeric() for text in codes)

    def _cells(self, row: int) -> list[str]:
        return [cell.strip() for cell in self.sheet.rows[row] if cell.strip()]

    # The rows right below the header

    def _below_headers(self, filled: Sequence[int]) -> Sequence[int]:
        """Leave out the rows at the top that name or explain the columns once more."""
        n_more = 0
        for place, row in enumerate(filled[:_MOST_HEADERS]):
            if any(map(_IMPORT_ID.match, self._cells(row))) or (
                place == n_more and (self._repeats_names(row) or self._explains(row))
            ):
                n_more = place + 1
        if n_more:
            self._tell_headers(filled[:n_more])
        return filled[n_more:]

    def _repeats_names(self, row: int) -> bool:
        return label_key(self._id(row)) in self.id_names or self._translates_names(row)

    def _translates_names(self, row: int) -> bool:
        """Whether a row names the ID and a part of the story as forms in other languages do."""
        texts = (self.sheet.cell(row, column).strip() for column in self.layout.texts)
        return role_of(self._id(row)) == "id" and any(text and role_of(text) is not None for text in texts)

    def _explains(self, row: int) -> bool:
        return not self._has_id(row) and all(
            normalise(text) in _TYPES or (text[0] in "([<" and text[-1] in ")]>") for text in self._cells(row)
        )

    def _tell_headers(self, rows: Sequence[int]) -> None:
        first, last = rows[0] + 1, rows[-1] + 1
        several = lazy_gettext(
            "rows {first}-{last} look like a second header, and are not read as outcomes", first=first, last=last
        )
        one = lazy_gettext("this row looks like a second header, and is not read as an outcome")
        remedy = lazy_gettext("nothing to do unless it is an outcome")
        self._note(rows[0], several if len(rows) > 1 else one, remedy)

    # All others

    def _sort(self, row: int, *, is_first: bool) -> None:
        if self._names_columns(row):
            self._take_header(row)
        elif self._is_template_example(row):
            self._note(
                row,
                lazy_gettext("this row is the example of the template, and is not read as an outcome"),
                lazy_gettext("nothing to do"),
            )
        elif self._is_total(row):
            self._note(row, lazy_gettext("this row looks like a total, and is not read as an outcome"), _IF_IT_IS)
        elif not self._has_id(row) and not self._has_story(row) and not self._has_codes(row):
            self._note(row, lazy_gettext("this row has neither an ID nor a story, and is not read"), _IF_IT_IS)
        elif self._is_band(row):
            self._note(
                row,
                lazy_gettext("this row looks like a title between outcomes, and is not read as an outcome"),
                _IF_IT_IS,
            )
        elif self._is_footnote(row):
            self._note(
                row,
                lazy_gettext("this row looks like a note below the table, and is not read as an outcome"),
                _IF_IT_IS,
            )
        else:
            self.rows.append(row)
            if is_first:
                self._tell_doubt(row)

    def _is_template_example(self, row: int) -> bool:
        own = self._id(row)
        return own == EXAMPLE_ID and any(
            is_example(own, self.sheet.cell(row, column).strip()) for column in self.layout.texts
        )

    def _names_columns(self, row: int) -> bool:
        if self._may_be_name(self._id(row)) and self._repeats_names(row):
            return True
        short = (cell for cell in self._cells(row) if len(cell) <= self.longest_name)
        cells = {label_key(cell) for cell in short if self._may_be_name(cell)}
        return bool(cells & self.id_names and cells & self.text_names)

    def _may_be_name(self, cell: str) -> bool:
        return self.is_name_with_digit or not _has_digit(cell)

    def _take_header(self, row: int) -> None:
        """Handle a repeated header; where it names other columns, another table begins."""
        first = {label_key(name): column for column, name in reversed([*enumerate(self.names)]) if name.strip()}
        moved = [
            column
            for column, cell in enumerate(map(label_key, self.sheet.rows[row]))
            if cell in first and (column >= len(self.names) or label_key(self.names[column]) != cell)
        ]
        if moved:
            self.faults.append(
                file_error(
                    self.sheet.place(row, moved[0]),
                    lazy_gettext("another table starts here, with its columns in another order"),
                    lazy_gettext("put it on a sheet of its own, or its columns into the order of the first table"),
                )
            )
        else:
            self._note(row, lazy_gettext("this row repeats the header, and is not read as an outcome"), _IF_IT_IS)

    def _is_total(self, row: int) -> bool:
        cells = self._cells(row)
        # A count, or a formula that counts, may be below the stories.
        texts = (self.sheet.cell(row, column).strip() for column in self.layout.texts)
        if not all(not text or _is_number(text) or _is_total(text) for text in texts):
            return False
        if any(_is_total(cell) or _COUNT.fullmatch(cell) for cell in cells[:2]):
            return True
        if _is_total_of(cells[0] if cells else "") and not self._has_codes(row):
            return True
        return not self._has_id(row) and not self._has_story(row) and bool(cells) and all(map(_is_number, cells))

    def _is_band(self, row: int) -> bool:
        """Whether a row has one cell alone, which is merged over the story too, or reads like no ID of the others."""
        if row > self.last_story or len(self._cells(row)) != 1 or not self._has_id(row):
            return False
        merged = self.sheet.merged_at(row, self.layout.id)
        is_wide = merged is not None and any((row, column) in merged for column in self.layout.texts)
        return is_wide or self._is_no_id(row)

    def _is_no_id(self, row: int) -> bool:
        own = self._id(row)
        is_name = bool(own) and self.ids_have_digits and not _has_digit(own)
        return is_name or (self.ids_are_short and _is_long(own))

    def _is_footnote(self, row: int) -> bool:
        return row > self.last_story >= 0 and len(self._cells(row)) == 1 and self._is_no_id(row)

    def _tell_doubt(self, row: int) -> None:
        """Note that the first row may explain the columns; it is read nevertheless."""
        if any(map(_EXAMPLE.match, self._cells(row)[:2])):
            self._note(row, lazy_gettext("this row looks like an example, and is read as an outcome"), _DELETE)
        elif self._looks_like_header(row):
            self._note(row, lazy_gettext("this row looks like a second header, and is read as an outcome"), _DELETE)

    def _looks_like_header(self, row: int) -> bool:
        others = [text for text in self.usual_ids if text != self._id(row)]
        texts = [
            self.sheet.cell(other_row, column)
            for other_row in range(row + 1, len(self.sheet.rows))
            for column in self.layout.texts[:1]
        ]
        lengths = [n_words_of(text) for text in texts if text.strip()]
        if len(others) < _LEAST_IDS or not lengths or not all(map(_has_digit, others)) or _has_digit(self._id(row)):
            return False
        own = next((self.sheet.cell(row, column).strip() for column in self.layout.texts), "")
        return n_words_of(own) * 2 < median(lengths) or own.endswith(("?", ":", "؟"))

    def _note(self, row: int, what: str, remedy: str) -> None:
        where = self.sheet.place(row, self.layout.id)
        self.faults.append(Fault(kind=FaultKind.NOTE, where=where, what=what, remedy=remedy))


_IF_IT_IS = lazy_gettext("if it is one, give it an ID and a story")
_DELETE = lazy_gettext("delete it if it is none")


def _is_total(text: str) -> bool:
    return len(text) <= _LONGEST_TOTAL and normalise(text.rstrip(" :")) in _TOTALS


def _is_total_of(text: str) -> bool:
    """Whether a text is a word for a total and of what it is one, such as "Subtotal Mali"."""
    first, *more = re.split(r"[\s:(]+", text.strip(), maxsplit=1)
    return normalise(first) in _TOTALS and bool(more)


def _has_digit(text: str) -> bool:
    return _DIGIT.search(text) is not None


def _is_long(fragment_id: str) -> bool:
    return len(fragment_id.split()) >= _FOOTNOTE_WORDS


def _is_number(text: str) -> bool:
    return bool(re.fullmatch(r"[-+]?[\d.,\s]+%?", text))
