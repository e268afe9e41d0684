"""Codebook migration of a project: decisions are carried over to the new codebook, or go back to the queue."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from classifier.codebook.diff import CodeChange, FieldMove, moves_between
from classifier.codebook.mapping import MAP_COLUMNS, CodeMap, read_map
from classifier.codebook.schema import Codebook
from classifier.errors import FaultsError, ModelError
from classifier.faults import Fault, FaultKind, Note, file_error, group_faults
from classifier.harvest.layout import known_columns
from classifier.harvest.reading import Harvest, read_harvest
from classifier.languages import joined, lazy_gettext, lazy_ngettext
from classifier.model.storage import find_model, read_manifest
from classifier.project.current_decisions import JournalState
from classifier.project.journal import Decision, DecisionMethod, Entry
from classifier.project.project import Project, replace_codebook, up_to_date
from classifier.project.settings import locked
from classifier.spelling import label_key


@dataclass(frozen=True, slots=True, kw_only=True)
class RemovedField:
    """A field that the new codebook doesn't have."""

    field: str
    heading: str  # the name of its column
    n_decisions: int  # decisions that no longer count
    successor: str | None  # a new field that has its column, if there is one


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """A change of a project's codebook."""

    project: Project  # as it is with the new codebook
    source: Path  # the file of the new codebook
    is_same: bool  # whether the project had a codebook that says the same; then no code changed
    codes: tuple[CodeChange, ...]  # field by field; codes that stay as they are are left out
    decisions: tuple[Decision, ...]  # the rows for the journal; those without codes send an outcome back to the queue
    new_fields: tuple[str, ...]
    gone_fields: tuple[RemovedField, ...]
    # By field that takes one code now, how many decisions go back to the queue since they hold several.
    n_too_much: Mapping[str, int]
    # By field, how many outcomes hold codes in the harvest's own columns that the new codebook doesn't know.
    n_lost_in_files: Mapping[str, int]
    # By field, how many outcomes have codes there that are read as others, since a name is that of another code now.
    n_read_otherwise: Mapping[str, int]
    is_model_older: bool  # whether the project's model was made with another codebook than the new one
    kept: Path | None = None  # where the codebook before is kept; None as long as it is in use
    map_notes: tuple[Note, ...] = ()  # what was found in reading the map and is worth a look

    @property
    def n_carried(self) -> int:
        """How many decisions were carried over."""
        return sum(bool(decision.codes) for decision in self.decisions)

    @property
    def n_back(self) -> int:
        """How many decisions went back to the queue."""
        return len(self.decisions) - self.n_carried


def change_codebook(project: Project, new: Path, *, map_file: Path | None = None) -> Changed:
    """Change a project's codebook, and carry over its decisions.

    A code that the new codebook finds, by an alias or spelled a little otherwise, was renamed or merged: its
    decisions are recorded once more, with the new code. What else became of codes is in a map. Fields are matched
    by their names. A map is a table; see `classifier.codebook.mapping.read_map`. All faults are reported at once:
    of the map, codes that are gone and have decisions, fields with decisions that have another name, harvests that
    can't be read by the new codebook. Then nothing is changed. A copy of the new codebook is kept, and the codebook
    before stays under ``codebooks/``.

    Examples
    --------
    >>> from classifier.project.project import new_project
    >>> folder = getfixture("tmp_path")
    >>> scale = "fields: [{name: scale, column: Scale, kind: single, codes: [%s]}]"
    >>> _ = (folder / "old.yaml").write_text(scale % "{code: Village}, {code: National}", encoding="utf-8")
    >>> _ = (folder / "new.yaml").write_text(
    ...     scale % "{code: Local, aliases: [Village]}, {code: National}", encoding="utf-8"
    ... )
    >>> project = new_project(folder / "project", codebook=folder / "old.yaml")
    >>> village = Decision(coder="Ana", fragment_id="SCC-LPC/035", field="scale", codes=("Village",),
    ...                    method=DecisionMethod.BY_HAND, codebook=project.codebook.sha256)
    >>> _ = project.journal.record([village])
    >>> changed = change_codebook(project, folder / "new.yaml")
    >>> changed.n_carried, changed.project.decided()["Ana", "SCC-LPC/035", "scale"].decision.codes
    (1, ('Local',))
    """
    with locked(project.folder):
        return _change(up_to_date(project), new, map_file=map_file)


def _change(project: Project, new: Path, *, map_file: Path | None) -> Changed:
    planned = plan_change(project, new, map_file=map_file)
    # The rows come first, all or none. If the program is stopped before the codebook is replaced, the next run
    # finds them made by the new codebook and writes none of them twice. The other way round, the old codebook,
    # without which nobody can tell what became of a code, would no longer be the project's.
    project.journal.record(planned.decisions)
    return replace(planned, kept=replace_codebook(project, new))


def plan_change(project: Project, new: Path, *, map_file: Path | None = None) -> Changed:
    """Return what `change_codebook` would do, without doing it."""
    old, codebook = project.codebook, Codebook.read(new)
    # Where the project has the codebook already, what a map says is done: the codes it starts from are gone.
    is_done = old.sha256 == codebook.sha256
    mapped = CodeMap(codes={}) if map_file is None or is_done else read_map(map_file, old=old, new=codebook)
    entries = project.journal.entries()
    journal_state = JournalState(entries)
    # What was decided by the new codebook, or carried over to it before the program was stopped, is kept.
    affected = [entry for entry in _counting(entries, journal_state) if entry.decision.codebook != codebook.sha256]
    n_by_code = Counter((entry.decision.field, code) for entry in affected for code in entry.decision.codes)
    moves = {move.before.name: move for move in moves_between(old, codebook, mapped.codes)}
    harvests, faults = _read_again(project.harvests, codebook)
    if map_file is not None and mapped.faults:
        faults[map_file] = mapped.faults
    gone = tuple(_gone(old, codebook, Counter(entry.decision.field for entry in affected)))
    undecided = [fault for move in moves.values() for fault in _undecided(move, n_by_code)]
    undecided += [fault for removed in gone for fault in _renamed(removed)]
    if undecided:
        faults[new] = tuple(undecided)
    if faults:
        raise FaultsError(faults)
    changed = replace(project, codebook=codebook, harvests=harvests)
    moved = [entry for entry in affected if entry.decision.field in moves]
    return Changed(
        project=changed,
        source=new,
        is_same=old.sha256_with_translations == codebook.sha256_with_translations,
        codes=tuple(change for move in moves.values() for change in move.changes(n_by_code)),
        decisions=tuple(_rows(moved, moves, journal_state, sha256=codebook.sha256)),
        new_fields=tuple(name for name in codebook.names if name not in old.names),
        gone_fields=gone,
        n_too_much=Counter(
            entry.decision.field for entry in moved if moves[entry.decision.field].is_too_much(entry.decision.codes)
        ),
        n_lost_in_files=Counter(_lost_in_files(project, changed)),
        n_read_otherwise=Counter(_read_otherwise(project, changed)),
        is_model_older=is_model_older(changed),
        map_notes=group_faults(mapped.notes, file=map_file.name if map_file else ""),
    )


def is_model_older(project: Project) -> bool:
    """Whether a project's model was made with another codebook than the project has.

    No model is not older, and neither is one that can't be read, of which those tell who use it.
    """
    if project.model_place is None:
        return False
    try:
        manifest = read_manifest(find_model(project.model_place))
    except ModelError:
        return False
    return manifest.codebook_sha256 != project.codebook.sha256


def _counting(entries: Sequence[Entry], journal_state: JournalState) -> list[Entry]:
    """Return the current decisions and adjudications, in the order they were made."""
    adjudicated = {
        (entry.decision.fragment_id, entry.decision.field)
        for entry in entries
        if entry.decision.method is DecisionMethod.ADJUDICATION
    }
    found = (journal_state.adjudicated(fragment_id, field) for fragment_id, field in adjudicated)
    counting = [*journal_state.own().values(), *(entry for entry in found if entry is not None)]
    return sorted(counting, key=lambda entry: entry.number)


def _rows(
    entries: Sequence[Entry], moves: Mapping[str, FieldMove], journal_state: JournalState, *, sha256: str
) -> Iterator[Decision]:
    for entry in entries:
        before = entry.decision
        codes, note = moves[before.field].carry(before.codes)
        if codes == before.codes:
            continue
        is_adjudicated = before.method is DecisionMethod.ADJUDICATION
        yield replace(
            before,
            codes=codes,
            # An adjudication stays one; without codes it is void, and the difference is open.
            method=DecisionMethod.ADJUDICATION if is_adjudicated else DecisionMethod.CARRIED_OVER,
            codebook=sha256,
            seconds=None,
            note=note,
            based_on=entry.number if is_adjudicated else journal_state.latest_number(*before.key),
        )


def _undecided(move: FieldMove, n_by_code: Mapping[tuple[str, str], int]) -> Iterator[Fault]:
    """Tell of codes that are gone and have decisions, and which row of a map says what becomes of them."""
    name = move.before.name
    for code in move.unmapped:
        if n_decisions := n_by_code.get((name, code), 0):
            guess = move.after.nearest(code)
            to = guess and move.after.find(guess)
            rows = {"row": _row(name, code, to or "CODE"), "header": _row(*MAP_COLUMNS), "back": _row(name, code, "")}
            remedy = (
                lazy_gettext(
                    "write the row {row} below {header} in a --map file; or {back} to send them back to the queue",
                    **rows,
                )
                if to
                else lazy_gettext(
                    "write the row {row} below {header} in a --map file, CODE being one of {codes}; or {back} to send "
                    "them back to the queue",
                    codes=joined(", ", move.after.code_names),
                    **rows,
                )
            )
            yield file_error(
                lazy_gettext("field {name!r} (column {column!r})", name=move.after.name, column=move.after.heading),
                lazy_ngettext(
                    "{code!r} is no longer a code, but was chosen in {n} decision",
                    "{code!r} is no longer a code, but was chosen in {n} decisions",
                    n_decisions,
                    code=code,
                ),
                remedy,
                kind=FaultKind.CODE,
            )


def _renamed(removed: RemovedField) -> Iterator[Fault]:
    """Refuse to drop the decisions of a field that has only another name in the new codebook."""
    if removed.successor is not None and removed.n_decisions:
        yield file_error(
            lazy_gettext("column {name!r}", name=removed.heading),
            lazy_ngettext(
                "is the field {field!r} in the project, with {n} decision, and the field {successor!r} in the new "
                "codebook",
                "is the field {field!r} in the project, with {n} decisions, and the field {successor!r} in the new "
                "codebook",
                removed.n_decisions,
                field=removed.field,
                successor=removed.successor,
            ),
            lazy_gettext(
                "rename the field there to {field!r}; or give it another column, if it is another field",
                field=removed.field,
            ),
            kind=FaultKind.CODE,
        )


def _row(*cells: str) -> str:
    written = io.StringIO()
    csv.writer(written, lineterminator="").writerow(cells)
    return written.getvalue()


def _read_again(
    harvests: Sequence[Harvest], codebook: Codebook
) -> tuple[tuple[Harvest, ...], dict[Path, tuple[Fault, ...]]]:
    """Read harvests by another codebook; those that can't be read come with their faults."""
    read, faults = [], {}
    for harvest in harvests:
        try:
            options = replace(harvest.options, columns=known_columns(harvest.options.columns, codebook))
            again = read_harvest(harvest.path, codebook=codebook, options=options)
        except FaultsError as error:
            faults.update(error.faults)
            continue
        if [outcome.fragment_id for outcome in again.outcomes] != [outcome.fragment_id for outcome in harvest.outcomes]:
            what = lazy_gettext("with the new codebook its outcomes get other IDs, for which there are no decisions")
            remedy = lazy_gettext("keep the column of the ID in the codebook as it was")
            faults[harvest.path] = (file_error("", what, remedy),)
        read.append(again)
    return tuple(read), faults


def _gone(old: Codebook, new: Codebook, n_by_field: Mapping[str, int]) -> Iterator[RemovedField]:
    columns = {label_key(column): field.name for field in new.fields for column in field.columns}
    for field in old.fields:
        if field.name not in new.names:
            heirs = (columns[label_key(column)] for column in field.columns if label_key(column) in columns)
            yield RemovedField(
                field=field.name,
                heading=field.heading,
                n_decisions=n_by_field.get(field.name, 0),
                successor=next(heirs, None),
            )


def _lost_in_files(before: Project, after: Project) -> Iterator[str]:
    """Name the field of each outcome and field that has lost a code of the harvest's own columns."""
    for name, expected, found in _codes_in_files(before, after):
        if len(found) < len(expected):
            yield name


def _read_otherwise(before: Project, after: Project) -> Iterator[str]:
    """Name the field of each outcome and field in which codes of the harvest's own columns are read as others."""
    for name, expected, found in _codes_in_files(before, after):
        if len(found) == len(expected) and found != expected:
            yield name


def _codes_in_files(before: Project, after: Project) -> Iterator[tuple[str, set[str], set[str]]]:
    """Yield the field, the codes expected and the codes read of each outcome that a harvest has codes for."""
    outcomes, fields = after.outcomes, {field.name: field for field in after.codebook.fields}
    for fragment_id, outcome in before.outcomes.items():
        for name, codes in outcome.codes.items():
            if (field := fields.get(name)) is not None:
                expected = {field.find(code) or code for code in codes}
                yield name, expected, set(outcomes[fragment_id].codes.get(name, ()))
