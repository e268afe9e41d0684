"""The model that ships: what it weighs, and that it can be made again."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from classifier import shipped
from classifier.codebook import Codebook
from classifier.embedding_cache import Sources
from classifier.encoders import open_sources
from classifier.harvest import read_coded_harvests, read_harvest
from classifier.model import Model
from classifier.model_folder import load_model
from classifier.outcomes import FieldSuggestion
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
