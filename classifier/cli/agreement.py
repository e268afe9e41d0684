"""The command agreement."""

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
    MatchIds,
    Overwrite,
    RecalFolder,
    inner_share,
    plain_errors,
    reads_harvests,
    refuse_unused,
    say,
)
from classifier.harvest.options import ReadingOptions

agreement_app = typer.Typer()


@agreement_app.command(epilog="Example: outcome-coder agreement coder_a.xlsx coder_b.xlsx --codebook codebook.yaml")
@reads_harvests
def agreement(
    context: typer.Context,
    coded: Annotated[list[Path], typer.Argument(help="The same outcomes, in a file for each coder.")],
    codebook: CodebookFile = None,
    width: Annotated[
        float, typer.Option(callback=inner_share, help="Width of kappa's confidence interval to plan for.")
    ] = 0.1,
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Seed of the bootstrap.")] = 0,
    adjudicate: Annotated[
        Path | None,
        typer.Option("--adjudicate", metavar="FILE", help="Also write a workbook to adjudicate the differences in."),
    ] = None,
    with_text: Annotated[
        bool, typer.Option("--with-text", help="Put outcome texts into it, except confidential ones.")
    ] = False,
    recal: RecalFolder = None,
    settle: Annotated[
        Path | None,
        typer.Option("--settle", metavar="FILE", help="Read that workbook back, and write the agreed codes to --out."),
    ] = None,
    coder: Annotated[
        str | None, typer.Option("--coder", metavar="NAME", help="The adjudicator; with --settle.")
    ] = None,
    out: Annotated[
        Path, typer.Option("--out", metavar="FILE", help="A copy of the first file with the agreed codes.")
    ] = Path("agreed.xlsx"),
    match_ids: MatchIds = False,
    coder_column: CoderColumn = None,
    include_confidential: IncludeConfidential = False,
    options: ReadingOptions = ReadingOptions(),
    overwrite: Overwrite = False,
    as_json: AsJson = False,
) -> None:
    """Measure the agreement between coders, by field and by code, and adjudicate differences.

    Outcomes are matched by FragmentID; outcomes and codes may be missing from any file. IDs that are only
    similar are listed; --match-ids treats them as the same. For a file with a row for each outcome and
    coder, as annotation tools export, give --coder-column. The summary also says how many outcomes to
    double code for an interval of --width. With --adjudicate, the differences are written to a workbook
    with drop-downs; once it is filled in, --settle writes the agreed codes, with who decided and when.
    Outcomes that any file marks as confidential are neither compared nor written to that workbook, unless
    --include-confidential is given.
    With --settle one file is enough, to adjudicate what an evaluation report lists.
    """
    started = time.monotonic()
    with plain_errors():
        from classifier.agreement.console_summary import summarise_adjudicated, summarise_agreement
        from classifier.agreement.recal import write_recal
        from classifier.agreement.workflow import adjudicate_differences, compare_coders, write_differences
        from classifier.codebook.schema import Codebook, sample_codebook
        from classifier.harvest.confidentiality import telling_left_out

        _refuse_unused(context, is_settled=settle is not None, is_adjudicated=adjudicate is not None)
        asked = sample_codebook() if codebook is None else Codebook.read(codebook)
        options = replace(options, coder_column=coder_column)
        if settle is not None:
            written = adjudicate_differences(
                coded,
                settle,
                coder=coder or "",
                out=out,
                codebook=asked,
                options=options,
                match_ids=match_ids,
                overwrite=overwrite,
            )
            summary = summarise_adjudicated(
                written, codebook=asked, differences=settle, seconds=time.monotonic() - started
            )
        else:
            compared = compare_coders(
                coded,
                codebook=asked,
                options=options,
                match_ids=match_ids,
                include_confidential=include_confidential,
                seed=seed,
            )
            if adjudicate is not None:
                with telling_left_out(compared.confidentiality):
                    write_differences(
                        compared.codings, adjudicate, codebook=asked, with_text=with_text, overwrite=overwrite
                    )
            codings = compared.codings
            summary = summarise_agreement(
                compared,
                width=width,
                differences=adjudicate,
                recal=None
                if recal is None
                else write_recal(recal, [*codings.fields.values()], fragment_ids=codings.fragment_ids),
                seconds=time.monotonic() - started,
            )
    say(summary, quiet=False, as_json=as_json)


def _refuse_unused(context: typer.Context, *, is_settled: bool, is_adjudicated: bool) -> None:
    if is_settled:
        compared = ("adjudicate", "recal", "width", "seed", "include_confidential")
        reason = "is for comparing coders, and --settle compares none; leave one of the two out"
        refuse_unused(context, compared, reason=reason)
    else:
        refuse_unused(context, ["coder"], reason="names who adjudicated; add --settle FILE, or leave it out")
        reason = "is for the agreed codes; add --settle FILE, or --adjudicate FILE for a workbook of the differences"
        refuse_unused(context, ["out"], reason=reason)
    if not is_adjudicated:
        reason = "concerns the workbook of differences; add --adjudicate FILE, or leave it out"
        refuse_unused(context, ["with_text"], reason=reason)
