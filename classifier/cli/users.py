"""The command users: coders who may sign in over a network."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from classifier.cli.options import plain_errors
from classifier.cli.terminal import ask_password, echo
from classifier.review.roles import Role

UsersPath = Annotated[Path, typer.Option("--users", metavar="FILE", help="The users file.")]

users_app = typer.Typer(
    no_args_is_help=True,
    help="Manage the coders who may sign in over a network, and their roles.",
    epilog='Example: outcome-coder users add "Ana Moss" --users users.txt',
)


@users_app.command("add", epilog='Example: outcome-coder users add "Ana Moss" --role lead --users users.txt')
def users_add(
    name: Annotated[str, typer.Argument(help="The coder's name, as recorded in the journal.")],
    users: Annotated[
        Path, typer.Option("--users", metavar="FILE", help="The users file; it is created if there is none.")
    ],
    role: Annotated[
        Role | None,
        typer.Option(
            help="A coder sees and downloads their own work; a lead also adjudicates differences, adds harvests, "
            "trains, and downloads everybody's work. (default: the role they have, else coder)"
        ),
    ] = None,
) -> None:
    """Add a coder, or set a new password for one.

    You are asked for the password twice; it is not shown. The file holds hashes, not passwords. Other coders in it
    are not changed.
    """
    password = ask_password()
    with plain_errors():
        from classifier.review.users import set_password

        standing = set_password(users, name, password, role=role)
    echo(f"{users}: set the password of {standing}")
    _tell_of_leads(users)


@users_app.command("role", epilog='Example: outcome-coder users role "Ana Moss" lead --users users.txt')
def users_role(
    name: Annotated[str, typer.Argument(help="The coder's name.")],
    role: Annotated[Role, typer.Argument(help="What they may do from now on.")],
    users: UsersPath,
) -> None:
    """Change what a coder may do, from their next click on, even while the page is being served."""
    with plain_errors():
        from classifier.review.users import set_role

        standing = set_role(users, name, role)
    echo(f"{users}: {standing} is a {role} now")
    _tell_of_leads(users)


@users_app.command("list", epilog="Example: outcome-coder users list --users users.txt")
def users_list(users: UsersPath) -> None:
    """List the coders who may sign in, and their roles."""
    with plain_errors():
        from classifier.review.users import Users

        known = Users.read(users)
    for name in known.names:
        echo(f"{known.role_of(name):<6} {name}")
    _tell_of_leads(users)


def _tell_of_leads(users: Path) -> None:
    with plain_errors():
        from classifier.review.users import Users, how_to_make_a_lead

        if not Users.read(users).leads:
            echo(how_to_make_a_lead(users), err=True)
