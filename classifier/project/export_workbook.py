"""Export of a coded harvest: a copy of its workbook with the decided codes and a sheet of all decisions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from classifier.agreement.adjudication import AdjudicatedCode
from classifier.agreement.agreed_codes import FilledCopy, fill_in
from classifier.agreement.filled_in import FilledIn
from classifier.errors import OutputError, ProjectError
from classifier.faults import Fault, FaultKind, Note, group_faults
from classifier.files import check_new, check_writable, write_whole
from classifier.harvest.confidentiality import (
    Confidentiality,
    leave_out_confidential,
    left_out_ids,
    with_rows_of_outcomes,
)
from classifier.harvest.copy_notes import losses_of_copy
from classifier.harvest.new_workbook import as_workbooks
from classifier.harvest.reading import Harvest
from classifier.harvest.table import unread_outcome_sheets
from classifier.project.completeness import CellCounts, count_cells
from classifier.project.consensus import Consensus, consensus_of, is_same_coding
from classifier.project.current_decisions import JournalState
from classifier.project.file_names import original_name
from classifier.project.journal import Decision, DecisionMethod, Entry
from classifier.project.project import Project
from classifier.project.provenance import Provenance, provenance_of
from classifier.report.crosstab.counts import all_tables, unfit_columns
from classifier.report.crosstab.summary_sheet import add_summary
from classifier.spreadsheet.cells import Value, write_grid
from classifier.spreadsheet.copy_losses import can_be_copied
from classifier.spreadsheet.copying import free_title
from classifier.wording import listed

_SHEET = "Decisions"
_HEADER = (
    "FragmentID", "Field", "Codes", "Coder", "When", "How", "Blind", "Suggested", "Confidence shown", "Model", "Note",
    "Counts",
)  # fmt: skip
_MADE_ANEW = (
    "The workbook is a new one with the cells of the others, as text; formatting, formulas and other sheets, which may "
    "hold confidential outcomes too, are not in it"
)
_WIDTHS = (16.0, 22.0, 32.0, 16.0, 22.0, 14.0, 10.0, 32.0, 12.0, 24.0, 36.0, 18.0)

Key = tuple[str, str]
"""Outcome and field."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """Result of an export."""

    out: Path
    n_outcomes: int
    # By the name of the field, how many of the workbook's cells are decided, adjudicated and so on.
    cells: Mapping[str, CellCounts]
    # The ID and the field of cells in which coders differ and nobody has adjudicated; they are empty.
    still_open: tuple[Key, ...]
    # Decided outcomes that are in no current file, only in an earlier version of this one; the workbook has
    # only their decisions.
    missing: tuple[str, ...]
    confidentiality: Confidentiality
    notes: tuple[Note | str, ...] = ()  # what the workbook can't hold, and what is worth a look in it


def export_project(
    project: Project,
    out: Path,
    *,
    harvest: str | None = None,
    include_confidential: bool = False,
    overwrite: bool = False,
    as_new: bool = False,
    is_visible: Callable[[Decision], bool] = lambda decision: True,
) -> Exported:
    """Write the coded harvest: a copy of the file that was added, its code columns filled by what was decided.

    A cell holds what one coder decided, several decided alike, or somebody adjudicated; where coders differ it
    is empty. Codes of the file itself are kept where nothing was decided. The sheet `Summary` counts
    the codes that stand in the copy, and the sheet `Decisions` says who decided what, also of outcomes that
    only an earlier version of the file has. Of a file of another kind a workbook is made, and also `as_new`, or unless
    confidential outcomes are asked for, where some are left out or other sheets of the file may hold outcomes. With
    `is_visible`, it is written as if the journal held no other decisions.
    """
    if out.suffix.lower() != ".xlsx":
        raise OutputError(f"{out}: the coded harvest is a workbook; choose an --out that ends in .xlsx")
    check_new(out, overwrite=overwrite)
    check_writable(out)
    chosen, confidentiality = _shared(project, _chosen(project, harvest), include_confidential=include_confidential)
    entries = [entry for entry in project.journal.entries() if is_visible(entry.decision)]
    journal_state = JournalState(entries)
    outcomes = [outcome for harvest in chosen for outcome in harvest.outcomes]
    ids = [outcome.fragment_id for outcome in outcomes]
    earlier = _only_in_earlier(project, chosen, include_confidential=include_confidential)
    missing = consensus_of(earlier, project.codebook, journal_state)
    here = consensus_of(ids, project.codebook, journal_state)
    unread = () if include_confidential else _unread_sheets(project, chosen)
    is_new = bool(as_new or confidentiality.n_left_out or unread)
    chosen = tuple(map(with_rows_of_outcomes, chosen)) if is_new else chosen
    copy = _filled_copy(project, chosen, tuple(here.values()), is_new=is_new)
    missing_ids = dict.fromkeys(fragment_id for fragment_id, _ in missing)
    numbers, consensus_by_cell = journal_state.counting(), {**here, **missing}
    rows = [
        _row(project, entry, counts=_counts(entry, numbers, consensus_by_cell))
        for wanted in (set(ids), missing_ids.keys())
        for entry in entries
        if entry.decision.fragment_id in wanted and entry.decision.method is not DecisionMethod.REVEALED
    ]
    _add_decisions(copy, rows)
    with write_whole(out) as temporary:
        copy.save(temporary, of=None if is_new else chosen[0])
    name = original_name(chosen[0].path)
    return Exported(
        out=out,
        n_outcomes=len(outcomes),
        cells=count_cells(outcomes, project.codebook, journal_state, project.shares),
        still_open=tuple(key for key, consensus in here.items() if consensus.is_open),
        missing=tuple(missing_ids),
        confidentiality=confidentiality,
        notes=(
            *(_notes_on_new(confidentiality, unread) if is_new else losses_of_copy(chosen[0], out, name=name)),
            *group_faults(copy.notes, file=out.name),
            *group_faults(_on_confidentiality(chosen), file=name),
        ),
    )


def _on_confidentiality(harvests: Sequence[Harvest]) -> list[Fault]:
    """Return what may have kept a confidential outcome from being left out, and which were left out for their IDs."""
    return [fault for harvest in harvests for fault in harvest.warnings if fault.kind is FaultKind.CONFIDENTIAL]


def _notes_on_new(confidentiality: Confidentiality, unread: Sequence[str]) -> tuple[str, ...]:
    told = [str(confidentiality)] if confidentiality.n_left_out else []
    if unread:
        told.append(f"{listed(list(map(repr, unread)))}: not read, and may hold confidential outcomes")
    return (". ".join([*told, _MADE_ANEW]),)


def _unread_sheets(project: Project, chosen: Sequence[Harvest]) -> tuple[str, ...]:
    """Name the sheets of a workbook that a copy would hand out, though nobody knows which outcomes they hold."""
    path = chosen[0].path
    if not can_be_copied(path):
        return ()
    read = {harvest.sheet.name for harvest in chosen}
    return unread_outcome_sheets(path, read=read, codebook=project.codebook, options=project.reading())


def _add_decisions(copy: FilledCopy, rows: Sequence[Sequence[Value]]) -> None:
    sheet = copy.workbook.create_sheet(free_title(copy.workbook, _SHEET))
    write_grid(sheet, [_HEADER, *rows], widths=_WIDTHS)
    sheet.auto_filter.ref = sheet.dimensions


def _shared(
    project: Project, chosen: Sequence[Harvest], *, include_confidential: bool
) -> tuple[tuple[Harvest, ...], Confidentiality]:
    """Leave confidential outcomes out."""
    return leave_out_confidential(
        chosen,
        project.codebook,
        include_confidential=include_confidential,
        others=project.outcomes_of_all_files,
    )


def _filled_copy(
    project: Project, chosen: Sequence[Harvest], consensus: Sequence[Consensus], *, is_new: bool
) -> FilledCopy:
    """Copy a file, fill in its codes, and add the sheet of counts; an open difference is filled in as nothing."""
    codes = [
        AdjudicatedCode(fragment_id=cell.fragment_id, field=cell.field, codes=cell.codes, note="", where="")
        for cell in consensus
    ]
    copy = None
    with as_workbooks(chosen, is_new=is_new) as sheets:
        for sheet in sheets:
            copy = fill_in([sheet], codes, codebook=project.codebook, into=copy)
    assert copy is not None  # a file has a sheet
    coded = [_as_filled_in(harvest, copy.decisions) for harvest in chosen]
    add_summary(copy.workbook, all_tables(coded, project.codebook), notes=unfit_columns(coded, project.codebook))
    return copy


def _chosen(project: Project, name: str | None) -> tuple[Harvest, ...]:
    """Return the sheets of the file asked for."""
    latest: dict[str, tuple[Harvest, ...]] = {}
    for harvest in project.current:
        latest[original_name(harvest.path)] = (*latest.get(original_name(harvest.path), ()), harvest)
    if not latest:
        raise ProjectError(f"{project.folder}: has no harvest yet; add one with `outcome-coder project add`")
    names = ", ".join(latest)
    if name is None and len(latest) > 1:
        raise ProjectError(f"{project.folder}: has several harvests; name one with --harvest ({names})")
    if name is not None and name not in latest:
        raise ProjectError(f"{project.folder}: has no harvest {name!r}; it has {names}")
    return latest[name] if name is not None else next(iter(latest.values()))


def _only_in_earlier(project: Project, chosen: Sequence[Harvest], *, include_confidential: bool) -> tuple[str, ...]:
    """Return the IDs of outcomes that are in no current file, only in an earlier version of the one chosen."""
    current = {outcome.fragment_id for harvest in project.current for outcome in harvest.outcomes}
    name = original_name(chosen[0].path)
    earlier = [harvest for harvest in project.harvests if original_name(harvest.path) == name]
    ids = dict.fromkeys(outcome.fragment_id for harvest in earlier for outcome in harvest.outcomes)
    left_out = left_out_ids(project.outcomes_of_all_files, project.codebook, include_confidential=include_confidential)
    return tuple(name for name in ids if name not in current and name not in left_out)


def _as_filled_in(harvest: Harvest, filled_in: Mapping[tuple[str, str], FilledIn]) -> Harvest:
    """Return the harvest with the codes of its copy."""
    codes: dict[str, dict[str, tuple[str, ...]]] = {}
    for (fragment_id, field), cell in filled_in.items():
        if cell.codes:
            codes.setdefault(fragment_id, {})[field] = cell.codes
    outcomes = (replace(outcome, codes=codes.get(outcome.fragment_id, {})) for outcome in harvest.outcomes)
    return replace(harvest, outcomes=tuple(outcomes))


def _counts(entry: Entry, numbers: frozenset[int], consensus_by_cell: Mapping[Key, Consensus]) -> str:
    """Say whether an entry is current; a note is, and a decision unless other codes are current."""
    decision = entry.decision
    if entry.number not in numbers:
        return "no"
    consensus = consensus_by_cell.get((decision.fragment_id, decision.field))
    if decision.method in (DecisionMethod.NOTE, DecisionMethod.CLOSED) or (
        consensus is not None and entry in consensus.entries
    ):
        return "yes"
    if consensus is None or consensus.adjudicated_by is None:
        return "no"  # the codebook lacks one of its codes
    return "yes" if is_same_coding(decision.codes, consensus.codes) else "adjudicated otherwise"


def _blind(decision: Decision) -> str:
    """Say whether a decision was blind; empty of what is no coder's own decision on codes."""
    if not decision.codes or decision.method is DecisionMethod.ADJUDICATION:
        return ""
    if decision.method is DecisionMethod.TOGETHER:
        return str(decision.method)
    return "yes" if provenance_of([decision]) is Provenance.BLIND else "no"


def _row(project: Project, entry: Entry, *, counts: str) -> list[Value]:
    decision, shown = entry.decision, entry.decision.shown
    field = next((field for field in project.codebook.fields if field.name == decision.field), None)
    between = "; " if field is None else field.separator
    return [
        decision.fragment_id,
        decision.field if field is None else field.heading,
        between.join(decision.codes),
        decision.coder,
        entry.at.astimezone().isoformat(timespec="seconds"),
        str(decision.method),
        _blind(decision),
        "" if shown is None else between.join(shown.suggested),
        None if shown is None else float(shown.confidence),
        "" if shown is None else shown.model,
        decision.note,
        counts,
    ]
