"""The sample model made, and asked, as on other processors: how far what it says differs.

Sums are rounded in another order on a processor that takes more numbers at a time. Each setting is a process of its
own, with the libraries told to use older instructions or other numbers of threads, and with nothing kept.

Example: python -m benchmarks.processors
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydantic import TypeAdapter
from rich import box
from rich.console import Console
from rich.table import Table

from classifier import sample_files
from classifier._types import FloatArray
from classifier.codebook.schema import sample_codebook
from classifier.features.embedding_cache import CachedEncoders
from classifier.features.registry import open_encoders
from classifier.harvest.coded import read_coded_harvests
from classifier.harvest.reading import Harvest, read_harvest
from classifier.model.conformal import confirm_threshold, set_thresholds
from classifier.model.model import FieldModel, Judgement, Model
from classifier.model.storage import load_model
from classifier.model.training import train_model
from classifier.suggestion.predict import judge_outcomes
from classifier.suggestion.suggest import suggest_codes
from classifier.suggestion.types import Route

_FOLDER = Path("training_data")
# What numpy found here beyond what it takes every processor to be able to; here and below as the libraries name it.
_FOUND: list[str] = np.show_config(mode="dicts")["SIMD Extensions"].get("found", [])
_AVX2 = {"ATEN_CPU_CAPABILITY": "avx2", "ONEDNN_MAX_CPU_ISA": "AVX2", "OPENBLAS_CORETYPE": "Haswell"}
_SSE4 = {
    "ATEN_CPU_CAPABILITY": "default",
    "ONEDNN_MAX_CPU_ISA": "SSE41",
    "MKL_CBWR": "COMPATIBLE",
    "OPENBLAS_CORETYPE": "Nehalem",
}
_AS_IT_IS = "as it is"
SETTINGS = {
    _AS_IT_IS: {},
    "AVX2": {**_AVX2, "NPY_DISABLE_CPU_FEATURES": " ".join(one for one in _FOUND if one != "X86_V3")},
    "SSE4": {**_SSE4, "NPY_DISABLE_CPU_FEATURES": " ".join(_FOUND)},
    "one thread": {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"},
    "four threads": {"OMP_NUM_THREADS": "4", "OPENBLAS_NUM_THREADS": "4", "MKL_NUM_THREADS": "4"},
}
"""What each setting puts into the environment."""


@dataclass(frozen=True, kw_only=True)
class Said:
    """What a model says of a harvest, outcome by outcome and field by field.

    Attributes
    ----------
    edges : list of float
        The least distance of a confidence to what decides about it: another code's, a threshold, or a half.
    exact : list of float
        The confidence in every code, not rounded.
    """

    codes: list[tuple[str, ...]]
    routes: list[Route]
    sets: list[tuple[str, ...]]
    confidence: list[float]
    edges: list[float]
    exact: list[float]


_PAIR = TypeAdapter(tuple[Said, Said])


def ask(model: Model, sources: CachedEncoders, harvest: Harvest) -> Said:
    """Ask a model for suggestions, and how near each is to being another."""
    fields = model.codebook.fields
    suggested = suggest_codes(harvest, model=model, sources=sources)
    told = [outcome.fields[field.name] for outcome in suggested.outcomes for field in fields]
    fields_judged = judge_outcomes(harvest.outcomes, model=model, sources=sources, fields=fields).fields
    judged = [(fields_judged[field.name].judged, model.fields[field.name]) for field in fields]
    exact = [confidences.ravel() for one, _ in judged for confidences in (one.main, one.applies)]
    return Said(
        codes=[one.suggested for one in told],
        routes=[one.route for one in told],
        sets=[one.prediction_set for one in told],
        confidence=[one.candidates[0].confidence for one in told],
        edges=np.stack([_edges(*pair) for pair in judged], axis=1).ravel().tolist(),
        exact=np.concatenate(exact).tolist(),
    )


def _edges(judged: Judgement, fitted: FieldModel) -> FloatArray:
    set_at = set_thresholds(fitted, coverage=0.9)
    confirm_at = confirm_threshold(
        fitted.calibration_scores.joint_confidence, fitted.calibration_scores.right, precision=0.95
    )
    rising = np.sort(judged.main, axis=1)
    edges = [rising[:, -1:] - rising[:, -2:-1], judged.joint_confidence[:, np.newaxis] - confirm_at]
    if set_at is not None:
        edges.append(judged.applies - set_at)
    if fitted.multilabel is not None:
        edges.append(judged.applies - 0.5)
    least: FloatArray = np.abs(np.concatenate(edges, axis=1)).min(axis=1)
    return least


def main() -> None:
    """Print, for each setting, how far what is said differs from what is said without it."""
    said = {name: _said_under(setting) for name, setting in SETTINGS.items()}
    console = Console(width=100, highlight=False)
    for title, place in (("Trained and asked", 0), ("The shipped model asked", 1)):
        table = Table("", "confidence off by", "as told", "codes", "routes", "sets", box=box.SIMPLE_HEAD)
        first = said[_AS_IT_IS][place]
        for name, pair in said.items():
            one = pair[place]
            table.add_row(
                name,
                f"{np.abs(np.subtract(one.exact, first.exact)).max():.1e}",
                f"{np.abs(np.subtract(one.confidence, first.confidence)).max():.4f}",
                str(_n_others(one.codes, first.codes)),
                str(_n_others(one.routes, first.routes)),
                str(_n_others(one.sets, first.sets)),
            )
        console.print(f"\n{title}: {len(first.codes)} suggestions, of which others", style="bold")
        console.print(table)
        edges = sorted(first.edges)
        console.print(f"The nearest edges are {', '.join(f'{edge:.1e}' for edge in edges[:3])} away.")


def _n_others(here: Sequence[object], there: Sequence[object]) -> int:
    return sum(one != other for one, other in zip(here, there, strict=True))


def _said_under(setting: dict[str, str]) -> tuple[Said, Said]:
    with tempfile.TemporaryDirectory() as folder:
        kept = Path(folder) / "said.json"
        environment = {**os.environ, **setting, "OUTCOME_CODER_CACHE": folder}
        subprocess.run([sys.executable, "-m", "benchmarks.processors", str(kept)], env=environment, check=True)
        return _PAIR.validate_json(kept.read_bytes())


def _say(kept: Path) -> None:
    """Train, ask the new model and the shipped one, and keep what they say."""
    codebook, sources = sample_codebook(), open_encoders()
    harvests = read_coded_harvests([_FOLDER / f"harvest_{n}.xlsx" for n in (1, 2)], codebook=codebook)
    new = read_harvest(_FOLDER / "harvest_3_new.xlsx", codebook=codebook)
    again = train_model(harvests, codebook=codebook, sources=sources, name="sample").model
    sample = load_model(sample_files.models_folder() / "sample")
    kept.write_bytes(_PAIR.dump_json((ask(again, sources, new), ask(sample, sources, new))))


if __name__ == "__main__":
    if sys.argv[1:]:
        _say(Path(sys.argv[1]))
    else:
        main()
