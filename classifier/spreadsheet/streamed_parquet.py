"""Parquet tables, read and written part by part with pyarrow, which is an extra."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from types import ModuleType

from classifier.errors import FaultsError, OutputError, refusal
from classifier.faults import Fault
from classifier.limits import MIB, MOST_CELL_LETTERS, MOST_COLUMNS
from classifier.progress import ProgressCallback, ignore_progress
from classifier.spreadsheet.json_records import json_text
from classifier.spreadsheet.row_window import RowWindow
from classifier.spreadsheet.sheet import Sheet

_INSTALL = 'run `pip install "outcome-coder[parquet]"`, or give it as .csv'
_N_WRITTEN = 10_000  # rows of a group


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamedParquet:
    """A Parquet table that is read part by part; its first row has the names of the columns."""

    path: Path
    columns: tuple[str, ...]
    notes: tuple[Fault, ...] = ()

    @classmethod
    def open(cls, path: Path) -> StreamedParquet:
        """Find the columns of a table.

        Raises
        ------
        FaultsError
            If pyarrow is not installed, or it can't be read.
        """
        parquet = _parquet()
        if parquet is None:
            raise refusal(path, "Parquet needs pyarrow, which is not installed", _INSTALL)
        try:
            with parquet.ParquetFile(path) as file:
                columns = tuple(file.schema_arrow.names)
        except (OSError, ValueError) as error:  # pyarrow's own errors are ValueErrors
            raise refusal(
                path, "this is no Parquet table, or it is damaged", "write it again, or give it as .csv"
            ) from (error)
        if len(columns) > MOST_COLUMNS:
            what = f"the table has more than {MOST_COLUMNS} columns"
            raise refusal(path, what, "leave out the ones that you need not")
        return cls(path=path, columns=columns)

    def parts(self, n_rows: int, *, progress: ProgressCallback = ignore_progress) -> Iterator[Sheet]:
        """Yield parts of so many rows; see `classifier.spreadsheet.streamed_table.StreamedTable`."""
        rows = self._rows()
        total, n_all, told = -(-self.path.stat().st_size // MIB), self._n_rows(), 0
        some: list[Sequence[str]] = [self.columns, *islice(rows, n_rows - 1)]
        start = 0
        while some:
            numbers = [[max(row, 1)] * len(self.columns) for row in range(start, start + len(some))]
            yield Sheet(
                name=self.path.stem,
                rows=RowWindow(start, some),
                addressed=False,
                lines=RowWindow(start, numbers),
                counted_in="row",
            )
            start += len(some)
            read = total * min(start, n_all) // max(n_all, 1)
            progress(read - told)
            told = read
            some = [*islice(rows, n_rows)]

    def _n_rows(self) -> int:
        parquet = _parquet()
        assert parquet is not None  # it was there when the table was opened
        with parquet.ParquetFile(self.path) as file:
            return int(file.metadata.num_rows)

    def _rows(self) -> Iterator[list[str]]:
        parquet = _parquet()
        assert parquet is not None
        try:
            with parquet.ParquetFile(self.path) as file:
                for batch in file.iter_batches(batch_size=1_000, use_threads=False):
                    columns = [map(_cell, column.to_pylist()) for column in batch.columns]
                    yield from map(list, zip(*columns, strict=True))
        except (OSError, ValueError) as error:
            raise refusal(self.path, "the table is damaged", "write it again, or give it as .csv") from error


def _cell(value: object) -> str:
    # A table of pandas may have numbers that are none where a cell is blank.
    return "" if isinstance(value, float) and value != value else json_text(value)


def parquet_columns(path: Path) -> tuple[str, ...]:
    """Return the names of the columns of a table; none where it can't be read."""
    try:
        return StreamedParquet.open(path).columns
    except FaultsError:
        return ()


def require_parquet(out: Path) -> None:
    """Refuse to write a Parquet table where pyarrow is not installed."""
    if _parquet() is None:
        raise OutputError(
            f"{out}: Parquet needs pyarrow, which is not installed; {_INSTALL.replace('give it as', 'choose')}"
        )


def csv_to_parquet(path: Path, to: Path, *, numbers: Sequence[str]) -> None:
    """Write a CSV table as Parquet, group by group; the columns named hold numbers, all others text."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    csv.field_size_limit(MOST_CELL_LETTERS)
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file)
        names = next(reader)
        schema = pa.schema([(name, pa.float64() if name in numbers else pa.string()) for name in names])
        with pq.ParquetWriter(to, schema, compression="zstd") as writer:
            while rows := [*islice(reader, _N_WRITTEN)]:
                columns = [
                    [float(cell) if cell else None for cell in column] if name in numbers else list(column)
                    for name, column in zip(names, zip(*rows, strict=True), strict=True)
                ]
                writer.write_table(pa.table(dict(zip(names, columns, strict=True)), schema=schema))


def _parquet() -> ModuleType | None:
    try:
        import pyarrow.parquet
    except ImportError:
        return None
    parquet: ModuleType = pyarrow.parquet
    return parquet
