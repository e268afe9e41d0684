"""The commands. Each reads its options, calls one library function and says what happened."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from classifier import __version__
from classifier.errors import OutcomeCoderError

# Everything else is imported by the command that needs it, so that help comes at once.
if TYPE_CHECKING:
    from classifier.codebook import Codebook
    from classifier.summary import Summary

__all__ = ["app", "main"]

app = typer.Typer(
    name="outcome-coder",
    no_args_is_help=True,
    # A traceback with the values of variables would show outcome texts.
    pretty_exceptions_enable=False,
    help="Suggests codes for harvested outcomes, for a human coder to confirm. Nothing leaves this machine.",
    epilog="Start with: outcome-coder suggest HARVEST.xlsx",
)
codebook_app = typer.Typer(
    no_args_is_help=True, help="Check, show or draft a codebook.", epilog="Example: outcome-coder codebook show"
)
models_app = typer.Typer(
    no_args_is_help=True,
    help="List the models, or show what one was made from.",
    epilog="Example: outcome-coder models list",
)
cache_app = typer.Typer(
    no_args_is_help=True,
    help="Look at or clear the embeddings kept on this machine.",
    epilog="Example: outcome-coder cache info",
)
project_app = typer.Typer(
    no_args_is_help=True,
    help="Begin a project, add harvests to it, or show how far it has come.",
    epilog="Example: outcome-coder project status",
)
app.add_typer(project_app, name="project")
app.add_typer(codebook_app, name="codebook")
app.add_typer(models_app, name="models")
app.add_typer(cache_app, name="cache")


def _share(value: float) -> float:
    if not 0.0 < value < 1.0:
        raise typer.BadParameter(f"{value} is not between 0 and 1; 0.9 means nine in ten")
    return value


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


class ReportFormat(StrEnum):
    """What is printed of a report."""

    HTML = "html"
    MD = "md"


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(f"outcome-coder {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version and stop."),
    ] = False,
) -> None:
    """Hold the options that stand before a command."""


@app.command(epilog="Example: outcome-coder suggest harvest_3.xlsx --out suggestions.xlsx")
def suggest(
    harvest: Annotated[Path, typer.Argument(help="The outcomes: .xlsx, .csv, .tsv, .jsonl, or records in .txt.")],
    model: Annotated[
        str, typer.Option("--model", metavar="NAME", help="A model under models/, or the folder of one.")
    ] = "sample",
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="FILE",
            help="Ending in .xlsx, .csv or .jsonl. (default: HARVEST_suggestions.xlsx)",
        ),
    ] = None,
    coverage: Annotated[
        float,
        typer.Option(callback=_share, help="Share of outcomes whose possible codes should hold the right one."),
    ] = 0.9,
    precision: Annotated[
        float, typer.Option(callback=_share, help="Share of the codes to `confirm` that should be right.")
    ] = 0.95,
    fields: Annotated[
        str | None, typer.Option("--fields", metavar="A,B", help="Fields to suggest for. (default: all)")
    ] = None,
    codebook: CodebookFile = None,
    sheet: SheetName = None,
    overwrite: Overwrite = False,
    no_cache: NoCache = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Write suggested codes beside each outcome of a harvest.

    Your file is not changed: a copy of the workbook gets, for every field, the suggested code, how sure
    the model is, other candidates, and whether to confirm, choose or code afresh. Code cells stay empty
    for you to fill.
    """
    started = time.monotonic()
    with _plain_errors():
        from classifier.progress import progress_bars
        from classifier.summary import summarise_suggestions
        from classifier.workbench import suggest_file

        with progress_bars(quiet=quiet or as_json) as advance:
            written = suggest_file(
                harvest,
                model=model,
                codebook=codebook,
                out=out,
                coverage=coverage,
                precision=precision,
                fields=[name.strip() for name in fields.split(",") if name.strip()] if fields else None,
                sheet=sheet,
                overwrite=overwrite,
                cache=not no_cache,
                advance=advance,
            )
        summary = summarise_suggestions(
            written, codebook=None if codebook is None else str(codebook), seconds=time.monotonic() - started
        )
    _say(summary, quiet=quiet, as_json=as_json)


@app.command(epilog="Example: outcome-coder explain harvest_3.xlsx --id SCC-JEU/026 --field scale")
def explain(
    harvest: Annotated[Path, typer.Argument(help="The outcomes: .xlsx, .csv, .tsv, .jsonl, or records in .txt.")],
    fragment_id: Annotated[str, typer.Option("--id", metavar="FRAGMENT", help="The FragmentID of the outcome.")],
    model: Annotated[
        str, typer.Option("--model", metavar="NAME", help="A model under models/, or the folder of one.")
    ] = "sample",
    field: Annotated[
        str | None, typer.Option("--field", metavar="NAME", help="The field to explain. (default: all)")
    ] = None,
    codebook: CodebookFile = None,
    sheet: SheetName = None,
    no_cache: NoCache = False,
) -> None:
    """Show why codes are suggested for one outcome.

    For every field: the code and its definition, the sentences that carried it, the parts of the story
    they stand in, and the coded outcomes that are most alike.
    """
    with _plain_errors():
        from classifier.explanation_page import print_explanation
        from classifier.workbench import explain_file

        explained = explain_file(
            harvest,
            fragment_id,
            model=model,
            codebook=codebook,
            fields=None if field is None else [field],
            sheet=sheet,
            cache=not no_cache,
        )
    print_explanation(explained, width=_width())


@app.command(epilog="Example: outcome-coder train harvest_1.xlsx harvest_2.xlsx --codebook codebook.yaml --out ours")
def train(
    out: Annotated[
        str, typer.Option("--out", metavar="FOLDER", help="The model's folder; a bare name goes to models/.")
    ],
    coded: Annotated[list[Path] | None, typer.Argument(help="Coded harvests, one or several.")] = None,
    definitions_only: Annotated[
        bool,
        typer.Option("--definitions-only", help="Learn from the codebook's definitions; no outcome is coded yet."),
    ] = False,
    codebook: CodebookFile = None,
    encoder: Encoders = None,
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Decides which outcomes are held out together.")] = 0,
    sheet: SheetName = None,
    overwrite: Overwrite = False,
    no_cache: NoCache = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Train a model on harvests that people have coded.

    About a minute for 300 outcomes. Every code must be one of the codebook's; what is not is told with
    its cell, and nothing is written. Where nothing is coded yet, --definitions-only makes a model of the
    codebook alone; it is better than chance, and to be replaced as soon as some outcomes are coded.
    """
    started = time.monotonic()
    with _plain_errors():
        from classifier.codebook import Codebook
        from classifier.encoders import DEFAULT_ENCODERS
        from classifier.progress import progress_bars
        from classifier.summary import summarise_training
        from classifier.workbench import train as train_folder
        from classifier.workbench import train_from_definitions

        _check_what_is_learnt_from(coded, definitions_only=definitions_only)
        with progress_bars(quiet=quiet or as_json) as advance:
            place = Path(out) if Path(out).name != out else out
            asked = None if codebook is None else Codebook.read(codebook)
            encoders = encoder or DEFAULT_ENCODERS
            if definitions_only:
                trained = train_from_definitions(
                    out=place, codebook=asked, encoders=encoders, cache=not no_cache, overwrite=overwrite
                )
            else:
                trained = train_folder(
                    coded or [],
                    out=place,
                    codebook=asked,
                    encoders=encoders,
                    seed=seed,
                    cache=not no_cache,
                    overwrite=overwrite,
                    sheet=sheet,
                    advance=advance,
                )
        summary = summarise_training(
            trained, codebook=None if codebook is None else str(codebook), seconds=time.monotonic() - started
        )
    _say(summary, quiet=quiet, as_json=as_json)


@app.command(
    epilog="Example: outcome-coder curve harvest_1.xlsx harvest_2.xlsx --codebook codebook.yaml --out curve.png"
)
def curve(
    coded: Annotated[list[Path], typer.Argument(help="Coded harvests, one or several.")],
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="The picture to draw, ending in .png.")] = Path(
        "learning_curve.png"
    ),
    target: Annotated[
        float, typer.Option(callback=_share, help="The F1 (of precision and recall) to find each code with.")
    ] = 0.7,
    codebook: CodebookFile = None,
    encoder: Encoders = None,
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Decides which outcomes are learnt from first.")] = 0,
    sheet: SheetName = None,
    overwrite: Overwrite = False,
    no_cache: NoCache = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Draw how good suggestions get with 5, 10, 20 … coded outcomes, and say how many more each code needs.

    A few minutes for 300 outcomes. Each number is tested on outcomes that were not learnt from.
    """
    started = time.monotonic()
    with _plain_errors():
        from classifier.codebook import Codebook
        from classifier.encoders import DEFAULT_ENCODERS
        from classifier.progress import progress_bars
        from classifier.summary import summarise_curve
        from classifier.workbench import draw_curve

        with progress_bars(quiet=quiet or as_json) as advance:
            drawn = draw_curve(
                coded,
                out=out,
                codebook=None if codebook is None else Codebook.read(codebook),
                target=target,
                encoders=encoder or DEFAULT_ENCODERS,
                seed=seed,
                cache=not no_cache,
                overwrite=overwrite,
                sheet=sheet,
                advance=advance,
            )
        summary = summarise_curve(drawn, out=out, seconds=time.monotonic() - started)
    _say(summary, quiet=quiet, as_json=as_json)


@app.command(epilog="Example: outcome-coder agreement coder_a.xlsx coder_b.xlsx --codebook codebook.yaml")
def agreement(
    coded: Annotated[list[Path], typer.Argument(help="The same outcomes, coded by each coder in a file of their own.")],
    codebook: CodebookFile = None,
    width: Annotated[float, typer.Option(callback=_share, help="Width of the interval of kappa to plan for.")] = 0.1,
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Decides what is drawn for intervals.")] = 0,
    adjudicate: Annotated[
        Path | None,
        typer.Option("--adjudicate", metavar="FILE", help="Also write a workbook to settle the differences in."),
    ] = None,
    with_text: Annotated[
        bool, typer.Option("--with-text", help="Put outcome texts into it, but for confidential ones.")
    ] = False,
    settle: Annotated[
        Path | None,
        typer.Option("--settle", metavar="FILE", help="Read that workbook back, and write the agreed codes to --out."),
    ] = None,
    coder: Annotated[str | None, typer.Option("--coder", metavar="NAME", help="Who settled; with --settle.")] = None,
    out: Annotated[
        Path, typer.Option("--out", metavar="FILE", help="A copy of the first file with the agreed codes.")
    ] = Path("agreed.xlsx"),
    sheet: SheetName = None,
    overwrite: Overwrite = False,
    as_json: AsJson = False,
) -> None:
    """Say how far coders agree, by field and by code; settle where they differ.

    Outcomes are matched by FragmentID; any may be missing from any file, and codes may be missing too.
    Also says how many outcomes should be coded twice for an interval of --width. With --adjudicate, the
    differences go to a workbook with drop-downs; when it is filled, --settle writes the agreed codes with
    who and when. With --settle a single file will do, to settle what an evaluation report lists.
    """
    started = time.monotonic()
    with _plain_errors():
        from classifier import shipped
        from classifier.agreement_summary import summarise_agreement, summarise_settled
        from classifier.codebook import Codebook
        from classifier.coder_agreement import compare_coders, settle_differences, write_differences

        if coder is not None and settle is None:
            raise typer.BadParameter("--coder says who settled; add --settle FILE, or leave it out")
        if with_text and adjudicate is None:
            raise typer.BadParameter(
                "--with-text is of the workbook of differences; add --adjudicate FILE, or leave it out"
            )
        asked = shipped.codebook() if codebook is None else Codebook.read(codebook)
        if settle is not None:
            written = settle_differences(
                coded, settle, coder=coder or "", out=out, codebook=asked, sheet=sheet, overwrite=overwrite
            )
            summary = summarise_settled(written, seconds=time.monotonic() - started)
        else:
            compared = compare_coders(coded, codebook=asked, sheet=sheet, seed=seed)
            if adjudicate is not None:
                write_differences(
                    compared.codings, adjudicate, codebook=asked, with_text=with_text, overwrite=overwrite
                )
            summary = summarise_agreement(
                compared, width=width, differences=adjudicate, seconds=time.monotonic() - started
            )
    _say(summary, quiet=False, as_json=as_json)


@app.command("summary", epilog="Example: outcome-coder summary coded.xlsx --by country --out summary.xlsx")
def summary_of_codes(
    coded: Annotated[list[Path], typer.Argument(help="Coded harvests, one or several.")],
    by: Annotated[
        list[str] | None,
        typer.Option("--by", metavar="COLUMN", help="Count by this column too, such as the year; may be given again."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write all tables to a workbook (.xlsx), with charts.")
    ] = None,
    codebook: CodebookFile = None,
    sheet: SheetName = None,
    overwrite: Overwrite = False,
    as_json: AsJson = False,
) -> None:
    """Count the codes of a coded harvest: how many outcomes have each, and beside what.

    Prints the counts of each field, and by the column named. The workbook holds these, any two fields
    against each other, and each by country, period, negative and unintended. It holds no text.
    """
    started = time.monotonic()
    with _plain_errors():
        from classifier.codebook import Codebook
        from classifier.counting import count_harvests
        from classifier.counting_summary import summarise_counts

        counted = count_harvests(
            coded,
            codebook=None if codebook is None else Codebook.read(codebook),
            by=by or (),
            out=out,
            sheet=sheet,
            overwrite=overwrite,
        )
        summary = summarise_counts(counted, seconds=time.monotonic() - started)
    _say(summary, quiet=False, as_json=as_json)


@app.command(epilog="Example: outcome-coder evaluate harvest_1.xlsx harvest_2.xlsx --test harvest_3.xlsx --out report")
def evaluate(
    coded: Annotated[
        list[Path] | None,
        typer.Argument(help="Coded harvests. Each outcome is held out in turn, unless said otherwise."),
    ] = None,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="The folder of the report.")] = Path("report"),
    test: Annotated[
        Path | None, typer.Option("--test", metavar="CODED", help="Learn from the others, and test on this one.")
    ] = None,
    by_period: Annotated[
        bool, typer.Option("--by-period", help="Test on each harvest period, and learn from the earlier ones.")
    ] = False,
    leave_out: Annotated[
        str | None,
        typer.Option(
            "--leave-out",
            metavar="COLUMN",
            help="Test on each value of a column, such as a country, and learn from the rest; id-prefix for partners.",
        ),
    ] = None,
    folds: Annotated[int, typer.Option("--folds", min=2, help="In how many parts outcomes are held out.")] = 10,
    model: Annotated[
        str | None,
        typer.Option("--model", metavar="NAME", help="Test this model, in place of training one for the test."),
    ] = None,
    suggestions: Annotated[
        Path | None, typer.Option("--suggestions", metavar="JSONL", help="Suggestions given before; with --codes.")
    ] = None,
    codes: Annotated[
        Path | None, typer.Option("--codes", metavar="CODED", help="The codes that coders settled on since.")
    ] = None,
    coder: Annotated[
        list[Path] | None,
        typer.Option("--coder", metavar="CODED", help="The codes of one coder; give it for each, to know the ceiling."),
    ] = None,
    sample: Annotated[
        Path | None, typer.Option("--sample", metavar="CODED", help="A random sample of a harvest, coded; with --all.")
    ] = None,
    everything: Annotated[
        Path | None, typer.Option("--all", metavar="HARVEST", help="The harvest it was drawn from, to count codes in.")
    ] = None,
    repeats: Annotated[
        Path | None,
        typer.Option("--repeats", metavar="CSV", help="Known near-duplicates. (default: those that are found)"),
    ] = None,
    coverage: Annotated[float, typer.Option(callback=_share, help="As of `suggest`.")] = 0.9,
    precision: Annotated[float, typer.Option(callback=_share, help="As of `suggest`.")] = 0.95,
    with_text: Annotated[
        bool,
        typer.Option(
            "--with-text", help="Put outcome texts into the adjudication workbook, but for confidential ones."
        ),
    ] = False,
    markdown: Annotated[
        ReportFormat, typer.Option("--format", help="Also print the report, to paste: md.")
    ] = ReportFormat.HTML,
    codebook: CodebookFile = None,
    encoder: Encoders = None,
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Decides folds and draws.")] = 0,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace an earlier report, with what people put into its folder.")
    ] = False,
    no_cache: NoCache = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Report how far suggestions agree with coders, and coders with each other.

    Writes a folder with a page to read (report.html), figures for programs (report.json), tables and
    pictures. No outcome is judged by a model that has learnt from it. A few minutes for 400 outcomes.
    """
    started = time.monotonic()
    with _plain_errors():
        from classifier.codebook import Codebook
        from classifier.encoders import DEFAULT_ENCODERS
        from classifier.evaluating import Asked
        from classifier.progress import progress_bars
        from classifier.report_job import report_on
        from classifier.report_page import to_markdown
        from classifier.report_summary import summarise_report

        asked = Asked(
            coded=tuple(coded or ()),
            test=test,
            by_period=by_period,
            leave_out=leave_out,
            n_folds=folds,
            model=model,
            suggestions=suggestions,
            codes=codes,
            coders=tuple(coder or ()),
            sample=sample,
            everything=everything,
            repeats=repeats,
            coverage=coverage,
            precision=precision,
            seed=seed,
        )
        is_text = markdown is ReportFormat.MD
        with progress_bars(quiet=quiet or as_json) as advance:
            reported = report_on(
                asked,
                out=out,
                codebook=None if codebook is None else Codebook.read(codebook),
                encoders=encoder or DEFAULT_ENCODERS,
                with_text=with_text,
                overwrite=overwrite,
                cache=not no_cache,
                advance=advance,
            )
        summary = summarise_report(reported, out=out, seconds=time.monotonic() - started)
    if is_text:
        typer.echo(to_markdown(reported.report))
    else:
        _say(summary, quiet=quiet, as_json=as_json)


def _check_what_is_learnt_from(coded: Sequence[Path] | None, *, definitions_only: bool) -> None:
    if coded and definitions_only:
        raise typer.BadParameter(
            f"--definitions-only learns from no coded harvest; leave it out, or leave out {coded[0].name}"
        )
    if not coded and not definitions_only:
        raise typer.BadParameter(
            "name one or several coded harvests; where nothing is coded yet, add --definitions-only"
        )


# Codebooks


@codebook_app.command("check", epilog="Example: outcome-coder codebook check codebook.yaml")
def codebook_check(file: Annotated[Path, typer.Argument(help="The codebook (YAML).")]) -> None:
    """Check a codebook and name the lines to correct."""
    with _plain_errors():
        from classifier.codebook import Codebook

        codebook = Codebook.read(file)
    n_codes = sum(len(field.codes) for field in codebook.fields)
    typer.echo(f"{file.name}: {len(codebook.fields)} field(s) with {n_codes} codes, nothing to correct")
    for slip in codebook.unknown_keys():
        typer.echo(f"  {slip}")


def _changes(before: Codebook, after: Codebook) -> list[str]:
    redefined = [f"{field}: the definition of {code!r} has changed" for field, code in before.redefined(after)]
    return [*before.differences(after), *redefined]


@codebook_app.command("show", epilog="Example: outcome-coder codebook show")
def codebook_show(
    file: Annotated[Path | None, typer.Argument(help="The codebook (YAML). (default: the shipped one)")] = None,
) -> None:
    """Show the fields and codes of a codebook as a table."""
    with _plain_errors():
        from classifier import shipped
        from classifier.codebook import Codebook

        codebook = Codebook.read(file or shipped.codebook_path())
    rows = []
    for field in codebook.fields:
        for place, code in enumerate(field.codes):
            head = f"{field.name}\n{field.column.strip()} ({field.kind})" if place == 0 else ""
            rows.append((head, code.code, code.definition))
    _print_table([("Field", "Code", "Definition"), *rows])


@codebook_app.command("diff", epilog="Example: outcome-coder codebook diff codebook_2025.yaml codebook_2026.yaml")
def codebook_diff(
    old: Annotated[Path, typer.Argument(help="The earlier codebook (YAML).")],
    new: Annotated[Path, typer.Argument(help="The later one.")],
) -> None:
    """List what has changed from one codebook to another: fields and codes that came or went, and definitions."""
    with _plain_errors():
        from classifier.codebook import Codebook

        before, after = Codebook.read(old), Codebook.read(new)
    changes = _changes(before, after)
    typer.echo(f"{old.name} and {new.name}: {len(changes) or 'no'} change(s)")
    for change in changes:
        typer.echo(f"  {change}")


@codebook_app.command("draft", epilog="Example: outcome-coder codebook draft coded.xlsx --out codebook.yaml")
def codebook_draft(
    coded: Annotated[Path, typer.Argument(help="A coded harvest.")],
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="The codebook to write.")] = Path("codebook.yaml"),
    columns: Annotated[
        str | None,
        typer.Option(
            "--columns", metavar="A,B", help="The columns that hold codes. (default: those that look like it)"
        ),
    ] = None,
    sheet: SheetName = None,
    overwrite: Overwrite = False,
) -> None:
    """Draft a codebook from the labels found in a coded workbook, for you to complete."""
    with _plain_errors():
        from classifier.codebook_draft import draft_codebook
        from classifier.errors import OutputError
        from classifier.files import write_whole

        if out.exists() and not overwrite:
            raise OutputError(f"{out}: exists; choose another --out, or add --overwrite")
        names = [name.strip() for name in columns.split(",")] if columns else None
        draft = draft_codebook(coded, columns=names, sheet=sheet)
        with write_whole(out) as temporary:
            temporary.write_text(draft.dump(), encoding="utf-8", newline="\n")
    for field in draft.codebook.fields:
        typer.echo(f"{field.column.strip()}: {len(field.codes)} codes ({field.kind})")
    for note in draft.notes:
        typer.echo(f"  {note}")
    typer.echo(f"Wrote {out}. Fill in the definitions, then run `outcome-coder codebook check {out}`.")


# Projects


ProjectFolder = Annotated[
    Path, typer.Option("--project", metavar="FOLDER", help="The project. (default: the folder you are in)")
]


@project_app.command(
    "new", epilog="Example: outcome-coder project new harvest_2026 --codebook codebook.yaml --model ours"
)
def project_new(
    folder: Annotated[Path, typer.Argument(help="The folder to begin the project in.")],
    codebook: CodebookFile = None,
    model: Annotated[
        str | None, typer.Option("--model", metavar="NAME", help="The model whose suggestions are shown.")
    ] = None,
    journal: Annotated[
        str | None,
        typer.Option(
            "--journal", metavar="URL", help="A database for a team, postgresql+psycopg://… (default: a file in FOLDER)"
        ),
    ] = None,
) -> None:
    """Begin a project: a folder with a codebook, harvests, and a journal of every decision."""
    with _plain_errors():
        from classifier import shipped
        from classifier.project import new_project

        new_project(folder, codebook=codebook or shipped.codebook_path(), model=model, journal=journal)
    typer.echo(f"Began the project {folder}; add a harvest with: outcome-coder project add HARVEST --project {folder}")


@project_app.command("add", epilog="Example: outcome-coder project add harvest_3.xlsx --project harvest_2026")
def project_add(
    harvest: Annotated[Path, typer.Argument(help="The outcomes: .xlsx, .csv, .tsv, .jsonl, or records in .txt.")],
    project: ProjectFolder = Path(),
) -> None:
    """Add a harvest to a project, or a corrected version of one: what changed is told, decisions stay."""
    with _plain_errors():
        from classifier.project import add_harvest, open_project

        added = add_harvest(open_project(project), harvest)
    typer.echo(
        f"{harvest.name}: {len(added.new)} new outcomes, {len(added.same)} as they were, {len(added.changed)} changed"
    )
    for name, what in list(added.changed.items())[:_MOST_TOLD]:
        typer.echo(f"  {name}: {', '.join(part.strip() for part in what)}")
    if len(added.changed) > _MOST_TOLD:
        typer.echo(f"  and {len(added.changed) - _MOST_TOLD} more")
    if added.missing:
        typer.echo(f"  {len(added.missing)} that the earlier version had are missing; they and their decisions stay")
    if added.n_decided:
        typer.echo(f"  {added.n_decided} of the changed ones were decided already; look at them again")


@project_app.command("status", epilog="Example: outcome-coder project status --project harvest_2026")
def project_status(project: ProjectFolder = Path(), as_json: AsJson = False) -> None:
    """Show what each coder decided in each field, and how far coders agree so far."""
    with _plain_errors():
        from classifier.project import open_project
        from classifier.project_status import status_of
        from classifier.project_summary import summarise_status

        summary = summarise_status(status_of(open_project(project)), folder=project)
    _say(summary, quiet=False, as_json=as_json)


@app.command(epilog="Example: outcome-coder confirm reviewed.xlsx --coder 'Ana Moss' --project harvest_2026")
def confirm(
    reviewed: Annotated[Path, typer.Argument(help="A workbook that a coder has entered codes in.")],
    coder: Annotated[str, typer.Option("--coder", metavar="NAME", help="Who entered them.")],
    project: ProjectFolder = Path(),
    theirs: Annotated[
        bool, typer.Option("--theirs", help="Where this coder decided otherwise before, the workbook counts.")
    ] = False,
    ours: Annotated[bool, typer.Option("--ours", help="There, what was decided before counts.")] = False,
    sheet: SheetName = None,
    as_json: AsJson = False,
) -> None:
    """Read the codes that a coder entered in a workbook into a project's journal.

    Rows are matched by FragmentID. Unknown codes are told with their cells, and then nothing is recorded.
    What this coder decided otherwise before is listed, and stays as it is unless --theirs.
    """
    with _plain_errors():
        from classifier.project import open_project
        from classifier.project_summary import summarise_returned
        from classifier.returned import Keep, read_returned

        if theirs and ours:
            raise typer.BadParameter("--theirs and --ours contradict each other; leave one out")
        keep = Keep.WORKBOOK if theirs else Keep.JOURNAL if ours else Keep.NEITHER
        returned = read_returned(reviewed, open_project(project), coder=coder, keep=keep, sheet=sheet)
        summary = summarise_returned(returned, path=reviewed, coder=coder)
    _say(summary, quiet=False, as_json=as_json)


@app.command(epilog="Example: outcome-coder export harvest_2026 --out coded.xlsx")
def export(
    project: Annotated[Path, typer.Argument(help="The project.")] = Path(),
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="The coded harvest.")] = Path("coded.xlsx"),
    harvest: Annotated[
        str | None, typer.Option("--harvest", metavar="NAME", help="Which file, where the project has several.")
    ] = None,
    overwrite: Overwrite = False,
) -> None:
    """Write what a project decided: the harvest with its codes, and a sheet that says who decided what, and when."""
    with _plain_errors():
        from classifier.exporting import export_project
        from classifier.project import open_project

        exported = export_project(open_project(project), out, harvest=harvest, overwrite=overwrite)
    typer.echo(f"Wrote {exported.out}: {exported.n_coded} codes by decision, {len(exported.still_open)} still open")


# Models and the cache


@models_app.command("list", epilog="Example: outcome-coder models list")
def models_list() -> None:
    """List the models under models/ here and the shipped ones."""
    with _plain_errors():
        from classifier.model_folder import list_models, read_manifest

        rows = []
        for folder in list_models():
            try:
                manifest = read_manifest(folder)
            except OutcomeCoderError as error:
                rows.append((folder.name, "", "", str(error)))
                continue
            figures = [figures.cohen_kappa for figures in manifest.out_of_fold.values()]
            kappa = f"{sum(figures) / len(figures):.2f}" if figures else "too few to say"
            rows.append((folder.name, manifest.created[:10], str(len(manifest.fragment_ids)), kappa))
    _print_table([("Model", "Trained", "Outcomes", "Mean kappa on outcomes not learnt from"), *rows])


@models_app.command("show", epilog="Example: outcome-coder models show sample")
def models_show(
    name: Annotated[str, typer.Argument(help="A model under models/, or the folder of one.")],
    codebook: Annotated[
        Path | None,
        typer.Option("--codebook", metavar="FILE", help="Also list what has changed in this codebook since."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show what a model was made from, and how well it did on outcomes it had not learnt from.

    With a codebook, what differs in it from the one that the model was made with is listed: fields and
    codes that came or went, and codes whose definition has changed.
    """
    with _plain_errors():
        from classifier.codebook import Codebook
        from classifier.model_folder import find_model, load_model

        folder = find_model(name)
        model = load_model(folder)
        manifest = model.manifest
        asked = None if codebook is None else Codebook.read(codebook)
    if as_json:
        typer.echo(manifest.model_dump_json(indent=1))
        return
    typer.echo(f"{manifest.title}, in {folder}, seed {manifest.seed}")
    for file in manifest.files:
        typer.echo(f"  {len(file.fragment_ids)} outcomes of {file.name} (sha256 {file.sha256[:12]}…)")
    if not manifest.files:
        typer.echo("  no coded outcome: codes are suggested by definition only")
    typer.echo(f"  {len(manifest.near_duplicates)} groups of near-duplicates kept together")
    for encoder in manifest.encoders:
        typer.echo(f"  encoder {encoder.name} (sha256 {encoder.sha256[:12]}…)")
    typer.echo(f"  {', '.join(f'{library} {version}' for library, version in manifest.versions.items())}")
    figures = manifest.out_of_fold
    rows = [
        (field, code, str(count), str(figures[field].kappa) if place == 0 and field in figures else "")
        for field, counts in manifest.codes.items()
        for place, (code, count) in enumerate(counts.items())
    ]
    _print_table([("Field", "Code", "Outcomes", "Cohen's kappa, out of fold"), *rows])
    if asked is not None:
        changes = _changes(model.codebook, asked)
        typer.echo(f"{codebook}: {len(changes) or 'no'} change(s) since the model was made")
        for change in changes:
            typer.echo(f"  {change}")


@cache_app.command("info", epilog="Example: outcome-coder cache info")
def cache_info() -> None:
    """Say where embeddings are kept, how many, and how much room they take."""
    from classifier.embedding_cache import EmbeddingCache, default_cache_folder

    info = EmbeddingCache(default_cache_folder()).info()
    typer.echo(f"{info.folder}: {info.n_vectors} embeddings, {info.n_bytes / 1e6:.1f} MB")


@cache_app.command("clear", epilog="Example: outcome-coder cache clear")
def cache_clear() -> None:
    """Delete the embeddings kept on this machine; they are made anew when needed."""
    from classifier.embedding_cache import EmbeddingCache, default_cache_folder

    n_deleted = EmbeddingCache(default_cache_folder()).clear()
    typer.echo(f"{n_deleted} embeddings deleted")


def main() -> None:
    """Run the command line."""
    for stream in (sys.stdout, sys.stderr):
        # A console that knows no Arabic shows a mark instead of failing.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    app()


# Saying what happened


@contextmanager
def _plain_errors() -> Iterator[None]:
    """Turn what a person can put right into its message and exit status 1."""
    try:
        yield
    except OutcomeCoderError as error:
        typer.echo(f"Error: {error}", err=True)
        raise typer.Exit(1) from error
    except KeyboardInterrupt as error:
        typer.echo("Stopped; nothing was written.", err=True)
        raise typer.Exit(1) from error


def _say(summary: Summary, *, quiet: bool, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(summary.plain, ensure_ascii=False, indent=1))
        return
    if not quiet:
        typer.echo("\n".join(summary.opening))
        for table in summary.tables:
            _print_table(table)
    if summary.notes:
        typer.echo(f"{len(summary.notes)} thing(s) to look at:", err=quiet)
        for note in summary.notes:
            typer.echo(f"  {note}", err=quiet)
    if not quiet:
        typer.echo(summary.ending)


_MOST_TOLD = 20  # changes; a page of them would hide the rest
_UNBROKEN = 22  # letters of a cell that is read as one word


def _width() -> int | None:
    """Return how wide to print: as the terminal, which is None, or as plain text needs it in a pipe."""
    return None if sys.stdout.isatty() else 110


def _print_table(rows: Sequence[Sequence[str]]) -> None:
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
    Console(width=_width(), highlight=False, emoji=False).print(table)
