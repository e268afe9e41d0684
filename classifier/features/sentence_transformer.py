"""Encoders of the sentence-transformers library: a folder, or one of the model hub."""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from classifier._types import FloatArray
from classifier.errors import EncoderError
from classifier.features.device import PROCESSOR
from classifier.features.encoder import Tokens, places_of
from classifier.features.text_windows import cut_windows
from classifier.files import sha256_of

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer


_NOT_NEEDED = ["*.h5", "*.msgpack", "*.ot", "onnx/*", "openvino/*"]  # the same weights for other frameworks
_BATCH = 1  # text; in a larger one the last digits of a vector depend on the other texts, and padding costs time
_BATCH_ON_CARD = 32  # texts; one alone leaves a graphics card idle for most of the time
_PROBE = "The council met."
_WEIGHTS = ("*.safetensors", "*.bin", "*.onnx", "*.model")
_SETTINGS = ("*.json", "*.txt", "*.py", "*.jinja")  # how texts are read and pooled, and any program among them


class SentenceEncoder:
    """A sentence-transformers model, loaded when the first text comes.

    Loading costs seconds and hundreds of megabytes, which a run whose embeddings are all cached does
    not pay.

    Parameters
    ----------
    device : str
        See `classifier.features.device.check_device`.
    sha256 : str, optional
        Its hash, where the files were checked already.
    """

    def __init__(self, name: str, folder: Path, *, device: str = PROCESSOR, sha256: str | None = None) -> None:
        self._name = name
        self._folder = folder
        self._device = device
        self._sha256 = sha256 or _hash_files(folder)
        self._loaded: SentenceTransformer | None = None

    @property
    def name(self) -> str:
        """The name by which it can be loaded again."""
        return self._name

    @property
    def sha256(self) -> str:
        """Hash of the weights, and of the settings and words that come with them."""
        return self._sha256

    @property
    def device(self) -> str:
        """What it is computed on."""
        return self._device

    def encode(self, texts: Sequence[str], /) -> FloatArray:
        """Return an array of shape (n_texts, n_dimensions), rows of length 1, float32."""
        if not texts or not self._is_mean:
            return self._pooled(texts)
        return np.stack([rows.sum(axis=0) for rows in self._added(texts)])

    def windows(self, text: str, /) -> tuple[str, ...]:
        """Cut a text into the fewest pieces of like length that are each read to their end."""
        model = self._model()
        limit = model.max_seq_length
        if limit is None:
            return (text,)
        encoded = model.tokenizer(
            text, add_special_tokens=False, return_offsets_mapping=True, truncation=False, verbose=False
        )
        return cut_windows(text, [start for start, _ in encoded["offset_mapping"]], int(limit))

    def tokens(self, texts: Sequence[str], /) -> list[Tokens]:
        """Return the token contributions to the vectors that `encode` returns, by text.

        That is exact where the vector is the mean of the tokens' vectors, as it is for most.
        Where an encoder pools them otherwise, all tokens are taken to add the same.
        """
        model = self._model()
        encoded = model.tokenizer(
            list(texts),
            truncation=model.max_seq_length is not None,
            max_length=model.max_seq_length,
            return_offsets_mapping=True,
        )
        all_places = [places_of(offsets) for offsets in encoded["offset_mapping"]]
        if self._is_mean:
            return [
                Tokens(vectors=rows, places=places) for rows, places in zip(self._added(texts), all_places, strict=True)
            ]
        return [
            Tokens(vectors=np.tile(whole / len(places), (len(places), 1)), places=places, whole=whole)
            for whole, places in zip(self._pooled(texts), all_places, strict=True)
        ]

    def _pooled(self, texts: Sequence[str]) -> FloatArray:
        """Return the vectors of texts as the library makes them."""
        return np.asarray(self._computed(texts, normalize_embeddings=True, convert_to_numpy=True), dtype=np.float32)

    def _added(self, texts: Sequence[str]) -> list[FloatArray]:
        """Return what the tokens of each text add to its vector, where that is their mean."""
        states = self._computed(texts, output_value="token_embeddings")
        vectors = [np.asarray(state.cpu(), dtype=np.float32) for state in states]
        return [rows / (float(np.linalg.norm(rows.sum(axis=0))) or 1.0) for rows in vectors]

    def _computed(self, texts: Sequence[str], **options: Any) -> Any:  # noqa: ANN401 - as the library's own
        model = self._model()
        batch_size = _BATCH if self._device == PROCESSOR else _BATCH_ON_CARD
        try:
            return model.encode(list(texts), batch_size=batch_size, show_progress_bar=False, **options)
        except RuntimeError as error:
            if self._device == PROCESSOR:
                raise
            raise self._card_failed(error) from error

    def _card_failed(self, error: RuntimeError) -> EncoderError:
        """Say what to do after an error of torch on a graphics card, such as one whose memory is full."""
        return EncoderError(
            f"--device {self._device}: encoder {self._name!r} can't be computed there ({type(error).__name__}); "
            "close other programs that use the graphics card and run this again, or leave --device out"
        )

    @cached_property
    def _is_mean(self) -> bool:
        return bool(np.allclose(self._added([_PROBE])[0].sum(axis=0), self._pooled([_PROBE])[0], atol=1e-3))

    def _model(self) -> SentenceTransformer:
        if self._loaded is None:
            _check_installed(self._name)
            with _quietly(), _hub_offline():
                # A text alone is too little work for threads to wait for each other busily, beside other programs.
                os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
                from sentence_transformers import SentenceTransformer

                try:
                    self._loaded = SentenceTransformer(
                        str(self._folder), device=self._device, local_files_only=True, trust_remote_code=False
                    )
                # Of twenty ways to damage a folder, nine kinds of error were seen with no parent but Exception.
                except Exception as error:
                    if isinstance(error, RuntimeError) and self._device != PROCESSOR:
                        raise self._card_failed(error) from error
                    raise EncoderError(
                        f"{self._folder}: can't be loaded as a sentence-transformers model ({error}); "
                        "give the folder of a saved one, or leave --encoder out"
                    ) from error
        return self._loaded


def fetched_folder(name: str, *, may_fetch: bool = True) -> Path:
    """Find the folder of an encoder of the model hub, fetching what was not fetched before if it may."""
    _check_installed(name)
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    with _quietly(), nullcontext() if may_fetch else _hub_offline():
        from huggingface_hub import snapshot_download
        from huggingface_hub.errors import LocalEntryNotFoundError

        repository = name if "/" in name else f"sentence-transformers/{name}"
        try:
            with suppress(LocalEntryNotFoundError):
                # The same files as below, or the library misses those that were left out and asks the hub.
                return Path(snapshot_download(repository, ignore_patterns=_NOT_NEEDED, local_files_only=True))
            if may_fetch:
                return Path(snapshot_download(repository, ignore_patterns=_NOT_NEEDED))
            raise EncoderError(
                f"encoder {name!r} is not on this machine; fetch it with `outcome-coder train --encoder {name}`, or "
                "use another model"
            )
        except EncoderError:
            raise
        # Names that can't be, refusals, proxies, timeouts, a full disk: by the version of the library, its errors
        # are those of three HTTP clients and of a downloader in Rust, with no parent in common.
        except Exception as error:
            reason = str(error.__cause__ or error).strip().partition("\n")[0]
            raise EncoderError(
                f"encoder {name!r} is not a folder here and can't be fetched from the model hub. Check the name "
                "and the network; or fetch it on another machine with `SentenceTransformer(...).save(FOLDER)` "
                f"and give that folder; or leave --encoder out to use the default. (The hub's library says: {reason})"
            ) from error


def _check_installed(name: str) -> None:
    # PyTorch is installed last, so that it alone is missing where that was broken off.
    if any(find_spec(module) is None for module in ("sentence_transformers", "torch")):
        raise EncoderError(
            f"encoder {name!r} needs sentence-transformers and PyTorch, which are not installed; in a copy of the "
            "project, run `make run` (the whole installation), else `pip install sentence-transformers torch`; or "
            "leave --encoder out to use the default"
        )


def _hash_files(folder: Path) -> str:
    """Hash an encoder's weights and settings."""
    weights = _files(folder, _WEIGHTS)
    if not weights:
        raise EncoderError(f"{folder}: holds no model weights; give the folder of a saved sentence-transformers model")
    if linked := [path for path in folder.rglob("*") if path.is_dir() and path.is_symlink()]:
        # Its files would be read and not hashed, and so could change after the encoder was trusted.
        raise EncoderError(f"{linked[0]}: is a link to another folder; copy that folder's files to its place")
    files = [*weights, *_files(folder, _SETTINGS)]
    if len(files) == 1:
        return sha256_of(files[0])
    return hashlib.sha256("".join(sha256_of(file) for file in files).encode()).hexdigest()


def _files(folder: Path, patterns: Sequence[str]) -> list[Path]:
    return sorted({file for pattern in patterns for file in folder.rglob(pattern)})


@contextmanager
def _quietly() -> Iterator[None]:
    """Silence the load reports and progress bars of libraries."""
    names = ("sentence_transformers", "transformers", "huggingface_hub")
    before = {name: logging.getLogger(name).level for name in names}
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    try:
        for name in names:
            logging.getLogger(name).setLevel(logging.ERROR)
        _hush_bars()
        yield
    finally:
        for name, level in before.items():
            logging.getLogger(name).setLevel(level)


@contextmanager
def _hub_offline() -> Iterator[None]:
    """Keep the hub's library from opening a connection, whatever the environment says.

    `local_files_only` is not enough: an adapter in the encoder's folder names a base model, which was asked for.
    """
    from huggingface_hub import constants

    before = constants.HF_HUB_OFFLINE
    constants.HF_HUB_OFFLINE = True
    try:
        yield
    finally:
        constants.HF_HUB_OFFLINE = before


def _hush_bars() -> None:
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()  # type: ignore[no-untyped-call]
