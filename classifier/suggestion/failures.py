"""Notes on the outcomes that an error kept from being judged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from classifier.error_report import PLEASE_SEND, error_report_folder
from classifier.faults import FaultKind, Note
from classifier.suggestion.types import Flag
from classifier.wording import listed

_N_NAMED = 3  # outcomes that are named in a note


def failure_notes(flags: Mapping[str, Sequence[str]]) -> Iterator[Note]:
    """Tell of the outcomes that a fault of ours kept from being judged, or from being given reasons.

    Parameters
    ----------
    flags : dict of str to sequence of str
        The flags of outcomes by their IDs.
    """
    for flag, what, remedy in (
        (Flag.NOT_JUDGED, "could not be judged, by a fault of ours", "code them afresh"),
        (Flag.NOT_EXPLAINED, "have suggestions without reasons, by a fault of ours", "read them with more care"),
    ):
        ids = [name for name, told in flags.items() if any(one.startswith(flag) for one in told)]
        if ids:
            yield Note(
                kind=FaultKind.NOTE,
                what=f"{len(ids)} outcome(s) {what}: {listed(ids, _N_NAMED)}",
                remedy=f"{remedy}; the latest file in {error_report_folder()} says what happened: {PLEASE_SEND}",
            )
