"""Known near-duplicates, read from a CSV with the columns FragmentID and near_duplicate_of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from classifier.errors import ComparisonError
from classifier.evaluation.predictions import HeldOutPredictions
from classifier.faults import Note, group_faults
from classifier.harvest.similar_ids import CORRECT, find_lookalikes, id_faults
from classifier.spelling import normalise
from classifier.spreadsheet.reading import read_sheets


def read_repeats(path: Path, predictions: HeldOutPredictions) -> dict[str, str]:
    """Read which tested outcomes repeat one that is not tested itself, by their FragmentIDs."""
    tested = {outcome.fragment_id for outcome in predictions.outcomes}
    return {
        fragment_id: original
        for fragment_id, original in _read_pairs(path)
        if fragment_id in tested and original and original not in tested
    }


def similar_repeat_ids(path: Path, tested: Mapping[str, str]) -> Iterator[Note]:
    """Report IDs of the file that only look like one of an outcome tested."""
    similar = find_lookalikes([fragment_id for fragment_id, _ in _read_pairs(path)], tested)
    yield from group_faults(id_faults(similar, where={}, of=tested, remedy=CORRECT), file=path.name)


def _read_pairs(path: Path) -> list[tuple[str, str]]:
    (sheet, *_) = read_sheets(path)
    header = [normalise(name) for name in sheet.rows[0]] if sheet.rows else []
    names = [normalise(name) for name in ("FragmentID", "near_duplicate_of")]
    if not set(names) <= set(header):
        raise ComparisonError(f"{path.name}: the columns FragmentID and near_duplicate_of are needed")
    ids, originals = map(header.index, names)
    return [(sheet.cell(row, ids).strip(), sheet.cell(row, originals).strip()) for row in range(1, len(sheet.rows))]
