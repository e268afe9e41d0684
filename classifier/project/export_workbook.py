"""What a project decided, as the coded harvest in its owner's columns, with a sheet that says who decided what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from classifier.agreement.adjudication import AdjudicatedCode
from classifier.agreement.agreed_codes import fill_in
from classifier.agreement.filled_in import FilledIn
from classifier.errors import OutputError, ProjectError
from classifier.faults import Note, group_faults
from classifier.files import check_new, check_writable, write_whole
from classifier.harvest.copy_notes import told_of_copy
from classifier.harvest.new_workbook import as_workbooks
from classifier.harvest.reading import Harvest
from classifier.project.completeness import CellCounts, count_cells
from classifier.project.consensus import Settlement, is_same_coding, settlements_of
from classifier.project.file_names import original_name
from classifier.project.journal import Decision, Entry, Way
from classifier.project.journal_state import Ledger
from classifier.project.project import Project
from classifier.project.provenance import Basis, basis_of
from classifier.report.crosstab.counts import all_tables, unfit_columns
from classifier.report.crosstab.summary_sheet import add_summary
from classifier.spreadsheet.cells import Value, write_grid
from classifier.spreadsheet.copying import free_title

_SHEET = "Decisions"
_HEADER = (
    "FragmentID", "Field", "Codes", "Coder", "When", "How", "Blind", "Suggested", "Confidence shown", "Model", "Note",
    "Counts",
)  # fmt: skip
_WIDTHS = (16.0, 22.0, 32.0, 16.0, 22.0, 14.0, 10.0, 32.0, 12.0, 24.0, 36.0, 18.0)

Key = tuple[str, str]
"""Outcome and field."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What was written.

    Attributes
    ----------
    n_outcomes : int
    cells : dict of str to CellCounts
        By the name of the field, how many of the workbook's cells are decided, settled and so on.
    still_open : tuple of tuple of str
        The ID and the field of those that coders decided differently and nobody settled; they are empty.
    missing : tuple of str
        Outcomes that were decided and stand in no current file, only in an earlier version of this one; of them
        the workbook has the decisions alone.
    notes : tuple of Note or str
        What the workbook can't hold, and what is worth a look in it.
    """

    out: Path
    n_outcomes: int
    cells: Mapping[str, CellCounts]
    still_open: tuple[Key, ...]
    missing: tuple[str, ...]
    notes: tuple[Note | str, ...] = ()


def export_project(project: Project, out: Path, *, harvest: str | None = None, overwrite: bool = False) -> Exported:
    """Write the coded harvest: a copy of the file that was added, its code columns filled by what was decided.

    What one coder decided stands there, and what several decided alike or somebody settled; where they differ
    the cell is empty. What the file held before stays where nothing was decided. The sheet `Summary` counts
    the codes that stand in the copy, and the sheet `Decisions` says who decided what, also of outcomes that
    only an earlier version of the file has. Of a file of another kind a workbook is made.

    Parameters
    ----------
    harvest : str, optional
        Which file, by its name, where the project has several.

    Raises
    ------
    OutcomeCoderError
        With what is to be put right; then nothing was written.
    """
    if out.suffix.lower() != ".xlsx":
        raise OutputError(f"{out}: the coded harvest is a workbook; choose an --out that ends in .xlsx")
    check_new(out, overwrite=overwrite)
    check_writable(out)
    chosen = _chosen(project, harvest)
    entries = project.journal.entries()
    ledger = Ledger(entries)
    outcomes = [outcome for harvest in chosen for outcome in harvest.outcomes]
    ids = [outcome.fragment_id for outcome in outcomes]
    missing = settlements_of(_only_in_earlier(project, chosen), project.codebook, ledger)
    here = settlements_of(ids, project.codebook, ledger)
    settlements = here.values()
    # A difference that nobody settled is filled in as nothing.
    settled = [
        AdjudicatedCode(fragment_id=one.fragment_id, field=one.field, codes=one.codes, note="", where="")
        for one in settlements
    ]
    copy = None
    with as_workbooks(chosen) as sheets:
        for one in sheets:
            copy = fill_in([one], settled, codebook=project.codebook, into=copy)
    assert copy is not None  # a file has a sheet
    workbook = copy.workbook
    coded = [_as_filled_in(one, copy.decisions) for one in chosen]
    add_summary(workbook, all_tables(coded, project.codebook), notes=unfit_columns(coded, project.codebook))
    sheet = workbook.create_sheet(free_title(workbook, _SHEET))
    numbers, all_settled = ledger.counting(), {**here, **missing}
    missing_ids = dict.fromkeys(fragment_id for fragment_id, _ in missing)
    rows = [
        _row(project, entry, counts=_counts(entry, numbers, all_settled))
        for wanted in (set(ids), missing_ids.keys())
        for entry in entries
        if entry.decision.fragment_id in wanted
    ]
    write_grid(sheet, [_HEADER, *rows], widths=_WIDTHS)
    sheet.auto_filter.ref = sheet.dimensions
    with write_whole(out) as temporary:
        copy.save(temporary, of=chosen[0])
    still_open = tuple((one.fragment_id, one.field) for one in settlements if one.is_open)
    return Exported(
        out=out,
        n_outcomes=len(outcomes),
        cells=count_cells(outcomes, project.codebook, ledger, project.shares),
        still_open=still_open,
        missing=tuple(missing_ids),
        notes=(
            *told_of_copy(chosen[0], out, name=original_name(chosen[0].path)),
            *group_faults(copy.notes, file=out.name),
        ),
    )


def _chosen(project: Project, name: str | None) -> tuple[Harvest, ...]:
    """Return the sheets of the file asked for."""
    latest: dict[str, tuple[Harvest, ...]] = {}
    for one in project.current:
        latest[original_name(one.path)] = (*latest.get(original_name(one.path), ()), one)
    if not latest:
        raise ProjectError(f"{project.folder}: has no harvest yet; add one with `outcome-coder project add`")
    names = ", ".join(latest)
    if name is None and len(latest) > 1:
        raise ProjectError(f"{project.folder}: has several harvests; name one with --harvest ({names})")
    if name is not None and name not in latest:
        raise ProjectError(f"{project.folder}: has no harvest {name!r}; it has {names}")
    return latest[name] if name is not None else next(iter(latest.values()))


def _only_in_earlier(project: Project, chosen: Sequence[Harvest]) -> tuple[str, ...]:
    """Give the IDs of outcomes that stand in no current file, only in an earlier version of the one chosen."""
    current = {outcome.fragment_id for harvest in project.current for outcome in harvest.outcomes}
    name = original_name(chosen[0].path)
    earlier = [harvest for harvest in project.harvests if original_name(harvest.path) == name]
    ids = dict.fromkeys(outcome.fragment_id for harvest in earlier for outcome in harvest.outcomes)
    return tuple(one for one in ids if one not in current)


def _as_filled_in(harvest: Harvest, filled_in: Mapping[tuple[str, str], FilledIn]) -> Harvest:
    """Give the harvest the codes that stand in its copy."""
    codes: dict[str, dict[str, tuple[str, ...]]] = {}
    for (fragment_id, field), one in filled_in.items():
        if one.codes:
            codes.setdefault(fragment_id, {})[field] = one.codes
    outcomes = (replace(outcome, codes=codes.get(outcome.fragment_id, {})) for outcome in harvest.outcomes)
    return replace(harvest, outcomes=tuple(outcomes))


def _counts(entry: Entry, numbers: frozenset[int], settlements: Mapping[Key, Settlement]) -> str:
    """Say whether an entry counts; a note does, and a decision unless the codes that count are others."""
    decision = entry.decision
    if entry.number not in numbers:
        return "no"
    settlement = settlements.get((decision.fragment_id, decision.field))
    if decision.way is Way.NOTE or (settlement is not None and entry in settlement.entries):
        return "yes"
    if settlement is None or settlement.settled_by is None:
        return "no"  # the codebook lacks one of its codes
    return "yes" if is_same_coding(decision.codes, settlement.codes) else "adjudicated otherwise"


def _blind(decision: Decision) -> str:
    """Say whether a decision was blind; empty of what is no coder's own decision on codes."""
    if not decision.codes or decision.way is Way.ADJUDICATION:
        return ""
    if decision.way is Way.TOGETHER:
        return str(decision.way)
    return "yes" if basis_of([decision]) is Basis.BLIND else "no"


def _row(project: Project, entry: Entry, *, counts: str) -> list[Value]:
    decision, shown = entry.decision, entry.decision.shown
    field = next((one for one in project.codebook.fields if one.name == decision.field), None)
    between = "; " if field is None else field.separator
    return [
        decision.fragment_id,
        decision.field if field is None else field.column.strip(),
        between.join(decision.codes),
        decision.coder,
        entry.at.astimezone().isoformat(timespec="seconds"),
        str(decision.way),
        _blind(decision),
        "" if shown is None else between.join(shown.suggested),
        None if shown is None else float(shown.confidence),
        "" if shown is None else shown.model,
        decision.note,
        counts,
    ]
