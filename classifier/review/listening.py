"""Listening on an address of this machine: the HTTP protocol with its time limit, sockets, and the end by a signal."""

from __future__ import annotations

import asyncio
import errno
import os
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from uvicorn.protocols.http.h11_impl import H11Protocol

from classifier.errors import ProjectError

LOOPBACK = "127.0.0.1"


class HttpProtocol(H11Protocol):
    """HTTP, with a limit on how long a connection may stay open on which no request is being answered.

    Else a stranger could open as many as the system allows, begin a request on each, and leave nobody else any.
    """

    patience_s = 30.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as its base does
        """Begin to count."""
        super().connection_made(transport)
        self.loop.call_later(self.patience_s, self._give_up)

    def on_response_complete(self) -> None:
        """Begin to count again, for the next request."""
        super().on_response_complete()
        self.loop.call_later(self.patience_s, self._give_up)

    def _give_up(self) -> None:
        is_answering = self.cycle is not None and not self.cycle.response_complete
        if not is_answering and not self.transport.is_closing():
            self.transport.close()


class Terminated(KeyboardInterrupt):
    """Somebody stopped the service, by SIGTERM."""


@contextmanager
def stopped_by_signals() -> Iterator[None]:
    """Let Ctrl+C, and who stops a service, end it in order: a KeyboardInterrupt for SIGINT and SIGTERM alike.

    By default SIGTERM ends a program on the spot, and what a script starts in the background ignores SIGINT.
    """
    handlers = {signal.SIGINT: signal.default_int_handler, signal.SIGTERM: _terminate}
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _terminate(number: int, frame: object) -> None:
    raise Terminated


def listened_on(listening: socket.socket) -> str:
    """Return the address and port that a socket listens on."""
    host, port = listening.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def listen_nearby(host: str, port: int) -> socket.socket:
    """Listen at a port or, where it is taken, at the next free one."""
    for nearby in range(port, min(port + 10, 2**16)):
        try:
            return listen(host, nearby)
        except ProjectError:
            continue
    return listen(host, 0)


def listen(host: str, port: int) -> socket.socket:
    """Listen at an address and port of this machine.

    Raises
    ------
    ProjectError
        If that can't be done, such as where another program uses the port.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Only where the protocol is named does asyncio send what is short at once; else each page comes 40 ms later.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    # On Windows, SO_REUSEADDR lets two programs listen at one port, and another one keeps them from that.
    option = socket.SO_REUSEADDR if os.name == "posix" else getattr(socket, "SO_EXCLUSIVEADDRUSE", None)
    if option is not None:
        listening.setsockopt(socket.SOL_SOCKET, option, 1)
    try:
        listening.bind((host, port))
        listening.listen(128)
    except OSError as error:
        listening.close()
        if error.errno == errno.EADDRINUSE:
            message = f"{host}:{port}: another program uses this port; stop it, or choose another --port"
        elif error.errno == errno.EACCES:
            message = f"{host}:{port}: can't be listened on ({error.strerror}); choose another --port"
        else:
            message = f"{host}: can't be listened on ({error.strerror}); choose another --host"
        raise ProjectError(message) from error
    return listening
