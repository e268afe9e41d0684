"""Fields of every shape through all that learns from them: what can't be told apart costs nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from itertools import cycle, permutations
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from joblib import parallel_config

from classifier.codebook.schema import Codebook
from classifier.evaluation import learning_curve
from classifier.evaluation.cross_validation import cross_validate, evaluate_on
from classifier.evaluation.learning_curve import draw_learning_curve
from classifier.features.embedding_cache import CachedEncoder, CachedEncoders, EmbeddingCache
from classifier.harvest.reading import Harvest
from classifier.model.storage import load_model, save_model
from classifier.model.training import Trained, train_model
from classifier.suggestion.suggest import suggest_codes
from classifier.suggestion.suggestions import Suggestions
from classifier.suggestion.types import Route

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("few_folds")]

Codes = tuple[str, ...]
LEVELS = ("Village", "Region", "Country")
TAGS = ("T1", "T2", "T3")

SHAPES: dict[str, tuple[str, Sequence[Codes]]] = {
    "first code alike": ("multiple", [("T1", "T2"), ("T1",), ("T1", "T3")]),
    "all codes alike": ("multiple", [("T1", "T2")]),
    "only one code ever": ("multiple", [("T2",)]),
    "every code everywhere": ("multiple", [TAGS]),
    "every code everywhere, in any order": ("multiple", [*permutations(TAGS)]),
    "one code each": ("multiple", [("T1",), ("T2",), ("T3",)]),
    "one outcome coded": ("multiple", [("T1", "T2"), *[()] * 50]),
    "two outcomes coded": ("multiple", [("T1",), ("T2", "T3"), *[()] * 50]),
    "all but one alike": ("multiple", [("T2", "T3"), *[("T1",)] * 50]),
    "no outcome coded": ("multiple", [()]),
    "single, all alike": ("single", [("T1",)]),
    "single, all but one alike": ("single", [("T2",), *[("T1",)] * 50]),
    "single, one outcome coded": ("single", [("T1",), *[()] * 50]),
    "single, no outcome coded": ("single", [()]),
}


def codebook_of(kind: str, codes: Sequence[str] = TAGS) -> Codebook:
    reported = ", ".join(f"{{code: {code}}}" for code in codes)
    levels = ", ".join(f"{{code: {level}}}" for level in LEVELS)
    return Codebook.parse(
        "fields:\n"
        f"- {{name: tags, column: Tags, kind: {kind}, codes: [{reported}]}}\n"
        f"- {{name: level, column: Level, kind: single, codes: [{levels}]}}\n"
    )


def harvest_of(harvest: Harvest, tags: Sequence[Codes], n_outcomes: int) -> Harvest:
    """Give outcomes tags of a shape, and levels that can be told apart by any."""
    outcomes = []
    for row, (outcome, codes) in enumerate(zip(harvest.outcomes[:n_outcomes], cycle(tags), strict=False)):
        reported = {"tags": codes} if codes else {}
        outcomes.append(replace(outcome, codes={**reported, "level": (LEVELS[row % len(LEVELS)],)}))
    return replace(harvest, outcomes=tuple(outcomes))


def suggested_for(trained: Trained, harvest: Harvest, sources: CachedEncoders) -> Suggestions:
    new = replace(harvest, outcomes=tuple(replace(one, codes={}) for one in harvest.outcomes))
    return suggest_codes(new, model=trained.model, sources=sources)


@pytest.fixture(scope="module", autouse=True)
def _one_process() -> Iterator[None]:
    """Learn in this process; of so few outcomes, starting others would cost most of the time."""
    with parallel_config("sequential"):
        yield


@pytest.fixture(scope="module")
def kept(trigrams: CachedEncoders, tmp_path_factory: pytest.TempPathFactory) -> CachedEncoders:
    """Return a cheap embedding that embeds each story once."""
    cache = EmbeddingCache(tmp_path_factory.mktemp("embeddings"))
    return (CachedEncoder(encoder=trigrams[0].encoder, cache=cache),)


def shaped(name: str, coded_harvest: Harvest) -> tuple[Codebook, Harvest]:
    """Return a codebook and a harvest of 21 outcomes coded by it."""
    kind, tags = SHAPES[name]
    return codebook_of(kind), harvest_of(coded_harvest, tags, 21)


@pytest.fixture(scope="module")
def trained_on(coded_harvest: Harvest, kept: CachedEncoders) -> Callable[[str], Trained]:
    """Train on a shape, once for all tests."""

    @cache
    def train(name: str) -> Trained:
        codebook, harvest = shaped(name, coded_harvest)
        return train_model([harvest], codebook=codebook, sources=kept, name="shape")

    return train


@pytest.fixture(scope="module", params=SHAPES)
def shape(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture(scope="module")
def trained(shape: str, trained_on: Callable[[str], Trained]) -> Trained:
    return trained_on(shape)


@pytest.fixture(scope="module")
def suggestions(trained: Trained, coded_harvest: Harvest, kept: CachedEncoders) -> Suggestions:
    """Suggest codes for ten other outcomes."""
    return suggested_for(trained, replace(coded_harvest, outcomes=coded_harvest.outcomes[40:50]), kept)


def test_field_of_any_shape_costs_the_good_field_nothing(trained: Trained) -> None:
    assert trained.model.fields["level"].main.view_classifiers


def test_every_outcome_gets_suggestions(suggestions: Suggestions) -> None:
    assert [sorted(candidate.code for candidate in one.fields["tags"].candidates) for one in suggestions.outcomes] == [
        list(TAGS)
    ] * 10
    assert all(one.fields["level"].candidates for one in suggestions.outcomes)


def test_nothing_is_to_confirm_where_nothing_can_be_distinguished(trained: Trained, suggestions: Suggestions) -> None:
    routes = {one.fields["tags"].route for one in suggestions.outcomes}
    is_reported = any(note.startswith("tags: ") and "code afresh" in note for note in trained.notes)
    assert routes == {Route.CODE_AFRESH} if is_reported else routes


def test_model_is_kept_and_read_again(trained: Trained, tmp_path: Path) -> None:
    save_model(trained.model, tmp_path / "model")
    again = load_model(tmp_path / "model")
    assert again.manifest == trained.model.manifest


def test_outcomes_held_out_are_tried(trained: Trained) -> None:
    tried = cross_validate(trained)
    assert len(tried.fields["level"].rows) == 21


def test_other_outcomes_are_tried(trained: Trained, shape: str, coded_harvest: Harvest, kept: CachedEncoders) -> None:
    _, harvest = shaped(shape, coded_harvest)
    other = harvest_of(replace(coded_harvest, outcomes=coded_harvest.outcomes[40:50]), [("T1",), ("T3",)], 10)
    tried = evaluate_on(other.outcomes, model=trained.model, training_outcomes=harvest.outcomes, sources=kept)
    assert {name: len(one.rows) for name, one in tried.fields.items()} == {"tags": 10, "level": 10}


@pytest.mark.parametrize("name", ["first code alike", "one outcome coded"])
def test_curve_is_drawn(
    name: str, coded_harvest: Harvest, kept: CachedEncoders, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(learning_curve, "_N_ROUNDS_OF_CHEAP", 1)
    kind, tags = SHAPES[name]
    harvest = harvest_of(coded_harvest, tags, 21)
    assert "level" in draw_learning_curve([harvest], codebook=codebook_of(kind), sources=kept, n_parts=2).fields


# What is told


@pytest.mark.parametrize(
    ("name", "reported"),
    [
        ("first code alike", "21 coded outcomes, the first code of all of them 'T1': nothing to distinguish"),
        ("only one code ever", "21 coded outcomes, all of them 'T2': nothing to distinguish"),
        ("all codes alike", "21 coded outcomes, all of them 'T1; T2': nothing to distinguish"),
        ("every code everywhere, in any order", "21 coded outcomes, all of them 'T1; T2; T3': nothing to distinguish"),
        ("one outcome coded", "1 coded outcome, all of them 'T1; T2': nothing to distinguish"),
        ("single, all alike", "21 coded outcomes, all of them 'T1': nothing to distinguish"),
    ],
)
def test_field_with_nothing_to_tell_apart_is_reported(
    name: str, reported: str, trained_on: Callable[[str], Trained]
) -> None:
    assert f"Tags: {reported}; every outcome goes to `code afresh`" in trained_on(name).notes


@pytest.mark.parametrize("kind", ["single", "multiple"])
def test_field_with_one_code_in_its_codebook_is_learned_round(
    kind: str, coded_harvest: Harvest, kept: CachedEncoders
) -> None:
    harvest = harvest_of(coded_harvest, [("T1",)], 21)
    trained = train_model([harvest], codebook=codebook_of(kind, ["T1"]), sources=kept, name="one")
    routes = {one.fields["tags"].route for one in suggested_for(trained, harvest, kept).outcomes}
    assert routes == {Route.CODE_AFRESH}


SETS = st.lists(st.sampled_from(TAGS), max_size=3, unique=True).map(tuple)


@settings(deadline=None, max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tags=st.lists(SETS, min_size=5, max_size=8), is_single=st.booleans())
def test_no_shape_of_a_small_field_stops_the_training(
    tags: list[Codes], is_single: bool, coded_harvest: Harvest, kept: CachedEncoders
) -> None:
    given = [codes[:1] for codes in tags] if is_single else tags
    harvest = harvest_of(coded_harvest, given, len(given))
    trained = train_model(
        [harvest], codebook=codebook_of("single" if is_single else "multiple"), sources=kept, name="small"
    )
    made = suggested_for(trained, harvest, kept)
    assert len(made.outcomes) == len(given)
