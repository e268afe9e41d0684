"""The commands models and cache."""

from __future__ import annotations

from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from classifier.cli.codebook import changes_between
from classifier.cli.options import AsJson, plain_errors, print_table
from classifier.errors import OutcomeCoderError
from classifier.wording import counted

if TYPE_CHECKING:
    from classifier.model.manifest import Manifest

models_app = typer.Typer(
    no_args_is_help=True,
    help="List the models, or show what one was trained on.",
    epilog="Example: outcome-coder models list",
)
cache_app = typer.Typer(
    no_args_is_help=True,
    help="Show or clear the embeddings kept on this machine.",
    epilog="Example: outcome-coder cache info",
)


@models_app.command("list", epilog="Example: outcome-coder models list")
def models_list() -> None:
    """List the models in the folder models/, and those installed with the program."""
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
    print_table([("Model", "Trained", "Outcomes", "Mean kappa, cross-validated"), *rows])


def _mean_kappa(manifest: Manifest) -> str:
    """Return the mean kappa of the fields that have one, and how many they are if not all have."""
    kappas = [field.cohen_kappa for field in manifest.out_of_fold.values() if not isnan(field.cohen_kappa)]
    if not kappas:
        return "too few to say"
    n_fields = len(manifest.codes)
    of_some = f" (of {len(kappas)} of {n_fields} fields)" if len(kappas) < n_fields else ""
    return f"{sum(kappas) / len(kappas):.2f}{of_some}"


@models_app.command("show", epilog="Example: outcome-coder models show sample")
def models_show(
    name: Annotated[str, typer.Argument(help="A model under models/, or its folder.")],
    codebook: Annotated[
        Path | None,
        typer.Option("--codebook", metavar="FILE", help="Also list the differences to this codebook."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show what a model was trained on, and its agreement with coders in cross-validation.

    With --codebook, the differences to the codebook that the model was trained with are listed: fields
    and codes added or removed, and changed definitions.
    """
    with plain_errors():
        from classifier.codebook.schema import Codebook
        from classifier.model.storage import find_model, load_model
        from classifier.project.console_summary import describe_provenance

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
        typer.echo("  no coded outcomes: codes are suggested from their definitions only")
    for field, counts in manifest.rests_on.items():
        typer.echo(f"  {field}: {describe_provenance(counts)}")
    typer.echo(f"  {len(manifest.near_duplicates)} groups of near-duplicates kept together")
    for encoder in manifest.encoders:
        typer.echo(f"  encoder {encoder.name} (sha256 {encoder.sha256[:12]}…)")
    typer.echo(f"  {', '.join(f'{library} {version}' for library, version in manifest.versions.items())}")
    figures = manifest.out_of_fold
    rows = [
        (field, code, str(count), figures[field].kappa.with_n if place == 0 and field in figures else "")
        for field, counts in manifest.codes.items()
        for place, (code, count) in enumerate(counts.items())
    ]
    print_table([("Field", "Code", "Outcomes", "Cohen's kappa, out of fold"), *rows])
    if asked is not None:
        changes = changes_between(model.codebook, asked)
        found = counted(len(changes), "change") if changes else "no changes"
        typer.echo(f"{codebook}: {found} since the model was trained")
        for change in changes:
            typer.echo(f"  {change}")


@models_app.command("trust", epilog="Example: outcome-coder models trust ours")
def models_trust(
    name: Annotated[str, typer.Argument(help="A model under models/, or its folder.")],
) -> None:
    """Trust the encoders that a model names, so that it can be used on this machine.

    A model from elsewhere may name an encoder that does not come with outcome-coder, and an encoder is a
    program: trust it only if you know who made it. Models trained on this machine need no such step.
    """
    with plain_errors():
        from classifier.features.registry import DEFAULT_ENCODERS
        from classifier.features.trusted_encoders import trust_encoder
        from classifier.model.storage import find_model, read_manifest

        named = read_manifest(find_model(name)).encoder_hashes
        further = {encoder: sha256 for encoder, sha256 in named.items() if encoder not in DEFAULT_ENCODERS}
        for encoder, sha256 in further.items():
            trust_encoder(encoder, sha256)
    for encoder, sha256 in further.items():
        typer.echo(f"Trusts encoder {encoder!r} (sha256 {sha256[:12]}…)")
    if not further:
        typer.echo(f"{name}: uses only encoders that come with outcome-coder")


@cache_app.command("info", epilog="Example: outcome-coder cache info")
def cache_info() -> None:
    """Show where embeddings are kept, how many, and how much space they take."""
    from classifier.features.embedding_cache import EmbeddingCache, default_cache_folder

    info = EmbeddingCache(default_cache_folder()).info()
    typer.echo(f"{info.folder}: {counted(info.n_vectors, 'embedding')}, {info.n_bytes / 1e6:.1f} MB")


@cache_app.command("clear", epilog="Example: outcome-coder cache clear")
def cache_clear() -> None:
    """Delete the embeddings kept on this machine; they are computed again when needed."""
    from classifier.features.embedding_cache import EmbeddingCache, default_cache_folder

    n_deleted = EmbeddingCache(default_cache_folder()).clear()
    typer.echo(f"{counted(n_deleted, 'embedding')} deleted")
