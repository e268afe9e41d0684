"""Search for a word in every byte of files, also inside archives."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path


def files_with(word: str, *places: Path) -> list[str]:
    """Name the files, and members of archives, that hold a word in any case, as UTF-8 or UTF-16."""
    wanted = (word.casefold().encode(), word.casefold().encode("utf-16-le"))
    files = [file for place in places for file in sorted(place.rglob("*")) if file.is_file()]
    return [
        name
        for file in files
        for name, content in _contents(file.name, file.read_bytes())
        if any(form in content.lower() for form in wanted) or word.casefold() in name.casefold()
    ]


def _contents(name: str, content: bytes) -> Iterator[tuple[str, bytes]]:
    yield name, content
    if zipfile.is_zipfile(io.BytesIO(content)):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for member in archive.namelist():
                yield from _contents(f"{name}/{member}", archive.read(member))
