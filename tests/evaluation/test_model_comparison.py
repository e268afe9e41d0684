"""A new model beside the current one, on outcomes that neither was trained on."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from classifier.agreement.bootstrap import Estimate
from classifier.agreement.by_field import compare
from classifier.codebook.schema import Codebook
from classifier.errors import ComparisonError
from classifier.evaluation.cross_validation import predict_held_out
from classifier.evaluation.model_comparison import ConfirmCount, ModelComparison, compare_models
from classifier.features.embedding_cache import CachedEncoders
from classifier.harvest.coded import read_coded_harvests
from classifier.model.manifest import ReducedRecord
from classifier.model.model import Model
from classifier.model.training import Trained, train_model

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def new(training_data: Path, codebook: Codebook, trigrams: CachedEncoders) -> Trained:
    """Return what is trained on both coded sample harvests; the current model is of the first alone."""
    harvests = read_coded_harvests([training_data / f"harvest_{number}.xlsx" for number in (1, 2)], codebook=codebook)
    return train_model(harvests, codebook=codebook, sources=trigrams, name="new", n_folds=3)


@pytest.fixture(scope="module")
def comparison(new: Trained, model: Model, trigrams: CachedEncoders) -> ModelComparison:
    return compare_models(new, current=model, sources=trigrams)


def n_of_second_harvest(new: Trained, model: Model) -> int:
    return len(set(new.model.manifest.fragment_ids) - set(model.manifest.fragment_ids))


def test_outcomes_compared_are_those_that_the_current_model_does_not_know_or_repeat(
    comparison: ModelComparison, new: Trained, model: Model
) -> None:
    assert comparison.n_repeats > 0
    assert comparison.n_outcomes + comparison.n_repeats == n_of_second_harvest(new, model)


def test_new_model_is_judged_by_what_it_suggests_of_outcomes_held_out(
    comparison: ModelComparison, new: Trained, model: Model, trigrams: CachedEncoders
) -> None:
    held_out = predict_held_out(new)
    known = set(model.manifest.fragment_ids)
    part = held_out.of(np.array([outcome.fragment_id not in known for outcome in held_out.outcomes]))
    found = next(field for field in comparison.fields if field.field == "scale")
    expected = compare(part.codings("scale"), groups=part.groups).kappa
    # Those that repeat an outcome of the current model are left out of the comparison, and are few.
    assert abs(found.new.value - expected.value) < 0.1


def test_each_field_is_compared_on_the_same_outcomes_with_intervals(comparison: ModelComparison) -> None:
    assert [field.current.n_outcomes for field in comparison.fields] == [
        field.new.n_outcomes for field in comparison.fields
    ]
    assert all(field.new.has_interval and field.current.has_interval for field in comparison.fields)


def test_difference_is_of_the_means(comparison: ModelComparison) -> None:
    assert math.isclose(comparison.difference.value, comparison.new.value - comparison.current.value, abs_tol=1e-12)


def test_languages_of_the_outcomes_are_counted(comparison: ModelComparison) -> None:
    assert ([*comparison.languages], sum(comparison.languages.values())) == (
        ["English", "Arabic"],
        comparison.n_outcomes,
    )


def test_codes_to_confirm_are_counted_with_those_that_were_right(comparison: ModelComparison) -> None:
    counts = [count for field in comparison.fields for count in (field.current_confirm, field.new_confirm)]
    assert all(count.n_right <= count.n_confirm for count in counts)
    assert str(ConfirmCount(n_confirm=12, n_right=11)) == "11 of 12 right"
    assert str(ConfirmCount(n_confirm=0, n_right=0)) == "none"


def test_codes_given_with_no_suggestion_in_view_are_compared_alone_where_they_are_enough(
    new: Trained, model: Model, trigrams: CachedEncoders
) -> None:
    ids = [name for name in new.model.manifest.fragment_ids if name not in model.manifest.fragment_ids]
    unseen = {(name, "scale") for name in ids[:60]}
    found = compare_models(new, current=model, sources=trigrams, unseen=unseen)
    assert (found.is_unseen, [field.field for field in found.fields]) == (True, ["scale"])


def test_too_few_codes_given_unseen_are_compared_with_the_others(
    new: Trained, model: Model, trigrams: CachedEncoders, comparison: ModelComparison
) -> None:
    found = compare_models(new, current=model, sources=trigrams, unseen={("LPC/1", "scale")})
    assert (found.is_unseen, found.n_outcomes) == (False, comparison.n_outcomes)


def test_model_of_the_same_outcomes_cannot_be_compared(
    trained: Trained, model: Model, trigrams: CachedEncoders
) -> None:
    with pytest.raises(ComparisonError) as caught:
        compare_models(trained, current=model, sources=trigrams)
    assert str(caught.value) == (
        "0 outcomes that the current model was not trained on have codes to compare with, too few to tell which model "
        "is better (30 are needed)"
    )


def test_model_of_another_codebook_cannot_be_compared(trained: Trained, model: Model, trigrams: CachedEncoders) -> None:
    field = model.codebook.fields[0]
    other = model.codebook.model_copy(
        update={"fields": (field.model_copy(update={"codes": field.codes[:-1]}), *model.codebook.fields[1:])}
    )
    with pytest.raises(ComparisonError) as caught:
        compare_models(trained, current=replace(model, codebook=other), sources=trigrams)
    assert str(caught.value) == "the current model was trained with another codebook, so the two can't be compared"


def test_model_that_does_not_say_what_it_was_trained_on_cannot_be_compared(
    trained: Trained, model: Model, trigrams: CachedEncoders
) -> None:
    reduced = replace(model, manifest=model.manifest.model_copy(update={"reduced": ReducedRecord(n_outcomes=150)}))
    with pytest.raises(ComparisonError) as caught:
        compare_models(trained, current=reduced, sources=trigrams)
    assert str(caught.value) == (
        "the current model does not say which outcomes it was trained on, so the two can't be compared"
    )


@pytest.mark.parametrize(
    ("low", "high", "verdict", "is_worse"),
    [
        (-0.2, -0.01, "the new model agrees less with the coders", True),
        (-0.2, 0.01, "it can't be told which one agrees more with the coders", False),
        (0.01, 0.2, "the new model agrees more with the coders", False),
        (math.nan, math.nan, "it can't be told which one agrees more with the coders", False),
    ],
)
def test_a_model_is_worse_only_beyond_chance(
    comparison: ModelComparison, low: float, high: float, verdict: str, is_worse: bool
) -> None:
    difference = Estimate(value=-0.1, low=low, high=high, n_outcomes=118)
    found = replace(comparison, difference=difference)
    assert (found.verdict, found.is_worse) == (verdict, is_worse)
