"""Training of a model on coded harvests, or on the definitions of a codebook."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice

import numpy as np
import numpy.typing as npt

from classifier.codebook.code import Code
from classifier.codebook.schema import Codebook, CodeField
from classifier.control_characters import control_character_in
from classifier.errors import TrainingError
from classifier.features.device import PROCESSOR
from classifier.features.embedding_cache import CachedEncoders
from classifier.features.feature_views import WORDS_OF_STORY, StoryCounts, ViewMaker
from classifier.features.near_duplicates import NO_DUPLICATES, Fingerprinter, nearest_similarity
from classifier.features.static_embeddings import StaticTable
from classifier.features.story_features import StoryFeatures
from classifier.harvest.outcome import Outcome
from classifier.harvest.reading import Harvest, file_names
from classifier.harvest.story import Story
from classifier.languages import lazy_gettext
from classifier.model.cooccurrence import Combinations
from classifier.model.cross_lingual import CrossLingual, is_cross_lingual, multilingual_encoders
from classifier.model.fast_training import train_fast
from classifier.model.field_training import FittedCrossLingual, HeldOutField, fit_field_model, out_of_fold_figures
from classifier.model.folds import rarest_codes, split_folds
from classifier.model.head_fitting import OutOfFold, fit_heads
from classifier.model.heads import Head
from classifier.model.manifest import EncoderRecord, FieldFigures, Manifest, TrainedFile, now
from classifier.model.model import FieldModel, Given, Model
from classifier.model.task import tasks_of
from classifier.model.training_data import TrainingData
from classifier.model.training_notes import conflict_notes, duplicate_ids, model_notes
from classifier.model.zero_shot import Definitions
from classifier.progress import NO_PROGRESS, ProgressCallback, ProgressReporter
from classifier.versions import library_versions

_MIN_OUTCOMES = 5
_OUTLIER_SHARE = 0.02  # of the outcomes trained on, below whose similarity a new one is out of distribution


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldOut:
    """Out-of-fold predictions of the outcomes trained on.

    Attributes
    ----------
    groups : ndarray of shape (n_outcomes,)
        Numbers of the groups of near-duplicates, which are held out together.
    folds : list of ndarray
        The rows held out together.
    is_unlike : ndarray of shape (n_outcomes,), bool
        Whether they are unlike the outcomes outside their fold, whatever their language.
    """

    outcomes: tuple[Outcome, ...]
    groups: npt.NDArray[np.intp]
    folds: list[npt.NDArray[np.intp]]
    is_unlike: npt.NDArray[np.bool_]
    fields: Mapping[str, HeldOutField]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """A trained model, notes on it, and its out-of-fold predictions."""

    model: Model
    notes: tuple[str, ...]
    held_out: HeldOut | None = None  # None where the model is one of definitions only


def train_model(
    harvests: Sequence[Harvest],
    *,
    codebook: Codebook,
    sources: CachedEncoders,
    name: str,
    seed: int = 0,
    n_folds: int | None = None,
    table: StaticTable | None = None,
    progress: ProgressReporter = NO_PROGRESS,
) -> Trained:
    """Train a model on coded harvests.

    Parameters
    ----------
    harvests : sequence of Harvest
        Read by `read_coded_harvests`; an outcome may be coded in some fields only.
    seed : int
        Decides which outcomes share a fold.
    n_folds : int, optional
        How many parts outcomes are held out in, one after the other; see `split_folds`.
    table : StaticTable, optional
        With it, a fast model is trained too.

    Raises
    ------
    TrainingError
        If fewer than five outcomes are coded in every field.
    """
    outcomes = usable_outcomes(harvests)
    _require_trainable(name, outcomes, harvests, codebook)
    data = TrainingData.of(outcomes, codebook=codebook, sources=sources, progress=progress)
    folds = _split(data, seed=seed, n_folds=n_folds)
    step = progress.step(lazy_gettext("Training"), len(folds) + 1)
    views, fields, cross_lingual, held_out = _fit_fields(data, folds, sources, progress=step)
    model = Model(
        codebook=codebook,
        manifest=_manifest(
            name,
            outcomes,
            codebook=codebook,
            sources=sources,
            seed=seed,
            files=_trained_files(harvests),
            near_duplicates=duplicate_ids(outcomes, data.groups),
            languages=data.n_by_language,
            out_of_fold=out_of_fold_figures(data.tasks, held_out.fields, data.groups, seed=seed),
        ),
        views=views,
        fields=fields,
        fingerprinter=data.fingerprinter,
        fingerprints=data.fingerprints,
        duplicate_threshold=data.duplicate_threshold,
        outlier_threshold=_outlier_threshold(data),
        combinations=Combinations.count(outcomes, codebook),
        given={field.name: _given(field, outcomes) for field in codebook.fields},
        cross_lingual=cross_lingual,
    )
    model = _with_fast(model, data, folds, table, progress=progress)
    return Trained(model=model, notes=(*model_notes(model), *_conflicts(data, codebook)), held_out=held_out)


def _conflicts(data: TrainingData, codebook: Codebook) -> Iterable[str]:
    """Note the near-duplicates that are coded differently."""
    pairs = [(data.outcomes[row], data.outcomes[other]) for row, other in data.near_duplicates()]
    return conflict_notes(pairs, codebook)


def _split(data: TrainingData, *, seed: int, n_folds: int | None) -> list[npt.NDArray[np.intp]]:
    """Split outcomes into folds that share out rare codes, near-duplicates together."""
    tasks = list(chain.from_iterable(data.tasks.values()))
    return split_folds(data.groups, seed=seed, kinds=rarest_codes(tasks, len(data.outcomes)), n_folds=n_folds)


def _with_fast(
    model: Model,
    data: TrainingData,
    folds: Sequence[npt.NDArray[np.intp]],
    table: StaticTable | None,
    *,
    progress: ProgressReporter,
) -> Model:
    """Train a fast model beside the full one, if there is a table for it."""
    if table is None:
        return model
    step = progress.step(lazy_gettext("Training the fast model"), len(folds) + 1)
    fast, held_out = train_fast(data, folds, table, codebook=model.codebook, progress=step)
    figures = out_of_fold_figures(data.tasks, held_out, data.groups, seed=model.manifest.seed)
    return replace(model, fast=fast, manifest=model.manifest.model_copy(update={"fast": figures}))


def _require_trainable(name: str, outcomes: Sequence[Outcome], harvests: Sequence[Harvest], codebook: Codebook) -> None:
    """Refuse what no model can be made of, before the work is done."""
    _require_examples(outcomes, harvests, codebook)
    _refuse_control_characters(name, *harvests)


def _refuse_control_characters(name: str, *harvests: Harvest) -> None:
    """Refuse names that a model folder may not have, before the work is done; see `save_model`."""
    named = {f"the model's name {name!r}": name} | {
        f"the name of {harvest.path.name!r}": harvest.path.name for harvest in harvests
    }
    named |= {
        f"{harvest.path.name!r}, {harvest.sheet.place(outcome.row, harvest.layout.id)}: the ID": outcome.fragment_id
        for harvest in harvests
        for outcome in harvest.outcomes
    }
    for what, text in named.items():
        if character := control_character_in(text):
            raise TrainingError(f"{what} has a control character ({character}); correct it before training")


def _fit_fields(
    data: TrainingData, folds: list[npt.NDArray[np.intp]], sources: CachedEncoders, *, progress: ProgressCallback
) -> tuple[ViewMaker, dict[str, FieldModel], CrossLingual | None, HeldOut]:
    """Fit the heads of all fields, those for stories in other languages, and those of the linear baseline."""
    encoders = [source.encoder.name for source in sources]
    multilingual = multilingual_encoders(encoders, next(iter(data.n_by_language)))
    cross_lingual, is_unlike = CrossLingual.fit(data.features, folds, multilingual)
    tasks = list(chain.from_iterable(data.tasks.values()))
    for_others = [] if cross_lingual is None else [replace(task, views=cross_lingual.views) for task in tasks]
    by_words = [replace(of_field[0], views=(WORDS_OF_STORY,)) for of_field in data.tasks.values()]
    views, heads, checked = fit_heads(
        data.features, data.fingerprints, [*tasks, *for_others, *by_words], folds, progress=progress
    )
    fitted = iter(zip(heads, checked, strict=True))
    main, others, baselines = (iter([*islice(fitted, len(part))]) for part in (tasks, for_others, by_words))
    names = [encoders[place] for place in multilingual]
    is_other = {
        language: is_cross_lingual(language, trained_on=data.n_by_language, encoders=names)
        for language in data.n_by_language
    }
    languages = np.array([language if is_other[language] else "" for language in data.languages])
    near_duplicates = data.near_duplicates()
    fields, held_out = {}, {}
    for name, of_field in data.tasks.items():
        fields[name], held_out[name] = fit_field_model(
            [next(main) for _ in of_field],
            of_field,
            data.definitions[name],
            near_duplicates,
            next(baselines)[1],
            None
            if cross_lingual is None
            else FittedCrossLingual(heads=[next(others) for _ in of_field], languages=languages, folds=folds),
        )
    return (
        views,
        fields,
        cross_lingual,
        HeldOut(outcomes=data.outcomes, groups=data.groups, folds=folds, is_unlike=is_unlike, fields=held_out),
    )


def _outlier_threshold(data: TrainingData) -> float:
    similarity = nearest_similarity(data.fingerprints, data.fingerprints, groups=(data.groups, data.groups))
    return float(np.quantile(similarity, _OUTLIER_SHARE))


def train_from_definitions(*, codebook: Codebook, sources: CachedEncoders, name: str) -> Trained:
    """Make a model of a codebook's definitions alone, for a programme that has coded nothing yet.

    Its suggestions have no calibrated confidence, and none is ever one to `confirm`.
    """
    if not codebook.has_definitions:
        raise TrainingError(
            lazy_gettext(
                "no code of the codebook has a definition, so there is nothing to train on; write definitions, or "
                "train on coded outcomes"
            )
        )
    definitions = {field.name: Definitions.embed(field, sources) for field in codebook.fields}
    fields = {}
    for field in codebook.fields:
        tasks = list(tasks_of(field, [], np.zeros((0, len(field.codes)))))
        untrained = [(Head.untrained(task), OutOfFold.nothing(task)) for task in tasks]
        fields[field.name], _ = fit_field_model(untrained, tasks, definitions[field.name], [], untrained[0][1])
    # Inverse document frequencies are those of the codebook's words, for want of stories.
    features = StoryFeatures.of([_as_story(code) for field in codebook.fields for code in field.codes], sources)
    fingerprinter, fingerprints = Fingerprinter.fit_transform(features)
    model = Model(
        codebook=codebook,
        manifest=_manifest(
            name,
            [],
            codebook=codebook,
            sources=sources,
            seed=0,
            files=(),
            near_duplicates=(),
            languages={},
            out_of_fold={},
        ),
        views=ViewMaker.fit_transform(features.meanings, fingerprints, StoryCounts.of(features))[0],
        fields=fields,
        fingerprinter=fingerprinter,
        fingerprints=fingerprints[:0],
        # Without stories of a programme, rare words are not known and all its stories are similar; 151 pairs were
        # found among 168 outcomes, 4 of them near-duplicates. So none is flagged.
        duplicate_threshold=NO_DUPLICATES,
        outlier_threshold=0.0,
        combinations=Combinations.count([], codebook),
        given={field.name: _given(field, []) for field in codebook.fields},
    )
    bare = [
        lazy_gettext(
            "{field}: {code!r} has no definition; it is suggested by its name only",
            field=field.heading,
            code=code.code,
        )
        for field in codebook.fields
        for code in field.codes
        if not code.definition.strip()
    ]
    return Trained(model=model, notes=tuple(bare))


def _require_examples(outcomes: Sequence[Outcome], harvests: Sequence[Harvest], codebook: Codebook) -> None:
    if max(sum(bool(outcome.codes.get(name)) for outcome in outcomes) for name in codebook.names) < _MIN_OUTCOMES:
        raise TrainingError(
            f"{file_names(harvests)}: fewer than {_MIN_OUTCOMES} outcomes have both "
            f"a text and a code; fill in {' or '.join(repr(field.column) for field in codebook.fields)}"
        )


def _manifest(
    name: str,
    outcomes: Sequence[Outcome],
    *,
    codebook: Codebook,
    sources: CachedEncoders,
    seed: int,
    files: Iterable[TrainedFile],
    near_duplicates: tuple[tuple[str, ...], ...],
    languages: Mapping[str, int],
    out_of_fold: dict[str, FieldFigures],
) -> Manifest:
    return Manifest(
        name=name,
        created=now(),
        seed=seed,
        codebook_sha256=codebook.sha256,
        encoders=tuple(EncoderRecord(name=source.encoder.name, sha256=source.encoder.sha256) for source in sources),
        files=tuple(files),
        near_duplicates=near_duplicates,
        codes={field.name: _n_examples(field, outcomes) for field in codebook.fields},
        languages=dict(languages),
        out_of_fold=out_of_fold,
        versions=library_versions(),
        device=next((source.device for source in sources if source.device != PROCESSOR), PROCESSOR),
        reads_apart=True,
    )


def _as_story(code: Code) -> Story:
    text = " ".join((*code.labels, code.definition, code.include))
    return Story(parts={}, description=text, merged=text)


def _trained_files(harvests: Sequence[Harvest]) -> Iterator[TrainedFile]:
    for path in dict.fromkeys(harvest.path for harvest in harvests):
        sheets = [harvest for harvest in harvests if harvest.path == path]
        ids = tuple(outcome.fragment_id for outcome in usable_outcomes(sheets))
        yield TrainedFile(name=path.name, sha256=sheets[0].sha256, fragment_ids=ids)


def usable_outcomes(harvests: Sequence[Harvest]) -> list[Outcome]:
    """Return the outcomes that a model can be trained on: those with a text and a code."""
    return [outcome for harvest in harvests for outcome in harvest.outcomes if _is_usable(outcome)]


def _is_usable(outcome: Outcome) -> bool:
    return bool(outcome.codes) and not outcome.story.is_blank


def _given(field: CodeField, outcomes: Sequence[Outcome]) -> Given:
    """Note which codes each outcome was given, and in which order; see `Model`."""
    given = np.zeros((len(outcomes), len(field.codes)), dtype=np.int8)
    for row, outcome in enumerate(outcomes):
        for place, code in enumerate(outcome.codes.get(field.name, ()), start=1):
            given[row, field.code_names.index(code)] = place
    return given


def _n_examples(field: CodeField, outcomes: Sequence[Outcome]) -> dict[str, int]:
    given = [code for outcome in outcomes for code in outcome.codes.get(field.name, ())]
    return {code: given.count(code) for code in field.code_names}
