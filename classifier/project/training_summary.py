"""Summary of a model trained on a project, on the terminal and on the review page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from classifier.agreement.ceiling import ceiling_table
from classifier.languages import Message, joined, lazy_gettext, lazy_ngettext
from classifier.project.comparison_summary import comparison_by_field, comparison_lines, comparison_table
from classifier.project.console_summary import BLIND, PROVENANCE_NAMES, describe_kappa
from classifier.project.file_names import original_name
from classifier.project.provenance import Provenance
from classifier.summary import Rows, Summary

if TYPE_CHECKING:
    from classifier.project.training import HeldOutAgreement, TrainedProject


def summarise_project_training(trained: TrainedProject, *, on_page: bool = False) -> Summary:
    """Summarise a model trained on a project, on the terminal or on the review page."""
    manifest = trained.model.manifest
    counts = manifest.rests_on
    agreement = {agreement.field: agreement for agreement in trained.agreement}
    columns = {field.name: field.heading for field in trained.project.codebook.fields}
    # Files are kept under a number that nobody has seen.
    names = {harvest.path.name: original_name(harvest.path) for harvest in trained.project.harvests}
    trained_on = lazy_ngettext(
        "Trained on {n} outcome of {files}",
        "Trained on {n} outcomes of {files}",
        trained.n_outcomes,
        files=joined(", ", (names.get(file.name, file.name) for file in manifest.files)),
    )
    return Summary(
        opening=(
            trained_on,
            *filter(None, [trained.confidentiality.describe() if on_page else str(trained.confidentiality)]),
            *_previous_model(trained, on_page=on_page),
            lazy_gettext("Encoders: {names}", names=joined(", ", (encoder.name for encoder in manifest.encoders))),
            *_comparison(trained, columns, on_page=on_page),
        ),
        tables=tuple(_training_tables(trained, columns)),
        notes=trained.notes,
        ending=_training_ending(trained),
        plain={
            "outcomes": trained.n_outcomes,
            "outcomes_before": trained.n_before,
            "confidentiality": trained.confidentiality.as_dict(),
            "model_before": trained.before,
            "model": str(trained.folder),
            "rests_on": counts,
            "out_of_fold": {name: _held_out_as_dict(held_out) for name, held_out in agreement.items()},
            "ceiling": {found.field: found.as_dict() for found in trained.ceilings},
            "comparison": None if trained.comparison is None else trained.comparison.as_dict(),
            "is_used": trained.is_used,
            "warnings": [str(note) for note in trained.notes],
        },
    )


def _previous_model(trained: TrainedProject, *, on_page: bool) -> Iterator[Message]:
    if trained.before is not None:
        told = lazy_gettext(
            "The previous model, {model}, was trained on {n_outcomes}; it is kept",
            model=trained.before,
            n_outcomes=trained.n_before,
        )
        used = f", and used by: outcome-coder suggest HARVEST --model {trained.place_before}"
        yield told if on_page else joined("", [told, used])


def _training_ending(trained: TrainedProject) -> Message:
    is_used = lazy_gettext("the project's suggestions come from it from now on")
    is_not_used = lazy_gettext(
        "since it does worse, suggestions still come from the previous model: to use it all the same, choose it among "
        "the models of this project"
    )
    return lazy_gettext(
        "Wrote the model {folder}; {use}. {blind}; codes decided with one in view make a model look better than it is",
        folder=trained.folder,
        use=is_used if trained.is_used else is_not_used,
        blind=lazy_gettext(BLIND),
    )


def _training_tables(trained: TrainedProject, columns: Mapping[str, str]) -> Iterator[Rows]:
    """Yield the tables on a model trained on a project."""
    if trained.comparison is not None:
        yield comparison_table(trained.comparison, columns)
    counts = trained.model.manifest.rests_on
    provenances = [provenance for provenance in Provenance if any(provenance in given for given in counts.values())]
    yield (
        ("Field", "Codes used for training", *(PROVENANCE_NAMES[provenance] for provenance in provenances)),
        *(
            (
                columns[field],
                str(sum(given.values())),
                *(str(given.get(provenance, 0)) for provenance in provenances),
            )
            for field, given in counts.items()
        ),
    )
    yield (
        ("Field", "Cohen's kappa on outcomes not used for training", "Of these, coded blind"),
        *(
            (columns[held_out.field], describe_kappa(held_out.everything), describe_kappa(held_out.blind))
            for held_out in trained.agreement
        ),
    )
    if trained.ceilings:
        yield ceiling_table(trained.ceilings, columns, suggestions="Held-out suggestions")


def _comparison(trained: TrainedProject, columns: Mapping[str, str], *, on_page: bool) -> Iterator[Message]:
    if trained.comparison is not None:
        yield from comparison_lines(trained.comparison)
        yield from comparison_by_field(trained.comparison, columns) if on_page else ()


def _held_out_as_dict(held_out: HeldOutAgreement) -> dict[str, object]:
    return {
        name: {"n": found.n_outcomes, "enough": found.is_enough, "kappa": found.kappa.as_dict()}
        for name, found in (("all", held_out.everything), ("blind", held_out.blind))
    }
