"""Export of a coded harvest, in the format that the ending of the file asks for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from classifier.agreement.recal import RecalFiles, write_recal
from classifier.errors import OutputError
from classifier.faults import Note, group_faults
from classifier.files import check_new, check_writable
from classifier.harvest.confidentiality import Confidentiality, telling_left_out
from classifier.project.coded_outcomes import ExportOptions, Key, Writer, coded_outcomes
from classifier.project.completeness import CellCounts
from classifier.project.export_corpus import write_corpus
from classifier.project.export_qdpx import write_qdpx
from classifier.project.export_table import write_csv, write_wide
from classifier.project.export_workbook import write_workbook
from classifier.project.project import Project
from classifier.project.status import independent_codings

_WRITERS: Mapping[str, Writer] = {".xlsx": write_workbook, ".csv": write_csv, ".txt": write_corpus, ".qdpx": write_qdpx}
_WIDE_WRITERS: Mapping[str, Writer] = {".xlsx": write_wide, ".csv": write_wide}


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """Result of an export."""

    out: Path
    n_outcomes: int
    # By the name of the field, how many of the workbook's cells are decided, adjudicated and so on.
    cells: Mapping[str, CellCounts]
    # The ID and the field of cells in which coders differ and nobody has adjudicated; they are empty.
    still_open: tuple[Key, ...]
    # Decided outcomes that are in no current file, only in an earlier version of this one; the workbook has
    # only their decisions.
    missing: tuple[str, ...]
    confidentiality: Confidentiality
    notes: tuple[Note | str, ...] = ()  # what the file can't hold, and what is worth a look in it


def export_project(
    project: Project, out: Path, *, options: ExportOptions = ExportOptions(), overwrite: bool = False
) -> Exported:
    """Write the coded harvest of a project.

    A workbook is a copy of the file that was added (see `classifier.project.export_workbook`), a .csv the table of its
    outcomes, a .txt their texts as a corpus for IRaMuTeQ, a .qdpx a project for NVivo and the like.
    """
    writer = _writer(out, is_wide=options.wide)
    check_new(out, overwrite=overwrite)
    check_writable(out)
    coded = coded_outcomes(project, options)
    written = writer(coded, out)
    return Exported(
        out=out,
        n_outcomes=coded.n_outcomes,
        cells=coded.cells(),
        still_open=tuple(key for key, consensus in coded.consensus.items() if consensus.is_open),
        missing=written.missing,
        confidentiality=coded.confidentiality,
        notes=(
            *written.notes,
            *group_faults(written.faults, file=out.name),
            *group_faults([*written.source_faults, *coded.warnings_on_confidentiality()], file=coded.name),
        ),
    )


def export_recal(project: Project, folder: Path, *, options: ExportOptions = ExportOptions()) -> RecalFiles:
    """Write what each coder decided, before they could see the others' codes, as files for ReCal."""
    coded = coded_outcomes(project, options)
    ids = [outcome.fragment_id for outcome in coded.outcomes]
    codings = independent_codings(coded.codebook, ids, coded.journal_state)
    with telling_left_out(coded.confidentiality):
        written = write_recal(folder, [*codings.values()], fragment_ids=ids)
    return replace(written, notes=(*written.notes, *coded.left_out))


def _writer(out: Path, *, is_wide: bool) -> Writer:
    writers = _WIDE_WRITERS if is_wide else _WRITERS
    if out.suffix.lower() not in writers:
        what = "with --wide, the ending" if is_wide else "the ending"
        raise OutputError(f"{out}: {what} decides the format; choose one of {', '.join(writers)}")
    return writers[out.suffix.lower()]
