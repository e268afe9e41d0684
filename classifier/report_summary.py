"""What a report found, in the few lines that its user reads."""

from __future__ import annotations

from pathlib import Path

from classifier.comparison import TOO_FEW
from classifier.report_folder import FIGURES, PAGE
from classifier.report_job import Reported
from classifier.resampling import Figure
from classifier.summary import Summary
from classifier.trials import OURS

__all__ = ["summarise_report"]


def summarise_report(reported: Reported, *, out: Path, seconds: float) -> Summary:
    """Summarise what a report says."""
    evaluated, report = reported.evaluated, reported.report
    evaluation = evaluated.evaluation
    ways = [way for way in evaluation.mean_kappa if way != "commonest code"]
    return Summary(
        opening=(
            f"{len(evaluated.trial.outcomes)} outcomes: {evaluated.split}",
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
                            str(one.agreement.kappa if way == OURS else one.others[way])
                            if one.agreement.is_enough
                            else TOO_FEW
                            for way in ways
                        ),
                    )
                    for name, one in evaluation.fields.items()
                ),
                ("mean of the fields", *(_told(evaluation.mean_kappa[way]) for way in ways)),
                *(
                    [("without repeats", *(_told(evaluation.new_only[way]) for way in ways))]
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


def _told(figure: Figure) -> str:
    return str(figure) if figure.n_outcomes else TOO_FEW
