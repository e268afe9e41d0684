from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from classifier.codebook.schema import Codebook
from classifier.features.embedding_cache import CachedEncoders
from classifier.features.registry import open_encoders
from classifier.harvest.outcome import Outcome
from classifier.harvest.reading import Harvest
from classifier.harvest.story import Story
from classifier.model.model import Model
from classifier.model.storage import load_model
from classifier.suggestion.flags import InputCheck, find_near_duplicates
from classifier.suggestion.suggest import suggest_codes
from classifier.suggestion.types import OutcomeSuggestions, Route

FRENCH = (
    "En mars 2023, le conseil communal de Dori a adopté un arrêté qui protège les pâturages, après trois réunions "
    "avec les femmes éleveuses."
)
RECIPE = (
    "Mix the flour with two eggs and a pinch of salt, knead for ten minutes, let the dough rest in the fridge, and "
    "roll it out thinly before you cut it into noodles."
)


def reported(story: str, harvest: Harvest, model: Model, trigrams: CachedEncoders) -> OutcomeSuggestions:
    new = replace(
        harvest.outcomes[0],
        fragment_id="SCC-NEW/1",
        story=Story(parts={}, description=story, merged=story),
        codes={},
    )
    return suggest_codes(replace(harvest, outcomes=(new,)), model=model, sources=trigrams).outcomes[0]


def with_encoder(model: Model, name: str) -> Model:
    (encoder,) = model.manifest.encoders
    named = encoder.model_copy(update={"name": name})
    return replace(model, manifest=model.manifest.model_copy(update={"encoders": (named,)}))


def with_training_languages(model: Model, languages: dict[str, int]) -> Model:
    return replace(model, manifest=model.manifest.model_copy(update={"languages": languages}))


@pytest.fixture
def english_reader(model: Model) -> Model:
    """The cheap model, as if it had been made with the small encoder, which reads English only."""
    return with_encoder(model, "all-MiniLM-L6-v2")


def test_a_language_that_is_not_read_is_named(
    coded_harvest: Harvest, english_reader: Model, trigrams: CachedEncoders
) -> None:
    assert "language: French" in reported(FRENCH, coded_harvest, english_reader, trigrams).flags


def test_a_story_in_a_language_that_is_not_read_is_coded_afresh(
    coded_harvest: Harvest, english_reader: Model, trigrams: CachedEncoders
) -> None:
    routes = {one.route for one in reported(FRENCH, coded_harvest, english_reader, trigrams).fields.values()}
    assert routes == {Route.CODE_AFRESH}


def test_english_is_read(coded_harvest: Harvest, english_reader: Model, trigrams: CachedEncoders) -> None:
    story = coded_harvest.outcomes[0].story.description
    flags = reported(story, coded_harvest, english_reader, trigrams).flags
    assert [flag for flag in flags if flag.startswith("language")] == []


def test_another_encoder_is_trusted_with_a_language_it_has_trained_on_often(model: Model) -> None:
    model = with_training_languages(model, {"English": 100, "French": 30, "Arabic": 29})
    assert [model.judges(language) for language in ("English", "French", "Arabic")] == [True, True, False]


@pytest.fixture
def reader_of_many(model: Model) -> Model:
    """The cheap model, as if its encoder read many languages; it was trained on English."""
    return with_encoder(model, "use-multilingual-v3")


@pytest.mark.parametrize(
    ("languages", "is_judged"),
    [
        ({"English": 100}, False),
        ({"English": 100, "French": 29}, False),
        ({"English": 100, "French": 30}, True),
        ({"French": 8, "English": 3}, True),
        ({}, True),
    ],
    ids=["none", "few", "enough", "most of a few", "no training outcomes"],
)
def test_a_language_that_is_read_is_judged_where_most_or_enough_was_trained_on_in_it(
    languages: dict[str, int], is_judged: bool, reader_of_many: Model
) -> None:
    assert with_training_languages(reader_of_many, languages).judges("French") == is_judged


@pytest.mark.slow
def test_nothing_is_to_confirm_in_a_language_of_which_few_outcomes_were_trained_on(
    coded_harvest: Harvest, reader_of_many: Model, trigrams: CachedEncoders
) -> None:
    def routes(languages: dict[str, int]) -> set[Route]:
        model = with_training_languages(reader_of_many, languages)
        some = replace(coded_harvest, outcomes=coded_harvest.outcomes[::4])
        outcomes = suggest_codes(some, model=model, sources=trigrams, precision=0.6).outcomes
        return {field.route for one in outcomes for field in one.fields.values()}

    # The stories are English: what they would be routed to had the model been trained on hardly any such.
    assert Route.CONFIRM in routes({"English": 168})
    assert Route.CONFIRM not in routes({"English": 29})


@pytest.mark.encoder
def test_what_is_no_outcome_at_all_is_unlike_training(coded_harvest: Harvest) -> None:
    recipe = reported(RECIPE, coded_harvest, load_model(), open_encoders(cache=False))
    assert recipe.flags == ("unlike training",)
    assert {one.route for one in recipe.fields.values()} == {Route.CODE_AFRESH}


@pytest.mark.slow
def test_hardly_an_outcome_trained_on_is_unlike_the_rest(
    coded_harvest: Harvest, model: Model, trigrams: CachedEncoders
) -> None:
    suggestions = suggest_codes(coded_harvest, model=model, sources=trigrams)
    assert suggestions.n_by_flag()["unlike training"] <= 0.05 * len(coded_harvest.outcomes)


def test_a_story_with_every_sixth_word_taken_out_is_heavily_redacted(
    coded_harvest: Harvest, model: Model, trigrams: CachedEncoders
) -> None:
    story = (
        "The court in <LOC> freed <person> after nine months, and the police of <LOC> returned his camera and notes."
    )
    assert "heavily redacted" in reported(story, coded_harvest, model, trigrams).flags


def test_languages_trained_on_are_counted(model: Model, codebook: Codebook) -> None:
    assert sum(model.manifest.languages.values()) == len(model.manifest.fragment_ids)


# Near-duplicates among the outcomes of a harvest

NEW = InputCheck(
    language="English",
    is_foreign=False,
    is_cross_lingual=False,
    is_known=True,
    is_out_of_distribution=False,
    is_short=False,
    similarity=0.5,
    near_duplicate=None,
    earlier=None,
)


def named_duplicates(model: Model, degrees: dict[str, float]) -> dict[str, str | None]:
    """Return the near-duplicate that each ID is said to be of, of outcomes as similar as directions of these angles."""
    angles = np.deg2rad([*degrees.values()])
    fingerprints = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float16)
    story = Story(parts={}, description=RECIPE, merged=RECIPE)
    outcomes = [Outcome(fragment_id=fragment_id, story=story) for fragment_id in degrees]
    found = find_near_duplicates(outcomes, [NEW] * len(outcomes), fingerprints, model)
    return {fragment_id: one.near_duplicate for fragment_id, one in zip(degrees, found, strict=True)}


def test_the_later_id_is_the_near_duplicate_wherever_its_row_is(model: Model) -> None:
    assert named_duplicates(model, {"N/10": 0, "N/2": 5}) == {"N/10": "N/2", "N/2": None}


def test_of_several_near_duplicates_the_most_similar_is_named(model: Model) -> None:
    assert named_duplicates(model, {"N/1": 0, "N/2": 40, "N/3": 50})["N/3"] == "N/2"


def test_of_equally_similar_near_duplicates_the_first_id_is_named(model: Model) -> None:
    assert named_duplicates(model, {"N/9": 0, "N/8": 0, "N/10": 0})["N/10"] == "N/8"


def test_the_most_similar_is_named_though_it_is_far_away_in_the_harvest(
    model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("classifier.features.near_duplicates._BLOCK", 2)
    found = named_duplicates(model, {"N/1": 0, "N/2": 90, "N/3": 180, "N/4": 270, "N/6": 30, "N/5": 1})
    assert found == {
        "N/1": None, "N/2": None, "N/3": None, "N/4": None, "N/5": "N/1", "N/6": "N/5"
    }  # fmt: skip
