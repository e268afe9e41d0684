"""Unknown keys of a codebook that look like a slip of a known one."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import BaseModel

from classifier.languages import gettext
from classifier.spelling import nearest


def unknown_keys(part: BaseModel, where: str) -> Iterator[str]:
    """Yield what is to be said of each key of a part, and of those in it, that is most likely a slip."""
    known = set(type(part).model_fields)
    for key in part.model_extra or {}:
        if guess := nearest(key, known, cutoff=0.75):
            yield gettext(
                "{where}: key {key!r} is unknown here and is ignored (did you mean {guess!r}?)",
                where=where,
                key=key,
                guess=guess,
            )
    for name in type(part).model_fields:
        for piece in _pieces(getattr(part, name)):
            if isinstance(piece, BaseModel):
                yield from unknown_keys(piece, getattr(piece, "name", None) or getattr(piece, "code", None) or name)


def _pieces(value: object) -> tuple[object, ...]:
    if isinstance(value, dict):
        return tuple(value.values())
    return value if isinstance(value, tuple) else (value,)
