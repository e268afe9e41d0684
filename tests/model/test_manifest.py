from __future__ import annotations

from dataclasses import replace
from math import isnan, nan
from pathlib import Path

import pytest

from classifier.model.manifest import FieldFigures
from classifier.model.model import Model
from classifier.model.storage import load_model, save_model

PERFECT = FieldFigures(
    n_outcomes=40, cohen_kappa=1.0, cohen_kappa_low=nan, cohen_kappa_high=nan, share_right=1.0, words_kappa=0.5
)


def test_a_figure_without_interval_is_read_back(model: Model, tmp_path: Path) -> None:
    figures = {**model.manifest.out_of_fold, "scale": PERFECT}
    changed = replace(model, manifest=model.manifest.model_copy(update={"out_of_fold": figures}))
    save_model(changed, tmp_path / "perfect")
    read = load_model(tmp_path / "perfect").manifest.out_of_fold["scale"]
    assert str(read.kappa) == "1.00 (no interval)"


@pytest.mark.parametrize("missing", ["words_kappa", "words_kappa_low", "words_kappa_high"])
def test_models_made_before_there_was_a_baseline_have_none(missing: str) -> None:
    written = PERFECT.model_dump(exclude={"words_kappa", "words_kappa_low", "words_kappa_high"})
    assert isnan(getattr(FieldFigures.model_validate(written), missing))
