from __future__ import annotations

import datetime
import json
from pathlib import Path

import pytest

from classifier.codebook.schema import Codebook, sample_codebook
from classifier.errors import FaultsError
from classifier.faults import FaultKind
from classifier.harvest.codebook_draft import draft_codebook
from classifier.harvest.coded import read_coded_harvests
from classifier.harvest.options import ReadingOptions
from classifier.harvest.reading import Harvest, read_harvest
from tests.support.workbooks import write_outcomes, write_sheets, write_text

RECORD = Path(__file__).parents[1] / "data" / "record.txt"
NEXT_YEAR = datetime.date.today().year + 1

ACTOR = "Social actor"
CLUSTER = "TypeOfChangeCluster"
DESCRIPTION = "Outcome description"
ID = "FragmentID"
MERGED = "StoryFragment_Merged"
OBJECTIVE = "Link to SCC Specific Objectives"
OPTION = "MCQType of change"
STORY = "The county adopted a by-law on public meetings."


def outcome(fragment_id: str = "SCC-ENV/033", **more: str) -> dict[str, object]:
    """Return the row of an outcome that has nothing to correct."""
    return {ID: fragment_id, DESCRIPTION: STORY, **more}


def harvest_of(tmp_path: Path, codebook: Codebook, *outcomes: dict[str, object]) -> Harvest:
    return read_harvest(write_outcomes(tmp_path / "harvest.xlsx", *outcomes), codebook=codebook)


def codes_of(tmp_path: Path, codebook: Codebook, **cells: str) -> dict[str, tuple[str, ...]]:
    harvest = harvest_of(tmp_path, codebook, outcome() | cells)
    return dict(harvest.outcomes[0].codes)


def warnings_of(tmp_path: Path, codebook: Codebook, *outcomes: dict[str, object]) -> list[str]:
    return [str(fault) for fault in harvest_of(tmp_path, codebook, *outcomes).warnings]


def refusal_of(path: Path, codebook: Codebook, *, sheet: str | None = None) -> str:
    with pytest.raises(FaultsError) as caught:
        read_harvest(path, codebook=codebook, options=ReadingOptions(sheets=(sheet,) if sheet else ()))
    return str(caught.value)


def coded_refusal_of(*paths: Path, codebook: Codebook) -> str:
    with pytest.raises(FaultsError) as caught:
        read_coded_harvests(paths, codebook=codebook)
    return str(caught.value)


# The record


def test_record_is_read_under_the_owners_misspelt_columns(codebook: Codebook) -> None:
    [read] = read_harvest(RECORD, codebook=codebook).outcomes
    assert (read.fragment_id, read.period, read.country, read.year) == (
        "SCC-<redacted>/PHR022",
        "harvest 2",
        "Sahel",
        "2023",
    )


def test_record_brings_all_five_parts(codebook: Codebook) -> None:
    [read] = read_harvest(RECORD, codebook=codebook).outcomes
    assert {column: text[:20] for column, text in read.story.parts.items()} == {
        DESCRIPTION: "Following a training",
        "Significance of the outcome": "<person> has continu",
        "Contribution of the programme": "The programme facili",
        "Additional information (use if needed) ": "DD's mentorship and ",
        "Contribution of other actors and factors": "The Ubuntu Hub citie",
    }


def test_record_brings_its_four_codes(codebook: Codebook) -> None:
    [read] = read_harvest(RECORD, codebook=codebook).outcomes
    assert read.codes == {
        "change_type_cluster": ("Capacity change",),
        "social_actor": ("Civic change agents",),
        "scale": ("National",),
        "scc_objective": ("CIV: Less suppression of civic space",),
    }


def test_record_reads_without_a_warning(codebook: Codebook) -> None:
    [harvest] = read_coded_harvests([RECORD], codebook=codebook)
    assert harvest.warnings == ()


def test_several_records_with_line_breaks_and_blank_cells_are_read(tmp_path: Path, codebook: Codebook) -> None:
    text = (
        "**FragmentID**: SCC-1\n**Outcome description**: The elders met.\n\nThey agreed.\n**Scale**: \n"
        "\n---\n\n"
        "**FragmentID**: SCC-2\n**Outcome description**: The mine closed.\n**Scale**: Local\n"
    )
    harvest = read_harvest(write_text(tmp_path / "records.txt", text), codebook=codebook)
    assert [(read.fragment_id, read.story.description, read.codes) for read in harvest.outcomes] == [
        ("SCC-1", "The elders met.\n\nThey agreed.", {}),
        ("SCC-2", "The mine closed.", {"scale": ("Local",)}),
    ]


def test_fault_in_a_record_is_placed_by_its_line(tmp_path: Path, codebook: Codebook) -> None:
    text = "**FragmentID**: SCC-1\n**Outcome description**: They met.\nTwice.\n**Year**: 20233\n"
    harvest = read_harvest(write_text(tmp_path / "records.txt", text), codebook=codebook)
    assert [str(fault) for fault in harvest.warnings] == [
        "line 4: year '20233' is unusual (four digits from 1990 to next year are expected)"
    ]


# Files of other kinds


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize(("name", "separator"), [("h.csv", ","), ("h.csv", ";"), ("h.csv", "\t"), ("h.tsv", "\t")])
def test_table_is_read_whatever_its_letters_and_separator(
    tmp_path: Path, codebook: Codebook, encoding: str, name: str, separator: str
) -> None:
    rows = [[ID, DESCRIPTION, "Scale"], ["SCC-1", "La société civile s’est réunie", "Local"]]
    text = "".join(separator.join(row) + "\r\n" for row in rows)
    harvest = read_harvest(write_text(tmp_path / name, text, encoding=encoding), codebook=codebook)
    assert [(read.story.description, read.codes) for read in harvest.outcomes] == [
        ("La société civile s’est réunie", {"scale": ("Local",)})
    ]


def test_list_in_a_json_line_holds_several_codes(tmp_path: Path, codebook: Codebook) -> None:
    civic, gender = "CIV: Less suppression of civic space", codebook.field("scc_objective").code_names[2]
    path = write_text(tmp_path / "harvest.jsonl", json.dumps(outcome() | {OBJECTIVE: [gender, civic]}))
    assert read_harvest(path, codebook=codebook).outcomes[0].codes == {"scc_objective": (gender, civic)}


# Columns


def test_columns_are_matched_whatever_their_case_spacing_and_punctuation(tmp_path: Path, codebook: Codebook) -> None:
    cells: dict[str, object] = {
        "fragment id": "SCC-1",
        "OUTCOME-DESCRIPTION ": STORY,
        "Additional information, use if needed": "See annex.",
        "Country": "Mali",
        "type of change cluster": "Capacity change",
    }
    [read] = harvest_of(tmp_path, codebook, cells).outcomes
    assert (read.fragment_id, read.country, read.codes) == (
        "SCC-1",
        "Mali",
        {"change_type_cluster": ("Capacity change",)},
    )
    assert read.story.parts == {DESCRIPTION: STORY, "Additional information (use if needed) ": "See annex."}


def test_file_whose_name_is_not_in_utf_8_is_refused(codebook: Codebook) -> None:
    with pytest.raises(FaultsError) as caught:
        read_harvest("R\udc82colte.xlsx", codebook=codebook)
    assert str(caught.value) == (
        "R\udc82colte.xlsx: 1 problem to correct\n  the name of the file is not in UTF-8 (rename it)"
    )


def test_header_is_kept_as_the_file_has_it(tmp_path: Path, codebook: Codebook) -> None:
    harvest = harvest_of(tmp_path, codebook, {"fragment id ": "SCC-1", DESCRIPTION: STORY})
    assert list(harvest.header) == ["fragment id ", DESCRIPTION]


def test_extra_column_is_kept(tmp_path: Path, codebook: Codebook) -> None:
    harvest = harvest_of(tmp_path, codebook, {"Partner": " Réseau des femmes ", **outcome()})
    assert list(harvest.sheet.rows[1]) == [" Réseau des femmes ", "SCC-ENV/033", STORY]


SCALE = """\
fields:
  - name: scale
    column: Scale
    aliases: [Level of change]
    kind: single
    codes:
      - {code: Sub-national, aliases: [Province]}
      - {code: National}
"""


def test_alias_of_a_field_names_its_column(tmp_path: Path) -> None:
    codes = codes_of(tmp_path, Codebook.parse(SCALE), **{"LEVEL of change:": "National"})
    assert codes == {"scale": ("National",)}


def test_alias_is_read_as_its_code(tmp_path: Path) -> None:
    assert codes_of(tmp_path, Codebook.parse(SCALE), Scale="province") == {"scale": ("Sub-national",)}


def test_column_named_by_the_codebook_is_found(tmp_path: Path) -> None:
    codebook = Codebook.parse(f"{SCALE}columns: {{id: [Record no., Fiche], country: Pays}}")
    [read] = harvest_of(tmp_path, codebook, {"fiche": "7", "PAYS": "Niger", DESCRIPTION: STORY}).outcomes
    assert (read.fragment_id, read.country) == ("7", "Niger")


def test_header_may_be_below_a_title(tmp_path: Path, codebook: Codebook) -> None:
    path = write_sheets(
        tmp_path / "harvest.xlsx",
        {"Outcomes": [["Harvest of June 2024"], [], [None, ID, DESCRIPTION], [None, "SCC-1", STORY]]},
    )
    harvest = read_harvest(path, codebook=codebook)
    assert (harvest.layout.header, [read.fragment_id for read in harvest.outcomes]) == (2, ["SCC-1"])


def test_fault_below_a_title_is_placed_by_its_own_row(tmp_path: Path, codebook: Codebook) -> None:
    path = write_sheets(
        tmp_path / "harvest.xlsx",
        {"Outcomes": [["Harvest of June 2024"], [], [ID, DESCRIPTION, "Year"], [], ["SCC-1", STORY, "24"]]},
    )
    [warning] = read_harvest(path, codebook=codebook).warnings
    assert warning.where == "Outcomes!C5"


def test_blank_row_is_no_outcome(tmp_path: Path, codebook: Codebook) -> None:
    path = write_sheets(
        tmp_path / "harvest.xlsx", {"Outcomes": [[ID, DESCRIPTION], ["SCC-1", STORY], [" "], ["SCC-2", STORY]]}
    )
    harvest = read_harvest(path, codebook=codebook)
    assert [(read.fragment_id, read.row) for read in harvest.outcomes] == [("SCC-1", 1), ("SCC-2", 3)]


def test_repeated_column_is_reported(tmp_path: Path, codebook: Codebook) -> None:
    path = write_sheets(
        tmp_path / "harvest.xlsx", {"Outcomes": [[ID, DESCRIPTION, "Scale", "SCALE "], ["SCC-1", STORY, "Local", ""]]}
    )
    assert refusal_of(path, codebook) == (
        "harvest.xlsx: 1 problem to correct\n"
        "  Outcomes!D1: column 'SCALE' appears twice, first in Outcomes!C1 (rename or delete one of the two)"
    )


def test_second_extra_column_of_the_same_name_is_let_through(tmp_path: Path, codebook: Codebook) -> None:
    path = write_sheets(
        tmp_path / "harvest.xlsx", {"Outcomes": [[ID, DESCRIPTION, "Note", "Note"], ["SCC-1", STORY, "a", "b"]]}
    )
    assert len(read_harvest(path, codebook=codebook).outcomes) == 1


# Sheets


@pytest.fixture
def two_harvests(tmp_path: Path) -> Path:
    """Return a workbook with a sheet of notes and two sheets of outcomes."""
    return write_sheets(
        tmp_path / "harvest.xlsx",
        {
            "Read me": [["FragmentID is the number of the outcome"]],
            "June": [[ID, DESCRIPTION], ["SCC-1", STORY]],
            "July": [[ID, DESCRIPTION], ["SCC-2", STORY]],
            "Empty": [],
        },
    )


def test_first_sheet_that_has_the_columns_is_read(two_harvests: Path, codebook: Codebook) -> None:
    harvest = read_harvest(two_harvests, codebook=codebook)
    assert (harvest.sheet.name, harvest.outcomes[0].fragment_id) == ("June", "SCC-1")


def test_sheet_asked_for_is_read(two_harvests: Path, codebook: Codebook) -> None:
    harvest = read_harvest(two_harvests, codebook=codebook, options=ReadingOptions(sheets=("July",)))
    assert harvest.outcomes[0].fragment_id == "SCC-2"


def test_unknown_sheet_is_reported_with_the_nearest(two_harvests: Path, codebook: Codebook) -> None:
    assert refusal_of(two_harvests, codebook, sheet="july 2024") == (
        "harvest.xlsx: 1 problem to correct\n  no sheet 'july 2024' (did you mean 'July'?)"
    )


def test_unlike_sheet_is_reported_with_all_there_are(two_harvests: Path, codebook: Codebook) -> None:
    assert refusal_of(two_harvests, codebook, sheet="Outcomes") == (
        "harvest.xlsx: 1 problem to correct\n  no sheet 'Outcomes' (the sheets are 'Read me', 'June', 'July', 'Empty')"
    )


def test_blank_sheet_asked_for_is_reported(two_harvests: Path, codebook: Codebook) -> None:
    assert refusal_of(two_harvests, codebook, sheet="Empty") == (
        "harvest.xlsx: 1 problem to correct\n"
        "  Empty: the first 20 rows are blank (name another sheet, or move the table up)"
    )


@pytest.mark.parametrize("first", ["Effets", "Decisions"])
def test_sheet_that_has_all_columns_by_other_names_is_reported_before_one_that_lacks_some(
    tmp_path: Path, codebook: Codebook, first: str
) -> None:
    sheets = {
        "Effets": [
            ["Dossier", "Description de l'effet"],
            *([f"E-{number}", f"{STORY} ({number})"] for number in range(4)),
        ],
        "Decisions": [[ID, "Field", "Codes"], *([f"E-{number}", "Scale", "Local"] for number in range(4))],
    }
    order = sorted(sheets, key=lambda name: name != first)
    path = write_sheets(tmp_path / "coded.xlsx", {name: sheets[name] for name in order})
    assert "Effets!A1: column 'FragmentID' is missing (is it 'Dossier'?" in refusal_of(path, codebook)


# Required columns


def test_missing_column_is_reported_with_the_nearest_found(tmp_path: Path, codebook: Codebook) -> None:
    path = write_sheets(tmp_path / "harvest.xlsx", {"Outcomes": [["Fragment no. ID", DESCRIPTION], ["SCC-1", STORY]]})
    assert refusal_of(path, codebook) == (
        "harvest.xlsx: 1 problem to correct\n"
        "  Outcomes!A1: column 'FragmentID' is missing (is it 'Fragment no. ID'? "
        "Then rename that column, add --map 'Fragment no. ID=FragmentID', or declare the name in the codebook)"
    )


def test_all_missing_columns_are_reported_with_those_found(tmp_path: Path, codebook: Codebook) -> None:
    path = write_sheets(tmp_path / "harvest.xlsx", {"Outcomes": [["Place", "Month"], ["Gao", "June"]]})
    assert refusal_of(path, codebook) == (
        "harvest.xlsx: 2 problems to correct\n"
        "  Outcomes!A1: column 'FragmentID' is missing (the columns found are 'Place', 'Month')\n"
        "  Outcomes!A1: column 'Outcome description' (or 'StoryFragment_Merged') is missing "
        "(the columns found are 'Place', 'Month')"
    )


def test_file_without_a_header_is_refused_without_quoting_a_story(tmp_path: Path, codebook: Codebook) -> None:
    rows = [[f"SCC-{n}", "Gao", f"In 2024 the elders of village {n} opened their meetings to women."] for n in range(4)]
    path = write_sheets(tmp_path / "harvest.xlsx", {"Outcomes": rows})
    message = (
        "harvest.xlsx: 1 problem to correct\n"
        "  Outcomes!A1: no row names the columns; this one looks like an outcome "
        "(add a row above the outcomes that names the columns, such as FragmentID and Outcome description)"
    )
    assert refusal_of(path, codebook) == message
    with pytest.raises(FaultsError) as draft:
        draft_codebook(path)
    assert str(draft.value) == message


def test_stories_alone_are_no_header(tmp_path: Path, codebook: Codebook) -> None:
    rows = [[f"In 2024 the elders of village {n} opened their meetings to women."] for n in range(4)]
    path = write_sheets(tmp_path / "harvest.xlsx", {"Outcomes": rows})
    assert "no row names the columns" in refusal_of(path, codebook)


def test_long_names_of_columns_are_cut_where_they_are_listed(tmp_path: Path, codebook: Codebook) -> None:
    long = "Where in the district did it happen, and who was there to see it happen, as far as you know?"
    path = write_sheets(tmp_path / "harvest.xlsx", {"Outcomes": [[long, "Month"], ["Gao", "June"]]})
    assert "(the columns found are 'Where in the district did it happen, and who was there to s…', 'Month')" in (
        refusal_of(path, codebook)
    )


def test_missing_text_column_is_reported_on_the_row_that_has_the_id(tmp_path: Path, codebook: Codebook) -> None:
    path = write_text(tmp_path / "june.csv", f"Harvest of June,\n{ID},Outcome descr.\nSCC-1,They met\n")
    assert refusal_of(path, codebook) == (
        "june.csv: 1 problem to correct\n"
        "  june!A2: column 'Outcome description' (or 'StoryFragment_Merged') is missing (is it 'Outcome descr.'? "
        "Then rename that column, add --map 'Outcome descr.=Outcome description', or declare the name in the codebook)"
    )


def test_merged_text_alone_is_enough(tmp_path: Path, codebook: Codebook) -> None:
    merged = "She was freed.  Contribution of the programme: Bail."
    [read] = harvest_of(tmp_path, codebook, {ID: "SCC-1", MERGED: merged}).outcomes
    assert read.story.parts == {DESCRIPTION: "She was freed.", "Contribution of the programme": "Bail."}


def test_header_without_outcomes_is_reported(tmp_path: Path, codebook: Codebook) -> None:
    path = write_sheets(tmp_path / "harvest.xlsx", {"Outcomes": [[ID, DESCRIPTION]]})
    assert refusal_of(path, codebook) == (
        "harvest.xlsx: 1 problem to correct\n  Outcomes!A1: no outcomes below the header (give a filled harvest)"
    )


def test_coded_harvest_without_any_code_column_is_reported(tmp_path: Path, codebook: Codebook) -> None:
    path = write_outcomes(tmp_path / "harvest.xlsx", {ID: "SCC-1", DESCRIPTION: STORY, "Social actors": "Elders"})
    assert coded_refusal_of(path, codebook=codebook) == (
        "harvest.xlsx: 1 problem to correct\n"
        "  Outcomes!A1: a code column is missing (is it 'Social actors'? "
        "Then rename that column, or declare the name in the codebook)"
    )


def test_column_of_options_alone_makes_a_coded_harvest(tmp_path: Path, codebook: Codebook) -> None:
    path = write_outcomes(tmp_path / "harvest.xlsx", outcome() | {OPTION: "Awareness"})
    [harvest] = read_coded_harvests([path], codebook=codebook)
    assert harvest.outcomes[0].codes == {"change_type_cluster": ("Norms, attitudes and awareness",)}


# Rows


def test_repeated_fragment_id_is_reported(tmp_path: Path, codebook: Codebook) -> None:
    path = write_outcomes(tmp_path / "harvest.xlsx", outcome("SCC-1"), outcome("SCC-2"), outcome("SCC-1 "))
    assert refusal_of(path, codebook) == (
        "harvest.xlsx: 1 problem to correct\n"
        "  Outcomes!A4: FragmentID 'SCC-1' appears twice, first in Outcomes!A2 "
        "(give each outcome an ID of its own, or delete the repeated row)"
    )


def test_story_that_is_read_as_an_id_is_not_quoted(tmp_path: Path, codebook: Codebook) -> None:
    story = "The council of Dori adopted a by-law that keeps cattle away from the wells."
    path = write_outcomes(tmp_path / "harvest.xlsx", outcome(story), outcome(story))
    assert "FragmentID 'The council of Dori adopted a …' appears twice" in refusal_of(path, codebook)
    assert warnings_of(tmp_path, codebook, outcome(story) | {DESCRIPTION: " "}) == [
        "Outcomes!A2: outcome 'The council of Dori adopted a …' has no text (it gets no suggestion; fill in its "
        "description)"
    ]


def test_empty_fragment_id_is_reported(tmp_path: Path, codebook: Codebook) -> None:
    path = write_outcomes(tmp_path / "harvest.xlsx", outcome("SCC-1"), outcome(" "))
    assert refusal_of(path, codebook) == (
        "harvest.xlsx: 1 problem to correct\n  Outcomes!A3: FragmentID is empty (give it an ID)"
    )


def test_row_without_text_is_a_warning(tmp_path: Path, codebook: Codebook) -> None:
    assert warnings_of(tmp_path, codebook, outcome() | {DESCRIPTION: " "}) == [
        "Outcomes!A2: outcome 'SCC-ENV/033' has no text (it gets no suggestion; fill in its description)"
    ]


@pytest.mark.parametrize("year", ["23", "1989", str(NEXT_YEAR + 1), "2023-25", "June 2023", "٢٠٢٣"])
def test_odd_year_is_a_warning(tmp_path: Path, codebook: Codebook, year: str) -> None:
    assert warnings_of(tmp_path, codebook, outcome(Year=year)) == [
        f"Outcomes!C2: year {year!r} is unusual (four digits from 1990 to next year are expected)"
    ]


@pytest.mark.parametrize("date", [datetime.date(2024, 3, 15), datetime.datetime(2024, 3, 15, 9, 30), "2024-03-15"])
def test_date_is_read_as_its_year_and_reported(tmp_path: Path, codebook: Codebook, date: object) -> None:
    path = write_outcomes(tmp_path / "harvest.xlsx", {**outcome(), "Year": date})
    harvest = read_harvest(path, codebook=codebook)
    assert harvest.outcomes[0].year == "2024"
    (note,) = (str(fault) for fault in harvest.warnings if fault.kind is FaultKind.YEAR)
    assert note.startswith("Outcomes!C2: date '2024-03-15")
    assert note.endswith("is read as its year, 2024 (nothing to do, if that is the year of the outcome)")


@pytest.mark.parametrize("year", ["2024-13-01", "1823-03-15", "2024-03"])
def test_what_is_no_date_of_a_usual_year_is_kept(tmp_path: Path, codebook: Codebook, year: str) -> None:
    path = write_outcomes(tmp_path / "harvest.xlsx", outcome(Year=year))
    assert read_harvest(path, codebook=codebook).outcomes[0].year == year


@pytest.mark.parametrize("year", ["1990", " 2023 ", str(NEXT_YEAR), "", "2023-24", "FY2023/24", "2023–2024"])
def test_usual_or_empty_year_is_no_warning(tmp_path: Path, codebook: Codebook, year: str) -> None:
    assert warnings_of(tmp_path, codebook, outcome(Year=year)) == []


def test_year_stored_as_a_number_is_no_warning(tmp_path: Path, codebook: Codebook) -> None:
    harvest = harvest_of(tmp_path, codebook, outcome() | {"Year": 2023})
    assert (harvest.outcomes[0].year, harvest.warnings) == ("2023", ())


@pytest.mark.parametrize(
    ("cell", "confidential"),
    [("", None), (" ", None), ("NO", False), ("no.", False), ("YES", True), ("only the names", True)],
)
def test_confidentiality_is_unknown_where_the_cell_is_empty(
    tmp_path: Path, codebook: Codebook, cell: str, confidential: bool | None
) -> None:
    harvest = harvest_of(tmp_path, codebook, outcome() | {"Outcome statements is CONFIDENTIAL": cell})
    assert harvest.outcomes[0].confidential is confidential


def test_unquoted_comma_that_shifts_a_row_is_reported(tmp_path: Path, codebook: Codebook) -> None:
    path = write_text(tmp_path / "june.csv", f"{ID},{DESCRIPTION}\nSCC-1,Elders, chiefs and imams met\n")
    assert refusal_of(path, codebook) == (
        "june.csv: 1 problem to correct\n"
        "  june!C2: the row is longer than the header, which ends in column B "
        "(put texts that hold the separator in quotes, or name the column)"
    )


# Codes


def test_codes_are_read_however_typed(tmp_path: Path, codebook: Codebook) -> None:
    cells = {ACTOR: "security; JUSTICE and armed-actors", "Scale": " sub national"}
    assert codes_of(tmp_path, codebook, **cells) == {
        "social_actor": ("Security, justice and armed actors",),
        "scale": ("Sub-national",),
    }


def test_multiple_field_holds_its_codes_in_their_order(tmp_path: Path, codebook: Codebook) -> None:
    cell = "EXT: Mitigated impact of external stress factors;CIV: less suppression of civic space"
    assert codes_of(tmp_path, codebook, **{OBJECTIVE: cell}) == {
        "scc_objective": (
            "EXT: Mitigated impact of external stress factors",
            "CIV: Less suppression of civic space",
        )
    }


def test_code_given_twice_in_a_cell_counts_once(tmp_path: Path, codebook: Codebook) -> None:
    cell = "CIV: Less suppression of civic space; CIV: Less suppression of civic space"
    assert codes_of(tmp_path, codebook, **{OBJECTIVE: cell}) == {
        "scc_objective": ("CIV: Less suppression of civic space",)
    }


def test_unknown_code_is_a_warning_with_the_nearest(tmp_path: Path, codebook: Codebook) -> None:
    assert warnings_of(tmp_path, codebook, outcome(Scale="Nationwide")) == [
        "Outcomes!C2: 'Nationwide' is not a code of 'Scale' (did you mean 'National'? If not, add it to the codebook)"
    ]


def test_unknown_code_unlike_any_is_a_warning_with_all_codes(tmp_path: Path, codebook: Codebook) -> None:
    assert warnings_of(tmp_path, codebook, outcome(Scale="Mars")) == [
        "Outcomes!C2: 'Mars' is not a code of 'Scale' (the codes are Local, Sub-national, National, Regional, "
        "International; correct the cell, or add it to the codebook)"
    ]


def test_known_code_beside_an_unknown_one_is_kept(tmp_path: Path, codebook: Codebook) -> None:
    harvest = harvest_of(tmp_path, codebook, outcome() | {OBJECTIVE: "CIV: Less suppression of civic space; Trade"})
    assert harvest.outcomes[0].codes == {"scc_objective": ("CIV: Less suppression of civic space",)}
    assert [(fault.kind, fault.where) for fault in harvest.warnings] == [(FaultKind.CODE, "Outcomes!C2")]


def test_unknown_code_of_a_coded_harvest_is_an_error_with_the_nearest(tmp_path: Path, codebook: Codebook) -> None:
    path = write_outcomes(tmp_path / "harvest.xlsx", outcome(Scale="Nationwide"))
    assert coded_refusal_of(path, codebook=codebook) == (
        "harvest.xlsx: 1 problem to correct\n"
        "  Outcomes!C2: 'Nationwide' is not a code of 'Scale' (did you mean 'National'? If not, add it to the codebook)"
    )


def test_empty_cluster_is_derived_from_its_option(tmp_path: Path, codebook: Codebook) -> None:
    assert codes_of(tmp_path, codebook, **{OPTION: "capacity change L. and A.", CLUSTER: ""}) == {
        "change_type_cluster": ("Capacity change",)
    }


def test_cluster_that_agrees_with_its_option_is_no_warning(tmp_path: Path, codebook: Codebook) -> None:
    assert (
        warnings_of(tmp_path, codebook, outcome() | {OPTION: "Awareness", CLUSTER: "norms attitudes and awareness"})
        == []
    )


CONTRADICTION = (
    "Outcomes!D2: TypeOfChangeCluster is 'Capacity change', but MCQType of change 'Awareness' belongs to "
    "'Norms, attitudes and awareness' (correct one of the two cells)"
)


def test_contradiction_of_option_and_cluster_is_a_warning(tmp_path: Path, codebook: Codebook) -> None:
    cells = {OPTION: "Awareness", CLUSTER: "Capacity change"}
    assert warnings_of(tmp_path, codebook, outcome() | cells) == [CONTRADICTION]


def test_contradicted_cluster_stays_the_code_given(tmp_path: Path, codebook: Codebook) -> None:
    assert codes_of(tmp_path, codebook, **{OPTION: "Awareness", CLUSTER: "Capacity change"}) == {
        "change_type_cluster": ("Capacity change",)
    }


def test_contradiction_of_option_and_cluster_in_a_coded_harvest_is_an_error(tmp_path: Path, codebook: Codebook) -> None:
    cells = {OPTION: "Awareness", CLUSTER: "Capacity change"}
    path = write_outcomes(tmp_path / "harvest.xlsx", outcome() | cells)
    assert coded_refusal_of(path, codebook=codebook) == f"harvest.xlsx: 1 problem to correct\n  {CONTRADICTION}"


def test_unknown_option_without_a_cluster_stops_a_coded_harvest(tmp_path: Path, codebook: Codebook) -> None:
    path = write_outcomes(tmp_path / "harvest.xlsx", outcome() | {OPTION: "Agenda settings"})
    assert coded_refusal_of(path, codebook=codebook) == (
        "harvest.xlsx: 1 problem to correct\n"
        "  Outcomes!C2: 'Agenda settings' is not an option that leads to a code of 'TypeOfChangeCluster' (did you "
        "mean 'Agenda setting'? If not, add it to the codebook under `mcq`)"
    )


def test_unknown_option_beside_a_cluster_only_warns_of_a_coded_harvest(tmp_path: Path, codebook: Codebook) -> None:
    path = write_outcomes(tmp_path / "harvest.xlsx", outcome() | {OPTION: "Zzz", CLUSTER: "Capacity change"})
    [harvest] = read_coded_harvests([path], codebook=codebook)
    assert [str(fault) for fault in harvest.warnings] == [
        "Outcomes!C2: 'Zzz' is not an option that leads to a code of 'TypeOfChangeCluster' (correct the cell, or "
        "add it to the codebook under `mcq`)"
    ]
    assert harvest.outcomes[0].codes == {"change_type_cluster": ("Capacity change",)}


# Several files


def test_all_faults_of_several_files_are_reported_at_once(tmp_path: Path, codebook: Codebook) -> None:
    june = write_outcomes(
        tmp_path / "june.xlsx",
        outcome("SCC-1", Scale="Nationwide", Year="23"),
        outcome("SCC-1", Scale="Local"),
        sheet="June",
    )
    july = write_text(tmp_path / "july.csv", "")
    august = write_outcomes(tmp_path / "august.xlsx", outcome("SCC-3", Scale="Local"))
    assert coded_refusal_of(june, july, august, codebook=codebook) == (
        "june.xlsx: 2 problems to correct\n"
        "  June!C2: 'Nationwide' is not a code of 'Scale' (did you mean 'National'? If not, add it to the codebook)\n"
        "  June!A3: FragmentID 'SCC-1' appears twice, first in June!A2 (give each outcome an ID of its own, or "
        "delete the repeated row)\n"
        "and 1 thing to check, which would not stop the work:\n"
        "  June!D2: year '23' is unusual (four digits from 1990 to next year are expected)\n"
        "july.csv: 1 problem to correct\n  the file is empty (save or copy it again, or give another file)"
    )


def test_outcome_in_two_files_is_a_warning_on_the_later(tmp_path: Path, codebook: Codebook) -> None:
    june = write_outcomes(tmp_path / "june.xlsx", outcome("SCC-1", Scale="Local"))
    july = write_outcomes(tmp_path / "july.xlsx", outcome("SCC-2", Scale="Local"), outcome("SCC-1", Scale="Local"))
    first, second = read_coded_harvests([june, july], codebook=codebook)
    assert first.warnings == ()
    assert [str(fault) for fault in second.warnings] == [
        "also in an earlier file: 1 outcome, for instance 'SCC-1' in june.xlsx (leave one of the files out if they "
        "hold the same outcomes)"
    ]


@pytest.mark.parametrize(
    ("name", "n_outcomes"),
    [("harvest_1", 168), ("harvest_2", 154), ("harvest_3_new", 118), ("harvest_3_agreed", 118)],
)
def test_sample_harvest_is_read_without_a_warning(
    name: str, n_outcomes: int, codebook: Codebook, training_data: Path
) -> None:
    harvest = read_harvest(training_data / f"{name}.xlsx", codebook=codebook)
    assert (len(harvest.outcomes), harvest.warnings) == (n_outcomes, ())


@pytest.mark.parametrize("name", ["harvest_1", "harvest_2", "harvest_3_agreed"])
def test_every_outcome_of_a_coded_sample_harvest_has_all_four_codes(
    name: str, codebook: Codebook, training_data: Path
) -> None:
    [harvest] = read_coded_harvests([training_data / f"{name}.xlsx"], codebook=codebook)
    assert {tuple(read.codes) for read in harvest.outcomes} == {codebook.names}


# Another programme

WATER = """\
fields:
  - name: sector
    column: Sector
    kind: single
    codes:
      - {code: Water, mcq: [Well dug, Pump repaired]}
      - {code: Health, aliases: [Santé]}
    derived_from: What was done
  - name: sdg
    column: SDGs
    kind: multiple
    separator: "|"
    codes: [{code: 1.4}, {code: 6.1}, {code: 16}, {code: 5}]
columns:
  id: Result no.
  period: Round
  country: District
  year: Reported in
  confidential: Private
  merged: Whole result
  parts:
    - {column: What changed}
    - {column: Why it matters, label: Importance}
    - {column: [Our part, Our role], label: Our part}
"""

RESULT: dict[str, object] = {
    "Result no.": 7,
    "Round": "2nd",
    "District": "Gao",
    "Reported in": 2024,
    "Private": "No",
    "What changed": "The well works.",
    "Why it matters": "Nobody walks to the river.",
    "Our role": "A pump.",
    "What was done": "Well dug",
    "Sector": "",
    "SDGs": "6.1 | 16",
}


def test_other_programme_is_read_by_its_own_columns(tmp_path: Path) -> None:
    [read] = harvest_of(tmp_path, Codebook.parse(WATER), RESULT).outcomes
    assert (read.fragment_id, read.period, read.country, read.year, read.confidential) == (
        "7",
        "2nd",
        "Gao",
        "2024",
        False,
    )


def test_other_programme_is_merged_by_its_own_labels(tmp_path: Path) -> None:
    [read] = harvest_of(tmp_path, Codebook.parse(WATER), RESULT).outcomes
    assert read.story.merged == "The well works.  Importance: Nobody walks to the river.  Our part: A pump."


def test_merged_text_of_another_programme_is_taken_apart_by_its_own_labels(tmp_path: Path) -> None:
    result: dict[str, object] = {"Result no.": 7, "Whole result": "The well works.  Our part: A pump."}
    [read] = harvest_of(tmp_path, Codebook.parse(WATER), result).outcomes
    assert read.story.parts == {"What changed": "The well works.", "Our part": "A pump."}


def test_other_programme_is_coded_in_its_own_fields(tmp_path: Path) -> None:
    [read] = harvest_of(tmp_path, Codebook.parse(WATER), RESULT).outcomes
    assert read.codes == {"sector": ("Water",), "sdg": ("6.1", "16")}


def test_faults_of_another_programme_are_reported_in_its_own_words(tmp_path: Path) -> None:
    path = write_outcomes(
        tmp_path / "results.xlsx",
        RESULT | {"Sector": "Sante", "SDGs": "6.1|61"},
        RESULT | {"Sector": "santé", "Private": ""},
        {"Result no.": "", "What changed": "The clinic opened."},
        sheet="Results",
    )
    assert coded_refusal_of(path, codebook=Codebook.parse(WATER)) == (
        "results.xlsx: 5 problems to correct\n"
        "  Results!J2: 'Sante' is not a code of 'Sector' (did you mean 'Santé'? If not, add it to the codebook)\n"
        "  Results!K2: '61' is not a code of 'SDGs' (did you mean '6.1'? If not, add it to the codebook)\n"
        "  Results!J3: Sector is 'Health', but What was done 'Well dug' belongs to 'Water' (correct one of the two "
        "cells)\n"
        "  Results!A4: Result no. is empty (give it an ID)\n"
        "  Results!A3: Result no. '7' appears twice, first in Results!A2 (give each outcome an ID of its own, or "
        "delete the repeated row)"
    )


def test_missing_column_of_another_programme_is_reported_by_its_own_name(tmp_path: Path) -> None:
    path = write_text(tmp_path / "results.csv", "Result;What changed\n7;The well works.\n")
    assert refusal_of(path, Codebook.parse(WATER)) == (
        "results.csv: 1 problem to correct\n"
        "  results!A1: column 'Result no.' is missing (is it 'Result'? "
        "Then rename that column, add --map 'Result=Result no.', or declare the name in the codebook)"
    )


def test_owners_columns_mean_nothing_to_another_programme(training_data: Path) -> None:
    refusal = refusal_of(training_data / "harvest_1.xlsx", Codebook.parse(WATER))
    assert refusal.startswith("harvest_1.xlsx: 1 problem to correct\n  Outcomes!A1: column 'Result no.' is missing")


def test_other_faults_are_reported_beside_a_missing_column(tmp_path: Path, codebook: Codebook) -> None:
    path = tmp_path / "harvest.csv"
    path.write_text("FragmentID,Year,Scale\nSCC/1,2023,Locall\nSCC/1,203,Local\n", encoding="utf-8")
    with pytest.raises(FaultsError) as caught:
        read_coded_harvests([path], codebook=codebook)
    assert str(caught.value) == (
        "harvest.csv: 3 problems to correct\n"
        "  harvest!A1: column 'Outcome description' (or 'StoryFragment_Merged') is missing (the columns found are "
        "'FragmentID', 'Year', 'Scale')\n"
        "  harvest!C2: 'Locall' is not a code of 'Scale' (did you mean 'Local'? If not, add it to the codebook)\n"
        "  harvest!A3: FragmentID 'SCC/1' appears twice, first in harvest!A2 (give each outcome an ID of its own, "
        "or delete the repeated row)\n"
        "and 1 thing to check, which would not stop the work:\n"
        "  harvest!B3: year '203' is unusual (four digits from 1990 to next year are expected)"
    )


def test_without_an_id_column_no_row_is_reported_to_lack_its_id(tmp_path: Path, codebook: Codebook) -> None:
    path = tmp_path / "harvest.csv"
    path.write_text("Number,Outcome description\n,The council met.\n", encoding="utf-8")
    with pytest.raises(FaultsError) as caught:
        read_harvest(path, codebook=codebook)
    assert len(caught.value.faults[path]) == 1


def test_a_story_in_a_code_cell_is_not_quoted(tmp_path: Path, codebook: Codebook) -> None:
    story = "The elders of Dori, led by the imam, freed twelve girls from early marriage."
    path = tmp_path / "harvest.csv"
    path.write_text(f'FragmentID,Outcome description,Scale\nSCC/1,See right.,"{story}"\n', encoding="utf-8")
    message = str(read_harvest(path, codebook=codebook).warnings[0])
    assert message.startswith("harvest!C2: 'The elders of Dori, led by the…' is not a code of 'Scale'")


def test_a_harvest_is_read_with_the_shipped_codebook_by_default(harvest_3_new: Path) -> None:
    assert len(read_harvest(harvest_3_new, codebook=sample_codebook()).outcomes) == 118


@pytest.mark.parametrize("unseen", ["\x1b[2J", "\x07", "\u202e"])
@pytest.mark.parametrize(("column", "cell"), [("FragmentID", "Outcomes!A2"), ("country", "Outcomes!C2")])
def test_control_character_in_an_id_or_country_is_refused_with_its_cell(
    tmp_path: Path, codebook: Codebook, column: str, cell: str, unseen: str
) -> None:
    row = {"FragmentID": "HO-1", "Outcome description": "The council met.", "country": "Mali"}
    path = tmp_path / "june.jsonl"
    path.write_text(json.dumps(row | {column: f"HO{unseen}-1"}) + "\n", encoding="utf-8")
    with pytest.raises(FaultsError) as caught:
        read_harvest(path, codebook=codebook)
    told = f"{column} has a control character (U+{ord(unseen[0]):04X}), which can't be seen (type the cell again)"
    assert told in str(caught.value)
    assert unseen not in str(caught.value)


def test_control_character_in_a_file_that_a_project_has_is_a_note(tmp_path: Path, codebook: Codebook) -> None:
    path = tmp_path / "june.csv"
    path.write_text("FragmentID,Outcome description\nHO\x1b-1,The council met.\n", encoding="utf-8")
    harvest = read_harvest(path, codebook=codebook, options=ReadingOptions(is_kept=True))
    assert [(note.cells, note.what) for note in harvest.notes] == [
        (("june!A2",), "FragmentID has a control character (U+001B), which can't be seen")
    ]
