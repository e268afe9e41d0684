"""Trusted encoders: those that a user of this machine has named, by name and hash.

An encoder is a program of somebody else's. A model folder may name any, and may come from anywhere; so one that does
not ship with the program is only loaded if it was named here, to `train` or to `models trust`, with the same files.
"""

from __future__ import annotations

import json
from pathlib import Path

import platformdirs

from classifier.errors import EncoderError
from classifier.files import write_whole
from classifier.locks import hold_lock

_FILE = "trusted_encoders.json"


def trust_encoder(name: str, sha256: str) -> None:
    """Remember that an encoder was named on this machine."""
    path = _path()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with hold_lock(path.with_name(f".{path.name}.lock")), write_whole(path) as temporary:
        trusted = {**_trusted(path), name: sha256}
        temporary.write_text(json.dumps(trusted, ensure_ascii=False, indent=1) + "\n", encoding="utf-8", newline="\n")


def check_trusted(name: str, sha256: str) -> None:
    """Refuse an encoder that nobody has named on this machine.

    Raises
    ------
    EncoderError
        If it was not named, or its files were others then.
    """
    known = _trusted(_path()).get(name)
    if known == sha256:
        return
    why = "has not been used on this machine" if known is None else "has other files than when it was used here"
    raise EncoderError(
        f"the model was trained with the encoder {name!r}, which does not come with outcome-coder and {why}. An "
        "encoder from a stranger can harm this machine: if you know where the model comes from and trust it, run "
        "`outcome-coder models trust MODEL`, then run this again"
    )


def _trusted(path: Path) -> dict[str, str]:
    try:
        trusted = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return trusted if isinstance(trusted, dict) else {}


def _path() -> Path:
    return Path(platformdirs.user_data_dir("outcome-coder")) / _FILE
