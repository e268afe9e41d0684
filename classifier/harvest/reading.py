"""Reading of a harvest: the outcomes of one file, checked against a codebook."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from classifier.codebook.schema import Codebook, sample_codebook
from classifier.control_characters import has_surrogate
from classifier.errors import FaultsError
from classifier.faults import Fault, FaultKind, Note, file_error, group_faults, shown
from classifier.files import sha256_of
from classifier.harvest.coder_column import CoderRows, coder_rows, guess_coder_column
from classifier.harvest.column_matching import ColumnMatching
from classifier.harvest.layout import Layout, positions_of
from classifier.harvest.options import ReadingOptions, quoted
from classifier.harvest.outcome import Outcome
from classifier.harvest.reviewed_codes import OutcomesOfSheet, merge_reviewed
from classifier.harvest.row_integrity import ReadRows
from classifier.harvest.row_reader import RowReader
from classifier.harvest.rows import outcome_rows
from classifier.harvest.similar_ids import alike_within, id_faults
from classifier.harvest.table import Table, find_tables
from classifier.harvest.unread_columns import note_unread_columns
from classifier.languages import joined, lazy_gettext
from classifier.spelling import label_key
from classifier.spreadsheet.cell_notes import notes_on_reading
from classifier.spreadsheet.frames import sheet_of_frame
from classifier.spreadsheet.sheet import Sheet
from classifier.steps import begin_step

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True)
class Harvest:
    """The outcomes of one file.

    Attributes
    ----------
    sheet : Sheet
        All cells as they were read, the columns we have no use for included.
    warnings : tuple of Fault
        What is worth a look and did not stop the work.
    matching : ColumnMatching
        Which column holds what, and how that is known.
    coder : str
        Whose codes these are, where the file says it in a column; such a file is read to a harvest for each coder.
    options : ReadingOptions
        How it was read: by the same options, a copy of the file is read to the same outcomes.
    """

    path: Path
    sheet: Sheet
    layout: Layout
    outcomes: tuple[Outcome, ...]
    warnings: tuple[Fault, ...] = ()
    matching: ColumnMatching = ColumnMatching()
    coder: str = ""
    options: ReadingOptions = ReadingOptions()

    @classmethod
    def from_frame(
        cls,
        frame: pd.DataFrame,
        *,
        codebook: Codebook | None = None,
        name: str = "data frame",
        options: ReadingOptions = ReadingOptions(),
    ) -> Harvest:
        """Read the outcomes in a pandas data frame, as `read_harvest` reads those in a file.

        Parameters
        ----------
        frame : DataFrame
            A row for each outcome; its columns go by the names that the codebook gives.
        codebook : Codebook, optional
            By default the one that ships with the program.
        name : str
            What messages call it; where coders are compared, the name of the coder.

        Raises
        ------
        FaultsError
            With all that keeps the frame from being read.

        Examples
        --------
        >>> import pandas as pd
        >>> frame = pd.DataFrame({"FragmentID": ["SCC-LPC/035"], "Outcome description": ["The council met."]})
        >>> Harvest.from_frame(frame).outcomes[0].fragment_id
        'SCC-LPC/035'
        """
        path = Path(name)
        sheet = sheet_of_frame(frame, name=name)
        codebook = codebook or sample_codebook()
        (harvest,) = refuse_faulty(path, examine_harvests(path, codebook=codebook, options=options, sheets=[sheet]))
        return harvest

    @property
    def notes(self) -> tuple[Note, ...]:
        """Notes, with similar warnings grouped; each names the file."""
        return group_faults(self.warnings, file=self.path.name)

    @property
    def sha256(self) -> str:
        """SHA-256 of the file; of a data frame, that of its cells."""
        if self.path.is_file():
            return sha256_of(self.path)
        return hashlib.sha256(json.dumps(self.sheet.rows).encode()).hexdigest()

    @property
    def header(self) -> Sequence[str]:
        """The names of the columns, as they stand in the file."""
        return self.layout.names or self.sheet.rows[self.layout.header]

    def column(self, names: Sequence[str]) -> int | None:
        """Find the column of the first of these names that the file has, or a column is taken for."""
        positions = positions_of(self.header)
        for name in names:
            if (place := positions.get(label_key(name))) is not None:
                return place
        taken = (match.column for match in self.matching.matches if any(map(match.target.goes_by, names)))
        return next(taken, None)

    def cell(self, outcome: Outcome, column: int | None) -> str:
        """Return the cell of an outcome in a column, as it was read; nothing where there is no such column."""
        return self.sheet.cell(outcome.row, column)


def file_names(harvests: Iterable[Harvest]) -> str:
    """Name the files of harvests, each once: of a file of which several sheets are read, each is a harvest."""
    return ", ".join(dict.fromkeys(harvest.path.name for harvest in harvests))


def read_harvest(path: Path | str, *, codebook: Codebook, options: ReadingOptions = ReadingOptions()) -> Harvest:
    """Read a harvest in which codes may be missing, or be ones the codebook doesn't know.

    Parameters
    ----------
    path : path
        A workbook (.xlsx, .xlsm, .xlsb, .xls, .ods), a table in .csv or .tsv, .json or .jsonl, or
        ``**Field**: value`` records in .txt or .md.
    codebook : Codebook
        Says which columns are looked for.
    options : ReadingOptions, optional
        The sheet of a workbook, by default the first one that has the columns; and what its columns hold,
        where their names don't say it.

    Returns
    -------
    Harvest
        Its `warnings` hold what is odd but does not stop the work.

    Raises
    ------
    FaultsError
        If the file can't be read as a harvest, with all its faults at once, or several sheets are asked for:
        see `read_harvests`.

    Examples
    --------
    >>> from classifier.codebook.schema import sample_codebook
    >>> harvest = read_harvest(getfixture("harvest_3_new"), codebook=sample_codebook())
    >>> len(harvest.outcomes), harvest.outcomes[0].fragment_id
    (118, 'SCC-JEU/026')
    """
    harvests = read_harvests(path, codebook=codebook, options=options)
    if len(harvests) > 1:
        names = joined(", ", (repr(harvest.sheet.name) for harvest in harvests))
        fault = file_error(
            "",
            lazy_gettext(
                "one sheet is read here, and {harvests} are asked for: {names}", harvests=len(harvests), names=names
            ),
            lazy_gettext("name one"),
        )
        raise FaultsError({Path(path): (fault,)})
    return harvests[0]


def read_harvests(
    path: Path | str, *, codebook: Codebook, options: ReadingOptions = ReadingOptions()
) -> tuple[Harvest, ...]:
    """Read the sheets of a file that are asked for, a harvest each; see `read_harvest`."""
    path = Path(path)
    return refuse_faulty(path, examine_harvests(path, codebook=codebook, options=options))


def refuse_faulty(path: Path, harvests: tuple[Harvest, ...]) -> tuple[Harvest, ...]:
    """Return harvests that can be worked with."""
    faults = tuple(chain.from_iterable(harvest.warnings for harvest in harvests))
    if any(fault.is_error for fault in faults):
        raise FaultsError({path: faults})
    return harvests


def examine_harvests(
    path: Path, *, codebook: Codebook, options: ReadingOptions, sheets: Sequence[Sheet] | None = None
) -> tuple[Harvest, ...]:
    """Read the sheets of a file, whatever is wrong with them: their `warnings` hold the errors too.

    Raises
    ------
    FaultsError
        If the file can't be read at all.
    """
    begin_step(f"Reading {path.name}")
    if has_surrogate(path.name):
        fault = file_error("", lazy_gettext("the name of the file is not in UTF-8"), lazy_gettext("rename it"))
        raise FaultsError({path: (fault,)})
    tables = find_tables(path, codebook=codebook, options=options, sheets=sheets)
    examined = [
        (table, replace(harvest, options=options.of_sheet(table.sheet.name)))
        for table in tables
        for harvest in _examine(path, table, codebook, options)
    ]
    harvests = _with_reviewed(examined, codebook)
    first: dict[tuple[str, str], str] = {}
    for number, harvest in enumerate(harvests):
        places = {
            (harvest.coder, outcome.fragment_id): harvest.sheet.place(outcome.row, harvest.layout.id)
            for outcome in harvest.outcomes
        }
        called = harvest.header[harvest.layout.id].strip()
        repeated = [repeated_id(called, key[1], where, first[key]) for key, where in places.items() if key in first]
        harvests[number] = replace(harvest, warnings=(*harvest.warnings, *repeated))
        first |= {key: where for key, where in places.items() if key[1]}
    return tuple(harvests)


def _with_reviewed(examined: Sequence[tuple[Table, Harvest]], codebook: Codebook) -> list[Harvest]:
    """Merge the codes chosen on review sheets into the outcomes."""
    reviews = next((table.reviews for table, _ in examined if table.reviews), ())
    parts = {
        number: OutcomesOfSheet(sheet=harvest.sheet, layout=harvest.layout, outcomes=[*harvest.outcomes])
        for number, (table, harvest) in enumerate(examined)
        if table.reviews
    }
    if reviews:
        merge_reviewed([*parts.values()], reviews, codebook)
    harvests = [harvest for _, harvest in examined]
    for number, part in parts.items():
        warnings = (*harvests[number].warnings, *part.faults)
        harvests[number] = replace(harvests[number], outcomes=tuple(part.outcomes), warnings=warnings)
    return harvests


def _examine(path: Path, table: Table, codebook: Codebook, options: ReadingOptions) -> tuple[Harvest, ...]:
    """Read a sheet; where a column names the coder, into a harvest for each."""
    layout = table.layout
    sheet = table.sheet.with_merged_filled(below=layout.header)
    is_ours = bool(table.trace or table.reviews)
    reader = RowReader(sheet, layout, codebook, is_kept=options.is_kept, takes_keys=is_ours)
    missing = table.missing_kinds
    found = outcome_rows(sheet, layout, codebook.columns, is_complete=not missing)
    outcomes = tuple(map(reader.read, found.rows))
    rows = None
    if options.coder_column is not None and outcomes:
        rows = coder_rows(sheet, layout, outcomes, column=options.coder_column)
        reader.faults += [rows] if isinstance(rows, Fault) else rows.faults
    whose = rows.names if isinstance(rows, CoderRows) else {}
    by_row = [*reader.faults, *_repeated_ids(sheet, layout, outcomes, whose)]
    # Without its column, an ID or a story is missing in every row; it is enough to say so once.
    reported = {fault.where for fault in by_row if fault.kind is FaultKind.ID}
    left_out = {fault.where for fault in found.faults}
    notes = notes_on_reading(sheet, rows=found.rows, columns=layout.columns, reported=reported)
    reading = [note for note in notes if note.where not in left_out]
    faults = [*reading, *table.faults, *found.faults, *(fault for fault in by_row if fault.kind not in missing)]
    if not missing:
        faults += note_unread_columns(table, sheet, outcomes, codebook)
    if FaultKind.ID not in missing:
        faults += ReadRows(sheet=sheet, layout=layout, outcomes=outcomes, codebook=codebook, trace=table.trace).faults()
        faults += _alike_ids(sheet, layout, outcomes)
    if not outcomes:
        faults.append(
            file_error(
                sheet.place(layout.header, 0),
                lazy_gettext("no outcomes below the header"),
                lazy_gettext("give a filled harvest"),
            )
        )
    harvest = Harvest(
        path=path,
        sheet=sheet,
        layout=layout,
        outcomes=outcomes,
        warnings=tuple(faults),
        matching=table.matching,
    )
    return _by_coder(harvest, whose) if whose else (harvest,)


def _by_coder(harvest: Harvest, whose: Mapping[int, str]) -> tuple[Harvest, ...]:
    """Return a harvest for each coder; notes on the file are with the first."""
    parts = [
        replace(
            harvest,
            coder=coder,
            outcomes=tuple(outcome for outcome in harvest.outcomes if whose.get(outcome.row) == coder),
        )
        for coder in dict.fromkeys(whose.values())
    ]
    return (parts[0], *(replace(part, warnings=()) for part in parts[1:]))


def _alike_ids(sheet: Sheet, layout: Layout, outcomes: Sequence[Outcome]) -> Iterable[Fault]:
    """Report IDs that can hardly be distinguished from an earlier one of the sheet."""
    where = {outcome.fragment_id: sheet.place(outcome.row, layout.id) for outcome in reversed(outcomes)}
    found = alike_within([outcome.fragment_id for outcome in outcomes])
    return id_faults(
        found,
        where=where,
        of=dict.fromkeys(where, lazy_gettext("this file")),
        remedy=lazy_gettext("if it is the same outcome, delete one of the two rows"),
    )


def _repeated_ids(
    sheet: Sheet, layout: Layout, outcomes: Sequence[Outcome], whose: Mapping[int, str]
) -> Iterable[Fault]:
    @cache  # goes through all rows, and is wanted at each repeated one
    def coder_column() -> str | None:
        return None if whose else guess_coder_column(sheet, layout, outcomes)

    first: dict[tuple[str, str], Outcome] = {}
    for outcome in outcomes:
        known = first.setdefault((whose.get(outcome.row, ""), outcome.fragment_id), outcome)
        if known is not outcome and outcome.fragment_id:
            called = layout.names[layout.id].strip()
            where, before = (sheet.place(row, layout.id) for row in (outcome.row, known.row))
            merged = sheet.merged_at(outcome.row, layout.id)
            if merged and (known.row, layout.id) in merged:
                yield _merged_id(called, outcome.fragment_id, where, before)
            else:
                yield repeated_id(called, outcome.fragment_id, where, before, coder_column=coder_column())


def _merged_id(called: str, fragment_id: str, where: str, first: str) -> Fault:
    return file_error(
        where,
        lazy_gettext(
            "{called} {fragment_id} is merged over this row and {first}",
            called=called,
            fragment_id=shown(fragment_id),
            first=first,
        ),
        lazy_gettext("split the cell and give each outcome an ID of its own, or put a single outcome into one row"),
        kind=FaultKind.ID,
    )


def repeated_id(called: str, fragment_id: str, where: str, first: str, *, coder_column: str | None = None) -> Fault:
    """Report an ID that two rows have; the column named is one that seems to name coders."""
    alone = lazy_gettext("give each outcome an ID of its own, or delete the repeated row")
    what = lazy_gettext(
        "{called} {fragment_id} appears twice, first in {first}",
        called=called,
        fragment_id=shown(fragment_id),
        first=first,
    )
    if coder_column is None:
        return file_error(where, what, alone, kind=FaultKind.ID)
    option = f"--coder-column {quoted(coder_column)}"
    remedy = lazy_gettext(
        "if each row is one coder's, use `agreement` or `summary` with {option}; else {alone}",
        option=option,
        alone=alone,
    )
    fault = file_error(where, what, remedy, kind=FaultKind.ID)
    return replace(fault, gist=f"{called} appears twice", on_page=alone)
