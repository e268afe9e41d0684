"""The command users: coders who may sign in over a network."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from classifier.cli.options import plain_errors

users_app = typer.Typer(
    no_args_is_help=True,
    help="Manage the coders who may sign in over a network.",
    epilog="Example: outcome-coder users add 'Ana Moss' --users users.txt",
)


@users_app.command("add", epilog="Example: outcome-coder users add 'Ana Moss' --users users.txt")
def users_add(
    name: Annotated[str, typer.Argument(help="The coder's name, as recorded in the journal.")],
    users: Annotated[
        Path, typer.Option("--users", metavar="FILE", help="The users file; it is created if there is none.")
    ],
) -> None:
    """Add a coder, or set a new password for one; you are asked for it twice, and it is not shown.

    The file holds hashes, no passwords. Other coders in it are not changed.
    """
    password = typer.prompt("Password", hide_input=True, confirmation_prompt="Repeat the password", err=True)
    with plain_errors():
        from classifier.review.users import set_password

        standing = set_password(users, name, password)
    typer.echo(f"{users}: set the password of {standing}")
