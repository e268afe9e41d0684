"""Evaluation, from coded harvests to metrics."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path

from classifier.agreement.codings import Codings, line_up, look_alike, read_codings
from classifier.codebook.schema import Codebook, sample_codebook
from classifier.errors import ComparisonError
from classifier.evaluation.cross_validation import cross_validate, evaluate_on
from classifier.evaluation.evaluated import Evaluated
from classifier.evaluation.given_suggestions import outcomes_without_suggestions, read_suggestions
from classifier.evaluation.known_repeats import read_repeats, similar_repeat_ids
from classifier.evaluation.label_errors import find_disagreements
from classifier.evaluation.learning_curve import LearningCurve, draw_learning_curve
from classifier.evaluation.metrics import evaluate as evaluate_predictions
from classifier.evaluation.options import EvaluationOptions, check, sources_of
from classifier.evaluation.predictions import HeldOutPredictions, join_predictions
from classifier.evaluation.prevalence import CorrectedCount, corrected_counts
from classifier.evaluation.splits import Split, by_period, leaving_out, without
from classifier.faults import Note
from classifier.features.device import PROCESSOR
from classifier.features.embedding_cache import CachedEncoders
from classifier.features.registry import DEFAULT_ENCODERS, open_encoders, open_model_encoders
from classifier.files import sha256_of
from classifier.harvest.coded import HarvestSource, read_coded_harvests
from classifier.harvest.confidentiality import Confidentiality, leave_out_confidential, telling_left_out
from classifier.harvest.reading import Harvest, file_names, read_harvests
from classifier.model.model import Model
from classifier.model.storage import find_model, load_model
from classifier.model.training import Trained, train_model
from classifier.progress import NO_PROGRESS, ProgressReporter
from classifier.suggestion.model_checks import resolve_codebook

_N_PARTS = 3  # of the learning curve; a report should not take much longer for it


def evaluate(
    coded: Sequence[HarvestSource],
    *,
    test: HarvestSource | None = None,
    coders: Sequence[HarvestSource] = (),
    codebook: Codebook | None = None,
    encoders: Sequence[str] = DEFAULT_ENCODERS,
    n_folds: int = 10,
    with_curve: bool = False,
    include_confidential: bool = False,
    seed: int = 0,
    device: str = PROCESSOR,
    progress: ProgressReporter = NO_PROGRESS,
) -> Evaluated:
    """Evaluate suggestions by cross-validation, or on a harvest that was not used for training.

    Parameters
    ----------
    coded : sequence of path or Harvest
        Coded harvests.
    test : path or Harvest, optional
        A coded harvest to test on; by default outcomes of `coded` are held out in turn.
    coders : sequence of path or Harvest
        The same outcomes as coded by single coders, to compute how far those agree with each other.
    with_curve : bool
        Whether a learning curve is drawn too, which takes several times as long.
    include_confidential : bool
        Whether outcomes marked confidential are trained and tested on too.
    device : str
        What encoders are computed on; see `classifier.features.registry.load_encoder`.

    Raises
    ------
    OutcomeCoderError
        If something must be corrected first.
    """
    options = EvaluationOptions(
        coded=tuple(coded), test=test, coders=tuple(coders), n_folds=n_folds, with_curve=with_curve, seed=seed,
        include_confidential=include_confidential,
    )  # fmt: skip
    return evaluate_files(options, codebook=codebook, encoders=encoders, device=device, progress=progress)


def evaluate_files(
    options: EvaluationOptions,
    *,
    codebook: Codebook | None = None,
    encoders: Sequence[str] = DEFAULT_ENCODERS,
    cache: bool = True,
    device: str = PROCESSOR,
    progress: ProgressReporter = NO_PROGRESS,
) -> Evaluated:
    """Evaluate suggestions against the codes that coders agreed on.

    The codebook is by default that of the model, if one is named, else the one that ships with the program.
    """
    files = _without_confidential(_read_files(options, codebook), is_included=options.include_confidential)
    with telling_left_out(files.confidentiality):
        return _evaluate(options, files, encoders=encoders, cache=cache, device=device, progress=progress)


def _evaluate(
    options: EvaluationOptions,
    files: _Files,
    *,
    encoders: Sequence[str],
    cache: bool,
    device: str,
    progress: ProgressReporter,
) -> Evaluated:
    curve: LearningCurve | None = None
    counts: dict[str, dict[str, CorrectedCount]] = {}
    if options.suggestions is not None:
        tested = _test_suggestions(options.suggestions, files)
    else:
        sources = (
            open_encoders(encoders, device=device, cache=cache)
            if files.model is None
            else open_model_encoders(files.model.manifest.encoder_hashes, device=device, cache=cache)
        )
        tested = _test(options, files, sources, progress)
        curve = _curve(options, files, sources, progress)
        if files.sample is not None and files.everything is not None:
            counts = corrected_counts(
                files.sample, files.everything, model=tested.model, codebook=files.codebook, sources=sources
            )
    predictions = tested.predictions
    if options.repeats is not None:
        predictions = replace(predictions, repeats=read_repeats(options.repeats, predictions))
    metrics_progress = progress.step("Computing the metrics", 1)
    evaluation = evaluate_predictions(predictions, coders=files.coders, seed=options.seed)
    metrics_progress(1)
    return Evaluated(
        options=options,
        codebook=files.codebook,
        split=tested.split,
        harvests=tested.harvests,
        hashes=_hashes(sources_of(options)),
        predictions=predictions,
        evaluation=evaluation,
        disagreements=find_disagreements(predictions, coders=files.coders),
        coders=files.coders,
        curve=curve,
        counts=counts,
        confidentiality=files.confidentiality,
        n_excluded=tested.n_excluded,
        # A reduced model doesn't tell which outcomes it was trained on.
        is_unseen=options.suggestions is None and (files.model is None or files.model.manifest.reduced is None),
        notes=tuple(_notes(options, files, predictions)),
    )


def _curve(
    options: EvaluationOptions, files: _Files, sources: CachedEncoders, progress: ProgressReporter
) -> LearningCurve | None:
    if not options.with_curve or files.model is not None:
        return None
    return draw_learning_curve(
        files.coded,
        codebook=files.codebook,
        sources=sources,
        seed=options.seed,
        n_parts=_N_PARTS,
        progress=progress,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Files:
    """Files of an evaluation; `test` are the harvests tested on, or the codes that suggestions are compared with."""

    codebook: Codebook
    model: Model | None
    coded: tuple[Harvest, ...]
    test: tuple[Harvest, ...]
    coders: Codings | None
    sample: Harvest | None
    everything: Harvest | None
    confidentiality: Confidentiality = field(default_factory=Confidentiality)


def _read_files(options: EvaluationOptions, codebook: Codebook | None) -> _Files:
    """Read all files before anything takes time, so that a fault in the last is reported at once."""
    check(options)
    model = None if options.model is None else load_model(find_model(options.model))
    codebook = codebook or sample_codebook() if model is None else resolve_codebook(codebook, model)
    reading = options.reading
    coded = read_coded_harvests(options.coded, codebook=codebook, options=reading)
    tests = [source for source in (options.test, options.codes) if source]
    test = read_coded_harvests(tests, codebook=codebook, options=reading)
    coders = read_codings(options.coders, codebook=codebook, options=reading) if options.coders else None
    sample = everything = None
    if options.sample is not None and options.everything is not None:
        sample = _with_all_outcomes(read_coded_harvests([options.sample], codebook=codebook, options=reading))
        everything = _with_all_outcomes(read_harvests(options.everything, codebook=codebook, options=reading))
    return _Files(
        codebook=codebook,
        model=model,
        coded=tuple(coded),
        test=tuple(test),
        coders=coders,
        sample=sample,
        everything=everything,
    )


def _without_confidential(files: _Files, *, is_included: bool) -> _Files:
    """Leave confidential outcomes out of all files, as training does; marked in one of them, out of each."""
    of_coders = () if files.coders is None else files.coders.harvests
    counted = [harvest for harvest in (files.sample, files.everything) if harvest is not None]
    kept, confidentiality = leave_out_confidential(
        [*files.coded, *files.test, *counted, *of_coders], files.codebook, include_confidential=is_included
    )
    remaining = iter(kept)
    return replace(
        files,
        coded=tuple(islice(remaining, len(files.coded))),
        test=tuple(islice(remaining, len(files.test))),
        sample=next(remaining) if files.sample is not None else None,
        everything=next(remaining) if files.everything is not None else None,
        coders=None if files.coders is None else line_up(tuple(remaining), codebook=files.codebook),
        confidentiality=confidentiality,
    )


def _with_all_outcomes(sheets: Sequence[Harvest]) -> Harvest:
    """Return the first sheet of a file with the outcomes of all."""
    return replace(sheets[0], outcomes=tuple(outcome for sheet in sheets for outcome in sheet.outcomes))


def _notes(options: EvaluationOptions, files: _Files, predictions: HeldOutPredictions) -> Iterator[Note | str]:
    """Yield the notes of all files, outcomes without suggestions, and IDs that only look like one tested."""
    for harvest in (*files.coded, *files.test):
        yield from harvest.notes
    if files.coders is not None:
        yield from files.coders.notes
    tested = {outcome.fragment_id: "the outcomes tested" for outcome in predictions.outcomes}
    if options.suggestions is not None:
        yield from outcomes_without_suggestions(options.suggestions, _with_all_outcomes(files.test))
    for harvest in () if files.coders is None else files.coders.harvests:
        yield from look_alike(harvest, tested)
    if options.repeats is not None:
        yield from similar_repeat_ids(options.repeats, tested)


def _hashes(sources: Sequence[HarvestSource]) -> dict[str, str]:
    """SHA-256 of each file, or data frame, by its name; by its path where two have one name."""
    hashes = {
        (source.path, source.sha256) if isinstance(source, Harvest) else (Path(source), sha256_of(Path(source)))
        for source in sources
    }
    names = [path.name for path, _ in hashes]
    return {str(path) if names.count(path.name) > 1 else path.name: digest for path, digest in sorted(hashes)}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tested:
    split: str
    harvests: tuple[Harvest, ...]
    predictions: HeldOutPredictions
    model: Model | None
    n_excluded: int = 0


def _test(options: EvaluationOptions, files: _Files, sources: CachedEncoders, progress: ProgressReporter) -> _Tested:
    if files.model is not None:
        return _test_model(options, files.model, files.coded, sources)
    if options.by_period:
        return _test_splits(options, by_period(files.coded), files, sources, progress)
    if options.leave_out is not None:
        splits = leaving_out(files.coded, options.leave_out, codebook=files.codebook)
        return _test_splits(options, splits, files, sources, progress)
    if files.test:
        return _test_on_harvests(options, files, sources, progress)
    trained = _train(options, files, files.coded, sources, progress, n_folds=options.n_folds)
    predictions = cross_validate(trained, coverage=options.coverage, precision=options.precision)
    split = (
        f"each outcome coded by a model trained on the others, in {len(predictions.n_training)} folds, near-duplicates "
        "in the same fold and rare codes spread over the folds"
    )
    return _Tested(split=split, harvests=files.coded, predictions=predictions, model=trained.model)


def _train(
    options: EvaluationOptions,
    files: _Files,
    harvests: Sequence[Harvest],
    sources: CachedEncoders,
    progress: ProgressReporter = NO_PROGRESS,
    n_folds: int | None = None,
) -> Trained:
    return train_model(
        harvests, codebook=files.codebook, sources=sources, name="evaluation", seed=options.seed, n_folds=n_folds,
        progress=progress,
    )  # fmt: skip


def _test_suggestions(suggestions: Path, files: _Files) -> _Tested:
    predictions = read_suggestions(suggestions, _with_all_outcomes(files.test), codebook=files.codebook)
    split = f"the suggestions in {suggestions.name} compared with the codes in {file_names(files.test)}"
    return _Tested(split=split, harvests=files.test, predictions=predictions, model=None)


def _test_on_harvests(
    options: EvaluationOptions, files: _Files, sources: CachedEncoders, progress: ProgressReporter
) -> _Tested:
    """Train on the coded harvests without the outcomes of the test harvests, and test on those."""
    test_outcomes = [outcome for harvest in files.test for outcome in harvest.outcomes]
    training, n_excluded = without(files.coded, {outcome.fragment_id for outcome in test_outcomes})
    model = _train(options, files, training, sources, progress).model
    predictions = evaluate_on(
        test_outcomes,
        model=model,
        training_outcomes=[outcome for harvest in training for outcome in harvest.outcomes],
        sources=sources,
        coverage=options.coverage,
        precision=options.precision,
    )
    if not predictions.fields:
        raise ComparisonError(f"{file_names(files.test)}: no outcome has both a text and a code to compare with")
    return _Tested(
        split=f"trained on {file_names(files.coded)}, tested on {file_names(files.test)}",
        harvests=files.test,
        predictions=predictions,
        model=model,
        n_excluded=n_excluded,
    )


def _test_model(
    options: EvaluationOptions, model: Model, harvests: tuple[Harvest, ...], sources: CachedEncoders
) -> _Tested:
    training_ids = set(model.manifest.fragment_ids)
    outcomes = [outcome for harvest in harvests for outcome in harvest.outcomes]
    new = [outcome for outcome in outcomes if outcome.fragment_id not in training_ids]
    if not any(outcome.codes and not outcome.story.is_blank for outcome in new):
        raise ComparisonError(
            f"model {model.manifest.name!r} was trained on all coded outcomes of "
            f"{file_names(harvests)}; to test it, name outcomes that it has not seen"
        )
    predictions = evaluate_on(
        new, model=model, training_outcomes=(), sources=sources, coverage=options.coverage, precision=options.precision
    )
    return _Tested(
        split=(
            f"model {model.manifest.title}, tested on {file_names(harvests)} without the outcomes it was trained on"
        ),
        harvests=harvests,
        predictions=predictions,
        model=model,
        n_excluded=len(outcomes) - len(new),
    )


def _test_splits(
    options: EvaluationOptions,
    splits: Sequence[Split],
    files: _Files,
    sources: CachedEncoders,
    progress: ProgressReporter,
) -> _Tested:
    parts = []
    split_progress = progress.step("Training and testing", len(splits))
    for split in splits:
        trained = _train(options, files, split.training, sources)
        parts.append(
            evaluate_on(
                split.test_outcomes,
                model=trained.model,
                training_outcomes=split.training_outcomes,
                sources=sources,
                coverage=options.coverage,
                precision=options.precision,
            )
        )
        split_progress(1)
    names = ", ".join(split.name for split in splits)
    description = (
        f"tested on {names}, each by a model trained on the earlier periods"
        if options.by_period
        else f"tested on each {options.leave_out} in turn ({names}) by a model trained on the others"
    )
    model = None if options.sample is None else _train(options, files, files.coded, sources).model
    return _Tested(split=description, harvests=files.coded, predictions=join_predictions(parts), model=model)
