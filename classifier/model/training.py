"""Coded harvests in, a model out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
import numpy.typing as npt

from classifier._types import FloatArray
from classifier.agreement.bootstrap import ClusterBootstrap
from classifier.agreement.coefficients import Ratings, kappa_of_two
from classifier.codebook.schema import Code, Codebook, CodeField
from classifier.errors import TrainingError
from classifier.features.embedding_cache import CachedEncoder, CachedEncoders
from classifier.features.feature_views import ViewMaker
from classifier.features.near_duplicates import (
    DUPLICATE_THRESHOLD,
    Fingerprinter,
    Fingerprints,
    find_fold_threshold,
    near_duplicate_groups,
    near_duplicate_pairs,
    nearest_similarity,
)
from classifier.features.story_features import StoryFeatures
from classifier.harvest.language import language_of
from classifier.harvest.outcome import Outcome
from classifier.harvest.reading import Harvest, file_names
from classifier.harvest.story import Story
from classifier.model.conformal import MIN_CONFIRMABLE
from classifier.model.cooccurrence import Combinations
from classifier.model.duplicate_prior import fit_duplicate_weight
from classifier.model.folds import rarest_codes, split_folds
from classifier.model.heads import Head, OutOfFold, fit_heads
from classifier.model.manifest import EncoderRecord, FieldFigures, Manifest, TrainedFile, now
from classifier.model.model import CalibrationScores, FieldModel, Given, Judgement, Model, judge
from classifier.model.task import Applies, Task, tasks_of
from classifier.model.training_notes import conflict_notes, field_notes, groups_told, shortened
from classifier.model.zero_shot import Definitions
from classifier.progress import NO_PROGRESS, ProgressReporter
from classifier.versions import library_versions

_MIN_OUTCOMES = 5
_NO_DUPLICATES = 2.0  # a similarity that no two outcomes can have
_OUTLIER_SHARE = 0.02  # of the outcomes learnt from, below whose similarity a new one is out of distribution


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldOutField:
    """How one field of outcomes was judged by heads that did not learn from them.

    Attributes
    ----------
    rows : ndarray of shape (n_coded,)
        Which of the outcomes they are; none where there were too few to hold some out.
    judged : Judgement
    defined : ndarray of shape (n_coded, n_codes)
        What the definitions say of them.
    """

    rows: npt.NDArray[np.intp]
    judged: Judgement
    defined: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldOut:
    """The outcomes learnt from, each held out in turn.

    Attributes
    ----------
    outcomes : tuple of Outcome
    fingerprints : ndarray of shape (n_outcomes, n_dimensions)
        Their fingerprints.
    groups : ndarray of shape (n_outcomes,)
        Equal numbers mark near-duplicates, which were held out together.
    folds : list of ndarray
        The rows held out together.
    fields : dict of str to HeldOutField
    """

    outcomes: tuple[Outcome, ...]
    fingerprints: Fingerprints
    groups: npt.NDArray[np.intp]
    folds: list[npt.NDArray[np.intp]]
    fields: Mapping[str, HeldOutField]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """A new model, what its maker should know about it, and how it did on outcomes held out.

    Attributes
    ----------
    held_out : HeldOut or None
        None where the model is one of definitions only.
    """

    model: Model
    notes: tuple[str, ...]
    held_out: HeldOut | None = None


def train_model(
    harvests: Sequence[Harvest],
    *,
    codebook: Codebook,
    sources: CachedEncoders,
    name: str,
    seed: int = 0,
    n_folds: int | None = None,
    progress: ProgressReporter = NO_PROGRESS,
) -> Trained:
    """Learn to suggest codes.

    Parameters
    ----------
    harvests : sequence of Harvest
        Read by `read_coded_harvests`; an outcome may be coded in some fields only.
    name : str
        What the model is called.
    seed : int
        Decides which outcomes share a fold.
    n_folds : int, optional
        How many parts outcomes are held out in, one after the other; see `split_folds`.

    Raises
    ------
    TrainingError
        If fewer than five outcomes are coded in every field.
    """
    outcomes = usable_outcomes(harvests)
    if max(sum(bool(one.codes.get(field.name)) for one in outcomes) for field in codebook.fields) < _MIN_OUTCOMES:
        raise TrainingError(
            f"{file_names(harvests)}: fewer than {_MIN_OUTCOMES} outcomes have both "
            f"a text and a code; fill in {' or '.join(repr(field.column) for field in codebook.fields)}"
        )
    features = StoryFeatures.of(
        [outcome.story for outcome in outcomes],
        sources,
        progress=progress.step("Reading the stories", StoryFeatures.n_steps(len(outcomes), sources)),
    )
    definitions = {field.name: Definitions.embed(field, sources) for field in codebook.fields}
    tasks = {
        field.name: tuple(tasks_of(field, outcomes, definitions[field.name].probabilities(features)))
        for field in codebook.fields
    }
    fingerprinter = Fingerprinter.fit(features)
    fingerprints = fingerprinter.transform(features)
    fold_threshold = find_fold_threshold(fingerprints)
    groups = near_duplicate_groups(fingerprints, threshold=fold_threshold)
    # Where stories are written to one template, near-duplicates have to be more similar than elsewhere.
    duplicate_threshold = max(DUPLICATE_THRESHOLD, fold_threshold)
    asked = list(chain.from_iterable(tasks.values()))
    folds = split_folds(groups, seed=seed, kinds=rarest_codes(asked, len(outcomes)), n_folds=n_folds)
    views, heads, checked = fit_heads(
        features,
        fingerprints,
        asked,
        folds,
        progress=progress.step("Learning the codes", len(folds) + 1),
    )
    near_duplicates = [
        (row, other) for row, other, _ in near_duplicate_pairs(fingerprints, threshold=duplicate_threshold)
    ]
    told = iter(zip(heads, checked, strict=True))
    fields, figures, held_out = {}, {}, {}
    for field in codebook.fields:
        pairs = _judged_alike([next(told) for _ in tasks[field.name]], tasks[field.name])
        fields[field.name], judged = _field_model(pairs, tasks[field.name], definitions[field.name], near_duplicates)
        rows = pairs[0][1].rows
        defined = tasks[field.name][0].defined[: len(rows)]
        held_out[field.name] = HeldOutField(rows=rows, judged=judged, defined=defined)
        if len(rows) >= MIN_CONFIRMABLE:  # with fewer, a figure is chance
            figures[field.name] = _figures(tasks[field.name][0].applies, judged, groups[rows], seed)
    counts = {field.name: _counts(field, outcomes) for field in codebook.fields}
    manifest = Manifest(
        name=name,
        created=now(),
        seed=seed,
        codebook_sha256=codebook.sha256,
        encoders=tuple(map(_encoder_record, sources)),
        files=tuple(_trained_files(harvests)),
        near_duplicates=groups_told(outcomes, groups),
        codes=counts,
        languages=dict(Counter(language_of(outcome.story.description) for outcome in outcomes).most_common()),
        out_of_fold=figures,
        versions=library_versions(),
    )
    model = Model(
        codebook=codebook,
        manifest=manifest,
        views=views,
        fields=fields,
        fingerprinter=fingerprinter,
        fingerprints=fingerprints,
        duplicate_threshold=duplicate_threshold,
        outlier_threshold=float(
            np.quantile(nearest_similarity(fingerprints, fingerprints, groups=(groups, groups)), _OUTLIER_SHARE)
        ),
        combinations=Combinations.count(outcomes, codebook),
        given={field.name: _given(field, outcomes) for field in codebook.fields},
    )
    notes = [
        *chain.from_iterable(field_notes(field, counts[field.name], fields[field.name]) for field in codebook.fields),
        *shortened(
            list(conflict_notes([(outcomes[row], outcomes[other]) for row, other in near_duplicates], codebook))
        ),
    ]
    return Trained(
        model=model,
        notes=tuple(notes),
        held_out=HeldOut(
            outcomes=tuple(outcomes), fingerprints=fingerprints, groups=groups, folds=folds, fields=held_out
        ),
    )


def train_from_definitions(*, codebook: Codebook, sources: CachedEncoders, name: str) -> Trained:
    """Make a model of a codebook's definitions alone, for a programme that has coded nothing yet.

    Its suggestions have no calibrated confidence, and none is ever one to `confirm`.

    Raises
    ------
    TrainingError
        If no code has a definition.
    """
    if not codebook.has_definitions:
        raise TrainingError(
            "no code of the codebook has a definition, so that there is nothing to learn from; write definitions, or "
            "train on coded outcomes"
        )
    definitions = {field.name: Definitions.embed(field, sources) for field in codebook.fields}
    fields = {}
    for field in codebook.fields:
        asked = list(tasks_of(field, [], np.zeros((0, len(field.codes)))))
        heads = [Head.untrained(task) for task in asked]
        checked = [OutOfFold.nothing(task) for task in asked]
        fields[field.name], _ = _field_model(list(zip(heads, checked, strict=True)), asked, definitions[field.name], [])
    # The codebook's words stand in for the stories that rare words are told from common ones by.
    features = StoryFeatures.of([_as_story(code) for field in codebook.fields for code in field.codes], sources)
    fingerprinter = Fingerprinter.fit(features)
    fingerprints = fingerprinter.transform(features)
    manifest = Manifest(
        name=name,
        created=now(),
        seed=0,
        codebook_sha256=codebook.sha256,
        encoders=tuple(map(_encoder_record, sources)),
        files=(),
        near_duplicates=(),
        codes={field.name: _counts(field, []) for field in codebook.fields},
        languages={},
        out_of_fold={},
        versions=library_versions(),
    )
    model = Model(
        codebook=codebook,
        manifest=manifest,
        views=ViewMaker.fit_transform(features, fingerprints)[0],
        fields=fields,
        fingerprinter=fingerprinter,
        fingerprints=fingerprints[:0],
        # Without stories of a programme, rare words are not known and all its stories are similar; 151 pairs were
        # found among 168 outcomes, 4 of them near-duplicates. So none is flagged.
        duplicate_threshold=_NO_DUPLICATES,
        outlier_threshold=0.0,
        combinations=Combinations.count([], codebook),
        given={field.name: _given(field, []) for field in codebook.fields},
    )
    bare = [
        f"{field.name}: {code.code!r} has no definition; it is suggested by its name only"
        for field in codebook.fields
        for code in field.codes
        if not code.definition.strip()
    ]
    return Trained(model=model, notes=tuple(bare))


def _as_story(code: Code) -> Story:
    text = " ".join((*code.labels, code.definition, code.include))
    return Story(parts={}, description=text, merged=text)


def _encoder_record(source: CachedEncoder) -> EncoderRecord:
    return EncoderRecord(name=source.encoder.name, sha256=source.encoder.sha256)


def _trained_files(harvests: Sequence[Harvest]) -> Iterator[TrainedFile]:
    for path in dict.fromkeys(harvest.path for harvest in harvests):
        sheets = [harvest for harvest in harvests if harvest.path == path]
        ids = tuple(outcome.fragment_id for outcome in usable_outcomes(sheets))
        yield TrainedFile(name=path.name, sha256=sheets[0].sha256, fragment_ids=ids)


def usable_outcomes(harvests: Sequence[Harvest]) -> list[Outcome]:
    """Gather the outcomes that can be learnt from: those with a text and a code."""
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


def _judged_alike(fitted: Sequence[tuple[Head, OutOfFold]], tasks: Sequence[Task]) -> list[tuple[Head, OutOfFold]]:
    """Take an outcome as held out where all heads of its field could judge it, or it has no codes to compare."""
    if all(len(checked.rows) for _, checked in fitted):
        return list(fitted)
    return [(head, OutOfFold.nothing(task)) for (head, _), task in zip(fitted, tasks, strict=True)]


def _field_model(
    fitted: Sequence[tuple[Head, OutOfFold]],
    tasks: Sequence[Task],
    definitions: Definitions,
    near_duplicates: Sequence[tuple[int, int]],
) -> tuple[FieldModel, Judgement]:
    main, checked = fitted[0]
    multilabel, multilabel_checked = fitted[1] if len(fitted) > 1 else (None, None)
    judged = judge(checked.confidences, None if multilabel_checked is None else multilabel_checked.confidences)
    applies = tasks[-1].applies[: len(judged.main)]
    calibration_scores = CalibrationScores(
        agreed_confidence=judged.applies[applies == 1],
        agreed_code=np.nonzero(applies)[1],
        joint_confidence=judged.joint_confidence,
        right=(judged.suggested == applies).all(axis=1),
    )
    weight = _duplicate_weight(near_duplicates, checked.rows, tasks[0].applies.argmax(axis=1), judged.main)
    model = FieldModel(
        main=main,
        multilabel=multilabel,
        calibration_scores=calibration_scores,
        definitions=definitions,
        duplicate_weight=weight,
    )
    return model, judged


def _duplicate_weight(
    pairs: Sequence[tuple[int, int]], rows: npt.NDArray[np.intp], agreed: npt.NDArray[np.intp], main: FloatArray
) -> float:
    """Fit the duplicate weight on the pairs of which both outcomes have out-of-fold confidence."""
    place = {int(row): place for place, row in enumerate(rows)}
    both = [(place[later], place[earlier]) for later, earlier in pairs if later in place and earlier in place]
    later, earlier = np.array(both, dtype=np.intp).reshape(-1, 2).T
    return fit_duplicate_weight(main[later, agreed[later]], agreed[later] == agreed[earlier])


def _figures(applies: Applies, judged: Judgement, groups: npt.NDArray[np.intp], seed: int) -> FieldFigures:
    agreed, suggested = applies.argmax(axis=1), judged.main.argmax(axis=1)
    ratings = Ratings(codes=np.column_stack([agreed, suggested]), n_codes=applies.shape[1])
    kappa = ClusterBootstrap.draw(groups, seed=seed).estimate(lambda weights: kappa_of_two(ratings, weights))
    return FieldFigures(
        n_outcomes=kappa.n_outcomes,
        cohen_kappa=round(kappa.value, 4),
        cohen_kappa_low=round(kappa.low, 4),
        cohen_kappa_high=round(kappa.high, 4),
        share_right=round(float((agreed == suggested).mean()), 4),
    )


def _counts(field: CodeField, outcomes: Sequence[Outcome]) -> dict[str, int]:
    given = [code for outcome in outcomes for code in outcome.codes.get(field.name, ())]
    return {code: given.count(code) for code in field.code_names}
