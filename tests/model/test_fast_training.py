from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from classifier.errors import ModelError
from classifier.features.embedding_cache import CachedEncoders
from classifier.harvest.reading import Harvest
from classifier.model.fit_check import misfits
from classifier.model.model import FastModel, Model, require_fast
from classifier.model.model_card import card_as_markdown
from classifier.model.reduction import reduce_model
from classifier.model.storage import load_model, save_model
from classifier.suggestion.fast_suggestions import FastPredictor
from classifier.suggestion.suggest import SuggestedOutcome

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def fast(fast_model: Model) -> FastModel:
    return require_fast(fast_model)


def suggested(model: Model, harvest: Harvest) -> list[SuggestedOutcome]:
    predictor = FastPredictor(model, coverage=0.9, precision=0.95)
    return predictor.suggest(harvest.outcomes[:30], model.codebook.fields)


def test_fast_model_is_measured_on_outcomes_that_it_was_not_trained_on(fast_model: Model) -> None:
    kappas = {name: figures.cohen_kappa for name, figures in fast_model.manifest.fast.items()}
    assert kappas.keys() == {*fast_model.codebook.names}
    assert all(0.2 < kappa < 0.9 for kappa in kappas.values())


def test_fast_model_is_calibrated_by_scores_of_its_own(fast_model: Model, fast: FastModel) -> None:
    own = fast.fields["scale"].calibration_scores.joint_confidence
    assert len(own) == len(fast_model.fields["scale"].calibration_scores.joint_confidence)
    assert not np.array_equal(own, fast_model.fields["scale"].calibration_scores.joint_confidence)


def test_fast_model_does_not_ask_the_nearest_outcomes(fast: FastModel) -> None:
    assert [field.main.view_classifiers[-1] for field in fast.fields.values()] == [()] * 4


def test_fast_model_that_was_saved_suggests_the_same(tmp_path: Path, fast_model: Model, coded_harvest: Harvest) -> None:
    save_model(fast_model, tmp_path / "ours")
    loaded = load_model(tmp_path / "ours")
    assert suggested(loaded, coded_harvest) == suggested(fast_model, coded_harvest)
    assert loaded.manifest.fast == fast_model.manifest.fast


def test_model_without_a_fast_one_says_what_to_do(model: Model) -> None:
    with pytest.raises(ModelError) as refused:
        require_fast(model)
    assert str(refused.value) == (
        "model 'cheap' has no fast model beside it; train it again with `train --fast`, or leave --fast out"
    )


def test_manifest_without_a_fast_model_is_written_as_it_always_was(model: Model) -> None:
    assert "fast" not in model.manifest.model_dump()


def test_reduced_model_has_no_fast_one(fast_model: Model) -> None:
    reduced = reduce_model(fast_model, name="for_partner", common_words=["council"])
    assert (reduced.fast, reduced.manifest.fast) == (None, {})


def test_card_has_the_figures_of_both(fast_model: Model) -> None:
    assert "| Field | n | Fast model | Full model | Right |" in card_as_markdown(fast_model)


def test_fast_model_that_fits_has_no_misfits(fast_model: Model) -> None:
    assert misfits(fast_model) == ()


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"outlier_threshold": float("nan")}, "the fast model, its similarities"),
        ({"centres": np.zeros((2, 3))}, "the fast model, its centres"),
    ],
)
def test_fast_model_that_does_not_fit_is_named(
    fast_model: Model, fast: FastModel, changed: dict[str, object], told: str
) -> None:
    assert misfits(replace(fast_model, fast=replace(fast, **changed))) == (told,)  # type: ignore[arg-type]


def test_heads_of_another_table_are_named(fast_model: Model, fast: FastModel) -> None:
    table = replace(fast.table, vectors=fast.table.vectors[:, :5])
    assert "the fast model, field 'scale', regressions" in misfits(replace(fast_model, fast=replace(fast, table=table)))


def test_outcome_unlike_those_trained_on_is_less_similar_than_the_threshold(
    fast: FastModel, trigrams: CachedEncoders
) -> None:
    assert 0 < fast.outlier_threshold < 1
    assert (fast.similarity < fast.outlier_threshold).mean() == pytest.approx(0.02, abs=0.01)
    assert (np.diff(fast.similarity) >= 0).all()
