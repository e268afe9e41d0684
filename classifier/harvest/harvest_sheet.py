"""Sheet of a workbook that holds a harvest, for columns to be added to."""

from __future__ import annotations

import dataclasses
from copy import copy
from dataclasses import dataclass

from openpyxl.worksheet.worksheet import Worksheet

from classifier.faults import Fault, FaultKind
from classifier.harvest.reading import Harvest
from classifier.harvest.row_keys import KEY_COLUMN, key_of
from classifier.languages import gettext, lazy_gettext, marked
from classifier.spreadsheet.added_columns import AddedColumns, plain_cell, write_text

_NOTE = marked(
    "Which outcome this row belongs to. outcome-coder uses it to detect columns that were sorted without the others. "
    "Leave it as it is."
)


@dataclass(slots=True, kw_only=True)
class HarvestSheet(AddedColumns):
    """Sheet of a workbook that holds a harvest, for columns to be added to."""

    harvest: Harvest
    notes: list[Fault] = dataclasses.field(default_factory=list)

    @classmethod
    def of(cls, sheet: Worksheet, harvest: Harvest) -> HarvestSheet:
        """Make one of the sheet that a harvest was read from, or of a copy."""
        layout = harvest.layout
        known = (layout.id, layout.merged, *layout.parts.values(), *layout.fields.values(), *layout.options.values())
        return cls(
            sheet=sheet,
            harvest=harvest,
            header=layout.header + 1,
            id_column=layout.id + 1,
            rows=tuple(outcome.row + 1 for outcome in harvest.outcomes),
            known_columns=tuple(column + 1 for column in known if column is not None),
            code_columns=tuple(column + 1 for column in layout.codes),
        )

    def write_row_keys(self) -> None:
        """Write beside each outcome, hidden, which one the row is of.

        Write it after all that is seen: who selects all columns in sight, and sorts them, has the keys among them.
        """
        keys = [(outcome.row, str(key_of(outcome))) for outcome in self.harvest.outcomes]
        self.write_hidden_column(KEY_COLUMN, keys, note=gettext(_NOTE))

    def split_merged(self, row: int, column: int) -> None:
        """Split the merged cell that a cell is in, if it is in one, and keep the text that was read for each row.

        Row and column count from 0, as in the harvest.
        """
        ranges = self.sheet.merged_cells.ranges
        area = next((area for area in ranges if _holds(area.bounds, row + 1, column + 1)), None)
        if area is None:
            return
        left, top, _, bottom = area.bounds
        self.sheet.unmerge_cells(area.coord)
        first = plain_cell(self.sheet, top, left)
        for below in range(top + 1, min(bottom, len(self.harvest.sheet.rows)) + 1):
            cell = plain_cell(self.sheet, below, left)
            cell._style = copy(first._style)  # type: ignore[attr-defined]  # the stubs leave it out
            if text := self.harvest.sheet.cell(below - 1, left - 1):
                self.changed.add((self.sheet.title, below, left))
                if first.data_type == "f":
                    write_text(cell, text)
                else:
                    cell.value = first.value
        self.notes.append(
            Fault(
                kind=FaultKind.NOTE,
                where=self.harvest.sheet.place(top - 1, left - 1),
                what=lazy_gettext("this merged cell was split, so that each of its cells can have a code of its own"),
                remedy=lazy_gettext("your own file keeps it merged"),
            )
        )


def _holds(bounds: tuple[int, int, int, int], row: int, column: int) -> bool:
    left, top, right, bottom = bounds
    return left <= column <= right and top <= row <= bottom
