from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import pytest

from classifier.agreement.workflow import adjudicate_differences, compare_coders
from classifier.codebook.schema import Codebook
from classifier.errors import ComparisonError, FaultsError, OutputError
from classifier.harvest import reading
from classifier.harvest.coded import read_coded_harvests
from classifier.harvest.coder_column import guess_coder_column
from classifier.harvest.layout import Layout
from classifier.harvest.options import ReadingOptions
from classifier.harvest.outcome import Outcome
from classifier.report.crosstab.workflow import CodeCounts, count_harvests
from classifier.spreadsheet.sheet import Sheet

CODEBOOK = Codebook.parse(
    "fields: [{name: scale, column: Scale, kind: single, codes: [{code: Local}, {code: National}]}]"
)
HEADER = ("FragmentID", "Outcome description", "Entry", "Annotator", "Scale")
Row = tuple[str, str, str]
ROWS: list[Row] = [
    ("HO-01", "Ana", "Local"),
    ("HO-01", "Ben", "Local"),
    ("HO-02", "Ana", "Local"),
    ("HO-02", "Ben", "National"),
    ("HO-03", "Ben", "National"),
]
LONG = ReadingOptions(coder_column="annotator")


def write(path: Path, rows: Sequence[Row]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        for number, (name, coder, scale) in enumerate(rows):
            writer.writerow([name, f"The council of {name} met.", number, coder, scale])
    return path


@pytest.fixture
def long(tmp_path: Path) -> Path:
    return write(tmp_path / "long.csv", ROWS)


def counted(path: Path, *, coder: str | None = None) -> CodeCounts:
    return count_harvests([path], codebook=CODEBOOK, options=LONG, coder=coder)


def test_rows_of_each_coder_are_a_harvest(long: Path) -> None:
    harvests = read_coded_harvests([long], codebook=CODEBOOK, options=LONG)
    assert [(harvest.coder, [outcome.fragment_id for outcome in harvest.outcomes]) for harvest in harvests] == [
        ("Ana", ["HO-01", "HO-02"]),
        ("Ben", ["HO-01", "HO-02", "HO-03"]),
    ]


def test_coders_of_one_file_are_compared(long: Path) -> None:
    compared = compare_coders([long], codebook=CODEBOOK, options=LONG)
    assert (compared.codings.coders, compared.fields[0].n_outcomes, compared.fields[0].n_differ) == (
        ("Ana", "Ben"),
        2,
        1,
    )


def test_codes_that_coders_agree_on_are_counted(long: Path) -> None:
    found = counted(long)
    (table,) = found.counts
    assert (table.counts, table.n_undecided, table.n_outcomes) == (((1,), (1,)), 1, 3)
    assert [str(note) for note in found.notes] == [
        "long.csv: the codes counted are those that Ana, Ben agree on (--coder NAME counts those of one coder)",
        "long.csv: Scale: 1 outcome with different codes, counted as undecided: HO-02 (adjudicate them, or count the "
        "codes of one coder with --coder NAME)",
    ]


def test_codes_of_one_coder_are_counted_where_that_is_asked_for(long: Path) -> None:
    (table,) = counted(long, coder="ben").counts
    assert (table.counts, table.n_outcomes) == (((1,), (2,)), 3)


def test_coder_who_is_not_in_the_file_is_reported_with_those_who_are(long: Path) -> None:
    with pytest.raises(ComparisonError) as raised:
        counted(long, coder="Chi")
    assert str(raised.value) == "--coder: no coder is named 'Chi'; the coders are Ana, Ben"


def test_column_that_may_name_the_coder_is_proposed_where_ids_repeat(long: Path) -> None:
    with pytest.raises(FaultsError) as raised:
        read_coded_harvests([long], codebook=CODEBOOK)
    assert str(raised.value).splitlines()[1] == (
        "  long!A3: FragmentID 'HO-01' appears twice, first in long!A2 (if each row is one coder's, use `agreement` or "
        "`summary` with --coder-column 'Annotator'; else give each outcome an ID of its own, or delete the repeated "
        "row)"
    )


def test_column_of_coders_is_looked_for_once_however_many_ids_repeat(
    long: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[int] = []

    def guess(sheet: Sheet, layout: Layout, outcomes: Sequence[Outcome]) -> str | None:
        looked.append(len(outcomes))
        return guess_coder_column(sheet, layout, outcomes)

    monkeypatch.setattr(reading, "guess_coder_column", guess)
    with pytest.raises(FaultsError, match="'HO-02' appears twice"):
        read_coded_harvests([long], codebook=CODEBOOK)
    assert len(looked) == 1


def test_no_column_is_proposed_where_a_row_was_pasted_twice(tmp_path: Path) -> None:
    path = write(tmp_path / "twice.csv", [*ROWS[::2], ROWS[0]])
    with pytest.raises(FaultsError) as raised:
        read_coded_harvests([path], codebook=CODEBOOK)
    assert "--coder-column" not in str(raised.value)


def test_row_that_one_coder_has_twice_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "long.csv", [*ROWS, ("HO-01", "Ana", "National")])
    with pytest.raises(FaultsError) as raised:
        read_coded_harvests([path], codebook=CODEBOOK, options=LONG)
    assert "long!A7: FragmentID 'HO-01' appears twice, first in long!A2 (give each outcome" in str(raised.value)


def test_row_that_nobody_has_coded_is_left_out(tmp_path: Path) -> None:
    path = write(tmp_path / "long.csv", [*ROWS, ("HO-04", "", "")])
    first, second = read_coded_harvests([path], codebook=CODEBOOK, options=LONG)
    assert "HO-04" not in [outcome.fragment_id for outcome in (*first.outcomes, *second.outcomes)]
    assert [str(warning) for warning in first.warnings if warning.where == "long!D7"] == [
        "long!D7: nobody has coded this outcome; the row is left out (nothing to do, unless its codes are missing)"
    ]


def test_row_that_names_no_coder_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "long.csv", [*ROWS, ("HO-03", "", "National")])
    with pytest.raises(FaultsError) as raised:
        read_coded_harvests([path], codebook=CODEBOOK, options=LONG)
    assert "long!D7: Annotator is empty (write the name of the coder)" in str(raised.value)


def test_column_of_coders_that_is_missing_is_reported(long: Path) -> None:
    with pytest.raises(FaultsError) as raised:
        read_coded_harvests([long], codebook=CODEBOOK, options=ReadingOptions(coder_column="Anotator"))
    assert "long!A1: column 'Anotator', which names the coder, is missing (is it 'Annotator'?)" in str(raised.value)


def test_column_that_names_one_coder_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "ana.csv", [row for row in ROWS if row[1] == "Ana"])
    with pytest.raises(ComparisonError) as raised:
        compare_coders([path], codebook=CODEBOOK, options=LONG)
    assert str(raised.value) == (
        "ana.csv: column 'annotator' names one coder, 'Ana'; name another file, or another column"
    )


def test_agreed_codes_are_not_written_among_rows_of_several_coders(long: Path, tmp_path: Path) -> None:
    from classifier.agreement.adjudication import Difference
    from classifier.agreement.adjudication_workbook import write_adjudication

    difference = Difference(fragment_id="HO-02", field="scale", codes={"Ana": ("Local",), "Ben": ("National",)})
    write_adjudication(tmp_path / "differences.xlsx", [difference], codebook=CODEBOOK)
    with pytest.raises(OutputError) as raised:
        adjudicate_differences(
            [long],
            tmp_path / "differences.xlsx",
            coder="Chi",
            out=tmp_path / "agreed.xlsx",
            codebook=CODEBOOK,
            options=LONG,
        )
    assert str(raised.value).startswith(
        "long.csv: agreed codes are written into a file with one row for each outcome, and this one has rows of several"
    )


def test_coder_written_in_other_letters_is_the_same_coder(tmp_path: Path) -> None:
    rows: list[Row] = [*ROWS[:3], ("HO-02", "ben ", "National"), *ROWS[4:]]
    first, *others = read_coded_harvests([write(tmp_path / "long.csv", rows)], codebook=CODEBOOK, options=LONG)
    assert [first.coder, *(harvest.coder for harvest in others)] == ["Ana", "Ben"]
    assert [str(note) for note in first.notes] == [
        "long.csv: long!D5: coder 'ben' is read as 'Ben' (if these are two people, write their names in full)"
    ]


def test_coders_who_agree_on_nothing_leave_nothing_to_count(tmp_path: Path) -> None:
    path = write(tmp_path / "long.csv", [("HO-01", "Ana", "Local"), ("HO-01", "Ben", "National")])
    with pytest.raises(ComparisonError) as caught:
        count_harvests([path], codebook=CODEBOOK, options=LONG)
    assert str(caught.value) == (
        "long.csv: the coders agree on no outcome; count the codes of one of them with --coder NAME"
    )


def test_control_character_in_a_coders_name_is_refused_with_its_cell(tmp_path: Path) -> None:
    path = write(tmp_path / "long.csv", [*ROWS, ("HO-04", "Ana\x1b[2J", "Local")])
    with pytest.raises(FaultsError, match=r"Annotator has a control character \(U\+001B\), which can't be seen"):
        read_coded_harvests([path], codebook=CODEBOOK, options=LONG)
