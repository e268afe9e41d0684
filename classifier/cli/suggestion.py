"""The commands suggest and explain."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from classifier.cli.options import (
    AsJson,
    Cluster,
    CodebookFile,
    Device,
    HarvestFile,
    IncludeConfidential,
    ModelName,
    NoCache,
    Overwrite,
    Quiet,
    inner_share,
    known_language,
    plain_errors,
    reads_harvests,
    refuse_unused,
    say,
)
from classifier.cli.tables import printed_width
from classifier.cli.terminal import echo
from classifier.features.device import PROCESSOR
from classifier.harvest.options import ReadingOptions
from classifier.languages import ENGLISH
from classifier.model.targets import DEFAULT_COVERAGE, DEFAULT_PRECISION

suggestion_app = typer.Typer()


@suggestion_app.command(epilog="Example: outcome-coder suggest harvest_3.xlsx --out suggestions.xlsx")
@reads_harvests
def suggest(
    context: typer.Context,
    harvest: HarvestFile,
    model: ModelName = "sample",
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="FILE",
            help="The file: .xlsx, .csv, .jsonl, or .json for Label Studio. (default: HARVEST_suggestions.xlsx)",
        ),
    ] = None,
    coverage: Annotated[
        float,
        typer.Option(callback=inner_share, help="Share of prediction sets that should include the right code."),
    ] = DEFAULT_COVERAGE,
    precision: Annotated[
        float, typer.Option(callback=inner_share, help="Share of codes routed to `confirm` that should be right.")
    ] = DEFAULT_PRECISION,
    fields: Annotated[
        str | None, typer.Option("--fields", metavar="A,B", help="Fields to suggest for. (default: all)")
    ] = None,
    codebook: CodebookFile = None,
    options: ReadingOptions = ReadingOptions(),
    include_confidential: IncludeConfidential = False,
    stream: Annotated[
        bool,
        typer.Option(
            "--stream",
            help="Read and write part by part, in little memory: .csv, .tsv, .jsonl or .parquet to .csv, .jsonl or "
            ".parquet. If it is stopped, run it again to go on.",
        ),
    ] = False,
    fast: Annotated[
        bool,
        typer.Option(
            "--fast",
            help="Stream with the fast model, if one was trained (`train --fast`): hundreds of times faster, and "
            "somewhat less often right. `models show` has its figures.",
        ),
    ] = False,
    language: Annotated[
        str,
        typer.Option(
            callback=known_language,
            metavar="CODE",
            help="Language of the workbook's headings and notes: en, fr, es, ar.",
        ),
    ] = ENGLISH,
    overwrite: Overwrite = False,
    no_cache: NoCache = False,
    cluster: Cluster = None,
    device: Device = PROCESSOR,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Write suggested codes beside each outcome of a harvest.

    Your file is not changed. A copy of the workbook gets, for every field, the suggested code, its
    confidence, the route (confirm, choose or code afresh) and other candidates, and a sheet `Review` to
    code on. Code cells stay empty for you to fill in.

    A .json is for Label Studio: tasks with predictions, and beside it the labelling configuration (.xml).
    Outcomes marked confidential are left out of it, unless --include-confidential is given; the other files,
    which stay with you, have them all.
    """
    started = time.monotonic()
    names = [name.strip() for name in fields.split(",") if name.strip()] if fields else None
    _refuse_unused(context)
    if stream or fast:
        with plain_errors(), _told_to_continue():
            from classifier.cluster import computing_on
            from classifier.progress import progress_bars
            from classifier.suggestion.console_summary import summarise_stream
            from classifier.suggestion.streamed_workflow import suggest_stream

            with computing_on(cluster) as workers, progress_bars(quiet=quiet or as_json) as progress:
                streamed = suggest_stream(
                    harvest,
                    model=model,
                    codebook=codebook,
                    out=out,
                    coverage=coverage,
                    precision=precision,
                    fields=names,
                    options=options,
                    overwrite=overwrite,
                    fast=fast,
                    cache=not no_cache,
                    device=device,
                    workers=workers,
                    progress=progress,
                )
        asked = None if codebook is None else str(codebook)
        summary = summarise_stream(streamed, codebook=asked, seconds=time.monotonic() - started)
        say(summary, quiet=quiet, as_json=as_json)
        return
    with plain_errors():
        from classifier.progress import progress_bars
        from classifier.suggestion.console_summary import summarise_suggestions
        from classifier.suggestion.workflow import suggest_file

        with progress_bars(quiet=quiet or as_json) as progress:
            written = suggest_file(
                harvest,
                model=model,
                codebook=codebook,
                out=out,
                coverage=coverage,
                precision=precision,
                fields=names,
                options=options,
                include_confidential=include_confidential,
                overwrite=overwrite,
                cache=not no_cache,
                device=device,
                language=language,
                progress=progress,
            )
        summary = summarise_suggestions(
            written, codebook=None if codebook is None else str(codebook), seconds=time.monotonic() - started
        )
    say(summary, quiet=quiet, as_json=as_json)


def _refuse_unused(context: typer.Context) -> None:
    """Refuse options that would have no effect on what is asked for."""
    given = context.params
    if given["stream"] or given["fast"]:
        unused = ("include_confidential", "sheet", "all_sheets")
        streams = "--fast" if given["fast"] else "--stream"
        refuse_unused(context, unused, reason=f"is for workbooks and Label Studio, and {streams} reads tables of text")
        if given["fast"]:
            refuse_unused(context, ["device"], reason="is for the encoders, and --fast asks none; leave it out")
        if given["cluster"] is not None:
            reason = "is one of this machine, and --cluster computes on others; leave one of the two out"
            refuse_unused(context, ["device"], reason=reason)
        return
    reason = "is for harvests read part by part; add --stream or --fast, or leave it out"
    refuse_unused(context, ["cluster"], reason=reason)
    suffix = "" if given["out"] is None else given["out"].suffix.lower()
    if suffix != ".json":
        reason = "is for Label Studio (--out ending in .json); other files have confidential outcomes anyhow"
        refuse_unused(context, ["include_confidential"], reason=reason)
    if suffix not in ("", ".xlsx"):
        refuse_unused(context, ["language"], reason="is for workbooks (.xlsx); other files are for programs")


@contextmanager
def _told_to_continue() -> Iterator[None]:
    """Say what to do after Ctrl+C."""
    try:
        yield
    except KeyboardInterrupt:
        echo("Run the same command again to go on where it was stopped.", err=True)
        raise


@suggestion_app.command(epilog="Example: outcome-coder explain harvest_3.xlsx --id SCC-JEU/026 --field scale")
@reads_harvests
def explain(
    harvest: HarvestFile,
    fragment_id: Annotated[str, typer.Option("--id", metavar="FRAGMENT", help="The FragmentID of the outcome.")],
    model: ModelName = "sample",
    field: Annotated[
        str | None, typer.Option("--field", metavar="NAME", help="The field to explain. (default: all)")
    ] = None,
    codebook: CodebookFile = None,
    options: ReadingOptions = ReadingOptions(),
    no_cache: NoCache = False,
) -> None:
    """Show why codes are suggested for one outcome.

    For every field: the code and its definition, the sentences that contributed most, the parts of the
    story they are in, and the most similar coded outcomes.
    """
    with plain_errors():
        from classifier.cli.explanation import print_explanation
        from classifier.suggestion.workflow import explain_file

        explained = explain_file(
            harvest,
            fragment_id,
            model=model,
            codebook=codebook,
            fields=None if field is None else [field],
            options=options,
            cache=not no_cache,
        )
    print_explanation(explained, width=printed_width())
