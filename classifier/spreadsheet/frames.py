"""Sheets made of pandas data frames."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classifier.control_characters import whole_characters
from classifier.spreadsheet.sheet import Sheet
from classifier.spreadsheet.workbook_reader import cell_text

if TYPE_CHECKING:
    import pandas as pd


def sheet_of_frame(frame: pd.DataFrame, *, name: str) -> Sheet:
    """Make a sheet of a data frame: its column names, then a row of text for each of its rows.

    The index is left out. Missing values become blank cells.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"FragmentID": ["SCC-LPC/035"], "Year": [2024.0], "Country": [None]})
    >>> sheet_of_frame(frame, name="harvest").rows
    [['FragmentID', 'Year', 'Country'], ['SCC-LPC/035', '2024', '']]
    """
    columns = [frame.iloc[:, place] for place in range(frame.shape[1])]
    cells = [
        [
            "" if is_missing else whole_characters(cell_text(value))
            for value, is_missing in zip(column, column.isna(), strict=True)
        ]
        for column in columns
    ]
    return Sheet(
        name=name, rows=[[whole_characters(str(name)) for name in frame.columns], *map(list, zip(*cells, strict=True))]
    )
