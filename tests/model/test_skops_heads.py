"""Model folders of format 4, whose fitted part is in the skops format, are read as they were."""

from __future__ import annotations

import hashlib
import importlib
import json
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from classifier.errors import ModelError
from classifier.features.embedding_cache import CachedEncoders
from classifier.harvest.reading import Harvest
from classifier.model.heads import Head, ViewClassifiers
from classifier.model.linear_classifier import LinearClassifier
from classifier.model.model import FieldModel, Model
from classifier.model.storage import load_directly, load_model, save_model
from classifier.suggestion.csv_and_jsonl import write_suggestions
from classifier.suggestion.suggest import suggest_codes

pytestmark = pytest.mark.slow


def skops_io() -> ModuleType:
    """Import skops for these tests alone: it looks for every estimator of scikit-learn, which takes seconds."""
    return importlib.import_module("skops.io")


def as_before(model: Model) -> dict[str, Any]:
    """Return what models of format 4 held."""
    views = zip(("description_words", "story_words", "opening_words"), model.views.lexical, strict=True)
    return {
        **{name: view.to_arrays() for name, view in views},
        "rarity": model.fingerprinter.rarity,
        "prints": model.fingerprints,
        "alike_from": model.duplicate_threshold,
        "unlike_below": model.outlier_threshold,
        "combinations": list(model.combinations.counts.values()),
        "given": dict(model.given),
        "fields": {name: field_as_before(field) for name, field in model.fields.items()},
    }


def field_as_before(field: FieldModel) -> dict[str, Any]:
    return {
        "main": head_as_before(field.main),
        "each": None if field.multilabel is None else head_as_before(field.multilabel),
        "agreed_confidence": field.calibration_scores.agreed_confidence,
        "agreed_code": field.calibration_scores.agreed_code,
        "surety": field.calibration_scores.joint_confidence,
        "right": field.calibration_scores.right,
        "pieces": list(field.definitions.vectors),
        "owners": field.definitions.owners,
        "f1_threshold": field.f1_threshold,
        "worth_of_earlier": field.duplicate_weight,
    }


def head_as_before(head: Head) -> dict[str, Any]:
    is_fitted = bool(head.view_classifiers)
    return {
        "link": str(head.task_type),
        "rows": head.rows,
        "learnt": head.trained_codes,
        "prior": head.prior,
        "regressions": [regressions_as_before(view) for view in head.view_classifiers[:-1]],
        "asks_neighbours": is_fitted and bool(head.view_classifiers[-1]),
        "weights": head.pool.weights_ if is_fitted else None,
        "offsets": head.pool.offsets_ if is_fitted else None,
        "temperature": head.temperature,
    }


def regressions_as_before(classifiers: ViewClassifiers) -> list[LogisticRegression]:
    regressions = []
    for item in classifiers:
        assert isinstance(item, LinearClassifier)
        regression = LogisticRegression()
        regression.coef_, regression.intercept_ = item.coefficients, item.intercepts
        regression.classes_ = np.arange(max(2, len(item.intercepts)))
        regression.n_features_in_ = item.n_features
        regressions.append(regression)
    return regressions


def resum(folder: Path) -> None:
    names = ("manifest.json", "codebook.yaml", "heads.skops")
    sums = [f"{hashlib.sha256((folder / name).read_bytes()).hexdigest()}  {name}\n" for name in names]
    (folder / "SHA256SUMS").write_text("".join(sums), encoding="utf-8", newline="\n")


@pytest.fixture(scope="module")
def earlier(model: Model, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a model folder of format 4."""
    folder = tmp_path_factory.mktemp("models") / "earlier"
    save_model(model, folder)
    (folder / "heads.npz").unlink()
    (folder / "MODEL_CARD.md").unlink()
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    (folder / "manifest.json").write_text(json.dumps(manifest | {"format": 4}), encoding="utf-8")
    skops_io().dump(as_before(model), folder / "heads.skops", compression=zipfile.ZIP_DEFLATED)
    resum(folder)
    return folder


@pytest.fixture
def folder(earlier: Path, tmp_path: Path) -> Path:
    """Return a copy of it, to change."""
    return shutil.copytree(earlier, tmp_path / "earlier")


def test_earlier_model_suggests_what_it_did(
    model: Model, earlier: Path, coded_harvest: Harvest, trigrams: CachedEncoders, tmp_path: Path
) -> None:
    few = replace(coded_harvest, outcomes=coded_harvest.outcomes[:10])
    for name, one in (("trained.jsonl", model), ("loaded.jsonl", load_model(earlier))):
        write_suggestions(suggest_codes(few, model=one, sources=trigrams), tmp_path / name)
    assert (tmp_path / "trained.jsonl").read_bytes() == (tmp_path / "loaded.jsonl").read_bytes()


def test_earlier_model_is_saved_in_the_format_of_today(earlier: Path, model: Model, tmp_path: Path) -> None:
    save_model(load_directly(earlier), tmp_path / "saved")
    assert load_directly(tmp_path / "saved").manifest == model.manifest


def test_model_from_before_the_f1_threshold_is_read(folder: Path) -> None:
    plain = skops_io().load(folder / "heads.skops", trusted=[])
    for field in plain["fields"].values():
        del field["f1_threshold"]
    skops_io().dump(plain, folder / "heads.skops")
    resum(folder)
    assert load_directly(folder).fields["scc_objective"].f1_threshold == 0.5


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda plain: plain.update(prints=plain["prints"][:, :7]), "wrong shape, or not numbers: the fingerprints"),
        (lambda plain: plain.update(alike_from="high"), "a threshold is no number"),
        (lambda plain: plain["fields"]["scale"]["main"].update(link="each"), "one head is of another kind"),
        (lambda plain: plain["fields"]["scale"]["main"].update(regressions=[[1]]), "AttributeError"),
        (lambda plain: plain["fields"].pop("scale"), "KeyError"),
    ],
)
def test_earlier_model_that_does_not_fit_is_refused(
    folder: Path, change: Callable[[dict[str, Any]], object], reason: str
) -> None:
    plain = skops_io().load(folder / "heads.skops", trusted=[])
    change(plain)
    skops_io().dump(plain, folder / "heads.skops")
    resum(folder)
    with pytest.raises(ModelError) as caught:
        load_directly(folder)
    assert str(caught.value) == f"{folder}: heads.skops can't be read ({reason}); train the model again"


def test_heads_that_would_run_code_are_refused(folder: Path) -> None:
    with zipfile.ZipFile(folder / "heads.skops", "w") as heads:
        schema = {
            "__class__": "system", "__module__": "os", "__loader__": "FunctionNode", "content": "system",
            "protocol": 2, "__id__": 1,
        }  # fmt: skip
        heads.writestr("schema.json", json.dumps(schema))
    resum(folder)
    with pytest.raises(ModelError, match=r"heads\.skops can't be read"):
        load_directly(folder)


def test_schema_that_unpacks_to_too_much_is_refused_before(folder: Path) -> None:
    with zipfile.ZipFile(folder / "heads.skops", "w", zipfile.ZIP_DEFLATED) as heads:
        heads.writestr("schema.json", b"{}," * (32 * 2**20 // 3 + 1))
    resum(folder)
    with pytest.raises(ModelError) as caught:
        load_directly(folder)
    assert str(caught.value) == (
        f"{folder}: uncompressed, schema.json of heads.skops has more than 32 MiB, which no model has; don't use it"
    )
