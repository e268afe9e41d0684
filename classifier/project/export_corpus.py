"""Coded harvest as a text corpus for IRaMuTeQ: a line of starred variables above each story."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from classifier.files import write_whole
from classifier.harvest.outcome import Outcome
from classifier.harvest.story import Story
from classifier.project.coded_outcomes import CodedOutcomes, FileNotes
from classifier.wording import counted, listed

_ABOUT = ("country", "period", "year")


def write_corpus(coded: CodedOutcomes, out: Path) -> FileNotes:
    """Write the stories, each below a line such as ``**** *id_SCCLPC035 *scale_Local``; empty ones are left out."""
    told = [outcome for outcome in coded.outcomes if not outcome.story.is_blank]
    silent = [outcome.fragment_id for outcome in coded.outcomes if outcome.story.is_blank]
    variables = _Variables()
    texts = (f"**** {' '.join(_starred(coded, outcome, variables))}\n{_text(outcome.story)}\n" for outcome in told)
    with write_whole(out) as temporary:
        temporary.write_text("\n".join(texts), encoding="utf-8", newline="\n")
    notes = [f"it contains the texts of {counted(len(told), 'outcome')}", *coded.left_out]
    if silent:
        notes.append(f"{counted(len(silent), 'outcome')} without text, and not in it: {listed(silent)}")
    return FileNotes(notes=tuple(f"{out.name}: {note}" for note in notes))


def _starred(coded: CodedOutcomes, outcome: Outcome, variables: _Variables) -> Iterator[str]:
    yield variables.write("id", outcome.fragment_id)
    for key in _ABOUT:
        if value := getattr(outcome, key).strip():
            yield variables.write(key, value)
    for field in coded.codebook.fields:
        for code in coded.codes(outcome, field):
            yield variables.write(field.name, code)


class _Variables:
    """Variables by the letters that IRaMuTeQ takes; two values of a variable never look the same."""

    def __init__(self) -> None:
        self._known: dict[str, dict[str, str]] = {}

    def write(self, name: str, value: str) -> str:
        """Write a variable with its value; the underscore between them is the only one."""
        values = self._known.setdefault(name, {})
        if value not in values:
            plain, number = _letters(value), len(values) + 1
            taken = not plain or plain in values.values()
            values[value] = (f"{plain}x{number}" if plain else str(number)) if taken else plain
        return f"*{_letters(name) or f'field{[*self._known].index(name)}'}_{values[value]}"


def _letters(text: str) -> str:
    """Keep the letters and digits that IRaMuTeQ takes, accents taken off; each word after the first is capitalised.

    Examples
    --------
    >>> _letters("Policy and law change"), _letters("Côte d'Ivoire"), _letters("SCC-LPC/035")
    ('PolicyAndLawChange', 'CoteDIvoire', 'SCCLPC035')
    """
    plain = unicodedata.normalize("NFKD", text)
    bare = "".join(character for character in plain if not unicodedata.combining(character))
    words: list[str] = re.findall("[A-Za-z0-9]+", bare)
    return "".join(word[0].upper() + word[1:] if place else word for place, word in enumerate(words))


def _text(story: Story) -> str:
    """Return the parts of a story without their labels, which are no words of it; a star begins a variable."""
    parts = [*story.parts.values()] or [story.merged]
    return "\n".join(" ".join(part.replace("*", " ").split()) for part in parts if part.strip())
