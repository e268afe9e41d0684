"""Reports, from coded harvests to a folder; and the plot of a learning curve."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from classifier.agreement.adjudication import Difference, texts_to_show
from classifier.agreement.adjudication_workbook import write_adjudication
from classifier.codebook.schema import Codebook, sample_codebook
from classifier.errors import OutputError
from classifier.evaluation.evaluated import Evaluated
from classifier.evaluation.learning_curve import TARGET, LearningCurve, draw_learning_curve
from classifier.evaluation.options import EvaluationOptions
from classifier.evaluation.predictions import OURS
from classifier.evaluation.workflow import evaluate_files
from classifier.features.device import PROCESSOR
from classifier.features.registry import DEFAULT_ENCODERS, open_encoders
from classifier.files import check_new, check_writable
from classifier.harvest.coded import read_coded_harvests
from classifier.harvest.confidentiality import leave_out_confidential, telling_left_out
from classifier.harvest.options import ReadingOptions
from classifier.progress import NO_PROGRESS, ProgressReporter
from classifier.report.crosstab.workflow import write_all_tables
from classifier.report.document import Report
from classifier.report.evaluation_report import build_report
from classifier.report.folder import ADJUDICATION, check_folder, save_report
from classifier.report.plots import plot_learning_curve

TABLES = "tables/harvest.xlsx"


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenReport:
    """A report that was written, with its evaluation."""

    evaluated: Evaluated
    report: Report


def report_on(
    options: EvaluationOptions,
    *,
    out: Path,
    codebook: Codebook | None = None,
    encoders: Sequence[str] = DEFAULT_ENCODERS,
    with_text: bool = False,
    overwrite: bool = False,
    cache: bool = True,
    device: str = PROCESSOR,
    progress: ProgressReporter = NO_PROGRESS,
) -> WrittenReport:
    """Evaluate, and write the report to a folder, or nothing if something must be corrected first."""
    check_folder(out, overwrite=overwrite)
    evaluated = evaluate_files(
        options, codebook=codebook, encoders=encoders, cache=cache, device=device, progress=progress
    )
    report = build_report(evaluated)
    save_report(report, out, workbooks=_workbooks(evaluated, with_text=with_text), overwrite=overwrite)
    return WrittenReport(evaluated=evaluated, report=report)


def save_evaluation(evaluated: Evaluated, folder: Path | str, *, overwrite: bool = False) -> Report:
    """Write the report of an evaluation to a folder; texts of outcomes are left out.

    Raises
    ------
    OutputError
        If the folder exists and `overwrite` is not given, or holds other files.
    """
    folder = Path(folder)
    check_folder(folder, overwrite=overwrite)
    report = build_report(evaluated)
    save_report(report, folder, workbooks=_workbooks(evaluated, with_text=False), overwrite=overwrite)
    return report


def _workbooks(evaluated: Evaluated, *, with_text: bool) -> dict[str, Callable[[Path], None]]:
    """Return the workbooks of the folder, each by its name with the function that writes it."""
    workbooks: dict[str, Callable[[Path], None]] = {
        TABLES: lambda path: write_all_tables(evaluated.harvests, evaluated.codebook, path)
    }
    if not evaluated.disagreements:
        return workbooks
    differences = [
        Difference(
            fragment_id=found.fragment_id,
            field=found.field,
            codes={"coders": found.agreed, OURS: found.suggested},
            kind=str(found.cause),
            margin=min(found.margin, 1.0),
        )
        for found in evaluated.disagreements
    ]
    texts = _texts(evaluated) if with_text else None
    workbooks[ADJUDICATION] = lambda path: write_adjudication(
        path, differences, codebook=evaluated.codebook, texts=texts
    )
    return workbooks


def _texts(evaluated: Evaluated) -> dict[str, str]:
    """Return the stories of the outcomes tested, except those that any file marks as confidential."""
    coders = evaluated.coders.harvests if evaluated.coders is not None else ()
    tested = {outcome.fragment_id for outcome in evaluated.predictions.outcomes}
    outcomes = [outcome for harvest in (*evaluated.harvests, *coders) for outcome in harvest.outcomes]
    return texts_to_show([outcome for outcome in outcomes if outcome.fragment_id in tested])


def draw_curve(
    coded: Iterable[Path | str],
    *,
    out: Path,
    codebook: Codebook | None = None,
    target: float = TARGET,
    encoders: Sequence[str] = DEFAULT_ENCODERS,
    seed: int = 0,
    cache: bool = True,
    include_confidential: bool = False,
    overwrite: bool = False,
    device: str = PROCESSOR,
    options: ReadingOptions = ReadingOptions(),
    progress: ProgressReporter = NO_PROGRESS,
) -> LearningCurve:
    """Plot the learning curve of coded harvests as a PNG; see `classifier.evaluation.learning_curve`.

    Outcomes marked confidential are left out by default.
    """
    if out.suffix.lower() != ".png":
        raise OutputError(f"{out}: a learning curve is drawn as .png; choose a name that ends so")
    check_new(out, overwrite=overwrite)
    check_writable(out)
    codebook = codebook or sample_codebook()
    read = read_coded_harvests(coded, codebook=codebook, options=options)
    harvests, confidentiality = leave_out_confidential(read, codebook, include_confidential=include_confidential)
    with telling_left_out(confidentiality):
        curve = draw_learning_curve(
            harvests,
            codebook=codebook,
            sources=open_encoders(encoders, device=device, cache=cache),
            target=target,
            seed=seed,
            progress=progress,
        )
    plot_learning_curve(curve, out)
    return replace(curve, confidentiality=confidentiality)
