"""The model that ships: what it weighs, and that it can be made again."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from benchmarks.processors import Said, ask
from classifier import sample_files
from classifier.codebook.schema import Codebook
from classifier.evaluation.calibration_error import measure_reliability
from classifier.features.embedding_cache import CachedEncoders
from classifier.features.registry import open_encoders
from classifier.harvest.coded import read_coded_harvests
from classifier.harvest.reading import read_harvest
from classifier.model.model import Model
from classifier.model.storage import load_model
from classifier.model.training import train_model
from classifier.suggestion.suggest import suggest_codes
from classifier.suggestion.types import FieldSuggestion, Route

SAMPLE = sample_files.models_folder() / "sample"
# The last digit that is told of a confidence. By the processor, confidence was seen to differ by a tenth of it at most
# (benchmarks/RESULTS.md); what lies nearer than this to a threshold may be on the other side of it elsewhere.
LAST_DIGIT = 1e-4


@pytest.fixture(scope="module")
def sample() -> Model:
    return load_model(SAMPLE)


@pytest.fixture(scope="module")
def sources() -> CachedEncoders:
    return open_encoders()


@pytest.fixture(scope="module")
def again(sample: Model, sources: CachedEncoders, training_data: Path) -> Model:
    """Return the shipped model made anew."""
    coded = [training_data / file.name for file in sample.manifest.files]
    return train_model(
        read_coded_harvests(coded, codebook=sample.codebook),
        codebook=sample.codebook,
        sources=sources,
        name=sample.manifest.name,
        seed=sample.manifest.seed,
    ).model


@pytest.fixture(scope="module")
def pair(sample: Model, again: Model, sources: CachedEncoders, harvest_3_new: Path) -> tuple[Said, Said]:
    """Return what the shipped model and the same one made anew say of a harvest."""
    harvest = read_harvest(harvest_3_new, codebook=sample.codebook)
    return ask(sample, sources, harvest), ask(again, sources, harvest)


def differing(reported: Callable[[Said], Sequence[object]], pair: tuple[Said, Said]) -> list[int]:
    """Return the places where one says something else, but for those where another last digit may do that."""
    edges = np.min([said.edges for said in pair], axis=0)
    return [
        place
        for place, (one, other) in enumerate(zip(reported(pair[0]), reported(pair[1]), strict=True))
        if one != other and edges[place] > LAST_DIGIT
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


# Made again, on any processor


@pytest.mark.encoder
def test_made_again_it_suggests_the_same_codes(pair: tuple[Said, Said]) -> None:
    assert differing(lambda said: said.codes, pair) == []


@pytest.mark.encoder
def test_made_again_it_takes_the_same_routes(pair: tuple[Said, Said]) -> None:
    assert differing(lambda said: said.routes, pair) == []


@pytest.mark.encoder
def test_made_again_it_leaves_the_same_codes_possible(pair: tuple[Said, Said]) -> None:
    assert differing(lambda said: said.sets, pair) == []


@pytest.mark.encoder
def test_made_again_it_is_as_sure(pair: tuple[Said, Said]) -> None:
    assert pair[0].exact == pytest.approx(pair[1].exact, abs=LAST_DIGIT)


@pytest.mark.encoder
def test_hardly_a_suggestion_hangs_on_the_last_digit(pair: tuple[Said, Said]) -> None:
    n_near = [sum(edge <= LAST_DIGIT for edge in said.edges) for said in pair]
    assert max(n_near) <= len(pair[0].codes) // 100


# Of a harvest that it was not trained on


@pytest.fixture(scope="module")
def first_suggestions(
    sample: Model, sources: CachedEncoders, training_data: Path
) -> list[tuple[FieldSuggestion, bool]]:
    """What it suggests for the third sample harvest, field by field, and whether the first code is right."""
    (harvest,) = read_coded_harvests([training_data / "harvest_3_agreed.xlsx"], codebook=sample.codebook)
    return [
        (reported, reported.candidates[0].code == one.outcome.codes[name][0])
        for one in suggest_codes(harvest, model=sample, sources=sources).outcomes
        for name, reported in one.fields.items()
    ]


@pytest.mark.encoder
def test_its_confidence_can_be_taken_at_its_word(first_suggestions: list[tuple[FieldSuggestion, bool]]) -> None:
    confidence = np.array([reported.candidates[0].confidence for reported, _ in first_suggestions])
    right = np.array([is_right for _, is_right in first_suggestions])
    reliability = measure_reliability(confidence, right)
    assert reliability.calibration_error < min(0.08, reliability.perfect_high)


@pytest.mark.encoder
def test_what_it_sends_to_confirm_is_as_often_right_as_asked(
    first_suggestions: list[tuple[FieldSuggestion, bool]],
) -> None:
    right = [is_right for reported, is_right in first_suggestions if reported.route is Route.CONFIRM]
    assert np.mean(right) > 0.95


@pytest.mark.encoder
def test_of_outcomes_that_repeat_a_coded_one_hardly_a_code_is_wrong(
    first_suggestions: list[tuple[FieldSuggestion, bool]],
) -> None:
    right = [is_right for reported, is_right in first_suggestions if reported.repeats is not None]
    assert len(right) > 60
    assert np.mean(right) > 0.95
