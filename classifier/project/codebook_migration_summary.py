"""What a change of a project's codebook did, in the few lines that its users read."""

from __future__ import annotations

from collections.abc import Iterator

from classifier.codebook.diff import CodeChange, Fate
from classifier.project.codebook_migration import Changed, GoneField
from classifier.summary import Summary


def summarise_change(changed: Changed) -> Summary:
    """Summarise what became of codes and decisions."""
    rows = [(change.field, change.code, _fate_told(change), _decisions_told(change)) for change in changed.codes]
    return Summary(
        opening=(
            f"{changed.project.folder} had a codebook that says the same"
            if changed.is_same
            else f"{changed.project.folder} is coded by {changed.source.name} now",
        ),
        tables=((("Field", "Code", "Became", "Decisions"), *rows),) if rows else (),
        notes=(*changed.map_notes, *_notes(changed)),
        ending=f"Carried over {changed.n_carried} decision(s), {changed.n_back} back to the queue"
        + (f"; the codebook before is kept in {changed.kept}" if changed.kept else ""),
        plain={
            "codebook": changed.project.codebook.sha256,
            "carried": changed.n_carried,
            "back": changed.n_back,
            "codes": [
                {
                    "field": change.field,
                    "code": change.code,
                    "fate": str(change.fate),
                    "to": list(change.to),
                    "decisions": change.n_decisions,
                }
                for change in changed.codes
            ],
            "new_fields": list(changed.new_fields),
            "gone_fields": {one.field: one.n_decisions for one in changed.gone_fields},
            "too_much": dict(changed.n_too_much),
            "lost_in_files": dict(changed.n_lost_in_files),
            "model_is_older": changed.is_model_older,
            "kept": None if changed.kept is None else str(changed.kept),
        },
    )


def _fate_told(change: CodeChange) -> str:
    between = {Fate.RENAMED: "to", Fate.MERGED: "into", Fate.SPLIT: "into"}.get(change.fate)
    return f"{change.fate} {between} {', '.join(change.to)}" if between else str(change.fate)


def _decisions_told(change: CodeChange) -> str:
    match change.fate:
        case Fate.NEW:
            return ""
        case Fate.SPLIT | Fate.DROPPED if change.n_decisions:
            return f"{change.n_decisions} back to the queue"
        case Fate.REDEFINED if change.n_decisions:
            return f"{change.n_decisions} stay"
    return str(change.n_decisions)


def _notes(changed: Changed) -> Iterator[str]:
    yield from (_gone_told(one) for one in changed.gone_fields)
    for name in changed.new_fields:
        yield f"field {name!r} is new; its outcomes wait to be coded"
    for name, n_decisions in changed.n_too_much.items():
        yield f"field {name!r} takes one code now; {n_decisions} decision(s) with several go back to the queue"
    for name, n_outcomes in changed.n_lost_in_files.items():
        yield (
            f"field {name!r}: {n_outcomes} outcome(s) came coded in the harvest with codes that the new codebook "
            "doesn't know, and are not coded now; write such a code among another one's `aliases` to keep it"
        )
    redefined = [change for change in changed.codes if change.fate is Fate.REDEFINED and change.n_decisions]
    if redefined:
        names = ", ".join(f"{change.code!r}" for change in redefined)
        yield f"{names} got another definition; look whether the decisions still fit"
    if changed.is_model_older:
        yield (
            "the model is older than the codebook; train it anew with `outcome-coder project train --project "
            f"{changed.project.folder}`"
        )


def _gone_told(one: GoneField) -> str:
    told = f"field {one.field!r} is gone; {one.n_decisions} decision(s) in it count no more"
    if one.heir is None:
        return told
    return f"{told}. {one.heir!r} has its column: if it is the same field, name it {one.field!r} and run again"
