"""Starting the service: where it listens, and what it says."""

from __future__ import annotations

import os
import re
import socket
import urllib.request
from pathlib import Path

import pytest
import uvicorn

from classifier.errors import OutcomeCoderError
from classifier.service.server import serve_model
from tests.support.serving import TOKEN, free_port, running_service

TITLE = r"sample \(\d{4}-\d\d-\d\d\)"


@pytest.fixture
def token_file(tmp_path: Path) -> Path:
    path = tmp_path / "token.txt"
    path.write_text(TOKEN, encoding="utf-8")
    path.chmod(0o600)
    return path


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def _ends_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uvicorn.Server, "run", lambda server, sockets: None)


def said(port: int, **options: object) -> list[str]:
    lines: list[str] = []
    serve_model("sample", port=port, say=lines.append, **options)  # type: ignore[arg-type]
    return lines


def refused(port: int, **options: object) -> str:
    with pytest.raises(OutcomeCoderError) as caught:
        said(port, **options)
    return str(caught.value)


@pytest.mark.usefixtures("_ends_at_once")
def test_token_that_is_made_is_shown_once(port: int) -> None:
    lines = said(port)
    assert re.fullmatch(
        rf"Suggestions by model {TITLE} at http://127\.0\.0\.1:{port}; http://127\.0\.0\.1:{port}/openapi\.json "
        r"describes the requests",
        lines[0],
    )
    assert re.fullmatch(r"The token, which is shown this once:\n  [\w-]{43}", lines[1])
    assert lines[2:] == ["Press Ctrl+C to stop."]


@pytest.mark.usefixtures("_ends_at_once")
def test_token_of_a_file_is_not_shown(port: int, token_file: Path) -> None:
    assert TOKEN not in "".join(said(port, token_file=token_file))


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "codes.example.org"])
@pytest.mark.parametrize("is_address_given", [True, False])
def test_address_that_others_reach_needs_its_name_and_a_token_of_ones_own(
    port: int, host: str, is_address_given: bool, token_file: Path
) -> None:
    options = {"address": "https://codes.example.org"} if is_address_given else {"token_file": token_file}
    assert refused(port, host=host, **options) == (
        f"{host}: others can reach this address; give the one that programs use with --address, and a token of your "
        "own with --token-file or OUTCOME_CODER_TOKEN"
    )


def test_address_that_is_none_is_refused(port: int, token_file: Path) -> None:
    assert refused(port, address="codes.example.org", token_file=token_file) == (
        "--address: 'codes.example.org' is not an address such as https://codes.example.org"
    ).replace("https://codes", "https://coding")


@pytest.mark.usefixtures("_ends_at_once")
def test_texts_without_encryption_are_warned_of(port: int, token_file: Path) -> None:
    lines = said(port, host="0.0.0.0", address=f"http://coder.internal:{port}", token_file=token_file)
    assert lines[1:3] == [
        f"Listening on 0.0.0.0:{port}",
        "Texts and the token are sent without encryption; put a web server with TLS in front, and give its address",
    ]


def test_port_in_use_is_an_error(token_file: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert refused(port, token_file=token_file) == (
            f"127.0.0.1:{port}: another program uses this port; stop it, or choose another --port"
        )


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_service_answers_until_it_is_stopped(token_file: Path) -> None:
    with running_service(token_file) as service:
        request = urllib.request.Request(f"{service.address}/v1/codebook", headers={"Authorization": f"Bearer {TOKEN}"})
        with urllib.request.urlopen(request) as answered:
            status = answered.status
    assert (status, service.process.returncode) == (200, 130)
    assert service.output.endswith("Press Ctrl+C to stop.\nStopped. Nothing that was sent is kept.\n")
