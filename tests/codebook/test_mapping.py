from __future__ import annotations

from pathlib import Path

import pytest

from classifier.codebook.mapping import CodeMap, read_map
from classifier.codebook.schema import Codebook
from classifier.errors import FaultsError
from tests.support.workbooks import write_outcomes, write_text

OLD = Codebook.parse("""
fields:
  - {name: scale, column: Scale, kind: single, codes: [{code: Village, aliases: [Hamlet]}, {code: National}]}
  - {name: objective, column: Objective, kind: multiple, separator: "|", codes: [{code: CIV}, {code: GEN}]}
  - {name: donor, column: Donor, kind: single, codes: [{code: A}]}
""")
NEW = Codebook.parse("""
fields:
  - {name: scale, column: Scale, kind: single, codes: [{code: Local}, {code: 'Home; abroad'}, {code: National}]}
  - {name: objective, column: Objective, kind: multiple, separator: "|", codes: [{code: CIV}, {code: LAW}]}
""")


def read(folder: Path, text: str, *, encoding: str = "utf-8") -> CodeMap:
    return read_map(write_text(folder / "map.csv", text, encoding=encoding), old=OLD, new=NEW)


def codes(folder: Path, text: str) -> dict[tuple[str, str], tuple[str, ...]]:
    """Read a map without faults."""
    found = read(folder, text)
    assert found.faults == ()
    return dict(found.codes)


def faults(folder: Path, *rows: str) -> list[str]:
    return [str(fault) for fault in read(folder, "\n".join(("field,from,to", *rows))).faults]


def refusal(folder: Path, text: str) -> str:
    with pytest.raises(FaultsError) as caught:
        read(folder, text)
    return str(caught.value)


# What it may look like


@pytest.mark.parametrize(
    "text",
    [
        "field,from,to\nscale,Village,Local\n",
        "field;from;to\r\nscale;Village;Local\r\n",
        "Field,FROM,To\nscale,Village,Local\n",
        "note,to,from,field\nsure,Local,Village,scale\n",
        "\nfield,from,to\n\nscale,Village,Local\n\n",
        "Codes of 2025,,\nfield,from,to\nscale,Village,Local\n",
    ],
    ids=["comma", "semicolon", "capitals", "other order", "blank lines", "title above"],
)
def test_table_is_read_by_its_header(tmp_path: Path, text: str) -> None:
    assert codes(tmp_path, text) == {("scale", "Village"): ("Local",)}


def test_mark_of_the_byte_order_is_no_part_of_the_header(tmp_path: Path) -> None:
    found = read(tmp_path, "field,from,to\nscale,Village,Local\n", encoding="utf-8-sig")
    assert found.codes == {("scale", "Village"): ("Local",)}


def test_workbook_does_as_well(tmp_path: Path) -> None:
    path = write_outcomes(tmp_path / "map.xlsx", {"field": "scale", "from": "Village", "to": "Local"})
    assert read_map(path, old=OLD, new=NEW).codes == {("scale", "Village"): ("Local",)}


def test_field_may_be_named_by_its_column_and_codes_by_their_aliases(tmp_path: Path) -> None:
    assert codes(tmp_path, "field,from,to\nScale,hamlet,LOCAL\n") == {("scale", "Village"): ("Local",)}


def test_rows_of_one_code_are_what_it_was_split_into(tmp_path: Path) -> None:
    rows = "field,from,to\nscale,Village,Local\nscale,Village,National\n"
    assert codes(tmp_path, rows) == {("scale", "Village"): ("Local", "National")}


@pytest.mark.parametrize("separator", [";", "; ", "|", " | "])
def test_cell_may_hold_several_codes(tmp_path: Path, separator: str) -> None:
    assert codes(tmp_path, f"field,from,to\nobjective,GEN,CIV{separator}LAW\n") == {
        ("objective", "GEN"): ("CIV", "LAW")
    }


def test_code_that_holds_the_sign_between_codes_is_one(tmp_path: Path) -> None:
    assert codes(tmp_path, "field,from,to\nscale,Village,Home; abroad\n") == {("scale", "Village"): ("Home; abroad",)}


@pytest.mark.parametrize("row", ["scale,Village,", "scale,Village"])
def test_empty_cell_sends_back_to_the_queue(tmp_path: Path, row: str) -> None:
    assert codes(tmp_path, f"field,from,to\n{row}\n") == {("scale", "Village"): ()}


# What is wrong with it


def test_missing_column_is_reported(tmp_path: Path) -> None:
    assert refusal(tmp_path, "field,from\nscale,Village\n") == (
        "map.csv: 1 problem to correct\n  map!A1: column 'to' is missing (the columns are field, from and to)"
    )


def test_repeated_column_is_reported(tmp_path: Path) -> None:
    assert refusal(tmp_path, "field,from,to,to\nscale,Village,Local,National\n") == (
        "map.csv: 1 problem to correct\n"
        "  map!D1: column 'to' appears twice, first in map!C1 (write several codes into one cell with ; "
        "between them, or each into a row of its own)"
    )


def test_unknown_field_is_reported_with_the_nearest(tmp_path: Path) -> None:
    assert faults(tmp_path, "scael,Village,Local") == [
        "map!A2: 'scael' is not a field of the project's codebook (did you mean 'scale'?)"
    ]


def test_field_that_is_gone_is_reported(tmp_path: Path) -> None:
    assert faults(tmp_path, "donor,A,Local") == [
        "map!A2: field 'donor' (column 'Donor') is not in the new codebook (rename the field there, or delete the row)"
    ]


def test_unknown_old_code_is_reported_with_the_nearest(tmp_path: Path) -> None:
    assert faults(tmp_path, "scale,Vilage,Local") == [
        "map!B2: 'Vilage' is not a code of field 'scale' (column 'Scale') in the project's codebook "
        "(did you mean 'Village'?)"
    ]


def test_unknown_new_code_is_reported_with_the_nearest(tmp_path: Path) -> None:
    assert faults(tmp_path, "scale,Village,Locl") == [
        "map!C2: 'Locl' is not a code of field 'scale' (column 'Scale') in the new codebook (did you mean 'Local'?)"
    ]


def test_code_whose_new_one_is_unknown_is_not_left_out(tmp_path: Path) -> None:
    assert ("scale", "Village") in read(tmp_path, "field,from,to\nscale,Village,Locl\n").codes


def test_repeated_row_is_reported(tmp_path: Path) -> None:
    assert faults(tmp_path, "scale,Village,Local", "scale,Village,Local") == [
        "map!B3: the row for 'Village' to 'Local' appears twice (delete one of the two)"
    ]


def test_repeated_row_back_to_the_queue_is_reported(tmp_path: Path) -> None:
    assert faults(tmp_path, "scale,Village,", "scale,Village,") == [
        "map!B3: the row for 'Village' appears twice (delete one of the two)"
    ]


@pytest.mark.parametrize("to", [("", "Local"), ("Local", "")])
def test_code_both_carried_over_and_sent_back_is_reported(tmp_path: Path, to: tuple[str, str]) -> None:
    assert faults(tmp_path, *(f"scale,Village,{new}" for new in to)) == [
        "map!B3: 'Village' goes back to the queue in one row and to a code in another, first in map!B2 (delete one of "
        "the two)"
    ]


def test_row_longer_than_the_header_is_reported(tmp_path: Path) -> None:
    assert faults(tmp_path, "scale,Norms, attitudes,Local") == [
        "map!D2: the row is longer than the header (put codes that hold the separator in quotes)"
    ]


def test_faults_of_all_rows_are_reported(tmp_path: Path) -> None:
    assert len(faults(tmp_path, "scael,Village,Local", "scale,Vilage,Local", "objective,GEN,CIW; LAV")) == 4


def test_code_by_a_formula_without_a_result_is_reported(tmp_path: Path) -> None:
    path = write_outcomes(tmp_path / "map.xlsx", {"field": "scale", "from": "Village", "to": "=A1"})
    assert [str(fault) for fault in read_map(path, old=OLD, new=NEW).faults] == [
        "Outcomes!C2: this cell holds a formula without a saved result, and was read as blank (open the workbook in "
        "your spreadsheet program and save it)"
    ]


def test_what_reading_found_is_noted(tmp_path: Path) -> None:
    (note,) = read(tmp_path, "field,from,to\nscale,Village,\nnöte,x,y\n", encoding="cp1252").notes
    assert note.what == "the file is not in UTF-8; it was read as cp1252 (Western European, Windows), which is a guess"
