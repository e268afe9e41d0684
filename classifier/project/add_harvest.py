"""Harvest files added to a project."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any

from classifier.agreement.codings import align_with
from classifier.errors import OutcomeCoderError
from classifier.faults import Note, group_faults
from classifier.files import sha256_of
from classifier.harvest.coded import refusing_partial_too
from classifier.harvest.options import ReadingOptions
from classifier.harvest.outcome import Outcome
from classifier.harvest.reading import Harvest, read_harvest, read_harvests
from classifier.harvest.similar_ids import CORRECT, loose_key
from classifier.languages import lazy_gettext
from classifier.project.file_names import is_named, original_name, renaming_notes, shown_name
from classifier.project.project import Project, admit_partial, up_to_date
from classifier.project.settings import CODES, HARVESTS, copy_whole, locked, options_of, read_settings, write_settings
from classifier.spreadsheet.reading import read_sheets


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """Result of adding a harvest."""

    project: Project
    new: tuple[str, ...]  # the IDs of outcomes that were not there before
    same: tuple[str, ...]  # of those that the project has just so
    # By ID, what of the outcome is another now: parts of its story by their columns, or other columns.
    changed: Mapping[str, tuple[str, ...]]
    missing: tuple[str, ...]  # outcomes of the file's earlier version that it lacks; they and their decisions stay
    n_decided: int  # outcomes that were decided on already, and of which more has changed than the codes in the file
    sheets: tuple[str, ...] = ()  # the sheets that were taken
    notes: tuple[Note, ...] = ()  # what is worth a look in the file, such as IDs that look like others of the project


def add_harvest(project: Project, path: Path, *, options: ReadingOptions = ReadingOptions()) -> Added:
    """Add a harvest, or a corrected version of one; decisions are kept.

    The column mapping in `options` is kept, and holds for the project's other files too. If the file has
    faults, nothing is added.
    """
    reading, read = _read(project, path, options)  # before others have to wait
    with locked(project.folder):
        if (now := up_to_date(project)) is not project:
            reading, read = _read(now, path, options)
        return _add(now, path, options, reading, read)


def _read(project: Project, path: Path, options: ReadingOptions) -> tuple[ReadingOptions, tuple[Harvest, ...]]:
    reading = reading_of(project, path, options)
    with refusing_partial_too(accepted=project.accepted, is_confirmed=options.accept_partial):
        return reading, read_harvests(path, codebook=project.codebook, options=reading)


def _add(
    project: Project, path: Path, options: ReadingOptions, reading: ReadingOptions, read: Sequence[Harvest]
) -> Added:
    admit_partial(project, read, is_confirmed=options.accept_partial)
    outcomes = [outcome for harvest in read for outcome in harvest.outcomes]
    before = project.outcomes
    changed = {
        outcome.fragment_id: differences
        for outcome in outcomes
        if outcome.fragment_id in before and (differences := tuple(_differences(before[outcome.fragment_id], outcome)))
    }
    ids = dict.fromkeys(outcome.fragment_id for outcome in outcomes)
    name = name_to_keep(project, path, ids)
    missing = [
        outcome.fragment_id
        for harvest in _earlier(project, name)
        for outcome in harvest.outcomes
        if outcome.fragment_id not in ids
    ]
    aligned = [
        align_with(harvest, dict.fromkeys(before, lazy_gettext("the project")), match=False, remedy=CORRECT)
        for harvest in read
    ]
    kept = _keep(project, path, read, reading, name=name)
    project = replace(project, harvests=(*project.harvests, *kept), columns=reading.columns)
    decided = {fragment_id for _, fragment_id, _ in project.decided()}
    return Added(
        project=project,
        new=tuple(name for name in ids if name not in before),
        same=tuple(name for name in ids if name in before and name not in changed),
        changed=changed,
        missing=tuple(missing),
        n_decided=len(decided.intersection(name for name, what in changed.items() if what != (CODES,))),
        sheets=tuple(harvest.sheet.name for harvest in read),
        notes=group_faults(
            [*renaming_notes(path, name), *(fault for harvest in aligned for fault in harvest.warnings)]
        ),
    )


def _earlier(project: Project, name: str) -> tuple[Harvest, ...]:
    """Return the last version of a file in a project, a harvest for each of its sheets that was taken."""
    return tuple(harvest for harvest in project.current if shown_name(original_name(harvest.path)) == name)


def reading_of(project: Project, path: Path, options: ReadingOptions) -> ReadingOptions:
    """Say how a file of a project is read.

    Earlier column mappings still hold, and the sheets that were taken of the file's earlier version are taken again,
    as far as it still has them.
    """
    reading = project.reading(options)
    taken = [harvest.sheet.name for harvest in _earlier(project, shown_name(path.name)) if is_named(harvest)]
    if reading.all_sheets or not taken:
        return reading
    there = {sheet.name for sheet in read_sheets(path, encoding=reading.encoding)}
    return replace(reading, sheets=tuple(dict.fromkeys((*(name for name in taken if name in there), *reading.sheets))))


def _keep(
    project: Project, path: Path, read: Sequence[Harvest], reading: ReadingOptions, *, name: str
) -> tuple[Harvest, ...]:
    """Keep a copy of a file, and which of its sheets are the project's."""
    settings = read_settings(project.folder)
    name = f"{len(settings['harvests']) + 1:03}_{name}"
    copy = project.folder / HARVESTS / name
    _remove_unlisted(copy.parent, settings)
    copy_whole(path, copy)
    sha256 = sha256_of(copy)
    # A text file's one sheet is called after the file, and so otherwise in the copy; a workbook's keep their names.
    there = {sheet.name for sheet in read_sheets(copy, encoding=reading.encoding)}
    kept = []
    for harvest in read:
        entry = {"file": name, "sha256": sha256}
        if harvest.sheet.name in there:
            entry["sheet"] = harvest.sheet.name
        if reading.encoding is not None:
            entry["encoding"] = reading.encoding
        settings["harvests"].append(entry)
        kept.append(read_harvest(copy, codebook=project.codebook, options=options_of(entry, reading.columns)))
    settings["columns"] = dict(reading.columns)
    outcomes = chain(project.outcomes_of_all_files, *(harvest.outcomes for harvest in kept))
    settings["n_outcomes"] = len({outcome.fragment_id for outcome in outcomes})
    try:
        write_settings(project.folder, settings)
    except OutcomeCoderError:
        copy.unlink()
        raise
    return tuple(kept)


def _remove_unlisted(folder: Path, settings: Mapping[str, Any]) -> None:
    """Remove the copy of a command that was killed before it listed it; its number is given anew."""
    listed = {entry["file"] for entry in settings["harvests"]}
    for copy in folder.glob(f"{len(settings['harvests']) + 1:03}_*"):
        if copy.name not in listed:
            copy.unlink()


def _differences(before: Outcome, after: Outcome) -> Iterator[str]:
    parts = dict.fromkeys([*before.story.parts, *after.story.parts])
    yield from (part for part in parts if before.story.parts.get(part, "") != after.story.parts.get(part, ""))
    if before.story.merged != after.story.merged and not parts:
        yield "story"
    if before.codes != after.codes:
        yield CODES
    for name in ("period", "country", "year", "confidential"):
        if getattr(before, name) != getattr(after, name):
            yield name


def name_to_keep(project: Project, path: Path, ids: Collection[str]) -> str:
    """Return under which name a file is kept, which says of which earlier file it is a version.

    A file that has no outcome of another one is no version of it, whatever it is called: its name gets a number.
    """
    known: dict[str, set[str]] = {}
    for harvest in project.current:
        # IDs that were typed otherwise are the same outcomes still, as far as this goes; they are reported.
        outcomes = (loose_key(outcome.fragment_id) for outcome in harvest.outcomes)
        known.setdefault(shown_name(original_name(harvest.path)), set()).update(outcomes)
    shown = Path(shown_name(path.name))
    numbered = (f"{shown.stem} ({number}){shown.suffix}" for number in range(2, len(known) + 3))
    names = (shown.name, *numbered)
    n_shared = {name: len(known[name].intersection(map(loose_key, ids))) for name in names if name in known}
    likeliest = max(n_shared, key=lambda name: n_shared[name], default="")
    return likeliest if n_shared.get(likeliest) else next(name for name in names if name not in known)
