"""Embedding cache: encoders that keep their vectors in a file, so that no text is embedded twice.

Vectors are made from an `EmbeddingJob` and kept under a hash of all its fields, so that nothing they depend
on can be missing from their key; the text itself is not kept.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields, is_dataclass, replace
from enum import StrEnum
from pathlib import Path

import numpy as np
import platformdirs

from classifier._types import FloatArray
from classifier.features.device import PROCESSOR
from classifier.features.embedding_database import EmbeddingDatabase
from classifier.features.encoder import Encoder, encode_windows, share_out_start, share_out_windows
from classifier.features.quantisation import (
    Embedding,
    shares_from_bytes,
    shares_to_bytes,
    vector_from_bytes,
    vector_to_bytes,
)
from classifier.folders import remove_abandoned
from classifier.harvest.sentences import Cut
from classifier.limits import MOST_ROWS
from classifier.progress import ProgressCallback, ignore_progress

_N_DIGEST = 16
_EARLIER = re.compile(r"[0-9a-f]{64}\.npy")
_BYTES_OF_OUTCOME = 25_000  # embeddings by both encoders that ship, with those of the sentences, of 118 sample outcomes
_MOST_BYTES = MOST_ROWS * _BYTES_OF_OUTCOME  # so that the largest harvest can be suggested for again
_BATCH = 64  # texts embedded between two reports of progress
_VERSION = "4"  # to be raised when the same job comes to mean other vectors


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

    encoder: str  # its sha256, and the device if that is not the processor
    reach: Reach
    text: str
    cut: Cut | None = None  # the sentences that the vector is shared out over, if it is

    @property
    def key(self) -> str:
        """A hash that differs wherever a field does."""
        return hashlib.sha256(b"".join(_unambiguous((_VERSION, self)))).hexdigest()

    @property
    def whole(self) -> EmbeddingJob:
        """The job of the vector alone."""
        return replace(self, cut=None)

    def contents(self, embedding: Embedding) -> dict[str, bytes]:
        """Serialise an embedding for the cache, by the keys of the vector and of its shares."""
        contents = {self.whole.key: vector_to_bytes(embedding.whole)}
        if embedding.shares is not None:
            contents[self.key] = shares_to_bytes(embedding.shares, embedding.whole)
        return contents

    def read(self, contents: Mapping[str, bytes]) -> Embedding | None:
        """Read an embedding as `contents` serialises it; None if it is not there, or can't be that of this job."""
        whole = vector_from_bytes(contents.get(self.whole.key, b""))
        if whole is None or self.cut is None:
            return None if whole is None else Embedding(whole=whole)
        shares = shares_from_bytes(contents.get(self.key, b""), whole)
        is_right = shares is not None and shares.n_sentences == self.cut.n_sentences
        return Embedding(whole=whole, shares=shares) if is_right else None


def _embed(encoder: Encoder, jobs: Sequence[EmbeddingJob]) -> list[Embedding]:
    """Make the embeddings of jobs that differ only in their texts and cuts."""
    texts = [job.text for job in jobs]
    cuts = [job.cut for job in jobs if job.cut is not None]
    is_start = jobs[0].reach is Reach.START
    if cuts:
        shared = (share_out_start if is_start else share_out_windows)(encoder, texts, cuts)
        return [Embedding.of(vector.whole, vector.sentences) for vector in shared]
    vectors = encoder.encode(texts) if is_start else encode_windows(encoder, texts)
    return [Embedding.of(vector) for vector in vectors]


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
    most_bytes: int


class EmbeddingCache:
    """A folder with the database of embeddings, each with a digest of its key and itself.

    Examples
    --------
    >>> cache = EmbeddingCache(getfixture("tmp_path") / "embeddings")
    >>> cache.put_all({"ab12": b"a vector"})
    >>> cache.get_all(["ab12", "ff00"])
    {'ab12': b'a vector'}
    >>> cache.clear()
    1
    """

    def __init__(self, folder: Path, *, most_bytes: int = _MOST_BYTES) -> None:
        self.folder = folder
        self._most_bytes = most_bytes
        self._database = EmbeddingDatabase(folder / "embeddings.sqlite", most_bytes=most_bytes)

    def get_all(self, keys: Iterable[str]) -> dict[str, bytes]:
        """Return what is kept by some keys, but for what is damaged."""
        found = {}
        for key, kept in self._database.get_all(bytes.fromhex(key) for key in keys).items():
            content, digest = kept[:-_N_DIGEST], kept[-_N_DIGEST:]
            if digest == _digest(key, content):
                found[key.hex()] = content
        return found

    def put_all(self, contents: Mapping[str, bytes]) -> None:
        """Keep contents by their keys, unless the disk is full or the folder is read-only."""
        if not self._database.is_there():
            self._remove_earlier()
        by_key = {bytes.fromhex(key): content for key, content in contents.items()}
        self._database.put_all({key: content + _digest(key, content) for key, content in by_key.items()})

    def clear(self) -> int:
        """Delete all embeddings; return how many there were.

        Raises
        ------
        OutputError
            If they can't be deleted.
        """
        n_kept = self._database.count()
        self._database.clear()
        return n_kept + self._remove_earlier()

    def info(self) -> CacheInfo:
        """Count what is kept."""
        n_vectors, n_bytes = self._database.count(), self._database.n_bytes()
        return CacheInfo(folder=self.folder, n_vectors=n_vectors, n_bytes=n_bytes, most_bytes=self._most_bytes)

    def _remove_earlier(self) -> int:
        """Remove what earlier versions kept, a file for each vector; return how many there were."""
        n_removed = 0
        for folder in self.folder.glob("[0-9a-f][0-9a-f]"):
            for file in () if folder.is_symlink() else [*folder.glob("*.npy"), *folder.glob("tmp*.part")]:
                is_ours = file.suffix == ".part" or (_EARLIER.fullmatch(file.name) and file.name[:2] == folder.name)
                with suppress(OSError):
                    if is_ours:
                        file.unlink()
                        n_removed += file.suffix == ".npy"
            with suppress(OSError):  # something else is in it
                folder.rmdir()
        remove_abandoned(self.folder)
        return n_removed


def _digest(key: bytes, content: bytes) -> bytes:
    return hashlib.blake2b(key + content, digest_size=_N_DIGEST).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class CachedEncoder:
    """An encoder with an embedding cache, unless `cache` is None; its vectors are in half precision either way.

    So they have length 1 to three digits only.
    """

    encoder: Encoder
    cache: EmbeddingCache | None
    device: str = PROCESSOR  # that the encoder is computed on; the last digits of its vectors depend on it

    def encode_start(self, texts: Sequence[str], *, progress: ProgressCallback = ignore_progress) -> FloatArray:
        """Embed the start of each text, as far as the encoder reads.

        Returns
        -------
        ndarray of shape (n_texts, n_dimensions)
        """
        return _whole(self._gather([self._job(Reach.START, text) for text in texts], progress))

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
        known = {text: Embedding(whole=vector) for text, vector in (starts or {}).items()}
        return _whole(self._gather([self._job(Reach.WINDOWS, text) for text in texts], progress, starts=known))

    def encode_start_by_sentence(
        self, texts: Sequence[str], cuts: Sequence[Cut], *, progress: ProgressCallback = ignore_progress
    ) -> list[Embedding]:
        """Share out the vectors of `encode_start` over the sentences; see `encoder.share_out_start`.

        The vectors are kept too, so that `encode_start` need not embed the texts again.
        """
        jobs = [self._job(Reach.START, text, cut) for text, cut in zip(texts, cuts, strict=True)]
        return self._gather(jobs, progress)

    def encode_windows_by_sentence(
        self,
        texts: Sequence[str],
        cuts: Sequence[Cut],
        *,
        starts: Mapping[str, Embedding] | None = None,
        progress: ProgressCallback = ignore_progress,
    ) -> list[Embedding]:
        """Share out the vectors of `encode_windows` over the sentences; see `encode_start_by_sentence`.

        Parameters
        ----------
        starts : dict of str to Embedding, optional
            As of `encode_windows`, by `encode_start_by_sentence` with the same cuts.
        """
        jobs = [self._job(Reach.WINDOWS, text, cut) for text, cut in zip(texts, cuts, strict=True)]
        return self._gather(jobs, progress, starts=starts)

    def _job(self, reach: Reach, text: str, cut: Cut | None = None) -> EmbeddingJob:
        on_device = "" if self.device == PROCESSOR else f" {self.device}"
        return EmbeddingJob(encoder=f"{self.encoder.sha256}{on_device}", reach=reach, text=text, cut=cut)

    def _gather(
        self,
        jobs: Sequence[EmbeddingJob],
        progress: ProgressCallback,
        *,
        starts: Mapping[str, Embedding] | None = None,
    ) -> list[Embedding]:
        """Look up the embeddings of jobs, and make the missing ones, each once."""
        keys = [job.key for job in jobs]
        wanted = dict(zip(keys, jobs, strict=True))
        known = self._kept(wanted)
        missing = {key: job for key, job in wanted.items() if key not in known}
        progress(len(jobs) - len(missing))
        made = self._make(missing, starts or {}, progress)
        n_dimensions = {embedding.whole.size for embedding in made.values()}
        stale = {
            key: wanted[key] for key, kept in known.items() if n_dimensions and kept.whole.size not in n_dimensions
        }
        known |= made | self._make(stale, {}, lambda n: None)
        return [known[key] for key in keys]

    def _make(
        self, jobs: Mapping[str, EmbeddingJob], starts: Mapping[str, Embedding], progress: ProgressCallback
    ) -> dict[str, Embedding]:
        """Make embeddings batch by batch and cache each batch, so that a run that is stopped loses little."""
        # Like lengths together: a batch costs as much as its longest text.
        waiting = sorted(jobs, key=lambda key: -len(jobs[key].text))
        done: dict[str, Embedding] = {}
        for start in range(0, len(waiting), _BATCH):
            batch = waiting[start : start + _BATCH]
            made = self._embedded([jobs[key] for key in batch], starts)
            done |= zip(batch, made, strict=True)
            self._keep(made, [jobs[key] for key in batch])
            progress(len(batch))
        return done

    def _kept(self, jobs: Mapping[str, EmbeddingJob]) -> dict[str, Embedding]:
        """Look up embeddings by their keys; those that can't be right are left out, to be made again."""
        if self.cache is None or not jobs:
            return {}
        contents = self.cache.get_all({*jobs, *(job.whole.key for job in jobs.values())})
        found = {key: kept for key, job in jobs.items() if (kept := job.read(contents)) is not None}
        is_one_length = len({kept.whole.size for kept in found.values()}) <= 1
        return found if is_one_length else {}

    def _embedded(self, jobs: Sequence[EmbeddingJob], starts: Mapping[str, Embedding]) -> list[Embedding]:
        made = {
            place: starts[job.text]
            for place, job in enumerate(jobs)
            if job.text in starts and self.encoder.windows(job.text) == (job.text,)
        }
        left = [place for place in range(len(jobs)) if place not in made]
        if left:
            made |= zip(left, _embed(self.encoder, [jobs[place] for place in left]), strict=True)
        return [made[place] for place in range(len(jobs))]

    def _keep(self, made: Sequence[Embedding], jobs: Sequence[EmbeddingJob]) -> None:
        if self.cache is not None and made:
            contents: dict[str, bytes] = {}
            for job, embedding in zip(jobs, made, strict=True):
                contents |= job.contents(embedding)
            self.cache.put_all(contents)


CachedEncoders = tuple[CachedEncoder, ...]
"""The encoders of a model; stories are compared by the first."""


def _whole(embeddings: Sequence[Embedding]) -> FloatArray:
    return np.stack([embedding.whole for embedding in embeddings])
