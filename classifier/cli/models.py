"""The commands models and cache."""

from __future__ import annotations

import json
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from classifier.cli.codebook import changes_between
from classifier.cli.options import AsJson, plain_errors, say
from classifier.cli.tables import print_table
from classifier.cli.terminal import echo
from classifier.errors import OutcomeCoderError
from classifier.wording import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from classifier.model.manifest import Manifest
    from classifier.model.model_card import CardSection

models_app = typer.Typer(
    no_args_is_help=True,
    help="List the models, show what one was trained on and gives away, or export a reduced one.",
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
            rows.append((folder.name, manifest.created[:10], str(manifest.n_outcomes), kappa))
    print_table([("Model", "Trained", "Outcomes", "Mean kappa, cross-validated"), *rows])


def _mean_kappa(manifest: Manifest) -> str:
    """Return the mean kappa of the fields that have one, and how many they are if not all have."""
    if manifest.reduced is not None:
        return "not known of a reduced model"
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
    """Show the card of a model: its data, its agreement with coders, and what it must not be used for.

    With --codebook, the differences to the codebook that the model was trained with are listed: fields
    and codes added or removed, and changed definitions.
    """
    with plain_errors():
        from classifier.codebook.schema import Codebook
        from classifier.model.model_card import card_sections
        from classifier.model.storage import find_model, load_model

        folder = find_model(name)
        model = load_model(folder)
        manifest = model.manifest
        asked = None if codebook is None else Codebook.read(codebook)
    changes = None if asked is None else changes_between(model.codebook, asked)
    if as_json:
        told = manifest.model_dump(mode="json") | ({} if changes is None else {"codebook_changes": changes})
        echo(json.dumps(told, ensure_ascii=False, indent=1))
        return
    headings = {field.name: field.heading for field in model.codebook.fields}
    echo(f"{manifest.title}, in {folder}")
    for section in card_sections(model):
        _print_section(section)
    echo("\nHow it was made")
    for line in _provenance(manifest, headings):
        echo(f"  {line}")
    if changes is not None:
        found = counted(len(changes), "change") if changes else "no changes"
        echo(f"{codebook}: {found} since the model was trained")
        for change in changes:
            echo(f"  {change}")


def _print_section(section: CardSection) -> None:
    echo(f"\n{section.title}")
    for paragraph in section.paragraphs:
        echo(f"  {paragraph}")
    for item in section.items:
        echo(f"  - {item}")
    if section.table:
        print_table(section.table)


def _provenance(manifest: Manifest, headings: Mapping[str, str]) -> Iterator[str]:
    """Yield what a model was made from and with, for who wants to make it again."""
    from classifier.project.console_summary import describe_provenance

    for file in manifest.files if manifest.reduced is None else ():
        yield f"{file.name} (sha256 {file.sha256[:12]}…)"
    for field, counts in manifest.rests_on.items():
        yield f"{headings.get(field, field)}: {describe_provenance(counts)}"
    yield f"{len(manifest.near_duplicates)} groups of near-duplicates kept together, seed {manifest.seed}"
    for encoder in manifest.encoders:
        yield f"encoder {encoder.name} (sha256 {encoder.sha256[:12]}…)"
    if manifest.device != "cpu":
        yield f"encoders computed on {manifest.device}"
    yield ", ".join(f"{library} {version}" for library, version in manifest.versions.items())


@models_app.command("scan", epilog="Example: outcome-coder models scan ours")
def models_scan(
    name: Annotated[str, typer.Argument(help="A model under models/, or its folder.")] = "sample",
    as_json: AsJson = False,
) -> None:
    """List what a model folder reveals about the outcomes it was trained on.

    Look at it before you hand a model to anybody: IDs and codes, vectors by which a text can be recognised,
    and the words in it, first those that occur in few outcomes and may be names. With --json, all words.
    """
    with plain_errors():
        from classifier.features.shipped_encoders import common_words
        from classifier.model.console_summary import summarise_disclosure
        from classifier.model.disclosure import find_disclosure
        from classifier.model.storage import find_model, load_model

        folder = find_model(name)
        summary = summarise_disclosure(find_disclosure(load_model(folder), common_words=common_words()), folder=folder)
    say(summary, quiet=False, as_json=as_json)


@models_app.command("export", epilog="Example: outcome-coder models export ours --reduced for_partner")
def models_export(
    name: Annotated[str, typer.Argument(help="A model under models/, or its folder.")],
    reduced: Annotated[
        str, typer.Option("--reduced", metavar="FOLDER", help="The reduced model; a name alone is put under models/.")
    ],
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace whatever is at --reduced.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write a reduced model, to hand to a partner.

    It keeps no ID, file name or vector of an outcome, and of the words only common ones that several outcomes
    share. It suggests and explains as usual, without similar coded outcomes.
    """
    with plain_errors():
        from classifier.model.console_summary import summarise_reduced
        from classifier.model.workflow import export_reduced

        summary = summarise_reduced(
            export_reduced(name, out=Path(reduced) if Path(reduced).name != reduced else reduced, overwrite=overwrite)
        )
    say(summary, quiet=False, as_json=as_json)


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
        echo(f"Trusts encoder {encoder!r} (sha256 {sha256[:12]}…)")
    if not further:
        echo(f"{name}: uses only encoders that come with outcome-coder")


@cache_app.command("info", epilog="Example: outcome-coder cache info")
def cache_info() -> None:
    """Show where embeddings are kept, how many, and how much space they take."""
    from classifier.features.embedding_cache import EmbeddingCache, default_cache_folder

    info = EmbeddingCache(default_cache_folder()).info()
    size = f"{info.n_bytes / 1e6:.1f} MB of at most {info.most_bytes / 1e6:,.0f} MB"
    echo(f"{info.folder}: {counted(info.n_vectors, 'embedding')}, {size}")


@cache_app.command("clear", epilog="Example: outcome-coder cache clear")
def cache_clear() -> None:
    """Delete the embeddings kept on this machine; they are computed again when needed."""
    from classifier.features.embedding_cache import EmbeddingCache, default_cache_folder

    with plain_errors():
        n_deleted = EmbeddingCache(default_cache_folder()).clear()
    echo(f"{counted(n_deleted, 'embedding')} deleted")
