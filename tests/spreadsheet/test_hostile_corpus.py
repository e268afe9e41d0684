"""Each file of the corpus of hostile and odd files gives an outcome list, a codebook, or an error of ours."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path

import pytest

from classifier.codebook.schema import Codebook, sample_codebook
from classifier.errors import OutcomeCoderError
from classifier.harvest.reading import read_harvests
from classifier.limits import MOST_SECONDS
from tests.support.hostile_files import CORPUS

pytestmark = pytest.mark.slow

FILES = sorted(CORPUS.iterdir())


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_file_is_read_or_refused_within_the_limits(path: Path) -> None:
    begun = time.monotonic()
    with suppress(OutcomeCoderError):
        if path.name.startswith("codebook"):
            assert Codebook.read(path).fields
        else:
            assert read_harvests(path, codebook=sample_codebook())
    assert time.monotonic() - begun < MOST_SECONDS


def test_corpus_is_small() -> None:
    sizes = [path.stat().st_size for path in FILES]
    assert (len(sizes) > 50, max(sizes) <= 50_000, sum(sizes) <= 500_000) == (True, True, True)
