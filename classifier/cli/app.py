"""The commands. Each reads its options, calls one library function and says what happened."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from classifier import __version__
from classifier.cli.model import cache_app, codebook_app, models_app
from classifier.cli.options import (
    AsJson,
    CodebookFile,
    Encoders,
    HarvestFile,
    NoCache,
    Overwrite,
    PlainGroup,
    Quiet,
    inner_share,
    plain_errors,
    printed_width,
    reads_harvests,
    say,
    tell_unforeseen,
)
from classifier.cli.project import decision_app, project_app
from classifier.cli.report import report_app
from classifier.cli.review import open_start_screen, review_app
from classifier.cli.users import users_app
from classifier.harvest.options import ReadingOptions

# Everything else is imported by the command that needs it, so that help comes at once.


app = typer.Typer(
    name="outcome-coder",
    cls=PlainGroup,
    invoke_without_command=True,
    # A traceback with the values of variables would show outcome texts.
    pretty_exceptions_enable=False,
    help="Suggests codes for harvested outcomes, for a human coder to confirm. Nothing leaves this machine.",
    epilog="Without a command, a start screen opens in your browser. Or: outcome-coder suggest HARVEST.xlsx",
)
# Without a name, their commands follow those of this room.
app.add_typer(report_app)
app.add_typer(review_app)
app.add_typer(decision_app)
app.add_typer(project_app, name="project")
app.add_typer(codebook_app, name="codebook")
app.add_typer(models_app, name="models")
app.add_typer(cache_app, name="cache")
app.add_typer(users_app, name="users")

ModelName = Annotated[str, typer.Option("--model", metavar="NAME", help="A model under models/, or the folder of one.")]


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(f"outcome-coder {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    context: typer.Context,
    version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version and stop."),
    ] = False,
) -> None:
    """Open the start screen where no command is given."""
    if context.invoked_subcommand is None:
        open_start_screen()


@app.command(epilog="Example: outcome-coder suggest harvest_3.xlsx --out suggestions.xlsx")
@reads_harvests
def suggest(
    harvest: HarvestFile,
    model: ModelName = "sample",
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="FILE",
            help="Ending in .xlsx, .csv or .jsonl. (default: HARVEST_suggestions.xlsx)",
        ),
    ] = None,
    coverage: Annotated[
        float,
        typer.Option(callback=inner_share, help="Share of outcomes whose possible codes should hold the right one."),
    ] = 0.9,
    precision: Annotated[
        float, typer.Option(callback=inner_share, help="Share of the codes to `confirm` that should be right.")
    ] = 0.95,
    fields: Annotated[
        str | None, typer.Option("--fields", metavar="A,B", help="Fields to suggest for. (default: all)")
    ] = None,
    codebook: CodebookFile = None,
    options: ReadingOptions = ReadingOptions(),
    overwrite: Overwrite = False,
    no_cache: NoCache = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Write suggested codes beside each outcome of a harvest.

    Your file is not changed: a copy of the workbook gets, for every field, the suggested code, how sure
    the model is, other candidates, and whether to confirm, choose or code afresh. Code cells stay empty
    for you to fill.
    """
    started = time.monotonic()
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
                fields=[name.strip() for name in fields.split(",") if name.strip()] if fields else None,
                options=options,
                overwrite=overwrite,
                cache=not no_cache,
                progress=progress,
            )
        summary = summarise_suggestions(
            written, codebook=None if codebook is None else str(codebook), seconds=time.monotonic() - started
        )
    say(summary, quiet=quiet, as_json=as_json)


@app.command(epilog="Example: outcome-coder explain harvest_3.xlsx --id SCC-JEU/026 --field scale")
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

    For every field: the code and its definition, the sentences that carried it, the parts of the story
    they stand in, and the coded outcomes that are most alike.
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


@app.command(epilog="Example: outcome-coder train harvest_1.xlsx harvest_2.xlsx --codebook codebook.yaml --out ours")
@reads_harvests
def train(
    out: Annotated[
        str, typer.Option("--out", metavar="FOLDER", help="The model's folder; a bare name goes to models/.")
    ],
    coded: Annotated[list[Path] | None, typer.Argument(help="Coded harvests, one or several.")] = None,
    definitions_only: Annotated[
        bool,
        typer.Option("--definitions-only", help="Learn from the codebook's definitions; no outcome is coded yet."),
    ] = False,
    codebook: CodebookFile = None,
    encoder: Encoders = None,
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Decides which outcomes are held out together.")] = 0,
    options: ReadingOptions = ReadingOptions(),
    overwrite: Overwrite = False,
    no_cache: NoCache = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Train a model on harvests that people have coded.

    About two minutes for 300 outcomes. Every code must be one of the codebook's; what is not is told with
    its cell, and nothing is written. Where nothing is coded yet, --definitions-only makes a model of the
    codebook alone; it is better than chance, and to be replaced as soon as some outcomes are coded.
    """
    started = time.monotonic()
    with plain_errors():
        from classifier.codebook.schema import Codebook
        from classifier.features.registry import DEFAULT_ENCODERS
        from classifier.model.console_summary import summarise_training
        from classifier.model.workflow import train as train_folder
        from classifier.model.workflow import train_from_definitions
        from classifier.progress import progress_bars

        _check_what_is_learnt_from(coded, definitions_only=definitions_only)
        with progress_bars(quiet=quiet or as_json) as progress:
            place = Path(out) if Path(out).name != out else out
            asked = None if codebook is None else Codebook.read(codebook)
            encoders = encoder or DEFAULT_ENCODERS
            if definitions_only:
                trained = train_from_definitions(
                    out=place, codebook=asked, encoders=encoders, cache=not no_cache, overwrite=overwrite
                )
            else:
                trained = train_folder(
                    coded or [],
                    out=place,
                    codebook=asked,
                    encoders=encoders,
                    seed=seed,
                    cache=not no_cache,
                    overwrite=overwrite,
                    options=options,
                    progress=progress,
                )
        summary = summarise_training(
            trained, codebook=None if codebook is None else str(codebook), seconds=time.monotonic() - started
        )
    say(summary, quiet=quiet, as_json=as_json)


@app.command(
    epilog="Example: outcome-coder curve harvest_1.xlsx harvest_2.xlsx --codebook codebook.yaml --out curve.png"
)
@reads_harvests
def curve(
    coded: Annotated[list[Path], typer.Argument(help="Coded harvests, one or several.")],
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="The picture to draw, ending in .png.")] = Path(
        "learning_curve.png"
    ),
    target: Annotated[
        float, typer.Option(callback=inner_share, help="The F1 (of precision and recall) to find each code with.")
    ] = 0.7,
    codebook: CodebookFile = None,
    encoder: Encoders = None,
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Decides which outcomes are learnt from first.")] = 0,
    options: ReadingOptions = ReadingOptions(),
    overwrite: Overwrite = False,
    no_cache: NoCache = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Draw how good suggestions get with 5, 10, 20 … coded outcomes, and say how many more each code needs.

    A few minutes for 300 outcomes. Each number is tested on outcomes that were not learnt from.
    """
    started = time.monotonic()
    with plain_errors():
        from classifier.codebook.schema import Codebook
        from classifier.evaluation.console_summary import summarise_curve
        from classifier.features.registry import DEFAULT_ENCODERS
        from classifier.progress import progress_bars
        from classifier.report.workflow import draw_curve

        with progress_bars(quiet=quiet or as_json) as progress:
            drawn = draw_curve(
                coded,
                out=out,
                codebook=None if codebook is None else Codebook.read(codebook),
                target=target,
                encoders=encoder or DEFAULT_ENCODERS,
                seed=seed,
                cache=not no_cache,
                overwrite=overwrite,
                options=options,
                progress=progress,
            )
        summary = summarise_curve(drawn, out=out, seconds=time.monotonic() - started)
    say(summary, quiet=quiet, as_json=as_json)


@app.command(epilog="Example: outcome-coder columns harvest_3.xlsx --map 'Identifiant=FragmentID'")
@reads_harvests
def columns(
    harvest: HarvestFile,
    codebook: CodebookFile = None,
    options: ReadingOptions = ReadingOptions(),
    as_json: AsJson = False,
) -> None:
    """Show which columns of a file are read, as what, and how that is known; and what to add where it was guessed.

    Nothing is written.
    """
    with plain_errors():
        from classifier.codebook.schema import Codebook
        from classifier.harvest.column_listing import list_columns
        from classifier.harvest.console_summary import summarise_columns

        asked = None if codebook is None else Codebook.read(codebook)
        summary = summarise_columns(list_columns(harvest, codebook=asked, options=options))
    say(summary, quiet=False, as_json=as_json)


def main() -> None:
    """Run the command line."""
    for stream in (sys.stdout, sys.stderr):
        # A console that knows no Arabic shows a mark instead of failing.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        app()
    # What goes wrong before a command runs; the rest is told by `PlainGroup`.
    except Exception as error:
        sys.exit(tell_unforeseen(error, during="reading the command line"))


def _check_what_is_learnt_from(coded: Sequence[Path] | None, *, definitions_only: bool) -> None:
    if coded and definitions_only:
        raise typer.BadParameter(
            f"--definitions-only learns from no coded harvest; leave it out, or leave out {coded[0].name}"
        )
    if not coded and not definitions_only:
        raise typer.BadParameter(
            "name one or several coded harvests; where nothing is coded yet, add --definitions-only"
        )
