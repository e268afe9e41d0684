"""Console summary of a learning curve."""

from __future__ import annotations

from pathlib import Path

from classifier.evaluation.learning_curve import FieldCurve, LearningCurve
from classifier.summary import Summary


def summarise_curve(curve: LearningCurve, *, out: Path, seconds: float) -> Summary:
    """Summarise what coded outcomes were worth, and how many more each code needs."""
    return Summary(
        opening=(
            f"Learnt from up to {max(max(one.points) for one in curve.fields.values())} of {curve.n_outcomes} coded "
            "outcomes, tested on others. Cohen's kappa by how many were learnt from:",
            *(f"  {name}: {_points_told(one)}" for name, one in curve.fields.items()),
            f"How many more outcomes with a code it takes to find it with an F1 of {curve.target:g} (in brackets, 8 of "
            "10 resamples):",
        ),
        tables=(
            (
                ("Field", "Code", "Outcomes", "F1 now", "More outcomes with it"),
                *(
                    (one.field, one.code, str(one.n_examples), f"{one.f1:.2f}" if one.n_examples else "", str(one))
                    for one in curve.needs
                ),
            ),
        ),
        notes=(),
        ending=f"Wrote {out} in {seconds:.0f} s",
        plain={
            "outcomes": curve.n_outcomes,
            "kappa": {
                name: {
                    "definitions only": one.by_definition.as_dict(),
                    **{str(size): one.points[size].as_dict() for size in sorted(one.points)},
                }
                for name, one in curve.fields.items()
            },
            "target": curve.target,
            "needs": [
                {
                    "field": one.field,
                    "code": one.code,
                    "outcomes": one.n_examples,
                    "f1": round(one.f1, 4) if one.n_examples else None,
                    "more": one.n_more,
                    "low": one.low,
                    "high": one.high,
                }
                for one in curve.needs
            ],
            "out": str(out),
            "seconds": round(seconds, 1),
        },
    )


def _points_told(one: FieldCurve) -> str:
    points = ", ".join(f"{size} {one.points[size].value:.2f}" for size in sorted(one.points))
    return f"0 (definitions only) {one.by_definition.value:.2f}, {points}"
