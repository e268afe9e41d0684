"""What a harvest brought to a project, in a few lines."""

from __future__ import annotations

from classifier.project.add_harvest import Added
from classifier.summary import Summary

_MOST_TOLD = 20  # changes; a page of them would hide the rest


def summarise_added(added: Added, *, name: str) -> Summary:
    """Summarise what a harvest brought.

    Parameters
    ----------
    name : str
        The file, as its user calls it.
    """
    sheets = f", sheets {', '.join(map(repr, added.sheets))}" if len(added.sheets) > 1 else ""
    changed = [f"  {one}: {', '.join(part.strip() for part in what)}" for one, what in added.changed.items()]
    opening = [
        f"{name}{sheets}: {len(added.new)} new outcomes, {len(added.same)} as they were, {len(added.changed)} changed",
        *changed[:_MOST_TOLD],
    ]
    if len(added.changed) > _MOST_TOLD:
        opening.append(f"  and {len(added.changed) - _MOST_TOLD} more")
    if added.missing:
        opening.append(
            f"  {len(added.missing)} that the earlier version had are missing; they and their decisions stay"
        )
    if added.n_decided:
        opening.append(f"  {added.n_decided} of the changed ones were decided already; look at them again")
    return Summary(
        opening=tuple(opening),
        tables=(),
        notes=added.notes,
        ending=f"The project has {len(added.project.outcomes)} outcomes",
        plain={
            "sheets": list(added.sheets),
            "new": list(added.new),
            "same": list(added.same),
            "changed": {one: [part.strip() for part in what] for one, what in added.changed.items()},
            "missing": list(added.missing),
            "decided": added.n_decided,
        },
    )
