"""Learning curve: agreement by the number of coded outcomes, and how many more a code needs."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count

import numpy as np
import numpy.typing as npt
from joblib import Parallel, delayed, parallel_config
from scipy.optimize import curve_fit
from sklearn.model_selection import GroupKFold

from classifier._types import FloatArray
from classifier.agreement.bootstrap import ClusterBootstrap, Estimate
from classifier.agreement.coefficients import Ratings, kappa_of_two
from classifier.codebook.schema import Codebook
from classifier.errors import TrainingError
from classifier.features.embedding_cache import CachedEncoders
from classifier.features.near_duplicates import Fingerprinter, Fingerprints, find_fold_threshold, near_duplicate_groups
from classifier.features.story_features import StoryFeatures
from classifier.harvest.reading import Harvest, file_names
from classifier.model.folds import split_folds
from classifier.model.heads import fit_heads
from classifier.model.task import Task, tasks_of
from classifier.model.training import usable_outcomes
from classifier.model.zero_shot import Definitions
from classifier.progress import NO_PROGRESS, ProgressReporter

TARGET = 0.7
"""The F1 of a code, the harmonic mean of precision and recall, that is asked for unless it is told."""
_N_PARTS = 5  # each is held out and tested in turn
_MIN_OUTCOMES = 20
_MIN_EXAMPLES = 10  # of a code; with fewer, how well it is found is chance
_FURTHEST = 3  # times the examples there are; a curve says nothing of what lies further off
_FIRST_FITTED = 20  # outcomes; below, a curve is that of the definitions
_MIN_POINTS = 4
_CHEAP = 50  # outcomes; so many are learnt from in a second, and what few of them teach differs most
_N_ROUNDS_OF_CHEAP = 3
_N_RESAMPLES = 200

Codes = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldCurve:
    """The agreement of one field by how many coded outcomes were learnt from.

    Attributes
    ----------
    by_definition : Estimate
        Cohen's kappa with no coded outcome at all.
    points : dict of int to Estimate
        Cohen's kappa by the number of outcomes. Where an outcome was tested several times, by models that
        learnt from different ones, it is the mean; the 95 % interval is that of other outcomes to test.
    """

    by_definition: Estimate
    points: Mapping[int, Estimate]


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeNeed:
    """F1 of a code, and how many more outcomes with it are needed.

    Attributes
    ----------
    n_examples : int
        The outcomes with the code (as the first one, in a field of several).
    f1 : float
        With the most outcomes that a model learnt from here.
    n_more : int or None
        0 where it is found well enough already; None where there are too few to say.
    low, high : int or None
        The range that 8 in 10 bootstrap of the outcomes give; `high` is None where it lies further off than
        can be said, which is beyond twice the examples there are.
    """

    field: str
    code: str
    n_examples: int
    f1: float
    n_more: int | None
    low: int | None
    high: int | None

    def __str__(self) -> str:
        if self.n_more is None:
            return "too few to say"
        if self.high == 0:
            return "enough already"
        span = (
            f"{self.low} to over {(_FURTHEST - 1) * self.n_examples}"
            if self.high is None
            else f"{self.low} to {self.high}"
        )
        return f"about {self.n_more} more ({span})" if self.n_more else f"about enough ({span} more)"


@dataclass(frozen=True, slots=True, kw_only=True)
class LearningCurve:
    """A learning curve: agreement by field, and the examples that each code needs.

    Attributes
    ----------
    n_outcomes : int
        All there are, learnt from and tested in turn.
    target : float
        The F1 that the needs are told for.
    """

    n_outcomes: int
    target: float
    fields: Mapping[str, FieldCurve]
    needs: tuple[CodeNeed, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _FieldTask:
    """The task of a field, and the first codes of the outcomes coded in it."""

    task: Task
    agreed: Codes


@dataclass(frozen=True, slots=True, kw_only=True)
class _TrainingSet:
    """One training set and the outcomes to test it on."""

    n_outcomes: int
    number: int
    known: Codes
    held_out: Codes


def draw_learning_curve(
    harvests: Sequence[Harvest],
    *,
    codebook: Codebook,
    sources: CachedEncoders,
    target: float = TARGET,
    seed: int = 0,
    n_parts: int = _N_PARTS,
    progress: ProgressReporter = NO_PROGRESS,
) -> LearningCurve:
    """Draw a learning curve: train on few and on many coded outcomes, and test on others.

    A part of the outcomes is held out in turn, near-duplicates together, and a model learns from 5, 10,
    20, 50 and so on of the rest, each number holding the smaller ones, and from all of it.

    Parameters
    ----------
    harvests : sequence of Harvest
        Read by `read_coded_harvests`.
    target : float
        The F1, in (0, 1), that a code should be found with.
    seed : int
        Decides which outcomes are learnt from first.
    n_parts : int
        With fewer parts fewer outcomes can be learnt from, in less time.

    Raises
    ------
    TrainingError
        If there are too few coded outcomes to hold some out.
    """
    outcomes = usable_outcomes(harvests)
    if len(outcomes) < _MIN_OUTCOMES:
        raise TrainingError(
            f"{file_names(harvests)}: {len(outcomes)} outcome(s) have both a text and "
            f"a code, and a learning curve needs {_MIN_OUTCOMES}; code some more"
        )
    features = StoryFeatures.of(
        [outcome.story for outcome in outcomes],
        sources,
        progress=progress.step("Reading the stories", StoryFeatures.n_steps(len(outcomes), sources)),
    )
    asked = {}
    for field in codebook.fields:
        defined = Definitions.embed(field, sources).probabilities(features)
        task = next(tasks_of(field, outcomes, defined))
        if len(task.rows):
            asked[field.name] = _FieldTask(task=task, agreed=task.applies.argmax(axis=1))
    fingerprints = Fingerprinter.fit(features).transform(features)
    groups = near_duplicate_groups(fingerprints, threshold=find_fold_threshold(fingerprints))
    training_sets = list(_training_sets(groups, seed, n_parts))
    n_steps = sum(training_set.n_outcomes for training_set in training_sets)
    curve_progress = progress.step("Learning from few and many", n_steps)
    # By the number of outcomes and of the round, what was suggested in each field; -1 where nothing was.
    suggested: dict[tuple[int, int], dict[str, Codes]] = {}
    work = Parallel(n_jobs=-1, return_as="generator", max_nbytes=None)(
        delayed(_predict)(training_set, features, fingerprints, [one.task for one in asked.values()], groups, seed)
        for training_set in training_sets
    )
    for training_set, found in zip(training_sets, work, strict=True):
        nothing = {name: np.full(len(outcomes), -1, dtype=np.intp) for name in asked}
        by_field = suggested.setdefault((training_set.n_outcomes, training_set.number), nothing)
        for name, codes in zip(asked, found, strict=True):
            by_field[name][training_set.held_out] = codes
        curve_progress(training_set.n_outcomes)
    fields: dict[str, FieldCurve] = {}
    needs: list[CodeNeed] = []
    for name, one in asked.items():
        rows = one.task.rows
        by_size: dict[int, list[Codes]] = {}
        for (n_outcomes, _), found_by_field in suggested.items():
            by_size.setdefault(n_outcomes, []).append(found_by_field[name][rows])
        fields[name] = FieldCurve(
            by_definition=_kappa(one.agreed, [one.task.defined.argmax(axis=1)], groups[rows], seed),
            points={size: _kappa(one.agreed, found, groups[rows], seed) for size, found in by_size.items()},
        )
        needs += _needs(codebook.field(name).code_names, name, one, by_size, groups[rows], target, seed)
    return LearningCurve(n_outcomes=len(outcomes), target=target, fields=fields, needs=tuple(needs))


def more_needed(
    n_examples: FloatArray, f1: FloatArray, weights: FloatArray, *, n_now: int, target: float
) -> int | None:
    """Extrapolate a learning curve: how many more examples a code needs for a target F1.

    Parameters
    ----------
    n_examples, f1 : ndarray of shape (n_points,)
        How well the code was found with so many examples of it.
    weights : ndarray of shape (n_points,)
        How much each point counts.
    n_now : int
        How many examples there are.
    target : float
        The F1 asked for.

    Returns
    -------
    int or None
        Rounded up to fives, since it is no more exact than that; None where the curve flattens below the
        target, or reaches it further off than three times the examples there are.

    References
    ----------
    .. [1] Cortes et al. (1993), "Learning curves: asymptotic values and rate of convergence", NIPS 6.
    .. [2] Figueroa et al. (2012), doi:10.1186/1472-6947-12-8 (the inverse power law, and its weights).

    Examples
    --------
    A code whose F1 is 1 - 1.6 / sqrt(n) comes to 0.8 with 64 examples:

    >>> n = np.array([4.0, 8.0, 16.0, 32.0])
    >>> more_needed(n, 1 - 1.6 / np.sqrt(n), np.ones(4), n_now=32, target=0.8)
    35
    """
    usable = n_examples > 0
    if usable.sum() < _MIN_POINTS:
        return None
    try:
        with np.errstate(over="ignore"):
            (ceiling, drop, pace), _ = curve_fit(
                _power_law,
                n_examples[usable],
                f1[usable],
                p0=(min(max(float(f1.max()), 0.5), 1.0), 1.0, 0.5),
                sigma=1 / np.sqrt(weights[usable]),
                bounds=((0.0, 0.0, 0.05), (1.0, 20.0, 2.0)),
                max_nfev=2000,
            )
    except RuntimeError:  # it did not settle
        return None
    if ceiling <= target:
        return None
    log_needed = math.log(max(drop, 1e-12) / (ceiling - target)) / pace
    if log_needed > math.log(_FURTHEST * n_now):
        return None
    return max(5 * math.ceil((math.exp(log_needed) - n_now) / 5 - 1e-6), 5)


def _power_law(n_examples: FloatArray, ceiling: float, drop: float, pace: float) -> FloatArray:
    result: FloatArray = ceiling - drop * n_examples**-pace
    return result


def _training_sets(groups: Codes, seed: int, n_parts: int) -> Iterator[_TrainingSet]:
    """Hold out a part in turn, and take ever more of the rest; the costly ones first, so that no core waits."""
    rounds = []
    for number in range(_N_ROUNDS_OF_CHEAP):
        splitter = GroupKFold(n_parts, shuffle=True, random_state=seed + number)
        for fold, (rest, held_out) in enumerate(splitter.split(groups, groups=groups)):
            draw = np.random.default_rng([seed, number, fold])
            order = np.concatenate([rest[groups[rest] == group] for group in draw.permutation(np.unique(groups[rest]))])
            rounds.append((number, order, held_out))
    n_most = min(len(order) for _, order, _ in rounds)
    sizes = [*_sizes(n_most), n_most]
    for size in reversed(sizes):
        for number, order, held_out in rounds:
            if number == 0 or size <= _CHEAP:
                yield _TrainingSet(n_outcomes=size, number=number, known=np.sort(order[:size]), held_out=held_out)


def _sizes(n_most: int) -> Iterator[int]:
    """Yield 5, 10, 20, 50, 100 and so on, up to four fifths of the outcomes there are."""
    for place in count():
        size = (5, 10, 20)[place % 3] * 10 ** (place // 3)
        if size > 0.8 * n_most:
            return
        yield size


def _predict(
    training_set: _TrainingSet,
    features: StoryFeatures,
    fingerprints: Fingerprints,
    tasks: Sequence[Task],
    groups: Codes,
    seed: int,
) -> list[Codes]:
    """Fit heads on the known outcomes of a training set, and predict first codes of those held out."""
    asked = [task.of(training_set.known) for task in tasks]
    with parallel_config("sequential"):  # training sets run in parallel already
        folds = split_folds(groups[training_set.known], seed=seed)
        views, heads, _ = fit_heads(features.rows(training_set.known), fingerprints[training_set.known], asked, folds)
    unseen = views.transform(features.rows(training_set.held_out), fingerprints[training_set.held_out])
    found = []
    for task, head in zip(tasks, heads, strict=True):
        # An outcome that is not coded in a field is not tested there, whatever is suggested for it.
        defined = np.full((len(training_set.held_out), task.n_codes), 1 / task.n_codes)
        is_coded = np.isin(training_set.held_out, task.rows)
        defined[is_coded] = task.defined[np.searchsorted(task.rows, training_set.held_out[is_coded])]
        found.append(head.confidences(unseen, defined).argmax(axis=1))
    return found


def _kappa(agreed: Codes, found: Sequence[Codes], groups: Codes, seed: int) -> Estimate:
    n_codes = 1 + max(int(codes.max()) for codes in (agreed, *found))
    tried = [Ratings(codes=np.column_stack([agreed, codes]), n_codes=n_codes) for codes in found]
    return ClusterBootstrap.draw(groups, seed=seed).estimate(
        lambda weights: np.mean([kappa_of_two(ratings, weights) for ratings in tried], axis=0)
    )


def _needs(
    names: Sequence[str],
    field: str,
    asked: _FieldTask,
    by_size: Mapping[int, Sequence[Codes]],
    groups: Codes,
    target: float,
    seed: int,
) -> Iterator[CodeNeed]:
    sizes = np.array(sorted(by_size), dtype=np.float64)
    # The first row is the outcomes as they are; each other one is a resample of them, by groups of near-duplicates.
    draw = np.random.default_rng(seed)
    numbers = np.unique(groups, return_inverse=True)[1]
    drawn = draw.multinomial(numbers.max() + 1, np.full(numbers.max() + 1, 1 / (numbers.max() + 1)), _N_RESAMPLES)
    weights = np.vstack([np.ones(len(groups)), drawn[:, numbers]])
    for code, name in enumerate(names):
        is_given = asked.agreed == code
        n_examples = int(is_given.sum())
        f1 = np.column_stack([_f1(weights, is_given, [codes == code for codes in by_size[int(n)]]) for n in sizes])
        share = n_examples / len(groups)
        needed = _read_off(sizes, f1, share, n_examples, target) if n_examples >= _MIN_EXAMPLES else None
        n_more, low, high = needed or (None, None, None)
        yield CodeNeed(
            field=field,
            code=name,
            n_examples=n_examples,
            f1=float(f1[0, -1]) if n_examples else math.nan,
            n_more=n_more,
            low=low,
            high=high,
        )


def _read_off(
    sizes: FloatArray, f1: FloatArray, share: float, n_now: int, target: float
) -> tuple[int, int, int | None] | None:
    fitted = sizes >= _FIRST_FITTED

    def needed(row: FloatArray) -> int | None:
        return more_needed(sizes[fitted] * share, row[fitted], sizes[fitted], n_now=n_now, target=target)

    first = 0 if f1[0, -1] >= target else needed(f1[0])
    others = sorted(
        math.inf if told is None else told for row in f1[1:] for told in (0 if row[-1] >= target else needed(row),)
    )
    low, middle, high = (others[int(share_below * len(others))] for share_below in (0.1, 0.5, 0.9))
    # No answer where most resamples give none.
    if first is None or math.isinf(middle):
        return None
    return first, min(first, int(low)), None if math.isinf(high) else max(first, int(high))


def _f1(weights: FloatArray, is_given: npt.NDArray[np.bool_], found: Sequence[npt.NDArray[np.bool_]]) -> FloatArray:
    """F1 of a code in each resample, the mean over rounds; 0 where it was neither given nor suggested."""
    scores = []
    for is_found in found:
        both = weights @ (is_given & is_found)
        either = weights @ is_given + weights @ is_found
        scores.append(np.divide(2 * both, either, out=np.zeros(len(weights)), where=either > 0))
    result: FloatArray = np.mean(scores, axis=0)
    return result
