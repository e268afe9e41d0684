"""Confidential outcomes: which are left out of training, reports and shared exports."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from classifier.codebook.columns import UnknownConfidentiality
from classifier.codebook.schema import Codebook
from classifier.errors import ComparisonError, TrainingError
from classifier.faults import Fault, FaultKind
from classifier.harvest.outcome import Outcome
from classifier.harvest.reading import Harvest
from classifier.harvest.similar_ids import loose_key
from classifier.languages import Message, joined, lazy_gettext, lazy_ngettext
from classifier.spreadsheet.sheet import Sheet

INCLUDE_CONFIDENTIAL = "--include-confidential"
"""The option of every command that leaves confidential outcomes out otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Confidentiality:
    """What was done with confidential outcomes, and with those not marked either way.

    Examples
    --------
    >>> print(Confidentiality(n_confidential=12))
    12 confidential outcomes left out (--include-confidential includes them)
    >>> print(Confidentiality(n_unknown=30))
    30 outcomes are marked neither as confidential nor as not confidential, and are included
    """

    n_confidential: int = 0
    n_alike: int = 0  # of these, not marked themselves: the ID looks like that of one that is marked
    n_unknown: int = 0
    is_included: bool = False  # whether confidential outcomes were asked for
    unknown: UnknownConfidentiality = UnknownConfidentiality.INCLUDE

    @property
    def n_left_out(self) -> int:
        """Number of outcomes left out."""
        n_unknown = 0 if self.is_unknown_included else self.n_unknown
        return n_unknown if self.is_included else self.n_confidential + n_unknown

    @property
    def is_unknown_included(self) -> bool:
        """Whether outcomes not marked either way were kept."""
        return self.is_included or self.unknown is UnknownConfidentiality.INCLUDE

    def __str__(self) -> str:
        """Describe it in a line; nothing where there is nothing to describe."""
        return str(self.describe(option=f" ({INCLUDE_CONFIDENTIAL} includes them)"))

    def describe(self, *, option: str = "") -> Message:
        """Describe it in a line, with the option of a command that would include what is left out, if any."""
        told: list[str] = []
        if self.n_confidential:
            told.append(self._confidential(option))
        if self.n_unknown:
            told.append(self._unknown(is_first=not told))
        return joined("; ", told)

    def _confidential(self, option: str) -> Message:
        if self.is_included:
            main = lazy_ngettext(
                "{n} confidential outcome included", "{n} confidential outcomes included", self.n_confidential
            )
        else:
            main = lazy_ngettext(
                "{n} confidential outcome left out", "{n} confidential outcomes left out", self.n_confidential
            )
        alike = lazy_gettext(
            ", {n} of them because the ID looks like that of an outcome marked confidential", n=self.n_alike
        )
        return joined("", [main, *([] if self.is_included else [option]), *([alike] if self.n_alike else [])])

    def _unknown(self, *, is_first: bool) -> Message:
        n = self.n_unknown
        if not is_first and self.is_unknown_included:
            return lazy_ngettext(
                "{n} is not marked either way, and is included", "{n} are not marked either way, and are included", n
            )
        if not is_first:
            return lazy_ngettext(
                "{n} is not marked either way, and is left out", "{n} are not marked either way, and are left out", n
            )
        if self.is_unknown_included:
            return lazy_ngettext(
                "{n} outcome is marked neither as confidential nor as not confidential, and is included",
                "{n} outcomes are marked neither as confidential nor as not confidential, and are included",
                n,
            )
        return lazy_ngettext(
            "{n} outcome is marked neither as confidential nor as not confidential, and is left out",
            "{n} outcomes are marked neither as confidential nor as not confidential, and are left out",
            n,
        )

    def as_dict(self) -> dict[str, object]:
        """Return it as plain values, for the JSON of commands and reports."""
        return {
            "confidential": self.n_confidential,
            "unknown": self.n_unknown,
            "include_confidential": self.is_included,
            "unknown_confidentiality": str(self.unknown),
            "left_out": self.n_left_out,
        }


def confidential_ids(outcomes: Iterable[Outcome]) -> tuple[frozenset[str], frozenset[str]]:
    """Return the IDs of outcomes that are confidential, and of those of which it is unknown.

    An outcome that stands in several files is confidential if any of them says so, and unknown if none says
    anything. An outcome whose ID looks like that of a confidential one, as `loose_key` has it, may be the same, and is
    confidential too.
    """
    outcomes = list(outcomes)
    ids = frozenset(outcome.fragment_id for outcome in outcomes)
    marked = frozenset(outcome.fragment_id for outcome in outcomes if outcome.confidential)
    said = frozenset(outcome.fragment_id for outcome in outcomes if outcome.confidential is not None)
    marked |= _alike(ids - marked, marked)
    return marked, ids - said - marked


def _alike(ids: Collection[str], marked: Collection[str]) -> frozenset[str]:
    """Return the IDs that look like one of those marked."""
    keys = set(map(loose_key, marked)) - {""}
    return frozenset(name for name in ids if loose_key(name) in keys) if keys else frozenset()


def left_out_ids(
    outcomes: Iterable[Outcome], codebook: Codebook, *, include_confidential: bool = False
) -> frozenset[str]:
    """Return the IDs of the outcomes that are left out of training, reports and shared exports."""
    if include_confidential:
        return frozenset()
    marked, unknown = confidential_ids(outcomes)
    return marked | unknown if codebook.unknown_confidentiality is UnknownConfidentiality.LEAVE_OUT else marked


def leave_out_confidential(
    harvests: Sequence[Harvest],
    codebook: Codebook,
    *,
    include_confidential: bool = False,
    others: Collection[Outcome] = (),
) -> tuple[tuple[Harvest, ...], Confidentiality]:
    """Leave confidential outcomes and warnings about them out of harvests, and tell how many they are.

    Parameters
    ----------
    codebook : Codebook
        Its `unknown_confidentiality` says what is done with outcomes that are not marked either way.
    include_confidential : bool
        Whether all outcomes are kept; they are counted nevertheless.
    others : collection of Outcome
        The same outcomes in other files, which may mark them too.
    """
    outcomes = [outcome for harvest in harvests for outcome in harvest.outcomes]
    ours = frozenset(outcome.fragment_id for outcome in outcomes)
    everywhere = [*outcomes, *others]
    marked, unknown = (ids & ours for ids in confidential_ids(everywhere))
    alike = marked - {outcome.fragment_id for outcome in everywhere if outcome.confidential}
    left_out = left_out_ids(everywhere, codebook, include_confidential=include_confidential)
    cells = {(harvest.path, cell) for harvest in harvests for cell in _cells(harvest, left_out)}
    kept = tuple(
        replace(
            harvest,
            outcomes=tuple(outcome for outcome in harvest.outcomes if outcome.fragment_id not in left_out),
            warnings=(
                *(
                    fault
                    for fault in harvest.warnings
                    if left_out.isdisjoint(fault.ids) and (harvest.path, fault.where) not in cells
                ),
                *_left_out_as_alike(harvest, alike & left_out),
            ),
        )
        for harvest in harvests
    )
    return kept, Confidentiality(
        n_confidential=len(marked),
        n_alike=len(alike),
        n_unknown=len(unknown),
        is_included=include_confidential,
        unknown=codebook.unknown_confidentiality,
    )


def _left_out_as_alike(harvest: Harvest, ids: Collection[str]) -> Iterator[Fault]:
    """Report outcomes left out for their IDs alone, without naming these; one of the same file by its cell."""
    marked = {
        loose_key(outcome.fragment_id): harvest.sheet.place(outcome.row, harvest.layout.id)
        for outcome in reversed(harvest.outcomes)
        if outcome.confidential
    }
    for outcome in harvest.outcomes:
        if outcome.fragment_id in ids:
            where = marked.get(loose_key(outcome.fragment_id))
            like = (
                lazy_gettext("the one in {where}, which is", where=where)
                if where
                else lazy_gettext("that of an outcome")
            )
            yield Fault(
                kind=FaultKind.CONFIDENTIAL,
                where=harvest.sheet.place(outcome.row, harvest.layout.id),
                what=lazy_gettext(
                    "the ID looks like {like} marked confidential, so this outcome is left out too", like=like
                ),
                remedy=lazy_gettext(
                    "if it is the same outcome, give both the same ID; if it is another, give it one that differs in "
                    "more than capitals, blanks, hyphens and leading zeros"
                ),
                gist=lazy_gettext("the ID looks like one marked confidential, so the outcome is left out too"),
            )


def _cells(harvest: Harvest, ids: Collection[str]) -> Iterator[str]:
    """Yield the addresses of the cells of outcomes."""
    for outcome in harvest.outcomes:
        if outcome.fragment_id in ids:
            for column in range(len(harvest.sheet.rows[outcome.row])):
                yield harvest.sheet.place(outcome.row, column)


def with_rows_of_outcomes(harvest: Harvest) -> Harvest:
    """Return a harvest whose sheet has the rows down to the header, and below it those of its outcomes alone."""
    kept = [*range(harvest.layout.header + 1), *(outcome.row for outcome in harvest.outcomes)]
    rows = [harvest.sheet.rows[row] for row in kept]
    outcomes = tuple(
        replace(outcome, row=row) for row, outcome in enumerate(harvest.outcomes, start=harvest.layout.header + 1)
    )
    return replace(harvest, sheet=Sheet(name=harvest.sheet.name, rows=rows), outcomes=outcomes)


@contextmanager
def telling_left_out(confidentiality: Confidentiality) -> Iterator[None]:
    """Add to an error of too few outcomes that some were left out."""
    try:
        yield
    except (ComparisonError, TrainingError) as error:
        if not confidentiality.n_left_out:
            raise
        raise type(error)(f"{error}\n  {confidentiality}") from error
