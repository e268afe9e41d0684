"""The review page served: on this machine by a link, or over a network to those with a password."""

from __future__ import annotations

import gc
import ipaddress
import os
import socket
import threading
import webbrowser
from collections.abc import Callable
from pathlib import Path

import uvicorn

from classifier.errors import ProjectError, UsersError
from classifier.project import Project
from classifier.review.app import make_app
from classifier.review.entry_pages import new_link
from classifier.review.office import Office
from classifier.review.project_desk import ProjectDesk
from classifier.review.security import Site
from classifier.users import Users

__all__ = ["DEFAULT_PORT", "serve_project", "serve_start"]

DEFAULT_PORT = 8765
_LOOPBACK = "127.0.0.1"
_ALL = ("0.0.0.0", "::")


def serve_project(
    project: Project,
    *,
    coder: str = "",
    host: str = _LOOPBACK,
    port: int = DEFAULT_PORT,
    address: str | None = None,
    users: Path | None = None,
    open_browser: bool = True,
    say: Callable[[str], None] = print,
) -> None:
    """Serve a project until it is stopped.

    Parameters
    ----------
    coder : str
        Who codes on this machine; over a network, coders sign in.
    host : str
        The address to listen on. Any but this machine's own needs `users`.
    port : int
        Where it is taken, the next free one.
    address : str, optional
        The one that coders type, such as ``https://coding.example.org``.
    users : path, optional
        Who may sign in; see `classifier.users`.

    Raises
    ------
    OutcomeCoderError
        If it can't be served so.
    """
    if users is None and not _is_loopback(host):
        raise UsersError(
            f"{host}: others can reach this address, so coders must sign in; make a file with `outcome-coder users add "
            "NAME --users users.txt`, and name it with --users"
        )
    if users is None and not coder.strip():
        raise ProjectError("A coder needs a name; give it with --coder")
    names = () if users is None else Users.read(users).names
    with _listen(host, port) as listening:
        site = _site(host, listening.getsockname()[1], address)
        desk = ProjectDesk(project, names=names)
        office = Office(site=site, users=users, coder=coder.strip(), announce=say, desk=desk)
        _serve(office, listening, open_browser=open_browser and users is None, say=say)


def serve_start(
    home: Path, *, coder: str, port: int = DEFAULT_PORT, open_browser: bool = True, say: Callable[[str], None] = print
) -> None:
    """Serve the start screen on this machine, until it is stopped.

    Parameters
    ----------
    home : path
        The folder in which projects are begun.
    coder : str
        The name that is proposed.
    """
    with _listen(_LOOPBACK, port) as listening:
        office = Office(site=Site.on_loopback(listening.getsockname()[1]), home=home, coder=coder, announce=say)
        _serve(office, listening, open_browser=open_browser, say=say)


def _serve(office: Office, listening: socket.socket, *, open_browser: bool, say: Callable[[str], None]) -> None:
    config = uvicorn.Config(
        make_app(office),
        # Addresses of pages hold IDs, and a link its token.
        access_log=False,
        log_level="critical",
        server_header=False,
        lifespan="off",
        proxy_headers=True,  # of a proxy on this machine, and of no other
    )
    try:
        _invite(office, open_browser=open_browser, say=say)
        # What is loaded by now stays. To look through it for garbage again and again would hold everybody up.
        gc.freeze()
        uvicorn.Server(config).run(sockets=[listening])
    except KeyboardInterrupt:
        say("Stopped. What was decided is kept.")
    finally:
        if office.desk is not None:
            office.desk.project.journal.close()


def _invite(office: Office, *, open_browser: bool, say: Callable[[str], None]) -> None:
    if office.users is not None:
        say(f"Coders sign in at {office.site.origins[0]}")
    else:
        link = new_link(office)
        say(f"Open this link in a browser; it lets one browser in:\n  {link}")
        if open_browser:
            threading.Timer(0.5, webbrowser.open, [link]).start()
    say("Ctrl+C stops. Decisions are kept as they are made.")


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for one in (*range(port, min(port + 10, 2**16)), 0):
        listening = socket.socket(family, socket.SOCK_STREAM)
        if os.name == "posix":  # elsewhere it would let two programs listen at one port
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((host, one))
        except OSError as error:
            listening.close()
            if one == 0:
                raise ProjectError(f"{host}: can't be listened on ({error.strerror}); choose another --host") from error
            continue
        listening.listen(128)
        return listening
    raise AssertionError("the last port tried is any free one")


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _site(host: str, port: int, address: str | None) -> Site:
    if address is not None:
        try:
            return Site.at(address)
        except ValueError as error:
            raise ProjectError(f"--address: {error}") from error
    if host in (_LOOPBACK, "localhost"):
        return Site.on_loopback(port)
    if host in _ALL:
        raise ProjectError(
            f"{host}: stands for every address of this machine; say with --address which one coders type"
        )
    return Site.at(f"http://{f'[{host}]' if ':' in host else host}:{port}")
