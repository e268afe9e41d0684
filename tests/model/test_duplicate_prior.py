from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from classifier._types import FloatArray
from classifier.codebook.schema import Codebook
from classifier.features.embedding_cache import CachedEncoders
from classifier.harvest.reading import Harvest
from classifier.model.duplicate_prior import apply_duplicate_prior, fit_duplicate_weight
from classifier.model.model import Model
from classifier.model.task import TaskType
from classifier.model.training import train_model
from classifier.suggestion.suggest import suggest_codes
from classifier.suggestion.types import FieldSuggestion

pytestmark = pytest.mark.usefixtures("few_folds")

CONFIDENCES = arrays(float, (3, 4), elements=st.floats(0.005, 0.995))
EARLIER = arrays(np.int8, (3, 4), elements=st.integers(0, 1))


@given(pairs=st.lists(st.tuples(st.floats(0.005, 0.995), st.booleans()), max_size=50))
def test_weight_is_never_nought_nor_one(pairs: list[tuple[float, bool]]) -> None:
    by_story, alike = np.array(pairs).reshape(-1, 2).T
    assert 0 < fit_duplicate_weight(by_story, alike > 0) < 1


def test_codes_that_are_right_where_the_story_is_not_get_a_high_weight() -> None:
    assert fit_duplicate_weight(np.full(50, 0.2), np.ones(50, dtype=bool)) > 0.95


def test_codes_that_are_the_same_as_often_as_by_the_story_get_a_low_weight() -> None:
    draw = np.random.default_rng(0)
    by_story = draw.uniform(0.2, 0.9, size=500)
    assert fit_duplicate_weight(by_story, draw.random(500) < by_story) < 0.2


def test_weight_is_that_which_pairs_were_made_with() -> None:
    # Of 1,000 pairs the coding settles seven in ten; the others have a code by their story, one of five.
    draw = np.random.default_rng(0)
    is_settled = draw.random(1000) < 0.7
    assert fit_duplicate_weight(np.full(1000, 0.2), is_settled | (draw.random(1000) < 0.2)) == pytest.approx(
        0.7, abs=0.05
    )


@pytest.mark.parametrize("task_type", TaskType)
@given(confidences=CONFIDENCES, earlier=EARLIER, weight=st.floats(0.01, 0.99))
def test_confidence_stays_between_nought_and_one(
    confidences: FloatArray, earlier: np.ndarray, weight: float, task_type: TaskType
) -> None:
    found = apply_duplicate_prior(confidences, earlier, weight=weight, task_type=task_type)
    assert ((found > 0) & (found < 1)).all()


@given(confidences=CONFIDENCES)
def test_of_codes_that_exclude_each_other_confidence_adds_up_to_one(confidences: FloatArray) -> None:
    shares = confidences / confidences.sum(axis=1, keepdims=True)
    found = apply_duplicate_prior(
        shares, np.eye(4, dtype=np.int8)[[1, 1, 3]], weight=0.9, task_type=TaskType.MULTICLASS
    )
    np.testing.assert_allclose(found.sum(axis=1), 1.0)


@pytest.mark.parametrize("task_type", TaskType)
@given(confidences=CONFIDENCES)
def test_outcome_that_repeats_none_is_judged_by_its_story_alone(confidences: FloatArray, task_type: TaskType) -> None:
    earlier = np.array([[0, 0, 0, 0], [0, 1, 0, 0], [0, 0, 0, 0]], dtype=np.int8)
    found = apply_duplicate_prior(confidences, earlier, weight=0.9, task_type=task_type)
    np.testing.assert_array_equal(found[[0, 2]], confidences[[0, 2]])


def test_codes_of_a_near_duplicate_count_by_their_weight() -> None:
    story = np.array([[0.6, 0.2, 0.1, 0.1]])
    found = apply_duplicate_prior(story, np.array([[0, 1, 0, 0]]), weight=0.5, task_type=TaskType.MULTICLASS)
    np.testing.assert_allclose(found, [[0.3, 0.6, 0.05, 0.05]], atol=0.01)


def test_each_code_of_several_has_a_prior_by_itself() -> None:
    found = apply_duplicate_prior(
        np.array([[0.5, 0.5, 0.5]]), np.array([[1, 0, 1]]), weight=0.9, task_type=TaskType.MULTILABEL
    )
    np.testing.assert_allclose(found, [[0.95, 0.05, 0.95]], atol=0.02)


# In a model


@pytest.fixture(scope="module")
def retold(coded_harvest: Harvest) -> Harvest:
    """Return the first outcome of the sample under another ID."""
    again = replace(coded_harvest.outcomes[0], fragment_id="SCC-NEW/1", codes={})
    return replace(coded_harvest, outcomes=(again,))


def suggested(harvest: Harvest, model: Model, sources: CachedEncoders) -> FieldSuggestion:
    return suggest_codes(harvest, model=model, sources=sources, fields=["scale"]).outcomes[0].fields["scale"]


def given_another_scale(model: Model) -> tuple[Model, str]:
    field = model.codebook.field("scale")
    before = model.codes_given(field, 0)[0]
    place = next(n for n, code in enumerate(field.code_names) if code != before)
    scale = model.given["scale"].copy()
    scale[0] = np.eye(len(field.codes), dtype=np.int8)[place]
    return replace(model, given={**model.given, "scale": scale}), field.code_names[place]


def test_repeat_of_a_coded_outcome_takes_its_coding_into_account(
    retold: Harvest, model: Model, trigrams: CachedEncoders
) -> None:
    other, code = given_another_scale(model)
    before, after = (
        {one.code: one.confidence for one in suggested(retold, each, trigrams).candidates}[code]
        for each in (model, other)
    )
    assert after > 5 * before


def test_repeated_outcome_is_named(retold: Harvest, model: Model, trigrams: CachedEncoders) -> None:
    assert suggested(retold, model, trigrams).repeats == model.manifest.fragment_ids[0]


def test_outcome_that_was_trained_on_does_not_repeat_itself(
    coded_harvest: Harvest, model: Model, trigrams: CachedEncoders
) -> None:
    itself = replace(coded_harvest, outcomes=coded_harvest.outcomes[:1])
    assert suggested(itself, model, trigrams).repeats is None


def test_repeat_of_an_outcome_that_is_not_coded_in_a_field_is_judged_by_its_story(
    retold: Harvest, model: Model, trigrams: CachedEncoders
) -> None:
    bare = replace(model, given={**model.given, "scale": np.zeros_like(model.given["scale"])})
    assert suggested(retold, bare, trigrams).repeats is None


@pytest.mark.slow
def test_weight_is_trained_on_the_pairs_found(
    coded_harvest: Harvest, codebook: Codebook, trigrams: CachedEncoders
) -> None:
    few = coded_harvest.outcomes[:20]
    turned = dict(pairwise([*codebook.field("scale").code_names, codebook.field("scale").code_names[0]]))
    again = [
        replace(
            one, fragment_id=f"{one.fragment_id} again", codes={**one.codes, "scale": (turned[one.codes["scale"][0]],)}
        )
        for one in few
    ]
    harvest = replace(coded_harvest, outcomes=(*few, *again))
    fields = train_model([harvest], codebook=codebook, sources=trigrams, name="twice").model.fields
    assert fields["scale"].duplicate_weight < 0.6 < 0.9 < fields["social_actor"].duplicate_weight
