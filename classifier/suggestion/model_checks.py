"""Checks that a codebook and encoders fit a model."""

from __future__ import annotations

from pathlib import Path

from classifier.codebook.diff import codebook_differences, redefined_codes
from classifier.codebook.schema import Codebook
from classifier.errors import EncoderError, ModelError
from classifier.features.embedding_cache import CachedEncoders
from classifier.model.model import Model
from classifier.wording import counted

_MOST_DIFFERENCES = 10  # that are listed; of another programme's codebook they would be all of its codes


def resolve_codebook(codebook: Codebook | Path | None, model: Model) -> Codebook:
    """Return the codebook asked for, a file or one that was read, or else the model's own if their codes agree."""
    if codebook is None:
        return model.codebook
    if isinstance(codebook, Path):
        codebook = Codebook.read(codebook)
    remedy = (
        "; train one with this codebook (`outcome-coder train`, with --definitions-only if nothing is coded yet) and "
        "name it with --model, or leave --codebook out to use the model's"
    )
    check_same_codes(codebook, model, remedy)
    return codebook


def check_same_codes(codebook: Codebook, model: Model, remedy: str) -> None:
    """Check that a codebook has the fields and codes of a model.

    Raises
    ------
    ModelError
        With the differences, after the remedy.
    """
    if differences := codebook_differences(model.codebook, codebook):
        problem = f"model {model.manifest.name!r} was trained with another codebook{remedy}"
        n_more = len(differences) - _MOST_DIFFERENCES
        more = [f"and {counted(n_more, 'more difference')}"] if n_more > 0 else []
        raise ModelError("\n  ".join([problem, *differences[:_MOST_DIFFERENCES], *more]))


def redefinition_notes(codebook: Codebook, model: Model) -> tuple[str, ...]:
    """Note the codes whose definition has changed since a model was trained."""
    return tuple(
        f"{codebook.field(field).heading}: the definition of {code!r} has changed since model "
        f"{model.manifest.name!r} was trained"
        for field, code in redefined_codes(model.codebook, codebook)
    )


def check_encoders(sources: CachedEncoders, model: Model) -> None:
    """Refuse encoders that are not the ones a model was trained with."""
    encoders = model.manifest.encoders
    if len(sources) != len(encoders):
        raise EncoderError(
            f"model {model.manifest.name!r} was trained with {counted(len(encoders), 'encoder')}, and {len(sources)} "
            f"are given; open them with `open_encoders({[encoder.name for encoder in encoders]})`"
        )
    for source, encoder in zip(sources, encoders, strict=True):
        if source.encoder.sha256 != encoder.sha256:
            raise EncoderError(
                f"model {model.manifest.name!r} was trained with encoder {encoder.name!r}, whose weights are not the "
                "ones found here; install that encoder again, or train the model again"
            )
