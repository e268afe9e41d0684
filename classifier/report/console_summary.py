"""What a report found, in the few lines that its user reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from classifier.agreement.by_field import TOO_FEW, MeanEstimate
from classifier.evaluation.evaluated import Evaluated
from classifier.evaluation.predictions import OURS
from classifier.report.folder import FIGURES, PAGE
from classifier.report.formatting import fields_told
from classifier.report.workflow import Reported
from classifier.summary import Summary


def summarise_report(reported: Reported, *, out: Path, seconds: float) -> Summary:
    """Summarise what a report says."""
    evaluated, report = reported.evaluated, reported.report
    evaluation = evaluated.evaluation
    ways = [way for way in evaluation.mean_kappa if way != "commonest code"]
    return Summary(
        opening=(
            f"{len(evaluated.predictions.outcomes)} outcomes: {evaluated.split}",
            *((f"Sample data. {report.warning}",) if report.warning else ()),
            *(f"{heading}: {text}" for heading, text in report.opening.items()),
        ),
        tables=(
            (
                ("Cohen's kappa", *ways),
                *(
                    (
                        name,
                        *(
                            str(one.agreement.kappa if way == OURS else one.baselines[way])
                            if one.agreement.is_enough
                            else TOO_FEW
                            for way in ways
                        ),
                    )
                    for name, one in evaluation.fields.items()
                ),
                _mean_row(evaluated, evaluation.mean_kappa, ways, "mean"),
                *(
                    [_mean_row(evaluated, evaluation.new_only, ways, "without repeats: mean")]
                    if evaluation.new_only
                    else []
                ),
            ),
        ),
        notes=evaluated.notes,
        ending=f"Wrote {out / PAGE} and {out / FIGURES} in {seconds:.0f} s",
        plain={
            **report.figures,
            "out": str(out),
            "warnings": [str(note) for note in evaluated.notes],
            "seconds": round(seconds, 1),
        },
    )


def _mean_row(
    evaluated: Evaluated, means: Mapping[str, MeanEstimate], ways: Sequence[str], title: str
) -> tuple[str, ...]:
    """Write the means of the fields; of those that are not of the same fields as the first, of which they are."""
    ours = means[OURS]

    def told(mean: MeanEstimate) -> str:
        if not mean.fields:
            return TOO_FEW
        return str(mean) if mean.fields == ours.fields else f"{mean}, of {fields_told(evaluated, mean)}"

    return (f"{title} of {fields_told(evaluated, ours)}", *(told(means[way]) for way in ways))
