"""Notes on outcomes without a suggestion, or without reasons, because of an internal error."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from classifier.error_report import PLEASE_SEND, error_report_folder
from classifier.faults import FaultKind, Note
from classifier.languages import lazy_gettext, lazy_ngettext, marked
from classifier.suggestion.types import Flag
from classifier.wording import counted, lazily_listed

_N_NAMED = 3  # outcomes that are named in a note
_CODE_AFRESH = marked("code them afresh; the latest file in {folder} says what happened: {please}")
_READ_WITH_CARE = marked("read them with more care; the latest file in {folder} says what happened: {please}")


def failure_notes(flags: Mapping[str, Sequence[str]]) -> Iterator[Note]:
    """Note the outcomes that could not be judged, or not explained, because of an internal error, by their flags."""
    if ids := _flagged(flags, Flag.NOT_JUDGED):
        yield _note(
            lazy_ngettext(
                "{n} outcome could not be judged because of an internal error: {names}",
                "{n} outcomes could not be judged because of an internal error: {names}",
                len(ids),
                names=lazily_listed(ids, _N_NAMED),
            ),
            _CODE_AFRESH,
        )
    if ids := _flagged(flags, Flag.NOT_EXPLAINED):
        yield _note(
            lazy_ngettext(
                "{n} outcome got suggestions without reasons because of an internal error: {names}",
                "{n} outcomes got suggestions without reasons because of an internal error: {names}",
                len(ids),
                names=lazily_listed(ids, _N_NAMED),
            ),
            _READ_WITH_CARE,
        )


def failure_count_notes(n_by_flag: Mapping[str, int]) -> Iterator[Note]:
    """Note how many outcomes could not be judged, or not explained, where they are too many to be remembered."""
    for flag, what, remedy in (
        (Flag.NOT_JUDGED, "could not be judged because of an internal error", _CODE_AFRESH),
        (Flag.NOT_EXPLAINED, "got suggestions without reasons because of an internal error", _READ_WITH_CARE),
    ):
        if n := n_by_flag.get(str(flag), 0):
            yield _note(f"{counted(n, 'outcome')} {what}; they are flagged {str(flag).rstrip(':')!r}", remedy)


def _flagged(flags: Mapping[str, Sequence[str]], flag: Flag) -> list[str]:
    return [name for name, outcome_flags in flags.items() if any(text.startswith(flag) for text in outcome_flags)]


def _note(what: str, remedy: str) -> Note:
    return Note(
        kind=FaultKind.NOTE, what=what, remedy=lazy_gettext(remedy, folder=error_report_folder(), please=PLEASE_SEND)
    )
