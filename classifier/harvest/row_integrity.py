"""Row integrity: detection of columns that were sorted without the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from classifier.codebook.schema import Codebook
from classifier.faults import Fault, FaultKind, file_error, shown
from classifier.harvest.layout import Layout
from classifier.harvest.outcome import Outcome
from classifier.harvest.row_keys import (
    SORTED_APART,
    UNDO_SORTING,
    RowKey,
    hash_story,
    hash_text,
    key_column,
    read_key,
)
from classifier.harvest.suggestion_record import Trace, WrittenSuggestion, as_percent
from classifier.languages import lazy_gettext
from classifier.spelling import label_key
from classifier.spreadsheet.sheet import Sheet

_CELLS = _SUGGESTION, _CONFIDENCE, _OTHERS, _ROUTE = range(4)
_LEAST_TELLING = 40  # letters, by which a part of a story is known again
_LEAST_MOVED = 2  # cells; one alone may have been typed over

_Cells = tuple[str | None, ...]
"""Cells in the columns of a suggestion; None where a column is gone."""


@dataclass(frozen=True, kw_only=True)
class ReadRows:
    """The rows of a sheet as they were read, and what was written into it."""

    sheet: Sheet
    layout: Layout
    outcomes: Sequence[Outcome]
    codebook: Codebook
    trace: Trace  # what was suggested, by the outcome's ID and the field; see `read_trace`

    def faults(self) -> tuple[Fault, ...]:
        """Report the rows with cells that were written for different outcomes."""
        stories = {name: {key.story} for name, key in self._written_keys.items()}
        written = self._written_keys.keys() | {_spaced(name) for name, _ in self.trace}
        by_row: dict[int, Fault] = {}
        for row, fault in (*self._by_key(written), *self._by_story(stories), *self._by_trace()):
            by_row.setdefault(row, fault)
        return tuple(by_row[row] for row in sorted(by_row))

    def faults_of_known(self, known: Mapping[str, Outcome]) -> tuple[Fault, ...]:
        """Name the rows of outcomes that are known in which the story or the suggestions of another one stand."""
        stories = {name: {hash_story(outcome.story)} for name, outcome in known.items()}
        for name, key in self._written_keys.items():
            if name in stories:  # the text may be another now
                stories[name].add(key.story)
        by_row = dict((*self._by_part(known, stories), *self._by_story(stories), *self._by_key(known.keys())))
        return tuple(by_row[row] for row in sorted(by_row))

    def changed_stories(self) -> tuple[Fault, ...]:
        """Name the rows whose story was changed after suggestions were made for it."""
        keyed = [(outcome, self._written_keys.get(_spaced(outcome.fragment_id))) for outcome in self.outcomes]
        changed = [outcome for outcome, key in keyed if key is not None and key.story != hash_story(outcome.story)]
        n_written = sum(key is not None for _, key in keyed)
        # If not one is as it was, stories are read otherwise now, by another codebook.
        if len(changed) == n_written > 1:
            return ()
        return tuple(
            Fault(
                kind=FaultKind.NOTE,
                where=self.sheet.place(outcome.row, self.layout.id),
                what=lazy_gettext(
                    "the story of {fragment_id} was changed after suggestions were made for it",
                    fragment_id=shown(outcome.fragment_id),
                ),
                remedy=lazy_gettext(
                    "check that the codes fit it as it is now; a corrected harvest is added with `project add`"
                ),
                gist=lazy_gettext("the story was changed after suggestions were made for it"),
            )
            for outcome in changed
        )

    # By the keys beside the suggestions

    @cached_property
    def _columns(self) -> Mapping[str, int]:
        # Of two columns of one name the first is meant.
        header = self.layout.names or self.sheet.rows[self.layout.header]
        return {label_key(name): column for column, name in reversed([*enumerate(header)]) if name.strip()}

    @cached_property
    def _keys(self) -> Mapping[int, RowKey]:
        """The keys by their rows."""
        column = key_column(self.layout.names or self.sheet.rows[self.layout.header])
        if column is None:
            return {}
        found = ((outcome.row, read_key(self.sheet.cell(outcome.row, column))) for outcome in self.outcomes)
        return {row: key for row, key in found if key is not None}

    @cached_property
    def _written_keys(self) -> Mapping[str, RowKey]:
        return {key.fragment_id: key for key in self._keys.values()}

    def _by_key(self, known: Collection[str]) -> Iterator[tuple[int, Fault]]:
        """Find keys beside another ID than theirs, unless they alone were left where they were."""
        rows = {_spaced(outcome.fragment_id): outcome.row for outcome in self.outcomes}
        apart = [
            (outcome, key)
            for outcome in self.outcomes
            if (key := self._keys.get(outcome.row)) is not None
            and key.fragment_id != _spaced(outcome.fragment_id)
            and (_spaced(outcome.fragment_id) in known or self._has_lost(key.fragment_id, rows))
        ]
        if self._has_codes_within() and all(self._is_whole(outcome, key.fragment_id) for outcome, key in apart):
            return
        for outcome, key in apart:
            message = lazy_gettext(
                "the row belongs to {fragment_id}, and the columns to its right were written for {other}",
                fragment_id=shown(outcome.fragment_id),
                other=shown(key.fragment_id),
            )
            yield outcome.row, self._fault(outcome.row, self.layout.id, message)

    def _has_lost(self, name: str, rows: Mapping[str, int]) -> bool:
        """Whether an outcome is on the sheet without its own key; one whose row was copied has it still."""
        if name not in rows:
            return False
        key = self._keys.get(rows[name])
        return key is None or key.fragment_id != name

    def _has_codes_within(self) -> bool:
        """Whether intact columns are on both sides of all codes, which then moved with them."""
        names = {label_key(name) for written in self.trace.values() for name in written.columns}
        whole = [column for name, column in self._columns.items() if name in names]
        whole += [self.layout.id, *self.layout.texts]
        entered = [
            column
            for column in self.layout.codes
            if any(self.sheet.cell(outcome.row, column).strip() for outcome in self.outcomes)
        ]
        return all(min(whole) <= column <= max(whole) for column in entered)

    def _is_whole(self, outcome: Outcome, other: str) -> bool:
        """Whether the suggestions of a row are those of its outcome, and not of another one."""
        own = [*self._suggested_beside(outcome)]
        if any(cells != self._as_written(written, cells) for written, cells in own):
            return False
        others = ((self.trace.get((other, written.field)), cells) for written, cells in own)
        return any(wanted is not None and self._as_written(wanted, cells) != cells for wanted, cells in others)

    # By the stories

    def _by_story(self, stories: Mapping[str, Collection[str]]) -> Iterator[tuple[int, Fault]]:
        """Find stories that are not those of their ID, and are another's."""
        names: dict[str, str] = {}
        for name, hashes in stories.items():
            names |= {digest: name for digest in hashes if digest}
        for outcome in self.outcomes:
            here, name = hash_story(outcome.story), _spaced(outcome.fragment_id)
            if name in stories and here not in stories[name] and here in names:
                message = lazy_gettext(
                    "the ID of the row is {fragment_id}, and its story is that of {here}",
                    fragment_id=shown(outcome.fragment_id),
                    here=shown(names[here]),
                )
                yield outcome.row, self._fault(outcome.row, self.layout.id, message)

    def _by_part(
        self, known: Mapping[str, Outcome], stories: Mapping[str, Collection[str]]
    ) -> Iterator[tuple[int, Fault]]:
        """Find parts of a story, such as its description, that are another outcome's and in its row alone."""
        owners: dict[tuple[str, str], set[str]] = {}
        for name, known_outcome in known.items():
            for part, text in known_outcome.story.parts.items():
                owners.setdefault((part, hash_text(text)), set()).add(name)
        for outcome in self.outcomes:
            name = _spaced(outcome.fragment_id)
            if name not in known or hash_story(outcome.story) in stories[name]:
                continue
            for part, text in outcome.story.parts.items():
                of = owners.get((part, hash_text(text)), set())
                # What is short, or several outcomes have, may well be typed again.
                if len(text) >= _LEAST_TELLING and len(of) == 1 and name not in of:
                    message = lazy_gettext(
                        "the ID of the row is {fragment_id}, and its {part!r} is that of {other}",
                        fragment_id=shown(outcome.fragment_id),
                        part=part,
                        other=shown(min(of)),
                    )
                    yield outcome.row, self._fault(outcome.row, self.layout.id, message)

    # By what was suggested

    def _by_trace(self) -> Iterator[tuple[int, Fault]]:
        """Find suggestions beside another outcome than theirs, all of one field or a column of them."""
        beside: dict[str, list[tuple[Outcome, WrittenSuggestion, _Cells]]] = {}
        for outcome in self.outcomes:
            for written, cells in self._suggested_beside(outcome):
                beside.setdefault(written.field, []).append((outcome, written, cells))
        for together in beside.values():
            yield from self._moved_suggestions(together)
            yield from self._moved_cells(together)

    def _moved_suggestions(
        self, together: Sequence[tuple[Outcome, WrittenSuggestion, _Cells]]
    ) -> Iterator[tuple[int, Fault]]:
        field = together[0][1].field
        shape = together[0][2]
        names = {
            self._as_written(written, shape): written.fragment_id
            for written in self.trace.values()
            if written.field == field
        }
        for outcome, written, cells in together:
            if cells != self._as_written(written, cells) and cells in names:
                message = lazy_gettext(
                    "the row belongs to {fragment_id}, and the suggestion for {heading} in it was made for {other}",
                    fragment_id=shown(outcome.fragment_id),
                    heading=self.codebook.field(field).heading,
                    other=shown(names[cells]),
                )
                yield outcome.row, self._fault(outcome.row, self._place(written), message)

    def _moved_cells(
        self, together: Sequence[tuple[Outcome, WrittenSuggestion, _Cells]]
    ) -> Iterator[tuple[int, Fault]]:
        field = together[0][1].field
        every = [self._as_written(written, together[0][2]) for written in self.trace.values() if written.field == field]
        for place in _CELLS:
            here = [cells[place] for _, _, cells in together]
            ours = [self._as_written(written, cells)[place] for _, written, cells in together]
            moved = [
                (outcome, written)
                for (outcome, written, _), cell, own in zip(together, here, ours, strict=True)
                if cell != own
            ]
            if len(moved) < _LEAST_MOVED:
                continue
            is_permuted = Counter(here) == Counter(ours)
            # Figures and lists of candidates are hardly ever alike; codes that somebody typed may well be.
            known = {cells[place] for cells in every if cells[place]}
            strangers = {cell for cell, own in zip(here, ours, strict=True) if cell != own} - known
            is_taken = place in (_CONFIDENCE, _OTHERS) and not strangers
            if is_permuted or is_taken:
                for outcome, written in moved:
                    name = written.columns[place]
                    message = lazy_gettext(
                        "the content of column {name!r} was not written for {fragment_id}",
                        name=name,
                        fragment_id=shown(outcome.fragment_id),
                    )
                    yield outcome.row, self._fault(outcome.row, self._columns[label_key(name)], message)

    def _suggested_beside(self, outcome: Outcome) -> Iterator[tuple[WrittenSuggestion, _Cells]]:
        """Yield the suggestion for an outcome and the cells in its columns, field by field."""
        for field in self.codebook.fields:
            written = self.trace.get((outcome.fragment_id, field.name))
            if written is None:
                continue
            columns = [self._columns.get(label_key(name)) for name in written.columns]
            if any(column is not None for column in columns):
                cells = (None if place is None else _spaced(self.sheet.cell(outcome.row, place)) for place in columns)
                yield (
                    written,
                    tuple(as_percent(cell) if cell and at == _CONFIDENCE else cell for at, cell in enumerate(cells)),
                )

    def _as_written(self, written: WrittenSuggestion, here: _Cells) -> _Cells:
        """Return the cells of a suggestion as they were written, but for columns that are no longer there."""
        ours = written.cells(self.codebook.field(written.field).separator)
        return tuple(None if cell is None else _spaced(text) for cell, text in zip(here, ours, strict=True))

    def _place(self, written: WrittenSuggestion) -> int:
        columns = (self._columns.get(label_key(name)) for name in written.columns)
        return next(column for column in columns if column is not None)

    def _fault(self, row: int, column: int, what: str) -> Fault:
        return replace(file_error(self.sheet.place(row, column), what, UNDO_SORTING), gist=SORTED_APART)


def _spaced(text: str) -> str:
    return " ".join(text.split())
