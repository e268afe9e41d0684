"""Codebook as it was found elsewhere than in YAML: in a table, a form, a .qdc file, or a form of the review page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from classifier.languages import gettext, number
from classifier.limits import MOST_CODE_NAMES


def too_many_names() -> str:
    """Say that the codes have more names than are read."""
    return gettext(
        "its codes have more than the {most} names that are read at most; leave out other names, such as labels in "
        "languages that no harvest is coded in",
        most=number(MOST_CODE_NAMES),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundCodebook:
    """A codebook as it was found in a file that isn't YAML."""

    content: dict[str, object]  # what its YAML would say
    places: Mapping[tuple[int, ...], str]  # the cell of each field and code, by its path in the content
    notes: tuple[str, ...]  # what was guessed

    def place(self, where: Sequence[str | int]) -> str:
        """Return where in the file something is, by where it is in the content."""
        numbers = tuple(step for step in where if isinstance(step, int))
        found = (self.places.get(numbers[:n]) for n in (2, 1))
        return next((place for place in found if place), "")
