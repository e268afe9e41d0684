from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from classifier._types import FloatArray
from classifier.codebook.schema import Codebook
from classifier.evaluation.cross_validation import cross_validate
from classifier.features.embedding_cache import CachedEncoder, CachedEncoders
from classifier.features.meaning_subspace import MeaningSubspace
from classifier.features.story_features import StoryFeatures
from classifier.harvest.language import language_of
from classifier.harvest.reading import Harvest
from classifier.model.cross_lingual import CrossLingual, fit_reliability, is_cross_lingual, weigh
from classifier.model.fit_check import misfits
from classifier.model.folds import split_folds
from classifier.model.model import CalibrationScores, Model
from classifier.model.reduction import reduce_model
from classifier.model.storage import load_model, save_model
from classifier.model.training import Trained, train_model
from classifier.suggestion.suggest import suggest_codes
from classifier.suggestion.types import OutcomeSuggestions, Route
from conftest import TrigramEncoder

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("few_folds")]

READ_BY_BOTH = ["use-multilingual-v3"]


class _Multilingual(TrigramEncoder):
    """The cheap encoder under the name of one that reads fifteen languages."""

    name = "use-multilingual-v3"


@pytest.fixture(scope="module")
def sources() -> CachedEncoders:
    """Return an encoder of English alone, and one of many languages, neither with a cache."""
    english = TrigramEncoder()
    english.name = "all-MiniLM-L6-v2"
    return tuple(CachedEncoder(encoder=encoder, cache=None) for encoder in (english, _Multilingual()))


@pytest.fixture(scope="module")
def multilingual(coded_harvest: Harvest, codebook: Codebook, sources: CachedEncoders) -> Trained:
    """Return a model of a harvest of English outcomes, three French and two Arabic ones."""
    return train_model([coded_harvest], codebook=codebook, sources=sources, name="pilot")


@pytest.fixture(scope="module")
def foreign(coded_harvest: Harvest) -> Harvest:
    """Return the outcomes that are not in English, as if new."""
    outcomes = [one for one in coded_harvest.outcomes if language_of(one.story.description) in {"French", "Arabic"}]
    return replace(
        coded_harvest, outcomes=tuple(replace(one, fragment_id=f"NEW/{n}") for n, one in enumerate(outcomes))
    )


@pytest.fixture(scope="module")
def suggested(foreign: Harvest, multilingual: Trained, sources: CachedEncoders) -> Sequence[OutcomeSuggestions]:
    """Return what is suggested for them, whether or not they are like training."""
    fitted = multilingual.model.cross_lingual
    assert fitted is not None
    model = replace(multilingual.model, cross_lingual=replace(fitted, outlier_threshold=9.0))
    return suggest_codes(foreign, model=model, sources=sources).outcomes


# Which stories


@pytest.mark.parametrize(
    ("language", "trained_on", "is_so"),
    [
        ("French", {"English": 400}, True),
        ("French", {"English": 400, "French": 29}, True),
        ("French", {"English": 400, "French": 30}, False),
        ("English", {"English": 3}, False),
        ("English", {"French": 40, "English": 9}, True),
        ("Swahili", {"English": 400}, False),
        ("French", {}, False),
    ],
    ids=["none", "few", "enough", "commonest", "English is rare", "not read", "no training outcomes"],
)
def test_stories_are_cross_lingual_in_a_language_that_is_read_and_rare(
    language: str, trained_on: dict[str, int], is_so: bool
) -> None:
    assert is_cross_lingual(language, trained_on=trained_on, encoders=READ_BY_BOTH) == is_so


def test_without_a_multilingual_encoder_no_story_is_cross_lingual(model: Model) -> None:
    assert model.cross_lingual is None
    assert not model.is_cross_lingual("French")


# Heads


def test_cross_lingual_heads_use_the_views_of_the_multilingual_encoder_alone(multilingual: Trained) -> None:
    # Three of words come first, then three of each encoder.
    heads = [field.cross_lingual for field in multilingual.model.fields.values()]
    used = {int(view) for head in heads if head is not None for view in np.flatnonzero(head.main.pool.weights_)}
    assert used <= {6, 7, 8}
    assert used


def test_other_heads_use_words_too(multilingual: Trained) -> None:
    assert any(field.main.pool.weights_[:3].any() for field in multilingual.model.fields.values())


# Suggestions


def test_languages_of_cross_lingual_stories_are_flagged(suggested: Sequence[OutcomeSuggestions]) -> None:
    flags = [flag for one in suggested for flag in one.flags if flag.startswith("other language:")]
    assert sorted(flags) == ["other language: Arabic"] * 2 + ["other language: French"] * 3


def test_no_cross_lingual_suggestion_is_to_confirm(suggested: Sequence[OutcomeSuggestions]) -> None:
    routes = {field.route for one in suggested for field in one.fields.values()}
    assert Route.CHOOSE in routes
    assert Route.CONFIRM not in routes


def test_cross_lingual_sets_hold_the_confidence_asked_for(suggested: Sequence[OutcomeSuggestions]) -> None:
    for one in suggested:
        scale = one.fields["scale"]
        held = sum(candidate.confidence for candidate in scale.candidates[: len(scale.prediction_set)])
        assert held >= 0.9 - 1e-3


def test_a_cross_lingual_story_is_explained_by_its_sentences(suggested: Sequence[OutcomeSuggestions]) -> None:
    assert all(one.fields["scale"].reasons for one in suggested)


def test_a_cross_lingual_story_unlike_training_is_coded_afresh(
    foreign: Harvest, multilingual: Trained, sources: CachedEncoders
) -> None:
    fitted = multilingual.model.cross_lingual
    assert fitted is not None
    model = replace(multilingual.model, cross_lingual=replace(fitted, outlier_threshold=0.0))
    told = suggest_codes(foreign, model=model, sources=sources).outcomes
    assert all("unlike training" in one.flags for one in told)
    assert {field.route for one in told for field in one.fields.values()} == {Route.CODE_AFRESH}


def test_out_of_fold_predictions_of_cross_lingual_stories_are_those_of_their_heads(multilingual: Trained) -> None:
    held_out = multilingual.held_out
    assert held_out is not None
    languages = [language_of(one.story.description) for one in held_out.outcomes]
    rows = held_out.fields["scale"].rows
    is_foreign = [languages[row] in {"French", "Arabic"} for row in rows]
    assert held_out.fields["scale"].is_cross_lingual.tolist() == is_foreign


def test_thresholds_are_set_without_cross_lingual_stories(multilingual: Trained) -> None:
    scores = multilingual.model.fields["scale"].calibration_scores
    assert multilingual.held_out is not None
    assert len(scores.right) == len(multilingual.held_out.fields["scale"].rows) - 5


def test_cross_validation_routes_no_cross_lingual_story_to_confirm(multilingual: Trained) -> None:
    predictions = cross_validate(multilingual, precision=0.6)
    languages = [language_of(one.story.description) for one in predictions.outcomes]
    field = predictions.fields["scale"]
    routes = {route for row, route in zip(field.rows, field.routes, strict=True) if languages[row] != "English"}
    assert Route.CONFIRM not in routes
    assert Route.CONFIRM in field.routes


def test_reduced_model_does_not_tell_the_reliability_of_single_languages(multilingual: Trained) -> None:
    fields = {
        name: replace(field, cross_lingual=replace(field.cross_lingual, reliability={"Arabic": 0.5}))
        for name, field in multilingual.model.fields.items()
        if field.cross_lingual is not None
    }
    reduced = reduce_model(replace(multilingual.model, fields=fields), name="shared", common_words=["women"])
    assert [field.cross_lingual.reliability for field in reduced.fields.values() if field.cross_lingual] == [{}] * 4


# Kept in a folder


@pytest.fixture(scope="module")
def of_two_languages(multilingual: Trained) -> Model:
    """Return the model with a reliability of French and one of Arabic."""
    own = {"French": 0.9, "Arabic": 0.4}
    fields = {
        name: replace(field, cross_lingual=replace(field.cross_lingual, reliability=own))
        for name, field in multilingual.model.fields.items()
        if field.cross_lingual is not None
    }
    return replace(multilingual.model, fields=fields)


@pytest.fixture(scope="module")
def kept(of_two_languages: Model, tmp_path_factory: pytest.TempPathFactory) -> Model:
    """Return the same model, read back."""
    folder = tmp_path_factory.mktemp("models") / "pilot"
    save_model(of_two_languages, folder)
    return load_model(folder)


def test_a_kept_model_suggests_the_same_for_cross_lingual_stories(
    kept: Model, of_two_languages: Model, foreign: Harvest, sources: CachedEncoders
) -> None:
    before, after = (
        [
            [field.candidates for field in one.fields.values()]
            for one in suggest_codes(foreign, model=model, sources=sources).outcomes
        ]
        for model in (of_two_languages, kept)
    )
    assert before == after


def test_the_reliability_of_languages_is_kept(kept: Model) -> None:
    field = kept.fields["scale"].cross_lingual
    assert field is not None
    assert field.reliability == {"French": 0.9, "Arabic": 0.4}


@pytest.mark.parametrize(
    ("changed", "part"),
    [
        ({"encoders": (2,)}, "the multilingual encoders"),
        ({"encoders": ()}, "the multilingual encoders"),
        ({"outlier_threshold": np.nan}, "the outlier threshold"),
        ({"subspace": MeaningSubspace.fit(np.eye(8))}, "the subspace of embeddings"),
    ],
    ids=["no such encoder", "no encoder", "no number", "other dimensions"],
)
def test_a_misfit_of_the_cross_lingual_part_is_found(changed: dict[str, Any], part: str, kept: Model) -> None:
    fitted = kept.cross_lingual
    assert fitted is not None
    assert part in misfits(replace(kept, cross_lingual=replace(fitted, **changed)))


def test_a_model_whose_field_was_not_coded_is_read_again(kept: Model, tmp_path: Path) -> None:
    """A field of which nothing was held out has no cross-lingual heads, though the model has."""
    none = np.zeros(0)
    scores = CalibrationScores(
        agreed_confidence=none,
        agreed_code=none.astype(np.intp),
        joint_confidence=none,
        right=none.astype(np.bool_),
    )
    uncoded = replace(kept.fields["scale"], cross_lingual=None, calibration_scores=scores)
    save_model(replace(kept, fields={**kept.fields, "scale": uncoded}), tmp_path / "ours")
    assert load_model(tmp_path / "ours").fields["scale"].cross_lingual is None


def test_a_reliability_that_is_no_share_is_found(kept: Model) -> None:
    scale = kept.fields["scale"]
    assert scale.cross_lingual is not None
    wrong = replace(scale, cross_lingual=replace(scale.cross_lingual, overall_reliability=1.5))
    found = misfits(replace(kept, fields={**kept.fields, "scale": wrong}))
    assert found == ("field 'scale', reliability of languages",)


# Few outcomes


@pytest.mark.parametrize("n_outcomes", [29, 30])
def test_of_fewer_than_thirty_outcomes_nothing_is_fitted(
    n_outcomes: int, coded_harvest: Harvest, sources: CachedEncoders
) -> None:
    features = StoryFeatures.of([one.story for one in coded_harvest.outcomes[:n_outcomes]], sources)
    fitted, _ = CrossLingual.fit(features, split_folds(np.arange(n_outcomes), seed=0), [1])
    assert (fitted is None) == (n_outcomes < 30)


def test_the_views_are_those_of_the_encoders() -> None:
    subspace = MeaningSubspace.fit(np.eye(8))
    fitted = CrossLingual(encoders=(0, 2), subspace=subspace, outlier_threshold=1.0)
    assert fitted.views == (3, 4, 5, 9, 10, 11)


# Reliability


def test_reliability_is_what_is_assumed_where_nothing_is_known() -> None:
    assert fit_reliability(np.zeros(0), np.zeros(0), []) == ({}, 0.95)


def test_nine_outcomes_are_too_few_for_a_reliability_of_their_own() -> None:
    own, _ = fit_reliability(np.full(9, 0.9), np.full(9, 0.2), ["French"] * 9)
    assert own == {}


def test_a_language_that_is_judged_worse_has_a_lower_reliability_of_its_own() -> None:
    confidence = np.concatenate([np.full(12, 0.9), np.full(12, 0.05)])
    own, overall = fit_reliability(confidence, np.full(24, 0.2), ["French"] * 12 + ["Arabic"] * 12)
    assert own["Arabic"] < overall < own["French"]


@given(
    arrays.arrays(np.float64, 12, elements=st.floats(0.001, 0.999)),
    arrays.arrays(np.float64, 12, elements=st.floats(0.001, 0.999)),
)
def test_reliability_lies_between_nought_and_one(confidence: FloatArray, prior: FloatArray) -> None:
    own, overall = fit_reliability(confidence, prior, ["French"] * 12)
    assert 0 < own["French"] < 1
    assert 0 < overall < 1


@given(st.floats(0, 1))
def test_weighed_confidence_still_sums_to_one(reliability: float) -> None:
    weighed = weigh(np.array([[0.7, 0.2, 0.1]]), np.array([0.2, 0.3, 0.5]), np.array([reliability]))
    assert weighed.sum() == pytest.approx(1.0)
