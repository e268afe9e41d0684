from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier.codebook.columns import Columns, StoryPart
from classifier.codebook.schema import Codebook
from classifier.harvest.reading import read_harvest
from classifier.harvest.story import merge_fragments, split_merged, tell_story

PARTS = Columns().parts
DESCRIPTION = "Outcome description"
SIGNIFICANCE = "Significance of the outcome"
PROGRAMME = "Contribution of the programme"
ADDITIONAL = "Additional information (use if needed) "
OTHERS = "Contribution of other actors and factors"
RECORD = Path(__file__).parents[1] / "data" / "record.txt"


def mentions_no_label(text: str) -> bool:
    return bool(text.strip()) and not any(part.label in text for part in PARTS if part.label)


STORIES = st.dictionaries(
    st.sampled_from([part.column[0] for part in PARTS]), st.text().filter(mentions_no_label), min_size=1
)

# Merging


def test_each_part_but_the_first_comes_after_two_blanks_and_its_label() -> None:
    texts = {
        OTHERS: "The imam.",
        DESCRIPTION: "The by-law passed.",
        SIGNIFICANCE: "It is the first.",
        ADDITIONAL: "See annex.",
        PROGRAMME: "Training.",
    }
    assert merge_fragments(texts, PARTS) == (
        "The by-law passed.  Significance description: It is the first.  Contribution of the programme: Training.  "
        "Additional information: See annex.  Contribution of other actors and factors: The imam."
    )


def test_part_of_blanks_only_is_left_out_of_the_merged_text() -> None:
    assert merge_fragments({DESCRIPTION: "The by-law passed.", SIGNIFICANCE: " \n"}, PARTS) == "The by-law passed."


def test_part_keeps_its_trailing_blank_in_the_merged_text() -> None:
    merged = merge_fragments({DESCRIPTION: "The by-law passed. ", OTHERS: "The imam."}, PARTS)
    assert merged == "The by-law passed.   Contribution of other actors and factors: The imam."


def test_merged_text_without_a_description_starts_with_a_label() -> None:
    assert merge_fragments({PROGRAMME: "Training."}, PARTS) == "Contribution of the programme: Training."


@pytest.mark.parametrize(
    "name", ["harvest_1", "harvest_2", "harvest_3_agreed", "harvest_3_coder_a", "harvest_3_coder_b"]
)
def test_sample_harvest_is_merged_as_its_owner_did(name: str, codebook: Codebook, training_data: Path) -> None:
    harvest = read_harvest(training_data / f"{name}.xlsx", codebook=codebook)
    built = [
        merge_fragments({part: harvest.sheet.cell(outcome.row, index) for part, index in columns.items()}, PARTS)
        for columns in [harvest.layout.parts]
        for outcome in harvest.outcomes
    ]
    owners = [harvest.sheet.cell(outcome.row, harvest.layout.merged) for outcome in harvest.outcomes]
    assert built == owners
    assert all(owners)


def test_harvest_that_came_unmerged_is_merged_as_its_owner_did_later(codebook: Codebook, training_data: Path) -> None:
    unmerged = read_harvest(training_data / "harvest_3_new.xlsx", codebook=codebook)
    agreed = read_harvest(training_data / "harvest_3_agreed.xlsx", codebook=codebook)
    assert [outcome.story.merged for outcome in unmerged.outcomes] == [
        agreed.sheet.cell(outcome.row, agreed.layout.merged) for outcome in agreed.outcomes
    ]


def test_record_is_merged_as_its_owner_did_but_for_one_redacted_word(codebook: Codebook) -> None:
    [outcome] = read_harvest(RECORD, codebook=codebook).outcomes
    built = merge_fragments(outcome.story.parts, PARTS)
    assert built.split(" ").count("protection") == outcome.story.merged.split(" ").count("protection") + 1
    assert outcome.story.merged == built.replace("emergency protection for 12", "emergency <redacted> for 12")


# Taking apart


@settings(deadline=None)
@given(STORIES)
def test_merged_parts_are_recovered_to_the_character(parts: dict[str, str]) -> None:
    assert split_merged(merge_fragments(parts, PARTS), PARTS) == parts


@pytest.mark.parametrize("name", ["harvest_1", "harvest_2", "harvest_3_agreed"])
def test_parts_of_a_sample_harvest_are_recovered_from_its_merged_texts(
    name: str, codebook: Codebook, training_data: Path
) -> None:
    harvest = read_harvest(training_data / f"{name}.xlsx", codebook=codebook)
    for outcome in harvest.outcomes:
        recovered = split_merged(outcome.story.merged, PARTS)
        assert recovered == {part: outcome.story.parts[part] for part in recovered}
        assert set(recovered) == set(outcome.story.parts)


def test_description_of_the_record_is_recovered_with_its_trailing_blank(codebook: Codebook) -> None:
    [outcome] = read_harvest(RECORD, codebook=codebook).outcomes
    recovered = split_merged(outcome.story.merged, PARTS)
    given = outcome.story.parts[DESCRIPTION]
    assert recovered[DESCRIPTION] == given.replace("emergency protection", "emergency <redacted>")
    assert recovered[DESCRIPTION].endswith("continue working safely ")
    assert {**recovered, DESCRIPTION: given} == outcome.story.parts


@pytest.mark.parametrize("before", [" ", "\n", "\n\n"])
def test_label_is_recognised_in_a_copy_that_lost_the_two_blanks(before: str) -> None:
    recovered = split_merged(f"The by-law passed.{before}Additional information: See annex.", PARTS)
    assert recovered[ADDITIONAL] == "See annex."
    assert recovered[DESCRIPTION].strip() == "The by-law passed."


def test_text_below_its_label_is_recovered() -> None:
    assert split_merged("Significance description:\nIt is the first.", PARTS) == {SIGNIFICANCE: "\nIt is the first."}


def test_label_mentioned_once_more_in_a_later_part_tears_nothing() -> None:
    merged = (
        "It passed.  Contribution of the programme: Lobby.  "
        "Additional information: as in Contribution of the programme: lobby."
    )
    assert split_merged(merged, PARTS) == {
        DESCRIPTION: "It passed.",
        PROGRAMME: "Lobby.",
        ADDITIONAL: "as in Contribution of the programme: lobby.",
    }


def test_label_without_its_colon_tears_nothing() -> None:
    merged = "The ministry asked for Additional information on the case."
    assert split_merged(merged, PARTS) == {DESCRIPTION: merged}


def test_text_without_labels_is_all_description() -> None:
    assert split_merged("The by-law passed.", PARTS) == {DESCRIPTION: "The by-law passed."}


def test_label_that_starts_like_another_is_distinguished() -> None:
    parts = (
        StoryPart(column=("What",)),
        StoryPart(column=("Ours",), label="Contribution"),
        StoryPart(column=("Theirs",), label="Contribution: others"),
    )
    texts = {"What": "The well works.", "Ours": "A pump.", "Theirs": "The parish."}
    assert split_merged(merge_fragments(texts, parts), parts) == texts


# The story


def test_merged_text_of_the_file_is_used_where_it_differs_from_the_parts() -> None:
    story = tell_story({DESCRIPTION: "<person> was freed."}, "<redacted> was freed.", PARTS)
    assert story.merged == "<redacted> was freed."


def test_part_of_the_file_is_used_where_it_differs_from_the_merged_text() -> None:
    story = tell_story({DESCRIPTION: "<person> was freed."}, "<redacted> was freed.", PARTS)
    assert story.description == "<person> was freed."


def test_story_is_merged_where_the_file_did_not() -> None:
    story = tell_story({DESCRIPTION: "She was freed.", OTHERS: "Her lawyer."}, " ", PARTS)
    assert story.merged == "She was freed.  Contribution of other actors and factors: Her lawyer."


def test_description_is_found_in_a_merged_text() -> None:
    story = tell_story({}, "She was freed.  Contribution of the programme: Bail.", PARTS)
    assert (story.description, story.parts[PROGRAMME]) == ("She was freed.", "Bail.")


def test_whole_story_replaces_a_missing_description() -> None:
    story = tell_story({PROGRAMME: "Bail was paid."}, "", PARTS)
    assert story.description == "Contribution of the programme: Bail was paid."


def test_story_of_blanks_is_blank() -> None:
    assert tell_story({DESCRIPTION: " "}, "\n", PARTS).is_blank


def test_words_of_the_whole_story_are_counted() -> None:
    assert tell_story({DESCRIPTION: "She was freed.", PROGRAMME: "Bail."}, "", PARTS).n_words == 8


def test_opening_is_the_first_twelve_words_of_the_description() -> None:
    text = "In March 2023 the  municipal council of the town met\nthe women of the market."
    assert tell_story({"Outcome description": text}, "", Columns().parts).opening == (
        "In March 2023 the  municipal council of the town met\nthe women"
    )


@pytest.mark.parametrize(
    "story",
    [
        "村委会公开开会，通过了关于妇女土地权利的规定。",
        "評議会が開かれ、女性の土地の権利に関する規則が採択された。",
        "สภาตำบลประชุมอย่างเปิดเผยและผ่านข้อบังคับว่าด้วยสิทธิในที่ดินของสตรีเป็นครั้งแรก",
    ],
)
def test_story_of_a_sentence_in_a_script_without_blanks_has_ten_words(story: str) -> None:
    assert tell_story({DESCRIPTION: story}, "", PARTS).n_words >= 10


def test_few_chinese_words_are_few() -> None:
    assert tell_story({DESCRIPTION: "村委会公开开会。"}, "", PARTS).n_words == 4


def test_opening_of_a_short_description_is_all_of_it() -> None:
    assert tell_story({"Outcome description": "The council met. "}, "", Columns().parts).opening == "The council met."
