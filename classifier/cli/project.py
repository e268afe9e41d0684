"""The commands project, confirm and export: a team's decisions."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from classifier.cli.options import (
    READING_PARAMETERS,
    AsJson,
    CodebookFile,
    CoderColumn,
    HarvestFile,
    IncludeConfidential,
    MatchIds,
    NewCoder,
    NoCache,
    Overwrite,
    ProjectFolder,
    Quiet,
    RecalFolder,
    any_share,
    in_command,
    plain_errors,
    reads_harvests,
    refuse_unused,
    say,
)
from classifier.cli.terminal import echo
from classifier.harvest.options import ReadingOptions

project_app = typer.Typer(
    no_args_is_help=True,
    help="Create a project, add harvests to it, train its model, or show its progress.",
    epilog="Example: outcome-coder project status",
)
decision_app = typer.Typer()


@project_app.command(
    "new", epilog="Example: outcome-coder project new harvest_2026 --codebook codebook.yaml --model ours"
)
def project_new(
    folder: Annotated[Path, typer.Argument(help="The folder to create the project in.")],
    codebook: CodebookFile = None,
    model: Annotated[
        str | None,
        typer.Option(
            "--model",
            metavar="NAME",
            help="The model whose suggestions are shown. (default: the sample, if --codebook isn't given either)",
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
            metavar="SHARE", callback=any_share, help="Share of outcomes to code blind, with no suggestion in view."
        ),
    ] = 0.15,
    double: Annotated[
        float,
        typer.Option(metavar="SHARE", callback=any_share, help="Share of outcomes that two coders code."),
    ] = 0.0,
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Decides which outcomes these are.")] = 0,
    group: Annotated[
        bool, typer.Option("--group", help="Let the folder's group of users read and write it, not only you.")
    ] = False,
) -> None:
    """Create a project: a folder with a codebook, harvests, and a journal of every decision.

    Some outcomes are coded blind, so that agreement can be measured honestly. They are drawn at random,
    once for the project.
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
            for_group=group,
        )
    if is_sample:
        echo("Codes are suggested by the sample model, for the codebook that comes with outcome-coder")
    echo(f"Created project {folder}. Add a harvest with: outcome-coder project add HARVEST --project {folder}")


@project_app.command("add", epilog="Example: outcome-coder project add harvest_3.xlsx --project harvest_2026")
@reads_harvests
def project_add(
    harvest: HarvestFile,
    project: ProjectFolder = Path(),
    options: ReadingOptions = ReadingOptions(),
    as_json: AsJson = False,
) -> None:
    """Add a harvest to a project, or a corrected version of one: changes are listed, decisions are kept.

    If a workbook has several sheets of outcomes, name those to add with --sheet, or give --all-sheets; the
    same sheets are read from its next version.
    """
    with plain_errors():
        from classifier.project.add_harvest import add_harvest
        from classifier.project.import_summary import summarise_added
        from classifier.project.project import open_project

        added = add_harvest(open_project(project), harvest, options=options)
        summary = summarise_added(added, name=harvest.name)
    has_model = added.project.model_place is not None
    say(summary, quiet=False, as_json=as_json, next_step=_to_suggest(project) if has_model else _to_review(project))


@project_app.command("status", epilog="Example: outcome-coder project status --project harvest_2026")
def project_status(project: ProjectFolder = Path(), as_json: AsJson = False) -> None:
    """Show each coder's progress in each field, and the agreement between coders so far."""
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
    """Suggest codes for a project's outcomes with its current model.

    Outcomes already coded in their file get none. Outcomes that the model was trained on keep their
    earlier suggestion. Earlier suggestions are kept, as a record of what each coder saw.
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
    say(summary, quiet=quiet, as_json=as_json, next_step=_to_review(project))


@project_app.command("train", epilog="Example: outcome-coder project train --project harvest_2026")
@reads_harvests
def project_train(
    context: typer.Context,
    coded: Annotated[
        list[Path] | None, typer.Argument(help="Coded harvests to train on besides the project's own.")
    ] = None,
    project: ProjectFolder = Path(),
    include_confidential: IncludeConfidential = False,
    accept_fewer: Annotated[
        bool,
        typer.Option(
            "--accept-fewer", help="Train on fewer than half of the outcomes that the current model was trained on."
        ),
    ] = False,
    options: ReadingOptions = ReadingOptions(),
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Decides which outcomes are held out together.")] = 0,
    no_cache: NoCache = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Train a model on the agreed codes of a project, and make it the project's model.

    Codes that coders differ on, and nobody has adjudicated, are left out, and so are outcomes marked
    confidential. Fewer than half of the outcomes that the current model was trained on are refused, unless
    --accept-fewer is given. Earlier models and suggestions are kept in the project; `project suggest` makes new
    suggestions.
    """
    with plain_errors():
        from classifier.progress import progress_bars
        from classifier.project.project import open_project
        from classifier.project.training import train_project
        from classifier.project.training_summary import summarise_project_training

        if not coded:
            reason = "is for coded harvests besides the project's own; name one, or leave it out"
            refuse_unused(context, READING_PARAMETERS, reason=reason)
        with progress_bars(quiet=quiet or as_json) as progress:
            trained = train_project(
                open_project(project),
                coded or (),
                options=options,
                seed=seed,
                include_confidential=include_confidential,
                accept_fewer=accept_fewer,
                cache=not no_cache,
                progress=progress,
            )
        summary = summarise_project_training(trained)
    say(summary, quiet=quiet, as_json=as_json, next_step=_to_suggest(project))


@project_app.command(
    "codebook", epilog="Example: outcome-coder project codebook codebook_2027.yaml --project harvest_2026"
)
def project_codebook(
    new: Annotated[Path, typer.Argument(help="The new codebook (YAML).")],
    map_file: Annotated[
        Path | None,
        typer.Option(
            "--map", metavar="MAP.csv", help="Old and new codes: a table with the columns field, from and to."
        ),
    ] = None,
    project: ProjectFolder = Path(),
    as_json: AsJson = False,
) -> None:
    """Change a project's codebook, and carry its decisions over.

    A renamed or merged code is recognised by the `aliases` of the new codebook, or by a row of the map.
    Decisions with a code that was split (several rows, or several codes in `to`) or dropped (nothing in
    `to`) go back to the queue. If a code with decisions is missing and the map doesn't say what becomes
    of it, nothing is changed, and the rows to add are listed.
    """
    with plain_errors():
        from classifier.project.codebook_migration import change_codebook
        from classifier.project.codebook_migration_summary import summarise_change
        from classifier.project.project import open_project

        summary = summarise_change(change_codebook(open_project(project), new, map_file=map_file))
    say(summary, quiet=False, as_json=as_json)


@decision_app.command(epilog='Example: outcome-coder confirm reviewed.xlsx --coder "Ana Moss" --project harvest_2026')
@reads_harvests
def confirm(
    reviewed: Annotated[
        Path, typer.Argument(help="A workbook, or another file of outcomes, in which a coder has entered codes.")
    ],
    coder: Annotated[str, typer.Option("--coder", metavar="NAME", help="Who entered them.")],
    project: ProjectFolder = Path(),
    theirs: Annotated[
        bool, typer.Option("--theirs", help="Where this coder decided differently before, keep the workbook's code.")
    ] = False,
    ours: Annotated[
        bool, typer.Option("--ours", help="Where this coder decided differently before, keep that decision.")
    ] = False,
    match_ids: MatchIds = False,
    coder_column: CoderColumn = None,
    new_coder: NewCoder = False,
    options: ReadingOptions = ReadingOptions(),
    as_json: AsJson = False,
) -> None:
    """Record the codes that a coder entered in a workbook in a project's journal.

    Rows are matched by FragmentID; IDs that are only similar to one of the project are listed, and treated
    as the same with --match-ids. If there are unknown codes, they are listed with their cells and nothing
    is recorded. Codes that this coder decided differently before are listed, and stay as they were unless
    you give --theirs. From a file with a row for each outcome and coder, such as a .qdpx or an export of
    Label Studio, the rows of this coder are read with --coder-column. Case, spaces and full stops in the
    coder's name don't matter; confirm a name that is new to the project with --new-coder.
    """
    with plain_errors():
        from classifier.project.import_summary import summarise_imported
        from classifier.project.import_workbook import Keep, import_workbook
        from classifier.project.project import admit_coder, open_project

        if theirs and ours:
            raise typer.BadParameter("--theirs and --ours contradict each other; leave one out")
        keep = Keep.WORKBOOK if theirs else Keep.JOURNAL if ours else Keep.NEITHER
        opened = open_project(project)
        coder = admit_coder(opened, coder, is_new=new_coder)
        options = replace(options, coder_column=coder_column)
        returned = import_workbook(reviewed, opened, coder=coder, keep=keep, options=options, match_ids=match_ids)
        summary = summarise_imported(returned, path=reviewed, coder=coder)
    folder = in_command(project)
    next_step = f"`outcome-coder project status --project {folder}`; when all is coded, `outcome-coder export {folder}`"
    # With conflicts, the next step is to choose between the two codes, which the summary says.
    say(summary, quiet=False, as_json=as_json, next_step="" if returned.conflicts else next_step)


@decision_app.command(epilog="Example: outcome-coder export harvest_2026 --out coded.xlsx")
def export(
    context: typer.Context,
    project: Annotated[
        Path, typer.Argument(show_default=False, help="The project. (default: the folder you are in)")
    ] = Path(),
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="The coded harvest.")] = Path("coded.xlsx"),
    harvest: Annotated[
        str | None, typer.Option("--harvest", metavar="NAME", help="Which file, if the project has several.")
    ] = None,
    wide: Annotated[
        bool, typer.Option("--wide", help="Write a column of 0 and 1 for each code, as .xlsx or .csv, for statistics.")
    ] = False,
    recal: RecalFolder = None,
    include_confidential: IncludeConfidential = False,
    overwrite: Overwrite = False,
    as_json: AsJson = False,
) -> None:
    """Write the coded harvest of a project, with a sheet of who decided what, and when.

    The ending of --out decides the format: a workbook (.xlsx), a table of the outcomes with their codes (.csv),
    the texts of the outcomes as a corpus for IRaMuTeQ, with the codes as starred variables (.txt), or texts,
    each coder's codes and notes as a project for NVivo, ATLAS.ti, MAXQDA or QualCoder (.qdpx). With --recal,
    what each coder decided before they could see the others' codes is written for ReCal instead.

    Outcomes marked confidential are left out, with their decisions. The workbook is then a new one with
    the cells of the other outcomes, as text, since a copy of yours might hold them elsewhere too. With
    --include-confidential it is a copy of your workbook with all outcomes.
    """
    with plain_errors():
        from classifier.project.coded_outcomes import ExportOptions
        from classifier.project.console_summary import summarise_exported, summarise_recal
        from classifier.project.export import export_project, export_recal
        from classifier.project.project import open_project
        from classifier.project.settings import CODEBOOK

        options = ExportOptions(harvest=harvest, include_confidential=include_confidential, wide=wide)
        if recal is not None:
            refuse_unused(
                context, ["out", "wide", "overwrite"], reason="has no effect with --recal; leave one of the two out"
            )
            say(
                summarise_recal(export_recal(open_project(project), recal, options=options)),
                quiet=False,
                as_json=as_json,
            )
            return
        exported = export_project(open_project(project), out, options=options, overwrite=overwrite)
    is_harvest = not wide and out.suffix.lower() in (".xlsx", ".csv")
    next_step = f"`outcome-coder summary {in_command(out)} --codebook {in_command(project / CODEBOOK)}`"
    say(summarise_exported(exported), quiet=False, as_json=as_json, next_step=next_step if is_harvest else "")


def _to_suggest(project: Path) -> str:
    return f"`outcome-coder project suggest --project {in_command(project)}`"


def _to_review(project: Path) -> str:
    return f"`outcome-coder review {in_command(project)}`"
