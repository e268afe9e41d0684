"""Small encoder: all-MiniLM-L6-v2, for English."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from threadpoolctl import threadpool_info, threadpool_limits

from classifier._types import FloatArray
from classifier.features.encoder import Tokens, places_of
from classifier.features.shipped_encoders import SHIPPED_ENCODERS, SMALL_ENCODER, shipped_folder
from classifier.features.text_windows import cut_windows
from classifier.progress import ProgressCallback

if TYPE_CHECKING:
    from tokenizers import Tokenizer

    from classifier.features.bert import Bert

_N_DIMENSIONS = 384
_N_AT_ONCE = 256  # pieces of the vocabulary


class SmallEncoder:
    """The sentence-transformers model all-MiniLM-L6-v2, which ships as a package, computed without that library.

    The vector of a text is the mean of the vectors of its first 256 tokens. Texts are computed side by side, each
    in one thread, in as many threads as numpy would use for one product.

    It is loaded when the first text comes, after its files are checked; an `EncoderError` is raised then if its
    package is not installed, or holds other files.

    References
    ----------
    .. [1] Reimers and Gurevych (2019), "Sentence-BERT: Sentence Embeddings using Siamese BERT-Networks",
       doi:10.18653/v1/D19-1410.
    """

    N_PIECES: ClassVar[int] = 30_522
    """Pieces of words in its vocabulary."""

    def __init__(self) -> None:
        self._loaded: _Model | None = None

    @property
    def name(self) -> str:
        """The name by which it can be loaded again."""
        return SMALL_ENCODER

    @property
    def sha256(self) -> str:
        """Hash of the weights."""
        return SHIPPED_ENCODERS[SMALL_ENCODER].sha256

    def encode(self, texts: Sequence[str], /) -> FloatArray:
        """Return an array of shape (n_texts, 384), rows of length 1, float32."""
        if not texts:
            return np.zeros((0, _N_DIMENSIONS), dtype=np.float32)
        return np.stack([added.sum(axis=0) for _, added in self._read(texts)])

    def windows(self, text: str, /) -> tuple[str, ...]:
        """Cut a text into the fewest pieces of like length that are each read to their end."""
        model = self._model()
        encoded = model.tokenizer.encode(text, add_special_tokens=False)
        return cut_windows(text, [start for start, _ in encoded.offsets], model.n_read)

    def tokens(self, texts: Sequence[str], /) -> list[Tokens]:
        """Return the token contributions to the vectors that `encode` returns, by text."""
        return [Tokens(vectors=added, places=places_of(offsets)) for offsets, added in self._read(texts)]

    def vocabulary(self) -> list[str]:
        """Return the pieces of words that it knows, in the order of their numbers."""
        places = self._model().tokenizer.get_vocab()
        return sorted(places, key=lambda piece: places[piece])

    def encode_pieces(self, *, progress: ProgressCallback) -> Iterator[FloatArray]:
        """Yield the vectors of all pieces of the vocabulary, each read alone, some at a time.

        Each is the mean of the piece and the marks of start and end. `progress` gets a step for each piece.
        """
        model = self._model()
        marks = [model.tokenizer.token_to_id(mark) for mark in ("[CLS]", "[SEP]")]
        with _PRODUCTS as n_threads, ThreadPoolExecutor(n_threads) as threads:
            starts = range(0, self.N_PIECES, _N_AT_ONCE)
            numbers = [np.arange(start, min(start + _N_AT_ONCE, self.N_PIECES)) for start in starts]
            texts = [
                np.stack([np.full(len(some), marks[0]), some, np.full(len(some), marks[1])], 1) for some in numbers
            ]
            for states in threads.map(model.bert.states_of_each, texts):
                progress(len(states))
                yield states.mean(axis=1)

    def _read(self, texts: Sequence[str]) -> list[tuple[Sequence[tuple[int, int]], FloatArray]]:
        """Return where the tokens of each text are, and what they add to its vector."""
        model = self._model()
        with _PRODUCTS as n_threads, ThreadPoolExecutor(n_threads) as threads:
            return list(threads.map(model.read, texts))

    def _model(self) -> _Model:
        if self._loaded is None:
            self._loaded = _Model.load(shipped_folder(SMALL_ENCODER))
        return self._loaded


class _SingleThreadedProducts:
    """Limit numpy's products to one thread while anyone computes here; the limit holds for the whole process.

    Threads within a product wait for each other busily, which costs more time than they save.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._n_users = 0
        self._n_threads = 1
        self._limits: threadpool_limits | None = None

    def __enter__(self) -> int:
        """Return in how many threads texts may be computed side by side."""
        with self._lock:
            if not self._n_users:
                blas = [one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas"]
                self._n_threads = max(blas, default=1)
                self._limits = threadpool_limits(limits=1, user_api="blas")
            self._n_users += 1
            return self._n_threads

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._n_users -= 1
            if not self._n_users and self._limits is not None:
                self._limits.restore_original_limits()


_PRODUCTS = _SingleThreadedProducts()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Model:
    tokenizer: Tokenizer
    bert: Bert
    n_read: int  # tokens of a text, with the two that mark start and end

    @classmethod
    def load(cls, folder: Path) -> _Model:
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        from tokenizers import Tokenizer

        from classifier.features.bert import Bert

        settings = json.loads((folder / "sentence_bert_config.json").read_text(encoding="utf-8"))
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        tokenizer.no_padding()
        tokenizer.no_truncation()
        return cls(tokenizer=tokenizer, bert=Bert(folder), n_read=int(settings["max_seq_length"]))

    def read(self, text: str) -> tuple[Sequence[tuple[int, int]], FloatArray]:
        encoded = self.tokenizer.encode(text)
        tokens, offsets = encoded.ids, encoded.offsets
        if len(tokens) > self.n_read:  # the last marks the end
            del tokens[self.n_read - 1 : -1], offsets[self.n_read - 1 : -1]
        states = self.bert.states(np.array(tokens, dtype=np.intp))
        added: FloatArray = states / np.linalg.norm(states.sum(axis=0))
        return offsets, added
