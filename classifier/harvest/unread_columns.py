"""Unread columns that may hold codes, or a part of the story."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import median

from classifier.codebook.schema import Codebook
from classifier.faults import Fault, FaultKind
from classifier.harvest.column_matching import code_target_of, n_words_of
from classifier.harvest.layout import Target, TargetKind, targets_of
from classifier.harvest.options import choose_column, map_option
from classifier.harvest.outcome import Outcome
from classifier.harvest.table import Table
from classifier.harvest.workbook_headings import headings
from classifier.languages import Message, joined, lazy_gettext
from classifier.spelling import label_key, normalise
from classifier.spreadsheet.sheet import Sheet

_LONG = 15.0  # words, of half the texts: what coders write beside a code is shorter
_N_COMPARED = 5  # stories, to see whether a text is in them already
# Beside columns for each field, which begin with the field's name
_FLAGS = frozenset(map(normalise, headings("Suggestion flags")))
_OF_SUGGESTIONS = tuple(
    written for name in ("suggestion", "confidence", "other candidates", "route", "why") for written in headings(name)
)


def note_unread_columns(
    table: Table, sheet: Sheet, outcomes: Sequence[Outcome], codebook: Codebook
) -> tuple[Fault, ...]:
    """Report unread columns: those without a name, those of codes, and those that may be part of the story."""
    finder = _Finder(table, sheet, outcomes, codebook)
    return (*finder.nameless(), *finder.descriptions(), *finder.codes(), *finder.more_codes(), *finder.long_texts())


def suggestion_columns_in(names: Sequence[str], codebook: Codebook) -> frozenset[int]:
    """Find the columns in which a workbook of suggestions has them.

    Examples
    --------
    >>> from classifier.codebook.schema import sample_codebook
    >>> names = ["FragmentID", "Scale", "Scale: remarks", "Scale: suggestion", "Suggestion flags"]
    >>> sorted(suggestion_columns_in(names, sample_codebook()))
    [3, 4]
    """
    fields = [name for field in codebook.fields for name in field.headings]
    begun = tuple(normalise(f"{name}: {part}") for name in fields for part in _OF_SUGGESTIONS)
    keys = [normalise(name) for name in names]
    return frozenset(column for column, key in enumerate(keys) if key.startswith(begun) or key in _FLAGS)


_CODES, _ANSWERS = lazy_gettext("codes"), lazy_gettext("answers")


class _Finder:
    def __init__(self, table: Table, sheet: Sheet, outcomes: Sequence[Outcome], codebook: Codebook) -> None:
        self.table, self.sheet, self.outcomes = table, sheet, outcomes
        self.names = table.header.names
        self.targets, self.codebook = targets_of(codebook), codebook
        self.ours = tuple(normalise(f"{name}: ") for field in codebook.fields for name in field.headings)
        self.known = {*(match.column for match in table.matching.matches), *table.matching.left_out}

    def nameless(self) -> Iterator[Fault]:
        for column, name in enumerate(self.names):
            if not name.strip() and any(any(map(str.isalpha, text)) for text in self._texts(column)):
                yield self._note(
                    column,
                    lazy_gettext("this column has no name, and the text in it is not read"),
                    lazy_gettext("name it, if it is to be read"),
                )

    def descriptions(self) -> Iterator[Fault]:
        """Report a column that may be the description, where none is known."""
        for match in self.table.matching.proposed(TargetKind.DESCRIPTION)[:1]:
            if not self._stands_in_stories(match.column):
                self.known.add(match.column)
                name = self._name(match.column)
                yield self._note(
                    match.column,
                    lazy_gettext("column {name!r} is not read; is it the description?", name=name),
                    lazy_gettext("then add {name}", name=map_option(name, match.target.name)),
                    on_page=_choose(match.target.name, "if so"),
                )

    def codes(self) -> Iterator[Fault]:
        """Report columns that hold codes of a field of which no code is read."""
        for match in self.table.matching.proposed(TargetKind.FIELD, TargetKind.OPTION):
            if match.column in self.known:
                continue
            self.known.add(match.column)
            name, meant = self._name(match.column), match.target.name
            kind = _CODES if match.target.kind is TargetKind.FIELD else _ANSWERS
            yield self._note(
                match.column,
                lazy_gettext(
                    "column {name!r} holds {kind} of {meant!r}, and is not read", name=name, kind=kind, meant=meant
                ),
                lazy_gettext("to have it read, add {name}", name=map_option(name, meant)),
                on_page=_choose(meant, lazy_gettext("to have it read")),
            )

    def more_codes(self) -> Iterator[Fault]:
        """Report columns that hold codes of a field whose codes are read from another column."""
        read = [match.target for match in self.table.matching.matches if match.target.kind is not TargetKind.TICK]
        coded = [target for target in self.targets if target.kind in (TargetKind.FIELD, TargetKind.OPTION)]
        coded = [target for target in coded if target in read]
        beside = tuple(f"{name}: ".casefold() for field in self.codebook.fields for name in field.headings)
        for column, name in enumerate(self.names):
            if not name.strip() or column in self.known or name.strip().casefold().startswith(beside):
                continue
            if label_key(name) in map(label_key, self.names[:column]):
                continue  # which is reported as a column that appears twice
            target = code_target_of(self._texts(column), coded)
            if target is None:
                continue
            self.known.add(column)
            kind = _CODES if target.kind is TargetKind.FIELD else _ANSWERS
            yield self._note(
                column,
                lazy_gettext(
                    "column {column!r} holds {kind} of {name!r} too, and is not read",
                    column=self._name(column),
                    kind=kind,
                    name=target.name,
                ),
                lazy_gettext(
                    "to have it read instead, add {column}", column=map_option(self._name(column), target.name)
                ),
                on_page=_choose(target.name, lazy_gettext("to have it read instead")),
            )

    def long_texts(self) -> Iterator[Fault]:
        for column, name in enumerate(self.names):
            if not name.strip() or column in self.known or self._is_ours(name) or not self._is_long(column):
                continue
            part = self._missing_part()
            yield self._note(
                column,
                lazy_gettext("column {column!r} holds long texts, and is not read", column=self._name(column)),
                (
                    lazy_gettext(
                        "if it is a part of the story, add {column}", column=map_option(self._name(column), part.name)
                    )
                    if part is not None
                    else lazy_gettext(
                        "if it is a part of the story, name it in the codebook, under `columns` and `parts`"
                    )
                ),
                on_page="" if part is None else _choose(part.name, lazy_gettext("if it is a part of the story")),
            )

    def _missing_part(self) -> Target | None:
        found = [match.target for match in self.table.matching.matches]
        kinds = (TargetKind.DESCRIPTION, TargetKind.PART)
        return next((target for target in self.targets if target.kind in kinds and target not in found), None)

    def _is_ours(self, name: str) -> bool:
        return normalise(name).startswith(self.ours) or normalise(name) in _FLAGS

    def _is_long(self, column: int) -> bool:
        texts = self._texts(column)
        return (
            len(texts) * 2 >= len(self.outcomes)
            and bool(texts)
            and len(set(texts)) * 2 >= len(texts)
            and median(map(n_words_of, texts)) >= _LONG
            and not self._stands_in_stories(column)
        )

    def _stands_in_stories(self, column: int) -> bool:
        """Whether the story has the texts of a column already, as a merged story has those of its parts."""
        pairs = [(self.sheet.cell(outcome.row, column).strip(), outcome.story.merged) for outcome in self.outcomes]
        compared = [(text, story) for text, story in pairs if text][:_N_COMPARED]
        return bool(compared) and all(text in story for text, story in compared)

    def _texts(self, column: int) -> list[str]:
        return [text for outcome in self.outcomes if (text := self.sheet.cell(outcome.row, column).strip())]

    def _name(self, column: int) -> str:
        return " ".join(self.names[column].split())

    def _note(self, column: int, what: str, remedy: str, *, on_page: str = "") -> Fault:
        where = self.sheet.place(self.table.header.last, column)
        return Fault(kind=FaultKind.NOTE, where=where, what=what, remedy=remedy, on_page=on_page)


def _choose(name: str, when: str) -> Message:
    return joined(", ", [when, choose_column(name)])
