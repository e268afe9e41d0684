"""Sheet of a workbook that holds a harvest, for columns to be added to."""

from __future__ import annotations

from dataclasses import dataclass

from openpyxl.worksheet.worksheet import Worksheet

from classifier.harvest.reading import Harvest
from classifier.harvest.row_keys import KEY_COLUMN, key_of
from classifier.spreadsheet.added_columns import AddedColumns

_NOTE = (
    "Which outcome this row belongs to. outcome-coder uses it to detect columns that were sorted without the others. "
    "Leave it as it is."
)


@dataclass(slots=True, kw_only=True)
class HarvestSheet(AddedColumns):
    """Sheet of a workbook that holds a harvest, for columns to be added to."""

    harvest: Harvest

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
        self.write_hidden_column(KEY_COLUMN, keys, note=_NOTE)
