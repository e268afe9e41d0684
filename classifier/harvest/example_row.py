"""Example row of the template workbook, which is never read as an outcome."""

from __future__ import annotations

EXAMPLE_ID = "EXAMPLE"
EXAMPLE_STORY = (
    "In March 2026 the municipal council of … adopted a by-law that … (who changed what, when and where, in one or two "
    "sentences). This row is an example and is not read: write yours below it."
)


def is_example(fragment_id: str, story: str) -> bool:
    """Whether a row is the example, with its text as it was written.

    Examples
    --------
    >>> is_example("EXAMPLE", EXAMPLE_STORY), is_example("EXAMPLE", "The council met in public.")
    (True, False)
    """
    return fragment_id == EXAMPLE_ID and story == EXAMPLE_STORY
