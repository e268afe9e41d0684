"""Suggestions for a harvest: how often its stories are embedded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pytest

from classifier._types import FloatArray
from classifier.features.embedding_cache import CachedEncoder
from classifier.features.encoder import Tokens
from classifier.harvest.reading import Harvest
from classifier.model.model import Model
from classifier.progress import ProgressCallback
from classifier.suggestion.suggest import suggest_codes
from conftest import TrigramEncoder


class CountingEncoder(TrigramEncoder):
    """Counts how often each text is embedded."""

    def __init__(self) -> None:
        self.n_calls: Counter[str] = Counter()

    def encode(self, texts: Sequence[str], /) -> FloatArray:
        self.n_calls.update(texts)
        return super().encode(texts)

    def tokens(self, texts: Sequence[str], /) -> list[Tokens]:
        self.n_calls.update(texts)
        return super().tokens(texts)


class CountingReporter:
    """Counts the pieces of work that are announced and finished."""

    def __init__(self) -> None:
        self.total = 0
        self.n_finished = 0

    def step(self, name: str, total: int) -> ProgressCallback:
        self.total += total
        return self._finish

    def _finish(self, n_finished: int) -> None:
        self.n_finished += n_finished


@pytest.fixture(scope="module")
def encoder() -> CountingEncoder:
    return CountingEncoder()


@pytest.fixture(scope="module")
def reporter(coded_harvest: Harvest, model: Model, encoder: CountingEncoder) -> CountingReporter:
    """Suggest codes without a cache."""
    reporter = CountingReporter()
    uncached = (CachedEncoder(encoder=encoder, cache=None),)
    suggest_codes(coded_harvest, model=model, sources=uncached, progress=reporter)
    return reporter


@pytest.mark.usefixtures("reporter")
def test_without_a_cache_each_story_is_embedded_once(coded_harvest: Harvest, encoder: CountingEncoder) -> None:
    wanted: Counter[str] = Counter()
    for story in {outcome.story.merged: outcome.story for outcome in coded_harvest.outcomes}.values():
        wanted.update((story.description, *encoder.windows(story.merged), story.opening))
    assert encoder.n_calls == wanted


def test_progress_adds_up_to_the_total(reporter: CountingReporter) -> None:
    assert reporter.n_finished == reporter.total
