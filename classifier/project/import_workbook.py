"""Import of coded workbooks into a project's journal."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from pathlib import Path

from classifier.agreement.codings import align_with
from classifier.codebook.schema import CodeField
from classifier.coder_names import identity_of
from classifier.errors import ComparisonError, FaultsError
from classifier.faults import Fault, FaultKind, Note, group_faults
from classifier.harvest.code_cells import code_column
from classifier.harvest.coded import read_coded_harvests, refusing_partial_too
from classifier.harvest.options import ReadingOptions
from classifier.harvest.outcome import Outcome
from classifier.harvest.reading import Harvest
from classifier.harvest.row_integrity import ReadRows
from classifier.harvest.suggestion_record import Trace, read_trace
from classifier.languages import lazy_gettext
from classifier.project.coding_items import CodingItems
from classifier.project.consensus import is_same_coding
from classifier.project.current_decisions import JournalState
from classifier.project.journal import Decision, DecisionMethod, Entry
from classifier.project.project import Project, admit_partial
from classifier.project.shown_suggestions import shown_beside, shown_on_page, typed_over
from classifier.wording import listed

_MOST_SHOWN = 20  # cells of suggestions that somebody typed into


class Keep(StrEnum):
    """Which codes are kept where a workbook and the journal differ."""

    NEITHER = "neither"  # the difference is reported, and the journal stays as it is
    WORKBOOK = "workbook"
    JOURNAL = "journal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """A code in a workbook that differs from the coder's decision in the journal."""

    where: str  # the cell of the workbook
    column: str  # the column that the field's codes are entered in
    entry: Entry
    codes: tuple[str, ...]

    def __str__(self) -> str:
        decision = self.entry.decision
        return (
            f"{self.where}: {self.column} of {decision.fragment_id} is {'; '.join(self.codes)!r} here, but was "
            f"decided as {decision.in_words!r} on {self.entry.at:%Y-%m-%d %H:%M}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedCodes:
    """Result of importing a workbook, counted in cells: one field of one outcome each."""

    recorded: tuple[Entry, ...]  # new decisions, and changed ones where the workbook counts
    # These five and `conflicts` are all cells of the workbook's outcomes that the project has.
    n_new: int  # not decided by this coder before
    n_same: int  # decided just so before, or coded so in the harvest itself
    n_changed: int  # decided otherwise before, and recorded anew
    n_kept: int  # decided otherwise before, and left as it was because the journal counts
    n_empty: int  # cells without a code
    n_emptied: int  # of the cells without a code, those that this coder gave codes before; the decisions stay
    conflicts: tuple[Conflict, ...]  # decided otherwise before, not recorded, and to be looked at
    # The IDs of outcomes to be coded blind of which a decision was recorded that had a suggestion in view.
    blind_assisted: tuple[str, ...]
    strangers: tuple[str, ...]  # the IDs of outcomes that the project doesn't have
    notes: tuple[Note | str, ...]  # what is worth a look, such as suggestions that somebody typed over


def import_workbook(
    path: Path,
    project: Project,
    *,
    coder: str,
    keep: Keep = Keep.NEITHER,
    options: ReadingOptions = ReadingOptions(),
    match_ids: bool = False,
) -> ImportedCodes:
    """Read the codes that a coder entered in a workbook into the journal, all of them or none.

    With each goes the suggestion that stood beside it, as we wrote it, else the one that the coder had seen on the
    review page. If somebody typed over the one beside it, that is reported.
    All faults are reported at once, each with its cell. `keep` says what counts where this coder decided otherwise
    before. With `match_ids`, an ID that the project doesn't have is matched with a similar one that it has;
    otherwise it is only reported.
    """
    known = project.outcomes
    trace = read_trace(path)
    with refusing_partial_too(accepted=project.accepted, is_confirmed=options.accept_partial):
        read = read_coded_harvests([path], codebook=project.codebook, options=_reading(project, options))
    read = _of_coder(read, coder, path=path, column=options.coder_column)
    admit_partial(project, read, is_confirmed=options.accept_partial)
    harvests = [align_with(harvest, dict.fromkeys(known, "the project"), match=match_ids) for harvest in read]
    _refuse_moved(path, read, harvests, project=project, trace=trace)
    warnings = [fault for harvest in harvests for fault in harvest.warnings]
    warnings += [fault for harvest in read for fault in _rows(harvest, project, trace).changed_stories()]
    outcomes = [(harvest, outcome) for harvest in harvests for outcome in harvest.outcomes]
    coder = project.coders.spelling(coder)
    recorded = None
    while recorded is None:  # unless somebody else has recorded something meanwhile
        journal_state = project.journal_state()
        compared = _compare(outcomes, project, journal_state, coder=coder, keep=keep, trace=trace)
        recorded = project.journal.record_if_last(compared.decisions, last=journal_state.last)
    empty = [
        (outcome, field)
        for _, outcome in outcomes
        for field in project.codebook.fields
        if outcome.fragment_id in known and not outcome.codes.get(field.name)
    ]
    return ImportedCodes(
        recorded=recorded,
        n_new=len(compared.decisions) - compared.n_changed,
        n_same=compared.n_same,
        n_changed=compared.n_changed,
        n_kept=compared.n_kept,
        n_empty=len(empty),
        n_emptied=sum(_has_codes(journal_state, coder, outcome, field) for outcome, field in empty),
        conflicts=tuple(compared.conflicts),
        blind_assisted=_blind_assisted(compared.decisions, project),
        strangers=tuple(outcome.fragment_id for _, outcome in outcomes if outcome.fragment_id not in known),
        notes=(
            *group_faults([*warnings, *_notes_left(outcomes, project, recorded)]),
            *_typed_over(outcomes, project, trace),
        ),
    )


def _of_coder(read: Sequence[Harvest], coder: str, *, path: Path, column: str | None) -> tuple[Harvest, ...]:
    """Return the rows of one coder, where a column says whose they are."""
    if column is None:
        return tuple(read)
    own = tuple(harvest for harvest in read if identity_of(harvest.coder) == identity_of(coder))
    if not own:
        names = listed(list(dict.fromkeys(repr(harvest.coder) for harvest in read)))
        raise ComparisonError(f"{path.name}: column {column!r} names nobody called {coder!r}; it names {names}")
    return own


@dataclass(slots=True, kw_only=True)
class _Comparison:
    """A workbook's codes compared with the journal; see `ImportedCodes`."""

    decisions: list[Decision] = dataclasses.field(default_factory=list)
    conflicts: list[Conflict] = dataclasses.field(default_factory=list)
    n_same: int = 0
    n_changed: int = 0
    n_kept: int = 0


def _compare(
    outcomes: Sequence[tuple[Harvest, Outcome]],
    project: Project,
    journal_state: JournalState,
    *,
    coder: str,
    keep: Keep,
    trace: Trace,
) -> _Comparison:
    known, compared = project.outcomes, _Comparison()
    seen = cache(lambda fragment_id: shown_on_page(project, coder, fragment_id))
    for harvest, outcome, field in _entered(outcomes, project):
        codes = outcome.codes[field.name]
        before = _current_decision(journal_state, coder, outcome, field)
        current = known[outcome.fragment_id].codes.get(field.name, ()) if before is None else before.decision.codes
        if is_same_coding(current, codes):
            compared.n_same += 1
            continue
        if before is not None and keep is not Keep.WORKBOOK:
            if keep is Keep.NEITHER:
                where = _code_place(harvest, outcome, field)
                conflict = Conflict(where=where, column=field.heading, entry=before, codes=codes)
                compared.conflicts.append(conflict)
            compared.n_kept += keep is Keep.JOURNAL
            continue
        compared.n_changed += before is not None
        shown = shown_beside(harvest, outcome, field, trace) or seen(outcome.fragment_id).get(field.name)
        compared.decisions.append(
            Decision(
                coder=coder,
                fragment_id=outcome.fragment_id,
                field=field.name,
                codes=codes,
                method=DecisionMethod.WORKBOOK,
                codebook=project.codebook.sha256,
                shown=shown,
                rank=1 if shown is not None and codes[:1] == shown.suggested[:1] else None,
                note=_note(outcome, field),
                based_on=journal_state.latest_number(coder, outcome.fragment_id, field.name),
            )
        )
    return compared


def _current_decision(journal_state: JournalState, coder: str, outcome: Outcome, field: CodeField) -> Entry | None:
    """Return a coder's current decision; one with a code that the codebook lacks is ignored."""
    entry = journal_state.current_decision(coder, outcome.fragment_id, field.name)
    return entry if entry is not None and field.has_all(entry.decision.codes) else None


def _has_codes(journal_state: JournalState, coder: str, outcome: Outcome, field: CodeField) -> bool:
    entry = _current_decision(journal_state, coder, outcome, field)
    return entry is not None and bool(entry.decision.codes)


def _blind_assisted(decisions: Sequence[Decision], project: Project) -> tuple[str, ...]:
    assisted = dict.fromkeys(decision.fragment_id for decision in decisions if decision.shown is not None)
    if not assisted:
        return ()
    coding_items = CodingItems(project, project.suggestions.latest()).by_id
    return tuple(name for name in assisted if coding_items[name].is_blind)


def _rows(read: Harvest, project: Project, trace: Trace) -> ReadRows:
    return ReadRows(
        sheet=read.sheet, layout=read.layout, outcomes=read.outcomes, codebook=project.codebook, trace=trace
    )


def _refuse_moved(
    path: Path, read: Sequence[Harvest], harvests: Sequence[Harvest], *, project: Project, trace: Trace
) -> None:
    """Refuse rows that hold the story or the suggestions of another outcome."""
    faults: list[Fault] = []
    for here, aligned in zip(read, harvests, strict=True):
        taken = {
            outcome.fragment_id: own.fragment_id for outcome, own in zip(aligned.outcomes, here.outcomes, strict=True)
        }
        known = {taken.get(name, name): outcome for name, outcome in project.outcomes.items()}
        faults += _rows(here, project, trace).faults_of_known(known)
    if faults:
        raise FaultsError({path: tuple(faults)})


def _reading(project: Project, options: ReadingOptions) -> ReadingOptions:
    """Say how a workbook is read: with all its sheets, where the project has several sheets of a file."""
    asked = project.reading(options)
    paths = [harvest.path for harvest in project.current]
    has_several = len(set(paths)) < len(paths)
    return replace(asked, all_sheets=True) if has_several and not asked.sheets else asked


def _entered(
    outcomes: Sequence[tuple[Harvest, Outcome]], project: Project
) -> Iterator[tuple[Harvest, Outcome, CodeField]]:
    known = project.outcomes
    for harvest, outcome in outcomes:
        for field in project.codebook.fields:
            if outcome.codes.get(field.name) and outcome.fragment_id in known:
                yield harvest, outcome, field


def _code_place(harvest: Harvest, outcome: Outcome, field: CodeField) -> str:
    """Return the cell that the code was read from."""
    reviewed = outcome.reviewed.get(field.name)
    if reviewed is not None and outcome.codes[field.name] != reviewed.own:
        return reviewed.where
    column = code_column(harvest.sheet, harvest.layout, outcome.row, field.name)
    assert column is not None  # its own row has a code
    return harvest.sheet.place(outcome.row, column)


def _note(outcome: Outcome, field: CodeField) -> str:
    reviewed = outcome.reviewed.get(field.name)
    return "" if reviewed is None else reviewed.note


def _notes_left(
    outcomes: Sequence[tuple[Harvest, Outcome]], project: Project, recorded: Sequence[Entry]
) -> Iterator[Fault]:
    """Report notes that are in the journal with no decision, since none was recorded for them."""
    kept = {
        (entry.decision.fragment_id, entry.decision.field, entry.decision.note)
        for entry in (*project.journal.entries(), *recorded)
    }
    known = project.outcomes
    for _, outcome in outcomes:
        for name, reviewed in outcome.reviewed.items() if outcome.fragment_id in known else ():
            if reviewed.note and (outcome.fragment_id, name, reviewed.note) not in kept:
                yield Fault(
                    kind=FaultKind.NOTE,
                    where=reviewed.note_where,
                    what=lazy_gettext("a note is recorded with a new code only, and this one was not"),
                    remedy=lazy_gettext("choose a code beside it, or write the note on the review page"),
                )


def _typed_over(outcomes: Sequence[tuple[Harvest, Outcome]], project: Project, trace: Trace) -> Iterator[str]:
    known = project.outcomes
    changed = [
        cell
        for harvest, outcome in outcomes
        for field in project.codebook.fields
        if outcome.fragment_id in known
        for cell in typed_over(harvest, outcome, field, trace)
    ]
    yield from changed[:_MOST_SHOWN]
    if len(changed) > _MOST_SHOWN:
        yield f"and {len(changed) - _MOST_SHOWN} more changed cells of suggestions"
