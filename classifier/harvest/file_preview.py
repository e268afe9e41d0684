"""Preview of a file before it is read: its sheets, its columns with their first cells, and its faults."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from classifier.codebook.schema import Codebook
from classifier.errors import FaultsError
from classifier.faults import Fault, Note, group_faults
from classifier.harvest.column_listing import propose_columns
from classifier.harvest.column_matching import How
from classifier.harvest.layout import TargetKind, targets_of
from classifier.harvest.options import ReadingOptions
from classifier.harvest.outcome import Outcome
from classifier.harvest.reading import Harvest, examine_harvests
from classifier.harvest.row_keys import key_column
from classifier.harvest.suggestion_record import is_trace
from classifier.harvest.table import READ_AS_ANOTHER, SAME_COLUMNS, readable_sheets
from classifier.harvest.unread_columns import suggestion_columns_in
from classifier.languages import gettext
from classifier.spelling import label_key
from classifier.spreadsheet.reading import read_sheets
from classifier.spreadsheet.sheet import Sheet, column_letters

_N_ROWS = 5
_LONGEST_CELL = 160  # letters that are shown of a cell
_MOST_COLUMNS = 200
_MOST_CODES = 12  # that are listed of a field


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewColumn:
    """A column of a file, and what it is read as."""

    letters: str  # where it is, as a spreadsheet has it
    name: str
    cells: tuple[str, ...]  # of the first outcomes, long ones cut
    read_as: str  # its name in the codebook; empty where it is not read
    is_proposed: bool  # whether that is a guess, to be looked at
    can_be_left_out: bool  # false where it may say that outcomes are confidential


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewField:
    """The codes of a field that a file came with."""

    name: str
    n_coded: int  # outcomes that have one
    codes: tuple[tuple[str, int], ...]  # each with the number of its outcomes, the commonest first
    n_more: int  # further codes


@dataclass(frozen=True, slots=True, kw_only=True)
class FilePreview:
    """What a file would be read as.

    Attributes
    ----------
    sheets : tuple of (str, int, bool)
        Sheets that have the columns: name, number of rows, and whether it is read.
    columns : tuple of PreviewColumn
        Of the sheets that are read, each name once.
    choices : dict of str to str
        What a column may be read as, by the codebook's name, and what that is in the current language.
    errors, notes : tuple of Note
        What is to be corrected first, and what is worth a look.
    options : ReadingOptions
        How it is read, with the columns that were proposed.
    """

    sheets: tuple[tuple[str, int, bool], ...] = ()
    columns: tuple[PreviewColumn, ...] = ()
    choices: Mapping[str, str] = dataclasses.field(default_factory=dict)
    n_more_columns: int = 0
    n_own_columns: int = 0  # that a workbook of suggestions was given, and that are not read
    outcomes: tuple[Outcome, ...] = ()
    fields: tuple[PreviewField, ...] = ()
    errors: tuple[Note, ...] = ()
    notes: tuple[Note, ...] = ()
    options: ReadingOptions = ReadingOptions()

    @property
    def n_outcomes(self) -> int:
        """How many outcomes it has."""
        return len(self.outcomes)

    @property
    def can_be_read(self) -> bool:
        """Whether nothing is to be corrected first."""
        return not self.errors and self.n_outcomes > 0


def preview_file(path: Path, *, codebook: Codebook, options: ReadingOptions, is_first: bool = True) -> FilePreview:
    """Say what a file would be read as, whatever is wrong with it.

    Parameters
    ----------
    is_first : bool
        Whether nobody has said yet what its columns hold, so that those that are likely are proposed.

    Examples
    --------
    >>> from classifier.codebook.schema import sample_codebook
    >>> preview = preview_file(
    ...     getfixture("harvest_3_new"), codebook=sample_codebook(), options=ReadingOptions()
    ... )
    >>> preview.n_outcomes, preview.columns[0].name, preview.columns[0].read_as
    (118, 'FragmentID', 'FragmentID')
    """
    proposed: dict[str, str] = {}
    try:
        sheets = read_sheets(path, encoding=options.encoding)
        harvests = examine_harvests(path, codebook=codebook, options=options, sheets=sheets)
        if is_first and (proposed := propose_columns(harvests[0])):
            options = options.upon(proposed)
            harvests = examine_harvests(path, codebook=codebook, options=options, sheets=sheets)
    except FaultsError as error:
        faults = [fault for found in error.faults.values() for fault in found]
        return FilePreview(errors=_notes(faults), options=options)
    there = readable_sheets(sheets, codebook=codebook, options=options)
    read = dict.fromkeys(harvest.sheet.name for harvest in harvests)
    ours = _own_columns(sheets, harvests, codebook)
    columns = list(_columns(harvests, codebook, proposed, without=ours))
    faults = [fault for harvest in harvests for fault in harvest.warnings]
    return FilePreview(
        sheets=tuple((name, n_rows, name in read) for name, n_rows in there.items()),
        columns=tuple(columns[:_MOST_COLUMNS]),
        choices=_choices(codebook),
        n_more_columns=max(len(columns) - _MOST_COLUMNS, 0),
        n_own_columns=len(ours),
        outcomes=tuple(outcome for harvest in harvests for outcome in harvest.outcomes),
        fields=tuple(_fields(harvests, codebook)),
        errors=_notes([fault for fault in faults if fault.is_error]),
        notes=_notes([fault for fault in faults if not fault.is_error]),
        options=replace(options, sheets=tuple(read), all_sheets=False) if len(there) > 1 else options,
    )


def _notes(faults: Sequence[Fault]) -> tuple[Note, ...]:
    """Group faults, without those that the lists of sheets and columns show."""
    return group_faults([fault.for_page() for fault in faults if fault.gist not in (SAME_COLUMNS, READ_AS_ANOTHER)])


def _own_columns(sheets: Sequence[Sheet], harvests: Sequence[Harvest], codebook: Codebook) -> frozenset[str]:
    """Return the keys of the columns that a workbook of suggestions was given, as far as they are not read."""
    if not any(sheet.rows and is_trace(sheet.rows[0]) for sheet in sheets):
        return frozenset()
    return frozenset(
        label_key(harvest.header[column])
        for harvest in harvests
        for column in {*suggestion_columns_in(harvest.header, codebook), key_column(harvest.header)}
        if column is not None and column not in {match.column for match in harvest.matching.matches}
    )


def _columns(
    harvests: Sequence[Harvest], codebook: Codebook, proposed: Collection[str], *, without: Collection[str]
) -> Iterator[PreviewColumn]:
    likely = set(map(label_key, proposed))
    seen = {*without}
    for harvest in harvests:
        read = {match.column: match for match in harvest.matching.matches}
        for column, name in enumerate(harvest.header):
            if not name.strip() or label_key(name) in seen:
                continue
            seen.add(label_key(name))
            match = read.get(column)
            yield PreviewColumn(
                letters=column_letters(column),
                name=" ".join(name.split()),
                cells=tuple(_shown(harvest.cell(outcome, column)) for outcome in harvest.outcomes[:_N_ROWS]),
                read_as="" if match is None else match.target.name,
                is_proposed=label_key(name) in likely or (match is not None and match.how not in (How.NAME, How.SAID)),
                can_be_left_out=match is None or match.target.names != codebook.columns.confidential,
            )


def _choices(codebook: Codebook) -> dict[str, str]:
    columns = codebook.columns
    meanings = {
        columns.id: gettext("ID of the outcome"),
        columns.merged: gettext("the whole story"),
        columns.description.column: gettext("what changed"),
        columns.period: gettext("harvesting period"),
        columns.country: gettext("country"),
        columns.year: gettext("year"),
        columns.confidential: gettext("confidential: yes or no"),
        columns.negative: gettext("negative outcome: yes or no"),
        columns.unintended: gettext("unintended change: yes or no"),
    }
    choices: dict[str, str] = {}
    for target in targets_of(codebook):
        if target.kind is not TargetKind.TICK:
            # The standard headings of a story have translations.
            meaning = meanings.get(target.names) or gettext(target.name)
            if target.field is not None:
                field = target.field.shown_heading
                is_derived = target.kind is TargetKind.OPTION
                meaning = gettext("answer that leads to a code of {field}", field=field) if is_derived else field
            choices.setdefault(target.name, meaning)
    return choices


def _shown(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST_CELL else f"{text[:_LONGEST_CELL].rstrip()}…"


def _fields(harvests: Sequence[Harvest], codebook: Codebook) -> Iterator[PreviewField]:
    for field in codebook.fields:
        given = [
            codes
            for harvest in harvests
            for outcome in harvest.outcomes
            if (codes := outcome.codes.get(field.name, ()))
        ]
        counts: Mapping[str, int] = {
            code.code: n for code in field.codes if (n := sum(code.code in codes for codes in given))
        }
        common = sorted(counts.items(), key=lambda pair: -pair[1])
        yield PreviewField(
            name=field.shown_heading,
            n_coded=len(given),
            codes=tuple((field.shown([code])[0], n) for code, n in common[:_MOST_CODES]),
            n_more=len(common[_MOST_CODES:]),
        )
