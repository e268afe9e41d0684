"""Figures of an evaluation for programs (report.json); see docs/report.md."""

from __future__ import annotations

import math
from typing import Any

from classifier import __version__
from classifier.agreement.bootstrap import Estimate
from classifier.agreement.by_field import MeanEstimate
from classifier.evaluation.calibration_error import Reliability
from classifier.evaluation.evaluated import Evaluated
from classifier.evaluation.label_errors import Cause
from classifier.evaluation.metrics import Ceiling, FieldEvaluation
from classifier.evaluation.prevalence import CorrectedCount
from classifier.report.formatting import column_of
from classifier.versions import library_versions

SCHEMA = 1
"""Version of the keys; see docs/report.md."""
# Keys stay as they are when the words on the page change.
_CAUSE_KEYS = {Cause.LABEL: "likely label slip", Cause.DEFINITION: "unclear definition", Cause.MODEL: "model error"}


def evaluation_as_dict(evaluated: Evaluated, made: str) -> dict[str, Any]:
    """Return all figures as plain values; None for what isn't defined."""
    evaluation = evaluated.evaluation
    return {
        "schema": SCHEMA,
        "made_by": f"outcome-coder {__version__}",
        "made": made,
        "split": evaluated.split,
        "seed": evaluated.options.seed,
        "n": len(evaluated.predictions.outcomes),
        "files": dict(evaluated.hashes),
        "confidentiality": evaluated.confidentiality.as_dict(),
        "versions": library_versions(),
        "mean_cohen_kappa": {method: _mean(mean) for method, mean in evaluation.mean_kappa.items()},
        "mean_cohen_kappa_without_repeats": {method: _mean(mean) for method, mean in evaluation.new_only.items()},
        **_calibration(evaluation.reliability),
        "confirm": _estimate(evaluation.confirmed),
        "fields": {name: _field(evaluated, name, field) for name, field in evaluation.fields.items()},
        "ceiling": None if evaluation.ceiling is None else _ceiling(evaluation.ceiling),
        "parts": [
            {"by": part.by, "value": part.value, "n": part.n_outcomes, "mean_cohen_kappa": _mean(part.kappa)}
            for part in evaluation.slices
        ],
        "disagreements": {
            key: sum(found.cause is cause for found in evaluated.disagreements) for cause, key in _CAUSE_KEYS.items()
        },
        "corrected_counts": {
            name: {code: _corrected_count(count) for code, count in counts.items()}
            for name, counts in evaluated.counts.items()
        },
    }


def _field(evaluated: Evaluated, name: str, field: FieldEvaluation) -> dict[str, Any]:
    agreement, asked = field.agreement, evaluated.options.coverage
    coverage = field.sets[asked if asked in field.sets else min(field.sets)].covered
    return {
        "column": column_of(evaluated, name),
        "n": agreement.n_outcomes,
        "enough": agreement.is_enough,
        **{str(coefficient): _round(estimate.value) for coefficient, estimate in agreement.estimates.items()},
        **_calibration(field.reliability),
        "brier": _round(field.reliability.brier),
        "log_loss": _round(field.reliability.log_loss),
        "coverage": _round(coverage.value),
        "intervals": {
            **{str(coefficient): _interval(estimate) for coefficient, estimate in agreement.estimates.items()},
            "coverage": _interval(coverage),
        },
        "baselines": {method: _estimate(kappa) for method, kappa in field.baselines.items()},
        "prediction_sets": [
            {"asked": level, "coverage": _estimate(sets.covered), "codes": _round(sets.n_codes)}
            for level, sets in field.sets.items()
        ],
        "confirm": _estimate(field.confirmed),
        "codes": [
            {
                "code": code.code,
                "n": code.n_outcomes,
                "doubt": code.doubt,
                "coders": count.n_coders,
                "suggested": count.n_suggested,
                **{str(coefficient): _estimate(estimate) for coefficient, estimate in code.estimates.items()},
            }
            for code, count in zip(agreement.codes, field.counts, strict=True)
        ],
        "confusion": agreement.confusion.tolist(),
    }


def _ceiling(ceiling: Ceiling) -> dict[str, Any]:
    return {
        "coders": list(ceiling.names),
        "fields": {
            name: {
                "n": field.n_outcomes,
                "differ": field.n_differ,
                **{str(coefficient): _estimate(estimate) for coefficient, estimate in field.estimates.items()},
                "suggestions_with_coders": _estimate(ceiling.shares[name].main.suggestions),
                "share_of_ceiling": _estimate(ceiling.shares[name].main.share),
                "codes": {code: share.as_dict() for code, share in ceiling.shares[name].codes.items()},
            }
            for name, field in ceiling.coders.items()
        },
    }


def _corrected_count(count: CorrectedCount) -> dict[str, Any]:
    return {
        "n": count.n_outcomes,
        "n_sample": count.n_sample,
        "in_sample": count.n_in_sample,
        "suggested": count.n_suggested,
        "count": _round(count.count),
        "low": _round(count.low),
        "high": _round(count.high),
        "from_sample_alone": count.is_exact,
    }


def _calibration(reliability: Reliability) -> dict[str, Any]:
    return {
        "ece": _round(reliability.calibration_error),
        "ece_of_perfect": [_round(reliability.perfect_low), _round(reliability.perfect_high)],
    }


def _estimate(estimate: Estimate) -> dict[str, Any]:
    return {**Estimate.as_dict(estimate), "n": estimate.n_outcomes}


def _mean(mean: MeanEstimate) -> dict[str, Any]:
    return {**_estimate(mean), "fields": list(mean.fields), "left_out": dict(mean.left_out)}


def _interval(estimate: Estimate) -> list[float | None]:
    return [_round(estimate.low), _round(estimate.high)]


def _round(value: float) -> float | None:
    return round(value, 4) if math.isfinite(value) else None
