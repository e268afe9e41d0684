"""Model trained on a project's current codes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from classifier.agreement.by_field import FieldAgreement, compare
from classifier.agreement.ceiling import FieldCeiling
from classifier.agreement.codings import FieldCodings
from classifier.codebook.schema import CodeField
from classifier.errors import ComparisonError, ModelError, TrainingError
from classifier.evaluation.model_comparison import ModelComparison, compare_models
from classifier.faults import Note
from classifier.features.embedding_cache import CachedEncoders
from classifier.features.registry import open_encoders, open_model_encoders
from classifier.harvest.coded import read_coded_harvests, refusing_partial_too
from classifier.harvest.confidentiality import Confidentiality, leave_out_confidential, telling_left_out
from classifier.harvest.options import ReadingOptions
from classifier.harvest.reading import Harvest
from classifier.languages import WrittenLater, lazy_gettext, lazy_ngettext, marked, number
from classifier.model.held_out_ceiling import held_out_ceilings
from classifier.model.manifest import Manifest
from classifier.model.model import Model
from classifier.model.storage import find_model, load_model, read_manifest
from classifier.model.training import HeldOut, Trained, train_model, usable_outcomes
from classifier.model.workflow import with_confidentiality
from classifier.progress import NO_PROGRESS, ProgressReporter
from classifier.project.consensus import consensus_of
from classifier.project.model_history import keep_model
from classifier.project.project import Project, admit_partial
from classifier.project.provenance import Provenance, provenance_of
from classifier.project.status import blind_codings
from classifier.project.training_notes import fewer_than_before, not_used, notes_on_further, unknown_codes

_NOTHING_IN_VIEW = (Provenance.BLIND, Provenance.TOGETHER, Provenance.FILE)
_REMEDY = marked("adjudicate what coders differ in, code more outcomes, or add coded harvests to the project")

Key = tuple[str, str]
"""Outcome and field."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingSet:
    """Outcomes and codes of a project that a model can be trained on."""

    harvests: tuple[Harvest, ...]  # only outcomes with a text and a code, each once, with its current codes
    rests_on: Mapping[Key, Provenance]  # by outcome and field, how its codes were given
    confidentiality: Confidentiality  # what was done with outcomes marked confidential
    n_open: int  # cells in which coders differ and nobody has adjudicated; they are left out
    n_still_to_code: int  # outcomes whose codes are left out since somebody is still to code them independently
    notes: tuple[Note | str, ...]

    @property
    def n_outcomes(self) -> int:
        """How many outcomes a model can be trained on."""
        return sum(len(harvest.outcomes) for harvest in self.harvests)

    def n_by_provenance(self, field: str) -> dict[str, int]:
        """Count the codes of a field by their provenance."""
        counts = Counter(provenance for (_, name), provenance in self.rests_on.items() if name == field)
        return {str(provenance): counts[provenance] for provenance in Provenance if counts[provenance]}


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldOutAgreement:
    """Out-of-fold agreement of a model with the codes of one field."""

    field: str
    everything: FieldAgreement  # on all codes; those given with a suggestion of a model in view flatter the next one
    blind: FieldAgreement  # on codes that were given with no suggestion in view


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainedProject:
    """A model trained on a project, and now the project's model."""

    project: Project  # with the new model
    model: Model
    folder: Path
    # How many outcomes the previous model was trained on; None where there was none, or none that can be read.
    n_before: int | None
    before: str | None  # the title of that model
    place_before: str | Path | None  # its name or folder
    agreement: tuple[HeldOutAgreement, ...]  # by field
    ceilings: tuple[FieldCeiling, ...]  # by field, where two coders or more coded blind
    confidentiality: Confidentiality
    notes: tuple[Note | str, ...]
    comparison: ModelComparison | None = None  # with the previous model; None where `notes` say why there is none
    is_used: bool = True  # whether the project's suggestions come from the new model

    @property
    def n_outcomes(self) -> int:
        """How many outcomes the new model was trained on."""
        return self.model.manifest.n_outcomes


def train_project(
    project: Project,
    coded: Sequence[Path] = (),
    *,
    options: ReadingOptions = ReadingOptions(),
    seed: int = 0,
    include_confidential: bool = False,
    accept_fewer: bool = False,
    still_to_code: Collection[str] = (),
    accept_worse: bool = True,
    cache: bool = True,
    progress: ProgressReporter = NO_PROGRESS,
) -> TrainedProject:
    """Train a model on a project's current codes, and make it the project's model.

    The stories are read by the encoders of the model that the project has, if it has one. That model stays where it
    is. Further coded harvests may be added; every code in them must be in the project's codebook. Outcomes marked
    confidential are left out by default. Fewer than half of the training outcomes of that model are refused, unless
    `accept_fewer` is given. The two are compared on the outcomes that neither was trained on; without `accept_worse`, a
    new model that agrees less with the coders is kept, and not used.
    """
    with refusing_partial_too(accepted=project.accepted, is_confirmed=options.accept_partial):
        further = read_coded_harvests(coded, codebook=project.codebook, options=project.reading(options))
    admit_partial(project, further, is_confirmed=options.accept_partial)
    before, _ = _model_before(project)
    sources = open_encoders(cache=cache) if before is None else open_model_encoders(before.encoder_hashes, cache=cache)
    return train_with_encoders(
        project,
        further,
        sources=sources,
        seed=seed,
        include_confidential=include_confidential,
        accept_fewer=accept_fewer,
        still_to_code=still_to_code,
        accept_worse=accept_worse,
        progress=progress,
    )


def train_with_encoders(
    project: Project,
    further: Sequence[Harvest] = (),
    *,
    sources: CachedEncoders,
    seed: int = 0,
    include_confidential: bool = False,
    accept_fewer: bool = False,
    still_to_code: Collection[str] = (),
    accept_worse: bool = True,
    progress: ProgressReporter = NO_PROGRESS,
) -> TrainedProject:
    """Train a model with given encoders, on further harvests of `read_coded_harvests` too; see `train_project`."""
    training_set = gather_training_set(
        project, further, include_confidential=include_confidential, still_to_code=still_to_code
    )
    before, unreadable = _model_before(project)
    with telling_left_out(training_set.confidentiality):
        if before is not None and not accept_fewer:
            _refuse_fewer(project, training_set, before)
        trained = _trained(project, training_set, sources=sources, seed=seed, progress=progress)
    assert trained.held_out is not None  # models trained on outcomes are cross-validated
    comparison, incomparable = _compared(project, trained, training_set, sources, seed)
    is_used = accept_worse or comparison is None or not comparison.is_worse
    rests_on = {name: training_set.n_by_provenance(name) for name in project.codebook.names}
    model, place = keep_model(
        project, with_confidentiality(trained.model, training_set.confidentiality), rests_on, is_used=is_used
    )
    n_before = None if before is None else len(before.fragment_ids)
    return TrainedProject(
        project=replace(project, model=place) if is_used else project,
        model=model,
        folder=project.folder / place,
        n_before=n_before,
        before=None if before is None else before.title,
        place_before=None if before is None else project.model_place,
        agreement=tuple(_agreement(project, training_set, trained.held_out)),
        ceilings=tuple(held_out_ceilings(trained.held_out, blind_codings(project), tuple(project.outcomes))),
        confidentiality=training_set.confidentiality,
        notes=(
            *unreadable,
            *fewer_than_before(model.manifest.n_outcomes, n_before),
            *incomparable,
            *training_set.notes,
            *trained.notes,
        ),
        comparison=comparison,
        is_used=is_used,
    )


def gather_training_set(
    project: Project,
    further: Sequence[Harvest] = (),
    *,
    include_confidential: bool = False,
    still_to_code: Collection[str] = (),
) -> TrainingSet:
    """Gather the training set of a project, and of further coded harvests.

    Decisions made in the project come first, then the codes in its own files, then the further harvests.
    An outcome is the one that the project has, if it has it; of several in the further ones, the last.

    Parameters
    ----------
    still_to_code : collection of str
        The IDs of outcomes that somebody is still to code without knowing what others chose. What was decided on them
        is left out: suggestions for similar outcomes would tell.
    """
    journal_state, ours = project.journal_state(), project.outcomes
    others = {outcome.fragment_id: outcome for harvest in further for outcome in harvest.outcomes}
    consensus_by_cell = consensus_of(ours, project.codebook, journal_state)
    codes: dict[str, dict[str, tuple[str, ...]]] = {}
    rests_on: dict[Key, Provenance] = {}
    for fragment_id in {**ours, **others}:
        in_files = [outcomes[fragment_id].codes for outcomes in (ours, others) if fragment_id in outcomes]
        for field in project.codebook.names:
            consensus = consensus_by_cell.get((fragment_id, field))
            if consensus is None:
                counting, provenance = (
                    next((given[field] for given in in_files if given.get(field)), ()),
                    Provenance.FILE,
                )
            elif fragment_id in still_to_code:
                continue
            else:
                counting, provenance = consensus.codes, provenance_of(entry.decision for entry in consensus.entries)
            if counting:
                codes.setdefault(fragment_id, {})[field] = counting
                rests_on[fragment_id, field] = provenance
    strangers = {name: outcome for name, outcome in others.items() if name not in ours}
    current = [
        *(_with_codes(harvest, ours, codes) for harvest in project.harvests),
        *(_with_codes(harvest, strangers, codes) for harvest in further),
    ]
    everywhere = [outcome for harvest in (*project.harvests, *further) for outcome in harvest.outcomes]
    harvests, confidentiality = leave_out_confidential(
        current, project.codebook, include_confidential=include_confidential, others=everywhere
    )
    trained_on = {outcome.fragment_id for harvest in harvests for outcome in harvest.outcomes}
    n_open = sum(consensus.is_open for (name, _), consensus in consensus_by_cell.items() if name not in still_to_code)
    n_still_to_code = len({name for name, _ in consensus_by_cell}.intersection(still_to_code))
    return TrainingSet(
        harvests=tuple(harvest for harvest in harvests if harvest.outcomes),
        rests_on={key: provenance for key, provenance in rests_on.items() if key[0] in trained_on},
        confidentiality=confidentiality,
        n_open=n_open,
        n_still_to_code=n_still_to_code,
        notes=(*not_used(n_open, n_still_to_code), *unknown_codes(project), *notes_on_further(further, ours)),
    )


def _with_codes(
    harvest: Harvest, counting: Mapping[str, object], codes: Mapping[str, Mapping[str, tuple[str, ...]]]
) -> Harvest:
    """Keep the current outcomes of a harvest that can be trained on, with their current codes."""
    outcomes = tuple(
        replace(outcome, codes=codes.get(outcome.fragment_id, {}))
        for outcome in harvest.outcomes
        if counting.get(outcome.fragment_id) is outcome
    )
    return replace(harvest, outcomes=tuple(usable_outcomes([replace(harvest, outcomes=outcomes)])))


def _model_before(project: Project) -> tuple[Manifest | None, Sequence[str]]:
    """Read the manifest of the project's model; one that can't be read gives a note."""
    if project.model_place is None:
        return None, ()
    try:
        return read_manifest(find_model(project.model_place)), ()
    except ModelError as error:
        what = marked(
            "the previous model can't be read, so its encoders are not used and there is no comparison: {error}"
        )
        return None, (lazy_gettext(what, error=error.as_message()),)


def _refuse_fewer(project: Project, training_set: TrainingSet, before: Manifest) -> None:
    """Refuse to replace a model by one trained on less than half of its outcomes."""
    n_outcomes, n_before = training_set.n_outcomes, len(before.fragment_ids)
    if 0 < n_outcomes < n_before / 2:
        raise TrainingError(
            lazy_ngettext(
                "{project}: a model trained now would use {n} outcome, fewer than half of the {before} of the current "
                "one, {model}; first add the harvests that you coded earlier to this project, or name them in this "
                "command; if all are there, add --accept-fewer",
                "{project}: a model trained now would use {n} outcomes, fewer than half of the {before} of the current "
                "one, {model}; first add the harvests that you coded earlier to this project, or name them in this "
                "command; if all are there, add --accept-fewer",
                n_outcomes,
                project=project.folder,
                before=WrittenLater(partial(number, n_before)),
                model=before.title,
            )
        )


def _trained(
    project: Project, training_set: TrainingSet, *, sources: CachedEncoders, seed: int, progress: ProgressReporter
) -> Trained:
    n_outcomes = training_set.n_outcomes
    if not n_outcomes:
        raise TrainingError(
            lazy_gettext(
                "{project}: no outcome has a current code yet, so there is nothing to train on; {remedy}",
                project=project.folder,
                remedy=lazy_gettext(_REMEDY),
            )
        )
    try:
        return train_model(
            training_set.harvests,
            codebook=project.codebook,
            sources=sources,
            name=project.folder.resolve().name,
            seed=seed,
            progress=progress,
        )
    except TrainingError as error:
        raise TrainingError(
            lazy_ngettext(
                "{project}: {n} outcome with a text and a current code, too few to train on; {remedy}",
                "{project}: {n} outcomes with a text and a current code, too few to train on; {remedy}",
                n_outcomes,
                project=project.folder,
                remedy=lazy_gettext(_REMEDY),
            )
        ) from error


def _compared(
    project: Project, trained: Trained, training_set: TrainingSet, sources: CachedEncoders, seed: int
) -> tuple[ModelComparison | None, Sequence[str]]:
    """Compare a new model with the one that the project has, or note why they can't be compared."""
    before, _ = _model_before(project)
    if before is None or project.model_place is None:
        return None, ()
    unseen = {key for key, provenance in training_set.rests_on.items() if provenance in _NOTHING_IN_VIEW}
    try:
        current = load_model(find_model(project.model_place))
        return compare_models(trained, current=current, sources=sources, unseen=unseen, seed=seed), ()
    except (ComparisonError, ModelError) as error:
        return None, (lazy_gettext("not compared with the previous model: {error}", error=error.as_message()),)


def _agreement(project: Project, training_set: TrainingSet, held_out: HeldOut) -> Iterator[HeldOutAgreement]:
    blind = {key for key, provenance in training_set.rests_on.items() if provenance is Provenance.BLIND}
    for field in project.codebook.fields:
        yield HeldOutAgreement(
            field=field.name,
            everything=_agreement_on(training_set.rests_on.keys(), field, held_out),
            blind=_agreement_on(blind, field, held_out),
        )


def _agreement_on(asked: Collection[Key], field: CodeField, held_out: HeldOut) -> FieldAgreement:
    """Compare codes with out-of-fold suggestions; near-duplicates are resampled together."""
    predictions = held_out.fields[field.name]
    chosen = [
        (row, place)
        for place, row in enumerate(predictions.rows.tolist())
        if (held_out.outcomes[row].fragment_id, field.name) in asked
    ]
    suggested = predictions.suggested_codes(field)
    codes = [(held_out.outcomes[row].codes[field.name], suggested[place]) for row, place in chosen]
    codings = FieldCodings(field=field, coders=("coders", "model"), codes=tuple(codes))
    return compare(codings, groups=held_out.groups[np.array([row for row, _ in chosen], dtype=np.intp)])
