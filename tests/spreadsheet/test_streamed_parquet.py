from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from classifier.errors import FaultsError
from classifier.spreadsheet import streamed_parquet
from classifier.spreadsheet.streamed_parquet import StreamedParquet, csv_to_parquet
from tests.support.workbooks import write_text


def write_table(path: Path, n_rows: int) -> Path:
    arrow = pytest.importorskip("pyarrow", reason="pyarrow is an extra")
    parquet = pytest.importorskip("pyarrow.parquet")
    table = arrow.table(
        {
            "FragmentID": [f"SCC/{number}" for number in range(n_rows)],
            "Year": [2024.0 if number else None for number in range(n_rows)],
            "Scale": [["Local", "National"]] * n_rows,
            "Date": [datetime.date(2024, 5, 1)] * n_rows,
        }
    )
    parquet.write_table(table, path)
    return path


def test_cells_are_read_as_the_text_of_their_values(tmp_path: Path) -> None:
    (sheet,) = StreamedParquet.open(write_table(tmp_path / "harvest.parquet", 2)).parts(10)
    assert [*sheet.rows] == [
        ("FragmentID", "Year", "Scale", "Date"),
        ["SCC/0", "", "Local\nNational", "2024-05-01"],
        ["SCC/1", "2024", "Local\nNational", "2024-05-01"],
    ]


def test_parts_have_the_rows_of_the_whole(tmp_path: Path) -> None:
    parts = [*StreamedParquet.open(write_table(tmp_path / "harvest.parquet", 25)).parts(10)]
    assert [len(part.rows) for part in parts] == [10, 20, 26]
    assert (parts[2].rows[25][0], parts[2].place(25, 0)) == ("SCC/24", "row 25")


def test_what_is_no_parquet_is_refused(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    path = write_text(tmp_path / "harvest.parquet", "FragmentID,Scale")
    with pytest.raises(FaultsError) as refused:
        StreamedParquet.open(path)
    assert str(refused.value).splitlines()[1] == (
        "  this is no Parquet table, or it is damaged (write it again, or give it as .csv)"
    )


def test_without_pyarrow_it_is_said_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streamed_parquet, "_parquet", lambda: None)
    with pytest.raises(FaultsError) as refused:
        StreamedParquet.open(tmp_path / "harvest.parquet")
    assert str(refused.value).splitlines()[1] == (
        '  Parquet needs pyarrow, which is not installed (run `pip install "outcome-coder[parquet]"`, or give it as '
        ".csv)"
    )


def test_table_written_has_numbers_where_there_are_numbers(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    path = write_text(tmp_path / "suggestions.csv", 'FragmentID,confidence\nSCC/1,0.9123\n"SCC/2",\n')
    csv_to_parquet(path, tmp_path / "suggestions.parquet", numbers=["confidence"])
    assert parquet.read_table(tmp_path / "suggestions.parquet").to_pylist() == [
        {"FragmentID": "SCC/1", "confidence": 0.9123},
        {"FragmentID": "SCC/2", "confidence": None},
    ]
