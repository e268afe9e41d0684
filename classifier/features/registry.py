"""Encoder registry: default encoders, encoders by name, and the languages they read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from classifier.errors import EncoderError
from classifier.features.device import PROCESSOR, check_device
from classifier.features.embedding_cache import CachedEncoder, CachedEncoders, EmbeddingCache, default_cache_folder
from classifier.features.encoder import Encoder
from classifier.features.sentence_transformer import SentenceEncoder, fetched_folder
from classifier.features.shipped_encoders import MULTILINGUAL_ENCODER, SHIPPED_ENCODERS, SMALL_ENCODER, shipped_folder
from classifier.features.small_encoder import SmallEncoder
from classifier.features.trusted_encoders import check_trusted, trust_encoder
from classifier.features.universal_sentence_encoder import MultilingualEncoder

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


def load_encoder(name: str, *, device: str = PROCESSOR, may_fetch: bool = True) -> Encoder:
    """Load an encoder by its name; its weights are read with the first text.

    Parameters
    ----------
    name : str
        One of `DEFAULT_ENCODERS`, the folder of a saved sentence-transformers model, or the name of one on the
        model hub. Only the last may use the network, and only where it was not fetched before.
    device : str
        What it is computed on; see `classifier.features.device.check_device`. On another device than the processor
        sentence-transformers computes it; the multilingual encoder, which is fast, stays on the processor.
    may_fetch : bool
        Whether it may be fetched from the model hub.

    Raises
    ------
    EncoderError
        If it can't be found or fetched, or a file of one that comes with the program is not as it should be.
    """
    if name == SMALL_ENCODER and device != PROCESSOR:
        return SentenceEncoder(name, shipped_folder(name), device=device, sha256=SHIPPED_ENCODERS[name].sha256)
    if name == SMALL_ENCODER:
        return SmallEncoder()
    if name == MULTILINGUAL_ENCODER:
        return MultilingualEncoder()
    folder = Path(name).expanduser()
    if folder.is_dir():
        return SentenceEncoder(str(folder.resolve()), folder, device=device)
    if folder.is_absolute() or name.startswith((".", "~")) or "\\" in name:
        raise EncoderError(f"{name}: no such folder; give the folder of a saved sentence-transformers model")
    return SentenceEncoder(name, fetched_folder(name, may_fetch=may_fetch), device=device)


def open_encoders(
    names: Sequence[str] = DEFAULT_ENCODERS, *, device: str = PROCESSOR, cache: bool = True
) -> CachedEncoders:
    """Load encoders that the user has named, who trusts them from now on; see `load_encoder`."""
    check_device(device)
    encoders = [load_encoder(name, device=device) for name in dict.fromkeys(names)]
    for encoder in encoders:
        if encoder.name not in DEFAULT_ENCODERS:
            trust_encoder(encoder.name, encoder.sha256)
    return _with_cache(encoders, device=device, cache=cache)


def open_model_encoders(known: Mapping[str, str], *, device: str = PROCESSOR, cache: bool = True) -> CachedEncoders:
    """Load the encoders that a model names, if they ship with the program or are trusted; the network is not used.

    Parameters
    ----------
    known : mapping of str to str
        The hash of each encoder by its name.
    device : str
        See `load_encoder`; it need not be the one that the model was trained with.

    Raises
    ------
    EncoderError
        If one can't be found, is not trusted, or has changed, or there is no such device.
    """
    check_device(device)
    for name, sha256 in known.items():
        if name not in DEFAULT_ENCODERS:
            check_trusted(name, sha256)
    encoders = [load_encoder(name, device=device, may_fetch=False) for name in known]
    for encoder in encoders:
        if encoder.name not in DEFAULT_ENCODERS and encoder.sha256 != known.get(encoder.name):
            raise EncoderError(
                f"encoder {encoder.name!r} has other files than the one that the model was trained with; bring the "
                "earlier ones back, or train the model again"
            )
    return _with_cache(encoders, device=device, cache=cache)


def _with_cache(encoders: Sequence[Encoder], *, device: str, cache: bool) -> CachedEncoders:
    if device not in (PROCESSOR, *map(_device_of, encoders)):
        raise EncoderError(
            f"--device {device}: encoder {MULTILINGUAL_ENCODER} is computed on the processor only; leave --device out"
        )
    kept = EmbeddingCache(default_cache_folder()) if cache else None
    return tuple(CachedEncoder(encoder=encoder, cache=kept, device=_device_of(encoder)) for encoder in encoders)


def _device_of(encoder: Encoder) -> str:
    return encoder.device if isinstance(encoder, SentenceEncoder) else PROCESSOR
