from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.codebook.schema import Codebook
from classifier.harvest.sentences import CutStory, Sentence, cut_sentences, cut_story
from classifier.harvest.story import Story, tell_story

DESCRIPTION, SIGNIFICANCE = "Outcome description", "Significance of the outcome"


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in cut_sentences(text)]


@pytest.mark.parametrize(
    "text",
    [
        "Mr. Sawadogo and Dr. Traoré paid 2.5 million francs.",
        "The by-law (Art. 12, No. 3) was adopted by J. K. Mutua.",
        "The partner, e.g. Amal, met the U.N. mission.",
        "The council met on 12.05.2024 at 10.30 a.m. in the hall.",
        "She wrote to the mayor... and to the governor.",
    ],
)
def test_a_point_inside_a_sentence_does_not_end_it(text: str) -> None:
    assert sentences(text) == [text]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The council met. It adopted a by-law.", ["The council met.", "It adopted a by-law."]),
        ("“We will go back.” The mayor kept his word.", ["“We will go back.”", "The mayor kept his word."]),
        ("Who pays? Nobody knew! It took a year.", ["Who pays?", "Nobody knew!", "It took a year."]),
        ("He said no. The others agreed.", ["He said no.", "The others agreed."]),
        ("It passed in 2024. 12 women voted.", ["It passed in 2024.", "12 women voted."]),
        ("اجتمع المجلس. هل وافق؟ نعم، وافق.", ["اجتمع المجلس.", "هل وافق؟", "نعم، وافق."]),
        ("理事会开会了。他们通过了决议。", ["理事会开会了。", "他们通过了决议。"]),
        ("The council\nmet twice.\n\nThe mayor left", ["The council\nmet twice.", "The mayor left"]),
        ("We won:\n- a by-law\n- two seats", ["We won:", "- a by-law", "- two seats"]),
        ("1. The council met. 2. It voted.", ["1. The council met.", "2. It voted."]),
    ],
)
def test_a_text_is_cut_where_sentences_end(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


@given(st.text(alphabet="aB .!?\n1-؟。”"))
def test_all_but_blanks_belongs_to_one_sentence(text: str) -> None:
    assert "".join("".join(sentences(text)).split()) == "".join(text.split())


def cut(texts: dict[str, str], merged: str, codebook: Codebook) -> CutStory:
    return cut_story(tell_story(texts, merged, codebook.columns.parts), codebook.columns.parts)


def owned(story: str, parted: CutStory, number: int) -> str:
    return "".join(character for character, owner in zip(story, parted.story.owners, strict=True) if owner == number)


def test_each_sentence_has_its_part(codebook: Codebook) -> None:
    parted = cut({DESCRIPTION: "The council met. It voted.", SIGNIFICANCE: "It is the first."}, "", codebook)
    assert parted.sentences == (
        Sentence(text="The council met.", part=DESCRIPTION),
        Sentence(text="It voted.", part=DESCRIPTION),
        Sentence(text="It is the first.", part=SIGNIFICANCE),
    )


def test_the_label_between_parts_belongs_to_no_sentence(codebook: Codebook) -> None:
    merged = "The council met.  Significance description: It is the first."
    parted = cut({}, merged, codebook)
    assert owned(merged, parted, 2) == "  Significance description: "


def test_a_description_that_is_redacted_otherwise_owns_the_same_place_of_the_merged_text(codebook: Codebook) -> None:
    merged = "The council of <LOC> met. <person> voted against it.  Significance description: It is the first."
    parted = cut({DESCRIPTION: "The council of Dori met. Amina Sow voted against it."}, merged, codebook)
    assert [owned(merged, parted, number) for number in range(3)] == [
        "The council of <LOC> met.",
        "<person> voted against it.",
        "It is the first.",
    ]


def test_a_story_without_a_description_is_cut_by_its_other_parts(codebook: Codebook) -> None:
    merged = "Significance description: It is the first."
    parted = cut({}, merged, codebook)
    assert parted.sentences == (Sentence(text="It is the first.", part=SIGNIFICANCE),)
    assert parted.description.owners.tolist() == parted.story.owners.tolist()


def test_a_description_that_is_not_in_the_merged_text_is_kept(codebook: Codebook) -> None:
    parted = cut({DESCRIPTION: "The council met."}, "Significance description: It is the first.", codebook)
    assert [sentence.part for sentence in parted.sentences] == [DESCRIPTION, SIGNIFICANCE]


def test_a_story_of_blanks_has_no_sentence(codebook: Codebook) -> None:
    parted = cut_story(Story(parts={}, description=" ", merged=" "), codebook.columns.parts)
    assert (parted.sentences, parted.story.owners.tolist()) == ((), [0])
