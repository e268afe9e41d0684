"""Agreement of suggestions with coders as a share of the coders' own, their ceiling."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt

from classifier._types import FloatArray
from classifier.agreement.bootstrap import ClusterBootstrap, Estimate
from classifier.agreement.by_field import MIN_COMPARED, MIN_OF_CODE, TOO_FEW
from classifier.agreement.codings import Codes, FieldCodings
from classifier.agreement.coefficients import Ratings, mean_kappa_of_pairs
from classifier.languages import gettext


@dataclass(frozen=True, slots=True, kw_only=True)
class CeilingShare:
    """Agreement of suggestions with coders beside that of coders with each other, and the ratio of the two."""

    coders: Estimate  # mean of Cohen's kappas of the pairs of coders
    suggestions: Estimate  # mean of Cohen's kappas of the suggestions with each coder
    # The second divided by the first; above 1 where suggestions agree with coders more than these with each other.
    # Undefined where the coders agree no more than by chance.
    share: Estimate

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for programs."""
        return {
            "coders": self.coders.as_dict(),
            "suggestions": self.suggestions.as_dict(),
            "share": self.share.as_dict(),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldCeiling:
    """Share of the coders' own agreement in one field, and for each of its codes."""

    field: str
    n_outcomes: int  # outcomes coded by two coders or more, with a suggestion
    main: CeilingShare  # of the main code
    # Of whether a code applies, for codes that coders gave to enough of these outcomes
    codes: Mapping[str, CeilingShare]

    @property
    def is_enough(self) -> bool:
        """Whether enough outcomes were compared for the estimates to say something."""
        return self.n_outcomes >= MIN_COMPARED

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for programs."""
        return {
            "n": self.n_outcomes,
            **self.main.as_dict(),
            "codes": {code: share.as_dict() for code, share in self.codes.items()},
        }


def ceiling_table(
    ceilings: Sequence[FieldCeiling], columns: Mapping[str, str], *, suggestions: str
) -> tuple[tuple[str, ...], ...]:
    """Table of the ceilings of fields, for people to read.

    Parameters
    ----------
    columns : dict of str to str
        The column of each field.
    suggestions : str
        What is compared with the coders, for the heading.
    """
    return (
        (
            gettext("Field"),
            gettext("By two or more coders"),
            gettext("Coders: kappa"),
            gettext("{what}: kappa", what=suggestions),
            gettext("Share of the coders' own"),
        ),
        *(
            (
                columns[found.field],
                str(found.n_outcomes),
                *(
                    (str(found.main.coders), str(found.main.suggestions), describe_share(found.main))
                    if found.is_enough
                    else (gettext(TOO_FEW), "", "")
                ),
            )
            for found in ceilings
        ),
    )


def describe_share(found: CeilingShare) -> str:
    """Say what share of the coders' own agreement the suggestions reach, or why that can't be said."""
    if math.isnan(found.coders.value):
        return gettext("coders gave one code alone")
    return gettext("coders agree too little to say") if math.isnan(found.share.value) else str(found.share)


def compare_with_ceiling(
    codings: FieldCodings,
    suggested: Sequence[Codes],
    *,
    groups: npt.NDArray[np.intp] | None = None,
    seed: int = 0,
) -> FieldCeiling:
    """Compare suggestions with coders, and these with each other, on the outcomes that two coders or more coded.

    Parameters
    ----------
    codings : FieldCodings
        By single coders; nobody's code may have been chosen with the suggestion in view.
    suggested : sequence of tuple of str
        For each of the outcomes the suggested codes, the main one first; empty where there are none.
    groups : ndarray of shape (n_outcomes,), optional
        Equal numbers mark near-duplicates; by default every outcome is its own group.

    Examples
    --------
    >>> from classifier.codebook.schema import CodeField
    >>> scale = CodeField(name="scale", column="Scale", kind="single", codes=[{"code": "Local"}, {"code": "National"}])
    >>> codes = [(("Local",), ("Local",))] * 30 + [(("National",), ("National",))] * 20
    >>> codes += [(("Local",), ("National",))] * 10
    >>> codings = FieldCodings(field=scale, coders=("Ana", "Ben"), codes=tuple(codes))
    >>> found = compare_with_ceiling(codings, [("Local",)] * 30 + [("National",)] * 25 + [("Local",)] * 5)
    >>> print(found.main.coders.point, found.main.suggestions.point, found.main.share)
    0.67 0.83 1.24 (1.10 to 1.53)
    """
    rows = np.flatnonzero(codings.is_compared & np.array([bool(codes) for codes in suggested], dtype=np.bool_))
    chosen, own = codings.of(rows), [suggested[row] for row in rows.tolist()]
    bootstrap = ClusterBootstrap.draw_rows(rows, groups, seed=seed)
    place = {code: number for number, code in enumerate(codings.field.code_names)}
    n_given = chosen.given.any(axis=1).sum(axis=0)
    return FieldCeiling(
        field=codings.field.name,
        n_outcomes=len(rows),
        main=_share(chosen.main, np.array([place[codes[0]] for codes in own], dtype=np.intp), bootstrap),
        codes={
            code: _share(chosen.code(number), np.array([code in codes for codes in own], dtype=np.intp), bootstrap)
            for code, number in place.items()
            if n_given[number] >= MIN_OF_CODE
        },
    )


def _share(coders: Ratings, suggested: npt.NDArray[np.intp], bootstrap: ClusterBootstrap) -> CeilingShare:
    used = [codes for codes in coders.codes.T if (codes >= 0).any()]
    between = [_pair(one, other, coders.n_codes) for one, other in combinations(used, 2)]
    between = [pair for pair in between if pair.is_compared.any()]
    with_each = [_pair(codes, suggested, coders.n_codes) for codes in used]

    def kappa_between(weights: FloatArray) -> FloatArray:
        return mean_kappa_of_pairs(between, weights)

    def kappa_with_each(weights: FloatArray) -> FloatArray:
        return mean_kappa_of_pairs(with_each, weights)

    def ratio(weights: FloatArray) -> FloatArray:
        ceiling = kappa_between(weights)
        return kappa_with_each(weights) / np.where(ceiling > 0, ceiling, math.nan)

    own = bootstrap.estimate(kappa_between)
    is_beyond_chance = own.value > 0 and not own.low <= 0
    undefined = Estimate(value=math.nan, low=math.nan, high=math.nan, n_outcomes=own.n_outcomes)
    return CeilingShare(
        coders=own,
        suggestions=bootstrap.estimate(kappa_with_each),
        share=bootstrap.estimate(ratio) if is_beyond_chance else undefined,
    )


def _pair(one: npt.NDArray[np.intp], other: npt.NDArray[np.intp], n_codes: int) -> Ratings:
    return Ratings(codes=np.column_stack([one, other]), n_codes=n_codes)
