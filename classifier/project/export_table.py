"""Coded harvest as a table: a .csv of its own columns, or a wide one with a column of 0 and 1 for each code."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from classifier.errors import OutputError
from classifier.harvest.outcome import Outcome
from classifier.harvest.reading import Harvest
from classifier.project.coded_outcomes import CodedOutcomes, FileNotes
from classifier.project.export_workbook import fill_copy, rows_alone
from classifier.spreadsheet.table_file import Value, write_table

_ABOUT = ("period", "country", "year")


def write_csv(coded: CodedOutcomes, out: Path) -> FileNotes:
    """Write the table of outcomes, its code columns filled as those of the workbook."""
    if len(coded.harvests) > 1:
        sheets = ", ".join(repr(harvest.sheet.name) for harvest in coded.harvests)
        raise OutputError(
            f"{out}: a .csv holds one table, and {coded.name} has its outcomes on several sheets ({sheets}); choose an "
            "--out that ends in .xlsx, or add --wide"
        )
    (harvest,), faults = rows_alone(coded)
    copy = fill_copy(coded, [harvest], is_new=True)
    header, *rows = ([*cells] for cells in copy.workbook.worksheets[0].values)
    # Titles above the header, and rows kept ready for further outcomes below, are no part of the table.
    header, *rows = [header, *rows][harvest.layout.header :][: len(harvest.outcomes) + 1]
    names = [*harvest.header, *header[len(harvest.header) :]]
    write_table(out, [names, *rows], title="Outcomes")
    return FileNotes(notes=coded.left_out, faults=copy.notes, source_faults=faults)


def write_wide(coded: CodedOutcomes, out: Path) -> FileNotes:
    """Write a row for each outcome, with its ID, period, country and year, and 0 or 1 for each code.

    The cells of a field in which nothing was decided, or coders differ, are empty: that no code was given isn't known.
    """
    first = coded.harvests[0]
    about = {key: heading for key in _ABOUT if (heading := _heading(first, getattr(first.layout, key)))}
    codes = [f"{field.heading}: {code}" for field in coded.codebook.fields for code in field.code_names]
    header = [_heading(first, first.layout.id), *about.values(), *codes]
    rows = [_wide_row(coded, outcome, tuple(about)) for outcome in coded.outcomes]
    write_table(out, [header, *rows], title="Codes")
    return FileNotes(notes=coded.left_out)


def _wide_row(coded: CodedOutcomes, outcome: Outcome, about: Sequence[str]) -> list[Value]:
    cells: list[Value] = [outcome.fragment_id, *(getattr(outcome, key) for key in about)]
    for field in coded.codebook.fields:
        given = coded.codes(outcome, field)
        cells += [int(code in given) if given else None for code in field.code_names]
    return cells


def _heading(harvest: Harvest, column: int | None) -> str:
    return "" if column is None else " ".join(harvest.header[column].split())
