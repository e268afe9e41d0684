"""Learning curve: agreement by the number of training outcomes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import count

import numpy as np
import numpy.typing as npt
from joblib import Parallel, delayed, parallel_config
from sklearn.model_selection import GroupKFold

from classifier.agreement.bootstrap import ClusterBootstrap, Estimate
from classifier.agreement.coefficients import Ratings, mean_kappa_of_pairs
from classifier.codebook.schema import Codebook
from classifier.errors import TrainingError
from classifier.evaluation.examples_needed import CodeNeed, examples_needed
from classifier.features.embedding_cache import CachedEncoders
from classifier.features.near_duplicates import Fingerprints
from classifier.features.story_features import StoryFeatures
from classifier.harvest.confidentiality import Confidentiality
from classifier.harvest.reading import Harvest, file_names
from classifier.model.folds import split_folds
from classifier.model.head_fitting import fit_heads
from classifier.model.task import Task
from classifier.model.training import usable_outcomes
from classifier.model.training_data import TrainingData
from classifier.progress import NO_PROGRESS, ProgressReporter
from classifier.wording import counted

TARGET = 0.7
"""Default target F1 of a code."""
_N_PARTS = 5  # each is held out and tested in turn
_MIN_OUTCOMES = 20
_CHEAP = 50  # outcomes; training on so many takes a second, and results of small sets vary most
_N_ROUNDS_OF_CHEAP = 3

Codes = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldCurve:
    """Learning curve of one field: Cohen's kappa, with a 95 % interval for other outcomes to test on."""

    by_definition: Estimate  # of the definitions alone, without training
    points: Mapping[int, Estimate]  # by the number of training outcomes; the mean over rounds with others


@dataclass(frozen=True, slots=True, kw_only=True)
class LearningCurve:
    """Learning curves of all fields, and the examples that each code needs."""

    codebook: Codebook
    n_outcomes: int  # all outcomes, used for training and held out in turn
    target: float  # the target F1 of the needs
    fields: Mapping[str, FieldCurve]
    needs: tuple[CodeNeed, ...]
    confidentiality: Confidentiality = field(default_factory=Confidentiality)

    @property
    def needs_table(self) -> tuple[tuple[str, ...], ...]:
        """The needs as a table of texts, below its header."""
        header = ("Field", "Code", "Outcomes", "F1 now", "More outcomes with it")
        rows = (
            (
                self.codebook.field(need.field).heading,
                need.code,
                str(need.n_examples),
                f"{need.f1:.2f}" if need.n_examples else "",
                str(need),
            )
            for need in self.needs
        )
        return (header, *rows)


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
    """Compute a learning curve by cross-validation with ever more training outcomes.

    A part of the outcomes is held out in turn, near-duplicates together, and a model is trained on 5, 10,
    20, 50 and so on of the rest, each number including the smaller ones, and on all of it. With fewer parts there
    are fewer training outcomes, and it takes less time.
    """
    outcomes = usable_outcomes(harvests)
    if len(outcomes) < _MIN_OUTCOMES:
        raise TrainingError(
            f"{file_names(harvests)}: {counted(len(outcomes), 'outcome')} with both a text and a code, and a learning "
            f"curve needs {_MIN_OUTCOMES}; code some more"
        )
    data = TrainingData.of(outcomes, codebook=codebook, sources=sources, progress=progress)
    tasks = {name: main for name, (main, *_) in data.tasks.items() if len(main.rows)}
    suggested = _cross_validate(list(_training_sets(data.groups, seed, n_parts)), data, tasks, seed, progress)
    fields: dict[str, FieldCurve] = {}
    needs: list[CodeNeed] = []
    for name, task in tasks.items():
        agreed, field_groups = task.applies.argmax(axis=1), data.groups[task.rows]
        fields[name] = FieldCurve(
            by_definition=_kappa(agreed, [task.defined.argmax(axis=1)], field_groups, seed),
            points={size: _kappa(agreed, rounds, field_groups, seed) for size, rounds in suggested[name].items()},
        )
        needs += examples_needed(codebook.field(name), agreed, suggested[name], field_groups, target=target, seed=seed)
    return LearningCurve(codebook=codebook, n_outcomes=len(outcomes), target=target, fields=fields, needs=tuple(needs))


def _cross_validate(
    training_sets: Sequence[_TrainingSet],
    data: TrainingData,
    tasks: Mapping[str, Task],
    seed: int,
    progress: ProgressReporter,
) -> dict[str, dict[int, list[Codes]]]:
    """Return the codes suggested for held-out outcomes, by field and training size, for each round."""
    results = Parallel(n_jobs=-1, return_as="generator", max_nbytes=None)(
        delayed(_predict)(training_set, data.features, data.fingerprints, list(tasks.values()), data.groups, seed)
        for training_set in training_sets
    )
    set_progress = progress.step(
        "Training on few and many", sum(training_set.n_outcomes for training_set in training_sets)
    )
    by_round: dict[tuple[int, int], dict[str, Codes]] = {}  # by size and round; -1 where nothing was suggested
    for training_set, predicted in zip(training_sets, results, strict=True):
        empty = {name: np.full(len(data.groups), -1, dtype=np.intp) for name in tasks}
        by_field = by_round.setdefault((training_set.n_outcomes, training_set.number), empty)
        for name, codes in zip(tasks, predicted, strict=True):
            by_field[name][training_set.held_out] = codes
        set_progress(training_set.n_outcomes)
    suggested: dict[str, dict[int, list[Codes]]] = {name: {} for name in tasks}
    for (size, _), by_field in by_round.items():
        for name, codes in by_field.items():
            suggested[name].setdefault(size, []).append(codes[tasks[name].rows])
    return suggested


def _kappa(agreed: Codes, rounds: Sequence[Codes], groups: Codes, seed: int) -> Estimate:
    n_codes = 1 + max(int(codes.max()) for codes in (agreed, *rounds))
    pairs = [Ratings(codes=np.column_stack([agreed, codes]), n_codes=n_codes) for codes in rounds]
    return ClusterBootstrap.draw(groups, seed=seed).estimate(partial(mean_kappa_of_pairs, pairs))


def _training_sets(groups: Codes, seed: int, n_parts: int) -> Iterator[_TrainingSet]:
    """Hold out a part in turn, and take ever more of the rest; the largest first, so that no core waits."""
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
    training_tasks = [task.of(training_set.known) for task in tasks]
    with parallel_config("sequential"):  # training sets run in parallel already
        folds = split_folds(groups[training_set.known], seed=seed)
        views, heads, _ = fit_heads(
            features.rows(training_set.known), fingerprints[training_set.known], training_tasks, folds
        )
    unseen = views.transform(features.rows(training_set.held_out), fingerprints[training_set.held_out])
    predicted = []
    for task, head in zip(tasks, heads, strict=True):
        # Outcomes not coded in a field are not tested there, whatever is suggested for them.
        defined = np.full((len(training_set.held_out), task.n_codes), 1 / task.n_codes)
        is_coded = np.isin(training_set.held_out, task.rows)
        defined[is_coded] = task.defined[np.searchsorted(task.rows, training_set.held_out[is_coded])]
        predicted.append(head.confidences(unseen, defined).argmax(axis=1))
    return predicted
