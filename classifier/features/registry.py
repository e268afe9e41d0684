"""Encoder registry: default encoders, encoders by name, and the languages they read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from classifier.errors import EncoderError
from classifier.features.embedding_cache import CachedEncoder, CachedEncoders, EmbeddingCache, default_cache_folder
from classifier.features.sentence_transformer import (
    SMALL_ENCODER,
    SentenceEncoder,
    fetched_folder,
    small_encoder_folder,
)
from classifier.features.universal_sentence_encoder import MULTILINGUAL_ENCODER, MultilingualEncoder

DEFAULT_ENCODERS = (SMALL_ENCODER, MULTILINGUAL_ENCODER)
"""The default encoders. Each errs in its own way, so that both together are better
than either (benchmarks/RESULTS.md); the second costs a seventh of the first, and reads more than English."""

_READS = {
    SMALL_ENCODER: frozenset({"English"}),
    # The languages that Google's model was trained on (Yang et al. 2020, doi:10.18653/v1/2020.acl-demos.12).
    MULTILINGUAL_ENCODER: frozenset(
        (
            *("Arabic", "Chinese", "Dutch", "English", "French", "German", "Italian", "Japanese", "Korean"),
            *("Polish", "Portuguese", "Russian", "Spanish", "Thai", "Turkish"),
        )
    ),
}


def languages_read(encoder: str) -> frozenset[str]:
    """Return the languages that an encoder reads; empty where unknown.

    Examples
    --------
    >>> languages_read("all-MiniLM-L6-v2")
    frozenset({'English'})
    """
    return _READS.get(encoder, frozenset())


def load_encoder(name: str) -> SentenceEncoder | MultilingualEncoder:
    """Load an encoder by its name; its weights are read with the first text.

    Parameters
    ----------
    name : str
        One of `DEFAULT_ENCODERS`, the folder of a saved sentence-transformers model, or the name of one on the
        model hub. Only the last may use the network, and only where it was not fetched before.

    Raises
    ------
    EncoderError
        If it can't be found or fetched, or its weights are not the ones they should be.
    """
    if name == SMALL_ENCODER:
        return SentenceEncoder(name, small_encoder_folder())
    if name == MULTILINGUAL_ENCODER:
        return MultilingualEncoder()
    folder = Path(name).expanduser()
    if folder.is_dir():
        return SentenceEncoder(str(folder.resolve()), folder)
    if folder.is_absolute() or name.startswith((".", "~")) or "\\" in name:
        raise EncoderError(f"{name}: no such folder; give the folder of a saved sentence-transformers model")
    return SentenceEncoder(name, fetched_folder(name))


def open_encoders(names: Sequence[str] = DEFAULT_ENCODERS, *, cache: bool = True) -> CachedEncoders:
    """Load encoders with the embedding cache, unless `cache` is False; see `load_encoder`."""
    kept = EmbeddingCache(default_cache_folder()) if cache else None
    return tuple(CachedEncoder(encoder=load_encoder(name), cache=kept) for name in dict.fromkeys(names))
