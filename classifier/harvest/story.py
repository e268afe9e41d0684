"""Story of an outcome: its parts, and the merged text."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from classifier.codebook.columns import StoryPart
from classifier.harvest.word_count import count_words
from classifier.languages import gettext, marked

_STANDARD_PARTS = (  # which a file may call otherwise
    marked("Outcome description"),
    marked("Significance of the outcome"),
    marked("Contribution of the programme"),
    marked("Additional information (use if needed)"),
    marked("Contribution of other actors and factors"),
)
_OPENING = re.compile(r"\s*(?:\S+\s*){0,11}\S+")  # twelve words; 8 to 18 did about as well (benchmarks/RESULTS.md)


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """Story of an outcome."""

    parts: Mapping[str, str]  # the text of each part by the name of its column, empty parts left out
    # The part that says what changed; the whole story where no part of it can be distinguished from the rest.
    description: str
    merged: str

    @property
    def opening(self) -> str:
        """The first words of the description, where most stories say who changed, and where."""
        found = _OPENING.match(self.description)
        return found[0] if found else ""

    @property
    def is_blank(self) -> bool:
        """Whether the story is empty."""
        return not self.merged.strip()

    @property
    def n_words(self) -> int:
        """Number of words of the whole story; in scripts without blanks, approximate."""
        return count_words(self.merged)

    def is_shorter_than(self, n_words: int) -> bool:
        """Whether the story has fewer words; see `n_words`, which takes longer to find."""
        return len(self.merged.split(maxsplit=n_words)) < n_words and self.n_words < n_words


def merge_fragments(texts: Mapping[str, str], parts: Sequence[StoryPart]) -> str:
    """Merge the parts of a story as the owner does: two blanks and the label before each part but the first.

    Parts without text are left out; the texts keep their own blanks.

    Examples
    --------
    >>> from classifier.codebook.columns import Columns
    >>> merge_fragments({"Outcome description": "The council met. ",
    ...                  "Contribution of the programme": "Training."}, Columns().parts)
    'The council met.   Contribution of the programme: Training.'
    """
    pieces = [(part.label, texts.get(part.column[0], "")) for part in parts]
    return "  ".join(f"{label}: {text}" if label else text for label, text in pieces if text.strip())


def split_merged(merged: str, parts: Sequence[StoryPart]) -> dict[str, str]:
    """Recover the parts of a merged story by their labels.

    A label counts once and in the order of the parts, so that a story which mentions one is not torn.

    Examples
    --------
    >>> from classifier.codebook.columns import Columns
    >>> split_merged("The council met.   Contribution of the programme: Training.", Columns().parts)
    {'Outcome description': 'The council met. ', 'Contribution of the programme': 'Training.'}
    """
    return {column: merged[start:end] for column, (start, end) in part_spans(merged, parts).items()}


def part_spans(merged: str, parts: Sequence[StoryPart]) -> dict[str, tuple[int, int]]:
    """Return where in a merged story the text of each part starts and ends; see `split_merged`."""
    labels = tuple(part.label for part in parts if part.label)
    column_of = {part.label: part.column[0] for part in parts}
    column = next((part.column[0] for part in parts if not part.label), "")
    found: dict[str, tuple[int, int]] = {}
    start = last = 0
    for match in _label_pattern(labels).finditer(merged):
        order = labels.index(match["label"]) + 1
        if order > last:
            found[column] = (start, match.start())
            column, start, last = column_of[match["label"]], match.end(), order
    found[column] = (start, len(merged))
    return {column: (start, end) for column, (start, end) in found.items() if merged[start:end].strip()}


def tell_story(texts: Mapping[str, str], merged: str, parts: Sequence[StoryPart]) -> Story:
    """Make the story of an outcome from what its row brings: the parts, the merged text, or both.

    The merged text is used where the row brings it, and built from the parts elsewhere; parts that the
    row does not bring are recovered from it.
    """
    given = {column: text for column, text in texts.items() if text.strip()}
    if merged.strip():
        by_part = {**split_merged(merged, parts), **given}
    else:
        by_part, merged = given, merge_fragments(given, parts)
    return Story(parts=by_part, description=by_part.get(parts[0].column[0], merged), merged=merged)


def lay_out(story: Story) -> str:
    r"""Lay a story out to be read: its parts below each other, each but the description under the name of its column.

    Examples
    --------
    >>> parts = {"Outcome description": "The council met. ", "Significance": "Nobody expected it."}
    >>> lay_out(Story(parts=parts, description="The council met. ", merged="…"))
    'The council met.\n\nSignificance:\nNobody expected it.'
    """
    parts = [
        text.strip() if text == story.description else f"{column.strip()}:\n{text.strip()}"
        for column, text in story.parts.items()
        if text.strip()
    ]
    return ("\n\n".join(parts) or story.merged.strip()).replace("\r\n", "\n")


@lru_cache(maxsize=16)
def _label_pattern(labels: tuple[str, ...]) -> re.Pattern[str]:
    # The owner's form has two blanks before a label; copies that went through other programs have one,
    # or a line break.
    names = "|".join(re.escape(label) for label in sorted(labels, key=len, reverse=True))
    return re.compile(rf"(?:  |\s|\A)(?P<label>{names}):(?: |(?=\s)|\Z)") if labels else re.compile(r"(?!)")


def part_heading(column: str) -> str:
    """Return the heading of a part of a story: the name of its column, in the current language if it is a standard one.

    Examples
    --------
    >>> from classifier.languages import use_language
    >>> with use_language("fr"):
    ...     part_heading("Significance of the outcome"), part_heading("Remark of the partner")
    ("Importance de l'incidence", 'Remark of the partner')
    """
    name = column.strip()
    return gettext(name) if name in _STANDARD_PARTS else name
