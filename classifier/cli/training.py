"""The commands train and curve."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from classifier.cli.options import (
    READING_PARAMETERS,
    AsJson,
    Cluster,
    CodebookFile,
    Device,
    Encoders,
    IncludeConfidential,
    NoCache,
    Overwrite,
    Quiet,
    in_command,
    inner_share,
    plain_errors,
    reads_harvests,
    refuse_unused,
    say,
)
from classifier.features.device import PROCESSOR
from classifier.harvest.options import ReadingOptions

training_app = typer.Typer()


@training_app.command(
    epilog="Example: outcome-coder train harvest_1.xlsx harvest_2.xlsx --codebook codebook.yaml --out ours"
)
@reads_harvests
def train(
    context: typer.Context,
    out: Annotated[
        str, typer.Option("--out", metavar="FOLDER", help="The model's folder; a name alone is put under models/.")
    ],
    coded: Annotated[list[Path] | None, typer.Argument(help="One or more coded harvests.")] = None,
    definitions_only: Annotated[
        bool,
        typer.Option("--definitions-only", help="Use the codebook's definitions only; no outcome is coded yet."),
    ] = False,
    codebook: CodebookFile = None,
    coder: Annotated[
        list[Path] | None,
        typer.Option(
            "--coder", metavar="CODED", help="The codes of one coder, to compare with; give two coders or more."
        ),
    ] = None,
    encoder: Encoders = None,
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Decides which outcomes are held out together.")] = 0,
    include_confidential: IncludeConfidential = False,
    fast: Annotated[
        bool,
        typer.Option("--fast", help="Also train a fast model, for `suggest --fast`; it is somewhat less often right."),
    ] = False,
    options: ReadingOptions = ReadingOptions(),
    overwrite: Overwrite = False,
    no_cache: NoCache = False,
    cluster: Cluster = None,
    device: Device = PROCESSOR,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Train a model on harvests that people have coded.

    Takes about two minutes for 300 outcomes. Every code must be in the codebook; anything else is
    reported with its cell, and no model is written. Outcomes marked confidential are left out, unless
    --include-confidential is given. If nothing is coded yet, --definitions-only makes a model from the
    codebook alone. It is better than chance; replace it once some outcomes are coded.
    """
    started = time.monotonic()
    with plain_errors():
        from classifier.cluster import computing_on
        from classifier.codebook.schema import Codebook
        from classifier.features.registry import DEFAULT_ENCODERS
        from classifier.model.console_summary import summarise_training
        from classifier.model.storage import model_argument
        from classifier.model.workflow import train as train_folder
        from classifier.model.workflow import train_from_definitions
        from classifier.progress import progress_bars

        _check_training_files(coded, definitions_only=definitions_only)
        if definitions_only:
            unused = ("seed", "include_confidential", "cluster", "fast", *READING_PARAMETERS)
            refuse_unused(
                context, unused, reason="is for coded harvests, and --definitions-only reads none; leave it out"
            )
        with computing_on(cluster), progress_bars(quiet=quiet or as_json) as progress:
            place = Path(out) if Path(out).name != out else out
            asked = None if codebook is None else Codebook.read(codebook)
            encoders = encoder or DEFAULT_ENCODERS
            if definitions_only:
                trained = train_from_definitions(
                    out=place, codebook=asked, encoders=encoders, cache=not no_cache, overwrite=overwrite, device=device
                )
            else:
                trained = train_folder(
                    coded or [],
                    out=place,
                    codebook=asked,
                    coders=coder or [],
                    encoders=encoders,
                    seed=seed,
                    include_confidential=include_confidential,
                    fast=fast,
                    cache=not no_cache,
                    overwrite=overwrite,
                    device=device,
                    options=options,
                    progress=progress,
                )
        summary = summarise_training(
            trained, codebook=None if codebook is None else str(codebook), seconds=time.monotonic() - started
        )
        next_step = f"`outcome-coder suggest HARVEST --model {in_command(model_argument(trained.folder))}`"
    say(summary, quiet=quiet, as_json=as_json, next_step=next_step)


@training_app.command(
    epilog="Example: outcome-coder curve harvest_1.xlsx harvest_2.xlsx --codebook codebook.yaml --out curve.png"
)
@reads_harvests
def curve(
    coded: Annotated[list[Path], typer.Argument(help="One or more coded harvests.")],
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="The plot to write (.png).")] = Path(
        "learning_curve.png"
    ),
    target: Annotated[float, typer.Option(callback=inner_share, help="The F1 score to reach for each code.")] = 0.7,
    codebook: CodebookFile = None,
    encoder: Encoders = None,
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Decides which outcomes are used first.")] = 0,
    include_confidential: IncludeConfidential = False,
    options: ReadingOptions = ReadingOptions(),
    overwrite: Overwrite = False,
    no_cache: NoCache = False,
    cluster: Cluster = None,
    device: Device = PROCESSOR,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Draw the learning curve: agreement by the number of coded outcomes, and how many more each code needs.

    Takes a few minutes for 300 outcomes. Every model is tested on outcomes that it was not trained on.
    """
    started = time.monotonic()
    with plain_errors():
        from classifier.cluster import computing_on
        from classifier.codebook.schema import Codebook
        from classifier.evaluation.console_summary import summarise_curve
        from classifier.features.registry import DEFAULT_ENCODERS
        from classifier.progress import progress_bars
        from classifier.report.workflow import draw_curve

        with computing_on(cluster), progress_bars(quiet=quiet or as_json) as progress:
            drawn = draw_curve(
                coded,
                out=out,
                codebook=None if codebook is None else Codebook.read(codebook),
                target=target,
                encoders=encoder or DEFAULT_ENCODERS,
                seed=seed,
                include_confidential=include_confidential,
                cache=not no_cache,
                overwrite=overwrite,
                device=device,
                options=options,
                progress=progress,
            )
        summary = summarise_curve(drawn, out=out, seconds=time.monotonic() - started)
    say(summary, quiet=quiet, as_json=as_json)


def _check_training_files(coded: Sequence[Path] | None, *, definitions_only: bool) -> None:
    if coded and definitions_only:
        raise typer.BadParameter(
            f"--definitions-only uses no coded harvest; leave it out, or leave out {coded[0].name}"
        )
    if not coded and not definitions_only:
        raise typer.BadParameter("name one or more coded harvests; if nothing is coded yet, add --definitions-only")
