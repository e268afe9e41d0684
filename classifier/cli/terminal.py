"""Texts on the terminal: control characters are shown, and never obeyed by it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from classifier.control_characters import escape_control_characters

if TYPE_CHECKING:
    from rich.text import Text


def echo(message: object, *, err: bool = False) -> None:
    """Print a message; the names of files, coders and outcomes in it are what others typed."""
    typer.echo(escape_control_characters(str(message)), err=err)


def as_text(text: str = "", style: str = "") -> Text:
    """Return a text for Rich to print; square brackets in it are no markup."""
    from rich.text import Text

    return Text(escape_control_characters(text), style=style)
