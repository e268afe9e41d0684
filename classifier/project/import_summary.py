"""Summaries of a harvest added to a project, and of a coded workbook imported, for the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from classifier.project.add_harvest import Added
from classifier.project.import_workbook import ImportedCodes
from classifier.summary import Summary
from classifier.wording import counted, listed

_MOST_TOLD = 20  # changes or conflicts; a page of them would hide the rest


def summarise_added(added: Added, *, name: str) -> Summary:
    """Summarise a harvest that was added, under the name that its user calls it by."""
    sheets = f", sheets {', '.join(map(repr, added.sheets))}" if len(added.sheets) > 1 else ""
    changed = [
        f"  {fragment_id}: {', '.join(part.strip() for part in what)}" for fragment_id, what in added.changed.items()
    ]
    opening = [
        f"{name}{sheets}: {counted(len(added.new), 'new outcome')}, {len(added.same)} unchanged, "
        f"{len(added.changed)} changed",
        *changed[:_MOST_TOLD],
    ]
    if len(added.changed) > _MOST_TOLD:
        opening.append(f"  and {len(added.changed) - _MOST_TOLD} more")
    if added.missing:
        is_ = "is" if len(added.missing) == 1 else "are"
        opening.append(
            f"  {counted(len(added.missing), 'outcome')} of the earlier version {is_} not in this one; all decisions "
            "on them are kept"
        )
    if added.n_decided:
        opening.append(f"  {added.n_decided} of the changed outcomes had already been decided; check them again")
    return Summary(
        opening=tuple(opening),
        notes=added.notes,
        ending=f"The project has {counted(len(added.project.outcomes), 'outcome')}",
        plain={
            "sheets": list(added.sheets),
            "new": list(added.new),
            "same": list(added.same),
            "changed": {fragment_id: [part.strip() for part in what] for fragment_id, what in added.changed.items()},
            "missing": list(added.missing),
            "decided": added.n_decided,
        },
    )


def summarise_imported(returned: ImportedCodes, *, path: Path, coder: str) -> Summary:
    """Summarise the import of a workbook."""
    n_differ = len(returned.conflicts) + returned.n_kept
    conflicts = [str(conflict) for conflict in returned.conflicts[:_MOST_TOLD]]
    if len(returned.conflicts) > _MOST_TOLD:
        conflicts.append(f"and {len(returned.conflicts) - _MOST_TOLD} more")
    strangers = (
        [f"{counted(len(returned.strangers), 'outcome')} not in the project, left out: {listed(returned.strangers)}"]
        if returned.strangers
        else []
    )
    emptied = (
        [f"{counted(returned.n_emptied, 'cell')} empty here but decided by {coder} before; these decisions are kept"]
        if returned.n_emptied
        else []
    )
    notes = (*conflicts, *strangers, *emptied, *_told_blind_assisted(returned))
    return Summary(
        opening=(f"{path.name}, coded by {coder}",),
        tables=(
            (
                ("New", "Same as before", "Changed", "Differ, not recorded", "Empty"),
                tuple(map(str, (returned.n_new, returned.n_same, returned.n_changed, n_differ, returned.n_empty))),
            ),
        ),
        notes=(*notes, *returned.notes),
        ending=f"Recorded {counted(len(returned.recorded), 'decision')}"
        + (
            "; use --theirs to record the differences too, --ours to keep the earlier decisions"
            if returned.conflicts
            else ""
        ),
        plain={
            "new": returned.n_new,
            "same": returned.n_same,
            "changed": returned.n_changed,
            "differ": n_differ,
            "empty": returned.n_empty,
            "emptied": returned.n_emptied,
            "blind_assisted": list(returned.blind_assisted),
            "conflicts": [str(conflict) for conflict in returned.conflicts],
            "strangers": list(returned.strangers),
            "warnings": [str(note) for note in returned.notes],
        },
    )


def _told_blind_assisted(returned: ImportedCodes) -> Iterator[str]:
    if names := returned.blind_assisted:
        verb, their = ("was", "its") if len(names) == 1 else ("were", "their")
        yield (
            f"{counted(len(names), 'outcome')} {verb} to be coded without seeing suggestions; {their} decisions count "
            f"as assisted: {listed(names)} (next time, code such outcomes on the review page, which shows no "
            "suggestions for them, or in a copy of the harvest without suggestions)"
        )
