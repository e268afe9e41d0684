"""The page of commands, made from the command line itself."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import typer

from classifier.cli.app import app
from classifier.files import write_whole
from docs.sources import ROOT

__all__ = ["COMMANDS_PAGE", "commands_page", "write_commands_page"]

COMMANDS_PAGE = ROOT / "docs" / "commands.md"
_OPENING = """# Commands

Made from the program's own help: `outcome-coder COMMAND --help` says the same.
"""


def commands_page() -> str:
    """Return a page with the arguments and options of each command."""
    blocks = [_OPENING]
    for name, command in _commands(typer.main.get_command(app), ""):
        blocks.append(f"## {name}\n\n{_paragraphs(command.help or '')}\n")
        rows = [row for parameter in command.params if not parameter.hidden for row in _rows(parameter)]
        if rows:
            blocks.append("| argument or option | |\n|---|---|\n" + "".join(rows))
        if command.epilog:
            blocks.append(f"{_example(command.epilog)}\n")
    return "\n".join(blocks)


def write_commands_page() -> None:
    """Write the page."""
    with write_whole(COMMANDS_PAGE) as temporary:
        temporary.write_text(commands_page(), encoding="utf-8", newline="\n")


def _commands(command: Any, name: str) -> Iterator[tuple[str, Any]]:  # noqa: ANN401  # Typer's own classes are not public
    """Yield each command with its name, groups themselves left out."""
    if not hasattr(command, "commands"):
        yield name, command
        return
    for part, inner in command.commands.items():
        if not inner.hidden:
            yield from _commands(inner, f"{name} {part}".strip())


def _rows(parameter: Any) -> Iterator[str]:  # noqa: ANN401
    """Yield a line of the table for an argument or option."""
    is_option = parameter.param_type_name == "option"
    names = ", ".join(f"`{name}`" for name in (*parameter.opts, *parameter.secondary_opts))
    value = f" `{parameter.metavar}`" if is_option and parameter.metavar else ""
    shown = f"{names}{value}" if is_option else f"`{(parameter.metavar or parameter.name).upper()}`"
    required = " Required." if parameter.required else ""
    yield f"| {shown} | {_cell(parameter.help or '')}{required} |\n"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "\\<")


def _paragraphs(text: str) -> str:
    paragraphs = inspect.cleandoc(text.replace("\b\n", "")).split("\n\n")
    return "\n\n".join(_cell(paragraph) for paragraph in paragraphs)


def _example(epilog: str) -> str:
    """Set what follows the word Example as code, for there is one command in it."""
    text = " ".join(epilog.split())
    heading, _, command = text.partition(": ")
    return f"{heading}: `{command}`" if command else text
