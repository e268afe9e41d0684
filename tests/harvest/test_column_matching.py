from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from typer.testing import CliRunner

from classifier.cli.app import app
from classifier.codebook.schema import Codebook, sample_codebook
from classifier.errors import ColumnMapError, FaultsError
from classifier.harvest.coded import read_coded_harvests
from classifier.harvest.column_listing import list_columns, propose_columns
from classifier.harvest.column_matching import column_texts
from classifier.harvest.options import ReadingOptions, parse_columns
from classifier.harvest.reading import Harvest, read_harvest
from classifier.report.crosstab.counts import count_by
from classifier.spreadsheet.header import Header
from classifier.spreadsheet.sheet import Sheet
from tests.support.workbooks import write_outcomes, write_sheets, write_text

STORY = "The council of {} met in public for the first time, with women in the front row."
PLACES = ("Dori", "Gao", "Kita", "Mopti")


def write(tmp_path: Path, *columns: str, **more: str) -> Path:
    """Write four outcomes under other names: an ID, a story, and what else is given for all of them."""
    name_of_id, name_of_story = columns
    rows = [
        {name_of_id: f"SCC-{number}", name_of_story: STORY.format(place), **more}
        for number, place in enumerate(PLACES, start=1)
    ]
    return write_outcomes(tmp_path / "harvest.xlsx", *rows)


def notes_of(harvest: Harvest) -> list[str]:
    return [str(note) for note in harvest.notes]


def refusal_of(path: Path, codebook: Codebook, **columns: str) -> str:
    with pytest.raises(FaultsError) as caught:
        read_harvest(path, codebook=codebook, options=ReadingOptions(columns=columns))
    return str(caught.value)


def test_names_that_forms_use_in_other_languages_are_read_and_reported(tmp_path: Path, codebook: Codebook) -> None:
    harvest = read_harvest(write(tmp_path, "Identifiant", "Description du résultat"), codebook=codebook)
    assert [outcome.story.description for outcome in harvest.outcomes] == [STORY.format(place) for place in PLACES]
    assert notes_of(harvest) == [
        "harvest.xlsx: Outcomes!A1: column 'Identifiant' is read as 'FragmentID', a common name for it "
        "(to confirm it, add --map 'Identifiant=FragmentID'; if it is another column, name that one)",
        "harvest.xlsx: Outcomes!B1: column 'Description du résultat' is read as 'Outcome description', a common "
        "name for it (to confirm it, add --map 'Description du résultat=Outcome description'; if it is another "
        "column, name that one)",
    ]


def test_mapped_columns_are_read_without_a_note(tmp_path: Path, codebook: Codebook) -> None:
    said = {"Fiche": "FragmentID", "Ce qui s'est passé": "Outcome description"}
    path = write(tmp_path, *said)
    harvest = read_harvest(path, codebook=codebook, options=ReadingOptions(columns=said))
    assert ([outcome.fragment_id for outcome in harvest.outcomes], notes_of(harvest)) == (
        ["SCC-1", "SCC-2", "SCC-3", "SCC-4"],
        [],
    )


def test_columns_identified_only_by_content_are_proposed(tmp_path: Path, codebook: Codebook) -> None:
    assert refusal_of(write(tmp_path, "Fiche", "Ce qui s'est passé"), codebook) == (
        "harvest.xlsx: 2 problems to correct\n"
        "  Outcomes!A1: column 'FragmentID' is missing (is it 'Fiche'? Then rename that column, add "
        "--map 'Fiche=FragmentID', or declare the name in the codebook)\n"
        "  Outcomes!A1: column 'Outcome description' (or 'StoryFragment_Merged') is missing (is it "
        '"Ce qui s\'est passé"? Then rename that column, add --map "Ce qui s\'est passé=Outcome description", or '
        "declare the name in the codebook)"
    )


def test_questions_in_groups_are_read_by_their_own_names(tmp_path: Path, codebook: Codebook) -> None:
    path = write(tmp_path, "_id", "part_b/outcome_description", **{"part_a/country": "Mali"})
    (first, *_) = read_harvest(path, codebook=codebook).outcomes
    assert (first.fragment_id, first.story.description, first.country) == ("SCC-1", STORY.format("Dori"), "Mali")


def test_one_word_that_may_be_a_title_is_proposed_as_the_description(tmp_path: Path, codebook: Codebook) -> None:
    message = refusal_of(write(tmp_path, "FragmentID", "Outcome"), codebook)
    assert "is it 'Outcome'? Then rename that column, add --map 'Outcome=Outcome description'" in message


def test_of_two_columns_that_may_be_the_id_neither_is_taken(tmp_path: Path, codebook: Codebook) -> None:
    rows = [
        {"ID": f"A{number}", "Ref": f"B{number}", "Outcome description": STORY.format(place)}
        for number, place in enumerate(PLACES)
    ]
    message = refusal_of(write_outcomes(tmp_path / "harvest.xlsx", *rows), codebook)
    assert (
        "is it 'ID' or 'Ref'? Then rename that column, add --map 'ID=FragmentID' or --map 'Ref=FragmentID'" in message
    )


def test_column_of_a_forms_name_that_holds_no_ids_is_none(tmp_path: Path, codebook: Codebook) -> None:
    path = write(tmp_path, "Reference", "Outcome description", Number="4")
    harvest = read_harvest(path, codebook=codebook)
    assert [outcome.fragment_id for outcome in harvest.outcomes] == ["SCC-1", "SCC-2", "SCC-3", "SCC-4"]


def test_misspelt_name_is_read_and_reported(tmp_path: Path, codebook: Codebook) -> None:
    harvest = read_harvest(write(tmp_path, "FragmentID", "Outcome descripton"), codebook=codebook)
    assert notes_of(harvest)[0].startswith(
        "harvest.xlsx: Outcomes!B1: column 'Outcome descripton' is read as 'Outcome description', a similar name"
    )


def test_code_column_by_another_name_is_read_where_it_holds_the_codes(tmp_path: Path, codebook: Codebook) -> None:
    path = write(tmp_path, "FragmentID", "Outcome description", Niveau="Local")
    assert read_harvest(path, codebook=codebook).outcomes[0].codes == {"scale": ("Local",)}


def test_code_column_by_another_name_is_left_alone_where_it_holds_others(tmp_path: Path, codebook: Codebook) -> None:
    path = write(tmp_path, "FragmentID", "Outcome description", Niveau="Très élevé")
    assert read_harvest(path, codebook=codebook).layout.fields == {}


def test_code_column_may_be_mapped_by_the_name_of_its_field(tmp_path: Path, codebook: Codebook) -> None:
    path = write(tmp_path, "FragmentID", "Outcome description", Portée="Local")
    harvest = read_harvest(path, codebook=codebook, options=ReadingOptions(columns={"Portée": "scale"}))
    assert harvest.outcomes[0].codes == {"scale": ("Local",)}


def test_mapping_counts_before_a_columns_own_name(tmp_path: Path, codebook: Codebook) -> None:
    path = write(tmp_path, "FragmentID", "Outcome", **{"Outcome description": "A title"})
    harvest = read_harvest(path, codebook=codebook, options=ReadingOptions(columns={"Outcome": "Outcome description"}))
    assert harvest.outcomes[0].story.description == STORY.format("Dori")


def test_column_mapped_to_an_unknown_name_is_refused(tmp_path: Path, codebook: Codebook) -> None:
    path = write(tmp_path, "FragmentID", "Outcome description")
    with pytest.raises(ColumnMapError) as caught:
        read_harvest(path, codebook=codebook, options=ReadingOptions(columns={"Fiche": "Fragment"}))
    assert str(caught.value) == (
        "--map: column 'Fiche' can't be read as 'Fragment', which is not a column of the codebook (did you mean "
        "'FragmentID'?)"
    )


def test_mapped_column_that_is_not_there_is_reported(tmp_path: Path, codebook: Codebook) -> None:
    path = write(tmp_path, "FragmentID", "Outcome description", Niveau="Très élevé")
    harvest = read_harvest(path, codebook=codebook, options=ReadingOptions(columns={"Niveaux": "Scale"}))
    assert notes_of(harvest) == [
        "harvest.xlsx: Outcomes!A1: there is no column 'Niveaux' to read as 'Scale' (did you mean 'Niveau'?)"
    ]


@pytest.mark.parametrize("text", ["Fiche", "=FragmentID", "Fiche="])
def test_map_without_both_names_is_refused(text: str) -> None:
    with pytest.raises(ColumnMapError, match="write the column's name in your file, =, and what it holds"):
        parse_columns([text])


def test_column_mapped_twice_is_refused() -> None:
    with pytest.raises(ColumnMapError, match="column 'A' can't be both 'Year' and 'country'; keep one"):
        parse_columns(["A=Year", "A=country"])


# What is not read


def test_likely_description_beside_an_empty_merged_story_is_reported(tmp_path: Path, codebook: Codebook) -> None:
    more = {"StoryFragment_Merged": "", "Significance of the outcome": "It never happened before."}
    harvest = read_harvest(write(tmp_path, "FragmentID", "Outcome", **more), codebook=codebook)
    assert notes_of(harvest) == [
        "harvest.xlsx: Outcomes!B1: column 'Outcome' is not read; is it the description? "
        "(then add --map 'Outcome=Outcome description')"
    ]


def test_part_that_the_merged_story_holds_already_is_not_reported(tmp_path: Path, codebook: Codebook) -> None:
    rows = [
        {"FragmentID": f"SCC-{place}", "Outcome": STORY.format(place), "StoryFragment_Merged": STORY.format(place)}
        for place in PLACES
    ]
    harvest = read_harvest(write_outcomes(tmp_path / "harvest.xlsx", *rows), codebook=codebook)
    assert notes_of(harvest) == []


def test_long_texts_that_are_not_read_are_reported(tmp_path: Path, codebook: Codebook) -> None:
    rows = [
        {"FragmentID": f"SCC-{place}", "Outcome description": STORY.format(place), "Diary": f"{place}: {'word ' * 30}"}
        for place in PLACES
    ]
    harvest = read_harvest(write_outcomes(tmp_path / "harvest.xlsx", *rows), codebook=codebook)
    assert notes_of(harvest) == [
        "harvest.xlsx: Outcomes!C1: column 'Diary' holds long texts, and is not read "
        "(if it is a part of the story, add --map 'Diary=Significance of the outcome')"
    ]


def test_text_in_a_column_without_a_name_is_reported(tmp_path: Path, codebook: Codebook) -> None:
    path = write(tmp_path, "FragmentID", "Outcome description", **{" ": "look again"})
    assert notes_of(read_harvest(path, codebook=codebook)) == [
        "harvest.xlsx: Outcomes!C1: this column has no name, and the text in it is not read "
        "(name it, if it is to be read)"
    ]


@pytest.mark.parametrize("name", ["harvest_1", "harvest_2", "harvest_3_new", "harvest_3_agreed"])
def test_sample_harvests_are_read_without_a_note(training_data: Path, name: str) -> None:
    assert notes_of(read_harvest(training_data / f"{name}.xlsx", codebook=sample_codebook())) == []


# Where the columns are looked for


def test_counts_are_by_the_column_that_is_read_as_the_country(tmp_path: Path, codebook: Codebook) -> None:
    path = write(tmp_path, "FragmentID", "Outcome description", Pays="Mali", Scale="Local")
    harvest = read_harvest(path, codebook=codebook, options=ReadingOptions(columns={"Pays": "country"}))
    assert any("Mali" in str(table) for table in count_by([harvest], codebook, by="country"))


def test_columns_are_shown_with_what_settles_the_guesses(tmp_path: Path) -> None:
    path = write(tmp_path, "Identifiant", "Outcome")
    shown = CliRunner().invoke(app, ["columns", str(path)])
    assert shown.exit_code == 0
    assert shown.stdout.endswith(
        "To confirm what was guessed, add: --map 'Identifiant=FragmentID' --map 'Outcome=Outcome description'\n"
    )


CODED = ("Local", "National", "Local", "International")


def write_coded(tmp_path: Path, **columns: tuple[str, ...]) -> Path:
    """Write four outcomes with further columns, a value for each outcome."""
    rows = [
        {
            "FragmentID": f"SCC-{number}",
            "Outcome description": STORY.format(place),
            **{name: values[number - 1] for name, values in columns.items()},
        }
        for number, place in enumerate(PLACES, start=1)
    ]
    return write_outcomes(tmp_path / "harvest.xlsx", *rows)


def test_unread_column_of_codes_is_reported_with_its_field(tmp_path: Path, codebook: Codebook) -> None:
    harvest = read_harvest(write_coded(tmp_path, Portée=CODED), codebook=codebook)
    assert notes_of(harvest) == [
        "harvest.xlsx: Outcomes!C1: column 'Portée' holds codes of 'Scale', and is not read "
        "(to have it read, add --map 'Portée=Scale')"
    ]


def test_unread_column_of_codes_is_reported_on_the_page_without_an_option(tmp_path: Path, codebook: Codebook) -> None:
    (note,) = read_harvest(write_coded(tmp_path, Portée=CODED), codebook=codebook).notes
    assert str(note.for_page()).endswith("(to have it read, choose 'Scale' for the column when you add the file)")


def test_column_of_codes_is_reported_beside_the_empty_one_of_the_form(tmp_path: Path, codebook: Codebook) -> None:
    harvest = read_harvest(write_coded(tmp_path, Scale=("", "", "", ""), Portée=CODED), codebook=codebook)
    assert "column 'Portée' holds codes of 'Scale', and is not read" in notes_of(harvest)[0]


def test_second_column_of_codes_is_reported_where_the_field_is_coded(tmp_path: Path, codebook: Codebook) -> None:
    path = write_coded(tmp_path, Scale=CODED, **{"Scale (final)": CODED})
    assert notes_of(read_harvest(path, codebook=codebook)) == [
        "harvest.xlsx: Outcomes!D1: column 'Scale (final)' holds codes of 'Scale' too, and is not read "
        "(to have it read instead, add --map 'Scale (final)=Scale')"
    ]


def test_second_column_of_codes_is_not_proposed_where_the_field_is_coded(tmp_path: Path, codebook: Codebook) -> None:
    assert propose_columns(read_harvest(write_coded(tmp_path, Scale=CODED, Portée=CODED), codebook=codebook)) == {}


@pytest.mark.parametrize("column", ["Scale: suggestion", "Scale: candidates"])
def test_column_of_suggestions_is_not_reported_as_codes(tmp_path: Path, codebook: Codebook, column: str) -> None:
    path = write_coded(tmp_path, Scale=CODED, **{column: CODED})
    assert notes_of(read_harvest(path, codebook=codebook)) == []


def test_columns_of_one_code_or_of_yes_and_no_are_not_reported_as_codes(tmp_path: Path) -> None:
    codebook = Codebook.parse(
        "fields: [{name: actor, column: Actor, kind: multiple, codes: [{code: Women}, {code: Media}]}, "
        "{name: new, column: New, kind: single, codes: [{code: 'Yes'}, {code: 'No'}]}]"
    )
    ticked = {"Women took part": ("Women", "Women", "Women", ""), "Paid": ("Yes", "No", "Yes", "No")}
    actors, new = ("Women; Media", "Media", "Women", "Women"), ("Yes", "No", "No", "No")
    path = write_coded(tmp_path, Actor=actors, New=new, **ticked)
    assert notes_of(read_harvest(path, codebook=codebook)) == []


def test_column_that_rarely_holds_a_code_is_not_proposed(tmp_path: Path, codebook: Codebook) -> None:
    places = ("Local", "Dori", "Gao", "National")
    assert notes_of(read_harvest(write_coded(tmp_path, Lieu=places), codebook=codebook)) == []


def test_column_of_answers_that_lead_to_a_code_is_reported(tmp_path: Path) -> None:
    codebook = Codebook.parse(
        "fields: [{name: change, column: Change, kind: single, derived_from: Type, "
        "codes: [{code: Law, mcq: [A law was adopted]}, {code: Practice, mcq: [A practice changed]}]}]"
    )
    answers = ("A law was adopted", "A practice changed", "A law was adopted", "A law was adopted")
    (note,) = notes_of(read_harvest(write_coded(tmp_path, Question=answers), codebook=codebook))
    assert "column 'Question' holds answers of 'Type', and is not read (to have it read, add --map" in note


def test_single_code_columns_keep_a_field_from_being_proposed(tmp_path: Path) -> None:
    codebook = Codebook.parse(
        "fields: [{name: actor, column: Actor, kind: multiple, codes: [{code: Women}, {code: Media}]}]"
    )
    ticks = {"Actor/Women": ("1", "0", "1", "0"), "Actor/Media": ("0", "1", "0", "0")}
    path = write_coded(tmp_path, **ticks, Participants=("Women", "Media", "Women", ""))
    assert not any("Participants" in note for note in notes_of(read_harvest(path, codebook=codebook)))


def test_missing_code_column_names_the_one_that_holds_codes(tmp_path: Path, codebook: Codebook) -> None:
    with pytest.raises(FaultsError) as caught:
        read_coded_harvests([write_coded(tmp_path, Portée=CODED)], codebook=codebook)
    assert "a code column is missing (is it 'Portée'? Then rename that column, add --map 'Portée=Scale'" in str(
        caught.value
    )


def test_columns_shows_what_a_column_of_codes_may_be(tmp_path: Path, codebook: Codebook) -> None:
    (*_, column) = list_columns(write_coded(tmp_path, Portée=CODED), codebook=codebook).columns
    assert (column.read_as, column.may_be, column.option) == ("", "Scale", "--map 'Portée=Scale'")


def test_columns_of_codes_are_asked_about_before_a_file_is_read(tmp_path: Path, codebook: Codebook) -> None:
    assert propose_columns(read_harvest(write_coded(tmp_path, Portée=CODED), codebook=codebook)) == {"Portée": "Scale"}


def test_table_of_a_column_for_each_row_is_looked_through_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    records = [{f"key {number}": number} for number in range(400)]
    path = write_text(tmp_path / "records.json", json.dumps(records))
    looks = Counter[int]()

    def count(sheet: Sheet, header: Header, column: int) -> list[str]:
        looks[column] += 1
        return column_texts(sheet, header, column)

    monkeypatch.setattr("classifier.harvest.column_matching.column_texts", count)
    with pytest.raises(FaultsError):
        read_harvest(path, codebook=sample_codebook())
    assert max(looks.values()) == 1


HINT = "Outcome description (who changed what, when and where? At most 100 words)"


def test_hint_in_brackets_after_a_name_is_no_part_of_it(tmp_path: Path, codebook: Codebook) -> None:
    path = write(tmp_path, "ID (number)", HINT, **{"Scale\n(choose one)": "Local", "Pays [pays de l'effet]": "Mali"})
    harvest = read_harvest(path, codebook=codebook)
    assert [outcome.story.description for outcome in harvest.outcomes] == [STORY.format(place) for place in PLACES]
    assert [(outcome.codes, outcome.country) for outcome in harvest.outcomes] == [({"scale": ("Local",)}, "Mali")] * 4
    assert [note.partition(" (to confirm")[0] for note in notes_of(harvest)] == [
        "harvest.xlsx: Outcomes!A1, B1, D1 and 1 more: a column is read as another by its name; the first: column "
        "'ID (number)' is read as 'FragmentID', a common name for it"
    ]


def test_hint_in_brackets_may_turn_a_yes_or_no_round_so_it_counts(tmp_path: Path, codebook: Codebook) -> None:
    path = write(tmp_path, "ID", "Outcome description", **{"Negative (tick if it is not)": "yes"})
    assert [note.partition(" is read")[0] for note in notes_of(read_harvest(path, codebook=codebook))] == [
        "harvest.xlsx: Outcomes!A1: column 'ID'"
    ]


def test_columns_that_differ_in_a_hint_only_are_proposed(tmp_path: Path, codebook: Codebook) -> None:
    path = write(tmp_path, "ID", "Outcome description (English)", **{"Outcome description (French)": STORY})
    assert (
        "column 'Outcome description' (or 'StoryFragment_Merged') is missing (is it 'Outcome description (English)' "
        "or 'Outcome description (French)'? Then rename that column, "
    ) in refusal_of(path, codebook)


def test_column_named_for_another_part_of_the_story_is_not_proposed_as_the_description(
    tmp_path: Path, codebook: Codebook
) -> None:
    longest = {"Contribution de notre organisation": f"{STORY} Our partner trained the councillors for a year."}
    path = write(tmp_path, "ID", "Ce qui s'est passé", **longest)
    assert '(is it "Ce qui s\'est passé"? Then rename that column' in refusal_of(path, codebook)


def test_column_of_a_name_that_another_has_too_is_reported_once(tmp_path: Path, codebook: Codebook) -> None:
    scales = ["Local", "National", "Local", "Regional"]
    rows = [[f"SCC-{n}", STORY, scale, scale] for n, scale in enumerate(scales)]
    header = ["FragmentID", "Outcome description", "Scale", "Scale"]
    path = write_sheets(tmp_path / "harvest.xlsx", {"Outcomes": [header, *rows]})
    assert refusal_of(path, codebook) == (
        "harvest.xlsx: 1 problem to correct\n"
        "  Outcomes!D1: column 'Scale' appears twice, first in Outcomes!C1 (rename or delete one of the two)"
    )


def test_answer_no_in_a_row_of_answers_names_no_column(tmp_path: Path, codebook: Codebook) -> None:
    header = ["Fiche", "Q1. Describe what changed there", "Q2 [Media]", "Q2 [Police]", "Q2 [Citizens]"]
    rows = [[f"SCC-{n}", STORY.format(place), "Yes", "No", "No"] for n, place in enumerate(PLACES)]
    path = write_sheets(tmp_path / "harvest.xlsx", {"Outcomes": [header, *rows]})
    assert "Outcomes!A1: column 'FragmentID' is missing (is it 'Fiche'?" in refusal_of(path, codebook)


@pytest.mark.parametrize("names", [["FragmentID", "Outcome description"], ["Identifiant", "Description du changement"]])
def test_outcomes_side_by_side_are_refused_with_the_way_to_turn_them(
    tmp_path: Path, codebook: Codebook, names: list[str]
) -> None:
    answers = [[f"SCC-{n}" for n in range(4)], [STORY.format(place) for place in PLACES], ["Local"] * 4, PLACES]
    rows = [[name, *cells] for name, cells in zip([*names, "Scale", "Village"], answers, strict=True)]
    path = write_sheets(tmp_path / "harvest.xlsx", {"Outcomes": rows})
    assert refusal_of(path, codebook).partition("\nand ")[0] == (
        "harvest.xlsx: 1 problem to correct\n"
        f"  Outcomes!A2: {names[1]!r} names a row; outcomes that stand side by side, in a column each, are not read "
        "(copy the table and paste it transposed, so that each outcome has a row)"
    )


def test_title_or_answer_called_outcome_does_not_make_a_table_one_of_outcomes_side_by_side(
    tmp_path: Path, codebook: Codebook
) -> None:
    header = ["Status", "ID", "Ce qui s'est passé"]
    rows = [["Outcome", f"SCC-{n}", STORY.format(place)] for n, place in enumerate(PLACES)]
    path = write_sheets(tmp_path / "harvest.xlsx", {"S": [["Outcomes"], header, *rows]})
    assert "S!A2: column 'Outcome description' (or 'StoryFragment_Merged') is missing" in refusal_of(path, codebook)
