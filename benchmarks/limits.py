"""Files as large as `classifier.limits` allows, and harvests of 20,000 outcomes: how long they take to read.

Example: python -m benchmarks.limits
"""

from __future__ import annotations

import csv
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from openpyxl import Workbook

from classifier.codebook.schema import sample_codebook
from classifier.errors import OutcomeCoderError
from classifier.harvest.reading import read_harvest
from classifier.limits import MIB, MOST_CELLS, MOST_FILE_MIB, MOST_SECONDS
from classifier.spreadsheet.reading import read_sheets

_N_OUTCOMES = 20_000
_LONGEST_CELL = 32_767  # letters, as many as a spreadsheet program keeps
_STORY = "The council of the district published its budget after the women's network had asked for it in public. " * 6
_HEADER = ("FragmentID", "country", "OH-harvesting period", "Outcome description", "Scale")


def main() -> None:
    """Make each file, read it, print."""
    print(f"At most {MOST_SECONDS} s are spent on a file.")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for title, make, read in (
            (f"{_N_OUTCOMES:,} outcomes, .xlsx", _harvest_workbook, _n_outcomes),
            (f"{_N_OUTCOMES:,} outcomes, .csv", _harvest_table, _n_outcomes),
            (f"1,000 cells of {_LONGEST_CELL:,} letters, .xlsx", _long_cells, _n_outcomes),
            (f"{MOST_FILE_MIB} MiB, .csv", _large_table, _n_cells),
            (f"{MOST_CELLS:,} cells, all but two blank, .xlsx", _wide_workbook, _n_cells),
        ):
            path = make(folder)
            start = time.monotonic()
            try:
                found = read(path)
            except OutcomeCoderError as error:
                found = str(error).splitlines()[-1].strip()
            print(
                f"{title}, {path.stat().st_size / MIB:.1f} MiB: {found}, {time.monotonic() - start:.1f} s", flush=True
            )
            path.unlink()


def _n_outcomes(path: Path) -> str:
    return f"{len(read_harvest(path, codebook=sample_codebook()).outcomes):,} outcomes"


def _n_cells(path: Path) -> str:
    return f"{sum(len(row) for sheet in read_sheets(path) for row in sheet.rows):,} cells"


def _rows(n_outcomes: int, story: Callable[[int], str]) -> Iterator[tuple[str, ...]]:
    yield _HEADER
    for number in range(n_outcomes):
        yield (f"SCC/{number}", "Mali", "2026", story(number), "Local")


def _workbook(path: Path, rows: Iterator[tuple[str, ...]]) -> Path:
    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet("Outcomes")
    for row in rows:
        sheet.append(row)
    workbook.save(path)
    return path


def _table(path: Path, rows: Iterator[tuple[str, ...]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


def _harvest_workbook(folder: Path) -> Path:
    return _workbook(folder / "harvest.xlsx", _rows(_N_OUTCOMES, lambda number: f"{number}: {_STORY}"))


def _harvest_table(folder: Path) -> Path:
    return _table(folder / "harvest.csv", _rows(_N_OUTCOMES, lambda number: f"{number}: {_STORY}"))


def _long_cells(folder: Path) -> Path:
    longest = (_STORY * 60)[:_LONGEST_CELL]
    return _workbook(folder / "long.xlsx", _rows(1000, lambda number: f"{number}: {longest}"[:_LONGEST_CELL]))


def _large_table(folder: Path) -> Path:
    n_rows = (MOST_FILE_MIB * MIB - 2000) // (3 * len(_STORY) + 40)  # fewer than MOST_ROWS
    return _table(folder / "large.csv", _rows(n_rows, lambda number: f"{number}: {_STORY * 3}"))


def _wide_workbook(folder: Path) -> Path:
    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet("Outcomes")
    n_columns = 1000
    sheet.append(["FragmentID"])
    for _ in range(MOST_CELLS // n_columns - 2):
        sheet.append([])
    sheet.append([None] * (n_columns - 1) + ["the last one in use"])
    workbook.save(folder / "wide.xlsx")
    return folder / "wide.xlsx"


if __name__ == "__main__":
    main()
