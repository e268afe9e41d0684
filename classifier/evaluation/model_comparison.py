"""Comparison of a new model with the current one, on outcomes that neither was trained on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from classifier._types import FloatArray
from classifier.agreement.bootstrap import ClusterBootstrap, Estimate
from classifier.agreement.by_field import MIN_COMPARED, compare, mean_kappa
from classifier.agreement.codings import FieldCodings
from classifier.agreement.coefficients import kappa_of_two
from classifier.codebook.diff import codebook_differences
from classifier.errors import ComparisonError
from classifier.evaluation.cross_validation import predict_held_out, predict_outcomes
from classifier.evaluation.predictions import FieldPredictions, HeldOutPredictions
from classifier.features.embedding_cache import CachedEncoders
from classifier.harvest.language import language_of
from classifier.harvest.outcome import Outcome
from classifier.languages import Message, gettext, lazy_gettext, lazy_ngettext, pgettext
from classifier.model.manifest import Manifest
from classifier.model.model import Model
from classifier.model.training import Trained
from classifier.suggestion.flags import MIN_WORDS
from classifier.suggestion.types import Route

_CODERS, _SUGGESTED = "coders", "suggested"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmCount:
    """How many codes a model would have put up to confirm, and how many of these were right."""

    n_confirm: int
    n_right: int

    def __str__(self) -> str:
        if not self.n_confirm:
            return pgettext("codes", "none")
        return gettext("{n_right} of {n_confirm} right", n_right=self.n_right, n_confirm=self.n_confirm)


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedField:
    """Agreement of both models with the coders in one field, on the same outcomes."""

    field: str
    n_outcomes: int
    current: Estimate
    new: Estimate
    current_confirm: ConfirmCount
    new_confirm: ConfirmCount


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelComparison:
    """Two models beside each other, on outcomes that neither was trained on.

    The current model is tested on them; the new one, which is trained on them, by cross-validation. So the new one
    is judged by models trained on fewer outcomes than it is.

    Attributes
    ----------
    is_unseen : bool
        Whether all the codes compared with were given with no suggestion in view. Else they favour the current model,
        whose suggestions coders saw.
    languages : mapping of str to int
        How many of the outcomes are in each language, where it is known.
    n_repeats : int
        Outcomes left out since they repeat one that the current model was trained on.
    current, new, difference : Estimate
        Mean kappa of the fields with enough outcomes, and the new one's less the current one's, by the same draws.
    """

    n_outcomes: int
    is_unseen: bool
    languages: Mapping[str, int]
    n_repeats: int
    fields: tuple[ComparedField, ...]
    current: Estimate
    new: Estimate
    difference: Estimate

    @property
    def is_worse(self) -> bool:
        """Whether the new model agrees less with the coders, by more than chance."""
        return self.difference.has_interval and self.difference.high < 0

    @property
    def verdict(self) -> Message:
        """What the comparison says, in a few words."""
        if self.is_worse:
            return lazy_gettext("the new model agrees less with the coders")
        if self.difference.has_interval and self.difference.low > 0:
            return lazy_gettext("the new model agrees more with the coders")
        return lazy_gettext("it can't be told which one agrees more with the coders")

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for programs."""
        return {
            "outcomes": self.n_outcomes,
            "no_suggestion_in_view": self.is_unseen,
            "languages": dict(self.languages),
            "repeats_left_out": self.n_repeats,
            "current": self.current.as_dict(),
            "new": self.new.as_dict(),
            "difference": self.difference.as_dict(),
            "is_worse": self.is_worse,
        }


def outcomes_not_trained_on(outcomes: Sequence[Outcome], manifest: Manifest) -> tuple[Outcome, ...]:
    """Return the outcomes that a model was not trained on."""
    known = frozenset(manifest.fragment_ids)
    return tuple(outcome for outcome in outcomes if outcome.fragment_id not in known)


def compare_models(
    trained: Trained,
    *,
    current: Model,
    sources: CachedEncoders,
    unseen: Collection[tuple[str, str]] = (),
    seed: int = 0,
) -> ModelComparison:
    """Compare a model that was just trained with the current one.

    Parameters
    ----------
    trained : Trained
        The new model, with the outcomes held out in turn.
    current : Model
        The one whose place it would take; of the same codes and encoders.
    unseen : collection of tuple of (str, str)
        The outcomes and fields whose codes were given with no suggestion in view; they alone are compared with where
        they are enough.

    Raises
    ------
    ComparisonError
        With the reason why they can't be compared.
    """
    _check_comparable(current, trained.model)
    held_out = predict_held_out(trained)
    not_trained_on = outcomes_not_trained_on(held_out.outcomes, current.manifest)
    by_current = predict_outcomes(not_trained_on, model=current, sources=sources)
    tested = {outcome.fragment_id for outcome in by_current.outcomes} - by_current.repeats.keys()
    pairs = _of_same_outcomes(by_current, held_out, tested)
    chosen = [_where_unseen(pair, unseen) for pair in pairs]
    is_unseen = any(_n_rows(pair) >= MIN_COMPARED for pair in chosen)
    codings = [pair for pair in (chosen if is_unseen else pairs) if _n_rows(pair)]
    n_compared = max(map(_n_rows, codings), default=0)
    if n_compared < MIN_COMPARED:
        raise _too_few(n_compared)
    outcomes, groups = codings[0].outcomes, codings[0].groups
    current_mean, new_mean = (
        mean_kappa([getattr(pair, which) for pair in codings], groups=groups, seed=seed) for which in ("current", "new")
    )
    averaged = [pair for pair in codings if pair.name in {*current_mean.fields} & {*new_mean.fields}]
    bootstrap = ClusterBootstrap.draw(groups, seed=seed)
    compared = [row for row in range(len(outcomes)) if any(pair.is_coded[row] for pair in codings)]
    return ModelComparison(
        n_outcomes=len(compared),
        is_unseen=is_unseen,
        languages=_languages([outcomes[row] for row in compared]),
        n_repeats=len(by_current.repeats),
        fields=tuple(_compared(pair, groups, seed) for pair in codings),
        current=current_mean,
        new=new_mean,
        difference=bootstrap.estimate(partial(_difference, [(pair.current, pair.new) for pair in averaged])),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _FieldPair:
    """Codings of a field by the coders and each model, of the same outcomes; those not compared have no codes."""

    name: str
    outcomes: tuple[Outcome, ...]
    groups: npt.NDArray[np.intp]
    current: FieldCodings
    new: FieldCodings
    # By each model, whether the suggestion of each outcome was one to confirm, and whether it was right
    confirmed: tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]
    right: tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]

    @property
    def is_coded(self) -> npt.NDArray[np.bool_]:
        return self.new.is_compared


def _check_comparable(current: Model, new: Model) -> None:
    if codebook_differences(current.codebook, new.codebook):
        raise ComparisonError(
            lazy_gettext("the current model was trained with another codebook, so the two can't be compared")
        )
    if current.manifest.reduced is not None:
        raise ComparisonError(
            lazy_gettext(
                "the current model does not say which outcomes it was trained on, so the two can't be compared"
            )
        )
    if current.manifest.encoders != new.manifest.encoders:
        raise ComparisonError(lazy_gettext("the current model has other encoders, so the two can't be compared"))


def _too_few(n_compared: int) -> ComparisonError:
    return ComparisonError(
        lazy_ngettext(
            "{n} outcome that the current model was not trained on has codes to compare with, too few to tell which "
            "model is better ({least} are needed)",
            "{n} outcomes that the current model was not trained on have codes to compare with, too few to tell which "
            "model is better ({least} are needed)",
            n_compared,
            least=MIN_COMPARED,
        )
    )


def _of_same_outcomes(
    by_current: HeldOutPredictions, held_out: HeldOutPredictions, tested: Collection[str]
) -> list[_FieldPair]:
    """Put the predictions of both models for the same outcomes beside each other, by field."""
    rows = [row for row, outcome in enumerate(held_out.outcomes) if outcome.fragment_id in tested]
    place = {held_out.outcomes[row].fragment_id: number for number, row in enumerate(rows)}
    outcomes = tuple(held_out.outcomes[row] for row in rows)
    groups = held_out.groups[np.array(rows, dtype=np.intp)]
    pairs = []
    for name in by_current.fields.keys() & held_out.fields.keys():
        parts = [
            _laid_out(predictions.fields[name], predictions.outcomes, place) for predictions in (by_current, held_out)
        ]
        is_in_both = np.logical_and(parts[0][0].is_compared, parts[1][0].is_compared)
        codings = [_only(part[0], is_in_both) for part in parts]
        pairs.append(
            _FieldPair(
                name=name,
                outcomes=outcomes,
                groups=groups,
                current=codings[0],
                new=codings[1],
                confirmed=(parts[0][1] & is_in_both, parts[1][1] & is_in_both),
                right=(parts[0][2], parts[1][2]),
            )
        )
    order = [*held_out.fields]
    return sorted(pairs, key=lambda pair: order.index(pair.name))


def _laid_out(
    field: FieldPredictions, outcomes: Sequence[Outcome], place: Mapping[str, int]
) -> tuple[FieldCodings, npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Lay predictions out by the places of outcomes: codings, which were to confirm, and which were right."""
    codes: list[tuple[tuple[str, ...], ...]] = [((), ())] * len(place)
    confirmed, right = np.zeros(len(place), dtype=bool), np.zeros(len(place), dtype=bool)
    is_right = field.is_right
    for number, row in enumerate(field.rows.tolist()):
        if (at := place.get(outcomes[row].fragment_id)) is not None:
            codes[at] = (field.agreed[number], field.suggested[number])
            confirmed[at] = field.routes[number] is Route.CONFIRM
            right[at] = is_right[number]
    return FieldCodings(field=field.field, coders=(_CODERS, _SUGGESTED), codes=tuple(codes)), confirmed, right


def _only(codings: FieldCodings, kept: npt.NDArray[np.bool_]) -> FieldCodings:
    codes = tuple(pair if is_kept else ((), ()) for pair, is_kept in zip(codings.codes, kept, strict=True))
    return FieldCodings(field=codings.field, coders=codings.coders, codes=codes)


def _where_unseen(pair: _FieldPair, unseen: Collection[tuple[str, str]]) -> _FieldPair:
    kept = np.array([(outcome.fragment_id, pair.name) in unseen for outcome in pair.outcomes], dtype=bool)
    return replace(
        pair,
        current=_only(pair.current, kept),
        new=_only(pair.new, kept),
        confirmed=(pair.confirmed[0] & kept, pair.confirmed[1] & kept),
    )


def _n_rows(pair: _FieldPair) -> int:
    return int(pair.is_coded.sum())


def _compared(pair: _FieldPair, groups: npt.NDArray[np.intp], seed: int) -> ComparedField:
    kappas = [compare(codings, groups=groups, seed=seed).kappa for codings in (pair.current, pair.new)]
    confirm = [
        ConfirmCount(n_confirm=int(confirmed.sum()), n_right=int((confirmed & right).sum()))
        for confirmed, right in zip(pair.confirmed, pair.right, strict=True)
    ]
    return ComparedField(
        field=pair.name,
        n_outcomes=_n_rows(pair),
        current=kappas[0],
        new=kappas[1],
        current_confirm=confirm[0],
        new_confirm=confirm[1],
    )


def _difference(pairs: Sequence[tuple[FieldCodings, FieldCodings]], weights: FloatArray) -> FloatArray:
    differences = [kappa_of_two(new.main, weights) - kappa_of_two(current.main, weights) for current, new in pairs]
    mean: FloatArray = np.mean(differences, axis=0) if differences else np.full(len(weights), np.nan)
    return mean


def _languages(outcomes: Sequence[Outcome]) -> dict[str, int]:
    names = [language_of(outcome.story.description) for outcome in outcomes if outcome.story.n_words >= MIN_WORDS]
    return dict(Counter(names).most_common())
