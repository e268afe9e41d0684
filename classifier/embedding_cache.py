"""Embeddings kept on disk as plain arrays, so that no text is embedded twice.

A vector is kept under a hash of its text, the encoder's weights and the way it was made; the text
itself is not kept. joblib's Memory would write its arguments, here outcome texts, into its metadata.
"""

from __future__ import annotations

import hashlib
import io
import os
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import platformdirs

from classifier.embedding import Encoder, FloatArray, embed_whole, share_out_lead, share_out_whole
from classifier.sentences import Cut

__all__ = ["CacheInfo", "EmbeddingCache", "EmbeddingSource", "Sources", "default_cache_folder"]

_N_DIGEST = hashlib.sha256().digest_size
_BATCH = 64  # texts embedded between two reports of progress


def default_cache_folder() -> Path:
    """Where embeddings are kept unless `OUTCOME_CODER_CACHE` says otherwise."""
    return Path(os.environ.get("OUTCOME_CODER_CACHE") or platformdirs.user_cache_dir("outcome-coder")) / "embeddings"


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheInfo:
    """What a cache holds."""

    folder: Path
    n_vectors: int
    n_bytes: int


class EmbeddingCache:
    """A folder of vectors, one file each: an array as numpy saves it, and its sha256.

    Examples
    --------
    >>> cache = EmbeddingCache(getfixture("tmp_path") / "embeddings")
    >>> cache.put("ab12", np.ones(3, dtype=np.float32))
    >>> cache.get("ab12"), cache.get("ff00")
    (array([1., 1., 1.], dtype=float32), None)
    >>> cache.clear()
    1
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def get(self, key: str) -> FloatArray | None:
        """Return a vector, or None where there is none or its file is damaged."""
        try:
            kept = self._path(key).read_bytes()
        except OSError:
            return None
        array, digest = kept[:-_N_DIGEST], kept[-_N_DIGEST:]
        if hashlib.sha256(array).digest() != digest:
            return None
        vector: FloatArray = np.load(io.BytesIO(array), allow_pickle=False)
        return vector

    def put(self, key: str, vector: FloatArray) -> None:
        """Keep a vector; a full disk or a read-only folder only costs the keeping."""
        path = self._path(key)
        written = io.BytesIO()
        np.save(written, vector, allow_pickle=False)
        array = written.getvalue()
        try:
            # Only the owner may look: a vector tells something about its text.
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
        except OSError:
            return
        temporary = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(array + hashlib.sha256(array).digest())
            temporary.replace(path)
        except OSError:
            temporary.unlink(missing_ok=True)

    def clear(self) -> int:
        """Delete all vectors; return how many there were."""
        files = self._files()
        # What a run that was killed left half written tells of a text too.
        for file in [*files, *self.folder.glob("??/*.part")]:
            file.unlink(missing_ok=True)
        return len(files)

    def info(self) -> CacheInfo:
        """Count what is kept."""
        files = self._files()
        return CacheInfo(folder=self.folder, n_vectors=len(files), n_bytes=sum(file.stat().st_size for file in files))

    def _path(self, key: str) -> Path:
        return self.folder / key[:2] / f"{key}.npy"

    def _files(self) -> list[Path]:
        return sorted(self.folder.glob("??/*.npy"))


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddingSource:
    """An encoder and, unless `cache` is None, what it embedded before."""

    encoder: Encoder
    cache: EmbeddingCache | None

    def lead(self, texts: Sequence[str], *, advance: Callable[[int], None] = lambda n: None) -> FloatArray:
        """Embed the start of each text, as far as the encoder reads.

        Parameters
        ----------
        texts : sequence of str
        advance : callable
            Called with the number of texts done since the last call.

        Returns
        -------
        ndarray of shape (n_texts, n_dimensions)
        """
        return self._embed("lead", self.encoder.encode, texts, advance)

    def whole(
        self,
        texts: Sequence[str],
        *,
        starts: Mapping[str, FloatArray] | None = None,
        advance: Callable[[int], None] = lambda n: None,
    ) -> FloatArray:
        """Embed each text to its end, by windows; see `lead`.

        Parameters
        ----------
        starts : dict of str to ndarray, optional
            What `lead` made of some of the texts. Of a text that is read in one piece this is all there is
            to embed, and embedding is what costs most.
        """
        read = starts or {}

        def embed(batch: Sequence[str]) -> FloatArray:
            known = {text: read[text] for text in batch if text in read and self.encoder.windows(text) == (text,)}
            left = [text for text in batch if text not in known]
            known |= dict(zip(left, embed_whole(self.encoder, left), strict=True)) if left else {}
            return np.stack([known[text] for text in batch])

        return self._embed("windows", embed, texts, advance)

    def lead_by_sentence(
        self, texts: Sequence[str], cuts: Sequence[Cut], *, advance: Callable[[int], None] = lambda n: None
    ) -> list[FloatArray]:
        """Share out the vectors of `lead` over the sentences; see `classifier.embedding.share_out_lead`.

        What they add up to is kept too, so that `lead` need not read the texts again.
        """
        return self._share_out("lead", share_out_lead, texts, cuts, advance)

    def whole_by_sentence(
        self, texts: Sequence[str], cuts: Sequence[Cut], *, advance: Callable[[int], None] = lambda n: None
    ) -> list[FloatArray]:
        """Share out the vectors of `whole` over the sentences; see `lead_by_sentence`."""
        return self._share_out("windows", share_out_whole, texts, cuts, advance)

    def _embed(
        self,
        way: str,
        embed: Callable[[Sequence[str]], FloatArray],
        texts: Sequence[str],
        advance: Callable[[int], None],
    ) -> FloatArray:
        keys = [self._key(way, text) for text in texts]
        return np.stack(self._gather(keys, texts, lambda rows: embed([texts[row] for row in rows]), advance))

    def _share_out(
        self,
        way: str,
        share_out: Callable[[Encoder, Sequence[str], Sequence[Cut]], list[FloatArray]],
        texts: Sequence[str],
        cuts: Sequence[Cut],
        advance: Callable[[int], None],
    ) -> list[FloatArray]:
        def embed(rows: Sequence[int]) -> list[FloatArray]:
            shared = share_out(self.encoder, [texts[row] for row in rows], [cuts[row] for row in rows])
            for row, vectors in zip(rows, shared, strict=True):
                self._keep_sum(self._key(way, texts[row]), vectors)
            return shared

        keys = [
            self._key(f"{way}, {hashlib.sha256(cut.owners.astype(np.int32).tobytes()).hexdigest()}", text)
            for text, cut in zip(texts, cuts, strict=True)
        ]
        return self._gather(keys, texts, embed, advance)

    def _keep_sum(self, key: str, vectors: FloatArray) -> None:
        # What was embedded whole stays as it is, or the last digits of a suggestion would change.
        if self.cache is not None and self.cache.get(key) is None:
            self.cache.put(key, vectors.sum(axis=0))

    def _gather(
        self,
        keys: Sequence[str],
        texts: Sequence[str],
        embed: Callable[[Sequence[int]], Iterable[FloatArray]],
        advance: Callable[[int], None],
    ) -> list[FloatArray]:
        """Look up what is kept under the keys, and have the rest embedded, by the rows of its texts."""
        known = (
            {} if self.cache is None else {key: vector for key in keys if (vector := self.cache.get(key)) is not None}
        )
        missing = {key: row for row, key in enumerate(keys) if key not in known}
        advance(len(texts) - len(missing))
        # Like lengths together: a batch costs as much as its longest text.
        waiting = sorted(missing, key=lambda key: len(texts[missing[key]]), reverse=True)
        for start in range(0, len(waiting), _BATCH):
            batch = waiting[start : start + _BATCH]
            for key, vector in zip(batch, embed([missing[key] for key in batch]), strict=True):
                known[key] = vector
                if self.cache is not None:
                    self.cache.put(key, vector)
            advance(len(batch))
        return [known[key] for key in keys]

    def _key(self, way: str, text: str) -> str:
        return hashlib.sha256(f"1\0{way}\0{self.encoder.sha256}\0{text}".encode()).hexdigest()


Sources = tuple[EmbeddingSource, ...]
"""The encoders that stories are read with; the first is the one by which stories are compared."""
