"""Console summary of a learning curve."""

from __future__ import annotations

from pathlib import Path

from classifier.evaluation.learning_curve import FieldCurve, LearningCurve
from classifier.summary import Summary
from classifier.wording import listed


def summarise_curve(curve: LearningCurve, *, out: Path, seconds: float) -> Summary:
    """Summarise a learning curve, and how many more outcomes each code needs."""
    return Summary(
        opening=(
            *filter(None, [str(curve.confidentiality)]),
            f"Trained on up to {max(max(field.points) for field in curve.fields.values())} of {curve.n_outcomes} coded "
            "outcomes, tested on others. Cohen's kappa by the number of training outcomes:",
            *(
                f"  {curve.codebook.field(name).heading}: {_describe_points(field)}"
                for name, field in curve.fields.items()
            ),
            f"Outcomes needed with a code to reach an F1 of {curve.target:g} (in brackets, the range of 8 in 10 "
            f"resamples{_first_codes(curve)}):",
        ),
        tables=(curve.needs_table,),
        ending=f"Wrote {out} in {seconds:.0f} s",
        plain={
            "outcomes": curve.n_outcomes,
            "confidentiality": curve.confidentiality.as_dict(),
            "kappa": {
                name: {
                    "definitions only": field.by_definition.as_dict(),
                    **{str(size): field.points[size].as_dict() for size in sorted(field.points)},
                }
                for name, field in curve.fields.items()
            },
            "target": curve.target,
            "needs": [
                {
                    "field": need.field,
                    "code": need.code,
                    "outcomes": need.n_examples,
                    "f1": round(need.f1, 4) if need.n_examples else None,
                    "more": need.n_more,
                    "low": need.low,
                    "high": need.high,
                }
                for need in curve.needs
            ],
            "out": str(out),
            "seconds": round(seconds, 1),
        },
    )


def _describe_points(curve: FieldCurve) -> str:
    points = ", ".join(f"{size} {curve.points[size].point}" for size in sorted(curve.points))
    return f"0 (definitions only) {curve.by_definition.point}, {points}"


def _first_codes(curve: LearningCurve) -> str:
    """Say which outcomes count where an outcome may have several codes."""
    several = [field.heading for name in curve.fields if (field := curve.codebook.field(name)).is_multiple]
    return f"; in {listed(several)}, only outcomes with the code as the first one count" if several else ""
