from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from classifier.agreement.bootstrap import Estimate
from classifier.codebook.schema import Codebook
from classifier.errors import TrainingError
from classifier.evaluation import learning_curve
from classifier.evaluation.console_summary import summarise_curve
from classifier.evaluation.learning_curve import LearningCurve
from classifier.features.embedding_cache import CachedEncoders
from classifier.harvest.reading import Harvest
from classifier.report.plots import plot_learning_curve

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("few_folds")]

SCALE = """
columns: {parts: [{column: Outcome description}]}
fields:
  - name: scale
    column: Scale
    kind: single
    codes: [{code: Local}, {code: Sub-national}, {code: National}, {code: Regional}, {code: International}]
"""


@pytest.fixture(scope="module")
def scale() -> Codebook:
    return Codebook.parse(SCALE)


@pytest.fixture(scope="module")
def few(coded_harvest: Harvest) -> Harvest:
    """Return sixty coded outcomes of the sample."""
    return replace(coded_harvest, outcomes=coded_harvest.outcomes[:60])


@pytest.fixture(scope="module")
def curve(few: Harvest, scale: Codebook, trigrams: CachedEncoders) -> LearningCurve:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(learning_curve, "_N_ROUNDS_OF_CHEAP", 2)  # of three, each of which takes as long
        return learning_curve.draw_learning_curve([few], codebook=scale, sources=trigrams, n_parts=2)


# The curve


def test_training_sets_grow(curve: LearningCurve) -> None:
    sizes = sorted(curve.fields["scale"].points)
    assert (sizes[:3], 20 < sizes[-1] <= 30) == ([5, 10, 20], True)


def test_every_outcome_is_tested_at_each_number(curve: LearningCurve) -> None:
    assert {point.n_outcomes for point in curve.fields["scale"].points.values()} == {60}


def test_kappa_is_in_its_interval(curve: LearningCurve) -> None:
    assert all(point.low <= point.value <= point.high for point in curve.fields["scale"].points.values())


def test_needs_are_given_for_every_code(curve: LearningCurve, scale: Codebook) -> None:
    assert [need.code for need in curve.needs] == list(scale.field("scale").code_names)


def test_of_a_code_with_nine_examples_there_are_too_few_to_say(curve: LearningCurve) -> None:
    assert {str(need) for need in curve.needs if need.n_examples < 10} == {"too few to say"}


def test_nineteen_coded_outcomes_are_too_few(few: Harvest, scale: Codebook, trigrams: CachedEncoders) -> None:
    with pytest.raises(TrainingError) as caught:
        learning_curve.draw_learning_curve([replace(few, outcomes=few.outcomes[:19])], codebook=scale, sources=trigrams)
    assert str(caught.value) == (
        "harvest_1.xlsx: 19 outcomes with both a text and a code, and a learning curve needs 20; code some more"
    )


# The plot


def test_plot_has_fields_side_by_side(curve: LearningCurve, codebook: Codebook, tmp_path: Path) -> None:
    point = Estimate(value=0.5, low=0.4, high=0.6, n_outcomes=60)
    scale = replace(curve.fields["scale"], points={5: point, 10: point})
    two = replace(curve, codebook=codebook, fields={"scale": scale, "social_actor": scale})
    plot_learning_curve(two, tmp_path / "two.png")
    with Image.open(tmp_path / "two.png") as picture:
        assert picture.format == "PNG"
        assert picture.width > 1.5 * picture.height


def test_curve_is_plotted_where_no_kappa_can_be_computed(curve: LearningCurve, tmp_path: Path) -> None:
    nothing = Estimate(value=math.nan, low=math.nan, high=math.nan, n_outcomes=60)
    field = replace(curve.fields["scale"], by_definition=nothing, points={5: nothing, 10: nothing})
    plot_learning_curve(replace(curve, fields={"scale": field}), tmp_path / "curve.png")
    with Image.open(tmp_path / "curve.png") as picture:
        assert picture.format == "PNG"


# What the terminal says


def opening_of(curve: LearningCurve) -> tuple[str, ...]:
    return tuple(map(str, summarise_curve(curve, out=Path("curve.png"), seconds=1.0).opening))


def test_kappa_that_cannot_be_computed_is_called_undefined(curve: LearningCurve) -> None:
    nothing = Estimate(value=math.nan, low=math.nan, high=math.nan, n_outcomes=60)
    field = replace(curve.fields["scale"], by_definition=nothing, points={5: nothing, 10: nothing})
    told = opening_of(replace(curve, fields={"scale": field}))
    assert "  Scale: 0 (definitions only) undefined, 5 undefined, 10 undefined" in told


def test_fields_of_which_the_first_code_alone_counts_are_named(curve: LearningCurve, codebook: Codebook) -> None:
    field = curve.fields["scale"]
    both = replace(curve, codebook=codebook, fields={"scale": field, "scc_objective": field})
    assert opening_of(both)[-1] == (
        "Outcomes needed with a code to reach an F1 of 0.7 (in brackets, the range of 8 in 10 resamples; in Link to "
        "SCC Specific Objectives, only outcomes with the code as the first one count):"
    )
    assert opening_of(curve)[-1].endswith("8 in 10 resamples):")
