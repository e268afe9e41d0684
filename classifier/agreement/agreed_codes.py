"""Agreed codes, filled into a copy of the first coder's workbook."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from pathlib import Path

from openpyxl import Workbook

from classifier.agreement.adjudication import AdjudicatedCode
from classifier.agreement.agreed_workbook import add_outcomes, sheet_to_fill, write_adjudicated, write_field
from classifier.agreement.codings import line_up
from classifier.agreement.filled_in import FilledIn
from classifier.codebook.schema import Codebook
from classifier.coder_names import identity_of, tidied
from classifier.errors import OutputError
from classifier.faults import Fault, Note, group_faults
from classifier.files import check_new, check_writable, write_whole
from classifier.harvest.copy_notes import losses_of_copy
from classifier.harvest.hidden_sheet import remove_trace
from classifier.harvest.new_workbook import as_workbooks
from classifier.harvest.reading import Harvest
from classifier.harvest.review_sheet import remove_review_sheets
from classifier.spreadsheet.copy_losses import can_be_copied
from classifier.spreadsheet.copying import copy_workbook, save_copy
from classifier.spreadsheet.file_kind import FileKind
from classifier.wording import counted, listed


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjudicatedFile:
    """A written workbook of agreed codes, with counts by outcome and field."""

    out: Path
    n_adjudicated: int
    # Those in which all who coded them gave the same codes, in whatever order, and nobody adjudicated others.
    n_agreed: int
    n_uncoded: int  # those that nobody coded or adjudicated; their cells stay empty
    # The ID and the field of those that coders differ in and that were not adjudicated; their cells are empty.
    still_open: tuple[tuple[str, str], ...]
    strangers: tuple[AdjudicatedCode, ...]  # agreed codes of outcomes that none of the files has; they were not written
    notes: tuple[Note | str, ...]
    # Of `still_open`, those of confidential outcomes that the workbook of differences leaves out.
    confidential: tuple[tuple[str, str], ...] = ()


def write_agreed_codes(
    harvests: Sequence[Harvest],
    adjudications: Sequence[AdjudicatedCode],
    *,
    codebook: Codebook,
    coder: str,
    when: datetime.datetime,
    out: Path,
    overwrite: bool = False,
) -> AdjudicatedFile:
    """Write the agreed codes into a copy of the first coder's workbook.

    Where a field was adjudicated, its cell holds the agreed codes; else what all who coded it gave; where they
    differ it is left empty. An option that belongs to another code is replaced by the one that belongs to the code
    entered, or taken out where there are none or several. Outcomes that only other coders have are added below. The
    sheet `Adjudicated` says what was adjudicated, by whom and when. None of the coders' files is changed; if `out`
    exists, or the first file is no workbook, nothing is written.
    """
    if when.utcoffset() is None:
        raise ValueError(f"when needs a time zone, got {when.isoformat()}")
    _check(harvests, coder=coder, out=out, overwrite=overwrite)
    with as_workbooks(harvests[:1]) as first:
        copy = fill_in([*first, *harvests[1:]], adjudications, codebook=codebook)
    decisions = copy.decisions
    coders = line_up(harvests, codebook=codebook).coders
    write_adjudicated(copy.workbook, decisions.values(), codebook, coders=coders, coder=tidied(coder), when=when)
    with write_whole(out) as temporary:
        copy.save(temporary, of=harvests[0])
    strangers = tuple(
        adjudicated for adjudicated in adjudications if (adjudicated.fragment_id, adjudicated.field) not in decisions
    )
    return AdjudicatedFile(
        out=out,
        n_adjudicated=sum(decision.adjudicated is not None for decision in decisions.values()),
        n_agreed=sum(decision.is_agreed for decision in decisions.values()),
        n_uncoded=sum(decision.is_uncoded for decision in decisions.values()),
        still_open=tuple(key for key, decision in decisions.items() if decision.is_open),
        strangers=strangers,
        notes=(*_notes(harvests[0], out, strangers, added=copy.added), *group_faults(copy.notes, file=out.name)),
    )


@dataclass(slots=True, kw_only=True)
class FilledCopy:
    """A copy of a workbook into which codes were filled, not saved yet."""

    workbook: Workbook
    # By the outcome's ID and the field's name, what is there now.
    decisions: dict[tuple[str, str], FilledIn] = dataclass_field(default_factory=dict)
    added: tuple[str, ...] = ()  # the IDs of outcomes added
    notes: tuple[Fault, ...] = ()
    # The cells that were written: sheet, row and column, counted from 1.
    changed: set[tuple[str, int, int]] = dataclass_field(default_factory=set)

    def save(self, path: Path, *, of: Harvest | None) -> None:
        """Save it, as a copy of a harvest's workbook; where it was made anew, `of` is None."""
        original = of.path if of is not None and can_be_copied(of.path) else None
        save_copy(self.workbook, path, original=original, changed=self.changed)


def fill_in(
    harvests: Sequence[Harvest],
    adjudications: Sequence[AdjudicatedCode],
    *,
    codebook: Codebook,
    into: FilledCopy | None = None,
) -> FilledCopy:
    """Fill the agreed codes into a copy of the first harvest's workbook; see `write_agreed_codes`.

    The sheet for choosing codes, and what such a workbook keeps of suggestions, hidden, are left out. `into` is a
    copy of that workbook in which another of its sheets was filled already.
    """
    decisions = _decide(harvests, adjudications, codebook)
    copy = into or FilledCopy(workbook=copy_workbook(harvests[0].path))
    remove_trace(copy.workbook)
    remove_review_sheets(copy.workbook)
    target = sheet_to_fill(copy.workbook, harvests[0])
    copy.added += add_outcomes(target, harvests, decisions.values())
    for field in codebook.fields:
        write_field(target, field, [decision for decision in decisions.values() if decision.field is field])
    copy.notes += (*target.notes, *target.widen_ranges(), *target.unlock_codes())
    copy.decisions |= decisions
    copy.changed |= target.changed
    return copy


def _check(harvests: Sequence[Harvest], *, coder: str, out: Path, overwrite: bool) -> None:
    first = harvests[0].path
    if not identity_of(coder):
        raise OutputError("give the name of who adjudicated the differences with --coder")
    if first_coder := harvests[0].coder:
        raise OutputError(
            f"{first.name}: agreed codes are written into a file with one row for each outcome, and this one has rows "
            f"of several coders, such as {first_coder!r}; give each coder's codes in a separate file"
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
        raise OutputError(f"{out}: is a coder's own file, which is never overwritten; choose another --out")
    check_new(out, overwrite=overwrite)
    check_writable(out)


def _decide(
    harvests: Sequence[Harvest], adjudications: Sequence[AdjudicatedCode], codebook: Codebook
) -> Mapping[tuple[str, str], FilledIn]:
    """Return the agreed codes by outcome ID and field name."""
    by_id = [{outcome.fragment_id: outcome for outcome in harvest.outcomes} for harvest in harvests]
    ids = dict.fromkeys(name for outcomes in by_id for name in outcomes)
    agreed = {(adjudicated.fragment_id, adjudicated.field): adjudicated for adjudicated in adjudications}
    added = (name for name in ids if name not in by_id[0])
    rows = {name: outcome.row for name, outcome in by_id[0].items()}
    rows |= {name: row for row, name in enumerate(added, start=len(harvests[0].sheet.rows))}
    return {
        (name, field.name): FilledIn(
            fragment_id=name,
            field=field,
            row=rows[name],
            given=tuple(outcomes[name].codes.get(field.name, ()) if name in outcomes else () for outcomes in by_id),
            adjudicated=agreed.get((name, field.name)),
        )
        for name in ids
        for field in codebook.fields
    }


def _notes(harvest: Harvest, out: Path, strangers: Sequence[AdjudicatedCode], *, added: Sequence[str]) -> Iterator[str]:
    yield from losses_of_copy(harvest, out)
    if added:
        n_added = counted(len(added), "outcome")
        yield f"{harvest.path.name}: lacks {n_added}, which were added below its last row: {listed(added)}"
    if strangers:
        names = list(dict.fromkeys(adjudicated.fragment_id for adjudicated in strangers))
        yield (
            f"{counted(len(names), 'adjudicated outcome')} not in any of the coders' files, and not written: "
            f"{listed(names)}"
        )
