"""The commands for codebooks, models and the embeddings kept on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from classifier.cli.options import AsJson, Overwrite, SheetName, plain_errors, print_table
from classifier.errors import OutcomeCoderError

if TYPE_CHECKING:
    from classifier.codebook.schema import Codebook
    from classifier.model.manifest import Manifest


codebook_app = typer.Typer(
    no_args_is_help=True, help="Check, show, draft or import a codebook.", epilog="Example: outcome-coder codebook show"
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


# Codebooks


@codebook_app.command("check", epilog="Example: outcome-coder codebook check codebook.yaml")
def codebook_check(
    file: Annotated[Path, typer.Argument(help="The codebook: YAML, a table of codes, or .qdc.")],
) -> None:
    """Check a codebook and name the lines to correct."""
    with plain_errors():
        from classifier.codebook.schema import Codebook

        guesses: list[str] = []
        codebook = Codebook.read(file, tell=guesses.append)
    n_codes = sum(len(field.codes) for field in codebook.fields)
    typer.echo(f"{file.name}: {len(codebook.fields)} field(s) with {n_codes} codes, nothing to correct")
    for told in (*guesses, *codebook.unknown_keys(), *_undefined(codebook)):
        typer.echo(f"  {told}")


def _undefined(codebook: Codebook) -> Iterator[str]:
    if not codebook.has_definitions:
        yield "no code has a definition: none can be suggested before some outcomes are coded, and coders must guess"
        return
    by_field: dict[str, list[str]] = {}
    for field, code in codebook.undefined:
        by_field.setdefault(field, []).append(code)
    for field, codes in by_field.items():
        yield f"{field}: {len(codes)} code(s) have no definition: {', '.join(map(repr, codes))}"


@codebook_app.command("import", epilog="Example: outcome-coder codebook import codebook.xlsx --out codebook.yaml")
def codebook_import(
    file: Annotated[
        Path, typer.Argument(help="A table of codes (.xlsx, .csv, …), or a .qdc of NVivo, ATLAS.ti, MAXQDA.")
    ],
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="The codebook to write.")] = Path("codebook.yaml"),
    overwrite: Overwrite = False,
) -> None:
    """Write a codebook from a table of codes or from another program, for you to check.

    A table has a row for each code, under columns such as Field, Code, Definition, Include, Exclude, Alias. Of
    a .qdc, codes with others below them become fields.
    """
    with plain_errors():
        from classifier.codebook.schema import Codebook
        from classifier.files import check_new, write_whole

        check_new(out, overwrite=overwrite)
        guesses: list[str] = []
        codebook = Codebook.read(file, tell=guesses.append)
        with write_whole(out) as temporary:
            temporary.write_text(codebook.dump(), encoding="utf-8", newline="\n")
    for field in codebook.fields:
        typer.echo(f"{field.column.strip()}: {len(field.codes)} codes ({field.kind})")
    for told in (*guesses, *_undefined(codebook)):
        typer.echo(f"  {told}")
    typer.echo(f"Wrote {out}. Look it through, then run `outcome-coder codebook check {out}`.")


def _changes(before: Codebook, after: Codebook) -> list[str]:
    from classifier.codebook.diff import differences, redefined_codes

    redefined = [f"{field}: the definition of {code!r} has changed" for field, code in redefined_codes(before, after)]
    return [*differences(before, after), *redefined]


@codebook_app.command("show", epilog="Example: outcome-coder codebook show")
def codebook_show(
    file: Annotated[
        Path | None, typer.Argument(help="The codebook: YAML, a table of codes, or .qdc. (default: the shipped one)")
    ] = None,
) -> None:
    """Show the fields and codes of a codebook as a table."""
    with plain_errors():
        from classifier import sample_files
        from classifier.codebook.schema import Codebook

        codebook = Codebook.read(file or sample_files.codebook_path(), tell=lambda told: typer.echo(told, err=True))
    rows = []
    for field in codebook.fields:
        for place, code in enumerate(field.codes):
            head = f"{field.name}\n{field.column.strip()} ({field.kind})" if place == 0 else ""
            rows.append((head, code.code, code.definition))
    print_table([("Field", "Code", "Definition"), *rows])


@codebook_app.command("diff", epilog="Example: outcome-coder codebook diff codebook_2025.yaml codebook_2026.yaml")
def codebook_diff(
    old: Annotated[Path, typer.Argument(help="The earlier codebook (YAML).")],
    new: Annotated[Path, typer.Argument(help="The later one.")],
) -> None:
    """List what has changed from one codebook to another: fields and codes that came or went, and definitions."""
    with plain_errors():
        from classifier.codebook.schema import Codebook

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
    with plain_errors():
        from classifier.files import check_new, write_whole
        from classifier.harvest.codebook_draft import draft_codebook

        check_new(out, overwrite=overwrite)
        names = [name.strip() for name in columns.split(",")] if columns else None
        draft = draft_codebook(coded, columns=names, sheet=sheet)
        with write_whole(out) as temporary:
            temporary.write_text(draft.dump(), encoding="utf-8", newline="\n")
    for field in draft.codebook.fields:
        typer.echo(f"{field.column.strip()}: {len(field.codes)} codes ({field.kind})")
    for note in draft.notes:
        typer.echo(f"  {note}")
    typer.echo(f"Wrote {out}. Fill in the definitions, then run `outcome-coder codebook check {out}`.")


# Models and the cache


@models_app.command("list", epilog="Example: outcome-coder models list")
def models_list() -> None:
    """List the models under models/ here and the shipped ones."""
    with plain_errors():
        from classifier.model.storage import list_models, read_manifest

        rows = []
        for folder in list_models():
            try:
                manifest = read_manifest(folder)
            except OutcomeCoderError as error:
                rows.append((folder.name, "", "", str(error)))
                continue
            kappa = _mean_kappa(manifest)
            rows.append((folder.name, manifest.created[:10], str(len(manifest.fragment_ids)), kappa))
    print_table([("Model", "Trained", "Outcomes", "Mean kappa on outcomes not learnt from"), *rows])


def _mean_kappa(manifest: Manifest) -> str:
    """Write the mean kappa of the fields that have one, and of how many where not all have."""
    kappas = [one.cohen_kappa for one in manifest.out_of_fold.values() if not isnan(one.cohen_kappa)]
    if not kappas:
        return "too few to say"
    n_fields = len(manifest.codes)
    of_some = f" (of {len(kappas)} of {n_fields} fields)" if len(kappas) < n_fields else ""
    return f"{sum(kappas) / len(kappas):.2f}{of_some}"


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
    with plain_errors():
        from classifier.codebook.schema import Codebook
        from classifier.model.storage import find_model, load_model
        from classifier.project.console_summary import rests_on_told

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
    for field, counts in manifest.rests_on.items():
        typer.echo(f"  {field}: {rests_on_told(counts)}")
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
    print_table([("Field", "Code", "Outcomes", "Cohen's kappa, out of fold"), *rows])
    if asked is not None:
        changes = _changes(model.codebook, asked)
        typer.echo(f"{codebook}: {len(changes) or 'no'} change(s) since the model was made")
        for change in changes:
            typer.echo(f"  {change}")


@cache_app.command("info", epilog="Example: outcome-coder cache info")
def cache_info() -> None:
    """Say where embeddings are kept, how many, and how much room they take."""
    from classifier.features.embedding_cache import EmbeddingCache, default_cache_folder

    info = EmbeddingCache(default_cache_folder()).info()
    typer.echo(f"{info.folder}: {info.n_vectors} embeddings, {info.n_bytes / 1e6:.1f} MB")


@cache_app.command("clear", epilog="Example: outcome-coder cache clear")
def cache_clear() -> None:
    """Delete the embeddings kept on this machine; they are made anew when needed."""
    from classifier.features.embedding_cache import EmbeddingCache, default_cache_folder

    n_deleted = EmbeddingCache(default_cache_folder()).clear()
    typer.echo(f"{n_deleted} embeddings deleted")
