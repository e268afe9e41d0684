"""Summary of a codebook migration, for the terminal and the review page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from classifier.codebook.diff import CodeChange, Fate
from classifier.project.codebook_migration import Changed
from classifier.summary import Summary
from classifier.wording import counted


def summarise_change(changed: Changed, *, on_page: bool = False) -> Summary:
    """Summarise a codebook migration, for the terminal or for the review page."""
    headings = {field.name: field.heading for field in changed.project.codebook.fields}
    rows = [
        (headings[change.field], change.code, _describe_fate(change), _describe_decisions(change))
        for change in changed.codes
    ]
    return Summary(
        opening=(
            f"{changed.project.folder} already had this codebook"
            if changed.is_same
            else f"{changed.project.folder} now uses the codebook {changed.source.name}",
        ),
        tables=((("Field", "Code", "Became", "Decisions"), *rows),) if rows else (),
        notes=(*changed.map_notes, *_notes(changed, headings, on_page=on_page)),
        ending=f"Carried over {counted(changed.n_carried, 'decision')}, {changed.n_back} back to the queue"
        + (f"; the previous codebook is kept in {changed.kept}" if changed.kept else ""),
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
            "gone_fields": {removed.field: removed.n_decisions for removed in changed.gone_fields},
            "too_much": dict(changed.n_too_much),
            "lost_in_files": dict(changed.n_lost_in_files),
            "model_is_older": changed.is_model_older,
            "kept": None if changed.kept is None else str(changed.kept),
        },
    )


def _describe_fate(change: CodeChange) -> str:
    between = {Fate.RENAMED: "to", Fate.MERGED: "into", Fate.SPLIT: "into"}.get(change.fate)
    return f"{change.fate} {between} {', '.join(change.to)}" if between else str(change.fate)


def _describe_decisions(change: CodeChange) -> str:
    match change.fate:
        case Fate.NEW:
            return ""
        case Fate.SPLIT | Fate.DROPPED if change.n_decisions:
            return f"{change.n_decisions} back to the queue"
        case Fate.REDEFINED if change.n_decisions:
            return f"{change.n_decisions} kept"
    return str(change.n_decisions)


def _notes(changed: Changed, headings: Mapping[str, str], *, on_page: bool) -> Iterator[str]:
    for removed in changed.gone_fields:
        unused = counted(removed.n_decisions, "decision")
        yield f"field {removed.heading!r} was removed; {unused} in it no longer used"
    for name in changed.new_fields:
        yield f"field {headings[name]!r} is new; the outcomes are still to be coded in it"
    for name, n_decisions in changed.n_too_much.items():
        yield (
            f"field {headings[name]!r} now takes one code; {counted(n_decisions, 'decision')} with several back to the "
            "queue"
        )
    for name, n_outcomes in changed.n_lost_in_files.items():
        yield (
            f"field {headings[name]!r}: {counted(n_outcomes, 'outcome')} already coded in the harvest with codes "
            "that are not in the new codebook, so not coded any more; to keep such a code, add it to the `aliases` of "
            "another code"
        )
    redefined = [change for change in changed.codes if change.fate is Fate.REDEFINED and change.n_decisions]
    if redefined:
        names = ", ".join(f"{change.code!r}" for change in redefined)
        yield f"the definition changed of {names}; check whether the decisions still fit"
    if changed.is_model_older:
        command = f"with `outcome-coder project train --project {changed.project.folder}`"
        yield f"the model is older than the codebook; train it again {'under Model' if on_page else command}"
