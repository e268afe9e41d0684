"""Embedding cache: encoders that keep their vectors on disk as plain arrays, so that no text is embedded twice.

Vectors are made from an `EmbeddingJob` and kept under a hash of all its fields, so that nothing they depend
on can be missing from their key; the text itself is not kept. joblib's Memory would write its arguments, here
outcome texts, into its metadata.
"""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from enum import StrEnum
from pathlib import Path

import numpy as np
import platformdirs

from classifier._types import FloatArray
from classifier.errors import OutputError
from classifier.features.encoder import Encoder, encode_windows, share_out_start, share_out_windows
from classifier.folders import remove_abandoned, unfinished_folder
from classifier.harvest.sentences import Cut
from classifier.progress import ProgressCallback, ignore_progress

_N_DIGEST = hashlib.sha256().digest_size
_BATCH = 64  # texts embedded between two reports of progress
_VERSION = "3"  # to be raised when the same job comes to mean other vectors


class Reach(StrEnum):
    """How much of a text is embedded. The values are part of the keys in the cache."""

    START = "lead"
    """Its start, as much as the encoder reads at a time."""
    WINDOWS = "whole"
    """To its end, by windows."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EmbeddingJob:
    """One text to embed, and all else that its vectors depend on.

    The key is made of every field, and the vectors of nothing but the fields: what is added here is in both.

    Examples
    --------
    >>> job = EmbeddingJob(encoder="ab12", reach=Reach.START, text="Wanjiru was freed.")
    >>> job.key == replace(job, reach=Reach.WINDOWS).key
    False
    """

    encoder: str  # the encoder's sha256
    reach: Reach
    text: str
    cut: Cut | None = None  # the sentences that the vector is shared out over, if it is

    @property
    def key(self) -> str:
        """A hash that differs wherever a field does."""
        return hashlib.sha256(b"".join(_unambiguous((_VERSION, self)))).hexdigest()

    def fits(self, vectors: FloatArray) -> bool:
        """Whether vectors can be those of this job, by their shape and values."""
        if not np.issubdtype(vectors.dtype, np.floating) or not vectors.size or not np.isfinite(vectors).all():
            return False
        return vectors.ndim == 1 if self.cut is None else vectors.ndim == 2 and len(vectors) == self.cut.n_sentences + 1


def _embed(encoder: Encoder, jobs: Sequence[EmbeddingJob]) -> list[FloatArray]:
    """Make the vectors of jobs that differ only in their texts and cuts."""
    texts = [job.text for job in jobs]
    cuts = [job.cut for job in jobs if job.cut is not None]
    is_start = jobs[0].reach is Reach.START
    if cuts:
        return (share_out_start if is_start else share_out_windows)(encoder, texts, cuts)
    return list(encoder.encode(texts) if is_start else encode_windows(encoder, texts))


def _unambiguous(value: object) -> Iterator[bytes]:
    """Serialise a value unambiguously: each part with its kind and length."""
    if isinstance(value, str):
        encoded = value.encode("utf-8", "surrogatepass")
        yield b"str %d " % len(encoded)
        yield encoded
    elif isinstance(value, int):
        yield b"int %d " % value
    elif value is None:
        yield b"none "
    elif isinstance(value, np.ndarray):
        yield f"array {value.dtype.str} {value.shape} ".encode()
        yield np.ascontiguousarray(value).tobytes()
    elif isinstance(value, tuple):
        yield b"tuple %d " % len(value)
        for item in value:
            yield from _unambiguous(item)
    elif is_dataclass(value):
        yield from _unambiguous(tuple((field.name, getattr(value, field.name)) for field in fields(value)))
    else:
        raise TypeError(f"values of {type(value).__name__} can't be serialised")


def default_cache_folder() -> Path:
    """Return the folder of the embedding cache, in `OUTCOME_CODER_CACHE` if that is set."""
    return Path(os.environ.get("OUTCOME_CODER_CACHE") or platformdirs.user_cache_dir("outcome-coder")) / "embeddings"


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheInfo:
    """Size of an embedding cache."""

    folder: Path
    n_vectors: int
    n_bytes: int


def _digest(key: str, array: bytes) -> bytes:
    return hashlib.sha256(key.encode() + array).digest()


class EmbeddingCache:
    """A folder of vectors, one file each: an array as numpy saves it, and the sha256 of its key and itself.

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
        if _digest(key, array) != digest:
            return None
        try:
            vector: FloatArray = np.load(io.BytesIO(array), allow_pickle=False)
        except (ValueError, EOFError):  # whole, but no array
            return None
        return vector

    def put(self, key: str, vector: FloatArray) -> None:
        """Keep a vector; see `put_all`."""
        self.put_all({key: vector})

    def put_all(self, vectors: Mapping[str, FloatArray]) -> None:
        """Keep vectors by their keys, unless the disk is full or the folder is read-only.

        They share one folder for unfinished work, which takes longer to make than a vector to write.
        """
        if not vectors:
            return
        try:
            # Readable by the owner alone: a vector reveals something about its text.
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with unfinished_folder(self.folder) as unfinished:
                for key, vector in vectors.items():
                    self._put(key, vector, unfinished)
        except (OSError, OutputError):
            return

    def _put(self, key: str, vector: FloatArray, unfinished: Path) -> None:
        path = self._path(key)
        written = io.BytesIO()
        np.save(written, vector, allow_pickle=False)
        array = written.getvalue()
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        temporary = unfinished / path.name
        temporary.touch(mode=0o600)
        temporary.write_bytes(array + _digest(key, array))
        temporary.replace(path)

    def clear(self) -> int:
        """Delete all vectors; return how many there were."""
        files = self._files()
        # Earlier versions left unfinished files elsewhere.
        for file in [*files, *self.folder.glob("??/*.part")]:
            file.unlink(missing_ok=True)
        remove_abandoned(self.folder)
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
class CachedEncoder:
    """An encoder with an embedding cache, unless `cache` is None."""

    encoder: Encoder
    cache: EmbeddingCache | None

    def encode_start(self, texts: Sequence[str], *, progress: ProgressCallback = ignore_progress) -> FloatArray:
        """Embed the start of each text, as far as the encoder reads.

        Returns
        -------
        ndarray of shape (n_texts, n_dimensions)
        """
        return np.stack(self._gather([self._job(Reach.START, text) for text in texts], progress))

    def encode_windows(
        self,
        texts: Sequence[str],
        *,
        starts: Mapping[str, FloatArray] | None = None,
        progress: ProgressCallback = ignore_progress,
    ) -> FloatArray:
        """Embed each text to its end, by windows; see `encode_start`.

        Parameters
        ----------
        starts : dict of str to ndarray, optional
            Vectors by `encode_start` of some of the texts. For a text that fits in one window they are the same,
            and embedding is what costs most.
        """
        return np.stack(self._gather([self._job(Reach.WINDOWS, text) for text in texts], progress, starts=starts or {}))

    def encode_start_by_sentence(
        self, texts: Sequence[str], cuts: Sequence[Cut], *, progress: ProgressCallback = ignore_progress
    ) -> list[FloatArray]:
        """Share out the vectors of `encode_start` over the sentences; see `encoder.share_out_start`.

        Their sum is kept too, so that `encode_start` need not embed the texts again.
        """
        jobs = [self._job(Reach.START, text, cut) for text, cut in zip(texts, cuts, strict=True)]
        return self._gather(jobs, progress)

    def encode_windows_by_sentence(
        self, texts: Sequence[str], cuts: Sequence[Cut], *, progress: ProgressCallback = ignore_progress
    ) -> list[FloatArray]:
        """Share out the vectors of `encode_windows` over the sentences; see `encode_start_by_sentence`."""
        jobs = [self._job(Reach.WINDOWS, text, cut) for text, cut in zip(texts, cuts, strict=True)]
        return self._gather(jobs, progress)

    def _job(self, reach: Reach, text: str, cut: Cut | None = None) -> EmbeddingJob:
        return EmbeddingJob(encoder=self.encoder.sha256, reach=reach, text=text, cut=cut)

    def _gather(
        self,
        jobs: Sequence[EmbeddingJob],
        progress: ProgressCallback,
        *,
        starts: Mapping[str, FloatArray] | None = None,
    ) -> list[FloatArray]:
        """Look up the vectors of jobs, and make the missing ones, each once."""
        keys = [job.key for job in jobs]
        wanted = dict(zip(keys, jobs, strict=True))
        known = self._kept(wanted)
        missing = {key: job for key, job in wanted.items() if key not in known}
        progress(len(jobs) - len(missing))
        made = self._make(missing, starts or {}, progress)
        n_dimensions = {vectors.shape[-1] for vectors in made.values()}
        stale = {key: wanted[key] for key, kept in known.items() if n_dimensions and kept.shape[-1] not in n_dimensions}
        known |= made | self._make(stale, {}, lambda n: None)
        return [known[key] for key in keys]

    def _make(
        self, jobs: Mapping[str, EmbeddingJob], starts: Mapping[str, FloatArray], progress: ProgressCallback
    ) -> dict[str, FloatArray]:
        """Make vectors batch by batch and cache each batch, so that a run that is stopped loses little."""
        # Like lengths together: a batch costs as much as its longest text.
        waiting = sorted(jobs, key=lambda key: -len(jobs[key].text))
        done: dict[str, FloatArray] = {}
        for start in range(0, len(waiting), _BATCH):
            batch = waiting[start : start + _BATCH]
            made = dict(zip(batch, self._embedded([jobs[key] for key in batch], starts), strict=True))
            done |= made
            self._keep(made, jobs)
            progress(len(batch))
        return done

    def _kept(self, jobs: Mapping[str, EmbeddingJob]) -> dict[str, FloatArray]:
        """Look up vectors by their keys; those of a wrong shape are left out, to be made again."""
        if self.cache is None:
            return {}
        found = {key: vectors for key in jobs if (vectors := self.cache.get(key)) is not None}
        found = {key: vectors for key, vectors in found.items() if jobs[key].fits(vectors)}
        is_one_length = len({vectors.shape[-1] for vectors in found.values()}) <= 1
        return found if is_one_length else {}

    def _embedded(self, jobs: Sequence[EmbeddingJob], starts: Mapping[str, FloatArray]) -> list[FloatArray]:
        made = {
            place: starts[job.text]
            for place, job in enumerate(jobs)
            if job.text in starts and self.encoder.windows(job.text) == (job.text,)
        }
        left = [place for place in range(len(jobs)) if place not in made]
        if left:
            made |= zip(left, _embed(self.encoder, [jobs[place] for place in left]), strict=True)
        return [made[place] for place in range(len(jobs))]

    def _keep(self, made: Mapping[str, FloatArray], jobs: Mapping[str, EmbeddingJob]) -> None:
        if self.cache is None:
            return
        kept = dict(made)
        for key, vectors in made.items():
            if jobs[key].cut is not None:
                whole = replace(jobs[key], cut=None)
                # What was embedded whole stays as it is, or the last digits of a suggestion would change.
                if whole.key not in kept and not self._kept({whole.key: whole}):
                    kept[whole.key] = vectors.sum(axis=0)
        self.cache.put_all(kept)


CachedEncoders = tuple[CachedEncoder, ...]
"""The encoders of a model; stories are compared by the first."""
