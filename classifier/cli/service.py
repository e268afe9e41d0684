"""The command serve."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from classifier.cli.options import INTERRUPTED, CodebookFile, ModelName, plain_errors
from classifier.cli.terminal import echo

_PORT = 8766

service_app = typer.Typer()


@service_app.command(epilog="Example: outcome-coder serve --model ours --token-file token.txt")
def serve(
    model: ModelName = "sample",
    codebook: CodebookFile = None,
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port; if it is in use, an error.")] = _PORT,
    host: Annotated[
        str,
        typer.Option(
            metavar="ADDRESS",
            help="Listen on this address; any but 127.0.0.1 requires --address and a token of your own.",
        ),
    ] = "127.0.0.1",
    address: Annotated[
        str | None,
        typer.Option(
            "--address", metavar="URL", help="The address that programs use, such as https://codes.example.org."
        ),
    ] = None,
    token_file: Annotated[
        Path | None,
        typer.Option(
            "--token-file",
            metavar="FILE",
            help="The file with the token that requests must bring. (default: the variable OUTCOME_CODER_TOKEN, else "
            "one is made and shown)",
        ),
    ] = None,
    cache: Annotated[
        bool, typer.Option("--cache", help="Keep embeddings of what is sent on disk, as `suggest` does.")
    ] = False,
) -> None:
    """Suggest codes for other programs, which send outcomes over HTTP.

    The suggestions are those of `suggest`, in JSON. Nothing that is sent is kept or logged, and no request
    leaves this machine.
    """
    with plain_errors():
        from classifier.service.server import serve_model

        is_interrupted = serve_model(
            model,
            codebook=codebook,
            host=host,
            port=port,
            address=address,
            token_file=token_file,
            cache=cache,
            say=echo,
        )
    if is_interrupted:
        raise typer.Exit(INTERRUPTED)
