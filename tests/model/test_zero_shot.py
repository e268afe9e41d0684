from __future__ import annotations

import numpy as np
import pytest

from classifier.codebook.code import Code
from classifier.codebook.schema import CodeField
from classifier.features.embedding_cache import CachedEncoders
from classifier.features.story_features import StoryFeatures
from classifier.harvest.story import Story
from classifier.model.zero_shot import Definitions

ACTOR = CodeField(
    name="actor",
    column="Social actor",
    kind="single",
    codes=(
        Code(code="Security actors", definition="Police, army, courts; prosecutors."),
        Code(code="Faith leaders", definition="Imams, bishops and elders", include="customary authority"),
        Code(code="Media", aliases=("Press",)),
    ),
)
POLICE = "The police of the district"
BISHOPS = "Imams and bishops"


def reported(*texts: str, trigrams: CachedEncoders) -> StoryFeatures:
    return StoryFeatures.of([Story(parts={}, description=text, merged=text) for text in texts], trigrams)


@pytest.fixture(scope="module")
def definitions(trigrams: CachedEncoders) -> Definitions:
    return Definitions.embed(ACTOR, trigrams)


def test_each_story_is_likest_to_the_code_whose_definition_names_its_actor(
    definitions: Definitions, trigrams: CachedEncoders
) -> None:
    said = definitions.probabilities(reported(POLICE, BISHOPS, "The press", trigrams=trigrams))
    assert said.argmax(axis=1).tolist() == [0, 1, 2]


def test_probabilities_of_a_story_sum_to_one(definitions: Definitions, trigrams: CachedEncoders) -> None:
    assert definitions.probabilities(reported(POLICE, trigrams=trigrams)).sum() == pytest.approx(1.0)


def test_definitions_are_cut_at_punctuation(definitions: Definitions) -> None:
    # "Security actors", "Police", "army", "courts", "prosecutors"; "Faith leaders" and three more; "Media", "Press".
    assert np.bincount(definitions.owners).tolist() == [5, 4, 2]


def test_a_code_may_be_known_by_its_name_only(trigrams: CachedEncoders) -> None:
    bare = CodeField(name="scale", column="Scale", kind="single", codes=(Code(code="Local"), Code(code="National")))
    said = Definitions.embed(bare, trigrams).probabilities(reported("The national parliament", trigrams=trigrams))
    assert said.argmax() == 1


def test_an_only_code_is_all_that_can_fit(trigrams: CachedEncoders) -> None:
    only = CodeField(name="scale", column="Scale", kind="single", codes=(Code(code="Local"),))
    assert Definitions.embed(only, trigrams).probabilities(reported(POLICE, trigrams=trigrams)).tolist() == [[1.0]]


def test_another_story_beside_it_changes_nothing(definitions: Definitions, trigrams: CachedEncoders) -> None:
    alone = definitions.probabilities(reported(POLICE, trigrams=trigrams))
    beside = definitions.probabilities(reported(POLICE, BISHOPS, trigrams=trigrams))
    np.testing.assert_allclose(alone[0], beside[0], atol=1e-6)


def test_no_story_gives_no_rows(definitions: Definitions, trigrams: CachedEncoders) -> None:
    features = reported(POLICE, trigrams=trigrams).rows(np.zeros(0, dtype=np.intp))
    assert definitions.probabilities(features).shape == (0, 3)
