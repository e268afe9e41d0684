"""Texts that only confidential outcomes tell, found again wherever they were copied to."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from classifier.faults import Fault, FaultKind
from classifier.harvest.outcome import Outcome
from classifier.harvest.reading import Harvest
from classifier.harvest.review_sheet import find_review_sheets
from classifier.harvest.sentences import cut_sentences
from classifier.languages import lazy_gettext
from classifier.spreadsheet.package_text import texts_outside_cells
from classifier.spreadsheet.reading import read_sheets

_LEAST_TELLING = 30  # characters of a text by which an outcome is known; shorter ones may stand anywhere
_LEAST_LETTERS = 15  # of these; what is mostly redacted tells nothing
_NO_LETTERS = re.compile(r"[\W_]+")


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
        """Whether a text has one of them, whatever its capitals, accents, blanks, dashes and quotation marks."""
        if not self.texts or len(text) < _LEAST_LETTERS:
            return False
        told = _letters(text)
        return any(known in told for known in self.texts)

    def taken_out(self, harvest: Harvest) -> tuple[Harvest, tuple[Fault, ...]]:
        """Empty the cells that have one of them, but for the stories of a harvest's own outcomes.

        Only rows that a copy keeps are looked at: those of its outcomes, and those down to the header.
        """
        stories = {*harvest.layout.parts.values(), harvest.layout.merged}
        own = {outcome.row for outcome in harvest.outcomes}
        places = [
            (row, column)
            for row in sorted(_rows_of_outcomes(harvest))
            for column, text in enumerate(harvest.sheet.rows[row])
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


def texts_beside_outcomes(harvests: Sequence[Harvest]) -> Iterator[str]:
    """Yield the texts of a workbook outside the rows of its outcomes and their headers.

    Parameters
    ----------
    harvests : sequence of Harvest
        The sheets of the workbook that are read, confidential outcomes included.
    """
    path, options = harvests[0].path, harvests[0].options
    rows = {harvest.sheet.name: _rows_of_outcomes(harvest) for harvest in harvests}
    sheets = read_sheets(path, encoding=options.encoding)
    reviews = {review.sheet.name for review in find_review_sheets(sheets)}  # a row of theirs is an outcome's too
    yield from texts_outside_cells(path)
    for sheet in sheets:
        if sheet.name not in reviews:
            known = rows.get(sheet.name, frozenset())
            for row, cells in enumerate(sheet.rows):
                yield from () if row in known else cells


def _rows_of_outcomes(harvest: Harvest) -> frozenset[int]:
    return frozenset({*range(harvest.layout.header + 1), *(outcome.row for outcome in harvest.outcomes)})


def _texts_of(outcome: Outcome) -> Iterator[str]:
    for text in (*outcome.story.parts.values(), outcome.story.merged):
        for known in (text, *(text[start:end] for start, end in cut_sentences(text))):
            letters = _letters(known)
            if len(" ".join(known.split())) >= _LEAST_TELLING and len(letters) >= _LEAST_LETTERS:
                yield letters


def _letters(text: str) -> str:
    """Return the letters and digits of a text alone: programs change the other signs, and part them by markup."""
    return _NO_LETTERS.sub("", unicodedata.normalize("NFKD", text).casefold())
