"""The commands that measure and count coded harvests."""

from __future__ import annotations

import time
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from classifier.cli.options import (
    AsJson,
    CodebookFile,
    CoderColumn,
    Encoders,
    MatchIds,
    NoCache,
    Overwrite,
    Quiet,
    inner_share,
    plain_errors,
    reads_harvests,
    say,
)
from classifier.harvest.options import ReadingOptions

report_app = typer.Typer()


class ReportFormat(StrEnum):
    """What is printed of a report."""

    HTML = "html"
    MD = "md"


@report_app.command(epilog="Example: outcome-coder agreement coder_a.xlsx coder_b.xlsx --codebook codebook.yaml")
@reads_harvests
def agreement(
    coded: Annotated[list[Path], typer.Argument(help="The same outcomes, coded by each coder in a file of their own.")],
    codebook: CodebookFile = None,
    width: Annotated[
        float, typer.Option(callback=inner_share, help="Width of the interval of kappa to plan for.")
    ] = 0.1,
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Decides what is drawn for intervals.")] = 0,
    adjudicate: Annotated[
        Path | None,
        typer.Option("--adjudicate", metavar="FILE", help="Also write a workbook to settle the differences in."),
    ] = None,
    with_text: Annotated[
        bool, typer.Option("--with-text", help="Put outcome texts into it, but for confidential ones.")
    ] = False,
    settle: Annotated[
        Path | None,
        typer.Option("--settle", metavar="FILE", help="Read that workbook back, and write the agreed codes to --out."),
    ] = None,
    coder: Annotated[str | None, typer.Option("--coder", metavar="NAME", help="Who settled; with --settle.")] = None,
    out: Annotated[
        Path, typer.Option("--out", metavar="FILE", help="A copy of the first file with the agreed codes.")
    ] = Path("agreed.xlsx"),
    match_ids: MatchIds = False,
    coder_column: CoderColumn = None,
    options: ReadingOptions = ReadingOptions(),
    overwrite: Overwrite = False,
    as_json: AsJson = False,
) -> None:
    """Say how far coders agree, by field and by code; settle where they differ.

    Outcomes are matched by FragmentID; any may be missing from any file, and codes may be missing too.
    IDs that look alike and are not the same are told; --match-ids takes them for the same. A file with a row
    for each outcome and coder, as annotation tools write, is compared by --coder-column.
    Also says how many outcomes should be coded twice for an interval of --width. With --adjudicate, the
    differences go to a workbook with drop-downs; when it is filled, --settle writes the agreed codes with
    who and when. With --settle a single file will do, to settle what an evaluation report lists.
    """
    started = time.monotonic()
    with plain_errors():
        from classifier.agreement.console_summary import summarise_agreement, summarise_settled
        from classifier.agreement.workflow import compare_coders, settle_differences, write_differences
        from classifier.codebook.schema import Codebook, sample_codebook

        if coder is not None and settle is None:
            raise typer.BadParameter("--coder says who settled; add --settle FILE, or leave it out")
        if with_text and adjudicate is None:
            raise typer.BadParameter(
                "--with-text is of the workbook of differences; add --adjudicate FILE, or leave it out"
            )
        asked = sample_codebook() if codebook is None else Codebook.read(codebook)
        options = replace(options, coder_column=coder_column)
        if settle is not None:
            written = settle_differences(
                coded,
                settle,
                coder=coder or "",
                out=out,
                codebook=asked,
                options=options,
                match_ids=match_ids,
                overwrite=overwrite,
            )
            summary = summarise_settled(written, seconds=time.monotonic() - started)
        else:
            compared = compare_coders(coded, codebook=asked, options=options, match_ids=match_ids, seed=seed)
            if adjudicate is not None:
                write_differences(
                    compared.codings, adjudicate, codebook=asked, with_text=with_text, overwrite=overwrite
                )
            summary = summarise_agreement(
                compared, width=width, differences=adjudicate, seconds=time.monotonic() - started
            )
    say(summary, quiet=False, as_json=as_json)


@report_app.command("summary", epilog="Example: outcome-coder summary coded.xlsx --by country --out summary.xlsx")
@reads_harvests
def summary_of_codes(
    coded: Annotated[list[Path], typer.Argument(help="Coded harvests, one or several.")],
    by: Annotated[
        list[str] | None,
        typer.Option("--by", metavar="COLUMN", help="Count by this column too, such as the year; may be given again."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write all tables to a workbook (.xlsx), with charts.")
    ] = None,
    coder_column: CoderColumn = None,
    coder: Annotated[
        str | None,
        typer.Option("--coder", metavar="NAME", help="Count the codes of one of the coders; with --coder-column."),
    ] = None,
    codebook: CodebookFile = None,
    options: ReadingOptions = ReadingOptions(),
    overwrite: Overwrite = False,
    as_json: AsJson = False,
) -> None:
    """Count the codes of a coded harvest: how many outcomes have each, and beside what.

    Prints the counts of each field, and by the column named. The workbook holds these, any two fields
    against each other, and each by country, period, negative and unintended. It holds no text. With
    --coder-column, the codes that all coders of an outcome agree on are counted, or those of --coder.
    """
    started = time.monotonic()
    with plain_errors():
        from classifier.codebook.schema import Codebook
        from classifier.report.crosstab.console_summary import summarise_counts
        from classifier.report.crosstab.workflow import count_harvests

        if coder is not None and coder_column is None:
            raise typer.BadParameter("--coder is one of those that --coder-column names; add it, or leave it out")
        counted = count_harvests(
            coded,
            codebook=None if codebook is None else Codebook.read(codebook),
            by=by or (),
            out=out,
            options=replace(options, coder_column=coder_column),
            coder=coder,
            overwrite=overwrite,
        )
        summary = summarise_counts(counted, seconds=time.monotonic() - started)
    say(summary, quiet=False, as_json=as_json)


@report_app.command(
    epilog="Example: outcome-coder evaluate harvest_1.xlsx harvest_2.xlsx --test harvest_3.xlsx --out report"
)
@reads_harvests
def evaluate(
    coded: Annotated[
        list[Path] | None,
        typer.Argument(help="Coded harvests. Each outcome is held out in turn, unless said otherwise."),
    ] = None,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="The folder of the report.")] = Path("report"),
    test: Annotated[
        Path | None, typer.Option("--test", metavar="CODED", help="Learn from the others, and test on this one.")
    ] = None,
    by_period: Annotated[
        bool, typer.Option("--by-period", help="Test on each harvest period, and learn from the earlier ones.")
    ] = False,
    leave_out: Annotated[
        str | None,
        typer.Option(
            "--leave-out",
            metavar="COLUMN",
            help="Test on each value of a column, such as a country, and learn from the rest; id-prefix for partners.",
        ),
    ] = None,
    folds: Annotated[int, typer.Option("--folds", min=2, help="In how many parts outcomes are held out.")] = 10,
    model: Annotated[
        str | None,
        typer.Option("--model", metavar="NAME", help="Test this model, in place of training one for the test."),
    ] = None,
    suggestions: Annotated[
        Path | None, typer.Option("--suggestions", metavar="JSONL", help="Suggestions given before; with --codes.")
    ] = None,
    codes: Annotated[
        Path | None, typer.Option("--codes", metavar="CODED", help="The codes that coders settled on since.")
    ] = None,
    coder: Annotated[
        list[Path] | None,
        typer.Option("--coder", metavar="CODED", help="The codes of one coder; give it for each, to know the ceiling."),
    ] = None,
    sample: Annotated[
        Path | None, typer.Option("--sample", metavar="CODED", help="A random sample of a harvest, coded; with --all.")
    ] = None,
    everything: Annotated[
        Path | None, typer.Option("--all", metavar="HARVEST", help="The harvest it was drawn from, to count codes in.")
    ] = None,
    repeats: Annotated[
        Path | None,
        typer.Option("--repeats", metavar="CSV", help="Known near-duplicates. (default: those that are found)"),
    ] = None,
    coverage: Annotated[float, typer.Option(callback=inner_share, help="As of `suggest`.")] = 0.9,
    precision: Annotated[float, typer.Option(callback=inner_share, help="As of `suggest`.")] = 0.95,
    with_text: Annotated[
        bool,
        typer.Option(
            "--with-text", help="Put outcome texts into the adjudication workbook, but for confidential ones."
        ),
    ] = False,
    markdown: Annotated[
        ReportFormat, typer.Option("--format", help="Also print the report, to paste: md.")
    ] = ReportFormat.HTML,
    codebook: CodebookFile = None,
    encoder: Encoders = None,
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Decides folds and draws.")] = 0,
    options: ReadingOptions = ReadingOptions(),
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace an earlier report, with what people put into its folder.")
    ] = False,
    no_cache: NoCache = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Report how far suggestions agree with coders, and coders with each other.

    Writes a folder with a page to read (report.html), figures for programs (report.json), tables and
    pictures. No outcome is judged by a model that has learnt from it. A few minutes for 400 outcomes.
    """
    started = time.monotonic()
    with plain_errors():
        from classifier.codebook.schema import Codebook
        from classifier.evaluation.options import EvaluationOptions
        from classifier.features.registry import DEFAULT_ENCODERS
        from classifier.progress import progress_bars
        from classifier.report.console_summary import summarise_report
        from classifier.report.render import to_markdown
        from classifier.report.workflow import report_on

        asked = EvaluationOptions(
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
            seed=seed,
            options=options,
        )
        is_text = markdown is ReportFormat.MD
        with progress_bars(quiet=quiet or as_json) as progress:
            reported = report_on(
                asked,
                out=out,
                codebook=None if codebook is None else Codebook.read(codebook),
                encoders=encoder or DEFAULT_ENCODERS,
                with_text=with_text,
                overwrite=overwrite,
                cache=not no_cache,
                progress=progress,
            )
        summary = summarise_report(reported, out=out, seconds=time.monotonic() - started)
    if is_text:
        typer.echo(to_markdown(reported.report))
    else:
        say(summary, quiet=quiet, as_json=as_json)
