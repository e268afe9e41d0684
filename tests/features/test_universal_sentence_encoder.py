from __future__ import annotations

import numpy as np
import pytest

from classifier.features.universal_sentence_encoder import MultilingualEncoder

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
def test_multilingual_encoder_finds_a_change_reported_in_another_language(
    language: str, multilingual: MultilingualEncoder
) -> None:
    english, other, different = multilingual.encode([LAW["English"], LAW[language], MARKET])
    assert english @ other > 0.5 > english @ different


@pytest.mark.encoder
def test_no_more_than_10_000_letters_without_the_end_of_a_sentence_are_read_at_once(
    multilingual: MultilingualEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[int] = []

    def encode(pieces: list[str]) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
        read.extend(map(len, pieces))
        return np.ones((len(pieces), 512), dtype=np.float32)

    multilingual.encode(["They met."])
    monkeypatch.setattr(multilingual._loaded, "encode", encode)
    multilingual.encode(["iVBORw0KGgo" * 2_000])  # a picture in base64, as a survey tool may export it
    assert read == [10_000, 10_000, 2_000]


@pytest.mark.encoder
def test_vectors_of_the_multilingual_encoder_have_length_one(multilingual: MultilingualEncoder) -> None:
    vectors = multilingual.encode(list(LAW.values()))
    assert vectors.shape == (4, 512)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)


@pytest.mark.encoder
def test_vector_does_not_depend_on_the_texts_beside_it(multilingual: MultilingualEncoder) -> None:
    alone = multilingual.encode([MARKET])[0]
    assert multilingual.encode([*LAW.values(), MARKET])[-1].tobytes() == alone.tobytes()


@pytest.mark.encoder
def test_vector_of_a_long_text_is_the_mean_of_what_is_read_at_a_time(multilingual: MultilingualEncoder) -> None:
    # Each is longer than what is read at a time, and so read alone.
    first, second = f"{LAW['English'][:-1]} and in prison. " * 4, f"{MARKET[:-1]} by the river and the road. " * 4
    first, second = first.replace(". ", ", "), second.replace(". ", ", ")
    first, second = f"{first[:-2]}.", f"{second[:-2]}."
    mean = multilingual.encode([first, second]).sum(axis=0)
    np.testing.assert_allclose(multilingual.encode([f"{first} {second}"])[0], mean / np.linalg.norm(mean), atol=1e-4)


@pytest.mark.encoder
@pytest.mark.parametrize(
    "text", [LAW["French"] * 10, " \n", "", "理事会会见了我们。" * 60, f"{MARKET} {LAW['Arabic']} " * 5]
)
def test_what_the_words_of_a_text_add_is_its_vector(text: str, multilingual: MultilingualEncoder) -> None:
    (tokens,) = multilingual.tokens([text])
    np.testing.assert_allclose(tokens.vectors.sum(axis=0), multilingual.encode([text])[0], atol=1e-5)


@pytest.mark.encoder
def test_words_read_at_a_time_add_the_same(multilingual: MultilingualEncoder) -> None:
    (tokens,) = multilingual.tokens(["She was freed. He was not."])
    assert tokens.places.tolist() == [0, 4, 8, 15, 18, 22]
    np.testing.assert_array_equal(tokens.vectors, np.tile(tokens.vectors[0], (6, 1)))
