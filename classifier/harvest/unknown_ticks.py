"""Columns that say yes or no to an answer that the codebook has no code for."""

from __future__ import annotations

from collections.abc import Iterator

from classifier.codebook.tick_columns import is_ticked, split_tick
from classifier.codebook.unknown_label import label_hint
from classifier.faults import Fault, FaultKind, shown
from classifier.harvest.column_matching import ColumnMatching, column_texts
from classifier.harvest.layout import TargetKind, questions_of
from classifier.languages import lazy_gettext
from classifier.spelling import label_key
from classifier.spreadsheet.header import Header
from classifier.spreadsheet.sheet import Sheet


def unknown_ticks(sheet: Sheet, header: Header, matching: ColumnMatching) -> Iterator[Fault]:
    """Report columns beside those that say yes or no to a code, of the same field, with an answer that is no code."""
    targets = [match.target for match in matching.matches if match.target.kind is TargetKind.TICK]
    questions = questions_of(target.field for target in targets if target.field)
    known = {*(match.column for match in matching.matches), *matching.left_out}
    for column, name in enumerate(header.names):
        if column in known:
            continue
        for _, question, answer in split_tick(name):
            field = questions.get(label_key(question))
            if field is not None and field.find(answer) is None and _is_ticked(sheet, header, column, answer):
                what = lazy_gettext(
                    "column {name} says yes to {answer}, which is not a code of {heading!r}",
                    name=shown(name.strip()),
                    answer=shown(answer),
                    heading=field.heading,
                )
                hint = label_hint(field, answer)
                yield Fault(
                    kind=FaultKind.CODE,
                    where=sheet.place(header.last, column),
                    what=what,
                    remedy=lazy_gettext("{hint}; to have the column left out, give it another name", hint=hint),
                    on_page=lazy_gettext("{hint}; or choose that the column is not read", hint=hint),
                )
                break


def _is_ticked(sheet: Sheet, header: Header, column: int, answer: str) -> bool:
    """Whether a column says yes or no in each row, and yes in one at least."""
    ticks = {is_ticked(text, answer) for text in column_texts(sheet, header, column)}
    return None not in ticks and True in ticks
