"""Feature hashing: counts of terms in columns by a hash of each term (MurmurHash3), without a vocabulary."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import numpy as np
import numpy.typing as npt
from scipy import sparse

from classifier.features.term_counts import Analyzer, SparseCounts, count_all

_Words = npt.NDArray[np.uint32]


def count_hashed(texts: Sequence[str], analyzer: Analyzer, *, n_columns: int) -> SparseCounts:
    """Count terms in columns by their hash, the same ones as scikit-learn's ``HashingVectorizer``.

    Returns
    -------
    sparse array of shape (n_texts, n_columns), float64
    """
    terms, counts = count_all(texts, analyzer)
    columns = hashes_of(terms)[counts.indices] % n_columns
    hashed = sparse.csr_array(
        (counts.data.astype(np.float64), columns, counts.indptr), shape=(counts.shape[0], n_columns)
    )
    hashed.sum_duplicates()
    return hashed


def hashes_of(terms: Sequence[str]) -> npt.NDArray[np.int64]:
    """Return the absolute value of MurmurHash3 (32 bits, seed 0) of each term in UTF-8, as a signed number.

    References
    ----------
    .. [1] Appleby, MurmurHash3, https://github.com/aappleby/smhasher (public domain).

    Examples
    --------
    >>> hashes_of(["council", "police"]).tolist()
    [977791220, 73719319]
    """
    written = [term.encode("utf-8", "surrogatepass") for term in terms]
    hashes = np.zeros(len(written), dtype=np.int64)
    by_length = sorted(range(len(written)), key=lambda place: len(written[place]))
    # Of terms of one length, all are hashed at once.
    for n_bytes, places in groupby(by_length, key=lambda place: len(written[place])):
        rows = list(places)
        together = np.frombuffer(b"".join(written[row] for row in rows), dtype=np.uint8)
        hashes[rows] = np.abs(_murmur(together.reshape(len(rows), n_bytes)).view(np.int32).astype(np.int64))
    return hashes


def _murmur(keys: npt.NDArray[np.uint8]) -> _Words:
    n_keys, n_bytes = keys.shape
    hashes = np.zeros(n_keys, dtype=np.uint32)
    n_whole = n_bytes // 4 * 4
    for block in np.ascontiguousarray(keys[:, :n_whole]).view("<u4").T:
        hashes = _rotated(hashes ^ _mixed(block.astype(np.uint32)), 13) * np.uint32(5) + np.uint32(0xE6546B64)
    if n_whole < n_bytes:
        last = np.zeros((n_keys, 4), dtype=np.uint8)
        last[:, : n_bytes - n_whole] = keys[:, n_whole:]
        hashes ^= _mixed(last.view("<u4")[:, 0].astype(np.uint32))
    hashes ^= np.uint32(n_bytes)
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35), (16, 1)):
        hashes = (hashes ^ (hashes >> np.uint32(shift))) * np.uint32(factor)
    return hashes


def _mixed(words: _Words) -> _Words:
    return _rotated(words * np.uint32(0xCC9E2D51), 15) * np.uint32(0x1B873593)


def _rotated(words: _Words, n_bits: int) -> _Words:
    rotated: _Words = (words << np.uint32(n_bits)) | (words >> np.uint32(32 - n_bits))
    return rotated
