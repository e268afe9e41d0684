from __future__ import annotations

import numpy as np

from classifier.features.embedding_cache import CachedEncoders
from classifier.features.encoder import encode_windows, share_out_windows
from classifier.harvest.sentences import Cut


def test_short_text_is_embedded_as_it_is(trigrams: CachedEncoders) -> None:
    text = "The city council adopted the by-law on demonstrations."
    whole = encode_windows(trigrams[0].encoder, [text])
    np.testing.assert_allclose(whole, trigrams[0].encoder.encode([text]), atol=1e-6)


def test_long_text_is_the_mean_of_its_windows_at_length_one(trigrams: CachedEncoders) -> None:
    first, second = "council " * 100, " ".join(["police"] * 100)
    whole = encode_windows(trigrams[0].encoder, [first + second])[0]
    mean = trigrams[0].encoder.encode([first, second]).sum(axis=0)
    np.testing.assert_allclose(whole, mean / np.linalg.norm(mean), atol=1e-6)


def test_each_text_gets_the_windows_of_its_own(trigrams: CachedEncoders) -> None:
    texts = ["The court ruled. " * 80, "She was freed.", "The ministry replied in writing. " * 120]
    together = encode_windows(trigrams[0].encoder, texts)
    one_by_one = np.concatenate([encode_windows(trigrams[0].encoder, [text]) for text in texts])
    np.testing.assert_allclose(together, one_by_one, atol=1e-6)


def test_a_window_counts_for_the_sentences_it_is_cut_from(trigrams: CachedEncoders) -> None:
    first, second = "council " * 100, "police " * 100
    cut = Cut(owners=np.repeat([0, 1], [len(first), len(second)]), n_sentences=2)
    (shared,) = share_out_windows(trigrams[0].encoder, [first + second], [cut])
    rows = shared.sentences
    np.testing.assert_allclose(shared.whole, encode_windows(trigrams[0].encoder, [first + second])[0])
    assert (
        rows[0] @ trigrams[0].encoder.encode(["council " * 100])[0]
        > rows[1] @ trigrams[0].encoder.encode(["council " * 100])[0]
    )
