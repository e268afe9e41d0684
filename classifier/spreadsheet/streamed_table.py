"""Tables read part by part, in constant memory: delimited text, JSON Lines and Parquet."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from io import TextIOWrapper
from itertools import islice
from pathlib import Path
from typing import Protocol

from classifier.errors import FaultsError, refusal
from classifier.faults import Fault, file_error
from classifier.limits import MIB, MOST_CELL_LETTERS, MOST_COLUMNS, MOST_LINE_LETTERS, MOST_TOLD
from classifier.progress import ProgressCallback, ignore_progress
from classifier.spreadsheet.delimited_text import Separation, find_separator
from classifier.spreadsheet.json_records import JsonLines
from classifier.spreadsheet.label_studio import plain_choices
from classifier.spreadsheet.row_window import RowWindow
from classifier.spreadsheet.sheet import Sheet
from classifier.spreadsheet.streamed_parquet import StreamedParquet
from classifier.spreadsheet.text_encoding import encoding_of_start

STREAMED = (".csv", ".tsv", ".jsonl", ".parquet")
"""Endings of the files that are read part by part."""
_START = 2**18  # bytes by which the encoding and the separator are found
_N_LINES = 1_000  # looked through at once


class StreamedTable(Protocol):
    """A table that is read part by part, any number of times."""

    @property
    def path(self) -> Path:
        """The file."""
        ...

    def parts(self, n_rows: int, *, progress: ProgressCallback = ignore_progress) -> Iterator[Sheet]:
        """Yield the table in parts of so many rows, each under the numbers it has in the whole.

        The notes of the file are with the first part. `progress` gets a step for each MiB (`size_in_mib`).

        Raises
        ------
        FaultsError
            If what comes next can't be read.
        """
        ...


def open_streamed_table(path: Path, encoding: str | None = None) -> StreamedTable:
    """Open a table to be read part by part; its encoding and columns are found here.

    Raises
    ------
    FaultsError
        If the file is missing, empty, of another kind, or not what its name says.
    """
    suffix = path.suffix.lower()
    if suffix not in STREAMED:
        remedy = f"give one of {', '.join(STREAMED)}, or leave --stream out"
        raise refusal(path, f"files ending in {suffix or 'nothing'} can't be read part by part", remedy)
    try:
        with path.open("rb") as file:
            start = file.read(_START)
    except OSError as error:
        raise refusal(path, f"can't be read: {error.strerror}", "check the name and your permissions") from error
    if start.strip() and suffix == ".parquet":
        return StreamedParquet.open(path)
    if not start.strip():
        raise refusal(path, "the file is empty", "save or copy it again, or give another file")
    found, notes = encoding_of_start(path, start, encoding)
    text = start.decode(found, "ignore")
    if "\0" in text:
        raise refusal(path, "this is not text", "give a table, or save it again in UTF-8")
    if suffix == ".jsonl":
        return StreamedJsonLines.open(path, encoding=found, notes=notes, start=text)
    separation = find_separator(path, text, is_cut=len(start) == _START)
    return StreamedText(path=path, encoding=found, separation=separation, notes=(*notes, *separation.notes))


def size_in_mib(path: Path) -> int:
    """Size of a file in MiB, as its progress is told."""
    return -(-path.stat().st_size // MIB)


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamedText:
    """Delimited text that is read part by part."""

    path: Path
    encoding: str
    separation: Separation
    notes: tuple[Fault, ...] = ()

    def parts(self, n_rows: int, *, progress: ProgressCallback = ignore_progress) -> Iterator[Sheet]:
        """Yield parts of so many rows; see `StreamedTable`."""
        lines = (line for _, line in _lines(self.path, self.encoding, progress))
        if self.separation.is_declared:
            next(lines, None)
        csv.field_size_limit(MOST_CELL_LETTERS)
        reader = csv.reader(lines, delimiter=self.separation.separator, strict=True)
        start = 0
        while True:
            rows: list[list[str]] = []
            try:
                rows += ([plain_choices(cell) for cell in row] for row in islice(reader, n_rows))
            except csv.Error as error:
                raise self._unreadable(error, reader.line_num + self.separation.is_declared) from error
            if not rows and start:
                return
            wide = next((row for row, cells in enumerate(rows) if len(cells) > MOST_COLUMNS), None)
            part = Sheet(name=self.path.stem, rows=RowWindow(start, rows), notes=() if start else self.notes)
            if wide is not None:
                what = f"the row has more than the {MOST_COLUMNS} columns that are read"
                where = part.place(start + wide, MOST_COLUMNS)
                raise refusal(self.path, what, "delete the columns that you need not, or split the table", where=where)
            yield part
            start += len(rows)
            if len(rows) < n_rows:
                return

    def _unreadable(self, error: csv.Error, line: int) -> FaultsError:
        if "field limit" in str(error):
            what = f"a cell has more than {MOST_CELL_LETTERS:,} letters, so quotes are probably not closed properly"
        else:
            what = f"the quotes are not closed properly ({error})"
        return FaultsError({self.path: (file_error(f"line {line}", what, "save it again as CSV"),)})


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamedJsonLines:
    """Records of JSON, one per line, that are read part by part."""

    path: Path
    encoding: str
    records: JsonLines
    notes: tuple[Fault, ...] = ()

    @classmethod
    def open(cls, path: Path, *, encoding: str, notes: tuple[Fault, ...], start: str) -> StreamedJsonLines:
        """Look through all lines, which may have other columns than the first."""
        if start.lstrip().startswith("["):
            remedy = "write one object per line, or leave --stream out"
            raise refusal(path, "this is a list, and only one object per line is read part by part", remedy)
        records = JsonLines(path)
        faults: list[Fault] = []
        lines = _lines(path, encoding, ignore_progress, is_bare=True)
        while some := [*islice(lines, _N_LINES)]:
            faults += records.look_through(some)
            if len(faults) > MOST_TOLD:
                faults[MOST_TOLD:] = [file_error(f"line {some[-1][0]}", "it was read down to here", "correct these")]
                break
        if faults:
            raise FaultsError({path: tuple(faults)})
        if len(records.columns) > MOST_COLUMNS:
            what = f"the records have more than {MOST_COLUMNS} keys"
            raise refusal(path, what, "leave out the ones that you need not")
        return cls(path=path, encoding=encoding, records=records, notes=(*notes, *records.notes))

    def parts(self, n_rows: int, *, progress: ProgressCallback = ignore_progress) -> Iterator[Sheet]:
        """Yield parts of so many rows; see `StreamedTable`. The first row has the names of the columns."""
        lines = _lines(self.path, self.encoding, progress, is_bare=True)
        columns = self.records.columns
        found = self.records.rows(islice(lines, n_rows - 1))
        rows, numbers = [columns], [[found[0][0] if found else 1] * len(columns)]
        start = 0
        while True:
            rows += [cells for _, cells in found]
            numbers += [[number] * len(columns) for number, _ in found]
            if rows:
                yield Sheet(
                    name=self.path.stem,
                    rows=RowWindow(start, rows),
                    addressed=False,
                    lines=RowWindow(start, numbers),
                    notes=() if start else self.notes,
                )
            start += len(rows)
            some = [*islice(lines, n_rows)]
            if not some:
                return
            rows, numbers, found = [], [], self.records.rows(some)


def _lines(
    path: Path, encoding: str, progress: ProgressCallback, *, is_bare: bool = False
) -> Iterator[tuple[int, str]]:
    """Yield the lines of a text file with their numbers, each with its own end unless `is_bare`."""
    number = n_mib = 0
    try:
        with path.open("rb") as content, TextIOWrapper(content, encoding=encoding, newline="") as file:
            while line := file.readline(MOST_LINE_LETTERS):
                number += 1
                if "\0" in line:
                    raise refusal(path, "this is not text", "save it again in UTF-8", where=f"line {number}")
                if len(line) == MOST_LINE_LETTERS:
                    what = f"the line has {MOST_LINE_LETTERS:,} letters or more"
                    raise refusal(path, what, "correct it", where=f"line {number}")
                yield number, line.removesuffix("\n") if is_bare else line
                if number % _N_LINES == 0:
                    read = content.tell() // MIB
                    progress(read - n_mib)
                    n_mib = read
    except UnicodeDecodeError as error:
        remedy = "name the encoding with --encoding, or save it again in UTF-8"
        called = encoding.removesuffix("-sig")
        raise refusal(path, f"not in {called}", remedy, where=f"below line {number}") from error
    except OSError as error:
        raise refusal(path, f"can't be read: {error.strerror}", "check the disk, then run it again") from error
    progress(size_in_mib(path) - n_mib)
