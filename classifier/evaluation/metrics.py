"""Evaluation metrics by field and code: agreement, calibration, prediction sets, precision, baselines."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from classifier._types import FloatArray
from classifier.agreement.bootstrap import ClusterBootstrap, Estimate, exact_share
from classifier.agreement.by_field import MIN_COMPARED, FieldAgreement, MeanEstimate, compare, mean_kappa
from classifier.agreement.ceiling import FieldCeiling, compare_with_ceiling
from classifier.agreement.codings import Codings, FieldCodings
from classifier.agreement.coefficients import kappa_of_two
from classifier.evaluation.calibration_error import Bin, Reliability, measure_reliability, reliability_bins
from classifier.evaluation.predictions import OURS, FieldPredictions, HeldOutPredictions
from classifier.harvest.language import language_of, redacted_share
from classifier.harvest.outcome import Outcome
from classifier.suggestion.flags import MIN_WORDS, MOST_REDACTED
from classifier.suggestion.types import Route

_SHORT, _LONG = 60, 150  # words of a story
_MOST_VALUES, _LONGEST_VALUE = 40, 60  # values of a column, characters of a value
_LEAST_KEPT = 10  # suggestions; the precision of fewer is chance


@dataclass(frozen=True, slots=True, kw_only=True)
class SetMetrics:
    """Empirical coverage and size of prediction sets."""

    covered: Estimate  # the share of agreed codes that were in their set
    n_codes: float  # codes in a set, on average


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeCount:
    """Number of outcomes with a code, by the coders and by the suggestions."""

    code: str
    n_coders: int
    n_suggested: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldEvaluation:
    """Evaluation metrics of one field."""

    predictions: FieldPredictions
    agreement: FieldAgreement  # of the suggestions with the coders
    baselines: Mapping[str, Estimate]  # Cohen's kappa of the baselines on the same outcomes, by their names
    reliability: Reliability
    bins: tuple[Bin, ...]  # confidence in the first suggestion, and the share that was right
    sets: Mapping[float, SetMetrics]  # by the coverage asked for
    # Of the outcomes routed to `confirm`, the share whose suggested codes were exactly the agreed ones
    confirmed: Estimate
    # Both of shape (n_points,): precision by the share of outcomes kept, the most confident suggestions first
    kept: FloatArray
    precision: FloatArray
    counts: tuple[CodeCount, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """Mean kappa of the fields for a part of the outcomes, such as those of one country."""

    by: str
    value: str
    n_outcomes: int
    kappa: MeanEstimate

    @property
    def is_enough(self) -> bool:
        """Whether there are enough outcomes for the figure to say something, and it is defined."""
        return self.n_outcomes >= MIN_COMPARED and self.kappa.n_outcomes > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ceiling:
    """Agreement of coders with each other, and of the suggestions with the coders, on the same outcomes."""

    names: tuple[str, ...]
    n_outcomes: int
    coders: Mapping[str, FieldAgreement]  # agreement of the coders with each other, by field
    shares: Mapping[str, FieldCeiling]  # agreement of the suggestions as a share of it, by field


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """Evaluation metrics of held-out predictions."""

    predictions: HeldOutPredictions
    mean_kappa: Mapping[str, MeanEstimate]  # the mean of the fields, of the suggestions and of the baselines
    new_only: Mapping[str, MeanEstimate]  # of outcomes that repeat no training outcome; empty if none is known to
    fields: Mapping[str, FieldEvaluation]
    reliability: Reliability  # of the first suggestions of all fields together
    confirmed: Estimate
    ceiling: Ceiling | None
    slices: tuple[Slice, ...]

    @property
    def weakest(self) -> FieldEvaluation | None:
        """The field with the lowest kappa, if any has one."""
        compared = [field for field in self.fields.values() if field.agreement.has_kappa]
        return min(compared, key=lambda field: field.agreement.kappa.value, default=None)


def evaluate(predictions: HeldOutPredictions, *, coders: Codings | None = None, seed: int = 0) -> Evaluation:
    """Compute the metrics of held-out predictions, and the ceiling if some outcomes were coded by single coders."""
    fields = {name: _evaluate_field(predictions, name, seed) for name in predictions.fields}
    is_new = np.array([outcome.fragment_id not in predictions.repeats for outcome in predictions.outcomes])
    first_suggestions = [
        (field.predictions.confidence.max(axis=1), field.predictions.best == field.predictions.agreed_main)
        for field in fields.values()
    ]
    routes = [
        (is_right, route)
        for field in fields.values()
        for is_right, route in zip(field.predictions.is_right, field.predictions.routes, strict=True)
    ]
    confirmed = [bool(is_right) for is_right, route in routes if route is Route.CONFIRM]
    return Evaluation(
        predictions=predictions,
        mean_kappa=_mean_kappas(predictions, seed),
        new_only=_mean_kappas(predictions.of(is_new), seed) if predictions.repeats else {},
        fields=fields,
        reliability=measure_reliability(
            np.concatenate([confidence for confidence, _ in first_suggestions]),
            np.concatenate([right for _, right in first_suggestions]),
        ),
        confirmed=exact_share(sum(confirmed), len(confirmed)),
        ceiling=None if coders is None else _ceiling(predictions, coders, seed),
        slices=tuple(_slices(predictions, seed)),
    )


def held_codings(predictions: HeldOutPredictions, coders: Codings, name: str) -> npt.NDArray[np.bool_]:
    """Find the outcomes of the predictions that two coders or more coded in a field; shape (n_outcomes,)."""
    if name not in coders.fields or name not in predictions.fields:
        return np.zeros(len(predictions.outcomes), dtype=bool)
    compared = dict(zip(coders.fragment_ids, coders.fields[name].is_compared.tolist(), strict=True))
    tested = set(predictions.fields[name].rows.tolist())
    return np.array(
        [row in tested and compared.get(outcome.fragment_id, False) for row, outcome in enumerate(predictions.outcomes)]
    )


def _evaluate_field(predictions: HeldOutPredictions, name: str, seed: int) -> FieldEvaluation:
    field = predictions.fields[name]
    groups = predictions.groups[field.rows]
    is_right = field.is_right
    confidence, right = field.confidence.max(axis=1), field.best == field.agreed_main
    to_confirm = np.array([route is Route.CONFIRM for route in field.routes])
    kept, precision = _precision_by_share_kept(field.joint_confidence, is_right)
    bootstrap = ClusterBootstrap.draw(groups, seed=seed)
    baselines = {}
    for name_of_baseline in field.baselines:
        baselines[name_of_baseline] = bootstrap.estimate(partial(kappa_of_two, field.codings(name_of_baseline).main))
    given = field.is_given
    return FieldEvaluation(
        predictions=field,
        agreement=compare(field.codings(), groups=groups, seed=seed),
        baselines=baselines,
        reliability=measure_reliability(confidence, right, seed=seed),
        bins=reliability_bins(confidence, right),
        sets={level: _set_metrics(field, possible, bootstrap) for level, possible in field.sets.items()},
        confirmed=exact_share(int(is_right[to_confirm].sum()), int(to_confirm.sum())),
        kept=kept,
        precision=precision,
        counts=tuple(
            CodeCount(
                code=code,
                n_coders=int(given[:, place].sum()),
                n_suggested=sum(code in codes for codes in field.suggested),
            )
            for place, code in enumerate(field.field.code_names)
        ),
    )


def _set_metrics(field: FieldPredictions, possible: npt.NDArray[np.bool_], bootstrap: ClusterBootstrap) -> SetMetrics:
    given = field.is_given
    n_given, n_covered = given.sum(axis=1), (given & possible).sum(axis=1)
    return SetMetrics(
        covered=bootstrap.estimate(lambda weights: (weights @ n_covered) / np.maximum(weights @ n_given, 1)),
        n_codes=float(possible.sum(axis=1).mean()),
    )


def _precision_by_share_kept(
    joint_confidence: FloatArray, is_right: npt.NDArray[np.bool_]
) -> tuple[FloatArray, FloatArray]:
    order = np.argsort(-joint_confidence, kind="stable")
    n_kept = np.arange(1, len(order) + 1)
    precision = np.cumsum(is_right[order]) / n_kept
    # Outcomes of equal joint confidence are kept together.
    is_last = np.append(np.diff(joint_confidence[order]) != 0, True) & (n_kept >= min(_LEAST_KEPT, len(order)))
    return n_kept[is_last] / len(order), precision[is_last]


def _mean_kappas(predictions: HeldOutPredictions, seed: int) -> dict[str, MeanEstimate]:
    methods = (OURS, *next(iter(predictions.fields.values())).baselines) if predictions.fields else ()
    return {
        method: mean_kappa(
            [predictions.codings(name, method) for name in predictions.fields], groups=predictions.groups, seed=seed
        )
        for method in methods
    }


def _ceiling(predictions: HeldOutPredictions, coders: Codings, seed: int) -> Ceiling | None:
    agreements, shares = {}, {}
    place = {name: row for row, name in enumerate(coders.fragment_ids)}
    n_outcomes = 0

    def theirs(name: str, rows: Sequence[int]) -> FieldCodings:
        return coders.fields[name].of(
            np.array([place[predictions.outcomes[row].fragment_id] for row in rows], dtype=np.intp)
        )

    for name, field in predictions.fields.items():
        chosen = held_codings(predictions, coders, name)
        if not chosen.any():
            continue
        compared = field.of(chosen[field.rows])
        # Outcomes coded by one coder alone count towards how often codes are given, and so to chance agreement.
        known = [row for row in field.rows.tolist() if predictions.outcomes[row].fragment_id in place]
        agreements[name] = compare(theirs(name, known), groups=predictions.groups[known], seed=seed)
        shares[name] = compare_with_ceiling(
            theirs(name, compared.rows.tolist()),
            compared.suggested,
            groups=predictions.groups[compared.rows],
            seed=seed,
        )
        n_outcomes = max(n_outcomes, len(compared.rows))
    if not agreements:
        return None
    return Ceiling(names=coders.coders, n_outcomes=n_outcomes, coders=agreements, shares=shares)


def _slices(predictions: HeldOutPredictions, seed: int) -> Iterator[Slice]:
    for by, value_of in _SLICED.items():
        values = [value_of(outcome) for outcome in predictions.outcomes]
        if len(set(values)) > _MOST_VALUES or any(len(value) > _LONGEST_VALUE for value in values):
            continue  # the column holds texts, which must not appear in a report
        for value in sorted({value for value in values if value}, key=lambda value: (-values.count(value), value)):
            part = predictions.of(np.array([other == value for other in values]))
            kappa = mean_kappa([part.codings(name) for name in part.fields], groups=part.groups, seed=seed)
            yield Slice(by=by, value=value, n_outcomes=len(part.outcomes), kappa=kappa)


def _length(outcome: Outcome) -> str:
    if outcome.story.n_words < _SHORT:
        return f"below {_SHORT} words"
    return f"{_SHORT} to {_LONG} words" if outcome.story.n_words <= _LONG else f"above {_LONG} words"


def _redaction(outcome: Outcome) -> str:
    share = redacted_share(outcome.story.merged)
    if not share:
        return "nothing redacted"
    return "heavily redacted" if share >= MOST_REDACTED else "something redacted"


def _language(outcome: Outcome) -> str:
    return "" if outcome.story.n_words < MIN_WORDS else language_of(outcome.story.description)


_SLICED: dict[str, Callable[[Outcome], str]] = {
    "country": lambda outcome: outcome.country,
    "period": lambda outcome: outcome.period,
    "length of the story": _length,
    "redaction": _redaction,
    "language": _language,
}
