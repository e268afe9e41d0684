"""Training of the model of one field: calibration scores, duplicate weight and out-of-fold figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from classifier._types import FloatArray
from classifier.agreement.bootstrap import ClusterBootstrap
from classifier.agreement.coefficients import Ratings, kappa_of_two
from classifier.model.conformal import MIN_CONFIRMABLE
from classifier.model.duplicate_prior import fit_duplicate_weight
from classifier.model.f1_threshold import DEFAULT_THRESHOLD, f1_threshold
from classifier.model.head_fitting import OutOfFold
from classifier.model.heads import Head
from classifier.model.manifest import FieldFigures
from classifier.model.model import CalibrationScores, FieldModel, Judgement, judge
from classifier.model.task import Applies, Task
from classifier.model.zero_shot import Definitions


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldOutField:
    """Out-of-fold predictions of one field.

    Attributes
    ----------
    rows : ndarray of shape (n_coded,)
        Rows of the outcomes; empty where there were too few to hold some out.
    defined : ndarray of shape (n_coded, n_codes)
        Probability of each code by its definition.
    """

    rows: npt.NDArray[np.intp]
    judged: Judgement
    defined: FloatArray


def fit_field_model(
    fitted: Sequence[tuple[Head, OutOfFold]],
    tasks: Sequence[Task],
    definitions: Definitions,
    near_duplicates: Sequence[tuple[int, int]],
) -> tuple[FieldModel, HeldOutField]:
    """Make the model of a field of its fitted heads, with their out-of-fold predictions.

    Parameters
    ----------
    fitted : sequence of tuple of Head and OutOfFold
        One for each of the tasks.
    tasks : sequence of Task
        See `tasks_of`.
    near_duplicates : sequence of tuple of int
        The rows of each pair, the later outcome first.
    """
    # An outcome is held out where every head of the field was tested on it.
    if not all(len(checked.rows) for _, checked in fitted):
        fitted = [(head, OutOfFold.nothing(task)) for (head, _), task in zip(fitted, tasks, strict=True)]
    main, checked = fitted[0]
    multilabel, multilabel_checked = fitted[1] if len(fitted) > 1 else (None, None)
    all_applies = None if multilabel_checked is None else multilabel_checked.confidences
    threshold = DEFAULT_THRESHOLD if all_applies is None else f1_threshold(all_applies)
    judged = judge(checked.confidences, all_applies, threshold=threshold)
    applies = tasks[-1].applies[: len(judged.main)]
    model = FieldModel(
        main=main,
        multilabel=multilabel,
        calibration_scores=CalibrationScores.of(judged, applies == 1),
        definitions=definitions,
        f1_threshold=threshold,
        duplicate_weight=_duplicate_weight(near_duplicates, checked.rows, tasks[0].applies.argmax(axis=1), judged.main),
    )
    return model, HeldOutField(rows=checked.rows, judged=judged, defined=tasks[0].defined[: len(checked.rows)])


def _duplicate_weight(
    pairs: Sequence[tuple[int, int]], rows: npt.NDArray[np.intp], agreed: npt.NDArray[np.intp], main: FloatArray
) -> float:
    """Fit the duplicate weight on the pairs of which both outcomes have out-of-fold confidence."""
    place = {int(row): place for place, row in enumerate(rows)}
    both = [(place[later], place[earlier]) for later, earlier in pairs if later in place and earlier in place]
    later, earlier = np.array(both, dtype=np.intp).reshape(-1, 2).T
    return fit_duplicate_weight(main[later, agreed[later]], agreed[later] == agreed[earlier])


def out_of_fold_figures(
    tasks: Mapping[str, Sequence[Task]],
    held_out: Mapping[str, HeldOutField],
    groups: npt.NDArray[np.intp],
    *,
    seed: int,
) -> dict[str, FieldFigures]:
    """Estimate Cohen's kappa and the share of first suggestions right, for each field with enough outcomes."""
    return {
        name: _figures(tasks[name][0].applies, field.judged, groups[field.rows], seed)
        for name, field in held_out.items()
        if len(field.rows) >= MIN_CONFIRMABLE  # with fewer, a figure is chance
    }


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
