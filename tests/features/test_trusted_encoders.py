"""Encoders that a model folder names, and who may have them loaded."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import NoReturn

import pytest

from classifier.errors import EncoderError
from classifier.features.registry import DEFAULT_ENCODERS, load_encoder, open_encoders, open_model_encoders
from classifier.features.trusted_encoders import check_trusted, trust_encoder


@pytest.fixture(autouse=True)
def _own_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setattr("platformdirs.user_data_dir", lambda name: str(tmp_path / "data" / name))


@pytest.fixture
def encoder(tmp_path: Path) -> Path:
    folder = tmp_path / "encoder"
    folder.mkdir()
    (folder / "model.safetensors").write_bytes(b"weights")
    (folder / "modules.json").write_text("[]", encoding="utf-8")
    return folder


def sha256_of(encoder: Path) -> str:
    return load_encoder(str(encoder)).sha256


def test_an_encoder_that_only_a_model_names_is_refused(encoder: Path) -> None:
    with pytest.raises(EncoderError) as raised:
        open_model_encoders({str(encoder): sha256_of(encoder)})
    assert str(raised.value) == (
        f"the model was trained with the encoder {str(encoder)!r}, which does not come with outcome-coder and has not "
        "been used on this machine. An encoder from a stranger can harm this machine: if you know where the model "
        "comes from and trust it, run `outcome-coder models trust MODEL`, then run this again"
    )


def test_an_encoder_that_the_user_has_named_is_loaded_for_a_model(encoder: Path) -> None:
    open_encoders([str(encoder)], cache=False)
    (source,) = open_model_encoders({str(encoder): sha256_of(encoder)}, cache=False)
    assert source.encoder.name == str(encoder)


@pytest.mark.parametrize("name", ["modules.json", "modeling.py", "model.safetensors"])
def test_an_encoder_whose_files_have_changed_is_refused(encoder: Path, name: str) -> None:
    open_encoders([str(encoder)], cache=False)
    sha256 = sha256_of(encoder)
    (encoder / name).write_text("changed", encoding="utf-8")
    with pytest.raises(EncoderError, match="has other files than the one that the model was trained with"):
        open_model_encoders({str(encoder): sha256}, cache=False)


def test_a_linked_folder_in_an_encoder_is_refused(encoder: Path, tmp_path: Path) -> None:
    (tmp_path / "pooling").mkdir()
    (encoder / "1_Pooling").symlink_to(tmp_path / "pooling")
    with pytest.raises(EncoderError) as raised:
        open_encoders([str(encoder)], cache=False)
    assert str(raised.value) == (
        f"{encoder / '1_Pooling'}: is a link to another folder; copy that folder's files to its place"
    )


def test_a_model_of_a_changed_encoder_is_refused(encoder: Path) -> None:
    open_encoders([str(encoder)], cache=False)
    with pytest.raises(EncoderError, match="has other files than when it was used here"):
        open_model_encoders({str(encoder): "0" * 64}, cache=False)


def test_the_shipped_encoders_need_no_trust() -> None:
    shipped = {source.encoder.name: source.encoder.sha256 for source in open_encoders(cache=False)}
    assert [source.encoder.name for source in open_model_encoders(shipped, cache=False)] == list(DEFAULT_ENCODERS)


def test_an_encoder_of_the_hub_that_a_model_names_opens_no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []

    def refuse(host: object, *_: object, **__: object) -> NoReturn:
        asked.append(host)
        raise socket.gaierror("no network in tests")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    trust_encoder("nobody/encoder", "0" * 64)
    with pytest.raises(EncoderError, match=r"^encoder 'nobody/encoder' is not on this machine; fetch it with"):
        open_model_encoders({"nobody/encoder": "0" * 64})
    assert asked == []


def test_a_damaged_list_trusts_nobody(tmp_path: Path) -> None:
    path = tmp_path / "data" / "outcome-coder" / "trusted_encoders.json"
    path.parent.mkdir(parents=True)
    path.write_text("{", encoding="utf-8")
    with pytest.raises(EncoderError, match="has not been used on this machine"):
        check_trusted("nobody/encoder", "0" * 64)
