"""Address that the review page is served at, and its session cookie."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.responses import Response

from classifier.review.sessions import Session

_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Under which addresses the page is reached; requests that name another are refused.

    Examples
    --------
    >>> Site.on_loopback(8765).origins
    ('http://127.0.0.1:8765', 'http://localhost:8765', 'http://[::1]:8765')
    >>> Site.at("https://coding.example.org").origins
    ('https://coding.example.org',)
    """

    scheme: str  # ``http`` or ``https``
    names: tuple[str, ...]  # of the host, in lower case
    port: int

    @classmethod
    def on_loopback(cls, port: int) -> Site:
        """Make the site that is reached from this computer alone."""
        return cls(scheme="http", names=("127.0.0.1", "localhost", "[::1]"), port=port)

    @classmethod
    def at(cls, address: str) -> Site:
        """Make the site that is reached by a public address, such as ``https://coding.example.org``.

        Raises
        ------
        ValueError
            If it is no address of http or https, or more than that: the page can't be served below a path.
        """
        try:
            parts = urlsplit(address.strip())
            name, port = parts.hostname or "", parts.port
        except ValueError as error:
            raise ValueError(f"{address!r} is not an address such as https://coding.example.org") from error
        if parts.scheme not in _DEFAULT_PORTS or not name or not name.isascii() or "@" in parts.netloc:
            raise ValueError(f"{address!r} is not an address such as https://coding.example.org")
        if parts.path not in ("", "/") or parts.query or parts.fragment:
            raise ValueError(f"{address!r} has more than a host and a port; leave out what follows them")
        bracketed = f"[{name}]" if ":" in name else name
        return cls(scheme=parts.scheme, names=(bracketed,), port=port or _DEFAULT_PORTS[parts.scheme])

    @property
    def hosts(self) -> frozenset[str]:
        """What a request may give as its host."""
        with_port = {f"{name}:{self.port}" for name in self.names}
        return frozenset(with_port | set(self.names) if self._has_default_port else with_port)

    @property
    def origins(self) -> tuple[str, ...]:
        """What a browser calls our own pages."""
        port = "" if self._has_default_port else f":{self.port}"
        return tuple(f"{self.scheme}://{name}{port}" for name in self.names)

    @property
    def cookie(self) -> str:
        """The cookie's name; it holds the port, as cookies of one host are shared by all its ports."""
        # Browsers let nobody but this very host set a cookie whose name begins so.
        prefix = "__Host-" if self.scheme == "https" else ""
        return f"{prefix}outcome_coder_{self.port}"

    def remember(self, response: Response, session: Session) -> None:
        """Have the browser bring the session from now on, until it is closed."""
        self._set_cookie(response, session.id, max_age=None)

    def forget(self, response: Response) -> None:
        """Have the browser bring no session any more."""
        self._set_cookie(response, "", max_age=0)

    @property
    def _has_default_port(self) -> bool:
        return self.port == _DEFAULT_PORTS[self.scheme]

    def _set_cookie(self, response: Response, value: str, *, max_age: int | None) -> None:
        response.set_cookie(
            self.cookie,
            value,
            max_age=max_age,
            path="/",
            secure=self.scheme == "https",
            httponly=True,
            samesite="strict",
        )
