"""Columns that say yes or no to an answer, and that are read as no code."""

from __future__ import annotations

from collections.abc import Iterator

from classifier.codebook.schema import Codebook, CodeField
from classifier.codebook.tick_columns import is_ticked
from classifier.codebook.unknown_label import label_hint
from classifier.faults import Fault, FaultKind, shown
from classifier.harvest.column_matching import ColumnMatching, column_texts
from classifier.harvest.layout import TargetKind
from classifier.harvest.tick_questions import AskedTick, find_tick, questions_of
from classifier.languages import Message, joined, lazy_gettext
from classifier.spreadsheet.header import Header
from classifier.spreadsheet.sheet import Sheet


def unknown_ticks(sheet: Sheet, header: Header, matching: ColumnMatching, codebook: Codebook) -> Iterator[Fault]:
    """Report columns with a yes that count for no code.

    Those are columns of an answer that is no code, beside those of codes of the same field; further columns of a
    code; and columns whose question several fields have.
    """
    finder = _Finder(sheet, header, matching)
    questions = questions_of(codebook.fields)
    known = {*(match.column for match in matching.matches), *matching.left_out}
    for column, name in enumerate(header.names):
        asked = None if column in known else find_tick(name, questions)
        if asked is not None and finder.is_ticked(column, asked.answer):
            yield from finder.faults(column, asked)


class _Finder:
    def __init__(self, sheet: Sheet, header: Header, matching: ColumnMatching) -> None:
        self.sheet, self.header = sheet, header
        self.columns: dict[str, dict[str, int]] = {}  # of the codes of each field, those that are read
        for match in matching.matches:
            if match.target.kind is TargetKind.TICK and match.target.field is not None:
                self.columns.setdefault(match.target.field.name, {})[match.target.code] = match.column

    def is_ticked(self, column: int, answer: str) -> bool:
        """Whether a column says yes or no in each row, and yes in one at least."""
        ticks = {is_ticked(text, answer) for text in column_texts(self.sheet, self.header, column)}
        return None not in ticks and True in ticks

    def faults(self, column: int, asked: AskedTick) -> Iterator[Fault]:
        """Yield what is to be said of a column that has a yes."""
        if asked.field is None:
            if asked.is_code:
                yield self._of_several_fields(column, asked)
            return
        columns = self.columns.get(asked.field.name)
        if columns is None:
            return
        code = asked.field.find(asked.answer)
        if code is None:
            yield self._unknown(column, asked.field, asked.answer)
        elif code in columns and self._adds(column, columns[code], asked.field.names_of(code)):
            yield self._further(column, columns[code], code)

    def _adds(self, column: int, read: int, labels: tuple[str, ...]) -> bool:
        """Whether a column says yes in a row where the one that is read does not."""
        rows = range(self.header.last + 1, len(self.sheet.rows))
        return any(
            is_ticked(self.sheet.cell(row, column), *labels) and not is_ticked(self.sheet.cell(row, read), *labels)
            for row in rows
        )

    def _unknown(self, column: int, field: CodeField, answer: str) -> Fault:
        hint = label_hint(field, answer)
        return self._fault(
            column,
            lazy_gettext(
                "column {name} says yes to {answer}, which is not a code of {heading!r}",
                name=self._name(column),
                answer=shown(answer),
                heading=field.heading,
            ),
            lazy_gettext("{hint}; to have the column left out, give it another name", hint=hint),
            on_page=lazy_gettext("{hint}; or choose that the column is not read", hint=hint),
        )

    def _further(self, column: int, read: int, code: str) -> Fault:
        return self._fault(
            column,
            lazy_gettext(
                "column {name} says yes to code {code!r} where {other} doesn't, and is not read",
                name=self._name(column),
                code=code,
                other=self._name(read),
            ),
            lazy_gettext("join the two columns; to have this one left out, give it another name"),
            on_page=lazy_gettext("join the two columns, or choose that this one is not read"),
        )

    def _of_several_fields(self, column: int, asked: AskedTick) -> Fault:
        return self._fault(
            column,
            lazy_gettext(
                "column {name} says yes to {answer}, and its question is that of several fields: {fields}",
                name=self._name(column),
                answer=shown(asked.answer),
                fields=joined(", ", (repr(field.heading) for field in asked.fields)),
            ),
            lazy_gettext(
                "call it after the field, such as {example}; to have it left out, give it another name",
                example=shown(f"{asked.fields[0].heading}/{asked.answer}"),
            ),
            on_page=lazy_gettext("call it after the field, or choose that it is not read"),
        )

    def _name(self, column: int) -> str:
        return shown(self.header.names[column].strip())

    def _fault(self, column: int, what: Message, remedy: Message, *, on_page: Message) -> Fault:
        where = self.sheet.place(self.header.last, column)
        return Fault(kind=FaultKind.CODE, where=where, what=what, remedy=remedy, on_page=on_page)
