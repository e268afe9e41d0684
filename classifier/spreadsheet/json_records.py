"""Records in JSON: one object per line, or a list of them."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from classifier.control_characters import whole_characters
from classifier.errors import FaultsError
from classifier.faults import Fault, FaultKind, at_line, file_error
from classifier.languages import lazy_gettext
from classifier.spreadsheet.label_studio import are_tasks, records_of_task
from classifier.spreadsheet.sheet import Sheet
from classifier.spreadsheet.text_records import sheet_of_records
from classifier.spreadsheet.workbook_reader import cell_text

_BLANK = " \t\r\n"
_NO_OBJECT = lazy_gettext("not an object in braces")
_PER_LINE = lazy_gettext("write one object per line")
_TOO_DEEP = lazy_gettext("lists within lists, too deep")
_LIST = lazy_gettext("give a list of objects, or one object per line")
_Record = tuple[int, dict[str, object]]
"""A record with the number of its place: its line, or which record it is."""


class _NoRecordError(ValueError):
    """Text that can't be read as a record, with its place."""

    def __init__(self, place: int, what: str) -> None:
        super().__init__(what)
        self.place = place
        self.what = what


def read_json(path: Path, text: str) -> Sheet:
    """Read records: one per line, a list of them, or the tasks of a Label Studio export."""
    reader = _Reader(path, text)
    records = reader.read()
    if are_tasks([record for _, record in records]):
        records = [(number, record) for number, task in records for record in records_of_task(task)]
    try:
        sheet = _sheet_of(path, _lay_out(records))
    except RecursionError as error:
        raise FaultsError({path: (file_error("", _TOO_DEEP, lazy_gettext("write plain values")),)}) from error
    return replace(sheet, counted_in=reader.counted_in, notes=tuple(reader.notes))


def sheet_of_objects(objects: Sequence[Mapping[str, object]], *, name: str, counted_in: str) -> Sheet:
    """Lay out objects as rows, just as the records of a .jsonl; a place is `counted_in` and its number.

    Examples
    --------
    >>> sheet = sheet_of_objects([{"FragmentID": "LPC/1", "Year": "2024"}], name="request", counted_in="outcome")
    >>> sheet.rows, sheet.place(1, 0)
    ([['FragmentID', 'Year'], ['LPC/1', '2024']], 'outcome 1')
    """
    records = [(number, dict(record)) for number, record in enumerate(objects, start=1)]
    return replace(_sheet_of(Path(name), records), counted_in=counted_in)


def _sheet_of(path: Path, records: Sequence[_Record]) -> Sheet:
    rows = [
        (number, {whole_characters(key): (number, json_text(value)) for key, value in record.items()})
        for number, record in records
    ]
    return sheet_of_records(path, rows)


class _Reader:
    """Reads objects one after another, and gathers what is wrong with them."""

    def __init__(self, path: Path, text: str) -> None:
        self.path = path
        self.text = text
        self.counted_in = "line"
        self.notes: list[Fault] = []
        self.decoder = json.JSONDecoder(object_pairs_hook=self._object, parse_int=str)
        self._doubled: list[str] = []

    def read(self) -> Sequence[_Record]:
        start = _after_blanks(self.text, 0)
        if self.text[start : start + 1] == "[":
            return self._read_list(start)
        try:
            value, end = self._value(self.text, start)
        except _NoRecordError:
            return self._read_lines()
        if isinstance(value, dict) and _after_blanks(self.text, end) == len(self.text):
            lists = [item for item in value.values() if isinstance(item, list) and item and isinstance(item[0], dict)]
            words = [item for item in value.values() if isinstance(item, str)]  # and numbers, as they were written
            is_bare = all(not any(map(str.isalpha, word)) or "://" in word for word in words)
            if len(lists) == 1 and (is_bare or self.text.strip().count("\n")):
                # An object around the list, as services answer.
                self.counted_in = "record"
                return [(number, item) for number, item in enumerate(lists[0], start=1) if isinstance(item, dict)]
        return self._read_lines()

    def _read_list(self, start: int) -> Sequence[_Record]:
        records: list[_Record] = []
        faults: list[Fault] = []
        if "\n" not in self.text.strip():  # where all is in one line, it places nothing
            self.counted_in = "record"
        place, line, counted = start + 1, 1, 0
        while True:
            place = _after_blanks(self.text, place)
            line, counted = line + self.text.count("\n", counted, place), place
            number = line if self.counted_in == "line" else len(records) + len(faults) + 1
            if self.text[place : place + 1] == "]" and not records:
                break
            try:
                value, place = self._value(self.text, place)
            except _NoRecordError as error:
                at = number + self.text.count("\n", counted, error.place)
                where = f"{self.counted_in} {at}"
                raise FaultsError({self.path: (*faults, file_error(where, error.what, _LIST))}) from error
            self._tell_doubled(number)
            if isinstance(value, dict):
                records.append((number, value))
            else:
                faults.append(file_error(f"{self.counted_in} {number}", _NO_OBJECT, _LIST))
            place = _after_blanks(self.text, place)
            if self.text[place : place + 1] != ",":
                break
            place += 1
        if self.text[place : place + 1] != "]" or _after_blanks(self.text, place + 1) != len(self.text):
            at = 1 + self.text.count("\n", 0, place)
            faults.append(file_error(at_line(at), lazy_gettext("not JSON: the list doesn't end as it should"), _LIST))
        if faults:
            raise FaultsError({self.path: tuple(faults)})
        return records

    def _read_lines(self) -> Sequence[_Record]:
        records, faults = self.read_lines(enumerate(self.text.split("\n"), start=1))
        if faults:
            raise FaultsError({self.path: tuple(faults)})
        return records

    def read_lines(self, lines: Iterable[tuple[int, str]]) -> tuple[list[_Record], list[Fault]]:
        """Read numbered lines; return their records, and the faults of those that hold none."""
        records: list[_Record] = []
        faults: list[Fault] = []
        for number, line in lines:
            if not line.strip():
                continue
            try:
                value, end = self._value(line, _after_blanks(line, 0))
                if line[end:].strip():
                    raise _NoRecordError(
                        _after_blanks(line, end), lazy_gettext("not JSON: {error}", error="Extra data")
                    )
            except _NoRecordError as error:
                faults.append(
                    file_error(
                        at_line(number),
                        lazy_gettext("{what} at character {number}", what=error.what, number=error.place + 1),
                        _PER_LINE,
                    )
                )
                continue
            self._tell_doubled(number)
            if isinstance(value, dict):
                records.append((number, value))
            else:
                faults.append(file_error(at_line(number), _NO_OBJECT, _PER_LINE))
        return records, faults

    def _value(self, text: str, place: int) -> tuple[object, int]:
        self._doubled.clear()
        try:
            return self.decoder.raw_decode(text, place)
        except json.JSONDecodeError as error:
            raise _NoRecordError(error.pos, lazy_gettext("not JSON: {error}", error=error.msg)) from error
        except RecursionError as error:
            raise _NoRecordError(place, lazy_gettext("lists or objects within each other, too deep")) from error

    def _object(self, pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
        found = dict(pairs)
        if len(found) < len(pairs):
            names = [name for name, _ in pairs]
            self._doubled += [name for name in found if names.count(name) > 1]
        return found

    def _tell_doubled(self, number: int) -> None:
        for name in dict.fromkeys(self._doubled):
            self.notes.append(
                Fault(
                    kind=FaultKind.NOTE,
                    where=f"{self.counted_in} {number}",
                    what=lazy_gettext(
                        "{name!r} appears twice in an object; the last was read", name=whole_characters(name)
                    ),
                    remedy=lazy_gettext("rename one of the two"),
                )
            )


class JsonLines:
    """Records of JSON, one per line, read part by part into the columns that they have all together.

    Examples
    --------
    >>> lines = JsonLines(Path("harvest.jsonl"))
    >>> lines.look_through([(1, '{"FragmentID": "A/1"}'), (2, '{"FragmentID": "A/2", "fields": {"Year": 2024}}')])
    []
    >>> lines.columns
    ['FragmentID', 'Year']
    >>> lines.rows([(2, '{"FragmentID": "A/2", "fields": {"Year": 2024}}')])
    [(2, ['A/2', '2024'])]
    """

    def __init__(self, path: Path) -> None:
        self._reader = _Reader(path, "")
        self._holders: dict[str, set[str]] = {}
        self._seen: dict[tuple[str, str], bool] = {}  # keys, and the members of the objects they hold

    def look_through(self, lines: Iterable[tuple[int, str]]) -> list[Fault]:
        """Take note of the columns of numbered lines; return the faults of those that hold no record."""
        records, faults = self._reader.read_lines(lines)
        for number, record in records:
            if are_tasks([record]):
                what = "this is an export of Label Studio, which is read as a whole only"
                faults.append(file_error(f"line {number}", what, "leave --stream out"))
            for key, value in record.items():
                for name in _members(value) or (key,):
                    self._holders.setdefault(name, set()).add(key)
                    self._seen.setdefault((key, name), name in _members(value))
        return faults

    @property
    def notes(self) -> tuple[Fault, ...]:
        """What was odd about the lines that were read, and did not stop the work."""
        return tuple(self._reader.notes)

    @property
    def columns(self) -> list[str]:
        """The columns of all lines looked through."""
        names = (
            _name_of(key, name, self._holders) if is_member else key for (key, name), is_member in self._seen.items()
        )
        return [whole_characters(name) for name in dict.fromkeys(names)]

    def rows(self, lines: Iterable[tuple[int, str]]) -> list[tuple[int, list[str]]]:
        """Read numbered lines that were looked through; return a row of cells for each record, with its number."""
        columns = self.columns
        noted = len(self._reader.notes)
        records, _ = self._reader.read_lines(lines)
        del self._reader.notes[noted:]  # they were told when the lines were looked through
        rows = []
        for number, record in records:
            cells = {whole_characters(key): json_text(value) for key, value in _laid_out(record, self._holders).items()}
            rows.append((number, [cells.get(name, "") for name in columns]))
        return rows


def _lay_out(records: Sequence[_Record]) -> Sequence[_Record]:
    """Flatten the objects in a record into columns, as Airtable has all its fields in an object `fields`.

    A member has its own name, with that of the object before it where another column has the same.
    """
    holders: dict[str, set[str]] = {}
    for _, record in records:
        for key, value in record.items():
            for name in _members(value) or (key,):
                holders.setdefault(name, set()).add(key)
    return [(number, _laid_out(record, holders)) for number, record in records]


def _laid_out(record: Mapping[str, object], holders: Mapping[str, Collection[str]]) -> dict[str, object]:
    laid_out: dict[str, object] = {}
    for key, value in record.items():
        if members := _members(value):
            laid_out |= {_name_of(key, name, holders): members[name] for name in members}
        else:
            laid_out[key] = value
    return laid_out


def _name_of(key: str, name: str, holders: Mapping[str, Collection[str]]) -> str:
    """Name the column of a member of an object, `key` being that of the object."""
    return name if len(holders[name]) == 1 else f"{key}/{name}"


def _members(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) and not _is_choices(value) else {}


def _is_choices(value: Mapping[str, object]) -> bool:
    return [*value] == ["choices"] and isinstance(value["choices"], list)


def _after_blanks(text: str, place: int) -> int:
    while place < len(text) and text[place] in _BLANK:
        place += 1
    return place


def json_text(value: object) -> str:
    """Write a value of JSON, or of a table of numbers and lists, as the text of a cell."""
    match value:
        case None:
            return ""
        case str():
            return whole_characters(value)
        case list():
            return "\n".join(json_text(item) for item in value)
        case dict():
            if _is_choices(value):
                return json_text(value["choices"])  # as Label Studio writes several
            return whole_characters(json.dumps(value, ensure_ascii=False))
    return cell_text(value)
