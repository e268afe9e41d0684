"""Row keys: hidden column with the outcome each row was written for."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from classifier.harvest.outcome import Outcome
from classifier.harvest.story import Story
from classifier.languages import lazy_gettext
from classifier.spelling import label_key

KEY_COLUMN = "outcome-coder: row key"
"""Unlike any column that a harvest is known by."""
EARLIER_KEY_COLUMN = "outcome-coder: this row is of"
"""What an earlier version called it."""
SORTED_APART = lazy_gettext(
    "this row mixes several outcomes, because some columns were sorted or moved without the others"
)
UNDO_SORTING = lazy_gettext("undo the sorting, or take the file as it was before it, and sort all columns together")
_N_DIGITS = 12
_KEY = re.compile(rf"(?P<id>.+) (?P<hash>[0-9a-f]{{{_N_DIGITS}}}|-)", re.DOTALL)
_NO_STORY = "-"
_NOT_LETTERS = re.compile(r"[\W_]+")
_N_SIGNS = 16_000  # of each part; a cell of a workbook holds at least as many


@dataclass(frozen=True, slots=True, kw_only=True)
class RowKey:
    """Key of the outcome that a row was written for."""

    fragment_id: str
    story: str  # the first digits of the hash of its story, as it was then; empty where there was none

    def __str__(self) -> str:
        return f"{self.fragment_id} {self.story or _NO_STORY}"


def key_of(outcome: Outcome) -> RowKey:
    """Make the key of an outcome's row.

    Examples
    --------
    >>> story = Story(parts={}, description="", merged="The council met.")
    >>> str(key_of(Outcome(fragment_id="SCC-LPC/035", story=story)))
    'SCC-LPC/035 d3ac93b0c5e9'
    """
    return RowKey(fragment_id=" ".join(outcome.fragment_id.split()), story=hash_story(outcome.story))


def read_key(cell: str) -> RowKey | None:
    """Read a key; None where the cell holds none.

    Examples
    --------
    >>> read_key("SCC-LPC/035 d3ac93b0c5e9")
    RowKey(fragment_id='SCC-LPC/035', story='d3ac93b0c5e9')
    """
    found = _KEY.fullmatch(" ".join(cell.split()))
    if found is None:
        return None
    return RowKey(fragment_id=found["id"], story="" if found["hash"] == _NO_STORY else found["hash"])


def key_column(names: Sequence[str]) -> int | None:
    """Return the column of the row keys, by the names of a sheet's columns; None where there is none.

    Examples
    --------
    >>> key_column(["FragmentID", "Scale", KEY_COLUMN])
    2
    """
    # Of two columns of one name the first is meant.
    places = {label_key(name): column for column, name in reversed([*enumerate(names)]) if name.strip()}
    return places.get(label_key(KEY_COLUMN), places.get(label_key(EARLIER_KEY_COLUMN)))


def hash_story(story: Story) -> str:
    """Hash the letters and digits of a story, which the programs it goes through leave as they are; blank: empty."""
    parts = story.parts.values() or (story.merged,)
    return hash_text("".join(part[:_N_SIGNS] for part in parts))


def hash_text(text: str) -> str:
    """Hash the letters and digits of a text; empty where there are none."""
    letters = _NOT_LETTERS.sub("", text)
    return hashlib.sha256(letters.encode()).hexdigest()[:_N_DIGITS] if letters else ""
