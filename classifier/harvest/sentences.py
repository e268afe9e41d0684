"""Sentence splitting of stories."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from classifier.codebook.columns import StoryPart
from classifier.harvest.story import Story, part_spans

# A character that ends sentences and a blank after it (Chinese and Japanese leave none), an empty line, or the
# start of a line in a list.
_END = re.compile(
    r"""(?P<mark>[.!?…؟۔।]+)["'”’»)\]]*(?=\s)|[。！？]+[”’」』）]*|\n[^\S\n]*(?=\n)|\n(?=\s*(?:[-•*–]|\d{1,2}[.)])\s)"""  # noqa: RUF001
)
_NEVER_LAST = frozenset(
    {
        *("mr", "mrs", "ms", "dr", "prof", "hon", "rev", "fr", "sr", "jr", "gov", "gen", "col", "capt", "lt", "sgt"),
        *("st", "mt", "dist", "approx", "ca", "cf", "e.g", "i.e", "eg", "ie", "vs", "viz", "incl"),
    }
)
_BEFORE_NUMBERS = frozenset({"no", "nos", "nr", "art", "arts", "para", "paras", "sec", "p", "pp", "vol", "ch", "fig"})
_INITIALS = re.compile(r"[(\[\"'“‘]*(?:[^\W\d_]\.)*[^\W\d_]")  # noqa: RUF001


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """One sentence of a story."""

    text: str
    part: str  # the column of the part it is in


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """Sentence boundaries of a text."""

    # Shape (n_signs,): the number of the sentence that each character of the text belongs to; for the characters of
    # none, such as the labels between parts, the number of sentences
    owners: npt.NDArray[np.intp]
    n_sentences: int  # how many sentences the whole story has


@dataclass(frozen=True, slots=True, kw_only=True)
class CutStory:
    """The sentences of a story in their order, and how its description and the whole are cut into them."""

    sentences: tuple[Sentence, ...]
    description: Cut
    story: Cut


def cut_sentences(text: str) -> tuple[tuple[int, int], ...]:
    """Return where each sentence of a text starts and ends; blanks between them belong to none.

    A sentence that starts with a small letter is taken for the rest of the one before it, and initials,
    titles and numbers in a list end none. Where it is doubtful, two sentences are left together.

    Examples
    --------
    >>> text = "Mr. Sawadogo paid 2.5 million. Who knew? The mayor of St. Louis did."
    >>> [text[start:end] for start, end in cut_sentences(text)]
    ['Mr. Sawadogo paid 2.5 million.', 'Who knew?', 'The mayor of St. Louis did.']
    """
    edges = [0]
    for match in _END.finditer(text):
        if match["mark"] is None or _ends_sentence(text, edges[-1], match.start("mark"), match.end()):
            edges.append(match.end())
    spans = []
    for start, end in zip(edges, [*edges[1:], len(text)], strict=True):
        piece = text[start:end]
        if piece.strip():
            spans.append((start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip())))
    return tuple(spans)


def cut_story(story: Story, parts: Sequence[StoryPart]) -> CutStory:
    """Cut a story into its sentences.

    Where the description is in the merged text in another wording (copies are redacted differently),
    its sentences are those of the description, and what is at the same place in the merged text
    belongs to them.
    """
    first = parts[0].column[0]
    spans = part_spans(story.merged, parts)
    has_description = story.description != story.merged or first in spans
    sentences: list[Sentence] = []
    description = np.full(len(story.description), -1, dtype=np.intp)
    merged = np.full(len(story.merged), -1, dtype=np.intp)
    if has_description:
        for number, (start, end) in enumerate(cut_sentences(story.description)):
            sentences.append(Sentence(text=story.description[start:end], part=first.strip()))
            description[start:end] = number
    for column, (start, end) in spans.items():
        if column == first and has_description:
            merged[start:end] = _at_same_place(story.merged[start:end], story.description, description)
        else:
            for begin, stop in cut_sentences(story.merged[start:end]):
                merged[start + begin : start + stop] = len(sentences)
                sentences.append(Sentence(text=story.merged[start + begin : start + stop], part=column.strip()))
    if not has_description:
        description = merged
    return CutStory(
        sentences=tuple(sentences),
        description=_cut(description, len(sentences)),
        story=_cut(merged, len(sentences)),
    )


def _cut(owners: npt.NDArray[np.intp], n_sentences: int) -> Cut:
    return Cut(owners=np.where(owners < 0, n_sentences, owners), n_sentences=n_sentences)


def _at_same_place(text: str, description: str, owners: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
    if text == description:
        return owners
    ends = np.array([end / len(description) for _, end in cut_sentences(description)])
    found = np.full(len(text), -1, dtype=np.intp)
    for start, end in cut_sentences(text):
        found[start:end] = min(int(np.searchsorted(ends, (start + end) / 2 / len(text))), len(ends) - 1)
    return found


def _ends_sentence(text: str, start: int, mark: int, end: int) -> bool:
    """Whether the characters from `mark` to `end` end the sentence that begins at `start`."""
    rest = text[end:].lstrip()
    if not rest or rest[0].islower():
        return not rest
    before = text[start:mark].strip()
    if text[mark:end] != "." or not before:
        return True
    word = before.split()[-1].casefold().lstrip("([\"'“‘")  # noqa: RUF001
    if word in _NEVER_LAST or before.isdigit() or _INITIALS.fullmatch(before.split()[-1]):
        return False
    return not (word in _BEFORE_NUMBERS and rest[0].isdigit())
