"""Code map: a table of what becomes of each code in the next codebook."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from classifier.codebook.cell_splitting import CellSplitter
from classifier.codebook.schema import Codebook, CodeField
from classifier.codebook.unknown_label import label_hint, repeated_hint
from classifier.errors import FaultsError, FieldError
from classifier.faults import Fault, FaultKind, file_error
from classifier.languages import joined, lazy_gettext
from classifier.spelling import did_you_mean
from classifier.spreadsheet.cell_notes import notes_on_reading, unread_fault
from classifier.spreadsheet.header import NamedColumns, find_named_columns
from classifier.spreadsheet.reading import read_sheets
from classifier.spreadsheet.sheet import Sheet

MAP_COLUMNS = ("field", "from", "to")
"""The columns of the table: a field, one of its codes, and the code that this is in the new codebook."""
_ONE_COLUMN = "write several codes into one cell with ; between them, or each into a row of its own"


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeMap:
    """Map from old codes to new ones."""

    # By field and code of the old codebook, the codes of the new one: several where it was split, none where
    # its decisions go back to the queue.
    codes: Mapping[tuple[str, str], tuple[str, ...]]
    faults: tuple[Fault, ...] = ()  # what is wrong with the table's rows, each with its cell
    notes: tuple[Fault, ...] = ()  # what was found in reading the table and is worth a look


def read_map(path: Path, *, old: Codebook, new: Codebook) -> CodeMap:
    r"""Read a table with the columns `field`, `from` and `to`.

    A code that was split has a row for each code it was split into, or all of them in one cell with ``;``
    between them. An empty `to` sends the decisions back to the queue.

    Raises
    ------
    FaultsError
        If the file can't be read, or lacks a column. Faults of its rows are in `CodeMap.faults`.

    Examples
    --------
    >>> before = Codebook.parse("fields: [{name: scale, column: Scale, kind: single, codes: [{code: Village}]}]")
    >>> after = Codebook.parse("fields: [{name: scale, column: Scale, kind: single, codes: [{code: Local}]}]")
    >>> path = getfixture("tmp_path") / "map.csv"
    >>> _ = path.write_text("field,from,to\nscale,Village,Local\n", encoding="utf-8")
    >>> read_map(path, old=before, new=after).codes
    {('scale', 'Village'): ('Local',)}
    """
    table = find_named_columns(read_sheets(path), {name: [name] for name in MAP_COLUMNS})
    header = table.header
    if faults := (*_missing(table), *table.repeated(_ONE_COLUMN)):
        raise FaultsError({path: faults})
    sheet = table.sheet.with_merged_filled(below=header)
    used = tuple(columns[0] for columns in table.columns.values())
    reader = _Reader(sheet, used, old=old, new=new)
    for row in range(header + 1, len(sheet.rows)):
        if any(cell.strip() for cell in sheet.rows[row]):
            reader.read(row, width=len(sheet.rows[header]))
    rows = sheet.filled_rows(below=header)
    faults = (*reader.faults, *_unread(sheet, used))
    return CodeMap(
        codes={key: tuple(codes) for key, codes in reader.codes.items()},
        faults=faults,
        notes=notes_on_reading(sheet, rows=rows, columns=used, reported=[fault.where for fault in faults]),
    )


def _missing(table: NamedColumns) -> Iterator[Fault]:
    place = table.sheet.place(table.header, 0)
    for name in table.missing:
        yield file_error(
            place,
            lazy_gettext("column {name!r} is missing", name=name),
            lazy_gettext("the columns are field, from and to"),
        )


def _unread(sheet: Sheet, columns: Sequence[int]) -> Iterator[Fault]:
    for row, column in sheet.unread:
        unread = unread_fault(sheet, row, column) if column in columns else None
        if unread:
            yield unread


class _Reader:
    """Reads rows and gathers what is wrong with them."""

    def __init__(self, sheet: Sheet, columns: tuple[int, ...], *, old: Codebook, new: Codebook) -> None:
        self.sheet = sheet
        self.columns = columns
        self.old = old
        self.new = {field.name: field for field in new.fields}
        self.codes: dict[tuple[str, str], dict[str, None]] = {}
        self.faults: list[Fault] = []
        self._first: dict[tuple[str, str], int] = {}

    def read(self, row: int, *, width: int) -> None:
        field_name, code_name, to = (self.sheet.cell(row, column).strip() for column in self.columns)
        if any(cell.strip() for cell in self.sheet.rows[row][width:]):
            remedy = lazy_gettext("put codes that hold the separator in quotes")
            self._fault(row, width, lazy_gettext("the row is longer than the header"), remedy)
            return
        try:
            before = self.old.field(field_name)
        except FieldError:
            fields = lazy_gettext("the fields are {names}", names=joined(", ", self.old.names))
            what = lazy_gettext("{name!r} is not a field of the project's codebook", name=field_name)
            self._fault(row, self.columns[0], what, did_you_mean(field_name, self.old.names, otherwise=fields))
            return
        if before.name not in self.new:
            what = lazy_gettext(
                "field {name!r} (column {column!r}) is not in the new codebook", name=before.name, column=before.heading
            )
            self._fault(row, self.columns[0], what, lazy_gettext("rename the field there, or delete the row"))
            return
        code = before.find(code_name)
        if code is None:
            what = lazy_gettext(
                "{label!r} is not a code of field {name!r} (column {column!r}) in the project's codebook",
                label=code_name,
                name=before.name,
                column=before.heading,
            )
            self._fault(row, self.columns[1], what, label_hint(before, code_name))
            return
        self._enter(row, (before.name, code), self._targets(row, to, self.new[before.name]))

    def _targets(self, row: int, cell: str, field: CodeField) -> Sequence[str] | None:
        """Return the new codes that a cell names; None where it names unknown ones."""
        known = [name for code in field.codes for name in code.names]
        labels = [label for piece in CellSplitter(";", known).split(cell) for label in field.split(piece)]
        unknown = [label for label in labels if field.find(label) is None]
        for label in unknown:
            what = lazy_gettext(
                "{label!r} is not a code of field {name!r} (column {column!r}) in the new codebook",
                label=label,
                name=field.name,
                column=field.heading,
            )
            hint = label_hint(field, label)
            self._fault(row, self.columns[2], what, hint, repeated=repeated_hint(hint))
        return None if unknown else [code for label in labels if (code := field.find(label))]

    def _enter(self, row: int, key: tuple[str, str], targets: Sequence[str] | None) -> None:
        codes = self.codes.setdefault(key, {})
        if targets is None:
            return
        first = self._first.setdefault(key, row)
        if first != row:
            twice = [code for code in targets if code in codes]
            if twice or not (targets or codes):
                what = (
                    lazy_gettext("the row for {code!r} to {to!r} appears twice", code=key[1], to=twice[0])
                    if twice
                    else lazy_gettext("the row for {code!r} appears twice", code=key[1])
                )
                self._fault(row, self.columns[1], what, lazy_gettext("delete one of the two"))
            elif not (targets and codes):
                what = lazy_gettext(
                    "{code!r} goes back to the queue in one row and to a code in another, first in {place}",
                    code=key[1],
                    place=self.sheet.place(first, self.columns[1]),
                )
                self._fault(row, self.columns[1], what, lazy_gettext("delete one of the two"))
        codes.update(dict.fromkeys(targets))

    def _fault(self, row: int, column: int, what: str, remedy: str, *, repeated: str = "") -> None:
        fault = file_error(self.sheet.place(row, column), what, remedy, kind=FaultKind.CODE)
        self.faults.append(replace(fault, repeated=repeated))
