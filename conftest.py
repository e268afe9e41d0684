"""Fixtures for the tests and for the examples in docstrings."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator, Sequence
from functools import cache
from hashlib import blake2b
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings
from joblib import parallel_config
from threadpoolctl import threadpool_limits

from classifier._types import FloatArray
from classifier.codebook.schema import Codebook, sample_codebook
from classifier.features.embedding_cache import CachedEncoder, CachedEncoders
from classifier.features.encoder import Tokens
from classifier.harvest.coded import read_coded_harvests
from classifier.harvest.reading import Harvest
from classifier.model.model import Model
from classifier.model.training import Trained, train_model
from tests.support.fast_models import with_fast_model
from tests.support.sample_embeddings import copy_embeddings

ROOT = Path(__file__).resolve().parent
# Fewer examples for each property than the hundred of `make check`.
settings.register_profile("quick", max_examples=25)
# Run by Alembic alone, which puts into place what they look for.
collect_ignore_glob = ["classifier/project/migrations/*"]
_PROGRAMS = {"libreoffice": "soffice", "postgresql": "/usr/lib/postgresql", "browser": "chromium"}
_REQUIRED = bool(os.environ.get("OUTCOME_CODER_REQUIRE_PROGRAMS"))


@cache
def _bucket(trigram: str) -> int:
    return blake2b(trigram.encode(), digest_size=2).digest()[0]


def _buckets(text: str) -> list[int]:
    padded = f"  {text.casefold()} "
    return [_bucket(padded[start : start + 3]) for start in range(len(padded) - 2)]


class TrigramEncoder:
    """Embeds by hashing letter trigrams: cheap, the same everywhere, and alike for texts that look alike."""

    name = "trigrams"
    sha256 = "0" * 64

    def encode(self, texts: Sequence[str], /) -> FloatArray:
        """Return an array of shape (n_texts, 256), rows of length 1."""
        counts = [np.bincount(_buckets(text), minlength=256) for text in texts]
        vectors = np.array(counts, dtype=np.float32).reshape(-1, 256)
        lengths: FloatArray = np.linalg.norm(vectors, axis=1, keepdims=True)
        unit: FloatArray = vectors / lengths
        return unit

    def windows(self, text: str, /) -> tuple[str, ...]:
        """Cut a text into pieces of 100 words."""
        starts = [match.start() for match in re.finditer(r"\S+", text)][100::100]
        return tuple(text[start:end] for start, end in pairwise([0, *starts, len(text)]))

    def tokens(self, texts: Sequence[str], /) -> list[Tokens]:
        """Say what each trigram adds; the first two start before the text."""
        return [self._tokens(text) for text in texts]

    def _tokens(self, text: str) -> Tokens:
        vectors = np.zeros((len(text) + 1, 256), dtype=np.float32)
        buckets = np.array(_buckets(text))
        np.add.at(vectors, (np.minimum(np.arange(len(buckets)), len(text)), buckets), 1)
        vectors /= np.linalg.norm(vectors.sum(axis=0))
        places = np.arange(-2, len(text) - 1)
        return Tokens(
            vectors=vectors, places=np.where(places < 0, -1, places), whole=TrigramEncoder.encode(self, [text])[0]
        )


@pytest.fixture(scope="session", autouse=True)
def _one_thread_per_worker() -> Iterator[None]:
    """Run joblib and BLAS in one thread; with two, tests that train took five times as long."""
    with parallel_config(backend="sequential"), threadpool_limits(limits=1):
        yield


@pytest.fixture(scope="session", autouse=True)
def _own_data_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep what tests trust out of the user's list of trusted encoders."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(tmp_path_factory.mktemp("data")))
        yield


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep what tests embed out of the user's cache, and give them the embeddings of the sample harvests."""
    folder = tmp_path_factory.mktemp("cache")
    copy_embeddings(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OUTCOME_CODER_CACHE", str(folder))
        yield


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip tests whose program is missing, unless all programs are required."""
    for item in items:
        for mark, program in _PROGRAMS.items():
            if item.get_closest_marker(mark) and not _is_there(program) and not _REQUIRED:
                item.add_marker(pytest.mark.skip(reason=f"{mark} is not installed"))


def _is_there(program: str) -> bool:
    return Path(program).is_dir() or shutil.which(program) is not None


@pytest.fixture(scope="session", autouse=True)
def _error_reports(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Write error reports to a folder of the tests."""
    os.environ["OUTCOME_CODER_REPORTS"] = str(tmp_path_factory.mktemp("error-reports"))


@pytest.fixture(scope="session")
def training_data() -> Path:
    """Return the folder of the sample harvests."""
    return ROOT / "training_data"


@pytest.fixture(scope="session")
def harvest_3_new(training_data: Path) -> Path:
    """Return the sample harvest that arrives uncoded."""
    return training_data / "harvest_3_new.xlsx"


@pytest.fixture(scope="session")
def codebook() -> Codebook:
    """Return the shipped codebook."""
    return sample_codebook()


@pytest.fixture(scope="session")
def trigrams() -> CachedEncoders:
    """Return a cheap embedding that keeps nothing."""
    return (CachedEncoder(encoder=TrigramEncoder(), cache=None),)


@pytest.fixture(scope="session")
def coded_harvest(training_data: Path, codebook: Codebook) -> Harvest:
    """Return the first sample harvest, with its codes."""
    return read_coded_harvests([training_data / "harvest_1.xlsx"], codebook=codebook)[0]


@pytest.fixture(scope="session")
def trained(coded_harvest: Harvest, codebook: Codebook, trigrams: CachedEncoders) -> Trained:
    """Return what is trained on the first sample harvest with the cheap encoder, held out in five folds."""
    return train_model([coded_harvest], codebook=codebook, sources=trigrams, name="cheap", n_folds=5)


@pytest.fixture(scope="module")
def few_folds() -> Iterator[None]:
    """Hold outcomes out in three folds rather than ten, for modules in which the number of folds decides nothing.

    It is for whole modules, by `pytestmark`; training takes a third of the time.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("classifier.model.folds._N_FOLDS", 3)
        yield


@pytest.fixture
def blank_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the pictures of reports blank: drawing them takes most of the time of a report."""
    monkeypatch.setattr("matplotlib.figure.Figure.savefig", lambda self, file, **_: file.write(b"blank"))


@pytest.fixture(scope="session")
def model(trained: Trained) -> Model:
    """Return a model with the cheap encoder."""
    return trained.model


@pytest.fixture(scope="session")
def fast_model(model: Model, coded_harvest: Harvest, trigrams: CachedEncoders, codebook: Codebook) -> Model:
    """Return a model with the cheap encoder and a fast model beside it."""
    return with_fast_model(model, coded_harvest, trigrams, codebook)
