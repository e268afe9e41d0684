from __future__ import annotations

import io
import struct
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from classifier.model.array_archive import ArchiveError, Arrays, directory_size, read_arrays, write_arrays

PRIOR = np.array([0.75, 0.25])

TYPES = st.sampled_from(["f2", "f4", "f8", "i1", "i4", "i8", "u1", "?"])
ARRAYS = TYPES.flatmap(lambda kind: hnp.arrays(kind, hnp.array_shapes(min_dims=0, max_dims=3, min_side=0)))


def header(shape: str, descr: str = "'<f8'") -> bytes:
    """Return what an array's file begins with."""
    text = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode()


def archive(folder: Path, *parts: tuple[str, bytes]) -> Path:
    path = folder / "heads.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as written:
        for name, content in parts:
            written.writestr(name, content)
    return path


@given(arrays=st.dictionaries(st.sampled_from(["rarity", "fields/0/prior", "given/1"]), ARRAYS))
def test_arrays_are_read_as_they_were_written(arrays: Arrays, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("model") / "heads.npz"
    write_arrays(path, arrays)
    read = read_arrays(path)
    assert list(read) == list(arrays)
    for name, array in arrays.items():
        np.testing.assert_array_equal(read[name], array, strict=True)


def test_numpy_reads_the_archive_too(tmp_path: Path) -> None:
    write_arrays(tmp_path / "heads.npz", {"prior": PRIOR})
    np.testing.assert_array_equal(np.load(tmp_path / "heads.npz", allow_pickle=False)["prior"], PRIOR)


def test_order_in_memory_is_kept(tmp_path: Path) -> None:
    write_arrays(tmp_path / "heads.npz", {"coefficients": np.asfortranarray(np.ones((3, 4)))})
    assert read_arrays(tmp_path / "heads.npz")["coefficients"].flags.f_contiguous


def test_same_arrays_make_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one.npz", "other.npz"):
        write_arrays(tmp_path / name, {"prior": PRIOR})
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "other.npz").read_bytes()


def test_objects_are_not_written(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match="given is an array of object"):
        write_arrays(tmp_path / "heads.npz", {"given": np.array([None])})


def pickled() -> bytes:
    written = io.BytesIO()
    np.save(written, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    return written.getvalue()


def saved(array: np.ndarray) -> bytes:
    written = io.BytesIO()
    np.save(written, array)
    return written.getvalue()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (pickled(), "'prior' is no array of numbers"),
        (saved(np.array(["a"])), "'prior' is no array of numbers"),
        (saved(np.array([1 + 2j])), "'prior' is no array of numbers"),
        (saved(np.array(["2026-11-29"], dtype="M8[D]")), "'prior' is no array of numbers"),
        (saved(np.array([(1, 2.0)], dtype="i4,f8")), "'prior' is no array of numbers"),
        (saved(np.array([1.0], dtype=">f8")), "'prior' is no array of numbers"),
        (saved(PRIOR)[:-1], "'prior' is larger or smaller than its header says"),
        (saved(PRIOR) + b"\0", "'prior' is larger or smaller than its header says"),
        (header("(137438953472,)") + b"\0" * 8, "'prior' is larger or smaller than its header says"),
        (header(f"({2**62}, {2**62})") + b"\0" * 8, "'prior' is larger or smaller than its header says"),
        (header("(-1, -1)") + b"\0" * 8, "'prior' is no array of numbers"),
        (header("(2,)", "'|b1'") + b"\x01\x02", "'prior' is no array of numbers"),
        (header("(1, )", "('<f8', (2,))") + b"\0" * 16, "'prior' is no array of numbers"),
        (header("[" * 60 + "]" * 60) + b"\0" * 8, "'prior' is no array"),
        (header("(__import__('os').getpid(),)") + b"\0" * 8, "'prior' is no array"),
        (b"\x93NUMPY\x01\x00\xff\xff" + b" " * 65535, "'prior' is no array"),
        (b"\x93NUMPY\x02\x00" + saved(PRIOR)[8:], "'prior' is no array"),
        (b"", "'prior' is no array"),
        (b"\x80\x04.", "'prior' is no array"),
    ],
)
def test_anything_but_an_array_of_numbers_is_refused(tmp_path: Path, content: bytes, reason: str) -> None:
    with pytest.raises(ArchiveError) as caught:
        read_arrays(archive(tmp_path, ("prior.npy", content)))
    assert str(caught.value) == reason


@pytest.mark.filterwarnings("ignore:Duplicate name:UserWarning")
def test_array_that_comes_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match="'prior' comes twice"):
        read_arrays(archive(tmp_path, ("prior.npy", saved(PRIOR)), ("prior.npy", saved(PRIOR))))


def test_file_that_is_no_array_by_its_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match=r"'schema\.json' is no array"):
        read_arrays(archive(tmp_path, ("schema.json", b"{}")))


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_compression_that_models_do_not_use_is_refused(tmp_path: Path, method: int) -> None:
    with zipfile.ZipFile(tmp_path / "heads.npz", "w", method) as written:
        written.writestr("prior.npy", saved(PRIOR))
    with pytest.raises(ArchiveError, match="'prior' is compressed in another way"):
        read_arrays(tmp_path / "heads.npz")


def understated(path: Path, n_bytes: int) -> Path:
    """Make the one file in an archive say that it has fewer bytes than it has, as the hash of these too."""
    with zipfile.ZipFile(path) as read:
        (part,) = read.infolist()
        is_said = struct.pack("<LLL", part.CRC, part.compress_size, part.file_size)
        says = struct.pack("<LLL", zlib.crc32(read.read(part)[:n_bytes]), part.compress_size, n_bytes)
    path.write_bytes(path.read_bytes().replace(is_said, says))
    return path


def test_no_more_is_uncompressed_than_an_archive_says(tmp_path: Path) -> None:
    large = header("(4000000,)") + bytes(32_000_000)
    path = understated(archive(tmp_path, ("prior.npy", large)), 1000)
    tracemalloc.start()
    with pytest.raises(ArchiveError, match="'prior' is larger or smaller than its header says"):
        read_arrays(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1_000_000


@pytest.mark.parametrize("change", [lambda content: content[:-30], lambda content: content[:60], lambda _: b""])
def test_archive_that_is_cut_off_is_refused(tmp_path: Path, change: Callable[[bytes], bytes]) -> None:
    path = archive(tmp_path, ("prior.npy", saved(PRIOR)))
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(zipfile.BadZipFile):
        read_arrays(path)


def test_list_of_files_is_as_large_as_the_archive_says(tmp_path: Path) -> None:
    path = archive(tmp_path, ("prior.npy", saved(PRIOR)), ("weights.npy", saved(PRIOR)))
    assert directory_size(path) == 2 * 46 + len("prior.npy") + len("weights.npy")


def of_zip64(content: bytes) -> bytes:
    return content[:-22] + b"PK\x06\x07" + bytes(16) + content[-22:]


@pytest.mark.parametrize(
    "change", [of_zip64, lambda content: content[:-1], lambda content: content + b"\n", lambda _: b"PK", lambda _: b""]
)
def test_archive_whose_list_of_files_may_be_larger_is_refused(tmp_path: Path, change: Callable[[bytes], bytes]) -> None:
    path = archive(tmp_path, ("prior.npy", saved(PRIOR)))
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(ArchiveError, match="not an archive of arrays"):
        directory_size(path)
