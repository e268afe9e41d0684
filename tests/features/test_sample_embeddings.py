"""The embeddings of the sample harvests that the tests use are those that the encoders give."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import numpy as np
import pytest

from classifier.codebook.schema import Codebook
from classifier.features.embedding_cache import CachedEncoder, EmbeddingCache
from classifier.features.registry import DEFAULT_ENCODERS, load_encoder
from classifier.features.shipped_encoders import SHIPPED_ENCODERS
from classifier.harvest.reading import read_harvest
from tests.support.sample_embeddings import copy_embeddings, embed_sample


class NoEncoder:
    """Goes by the name and hash of an encoder that ships, and embeds nothing."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.sha256 = SHIPPED_ENCODERS[name].sha256

    def encode(self, texts: Sequence[str], /) -> NoReturn:
        raise AssertionError(f"{len(texts)} texts are not kept; run python -m tests.support.sample_embeddings")

    windows = tokens = encode


@pytest.fixture
def kept(tmp_path: Path) -> EmbeddingCache:
    copy_embeddings(tmp_path)
    return EmbeddingCache(tmp_path / "embeddings")


def test_every_embedding_of_the_sample_is_kept(kept: EmbeddingCache) -> None:
    features = embed_sample(tuple(CachedEncoder(encoder=NoEncoder(name), cache=kept) for name in DEFAULT_ENCODERS))
    assert len(features) == 440


@pytest.mark.encoder
@pytest.mark.parametrize("name", DEFAULT_ENCODERS)
def test_kept_embeddings_are_those_of_the_encoder(
    name: str, kept: EmbeddingCache, training_data: Path, codebook: Codebook
) -> None:
    outcomes = read_harvest(training_data / "harvest_2.xlsx", codebook=codebook).outcomes
    described = [one.story.description for one in outcomes[:3]]
    computed = CachedEncoder(encoder=load_encoder(name), cache=None).encode_start(described)
    found = CachedEncoder(encoder=NoEncoder(name), cache=kept).encode_start(described)
    np.testing.assert_allclose(found, computed, atol=1e-3)
