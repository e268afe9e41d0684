"""Table files of any kind read into sheets; it runs in a child process, see `classifier.spreadsheet.reading`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from classifier.errors import FaultsError, refusal
from classifier.faults import Fault, FaultKind, shown
from classifier.languages import joined, lazy_gettext
from classifier.limits import MIB, MOST_COLUMNS, MOST_FILE_MIB, MOST_ROWS
from classifier.spreadsheet.file_kind import READABLE, FileKind, ForeignKind, kind_of
from classifier.spreadsheet.sheet import Sheet
from classifier.spreadsheet.sheet_exchange import faults_as_plain, sheet_as_plain
from classifier.spreadsheet.workbook_reader import read_workbook


def read_as_plain(request: tuple[str, str | None]) -> dict[str, object]:
    """Read a file, by its path and encoding, into the plain values of its sheets, or of its faults."""
    path, encoding = request
    try:
        return {"sheets": [sheet_as_plain(sheet) for sheet in read_file(Path(path), encoding)]}
    except FaultsError as error:
        return {"faults": faults_as_plain([fault for faults in error.faults.values() for fault in faults])}


def read_file(path: Path, encoding: str | None = None) -> tuple[Sheet, ...]:
    """Read a file into its sheets in this process; see `classifier.spreadsheet.reading.read_sheets`."""
    suffix = path.suffix.lower()
    if suffix not in READABLE:
        raise refusal(
            path,
            lazy_gettext("files ending in {nothing} can't be read", nothing=suffix or "nothing"),
            _remedy_for(path),
        )
    content = _content(path)
    if not content.strip():
        raise refusal(
            path, lazy_gettext("the file is empty"), lazy_gettext("save or copy it again, or give another file")
        )
    kind = kind_of(content)
    if isinstance(kind, ForeignKind):
        raise refusal(path, kind.what, kind.remedy)
    notes = () if suffix in kind.endings else (_misnamed(suffix, kind),)
    if encoding and kind is not FileKind.TEXT:
        notes = (*notes, _without_encoding(encoding, kind))
    sheets = _sheets(path, content, kind, encoding, notes)
    for sheet in sheets:
        _check_width(path, sheet)
        _check_height(path, sheet)
    if not any(cell.strip() for sheet in sheets for row in sheet.rows for cell in row):
        if unread := tuple(fault.as_error() for sheet in sheets for fault in sheet.unread.values()):
            raise FaultsError({path: unread})
        raise refusal(
            path, lazy_gettext("the file holds no text"), lazy_gettext("save or copy it again, or give another file")
        )
    return sheets


def _sheets(
    path: Path, content: bytes, kind: FileKind, encoding: str | None, notes: tuple[Fault, ...]
) -> tuple[Sheet, ...]:
    if kind.is_workbook:
        return read_workbook(path, content, kind, notes=notes)
    if kind is FileKind.QDPX:
        from classifier.spreadsheet.qdpx import read_project  # few files are projects

        sheet = read_project(path, content)
        return (replace(sheet, notes=(*notes, *sheet.notes)),)
    return (_read_text(path, content, encoding, notes),)


def _check_width(path: Path, sheet: Sheet) -> None:
    for row, cells in enumerate(sheet.rows):
        if len(cells) > MOST_COLUMNS:
            last = max((column for column, cell in enumerate(cells) if cell.strip()), default=0)
            if last >= MOST_COLUMNS:
                what = lazy_gettext(
                    "there is text in column {number}, and at most {value} columns are read",
                    number=last + 1,
                    value=MOST_COLUMNS,
                )
                where = sheet.place(row, last)
                raise refusal(
                    path, what, lazy_gettext("delete the columns that you need not, or split the table"), where=where
                )


def _check_height(path: Path, sheet: Sheet) -> None:
    n_rows = len(sheet.filled_rows(below=-1))
    if n_rows > MOST_ROWS:
        what = lazy_gettext(
            "there is text in {n_rows} rows, and at most {value} rows are read", n_rows=n_rows, value=MOST_ROWS
        )
        where = sheet.name if sheet.addressed else ""
        raise refusal(path, what, lazy_gettext("delete the rows that you need not, or split the table"), where=where)


def _content(path: Path) -> bytes:
    try:
        n_mebibytes = -(-path.stat().st_size // MIB)
        if n_mebibytes > MOST_FILE_MIB:
            what = lazy_gettext(
                "the file has {n_mebibytes} MiB, and at most {value} MiB are read",
                n_mebibytes=n_mebibytes,
                value=MOST_FILE_MIB,
            )
            raise refusal(
                path, what, lazy_gettext("give a file of the one table that is needed, or split it into several")
            )
        return path.read_bytes()
    except OSError as error:
        raise refusal(
            path,
            lazy_gettext("can't be read: {strerror}", strerror=error.strerror),
            lazy_gettext("check the name and your permissions"),
        ) from error


def _remedy_for(path: Path) -> str:
    """Return what to do about a file whose ending we don't know."""
    kind = kind_of(_content(path)) if path.is_file() else None
    if isinstance(kind, ForeignKind):
        return lazy_gettext("{what}; {remedy}", what=kind.what, remedy=kind.remedy)
    if kind and kind is not FileKind.TEXT:
        return lazy_gettext("it is {kind}; rename it with that ending", kind=kind.as_message())
    return lazy_gettext("give one of {endings}", endings=joined(", ", READABLE))


def _misnamed(suffix: str, kind: FileKind) -> Fault:
    return Fault(
        kind=FaultKind.NOTE,
        where="",
        what=lazy_gettext(
            "this is {kind}, though its name ends in {suffix}; it was read as such",
            kind=kind.as_message(),
            suffix=suffix,
        ),
        remedy=lazy_gettext("rename it to end in {endings}", endings=kind.endings[0]),
    )


def _without_encoding(encoding: str, kind: FileKind) -> Fault:
    return Fault(
        kind=FaultKind.NOTE,
        where="",
        what=lazy_gettext(
            "the encoding {encoding} was not used, as this is {kind}", encoding=shown(encoding), kind=kind.as_message()
        ),
        remedy=lazy_gettext("leave --encoding out, which is for text files"),
    )


def _read_text(path: Path, content: bytes, encoding: str | None, notes: tuple[Fault, ...]) -> Sheet:
    # Imported here because workbooks don't need them, and the process that reads files should start fast.
    from classifier.spreadsheet.delimited_text import is_table, read_separated
    from classifier.spreadsheet.json_records import read_json
    from classifier.spreadsheet.text_encoding import decode
    from classifier.spreadsheet.text_records import has_records, read_records

    suffix = path.suffix.lower()
    text, decoding_notes = decode(path, content, encoding)
    if suffix in (".json", ".jsonl"):
        sheet = read_json(path, text)
    elif suffix in (".txt", ".md") and not (is_table(text) and not has_records(text)):
        sheet = read_records(path, text)
    elif suffix in FileKind.TEXT.endings or is_table(text):
        sheet = read_separated(path, text)
    else:
        raise refusal(
            path,
            lazy_gettext("this is not a {suffix} workbook, or it is damaged", suffix=suffix),
            lazy_gettext("save it again as .xlsx"),
        )
    return replace(sheet, notes=(*notes, *decoding_notes, *sheet.notes))
