"""Coders who are signed in over a network, with the roles of a users file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from httpx2 import Response

from classifier.review.context import PageContext
from tests.support.visiting import SITE, forms_in, stranger

__all__ = ["PASSWORD", "SignedIn", "quick_passwords", "users_file"]

PASSWORD = "seven herons over the weir"
_QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
_HASH = _QUICK.hash(PASSWORD)


@contextmanager
def quick_passwords() -> Iterator[None]:
    """Hash passwords in no time, as `tests/review/test_users.py` alone has to wait for them."""
    hash_of_nobody = _QUICK.hash("nobody's")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("classifier.review.users._HASHER", _QUICK)
        patch.setattr("classifier.review.users._hash_of_nobody", lambda: hash_of_nobody)
        yield


def users_file(path: Path, *, coders: Iterable[str] = (), leads: Iterable[str] = ()) -> Path:
    """Write a users file in which everybody has the same password, whose hash takes no time."""
    lines = [*(f"{name}: {_HASH}" for name in coders), *(f"{name}: lead: {_HASH}" for name in leads)]
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


class SignedIn:
    """A browser of somebody who signed in; of nobody where the name is empty."""

    def __init__(self, page_context: PageContext, name: str) -> None:
        self.client = stranger(page_context)
        self.csrf = ""
        if name:
            session = page_context.sessions.open(name, credential=_HASH if page_context.users else "")
            self.client.cookies.set(SITE.cookie, session.id)
            self.csrf = session.csrf

    def get(self, path: str, **query: str) -> Response:
        """Ask for a page."""
        return self.client.get(path, params=query or None)

    def post(self, path: str, **form: str | Sequence[str]) -> Response:
        """Send a form that no page of ours has made, with the session's token."""
        return self.client.post(path, data={"csrf": self.csrf, **form})

    def decide(self, fragment_id: str, *, scale: str, **changes: str | Sequence[str]) -> Response:
        """Open an outcome, choose a scale, and confirm; with other values in the form where they are given."""
        form = forms_in(self.get("/outcome", id=fragment_id).text)["/decide"].filled(codes_1=scale, **changes)
        return self.client.post(form.action, data=dict(form.values))
