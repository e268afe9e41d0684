"""Summaries of a project's commands, for the terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from classifier.agreement.bootstrap import Estimate
from classifier.agreement.by_field import TOO_FEW, FieldAgreement
from classifier.agreement.ceiling import ceiling_table
from classifier.agreement.coefficients import Coefficient
from classifier.agreement.recal import RecalFiles
from classifier.codebook.schema import Codebook
from classifier.faults import note_as_dict
from classifier.languages import gettext, marked, ngettext, pgettext
from classifier.project.completeness import CellCounts, add_up
from classifier.project.export import Exported
from classifier.project.project import Project
from classifier.project.provenance import Provenance
from classifier.project.status import Progress, SplitAgreement, Status
from classifier.project.status_json import cells_as_dict, status_as_dict
from classifier.project.suggestion_store import SuggestionSet
from classifier.suggestion.failures import failure_notes
from classifier.summary import Summary
from classifier.wording import counted

BLIND = marked("Blind: decided with no suggestion in view")
_INDEPENDENT = marked("Agreement uses what each coder decided before they could see the others' codes")
_MISSING = (
    "{} with decisions only in an earlier version of the file; these decisions are at the end of the sheet Decisions"
)
_GAP = marked("assisted minus blind")
_BETWEEN_CODERS = {
    Provenance.BLIND: marked("Coders' agreement (kappa), all blind"),
    Provenance.ASSISTED: marked("With a suggestion in view"),
    Provenance.BULK: marked("Some in bulk"),
    Provenance.TOGETHER: marked("Some together with another outcome"),
}
PROVENANCE_NAMES = {
    Provenance.BLIND: marked("Blind"),
    Provenance.ASSISTED: marked("Assisted"),
    Provenance.BULK: marked("In bulk"),
    Provenance.TOGETHER: marked("Together"),
    Provenance.ADJUDICATED: marked("Adjudicated"),
    Provenance.FILE: marked("From files"),
}


def summarise_status(status: Status, *, folder: Path, asked_by: str | None = None) -> Summary:
    """Summarise the status of a project; for a coder who asks (`asked_by`), with codes of their own decisions alone."""
    coders = list(dict.fromkeys(progress.coder for progress in status.progress))
    fields = list(dict.fromkeys(progress.field for progress in status.progress))
    made = {(progress.coder, progress.field): progress for progress in status.progress}
    columns = status.columns
    rows = [(coder, *(_describe_progress(made[coder, field]) for field in fields)) for coder in coders]
    agreement = _agreement_table(status)
    suggested = [row for split in status.with_suggestions for row in _suggestion_rows(split, columns[split.field])]
    notes = [
        gettext(
            "{field} of {outcome}: {coder} decided twice without seeing the first decision: {first!r}, then {second!r}",
            field=columns.get(after.decision.field, after.decision.field),
            outcome=after.decision.fragment_id,
            coder=after.decision.coder,
            first=before.decision.in_words,
            second=after.decision.in_words,
        )
        for before, after in status.unseen
        if asked_by in (None, after.decision.coder)
    ]
    return Summary(
        opening=(
            gettext(
                "{project}: {outcomes}, {coders}",
                project=folder,
                outcomes=ngettext("{n} outcome", "{n} outcomes", status.n_outcomes),
                coders=ngettext("{n} coder", "{n} coders", len(coders)),
            ),
            *_describe_cells(status.cells, status.n_outcomes),
            *([_only_earlier(status.n_only_earlier)] if status.n_only_earlier else []),
        ),
        tables=(
            *([((gettext("Decided by"), *(columns[field] for field in fields)), *rows)] if rows else []),
            *([agreement] if status.agreement else []),
            *([(_suggestion_headings(), *suggested)] if suggested else []),
            *(
                [ceiling_table(status.ceilings, columns, suggestions=gettext("Hidden suggestions"))]
                if status.ceilings
                else []
            ),
        ),
        notes=tuple(notes),
        ending=". ".join(_describe_reading(status)) if rows else gettext("Nothing is decided yet"),
        plain=status_as_dict(status),
    )


def _describe_progress(made: Progress) -> str:
    if made.n_not_codable:
        return gettext(
            "{n} ({blind} blind, {not_codable} not codable)",
            n=made.n_decided,
            blind=made.n_blind,
            not_codable=made.n_not_codable,
        )
    return gettext("{n} ({blind} blind)", n=made.n_decided, blind=made.n_blind)


def _only_earlier(n_outcomes: int) -> str:
    return ngettext(
        "{n} outcome only in an earlier version of the file, included in these counts",
        "{n} outcomes only in an earlier version of the file, included in these counts",
        n_outcomes,
    )


def _suggestion_headings() -> tuple[str, ...]:
    return (
        gettext("Field"),
        gettext("Coders and suggestions"),
        gettext("Decisions"),
        gettext("Same codes"),
        gettext("Kappa"),
    )


def _describe_reading(status: Status) -> Iterator[str]:
    """Say how the figures are to be read."""
    yield gettext(BLIND)
    if status.agreement:
        yield gettext(_INDEPENDENT)
    for found in status.codability:
        yield gettext("Agreement in {field}: {told}", field=status.columns[found.field].strip(), told=found)


def summarise_own_progress(progress: Sequence[Progress], *, codebook: Codebook) -> Summary:
    """Summarise the progress of one coder, of which nothing follows about what others decided."""
    columns = {field.name: field.shown_heading for field in codebook.fields}
    rows = [
        (columns[made.field], *map(str, (made.n_decided, made.n_blind, made.n_bulk, made.n_not_codable)))
        for made in progress
    ]
    headings = (
        gettext("Field"),
        gettext("Decided"),
        gettext("Of these, blind"),
        gettext("In bulk"),
        gettext("Not codable"),
    )
    return Summary(
        opening=(gettext("Your own decisions. A lead sees the progress of the whole team, and how far coders agree."),),
        tables=((headings, *rows),) if rows else (),
        ending=gettext(BLIND) if rows else gettext("You have not decided anything yet"),
        plain={},
    )


def _agreement_table(status: Status) -> tuple[tuple[str, ...], ...]:
    between = {split.field: split for split in status.between_coders}
    provenances = [
        provenance
        for provenance in _BETWEEN_CODERS
        if provenance in (Provenance.BLIND, Provenance.ASSISTED)
        or any(provenance in split.kinds for split in between.values())
    ]
    kappas = (gettext(_BETWEEN_CODERS[provenance]) for provenance in provenances)
    return (
        (gettext("Field"), gettext("By two or more coders"), gettext("Differ"), *kappas, gettext(_GAP).capitalize()),
        *(
            (status.columns[field.field], *_agreement_row(field, between[field.field], provenances))
            for field in status.agreement
        ),
    )


def summarise_exported(exported: Exported) -> Summary:
    """Summarise an exported harvest."""
    n_missing = len(exported.missing)
    return Summary(
        opening=tuple(_describe_cells(exported.cells, exported.n_outcomes)),
        notes=(*exported.notes, *((_MISSING.format(counted(n_missing, "outcome")),) if n_missing else ())),
        ending=f"Wrote {exported.out}",
        plain={
            "out": str(exported.out),
            "outcomes": exported.n_outcomes,
            "confidentiality": exported.confidentiality.as_dict(),
            "cells": cells_as_dict(exported.cells),
            "differing": [list(key) for key in exported.still_open],
            "only_in_earlier_versions": list(exported.missing),
            "notes": [note_as_dict(note) for note in exported.notes],
        },
    )


def summarise_recal(written: RecalFiles) -> Summary:
    """Summarise codings written for ReCal."""
    return Summary(
        opening=(),
        notes=written.notes,
        ending=str(written),
        plain={"out": str(written.folder), "fields": written.n_fields},
    )


def describe_provenance(counts: Mapping[str, int]) -> str:
    """Describe how many of a field's codes were given blind, with a suggestion in view and so on.

    Examples
    --------
    >>> describe_provenance({"blind": 12, "bulk": 30})
    '12 blind, 30 in bulk'
    """
    return (
        ", ".join(
            f"{counts[provenance]} {PROVENANCE_NAMES[provenance].lower()}"
            for provenance in Provenance
            if provenance in counts
        )
        or "no code"
    )


def summarise_refreshed(kept: SuggestionSet, *, project: Project) -> Summary:
    """Summarise a project's new suggestions."""
    n_by_model = Counter(outcome.model for outcome in kept.outcomes.values())
    n_without = len(project.outcomes.keys() - kept.outcomes.keys())
    without = (
        [f"  {n_without} without: already coded in the harvest, or used for training the model"] if n_without else []
    )
    return Summary(
        opening=(
            f"{project.folder}: codes are suggested for {len(kept.outcomes)} of "
            f"{counted(len(project.outcomes), 'outcome')}",
            *(f"  {n_outcomes} by the model {model}" for model, n_outcomes in n_by_model.most_common()),
            *without,
        ),
        notes=tuple(failure_notes({name: outcome.flags for name, outcome in kept.outcomes.items()})),
        ending=f"Saved as set {kept.number}; earlier suggestions are kept too",
        plain={
            "outcomes": len(project.outcomes),
            "suggested": len(kept.outcomes),
            "by_model": dict(n_by_model.most_common()),
            "set": kept.number,
        },
    )


def _describe_cells(cells: Mapping[str, CellCounts], n_outcomes: int) -> Iterator[str]:
    together = add_up(cells.values())
    if together.n_cells:
        yield ngettext(
            "{n} code to decide ({outcomes} in {fields}): {states}",
            "{n} codes to decide ({outcomes} in {fields}): {states}",
            together.n_cells,
            outcomes=ngettext("{n} outcome", "{n} outcomes", n_outcomes),
            fields=ngettext("{n} field", "{n} fields", len(cells)),
            states=together,
        )


def _agreement_row(field: FieldAgreement, split: SplitAgreement, provenances: Sequence[Provenance]) -> tuple[str, ...]:
    return (
        str(field.n_outcomes),
        str(field.n_differ),
        *(describe_kappa(split.kinds.get(provenance)) for provenance in provenances),
        _describe_gap(None if split.gap is None else split.gap.kappa),
    )


def _suggestion_rows(split: SplitAgreement, column: str) -> Iterator[tuple[str, ...]]:
    for place, (provenance, found) in enumerate(split.kinds.items()):
        head = ("" if place else column, _provenance_name(provenance), str(found.n_outcomes))
        if found.is_enough:
            yield (*head, str(found.estimates[Coefficient.PERCENT]), str(found.kappa))
        else:
            yield (*head, gettext(TOO_FEW), "")
    if split.gap is not None:
        yield ("", gettext(_GAP), "", _describe_gap(split.gap.alike), _describe_gap(split.gap.kappa))


def _provenance_name(provenance: Provenance) -> str:
    names = {
        Provenance.BLIND: pgettext("given", "blind"),
        Provenance.ASSISTED: pgettext("given", "assisted"),
        Provenance.BULK: pgettext("given", "bulk"),
        Provenance.TOGETHER: pgettext("given", "together"),
        Provenance.ADJUDICATED: pgettext("given", "settled"),
        Provenance.FILE: pgettext("given", "file"),
    }
    return names[provenance]


def describe_kappa(found: FieldAgreement | None) -> str:
    """Write the kappa of a field with its interval and number of outcomes, or that these are too few."""
    return found.kappa.with_n if found is not None and found.is_enough else gettext(TOO_FEW)


def _describe_gap(gap: Estimate | None) -> str:
    return gettext(TOO_FEW) if gap is None else gap.signed
