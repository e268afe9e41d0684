"""A service over the cheap model, and outcomes to send to it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from classifier.model.model import Model
from classifier.review.site import Site
from classifier.service.app import make_service
from classifier.service.workflow import ServedModel

__all__ = ["TOKEN", "RunningService", "client_of_service", "free_port", "outcome", "running_service", "served_model"]

ON_LOOPBACK = Site.on_loopback(8766)
TOKEN = "seven-herons-over-the-weir-at-dawn"
_STORY = (
    "In March 2024 the parliament adopted a law that protects people who report torture in prisons, after the "
    "coalition of lawyers had brought three drafts before the committee of justice."
)


def outcome(number: int = 1, /, **cells: object) -> dict[str, object]:
    return {"FragmentID": f"LPC/{number:03}", "Outcome description": _STORY, **cells}


def served_model(model: Model, sources: Any) -> ServedModel:  # noqa: ANN401  # encoders of tests
    return ServedModel(model=model, sources=sources, codebook=model.codebook)


def client_of_service(
    served: ServedModel,
    *,
    site: Site = ON_LOOPBACK,
    token: str | None = TOKEN,
    announced: list[str] | None = None,
) -> TestClient:
    """Return a client that brings a token; errors of the service are answers, as they are over a network."""
    app = make_service(
        served, site=site, port=8766, token=TOKEN, announce=(announced if announced is not None else []).append
    )
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    return TestClient(app, base_url="http://127.0.0.1:8766", headers=headers, raise_server_exceptions=False)


def free_port() -> int:
    """Return a port that nobody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
    return port


@dataclass(kw_only=True)
class RunningService:
    """The command serve in a process of its own; what it printed is known once it has ended."""

    port: int
    process: subprocess.Popen[str]
    output: str = ""

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def running_service(token_file: Path) -> Iterator[RunningService]:
    """Serve the sample model, as a user would, until Ctrl+C."""
    port = free_port()
    command = [sys.executable, "-m", "classifier", "serve", "--port", str(port), "--token-file", str(token_file)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
    ) as process:
        service = RunningService(port=port, process=process)
        try:
            _wait_for(service)
            yield service
        finally:
            process.send_signal(signal.SIGINT)
            service.output = process.communicate(timeout=60)[0]


def _wait_for(service: RunningService) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and service.process.poll() is None:
        try:
            with urllib.request.urlopen(f"{service.address}/health"):
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the service does not answer")
