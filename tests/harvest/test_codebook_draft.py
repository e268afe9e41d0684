from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from classifier.codebook.schema import Codebook
from classifier.errors import CodebookError, FaultsError
from classifier.harvest.codebook_draft import Draft, draft_codebook
from classifier.harvest.reading import read_harvest
from classifier.spelling import normalise
from tests.support.workbooks import write_sheets

Rows = Sequence[Sequence[str | int]]

SCALES = ["Local"] * 6 + ["National"] * 5 + ["Sub-national"] * 5


def save(folder: Path, header: Sequence[str], rows: Rows, *, above: Rows = ()) -> Path:
    workbook = Workbook()
    sheet = workbook.active
    assert sheet is not None
    sheet.title = "Outcomes"
    for row in [*above, header, *rows]:
        sheet.append(list(row))
    path = folder / "coded.xlsx"
    workbook.save(path)
    return path


def coded(folder: Path, **columns: Sequence[str | int]) -> Path:
    """Save outcomes with an ID, a story, and the given columns (`_` stands for a blank)."""
    n_outcomes = max(map(len, columns.values()))
    cells_by_name = {
        "FragmentID": [f"SCC/{number}" for number in range(n_outcomes)],
        "Outcome description": [f"In village {number}, women took a seat." for number in range(n_outcomes)],
    }
    cells_by_name |= {name.replace("_", " "): list(map(str, cells)) for name, cells in columns.items()}
    return save(folder, list(cells_by_name), list(zip(*cells_by_name.values(), strict=True)))


def note_of(draft: Draft, beginning: str) -> str:
    (note,) = [note for note in draft.notes if note.startswith(beginning)]
    return note


@pytest.fixture(scope="module")
def sample(training_data: Path) -> Draft:
    return draft_codebook(training_data / "harvest_1.xlsx")


# The sample


def test_fields_of_the_sample_are_the_four_that_are_coded(sample: Draft) -> None:
    assert [field.column for field in sample.codebook.fields] == [
        "Social actor",
        "Scale",
        "Link to SCC Specific Objectives",
        "TypeOfChangeCluster",
    ]


def test_fields_are_named_after_their_columns(sample: Draft) -> None:
    assert sample.codebook.names == (
        "social_actor",
        "scale",
        "link_to_scc_specific_objectives",
        "type_of_change_cluster",
    )


def test_objectives_of_the_sample_take_several_codes(sample: Draft) -> None:
    objectives = sample.codebook.field("link_to_scc_specific_objectives")
    assert (objectives.kind, objectives.separator) == ("multiple", "; ")


def test_labels_with_commas_stay_whole(sample: Draft) -> None:
    assert "Security, justice and armed actors" in sample.codebook.field("social_actor").code_names


def test_cluster_of_the_sample_is_derived_from_the_mcq_option(sample: Draft) -> None:
    assert sample.codebook.field("type_of_change_cluster").derived_from == "MCQType of change"


def test_options_of_the_sample_belong_to_the_codes_of_its_codebook(sample: Draft, training_data: Path) -> None:
    ours = sample.codebook.field("type_of_change_cluster")
    theirs = Codebook.read(training_data / "codebook.yaml").field("change_type_cluster")
    assert {option: ours.derive(option) for option in ours.options} == {
        option: theirs.derive(option) for option in ours.options
    }


def test_results_framework_of_the_sample_is_left_out_with_a_reason(sample: Draft) -> None:
    assert note_of(sample, "column 'Link to Outcomes in Results Framework'") == (
        "column 'Link to Outcomes in Results Framework' is left out: 73 of 168 cells are filled, with 27 different "
        "texts; too many to be codes"
    )


def test_rare_codes_of_the_sample_are_reported(sample: Draft) -> None:
    assert note_of(sample, "column 'Social actor'") == (
        "column 'Social actor': fewer than 5 cells hold 'Companies and investors' (4), "
        "'Media and opinion makers' (3); too few to train on"
    )


def test_harvests_of_one_programme_give_the_same_fields(sample: Draft, training_data: Path) -> None:
    agreed = draft_codebook(training_data / "harvest_3_agreed.xlsx")
    assert agreed.codebook.names == sample.codebook.names


def test_uncoded_harvest_gives_no_draft(training_data: Path) -> None:
    with pytest.raises(CodebookError, match=r"no column looks like codes \(name those .* with --columns; "):
        draft_codebook(training_data / "harvest_3_new.xlsx")


# The file that is written


def test_draft_is_read_back_as_it_was(sample: Draft) -> None:
    assert Codebook.parse(sample.dump()) == sample.codebook


def test_draft_says_that_it_is_one(sample: Draft) -> None:
    assert sample.dump().startswith("# A draft, made from the labels found in a coded workbook.")


def test_every_code_waits_for_its_definition(sample: Draft) -> None:
    codes = [code for field in yaml.safe_load(sample.dump())["fields"] for code in field["codes"]]
    assert [code["definition"] for code in codes] == [""] * 25


# Which columns are fields


def test_codes_come_in_the_order_of_how_often_they_occur(tmp_path: Path) -> None:
    draft = draft_codebook(coded(tmp_path, Scale=["National"] * 3 + ["Local"] * 5 + ["Regional"] * 4))
    assert draft.codebook.field("scale").code_names == ("Local", "Regional", "National")


@pytest.mark.parametrize(
    ("column", "cells", "reason"),
    [
        ("Rating significance", ["so-so", "fine", "great"] * 6, "it rates the outcome rather than saying what it is"),
        ("Significance", ["low", "Medium", "very high"] * 6, "its answers are grades, such as low and high"),
        ("Negative", ["Yes", "no", "No"] * 6, "its answers are yes and no"),
        ("Négatif", ["Oui", "non", "non"] * 6, "its answers are yes and no"),
        ("Target", [1, 2, 3] * 6, "it holds numbers or dates"),
        ("Month", ["May 2023", "June 2023", "July 2023"] * 6, "it holds numbers or dates"),
        ("Programme", ["SCC"] * 18, "it has the same text in every row"),
        ("Coded by", ["Amina", "Joseph"] * 9, "it may name people or organisations"),
        ("Scale: suggestion", ["Local", "National"] * 9, "it holds suggestions, not codes"),
        ("Evidence", ["photos"] * 14 + ["a report", "the law", "a film", "minutes"],
         "18 of 18 cells are filled, with 5 different texts; too many to be codes"),
        ("Remarks", ["The elders met under the tree and spoke at length. " * 4] * 18,
         "its texts are too long for codes"),
        ("Sector", [""] * 18, "it is empty"),
    ],
)  # fmt: skip
def test_column_that_holds_no_codes_is_left_out_with_a_reason(
    tmp_path: Path, column: str, cells: Sequence[str], reason: str
) -> None:
    draft = draft_codebook(coded(tmp_path, **{"Scale": ["Local", "National"] * 9, column: cells}))
    assert note_of(draft, f"column {column!r}") == f"column {column!r} is left out: {reason}"


@pytest.mark.parametrize("column", ["Outcome status", "Country", "OH-harvesting period", "Year"])
def test_what_every_harvest_has_is_not_a_field(tmp_path: Path, column: str) -> None:
    draft = draft_codebook(coded(tmp_path, Scale=["Local", "National"] * 9, **{column: ["Mali", "Niger"] * 9}))
    assert draft.codebook.names == ("scale",)


def test_type_of_partner_names_nobody(tmp_path: Path) -> None:
    draft = draft_codebook(coded(tmp_path, Type_of_partner=["Union", "Church", "Media"] * 6))
    assert draft.codebook.names == ("type_of_partner",)


def test_named_columns_are_matched_whatever_their_case_and_punctuation(tmp_path: Path) -> None:
    path = coded(tmp_path, Social_Actor=["Police", "Elders"] * 3, Target=[5, 16] * 3)
    assert draft_codebook(path, columns=["target", "social-actor"]).codebook.names == ("target", "social_actor")


def test_missing_columns_are_reported_at_once_with_the_nearest(tmp_path: Path) -> None:
    path = coded(tmp_path, Scale=SCALES)
    with pytest.raises(FaultsError) as caught:
        draft_codebook(path, columns=["Scael", "Zoom"])
    assert str(caught.value) == (
        "coded.xlsx: 2 problems to correct\n"
        "  Outcomes, row 1: column 'Scael' is missing (did you mean 'Scale'?)\n"
        "  Outcomes, row 1: column 'Zoom' is missing "
        "(the columns found are 'FragmentID', 'Outcome description', 'Scale')"
    )


def test_stories_are_never_drafted_even_where_they_are_asked_for(tmp_path: Path) -> None:
    path = coded(tmp_path, Scale=SCALES)
    with pytest.raises(FaultsError, match="Outcomes!B1: column 'outcome description' holds IDs or stories"):
        draft_codebook(path, columns=["outcome description"])


def test_stories_under_a_name_of_their_own_are_never_drafted(tmp_path: Path) -> None:
    path = coded(tmp_path, Was_geschah=[f"Dorf {number} hat einen Rat." for number in range(12)])
    with pytest.raises(FaultsError, match="column 'Was geschah' has a different text in every row"):
        draft_codebook(path, columns=["Was geschah"])


def test_named_column_without_labels_is_reported(tmp_path: Path) -> None:
    path = coded(tmp_path, Scale=["", "", ""])
    with pytest.raises(FaultsError, match=r"Outcomes!C1: column 'Scale' holds no labels"):
        draft_codebook(path, columns=["Scale"])


def test_remark_in_a_code_column_does_not_get_out(tmp_path: Path) -> None:
    remark = "Ask Amina whether the chief of Kipsai knows that she told us about the payment. " * 2
    draft = draft_codebook(coded(tmp_path, Scale=[*SCALES, remark]))
    assert "Amina" not in draft.dump() + "".join(draft.notes)


def test_remark_in_a_code_column_is_counted(tmp_path: Path) -> None:
    draft = draft_codebook(coded(tmp_path, Scale=[*SCALES, "See the long remark below. " * 6]))
    assert draft.notes == ("column 'Scale': left out: 1 text of more than 150 letters",)


def test_columns_with_names_alike_get_fields_with_names_of_their_own(tmp_path: Path) -> None:
    cells = ["Local", "National"] * 6
    columns = {f"One two three four five six {end}": cells for end in ("seven", "eight")}
    draft = draft_codebook(coded(tmp_path, **columns))
    assert draft.codebook.names == ("one_two_three_four_five_six", "one_two_three_four_five_six_2")


def test_repeated_column_is_reported(tmp_path: Path) -> None:
    path = save(tmp_path, ["FragmentID", "Scale", "scale "], [(n, "Local", "National") for n in range(3)])
    draft = draft_codebook(path, columns=["Scale"])
    assert "column 'scale' appears twice; the first was read. Rename or delete the other" in draft.notes


def test_column_without_a_name_is_reported(tmp_path: Path) -> None:
    path = save(tmp_path, ["FragmentID", "", "Scale"], [(n, "National", "Local") for n in range(3)])
    assert "column B has no name and is not read" in draft_codebook(path, columns=["Scale"]).notes


# Several labels in a cell


@pytest.mark.parametrize(("joint", "separator"), [("; ", "; "), (";", ";"), (" | ", " | "), ("|", "|")])
def test_cells_that_join_labels_make_a_multiple_field(tmp_path: Path, joint: str, separator: str) -> None:
    draft = draft_codebook(coded(tmp_path, SDG=[*["Peace", "Gender"] * 6, f"Peace{joint}Gender"]))
    sdg = draft.codebook.field("sdg")
    assert (sdg.kind, sdg.separator, sdg.code_names) == ("multiple", separator, ("Peace", "Gender"))


def test_labels_on_lines_of_their_own_are_taken_apart(tmp_path: Path) -> None:
    draft = draft_codebook(coded(tmp_path, SDG=[*["Peace", "Gender"] * 6, "Peace\nGender"]))
    assert draft.codebook.field("sdg").code_names == ("Peace", "Gender")


def test_labels_on_lines_of_their_own_are_reported(tmp_path: Path) -> None:
    draft = draft_codebook(coded(tmp_path, SDG=[*["Peace", "Gender"] * 6, "Peace\nGender"]))
    assert draft.codebook.field("sdg").separator == "\n"
    assert draft.notes == (
        "column 'SDG': 1 cell with several labels, joined by a line break: it is `multiple` (make it `single` if "
        "these are slips)",
    )


def test_labels_with_commas_are_noticed_among_joined_ones(tmp_path: Path) -> None:
    actors = ["Police, army and courts", "Media", "Police, army and courts, Media", "Media, Youth", "Youth"] * 3
    draft = draft_codebook(coded(tmp_path, Actor=actors))
    actor = draft.codebook.field("actor")
    assert (actor.kind, actor.separator, actor.code_names) == (
        "multiple",
        ", ",
        ("Media", "Police, army and courts", "Youth"),
    )
    assert Codebook.parse(draft.dump()).field("actor").split(actors[2]) == ("Police, army and courts", "Media")


def test_label_that_holds_a_semicolon_stays_whole(tmp_path: Path) -> None:
    draft = draft_codebook(coded(tmp_path, Actor=["Police; army", "Elders", "Media"] * 4))
    assert draft.codebook.field("actor").code_names == ("Police; army", "Elders", "Media")


def test_few_joined_cells_are_reported_as_possible_slips(tmp_path: Path) -> None:
    draft = draft_codebook(coded(tmp_path, Scale=[*SCALES, "Local; National"]))
    assert draft.notes == (
        "column 'Scale': 1 cell with several labels, joined by ';': it is `multiple` (make it `single` if these are "
        "slips)",
    )


# Variants of one label


def test_spellings_of_a_label_become_one_code(tmp_path: Path) -> None:
    draft = draft_codebook(coded(tmp_path, Scale=[*SCALES, "NATIONAL", "Sub national"]))
    assert draft.codebook.field("scale").code_names == ("Local", "National", "Sub-national")


def test_spellings_of_a_label_are_reported(tmp_path: Path) -> None:
    draft = draft_codebook(coded(tmp_path, Scale=[*SCALES, "NATIONAL", "national."]))
    assert draft.notes == (
        "column 'Scale': 'National' is spelled 'NATIONAL', 'national.' in 2 cells, which counts as the same",
    )


@pytest.mark.parametrize(
    ("label", "typo"),
    [
        ("Government authorities", "Goverment authorities"),
        ("Government authorities", "Government authoritise"),
        ("Government authorities", "Government authorties"),
        ("Civic change agents", "Civic chnage agents"),
        ("Local", "Locla"),
        ("Organisation", "Organization"),
        ("Norms and attitudes", "Norms & attitudes"),
        ("المجتمع المدني", "المجتمع المدنى"),
    ],
)
def test_near_spelling_is_proposed_as_alias(tmp_path: Path, label: str, typo: str) -> None:
    draft = draft_codebook(coded(tmp_path, Field=[label] * 7 + ["Media"] * 5 + [typo]))
    assert draft.codebook.field("field").codes[0].aliases == (typo,)


@pytest.mark.parametrize(
    ("label", "other"),
    [
        ("National", "Sub-national"),
        ("International", "National"),
        ("National", "Regional"),
        ("Interreligious", "Intrareligious"),
        ("Outcome 1.1", "Outcome 1.2"),
        ("SDG16 target", "SDG17 target"),
        ("Phase II", "Phase III"),
        ("Direct change", "Indirect change"),
        ("Legal aid", "Illegal aid"),
        ("Men", "Women"),
        ("Policy reform", "Police reform"),
        ("State actors", "Non-state actors"),
        ("Policy adopted", "Policy adapted"),
        ("?", "-"),
    ],
)
def test_label_of_another_meaning_is_a_code_of_its_own(tmp_path: Path, label: str, other: str) -> None:
    path = coded(tmp_path, Field=[label] * 7 + ["Media"] * 5 + [other])
    assert draft_codebook(path, columns=["Field"]).codebook.field("field").code_names == (label, "Media", other)


def test_near_spelling_that_is_as_common_is_a_code_of_its_own(tmp_path: Path) -> None:
    draft = draft_codebook(coded(tmp_path, Field=["Training"] * 5 + ["Trainings"] * 4 + ["Media"] * 4))
    assert draft.codebook.field("field").code_names == ("Training", "Trainings", "Media")


def test_word_that_other_labels_have_is_no_typo(tmp_path: Path) -> None:
    cells = ["Women in parties"] * 9 + ["Parities of pay"] * 6 + ["Women in parities"] * 2
    path = coded(tmp_path, Field=cells)
    assert draft_codebook(path).codebook.field("field").find("Women in parities") == "Women in parities"


def test_proposed_alias_is_reported(tmp_path: Path) -> None:
    draft = draft_codebook(coded(tmp_path, Actor=["Government"] * 9 + ["Elders"] * 6 + ["Goverment"] * 2))
    assert draft.notes == (
        "column 'Actor': 'Goverment' (2) is proposed as an alias of 'Government' (9); check that it means the same",
    )


# A column that leads to another

OPTIONS = ["Law passed", "Law blocked", "Network", "Dialogue"]
CLUSTERS = ["Policy", "Policy", "Relationship", "Relationship"]


def test_column_whose_labels_belong_to_codes_is_not_a_field(tmp_path: Path) -> None:
    draft = draft_codebook(coded(tmp_path, MCQ=OPTIONS * 4, Cluster=CLUSTERS * 4))
    assert draft.codebook.names == ("cluster",)


def test_options_are_under_the_code_they_belong_to(tmp_path: Path) -> None:
    draft = draft_codebook(coded(tmp_path, MCQ=OPTIONS * 4, Cluster=CLUSTERS * 4))
    assert [code.mcq for code in draft.codebook.field("cluster").codes] == [
        ("Law passed", "Law blocked"),
        ("Network", "Dialogue"),
    ]


def test_mistyped_option_is_beside_the_right_one(tmp_path: Path) -> None:
    path = coded(tmp_path, MCQ=[*OPTIONS * 4, "Dialouge"], Cluster=[*CLUSTERS * 4, "Relationship"])
    assert draft_codebook(path).codebook.field("cluster").derive("Dialouge") == "Relationship"


def test_a_slip_between_option_and_code_is_reported(tmp_path: Path) -> None:
    path = coded(tmp_path, MCQ=[*OPTIONS * 12, "Network"], Cluster=[*CLUSTERS * 12, "Policy"])
    assert draft_codebook(path).notes == (
        "column 'Cluster': it is `derived_from` column 'MCQ', whose 4 labels each lead to one code",
        "column 'Cluster': 1 cell with another code than 'MCQ' usually leads to; check them",
    )


def test_columns_that_have_little_to_do_with_each_other_are_both_fields(tmp_path: Path) -> None:
    path = coded(tmp_path, Actor=["Police", "Elders", "Media"] * 6, Scale=["Local", "National"] * 9)
    assert draft_codebook(path).codebook.names == ("actor", "scale")


def test_codes_are_derived_from_the_nearest_of_several_columns(tmp_path: Path) -> None:
    districts = ["Ségou", "Mopti", "Kayes", "Gao", "Diffa", "Tahoua", "Maradi", "Zinder"] * 4
    sides = ["West", "West", "West", "East", "South", "South", "South", "North"] * 4
    states = ["Mali"] * 4 + ["Niger"] * 4
    draft = draft_codebook(coded(tmp_path, District=districts, Side=sides, State=states * 4))
    assert draft.codebook.field("state").derived_from == "Side"


def test_named_column_finds_the_column_it_is_derived_from(tmp_path: Path) -> None:
    path = coded(tmp_path, MCQ=OPTIONS * 4, Cluster=CLUSTERS * 4)
    assert draft_codebook(path, columns=["Cluster"]).codebook.field("cluster").derived_from == "MCQ"


def test_column_asked_for_is_a_field_even_if_its_labels_belong_to_another(tmp_path: Path) -> None:
    path = coded(tmp_path, MCQ=OPTIONS * 4, Cluster=CLUSTERS * 4)
    assert draft_codebook(path, columns=["MCQ", "Cluster"]).codebook.names == ("mcq", "cluster")


# Where the table is


def test_title_above_the_header_is_passed_over(tmp_path: Path) -> None:
    rows = [(f"SCC/{number}", "A law changed.", scale) for number, scale in enumerate(SCALES)]
    path = save(tmp_path, ["FragmentID", "Outcome description", "Scale"], rows, above=[["Harvest", "2023"], []])
    assert draft_codebook(path).codebook.names == ("scale",)


def test_column_of_ids_is_guessed_from_its_name(tmp_path: Path) -> None:
    path = save(tmp_path, ["Outcome ID", "Scale"], list(enumerate(SCALES)))
    assert draft_codebook(path).codebook.columns.id == ("Outcome ID",)


def test_guessed_ids_are_read_back(tmp_path: Path) -> None:
    draft = draft_codebook(save(tmp_path, ["Outcome ID", "Scale"], list(enumerate(SCALES))))
    assert Codebook.parse(draft.dump()) == draft.codebook


def test_what_could_not_be_found_is_reported(tmp_path: Path) -> None:
    draft = draft_codebook(save(tmp_path, ["Row", "Scale"], list(enumerate(SCALES))))
    assert draft.notes[:2] == (
        "no column 'FragmentID' was found; write under `columns: id:` which column holds the IDs",
        "no column 'Outcome description' or 'StoryFragment_Merged' was found; "
        "write under `columns:` what holds the story",
    )


def test_unknown_sheet_is_reported_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(FaultsError, match=r"no sheet 'Outcome' \(did you mean 'Outcomes'\?\)"):
        draft_codebook(coded(tmp_path, Scale=SCALES), sheet="Outcome")


def test_file_without_a_header_is_reported(tmp_path: Path) -> None:
    path = save(tmp_path, ["Scale"], [["Local"], ["National"]])
    with pytest.raises(FaultsError, match="no row names at least two columns"):
        draft_codebook(path)


# Whatever the labels are

LABELS = st.text(st.characters(codec="utf-8", exclude_categories=["C"]), min_size=1, max_size=30).filter(
    # What starts so is a formula or an error value to the program that writes the workbook.
    lambda text: bool(text.strip()) and not text.startswith(("=", "#"))
)


@pytest.mark.slow
@settings(deadline=None, max_examples=30)  # a workbook is written and read each time
@given(st.lists(LABELS, min_size=1, max_size=9))
def test_every_label_found_is_a_label_of_the_draft(labels: list[str]) -> None:
    with TemporaryDirectory() as folder:
        draft = draft_codebook(coded(Path(folder), Scale=labels), columns=["Scale"])
    (field,) = draft.codebook.fields
    assert all(field.find(label) for cell in labels for label in field.split(cell))


@pytest.mark.slow
@settings(deadline=None, max_examples=30)  # a workbook is written and read each time
@given(st.lists(LABELS, min_size=1, max_size=9))
def test_every_draft_is_read_back_as_it_was(labels: list[str]) -> None:
    with TemporaryDirectory() as folder:
        draft = draft_codebook(coded(Path(folder), Scale=labels), columns=["Scale"])
    assert Codebook.parse(draft.dump()) == draft.codebook


@pytest.mark.slow
@settings(deadline=None, max_examples=30)  # a workbook is written and read each time
@given(st.sets(st.sampled_from(["Local", "Locla", "National", "Natinal", "Sub-national"]), min_size=2))
def test_joined_labels_are_found_one_by_one(labels: set[str]) -> None:
    cells = [*labels, "; ".join(sorted(labels))] * 2
    with TemporaryDirectory() as folder:
        draft = draft_codebook(coded(Path(folder), Scale=cells), columns=["Scale"])
    (field,) = draft.codebook.fields
    assert {normalise(label) for label in labels} == {normalise(label) for code in field.codes for label in code.labels}


def test_stories_that_come_several_times_are_left_out_for_what_they_are(tmp_path: Path) -> None:
    stories = [f"In March 2024 the council of {place} adopted a by-law on market stalls for women." for place in "ABCD"]
    path = coded(tmp_path, Remark=[*stories * 4], Scale=SCALES)
    assert draft_codebook(path).notes == ("column 'Remark' is left out: its texts are too long for codes",)


def test_story_is_found_by_a_name_that_forms_use(tmp_path: Path) -> None:
    rows = [(n, f"Story {n}", "Talks", scale) for n, scale in enumerate(SCALES)]
    draft = draft_codebook(
        save(tmp_path, ["Réf.", "Description du résultat", "Contribution du projet", "Échelle"], rows)
    )
    assert [part.column[0] for part in draft.codebook.columns.parts[:3]] == [
        "Description du résultat",
        "Significance of the outcome",
        "Contribution du projet",
    ]
    assert draft.notes[:3] == (
        "column 'Réf.' is read as the IDs; if that is wrong, correct `columns: id:`",
        "column 'Description du résultat' is read as 'Outcome description'; if that is wrong, correct `columns: "
        "parts:`",
        "column 'Contribution du projet' is read as 'Contribution of the programme'; if that is wrong, correct "
        "`columns: parts:`",
    )


# A column for each code


@pytest.mark.slow
@pytest.mark.parametrize(
    "form",
    [
        *("Who changed/{}", "Who changed [{}]", "Who changed: {}", "Who changed - {}", "Who_changed_{}"),
        *("who_changed___{}", "Who changed? (choice={})"),  # REDCap, raw and with labels
    ],
)
@pytest.mark.parametrize(("yes", "no"), [(1, 0), ("TRUE", "FALSE"), ("x", ""), ("Checked", "Unchecked")])
def test_columns_that_say_yes_or_no_are_one_field(tmp_path: Path, form: str, yes: str | int, no: str | int) -> None:
    header = [
        "FragmentID",
        "Outcome description",
        *(form.format(code) for code in ("Media", "Police", "Elders")),
        "Scale",
    ]
    ticks = [(yes, no, no), (yes, yes, no), (no, no, yes), (yes, no, no)] * 4
    rows = [(n, f"Story {n}", *row, scale) for n, (row, scale) in enumerate(zip(ticks, SCALES, strict=True))]
    path = save(tmp_path, header, rows)
    draft = draft_codebook(path)
    who = draft.codebook.field("who_changed")
    assert (who.kind, who.code_names, who.codes[0].column) == (
        "multiple",
        ("Media", "Police", "Elders"),
        form.format("Media"),
    )
    assert who.column in ("Who changed", "Who changed?", "Who_changed", "who_changed")
    assert draft.notes == (
        f"column {who.column!r}: 3 columns say yes or no to one code each: they are read as one field, `multiple`",
        "column 'Who changed': fewer than 5 cells hold 'Police' (4), 'Elders' (4); too few to train on".replace(
            "Who changed", who.column
        ),
    )
    harvest = read_harvest(path, codebook=Codebook.parse(draft.dump()))
    assert [outcome.codes["who_changed"] for outcome in harvest.outcomes[:3]] == [
        ("Media",),
        ("Media", "Police"),
        ("Elders",),
    ]


def test_column_that_joins_the_same_answers_is_part_of_the_field(tmp_path: Path) -> None:
    header = ["FragmentID", "Outcome description", "actor", "actor/media", "actor/police"]
    rows = [(n, f"Story {n}", answer, *ticks) for n, (answer, ticks) in enumerate([
        ("media", (1, 0)), ("media police", (1, 1)), ("police", (0, 1))] * 5)]  # fmt: skip
    (field,) = draft_codebook(save(tmp_path, header, rows)).codebook.fields
    assert (field.column, field.separator, field.code_names) == ("actor", " ", ("media", "police"))


def test_yes_and_no_of_different_questions_are_no_field(tmp_path: Path) -> None:
    path = coded(tmp_path, Is_negative=["1", "0"] * 8, Is_unintended=["0", "1"] * 8, Scale=SCALES)
    assert draft_codebook(path).codebook.names == ("scale",)


# Signs


def test_labels_that_differ_by_a_sign_are_codes_of_their_own(tmp_path: Path) -> None:
    labels = ["Effect +"] * 9 + ["Effect -"] * 6 + ["No effect"] * 5 + ["effect +."] * 2
    (field,) = draft_codebook(coded(tmp_path, Direction=labels)).codebook.fields
    assert field.code_names == ("Effect +", "Effect -", "No effect")


def test_what_reading_found_is_noted(tmp_path: Path) -> None:
    path = tmp_path / "coded.csv"
    rows = "".join(f"SCC-{row};Élus;Local\n" for row in range(9))
    path.write_bytes(f"FragmentID;Actor;Scale\n{rows}".encode("cp1252"))
    assert any("it was read as cp1252" in note for note in draft_codebook(path, columns=["Actor"]).notes)


def test_answers_below_a_question_are_one_field(tmp_path: Path) -> None:
    rows = [
        ("Respondent ID", "Outcome description", "Who changed?", None, "Scale"),
        (None, "Open-Ended Response", "Media", "Police", "Response"),
        *(
            (n, f"The council of village {n} met.", "Media", "Police" if n % 2 else None, ("Local", "National")[n % 2])
            for n in range(12)
        ),
    ]
    draft = draft_codebook(write_sheets(tmp_path / "survey.xlsx", {"Sheet": rows}))
    who = draft.codebook.field("who_changed")
    assert {code.code: code.column for code in who.codes} == {
        "Media": "Who changed?: Media",
        "Police": "Who changed?: Police",
    }
    assert "Response" not in draft.codebook.field("scale").code_names


def test_texts_of_questions_below_their_names_are_no_labels(tmp_path: Path) -> None:
    rows = [
        ("FragmentID", "Outcome description", "Scale"),
        ("FragmentID", "Please tell the outcome", "How far does it reach?"),
        ('{"ImportId":"QID1"}', '{"ImportId":"QID2"}', '{"ImportId":"QID3"}'),
        *((f"A-{n}", f"The council of village {n} met.", ("Local", "National")[n % 2]) for n in range(12)),
    ]
    draft = draft_codebook(write_sheets(tmp_path / "survey.xlsx", {"Sheet": rows}))
    assert set(draft.codebook.field("scale").code_names) == {"Local", "National"}


def test_columns_below_titles_are_drafted(tmp_path: Path) -> None:
    rows = [
        ("FragmentID", "Story", "Coding", None),
        (None, "Outcome description", "Scale", "Actor"),
        *((f"A-{n}", f"The council of village {n} met.", "Local", ("Media", "Police")[n % 2]) for n in range(12)),
    ]
    path = write_sheets(tmp_path / "coded.xlsx", {"Sheet": rows})
    workbook = load_workbook(path)
    for cells in ("A1:A2", "C1:D1"):
        workbook["Sheet"].merge_cells(cells)
    workbook.save(path)
    assert draft_codebook(path).codebook.field("actor").code_names == ("Media", "Police")


def test_story_is_found_by_a_name_with_a_hint_in_brackets(tmp_path: Path) -> None:
    rows = [(n, f"Story {n}", scale) for n, scale in enumerate(SCALES)]
    draft = draft_codebook(save(tmp_path, ["ID (number)", "Outcome description (at most 100 words)", "Scale"], rows))
    assert (draft.codebook.columns.id, draft.codebook.columns.description.column) == (
        ("ID (number)",),
        ("Outcome description (at most 100 words)",),
    )
