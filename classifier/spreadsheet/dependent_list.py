"""Dependent drop-down: its list is the rows of another sheet that belong to the value of another cell."""

from __future__ import annotations

import re

from openpyxl.utils import quote_sheetname
from openpyxl.worksheet.worksheet import Worksheet

_WILDCARD = re.compile(r"[*?~]")


def dependent_list(values: Worksheet, *, asked: str) -> str:
    """Return the formula of the list: cells of column B of a sheet, in whose column A the `asked` cell's value is.

    Rows of the same value must follow each other, below a header. They are counted by comparison: `COUNTIF` takes a
    value such as ``<5 years`` for a condition. The asterisk, the question mark and the tilde of a value are escaped,
    which `MATCH` would take for wildcards; only where there are any, since a formula of a drop-down may have no more
    than 255 letters.

    Examples
    --------
    >>> from openpyxl import Workbook
    >>> codes = Workbook().create_sheet("Codes")
    >>> for row in [("Field", "Code"), ("Scale", "Local"), ("Scale", "National"), ("Actor", "Media")]:
    ...     codes.append(row)
    >>> dependent_list(codes, asked="$B2")
    "OFFSET('Codes'!$B$1,MATCH($B2,'Codes'!$A$2:$A$4,0),0,SUMPRODUCT(--('Codes'!$A$2:$A$4=$B2)),1)"
    """
    title = quote_sheetname(values.title)
    known = f"{title}!$A$2:$A${values.max_row}"
    n_rows = f"SUMPRODUCT(--({known}={asked}))"
    if any(_WILDCARD.search(str(cell)) for (cell,) in values.iter_rows(2, max_col=1, values_only=True)):
        for character in "~*?":  # the tilde first, which escapes the others
            asked = f'SUBSTITUTE({asked},"{character}","~{character}")'
    return f"OFFSET({title}!$B$1,MATCH({asked},{known},0),0,{n_rows},1)"
