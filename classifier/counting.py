"""Counting the codes of coded harvests, from files to tables: what the command does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from classifier import shipped
from classifier.codebook import Codebook
from classifier.errors import ComparisonError, OutputError
from classifier.faults import Note
from classifier.files import check_new
from classifier.harvest import Harvest, read_coded_harvests
from classifier.reading import ReadingOptions
from classifier.tabulation import Table, count_by, count_codes, cross_tables, unfit_columns
from classifier.tabulation_workbook import write_tables

__all__ = ["Counted", "all_tables", "count_harvests", "write_all_tables"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """Codes counted.

    Attributes
    ----------
    counts : tuple of Table
        One per field.
    crossed : tuple of Table
        Each field by what was asked for.
    out : path or None
        The workbook that all tables were written to.
    """

    harvests: tuple[Harvest, ...]
    counts: tuple[Table, ...]
    crossed: tuple[Table, ...]
    out: Path | None
    notes: tuple[Note | str, ...]


def count_harvests(
    paths: Sequence[Path],
    *,
    codebook: Codebook | None = None,
    by: Sequence[str] = (),
    out: Path | None = None,
    options: ReadingOptions = ReadingOptions(),
    overwrite: bool = False,
) -> Counted:
    """Count the codes of coded harvests, and write all tables to a workbook where one is named.

    Parameters
    ----------
    by : sequence of str
        Columns to count by, beside those that are always counted by.

    Raises
    ------
    OutcomeCoderError
        With what is to be put right; then nothing was written.
    """
    if out is not None:
        if out.exists() and any(path.exists() and out.samefile(path) for path in paths):
            raise OutputError(f"{out}: is a harvest, which is never written over; choose another --out")
        check_new(out, overwrite=overwrite)
    codebook = codebook or shipped.codebook()
    harvests = read_coded_harvests(paths, codebook=codebook, options=options)
    counts = count_codes(harvests, codebook)
    if all(table.n_undecided == table.n_outcomes for table in counts):
        raise ComparisonError(
            f"{', '.join(path.name for path in paths)}: no outcome is coded; there is nothing to count"
        )
    crossed = tuple(table for column in by for table in count_by(harvests, codebook, by=column))
    if out is not None:
        write_all_tables(harvests, codebook, out, by=by)
    warnings = [note for harvest in harvests for note in harvest.notes]
    return Counted(
        harvests=harvests,
        counts=counts,
        crossed=crossed,
        out=out,
        notes=(*warnings, *unfit_columns(harvests, codebook)),
    )


def all_tables(harvests: Sequence[Harvest], codebook: Codebook, *, by: Sequence[str] = ()) -> tuple[Table, ...]:
    """Count every field, any two fields against each other, and each by country, period, negative and unintended."""
    return (*count_codes(harvests, codebook), *cross_tables(harvests, codebook, by=by))


def write_all_tables(harvests: Sequence[Harvest], codebook: Codebook, path: Path, *, by: Sequence[str] = ()) -> None:
    """Write all tables to a workbook; see `all_tables` and `write_tables`."""
    write_tables(
        all_tables(harvests, codebook, by=by),
        path,
        title="Codes of harvested outcomes",
        sources=[(harvest.path.name, len(harvest.outcomes)) for harvest in harvests],
    )
