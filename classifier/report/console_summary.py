"""Console summary of an evaluation report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from classifier.agreement.by_field import TOO_FEW, MeanEstimate, fields_averaged
from classifier.evaluation.evaluated import Evaluated
from classifier.evaluation.metrics import FieldEvaluation
from classifier.evaluation.predictions import OURS
from classifier.report.folder import FIGURES, PAGE
from classifier.report.formatting import column_of, describe_mean
from classifier.report.workflow import WrittenReport
from classifier.summary import Summary
from classifier.wording import counted


def summarise_report(written: WrittenReport, *, out: Path, seconds: float) -> Summary:
    """Summarise a report: its overview, and kappa with the baselines."""
    evaluated, report = written.evaluated, written.report
    evaluation = evaluated.evaluation
    methods = [method for method in evaluation.mean_kappa if method != "commonest code"]
    rows = [_field_row(column_of(evaluated, name), field, methods) for name, field in evaluation.fields.items()]
    rows.append(_mean_row(evaluated, evaluation.mean_kappa, methods, "mean"))
    if evaluation.new_only:
        rows.append(_mean_row(evaluated, evaluation.new_only, methods, "without repeats: mean"))
    return Summary(
        opening=(
            f"{counted(len(evaluated.predictions.outcomes), 'outcome')}: {evaluated.split}",
            *filter(None, [str(evaluated.confidentiality)]),
            *((f"Sample data. {report.warning}",) if report.warning else ()),
            *(f"{heading}: {text}" for heading, text in report.opening.items()),
        ),
        tables=((("Cohen's kappa", "n", *methods), *rows),),
        notes=evaluated.notes,
        ending=f"Wrote {out / PAGE} and {out / FIGURES} in {seconds:.0f} s",
        plain={
            **report.figures,
            "out": str(out),
            "warnings": [str(note) for note in evaluated.notes],
            "seconds": round(seconds, 1),
        },
    )


def _field_row(title: str, field: FieldEvaluation, methods: Sequence[str]) -> tuple[str, ...]:
    agreement = field.agreement
    kappas = [agreement.kappa if method == OURS else field.baselines[method] for method in methods]
    cells = [str(kappa) if agreement.is_enough else TOO_FEW for kappa in kappas]
    return (title, str(agreement.n_outcomes), *cells)


def _mean_row(
    evaluated: Evaluated, means: Mapping[str, MeanEstimate], methods: Sequence[str], title: str
) -> tuple[str, ...]:
    ours = means[OURS]
    cells = [
        describe_mean(evaluated, means[method], beside=ours) if means[method].fields else TOO_FEW for method in methods
    ]
    return (f"{title} of {fields_averaged(ours, evaluated.codebook)}", str(ours.n_outcomes), *cells)
