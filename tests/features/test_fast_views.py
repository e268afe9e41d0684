from __future__ import annotations

import numpy as np
import pytest

from classifier.features.embedding_cache import CachedEncoders
from classifier.features.fast_views import FastViewMaker, Texts, WordNumbers, texts_of
from classifier.harvest.reading import Harvest
from classifier.model.model import Model
from tests.support.fast_models import small_table

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def texts(coded_harvest: Harvest) -> Texts:
    return texts_of([outcome.story for outcome in coded_harvest.outcomes[:40]])


def test_weights_of_words_are_those_of_the_full_model(fast_model: Model, texts: Texts) -> None:
    views, _ = fast_model.fast_views.transform(texts)
    for found, view, of_place in zip(views, fast_model.views.lexical, texts, strict=False):
        assert abs(found - view.words_.transform(of_place)).max() < 1e-6


def test_views_of_an_outcome_do_not_depend_on_the_outcomes_beside_it(fast_model: Model, texts: Texts) -> None:
    together, _ = fast_model.fast_views.transform(texts)
    description, story, opening = texts
    alone, _ = fast_model.fast_views.transform(([description[7]], [story[7]], [opening[7]]))
    for many, one in zip(together[:-1], alone[:-1], strict=True):
        row = many[[7]]
        assert abs(row - one).max() == 0


def test_views_do_not_depend_on_the_words_read_before(
    fast_model: Model, texts: Texts, monkeypatch: pytest.MonkeyPatch
) -> None:
    maker = fast_model.fast_views
    first, _ = maker.transform(texts)
    monkeypatch.setattr("classifier.features.fast_views._MOST_WORDS", 10)
    maker.transform((["Elders of Dori"], ["of Sambonaye"], ["met"]))  # forgets all words but the known ones
    again, _ = maker.transform(texts)
    for one, other in zip(first[:-1], again[:-1], strict=True):
        assert abs(one - other).max() == 0


def test_pairs_of_words_do_not_reach_into_the_next_text(trigrams: CachedEncoders, fast_model: Model) -> None:
    numbers = WordNumbers(small_table(["the council met"], trigrams), ["council", "met"])
    read = numbers.read(["The council", "", "met"])
    assert (read.words.tolist(), read.rows.tolist(), read.ends.tolist()) == ([2, 0, 1], [0, 0, 2], [2, 2, 3])
    assert isinstance(fast_model.fast_views, FastViewMaker)
    assert np.all(numbers.embed(read)[1] == 0)


@pytest.mark.parametrize(
    ("description", "story"),
    [
        ("The council met.", "The council met.  Contribution: training."),
        ("The council", "The councillors met."),
        ("The council met.", "Training.  The council met."),
        ("", "The council met."),
        ("The council met.", "The council met."),
    ],
)
def test_story_that_begins_with_its_description_is_read_like_any_other(
    fast_model: Model, description: str, story: str
) -> None:
    def words(*, is_begun: bool) -> list[int]:
        numbers = WordNumbers(fast_model.fast_views.table, [])
        begun = [description], numbers.read([description])
        return [*map(int, numbers.read([story], begun=begun if is_begun else None).words)]

    assert words(is_begun=True) == words(is_begun=False)
