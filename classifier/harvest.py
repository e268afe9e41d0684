"""A harvest: the outcomes of one file, read by the names of its columns and checked against a codebook."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from classifier import shipped
from classifier.codebook import Codebook, CodeField, Columns
from classifier.errors import FaultsError
from classifier.faults import Fault, FaultKind, Note, file_error, group_faults, nearest
from classifier.fragments import tell_story
from classifier.normal_form import label_key, normalise
from classifier.outcomes import Outcome
from classifier.sheets import Sheet, column_letters, read_sheets

__all__ = ["Harvest", "Layout", "read_coded_harvests", "read_harvest"]

_FIRST_YEAR = 1990
_LONGEST_SHOWN = 60  # letters
_HEADER_ROWS = 20  # a title and some notes may stand above the header, but not a page of them
_DENIED = {normalise(word) for word in ("no", "n", "false", "0", "non", "لا", "não")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Where the columns of a harvest are in its sheet; all numbers count from 0.

    Attributes
    ----------
    header : int
        The row that names the columns.
    fields : dict of str to int
        The column of each code field that the sheet has, by the field's name.
    options : dict of str to int
        The column that a field is derived from, by the field's name.
    """

    header: int
    id: int
    merged: int | None
    parts: Mapping[str, int]
    period: int | None
    country: int | None
    year: int | None
    confidential: int | None
    fields: Mapping[str, int]
    options: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Harvest:
    """The outcomes of one file.

    Attributes
    ----------
    sheet : Sheet
        All cells as they were read, the columns we have no use for included.
    warnings : tuple of Fault
        What is worth a look and did not stop the work.
    """

    path: Path
    sheet: Sheet
    layout: Layout
    outcomes: tuple[Outcome, ...]
    warnings: tuple[Fault, ...] = ()

    @property
    def notes(self) -> tuple[Note, ...]:
        """What is worth a look, alike warnings together; the file is named with each."""
        return group_faults(self.warnings, file=self.path.name)

    @property
    def header(self) -> Sequence[str]:
        """The names of the columns, as they stand in the file."""
        return self.sheet.rows[self.layout.header]

    def cell(self, outcome: Outcome, column: int | None) -> str:
        """Return what stands in a column of an outcome's row, as it was read; nothing where there is no such column."""
        return self.sheet.cell(outcome.row, column)


def read_harvest(path: Path | str, *, codebook: Codebook | None = None, sheet: str | None = None) -> Harvest:
    """Read a harvest in which codes may be missing, or be ones the codebook doesn't know.

    Parameters
    ----------
    path : path
        An .xlsx workbook, a .csv or .tsv table, .jsonl, or ``**Field**: value`` records in .txt or .md.
    codebook : Codebook, optional
        Says which columns are looked for; by default the one that ships with the program.
    sheet : str, optional
        The sheet of a workbook; by default the first one that has the columns.

    Returns
    -------
    Harvest
        Its `warnings` hold what is odd but does not stop the work.

    Raises
    ------
    FaultsError
        If the file can't be read as a harvest, with all its faults at once.

    Examples
    --------
    >>> harvest = read_harvest(getfixture("harvest_3_new"))
    >>> len(harvest.outcomes), harvest.outcomes[0].fragment_id
    (118, 'SCC-JEU/026')
    """
    path = Path(path)
    codebook = codebook or shipped.codebook()
    harvest, faults = _examine(path, _find_layout(path, codebook, sheet), codebook)
    if any(fault.is_error for fault in faults):
        raise FaultsError({path: faults})
    return harvest


def read_coded_harvests(
    paths: Iterable[Path | str], *, codebook: Codebook, sheet: str | None = None
) -> tuple[Harvest, ...]:
    """Read harvests to learn from or to compare with: every code in them must be a code of the codebook.

    An outcome that stands in several files is told as a warning on the later one.

    Raises
    ------
    FaultsError
        With all faults of all files at once.
    """
    harvests, failed = [], {}
    seen: dict[str, str] = {}
    for path in map(Path, paths):
        try:
            found = _find_layout(path, codebook, sheet)
        except FaultsError as error:
            failed.update(error.faults)
            continue
        harvest, faults = _examine(path, found, codebook)
        faults = tuple(fault.as_error() if fault.kind is FaultKind.CODE else fault for fault in faults)
        faults += tuple(_missing_code_column(harvest, codebook))
        repeated = [outcome for outcome in harvest.outcomes if outcome.fragment_id in seen]
        if repeated:
            faults += (_note_repeated(repeated, seen),)
        seen.update({outcome.fragment_id: path.name for outcome in harvest.outcomes})
        if any(fault.is_error for fault in faults):
            failed[path] = faults
        harvests.append(
            Harvest(
                path=path,
                sheet=harvest.sheet,
                layout=harvest.layout,
                outcomes=harvest.outcomes,
                warnings=faults,
            )
        )
    if failed:
        raise FaultsError(failed)
    return tuple(harvests)


def _note_repeated(repeated: Sequence[Outcome], seen: Mapping[str, str]) -> Fault:
    first = repeated[0].fragment_id
    return Fault(
        kind=FaultKind.NOTE,
        where="",
        what=f"{len(repeated)} outcome(s) stand in an earlier file too, {first!r} in {seen[first]} for one",
        remedy="leave one of the files out if they hold the same outcomes",
    )


def _missing_code_column(harvest: Harvest, codebook: Codebook) -> Iterable[Fault]:
    if not harvest.layout.fields and not harvest.layout.options:
        wanted = [field.column for field in codebook.fields]
        yield _missing(harvest.sheet, harvest.layout.header, "a code column", wanted)


# Finding the columns


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """A sheet, where its columns are, and what is wrong with them."""

    sheet: Sheet
    layout: Layout
    faults: tuple[Fault, ...]

    def missing_kinds(self, columns: Columns) -> frozenset[FaultKind]:
        names = _positions(self.sheet.rows[self.layout.header])
        if _first(names, columns.id) is None:
            return frozenset({FaultKind.ID, FaultKind.TEXT})
        return frozenset() if _has_text(names, columns) else frozenset({FaultKind.TEXT})


def _find_layout(path: Path, codebook: Codebook, wanted_sheet: str | None) -> _Found:
    sheets = read_sheets(path, named=wanted_sheet)
    columns = codebook.columns
    places = [(sheet, row) for sheet in sheets for row in range(min(_HEADER_ROWS, len(sheet.rows)))]
    for sheet, row in places:
        positions = _positions(sheet.rows[row])
        if _first(positions, columns.id) is not None and _has_text(positions, columns):
            break
    else:
        sheet, row = _likeliest_header(path, places, columns, blank=", ".join(sheet.name for sheet in sheets))
    return _Found(
        sheet=sheet,
        layout=_layout(row, _positions(sheet.rows[row]), codebook),
        faults=(*_missing_columns(sheet, row, columns), *_doubled(sheet, row, codebook)),
    )


def _positions(header: Sequence[str]) -> dict[str, int]:
    positions: dict[str, int] = {}
    for index, name in enumerate(header):
        if name.strip():
            positions.setdefault(label_key(name), index)
    return positions


def _first(positions: Mapping[str, int], names: Iterable[str]) -> int | None:
    return next((positions[label_key(name)] for name in names if label_key(name) in positions), None)


def _has_text(positions: Mapping[str, int], columns: Columns) -> bool:
    return _first(positions, (*columns.description.column, *columns.merged)) is not None


def _layout(row: int, positions: Mapping[str, int], codebook: Codebook) -> Layout:
    columns = codebook.columns
    parts = {part.column[0]: _first(positions, part.column) for part in columns.parts}
    fields = {field.name: _first(positions, field.columns) for field in codebook.fields}
    options = {field.name: _first(positions, [field.derived_from]) for field in codebook.fields if field.derived_from}
    return Layout(
        header=row,
        id=_first(positions, columns.id) or 0,
        merged=_first(positions, columns.merged),
        parts={name: index for name, index in parts.items() if index is not None},
        period=_first(positions, columns.period),
        country=_first(positions, columns.country),
        year=_first(positions, columns.year),
        confidential=_first(positions, columns.confidential),
        fields={name: index for name, index in fields.items() if index is not None},
        options={name: index for name, index in options.items() if index is not None},
    )


def _doubled(sheet: Sheet, row: int, codebook: Codebook) -> Iterable[Fault]:
    # Of two columns with the same name we can't know which one is meant.
    ours = {label_key(name) for name in _wanted_names(codebook)}
    first: dict[str, int] = {}
    for index, name in enumerate(sheet.rows[row]):
        key = label_key(name)
        if key in ours and key in first:
            yield file_error(
                sheet.place(row, index),
                f"column {name.strip()!r} stands twice, first in {sheet.place(row, first[key])}",
                "rename or delete one of the two",
            )
        first.setdefault(key, index)


def _wanted_names(codebook: Codebook) -> Iterable[str]:
    columns = codebook.columns
    yield from chain(columns.id, columns.period, columns.country, columns.year, columns.confidential, columns.merged)
    for part in columns.parts:
        yield from part.column
    for field in codebook.fields:
        yield from field.columns
        if field.derived_from:
            yield field.derived_from


def _likeliest_header(
    path: Path, places: Sequence[tuple[Sheet, int]], columns: Columns, *, blank: str
) -> tuple[Sheet, int]:
    """Find the row that was most likely meant to name the columns; `blank` names the sheets if there is none."""
    wanted = (*columns.id, *columns.description.column, *columns.merged)

    def n_found(place: tuple[Sheet, int]) -> tuple[int, int]:
        cells = place[0].rows[place[1]]
        names = _positions(cells)
        alike = sum(nearest(name, cells, cutoff=0.7) is not None for name in wanted)
        return sum(label_key(name) in names for name in wanted), alike

    filled = [(sheet, row) for sheet, row in places if any(cell.strip() for cell in sheet.rows[row])]
    if not filled:
        what = f"the first {_HEADER_ROWS} rows are blank"
        raise FaultsError({path: (file_error(blank, what, "name another sheet, or move the table up"),)})
    return max(filled, key=n_found)


def _missing_columns(sheet: Sheet, row: int, columns: Columns) -> Iterable[Fault]:
    names = _positions(sheet.rows[row])
    if _first(names, columns.id) is None:
        yield _missing(sheet, row, f"column {columns.id[0]!r}", columns.id)
    if not _has_text(names, columns):
        either = f"column {columns.description.column[0]!r} (or {columns.merged[0]!r})"
        yield _missing(sheet, row, either, (*columns.description.column, *columns.merged))


def _missing(sheet: Sheet, row: int, what: str, wanted: Sequence[str]) -> Fault:
    names = [name.strip() for name in sheet.rows[row] if name.strip()]
    guesses = (nearest(name, names, cutoff=0.7) for name in wanted)
    guess = next((name for name in guesses if name), None)
    hint = (
        f"is it {guess!r}? Then rename that column, or declare the name in the codebook"
        if guess
        else f"the columns found are {', '.join(map(repr, names[:8]))}{' …' if len(names) > 8 else ''}"
    )
    return file_error(sheet.place(row, 0), f"{what} is missing", hint)


# Reading the rows


def _examine(path: Path, found: _Found, codebook: Codebook) -> tuple[Harvest, tuple[Fault, ...]]:
    layout = found.layout
    sheet = found.sheet.with_merged_filled(below=layout.header)
    reader = _RowReader(sheet, layout, codebook)
    outcomes = tuple(
        reader.read(row)
        for row in range(layout.header + 1, len(sheet.rows))
        if any(cell.strip() for cell in sheet.rows[row])
    )
    by_row = [*reader.faults, *_repeated_ids(sheet, layout, outcomes)]
    # Without its column, an ID or a story is missing in every row; it is enough to say so once.
    missing = found.missing_kinds(codebook.columns)
    faults = [*sheet.notes, *found.faults, *(fault for fault in by_row if fault.kind not in missing)]
    if not outcomes:
        faults.append(
            file_error(sheet.place(layout.header, 0), "no outcomes below the header", "give a filled harvest")
        )
    harvest = Harvest(path=path, sheet=sheet, layout=layout, outcomes=outcomes, warnings=tuple(faults))
    return harvest, tuple(faults)


def _repeated_ids(sheet: Sheet, layout: Layout, outcomes: Sequence[Outcome]) -> Iterable[Fault]:
    first: dict[str, Outcome] = {}
    for outcome in outcomes:
        known = first.setdefault(outcome.fragment_id.strip(), outcome)
        if known is not outcome and outcome.fragment_id.strip():
            yield file_error(
                sheet.place(outcome.row, layout.id),
                f"{sheet.cell(layout.header, layout.id).strip()} {outcome.fragment_id!r} stands twice, "
                f"first in {sheet.place(known.row, layout.id)}",
                "give each outcome an ID of its own, or delete the repeated row",
                kind=FaultKind.ID,
            )


class _RowReader:
    """Reads rows into outcomes and gathers what is wrong with them."""

    def __init__(self, sheet: Sheet, layout: Layout, codebook: Codebook) -> None:
        self.sheet = sheet
        self.layout = layout
        self.codebook = codebook
        self.faults: list[Fault] = []

    def read(self, row: int) -> Outcome:
        columns = self.codebook.columns
        layout = self.layout
        texts = {name: self.sheet.cell(row, index) for name, index in layout.parts.items()}
        story = tell_story(texts, self.sheet.cell(row, layout.merged), columns.parts)
        fragment_id = self.sheet.cell(row, layout.id).strip()
        year = self.sheet.cell(row, layout.year).strip()
        self._check_width(row)
        if not fragment_id:
            name = self.sheet.cell(layout.header, layout.id).strip()
            place = self.sheet.place(row, layout.id)
            self.faults.append(file_error(place, f"{name} is empty", "give it an ID", kind=FaultKind.ID))
        if story.is_blank:
            self._warn(
                FaultKind.TEXT,
                row,
                layout.id,
                f"outcome {fragment_id!r} has no text",
                "it gets no suggestion; fill its description",
                gist="the outcome has no text",
            )
        if layout.year is not None and year and not _is_year(year):
            self._warn(
                FaultKind.YEAR,
                row,
                layout.year,
                f"year {_shown(year)} is odd",
                f"four digits from {_FIRST_YEAR} to next year are expected",
                gist="the year is odd",
            )
        return Outcome(
            fragment_id=fragment_id,
            story=story,
            codes={field.name: codes for field in self.codebook.fields if (codes := self._codes(row, field))},
            period=self.sheet.cell(row, layout.period).strip(),
            country=self.sheet.cell(row, layout.country).strip(),
            year=year,
            confidential=_truth(self.sheet.cell(row, layout.confidential)),
            row=row,
        )

    def _warn(self, kind: FaultKind, row: int, column: int, what: str, remedy: str, *, gist: str = "") -> None:
        self.faults.append(Fault(kind=kind, where=self.sheet.place(row, column), what=what, remedy=remedy, gist=gist))

    def _check_width(self, row: int) -> None:
        header = self.sheet.rows[self.layout.header]
        surplus = [
            index for index in range(len(header), len(self.sheet.rows[row])) if self.sheet.rows[row][index].strip()
        ]
        if surplus:
            self.faults.append(
                file_error(
                    self.sheet.place(row, surplus[0]),
                    f"the row is longer than the header, which ends in column {column_letters(len(header) - 1)}",
                    "put texts that hold the separator in quotes, or name the column",
                )
            )

    def _codes(self, row: int, field: CodeField) -> tuple[str, ...]:
        given = self._given_codes(row, field)
        column = self.layout.options.get(field.name)
        option = self.sheet.cell(row, column).strip()
        if column is None or not option:
            return given
        derived = field.derive(option)
        if derived is None:
            self._warn_unknown_option(row, column, field, option, has_code=bool(given))
        elif given and derived not in given:
            self._warn(
                FaultKind.CODE,
                row,
                self.layout.fields[field.name],
                f"{field.column} is {given[0]!r}, but {field.derived_from} {option!r} belongs to {derived!r}",
                "correct one of the two cells",
            )
        return given or ((derived,) if derived else ())

    def _given_codes(self, row: int, field: CodeField) -> tuple[str, ...]:
        column = self.layout.fields.get(field.name)
        codes: dict[str, None] = {}
        for label in field.split(self.sheet.cell(row, column)):
            code = field.find(label)
            if code is not None:
                codes[code] = None
            elif column is not None:
                guess = field.nearest(label)
                remedy = f"did you mean {guess!r}?" if guess else f"the codes are {', '.join(field.code_names)}"
                self._warn(
                    FaultKind.CODE, row, column, f"{_shown(label)} is not a code of field {field.name!r}", remedy
                )
        return tuple(codes)

    def _warn_unknown_option(self, row: int, column: int, field: CodeField, option: str, *, has_code: bool) -> None:
        guess = nearest(option, field.options)
        self._warn(
            # Without a code the row would be lost to the field; with one, the option is only a curiosity.
            FaultKind.NOTE if has_code else FaultKind.CODE,
            row,
            column,
            f"{_shown(option)} is not an option that leads to a code of field {field.name!r}",
            f"did you mean {guess!r}?" if guess else "add it to the codebook under `mcq`",
        )


def _shown(text: str) -> str:
    """Quote a label; what is too long to be one may be a story in the wrong column, and is not told."""
    return repr(text if len(text) <= _LONGEST_SHOWN else f"{text[: _LONGEST_SHOWN // 2]}…")


def _is_year(text: str) -> bool:
    next_year = datetime.date.today().year + 1
    return len(text) == 4 and text.isascii() and text.isdigit() and _FIRST_YEAR <= int(text) <= next_year


def _truth(text: str) -> bool | None:
    word = normalise(text)
    if not word:
        return None
    # Whatever is not a plain no is taken as a yes: it is the safe side for a person at risk.
    return word not in _DENIED
