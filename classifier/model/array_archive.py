"""Archive of arrays (``.npz``), read with checks that numpy's own reader doesn't make.

An array is read only if it is of plain numbers and its file holds as many bytes as its header claims: memory is asked
for by what is there, never by what a header says.
"""

from __future__ import annotations

import io
import math
import os
import reprlib
import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Arrays = dict[str, npt.NDArray[Any]]

_SUFFIX = ".npy"
_VERSION = (1, 0)  # of numpy's format, the one for arrays of plain numbers
_LONGEST_HEADER = 512  # bytes; numpy's own take 118
_KINDS = frozenset({"<f2", "<f4", "<f8", "<i4", "<i8", "|i1", "|u1", "|b1"})
_END = struct.Struct("<4s8xL6x")  # the end of a zip archive: its mark, and the size of its list of files
_LOCATOR = struct.Struct("<4s16x")  # what is before the end of an archive with a second, larger end
_COMPRESSIONS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})


class ArchiveError(ValueError):
    """An archive holds something else than the arrays that are looked for; the text says what."""


def write_arrays(path: Path, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
    """Write an archive of arrays, the same bytes for the same arrays.

    Examples
    --------
    >>> path = getfixture("tmp_path") / "heads.npz"
    >>> write_arrays(path, {"fields/0/prior": np.array([0.75, 0.25])})
    >>> read_arrays(path)
    {'fields/0/prior': array([0.75, 0.25])}
    """
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name, array in arrays.items():
            if array.dtype.str not in _KINDS:
                raise ArchiveError(f"{name} is an array of {array.dtype}")
            written = io.BytesIO()
            np.lib.format.write_array(written, array, version=_VERSION, allow_pickle=False)
            # Of a ZipInfo's own making, its date is always the same; the archive's level of compression is not used.
            part = zipfile.ZipInfo(name + _SUFFIX)
            archive.writestr(part, written.getvalue(), compress_type=zipfile.ZIP_DEFLATED, compresslevel=6)


def directory_size(path: Path) -> int:
    """Return how many bytes an archive's list of its files has; `zipfile` reads it whole, into ten times the memory.

    Raises
    ------
    ArchiveError
        If it can't be known: there is no end of an archive, or one for archives larger than any model's.
    """
    n_bytes = _LOCATOR.size + _END.size
    with path.open("rb") as file:
        file.seek(-min(n_bytes, path.stat().st_size), os.SEEK_END)
        tail = file.read().rjust(n_bytes)
    (locator,), (mark, size) = _LOCATOR.unpack_from(tail), _END.unpack_from(tail, _LOCATOR.size)
    if mark != b"PK\x05\x06" or locator == b"PK\x06\x07":
        raise ArchiveError("not an archive of arrays")
    return int(size)


def unpacked_size(path: Path) -> int:
    """Return how many bytes the files in an archive say that they have when they are uncompressed."""
    with zipfile.ZipFile(path) as archive:
        return sum(part.file_size for part in archive.infolist())


def read_arrays(path: Path) -> Arrays:
    """Read an archive of arrays; see `write_arrays`. How large it may be is for the caller to check.

    Raises
    ------
    ArchiveError, zipfile.BadZipFile, zlib.error, EOFError or another
        If it is damaged, or holds anything but arrays of numbers, each once.
    """
    arrays: Arrays = {}
    with zipfile.ZipFile(path) as archive:
        for part in archive.infolist():
            name = part.filename.removesuffix(_SUFFIX)
            if name == part.filename:
                raise ArchiveError(f"{reprlib.repr(name)} is no array")
            if name in arrays:
                raise ArchiveError(f"{reprlib.repr(name)} comes twice")
            if part.compress_type not in _COMPRESSIONS:
                raise ArchiveError(f"{reprlib.repr(name)} is compressed in another way")
            arrays[name] = _read_array(name, uncompressed(archive, part))
    return arrays


def uncompressed(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> bytes:
    """Return what is in a file of an archive; no more is uncompressed than it says that it has.

    `ZipFile.read` uncompresses all there is, and drops what is too much of it.

    Raises
    ------
    zipfile.BadZipFile, zlib.error, EOFError or another
        If it is damaged.
    """
    with archive.open(part) as file:
        return file.read(part.file_size)


def _read_array(name: str, content: bytes) -> npt.NDArray[Any]:
    file = io.BytesIO(content)
    try:
        if np.lib.format.read_magic(file) != _VERSION:
            raise ValueError
        shape, is_by_column, dtype = np.lib.format.read_array_header_1_0(file, max_header_size=_LONGEST_HEADER)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError) as error:
        raise ArchiveError(f"{reprlib.repr(name)} is no array") from error
    data = memoryview(content)[file.tell() :]
    if dtype.str not in _KINDS or min(shape, default=0) < 0:
        raise ArchiveError(f"{reprlib.repr(name)} is no array of numbers")
    if len(data) != dtype.itemsize * math.prod(shape):
        raise ArchiveError(f"{reprlib.repr(name)} is larger or smaller than its header says")
    if dtype.kind == "b" and np.frombuffer(data, dtype=np.uint8).max(initial=0) > 1:
        raise ArchiveError(f"{reprlib.repr(name)} is no array of numbers")
    # Copied, so that it can be written to, and is where processors expect numbers of its size.
    flat = np.frombuffer(data, dtype=dtype).copy()
    return flat.reshape(shape, order="F" if is_by_column else "C")
