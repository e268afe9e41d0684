from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from classifier.agreement.bootstrap import Estimate
from classifier.codebook.schema import Codebook
from classifier.errors import TrainingError
from classifier.evaluation.learning_curve import CodeNeed, LearningCurve, draw_learning_curve, more_needed
from classifier.features.embedding_cache import CachedEncoders
from classifier.harvest.reading import Harvest
from classifier.report.plots import plot_learning_curve

SCALE = """
columns: {parts: [{column: Outcome description}]}
fields:
  - name: scale
    column: Scale
    kind: single
    codes: [{code: Local}, {code: Sub-national}, {code: National}, {code: Regional}, {code: International}]
"""
N = np.array([4.0, 8.0, 16.0, 32.0, 64.0])


@pytest.fixture(scope="module")
def scale() -> Codebook:
    return Codebook.parse(SCALE)


@pytest.fixture(scope="module")
def few(coded_harvest: Harvest) -> Harvest:
    """Return sixty coded outcomes of the sample."""
    return replace(coded_harvest, outcomes=coded_harvest.outcomes[:60])


@pytest.fixture(scope="module")
def curve(few: Harvest, scale: Codebook, trigrams: CachedEncoders) -> LearningCurve:
    return draw_learning_curve([few], codebook=scale, sources=trigrams, n_parts=3)


def need(n_more: int | None, low: int | None = None, high: int | None = None) -> CodeNeed:
    return CodeNeed(field="scale", code="Local", n_examples=40, f1=0.6, n_more=n_more, low=low, high=high)


# The curve


def test_ever_more_outcomes_are_learnt_from(curve: LearningCurve) -> None:
    sizes = sorted(curve.fields["scale"].points)
    assert (sizes[:3], 30 < sizes[-1] <= 40) == ([5, 10, 20], True)


def test_every_outcome_is_tested_at_each_number(curve: LearningCurve) -> None:
    assert {point.n_outcomes for point in curve.fields["scale"].points.values()} == {60}


def test_a_figure_lies_in_its_interval(curve: LearningCurve) -> None:
    assert all(point.low <= point.value <= point.high for point in curve.fields["scale"].points.values())


def test_every_code_has_its_need(curve: LearningCurve, scale: Codebook) -> None:
    assert [one.code for one in curve.needs] == list(scale.field("scale").code_names)


def test_of_a_code_with_nine_examples_there_are_too_few_to_say(curve: LearningCurve) -> None:
    assert {str(one) for one in curve.needs if one.n_examples < 10} == {"too few to say"}


def test_nineteen_coded_outcomes_are_too_few(few: Harvest, scale: Codebook, trigrams: CachedEncoders) -> None:
    with pytest.raises(TrainingError) as caught:
        draw_learning_curve([replace(few, outcomes=few.outcomes[:19])], codebook=scale, sources=trigrams)
    assert str(caught.value) == (
        "harvest_1.xlsx: 19 outcome(s) have both a text and a code, and a learning curve needs 20; code some more"
    )


# How many more


def test_a_code_that_comes_to_its_target_at_64_examples_needs_half_of_them_more() -> None:
    assert more_needed(N[:4], 1 - 1.6 / np.sqrt(N[:4]), np.ones(4), n_now=32, target=0.8) == 35


def test_a_curve_that_flattens_below_the_target_says_nothing() -> None:
    assert more_needed(N, 0.5 - 0.5 / N, np.ones(5), n_now=64, target=0.8) is None


def test_what_lies_further_off_than_three_times_the_examples_is_not_told() -> None:
    assert more_needed(N[:4], 1 - 1.6 / np.sqrt(N[:4]), np.ones(4), n_now=20, target=0.8) is None


def test_three_points_make_no_curve() -> None:
    assert more_needed(N[:3], 1 - 1.6 / np.sqrt(N[:3]), np.ones(3), n_now=16, target=0.8) is None


@pytest.mark.parametrize(
    ("told", "by"),
    [
        ("about 40 more (15 to 90)", need(40, 15, 90)),
        ("about 40 more (15 to over 80)", need(40, 15, None)),
        ("about enough (0 to 20 more)", need(0, 0, 20)),
        ("enough already", need(0, 0, 0)),
        ("too few to say", need(None)),
    ],
)
def test_what_is_told_of_a_need(told: str, by: CodeNeed) -> None:
    assert str(by) == told


# The picture


def test_a_picture_has_a_field_beside_the_other(curve: LearningCurve, codebook: Codebook, tmp_path: Path) -> None:
    point = Estimate(value=0.5, low=0.4, high=0.6, n_outcomes=60)
    one = replace(curve.fields["scale"], points={5: point, 10: point})
    two = replace(curve, fields={"scale": one, "social_actor": one})
    plot_learning_curve(two, codebook, tmp_path / "two.png")
    with Image.open(tmp_path / "two.png") as picture:
        assert picture.format == "PNG"
        assert picture.width > 1.5 * picture.height
