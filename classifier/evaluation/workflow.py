"""Evaluation, from coded harvests to metrics."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from classifier.agreement.codings import Codings, look_alike, read_codings
from classifier.codebook.schema import Codebook, sample_codebook
from classifier.errors import ComparisonError
from classifier.evaluation.cross_validation import cross_validate, evaluate_on
from classifier.evaluation.evaluated import Evaluated
from classifier.evaluation.given_suggestions import read_suggestions, without_suggestions
from classifier.evaluation.label_errors import find_disagreements
from classifier.evaluation.learning_curve import draw_learning_curve
from classifier.evaluation.metrics import evaluate as evaluate_predictions
from classifier.evaluation.options import EvaluationOptions, check, sources_of
from classifier.evaluation.predictions import HeldOutPredictions, join_predictions
from classifier.evaluation.prevalence import CorrectedCount, correct_count
from classifier.evaluation.splits import Split, by_period, leaving_out, without
from classifier.faults import Note, group_faults
from classifier.features.embedding_cache import CachedEncoders
from classifier.features.registry import DEFAULT_ENCODERS, open_encoders
from classifier.files import sha256_of
from classifier.harvest.coded import HarvestSource, read_coded_harvests
from classifier.harvest.outcome import Outcome
from classifier.harvest.reading import Harvest, file_names, read_harvests
from classifier.harvest.similar_ids import CORRECT, find_lookalikes, id_faults
from classifier.model.model import Model
from classifier.model.storage import find_model, load_model
from classifier.model.training import train_model
from classifier.progress import NO_PROGRESS, ProgressReporter
from classifier.spelling import normalise
from classifier.spreadsheet.reading import read_sheets
from classifier.suggestion.model_checks import check_codebook
from classifier.suggestion.predict import judge_outcomes

if TYPE_CHECKING:
    pass

_N_PARTS = 3  # of the learning curve; a report should not take much longer for it


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tested:
    split: str
    harvests: tuple[Harvest, ...]
    predictions: HeldOutPredictions
    model: Model | None
    n_excluded: int = 0


def evaluate(
    coded: Sequence[HarvestSource],
    *,
    test: HarvestSource | None = None,
    coders: Sequence[HarvestSource] = (),
    codebook: Codebook | None = None,
    encoders: Sequence[str] = DEFAULT_ENCODERS,
    n_folds: int = 10,
    with_curve: bool = False,
    seed: int = 0,
    progress: ProgressReporter = NO_PROGRESS,
) -> Evaluated:
    """Evaluate suggestions by cross-validation, or on a harvest that was not trained on.

    Parameters
    ----------
    coded : sequence of path or Harvest
        Coded harvests.
    test : path or Harvest, optional
        A coded harvest to test on; by default outcomes of `coded` are held out in turn.
    coders : sequence of path or Harvest
        The same outcomes as coded by single coders, for how far those agree with each other.
    with_curve : bool
        Whether a learning curve is drawn too, which takes several times as long.

    Raises
    ------
    OutcomeCoderError
        With what is to be put right.
    """
    asked = EvaluationOptions(
        coded=tuple(coded), test=test, coders=tuple(coders), n_folds=n_folds, with_curve=with_curve, seed=seed
    )
    return evaluate_files(asked, codebook=codebook, encoders=encoders, progress=progress)


def evaluate_files(
    asked: EvaluationOptions,
    *,
    codebook: Codebook | None = None,
    encoders: Sequence[str] = DEFAULT_ENCODERS,
    cache: bool = True,
    progress: ProgressReporter = NO_PROGRESS,
) -> Evaluated:
    """Evaluate suggestions against the codes that coders settled on.

    Parameters
    ----------
    codebook : Codebook, optional
        By default that of the model, if one is named, else the one that ships with the program.
    encoders, cache
        As of `classifier.model.workflow.train`.

    Raises
    ------
    OutcomeCoderError
        With what is to be put right.
    """
    check(asked)
    named = None if asked.model is None else load_model(find_model(asked.model))
    codebook = codebook or (sample_codebook() if named is None else named.codebook)
    if named is not None:
        check_codebook(codebook, named)
        encoders = [encoder.name for encoder in named.manifest.encoders]
    # All files are read before anything takes time, so that a fault in the last is told at once.
    harvests = read_coded_harvests(asked.coded, codebook=codebook, options=asked.options)
    tests = read_coded_harvests(
        [one for one in (asked.test, asked.codes) if one], codebook=codebook, options=asked.options
    )
    coders = read_codings(asked.coders, codebook=codebook, options=asked.options) if asked.coders else None
    sampled = None
    if asked.sample is not None and asked.everything is not None:
        sample = read_coded_harvests([asked.sample], codebook=codebook, options=asked.options)
        everything = read_harvests(asked.everything, codebook=codebook, options=asked.options)
        sampled = (_with_all_outcomes(sample), _with_all_outcomes(everything))
    curve, counts = None, {}
    if asked.suggestions is not None:
        tried = _test_suggestions(asked.suggestions, tests, codebook)
    else:
        sources = open_encoders(encoders, cache=cache)
        tried = _test(asked, harvests, tests, named, codebook, sources, progress)
        if asked.with_curve and named is None:
            curve = draw_learning_curve(
                harvests, codebook=codebook, sources=sources, seed=asked.seed, n_parts=_N_PARTS, progress=progress
            )
        if sampled is not None:
            counts = _counts(*sampled, tried.model, codebook, sources)
    predictions = tried.predictions
    if asked.repeats is not None:
        predictions = replace(predictions, repeats=_known_repeats(asked.repeats, predictions))
    figures_progress = progress.step("Working out the figures", 1)
    evaluation = evaluate_predictions(predictions, coders=coders, seed=asked.seed)
    figures_progress(1)
    return Evaluated(
        asked=asked,
        codebook=codebook,
        split=tried.split,
        harvests=tried.harvests,
        hashes=_hashes(sources_of(asked)),
        predictions=predictions,
        evaluation=evaluation,
        disagreements=find_disagreements(predictions, coders=coders),
        coders=coders,
        curve=curve,
        counts=counts,
        n_excluded=tried.n_excluded,
        is_unseen=asked.suggestions is None,
        notes=(
            *(note for harvest in (*harvests, *tests) for note in harvest.notes),
            *(coders.notes if coders is not None else ()),
            *_unmatched(asked, tests, predictions, coders),
        ),
    )


def _unmatched(
    asked: EvaluationOptions, tests: Sequence[Harvest], predictions: HeldOutPredictions, coders: Codings | None
) -> Iterator[Note | str]:
    """Tell outcomes without suggestions, and IDs that only look like one that is tested."""
    tested = {outcome.fragment_id: "the outcomes tested" for outcome in predictions.outcomes}
    if asked.suggestions is not None:
        yield from without_suggestions(asked.suggestions, _with_all_outcomes(tests))
    for harvest in () if coders is None else coders.harvests:
        yield from look_alike(harvest, tested)
    if asked.repeats is not None:
        pairs = _repeat_pairs(asked.repeats)
        found = find_lookalikes([one for one, _ in pairs], tested)
        yield from group_faults(id_faults(found, where={}, of=tested, remedy=CORRECT), file=asked.repeats.name)


def _test(
    asked: EvaluationOptions,
    harvests: Sequence[Harvest],
    tests: Sequence[Harvest],
    named: Model | None,
    codebook: Codebook,
    sources: CachedEncoders,
    progress: ProgressReporter,
) -> _Tested:
    if named is not None:
        return _test_model(named, harvests, codebook, sources, asked)
    if asked.by_period or asked.leave_out is not None:
        splits = (
            by_period(harvests)
            if asked.leave_out is None
            else leaving_out(harvests, asked.leave_out, codebook=codebook)
        )
        return _test_splits(asked, splits, harvests, codebook, sources, progress)
    tested = {outcome.fragment_id for test in tests for outcome in test.outcomes}
    learnt, n_excluded = without(harvests, tested)
    trained = train_model(
        learnt,
        codebook=codebook,
        sources=sources,
        name="evaluation",
        seed=asked.seed,
        n_folds=None if tests else asked.n_folds,
        progress=progress,
    )
    if not tests:
        predictions = cross_validate(trained, coverage=asked.coverage, precision=asked.precision)
        n_folds = len(predictions.n_learnt)
        split = (
            f"each outcome judged by a model that learnt from the others, in {n_folds} folds, near-duplicates in the "
            "same fold and rare codes spread over the folds"
        )
        return _Tested(split=split, harvests=tuple(harvests), predictions=predictions, model=trained.model)
    predictions = evaluate_on(
        [outcome for test in tests for outcome in test.outcomes],
        model=trained.model,
        learnt=[outcome for harvest in learnt for outcome in harvest.outcomes],
        sources=sources,
        coverage=asked.coverage,
        precision=asked.precision,
    )
    if not predictions.fields:
        raise ComparisonError(f"{file_names(tests)}: no outcome has both a text and a code to compare with")
    split = f"learnt from {file_names(harvests)}, tested on {file_names(tests)}"
    return _Tested(
        split=split, harvests=tuple(tests), predictions=predictions, model=trained.model, n_excluded=n_excluded
    )


def _with_all_outcomes(sheets: Sequence[Harvest]) -> Harvest:
    """Give the outcomes of all sheets of a file to its first, for what looks at nothing but outcomes."""
    return replace(sheets[0], outcomes=tuple(outcome for sheet in sheets for outcome in sheet.outcomes))


def _test_suggestions(suggestions: Path, codes: Sequence[Harvest], codebook: Codebook) -> _Tested:
    predictions = read_suggestions(suggestions, _with_all_outcomes(codes), codebook=codebook)
    split = f"the suggestions in {suggestions.name} beside the codes in {file_names(codes)}"
    return _Tested(split=split, harvests=tuple(codes), predictions=predictions, model=None)


def _test_model(
    model: Model, harvests: Sequence[Harvest], codebook: Codebook, sources: CachedEncoders, asked: EvaluationOptions
) -> _Tested:
    learnt = set(model.manifest.fragment_ids)
    outcomes = [outcome for harvest in harvests for outcome in harvest.outcomes]
    new = [outcome for outcome in outcomes if outcome.fragment_id not in learnt]
    if not any(outcome.codes and not outcome.story.is_blank for outcome in new):
        raise ComparisonError(
            f"model {model.manifest.name!r} has learnt from all coded outcomes of "
            f"{file_names(harvests)}; to test it, name outcomes that it has not seen"
        )
    predictions = evaluate_on(
        new, model=model, learnt=(), sources=sources, coverage=asked.coverage, precision=asked.precision
    )
    split = f"model {model.manifest.title}, tested on {file_names(harvests)} without the outcomes it had learnt from"
    return _Tested(
        split=split, harvests=tuple(harvests), predictions=predictions, model=model, n_excluded=len(outcomes) - len(new)
    )


def _test_splits(
    asked: EvaluationOptions,
    splits: Sequence[Split],
    harvests: Sequence[Harvest],
    codebook: Codebook,
    sources: CachedEncoders,
    progress: ProgressReporter,
) -> _Tested:
    parts = []
    split_progress = progress.step("Learning and testing", len(splits))
    for split in splits:
        trained = train_model(split.learnt, codebook=codebook, sources=sources, name="evaluation", seed=asked.seed)
        parts.append(
            evaluate_on(
                split.tested,
                model=trained.model,
                learnt=split.learnt_outcomes,
                sources=sources,
                coverage=asked.coverage,
                precision=asked.precision,
            )
        )
        split_progress(1)
    names = ", ".join(split.name for split in splits)
    told = (
        f"tested on {names}, each by a model that learnt from the earlier periods"
        if asked.by_period
        else f"tested on each {asked.leave_out} in turn ({names}) by a model that learnt from the others"
    )
    model = None
    if asked.sample is not None:
        model = train_model(harvests, codebook=codebook, sources=sources, name="evaluation", seed=asked.seed).model
    return _Tested(split=told, harvests=tuple(harvests), predictions=join_predictions(parts), model=model)


def _known_repeats(path: Path, predictions: HeldOutPredictions) -> dict[str, str]:
    """Read known near-duplicates; keep those that repeat an outcome not tested itself."""
    tested = {outcome.fragment_id for outcome in predictions.outcomes}
    return {one: other for one, other in _repeat_pairs(path) if one in tested and other and other not in tested}


def _repeat_pairs(path: Path) -> list[tuple[str, str]]:
    (sheet, *_) = read_sheets(path)
    header = [normalise(name) for name in sheet.rows[0]] if sheet.rows else []
    columns = [normalise(name) for name in ("FragmentID", "near_duplicate_of")]
    if not set(columns) <= set(header):
        raise ComparisonError(f"{path.name}: the columns FragmentID and near_duplicate_of are needed")
    ours, theirs = (header.index(name) for name in columns)
    return [(sheet.cell(row, ours).strip(), sheet.cell(row, theirs).strip()) for row in range(1, len(sheet.rows))]


def _counts(
    sample: Harvest, everything: Harvest, model: Model | None, codebook: Codebook, sources: CachedEncoders
) -> dict[str, dict[str, CorrectedCount]]:
    """Count the codes of a harvest by what coders gave to a random sample of it."""
    if model is None:
        raise ComparisonError("--sample needs a model to suggest codes for all; name --model, or coded harvests")
    told = [outcome for outcome in everything.outcomes if not outcome.story.is_blank]
    place = {outcome.fragment_id: row for row, outcome in enumerate(told)}
    missing = [outcome.fragment_id for outcome in sample.outcomes if outcome.fragment_id not in place]
    if missing:
        raise ComparisonError(
            f"{sample.path.name}: {len(missing)} outcome(s), such as {missing[0]!r}, are not in {everything.path.name} "
            "with a text; the sample must be drawn from it"
        )
    learnt = set(model.manifest.fragment_ids)
    seen = [outcome.fragment_id for outcome in sample.outcomes if outcome.fragment_id in learnt]
    if seen:
        raise ComparisonError(
            f"{sample.path.name}: the model has learnt from {len(seen)} of its outcomes, such as {seen[0]!r}; a count "
            "corrected by them would be too sure. Name a model, or coded harvests, without them"
        )
    judged = judge_outcomes(told, model=model, sources=sources, fields=codebook.fields)
    found: dict[str, dict[str, CorrectedCount]] = {}
    for one in codebook.fields:
        coded: list[Outcome] = [outcome for outcome in sample.outcomes if outcome.codes.get(one.name)]
        if len(coded) < 2:
            continue
        rows = np.array([place[outcome.fragment_id] for outcome in coded], dtype=np.intp)
        judgement = judged.fields[one.name].judged
        found[one.name] = {
            code: correct_count(
                judgement.applies[:, number],
                judgement.suggested[:, number],
                rows,
                np.array([code in outcome.codes[one.name] for outcome in coded]),
            )
            for number, code in enumerate(one.code_names)
        }
    return found


def _hashes(sources: Sequence[HarvestSource]) -> dict[str, str]:
    """SHA-256 of each file, or data frame, by its name; by its path where two have one name."""
    hashes = {
        (source.path, source.sha256) if isinstance(source, Harvest) else (Path(source), sha256_of(Path(source)))
        for source in sources
    }
    names = [path.name for path, _ in hashes]
    return {str(path) if names.count(path.name) > 1 else path.name: found for path, found in sorted(hashes)}
