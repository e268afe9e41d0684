from __future__ import annotations

import csv
import io
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier.errors import FaultsError
from classifier.spreadsheet.delimited_text import is_table, read_separated

PATH = Path("harvest.csv")
STORY = "In March, after talks, the council passed the by-law; elders agreed"


def rows_of(text: str, path: Path = PATH) -> list[list[str]]:
    return [list(row) for row in read_separated(path, text).rows]


def notes_of(text: str) -> list[str]:
    return [str(note) for note in read_separated(PATH, text).notes]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_separator_is_the_one_of_the_line_that_names_the_columns(separator: str) -> None:
    rows = [["FragmentID", "Outcome description", "Scale"], ["SCC-1", STORY, "Local"]]
    table = io.StringIO(newline="")
    csv.writer(table, delimiter=separator).writerows(rows)
    text = f"Outcome harvest, Zandia; programme | 2024\r\n\r\n{table.getvalue()}"
    assert rows_of(text)[2:] == rows
    assert notes_of(text) == []


def test_separator_is_detected_by_names_in_another_language() -> None:
    text = "Récolte, programme de Zandia, 2024\nIdentifiant;Description du résultat\nSCC-1;Le conseil, enfin, a voté\n"
    assert rows_of(text)[1:] == [["Identifiant", "Description du résultat"], ["SCC-1", "Le conseil, enfin, a voté"]]


def test_separator_is_detected_by_equal_row_lengths_where_names_are_unknown() -> None:
    text = "Note, a, b, c\nkode|fortelling\n1|Elders, chiefs and imams met\n2|Girls spoke, at last\n"
    assert rows_of(text)[1:3] == [["kode", "fortelling"], ["1", "Elders, chiefs and imams met"]]


def test_decimal_commas_are_no_separators() -> None:
    assert rows_of("FragmentID;Share;Outcome description\nSCC-1;0,5;They met\n")[1] == ["SCC-1", "0,5", "They met"]


def test_separator_that_the_first_line_says_is_taken() -> None:
    assert rows_of("sep=;\r\nFragmentID;Note\r\nSCC-1;a,b\r\n") == [["FragmentID", "Note"], ["SCC-1", "a,b"]]


def test_separator_that_the_first_line_says_may_be_any_sign() -> None:
    assert rows_of('"sep=^"\nFragmentID^Note\nSCC-1^a,b\n') == [["FragmentID", "Note"], ["SCC-1", "a,b"]]


def test_table_named_tsv_that_holds_no_tab_is_read_by_its_separator() -> None:
    assert rows_of("FragmentID;Note\nSCC-1;a\n", Path("harvest.tsv"))[0] == ["FragmentID", "Note"]


def test_guess_between_separators_that_fit_as_well_is_reported() -> None:
    assert notes_of("a,b;c,d\n1,2;3,4\n") == [
        "the cells may be separated by a comma or by a semicolon; the first was used (if that is wrong, write sep=; as "
        "the first line, or save it as .xlsx)"
    ]


def test_table_of_one_column_is_read() -> None:
    assert rows_of("Outcome\nElders met\n") == [["Outcome"], ["Elders met"]]


def test_line_of_open_quotes_counts_the_line_that_says_the_separator() -> None:
    with pytest.raises(FaultsError, match="line 3: the quotes are not closed properly"):
        read_separated(PATH, 'sep=;\nFragmentID;Note\nSCC-1;"a')


@pytest.mark.parametrize("text", ["", "Elders met.\n", "Dear all,\nplease find the harvest.\n", '"'])
def test_text_without_rows_is_no_table(text: str) -> None:
    assert not is_table(text)


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0") | st.sampled_from(',;\t|"\n')))
def test_any_text_is_a_table_or_refused(text: str) -> None:
    with suppress(FaultsError):
        assert read_separated(PATH, text).name == "harvest"
