from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from classifier.codebook.schema import Codebook
from classifier.errors import EncoderError
from classifier.features.sentence_transformer import SentenceEncoder
from classifier.features.shipped_encoders import SMALL_ENCODER, shipped_folder
from classifier.features.small_encoder import SmallEncoder
from classifier.harvest.reading import read_harvest

FOLDER = shipped_folder(SMALL_ENCODER)


@pytest.fixture(scope="module")
def encoder() -> SentenceEncoder:
    """Return the small encoder, as the library computes it."""
    return SentenceEncoder(SMALL_ENCODER, FOLDER)


@pytest.fixture(scope="module")
def longest_story(harvest_3_new: Path, codebook: Codebook) -> str:
    """Return the longest story of the third sample harvest."""
    outcomes = read_harvest(harvest_3_new, codebook=codebook).outcomes
    return max((outcome.story.merged for outcome in outcomes), key=len)


@pytest.mark.encoder
def test_vectors_are_those_of_the_library(encoder: SentenceEncoder, longest_story: str) -> None:
    from sentence_transformers import SentenceTransformer  # takes seconds

    texts = [longest_story, "She was freed on bail.", "", " <redacted>  حصاد ", "会議は終わった。", "🕊"]
    library = SentenceTransformer(str(FOLDER), device="cpu").encode(texts, normalize_embeddings=True)
    np.testing.assert_allclose(SmallEncoder().encode(texts), library, atol=1e-6)
    np.testing.assert_allclose(encoder.encode(texts), library, atol=1e-6)


@pytest.mark.encoder
def test_the_small_encoder_places_tokens_as_the_library_does(encoder: SentenceEncoder, longest_story: str) -> None:
    texts = [longest_story, " <redacted>  حصاد "]
    expected = [tokens.places.tolist() for tokens in encoder.tokens(texts)]
    assert [tokens.places.tolist() for tokens in SmallEncoder().tokens(texts)] == expected


@pytest.mark.encoder
def test_the_small_encoder_cuts_the_windows_of_the_library(encoder: SentenceEncoder, longest_story: str) -> None:
    assert SmallEncoder().windows(longest_story) == encoder.windows(longest_story)


@pytest.mark.encoder
def test_vectors_have_length_one(encoder: SentenceEncoder) -> None:
    vectors = encoder.encode(["The by-law passed.", "", "会議"])
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)


@pytest.mark.encoder
def test_vector_does_not_depend_on_the_texts_beside_it(encoder: SentenceEncoder, longest_story: str) -> None:
    alone = encoder.encode(["The by-law passed."])[0]
    beside = encoder.encode([longest_story, "The by-law passed.", "The council met."])[1]
    assert beside.tobytes() == alone.tobytes()
    tokens = encoder.tokens([longest_story, "The by-law passed."])[1]
    assert tokens.vectors.tobytes() == encoder.tokens(["The by-law passed."])[0].vectors.tobytes()


@pytest.mark.encoder
def test_folder_that_is_no_saved_model_is_reported(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "model.safetensors").write_bytes(b"no tensors in here")
    encoder = SentenceEncoder(str(folder), folder)
    with pytest.raises(EncoderError) as caught:
        encoder.encode(["The by-law passed."])
    reported = str(caught.value)
    assert reported.startswith(f"{folder}: can't be loaded as a sentence-transformers model (")
    assert reported.endswith("); give the folder of a saved one, or leave --encoder out")


@pytest.mark.parametrize("name", ["sentence_bert_config.json", "1_Pooling/config.json", "tokenizer.json", "vocab.txt"])
def test_encoder_of_the_same_weights_that_reads_otherwise_has_another_hash(tmp_path: Path, name: str) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"weights")
    place = tmp_path / name
    place.parent.mkdir(exist_ok=True)
    place.write_text('{"max_seq_length": 256}', encoding="utf-8")
    before = SentenceEncoder("ours", tmp_path)
    place.write_text('{"max_seq_length": 128}', encoding="utf-8")
    assert SentenceEncoder("ours", tmp_path).sha256 != before.sha256


@pytest.mark.encoder
def test_what_the_tokens_of_a_text_add_is_its_vector(encoder: SentenceEncoder, longest_story: str) -> None:
    texts = [longest_story, "She was freed on bail.", " <redacted>  حصاد "]
    summed = np.stack([tokens.vectors.sum(axis=0) for tokens in encoder.tokens(texts)])
    np.testing.assert_allclose(summed, encoder.encode(texts), atol=1e-5)


@pytest.mark.encoder
def test_each_token_is_at_its_place(encoder: SentenceEncoder) -> None:
    (tokens,) = encoder.tokens(["She was  freed."])
    assert tokens.places.tolist() == [-1, 0, 4, 9, 14, -1]


@pytest.mark.encoder
def test_where_an_encoder_pools_otherwise_all_tokens_add_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    encoder = SentenceEncoder(SMALL_ENCODER, FOLDER)
    monkeypatch.setattr(encoder, "_is_mean", False)
    (tokens,) = encoder.tokens(["She was freed."])
    np.testing.assert_allclose(tokens.vectors, np.tile(encoder.encode(["She was freed."]) / 6, (6, 1)), atol=1e-6)
