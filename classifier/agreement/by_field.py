"""How far codings agree, by field and by code: every figure with its interval and what stands behind it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import numpy.typing as npt

from classifier._types import FloatArray
from classifier.agreement.bootstrap import Figure, Resamples, Statistic, exact_share, figure_plain, place_groups
from classifier.agreement.codings import FieldCodings
from classifier.agreement.coefficients import (
    Measure,
    Ratings,
    fleiss_kappa,
    gwet_ac1,
    kappa_of_two,
    krippendorff_alpha,
    percent_agreement,
    specific_agreement,
)

MIN_COMPARED = 30
"""With fewer outcomes compared in a field, its figures are chance."""
MIN_OF_CODE = 10
"""With fewer outcomes that anybody gave a code to, its figures are chance."""
UNCERTAIN_BELOW = 30
"""With fewer than these, a code's figures are told as uncertain."""
TOO_FEW = "too few to say"
UNCERTAIN = "uncertain"
_OF_MAIN = (Measure.COHEN, Measure.FLEISS, Measure.AC1)
_FEW_DIFFER = 5  # outcomes; drawn anew, so few give intervals that are too narrow to be believed


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeAgreement:
    """How far codings agree on whether one code applies.

    Attributes
    ----------
    n_outcomes : int
        Outcomes, of those compared, to which any of the coders gave the code.
    n_given : dict of str to int
        By coder, how many outcomes, of those compared, they gave it to.
    figures : dict of Measure to Figure
    """

    code: str
    n_outcomes: int
    n_given: Mapping[str, int]
    figures: Mapping[Measure, Figure]

    @property
    def doubt(self) -> str:
        """A word on how many outcomes stand behind the figures; empty where they are enough."""
        if self.n_outcomes < MIN_OF_CODE:
            return TOO_FEW
        return UNCERTAIN if self.n_outcomes < UNCERTAIN_BELOW else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldAgreement:
    """How far codings of one field agree.

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
    figures: Mapping[Measure, Figure]
    codes: tuple[CodeAgreement, ...]
    confusion: npt.NDArray[np.intp]

    @property
    def is_enough(self) -> bool:
        """Whether enough outcomes were compared for the figures to say something."""
        return self.n_outcomes >= MIN_COMPARED

    @property
    def kappa(self) -> Figure:
        """Cohen's kappa of two coders, Fleiss' of more."""
        return self.figures[Measure.COHEN if Measure.COHEN in self.figures else Measure.FLEISS]

    @property
    def is_near_perfect(self) -> bool:
        """Whether coders differ in so few outcomes that only the share coded alike has an interval."""
        return self.n_differ < _FEW_DIFFER

    @property
    def has_kappa(self) -> bool:
        """Whether there are enough outcomes for kappa, and more than one code among them."""
        return self.is_enough and not math.isnan(self.kappa.value)


def compare(codings: FieldCodings, *, groups: npt.NDArray[np.intp] | None = None, seed: int = 0) -> FieldAgreement:
    """Work out how far codings of one field agree.

    Parameters
    ----------
    codings : FieldCodings
        Of two coders or more.
    groups : ndarray of shape (n_outcomes,), optional
        Equal numbers mark near-duplicates; by default every outcome stands for itself.
    seed : int
        Decides which outcomes are drawn for the intervals.

    Examples
    --------
    >>> from classifier.codebook.schema import CodeField
    >>> scale = CodeField(name="scale", column="Scale", kind="single", codes=[{"code": "Local"}, {"code": "National"}])
    >>> codes = [(("Local",), ("Local",))] * 30 + [(("National",), ("National",))] * 20
    >>> codes += [(("Local",), ("National",))] * 10
    >>> found = compare(FieldCodings(field=scale, coders=("Ana", "Ben"), codes=tuple(codes)))
    >>> print(found.n_differ, "of", found.kappa)
    10 of 0.667 (0.459-0.831, n=60)
    """
    rows = np.flatnonzero(codings.main.n_coded)
    codings = codings.of(rows)
    n_outcomes = int(codings.is_compared.sum())
    resamples = Resamples.draw(place_groups(np.arange(len(rows))) if groups is None else groups[rows], seed=seed)
    n_differ = int(codings.differs.sum())
    main = codings.main.codes
    n_main_differ = sum(len({code for code in row.tolist() if code >= 0}) > 1 for row in main)
    figures = {
        measure: replace(resamples.figure(statistic), n_outcomes=n_outcomes)
        for measure, statistic in _statistics(codings).items()
    }
    codes = tuple(
        _code_agreement(codings, place, name, resamples) for place, name in enumerate(codings.field.code_names)
    )
    found = FieldAgreement(
        field=codings.field.name,
        coders=codings.coders,
        n_outcomes=n_outcomes,
        n_differ=n_differ,
        n_main_differ=n_main_differ,
        figures=figures,
        codes=codes,
        confusion=codings.confusion,
    )
    return _without_narrow_intervals(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class MeanFigure(Figure):
    """The mean of a figure of several fields, and of which.

    Attributes
    ----------
    fields : tuple of str
        The names of the fields that the mean is of.
    left_out : dict of str to str
        The names of those that it is not of, and why.

    Examples
    --------
    >>> mean = MeanFigure(value=0.491, low=0.35, high=0.628, n_outcomes=39, fields=("scale", "tags"),
    ...                   left_out={"actor": "all outcomes compared have one and the same code"})
    >>> print(mean, mean.of_what)
    0.491 (0.350-0.628, n=39) of 2 of 3 fields: scale, tags
    """

    fields: tuple[str, ...]
    left_out: Mapping[str, str]

    @property
    def n_fields(self) -> int:
        """How many fields there are, left out or not."""
        return len(self.fields) + len(self.left_out)

    @property
    def of_what(self) -> str:
        """Say which fields the mean is of."""
        if not self.left_out:
            return f"of all {self.n_fields} fields" if self.n_fields > 1 else f"of {', '.join(self.fields)}"
        return f"of {len(self.fields)} of {self.n_fields} fields: {', '.join(self.fields) or 'none'}"

    def without(self, field: str, why: str) -> MeanFigure:
        """Return the same mean, which says of one more field that it is left out."""
        return replace(self, left_out={**self.left_out, field: why})


def mean_kappa(
    fields: Sequence[FieldCodings], *, groups: npt.NDArray[np.intp] | None = None, seed: int = 0
) -> MeanFigure:
    """Give the mean kappa of several fields of the same outcomes, the interval by the same draws for all.

    Fields are left out in which fewer than `MIN_COMPARED` outcomes were compared, or all have one code.
    """
    left_out = {one.field.name: why for one in fields if (why := _why_left_out(one))}
    enough = [one for one in fields if one.field.name not in left_out]
    if not enough:
        return MeanFigure(value=math.nan, low=math.nan, high=math.nan, n_outcomes=0, fields=(), left_out=left_out)
    n_outcomes = len(enough[0].codes)
    kappas = [_kappa(one) for one in enough]
    resamples = Resamples.draw(place_groups(np.arange(n_outcomes)) if groups is None else groups, seed=seed)
    figure = resamples.figure(lambda times: np.mean([kappa(times) for kappa in kappas], axis=0))
    is_near_perfect = all(one.differs.sum() < _FEW_DIFFER for one in enough)
    return MeanFigure(
        value=figure.value,
        low=math.nan if is_near_perfect else figure.low,
        high=math.nan if is_near_perfect else figure.high,
        n_outcomes=int(np.any([one.is_compared for one in enough], axis=0).sum()),
        fields=tuple(one.field.name for one in enough),
        left_out=left_out,
    )


def _why_left_out(codings: FieldCodings) -> str:
    if codings.is_compared.sum() < MIN_COMPARED:
        return f"fewer than {MIN_COMPARED} outcomes compared"
    is_defined = bool(np.isfinite(_kappa(codings)(codings.main.once)).all())
    return "" if is_defined else "all outcomes have one and the same code, so that kappa is not defined"


def outcomes_needed(figure: Figure, *, width: float) -> int | None:
    """Say how many outcomes to have coded twice for an interval of a given width.

    An interval narrows with the root of the number of outcomes; so many are needed if the others are
    coded as alike as these.

    Returns
    -------
    int or None
        Rounded up to tens; None where there is no interval to go by.

    Examples
    --------
    >>> outcomes_needed(Figure(value=0.7, low=0.6, high=0.8, n_outcomes=118), width=0.1)
    480
    """
    if not figure.has_interval:
        return None
    return 10 * math.ceil(figure.n_outcomes * (figure.width / width) ** 2 / 10 - 1e-9)


def _kappa(codings: FieldCodings) -> Statistic:
    return partial(kappa_of_two if len(codings.coders) == 2 else fleiss_kappa, codings.main)


def _statistics(codings: FieldCodings) -> dict[Measure, Statistic]:
    given, n_coded = codings.given.sum(axis=1).astype(float), codings.main.n_coded
    ever_given = given.any(axis=0)

    def by_code(times: FloatArray) -> FloatArray:
        return specific_agreement(times, given[:, ever_given], n_coded)

    def macro(times: FloatArray) -> FloatArray:
        found = by_code(times)
        # A code that a draw has no outcome with says nothing in that draw.
        n_told = np.isfinite(found).sum(axis=1)
        mean: FloatArray = np.nansum(found, axis=1) / np.where(n_told > 0, n_told, np.nan)
        return mean

    def micro(times: FloatArray) -> FloatArray:
        both = times @ (given * (given - 1)).sum(axis=1)
        of_all = times @ (given.sum(axis=1) * (n_coded - 1))
        found: FloatArray = both / np.where(of_all > 0, of_all, np.nan)
        return found

    kappa = Measure.COHEN if len(codings.coders) == 2 else Measure.FLEISS
    alpha = (
        partial(krippendorff_alpha, codings.sets, distances=codings.distances)
        if codings.field.is_multiple
        else partial(krippendorff_alpha, codings.main)
    )
    return {
        Measure.PERCENT: partial(percent_agreement, codings.sets),
        kappa: _kappa(codings),
        Measure.ALPHA: alpha,
        Measure.AC1: partial(gwet_ac1, codings.main),
        Measure.MACRO_F1: macro,
        Measure.MICRO_F1: micro,
    }


def _code_agreement(codings: FieldCodings, place: int, name: str, resamples: Resamples) -> CodeAgreement:
    ratings = codings.code(place)
    given = codings.given[:, :, place]
    compared = given[ratings.is_compared]
    n_outcomes = int(compared.any(axis=1).sum())

    def positive(times: FloatArray) -> FloatArray:
        return specific_agreement(times, given.sum(axis=1)[:, np.newaxis].astype(float), ratings.n_coded)[:, 0]

    statistics: dict[Measure, Statistic] = {Measure.POSITIVE: positive} | _statistics_of_code(ratings)
    figures = {
        measure: replace(resamples.figure(statistic), n_outcomes=n_outcomes)
        for measure, statistic in statistics.items()
    }
    n_differ = int((given.any(axis=1) & ~(given | (ratings.codes < 0)).all(axis=1)).sum())
    return CodeAgreement(
        code=name,
        n_outcomes=n_outcomes,
        n_given={coder: int(count) for coder, count in zip(codings.coders, compared.sum(axis=0), strict=True)},
        figures=figures if n_differ >= _FEW_DIFFER else _without_intervals(figures),
    )


def _statistics_of_code(ratings: Ratings) -> dict[Measure, Statistic]:
    is_of_two = ratings.codes.shape[1] == 2
    return {
        Measure.PERCENT: partial(percent_agreement, ratings),
        Measure.COHEN if is_of_two else Measure.FLEISS: partial(kappa_of_two if is_of_two else fleiss_kappa, ratings),
        Measure.ALPHA: partial(krippendorff_alpha, ratings),
        Measure.AC1: partial(gwet_ac1, ratings),
    }


def _without_narrow_intervals(found: FieldAgreement) -> FieldAgreement:
    """Take out the intervals that hang on few differences; near perfect agreement has an exact one of the share."""
    figures = dict(found.figures)
    if found.n_main_differ < _FEW_DIFFER:
        figures |= _without_intervals({measure: figures[measure] for measure in _OF_MAIN if measure in figures})
    if found.is_near_perfect:
        figures = _without_intervals(figures)
        if len(found.coders) == 2:  # of more, percent agreement is no share of outcomes
            figures[Measure.PERCENT] = exact_share(found.n_outcomes - found.n_differ, found.n_outcomes)
    return replace(found, figures=figures)


def _without_intervals(figures: Mapping[Measure, Figure]) -> dict[Measure, Figure]:
    return {measure: replace(figure, low=math.nan, high=math.nan) for measure, figure in figures.items()}


def mean_plain(mean: MeanFigure) -> dict[str, object]:
    """Give a mean of several fields as plain values for programs, with the fields that it is of."""
    return {**figure_plain(mean), "fields": list(mean.fields), "left_out": dict(mean.left_out)}


def mean_told(mean: MeanFigure) -> tuple[str, ...]:
    """Say which fields a mean is not of, and why, each reason once."""
    reasons = dict.fromkeys(mean.left_out.values())
    return tuple(
        f"{', '.join(name for name, one in mean.left_out.items() if one == why)}: left out of the mean: {why}"
        for why in reasons
    )
