"""The commands for what a team decides: a project, the workbooks read into it, and the coded harvest out of it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from classifier.cli.options import (
    AsJson,
    CodebookFile,
    HarvestFile,
    MatchIds,
    NewCoder,
    NoCache,
    Overwrite,
    ProjectFolder,
    Quiet,
    any_share,
    plain_errors,
    reads_harvests,
    say,
)
from classifier.harvest.options import ReadingOptions

project_app = typer.Typer(
    no_args_is_help=True,
    help="Begin a project, add harvests to it, train its model, or show how far it has come.",
    epilog="Example: outcome-coder project status",
)
decision_app = typer.Typer()


@project_app.command(
    "new", epilog="Example: outcome-coder project new harvest_2026 --codebook codebook.yaml --model ours"
)
def project_new(
    folder: Annotated[Path, typer.Argument(help="The folder to begin the project in.")],
    codebook: CodebookFile = None,
    model: Annotated[
        str | None,
        typer.Option(
            "--model",
            metavar="NAME",
            help="The model whose suggestions are shown. (default: the sample, where --codebook isn't given either)",
        ),
    ] = None,
    journal: Annotated[
        str | None,
        typer.Option(
            "--journal", metavar="URL", help="A database for a team, postgresql+psycopg://… (default: a file in FOLDER)"
        ),
    ] = None,
    blind: Annotated[
        float,
        typer.Option(
            metavar="SHARE", callback=any_share, help="Share of the outcomes to code with no suggestion in view."
        ),
    ] = 0.15,
    double: Annotated[
        float,
        typer.Option(metavar="SHARE", callback=any_share, help="Share of the outcomes that two coders code."),
    ] = 0.0,
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Decides which outcomes these are.")] = 0,
) -> None:
    """Begin a project: a folder with a codebook, harvests, and a journal of every decision.

    Some outcomes are coded blind, so that agreement can be measured honestly. Which ones is drawn by
    chance, and stays the same.
    """
    is_sample = codebook is None and model is None
    with plain_errors():
        from classifier import sample_files
        from classifier.model.storage import codebook_of, find_model
        from classifier.project.project import Shares, new_project

        name = "sample" if is_sample else model
        if name is not None and not sample_files.is_shipped(found := find_model(name)):
            name = str(found.absolute())  # wherever the project is opened from
        new_project(
            folder,
            codebook=codebook or codebook_of(name or "sample"),
            model=name,
            journal=journal,
            shares=Shares(blind=blind, double=double, seed=seed),
        )
    if is_sample:
        typer.echo("Codes are suggested by the sample model, made for the codebook that ships with outcome-coder")
    typer.echo(f"Began the project {folder}; add a harvest with: outcome-coder project add HARVEST --project {folder}")


@project_app.command("add", epilog="Example: outcome-coder project add harvest_3.xlsx --project harvest_2026")
@reads_harvests
def project_add(
    harvest: HarvestFile,
    project: ProjectFolder = Path(),
    options: ReadingOptions = ReadingOptions(),
    as_json: AsJson = False,
) -> None:
    """Add a harvest to a project, or a corrected version of one: what changed is told, decisions stay.

    Of a workbook with several sheets of outcomes, name those to take with --sheet, or take --all-sheets; the
    next version of it is read on the same sheets.
    """
    with plain_errors():
        from classifier.project.add_harvest import add_harvest
        from classifier.project.import_summary import summarise_added
        from classifier.project.project import open_project

        summary = summarise_added(add_harvest(open_project(project), harvest, options=options), name=harvest.name)
    say(summary, quiet=False, as_json=as_json)


@project_app.command("status", epilog="Example: outcome-coder project status --project harvest_2026")
def project_status(project: ProjectFolder = Path(), as_json: AsJson = False) -> None:
    """Show what each coder decided in each field, and how far coders agree so far."""
    with plain_errors():
        from classifier.project.console_summary import summarise_status
        from classifier.project.project import open_project
        from classifier.project.status import status_of

        summary = summarise_status(status_of(open_project(project)), folder=project)
    say(summary, quiet=False, as_json=as_json)


@project_app.command("suggest", epilog="Example: outcome-coder project suggest --project harvest_2026")
def project_suggest(
    project: ProjectFolder = Path(), no_cache: NoCache = False, quiet: Quiet = False, as_json: AsJson = False
) -> None:
    """Suggest codes for a project's outcomes, by the model that it has now.

    Outcomes that are coded in their file need none. For those that the model has learnt from, the earlier
    suggestion stays. What was suggested before is kept, so that it can be told what a coder had in view.
    """
    with plain_errors():
        from classifier.progress import progress_bars
        from classifier.project.console_summary import summarise_refreshed
        from classifier.project.project import open_project
        from classifier.project.refresh_suggestions import refresh_suggestions

        with progress_bars(quiet=quiet or as_json) as progress:
            opened = open_project(project)
            kept = refresh_suggestions(opened, cache=not no_cache, progress=progress)
        summary = summarise_refreshed(kept, project=opened)
    say(summary, quiet=quiet, as_json=as_json)


@project_app.command("train", epilog="Example: outcome-coder project train --project harvest_2026")
@reads_harvests
def project_train(
    coded: Annotated[
        list[Path] | None, typer.Argument(help="Coded harvests to learn from beside the project's own.")
    ] = None,
    project: ProjectFolder = Path(),
    options: ReadingOptions = ReadingOptions(),
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Decides which outcomes are held out together.")] = 0,
    no_cache: NoCache = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Train a model from what a project's coders have settled, and make it the project's.

    Where coders differ and nobody has settled it, nothing is learnt. Earlier models stay in the project,
    and earlier suggestions too; new ones come with `project suggest`.
    """
    with plain_errors():
        from classifier.progress import progress_bars
        from classifier.project.console_summary import summarise_project_training
        from classifier.project.project import open_project
        from classifier.project.training import train_project

        with progress_bars(quiet=quiet or as_json) as progress:
            trained = train_project(
                open_project(project), coded or (), options=options, seed=seed, cache=not no_cache, progress=progress
            )
        summary = summarise_project_training(trained)
    say(summary, quiet=quiet, as_json=as_json)
    if not (quiet or as_json):
        typer.echo(f"New suggestions come with: outcome-coder project suggest --project {project}")


@project_app.command(
    "codebook", epilog="Example: outcome-coder project codebook codebook_2027.yaml --project harvest_2026"
)
def project_codebook(
    new: Annotated[Path, typer.Argument(help="The new codebook (YAML).")],
    map_file: Annotated[
        Path | None,
        typer.Option(
            "--map", metavar="MAP.csv", help="What becomes of codes: a table with the columns field, from and to."
        ),
    ] = None,
    project: ProjectFolder = Path(),
    as_json: AsJson = False,
) -> None:
    """Change a project's codebook, and carry over what was decided.

    A renamed or merged code is found by the `aliases` of the new codebook, or by a row of the map.
    Decisions with a code that was split (several rows, or several codes in `to`) or dropped (nothing in
    `to`) go back to the queue. Where a code with decisions is gone and nothing says what becomes of it,
    nothing is changed, and the rows to write are told.
    """
    with plain_errors():
        from classifier.project.codebook_migration import change_codebook
        from classifier.project.codebook_migration_summary import summarise_change
        from classifier.project.project import open_project

        summary = summarise_change(change_codebook(open_project(project), new, map_file=map_file))
    say(summary, quiet=False, as_json=as_json)


@decision_app.command(epilog="Example: outcome-coder confirm reviewed.xlsx --coder 'Ana Moss' --project harvest_2026")
@reads_harvests
def confirm(
    reviewed: Annotated[Path, typer.Argument(help="A workbook that a coder has entered codes in.")],
    coder: Annotated[str, typer.Option("--coder", metavar="NAME", help="Who entered them.")],
    project: ProjectFolder = Path(),
    theirs: Annotated[
        bool, typer.Option("--theirs", help="Where this coder decided otherwise before, the workbook counts.")
    ] = False,
    ours: Annotated[bool, typer.Option("--ours", help="There, what was decided before counts.")] = False,
    match_ids: MatchIds = False,
    new_coder: NewCoder = False,
    options: ReadingOptions = ReadingOptions(),
    as_json: AsJson = False,
) -> None:
    """Read the codes that a coder entered in a workbook into a project's journal.

    Rows are matched by FragmentID; IDs that only look like one of the project are told, and taken for it
    with --match-ids. Unknown codes are told with their cells, and then nothing is recorded.
    What this coder decided otherwise before is listed, and stays as it is unless --theirs. However the
    name is typed (case, blanks, full stops), it is the same coder; who is new among others is confirmed
    by --new-coder.
    """
    with plain_errors():
        from classifier.project.console_summary import summarise_returned
        from classifier.project.import_workbook import Keep, read_returned
        from classifier.project.project import admit_coder, open_project

        if theirs and ours:
            raise typer.BadParameter("--theirs and --ours contradict each other; leave one out")
        keep = Keep.WORKBOOK if theirs else Keep.JOURNAL if ours else Keep.NEITHER
        opened = open_project(project)
        coder = admit_coder(opened, coder, is_new=new_coder)
        returned = read_returned(reviewed, opened, coder=coder, keep=keep, options=options, match_ids=match_ids)
        summary = summarise_returned(returned, path=reviewed, coder=coder)
    say(summary, quiet=False, as_json=as_json)


@decision_app.command(epilog="Example: outcome-coder export harvest_2026 --out coded.xlsx")
def export(
    project: Annotated[Path, typer.Argument(help="The project.")] = Path(),
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="The coded harvest.")] = Path("coded.xlsx"),
    harvest: Annotated[
        str | None, typer.Option("--harvest", metavar="NAME", help="Which file, where the project has several.")
    ] = None,
    overwrite: Overwrite = False,
    as_json: AsJson = False,
) -> None:
    """Write what a project decided: the harvest with its codes, and a sheet that says who decided what, and when."""
    with plain_errors():
        from classifier.project.console_summary import summarise_exported
        from classifier.project.export_workbook import export_project
        from classifier.project.project import open_project

        exported = export_project(open_project(project), out, harvest=harvest, overwrite=overwrite)
    say(summarise_exported(exported), quiet=False, as_json=as_json)
