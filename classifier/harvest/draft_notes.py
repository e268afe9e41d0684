"""What a person should look at before using a codebook that was drafted from a coded workbook."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import chain

from classifier.codebook.cell_splitting import describe_separator
from classifier.codebook.columns import Columns
from classifier.codebook.labels import LONGEST_LABEL, Answers
from classifier.faults import group_faults
from classifier.harvest.draft_columns import FEW, DraftNote, DraftTable, keys
from classifier.languages import WrittenLater, joined, lazy_gettext, lazy_ngettext
from classifier.spreadsheet.cell_notes import notes_on_reading
from classifier.spreadsheet.sheet import column_letters
from classifier.wording import lazily_either


def table_notes(table: DraftTable) -> Iterator[DraftNote]:
    """Say how the table was read, which columns are taken for the IDs and the story, and which have no name."""
    rows = table.sheet.filled_rows(below=table.header)
    reading = notes_on_reading(table.sheet, rows=rows, columns=[column.index for column in table.columns])
    yield from (DraftNote(what=note.as_message()) for note in group_faults(reading))
    yield from _guess_notes(table)
    below = table.sheet.rows[table.header + 1 :]
    read = {column.index for column in table.columns}
    for index, name in enumerate(table.names):
        if not name.strip() and any(len(row) > index and row[index].strip() for row in below):
            letters = column_letters(index)
            yield DraftNote(what=lazy_gettext("column {letters} has no name and is not read", letters=letters))
        elif name.strip() and index not in read:
            yield DraftNote(
                what=lazy_gettext(
                    "column {name!r} appears twice; the first was read. Rename or delete the other", name=name.strip()
                )
            )


def _guess_notes(table: DraftTable) -> Iterator[DraftNote]:
    """Say which columns are taken for the IDs and the story, or that none are found."""
    known, found = Columns(), {column.key for column in table.columns}
    if table.known.id != known.id:
        values = {"name": table.known.id[0].strip()}
        yield DraftNote(
            what=lazy_gettext("column {name!r} is read as the IDs; if that is wrong, correct `columns: id:`", **values),
            on_page=lazy_gettext(
                "column {name!r} is read as the IDs; if that is wrong, choose another one on the next page", **values
            ),
        )
    elif not keys(known.id) & found:
        values = {"name": known.id[0]}
        yield DraftNote(
            what=lazy_gettext(
                "no column {name!r} was found; write under `columns: id:` which column holds the IDs", **values
            ),
            on_page=lazy_gettext(
                "no column {name!r} was found; choose on the next page which column holds the IDs", **values
            ),
        )
    texts = (*known.description.column, *known.merged)
    for ours, owners in zip(table.known.parts, known.parts, strict=True):
        if ours != owners:
            values = {"name": ours.column[0].strip(), "part": owners.column[0].strip()}
            yield DraftNote(
                what=lazy_gettext(
                    "column {name!r} is read as {part!r}; if that is wrong, correct `columns: parts:`", **values
                ),
                on_page=lazy_gettext(
                    "column {name!r} is read as {part!r}; if that is wrong, choose another one on the next page",
                    **values,
                ),
            )
    if table.known.parts == known.parts and not keys(texts) & found:
        names = lazily_either(map(repr, texts))
        yield DraftNote(
            what=lazy_gettext("no column {names} was found; write under `columns:` what holds the story", names=names),
            on_page=lazy_gettext(
                "no column {names} was found; choose on the next page which column holds the story", names=names
            ),
        )


def label_notes(answers: Answers) -> Iterator[DraftNote]:
    """Say of a column how many labels its cells have, which are spelled in several ways, and which are rare."""
    yield from chain(_kind_notes(answers), _spelling_notes(answers), _count_notes(answers))


def _kind_notes(answers: Answers) -> Iterator[DraftNote]:
    if answers.ticks:
        values = {"n_columns": len(answers.ticks)}
        yield DraftNote(
            what=lazy_gettext(
                "{n_columns} columns say yes or no to one code each: they are read as one field, `multiple`", **values
            ),
            on_page=lazy_gettext(
                "{n_columns} columns say yes or no to one code each: they are read as one field, in which an outcome "
                "has one code or several",
                **values,
            ),
        )
    elif answers.separator:
        yield _joined_note(answers, answers.separator)


def _joined_note(answers: Answers, separator: str) -> DraftNote:
    n_joined = sum(len(labels) > 1 for labels in answers.by_row)
    what = lazy_ngettext(
        "{n} cell with several labels, joined by {between}: it is `multiple`",
        "{n} cells with several labels, joined by {between}: it is `multiple`",
        n_joined,
        between=WrittenLater(partial(describe_separator, separator)),
    )
    on_page = lazy_ngettext(
        "{n} cell with several labels, joined by {between}: an outcome has one code or several",
        "{n} cells with several labels, joined by {between}: an outcome has one code or several",
        n_joined,
        between=WrittenLater(partial(describe_separator, separator)),
    )
    if n_joined >= FEW:
        return DraftNote(what=what, on_page=on_page)
    return DraftNote(
        what=lazy_gettext("{note} (make it `single` if these are slips)", note=what),
        on_page=lazy_gettext("{note} (choose one code, if these are slips)", note=on_page),
    )


def _spelling_notes(answers: Answers) -> Iterator[DraftNote]:
    for label in answers.labels:
        if len(label.spellings) > 1:
            yield DraftNote(
                what=lazy_ngettext(
                    "{label!r} is spelled {others} in {n} cell, which counts as the same",
                    "{label!r} is spelled {others} in {n} cells, which counts as the same",
                    label.n_own - label.spellings[label.text],
                    label=label.text,
                    others=joined(", ", (repr(spelling) for spelling in label.spellings if spelling != label.text)),
                )
            )
        for typo in label.typos:
            yield DraftNote(
                what=lazy_gettext(
                    "{typo!r} ({n_typo}) is proposed as an alias of {label!r} ({n_label}); check that it means the "
                    "same",
                    typo=typo.text,
                    n_typo=typo.n_cells,
                    label=label.text,
                    n_label=label.n_own,
                )
            )


def _count_notes(answers: Answers) -> Iterator[DraftNote]:
    if rare := [f"{label.text!r} ({label.n_cells})" for label in answers.labels if label.n_cells < FEW]:
        yield DraftNote(
            what=lazy_gettext(
                "fewer than {few} cells hold {labels}; too few to train on", few=FEW, labels=joined(", ", rare)
            )
        )
    if answers.n_long:
        yield DraftNote(
            what=lazy_ngettext(
                "left out: {n} text of more than {most} letters",
                "left out: {n} texts of more than {most} letters",
                answers.n_long,
                most=LONGEST_LABEL,
            )
        )
