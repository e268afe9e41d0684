"""Server of the review page: on this machine by a link, or over a network with passwords."""

from __future__ import annotations

import gc
import html
import os
import socket
import tempfile
import threading
import warnings
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn

from classifier.errors import ProjectError, UsersError
from classifier.folders import unfinished_folder
from classifier.network_address import is_address, is_loopback
from classifier.project.project import Project, admit_coder
from classifier.review.app import make_app
from classifier.review.context import PageContext
from classifier.review.listening import (
    LOOPBACK,
    HttpProtocol,
    Terminated,
    listen,
    listen_nearby,
    listened_on,
    stopped_by_signals,
)
from classifier.review.open_project import OpenProject
from classifier.review.pages.sign_in import new_link
from classifier.review.site import Site
from classifier.review.users import Users, how_to_make_a_lead

DEFAULT_PORT = 8765
_ALL = ("0.0.0.0", "::")
_ON_TO = '<!DOCTYPE html><meta http-equiv="refresh" content="0; url={link}"><title>Outcome coder</title>'
_NO_PROXY = (
    "Wrong passwords are counted by the address they come from. If a web server in front of this page passes requests "
    "on, add --proxy 127.0.0.1, so that coders' own addresses are counted and not that server's."
)
_STOPS = "Press Ctrl+C to stop. Decisions are saved as they are made."


def serve_project(
    project: Project,
    *,
    coder: str = "",
    is_new_coder: bool = False,
    host: str = LOOPBACK,
    port: int = DEFAULT_PORT,
    address: str | None = None,
    users: Path | None = None,
    proxy: str | None = None,
    language: str | None = None,
    open_browser: bool = True,
    say: Callable[[str], None] = print,
) -> bool:
    """Serve a project until it is stopped, and return whether that was by Ctrl+C.

    Parameters
    ----------
    host : str
        The address to listen on. Any but this machine's own needs `users`.
    port : int
        Where it is taken, the next free one; with `address` or `users`, on which others rely, none.
    address : str, optional
        The one that coders type, such as ``https://coding.example.org``.
    proxy : str, optional
        The address from which a reverse proxy connects. From nobody else is it believed for whom a request is made.
    language : str, optional
        Of the pages, unless another is chosen on them; the one the browser prefers if left out.
    """
    if proxy is not None and not is_address(proxy):
        raise ProjectError(f"--proxy: {proxy!r} is not the address of a machine, such as 127.0.0.1")
    if users is None and not is_loopback(host):
        raise UsersError(
            f"{host}: others can reach this address, so coders must sign in; make a users file with "
            "`outcome-coder users add NAME --users users.txt`, and name it with --users"
        )
    known = None if users is None else Users.read(users)
    if users is None:
        coder = admit_coder(project, coder, is_new=is_new_coder)
    others_rely_on_it = address is not None or users is not None
    with listen(host, port) if others_rely_on_it else listen_nearby(host, port) as listening:
        site = _site(host, listening.getsockname()[1], address)
        # A lead has a share of the outcomes from their first decision on.
        opened = OpenProject(
            project, names=() if known is None else [name for name in known.names if name not in known.leads]
        )
        page_context = PageContext(
            site=site,
            users=users,
            coder=opened.known_as(coder),
            language=language,
            announce=say,
            open_project=opened,
        )
        return _serve(page_context, listening, open_browser=open_browser and users is None, proxy=proxy, say=say)


def serve_start(
    home: Path,
    *,
    coder: str,
    port: int = DEFAULT_PORT,
    language: str | None = None,
    open_browser: bool = True,
    say: Callable[[str], None] = print,
) -> bool:
    """Serve the start screen on this machine like `serve_project`; projects are begun in the folder `home`."""
    with listen_nearby(LOOPBACK, port) as listening:
        page_context = PageContext(
            site=Site.on_loopback(listening.getsockname()[1]), home=home, coder=coder, language=language, announce=say
        )
        return _serve(page_context, listening, open_browser=open_browser, say=say)


def _serve(
    page_context: PageContext,
    listening: socket.socket,
    *,
    open_browser: bool,
    say: Callable[[str], None],
    proxy: str | None = None,
) -> bool:
    config = uvicorn.Config(
        make_app(page_context),
        http=HttpProtocol,
        # Addresses of pages hold IDs, and a link its token.
        access_log=False,
        log_level="critical",
        server_header=False,
        lifespan="off",
        proxy_headers=proxy is not None,
        forwarded_allow_ips=[] if proxy is None else [proxy],
    )
    # Where it is stopped before it has begun.
    warnings.filterwarnings("ignore", "coroutine .* was never awaited", RuntimeWarning)
    try:
        with (
            stopped_by_signals(),
            _invited(page_context, listening, open_browser=open_browser, is_proxied=proxy is not None, say=say),
        ):
            # What is loaded by now stays. To look through it for garbage again and again would hold everybody up.
            gc.freeze()
            uvicorn.Server(config).run(sockets=[listening])
    except KeyboardInterrupt as stopped:
        say("Stopped. All decisions are saved.")
        return not isinstance(stopped, Terminated)
    else:
        return False
    finally:
        for opened in {page_context.open_project, *page_context.open_projects.values()}:
            if opened is not None:
                opened.project.journal.close()


@contextmanager
def _invited(
    page_context: PageContext,
    listening: socket.socket,
    *,
    open_browser: bool,
    is_proxied: bool,
    say: Callable[[str], None],
) -> Iterator[None]:
    if page_context.users is not None:
        say(f"Listening on {listened_on(listening)}; coders sign in at {page_context.site.origins[0]}")
        if not page_context.known_users().leads:
            say(how_to_make_a_lead(page_context.users))
        if not is_proxied and is_loopback(listening.getsockname()[0]):
            say(_NO_PROXY)
        say(_STOPS)
        yield
        return
    with _place_for_a_link() as place:
        link = new_link(page_context, when_used=lambda: place.unlink(missing_ok=True))
        say(f"Open this link in a browser (it works once, within an hour):\n  {link}")
        if open_browser:
            _write_for_oneself(place, _ON_TO.format(link=html.escape(link)))
            threading.Timer(0.5, webbrowser.open, [place.as_uri()]).start()
        if page_context.site.origins[0] != f"http://{listened_on(listening)}":
            say(f"Listening on {listened_on(listening)}")
        say(_STOPS)
        yield


@contextmanager
def _place_for_a_link() -> Iterator[Path]:
    """Give a place for a file from which a browser goes on to the link.

    Everybody on the machine can read what a browser is started with. What is in the file, its owner alone.
    """
    # Browsers that come as snaps see nothing in the system's folder for temporary files, nor what is hidden.
    within = Path.home() if os.access(Path.home(), os.W_OK) else None
    with unfinished_folder(within or Path(tempfile.gettempdir()), is_hidden=False) as folder:
        yield folder / "open.html"


def _write_for_oneself(path: Path, text: str) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)


def _site(host: str, port: int, address: str | None) -> Site:
    if address is not None:
        try:
            return Site.at(address)
        except ValueError as error:
            raise ProjectError(f"--address: {error}") from error
    if host in (LOOPBACK, "localhost"):
        return Site.on_loopback(port)
    if host in _ALL:
        raise ProjectError(f"{host}: means every address of this machine; give the one that coders type with --address")
    return Site.at(f"http://{f'[{host}]' if ':' in host else host}:{port}")
