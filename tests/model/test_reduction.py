from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from classifier.codebook.schema import Codebook
from classifier.errors import ModelError
from classifier.features.embedding_cache import CachedEncoders
from classifier.features.shipped_encoders import common_words
from classifier.harvest.reading import Harvest, read_harvest
from classifier.model.disclosure import Disclosure, find_disclosure
from classifier.model.model import Model
from classifier.model.reduction import reduce_model
from classifier.model.storage import load_model, read_manifest, save_model
from classifier.suggestion.suggest import suggest_codes
from tests.support.leaks import files_with


@pytest.fixture(scope="module")
def folder(model: Model, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the reduced model of the first sample harvest."""
    place = tmp_path_factory.mktemp("reduced") / "for_partner"
    save_model(reduce_model(model, name="for_partner", common_words=common_words()), place)
    return place


@pytest.fixture(scope="module")
def reduced(folder: Path) -> Model:
    return load_model(folder)


@pytest.fixture(scope="module")
def found(reduced: Model) -> Disclosure:
    return find_disclosure(reduced, common_words=common_words())


def test_no_word_may_be_a_name(found: Disclosure) -> None:
    assert (found.possible_names, found.rare_words, found.n_rare_letter_groups) == ((), (), 0)


def test_common_words_that_outcomes_share_are_kept(found: Disclosure) -> None:
    assert {"council", "police"} <= {term.text for term in found.words}


def test_letter_groups_are_parts_of_kept_words(reduced: Model, found: Disclosure) -> None:
    text = " ".join(f" {term.text} " for term in found.terms)
    assert [group for group in reduced.views.story_words.letters_.vocabulary if group not in text] == []


def test_no_outcome_is_kept(found: Disclosure) -> None:
    assert (found.fragment_ids, found.n_fingerprints, found.has_word_table) == ((), 0, False)


def test_no_id_or_file_is_in_the_folder(folder: Path, model: Model) -> None:
    ids = model.manifest.fragment_ids
    assert [name for name in (*ids[:10], "harvest_1") if files_with(name, folder)] == []


def test_number_of_outcomes_is_told(folder: Path, model: Model) -> None:
    assert read_manifest(folder).n_outcomes == model.manifest.n_outcomes


def test_calibration_scores_are_in_no_order(reduced: Model) -> None:
    scores = next(iter(reduced.fields.values())).calibration_scores.joint_confidence
    assert np.array_equal(scores, np.sort(scores).round(2))


@pytest.fixture(scope="module")
def harvest(harvest_3_new: Path, codebook: Codebook) -> Harvest:
    read = read_harvest(harvest_3_new, codebook=codebook)
    return replace(read, outcomes=read.outcomes[:3])


def test_it_suggests_and_explains_without_similar_outcomes(
    harvest: Harvest, reduced: Model, codebook: Codebook, trigrams: CachedEncoders
) -> None:
    suggestions = suggest_codes(harvest, model=reduced, codebook=codebook, sources=trigrams)
    fields = suggestions.outcomes[0].fields.values()
    assert all(field.suggested and field.reasons for field in fields)
    assert {field.nearest for field in fields} == {()}


def test_reduced_model_is_not_reduced_again(reduced: Model) -> None:
    with pytest.raises(ModelError, match="keeps no outcome, so that there is nothing to reduce"):
        reduce_model(reduced, name="again", common_words=())


def test_where_no_word_is_known_the_rest_still_suggests(
    harvest: Harvest, model: Model, codebook: Codebook, trigrams: CachedEncoders
) -> None:
    bare = reduce_model(model, name="bare", common_words=())
    suggestions = suggest_codes(harvest, model=bare, codebook=codebook, sources=trigrams)
    assert all(field.suggested for field in suggestions.outcomes[0].fields.values())
