"""No codebook file, whatever it holds, may end in anything but a codebook or a message that says what to do."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier.codebook.schema import Codebook
from classifier.errors import CodebookError
from tests.support.codebooks import CODEBOOK_YAML

YAML = CODEBOOK_YAML.encode()
QDC = b"""<CodeBook xmlns="urn:QDA-XML:codebook:1.0"><Codes><Code name="Scale" isCodable="false"><Code name="Local">
<Description>Of a place</Description></Code><Code name="National"/></Code></Codes></CodeBook>"""
ODD = [b"&a ", b"*a", b"? ", b"<<: ", b"[" * 300, b"!!int ", b"%TAG ! x", b"\xed\xa0\x80", b"9" * 5000, b"1:" * 99]


def read_or_refuse(name: str, content: bytes) -> None:
    with TemporaryDirectory() as folder, suppress(CodebookError):
        path = Path(folder) / name
        path.write_bytes(content)
        assert Codebook.read(path).fields


@settings(deadline=None)
@given(st.sampled_from(["codebook.yaml", "codebook.qdc"]), st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(name: str, content: bytes) -> None:
    read_or_refuse(name, content)


@settings(deadline=None, max_examples=200)
@given(
    st.sampled_from([("codebook.yaml", YAML), ("codebook.qdc", QDC)]),
    st.integers(0, 250),
    st.integers(0, 8),
    st.one_of(st.binary(max_size=8), st.sampled_from(ODD)),
)
def test_codebook_with_changed_bytes_is_read_or_refused(
    whole: tuple[str, bytes], place: int, n_lost: int, put: bytes
) -> None:
    name, content = whole
    read_or_refuse(name, content[:place] + put + content[place + n_lost :])


@pytest.mark.parametrize("name", ["codebook.yaml", "codebook.qdc"])
def test_whole_one_is_read(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(YAML if name.endswith("yaml") else QDC)
    assert Codebook.read(tmp_path / name).fields[0].code_names == ("Local", "National")


def test_key_that_is_a_list_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "codebook.yaml"
    path.write_text("fields: [{name: scale, column: Scale, [a, b]: c, [a, b]: d}]\n", encoding="utf-8")
    with pytest.raises(CodebookError, match="line 1: found unhashable key"):
        Codebook.read(path)
