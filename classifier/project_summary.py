"""What happened in a project, in the few lines that its users read."""

from __future__ import annotations

from pathlib import Path

from classifier.comparison import TOO_FEW
from classifier.project_status import Status
from classifier.returned import Returned
from classifier.summary import Summary, figure_plain

__all__ = ["summarise_returned", "summarise_status"]

_MOST_TOLD = 20  # conflicts; the workbook has them all


def summarise_status(status: Status, *, folder: Path) -> Summary:
    """Summarise how far a project has come."""
    coders = list(dict.fromkeys(one.coder for one in status.progress))
    fields = list(dict.fromkeys(one.field for one in status.progress))
    made = {(one.coder, one.field): one for one in status.progress}
    rows = [
        (coder, *(f"{made[coder, field].n_decided} ({made[coder, field].n_blind} blind)" for field in fields))
        for coder in coders
    ]
    agreement = [
        (
            one.field,
            str(one.n_outcomes),
            str(one.n_differ),
            str(one.kappa) if one.is_enough else TOO_FEW,
        )
        for one in status.agreement
    ]
    notes = [
        f"{after.decision.field} of {after.decision.fragment_id}: {after.decision.coder} decided twice without seeing "
        f"the first decision, {'; '.join(before.decision.codes)!r} and then {'; '.join(after.decision.codes)!r}"
        for before, after in status.unseen
    ]
    return Summary(
        opening=(f"{folder}: {status.n_outcomes} outcomes, {len(coders)} coder(s)",),
        tables=(
            *([(("Decided by", *fields), *rows)] if rows else []),
            *([(("Field", "By two or more", "Differ", "Agreement so far: kappa"), *agreement)] if agreement else []),
        ),
        notes=tuple(notes),
        ending="Blind: decided with no suggestion in view" if rows else "Nothing is decided yet",
        plain={
            "outcomes": status.n_outcomes,
            "progress": [
                {
                    "coder": one.coder,
                    "field": one.field,
                    "decided": one.n_decided,
                    "blind": one.n_blind,
                    "bulk": one.n_bulk,
                }
                for one in status.progress
            ],
            "agreement": {
                one.field: {"n": one.n_outcomes, "differ": one.n_differ, "kappa": figure_plain(one.kappa)}
                for one in status.agreement
            },
            "unseen": [[before.number, after.number] for before, after in status.unseen],
        },
    )


def summarise_returned(returned: Returned, *, path: Path, coder: str) -> Summary:
    """Summarise what a workbook brought to the journal."""
    conflicts = [str(one) for one in returned.conflicts[:_MOST_TOLD]]
    if len(returned.conflicts) > _MOST_TOLD:
        conflicts.append(f"and {len(returned.conflicts) - _MOST_TOLD} more")
    strangers = (
        [f"{len(returned.strangers)} outcome(s), such as {returned.strangers[0]!r}, are not in the project; left out"]
        if returned.strangers
        else []
    )
    return Summary(
        opening=(f"{path.name}, coded by {coder}",),
        tables=(
            (
                ("New", "Same as before", "Changed", "Differ, not recorded"),
                tuple(map(str, (returned.n_new, returned.n_same, returned.n_changed, len(returned.conflicts)))),
            ),
        ),
        notes=(*conflicts, *strangers, *returned.notes),
        ending=f"Recorded {len(returned.recorded)} decisions"
        + ("; --theirs records what differs too, --ours leaves it" if returned.conflicts else ""),
        plain={
            "new": returned.n_new,
            "same": returned.n_same,
            "changed": returned.n_changed,
            "conflicts": [str(one) for one in returned.conflicts],
            "strangers": list(returned.strangers),
            "warnings": list(returned.notes),
        },
    )
