"""Harvests read part by part, in constant memory: the outcomes of a part, and what is wrong with a whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from pathlib import Path
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from classifier.codebook.schema import Codebook
from classifier.control_characters import has_surrogate
from classifier.errors import FaultsError, refusal
from classifier.faults import Fault, FaultGroups, Note, file_error
from classifier.harvest.layout import Layout
from classifier.harvest.options import ReadingOptions
from classifier.harvest.outcome import Outcome
from classifier.harvest.reading import repeated_id
from classifier.harvest.row_reader import RowReader
from classifier.harvest.rows import outcome_rows
from classifier.harvest.table import Table, find_tables
from classifier.harvest.unread_columns import note_unread_columns
from classifier.limits import MOST_TOLD
from classifier.progress import ProgressCallback, ignore_progress
from classifier.spreadsheet.row_window import RowWindow
from classifier.spreadsheet.sheet import Sheet
from classifier.spreadsheet.streamed_table import StreamedTable, open_streamed_table
from classifier.steps import begin_step

T = TypeVar("T")

_N_HEAD = 1_000  # rows by which columns are found
_MOST_HELD_BACK = 0.5  # of a part, rows without a story that are read with the next part

NOT_COMPARED = (
    "outcomes were read part by part, and not compared with each other: near-duplicates within the file, and IDs that "
    "look alike, are not flagged"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class HarvestPart:
    """The outcomes of a part of a harvest, and what is to be said of its rows."""

    outcomes: tuple[Outcome, ...]
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PartReader:
    """Reader of the rows of a harvest, whose columns are known, part by part."""

    layout: Layout
    codebook: Codebook
    is_kept: bool

    def read(self, sheet: Sheet, *, is_first: bool) -> HarvestPart:
        """Read the outcomes of a part, from the first row of its window on."""
        below = max(self.layout.header, _window(sheet.rows).start - 1)
        found = outcome_rows(sheet, replace(self.layout, header=below), self.codebook.columns, is_start=is_first)
        reader = RowReader(sheet, self.layout, self.codebook, is_kept=self.is_kept)
        if not is_first:
            reader.faults.clear()  # what concerns the columns
        outcomes = tuple(map(reader.read, found.rows))
        return HarvestPart(outcomes=outcomes, faults=(*sheet.notes, *found.faults, *reader.faults))


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedHarvest:
    """What was found when all of a harvest was looked through."""

    n_outcomes: int
    notes: tuple[Note, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamedHarvest:
    """A harvest that is read part by part, any number of times; see `open_harvest`."""

    path: Path
    stream: StreamedTable
    table: Table  # by the first rows
    reader: PartReader

    def parts(self, n_rows: int, *, progress: ProgressCallback = ignore_progress) -> Iterator[Sheet]:
        """Yield parts of some `n_rows` rows, the first of which begins with the header.

        A part ends in a row with a story where it can, since rows that follow the last outcome are read otherwise.
        """
        held: list[Sequence[str]] = []
        held_lines: list[Sequence[int]] = []
        for sheet in self.stream.parts(n_rows, progress=progress):
            window = _window(sheet.rows)
            start = window.start - len(held)
            rows = [*held, *window[window.start :]]
            lines = [*held_lines, *_window(sheet.lines)[window.start :]] if not sheet.addressed else []
            n_kept = self._n_to_read(rows, n_rows) if len(window) - window.start == n_rows else len(rows)
            held, held_lines = rows[n_kept:], lines[n_kept:]
            yield replace(sheet, rows=RowWindow(start, rows[:n_kept]), lines=RowWindow(start, lines[:n_kept]))
        if held:
            end = len(window) - len(held)
            yield replace(sheet, rows=RowWindow(end, held), lines=RowWindow(end, held_lines), notes=())

    def _n_to_read(self, rows: Sequence[Sequence[str]], n_rows: int) -> int:
        """Return how many rows a part has without those at its end that have no story."""
        texts = self.reader.layout.texts
        for row in range(len(rows), max(0, len(rows) - int(n_rows * _MOST_HELD_BACK)), -1):
            if any(column < len(rows[row - 1]) and rows[row - 1][column].strip() for column in texts):
                return row
        return len(rows)

    def check(self, *, n_rows: int, progress: ProgressCallback = ignore_progress) -> CheckedHarvest:
        """Look through the whole harvest.

        Raises
        ------
        FaultsError
            With all that is to be corrected; beyond a thousand faults the rest isn't looked at.
        """
        checks = _Checks(self)
        for number, sheet in enumerate(self.parts(n_rows, progress=progress)):
            checks.add(self.reader.read(sheet, is_first=not number))
            if len(checks.errors) > MOST_TOLD:
                what = f"it was read down to {sheet.place(len(sheet.rows) - 1, 0)}"
                checks.errors[MOST_TOLD:] = [file_error("", what, "correct these first")]
                break
        return checks.result(n_rows)


class _Checks:
    """Gathers faults, and which rows have which ID, by hashes of eight bytes."""

    def __init__(self, harvest: StreamedHarvest) -> None:
        self.harvest = harvest
        self.errors = [fault for fault in harvest.table.faults if fault.is_error]
        self.groups = FaultGroups()
        self.groups.add(fault for fault in harvest.table.faults if not fault.is_error)
        self.hashes: list[npt.NDArray[np.uint64]] = []
        self.rows: list[npt.NDArray[np.int64]] = []

    def add(self, part: HarvestPart) -> None:
        self.errors += [fault for fault in part.faults if fault.is_error]
        self.groups.add(fault for fault in part.faults if not fault.is_error)
        named = [outcome for outcome in part.outcomes if outcome.fragment_id]
        self.hashes.append(np.array([_hash(outcome.fragment_id) for outcome in named], dtype=np.uint64))
        self.rows.append(np.array([outcome.row for outcome in named], dtype=np.int64))

    def result(self, n_rows: int) -> CheckedHarvest:
        hashes, rows = np.concatenate(self.hashes), np.concatenate(self.rows)
        if len(self.errors) <= MOST_TOLD:
            self.errors += self._repeated(hashes, rows, n_rows)
        if not len(hashes) and not self.errors:
            place = self.harvest.table.sheet.place(self.harvest.reader.layout.header, 0)
            self.errors.append(file_error(place, "no outcomes below the header", "give a filled harvest"))
        if self.errors:
            raise FaultsError({self.harvest.path: tuple(self.errors)})
        return CheckedHarvest(n_outcomes=len(hashes), notes=self.groups.notes(file=self.harvest.path.name))

    def _repeated(self, hashes: npt.NDArray[np.uint64], rows: npt.NDArray[np.int64], n_rows: int) -> Iterator[Fault]:
        """Report the rows with an ID that an earlier row has."""
        _, firsts, own = np.unique(hashes, return_index=True, return_inverse=True)
        first_rows = rows[firsts[own]]
        again = np.flatnonzero(first_rows != rows)
        if not len(again):
            return
        told = again[: MOST_TOLD - len(self.errors)]
        pairs = {int(rows[place]): int(first_rows[place]) for place in told}
        wanted = {*pairs, *pairs.values()}
        found: dict[int, tuple[str, str]] = {}  # the ID and the place of each row, read again
        layout = self.harvest.reader.layout
        for sheet in self.harvest.parts(n_rows):
            here = wanted.intersection(range(_window(sheet.rows).start, len(sheet.rows)))
            found |= {row: (sheet.cell(row, layout.id).strip(), sheet.place(row, layout.id)) for row in here}
        called = layout.names[layout.id].strip()
        for row, first in pairs.items():
            if found[row][0] == found[first][0]:  # and not by chance of the same hash
                yield repeated_id(called, found[row][0], found[row][1], found[first][1])
        if len(again) > len(told):
            yield file_error("", f"{len(again) - len(told):,} further rows repeat an ID", "correct these first")


def open_harvest(path: Path, *, codebook: Codebook, options: ReadingOptions = ReadingOptions()) -> StreamedHarvest:
    """Open a harvest to be read part by part; its columns are found by its first thousand rows.

    Raises
    ------
    FaultsError
        If it can't be read, or has not the columns of a harvest.
    """
    begin_step(f"Reading {path.name}")
    if has_surrogate(path.name):
        raise refusal(path, "the name of the file is not in UTF-8", "rename it")
    stream = open_streamed_table(path, options.encoding)
    options = replace(options, sheets=(), all_sheets=False)  # there is one
    head = next(stream.parts(_N_HEAD))
    head = replace(head, rows=[*head.rows], lines=[*head.lines], notes=())
    (table,) = find_tables(path, codebook=codebook, options=options, sheets=[head])
    if table.missing_kinds:
        raise FaultsError({path: tuple(fault for fault in table.faults if fault.is_error)})
    reader = PartReader(layout=table.layout, codebook=codebook, is_kept=options.is_kept)
    outcomes = reader.read(head, is_first=True).outcomes
    table = replace(table, faults=(*table.faults, *note_unread_columns(table, head, outcomes, codebook)))
    return StreamedHarvest(path=path, stream=stream, table=table, reader=reader)


def _window(rows: Sequence[Sequence[T]]) -> RowWindow[T]:
    return rows if isinstance(rows, RowWindow) else RowWindow(0, rows)


def _hash(fragment_id: str) -> int:
    return int.from_bytes(blake2b(fragment_id.encode("utf-8", "surrogatepass"), digest_size=8).digest())
