"""What a project decided, as the coded harvest in its owner's columns, with a sheet that says who decided what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from classifier.adjudication import Settled
from classifier.counting import all_tables
from classifier.errors import OutputError, ProjectError
from classifier.files import check_new, check_writable, write_whole
from classifier.grids import Value, write_grid
from classifier.harvest import Harvest
from classifier.journal import Entry
from classifier.ledger import Ledger
from classifier.project import Project
from classifier.settlement import settlements_of
from classifier.settling import FilledIn, fill_in
from classifier.tabulation import unfit_columns
from classifier.tabulation_sheet import add_summary
from classifier.workbook_copy import free_title

__all__ = ["Exported", "export_project"]

_SHEET = "Decisions"
_HEADER = (
    "FragmentID", "Field", "Codes", "Coder", "When", "How", "Blind", "Suggested", "Confidence shown", "Model", "Note",
    "Counts",
)  # fmt: skip
_WIDTHS = (16.0, 22.0, 32.0, 16.0, 22.0, 14.0, 8.0, 32.0, 12.0, 24.0, 36.0, 10.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What was written.

    Attributes
    ----------
    n_coded : int
        Codes, of an outcome and a field, that stand in the workbook by a decision of the project.
    still_open : tuple of tuple of str
        The ID and the field of those that coders decided differently and nobody settled; they are empty.
    """

    out: Path
    n_coded: int
    still_open: tuple[tuple[str, str], ...]


def export_project(project: Project, out: Path, *, harvest: str | None = None, overwrite: bool = False) -> Exported:
    """Write the coded harvest: a copy of the file that was added, its code columns filled by what was decided.

    What one coder decided stands there, and what several decided alike or somebody settled; where they differ
    the cell is empty. What the file held before stays where nothing was decided. The sheet `Summary` counts
    the codes that stand in the copy, and the sheet `Decisions` says who decided what.

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
    ids = [outcome.fragment_id for outcome in chosen.outcomes]
    settlements = settlements_of(ids, project.codebook, ledger).values()
    # A difference that nobody settled is filled in as nothing.
    settled = [
        Settled(fragment_id=one.fragment_id, field=one.field, codes=one.codes, note="", where="") for one in settlements
    ]
    workbook, filled_in, _ = fill_in([chosen], settled, codebook=project.codebook)
    coded = [_as_filled_in(chosen, filled_in)]
    add_summary(workbook, all_tables(coded, project.codebook), notes=unfit_columns(coded, project.codebook))
    sheet = workbook.create_sheet(free_title(workbook, _SHEET))
    wanted, numbers = set(ids), ledger.counting()
    rows = [
        _row(project, entry, counts=entry.number in numbers)
        for entry in entries
        if entry.decision.fragment_id in wanted
    ]
    write_grid(sheet, [_HEADER, *rows], widths=_WIDTHS)
    sheet.auto_filter.ref = sheet.dimensions
    with write_whole(out) as temporary:
        workbook.save(temporary)
    still_open = tuple((one.fragment_id, one.field) for one in settlements if one.is_open)
    return Exported(out=out, n_coded=sum(bool(one.codes) for one in settled), still_open=still_open)


def _chosen(project: Project, name: str | None) -> Harvest:
    latest = {one.path.name.partition("_")[2]: one for one in project.harvests}
    if not latest:
        raise ProjectError(f"{project.folder}: has no harvest yet; add one with `outcome-coder project add`")
    names = ", ".join(latest)
    if name is None and len(latest) > 1:
        raise ProjectError(f"{project.folder}: has several harvests; name one with --harvest ({names})")
    if name is not None and name not in latest:
        raise ProjectError(f"{project.folder}: has no harvest {name!r}; it has {names}")
    chosen = latest[name] if name is not None else next(iter(latest.values()))
    if chosen.path.suffix.lower() != ".xlsx":
        raise ProjectError(f"{chosen.path.name}: only workbooks (.xlsx) can be exported; save it as one and add that")
    return chosen


def _as_filled_in(harvest: Harvest, filled_in: Mapping[tuple[str, str], FilledIn]) -> Harvest:
    """Give the harvest the codes that stand in its copy."""
    codes: dict[str, dict[str, tuple[str, ...]]] = {}
    for (fragment_id, field), one in filled_in.items():
        if one.codes:
            codes.setdefault(fragment_id, {})[field] = one.codes
    outcomes = (replace(outcome, codes=codes.get(outcome.fragment_id, {})) for outcome in harvest.outcomes)
    return replace(harvest, outcomes=tuple(outcomes))


def _row(project: Project, entry: Entry, *, counts: bool) -> list[Value]:
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
        "" if not decision.codes else "yes" if shown is None else "no",
        "" if shown is None else between.join(shown.suggested),
        None if shown is None else float(shown.confidence),
        "" if shown is None else shown.model,
        decision.note,
        "yes" if counts else "no",
    ]
