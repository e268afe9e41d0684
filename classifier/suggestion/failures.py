"""Notes on outcomes without a suggestion, or without reasons, because of an internal error."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from classifier.error_report import PLEASE_SEND, error_report_folder
from classifier.faults import FaultKind, Note
from classifier.suggestion.types import Flag
from classifier.wording import counted, listed

_N_NAMED = 3  # outcomes that are named in a note


_FAILURES = (
    (Flag.NOT_JUDGED, "could not be judged because of an internal error", "code them afresh"),
    (Flag.NOT_EXPLAINED, "got suggestions without reasons because of an internal error", "read them with more care"),
)


def failure_notes(flags: Mapping[str, Sequence[str]]) -> Iterator[Note]:
    """Note the outcomes that could not be judged, or not explained, because of an internal error, by their flags."""
    for flag, what, remedy in _FAILURES:
        ids = [name for name, outcome_flags in flags.items() if any(text.startswith(flag) for text in outcome_flags)]
        if ids:
            yield _note(f"{counted(len(ids), 'outcome')} {what}: {listed(ids, _N_NAMED)}", remedy)


def failure_count_notes(n_by_flag: Mapping[str, int]) -> Iterator[Note]:
    """Note how many outcomes could not be judged, or not explained, where they are too many to be remembered."""
    for flag, what, remedy in _FAILURES:
        if n := n_by_flag.get(str(flag), 0):
            yield _note(f"{counted(n, 'outcome')} {what}; they are flagged {str(flag).rstrip(':')!r}", remedy)


def _note(what: str, remedy: str) -> Note:
    told = f"the latest file in {error_report_folder()} says what happened: {PLEASE_SEND}"
    return Note(kind=FaultKind.NOTE, what=what, remedy=f"{remedy}; {told}")
