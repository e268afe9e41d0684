"""The embeddings of the sample harvests, kept beside the tests: computing them takes a minute and a half.

What is kept is found by a hash of the story, of the encoder and of how both are used, so that it is computed anew where
any of them has changed. To make the file again: ``python -m tests.support.sample_embeddings``.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from classifier.codebook.schema import sample_codebook
from classifier.features.embedding_cache import CachedEncoders, EmbeddingCache
from classifier.features.story_features import StoryFeatures
from classifier.harvest.reading import read_harvest
from classifier.suggestion.explanation import share_stories

__all__ = ["copy_embeddings", "embed_sample"]

_ROOT = Path(__file__).resolve().parents[2]
_KEPT = _ROOT / "tests" / "data" / "sample_embeddings.sqlite"


def copy_embeddings(folder: Path) -> None:
    """Lay a copy into a folder, to be the program's cache."""
    place = folder / "embeddings" / "embeddings.sqlite"
    place.parent.mkdir(parents=True)
    shutil.copyfile(_KEPT, place)


def embed_sample(encoders: CachedEncoders) -> StoryFeatures:
    """Embed the stories of the sample harvests, and by sentence those of the third, which is explained in tests."""
    codebook = sample_codebook()
    harvests = [
        read_harvest(_ROOT / "training_data" / f"harvest_{name}.xlsx", codebook=codebook)
        for name in ("1", "2", "3_new")
    ]
    share_stories(harvests[-1].outcomes, codebook.columns.parts, encoders)
    return StoryFeatures.of([one.story for harvest in harvests for one in harvest.outcomes], encoders)


if __name__ == "__main__":
    import tempfile

    from classifier.features.embedding_cache import CachedEncoder
    from classifier.features.registry import DEFAULT_ENCODERS, load_encoder

    with tempfile.TemporaryDirectory() as name:
        kept = EmbeddingCache(Path(name))
        embed_sample(tuple(CachedEncoder(encoder=load_encoder(one), cache=kept) for one in DEFAULT_ENCODERS))
        shutil.copyfile(next(Path(name).glob("*.sqlite")), _KEPT)
