"""Summary of a codebook migration, for the terminal and the review page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from classifier.codebook.diff import CodeChange, Fate
from classifier.languages import gettext, marked, ngettext
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
    headings_of_table = (gettext("Field"), gettext("Code"), gettext("Became"), gettext("Decisions"))
    return Summary(
        opening=(
            f"{changed.project.folder} already had this codebook"
            if changed.is_same
            else f"{changed.project.folder} now uses the codebook {changed.source.name}",
        ),
        tables=((headings_of_table, *rows),) if rows else (),
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
            "read_otherwise": dict(changed.n_read_otherwise),
            "model_is_older": changed.is_model_older,
            "kept": None if changed.kept is None else str(changed.kept),
        },
    )


_BECAME = {
    Fate.RENAMED: marked("renamed to {codes}"),
    Fate.MERGED: marked("merged into {codes}"),
    Fate.SPLIT: marked("split into {codes}"),
    Fate.DROPPED: marked("dropped"),
    Fate.REDEFINED: marked("redefined"),
    Fate.NEW: marked("new"),
}


def _describe_fate(change: CodeChange) -> str:
    return gettext(_BECAME[change.fate], codes=gettext(", ").join(change.to))


def _describe_decisions(change: CodeChange) -> str:
    match change.fate:
        case Fate.NEW:
            return ""
        case Fate.SPLIT | Fate.DROPPED if change.n_decisions:
            return gettext("{n} back to the queue", n=change.n_decisions)
        case Fate.REDEFINED if change.n_decisions:
            return gettext("{n} kept", n=change.n_decisions)
    return str(change.n_decisions)


def _notes(changed: Changed, headings: Mapping[str, str], *, on_page: bool) -> Iterator[str]:
    for removed in changed.gone_fields:
        yield ngettext(
            "field {field!r} was removed; {n} decision in it no longer used",
            "field {field!r} was removed; {n} decisions in it no longer used",
            removed.n_decisions,
            field=removed.heading,
        )
    for name in changed.new_fields:
        yield gettext("field {field!r} is new; the outcomes are still to be coded in it", field=headings[name])
    for name, n_decisions in changed.n_too_much.items():
        yield ngettext(
            "field {field!r} now takes one code; {n} decision with several back to the queue",
            "field {field!r} now takes one code; {n} decisions with several back to the queue",
            n_decisions,
            field=headings[name],
        )
    for name, n_outcomes in changed.n_lost_in_files.items():
        yield ngettext(
            "field {field!r}: {n} outcome already coded in the harvest with codes that are not in the new codebook, so "
            "not coded any more; to keep such a code, add it to the `aliases` of another code",
            "field {field!r}: {n} outcomes already coded in the harvest with codes that are not in the new codebook, "
            "so not coded any more; to keep such a code, add it to the `aliases` of another code",
            n_outcomes,
            field=headings[name],
        )
    for name, n_outcomes in changed.n_read_otherwise.items():
        yield ngettext(
            "field {field!r}: {n} outcome coded in the harvest is read as another code now, since a name of one code "
            "was that of another before; if that is not meant, correct the aliases and translations",
            "field {field!r}: {n} outcomes coded in the harvest are read as other codes now, since a name of one code "
            "was that of another before; if that is not meant, correct the aliases and translations",
            n_outcomes,
            field=headings[name],
        )
    redefined = [change for change in changed.codes if change.fate is Fate.REDEFINED and change.n_decisions]
    if redefined:
        names = gettext(", ").join(f"{change.code!r}" for change in redefined)
        yield gettext("the definition changed of {codes}; check whether the decisions still fit", codes=names)
    if changed.is_model_older and on_page:
        yield gettext("the model is older than the codebook; train it again under Model")
    elif changed.is_model_older:
        command = f"outcome-coder project train --project {changed.project.folder}"
        yield f"the model is older than the codebook; train it again with `{command}`"
