"""Codes chosen on a review sheet, merged into the codes of the outcomes they were chosen for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from classifier.codebook.schema import Codebook, CodeField
from classifier.errors import FieldError
from classifier.faults import Fault, FaultKind, file_error, shown
from classifier.harvest.code_cells import CodeReader, code_column
from classifier.harvest.layout import Layout
from classifier.harvest.outcome import Outcome, ReviewedCode
from classifier.harvest.review_sheet import CODE, FIELD, ID, NOTE, REVIEW_KEY, SUGGESTION, ReviewSheet, read_review_key
from classifier.harvest.row_keys import key_column, read_key
from classifier.languages import Message, lazy_gettext
from classifier.spelling import label_key
from classifier.spreadsheet.sheet import Sheet

_Place = tuple[int, int]
"""The number of a sheet and the place of an outcome among those of the sheet."""
_SORT_WHOLE_ROWS = lazy_gettext(
    "undo the sorting, or write the ID and the field back; whole rows may be sorted and deleted"
)


@dataclass(slots=True, kw_only=True)
class OutcomesOfSheet:
    """Outcomes that were read from a sheet, and its faults."""

    sheet: Sheet
    layout: Layout
    outcomes: list[Outcome]
    faults: list[Fault] = field(default_factory=list)


def merge_reviewed(parts: Sequence[OutcomesOfSheet], reviews: Sequence[ReviewSheet], codebook: Codebook) -> None:
    """Merge the codes chosen on review sheets into those of the outcomes, by ID and field.

    A code chosen there counts like one in the outcome's own cell. Where both hold one and they differ, the one that
    was changed since the workbook was written counts, which is noted; where both were, that is a fault.
    """
    merger = _Merger(parts, codebook)
    for review in reviews:
        parts[0].faults.extend(review.faults)
        if not review.faults:
            merger.read(review)
    merger.merge()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Chosen:
    """Row of a review sheet that belongs to an outcome."""

    codes: tuple[str, ...]
    own_then: tuple[str, ...] | None  # codes in the outcome's own cells when the row was written; None if unknown
    row: ReviewedCode


class _Merger:
    def __init__(self, parts: Sequence[OutcomesOfSheet], codebook: Codebook) -> None:
        self.parts, self.codebook = parts, codebook
        self.by_id: dict[str, list[_Place]] = {}
        self.by_key: dict[str, list[_Place]] = {}
        self.keys: dict[_Place, str] = {}
        self.chosen: dict[tuple[_Place, str], list[_Chosen]] = {}
        self._fields: dict[str, CodeField | None] = {}
        for number, part in enumerate(parts):
            column = key_column(part.layout.names or part.sheet.rows[part.layout.header])
            for place, outcome in enumerate(part.outcomes):
                self.by_id.setdefault(_spaced(outcome.fragment_id), []).append((number, place))
                key = read_key(part.sheet.cell(outcome.row, column))
                if key is not None:
                    self.by_key.setdefault(key.fragment_id, []).append((number, place))
                    self.keys[number, place] = key.fragment_id

    def read(self, review: ReviewSheet) -> None:
        """Find the outcome and field of each row, and read its code."""
        faults = self.parts[0].faults
        places = {review.columns[name] for name in (ID, FIELD, CODE)}
        faults.extend(fault for (_, column), fault in review.sheet.unread.items() if column in places)
        readers = _code_readers(review, self.codebook, faults)
        for row in review.rows:
            name, heading = _spaced(review.text(row, ID)), review.text(row, FIELD)
            is_used = bool(review.text(row, CODE) or review.text(row, NOTE))
            key = read_review_key(review.sheet.cell(row, review.columns.get(REVIEW_KEY)))
            found = self.by_id.get(name) or (self.by_key.get(name) if name else None) or []
            asked = self._field(heading)
            if key is not None and not self._is_row_of(key.fragment_id, key.field, name, heading, found):
                if is_used:
                    was, now = (", ".join(map(shown, told)) for told in ((key.fragment_id, key.field), (name, heading)))
                    what = lazy_gettext("the row was written for {was}, and says {now}", was=was, now=now)
                    faults.append(_moved(review, row, what))
            elif len(found) == 1 and asked is not None:
                codes = readers[asked.name].read(row, is_quoted=not self._outcome(found[0]).confidential)
                own = None if key is None else tuple(asked.find(code) or code for code in key.own)
                reviewed = _reviewed(review, row, codes, own=self._outcome(found[0]).codes.get(asked.name, ()))
                chosen = _Chosen(codes=codes, own_then=own, row=reviewed)
                self.chosen.setdefault((found[0], asked.name), []).append(chosen)
            elif is_used:
                faults.append(_not_read(review, row, name, heading, n_outcomes=len(found)))

    def merge(self) -> None:
        """Merge what was read into the outcomes."""
        for (place, name), rows in self.chosen.items():
            part, outcome, asked = self.parts[place[0]], self._outcome(place), self.codebook.field(name)
            first = next((row for row in rows if row.codes), rows[0])
            part.faults.extend(_contradictions(rows, first, outcome, asked))
            codes = self._counting(part, outcome, asked, first)
            merged = {**outcome.codes, **({name: codes} if codes else {})}
            if not codes:
                merged.pop(name, None)
            notes = next((row.row for row in rows if row.row.note), first.row)
            kept = replace(first.row, note=notes.note, note_where=notes.note_where)
            part.outcomes[place[1]] = replace(outcome, codes=merged, reviewed={**outcome.reviewed, name: kept})

    def _counting(self, part: OutcomesOfSheet, outcome: Outcome, asked: CodeField, chosen: _Chosen) -> tuple[str, ...]:
        """Return which codes count, those of the outcome's own row or those chosen on the review sheet."""
        own, codes, then = chosen.row.own, chosen.codes, chosen.own_then
        if not codes or codes in (own, then):
            return own
        if not own:
            return codes
        if set(own) == set(codes):
            return codes if own == then else own
        column = code_column(part.sheet, part.layout, outcome.row, asked.name)
        own_place = part.sheet.place(outcome.row, column if column is not None else part.layout.id)
        what = _apart(asked, outcome, codes, own, where=own_place)
        if own == then:
            part.faults.append(
                Fault(
                    kind=FaultKind.NOTE,
                    where=chosen.row.where,
                    what=lazy_gettext(
                        "{what}; the code here counts, since it was changed after suggestions were made", what=what
                    ),
                    remedy=lazy_gettext("to keep the other, empty this cell"),
                    gist=lazy_gettext(
                        "a code on the sheet for choosing codes replaces the one in the outcome's own row"
                    ),
                )
            )
            return codes
        remedy = lazy_gettext("enter the same in both, or empty one of them")
        part.faults.append(
            Fault(
                kind=FaultKind.CODE,
                where=chosen.row.where,
                what=what,
                remedy=remedy,
                gist=lazy_gettext("the code is another one in the outcome's own row"),
            )
        )
        return own

    def _is_row_of(self, key_id: str, key_field: str, name: str, heading: str, found: Sequence[_Place]) -> bool:
        """Whether a row still names the outcome and field that it was written for; an ID may have been corrected."""
        is_same = name == _spaced(key_id) or any(self.keys.get(place) == _spaced(key_id) for place in found)
        asked = self._field(heading)
        is_field = label_key(heading) == label_key(key_field) or (asked is not None and asked is self._field(key_field))
        return is_same and is_field

    def _outcome(self, place: _Place) -> Outcome:
        return self.parts[place[0]].outcomes[place[1]]

    def _field(self, heading: str) -> CodeField | None:
        if heading not in self._fields:
            try:
                self._fields[heading] = self.codebook.field(heading)
            except FieldError:
                self._fields[heading] = None
        return self._fields[heading]


def _code_readers(review: ReviewSheet, codebook: Codebook, faults: list[Fault]) -> Mapping[str, CodeReader]:
    layout = Layout(
        header=review.header,
        id=review.columns[ID],
        merged=None,
        parts={},
        period=None,
        country=None,
        year=None,
        confidential=(),
        fields=dict.fromkeys(codebook.names, review.columns[CODE]),
        options={},
    )
    return {asked.name: CodeReader(review.sheet, layout, asked, faults, takes_keys=True) for asked in codebook.fields}


def _reviewed(review: ReviewSheet, row: int, codes: tuple[str, ...], *, own: tuple[str, ...]) -> ReviewedCode:
    return ReviewedCode(
        codes=codes,
        own=own,
        where=review.place(row, CODE),
        note=review.text(row, NOTE),
        note_where=review.place(row, NOTE),
        suggestion=review.text(row, SUGGESTION) if SUGGESTION in review.columns else None,
        suggestion_where=review.place(row, SUGGESTION),
    )


def _contradictions(rows: Sequence[_Chosen], first: _Chosen, outcome: Outcome, asked: CodeField) -> Iterator[Fault]:
    for other in rows:
        if other.codes and set(other.codes) != set(first.codes):
            what = _apart(asked, outcome, other.codes, first.codes, where=first.row.where)
            remedy = lazy_gettext("enter the same in both, or delete one of the two rows")
            yield Fault(kind=FaultKind.CODE, where=other.row.where, what=what, remedy=remedy)


def _moved(review: ReviewSheet, row: int, what: str) -> Fault:
    fault = file_error(review.place(row, ID), what, _SORT_WHOLE_ROWS)
    return replace(fault, gist=lazy_gettext("the ID or field of the row is not the one that it was written for"))


def _not_read(review: ReviewSheet, row: int, name: str, heading: str, *, n_outcomes: int) -> Fault:
    if n_outcomes == 1:
        what = lazy_gettext(
            "{heading} is no field of the codebook; the code and note in this row are not read", heading=shown(heading)
        )
        return Fault(
            kind=FaultKind.NOTE, where=review.place(row, FIELD), what=what, remedy=lazy_gettext("check the codebook")
        )
    if n_outcomes:
        what = lazy_gettext(
            "{n_outcomes} outcomes have the ID {name}, so it is not known which one the code in this row is for",
            n_outcomes=n_outcomes,
            name=shown(name),
        )
        remedy = lazy_gettext("enter the code in the outcome's own row, and delete this one")
        return Fault(kind=FaultKind.CODE, where=review.place(row, ID), what=what, remedy=remedy)
    return Fault(
        kind=FaultKind.NOTE,
        where=review.place(row, ID),
        what=lazy_gettext(
            "no outcome that is read has the ID {name}; the code and note in this row are not read", name=shown(name)
        ),
        remedy=lazy_gettext(
            "if its row was deleted, delete this one too; if its sheet is not read, name it with --sheet"
        ),
        on_page=lazy_gettext("if its row was deleted, delete this one too"),
        gist=lazy_gettext("no outcome that is read has this ID; the code and note in this row are not read"),
    )


def _spaced(text: str) -> str:
    return " ".join(text.split())


def _apart(asked: CodeField, outcome: Outcome, here: tuple[str, ...], there: tuple[str, ...], *, where: str) -> Message:
    """Say that an outcome has other codes here than in another place."""
    return lazy_gettext(
        "{heading} of {fragment_id} is {here} here, and {there} in {where}",
        heading=asked.heading,
        fragment_id=shown(outcome.fragment_id),
        here=repr(asked.separator.join(here)),
        there=repr(asked.separator.join(there)),
        where=where,
    )
