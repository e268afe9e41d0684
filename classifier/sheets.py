"""Files of any kind we read, as sheets of text whose every cell knows its place."""

from __future__ import annotations

import csv
import datetime
import io
import json
import re
import zipfile
from collections.abc import Sequence
from pathlib import Path

from classifier.errors import FaultsError
from classifier.extents import MOST_CELLS, MOST_MIB, UNPACKING_ERRORS, extents_of, mebibytes_of
from classifier.faults import Fault, FaultKind, file_error, nearest
from classifier.sheet import MergedCells, Sheet, column_letters

__all__ = ["READABLE", "MergedCells", "Sheet", "column_letters", "read_sheets"]

READABLE = (".xlsx", ".csv", ".tsv", ".jsonl", ".txt", ".md")

_RECORD_LINE = re.compile(r"\*\*(?P<name>.+?)(?:\*\*:|:\*\*)(?: (?P<value>.*)|(?P<bare>))$", re.DOTALL)
_RULE = re.compile(r"\s*(?:---+|\*\*\*+)?\s*")
_OLE_SIGNATURE = bytes.fromhex("d0cf11e0a1b11ae1")  # what Office wraps a password-protected workbook in


def read_sheets(path: Path, *, named: str | None = None, encoding: str | None = None) -> tuple[Sheet, ...]:
    """Read a file into its sheets, or the one of a name; a file that is no workbook has one.

    Parameters
    ----------
    encoding : str, optional
        How the letters of a text file are written, such as ``"cp1256"``; by default UTF-8, or what is
        likely where it can't be that. A workbook says so itself.

    Raises
    ------
    FaultsError
        If the file is missing, empty, password-protected, or not what its name says, or has no sheet of
        that name.
    """
    sheets = _read(path, encoding)
    if named is None:
        return sheets
    chosen = tuple(sheet for sheet in sheets if sheet.name == named)
    if not chosen:
        names = [sheet.name for sheet in sheets]
        guess = nearest(named, names)
        remedy = f"did you mean {guess!r}?" if guess else f"the sheets are {', '.join(map(repr, names))}"
        raise _refusal(path, f"no sheet {named!r}", remedy)
    return chosen


def _read(path: Path, encoding: str | None) -> tuple[Sheet, ...]:
    readers = {".jsonl": _read_json_lines, ".txt": _read_records, ".md": _read_records}
    suffix = path.suffix.lower()
    if suffix not in READABLE:
        raise _refusal(
            path,
            f"files ending in {suffix or 'nothing'} can't be read",
            "save it as .xlsx in your spreadsheet program"
            if suffix in {".xls", ".ods", ".xlsm", ".xlsb"}
            else f"give one of {', '.join(READABLE)}",
        )
    try:
        content = path.read_bytes()
    except OSError as error:
        raise _refusal(path, f"can't be read: {error.strerror}", "check the name and your rights") from error
    if not content.strip():
        raise _refusal(path, "the file is empty", "give the file that holds the outcomes")
    if suffix == ".xlsx":
        sheets = _read_workbook(path, content)
    else:
        sheets = readers.get(suffix, _read_separated)(path, _decoded(path, content, encoding))
    if not any(cell.strip() for sheet in sheets for row in sheet.rows for cell in row):
        raise _refusal(path, "the file holds no text", "give the file that holds the outcomes")
    return sheets


def _refusal(path: Path, what: str, remedy: str, *, where: str = "") -> FaultsError:
    return FaultsError({path: (file_error(where, what, remedy),)})


def _read_workbook(path: Path, content: bytes) -> tuple[Sheet, ...]:
    if content.startswith(_OLE_SIGNATURE):
        raise _refusal(
            path,
            "the workbook is protected by a password (or is an old .xls)",
            "open it in your spreadsheet program and save it as .xlsx without a password",
        )
    if not zipfile.is_zipfile(io.BytesIO(content)):
        raise _refusal(path, "this is no .xlsx workbook, or it is damaged", "save it again as .xlsx")
    _check_size(path, content)
    # Imported here because only this reader needs it, and the command line should start fast.
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
        return tuple(
            Sheet(
                name=name,
                rows=[
                    [_cell_text(cell) for cell in row]
                    for row in workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)
                ],
            )
            for name in workbook.sheet_names
        )
    except (CalamineError, OSError, KeyError, ValueError) as error:
        raise _refusal(path, f"the workbook is damaged: {error}", "save it again as .xlsx") from error


def _check_size(path: Path, content: bytes) -> None:
    # Who lays the sheets out gives every cell a place, blank ones too, and ends the program where there is no room.
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            size = mebibytes_of(parts)
            extents = extents_of(parts) if size <= MOST_MIB else ()
    except UNPACKING_ERRORS as error:
        raise _refusal(path, f"the workbook is damaged: {error}", "save it again as .xlsx") from error
    if size > MOST_MIB:
        raise _refusal(
            path,
            f"unpacked, the workbook has {size} MiB, and at most {MOST_MIB} MiB are read",
            "save the sheet that holds the outcomes as a workbook of its own",
        )
    n_cells = sum(extent.n_cells for extent in extents)
    if n_cells > MOST_CELLS:
        largest = max(extents, key=lambda extent: extent.n_cells)
        raise _refusal(
            path,
            f"up to here, the workbook has {n_cells} cells, and at most {MOST_CELLS} are read, blank ones included",
            "clear that cell, or delete the empty rows and columns around it",
            where=f"{largest.sheet}!{largest.furthest}",
        )


def _cell_text(cell: object) -> str:
    match cell:
        case bool():
            return "TRUE" if cell else "FALSE"
        case float() if cell.is_integer() and abs(cell) < 1e15:
            return str(int(cell))
        case datetime.datetime() if cell.time() == datetime.time():
            return cell.date().isoformat()
        case datetime.datetime():
            return cell.isoformat(sep=" ")
    return str(cell)


def _decoded(path: Path, content: bytes, wanted: str | None) -> str:
    is_utf_16 = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    encodings = (wanted,) if wanted else ("utf-16",) if is_utf_16 else ("utf-8-sig", "cp1252")
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            break
        return text
    raise _refusal(path, "this is no text in UTF-8 or Windows (cp1252) letters", "save it again in UTF-8")


def _read_separated(path: Path, text: str) -> tuple[Sheet, ...]:
    delimiter = "\t" if path.suffix.lower() == ".tsv" else _delimiter(text)
    csv.field_size_limit(2**31 - 1)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        rows = list(reader)
    except csv.Error as error:
        raise _refusal(
            path,
            f"the quotes don't close as they should ({error})",
            "save it again as CSV",
            where=f"line {reader.line_num}",
        ) from error
    return (Sheet(name=path.stem, rows=rows),)


def _delimiter(text: str) -> str:
    # The header decides, since story texts are full of commas.
    # A title above it may hold none.
    lines = re.sub(r'"[^"]*"', "", text).splitlines()
    header = next((line for line in lines if any(sign in line for sign in ",;\t")), "")
    return max(",;\t", key=header.count)


def _read_json_lines(path: Path, text: str) -> tuple[Sheet, ...]:
    records: list[tuple[int, dict[str, object]]] = []
    faults = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except json.JSONDecodeError as error:
            faults.append((number, f"not JSON: {error.msg} at character {error.pos + 1}"))
            continue
        if isinstance(record, dict):
            records.append((number, record))
        else:
            faults.append((number, "not an object in braces"))
    if faults:
        raise FaultsError(
            {
                path: tuple(
                    Fault(
                        kind=FaultKind.FILE,
                        where=f"line {number}",
                        what=what,
                        remedy="write one object per line",
                        is_error=True,
                    )
                    for number, what in faults
                )
            }
        )
    return (
        _sheet_of_records(
            path,
            [
                (number, {key: (number, _json_text(value)) for key, value in record.items()})
                for number, record in records
            ],
        ),
    )


def _json_text(value: object) -> str:
    match value:
        case None:
            return ""
        case str():
            # Half of a pair that JSON wrote in two is no letter, and no file can be written with it.
            return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        case list():
            return "\n".join(_json_text(item) for item in value)
        case dict():
            return json.dumps(value, ensure_ascii=False)
    return _cell_text(value)


def _read_records(path: Path, text: str) -> tuple[Sheet, ...]:
    """Read `**Field**: value` text: a record starts where a field comes that the last record already has."""
    records: list[tuple[int, dict[str, tuple[int, str]]]] = []
    name = None
    for number, line in enumerate(text.replace("\r\n", "\n").removesuffix("\n").split("\n"), start=1):
        if found := _RECORD_LINE.match(line):
            name = found["name"]
            if not records or name in records[-1][1]:
                records.append((number, {}))
            records[-1][1][name] = (number, found["value"] or "")
        elif name is not None:
            start, value = records[-1][1][name]
            records[-1][1][name] = (start, f"{value}\n{line}")
        elif line.strip():
            raise _refusal(
                path,
                "text before the first field",
                "start each field with **its name**: and a blank",
                where=f"line {number}",
            )
    return (
        _sheet_of_records(
            path,
            [
                (
                    number,
                    {key: (line, _without_trailing_rule(value)) for key, (line, value) in record.items()},
                )
                for number, record in records
            ],
        ),
    )


def _without_trailing_rule(value: str) -> str:
    # Blank lines, or a rule, between two records belong to neither.
    lines = value.split("\n")
    while len(lines) > 1 and _RULE.fullmatch(lines[-1]):
        lines.pop()
    return "\n".join(lines)


def _sheet_of_records(path: Path, records: Sequence[tuple[int, dict[str, tuple[int, str]]]]) -> Sheet:
    columns = list(dict.fromkeys(key for _, record in records for key in record))
    first = records[0][0] if records else 1
    return Sheet(
        name=path.stem,
        rows=[
            columns,
            *([record.get(key, (number, ""))[1] for key in columns] for number, record in records),
        ],
        addressed=False,
        lines=[
            [first] * len(columns),
            *([record.get(key, (number, ""))[0] for key in columns] for number, record in records),
        ],
    )
