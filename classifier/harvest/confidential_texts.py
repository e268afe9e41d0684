"""Texts that only confidential outcomes tell, found again wherever they were copied to."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace

from classifier.faults import Fault, FaultKind
from classifier.harvest.outcome import Outcome
from classifier.harvest.reading import Harvest
from classifier.harvest.sentences import cut_sentences
from classifier.languages import lazy_gettext

_LEAST_TELLING = 30  # letters of a text by which an outcome is known; shorter ones may stand anywhere


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfidentialTexts:
    """Whole texts and single sentences of confidential outcomes, without those that another outcome tells too.

    Examples
    --------
    >>> from classifier.harvest.story import Story
    >>> told = "She fled. She has been hiding in the parish since."
    >>> story = Story(parts={}, description=told, merged=told)
    >>> texts = ConfidentialTexts.of([Outcome(fragment_id="A", story=story)], left_out={"A"})
    >>> texts.are_in("To ask:  she has been hiding in the parish since. When?"), texts.are_in("She fled.")
    (True, False)
    """

    texts: frozenset[str]

    @classmethod
    def of(cls, outcomes: Iterable[Outcome], *, left_out: Collection[str]) -> ConfidentialTexts:
        """Take the texts of the outcomes that are left out."""
        found: tuple[set[str], set[str]] = (set(), set())
        for outcome in outcomes:
            found[outcome.fragment_id in left_out].update(_texts_of(outcome))
        elsewhere, only_left_out = found
        return cls(texts=frozenset(only_left_out - elsewhere))

    def are_in(self, text: str) -> bool:
        """Whether a text has one of them, whatever its blanks and capitals."""
        if not self.texts or len(text) < _LEAST_TELLING:
            return False
        told = _plain(text)
        return any(known in told for known in self.texts)

    def taken_out(self, harvest: Harvest) -> tuple[Harvest, tuple[Fault, ...]]:
        """Empty the cells that have one of them, but for the stories of a harvest's own outcomes."""
        stories = {*harvest.layout.parts.values(), harvest.layout.merged}
        own = {outcome.row for outcome in harvest.outcomes}
        places = [
            (row, column)
            for row, cells in enumerate(harvest.sheet.rows)
            for column, text in enumerate(cells)
            if not (row in own and column in stories) and self.are_in(text)
        ]
        rows = [list(cells) for cells in harvest.sheet.rows]
        for row, column in places:
            rows[row][column] = ""
        faults = tuple(
            Fault(
                kind=FaultKind.CONFIDENTIAL,
                where=harvest.sheet.place(row, column),
                what=lazy_gettext("the cell has the text of a confidential outcome, and is empty in the copy"),
                remedy=lazy_gettext("delete it in the file that you added, or write it otherwise"),
            )
            for row, column in places
        )
        return (replace(harvest, sheet=replace(harvest.sheet, rows=rows)), faults) if places else (harvest, ())


def _texts_of(outcome: Outcome) -> Iterator[str]:
    for text in (*outcome.story.parts.values(), outcome.story.merged):
        for known in (text, *(text[start:end] for start, end in cut_sentences(text))):
            if len(plain := _plain(known)) >= _LEAST_TELLING:
                yield plain


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
