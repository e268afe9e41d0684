"""Adjudication: differences between coders, and the agreed codes read back from the workbook of differences."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from classifier.agreement.difference_keys import DifferenceKey, KeyedRow, key_faults, read_difference_key
from classifier.codebook.cell_splitting import bare_separator
from classifier.codebook.doubt import is_doubted
from classifier.codebook.schema import Codebook, CodeField
from classifier.codebook.unknown_label import label_hint, repeated_hint
from classifier.errors import FaultsError, FieldError
from classifier.faults import Fault, FaultKind, file_error, shown
from classifier.harvest.confidentiality import confidential_ids
from classifier.harvest.outcome import Outcome
from classifier.harvest.row_keys import EARLIER_KEY_COLUMN, KEY_COLUMN
from classifier.spelling import did_you_mean, normalise
from classifier.spreadsheet.cell_notes import unread_fault
from classifier.spreadsheet.header import NamedColumns, find_named_columns
from classifier.spreadsheet.reading import read_sheets
from classifier.spreadsheet.sheet import Sheet

DIFFERENCES_SHEET = "Differences"
STORY, FIELD, AGREED, NOTE = "Story", "Field", "Agreed code", "Note"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A difference between coders in one field of an outcome."""

    fragment_id: str
    field: str
    # The codes given, by the name of the coder or "outcome-coder"; who is absent gave none.
    codes: Mapping[str, tuple[str, ...]]
    kind: str = ""  # what it may come from, such as "possible coding error"
    margin: float | None = None  # how sure it is that they differ, in [0, 1]

    def __post_init__(self) -> None:
        if self.margin is not None and not 0.0 <= self.margin <= 1.0:
            raise ValueError(f"margin must be in [0, 1], got {self.margin}")


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjudicatedCode:
    """Agreed codes of an outcome in one field, the main one first."""

    fragment_id: str
    field: str
    codes: tuple[str, ...]
    note: str
    where: str  # the cell that the codes stand in


def read_adjudication(path: Path | str, *, codebook: Codebook) -> tuple[AdjudicatedCode, ...]:
    """Read the agreed codes of a workbook of differences; rows without one are left out.

    A code or field that the codebook doesn't know, several codes where one is asked for, rows that contradict each
    other, and columns that were sorted without the others are faults, reported all at once.
    """
    path = Path(path)
    table = _find_table(path, codebook)
    reader = _RowReader(table, codebook)
    reader.faults += key_faults([*_keyed_rows(table, codebook)])
    for row in range(table.header + 1, len(table.sheet.rows)):
        if table.sheet.cell(row, table.agreed).strip():
            reader.read(row)
    if reader.faults:
        raise FaultsError({path: tuple(reader.faults)})
    return tuple(reader.entries.values())


def count_open(path: Path | str, *, codebook: Codebook) -> int:
    """Count the rows of such a workbook that have no agreed code yet."""
    table = _find_table(Path(path), codebook)
    rows = range(table.header + 1, len(table.sheet.rows))
    return sum(
        bool(table.sheet.cell(row, table.id).strip()) and not table.sheet.cell(row, table.agreed).strip()
        for row in rows
    )


def listed_differences(path: Path | str, *, codebook: Codebook) -> frozenset[tuple[str, str]]:
    """Return the ID and the field's name of each row of such a workbook, with an agreed code or without."""
    table = _find_table(Path(path), codebook)
    names = {normalise(name): field.name for field in codebook.fields for name in (field.name, field.column)}
    return frozenset(
        (table.sheet.cell(row, table.id).strip(), names.get(normalise(table.sheet.cell(row, table.field)), ""))
        for row in range(table.header + 1, len(table.sheet.rows))
    )


def has_entries(path: Path) -> bool:
    """Whether somebody has entered an agreed code or a note in such a workbook; False where there is no file."""
    try:
        sheets = read_sheets(path)
    except FaultsError:
        return path.exists()  # what can't be read may hold anything
    table = find_named_columns(sheets, {AGREED: [AGREED], NOTE: [NOTE]})
    below = range(table.header + 1, len(table.sheet.rows))
    places = ((row, column) for row in below for columns in table.columns.values() for column in columns)
    return not table.missing and any(table.sheet.cell(row, column).strip() for row, column in places)


def texts_to_show(outcomes: Iterable[Outcome]) -> dict[str, str]:
    """Gather the stories of outcomes by their IDs, but for those that are marked confidential anywhere."""
    outcomes = list(outcomes)
    secret, _ = confidential_ids(outcomes)
    stories: dict[str, str] = {}
    for outcome in outcomes:
        stories.setdefault(outcome.fragment_id, outcome.story.merged)
    return {name: text for name, text in stories.items() if name not in secret}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Table:
    """Columns of the differences; all numbers count from 0."""

    sheet: Sheet
    header: int
    id: int
    field: int
    agreed: int
    note: int | None


def _find_table(path: Path, codebook: Codebook) -> _Table:
    wanted = {codebook.columns.id[0].strip(): codebook.columns.id, FIELD: [FIELD], AGREED: [AGREED]}
    found = find_named_columns(read_sheets(path), wanted)
    sheet, row = found.sheet, found.header
    if faults := (*_missing(found), *found.repeated()):
        raise FaultsError({path: faults})
    first_id, first_field, first_agreed = (columns[0] for columns in found.columns.values())
    if faults := tuple(_cell_faults(sheet, row, {first_id: "the ID", first_field: FIELD, first_agreed: AGREED})):
        raise FaultsError({path: faults})
    note = next((column for column, name in enumerate(sheet.rows[row]) if normalise(name) == normalise(NOTE)), None)
    return _Table(sheet=sheet, header=row, id=first_id, field=first_field, agreed=first_agreed, note=note)


def _keyed_rows(table: _Table, codebook: Codebook) -> Iterator[KeyedRow]:
    """Yield the rows that have a key, with the key of their present content."""
    sheet = table.sheet
    columns = {name.strip(): column for column, name in reversed([*enumerate(sheet.rows[table.header])])}
    if (at := columns.get(KEY_COLUMN, columns.get(EARLIER_KEY_COLUMN))) is None:
        return
    for row in range(table.header + 1, len(sheet.rows)):
        written = read_difference_key(sheet.cell(row, at))
        fragment_id, label = sheet.cell(row, table.id).strip(), sheet.cell(row, table.field)
        if written is None or not fragment_id:
            continue
        name = next((field.name for field in codebook.fields if normalise(field.column) == normalise(label)), label)
        here = DifferenceKey.of(fragment_id, name, sheet.cell(row, columns.get(STORY)))
        yield KeyedRow(place=sheet.place(row, table.id), written=written, here=here)


def _cell_faults(sheet: Sheet, header: int, columns: Mapping[int, str]) -> Iterator[Fault]:
    """Report merged and unread cells in the columns that are needed."""
    for merged in sheet.merged:
        column = merged.first_column
        if column in columns and merged.first_row > header and merged.last_row > merged.first_row:
            what = f"this cell is merged down to row {merged.last_row + 1}"
            remedy = "split it, and enter a code in each row"
            yield file_error(sheet.place(merged.first_row, column), what, remedy, kind=FaultKind.CODE)
    for row, column in sheet.unread:
        unread = unread_fault(sheet, row, column, name=columns[column]) if column in columns else None
        if unread:
            yield unread


def _missing(found: NamedColumns) -> Iterator[Fault]:
    if found.missing:
        yield file_error(
            found.sheet.place(found.header, 0),
            f"no column {' or '.join(map(repr, found.missing))}, so this is not a workbook of differences",
            "give the one that `outcome-coder agreement --adjudicate` wrote, with its columns as they were",
        )


@dataclass(slots=True)
class _RowReader:
    """Reader of rows into agreed codes; collects faults."""

    table: _Table
    codebook: Codebook
    faults: list[Fault] = field(default_factory=list)
    entries: dict[tuple[str, str], AdjudicatedCode] = field(default_factory=dict)

    def read(self, row: int) -> None:
        sheet, table = self.table.sheet, self.table
        asked = self._field(row)
        fragment_id = sheet.cell(row, table.id).strip()
        if not fragment_id:
            name = sheet.cell(table.header, table.id).strip()
            self._tell(row, table.id, f"{name} is empty", "write the ID of its outcome", kind=FaultKind.ID)
        codes = self._codes(row, asked) if asked is not None else ()
        if fragment_id and asked is not None and codes:
            entry = AdjudicatedCode(
                fragment_id=fragment_id,
                field=asked.name,
                codes=codes,
                note=sheet.cell(row, table.note).strip(),
                where=sheet.place(row, table.agreed),
            )
            self._keep(row, entry, asked)

    def _keep(self, row: int, entry: AdjudicatedCode, asked: CodeField) -> None:
        first = self.entries.setdefault((entry.fragment_id, entry.field), entry)
        if first.codes != entry.codes:
            self._tell(
                row,
                self.table.agreed,
                f"{asked.heading!r} of {entry.fragment_id!r} is {asked.separator.join(entry.codes)!r} here and"
                f" {asked.separator.join(first.codes)!r} in {first.where}",
                "agree on one of the two",
            )

    def _field(self, row: int) -> CodeField | None:
        label = self.table.sheet.cell(row, self.table.field).strip()
        try:
            return self.codebook.field(label)
        except FieldError:
            names = [field.heading for field in self.codebook.fields]
            remedy = did_you_mean(label, names, otherwise=f"the fields are {', '.join(names)}")
            self._tell(row, self.table.field, f"{shown(label)} is not a field of the codebook", remedy)
            return None

    def _codes(self, row: int, asked: CodeField) -> tuple[str, ...]:
        """Return the codes of a row, or none where something is wrong with one of them."""
        cell = self.table.sheet.cell(row, self.table.agreed).strip()
        if not asked.is_multiple and _are_several(cell, asked):
            message = f"{shown(cell)} are several codes, but {asked.heading!r} takes one"
            self._tell(row, self.table.agreed, message, "choose one of them")
            return ()
        labels = asked.split(cell)
        unknown = [label for label in labels if asked.find(label) is None]
        for label in unknown:
            what = f"{shown(label)} is not a code of {asked.heading!r}"
            hint = label_hint(asked, label)
            self._tell(row, self.table.agreed, what, hint, repeated=repeated_hint(hint))
        codes = {label: code for label in labels if (code := asked.find(label))}
        doubted = [label for label, code in codes.items() if is_doubted(label, asked.names_of(code))]
        for label in doubted:
            what = f"{shown(label)} has a question mark, so it is no code of {asked.heading!r}"
            self._tell(row, self.table.agreed, what, "write the code without it once it is sure, or leave it empty")
        return () if unknown or doubted else tuple(dict.fromkeys(codes.values()))

    def _tell(
        self,
        row: int,
        column: int,
        what: str,
        remedy: str,
        *,
        kind: FaultKind = FaultKind.CODE,
        repeated: str = "",
    ) -> None:
        fault = file_error(self.table.sheet.place(row, column), what, remedy, kind=kind)
        self.faults.append(replace(fault, repeated=repeated))


def _are_several(cell: str, asked: CodeField) -> bool:
    """Whether a text that is no code holds codes, separated by one of the usual characters."""
    if asked.find(cell) is not None:
        return False
    pieces = (
        [piece.strip() for piece in cell.split(separator)]
        for separator in (bare_separator(asked.separator), ";", ",", "/", "\n")
    )
    return any(len(labels) > 1 and all(asked.find(label) for label in labels) for labels in pieces)
