"""Suggestions for a harvest: how often its stories are embedded, and whether they are explained."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from classifier.features.embedding_cache import CachedEncoder, CachedEncoders
from classifier.harvest.reading import Harvest
from classifier.model.model import Model
from classifier.model.storage import save_model
from classifier.progress import ProgressCallback
from classifier.suggestion import workflow
from classifier.suggestion.suggest import suggest_codes
from classifier.suggestion.suggestions import Suggestions
from classifier.suggestion.workflow import suggest_file
from tests.support.counting_encoder import CountingEncoder

pytestmark = pytest.mark.slow


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
        described, rest = encoder.windows(story.description), story.merged.removeprefix(story.description).strip()
        wanted.update({story.description, *described, *encoder.windows(rest), story.opening})
    assert Counter(encoder.read) == wanted


def test_progress_adds_up_to_the_total(reporter: CountingReporter) -> None:
    assert reporter.n_finished == reporter.total


# Reasons


def is_explained(suggestions: Suggestions) -> bool:
    return any(field.reasons or field.nearest for one in suggestions.outcomes for field in one.fields.values())


def test_suggestions_without_reasons_are_those_with_them(
    coded_harvest: Harvest, model: Model, trigrams: CachedEncoders
) -> None:
    few = replace(coded_harvest, outcomes=coded_harvest.outcomes[:20])
    explained = suggest_codes(few, model=model, sources=trigrams)
    bare = suggest_codes(few, model=model, sources=trigrams, with_reasons=False)
    assert (is_explained(explained), is_explained(bare)) == (True, False)
    for one, other in zip(explained.outcomes, bare.outcomes, strict=True):
        without = {name: replace(field, reasons=(), nearest=()) for name, field in one.fields.items()}
        assert (without, one.flags) == (other.fields, other.flags)


@pytest.mark.parametrize(("ending", "expected"), [("csv", False), ("jsonl", True)])
def test_suggestions_are_explained_for_files_that_hold_reasons(
    ending: str,
    expected: bool,
    harvest_3_new: Path,
    model: Model,
    trigrams: CachedEncoders,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(workflow, "open_model_encoders", lambda known, **_: trigrams)
    save_model(model, tmp_path / "ours")
    written = suggest_file(harvest_3_new, model=tmp_path / "ours", out=tmp_path / f"suggestions.{ending}")
    assert is_explained(written.suggestions) is expected
