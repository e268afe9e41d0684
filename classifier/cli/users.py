"""The commands for who may code over a network."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from classifier.cli.options import plain_errors

users_app = typer.Typer(
    no_args_is_help=True,
    help="Say who may code over a network.",
    epilog="Example: outcome-coder users add 'Ana Moss' --users users.txt",
)


@users_app.command("add", epilog="Example: outcome-coder users add 'Ana Moss' --users users.txt")
def users_add(
    name: Annotated[str, typer.Argument(help="The coder, as the journal will name them.")],
    users: Annotated[
        Path, typer.Option("--users", metavar="FILE", help="The users file; it is made where there is none.")
    ],
) -> None:
    """Let a coder in, or give one another password; it is asked for twice and not shown.

    The file keeps no password, only what one can be checked by. Other coders in it stay as they are.
    """
    password = typer.prompt("Password", hide_input=True, confirmation_prompt="Once more", err=True)
    with plain_errors():
        from classifier.review.users import set_password

        standing = set_password(users, name, password)
    typer.echo(f"{users}: set the password of {standing}")
