from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from classifier.codebook.schema import Codebook
from classifier.errors import ComparisonError
from classifier.evaluation import cross_validation
from classifier.evaluation.cross_validation import BY_DEFINITION, cross_validate, evaluate_on
from classifier.evaluation.predictions import HeldOutPredictions
from classifier.features.embedding_cache import CachedEncoders
from classifier.harvest.coded import read_coded_harvests
from classifier.harvest.reading import Harvest
from classifier.model.training import Trained
from classifier.suggestion.types import Route
from tests.support.predictions import only_field

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def held_out(trained: Trained) -> HeldOutPredictions:
    return cross_validate(trained)


@pytest.fixture(scope="module")
def on_harvest_3(
    trained: Trained, training_data: Path, coded_harvest: Harvest, codebook: Codebook, trigrams: CachedEncoders
) -> HeldOutPredictions:
    (tested,) = read_coded_harvests([training_data / "harvest_3_agreed.xlsx"], codebook=codebook)
    return evaluate_on(tested.outcomes, model=trained.model, training_outcomes=coded_harvest.outcomes, sources=trigrams)


def test_every_coded_outcome_is_held_out_once(held_out: HeldOutPredictions) -> None:
    assert sorted(held_out.fields["scale"].rows.tolist()) == list(range(168))


def test_baselines_are_tested_on_the_same_outcomes(held_out: HeldOutPredictions) -> None:
    assert {name: len(codes) for name, codes in held_out.fields["scale"].baselines.items()} == {
        "linear SVM": 168,
        "commonest code": 168,
        BY_DEFINITION: 168,
    }


def test_sets_are_tested_at_several_coverages(held_out: HeldOutPredictions) -> None:
    assert list(held_out.fields["scale"].sets) == [0.8, 0.9, 0.95]


def test_larger_coverage_takes_larger_sets(held_out: HeldOutPredictions) -> None:
    sets = held_out.fields["scale"].sets
    assert sets[0.8].sum() < sets[0.9].sum() < sets[0.95].sum()


def test_sets_of_outcomes_held_out_hold_about_as_many_codes_as_asked(held_out: HeldOutPredictions) -> None:
    field = held_out.fields["social_actor"]
    # Two and a half standard errors of 168 outcomes.
    assert field.sets[0.9][np.arange(len(field.rows)), field.agreed_main].mean() == pytest.approx(0.9, abs=0.06)


def test_threshold_of_an_outcome_does_not_depend_on_its_own_code(
    trained: Trained, held_out: HeldOutPredictions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cross_validation, "_with_baselines", lambda fields, *_: fields)  # they take most of the time
    assert trained.held_out is not None
    first = trained.held_out.folds[0]
    outcomes = list(trained.held_out.outcomes)
    # Were all codes of a fold wrong, what is possible there would be the same.
    for row in first:
        outcomes[row] = replace(outcomes[row], codes={**outcomes[row].codes, "scale": ("International",)})
    turned = replace(trained, held_out=replace(trained.held_out, outcomes=tuple(outcomes)))
    inside = np.isin(held_out.fields["scale"].rows, first)
    before, after = (
        predictions.fields["scale"].sets[0.9][inside]
        for predictions in (held_out, cross_validate(only_field(turned, "scale")))
    )
    assert (before == after).all()


def test_nothing_is_to_confirm_in_a_language_with_hardly_any_training(held_out: HeldOutPredictions) -> None:
    french = [row for row, outcome in enumerate(held_out.outcomes) if " les " in outcome.story.description]
    field = held_out.fields["social_actor"]
    routes = [route for row, route in zip(field.rows.tolist(), field.routes, strict=True) if row in french]
    assert Route.CONFIRM not in routes


def test_model_of_definitions_has_nothing_held_out(trained: Trained) -> None:
    with pytest.raises(ComparisonError) as caught:
        cross_validate(replace(trained, held_out=None))
    assert str(caught.value) == ("there are too few coded outcomes to hold some out and test on them; code some more")


def test_fields_with_nothing_to_distinguish_leave_nothing_to_test(trained: Trained) -> None:
    assert trained.held_out is not None
    fields = {name: replace(field, rows=field.rows[:0]) for name, field in trained.held_out.fields.items()}
    with pytest.raises(ComparisonError) as caught:
        cross_validate(replace(trained, held_out=replace(trained.held_out, fields=fields)))
    assert str(caught.value) == (
        "no field has enough outcomes with different codes to hold some out and test on them; code some more"
    )


def test_outcomes_that_repeat_a_training_outcome_are_named(on_harvest_3: HeldOutPredictions, trained: Trained) -> None:
    assert on_harvest_3.repeats
    assert set(on_harvest_3.repeats.values()) <= set(trained.model.manifest.fragment_ids)


def test_all_outcomes_of_another_harvest_are_tested(on_harvest_3: HeldOutPredictions) -> None:
    assert len(on_harvest_3.fields["scale"].rows) == 118


def test_predictions_have_the_number_of_training_outcomes(on_harvest_3: HeldOutPredictions) -> None:
    assert on_harvest_3.n_training == (168,)
