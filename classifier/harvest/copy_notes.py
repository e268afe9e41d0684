"""Notes on what a copy of a harvest's workbook loses."""

from __future__ import annotations

from pathlib import Path

from classifier.harvest.reading import Harvest
from classifier.spreadsheet.copy_losses import altered_texts, can_be_copied, not_kept
from classifier.spreadsheet.file_kind import FileKind


def losses_of_copy(harvest: Harvest, out: Path, *, name: str = "") -> tuple[str, ...]:
    """Report what of a harvest's file (called `name`, if given) is lost in the workbook written from it."""
    name = name or harvest.path.name
    if can_be_copied(harvest.path):
        return tuple(
            f"{name}: {what} can't be copied into {out.name} unchanged; your own file keeps everything"
            for what in not_kept(harvest.path)
        )
    altered = altered_texts(harvest.sheet)
    if harvest.path.suffix.lower() in FileKind.TEXT.endings:
        return altered
    message = (
        f"{name}: this kind of workbook can't be copied, so {out.name} was made of the cells of its sheet of outcomes, "
        "as text; formats, formulas and other sheets are not in it, and your own file keeps everything"
    )
    return (message, *altered)
