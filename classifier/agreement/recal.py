"""Codings written for ReCal: a file for each field, with a column of numbers for each coder, and a key."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from classifier.access_rights import allow_readers
from classifier.agreement.codings import FieldCodings
from classifier.agreement.coefficients import Ratings
from classifier.codebook.table import field_name
from classifier.errors import ComparisonError, OutputError
from classifier.folders import check_parent, new_folder
from classifier.spreadsheet.table_file import write_table
from classifier.wording import counted

_KEY = "key.csv"
_KEY_HEADER = ("File", "Field", "What", "Number", "Meaning")
_MISSING = "#"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecalFiles:
    """A folder of files for ReCal."""

    folder: Path
    n_fields: int
    notes: tuple[str, ...]

    def __str__(self) -> str:
        n_fields = counted(self.n_fields, "field")
        return f"Wrote {self.folder}: files for ReCal, of {n_fields}; {_KEY} there says what their numbers mean"


def write_recal(folder: Path, codings: Sequence[FieldCodings], *, fragment_ids: Sequence[str]) -> RecalFiles:
    """Write a new folder of files for ReCal.

    A file has no header and a row for each outcome that two coders or more coded; ``#`` stands where one of them did
    not, which ReCal OIR reads. A field with several codes has a file for each code, with 1 where it was given and 0
    where it was not. The file ``key.csv`` says which coder a column is, which code a number, and which outcome a row.

    Raises
    ------
    ComparisonError
        If no outcome was coded by two coders.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise OutputError(f"{folder}: exists and is not empty; choose another folder for --recal")
    compared = [coded for coded in codings if coded.is_compared.any()]
    if not compared:
        raise ComparisonError("no outcome was coded by two coders, so that there is nothing to write for ReCal")
    check_parent(folder)
    key: list[Sequence[object]] = [_KEY_HEADER]
    incomplete: list[str] = []
    with new_folder(folder.absolute()) as fresh:
        for table in (table for place, coded in enumerate(compared, start=1) for table in _tables(coded, place)):
            lines = [[_number(code, table) for code in row] for row in table.ratings.codes]
            content = "".join(f"{','.join(line)}\n" for line in lines)
            (fresh / table.name).write_text(content, encoding="ascii", newline="\n")
            if _MISSING in content:
                incomplete.append(table.name)
            key += _key_rows(table, [fragment_ids[row] for row in table.rows])
        write_table(fresh / _KEY, key, title="Key")
        allow_readers(fresh)
    return RecalFiles(folder=folder, n_fields=len(compared), notes=tuple(_notes(codings, incomplete)))


def _notes(codings: Sequence[FieldCodings], incomplete: Sequence[str]) -> Iterator[str]:
    for coded in codings:
        if not coded.is_compared.any():
            yield f"{coded.field.heading}: no outcome was coded by two coders, so that it has no file for ReCal"
    if incomplete:
        yield f"{', '.join(incomplete)}: has {_MISSING} where a coder gave no code; of ReCal's pages, only OIR takes it"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Table:
    """Content of one file, with the rows and coders that it has."""

    name: str
    field: str
    ratings: Ratings
    rows: Sequence[int]
    coders: Sequence[str]
    first_number: int  # what the first category is written as
    meanings: Sequence[tuple[int, str]]  # of the numbers in the file


def _tables(coded: FieldCodings, place: int) -> Iterator[_Table]:
    field, stem = coded.field, f"{place}_{field_name(coded.field.name)}"
    rows = np.flatnonzero(coded.is_compared)
    columns = np.flatnonzero((coded.main.codes[rows] >= 0).any(axis=0))
    coders = [coded.coders[column] for column in columns]
    named = [("", coded.main, [*enumerate(field.code_names, start=1)])]
    if field.is_multiple:
        named = [
            (f"_{number}", coded.code(number - 1), [(0, "not given"), (1, code)])
            for number, code in enumerate(field.code_names, start=1)
        ]
    for suffix, ratings, meanings in named:
        yield _Table(
            name=f"{stem}{suffix}.csv",
            field=field.heading,
            ratings=Ratings(codes=ratings.codes[np.ix_(rows, columns)], n_codes=ratings.n_codes),
            rows=rows.tolist(),
            coders=coders,
            first_number=meanings[0][0],
            meanings=meanings,
        )


def _number(code: int, table: _Table) -> str:
    return _MISSING if code < 0 else str(int(code) + table.first_number)


def _key_rows(table: _Table, names: Sequence[str]) -> Iterator[Sequence[object]]:
    for what, numbered in (
        ("column: coder", enumerate(table.coders, start=1)),
        ("number: code", table.meanings),
        ("row: outcome", enumerate(names, start=1)),
    ):
        for number, meaning in numbered:
            yield table.name, table.field, what, number, meaning
