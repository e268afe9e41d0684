"""Notes on outcomes without a suggestion, or without reasons, because of an internal error."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from classifier.error_report import PLEASE_SEND, error_report_folder
from classifier.faults import FaultKind, Note
from classifier.suggestion.types import Flag
from classifier.wording import counted, listed

_N_NAMED = 3  # outcomes that are named in a note


def failure_notes(flags: Mapping[str, Sequence[str]]) -> Iterator[Note]:
    """Note the outcomes that could not be judged, or not explained, because of an internal error, by their flags."""
    for flag, what, remedy in (
        (Flag.NOT_JUDGED, "could not be judged because of an internal error", "code them afresh"),
        (
            Flag.NOT_EXPLAINED,
            "got suggestions without reasons because of an internal error",
            "read them with more care",
        ),
    ):
        ids = [name for name, outcome_flags in flags.items() if any(text.startswith(flag) for text in outcome_flags)]
        if ids:
            yield Note(
                kind=FaultKind.NOTE,
                what=f"{counted(len(ids), 'outcome')} {what}: {listed(ids, _N_NAMED)}",
                remedy=f"{remedy}; the latest file in {error_report_folder()} says what happened: {PLEASE_SEND}",
            )
