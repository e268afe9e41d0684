from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import platformdirs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from classifier._types import FloatArray
from classifier.codebook.schema import Codebook
from classifier.features.embedding_cache import (
    CachedEncoder,
    CachedEncoders,
    EmbeddingCache,
    EmbeddingJob,
    Reach,
    default_cache_folder,
)
from classifier.features.encoder import Encoder, Tokens
from classifier.features.quantisation import Embedding, shares_to_bytes, to_half_precision, vector_to_bytes
from classifier.harvest.sentences import Cut, cut_story
from classifier.harvest.story import tell_story
from classifier.limits import MOST_ROWS

TEXTS = ["The by-law on demonstrations passed.", "Wanjiru was freed on bail."]
KEY = "ab12"
BYTES_OF_A_SAMPLE_OUTCOME = 23_000  # 2.7 MB of 118; see benchmarks/RESULTS.md


class CountingEncoder:
    """Keeps the texts that it was asked to embed."""

    def __init__(self, encoder: Encoder, sha256: str = "1" * 64) -> None:
        self.name = encoder.name
        self.sha256 = sha256
        self.embedded: list[str] = []
        self._encoder = encoder

    def encode(self, texts: Sequence[str], /) -> FloatArray:
        self.embedded += texts
        return self._encoder.encode(texts)

    def windows(self, text: str, /) -> tuple[str, ...]:
        return self._encoder.windows(text)

    def tokens(self, texts: Sequence[str], /) -> list[Tokens]:
        self.embedded += texts
        return self._encoder.tokens(texts)


@pytest.fixture
def encoder(trigrams: CachedEncoders) -> CountingEncoder:
    """Return an encoder that counts."""
    return CountingEncoder(trigrams[0].encoder)


@pytest.fixture
def cache(tmp_path: Path) -> EmbeddingCache:
    """Return an empty cache whose folder does not exist yet."""
    return EmbeddingCache(tmp_path / "cache")


@pytest.fixture
def source(encoder: CountingEncoder, cache: EmbeddingCache) -> CachedEncoder:
    """Return embeddings that are counted and kept."""
    return CachedEncoder(encoder=encoder, cache=cache)


def files_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


# What is embedded


def test_text_seen_before_is_not_embedded_again(source: CachedEncoder, encoder: CountingEncoder) -> None:
    first = source.encode_start(TEXTS)
    encoder.embedded.clear()
    second = source.encode_start(TEXTS)
    assert encoder.embedded == []
    np.testing.assert_array_equal(first, second)


def test_only_new_texts_are_embedded(source: CachedEncoder, encoder: CountingEncoder) -> None:
    source.encode_start(TEXTS[:1])
    encoder.embedded.clear()
    source.encode_start(TEXTS)
    assert encoder.embedded == TEXTS[1:]


def test_text_that_comes_twice_is_embedded_once(trigrams: CachedEncoders, encoder: CountingEncoder) -> None:
    CachedEncoder(encoder=encoder, cache=None).encode_start([TEXTS[0], TEXTS[1], TEXTS[0]])
    assert sorted(encoder.embedded) == sorted(TEXTS)


def test_vectors_come_in_the_order_of_the_texts(source: CachedEncoder, trigrams: CachedEncoders) -> None:
    source.encode_start(TEXTS[1:])
    texts = [TEXTS[0], TEXTS[1], "A far longer story than the other two are, which is embedded first.", TEXTS[0]]
    np.testing.assert_array_equal(source.encode_start(texts), to_half_precision(trigrams[0].encoder.encode(texts)))


def test_without_a_cache_every_run_embeds(encoder: CountingEncoder) -> None:
    source = CachedEncoder(encoder=encoder, cache=None)
    source.encode_start(TEXTS)
    source.encode_start(TEXTS)
    assert len(encoder.embedded) == 4


def test_start_of_a_story_is_not_taken_for_the_whole(source: CachedEncoder) -> None:
    story = "The council met. " * 50 + "The police withdrew. " * 50
    assert not np.array_equal(source.encode_start([story]), source.encode_windows([story]))


def test_story_that_is_read_in_one_piece_is_not_embedded_after_its_start(
    source: CachedEncoder, encoder: CountingEncoder
) -> None:
    starts = dict(zip(TEXTS, source.encode_start(TEXTS), strict=True))
    encoder.embedded.clear()
    whole = source.encode_windows([TEXTS[1], TEXTS[0]], starts=starts)
    assert encoder.embedded == []
    np.testing.assert_array_equal(whole, [starts[TEXTS[1]], starts[TEXTS[0]]])


def test_story_of_several_pieces_is_embedded_whole_for_all_that_its_start_is_known(source: CachedEncoder) -> None:
    story = "The council met. " * 50 + "The police withdrew. " * 50
    starts = {story: source.encode_start([story])[0]}
    np.testing.assert_array_equal(source.encode_windows([story], starts=starts), source.encode_windows([story]))


def test_vectors_of_another_encoder_are_not_used(
    cache: EmbeddingCache, source: CachedEncoder, trigrams: CachedEncoders
) -> None:
    source.encode_start(TEXTS)
    other = CountingEncoder(trigrams[0].encoder, sha256="2" * 64)
    CachedEncoder(encoder=other, cache=cache).encode_start(TEXTS)
    assert sorted(other.embedded) == sorted(TEXTS)


def test_progress_is_reported_for_kept_and_new_texts_alike(source: CachedEncoder) -> None:
    source.encode_start(TEXTS[:1])
    steps: list[int] = []
    source.encode_start(TEXTS, progress=steps.append)
    assert steps == [1, 1]


def test_progress_of_a_large_harvest_adds_up_to_its_texts(source: CachedEncoder) -> None:
    steps: list[int] = []
    source.encode_windows([f"Village {n} dug a well." for n in range(130)], progress=steps.append)
    assert sum(steps) == 130


# What is kept


def test_no_file_holds_a_word_of_a_text(source: CachedEncoder, cache: EmbeddingCache) -> None:
    source.encode_start(TEXTS)
    source.encode_windows(TEXTS)
    kept = b"".join(str(path).encode() + path.read_bytes() for path in files_in(cache.folder))
    words = {word for text in TEXTS for word in text.split() if len(word) > 3}
    assert [word for word in words if word.encode() in kept] == []


def test_vectors_are_the_same_with_and_without_a_cache(source: CachedEncoder, encoder: CountingEncoder) -> None:
    first, kept = source.encode_windows(TEXTS), source.encode_windows(TEXTS)
    without = CachedEncoder(encoder=encoder, cache=None).encode_windows(TEXTS)
    np.testing.assert_array_equal(first, kept)
    np.testing.assert_array_equal(without, kept)


# Damage


def change_kept(cache: EmbeddingCache, change: Callable[[bytes], bytes]) -> None:
    with closing(sqlite3.connect(cache.folder / "embeddings.sqlite")) as connection, connection:
        rows = connection.execute("SELECT number, content FROM embeddings").fetchall()
        changed = [(change(content), number) for number, content in rows]
        connection.executemany("UPDATE embeddings SET content = ? WHERE number = ?", changed)


@settings(deadline=None, max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(0, 30), change=st.integers(1, 255))
def test_content_with_a_changed_byte_is_not_used(place: int, change: int, cache: EmbeddingCache) -> None:
    cache.put_all({KEY: b"some vector"})
    change_kept(
        cache,
        lambda kept: bytes(byte ^ change if at == place % len(kept) else byte for at, byte in enumerate(kept)),
    )
    assert cache.get_all([KEY]) == {}


@pytest.mark.parametrize("n_left", [0, 5, 26])
def test_content_cut_short_is_not_used(n_left: int, cache: EmbeddingCache) -> None:
    cache.put_all({KEY: b"some vector"})
    change_kept(cache, lambda kept: kept[:n_left])
    assert cache.get_all([KEY]) == {}


def test_content_that_lies_under_the_key_of_another_is_not_used(cache: EmbeddingCache) -> None:
    cache.put_all({KEY: b"first", "cd34": b"second"})
    with closing(sqlite3.connect(cache.folder / "embeddings.sqlite")) as connection, connection:
        connection.execute("UPDATE embeddings SET key = x'ff' WHERE key = x'cd34'")
        connection.execute("UPDATE embeddings SET key = x'cd34' WHERE key = x'ab12'")
    assert cache.get_all(["cd34"]) == {}


def test_damaged_vector_is_embedded_again_and_mended(source: CachedEncoder, encoder: CountingEncoder) -> None:
    first = source.encode_start(TEXTS[:1])
    assert source.cache is not None
    change_kept(source.cache, lambda kept: b"")
    np.testing.assert_array_equal(source.encode_start(TEXTS[:1]), first)
    source.encode_start(TEXTS[:1])
    assert encoder.embedded == [TEXTS[0], TEXTS[0]]


def test_cache_that_cannot_be_written_does_no_harm(encoder: CountingEncoder, tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.write_text("a file where the folder should be", encoding="utf-8")
    source = CachedEncoder(encoder=encoder, cache=EmbeddingCache(taken))
    np.testing.assert_array_equal(source.encode_start(TEXTS), source.encode_start(TEXTS))


# By sentence


def halves(text: str) -> Cut:
    """Cut a text in two, as if either half were a sentence."""
    return Cut(owners=np.arange(len(text)) * 2 // len(text), n_sentences=2)


def test_vectors_by_sentence_are_kept(source: CachedEncoder, encoder: CountingEncoder) -> None:
    cuts = [halves(text) for text in TEXTS]
    first = source.encode_windows_by_sentence(TEXTS, cuts)
    again = source.encode_windows_by_sentence(TEXTS, cuts)
    assert len(encoder.embedded) == len(TEXTS)
    for ours, theirs in zip(again, first, strict=True):
        np.testing.assert_array_equal(ours.rows, theirs.rows)
        np.testing.assert_array_equal(ours.whole, theirs.whole)


def test_texts_that_were_read_by_sentence_are_not_read_again(source: CachedEncoder, encoder: CountingEncoder) -> None:
    by_sentence = source.encode_start_by_sentence(TEXTS, [halves(text) for text in TEXTS])
    np.testing.assert_array_equal(source.encode_start(TEXTS), np.stack([shared.whole for shared in by_sentence]))
    assert len(encoder.embedded) == len(TEXTS)


def test_vector_is_the_same_whether_it_is_shared_out_or_not(encoder: CountingEncoder) -> None:
    source = CachedEncoder(encoder=encoder, cache=None)
    long = "The council met. " * 50 + "The police withdrew. " * 50
    for texts, whole, shared in (
        (TEXTS, source.encode_start, source.encode_start_by_sentence),
        ([*TEXTS, long], source.encode_windows, source.encode_windows_by_sentence),
    ):
        by_sentence = shared(texts, [halves(text) for text in texts])
        np.testing.assert_array_equal(np.stack([one.whole for one in by_sentence]), whole(texts))


def test_story_that_is_read_in_one_piece_is_not_shared_out_after_its_start(
    source: CachedEncoder, encoder: CountingEncoder
) -> None:
    cuts = [halves(text) for text in TEXTS]
    starts = dict(zip(TEXTS, source.encode_start_by_sentence(TEXTS, cuts), strict=True))
    encoder.embedded.clear()
    source.encode_windows_by_sentence(TEXTS, cuts, starts=starts)
    assert encoder.embedded == []


def test_shares_of_a_vector_that_has_changed_are_made_again(source: CachedEncoder, encoder: CountingEncoder) -> None:
    cut = halves(TEXTS[0])
    source.encode_start_by_sentence(TEXTS[:1], [cut])
    assert source.cache is not None
    changed = vector_to_bytes(np.full(256, 0.0625, dtype=np.float32))
    source.cache.put_all({EmbeddingJob(encoder="1" * 64, reach=Reach.START, text=TEXTS[0]).key: changed})
    source.encode_start_by_sentence(TEXTS[:1], [cut])
    assert encoder.embedded == [TEXTS[0], TEXTS[0]]


def test_another_cut_of_the_same_text_is_another_vector(source: CachedEncoder) -> None:
    (first,) = source.encode_start_by_sentence(TEXTS[:1], [halves(TEXTS[0])])
    (other,) = source.encode_start_by_sentence(TEXTS[:1], [Cut(owners=halves(TEXTS[0]).owners * 0, n_sentences=1)])
    assert (len(first.rows), len(other.rows)) == (3, 2)


def test_number_of_sentences_counts_also_where_they_own_none_of_the_letters(source: CachedEncoder) -> None:
    owners = halves(TEXTS[0]).owners
    (two,) = source.encode_start_by_sentence(TEXTS[:1], [Cut(owners=owners, n_sentences=2)])
    (three,) = source.encode_start_by_sentence(TEXTS[:1], [Cut(owners=owners, n_sentences=3)])
    assert (len(two.rows), len(three.rows)) == (3, 4)


def test_story_with_a_sentence_added_elsewhere_is_suggested_for_from_the_same_cache(
    source: CachedEncoder, codebook: Codebook
) -> None:
    reported = {"Outcome description": "The council passed the by-law. Wanjiru was freed."}
    told_of = [
        {**reported, "Significance of the outcome": "It is the first."},
        {**reported, "Significance of the outcome": "It is the first. More follow."},
    ]
    parts = codebook.columns.parts
    for texts in told_of:
        story = tell_story(texts, "", parts)
        cut = cut_story(story, parts)
        (shared,) = source.encode_start_by_sentence([story.description], [cut.description])
        assert len(shared.rows) == len(cut.sentences) + 1


# What it is kept by

CUT = Cut(owners=np.array([0, 0, 1, 2]), n_sentences=2)
JOB = EmbeddingJob(encoder="1" * 64, reach=Reach.START, text="text", cut=CUT)
OTHERS: dict[str, list[Any]] = {
    "encoder": ["2" * 64, ""],
    "reach": [Reach.WINDOWS],
    "text": ["texts", "", "tex", "t\0ext", "\ud83d"],
    "cut": [
        None,
        replace(CUT, n_sentences=3),
        replace(CUT, owners=CUT.owners[:3]),
        replace(CUT, owners=CUT.owners + 1),
    ],
}


@pytest.mark.parametrize("name", [field.name for field in fields(EmbeddingJob)])
def test_whatever_a_vector_depends_on_is_in_its_key(name: str) -> None:
    keys = {JOB.key, *(replace(JOB, **{name: other}).key for other in OTHERS[name])}
    assert len(keys) == 1 + len(OTHERS[name])


@pytest.mark.parametrize("name", [field.name for field in fields(Cut)])
def test_whatever_a_cut_says_is_in_the_key(name: str) -> None:
    other: Any = {"owners": CUT.owners * 0, "n_sentences": 9}[name]
    assert replace(JOB, cut=replace(CUT, **{name: other})).key != JOB.key


JOBS = st.builds(
    EmbeddingJob,
    encoder=st.text(max_size=3),
    reach=st.sampled_from(Reach),
    text=st.text(max_size=3),
    cut=st.none()
    | st.builds(
        Cut, owners=st.lists(st.integers(0, 3), max_size=3).map(lambda one: np.array(one, dtype=np.intp)),
        n_sentences=st.integers(0, 3),
    ),
)  # fmt: skip


def as_plain(job: EmbeddingJob) -> tuple[Any, ...]:
    cut = None if job.cut is None else (tuple(job.cut.owners.tolist()), job.cut.n_sentences)
    return (job.encoder, job.reach, job.text, cut)


@pytest.mark.slow
@given(one=JOBS, other=JOBS)
def test_keys_are_equal_where_all_fields_are_and_nowhere_else(one: EmbeddingJob, other: EmbeddingJob) -> None:
    assert (one.key == other.key) == (as_plain(one) == as_plain(other))
    assert one.key == replace(one).key


# Vectors that can't be right


@pytest.mark.parametrize(
    "wrong",
    [vector_to_bytes(np.ones(3)), vector_to_bytes(np.full(256, np.nan)), b"", b"odd"],
    ids=["short", "not a number", "empty", "odd"],
)
def test_kept_vector_that_cannot_be_right_is_made_again(source: CachedEncoder, wrong: bytes) -> None:
    first = source.encode_start(TEXTS)
    assert source.cache is not None
    source.cache.put_all({EmbeddingJob(encoder="1" * 64, reach=Reach.START, text=TEXTS[0]).key: wrong})
    np.testing.assert_array_equal(source.encode_start(TEXTS), first)


def test_kept_vector_of_another_length_than_a_new_one_is_made_again(source: CachedEncoder) -> None:
    assert source.cache is not None
    key = EmbeddingJob(encoder="1" * 64, reach=Reach.START, text=TEXTS[0]).key
    source.cache.put_all({key: vector_to_bytes(np.ones(3))})
    assert source.encode_start(TEXTS).shape == (2, 256)


def test_vectors_by_sentence_of_a_wrong_number_of_rows_are_made_again(source: CachedEncoder) -> None:
    cut = halves(TEXTS[0])
    (first,) = source.encode_start_by_sentence(TEXTS[:1], [cut])
    assert source.cache is not None
    key = EmbeddingJob(encoder="1" * 64, reach=Reach.START, text=TEXTS[0], cut=cut).key
    other = Embedding.of(first.whole, np.ones((3, 256), dtype=np.float32)).shares
    assert other is not None
    source.cache.put_all({key: shares_to_bytes(other, first.whole)})
    (again,) = source.encode_start_by_sentence(TEXTS[:1], [cut])
    np.testing.assert_array_equal(again.rows, first.rows)


# Looking after it


def test_info_counts_vectors_and_bytes(source: CachedEncoder, cache: EmbeddingCache) -> None:
    source.encode_start(TEXTS)
    info = cache.info()
    size = sum(path.stat().st_size for path in files_in(cache.folder))
    assert (info.folder, info.n_vectors, info.n_bytes) == (cache.folder, 2, size)


def test_cache_that_was_never_used_is_empty(cache: EmbeddingCache) -> None:
    assert (cache.info().n_vectors, cache.info().n_bytes) == (0, 0)


def test_clearing_deletes_all_vectors(source: CachedEncoder, cache: EmbeddingCache) -> None:
    source.encode_start(TEXTS)
    assert (cache.clear(), files_in(cache.folder)) == (2, [])


def test_clearing_leaves_other_files_alone(cache: EmbeddingCache) -> None:
    cache.put_all({KEY: b"a vector"})
    (cache.folder / "notes.txt").write_text("mine", encoding="utf-8")
    cache.clear()
    assert [path.name for path in files_in(cache.folder)] == ["notes.txt"]


# A file for each vector, as earlier versions kept them


@pytest.fixture
def earlier(cache: EmbeddingCache) -> Path:
    """Return a file of an earlier version, beside one that a killed run left and one of the user's."""
    folder = cache.folder / "ab"
    folder.mkdir(parents=True)
    (folder / f"ab{'0' * 62}.npy").write_bytes(b"x")
    (folder / "tmp1234.part").write_bytes(b"x")
    (folder / "mine.npy").write_bytes(b"x")
    return folder


def test_files_of_earlier_versions_are_removed_when_the_cache_is_first_written(
    cache: EmbeddingCache, earlier: Path
) -> None:
    cache.put_all({KEY: b"a vector"})
    assert [path.name for path in files_in(cache.folder)] == ["mine.npy", "embeddings.sqlite"]


def test_folders_of_earlier_versions_go_with_their_files(cache: EmbeddingCache, earlier: Path) -> None:
    (earlier / "mine.npy").unlink()
    assert (cache.clear(), earlier.exists()) == (1, False)


def test_place_of_the_cache_can_be_chosen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OUTCOME_CODER_CACHE", str(tmp_path))
    assert default_cache_folder() == tmp_path / "embeddings"


def test_cache_lies_where_the_system_keeps_such_things(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OUTCOME_CODER_CACHE", raising=False)
    assert default_cache_folder() == Path(platformdirs.user_cache_dir("outcome-coder")) / "embeddings"


def test_embeddings_of_the_largest_harvest_that_is_read_are_kept(tmp_path: Path) -> None:
    # Of a sequence longer than the cache, the least recently used is always the next one wanted, and none is found.
    assert EmbeddingCache(tmp_path).info().most_bytes >= MOST_ROWS * BYTES_OF_A_SAMPLE_OUTCOME
