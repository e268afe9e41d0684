"""The command summary."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from classifier.cli.options import (
    AsJson,
    CodebookFile,
    CoderColumn,
    IncludeConfidential,
    Overwrite,
    plain_errors,
    reads_harvests,
    say,
)
from classifier.harvest.options import ReadingOptions

summary_app = typer.Typer()


@summary_app.command("summary", epilog="Example: outcome-coder summary coded.xlsx --by country --out summary.xlsx")
@reads_harvests
def summary_of_codes(
    coded: Annotated[list[Path], typer.Argument(help="One or more coded harvests.")],
    by: Annotated[
        list[str] | None,
        typer.Option("--by", metavar="COLUMN", help="Also count by this column, such as the year; may be repeated."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write all tables to a workbook (.xlsx), with charts.")
    ] = None,
    coder_column: CoderColumn = None,
    coder: Annotated[
        str | None,
        typer.Option("--coder", metavar="NAME", help="Count the codes of one of the coders; with --coder-column."),
    ] = None,
    include_confidential: IncludeConfidential = False,
    codebook: CodebookFile = None,
    options: ReadingOptions = ReadingOptions(),
    overwrite: Overwrite = False,
    as_json: AsJson = False,
) -> None:
    """Count the codes of a coded harvest, in total and cross-tabulated.

    Prints the counts of each field, in total and by the columns given with --by. The workbook also has
    a table for every two fields, and for each field by country, period, negative and unintended. It
    holds no outcome text. With --coder-column, the codes that all coders of an outcome agree on are
    counted, or those of --coder. Outcomes marked confidential are left out, unless --include-confidential
    is given.
    """
    started = time.monotonic()
    with plain_errors():
        from classifier.codebook.schema import Codebook
        from classifier.report.crosstab.console_summary import summarise_counts
        from classifier.report.crosstab.workflow import count_harvests

        if coder is not None and coder_column is None:
            raise typer.BadParameter("--coder needs --coder-column, which names the column of coders")
        counted = count_harvests(
            coded,
            codebook=None if codebook is None else Codebook.read(codebook),
            by=by or (),
            out=out,
            options=replace(options, coder_column=coder_column),
            coder=coder,
            include_confidential=include_confidential,
            overwrite=overwrite,
        )
        summary = summarise_counts(counted, seconds=time.monotonic() - started)
    say(summary, quiet=False, as_json=as_json)
