"""What the commands share: their options, and how they say what happened."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from classifier.errors import OutcomeCoderError
from classifier.faults import note_as_dict

if TYPE_CHECKING:
    from classifier.summary import Summary

__all__ = [
    "AsJson",
    "CodebookFile",
    "Encoders",
    "HarvestFile",
    "NoCache",
    "Overwrite",
    "ProjectFolder",
    "Quiet",
    "SheetName",
    "any_share",
    "inner_share",
    "plain_errors",
    "print_table",
    "printed_width",
    "say",
]

_UNBROKEN = 22  # letters of a cell that is read as one word

HarvestFile = Annotated[Path, typer.Argument(help="The outcomes: .xlsx, .csv, .tsv, .jsonl, or records in .txt.")]
CodebookFile = Annotated[
    Path | None,
    typer.Option(
        "--codebook", metavar="FILE", help="The codebook (YAML). (default: the model's, else the shipped one)"
    ),
]
SheetName = Annotated[
    str | None,
    typer.Option(
        "--sheet",
        metavar="NAME",
        help="The sheet with the outcomes. (default: the first that has the columns)",
    ),
]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace what stands at --out, whatever it is.")]
Encoders = Annotated[
    list[str] | None,
    typer.Option(
        "--encoder",
        metavar="NAME",
        help="A sentence-transformers name or folder; give it again to use several. (default: the two installed)",
    ),
]
NoCache = Annotated[bool, typer.Option("--no-cache", help="Neither use nor keep embeddings on disk.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing unless something is wrong.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")]
ProjectFolder = Annotated[
    Path, typer.Option("--project", metavar="FOLDER", help="The project. (default: the folder you are in)")
]


def inner_share(value: float) -> float:
    """Refuse what is no share between none and all."""
    if not 0.0 < value < 1.0:
        raise typer.BadParameter(f"{value} is not between 0 and 1; 0.9 means nine in ten")
    return value


def any_share(value: float) -> float:
    """Refuse what is no share; 0 is none and 1 is all."""
    if not 0.0 <= value <= 1.0:
        raise typer.BadParameter(f"{value} is not from 0 to 1; 0 means none, 0.15 fifteen in a hundred, 1 all")
    return value


@contextmanager
def plain_errors() -> Iterator[None]:
    """Turn what a person can put right into its message and exit status 1."""
    try:
        yield
    except OutcomeCoderError as error:
        typer.echo(f"Error: {error}", err=True)
        raise typer.Exit(1) from error
    except KeyboardInterrupt as error:
        typer.echo("Stopped; nothing was written.", err=True)
        raise typer.Exit(1) from error


def say(summary: Summary, *, quiet: bool, as_json: bool) -> None:
    """Say what a job did. What is worth a look is told in any case."""
    if as_json:
        typer.echo(
            json.dumps(
                {**summary.plain, "notes": [note_as_dict(note) for note in summary.notes]}, ensure_ascii=False, indent=1
            )
        )
        return
    if not quiet:
        typer.echo("\n".join(summary.opening))
        for table in summary.tables:
            print_table(table)
    if summary.notes:
        typer.echo(f"{len(summary.notes)} thing(s) to look at:", err=quiet)
        for note in summary.notes:
            typer.echo(f"  {note}", err=quiet)
    if not quiet:
        typer.echo(summary.ending)


def printed_width() -> int | None:
    """Return how wide to print: as the terminal, which is None, or as plain text needs it in a pipe."""
    return None if sys.stdout.isatty() else 110


def print_table(rows: Sequence[Sequence[str]]) -> None:
    """Print rows under their headings, as wide as the terminal, or as plain text needs it in a pipe."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for place, heading in enumerate(rows[0]):
        cells = [row[place] for row in rows[1:] if row[place]]
        is_number = all(cell.replace(".", "").isdigit() for cell in cells)
        longest = max(map(len, cells), default=0)
        table.add_column(
            heading,
            justify="right" if is_number else "left",
            overflow="fold",
            min_width=longest if longest <= _UNBROKEN else None,
        )
    for row in rows[1:]:
        # As Text, so that square brackets in a code are no markup.
        table.add_row(*(Text(cell) for cell in row))
    Console(width=printed_width(), highlight=False, emoji=False).print(table)
