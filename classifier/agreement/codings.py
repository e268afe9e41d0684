"""Codings of the same outcomes by several coders, side by side."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from classifier._types import FloatArray
from classifier.agreement.coefficients import Ratings, masi_distances
from classifier.codebook.schema import Codebook, CodeField
from classifier.errors import ComparisonError, FaultsError
from classifier.faults import Note, group_faults
from classifier.harvest.coded import HarvestSource, read_coded_harvests
from classifier.harvest.confidentiality import Confidentiality, leave_out_confidential
from classifier.harvest.options import ReadingOptions
from classifier.harvest.outcome import Outcome
from classifier.harvest.reading import Harvest
from classifier.harvest.similar_ids import CHECK, CORRECT, MATCH, find_lookalikes, id_faults
from classifier.wording import counted, listed

Codes = tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class FieldCodings:
    """Codings of one field, by several coders."""

    field: CodeField
    coders: tuple[str, ...]
    # For each outcome, by each coder, the codes given, the main one first; empty where it was not coded.
    codes: tuple[tuple[Codes, ...], ...]

    @cached_property
    def main(self) -> Ratings:
        """The main codes: the only one, or the first of several."""
        place = {code: place for place, code in enumerate(self.field.code_names)}
        places = [[place[codes[0]] if codes else -1 for codes in row] for row in self.codes]
        return Ratings(codes=self._table(places), n_codes=len(place))

    @cached_property
    def _kinds(self) -> list[frozenset[str]]:
        """The different sets of codes that were given."""
        return list(dict.fromkeys(frozenset(codes) for row in self.codes for codes in row if codes))

    @cached_property
    def sets(self) -> Ratings:
        """The sets of codes given, each a category of its own; see `distances`."""
        place = {codes: place for place, codes in enumerate(self._kinds)}
        places = [[place[frozenset(codes)] if codes else -1 for codes in row] for row in self.codes]
        return Ratings(codes=self._table(places), n_codes=len(place))

    @property
    def distances(self) -> FloatArray:
        """Distances between the sets of codes."""
        return masi_distances(self._kinds)

    @cached_property
    def given(self) -> npt.NDArray[np.bool_]:
        """Whether a code was given; shape (n_outcomes, n_coders, n_codes)."""
        given = [[[code in codes for code in self.field.code_names] for codes in row] for row in self.codes]
        return np.array(given, dtype=bool).reshape(len(self.codes), len(self.coders), len(self.field.codes))

    @property
    def is_compared(self) -> npt.NDArray[np.bool_]:
        """Whether two coders or more coded an outcome."""
        return self.main.is_compared

    @property
    def differs(self) -> npt.NDArray[np.bool_]:
        """Whether coders gave an outcome different codes, in whatever order."""
        return np.array([len({frozenset(codes) for codes in row if codes}) > 1 for row in self.codes], dtype=bool)

    @property
    def confusion(self) -> npt.NDArray[np.intp]:
        """Counts of how often the first coder gave one main code and the second another; shape (n_codes, n_codes)."""
        counts = np.zeros((self.main.n_codes, self.main.n_codes), dtype=np.intp)
        np.add.at(counts, tuple(self.main.codes[self.is_compared][:, :2].T), 1)
        return counts

    def code(self, place: int) -> Ratings:
        """Return whether one code was given: category 1, or 0 where it was not."""
        coded = self.main.codes >= 0
        return Ratings(codes=np.where(coded, self.given[:, :, place], -1).astype(np.intp), n_codes=2)

    def of(self, rows: npt.NDArray[np.intp]) -> FieldCodings:
        """Return the codings of some of the outcomes."""
        return FieldCodings(field=self.field, coders=self.coders, codes=tuple(self.codes[row] for row in rows))

    def _table(self, places: Sequence[Sequence[int]]) -> npt.NDArray[np.intp]:
        return np.array(places, dtype=np.intp).reshape(len(self.codes), len(self.coders))


@dataclass(frozen=True, slots=True, kw_only=True)
class Codings:
    """Codings of the outcomes of a harvest by several coders."""

    coders: tuple[str, ...]  # the names of their files, or of the folders if those are the same
    harvests: tuple[Harvest, ...]
    fragment_ids: tuple[str, ...]  # the outcomes that any of them has, in the order they are met
    fields: Mapping[str, FieldCodings]  # by the name of the field, of those that two coders have codes for
    notes: tuple[Note | str, ...]  # in which outcomes they differ, and what is odd about their files


def require_two_coders(sources: Sequence[HarvestSource]) -> None:
    """Refuse the file of a single coder, with whom nobody's agreement can be compared."""
    if len(sources) == 1:
        raise ComparisonError("--coder: give it for each coder, two or more, since agreement needs two coders")


def read_codings(
    sources: Iterable[HarvestSource],
    *,
    codebook: Codebook,
    options: ReadingOptions = ReadingOptions(),
    match_ids: bool = False,
) -> Codings:
    """Read the codings of several coders, a file each; outcomes are matched by their IDs.

    With `match_ids`, an ID that no earlier file has is taken for the one there that it looks like; see `align_ids`.

    Examples
    --------
    >>> from classifier.codebook.schema import sample_codebook
    >>> folder = getfixture("harvest_3_new").parent
    >>> codings = read_codings(
    ...     [folder / "harvest_3_coder_a.xlsx", folder / "harvest_3_coder_b.xlsx"], codebook=sample_codebook()
    ... )
    >>> codings.coders, int(codings.fields["scale"].differs.sum())
    (('harvest_3_coder_a', 'harvest_3_coder_b'), 4)
    """
    harvests: list[Harvest] = []
    failed = {}
    for source in sources:
        try:
            harvests += read_coded_harvests([source], codebook=codebook, options=options)
        except FaultsError as error:
            failed.update(error.faults)
    if failed:
        raise FaultsError(failed)
    return line_up(align_ids(harvests, match=match_ids), codebook=codebook)


def without_confidential(
    codings: Codings, codebook: Codebook, *, include_confidential: bool = False, others: Collection[Outcome] = ()
) -> tuple[Codings, Confidentiality]:
    """Leave out the outcomes that any coder's file, or one of the others, marks as confidential."""
    kept, confidentiality = leave_out_confidential(
        codings.harvests, codebook, include_confidential=include_confidential, others=others
    )
    return (line_up(kept, codebook=codebook) if confidentiality.n_left_out else codings), confidentiality


def align_ids(harvests: Sequence[Harvest], *, match: bool) -> tuple[Harvest, ...]:
    """Report IDs that look like one of an earlier file and are not the same, as warnings of the harvests.

    With `match`, such outcomes are given the ID of the earlier file, where it is sure which one is meant.
    """
    aligned: list[Harvest] = []
    known: dict[str, str] = {}
    for harvest in harvests:
        aligned.append(align_with(harvest, known, match=match))
        known = {outcome.fragment_id: harvest.path.name for outcome in aligned[-1].outcomes} | known
    return tuple(aligned)


def align_with(harvest: Harvest, known: Mapping[str, str], *, match: bool, remedy: str = MATCH) -> Harvest:
    """Report IDs of a harvest that look like a known one (by ID, what has it) and are not the same; see `align_ids`."""
    found = find_lookalikes([outcome.fragment_id for outcome in harvest.outcomes], known)
    if not found:
        return harvest
    where = {outcome.fragment_id: harvest.sheet.place(outcome.row, harvest.layout.id) for outcome in harvest.outcomes}
    taken = {pair.fragment_id: pair.known for pair in found if match and pair.is_sure}
    left = [pair for pair in found if pair.fragment_id not in taken]
    warnings = (
        *id_faults(
            (pair for pair in found if pair.fragment_id in taken), where=where, of=known, taken=True, remedy=CHECK
        ),
        *id_faults(left, where=where, of=known, remedy=CORRECT if match else remedy),
    )
    outcomes = tuple(
        replace(outcome, fragment_id=taken.get(outcome.fragment_id, outcome.fragment_id))
        for outcome in harvest.outcomes
    )
    return replace(harvest, outcomes=outcomes, warnings=(*harvest.warnings, *warnings))


def look_alike(harvest: Harvest, known: Mapping[str, str]) -> tuple[Note, ...]:
    """Report IDs of a harvest that look like a known one and are not the same; see `align_with`."""
    aligned = align_with(harvest, known, match=False, remedy=CORRECT)
    return group_faults(aligned.warnings[len(harvest.warnings) :], file=harvest.path.name)


def line_up(harvests: Sequence[Harvest], *, codebook: Codebook) -> Codings:
    """Put the codings of several coders side by side; the sheets of a file are one coder's, but for `Harvest.coder`."""
    by_coder: dict[str, dict[str, Outcome]] = {}
    for name, harvest in zip(_names([harvest.path for harvest in harvests]), harvests, strict=True):
        coder = harvest.coder or name
        by_coder.setdefault(coder, {}).update({outcome.fragment_id: outcome for outcome in harvest.outcomes})
    coders, by_id = tuple(by_coder), list(by_coder.values())
    ids = tuple(dict.fromkeys(name for outcomes in by_id for name in outcomes))
    fields, alone = {}, []
    for field in codebook.fields:
        codes = tuple(
            tuple(outcomes[name].codes.get(field.name, ()) if name in outcomes else () for outcomes in by_id)
            for name in ids
        )
        by = [coder for place, coder in enumerate(coders) if any(row[place] for row in codes)]
        if len(by) >= min(2, len(coders)):
            fields[field.name] = FieldCodings(field=field, coders=coders, codes=codes)
        elif by:
            alone.append(f"{field.heading}: coded by {by[0]} alone, so that nothing can be compared")
    notes: list[Note | str] = [note for harvest in harvests for note in harvest.notes]
    notes += alone
    for coder, outcomes in zip(coders, by_id, strict=True):
        missing = [name for name in ids if name not in outcomes]
        if missing:
            notes.append(f"{coder}: lacks {len(missing)} of the {len(ids)} outcomes: {listed(missing)}")
        notes += _uncoded(coder, outcomes, [coded.field for coded in fields.values()])
    return Codings(coders=coders, harvests=tuple(harvests), fragment_ids=ids, fields=fields, notes=tuple(notes))


def _uncoded(coder: str, outcomes: Mapping[str, Outcome], fields: Iterable[CodeField]) -> Iterator[str]:
    """Name the outcomes that a coder left uncoded; the same ones in several fields once."""
    by_outcomes: dict[tuple[str, ...], list[str]] = {}
    for field in fields:
        uncoded = tuple(name for name, outcome in outcomes.items() if not outcome.codes.get(field.name))
        by_outcomes.setdefault(uncoded, []).append(field.heading)
    for uncoded, headings in by_outcomes.items():
        if uncoded:
            yield f"{coder}: {counted(len(uncoded), 'outcome')} not coded in {', '.join(headings)}: {listed(uncoded)}"


def _names(paths: Sequence[Path]) -> tuple[str, ...]:
    n_files = len(set(paths))
    stems = [path.stem for path in paths]
    if len(set(stems)) == n_files:
        return tuple(stems)
    longer = [f"{path.resolve().parent.name}/{path.stem}" for path in paths]
    return tuple(longer) if len(set(longer)) == n_files else tuple(map(str, paths))
