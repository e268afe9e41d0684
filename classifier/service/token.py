"""Access token of the service: from a file, an environment variable, or made at the start."""

from __future__ import annotations

import os
import re
import secrets
import stat
from collections.abc import MutableMapping
from dataclasses import dataclass, field
from pathlib import Path

from classifier.errors import ServiceError

TOKEN_VARIABLE = "OUTCOME_CODER_TOKEN"
_SHORTEST = 32
_LONGEST = 512
_ALLOWED = re.compile(r"[!-~]+")  # what a header can hold without quotes


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessToken:
    """What a request must bring to be answered."""

    value: str = field(repr=False)
    is_new: bool = False  # whether nobody knows it yet
    note: str = ""  # on the file that it is from


def read_access_token(path: Path | None, environment: MutableMapping[str, str] = os.environ) -> AccessToken:
    """Read the token from a file, or from the environment, out of which it is taken; without either, make one.

    Raises
    ------
    ServiceError
        If the file can't be read, or the token is too short to be safe or can't be sent.
    """
    if path is not None:
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is no text"
            raise ServiceError(
                f"{path}: the token can't be read ({reason}); give a file with the token alone"
            ) from error
        return AccessToken(value=_checked(text, str(path)), note=_note_on_rights(path))
    if TOKEN_VARIABLE in environment:
        # Programs that this one starts need not have it.
        return AccessToken(value=_checked(environment.pop(TOKEN_VARIABLE), TOKEN_VARIABLE))
    return AccessToken(value=secrets.token_urlsafe(32), is_new=True)


def _checked(text: str, source: str) -> str:
    token = text.strip()
    if not _ALLOWED.fullmatch(token):
        raise ServiceError(f"{source}: the token must be one line of ASCII letters, digits and signs, without blanks")
    if not _SHORTEST <= len(token) <= _LONGEST:
        raise ServiceError(
            f"{source}: the token has {len(token)} characters; give one of {_SHORTEST} to {_LONGEST}, made by chance, "
            "such as by `python -c 'import secrets; print(secrets.token_urlsafe(32))'`"
        )
    return token


def _note_on_rights(path: Path) -> str:
    is_open = os.name == "posix" and bool(path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO))
    return f"{path}: others on this machine may read the token; run `chmod 600 {path}`" if is_open else ""
