from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner

from classifier.cli.app import app
from classifier.codebook.refi_qda_writing import write_qdc
from classifier.codebook.schema import Codebook
from tests.support.workbooks import write_text

NAMESPACE = "{urn:QDA-XML:codebook:1.0}"
CODEBOOK = """
fields:
  - name: scale
    column: Scale
    kind: single
    question: How far does it reach?
    codes:
      - {code: Local, definition: One place, include: a village, exclude: a province}
      - {code: "Sub-national & more"}
"""


@pytest.fixture
def written(tmp_path: Path) -> Path:
    write_qdc(Codebook.parse(CODEBOOK), tmp_path / "codebook.qdc")
    return tmp_path / "codebook.qdc"


def test_field_is_a_code_that_holds_its_codes(written: Path) -> None:
    (codes,) = ElementTree.parse(written).getroot()
    (field,) = codes
    assert (codes.tag, field.get("name"), field.get("isCodable")) == (f"{NAMESPACE}Codes", "Scale", "false")
    assert [(code.get("name"), code.get("isCodable")) for code in field if code.tag == f"{NAMESPACE}Code"] == [
        ("Local", "true"),
        ("Sub-national & more", "true"),
    ]


def test_every_code_has_the_same_identifier_each_time(written: Path, tmp_path: Path) -> None:
    write_qdc(Codebook.parse(CODEBOOK), tmp_path / "again.qdc")
    assert (tmp_path / "again.qdc").read_bytes() == written.read_bytes()
    guids = [code.get("guid") for code in ElementTree.parse(written).getroot().iter(f"{NAMESPACE}Code")]
    assert len(set(guids)) == 3


def test_description_comes_before_the_codes_as_the_standard_asks(written: Path) -> None:
    (field,) = ElementTree.parse(written).getroot()[0]
    assert [child.tag.removeprefix(NAMESPACE) for child in field] == ["Description", "Code", "Code"]


def test_codebook_reads_back_with_its_definitions(written: Path) -> None:
    local, _ = Codebook.read(written).fields[0].codes
    assert (local.definition, local.include, local.exclude) == ("One place", "a village", "a province")


def test_command_writes_the_codebook(tmp_path: Path) -> None:
    codebook = write_text(tmp_path / "codebook.yaml", CODEBOOK)
    out = tmp_path / "codebook.qdc"
    result = CliRunner().invoke(app, ["codebook", "export", str(codebook), "--out", str(out)])
    assert (result.stdout, out.exists()) == (f"Scale: 2 codes\nWrote {out}\n", True)


def test_other_endings_are_refused(tmp_path: Path) -> None:
    codebook = write_text(tmp_path / "codebook.yaml", CODEBOOK)
    out = tmp_path / "codebook.xml"
    result = CliRunner().invoke(app, ["codebook", "export", str(codebook), "--out", str(out)])
    assert result.stderr == f"Error: {out}: a codebook for other programs is a .qdc; choose an --out that ends so\n"
