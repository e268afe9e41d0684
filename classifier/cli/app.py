"""The command line: suggest, explain, train, curve and columns, and the groups of other commands."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from classifier.access_rights import keep_private
from classifier.cli.agreement import agreement_app
from classifier.cli.codebook import codebook_app
from classifier.cli.columns import columns_app
from classifier.cli.evaluation import evaluation_app
from classifier.cli.models import cache_app, models_app
from classifier.cli.options import INTERRUPTED, PlainGroup, refuse_unused, tell_unforeseen
from classifier.cli.project import decision_app, project_app
from classifier.cli.review import PageLanguage, open_start_screen, review_app
from classifier.cli.service import service_app
from classifier.cli.suggestion import suggestion_app
from classifier.cli.summary import summary_app
from classifier.cli.terminal import echo
from classifier.cli.training import training_app
from classifier.cli.users import users_app

# Everything else is imported by the command that needs it, so that help is shown at once.

app = typer.Typer(
    name="outcome-coder",
    cls=PlainGroup,
    invoke_without_command=True,
    # Typer's tracebacks show the values of variables, and so outcome texts.
    pretty_exceptions_enable=False,
    help="Suggest codes for harvested outcomes, for a human coder to confirm. Nothing leaves this machine.",
    epilog="Without a command, a start screen opens in your browser. Or: outcome-coder suggest HARVEST.xlsx",
)
# Added without a name, their commands follow those of this module.
app.add_typer(suggestion_app)
app.add_typer(training_app)
app.add_typer(columns_app)
app.add_typer(agreement_app)
app.add_typer(summary_app)
app.add_typer(evaluation_app)
app.add_typer(review_app)
app.add_typer(service_app)
app.add_typer(decision_app)
app.add_typer(project_app, name="project")
app.add_typer(codebook_app, name="codebook")
app.add_typer(models_app, name="models")
app.add_typer(cache_app, name="cache")
app.add_typer(users_app, name="users")


def _print_version(asked: bool) -> None:
    if asked:
        from classifier import __version__

        echo(f"outcome-coder {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    context: typer.Context,
    version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version and exit."),
    ] = False,
    language: PageLanguage = None,
) -> None:
    """Open the start screen if no command is given."""
    if context.invoked_subcommand is None:
        open_start_screen(language)
    elif language is not None:
        reason = "is for the start screen here; `suggest` and `review` have their own, after their names"
        refuse_unused(context, ["language"], reason=reason)


@contextmanager
def _ended_in_order() -> Iterator[None]:
    """Leave nothing half-written where the program is ended, or its terminal closed, which else end it on the spot."""
    handlers = {}
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)  # Windows has no SIGHUP
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:  # nohup has it ignored
            handlers[number] = signal.signal(number, _end)
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)


def _end(number: int, _: object) -> None:
    sys.exit(128 + number)


def main() -> None:
    """Run the command line."""
    keep_private()
    for stream in (sys.stdout, sys.stderr):
        # A console without Arabic characters shows a question mark instead of failing.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        with _ended_in_order():
            app()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    # Errors before a command runs; `PlainGroup` handles the others.
    except Exception as error:
        sys.exit(tell_unforeseen(error, during="reading the command line"))
