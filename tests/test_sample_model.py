"""The model that ships: what it weighs, and that it can be made again."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest

from classifier import shipped
from classifier.codebook import Codebook
from classifier.embedding_cache import Sources
from classifier.encoders import open_sources
from classifier.harvest import read_coded_harvests, read_harvest
from classifier.model import Model
from classifier.model_folder import load_model
from classifier.outcomes import FieldSuggestion, Route
from classifier.reliability import measure_reliability
from classifier.suggesting import suggest_codes
from classifier.training import train_model

SAMPLE = shipped.models_folder() / "sample"


@pytest.fixture(scope="module")
def sample() -> Model:
    return load_model(SAMPLE)


@pytest.fixture(scope="module")
def sources() -> Sources:
    return open_sources()


@pytest.fixture(scope="module")
def pairs(
    sample: Model, sources: Sources, training_data: Path, harvest_3_new: Path
) -> list[tuple[FieldSuggestion, FieldSuggestion]]:
    """What the shipped model and the same one made anew suggest, outcome by outcome and field by field."""
    coded = [training_data / file.name for file in sample.manifest.files]
    again = train_model(
        read_coded_harvests(coded, codebook=sample.codebook),
        codebook=sample.codebook,
        sources=sources,
        name=sample.manifest.name,
        seed=sample.manifest.seed,
    ).model
    harvest = read_harvest(harvest_3_new, codebook=sample.codebook)
    told, told_again = (suggest_codes(harvest, model=one, sources=sources) for one in (sample, again))
    return [
        (one.fields[name], other.fields[name])
        for one, other in zip(told.outcomes, told_again.outcomes, strict=True)
        for name in one.fields
    ]


def test_it_weighs_five_megabytes_at_most() -> None:
    assert sum(path.stat().st_size for path in SAMPLE.iterdir()) <= 5_000_000


def test_it_was_made_from_the_sample_harvests_as_they_are(sample: Model, training_data: Path) -> None:
    found = {
        file.name: hashlib.sha256((training_data / file.name).read_bytes()).hexdigest()
        for file in sample.manifest.files
    }
    assert found == {file.name: file.sha256 for file in sample.manifest.files}


def test_its_codebook_is_the_shipped_one(sample: Model, codebook: Codebook) -> None:
    assert sample.codebook == codebook


@pytest.mark.encoder
def test_made_again_it_suggests_the_same_codes(pairs: list[tuple[FieldSuggestion, FieldSuggestion]]) -> None:
    assert [one.candidates[0].code for one, _ in pairs] == [again.candidates[0].code for _, again in pairs]


@pytest.mark.encoder
def test_made_again_it_takes_the_same_routes(pairs: list[tuple[FieldSuggestion, FieldSuggestion]]) -> None:
    assert [one.route for one, _ in pairs] == [again.route for _, again in pairs]


@pytest.mark.encoder
def test_made_again_it_is_as_sure(pairs: list[tuple[FieldSuggestion, FieldSuggestion]]) -> None:
    assert [one.confidence for one, _ in pairs] == pytest.approx([again.confidence for _, again in pairs], abs=1e-3)


# Of a harvest that it has not learnt from


@pytest.fixture(scope="module")
def first_suggestions(sample: Model, sources: Sources, training_data: Path) -> list[tuple[FieldSuggestion, bool]]:
    """What it suggests for the third sample harvest, field by field, and whether the first code is right."""
    (harvest,) = read_coded_harvests([training_data / "harvest_3_agreed.xlsx"], codebook=sample.codebook)
    return [
        (told, told.candidates[0].code == one.outcome.codes[name][0])
        for one in suggest_codes(harvest, model=sample, sources=sources).outcomes
        for name, told in one.fields.items()
    ]


@pytest.mark.encoder
def test_its_confidence_can_be_taken_at_its_word(first_suggestions: list[tuple[FieldSuggestion, bool]]) -> None:
    confidence = np.array([told.candidates[0].confidence for told, _ in first_suggestions])
    right = np.array([is_right for _, is_right in first_suggestions])
    reliability = measure_reliability(confidence, right)
    assert reliability.calibration_error < min(0.08, reliability.perfect_high)


@pytest.mark.encoder
def test_what_it_sends_to_confirm_is_as_often_right_as_asked(
    first_suggestions: list[tuple[FieldSuggestion, bool]],
) -> None:
    right = [is_right for told, is_right in first_suggestions if told.route is Route.CONFIRM]
    assert np.mean(right) > 0.95


@pytest.mark.encoder
def test_of_outcomes_that_repeat_a_coded_one_hardly_a_code_is_wrong(
    first_suggestions: list[tuple[FieldSuggestion, bool]],
) -> None:
    right = [is_right for told, is_right in first_suggestions if told.repeats is not None]
    assert len(right) > 60
    assert np.mean(right) > 0.95
