"""Summary of a harvest added to a project, for the terminal."""

from __future__ import annotations

from classifier.project.add_harvest import Added
from classifier.summary import Summary
from classifier.wording import counted

_MOST_TOLD = 20  # changes; a page of them would hide the rest


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
        tables=(),
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
