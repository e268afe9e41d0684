"""Trial of a copy of a workbook; it runs in a child process, see `classifier.spreadsheet.copying`."""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path

from classifier.limits import MOST_MERGED_CELLS, MOST_UNPACKED_MIB
from classifier.spreadsheet.workbook_size import count_merged_cells, mebibytes_of


def try_copy(path: str) -> str:
    """Read a workbook as `copy_workbook` does; say why it can't be, if so."""
    try:
        with zipfile.ZipFile(path) as parts:
            n_mebibytes = mebibytes_of(parts)
            n_merged = count_merged_cells(parts) if n_mebibytes <= MOST_UNPACKED_MIB else 0
        if n_mebibytes > MOST_UNPACKED_MIB:
            return f"uncompressed, it has {n_mebibytes} MiB, and at most {MOST_UNPACKED_MIB} MiB are copied"
        if n_merged > MOST_MERGED_CELLS:
            return f"it has {n_merged} merged cells, and at most {MOST_MERGED_CELLS} are copied"
        # openpyxl can do without, and is loaded in half the time.
        sys.modules.setdefault("numpy", None)  # type: ignore[arg-type]
        from classifier.spreadsheet.copying import load_whole

        load_whole(Path(path))
    except MemoryError:
        raise
    except Exception as error:  # whatever openpyxl stumbles over; its message may quote a cell
        return f"what it holds can't be read: {type(error).__name__}"
    return ""
