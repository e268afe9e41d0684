from __future__ import annotations

import csv
from pathlib import Path

import pytest
from typer.testing import CliRunner

from classifier.agreement.codings import FieldCodings
from classifier.agreement.recal import RecalFiles, write_recal
from classifier.cli.app import app
from classifier.codebook.schema import Codebook
from classifier.errors import ComparisonError, OutputError
from tests.support.workbooks import write_outcomes, write_text

_CODEBOOK = """
fields:
  - name: scale
    column: Scale
    kind: single
    codes: [{code: Local}, {code: National}]
  - name: objective
    column: Objective
    kind: multiple
    codes: [{code: CIV}, {code: GEN}]
"""
SCALE, OBJECTIVE = Codebook.parse(_CODEBOOK).fields
LOCAL, NATIONAL = ("Local",), ("National",)
NONE: tuple[str, ...] = ()
IDS = ("SCC-LPC/001", "SCC-LPC/002", "SCC-LPC/003")


def scales(*rows: tuple[tuple[str, ...], ...], coders: tuple[str, ...] = ("Ana", "Ben")) -> FieldCodings:
    return FieldCodings(field=SCALE, coders=coders, codes=rows)


def written(folder: Path, *codings: FieldCodings) -> RecalFiles:
    return write_recal(folder, codings, fragment_ids=IDS)


def key_of(folder: Path) -> list[list[str]]:
    with (folder / "key.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def test_file_has_a_column_for_each_coder_and_a_row_for_each_outcome(tmp_path: Path) -> None:
    written(tmp_path / "recal", scales((LOCAL, LOCAL), (NATIONAL, LOCAL), (LOCAL, NATIONAL)))
    assert (tmp_path / "recal" / "1_scale.csv").read_bytes() == b"1,1\n2,1\n1,2\n"


def test_outcome_that_one_coder_alone_coded_has_no_row(tmp_path: Path) -> None:
    written(tmp_path / "recal", scales((LOCAL, LOCAL), (NATIONAL, NONE), (LOCAL, NATIONAL)))
    assert (tmp_path / "recal" / "1_scale.csv").read_bytes() == b"1,1\n1,2\n"


def test_key_says_what_columns_numbers_and_rows_are(tmp_path: Path) -> None:
    written(tmp_path / "recal", scales((LOCAL, LOCAL), (NATIONAL, NONE), (LOCAL, NATIONAL)))
    assert key_of(tmp_path / "recal") == [
        ["File", "Field", "What", "Number", "Meaning"],
        ["1_scale.csv", "Scale", "column: coder", "1", "Ana"],
        ["1_scale.csv", "Scale", "column: coder", "2", "Ben"],
        ["1_scale.csv", "Scale", "number: code", "1", "Local"],
        ["1_scale.csv", "Scale", "number: code", "2", "National"],
        ["1_scale.csv", "Scale", "row: outcome", "1", "SCC-LPC/001"],
        ["1_scale.csv", "Scale", "row: outcome", "2", "SCC-LPC/003"],
    ]


def test_hash_stands_where_one_of_three_coders_gave_no_code(tmp_path: Path) -> None:
    codings = scales((LOCAL, LOCAL, NONE), (NONE, LOCAL, NATIONAL), (NONE, NONE, LOCAL), coders=("Ana", "Ben", "Lea"))
    files = written(tmp_path / "recal", codings)
    assert (tmp_path / "recal" / "1_scale.csv").read_bytes() == b"1,1,#\n#,1,2\n"
    assert files.notes == ("1_scale.csv: has # where a coder gave no code; of ReCal's pages, only OIR takes it",)


def test_coder_without_a_code_in_these_outcomes_has_no_column(tmp_path: Path) -> None:
    written(tmp_path / "recal", scales((LOCAL, LOCAL, NONE), (NONE, NONE, LOCAL), coders=("Ana", "Ben", "Lea")))
    assert (tmp_path / "recal" / "1_scale.csv").read_bytes() == b"1,1\n"


def test_field_with_several_codes_has_a_file_for_each_code(tmp_path: Path) -> None:
    codes = ((("CIV", "GEN"), ("GEN",)), (("CIV",), ("CIV",)))
    written(tmp_path / "recal", FieldCodings(field=OBJECTIVE, coders=("Ana", "Ben"), codes=codes))
    files = {path.name: path.read_text(encoding="utf-8-sig") for path in (tmp_path / "recal").glob("1_*")}
    assert files == {"1_objective_1.csv": "1,0\n1,1\n", "1_objective_2.csv": "1,1\n0,0\n"}
    assert [cells[-2:] for cells in key_of(tmp_path / "recal") if cells[2] == "number: code"] == [
        ["0", "not given"],
        ["1", "CIV"],
        ["0", "not given"],
        ["1", "GEN"],
    ]


def test_folder_with_files_is_not_replaced(tmp_path: Path) -> None:
    write_text(tmp_path / "mine.txt", "mine")
    with pytest.raises(OutputError) as refused:
        written(tmp_path, scales((LOCAL, LOCAL)))
    assert str(refused.value) == f"{tmp_path}: exists and is not empty; choose another folder for --recal"


def test_codings_without_a_pair_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ComparisonError) as refused:
        written(tmp_path / "recal", scales((LOCAL, NONE), (NONE, LOCAL)))
    assert str(refused.value) == "no outcome was coded by two coders, so that there is nothing to write for ReCal"


def test_agreement_command_writes_the_codes_of_files_too(tmp_path: Path) -> None:
    def coded(name: str, *scales: str) -> str:
        rows = [
            {"FragmentID": fragment_id, "Outcome description": "The council met.", "Scale": scale}
            for fragment_id, scale in zip(IDS, scales, strict=True)
        ]
        return str(write_outcomes(tmp_path / name, *rows))

    codebook = str(write_text(tmp_path / "codebook.yaml", _CODEBOOK))
    files = [coded("ana.xlsx", "Local", "National", "Local"), coded("ben.xlsx", "Local", "Local", "Local")]
    out = tmp_path / "recal"
    result = CliRunner().invoke(app, ["agreement", *files, "--codebook", codebook, "--recal", str(out)])
    assert (out / "1_scale.csv").read_bytes() == b"1,1\n2,1\n1,1\n"
    assert result.stdout.endswith(
        f"Wrote {out}: files for ReCal, of 1 field; key.csv there says what their numbers mean\n"
    )
