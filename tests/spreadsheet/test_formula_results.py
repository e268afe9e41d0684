from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.formula import ArrayFormula
from openpyxl.worksheet.worksheet import Worksheet

from classifier.spreadsheet.formula_results import keep_results
from classifier.spreadsheet.reading import read_sheets


def write(path: Path, formulas: Mapping[str, object], results: Mapping[str, tuple[str, str]]) -> Path:
    """Write a workbook with formulas and what a spreadsheet program has saved of their results."""
    workbook = Workbook()
    sheet = workbook.worksheets[0]
    sheet.title = "Outcomes"
    sheet["A1"] = "FragmentID"
    for place, formula in formulas.items():
        sheet[place] = formula  # type: ignore[assignment]  # a formula of any kind
    workbook.save(path)

    def saved(found: re.Match[str]) -> str:
        if found[1] not in results:
            return found[0]
        kind, value = results[found[1]]
        return f'<c r="{found[1]}" t="{kind}">{found[2]}<v>{value}</v></c>'

    with zipfile.ZipFile(path) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    part = "xl/worksheets/sheet1.xml"
    parts[part] = re.sub(r'<c r="([A-Z]+\d+)"[^>]*>(<f.*?</f>)<v ?/></c>', saved, parts[part].decode()).encode()
    with zipfile.ZipFile(path, "w") as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return path


def copied(path: Path, *changed: str) -> Path:
    """Copy a workbook as we do, with cells that were changed."""
    out = path.with_name("copy.xlsx")
    workbook = load_workbook(path)
    sheet = workbook["Outcomes"]
    assert isinstance(sheet, Worksheet)
    places = [sheet[cell] for cell in changed]
    for cell in places:
        cell.value = "Local"
    workbook.save(out)
    keep_results(path, out, changed=[("Outcomes", cell.row, cell.column) for cell in places])
    return out


def value_of(path: Path, place: str) -> object:
    sheet = load_workbook(path, data_only=True)["Outcomes"]
    assert isinstance(sheet, Worksheet)
    return sheet[place].value


@pytest.mark.parametrize(
    ("kind", "saved", "value"),
    [("str", "TST-001", "TST-001"), ("n", "2024", 2024), ("n", "0.25", 0.25), ("b", "1", True), ("e", "#N/A", "#N/A")],
)
def test_result_of_a_formula_is_kept(tmp_path: Path, kind: str, saved: str, value: object) -> None:
    path = write(tmp_path / "harvest.xlsx", {"A2": "=1+1"}, {"A2": (kind, saved)})
    assert value_of(copied(path), "A2") == value


def test_formula_itself_is_kept(tmp_path: Path) -> None:
    path = write(tmp_path / "harvest.xlsx", {"A2": '="A<B"&"&"'}, {"A2": ("str", "A&lt;B&amp;")})
    sheet = load_workbook(copied(path))["Outcomes"]
    assert isinstance(sheet, Worksheet)
    assert (sheet["A2"].value, value_of(copied(path), "A2")) == ('="A<B"&"&"', "A<B&")


def test_result_is_read_by_our_own_reader(tmp_path: Path) -> None:
    path = write(tmp_path / "harvest.xlsx", {"A2": '="TST-"&1'}, {"A2": ("str", "TST-1")})
    (sheet,) = read_sheets(copied(path))
    assert sheet.cell(1, 0) == "TST-1"


def test_blanks_around_a_result_are_kept(tmp_path: Path) -> None:
    path = write(tmp_path / "harvest.xlsx", {"A2": '=" x "'}, {"A2": ("str", " x ")})
    assert value_of(copied(path), "A2") == " x "


def test_formula_without_a_saved_result_stays_without(tmp_path: Path) -> None:
    path = write(tmp_path / "harvest.xlsx", {"A2": "=1+1", "A3": "=2+2"}, {"A3": ("n", "4")})
    assert (value_of(copied(path), "A2"), value_of(copied(path), "A3")) == (None, 4)


def test_result_of_a_formula_over_several_cells_is_kept(tmp_path: Path) -> None:
    path = write(tmp_path / "harvest.xlsx", {"A2": ArrayFormula("A2:A3", "=B2:B3")}, {"A2": ("n", "7")})
    assert value_of(copied(path), "A2") == 7


def test_results_of_shared_formulas_are_kept(tmp_path: Path) -> None:
    path = write(tmp_path / "harvest.xlsx", {"B2": "=A1", "B3": "=A2"}, {"B2": ("n", "1"), "B3": ("n", "2")})
    with zipfile.ZipFile(path) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    part = "xl/worksheets/sheet1.xml"
    parts[part] = parts[part].replace(b"<f>A1</f>", b'<f t="shared" ref="B2:B3" si="0">A1</f>')
    parts[part] = parts[part].replace(b"<f>A2</f>", b'<f t="shared" si="0" />')
    with zipfile.ZipFile(path, "w") as package:
        for name, content in parts.items():
            package.writestr(name, content)
    out = copied(path)
    assert (value_of(out, "B2"), value_of(out, "B3")) == (1, 2)


@pytest.mark.parametrize(
    "formula",
    ["=B2", "=COUNTIF($B$2:$B$9,\"Local\")", "=COUNTA(B:B)", "=Outcomes!B2&\"\"", "=COUNTA(2:2)", "=INDIRECT(\"B\"&2)",
     "=COUNTA(Codes)"],
)  # fmt: skip
def test_result_that_looks_at_a_changed_cell_is_left_to_the_spreadsheet_program(tmp_path: Path, formula: str) -> None:
    path = write(tmp_path / "harvest.xlsx", {"C3": formula}, {"C3": ("n", "0")})
    assert value_of(copied(path, "B2"), "C3") is None


def test_result_that_looks_at_an_outdated_one_is_left_to_the_spreadsheet_program(tmp_path: Path) -> None:
    results = {"C3": ("n", "0"), "D3": ("n", "0"), "E3": ("n", "5")}
    path = write(tmp_path / "harvest.xlsx", {"C3": "=B2", "D3": "=C3+1", "E3": "=F1+5"}, results)
    out = copied(path, "B2")
    assert [value_of(out, place) for place in ("C3", "D3", "E3")] == [None, None, 5]
