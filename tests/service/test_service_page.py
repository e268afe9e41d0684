"""What the page on the service shows is what happens."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from classifier.service import request_limits
from tests.support.serving import TOKEN, RunningService, running_service

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "how_to" / "service.md").read_text(encoding="utf-8")


def block(kind: str) -> str:
    (found,) = re.findall(rf"^```{kind}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    text: str = found
    return text


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("caller")
    (folder / "token.txt").write_text(f"{TOKEN}\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def service(folder: Path) -> Iterator[RunningService]:
    with running_service(folder / "token.txt") as service:
        yield service


@pytest.mark.encoder
@pytest.mark.skipif(shutil.which("curl") is None or shutil.which("sh") is None, reason="curl")
def test_example_with_curl_answers_what_is_shown(service: RunningService, folder: Path) -> None:
    script = block("sh").replace("127.0.0.1:8766", f"127.0.0.1:{service.port}")
    answered = subprocess.run(["sh", "-c", script], cwd=folder, capture_output=True, check=True).stdout
    assert json.loads(answered) == json.loads(block("json"))


@pytest.mark.encoder
def test_example_in_python_prints_what_is_shown(service: RunningService, folder: Path) -> None:
    script = block("python").replace("127.0.0.1:8766", f"127.0.0.1:{service.port}")
    printed = subprocess.run([sys.executable, "-c", script], cwd=folder, capture_output=True, check=True, text=True)
    (shown,) = re.findall(r"^```python\n.*?^```\n\n```\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert printed.stdout == shown


@pytest.mark.parametrize(
    "told",
    [
        f"{request_limits.MOST_OUTCOMES} outcomes, with {request_limits.MOST_COLUMNS_OF_REQUEST} columns together, "
        f"{request_limits.MOST_CHARACTERS:,} characters in a cell",
        f"{request_limits.MOST_BODY_MIB} MiB",
        f"{request_limits.MOST_SECONDS_OF_BODY} seconds for a request to arrive, "
        f"{request_limits.MOST_SECONDS_OF_ANSWER} for an answer",
        f"{request_limits.MOST_REQUESTS_AT_ONCE} requests that are answered or wait",
        f"{request_limits.MOST_REQUESTS_PER_MINUTE} requests a minute; "
        f"{request_limits.MOST_REFUSALS_PER_MINUTE} without the right token",
    ],
)
def test_limits_on_the_page_are_those_there_are(told: str) -> None:
    assert f"| {told}" in PAGE
