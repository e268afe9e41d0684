"""Coded harvests, checked for training and comparison."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import chain
from pathlib import Path

from classifier.codebook.schema import Codebook
from classifier.errors import FaultsError
from classifier.faults import Fault, FaultKind
from classifier.harvest.confidentiality import confidential_ids
from classifier.harvest.layout import TargetKind
from classifier.harvest.missing_columns import missing_column
from classifier.harvest.options import ReadingOptions
from classifier.harvest.outcome import Outcome
from classifier.harvest.reading import Harvest, examine_harvests
from classifier.languages import lazy_gettext, lazy_ngettext
from classifier.spreadsheet.header import Header

HarvestSource = Path | str | Harvest
"""A file that holds a harvest, or a harvest that was read from one or from a data frame."""


def read_coded_harvests(
    sources: Iterable[HarvestSource], *, codebook: Codebook, options: ReadingOptions = ReadingOptions()
) -> tuple[Harvest, ...]:
    """Read harvests to learn from or to compare with: every code in them must be a code of the codebook.

    Of a file of which several sheets are asked for, each is a harvest. An outcome that is in several files is
    reported as a warning on the later one.

    Raises
    ------
    FaultsError
        With all faults of all files at once.
    """
    harvests: list[Harvest] = []
    failed: dict[Path, tuple[Fault, ...]] = {}
    seen: dict[str, str] = {}
    outcomes_so_far: list[Outcome] = []
    for source in sources:
        path = source.path if isinstance(source, Harvest) else Path(source)
        try:
            examined = (
                (source,) if isinstance(source, Harvest) else examine_harvests(path, codebook=codebook, options=options)
            )
            read = [_as_coded(harvest, codebook) for harvest in examined]
        except FaultsError as error:
            failed.update(error.faults)
            continue
        outcomes = [outcome for harvest in read for outcome in harvest.outcomes]
        outcomes_so_far += outcomes
        repeated = [outcome for outcome in outcomes if outcome.fragment_id in seen]
        if repeated:
            confidential, _ = confidential_ids(outcomes_so_far)
            warnings = (*read[0].warnings, _note_repeated(repeated, seen, confidential))
            read[0] = replace(read[0], warnings=warnings)
        seen.update({outcome.fragment_id: path.name for outcome in outcomes})
        faults = tuple(chain.from_iterable(harvest.warnings for harvest in read))
        if any(fault.is_error for fault in faults):
            failed[path] = faults
        harvests += read
    if failed:
        raise FaultsError(failed)
    return tuple(harvests)


def refuse_partial(harvests: Iterable[Harvest], *, accepted: Collection[str] = ()) -> None:
    """Refuse labels read as codes that they are a part of, unless confirmed before (`accepted`, as in `Fault.what`)."""
    failed: dict[Path, tuple[Fault, ...]] = {}
    for harvest in harvests:
        refused = tuple(_as_refused(fault) for fault in harvest.warnings if _is_partial(fault, accepted))
        if refused:
            failed[harvest.path] = (*failed.get(harvest.path, ()), *refused)
    if failed:
        raise FaultsError(failed)


def read_whole_codes(read: Callable[[], tuple[Harvest, ...]], options: ReadingOptions) -> tuple[Harvest, ...]:
    """Read harvests in which partial codes are refused, unless the options accept them."""
    with refusing_partial_too(is_confirmed=options.accept_partial):
        harvests = read()
    if not options.accept_partial:
        refuse_partial(harvests)
    return harvests


@contextmanager
def refusing_partial_too(*, accepted: Collection[str] = (), is_confirmed: bool = False) -> Iterator[None]:
    """Name partial codes among the problems to correct where files are refused for others; see `refuse_partial`."""
    try:
        yield
    except FaultsError as error:
        if is_confirmed:
            raise
        faults = {
            path: tuple(_as_refused(fault) if _is_partial(fault, accepted) else fault for fault in found)
            for path, found in error.faults.items()
        }
        raise FaultsError(faults) from None


def _is_partial(fault: Fault, accepted: Collection[str]) -> bool:
    return fault.kind is FaultKind.GUESS and fault.what not in accepted


def _as_refused(fault: Fault) -> Fault:
    return replace(fault.as_error(), remedy="if all are right, add --accept-partial; else write the whole code")


def _as_coded(harvest: Harvest, codebook: Codebook) -> Harvest:
    """Turn faults of codes into errors, and a harvest without code columns too."""
    faults = [fault.as_error() if fault.kind is FaultKind.CODE else fault for fault in harvest.warnings]
    if not harvest.layout.codes:
        wanted = [field.column for field in codebook.fields]
        proposed = harvest.matching.proposed(TargetKind.FIELD, TargetKind.OPTION)
        header = Header(first=harvest.layout.header, last=harvest.layout.header, names=tuple(harvest.header))
        faults.append(missing_column(harvest.sheet, header, lazy_gettext("a code column"), proposed, wanted=wanted))
    return replace(harvest, warnings=tuple(faults))


def _note_repeated(repeated: Sequence[Outcome], seen: Mapping[str, str], unnamed: Collection[str]) -> Fault:
    named = next((outcome.fragment_id for outcome in repeated if outcome.fragment_id not in unnamed), None)
    example = "" if named is None else f", for instance {named!r} in {seen[named]}"
    return Fault(
        kind=FaultKind.NOTE,
        where="",
        what=lazy_gettext(
            "also in an earlier file: {count}{example}",
            count=lazy_ngettext("{n} outcome", "{n} outcomes", len(repeated)),
            example=example,
        ),
        remedy=lazy_gettext("leave one of the files out if they hold the same outcomes"),
    )
