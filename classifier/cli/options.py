"""Options, error handling and output that the commands share."""

from __future__ import annotations

import errno
import functools
import inspect
import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from classifier.cli.tables import print_table
from classifier.cli.terminal import echo
from classifier.errors import OutcomeCoderError
from classifier.faults import note_as_dict, to_check
from classifier.harvest.options import ReadingOptions, parse_columns
from classifier.languages import LANGUAGES
from classifier.steps import begin_step, tell_steps

if TYPE_CHECKING:
    from typer._click.core import Command, Context

    from classifier.summary import Summary


_EX_SOFTWARE = 70
INTERRUPTED = 130  # 128 and the number of SIGINT, as shells expect
_REMEDIES = {
    errno.ENOSPC: "free some space, then run it again",
    errno.EDQUOT: "free some space, then run it again",
    errno.EACCES: "check who may read and write there",
    errno.EPERM: "check who may read and write there",
    errno.EROFS: "choose a place that can be written to",
    errno.ENOENT: "check the name",
}


def usable_device(value: str) -> str:
    """Refuse a device that encoders can't be computed on."""
    from classifier.features.device import check_device

    check_device(value)
    return value


HarvestFile = Annotated[
    Path,
    typer.Argument(
        help="The outcomes: a workbook (.xlsx, .ods, .xls, .xlsb), .csv, .tsv, .json, .jsonl, or records in .txt."
    ),
]
CodebookFile = Annotated[
    Path | None,
    typer.Option(
        "--codebook",
        metavar="FILE",
        help="The codebook: YAML, a table of codes, or .qdc. (default: the model's, else the shipped one)",
    ),
]
ModelName = Annotated[str, typer.Option("--model", metavar="NAME", help="A model under models/, or its folder.")]
SheetNames = Annotated[
    list[str] | None,
    typer.Option(
        "--sheet",
        metavar="NAME",
        help="A sheet with outcomes; may be repeated. (default: the first that has the columns)",
    ),
]
AllSheets = Annotated[bool, typer.Option("--all-sheets", help="Read every sheet that has these columns.")]
ColumnNames = Annotated[
    list[str] | None,
    typer.Option(
        "--map",
        metavar="COLUMN=NAME",
        help="Read the column COLUMN as NAME, such as 'Identifiant=FragmentID'; may be repeated.",
    ),
]
Encoding = Annotated[
    str | None,
    typer.Option("--encoding", metavar="NAME", help="The encoding of a text file, such as cp1256. (default: detected)"),
]
AcceptPartial = Annotated[
    bool,
    typer.Option(
        "--accept-partial",
        help="Accept labels that are part of a single code, such as CIV, as that code.",
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
CoderColumn = Annotated[
    str | None,
    typer.Option(
        "--coder-column",
        metavar="COLUMN",
        help="The column that names the coder, in a file with a row for each outcome and coder.",
    ),
]
MatchIds = Annotated[
    bool,
    typer.Option(
        "--match-ids",
        help="Treat similar IDs as the same: other hyphens, spaces, capitals or leading zeros. All are listed.",
    ),
]
IncludeConfidential = Annotated[
    bool,
    typer.Option("--include-confidential", help="Include outcomes marked confidential, which are left out otherwise."),
]
Cluster = Annotated[
    str | None,
    typer.Option(
        "--cluster",
        metavar="ADDRESS",
        help="Compute on the workers of a Dask scheduler, such as tls://10.0.0.5:8786; texts are sent to them.",
    ),
]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace whatever is at --out.")]
Encoders = Annotated[
    list[str] | None,
    typer.Option(
        "--encoder",
        metavar="NAME",
        help="A sentence-transformers model, by name or folder; may be repeated. (default: the two installed)",
    ),
]
Device = Annotated[
    str,
    typer.Option(
        "--device",
        callback=usable_device,
        metavar="NAME",
        help="What the encoders are computed on: cpu, or a graphics card as PyTorch names it: cuda, cuda:1 or mps.",
    ),
]
NoCache = Annotated[bool, typer.Option("--no-cache", help="Don't read or keep embeddings on disk.")]
NewCoder = Annotated[
    bool, typer.Option("--new-coder", help="The name is that of a new coder, not another spelling of a known one.")
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing unless something is wrong.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")]
RecalFolder = Annotated[
    Path | None,
    typer.Option(
        "--recal", metavar="FOLDER", help="Write each coder's codes to a new folder, as files of numbers for ReCal."
    ),
]
ProjectFolder = Annotated[
    Path,
    typer.Option(
        "--project", metavar="FOLDER", show_default=False, help="The project. (default: the folder you are in)"
    ),
]


READING_PARAMETERS = ("sheet", "all_sheets", "columns", "encoding", "accept_partial")
"""Parameters that `reads_harvests` gives a command."""


def reads_harvests(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command that takes reading `options` the command-line options they are made of.

    They are the same for every command that reads harvests.
    """
    given = inspect.signature(command, eval_str=True)
    asked = {
        "sheet": SheetNames,
        "all_sheets": AllSheets,
        "columns": ColumnNames,
        "encoding": Encoding,
        "accept_partial": AcceptPartial,
    }
    missing = {"sheet": None, "all_sheets": False, "columns": None, "encoding": None, "accept_partial": False}

    @functools.wraps(command)
    def with_options(**values: Any) -> None:  # noqa: ANN401 - whatever the command takes
        sheet, all_sheets, columns, encoding, accept_partial = (values.pop(name) for name in asked)
        with plain_errors():
            if sheet and all_sheets:
                raise typer.BadParameter("--sheet and --all-sheets contradict each other; leave one out")
            options = ReadingOptions(
                sheets=tuple(sheet or ()),
                all_sheets=all_sheets,
                columns=parse_columns(columns or ()),
                encoding=encoding,
                accept_partial=accept_partial,
            )
        command(**values, options=options)

    parameters: list[inspect.Parameter] = []
    for parameter in given.parameters.values():
        if parameter.name != "options":
            parameters.append(parameter)
            continue
        for name, annotation in asked.items():
            kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
            parameters.append(inspect.Parameter(name, kind, default=missing[name], annotation=annotation))
    vars(with_options)["__signature__"] = given.replace(parameters=parameters)
    with_options.__annotations__ = {added.name: added.annotation for added in parameters} | {"return": None}
    return with_options


def inner_share(value: float) -> float:
    """Check a share strictly between 0 and 1."""
    if not 0.0 < value < 1.0:
        raise typer.BadParameter(f"{value} is not between 0 and 1; 0.9 means nine in ten")
    return value


def any_share(value: float) -> float:
    """Check a share from 0 to 1."""
    if not 0.0 <= value <= 1.0:
        raise typer.BadParameter(f"{value} is not between 0 and 1; 0 means none, 0.15 means 15 in 100, 1 means all")
    return value


def known_language(value: str | None) -> str | None:
    """Refuse a language that there are no texts in."""
    if value is not None and value not in LANGUAGES:
        known = ", ".join(f"{code} ({name})" for code, name in LANGUAGES.items())
        raise typer.BadParameter(f"{value!r} is not one of {known}")
    return value


def refuse_unused(context: typer.Context, names: Sequence[str], *, reason: str) -> None:
    """Refuse options that were given and would have no effect, each by the name of its parameter.

    Parameters
    ----------
    reason : str
        Why, and what to do, as after the option: ``is used with --settle only; ...``.
    """
    for name in names:
        source = context.get_parameter_source(name)
        if source is not None and source.name == "COMMANDLINE":
            option = next(parameter.opts[0] for parameter in context.command.params if parameter.name == name)
            raise typer.BadParameter(f"{option} {reason}")


@contextmanager
def plain_errors() -> Iterator[None]:
    """Print errors that a user can correct, and exit with status 1."""
    try:
        yield
    except OutcomeCoderError as error:
        echo(f"Error: {error}", err=True)
        raise typer.Exit(1) from error
    except KeyboardInterrupt as error:
        echo("Stopped.", err=True)
        raise typer.Exit(INTERRUPTED) from error


class PlainGroup(TyperGroup):
    """All commands; unexpected errors are reported without a traceback."""

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        """Parse the options, and tidy up the help."""
        _tidy_help(self, ctx)
        return super().parse_args(ctx, args)

    def invoke(self, ctx: Context) -> object:
        """Run the command that was asked for."""
        from classifier.folders import own_temporary_folder

        try:
            with own_temporary_folder(), tell_steps(), plain_errors():
                begin_step("Starting")
                return super().invoke(ctx)
        except typer.Abort as error:
            if isinstance(error.__context__, KeyboardInterrupt):  # while a password was being typed
                raise typer.Exit(INTERRUPTED) from error
            raise
        except (typer.Exit, typer.TyperException, BrokenPipeError):
            raise
        except Exception as error:
            raise typer.Exit(tell_unforeseen(error, during=f"running the command {ctx.invoked_subcommand}")) from error


def _tidy_help(command: Command, ctx: Context) -> None:
    """Fill paragraphs, and hide the type beside options that take no value, which some versions of Typer show."""
    paragraphs = inspect.cleandoc(command.help or "").split("\n\n")
    command.help = "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)
    for parameter in command.get_params(ctx):
        if getattr(parameter, "is_flag", False) and parameter.metavar is None:
            parameter.metavar = ""
    for further in getattr(command, "commands", {}).values():
        _tidy_help(further, ctx)


def tell_unforeseen(error: Exception, *, during: str) -> int:
    """Report an unexpected error without its message, and return the exit status.

    Parameters
    ----------
    during : str
        What was being done; it must hold nothing that a user typed.

    Returns
    -------
    int
        1 for a problem of the machine, 70 (EX_SOFTWARE of sysexits.h) for an internal error.
    """
    if isinstance(error, MemoryError):
        echo(
            "Error: this machine has too little free memory for this; close other programs, or split the outcomes "
            "into several files",
            err=True,
        )
        return 1
    # Libraries raise OSError too, with messages that may hold text; those of the system have a number.
    if isinstance(error, OSError) and error.errno is not None:
        place = f"{error.filename}: " if error.filename else ""
        remedy = _REMEDIES.get(error.errno, "look at the disk and the folder, then run it again")
        echo(f"Error: {place}{os.strerror(error.errno)}; {remedy}", err=True)
        return 1
    from classifier.error_report import describe_internal_error

    echo(f"Error: {describe_internal_error(error, during=during)}", err=True)
    return _EX_SOFTWARE


def say(summary: Summary, *, quiet: bool, as_json: bool, next_step: str = "") -> None:
    """Print the summary of a job, and what to do next; notes are printed even if it is quiet."""
    if as_json:
        echo(
            json.dumps(
                {**summary.plain, "notes": [note_as_dict(note) for note in summary.notes]}, ensure_ascii=False, indent=1
            )
        )
        return
    if not quiet:
        echo("\n".join(summary.opening))
        for table in summary.tables:
            print_table(table)
    if summary.notes:
        echo(f"{to_check(summary.notes)}:", err=quiet)
        for note in summary.notes:
            echo(f"  {note}", err=quiet)
    if not quiet:
        echo(summary.ending)
        if next_step:
            echo(f"Next: {next_step}")


def in_command(argument: str | Path) -> str:
    """Write a name or path as an argument of a command, in quotes where it has blanks."""
    text = str(argument)
    return f'"{text}"' if any(map(str.isspace, text)) else text
