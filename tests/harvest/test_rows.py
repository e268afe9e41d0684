from __future__ import annotations

from pathlib import Path

import pytest
from openpyxl import load_workbook

from classifier.codebook.schema import Codebook
from classifier.errors import FaultsError
from classifier.harvest.reading import read_harvest
from tests.support.workbooks import write_sheets, write_text

ID, DESCRIPTION = "FragmentID", "Outcome description"
HEADER = [ID, DESCRIPTION, "Scale", "Year"]
OUTCOMES = [
    [f"SCC-{number}", f"The council of village {number} met in public for the first time.", "Local", "2024"]
    for number in range(1, 5)
]
IF_IT_IS = "(if it is one, give it an ID and a story)"


def read(tmp_path: Path, codebook: Codebook, *rows: list[str]) -> tuple[list[str], list[str]]:
    """Return the IDs read from a sheet of these rows, and the notes on it."""
    path = write_sheets(tmp_path / "h.xlsx", {"S": [[cell or None for cell in row] for row in rows]})
    harvest = read_harvest(path, codebook=codebook)
    return [outcome.fragment_id for outcome in harvest.outcomes], [str(note) for note in harvest.notes]


IDS = ["SCC-1", "SCC-2", "SCC-3", "SCC-4"]


def test_plain_table_is_read_without_a_note(tmp_path: Path, codebook: Codebook) -> None:
    assert read(tmp_path, codebook, HEADER, *OUTCOMES) == (IDS, [])


def test_question_texts_and_import_ids_of_a_survey_are_no_outcomes(tmp_path: Path, codebook: Codebook) -> None:
    text = (
        f"{ID},{DESCRIPTION}\n{ID},What happened?\n"
        '"{""ImportId"":""QID1""}","{""ImportId"":""QID4""}"\nSCC-1,The mine closed for good.\n'
    )
    harvest = read_harvest(write_text(tmp_path / "q.csv", text), codebook=codebook)
    assert [outcome.fragment_id for outcome in harvest.outcomes] == ["SCC-1"]
    assert [str(note) for note in harvest.notes] == [
        "q.csv: q!A2: rows 2-3 look like a second header, and are not read as outcomes "
        "(nothing to do unless it is an outcome)"
    ]


def test_header_repeated_below_itself_is_no_outcome(tmp_path: Path, codebook: Codebook) -> None:
    ids, notes = read(tmp_path, codebook, HEADER, ["fragment id", "What changed?", "How far?", ""], *OUTCOMES)
    assert (ids, notes) == (
        IDS,
        [
            "h.xlsx: S!A2: this row looks like a second header, and is not read as an outcome "
            "(nothing to do unless it is an outcome)"
        ],
    )


@pytest.mark.parametrize(
    "translated",
    [
        ["Identifiant", "Description de l'effet", "Échelle", "Année"],
        ["N.º", "Descripción del cambio", "Ámbito", ""],
        ["رقم النتيجة", "وصف النتيجة", "", "السنة"],
    ],
)
def test_header_in_a_second_language_is_no_outcome(tmp_path: Path, codebook: Codebook, translated: list[str]) -> None:
    ids, notes = read(tmp_path, codebook, HEADER, translated, *OUTCOMES)
    assert (ids, notes) == (
        IDS,
        [
            "h.xlsx: S!A2: this row looks like a second header, and is not read as an outcome "
            "(nothing to do unless it is an outcome)"
        ],
    )


def test_outcome_whose_id_is_like_a_name_for_it_is_read(tmp_path: Path, codebook: Codebook) -> None:
    assert read(tmp_path, codebook, HEADER, ["Number", *OUTCOMES[0][1:]], *OUTCOMES[1:])[0] == ["Number", *IDS[1:]]


def test_row_that_explains_the_columns_is_no_outcome(tmp_path: Path, codebook: Codebook) -> None:
    ids, notes = read(tmp_path, codebook, HEADER, ["", "(max. 200 words)", "select one", "yyyy"], *OUTCOMES)
    assert (ids, len(notes)) == (IDS, 1)


def test_row_that_may_explain_the_columns_is_read_and_reported(tmp_path: Path, codebook: Codebook) -> None:
    ids, notes = read(tmp_path, codebook, HEADER, ["Number of the outcome", "What changed?", "", ""], *OUTCOMES)
    assert (ids, notes) == (
        ["Number of the outcome", *IDS],
        [
            "h.xlsx: S!A2: this row looks like a second header, and is read as an outcome (delete it if it is none)",
        ],
    )


def test_example_is_read_and_reported(tmp_path: Path, codebook: Codebook) -> None:
    example = ["e.g. ABC-001", "The council met in public for the first time.", "", ""]
    ids, notes = read(tmp_path, codebook, HEADER, example, *OUTCOMES)
    assert (ids[0], notes) == (
        "e.g. ABC-001",
        ["h.xlsx: S!A2: this row looks like an example, and is read as an outcome (delete it if it is none)"],
    )


def test_header_repeated_in_the_middle_is_no_outcome(tmp_path: Path, codebook: Codebook) -> None:
    ids, notes = read(tmp_path, codebook, HEADER, *OUTCOMES[:2], [], HEADER, *OUTCOMES[2:])
    assert (ids, notes) == (
        IDS,
        [f"h.xlsx: S!A5: this row repeats the header, and is not read as an outcome {IF_IT_IS}"],
    )


def test_second_table_with_its_columns_in_another_order_is_refused(tmp_path: Path, codebook: Codebook) -> None:
    with pytest.raises(FaultsError) as caught:
        read(tmp_path, codebook, HEADER, *OUTCOMES[:2], [ID, DESCRIPTION, "Year", "Scale"], ["SCC-9", "A", "2024", ""])
    assert "S!C4: another table starts here, with its columns in another order" in str(caught.value)


TOTALS = [["Total", "", "4", ""], ["", "", "Total: ", "4"], ["", "", "4", "4"], ["n = 4", "", "", ""], ["المجموع"]]
TOTALS += [["Total", "4", "", ""], ["", "Total", "4", ""]]


@pytest.mark.parametrize("total", TOTALS)
def test_total_is_no_outcome(tmp_path: Path, codebook: Codebook, total: list[str]) -> None:
    ids, notes = read(tmp_path, codebook, HEADER, *OUTCOMES, total)
    assert (ids, notes) == (
        IDS,
        [f"h.xlsx: S!A6: this row looks like a total, and is not read as an outcome {IF_IT_IS}"],
    )


@pytest.mark.parametrize(
    "words", ["Subtotal Mali", "Total for Mali:", "Sous-total : Gao", "Total 2024", "Total (Mali)"]
)
def test_total_of_some_outcomes_is_no_outcome(tmp_path: Path, codebook: Codebook, words: str) -> None:
    ids, notes = read(tmp_path, codebook, HEADER, *OUTCOMES[:2], [words, "", "2", ""], *OUTCOMES[2:])
    assert (ids, notes) == (
        IDS,
        [f"h.xlsx: S!A4: this row looks like a total, and is not read as an outcome {IF_IT_IS}"],
    )


def test_id_that_starts_like_a_total_is_read(tmp_path: Path, codebook: Codebook) -> None:
    assert read(tmp_path, codebook, HEADER, *OUTCOMES, ["TOTAL-5", "", "Local", ""])[0] == [*IDS, "TOTAL-5"]


def test_total_that_a_formula_counts_is_no_outcome(tmp_path: Path, codebook: Codebook) -> None:
    ids, notes = read(tmp_path, codebook, HEADER, *OUTCOMES, ["Total", "=COUNTA(B2:B5)", "", ""])
    assert (ids, len(notes)) == (IDS, 2)  # that it looks like a total, and that the formula has no saved result


def test_outcome_whose_story_starts_with_total_is_read(tmp_path: Path, codebook: Codebook) -> None:
    total = ["Total", "Total silence about the village ended with a public meeting.", "", ""]
    assert read(tmp_path, codebook, HEADER, *OUTCOMES, total)[0] == [*IDS, "Total"]


def test_note_below_the_table_is_no_outcome(tmp_path: Path, codebook: Codebook) -> None:
    ids, notes = read(tmp_path, codebook, HEADER, *OUTCOMES, [], ["Source: field visits of June 2024"])
    assert (ids, notes) == (
        IDS,
        [f"h.xlsx: S!A7: this row looks like a note below the table, and is not read as an outcome {IF_IT_IS}"],
    )


def test_row_with_neither_id_nor_story_is_reported(tmp_path: Path, codebook: Codebook) -> None:
    ids, notes = read(tmp_path, codebook, HEADER, *OUTCOMES, ["", "", "", "checked in May"])
    assert (ids, notes) == (IDS, [f"h.xlsx: S!A6: this row has neither an ID nor a story, and is not read {IF_IT_IS}"])


def test_code_without_id_and_story_stops_the_work(tmp_path: Path, codebook: Codebook) -> None:
    with pytest.raises(FaultsError, match="S!A6: FragmentID is empty"):
        read(tmp_path, codebook, HEADER, *OUTCOMES, ["", "", "Local", ""])


def test_story_without_id_stops_the_work(tmp_path: Path, codebook: Codebook) -> None:
    with pytest.raises(FaultsError, match="S!A6: FragmentID is empty"):
        read(tmp_path, codebook, HEADER, *OUTCOMES, ["", "Total silence fell over the town.", "", ""])


def test_outcome_whose_id_has_no_story_yet_is_read(tmp_path: Path, codebook: Codebook) -> None:
    ids, _ = read(tmp_path, codebook, HEADER, *OUTCOMES, ["SCC-5", "", "", ""])
    assert ids[-1] == "SCC-5"


def test_title_merged_over_the_table_between_outcomes_is_no_outcome(tmp_path: Path, codebook: Codebook) -> None:
    path = write_sheets(tmp_path / "h.xlsx", {"S": [HEADER, *OUTCOMES[:2], ["Gao"], *OUTCOMES[2:]]})
    workbook = load_workbook(path)
    workbook["S"].merge_cells("A4:D4")
    workbook.save(path)
    harvest = read_harvest(path, codebook=codebook)
    assert [outcome.fragment_id for outcome in harvest.outcomes] == IDS
    assert [str(note) for note in harvest.notes] == [
        f"h.xlsx: S!A4: this row looks like a title between outcomes, and is not read as an outcome {IF_IT_IS}"
    ]


def test_row_of_words_alone_between_outcomes_is_no_outcome(tmp_path: Path, codebook: Codebook) -> None:
    ids, notes = read(tmp_path, codebook, HEADER, ["Outcomes of the first year", "", "", ""], *OUTCOMES)
    assert (ids, len(notes)) == (IDS, 1)


def test_name_alone_between_outcomes_whose_ids_have_numbers_is_no_outcome(tmp_path: Path, codebook: Codebook) -> None:
    ids, notes = read(tmp_path, codebook, HEADER, ["Mali"], *OUTCOMES[:2], ["Burkina Faso"], *OUTCOMES[2:])
    title = f"this row looks like a title between outcomes, and is not read as an outcome {IF_IT_IS}"
    assert (ids, notes) == (IDS, [f"h.xlsx: S!A2, A5: {title}"])


def test_name_alone_between_outcomes_whose_ids_are_names_is_read(tmp_path: Path, codebook: Codebook) -> None:
    named = [[name, *row[1:]] for name, row in zip(["market", "school", "mine", "well"], OUTCOMES, strict=True)]
    assert read(tmp_path, codebook, HEADER, *named[:2], ["dam"], *named[2:])[0][2] == "dam"


def test_id_of_an_outcome_without_a_story_is_read(tmp_path: Path, codebook: Codebook) -> None:
    ids, _ = read(tmp_path, codebook, HEADER, *OUTCOMES[:2], ["SCC-9", "", "", ""], *OUTCOMES[2:])
    assert ids == ["SCC-1", "SCC-2", "SCC-9", "SCC-3", "SCC-4"]
