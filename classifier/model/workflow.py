"""Training, from coded harvests to a model folder."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from classifier.agreement.ceiling import FieldCeiling
from classifier.agreement.codings import Codings, read_codings, require_two_coders, without_confidential
from classifier.codebook.schema import Codebook, sample_codebook
from classifier.faults import Note
from classifier.features.device import PROCESSOR
from classifier.features.distillation import distil_table
from classifier.features.registry import DEFAULT_ENCODERS, open_encoders
from classifier.features.shipped_encoders import common_words
from classifier.features.small_encoder import SmallEncoder
from classifier.features.static_embeddings import StaticTable
from classifier.harvest.coded import HarvestSource, read_coded_harvests, read_whole_codes
from classifier.harvest.confidentiality import Confidentiality, leave_out_confidential, telling_left_out
from classifier.harvest.options import ReadingOptions
from classifier.harvest.outcome import Outcome
from classifier.harvest.reading import Harvest
from classifier.model.held_out_ceiling import held_out_ceilings
from classifier.model.manifest import ConfidentialityRecord
from classifier.model.model import Model
from classifier.model.reduction import reduce_model
from classifier.model.storage import check_target, load_model, model_target, save_model
from classifier.model.training import Trained, train_model, usable_outcomes
from classifier.model.training import train_from_definitions as definitions_model
from classifier.model.training_notes import not_trained_on
from classifier.progress import NO_PROGRESS, ProgressReporter


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainedFolder:
    """A model that was trained and written, and notes on it."""

    model: Model
    folder: Path
    notes: tuple[Note | str, ...]
    confidentiality: Confidentiality  # what was done with outcomes marked confidential, or not marked
    ceilings: tuple[FieldCeiling, ...] = ()  # by field, where the codes of single coders were given


def train(
    coded: Iterable[HarvestSource],
    *,
    out: Path | str,
    codebook: Codebook | None = None,
    coders: Iterable[HarvestSource] = (),
    encoders: Sequence[str] = DEFAULT_ENCODERS,
    seed: int = 0,
    include_confidential: bool = False,
    fast: bool = False,
    cache: bool = True,
    overwrite: bool = False,
    device: str = PROCESSOR,
    options: ReadingOptions = ReadingOptions(),
    progress: ProgressReporter = NO_PROGRESS,
) -> TrainedFolder:
    """Train a model on coded harvests and write it to a folder.

    Parameters
    ----------
    coded : iterable of path or Harvest
        Harvests with at least one code column; every code must be in the codebook.
    out : path or str
        The folder; a bare name means ``models/NAME``.
    codebook : Codebook, optional
        By default the one that ships with the program.
    coders : iterable of path or Harvest
        Some outcomes as coded by single coders, to compare out-of-fold suggestions with; not trained on.
    encoders, device : sequence of str, str
        See `classifier.features.registry.load_encoder`.
    seed : int
        Decides which outcomes share a fold.
    include_confidential : bool
        Whether outcomes marked confidential are trained on too; see `classifier.harvest.confidentiality`.
    fast : bool
        Whether a fast model, for harvests of any size, is trained beside it.
    cache : bool
        Whether embeddings are kept on disk and looked up there.
    overwrite : bool
        Whether a model that is there may be replaced.
    """
    folder = model_target(out)
    check_target(folder, replace=overwrite)
    codebook = codebook or sample_codebook()
    harvests = read_whole_codes(lambda: read_coded_harvests(coded, codebook=codebook, options=options), options)
    codings = _read_coders(list(coders), codebook, options)
    kept, codings, confidentiality = _leave_out(harvests, codings, codebook, is_included=include_confidential)
    sources = open_encoders(encoders, device=device, cache=cache)
    with telling_left_out(confidentiality):
        table = _distil(progress) if fast else None
        trained = train_model(
            kept, codebook=codebook, sources=sources, name=folder.name, seed=seed, table=table, progress=progress
        )
    model = with_confidentiality(trained.model, confidentiality)
    save_model(model, folder, replace=overwrite)
    ceilings = _ceilings(trained, codings)
    notes = [*_notes_on_harvests(kept), *trained.notes, *_notes_on(codings, ceilings)]
    return TrainedFolder(
        model=model, folder=folder, notes=tuple(notes), confidentiality=confidentiality, ceilings=ceilings
    )


def _notes_on_harvests(kept: Sequence[Harvest]) -> Iterator[Note | str]:
    yield from not_trained_on(len(_outcomes_of(kept)) - len(usable_outcomes(kept)))
    for harvest in kept:
        yield from harvest.notes


def _distil(progress: ProgressReporter) -> StaticTable:
    """Distil the table of a fast model."""
    return distil_table(progress=progress.step("Distilling the encoder", SmallEncoder.N_PIECES))


def _read_coders(coders: Sequence[HarvestSource], codebook: Codebook, options: ReadingOptions) -> Codings | None:
    require_two_coders(coders)
    return read_codings(coders, codebook=codebook, options=options) if coders else None


def _leave_out(
    harvests: Sequence[Harvest], codings: Codings | None, codebook: Codebook, *, is_included: bool
) -> tuple[tuple[Harvest, ...], Codings | None, Confidentiality]:
    """Leave out the outcomes that any file marks as confidential, be it that of a coder; count those trained on."""
    everywhere = [*_outcomes_of(harvests), *(_outcomes_of(codings.harvests) if codings else ())]
    kept, _ = leave_out_confidential(harvests, codebook, include_confidential=is_included, others=everywhere)
    usable = [replace(harvest, outcomes=tuple(usable_outcomes([harvest]))) for harvest in harvests]
    _, confidentiality = leave_out_confidential(usable, codebook, include_confidential=is_included, others=everywhere)
    if codings:
        codings, _ = without_confidential(codings, codebook, include_confidential=is_included, others=everywhere)
    return kept, codings, confidentiality


def _outcomes_of(harvests: Iterable[Harvest]) -> list[Outcome]:
    return [outcome for harvest in harvests for outcome in harvest.outcomes]


def _ceilings(trained: Trained, codings: Codings | None) -> tuple[FieldCeiling, ...]:
    if codings is None or trained.held_out is None:
        return ()
    return tuple(held_out_ceilings(trained.held_out, codings.fields, codings.fragment_ids))


def _notes_on(codings: Codings | None, ceilings: Sequence[FieldCeiling]) -> Iterator[Note | str]:
    """Yield what is odd about the files of coders."""
    if codings is None:
        return
    yield from codings.notes
    if not ceilings:
        yield (
            "--coder: no outcome held out was coded by two of the coders, so that nothing can be compared; name a file "
            "of each coder, with the FragmentIDs of the outcomes trained on"
        )


def with_confidentiality(model: Model, confidentiality: Confidentiality) -> Model:
    """Note in a model's manifest what was done with confidential outcomes."""
    record = ConfidentialityRecord.of(confidentiality)
    return replace(model, manifest=model.manifest.model_copy(update={"confidentiality": record}))


def train_from_definitions(
    *,
    out: Path | str,
    codebook: Codebook | None = None,
    encoders: Sequence[str] = DEFAULT_ENCODERS,
    cache: bool = True,
    overwrite: bool = False,
    device: str = PROCESSOR,
) -> TrainedFolder:
    """Make a model of a codebook's definitions, no outcome being coded yet, and write it to a folder."""
    folder = model_target(out)
    check_target(folder, replace=overwrite)
    sources = open_encoders(encoders, device=device, cache=cache)
    trained = definitions_model(codebook=codebook or sample_codebook(), sources=sources, name=folder.name)
    save_model(trained.model, folder, replace=overwrite)
    return TrainedFolder(model=trained.model, folder=folder, notes=trained.notes, confidentiality=Confidentiality())


@dataclass(frozen=True, slots=True, kw_only=True)
class ReducedFolder:
    """A reduced model that was written, and the model it was made from."""

    model: Model
    original: Model
    folder: Path


def export_reduced(name: Path | str, *, out: Path | str, overwrite: bool = False) -> ReducedFolder:
    """Write the reduced model of a model, to hand to a partner; see `classifier.model.reduction`."""
    folder = model_target(out)
    check_target(folder, replace=overwrite)
    original = load_model(name)
    model = reduce_model(original, name=folder.name, common_words=common_words())
    save_model(model, folder, replace=overwrite)
    return ReducedFolder(model=model, original=original, folder=folder)
