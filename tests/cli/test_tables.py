from __future__ import annotations

import pytest

from classifier.cli.tables import print_table

AGREEMENT = (
    ("Field", "n", "Differ", "Alike", "Cohen's kappa", "Alpha", "AC1", "Macro F1", "±0.05"),
    (
        "Link to SCC Specific Objectives",
        *("118", "20", "0.83 (0.75 to 0.89)", "0.80 (0.71 to 0.88)", "0.80", "0.81", "0.77", "560"),
    ),
)
BY_CODE = (
    ("Field", "Code", "n", "Positive agreement", "Cohen's kappa", "Note"),
    ("TypeOfChangeCluster", "Norms, attitudes & awareness", "41", "0.83 (0.75 to 0.89)", "0.80", "too few to say"),
    ("", "Laws", "7", "0.91 (0.79 to 0.97)", "0.88", ""),
)


def printed(capsys: pytest.CaptureFixture[str], rows: tuple[tuple[str, ...], ...], width: int) -> str:
    print_table(rows, width=width)
    return capsys.readouterr().out


@pytest.mark.parametrize("width", [60, 80, 110])
@pytest.mark.parametrize("rows", [AGREEMENT, BY_CODE])
def test_words_and_estimates_are_whole_in_any_width(
    capsys: pytest.CaptureFixture[str], rows: tuple[tuple[str, ...], ...], width: int
) -> None:
    shown = printed(capsys, rows, width)
    expected = {word for row in rows for cell in row for word in cell.split()}
    assert expected - set(shown.split()) == set()
    assert max(map(len, shown.splitlines())) <= width


def test_a_table_that_is_too_wide_is_continued_with_its_first_column(capsys: pytest.CaptureFixture[str]) -> None:
    headings = [line.split() for line in printed(capsys, AGREEMENT, 80).splitlines() if "Field" in line]
    assert headings == [
        ["Field", "n", "Differ", "Alike", "Cohen's", "kappa", "Alpha", "AC1"],
        ["Field", "Macro", "F1", "±0.05"],
    ]


def test_a_table_of_fields_and_codes_is_continued_with_both(capsys: pytest.CaptureFixture[str]) -> None:
    headings = [line.split() for line in printed(capsys, BY_CODE, 80).splitlines() if "Field" in line]
    assert [heading[:2] for heading in headings] == [["Field", "Code"], ["Field", "Code"]]


def test_a_column_without_any_content_is_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    assert printed(capsys, (("Code", ""), ("Local", "")), 40).split() == ["Code", "─" * 5, "Local"]


def test_a_word_longer_than_a_line_is_broken(capsys: pytest.CaptureFixture[str]) -> None:
    lines = printed(capsys, (("File", "Rows"), ("x" * 100, "7")), 40).splitlines()
    assert (max(map(len, lines)) <= 40, "".join(lines).count("x")) == (True, 100)


def test_square_brackets_in_a_code_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert "[bold]" in printed(capsys, (("Code",), ("[bold]",)), 40)
