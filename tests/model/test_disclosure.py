from __future__ import annotations

import pytest

from classifier.features.embedding_cache import CachedEncoders
from classifier.features.shipped_encoders import common_words
from classifier.harvest.reading import read_harvest
from classifier.model.disclosure import Disclosure, find_disclosure
from classifier.model.training import train_model
from tests.support.projects import CODEBOOK, row
from tests.support.workbooks import write_outcomes

pytestmark = pytest.mark.usefixtures("few_folds")

NAME = "Zqwxvarn"


@pytest.fixture(scope="module")
def found(trigrams: CachedEncoders, tmp_path_factory: pytest.TempPathFactory) -> Disclosure:
    """Return what a model of 24 outcomes gives away, three of which name a person."""
    stories = [f"The council number {number} met." + (f" {NAME} spoke." if number < 3 else "") for number in range(24)]
    rows = [
        row(f"H1-{number}", scale=("Local", "National")[number % 2]) | {"Outcome description": text}
        for number, text in enumerate(stories)
    ]
    harvest = read_harvest(write_outcomes(tmp_path_factory.mktemp("in") / "h.xlsx", *rows), codebook=CODEBOOK)
    model = train_model([harvest], codebook=CODEBOOK, sources=trigrams, name="ours").model
    return find_disclosure(model, common_words={"the", "council", "met", "spoke", "number"})


def test_words_are_listed_with_the_outcomes_they_occur_in(found: Disclosure) -> None:
    counts = {term.text: term.n_outcomes for term in found.words}
    assert (counts["council"], counts[NAME.lower()]) == (24, 3)


def test_uncommon_word_of_few_outcomes_may_be_a_name(found: Disclosure) -> None:
    assert [term.text for term in found.possible_names] == [NAME.lower()]


def test_common_word_of_few_outcomes_is_no_name_and_is_rare(found: Disclosure) -> None:
    assert {term.text for term in found.rare_words} == {NAME.lower(), "spoke"}


def test_word_of_the_codebook_is_common(found: Disclosure) -> None:
    assert {term.is_common for term in found.words if term.text in {"council", "local"}} == {True}


def test_outcomes_are_counted_by_what_is_kept_of_them(found: Disclosure) -> None:
    assert (len(found.fragment_ids), found.n_fingerprints, found.has_word_table) == (24, 24, True)


def test_small_encoder_knows_common_words_and_no_rare_name() -> None:
    words = common_words()
    assert ("council" in words, NAME.lower() in words) == (True, False)
