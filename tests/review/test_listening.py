"""Listening at a port that no other program may take."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from classifier.review import listening


@pytest.mark.parametrize(("system", "option"), [("posix", socket.SO_REUSEADDR), ("nt", 4096)])
def test_port_is_for_this_program_alone(monkeypatch: pytest.MonkeyPatch, system: str, option: int) -> None:
    chosen: list[int] = []

    class Socket:
        def __init__(self, *_: Any) -> None:  # noqa: ANN401  # a stand-in
            pass

        def setsockopt(self, level: int, name: int, value: int) -> None:
            chosen.append(name)

        def bind(self, address: tuple[str, int]) -> None:
            pass

        def listen(self, n_waiting: int) -> None:
            pass

    monkeypatch.setattr(socket, "socket", Socket)
    monkeypatch.setattr(socket, "SO_EXCLUSIVEADDRUSE", 4096, raising=False)
    monkeypatch.setattr("os.name", system)
    listening.listen("127.0.0.1", 8765)
    assert chosen == [option]
