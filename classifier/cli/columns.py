"""The command columns."""

from __future__ import annotations

import typer

from classifier.cli.options import AsJson, CodebookFile, HarvestFile, plain_errors, reads_harvests, say
from classifier.harvest.options import ReadingOptions

columns_app = typer.Typer()


@columns_app.command(epilog='Example: outcome-coder columns harvest_3.xlsx --map "Identifiant=FragmentID"')
@reads_harvests
def columns(
    harvest: HarvestFile,
    codebook: CodebookFile = None,
    options: ReadingOptions = ReadingOptions(),
    as_json: AsJson = False,
) -> None:
    """Show how each column of a file is read and why, and the --map to add where that is uncertain.

    Nothing is written.
    """
    with plain_errors():
        from classifier.codebook.schema import Codebook
        from classifier.harvest.column_listing import list_columns
        from classifier.harvest.console_summary import summarise_columns

        asked = None if codebook is None else Codebook.read(codebook)
        summary = summarise_columns(list_columns(harvest, codebook=asked, options=options))
    say(summary, quiet=False, as_json=as_json)
