"""Outcomes read from the rows of a table."""

from __future__ import annotations

from dataclasses import replace

from classifier.codebook.doubt import has_doubt
from classifier.codebook.schema import Codebook
from classifier.control_characters import control_character_in
from classifier.faults import Fault, FaultKind, file_error, shown
from classifier.harvest.code_cells import CodeReader
from classifier.harvest.layout import Layout
from classifier.harvest.outcome import Outcome
from classifier.harvest.story import tell_story
from classifier.harvest.years import FIRST_YEAR, is_year, year_of
from classifier.languages import lazy_gettext
from classifier.spelling import normalise
from classifier.spreadsheet.cell_notes import unread_fault
from classifier.spreadsheet.sheet import Sheet, column_letters

_DENIED = {normalise(word) for word in ("no", "n", "false", "0", "non", "faux", "falso", "لا", "não", "nao", "nein")}


class RowReader:
    """Reads rows into outcomes and gathers what is wrong with them."""

    def __init__(
        self, sheet: Sheet, layout: Layout, codebook: Codebook, *, is_kept: bool = False, takes_keys: bool = False
    ) -> None:
        self.sheet = sheet
        self.layout = layout
        self.codebook = codebook
        self.is_kept = is_kept  # whether the file was accepted by an earlier version
        self.faults: list[Fault] = []
        self.code_readers = [
            CodeReader(sheet, layout, field, self.faults, takes_keys=takes_keys) for field in codebook.fields
        ]

    def read(self, row: int) -> Outcome:
        """Read the outcome of a row."""
        columns = self.codebook.columns
        layout = self.layout
        texts = {name: self.sheet.cell(row, index) for name, index in layout.parts.items()}
        story = tell_story(texts, self.sheet.cell(row, layout.merged), columns.parts)
        fragment_id = self.sheet.cell(row, layout.id).strip()
        confidential = self._is_confidential(row)
        year = self._year(row, is_quoted=not confidential)
        self._check_width(row)
        if not fragment_id:
            name = layout.names[layout.id].strip()
            place = self.sheet.place(row, layout.id)
            unread = unread_fault(self.sheet, row, layout.id, name=name)
            empty = file_error(
                place, lazy_gettext("{name} is empty", name=name), lazy_gettext("give it an ID"), kind=FaultKind.ID
            )
            self.faults.append(replace(unread, kind=FaultKind.ID) if unread else empty)
        self._check_characters(
            row, *(place for place in (layout.id, layout.period, layout.country) if place is not None)
        )
        if story.is_blank:
            self._warn(
                FaultKind.TEXT,
                row,
                layout.id,
                lazy_gettext("outcome {outcome} has no text", outcome=shown(fragment_id)),
                lazy_gettext("it gets no suggestion; fill in its description"),
                gist=lazy_gettext("the outcome has no text"),
            )
        return Outcome(
            fragment_id=fragment_id,
            story=story,
            codes={
                reader.field.name: codes
                for reader in self.code_readers
                if (codes := reader.read(row, is_quoted=not confidential))
            },
            period=self.sheet.cell(row, layout.period).strip(),
            country=self.sheet.cell(row, layout.country).strip(),
            year=year,
            confidential=confidential,
            row=row,
        )

    def _year(self, row: int, *, is_quoted: bool) -> str:
        """Return the year of a row, and report one that is unusual or taken from a date."""
        column = self.layout.year
        written = self.sheet.cell(row, column).strip()
        year = year_of(written)
        if column is None or not year:
            return year
        if year != written:
            gist = lazy_gettext("a date is read as its year")
            date = lazy_gettext("date {date} is read as its year, {year}", date=shown(written), year=year)
            what = date if is_quoted else gist
            remedy = lazy_gettext("nothing to do, if that is the year of the outcome")
            self._warn(FaultKind.YEAR, row, column, what, remedy, gist=gist)
        elif not is_year(year):
            gist = lazy_gettext("the year is unusual")
            what = lazy_gettext("year {year} is unusual", year=shown(year)) if is_quoted else gist
            remedy = lazy_gettext("four digits from {first} to next year are expected", first=str(FIRST_YEAR))
            self._warn(FaultKind.YEAR, row, column, what, remedy, gist=gist)
        return year

    def _is_confidential(self, row: int) -> bool | None:
        columns = self.layout.confidential
        if any((row, column) in self.sheet.unread for column in columns):
            return True  # what can't be read may be a yes
        said = [_truth(self.sheet.cell(row, column)) for column in columns]
        if True in said:
            return True
        levels = [column for column in self.layout.levels if _truth(self.sheet.cell(row, column))]
        for column in levels:
            self._warn(
                FaultKind.CONFIDENTIAL,
                row,
                column,
                lazy_gettext(
                    "it is unknown whether the outcome is confidential: {column} says neither yes nor no",
                    column=shown(" ".join(self.layout.names[column].split())),
                ),
                lazy_gettext("write yes or no there, or name the column as the note on it says"),
            )
        return False if False in said and not levels else None

    def _warn(self, kind: FaultKind, row: int, column: int, what: str, remedy: str, *, gist: str = "") -> None:
        self.faults.append(Fault(kind=kind, where=self.sheet.place(row, column), what=what, remedy=remedy, gist=gist))

    def _check_characters(self, row: int, *columns: int | None) -> None:
        """Refuse what a terminal would obey, or turn round, where the outcome is named or counted."""
        for column in columns:
            if column is not None and (character := control_character_in(self.sheet.cell(row, column))):
                name = " ".join(self.layout.names[column].split())
                self.faults.append(
                    Fault(
                        kind=FaultKind.ID,
                        where=self.sheet.place(row, column),
                        what=lazy_gettext(
                            "{name} has a control character ({character}), which can't be seen",
                            name=name,
                            character=character,
                        ),
                        remedy=lazy_gettext("type the cell again"),
                        is_error=not self.is_kept,
                    )
                )

    def _check_width(self, row: int) -> None:
        header = self.layout.names
        surplus = [
            index for index in range(len(header), len(self.sheet.rows[row])) if self.sheet.rows[row][index].strip()
        ]
        if surplus:
            self.faults.append(
                file_error(
                    self.sheet.place(row, surplus[0]),
                    lazy_gettext(
                        "the row is longer than the header, which ends in column {header}",
                        header=column_letters(len(header) - 1),
                    ),
                    lazy_gettext("put texts that hold the separator in quotes, or name the column"),
                )
            )


def _truth(text: str) -> bool | None:
    word = normalise(text)
    if not word:
        return None
    # Whatever is not a plain no is taken as a yes: it is the safe side for a person at risk.
    return word not in _DENIED or has_doubt(text)
