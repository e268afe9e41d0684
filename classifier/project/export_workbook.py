"""Coded harvest as a workbook: a copy of its own with the decided codes, and sheets of counts and of all decisions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from classifier.agreement.adjudication import AdjudicatedCode
from classifier.agreement.agreed_codes import FilledCopy, fill_in
from classifier.agreement.filled_in import FilledIn
from classifier.faults import Fault
from classifier.files import write_whole
from classifier.harvest.confidential_texts import texts_beside_outcomes
from classifier.harvest.confidentiality import left_out_ids, with_rows_of_outcomes
from classifier.harvest.copy_notes import losses_of_copy
from classifier.harvest.new_workbook import as_workbooks
from classifier.harvest.reading import Harvest
from classifier.harvest.table import unread_outcome_sheets
from classifier.harvest.unread_columns import suggestion_columns_in
from classifier.languages import gettext, marked
from classifier.project.coded_outcomes import CodedOutcomes, FileNotes, Key
from classifier.project.consensus import Consensus, consensus_of, is_same_coding
from classifier.project.file_names import original_name
from classifier.project.journal import Decision, DecisionMethod, Entry
from classifier.project.project import Project
from classifier.project.provenance import Provenance, provenance_of
from classifier.report.crosstab.counts import all_tables, unfit_columns
from classifier.report.crosstab.summary_sheet import add_summary
from classifier.spreadsheet.cells import Value, set_direction, write_grid
from classifier.spreadsheet.copy_losses import can_be_copied
from classifier.spreadsheet.copying import free_title
from classifier.spreadsheet.package_text import texts_in_package
from classifier.wording import listed

_SHEET = marked("Decisions")
_HEADER = (
    "FragmentID",
    *(marked("Field"), marked("Codes"), marked("Coder"), marked("When"), marked("How"), marked("Blind")),
    *(marked("Suggested"), marked("Confidence shown"), marked("Model"), marked("Note"), marked("Not codable")),
    marked("Counts"),
)
_METHODS = {
    DecisionMethod.BY_HAND: marked("by hand"),
    DecisionMethod.BULK: marked("bulk"),
    DecisionMethod.WORKBOOK: marked("workbook"),
    DecisionMethod.ADJUDICATION: marked("adjudication"),
    DecisionMethod.CARRIED_OVER: marked("carried over"),
    DecisionMethod.INFORMED: marked("informed"),
    DecisionMethod.TOGETHER: marked("together"),
    DecisionMethod.UNDONE: marked("undone"),
    DecisionMethod.NOTE: marked("note"),
    DecisionMethod.SKIPPED: marked("skipped"),
    DecisionMethod.CLOSED: marked("closed"),
}
_MADE_ANEW = (
    "The workbook is a new one with the cells of the others, as text; formatting, formulas and other sheets, which may "
    "hold confidential outcomes too, are not in it"
)
_WIDTHS = (16.0, 22.0, 32.0, 16.0, 22.0, 14.0, 10.0, 32.0, 12.0, 24.0, 36.0, 36.0, 18.0)


def write_workbook(coded: CodedOutcomes, out: Path) -> FileNotes:
    """Write a copy of the file that was added, its code columns filled by what was decided.

    A cell holds what one coder decided, several decided alike, or somebody adjudicated; where coders differ, or the
    outcome is not codable, it is empty. Codes of the file itself are kept where nothing was decided. The sheet
    `Summary` counts the codes that stand in the copy, and the sheet `Decisions` says who decided what, and why an
    outcome is not codable, also of outcomes that only an earlier version of the file has. Of a file of another kind a
    workbook is made, and also where that is asked for (then without the suggestions of the file), or, unless
    confidential outcomes are, where some are left out or other sheets of the file may hold outcomes.
    """
    project, chosen, include_confidential = coded.project, coded.harvests, coded.options.include_confidential
    earlier = _only_in_earlier(project, chosen, include_confidential=include_confidential)
    missing = consensus_of(earlier, coded.codebook, coded.journal_state)
    unread = () if include_confidential else _unread_sheets(project, chosen)
    tells_more = not unread and _tells_more(coded)
    is_new = bool(coded.options.as_new or coded.confidentiality.n_left_out or unread or tells_more)
    faults: tuple[Fault, ...] = ()
    if is_new:
        chosen, faults = rows_alone(coded)
    copy = fill_copy(coded, chosen, is_new=is_new)
    as_filled_in = [_as_filled_in(harvest, copy.decisions) for harvest in chosen]
    add_summary(
        copy.workbook, all_tables(as_filled_in, coded.codebook), notes=unfit_columns(as_filled_in, coded.codebook)
    )
    missing_ids = dict.fromkeys(fragment_id for fragment_id, _ in missing)
    numbers, consensus_by_cell = coded.journal_state.counting(), {**coded.consensus, **missing}
    rows = [
        _row(project, entry, counts=_counts(entry, numbers, consensus_by_cell))
        for wanted in ({outcome.fragment_id for outcome in coded.outcomes}, missing_ids.keys())
        for entry in coded.entries
        if entry.decision.fragment_id in wanted and entry.decision.method is not DecisionMethod.REVEALED
    ]
    _add_decisions(copy, rows)
    with write_whole(out) as temporary:
        copy.save(temporary, of=None if is_new else chosen[0])
    losses = losses_of_copy(chosen[0], out, name=coded.name)
    return FileNotes(
        notes=(*(_notes_on_new(coded, unread, tells_more=tells_more) if is_new else losses), *coded.withheld),
        faults=copy.notes,
        source_faults=faults,
        missing=tuple(missing_ids),
    )


def fill_copy(coded: CodedOutcomes, harvests: Sequence[Harvest], *, is_new: bool) -> FilledCopy:
    """Fill the decided codes into a copy of a file, by its sheets; an open difference is filled in as nothing."""
    codes = [
        AdjudicatedCode(fragment_id=cell.fragment_id, field=cell.field, codes=cell.codes, note="", where="")
        for cell in coded.consensus.values()
    ]
    copy = None
    with as_workbooks(harvests, is_new=is_new) as sheets:
        for sheet in sheets:
            copy = fill_in([sheet], codes, codebook=coded.codebook, into=copy)
    assert copy is not None  # a file has a sheet
    return copy


def _notes_on_new(coded: CodedOutcomes, unread: Sequence[str], *, tells_more: bool) -> tuple[str, ...]:
    told = [*coded.left_out]
    if unread:
        told.append(f"{listed(list(map(repr, unread)))}: not read, and may hold confidential outcomes")
    if tells_more:
        told.append(
            f"{coded.name} has the text of a confidential outcome, such as in a comment, a note, another sheet or its "
            "properties"
        )
    return (". ".join([*told, _MADE_ANEW]),)


def rows_alone(coded: CodedOutcomes) -> tuple[tuple[Harvest, ...], tuple[Fault, ...]]:
    """Return harvests with the rows of their outcomes alone, and what else was left out of them.

    Cells that have the text of a confidential outcome are emptied; `as_new`, those of the file's own suggestions too.
    """
    found = [coded.confidential_texts.taken_out(harvest) for harvest in coded.harvests]
    rows = tuple(_rows_alone(harvest, coded) for harvest, _ in found)
    return rows, tuple(fault for _, faults in found for fault in faults)


def _rows_alone(harvest: Harvest, coded: CodedOutcomes) -> Harvest:
    harvest = with_rows_of_outcomes(harvest)
    ours = suggestion_columns_in(harvest.header, coded.codebook) if coded.options.as_new else ()
    rows = [["" if column in ours else text for column, text in enumerate(cells)] for cells in harvest.sheet.rows]
    return replace(harvest, sheet=replace(harvest.sheet, rows=rows))


def _unread_sheets(project: Project, chosen: Sequence[Harvest]) -> tuple[str, ...]:
    """Name the sheets of a workbook that a copy would hand out, though nobody knows which outcomes they hold."""
    path = chosen[0].path
    if not can_be_copied(path):
        return ()
    read = {harvest.sheet.name for harvest in chosen}
    return unread_outcome_sheets(path, read=read, codebook=project.codebook, options=project.reading())


def _tells_more(coded: CodedOutcomes) -> bool:
    """Whether a workbook has the text of a confidential outcome, but for those of its own that are left out."""
    path, texts = coded.harvests[0].path, coded.confidential_texts
    if not texts.texts or not can_be_copied(path):
        return False
    if not coded.confidentiality.n_left_out:
        return any(map(texts.are_in, texts_in_package(path)))
    whole = [harvest for harvest in coded.project.current if harvest.path == path]
    return any(map(texts.are_in, texts_beside_outcomes(whole)))


def _add_decisions(copy: FilledCopy, rows: Sequence[Sequence[Value]]) -> None:
    sheet = copy.workbook.create_sheet(free_title(copy.workbook, gettext(_SHEET)))
    write_grid(sheet, [tuple(map(gettext, _HEADER)), *rows], widths=_WIDTHS)
    set_direction(sheet)
    sheet.auto_filter.ref = sheet.dimensions


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
        return gettext("no")
    consensus = consensus_by_cell.get((decision.fragment_id, decision.field))
    if decision.method in (DecisionMethod.NOTE, DecisionMethod.CLOSED) or (
        consensus is not None and entry in consensus.entries
    ):
        return gettext("yes")
    if consensus is None or consensus.adjudicated_by is None:
        return gettext("no")  # the codebook lacks one of its codes
    is_same = is_same_coding(decision.codes, consensus.codes)
    return gettext("yes") if is_same else gettext("adjudicated otherwise")


def _blind(decision: Decision) -> str:
    """Say whether a decision was blind; empty of what is no coder's own decision."""
    if not decision.is_given or decision.method is DecisionMethod.ADJUDICATION:
        return ""
    if decision.method is DecisionMethod.TOGETHER:
        return gettext(_METHODS[decision.method])
    return gettext("yes") if provenance_of([decision]) is Provenance.BLIND else gettext("no")


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
        gettext(_METHODS[decision.method]),
        _blind(decision),
        "" if shown is None else between.join(shown.suggested),
        None if shown is None else float(shown.confidence),
        "" if shown is None else shown.model,
        decision.note,
        decision.not_codable,
        counts,
    ]
