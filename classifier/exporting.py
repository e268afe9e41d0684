"""What a project decided, as the coded harvest in its owner's columns, with a sheet that says who decided what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from classifier.adjudication import Settled
from classifier.errors import OutputError, ProjectError
from classifier.files import check_writable, write_whole
from classifier.grids import Value, write_grid
from classifier.harvest import Harvest
from classifier.journal import Decision, Entry, Way
from classifier.project import Project
from classifier.settling import fill_in
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
    the cell is empty. What the file held before stays where nothing was decided.

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
    if out.exists() and not overwrite:
        raise OutputError(f"{out}: exists; choose another --out, or add --overwrite")
    check_writable(out)
    chosen = _chosen(project, harvest)
    entries = project.journal.entries()
    counting = project.decided()
    settled, still_open = _settled(project, chosen, list(counting.values()))
    workbook, _, _ = fill_in([chosen], settled, codebook=project.codebook)
    sheet = workbook.create_sheet(free_title(workbook, _SHEET))
    ids = {outcome.fragment_id for outcome in chosen.outcomes}
    numbers = {entry.number for entry in counting.values()}
    rows = [
        _row(project, entry, counts=entry.number in numbers) for entry in entries if entry.decision.fragment_id in ids
    ]
    write_grid(sheet, [_HEADER, *rows], widths=_WIDTHS)
    sheet.auto_filter.ref = sheet.dimensions
    with write_whole(out) as temporary:
        workbook.save(temporary)
    return Exported(out=out, n_coded=sum(bool(one.codes) for one in settled), still_open=tuple(still_open))


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


def _settled(
    project: Project, harvest: Harvest, counting: Sequence[Entry]
) -> tuple[list[Settled], list[tuple[str, str]]]:
    """Say what is to be filled in; a difference that nobody settled is filled in as nothing."""
    by_key: dict[tuple[str, str], list[Decision]] = {}
    for entry in sorted(counting, key=lambda entry: entry.number):
        by_key.setdefault((entry.decision.fragment_id, entry.decision.field), []).append(entry.decision)
    settled, still_open = [], []
    for outcome in harvest.outcomes:
        for field in project.codebook.fields:
            made = by_key.get((outcome.fragment_id, field.name), [])
            adjudicated = [one for one in made if one.way is Way.ADJUDICATION][-1:]
            kinds = {frozenset(one.codes) for one in adjudicated or made}
            if not kinds:
                continue
            codes = (adjudicated or made)[0].codes if len(kinds) == 1 else ()
            if not codes:
                still_open.append((outcome.fragment_id, field.name))
            settled.append(Settled(fragment_id=outcome.fragment_id, field=field.name, codes=codes, note="", where=""))
    return settled, still_open


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
        "yes" if shown is None else "no",
        "" if shown is None else between.join(shown.suggested),
        None if shown is None else float(shown.confidence),
        "" if shown is None else shown.model,
        decision.note,
        "yes" if counts else "no",
    ]
