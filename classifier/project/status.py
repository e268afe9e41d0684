"""Status of a project: each coder's progress, and inter-coder agreement, blind and assisted.

Agreement is measured on what each coder decided before they could see the others' codes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from math import nan

import numpy as np
import numpy.typing as npt

from classifier._types import FloatArray
from classifier.agreement.bootstrap import ClusterBootstrap, Estimate, Statistic, place_groups
from classifier.agreement.by_field import FieldAgreement, compare
from classifier.agreement.ceiling import FieldCeiling, compare_with_ceiling
from classifier.agreement.codings import FieldCodings
from classifier.agreement.coefficients import Coefficient, fleiss_kappa, kappa_of_two, percent_agreement
from classifier.codebook.schema import Codebook, CodeField
from classifier.harvest.outcome import Outcome
from classifier.project.codability import Codability, codability_of
from classifier.project.completeness import CellCounts, count_cells
from classifier.project.current_decisions import JournalState
from classifier.project.journal import DecisionMethod, Entry
from classifier.project.project import Project
from classifier.project.provenance import Provenance, provenance_of
from classifier.project.suggestion_store import SuggestionSet

Codes = tuple[str, ...]
Decided = Mapping[tuple[str, str, str], Entry]
_WITH_SUGGESTIONS = ("coders", "suggestions")
_TOLD_APART = (Provenance.BLIND, Provenance.ASSISTED, Provenance.BULK, Provenance.TOGETHER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Progress of one coder in one field."""

    coder: str
    field: str
    # Outcomes that this coder gave codes or marked as not codable; codes that the codebook lacks don't count.
    n_decided: int
    n_blind: int  # of them, those read and decided with no suggestion in view
    n_bulk: int  # of them, those decided in one action with many others
    n_not_codable: int  # of them, those that are not codable


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Difference between assisted and blind agreement."""

    alike: Estimate  # of the shares of just the same codes
    kappa: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitAgreement:
    """Agreement in one field, by the provenance of the codes."""

    field: str
    kinds: Mapping[Provenance, FieldAgreement]  # those of blind, assisted, bulk and together that there is any of
    gap: Gap | None  # None where there are too few blind or too few assisted ones to say


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """Status of a project."""

    n_outcomes: int
    # By the name of the field, its column in the harvest, which is what its coders know it by.
    columns: Mapping[str, str]
    # By the name of the field, how many of its cells are decided, adjudicated and so on.
    cells: Mapping[str, CellCounts]
    n_only_earlier: int  # outcomes that are only in an earlier version of their file; they are included in all counts
    progress: tuple[Progress, ...]  # by coder, then by field
    # Of the fields in which two coders decided on the same outcomes, whether a suggestion was in view or not.
    # Here and in `between_coders` a decision is the one that was made before its coder could see another's; see
    # `JournalState.independent`.
    agreement: tuple[FieldAgreement, ...]
    # Of the same fields: on outcomes that two coders or more decided blind, by these decisions; and on those
    # that several decided and not all of them blind, by all decisions. Those that somebody accepted in bulk are
    # kept apart from these, and so are those that somebody gave their codes together with another outcome.
    between_coders: tuple[SplitAgreement, ...]
    # Of the fields in which several coders decided on outcomes that some say are not codable.
    codability: tuple[Codability, ...]
    # Between what coders decided and what was suggested. A row is a decision, so that an outcome that two
    # coders decided counts twice; its rows are drawn together. What was decided blind is compared with the
    # suggestion that was hidden then, or else with the first one that came later.
    with_suggestions: tuple[SplitAgreement, ...]
    # Of the fields that two coders or more decided blind: how far the hidden suggestions agree with them, as a share
    # of how far they agree with each other.
    ceilings: tuple[FieldCeiling, ...]
    # Decisions that were made without the one before them in view, as from two tabs.
    unseen: tuple[tuple[Entry, Entry], ...]


def status_of(project: Project, *, hidden: Collection[str] = ()) -> Status:
    """Return the status of a project.

    Parameters
    ----------
    hidden : collection of str
        The IDs of outcomes of which nothing may be told but that somebody has decided on them.
    """
    journal_state = project.journal_state()
    decided = journal_state.own()
    outcomes = project.outcomes
    told = [name for name in outcomes if name not in hidden]
    independent = independent_decisions(told, project.codebook, journal_state)
    codings = codings_of(project.codebook, outcomes, independent)
    compared = {name: coding for name, coding in codings.items() if coding.is_compared.any()}
    sets = tuple(project.suggestions.sets())
    told_decisions = {key: entry for key, entry in decided.items() if key[1] not in hidden}
    return Status(
        n_outcomes=len(outcomes),
        columns={field.name: field.shown_heading for field in project.codebook.fields},
        cells=count_cells(outcomes.values(), project.codebook, journal_state, project.shares, hidden=hidden),
        n_only_earlier=len(
            outcomes.keys() - {outcome.fragment_id for file in project.current for outcome in file.outcomes}
        ),
        progress=tuple(progress_in(project.codebook, outcomes, decided)),
        agreement=tuple(map(compare, compared.values())),
        between_coders=tuple(_between_coders(codings, outcomes, independent) for codings in compared.values()),
        codability=codability_of(project.codebook, (entry.decision for entry in independent.values())),
        with_suggestions=tuple(_with_suggestions(project.codebook, outcomes, told_decisions, sets)),
        ceilings=tuple(_ceilings(_blind(codings, outcomes, independent), outcomes, independent, sets)),
        unseen=journal_state.unseen,
    )


def progress_of(project: Project, coder: str) -> tuple[Progress, ...]:
    """Return one coder's progress, by field."""
    decided = {key: entry for key, entry in project.decided().items() if key[0] == coder}
    return tuple(progress_in(project.codebook, project.outcomes, decided))


def independent_codings(
    codebook: Codebook, fragment_ids: Iterable[str], journal_state: JournalState
) -> dict[str, FieldCodings]:
    """Return what coders decided before they could see the others' codes, by field; see `JournalState.independent`."""
    names = tuple(fragment_ids)
    return dict(codings_of(codebook, names, independent_decisions(names, codebook, journal_state)))


def blind_codings(project: Project) -> dict[str, FieldCodings]:
    """Return what single coders decided blind, by field, of the outcomes of a project."""
    outcomes = project.outcomes
    decided = independent_decisions(outcomes, project.codebook, project.journal_state())
    return _blind(codings_of(project.codebook, outcomes, decided), outcomes, decided)


def independent_decisions(fragment_ids: Iterable[str], codebook: Codebook, journal_state: JournalState) -> Decided:
    """Return the independent decisions on outcomes, in the order they were made; see `JournalState.independent`."""
    found = {
        (coder, fragment_id, field): entry
        for fragment_id in fragment_ids
        for field in codebook.names
        for coder, entry in journal_state.independent(fragment_id, field).items()
    }
    return dict(sorted(found.items(), key=lambda item: item[1].number))


def _blind(
    codings: Mapping[str, FieldCodings], fragment_ids: Iterable[str], decided: Decided
) -> dict[str, FieldCodings]:
    """Return the codings that were made with no suggestion in view, by field, of those that have any such."""
    names, blind = tuple(fragment_ids), {}
    for name, of_field in codings.items():
        codes = tuple(
            tuple(
                given if given and _is_blind(decided[coder, fragment_id, name]) else ()
                for coder, given in zip(of_field.coders, row, strict=True)
            )
            for fragment_id, row in zip(names, of_field.codes, strict=True)
        )
        if any(map(any, codes)):
            blind[name] = FieldCodings(field=of_field.field, coders=of_field.coders, codes=codes)
    return blind


def _is_blind(entry: Entry) -> bool:
    return provenance_of([entry.decision]) is Provenance.BLIND


def codings_of(codebook: Codebook, fragment_ids: Iterable[str], decided: Decided) -> Mapping[str, FieldCodings]:
    """Put what coders decided side by side, by field."""
    coders = tuple(dict.fromkeys(coder for coder, _, _ in decided))
    if not coders:
        return {}
    names = tuple(fragment_ids)
    return {
        field.name: FieldCodings(
            field=field,
            coders=coders,
            codes=tuple(
                tuple(_known(decided.get((coder, name, field.name)), field) for coder in coders) for name in names
            ),
        )
        for field in codebook.fields
    }


def _known(entry: Entry | None, field: CodeField) -> Codes:
    codes = () if entry is None else entry.decision.codes
    return codes if field.has_all(codes) else ()


def progress_in(codebook: Codebook, outcomes: Mapping[str, Outcome], decided: Decided) -> Iterator[Progress]:
    """Return the progress of each coder in each field, by their current decisions."""
    made: dict[str, dict[str, list[Entry]]] = {}
    for (coder, fragment_id, field_name), entry in decided.items():
        by_field = made.setdefault(coder, {})
        if fragment_id in outcomes:
            by_field.setdefault(field_name, []).append(entry)
    for coder, by_field in made.items():
        for field in codebook.fields:
            entries = by_field.get(field.name, ())
            decisions = [entry.decision for entry in entries if field.has_all(entry.decision.codes)]
            yield Progress(
                coder=coder,
                field=field.name,
                n_decided=len(decisions),
                n_blind=sum(provenance_of([decision]) is Provenance.BLIND for decision in decisions),
                n_bulk=sum(decision.method is DecisionMethod.BULK for decision in decisions),
                n_not_codable=sum(bool(decision.not_codable) for decision in decisions),
            )


# Agreement, by whether a suggestion was in view


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """Codings of an outcome side by side, and the place of the outcome: rows of one outcome are drawn together."""

    place: int
    codes: tuple[Codes, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Side:
    """Codings of one kind."""

    codings: FieldCodings
    groups: npt.NDArray[np.intp]
    agreement: FieldAgreement

    @classmethod
    def of(cls, field: CodeField, coders: tuple[str, ...], rows: Sequence[_Row]) -> _Side:
        codings = FieldCodings(field=field, coders=coders, codes=tuple(row.codes for row in rows))
        groups = place_groups(np.array([row.place for row in rows], dtype=np.intp))
        return cls(codings=codings, groups=groups, agreement=compare(codings, groups=groups))

    def statistic(self, coefficient: Coefficient) -> Statistic:
        if coefficient is Coefficient.PERCENT:
            return partial(percent_agreement, self.codings.sets)
        return partial(kappa_of_two if len(self.codings.coders) == 2 else fleiss_kappa, self.codings.main)


def _between_coders(codings: FieldCodings, outcomes: Iterable[str], decided: Decided) -> SplitAgreement:
    rows: dict[Provenance, list[_Row]] = {provenance: [] for provenance in _TOLD_APART}
    for place, (name, codes) in enumerate(zip(outcomes, codings.codes, strict=True)):
        provenances = [
            provenance_of([decided[coder, name, codings.field.name].decision]) if given else None
            for coder, given in zip(codings.coders, codes, strict=True)
        ]
        if provenances.count(Provenance.BLIND) >= 2:
            blind = tuple(
                given if provenance is Provenance.BLIND else ()
                for given, provenance in zip(codes, provenances, strict=True)
            )
            rows[Provenance.BLIND].append(_Row(place=place, codes=blind))
        others = {provenance for provenance in provenances if provenance is not None} - {Provenance.BLIND}
        if others and sum(map(bool, codes)) >= 2:
            side = next(
                provenance
                for provenance in (Provenance.BULK, Provenance.TOGETHER, Provenance.ASSISTED)
                if provenance in others
            )
            rows[side].append(_Row(place=place, codes=codes))
    return _split(codings.field, codings.coders, rows)


def _with_suggestions(
    codebook: Codebook, outcomes: Mapping[str, Outcome], decided: Decided, sets: Sequence[SuggestionSet]
) -> Iterator[SplitAgreement]:
    places = {name: place for place, name in enumerate(outcomes)}
    for field in codebook.fields:
        rows: dict[Provenance, list[_Row]] = {provenance: [] for provenance in _TOLD_APART}
        for (_, fragment_id, field_name), entry in decided.items():
            if field_name != field.name or fragment_id not in outcomes:
                continue
            codes, provenance = _known(entry, field), provenance_of([entry.decision])
            is_hidden = provenance in (Provenance.BLIND, Provenance.TOGETHER)
            suggested = _hidden(entry, sets, field, outcomes[fragment_id]) if is_hidden else _shown(entry, field)
            if codes and suggested:
                rows[provenance].append(_Row(place=places[fragment_id], codes=(codes, suggested)))
        if any(rows.values()):
            yield _split(field, _WITH_SUGGESTIONS, rows)


def _ceilings(
    codings: Mapping[str, FieldCodings],
    outcomes: Mapping[str, Outcome],
    decided: Decided,
    sets: Sequence[SuggestionSet],
) -> Iterator[FieldCeiling]:
    for name, of_field in codings.items():
        suggested = [
            next(
                (
                    _hidden(decided[coder, fragment_id, name], sets, of_field.field, outcome)
                    for coder, given in zip(of_field.coders, row, strict=True)
                    if given
                ),
                (),
            )
            for (fragment_id, outcome), row in zip(outcomes.items(), of_field.codes, strict=True)
        ]
        found = compare_with_ceiling(of_field, suggested)
        if found.n_outcomes:
            yield found


def _shown(entry: Entry, field: CodeField) -> Codes:
    """Return what was in view; nothing where it holds a code that the codebook doesn't find any more."""
    shown = entry.decision.shown
    found = [] if shown is None else [field.find(code) for code in shown.suggested]
    codes = tuple(dict.fromkeys(code for code in found if code is not None))
    return () if None in found else codes


def _hidden(entry: Entry, sets: Sequence[SuggestionSet], field: CodeField, outcome: Outcome) -> Codes:
    """Return what was suggested and not in view; nothing where that was for another story or other codes."""
    before = (suggestion_set for suggestion_set in reversed(sets) if suggestion_set.made <= entry.at)
    after = (suggestion_set for suggestion_set in sets if suggestion_set.made > entry.at)
    kept = next(
        (suggestion_set for suggestion_set in chain(before, after) if outcome.fragment_id in suggestion_set.outcomes),
        None,
    )
    suggestion = None if kept is None else kept.outcomes[outcome.fragment_id].suggestion(field, outcome)
    return () if suggestion is None else suggestion.suggested


def _split(field: CodeField, coders: tuple[str, ...], rows: Mapping[Provenance, Sequence[_Row]]) -> SplitAgreement:
    sides = {provenance: _Side.of(field, coders, found) for provenance, found in rows.items() if found}
    return SplitAgreement(
        field=field.name,
        kinds={provenance: side.agreement for provenance, side in sides.items()},
        gap=_gap(sides.get(Provenance.BLIND), sides.get(Provenance.ASSISTED)),
    )


def _gap(blind: _Side | None, assisted: _Side | None) -> Gap | None:
    if blind is None or assisted is None or not (blind.agreement.is_enough and assisted.agreement.is_enough):
        return None
    kappa = Coefficient.COHEN if Coefficient.COHEN in blind.agreement.estimates else Coefficient.FLEISS
    return Gap(alike=_difference(blind, assisted, Coefficient.PERCENT), kappa=_difference(blind, assisted, kappa))


def _difference(blind: _Side, assisted: _Side, coefficient: Coefficient) -> Estimate:
    """Estimate the difference; its interval uses the same resamples for both, an outcome's rows together."""
    n_blind = len(blind.groups)
    less, more = blind.statistic(coefficient), assisted.statistic(coefficient)

    def difference(weights: FloatArray) -> FloatArray:
        return more(weights[:, n_blind:]) - less(weights[:, :n_blind])

    figure = ClusterBootstrap.draw(np.concatenate([blind.groups, assisted.groups])).estimate(difference)
    # Where one of the two has no interval that could be believed, their difference has none.
    is_reported = all(
        side.agreement.estimates[coefficient].has_interval and not side.agreement.is_near_perfect
        for side in (blind, assisted)
    )
    return figure if is_reported else replace(figure, low=nan, high=nan)
