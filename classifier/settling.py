"""The codes that coders have agreed on, in a copy of the first coder's workbook."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from pathlib import Path

from openpyxl import Workbook
from openpyxl.cell import MergedCell
from openpyxl.worksheet.worksheet import Worksheet

from classifier.adjudication import Settled
from classifier.codebook import Codebook, CodeField
from classifier.coder_names import identity_of, tidied
from classifier.codings import line_up, some
from classifier.desk import WIDEST, WRAPPED, Desk, plain_cell, write_text
from classifier.errors import OutputError
from classifier.faults import Fault, Note, group_faults
from classifier.file_kind import FileKind
from classifier.files import check_new, check_writable, write_whole
from classifier.grids import write_grid
from classifier.harvest import Harvest
from classifier.made_workbook import as_workbooks
from classifier.normal_form import label_key
from classifier.outcomes import Outcome
from classifier.tick_columns import is_ticked
from classifier.trace_sheet import remove_trace
from classifier.workbook_copy import copy_workbook, free_title, save_copy
from classifier.workbook_losses import can_be_copied, told_of_copy

__all__ = ["FilledCopy", "FilledIn", "SettledFile", "fill_in", "settle"]

_SETTLED_SHEET = "Settled"

Codes = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SettledFile:
    """What was written, counted in outcomes and fields: each field of each outcome is one.

    Attributes
    ----------
    n_settled : int
        Those that were settled.
    n_agreed : int
        Those in which all who coded them gave the same codes, in whatever order, and nobody settled others.
    n_uncoded : int
        Those that nobody coded or settled; their cells stay empty.
    still_open : tuple of tuple of str
        The ID and the field of those that coders differ in and that were not settled; their cells are empty.
    strangers : tuple of Settled
        What was settled of outcomes that none of the files has; it was not written.
    notes : tuple of Note or str
        What is worth a look.
    """

    out: Path
    n_settled: int
    n_agreed: int
    n_uncoded: int
    still_open: tuple[tuple[str, str], ...]
    strangers: tuple[Settled, ...]
    notes: tuple[Note | str, ...]


def settle(
    harvests: Sequence[Harvest],
    settled: Sequence[Settled],
    *,
    codebook: Codebook,
    coder: str,
    when: datetime.datetime,
    out: Path,
    overwrite: bool = False,
) -> SettledFile:
    """Write the agreed codes into a copy of the first coder's workbook.

    Where a field was settled, its cell holds the settled codes; else what all who coded it gave; where they
    differ it is left empty. An option that leads to another code is replaced by the one that leads to the
    code entered, or taken out where there are none or several. Outcomes that only other coders have are
    added below. The sheet `Settled` says what was settled, by whom and when.

    Parameters
    ----------
    harvests : sequence of Harvest
        The files of the coders, read by `read_coded_harvests`; none of them is changed.
    coder : str
        Who settled the differences.
    when : datetime
        With its time zone.

    Raises
    ------
    OutputError
        If the first file is no workbook or can't be copied, or `out` is in somebody's way; then nothing
        was written.
    ValueError
        If `when` has no time zone.
    """
    if when.utcoffset() is None:
        raise ValueError(f"when needs a time zone, got {when.isoformat()}")
    _check(harvests, coder=coder, out=out, overwrite=overwrite)
    with as_workbooks(harvests[:1]) as first:
        copy = fill_in([*first, *harvests[1:]], settled, codebook=codebook)
    decisions = copy.decisions
    coders = line_up(harvests, codebook=codebook).coders
    _write_settled(copy.workbook, decisions.values(), codebook, coders=coders, coder=tidied(coder), when=when)
    with write_whole(out) as temporary:
        copy.save(temporary, of=harvests[0])
    strangers = tuple(one for one in settled if (one.fragment_id, one.field) not in decisions)
    return SettledFile(
        out=out,
        n_settled=sum(one.settled is not None for one in decisions.values()),
        n_agreed=sum(one.is_agreed for one in decisions.values()),
        n_uncoded=sum(one.is_uncoded for one in decisions.values()),
        still_open=tuple(key for key, one in decisions.items() if one.is_open),
        strangers=strangers,
        notes=(*_notes(harvests[0], out, strangers, added=copy.added), *group_faults(copy.notes, file=out.name)),
    )


@dataclass(slots=True, kw_only=True)
class FilledCopy:
    """A copy of a workbook into which codes were filled, not saved yet.

    Attributes
    ----------
    decisions : dict of tuple of str to FilledIn
        By the outcome's ID and the field's name, what stands there now.
    added : tuple of str
        The IDs of outcomes added.
    changed : set of tuple of str, int and int
        The cells that were written: sheet, row and column, counted from 1.
    """

    workbook: Workbook
    decisions: dict[tuple[str, str], FilledIn] = dataclass_field(default_factory=dict)
    added: tuple[str, ...] = ()
    notes: tuple[Fault, ...] = ()
    changed: set[tuple[str, int, int]] = dataclass_field(default_factory=set)

    def save(self, path: Path, *, of: Harvest) -> None:
        """Save it, as a copy of a harvest's workbook."""
        original = of.path if can_be_copied(of.path) else None
        save_copy(self.workbook, path, original=original, changed=self.changed)


def fill_in(
    harvests: Sequence[Harvest],
    settled: Sequence[Settled],
    *,
    codebook: Codebook,
    into: FilledCopy | None = None,
) -> FilledCopy:
    """Fill the agreed codes into a copy of the first harvest's workbook; see `settle`.

    What such a workbook keeps of suggestions, hidden, is left out.

    Parameters
    ----------
    into : FilledCopy, optional
        A copy of that workbook, in which another of its sheets was filled already.
    """
    decisions = _decide(harvests, settled, codebook)
    copy = into or FilledCopy(workbook=copy_workbook(harvests[0].path))
    remove_trace(copy.workbook)
    desk = _desk(copy.workbook, harvests[0])
    copy.added += _add_outcomes(desk, harvests, decisions.values())
    for field in codebook.fields:
        _write_field(desk, field, [one for one in decisions.values() if one.field is field])
    copy.notes += (*desk.widen_ranges(), *desk.unlock_codes())
    copy.decisions |= decisions
    copy.changed |= desk.changed
    return copy


def _check(harvests: Sequence[Harvest], *, coder: str, out: Path, overwrite: bool) -> None:
    first = harvests[0].path
    if not identity_of(coder):
        raise OutputError("it must be told who settled the differences; give a name with --coder")
    if first_coder := harvests[0].coder:
        raise OutputError(
            f"{first.name}: agreed codes are written into a file with one row for each outcome, and this one has rows "
            f"of several coders, such as {first_coder!r}; give each coder's codes in a file of their own to settle them"
        )
    if first.suffix.lower() in FileKind.TEXT.endings and not can_be_copied(first):
        raise OutputError(
            f"{first.name}: agreed codes are written into a copy of the first coder's workbook, and this is none; name "
            "an .xlsx file first"
        )
    if len({harvest.path for harvest in harvests}) < len(harvests):
        raise OutputError("agreed codes are written into one sheet; name the one that is meant with --sheet")
    if out.suffix.lower() != ".xlsx":
        raise OutputError(f"{out}: agreed codes are written as a workbook; choose an --out that ends in .xlsx")
    if out.exists() and any(harvest.path.exists() and out.samefile(harvest.path) for harvest in harvests):
        raise OutputError(f"{out}: is a coder's own file, which is never written over; choose another --out")
    check_new(out, overwrite=overwrite)
    check_writable(out)


# What is decided


@dataclass(frozen=True, slots=True, kw_only=True)
class FilledIn:
    """What stands in one field of one outcome.

    Attributes
    ----------
    row : int
        Its row in the first harvest, counted from 0, or in what is added below.
    given : tuple of tuple of str
        What each coder gave; empty where it was not coded.
    """

    fragment_id: str
    field: CodeField
    row: int
    given: tuple[Codes, ...]
    settled: Settled | None

    @property
    def codes(self) -> Codes:
        """The codes to enter; none where nothing is decided."""
        if self.settled is not None:
            return self.settled.codes
        return next(filter(None, self.given), ()) if self._n_kinds == 1 else ()

    @property
    def is_agreed(self) -> bool:
        """Whether all who coded it gave the same codes, and nobody settled others."""
        return self.settled is None and self._n_kinds == 1

    @property
    def is_uncoded(self) -> bool:
        """Whether nobody coded or settled it."""
        return self.settled is None and self._n_kinds == 0

    @property
    def is_open(self) -> bool:
        """Whether coders differ and nobody settled it."""
        return self.settled is None and self._n_kinds > 1

    @property
    def _n_kinds(self) -> int:
        return len({frozenset(codes) for codes in self.given if codes})


def _decide(
    harvests: Sequence[Harvest], settled: Sequence[Settled], codebook: Codebook
) -> Mapping[tuple[str, str], FilledIn]:
    """Say what is to stand in each field of each outcome, by its ID and the field's name."""
    by_id = [{outcome.fragment_id: outcome for outcome in harvest.outcomes} for harvest in harvests]
    ids = dict.fromkeys(name for outcomes in by_id for name in outcomes)
    agreed = {(one.fragment_id, one.field): one for one in settled}
    added = (name for name in ids if name not in by_id[0])
    rows = {name: outcome.row for name, outcome in by_id[0].items()}
    rows |= {name: row for row, name in enumerate(added, start=len(harvests[0].sheet.rows))}
    return {
        (name, field.name): FilledIn(
            fragment_id=name,
            field=field,
            row=rows[name],
            given=tuple(outcomes[name].codes.get(field.name, ()) if name in outcomes else () for outcomes in by_id),
            settled=agreed.get((name, field.name)),
        )
        for name in ids
        for field in codebook.fields
    }


# The copy


def _desk(workbook: Workbook, harvest: Harvest) -> Desk:
    sheet = workbook[harvest.sheet.name]
    assert isinstance(sheet, Worksheet)  # no chart sheet has the columns of a harvest
    return Desk.at(sheet, harvest)


def _add_outcomes(desk: Desk, harvests: Sequence[Harvest], decisions: Iterable[FilledIn]) -> tuple[str, ...]:
    """Add the outcomes that only other coders have, under the columns of the first; return their IDs."""
    rows = {one.fragment_id: one.row for one in decisions if one.row >= len(desk.harvest.sheet.rows)}
    missing = dict(rows)
    for harvest in harvests[1:]:
        for outcome in harvest.outcomes:
            # Of several coders that have it, the first is asked; the codes are written later, with all others.
            if (row := missing.pop(outcome.fragment_id, None)) is not None:
                _add_outcome(desk, row, harvest, outcome)
    return tuple(rows)


def _add_outcome(desk: Desk, row: int, harvest: Harvest, outcome: Outcome) -> None:
    columns = {label_key(name): column for column, name in reversed([*enumerate(harvest.header)])}
    columns[label_key(desk.harvest.header[desk.harvest.layout.id])] = harvest.layout.id
    for column, name in enumerate(desk.harvest.header, start=1):
        text = harvest.cell(outcome, columns.get(label_key(name))) if name.strip() else ""
        if text:
            cell = plain_cell(desk.sheet, row + 1, column)
            write_text(cell, text)
            cell.alignment = WRAPPED


def _write_field(desk: Desk, field: CodeField, decisions: Sequence[FilledIn]) -> None:
    layout = desk.harvest.layout
    column = layout.fields.get(field.name)
    # What nobody coded is left alone: a label there may be one that the codebook doesn't know.
    entered = [(one.row, field.separator.join(one.codes)) for one in decisions if not one.is_uncoded]
    if column is not None:
        for row, text in entered:
            _enter(desk, row, column, text)
    elif entered and layout.ticks.get(field.name, {}).keys() != set(field.code_names):
        width = min(max(map(len, field.code_names)) + 2.0, WIDEST)
        added = desk.write_column(field.column.strip(), entered, width=width, note="The codes that were agreed on.")
        desk.for_codes.add(added)
    for one in decisions:
        if not one.is_uncoded:
            for code, at in layout.ticks.get(field.name, {}).items():
                _tick(desk, one.row, at, is_given=code in one.codes, code=code)
    if field.name in layout.options:
        for one in decisions:
            _mend_option(desk, one, layout.options[field.name])


def _tick(desk: Desk, row: int, column: int, *, is_given: bool, code: str) -> None:
    """Say yes or no to a code as the other cells of its column do; a cell that says so already is left alone."""
    if is_ticked(_text(desk, row, column), code) is is_given:
        return
    below = range(desk.harvest.layout.header + 1, len(desk.harvest.sheet.rows))
    told = [text for one in below if (text := desk.harvest.sheet.cell(one, column).strip())]
    fitting = [text for text in told if is_ticked(text, code) is is_given]
    # A column that is blank where the code isn't given says no by saying nothing.
    usual = Counter(fitting).most_common(1)
    text = usual[0][0] if usual else "1" if is_given else ""
    _enter(desk, row, column, text)
    if text.isdigit():
        plain_cell(desk.sheet, row + 1, column + 1).value = int(text)  # or sums would leave it out


def _mend_option(desk: Desk, decision: FilledIn, column: int) -> None:
    """Take out an option that speaks for another code; put in the one that leads to the code, if there is just one.

    What all agreed on from the start keeps the option it had.
    """
    field, codes = decision.field, decision.codes
    option = _text(desk, decision.row, column)
    if decision.is_open:
        _enter(desk, decision.row, column, "")  # or the code would be read from it
    elif decision.settled is not None and not _may_stay(option, decision):
        leading = [one for one in field.options if field.derive(one) in codes]
        _enter(desk, decision.row, column, leading[0] if len(leading) == 1 else "")


def _may_stay(option: str, decision: FilledIn) -> bool:
    derived = decision.field.derive(option)
    if option and derived is None:  # not in the codebook, so it speaks for whatever it stood beside
        return set(decision.given[0]) == set(decision.codes)
    return derived in decision.codes


def _enter(desk: Desk, row: int, column: int, text: str) -> None:
    """Write into a cell, which keeps its look; one that holds the text already is left alone."""
    cell = desk.sheet.cell(row + 1, column + 1)
    if isinstance(cell, MergedCell):
        if text and _text(desk, row, column) != text:
            raise OutputError(
                f"{desk.harvest.path.name}: {desk.harvest.sheet.place(row, column)} is inside a merged cell, so that "
                "no code can be entered there; unmerge it and run again"
            )
    # The value of a formula isn't copied, and would be missing until a spreadsheet program reckons it anew.
    elif _text(desk, row, column) != text or cell.data_type == "f":
        cell.value = None
        desk.changed.add((desk.sheet.title, row + 1, column + 1))
        if text:
            write_text(plain_cell(desk.sheet, row + 1, column + 1), text)


def _text(desk: Desk, row: int, column: int) -> str:
    """Return what stands in a cell, also where it is a formula or was added by us."""
    sheet = desk.harvest.sheet
    if row < len(sheet.rows):
        return sheet.cell(row, column).strip()
    return str(desk.sheet.cell(row + 1, column + 1).value or "").strip()


# What is told


def _write_settled(
    workbook: Workbook,
    decisions: Iterable[FilledIn],
    codebook: Codebook,
    *,
    coders: Sequence[str],
    coder: str,
    when: datetime.datetime,
) -> None:
    sheet = workbook.create_sheet(free_title(workbook, _SETTLED_SHEET))
    told = when.isoformat(timespec="seconds")
    rows = [
        (
            one.fragment_id,
            one.field.column.strip(),
            *(one.field.separator.join(codes) for codes in one.given),
            one.field.separator.join(one.codes),
            coder,
            told,
            one.settled.note,
        )
        for one in decisions
        if one.settled is not None
    ]
    header = (codebook.columns.id[0].strip(), "Field", *coders, "Agreed code", "Settled by", "When", "Note")
    widths = (16.0, 22.0, *(28.0 for _ in coders), 28.0, 18.0, 27.0, 40.0)
    write_grid(sheet, [header, *rows], widths=widths)
    sheet.auto_filter.ref = sheet.dimensions


def _notes(harvest: Harvest, out: Path, strangers: Sequence[Settled], *, added: Sequence[str]) -> Iterator[str]:
    yield from told_of_copy(harvest, out)
    if added:
        yield f"{harvest.path.name}: lacks {len(added)} outcome(s), which were added below its last row: {some(added)}"
    if strangers:
        names = list(dict.fromkeys(one.fragment_id for one in strangers))
        yield (
            f"{len(names)} settled outcome(s) stand in none of the coders' files, and their codes were not written: "
            f"{some(names)}"
        )
