"""The whole job of a report, from files to the folder it is written to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from classifier.codebook import Codebook
from classifier.encoders import DEFAULT_ENCODERS
from classifier.evaluating import Asked, Evaluated, evaluate_files
from classifier.progress import Advance, silent
from classifier.report import Report
from classifier.report_folder import check_folder, save_report
from classifier.report_writing import write_report

__all__ = ["Reported", "report_on"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """A report that was written, and what it tells of."""

    evaluated: Evaluated
    report: Report


def report_on(
    asked: Asked,
    *,
    out: Path,
    codebook: Codebook | None = None,
    encoders: Sequence[str] = DEFAULT_ENCODERS,
    with_text: bool = False,
    cache: bool = True,
    advance: Advance = silent,
) -> Reported:
    """Evaluate, and write the report to a folder; see `evaluate_files` and `save_report`.

    Raises
    ------
    OutcomeCoderError
        With what is to be put right; then nothing was written.
    """
    check_folder(out)
    evaluated = evaluate_files(asked, codebook=codebook, encoders=encoders, cache=cache, advance=advance)
    report = write_report(evaluated)
    save_report(report, out)
    return Reported(evaluated=evaluated, report=report)
