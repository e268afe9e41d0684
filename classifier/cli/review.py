"""The command review, and the start screen."""

from __future__ import annotations

import getpass
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from classifier.cli.options import INTERRUPTED, NewCoder, any_share, known_language, plain_errors, refuse_unused
from classifier.cli.terminal import echo

_PROJECTS = "outcome-coder"
_PORT = 8765
_SHARED_ACCOUNTS = {
    *("root", "admin", "administrator", "user", "guest", "owner", "test"),
    *("ubuntu", "debian", "ec2-user", "pi", "vagrant"),
}  # names of accounts that people share

review_app = typer.Typer()

PageLanguage = Annotated[
    str | None,
    typer.Option(
        "--language",
        callback=known_language,
        metavar="CODE",
        help="Language of the page: en, fr, es, ar; each coder may choose another on it. (default: the browser's)",
    ),
]


def _share_or_none(value: float | None) -> float | None:
    return None if value is None else any_share(value)


@review_app.command(epilog='Example: outcome-coder review harvest_2026 --coder "Ana Moss"')
def review(
    context: typer.Context,
    project: Annotated[
        Path, typer.Argument(show_default=False, help="The project. (default: the folder you are in)")
    ] = Path(),
    coder: Annotated[
        str, typer.Option("--coder", metavar="NAME", help="Who codes; recorded with each decision. Not with --users.")
    ] = "",
    blind: Annotated[
        float | None,
        typer.Option(
            callback=_share_or_none,
            metavar="SHARE",
            help="Share of outcomes to code blind, with no suggestion in view; saved in the project.",
        ),
    ] = None,
    double: Annotated[
        float | None,
        typer.Option(
            callback=_share_or_none,
            metavar="SHARE",
            help="Share of outcomes that two coders code; saved in the project.",
        ),
    ] = None,
    new_coder: NewCoder = False,
    port: Annotated[
        int,
        typer.Option(
            min=1, max=65535, help="The port; if it is in use, the next free one (with --users or --address, an error)."
        ),
    ] = _PORT,
    host: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Listen on this address; --users is required for any but 127.0.0.1.")
    ] = "127.0.0.1",
    users: Annotated[
        Path | None, typer.Option("--users", metavar="FILE", help="Who may sign in; see `outcome-coder users add`.")
    ] = None,
    address: Annotated[
        str | None,
        typer.Option(
            "--address", metavar="URL", help="The address that coders use, such as https://coding.example.org."
        ),
    ] = None,
    proxy: Annotated[
        str | None,
        typer.Option(
            "--proxy",
            metavar="ADDRESS",
            help="Address of the web server in front of the page, such as 127.0.0.1; X-Forwarded-For is trusted from "
            "this address only.",
        ),
    ] = None,
    language: PageLanguage = None,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Print the link instead of opening it.")] = False,
) -> None:
    """Code a project's outcomes on a page in your browser.

    The page opens by a link that works for one browser only. No request leaves this machine.
    """
    with plain_errors():
        from classifier.project.project import change_shares, open_project
        from classifier.review.server import serve_project

        if users is not None:
            reason = "is who codes alone, and with --users each coder signs in; leave one of the two out"
            refuse_unused(context, ["coder"], reason=reason)
            refuse_unused(context, ["new_coder"], reason="is for --coder; leave it out with --users")
        opened = open_project(project)
        shares = replace(
            opened.shares,
            blind=opened.shares.blind if blind is None else blind,
            double=opened.shares.double if double is None else double,
        )
        if shares != opened.shares:
            opened = change_shares(opened, shares)
        is_interrupted = serve_project(
            opened,
            coder=coder,
            is_new_coder=new_coder,
            host=host,
            port=port,
            address=address,
            users=users,
            proxy=proxy,
            language=language,
            open_browser=not no_browser,
            say=echo,
        )
    if is_interrupted:
        raise typer.Exit(INTERRUPTED)


def open_start_screen(language: str | None) -> None:
    """Open the start screen, for people who prefer not to use commands."""
    with plain_errors():
        from classifier.review.server import serve_start

        echo("The start screen opens in your browser. `outcome-coder --help` lists the commands.")
        is_interrupted = serve_start(Path.home() / _PROJECTS, coder=_user(), port=_PORT, language=language, say=echo)
    if is_interrupted:
        raise typer.Exit(INTERRUPTED)


def _user() -> str:
    """Return the user name on this machine; nothing for shared accounts such as root."""
    try:
        name = getpass.getuser()
    except (ImportError, KeyError, OSError):  # a machine that knows no users
        return ""
    return "" if name.casefold() in _SHARED_ACCOUNTS else name
