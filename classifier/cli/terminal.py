"""Texts on the terminal: control characters are shown, and never obeyed by it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from classifier.control_characters import escape_control_characters
from classifier.steps import tell_no_steps

if TYPE_CHECKING:
    from rich.text import Text


def echo(message: object, *, err: bool = False) -> None:
    """Print a message; the names of files, coders and outcomes in it are what others typed."""
    tell_no_steps()
    typer.echo(escape_control_characters(str(message)), err=err)


def ask_password() -> str:
    """Ask for a new password, twice, without showing it."""
    tell_no_steps()
    password: str = typer.prompt("Password", hide_input=True, confirmation_prompt="Repeat the password", err=True)
    return password


def as_text(text: str = "", style: str = "") -> Text:
    """Return a text for Rich to print; square brackets in it are no markup."""
    from rich.text import Text

    return Text(escape_control_characters(text), style=style)
