from __future__ import annotations

import errno
import os
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import threading
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.request import HTTPCookieProcessor, build_opener

import pytest
import uvicorn
from starlette.testclient import TestClient

from classifier.errors import ProjectError, UsersError
from classifier.project.project import Project
from classifier.review.server import serve_project, serve_start
from classifier.review.users import set_password
from tests.support.projects import begin_project, by_hand, row

A = "SCC-LPC/001"
_SERVE = """
import sys
import tempfile
from pathlib import Path
from classifier.project.project import open_project
from classifier.review.server import serve_project

say = lambda text: print(text, flush=True)
serve_project(open_project(Path(sys.argv[1])), coder="Ana", port=int(sys.argv[2]), open_browser=False, say=say)
"""


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    begun = begin_project(tmp_path, row(A))
    yield begun
    begun.journal.close()


@pytest.fixture(scope="module")
def users(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a users file in which Ana stands."""
    path = tmp_path_factory.mktemp("users") / "users.txt"
    set_password(path, "Ana", "seven herons over the weir")
    return path


def free_port() -> int:
    """Return a port that nobody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        number: int = listening.getsockname()[1]
    return number


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def listened(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return the protocols of what would be listened on; serving ends at once."""
    found: list[int] = []
    monkeypatch.setattr(uvicorn.Server, "run", lambda server, sockets: found.extend(one.proto for one in sockets))
    return found


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[uvicorn.Config]:
    """Return what would be served; serving ends at once."""
    found: list[uvicorn.Config] = []

    def run(server: uvicorn.Server, sockets: list[socket.socket]) -> None:
        found.append(server.config)

    monkeypatch.setattr(uvicorn.Server, "run", run)
    return found


def said(
    project: Project, *, coder: str = "Ana", host: str = "127.0.0.1", port: int, address: str | None = None,
    users: Path | None = None,
) -> str:  # fmt: skip
    reported: list[str] = []
    serve_project(
        project,
        coder=coder,
        host=host,
        port=port,
        address=address,
        users=users,
        open_browser=False,
        say=reported.append,
    )
    return reported[0]


def client_of(served: list[uvicorn.Config], address: str) -> TestClient:
    app: Any = served[0].app
    return TestClient(app, base_url=address, follow_redirects=False)


def link_in(text: str) -> str:
    return text.split()[-1]


# What is refused


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "coding.example.org"])
def test_address_that_others_reach_needs_passwords(project: Project, host: str) -> None:
    with pytest.raises(UsersError) as caught:
        serve_project(project, coder="Ana", host=host)
    assert str(caught.value) == (
        f"{host}: others can reach this address, so coders must sign in; make a users file with "
        "`outcome-coder users add NAME --users users.txt`, and name it with --users"
    )


@pytest.mark.parametrize("coder", ["", "  "])
def test_coder_needs_a_name(project: Project, coder: str) -> None:
    with pytest.raises(ProjectError) as caught:
        serve_project(project, coder=coder)
    assert str(caught.value) == "A coder needs a name; give it with --coder"


def test_every_address_of_the_machine_needs_the_one_that_coders_type(project: Project, users: Path) -> None:
    with pytest.raises(ProjectError) as caught:
        serve_project(project, host="0.0.0.0", users=users)
    assert str(caught.value) == (
        "0.0.0.0: means every address of this machine; give the one that coders type with --address"
    )


def test_address_that_is_none_is_reported(project: Project, users: Path) -> None:
    with pytest.raises(ProjectError) as caught:
        serve_project(project, users=users, address="coding.example.org")
    assert str(caught.value) == "--address: 'coding.example.org' is not an address such as https://coding.example.org"


def test_address_of_another_machine_is_reported(project: Project, users: Path, port: int) -> None:
    with pytest.raises(ProjectError) as caught:
        serve_project(project, host="192.0.2.7", users=users, port=port)
    reason = os.strerror(errno.EADDRNOTAVAIL)
    assert str(caught.value) == f"192.0.2.7: can't be listened on ({reason}); choose another --host"


def test_users_file_that_is_missing_is_reported(project: Project, tmp_path: Path) -> None:
    with pytest.raises(UsersError) as caught:
        serve_project(project, users=tmp_path / "users.txt")
    assert str(caught.value) == f"{tmp_path / 'users.txt'}: no such file; create it by setting a coder's password"


# What is told


def test_link_is_reported_to_who_starts_the_server(project: Project, port: int, served: list[uvicorn.Config]) -> None:
    reported = said(project, port=port)
    assert reported.startswith(
        f"Open this link in a browser (it works once, within an hour):\n  http://127.0.0.1:{port}/enter?token="
    )


def test_coders_over_a_network_are_reported_the_address_and_no_link(
    project: Project, users: Path, port: int, served: list[uvicorn.Config]
) -> None:
    assert said(project, coder="", port=port, users=users, address="https://coding.example.org") == (
        f"Listening on 127.0.0.1:{port}; coders sign in at https://coding.example.org"
    )


def test_server_without_a_lead_says_how_to_make_one(
    project: Project, users: Path, port: int, served: list[uvicorn.Config]
) -> None:
    reported: list[str] = []
    serve_project(project, port=port, users=users, say=reported.append)
    assert reported[1] == (
        f"{users}: has no lead yet, so nobody can adjudicate differences, add harvests, train, or download everybody's "
        f"decisions. Name one: outcome-coder users role NAME lead --users {users}"
    )


@pytest.mark.parametrize(("proxy", "believed"), [(None, []), ("127.0.0.1", ["127.0.0.1"])])
def test_address_that_a_request_was_forwarded_for_is_believed_of_the_proxy_alone(
    project: Project, users: Path, port: int, served: list[uvicorn.Config], proxy: str | None, believed: list[str]
) -> None:
    serve_project(project, port=port, users=users, proxy=proxy, say=lambda text: None)
    assert (served[0].proxy_headers, served[0].forwarded_allow_ips) == (proxy is not None, believed)


def test_proxy_that_is_no_address_is_reported(project: Project, users: Path, port: int) -> None:
    with pytest.raises(ProjectError) as caught:
        serve_project(project, port=port, users=users, proxy="*")
    assert str(caught.value) == "--proxy: '*' is not the address of a machine, such as 127.0.0.1"


def test_every_address_may_be_listened_on_with_the_one_that_coders_type(
    project: Project, users: Path, port: int, served: list[uvicorn.Config]
) -> None:
    assert said(project, host="0.0.0.0", port=port, users=users, address="http://192.0.2.7:8765") == (
        f"Listening on 0.0.0.0:{port}; coders sign in at http://192.0.2.7:8765"
    )


@pytest.mark.parametrize(("host", "shown"), [("localhost", "127.0.0.1"), ("127.0.0.2", "127.0.0.2"), ("::1", "[::1]")])
def test_link_leads_to_the_address_that_is_listened_on(
    project: Project, port: int, served: list[uvicorn.Config], host: str, shown: str
) -> None:
    try:
        reported = said(project, host=host, port=port)
    except ProjectError:
        pytest.skip(f"this machine has no {host}")
    link = link_in(reported)
    assert link.startswith(f"http://{shown}:{port}/")
    client = client_of(served, f"http://{shown}:{port}")
    assert client.get(link).headers["location"] == "/"


def test_port_that_is_taken_is_left_for_the_next(project: Project, served: list[uvicorn.Config]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = taken.getsockname()[1]
        link = link_in(said(project, port=number))
    assert not link.startswith(f"http://127.0.0.1:{number}/")


def test_port_on_which_others_rely_is_not_changed(project: Project, users: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = taken.getsockname()[1]
        with pytest.raises(ProjectError) as caught:
            serve_project(project, users=users, port=number)
    reported = f"127.0.0.1:{number}: another program uses this port; stop it, or choose another --port"
    assert str(caught.value) == reported


def test_port_that_is_taken_is_reported_where_an_address_leads_to_it(
    project: Project, served: list[uvicorn.Config]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(ProjectError, match="uses this port"):
        said(project, port=taken.getsockname()[1], address="https://coding.example.org")


def test_link_of_another_address_comes_with_what_is_listened_on(
    project: Project, port: int, served: list[uvicorn.Config]
) -> None:
    reported: list[str] = []
    serve_project(
        project, coder="Ana", port=port, address="https://coding.example.org", open_browser=False, say=reported.append
    )
    assert reported[1] == f"Listening on 127.0.0.1:{port}"


def test_coder_goes_on_under_the_name_that_the_journal_knows(
    project: Project, port: int, served: list[uvicorn.Config]
) -> None:
    project.journal.record([by_hand(A, "Local", coder="Ana Moss")])
    link = link_in(said(project, coder="ana  moss ", port=port))
    client = client_of(served, f"http://127.0.0.1:{port}")
    assert "Ana Moss" in client.get(link, follow_redirects=True).text


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[tuple[str, int, int, str]]:
    """Return with what a browser would be started, and the rights and text of the file that it is led to."""
    found: list[tuple[str, int, int, str]] = []

    def open_in_browser(address: str) -> None:
        path = Path(address.removeprefix("file://"))
        folder_mode, mode = (stat.S_IMODE(one.stat().st_mode) for one in (path.parent, path))
        found.append((address, folder_mode, mode, path.read_text(encoding="utf-8")))

    class AtOnce:
        def __init__(self, wait_s: float, call: Callable[[str], None], given: list[str]) -> None:
            self.start = lambda: call(*given)

    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(webbrowser, "open", open_in_browser)
    monkeypatch.setattr(threading, "Timer", AtOnce)
    return found


def test_browser_is_started_with_a_file_of_ones_own_that_leads_to_the_link(
    project: Project, port: int, served: list[uvicorn.Config], opened: list[tuple[str, int, int, str]]
) -> None:
    reported: list[str] = []
    serve_project(project, coder="Ana", port=port, say=reported.append)
    ((address, folder_mode, mode, text),) = opened
    link = link_in(reported[0])
    assert (folder_mode, mode, "token" in address) == (0o700, 0o600, False)
    assert f'<meta http-equiv="refresh" content="0; url={link}">' in text


def test_file_that_leads_to_the_link_is_gone_when_the_server_ends(
    project: Project, tmp_path: Path, port: int, served: list[uvicorn.Config], opened: list[tuple[str, int, int, str]]
) -> None:
    serve_project(project, coder="Ana", port=port, say=lambda text: None)
    assert (len(opened), list(tmp_path.glob("outcome-coder-*"))) == (1, [])


def test_last_port_that_is_taken_is_left_for_any(project: Project, served: list[uvicorn.Config]) -> None:
    with socket.create_server(("127.0.0.1", 65535)):
        assert link_in(said(project, port=65535)).startswith("http://127.0.0.1:")


def test_short_pages_are_sent_at_once(project: Project, port: int, listened: list[int]) -> None:
    said(project, port=port)
    assert listened == [socket.IPPROTO_TCP]  # as asyncio asks; else the rest of a page waits for 40 ms


def test_addresses_of_pages_are_not_logged(project: Project, port: int, served: list[uvicorn.Config]) -> None:
    said(project, port=port)
    assert (served[0].access_log, served[0].log_level) == (False, "critical")


def test_journal_is_let_go_when_the_server_ends(project: Project, port: int, served: list[uvicorn.Config]) -> None:
    said(project, port=port)
    assert not (project.folder / "journal.sqlite-wal").exists()


def test_start_screen_is_reported_by_a_link(tmp_path: Path, port: int, served: list[uvicorn.Config]) -> None:
    reported: list[str] = []
    serve_start(tmp_path / "projects", coder="ana", port=port, open_browser=False, say=reported.append)
    client = client_of(served, f"http://127.0.0.1:{port}")
    assert "Begin with your workbook" in client.get(link_in(reported[0]), follow_redirects=True).text


# Served


# A script's background jobs start with SIGINT ignored, and so do the tests where they are one.
IN_FRONT, IN_THE_BACKGROUND = "trap - INT", "trap '' INT"


@contextmanager
def serving(project: Project, port: int, home: Path, *, start: str = IN_FRONT) -> Iterator[subprocess.Popen[str]]:
    """Serve a project by a program of its own, which a shell starts."""
    python = [sys.executable, "-c", _SERVE, str(project.folder), str(port)]
    with subprocess.Popen(
        ["/bin/sh", "-c", f'{start}; exec "$@"', "sh", *python],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "HOME": str(home)},
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def printed_link(process: subprocess.Popen[str]) -> str:
    """Return the link that a program tells in its second line."""
    assert process.stdout is not None
    process.stdout.readline()
    return process.stdout.readline().strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """What a program that served a page and was sent a signal showed, and left."""

    page: str
    reported: str
    errors: str
    status: int
    left: list[str]


@cache
def ended(sent: signal.Signals, start: str) -> Ended:
    """Serve a project, look at it and send the signal, once for all that is asked of it."""
    with tempfile.TemporaryDirectory() as folder:
        project = begin_project(Path(folder), row(A))
        home = Path(folder) / "home"
        home.mkdir()
        with serving(project, free_port(), home, start=start) as process:
            browser = build_opener(HTTPCookieProcessor())
            with browser.open(printed_link(process), timeout=20) as answer:
                page = answer.read().decode()
            process.send_signal(sent)
            reported, errors = process.communicate(timeout=30)
        project.journal.close()
        left = [path.name for path in home.glob("outcome-coder-*")]
    return Ended(page=page, reported=reported, errors=errors, status=process.returncode, left=left)


def test_page_is_served() -> None:
    assert f"<h1><bdi>{A}</bdi></h1>" in ended(signal.SIGTERM, IN_FRONT).page


@pytest.mark.slow
@pytest.mark.parametrize("start", [IN_FRONT, IN_THE_BACKGROUND], ids=["in front", "in the background"])
@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_who_stops_it_is_reported_that_decisions_are_kept(sent: signal.Signals, start: str) -> None:
    served = ended(sent, start)
    assert (served.reported.splitlines()[-1], served.errors, served.status) == (
        "Stopped. All decisions are saved.",
        "",
        0,
    )


def test_service_that_is_stopped_leaves_no_link_behind() -> None:
    assert ended(signal.SIGTERM, IN_FRONT).left == []
