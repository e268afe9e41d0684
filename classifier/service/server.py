"""Server of the service: on this machine, or elsewhere where that is asked for by name."""

from __future__ import annotations

import gc
import warnings
from collections.abc import Callable
from pathlib import Path

import uvicorn

from classifier.errors import ServiceError
from classifier.network_address import is_loopback
from classifier.review.listening import (
    LOOPBACK,
    HttpProtocol,
    Terminated,
    listen,
    listened_on,
    stopped_by_signals,
)
from classifier.review.site import Site
from classifier.service.app import make_service
from classifier.service.token import TOKEN_VARIABLE, AccessToken, read_access_token
from classifier.service.workflow import load_served_model

SERVICE_PORT = 8766


def serve_model(
    model: str | Path,
    *,
    codebook: Path | None = None,
    host: str = LOOPBACK,
    port: int = SERVICE_PORT,
    address: str | None = None,
    token_file: Path | None = None,
    cache: bool = False,
    say: Callable[[str], None] = print,
) -> bool:
    """Serve a model until it is stopped, and return whether that was by Ctrl+C.

    Parameters
    ----------
    host : str
        The address to listen on. Any but this machine's own needs `address`, and a token that was not made here.
    address : str, optional
        The one that programs use, such as ``https://codes.example.org``.
    cache : bool
        Whether embeddings of what is sent are kept on disk.
    """
    token = read_access_token(token_file)
    site = _site_of(host, port, address, token)
    served = load_served_model(model, codebook=codebook, cache=cache)
    with listen(host, port) as listening:
        config = uvicorn.Config(
            make_service(served, site=site, port=port, token=token.value, announce=say),
            http=HttpProtocol,
            access_log=False,
            log_level="critical",
            server_header=False,
            lifespan="off",
            proxy_headers=False,
        )
        # Where it is stopped before it has begun.
        warnings.filterwarnings("ignore", "coroutine .* was never awaited", RuntimeWarning)
        try:
            with stopped_by_signals():
                _announce(site, token, listened_on(listening), served.model.manifest.title, say)
                gc.freeze()  # what is loaded by now stays
                uvicorn.Server(config).run(sockets=[listening])
        except KeyboardInterrupt as stopped:
            say("Stopped. Nothing that was sent is kept." if not cache else "Stopped.")
            return not isinstance(stopped, Terminated)
    return False


def _site_of(host: str, port: int, address: str | None, token: AccessToken) -> Site:
    if not is_loopback(host) and (address is None or token.is_new):
        raise ServiceError(
            f"{host}: others can reach this address; give the one that programs use with --address, and a token of "
            f"your own with --token-file or {TOKEN_VARIABLE}"
        )
    if address is None:
        return Site.on_loopback(port)
    try:
        return Site.at(address)
    except ValueError as error:
        raise ServiceError(f"--address: {error}") from error


def _announce(site: Site, token: AccessToken, place: str, title: str, say: Callable[[str], None]) -> None:
    say(f"Suggestions by model {title} at {site.origins[0]}; {site.origins[0]}/openapi.json describes the requests")
    if site.origins[0] != f"http://{place}":
        say(f"Listening on {place}")
    if token.is_new:
        say(f"The token, which is shown this once:\n  {token.value}")
    if token.note:
        say(token.note)
    if site.scheme == "http" and not any(is_loopback(name.strip("[]")) for name in site.names):
        say("Texts and the token are sent without encryption; put a web server with TLS in front, and give its address")
    say("Press Ctrl+C to stop.")
