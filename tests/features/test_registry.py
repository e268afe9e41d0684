from __future__ import annotations

import hashlib
import json
import socket
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

import huggingface_hub.constants
import pytest

from classifier.errors import EncoderError
from classifier.features import sentence_transformer
from classifier.features.registry import DEFAULT_ENCODERS, load_encoder, open_encoders
from classifier.features.shipped_encoders import SMALL_ENCODER, shipped_folder

FOLDER = shipped_folder(SMALL_ENCODER)


def folder_of_weights(folder: Path, **weights: bytes) -> Path:
    folder.mkdir()
    for name, content in weights.items():
        (folder / f"{name}.safetensors").write_bytes(content)
    return folder


def test_default_encoders_are_the_small_one_and_the_multilingual_one() -> None:
    names = [source.encoder.name for source in open_encoders()]
    assert names == list(DEFAULT_ENCODERS) == ["all-MiniLM-L6-v2", "use-multilingual-v3"]


def test_encoder_named_twice_is_used_once() -> None:
    assert len(open_encoders([SMALL_ENCODER, SMALL_ENCODER])) == 1


def test_small_encoder_is_known_by_the_hash_of_its_weights() -> None:
    encoder = load_encoder(SMALL_ENCODER)
    weights = (FOLDER / "model.safetensors").read_bytes()
    assert (encoder.name, encoder.sha256) == (SMALL_ENCODER, hashlib.sha256(weights).hexdigest())


def test_finding_an_encoder_does_not_import_torch() -> None:
    program = (
        "import sys; from classifier.features.registry import open_encoders; "
        "open_encoders(); print('torch' in sys.modules)"
    )
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


def test_folder_without_weights_is_reported(tmp_path: Path) -> None:
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


@pytest.mark.parametrize("missing", ["sentence_transformers", "torch"])
@pytest.mark.parametrize("name", ["paraphrase-multilingual-MiniLM-L12-v2", "FOLDER"])
def test_an_encoder_of_the_library_is_refused_where_that_is_not_installed(
    name: str, missing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if name == "FOLDER":
        name = str(folder_of_weights(tmp_path / "ours", model=b"weights"))
    monkeypatch.setattr(sentence_transformer, "find_spec", lambda module: None if module == missing else object())
    with pytest.raises(EncoderError) as caught:
        load_encoder(name).encode(["The by-law passed."])
    assert str(caught.value) == (
        f"encoder {name!r} needs sentence-transformers and PyTorch, which are not installed; in a copy of the project, "
        "run `make run` (the whole installation), else `pip install sentence-transformers torch`; or leave --encoder "
        "out to use the default"
    )


# The model hub


@pytest.fixture
def hub_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty folder for what is fetched, on a machine without network."""
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    return tmp_path


@pytest.mark.parametrize("name", ["no-such-encoder", "nobody/no-such-encoder", "récolte", "a/b/c"])
@pytest.mark.usefixtures("hub_cache")
def test_name_that_cannot_be_fetched_is_reported_with_what_to_do(name: str) -> None:
    with pytest.raises(EncoderError) as caught:
        load_encoder(name)
    reported, reason = str(caught.value).split(" (The hub's library says: ")
    assert reported == (
        f"encoder {name!r} is not a folder here and can't be fetched from the model hub. Check the name and the "
        "network; or fetch it on another machine with `SentenceTransformer(...).save(FOLDER)` and give that folder; "
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
