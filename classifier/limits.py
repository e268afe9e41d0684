"""Limits on files from elsewhere; what is beyond them is refused with a message that states the limit.

A file is refused before it is read where its size can be known beforehand. The rest is read in a child process
(`classifier.child_process`), which the operating system holds to `MOST_SECONDS` and `MOST_MEMORY_MIB`.
"""

from __future__ import annotations

MOST_SECONDS = 60
"""To read one file; a harvest of a thousand outcomes takes less than one."""
MOST_MEMORY_MIB = 2048
"""Address space of the child process; on Linux only, since Windows and macOS don't hold a process to it."""
MOST_ANSWER_MIB = 256
"""What the child process may hand over of one file: the texts of its cells, in JSON."""
MOST_FILES_AT_ONCE = 3
"""Files that are added on the review page at the same time."""

MOST_FILE_MIB = 128
"""A table of any kind: workbook, text or JSON."""
MOST_UNPACKED_MIB = 512
"""A workbook when it is uncompressed, and the texts of its cells, repeated ones as often as they are repeated."""
MOST_CELLS = 20_000_000
"""Of a table, blank ones up to the last one in use included."""
MOST_COLUMNS = 5_000
"""Of a table that hold text; survey tools write some hundreds."""
MOST_ROWS = 100_000
"""Of a table that hold text; after it was read, each is gone through outside the child process too."""
MOST_LINE_LETTERS = 16 * 2**20
"""A line of a table that is read part by part."""
MOST_CELL_LETTERS = 2**20
"""A cell of such a table; quotes that are not closed would make one of all that follows."""
MOST_TOLD = 1_000
"""Faults of such a table, from which on it isn't read further."""
MOST_MERGED_CELLS = 1_000_000
"""Of a workbook that is copied to be added to; each merged cell becomes an object."""

MOST_CODEBOOK_MIB = 1
"""A codebook in YAML; one of a thousand codes with definitions has a quarter of that."""
MOST_NODES = 100_000
"""Keys, values and items of a codebook in YAML, aliases counted as often as they are used."""
MOST_CODES = 5_000
"""Codes of all fields of a codebook."""
MOST_CODE_NAMES = 50_000
"""Codes of a table or form with all their other names, such as labels in further languages."""
MOST_LANGUAGES = 50
"""Languages that a codebook is translated into."""
MOST_QDC_MIB = 20
"""A codebook in the REFI-QDA format."""
DEEPEST_QDC = 50
"""Elements within each other of a codebook or project in the REFI-QDA format."""
MOST_QDE_MIB = 64
"""The description of a project in the REFI-QDA format (`project.qde`) when it is uncompressed; a coding has 0.3 KiB."""

MOST_MODEL_MIB = 1024
"""The fitted part of a model when it is uncompressed."""
MOST_MODEL_LIST_MIB = 8
"""The list of files in the fitted part of a model; each regression adds 200 bytes."""
MOST_MANIFEST_MIB = 8
"""The manifest of a model; also its card."""
MOST_MODEL_SCHEMA_MIB = 32
"""`schema.json` in the fitted part of a model, which takes some thirty times as much memory when it is read; the
sample model's has less than 1 MiB, and each regression adds 8 KiB."""

MIB = 2**20
