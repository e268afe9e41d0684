"""Inter-coder agreement by field and by code, with confidence intervals and numbers of outcomes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from classifier._types import FloatArray
from classifier.agreement.bootstrap import ClusterBootstrap, Estimate, Statistic, exact_share
from classifier.agreement.codings import FieldCodings
from classifier.agreement.coefficients import (
    Coefficient,
    Ratings,
    fleiss_kappa,
    gwet_ac1,
    kappa_of_two,
    krippendorff_alpha,
    percent_agreement,
    specific_agreement,
)
from classifier.codebook.schema import Codebook
from classifier.languages import lazy_gettext, marked

MIN_COMPARED = 30
"""With fewer outcomes compared in a field, its estimates are chance."""
MIN_OF_CODE = 10
"""With fewer outcomes that anybody gave a code to, its estimates are chance."""
UNCERTAIN_BELOW = 30
"""With fewer than these, a code's estimates are marked as uncertain."""
TOO_FEW = marked("too few to say")
UNCERTAIN = marked("uncertain")
_OF_MAIN = (Coefficient.COHEN, Coefficient.FLEISS, Coefficient.AC1)
_ONE_CODE = lazy_gettext("all outcomes have one and the same code, so that kappa is not defined")
_FEW_DIFFER = 5  # outcomes; drawn anew, so few give intervals that are too narrow to be believed


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeAgreement:
    """Inter-coder agreement on whether one code applies."""

    code: str
    n_outcomes: int  # outcomes, of those compared, to which any of the coders gave the code
    n_given: Mapping[str, int]  # by coder, how many outcomes, of those compared, they gave it to
    estimates: Mapping[Coefficient, Estimate]

    @property
    def doubt(self) -> str:
        """Warning of estimates from few outcomes; empty where they are enough."""
        if self.n_outcomes < MIN_OF_CODE:
            return TOO_FEW
        return UNCERTAIN if self.n_outcomes < UNCERTAIN_BELOW else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldAgreement:
    """Inter-coder agreement in one field.

    Percent agreement asks for just the same codes; the kappas and AC1 are of the main code, which in a
    multiple field is the first one; alpha there weighs how much two sets of codes have in common (MASI).
    Outcomes that one coder alone coded are not compared; in Fleiss' kappa and AC1 they count towards how
    often each code is given, from which chance agreement is reckoned (Gwet 2014, as does irrCAC).

    Attributes
    ----------
    n_outcomes : int
        Outcomes coded by two coders or more.
    n_differ : int
        Those of them that were not given just the same codes.
    n_main_differ : int
        Those that were not given the same main code.
    confusion : ndarray of shape (n_codes, n_codes)
        Main codes of the first coder (rows) and the second (columns).
    """

    field: str
    coders: tuple[str, ...]
    n_outcomes: int
    n_differ: int
    n_main_differ: int
    estimates: Mapping[Coefficient, Estimate]
    codes: tuple[CodeAgreement, ...]
    confusion: npt.NDArray[np.intp]

    @property
    def is_enough(self) -> bool:
        """Whether enough outcomes were compared for the estimates to say something."""
        return self.n_outcomes >= MIN_COMPARED

    @property
    def kappa(self) -> Estimate:
        """Cohen's kappa of two coders, Fleiss' of more."""
        return self.estimates[Coefficient.COHEN if Coefficient.COHEN in self.estimates else Coefficient.FLEISS]

    @property
    def is_near_perfect(self) -> bool:
        """Whether coders differ in so few outcomes that only the share coded alike has an interval."""
        return self.n_differ < _FEW_DIFFER

    @property
    def has_kappa(self) -> bool:
        """Whether there are enough outcomes for kappa, and more than one code among them."""
        return self.is_enough and not math.isnan(self.kappa.value)


def compare(codings: FieldCodings, *, groups: npt.NDArray[np.intp] | None = None, seed: int = 0) -> FieldAgreement:
    """Compute the inter-coder agreement of one field.

    Parameters
    ----------
    groups : ndarray of shape (n_outcomes,), optional
        Equal numbers mark near-duplicates; by default every outcome is its own group.

    Examples
    --------
    >>> from classifier.codebook.schema import CodeField
    >>> scale = CodeField(name="scale", column="Scale", kind="single", codes=[{"code": "Local"}, {"code": "National"}])
    >>> codes = [(("Local",), ("Local",))] * 30 + [(("National",), ("National",))] * 20
    >>> codes += [(("Local",), ("National",))] * 10
    >>> found = compare(FieldCodings(field=scale, coders=("Ana", "Ben"), codes=tuple(codes)))
    >>> print(found.n_differ, "of", found.kappa)
    10 of 0.67 (0.46 to 0.83)
    """
    rows = np.flatnonzero(codings.main.n_coded)
    codings = codings.of(rows)
    n_outcomes = int(codings.is_compared.sum())
    bootstrap = ClusterBootstrap.draw_rows(rows, groups, seed=seed)
    n_differ = int(codings.differs.sum())
    main = codings.main.codes
    n_main_differ = sum(len({code for code in row.tolist() if code >= 0}) > 1 for row in main)
    estimates = {
        coefficient: replace(bootstrap.estimate(statistic), n_outcomes=n_outcomes)
        for coefficient, statistic in _statistics(codings).items()
    }
    codes = tuple(
        _code_agreement(codings, place, name, bootstrap) for place, name in enumerate(codings.field.code_names)
    )
    found = FieldAgreement(
        field=codings.field.name,
        coders=codings.coders,
        n_outcomes=n_outcomes,
        n_differ=n_differ,
        n_main_differ=n_main_differ,
        estimates=estimates,
        codes=codes,
        confusion=codings.confusion,
    )
    return _without_narrow_intervals(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class MeanEstimate(Estimate):
    """Mean of the estimates of several fields, and which fields those are.

    Examples
    --------
    >>> mean = MeanEstimate(value=0.491, low=0.35, high=0.628, n_outcomes=39, fields=("scale", "tags"),
    ...                   left_out={"actor": "all outcomes compared have one and the same code"})
    >>> print(mean)
    0.49 (0.35 to 0.63)
    """

    fields: tuple[str, ...]  # the names of the fields that the mean is of
    left_out: Mapping[str, str]  # the names of those that it is not of, and why

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for programs, with the fields that the mean is of."""
        return {**Estimate.as_dict(self), "fields": list(self.fields), "left_out": dict(self.left_out)}

    def without(self, field: str, why: str) -> MeanEstimate:
        """Return the same mean, which says of one more field that it is left out."""
        return replace(self, left_out={**self.left_out, field: why})


def mean_kappa(
    fields: Sequence[FieldCodings], *, groups: npt.NDArray[np.intp] | None = None, seed: int = 0
) -> MeanEstimate:
    """Mean kappa of several fields of the same outcomes, the interval by the same draws for all.

    Fields are left out in which fewer than `MIN_COMPARED` outcomes were compared, or all have one code.
    """
    left_out = {field.field.name: why for field in fields if (why := _why_left_out(field))}
    enough = [field for field in fields if field.field.name not in left_out]
    if not enough:
        return MeanEstimate(value=math.nan, low=math.nan, high=math.nan, n_outcomes=0, fields=(), left_out=left_out)
    kappas = [_kappa(field) for field in enough]
    bootstrap = ClusterBootstrap.draw_rows(np.arange(len(enough[0].codes)), groups, seed=seed)
    estimate = bootstrap.estimate(lambda weights: np.mean([kappa(weights) for kappa in kappas], axis=0))
    is_near_perfect = all(field.differs.sum() < _FEW_DIFFER for field in enough)
    return MeanEstimate(
        value=estimate.value,
        low=math.nan if is_near_perfect else estimate.low,
        high=math.nan if is_near_perfect else estimate.high,
        n_outcomes=int(np.any([field.is_compared for field in enough], axis=0).sum()),
        fields=tuple(field.field.name for field in enough),
        left_out=left_out,
    )


def _why_left_out(codings: FieldCodings) -> str:
    if codings.is_compared.sum() < MIN_COMPARED:
        return lazy_gettext("fewer than {least} outcomes compared", least=MIN_COMPARED)
    is_defined = bool(np.isfinite(_kappa(codings)(codings.main.once)).all())
    return "" if is_defined else _ONE_CODE


def outcomes_needed(estimate: Estimate, *, width: float) -> int | None:
    """Sample size: outcomes to have coded twice for an interval of a given width.

    An interval narrows with the root of the number of outcomes; so many are needed if the others are coded as alike
    as these. None where there is no interval.

    Examples
    --------
    >>> outcomes_needed(Estimate(value=0.7, low=0.6, high=0.8, n_outcomes=118), width=0.1)
    480
    """
    if not estimate.has_interval:
        return None
    return 10 * math.ceil(estimate.n_outcomes * (estimate.width / width) ** 2 / 10 - 1e-9)


def _kappa(codings: FieldCodings) -> Statistic:
    return partial(kappa_of_two if len(codings.coders) == 2 else fleiss_kappa, codings.main)


def _statistics(codings: FieldCodings) -> dict[Coefficient, Statistic]:
    given, n_coded = codings.given.sum(axis=1).astype(float), codings.main.n_coded
    ever_given = given.any(axis=0)

    def by_code(weights: FloatArray) -> FloatArray:
        return specific_agreement(weights, given[:, ever_given], n_coded)

    def macro(weights: FloatArray) -> FloatArray:
        found = by_code(weights)
        # A code that a draw has no outcome with says nothing in that draw.
        n_defined = np.isfinite(found).sum(axis=1)
        mean: FloatArray = np.nansum(found, axis=1) / np.where(n_defined > 0, n_defined, np.nan)
        return mean

    def micro(weights: FloatArray) -> FloatArray:
        both = weights @ (given * (given - 1)).sum(axis=1)
        of_all = weights @ (given.sum(axis=1) * (n_coded - 1))
        found: FloatArray = both / np.where(of_all > 0, of_all, np.nan)
        return found

    kappa = Coefficient.COHEN if len(codings.coders) == 2 else Coefficient.FLEISS
    alpha = (
        partial(krippendorff_alpha, codings.sets, distances=codings.distances)
        if codings.field.is_multiple
        else partial(krippendorff_alpha, codings.main)
    )
    return {
        Coefficient.PERCENT: partial(percent_agreement, codings.sets),
        kappa: _kappa(codings),
        Coefficient.ALPHA: alpha,
        Coefficient.AC1: partial(gwet_ac1, codings.main),
        Coefficient.MACRO_F1: macro,
        Coefficient.MICRO_F1: micro,
    }


def _code_agreement(codings: FieldCodings, place: int, name: str, bootstrap: ClusterBootstrap) -> CodeAgreement:
    ratings = codings.code(place)
    given = codings.given[:, :, place]
    compared = given[ratings.is_compared]
    n_outcomes = int(compared.any(axis=1).sum())

    def positive(weights: FloatArray) -> FloatArray:
        return specific_agreement(weights, given.sum(axis=1)[:, np.newaxis].astype(float), ratings.n_coded)[:, 0]

    statistics: dict[Coefficient, Statistic] = {Coefficient.POSITIVE: positive} | _statistics_of_code(ratings)
    estimates = {
        coefficient: replace(bootstrap.estimate(statistic), n_outcomes=n_outcomes)
        for coefficient, statistic in statistics.items()
    }
    n_differ = int((given.any(axis=1) & ~(given | (ratings.codes < 0)).all(axis=1)).sum())
    return CodeAgreement(
        code=name,
        n_outcomes=n_outcomes,
        n_given={coder: int(count) for coder, count in zip(codings.coders, compared.sum(axis=0), strict=True)},
        estimates=estimates if n_differ >= _FEW_DIFFER else _without_intervals(estimates),
    )


def _statistics_of_code(ratings: Ratings) -> dict[Coefficient, Statistic]:
    is_of_two = ratings.codes.shape[1] == 2
    return {
        Coefficient.PERCENT: partial(percent_agreement, ratings),
        Coefficient.COHEN if is_of_two else Coefficient.FLEISS: partial(
            kappa_of_two if is_of_two else fleiss_kappa, ratings
        ),
        Coefficient.ALPHA: partial(krippendorff_alpha, ratings),
        Coefficient.AC1: partial(gwet_ac1, ratings),
    }


def _without_narrow_intervals(found: FieldAgreement) -> FieldAgreement:
    """Remove the intervals that rest on few differences; near perfect agreement has an exact one of the share."""
    estimates = dict(found.estimates)
    if found.n_main_differ < _FEW_DIFFER:
        estimates |= _without_intervals(
            {coefficient: estimates[coefficient] for coefficient in _OF_MAIN if coefficient in estimates}
        )
    if found.is_near_perfect:
        estimates = _without_intervals(estimates)
        if len(found.coders) == 2:  # of more, percent agreement is no share of outcomes
            estimates[Coefficient.PERCENT] = exact_share(found.n_outcomes - found.n_differ, found.n_outcomes)
    return replace(found, estimates=estimates)


def _without_intervals(estimates: Mapping[Coefficient, Estimate]) -> dict[Coefficient, Estimate]:
    return {coefficient: replace(estimate, low=math.nan, high=math.nan) for coefficient, estimate in estimates.items()}


def fields_averaged(mean: MeanEstimate, codebook: Codebook) -> str:
    """Describe how many of the codebook's fields a mean is of, and which, where it is not of all."""
    n_fields, headings = len(codebook.fields), [codebook.field(name).heading for name in mean.fields]
    if len(headings) == n_fields:
        return f"all {n_fields} fields" if n_fields > 1 else headings[0]
    return f"{len(headings)} of {n_fields} fields ({', '.join(headings) or 'none'})"
