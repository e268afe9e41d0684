"""The command evaluate."""

from __future__ import annotations

import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from classifier.cli.options import (
    AsJson,
    Cluster,
    CodebookFile,
    Device,
    Encoders,
    IncludeConfidential,
    NoCache,
    Quiet,
    inner_share,
    plain_errors,
    reads_harvests,
    refuse_unused,
    say,
)
from classifier.cli.terminal import echo
from classifier.features.device import PROCESSOR
from classifier.harvest.options import ReadingOptions
from classifier.model.targets import DEFAULT_COVERAGE, DEFAULT_PRECISION

evaluation_app = typer.Typer()


class ReportFormat(StrEnum):
    """What is printed of a report."""

    HTML = "html"
    MD = "md"


Coded = Annotated[
    list[Path] | None,
    typer.Argument(help="Coded harvests. By default every outcome is tested by cross-validation."),
]
Test = Annotated[
    Path | None, typer.Option("--test", metavar="CODED", help="Train on the other files, and test on this one.")
]
ByPeriod = Annotated[
    bool, typer.Option("--by-period", help="Test on each harvest period, and train on the earlier ones.")
]
LeaveOut = Annotated[
    str | None,
    typer.Option(
        "--leave-out",
        metavar="COLUMN",
        help="Test on each value of a column, such as a country, and train on the rest; id-prefix for partners.",
    ),
]
Folds = Annotated[int, typer.Option("--folds", min=2, help="Number of folds in cross-validation.")]
TestedModel = Annotated[
    str | None,
    typer.Option("--model", metavar="NAME", help="Test this model, instead of training one for the test."),
]
GivenSuggestions = Annotated[
    Path | None, typer.Option("--suggestions", metavar="JSONL", help="Test suggestions made earlier; with --codes.")
]
AgreedCodes = Annotated[
    Path | None, typer.Option("--codes", metavar="CODED", help="The codes that coders have agreed on since.")
]
Coders = Annotated[
    list[Path] | None,
    typer.Option("--coder", metavar="CODED", help="The codes of one coder; repeat it, to compare with coders."),
]
Sample = Annotated[
    Path | None, typer.Option("--sample", metavar="CODED", help="A random sample of a harvest, coded; with --all.")
]
Population = Annotated[
    Path | None, typer.Option("--all", metavar="HARVEST", help="The whole harvest, in which codes are counted.")
]
Repeats = Annotated[
    Path | None,
    typer.Option("--repeats", metavar="CSV", help="Known near-duplicates. (default: those detected)"),
]
WithText = Annotated[
    bool,
    typer.Option("--with-text", help="Put outcome texts into the adjudication workbook, except confidential ones."),
]
Replace = Annotated[
    bool, typer.Option("--overwrite", help="Replace an earlier report, with anything added to its folder.")
]


@evaluation_app.command(
    epilog="Example: outcome-coder evaluate harvest_1.xlsx harvest_2.xlsx --test harvest_3.xlsx --out report"
)
@reads_harvests
def evaluate(
    context: typer.Context,
    coded: Coded = None,
    out: Annotated[Path, typer.Option("--out", metavar="FOLDER", help="The folder of the report.")] = Path("report"),
    test: Test = None,
    by_period: ByPeriod = False,
    leave_out: LeaveOut = None,
    folds: Folds = 10,
    model: TestedModel = None,
    suggestions: GivenSuggestions = None,
    codes: AgreedCodes = None,
    coder: Coders = None,
    sample: Sample = None,
    everything: Population = None,
    repeats: Repeats = None,
    coverage: Annotated[float, typer.Option(callback=inner_share, help="As in `suggest`.")] = DEFAULT_COVERAGE,
    precision: Annotated[float, typer.Option(callback=inner_share, help="As in `suggest`.")] = DEFAULT_PRECISION,
    with_text: WithText = False,
    markdown: Annotated[
        ReportFormat, typer.Option("--format", help="With md, also print the report as Markdown.")
    ] = ReportFormat.HTML,
    codebook: CodebookFile = None,
    encoder: Encoders = None,
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Seed of folds and bootstrap.")] = 0,
    include_confidential: IncludeConfidential = False,
    options: ReadingOptions = ReadingOptions(),
    overwrite: Replace = False,
    no_cache: NoCache = False,
    cluster: Cluster = None,
    device: Device = PROCESSOR,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Report the agreement of suggestions with coders, and of coders with each other.

    Writes a folder with a page to read (report.html), figures for programs (report.json), tables and
    plots. No outcome is judged by a model that was trained on it. Outcomes marked confidential are left out
    of training and test, as `train` leaves them out. Takes a few minutes for 400 outcomes.
    """
    started = time.monotonic()
    with plain_errors():
        from classifier.cluster import computing_on
        from classifier.codebook.schema import Codebook
        from classifier.evaluation.options import EvaluationOptions
        from classifier.features.registry import DEFAULT_ENCODERS
        from classifier.progress import progress_bars
        from classifier.report.console_summary import summarise_report
        from classifier.report.render import to_markdown
        from classifier.report.workflow import report_on

        _refuse_unused(context, has_model=model is not None, has_suggestions=suggestions is not None)
        evaluation_options = EvaluationOptions(
            coded=tuple(coded or ()),
            test=test,
            by_period=by_period,
            leave_out=leave_out,
            n_folds=folds,
            model=model,
            suggestions=suggestions,
            codes=codes,
            coders=tuple(coder or ()),
            sample=sample,
            everything=everything,
            repeats=repeats,
            coverage=coverage,
            precision=precision,
            include_confidential=include_confidential,
            seed=seed,
            reading=options,
        )
        is_text = markdown is ReportFormat.MD
        with computing_on(cluster), progress_bars(quiet=quiet or as_json) as progress:
            reported = report_on(
                evaluation_options,
                out=out,
                codebook=None if codebook is None else Codebook.read(codebook),
                encoders=encoder or DEFAULT_ENCODERS,
                with_text=with_text,
                overwrite=overwrite,
                cache=not no_cache,
                device=device,
                progress=progress,
            )
        summary = summarise_report(reported, out=out, seconds=time.monotonic() - started)
    if is_text:
        echo(to_markdown(reported.report))
    else:
        say(summary, quiet=quiet, as_json=as_json)


def _refuse_unused(context: typer.Context, *, has_model: bool, has_suggestions: bool) -> None:
    one = "leave one of the two out"
    if has_suggestions:
        if context.params["coded"]:
            raise typer.BadParameter("--suggestions are compared with --codes only; name no other coded harvest")
        reason = f"is for suggesting codes, and --suggestions were made earlier; {one}"
        refuse_unused(context, ["coverage", "precision", "encoder", "no_cache", "device"], reason=reason)
    if has_model:
        refuse_unused(context, ["encoder"], reason=f"is for training, and --model has its own; {one}")
    for chosen in ("test", "by_period", "leave_out", "model", "suggestions"):
        if context.params[chosen]:
            reason = f"is for cross-validation, and --{chosen.replace('_', '-')} chooses what is tested; {one}"
            refuse_unused(context, ["folds"], reason=reason)
    if context.params["markdown"] is ReportFormat.MD:
        refuse_unused(context, ["as_json"], reason=f"prints something else than --format md; {one}")
