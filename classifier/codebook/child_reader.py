"""Codebooks read into plain values of JSON; runs in the child process, see `classifier.codebook.isolated_reading`."""

from __future__ import annotations

from classifier.codebook.schema import Codebook
from classifier.errors import CodebookError


def codebook_as_plain(path: str) -> dict[str, object]:
    """Read a codebook file into what its YAML would say, or into its problems."""
    notes: list[str] = []
    try:
        codebook = Codebook.read_own(path, tell=notes.append)
    except CodebookError as error:
        return {"problems": list(error.problems), "is_unreadable": error.source == path}
    return {"content": codebook.model_dump(mode="json", exclude_defaults=True), "notes": notes}
