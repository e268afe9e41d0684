"""Words and names that the sections of a report share."""

from __future__ import annotations

import textwrap

from classifier.agreement.by_field import MeanEstimate
from classifier.agreement.coefficients import Coefficient
from classifier.evaluation.evaluated import Evaluated

HEADINGS = {
    Coefficient.PERCENT: "Coded alike",
    Coefficient.COHEN: "Cohen's kappa",
    Coefficient.FLEISS: "Fleiss' kappa",
    Coefficient.ALPHA: "Krippendorff's alpha",
    Coefficient.AC1: "Gwet's AC1",
    Coefficient.MACRO_F1: "Macro F1",
    Coefficient.MICRO_F1: "Micro F1",
    Coefficient.POSITIVE: "Positive agreement (F1)",
}
"""How each figure is headed in a table."""
_LONGEST_NAME = 38  # letters of a code in a plot; tables have all of it


def percent(share: float) -> str:
    """Write a share as a percentage."""
    return f"{share:.0%}".replace("%", "\N{NO-BREAK SPACE}%")


def column_of(evaluated: Evaluated, name: str) -> str:
    """Name a field as the owner's column does."""
    return evaluated.codebook.field(name).column.strip()


def fields_told(evaluated: Evaluated, mean: MeanEstimate) -> str:
    """Say how many of the codebook's fields a mean is of; and which, where it is not of all."""
    n_fields, names = len(evaluated.codebook.fields), [column_of(evaluated, name) for name in mean.fields]
    if len(names) == n_fields:
        return f"all {n_fields} fields" if n_fields > 1 else names[0]
    return f"{len(names)} of {n_fields} fields ({', '.join(names) or 'none'})"


def mean_told(evaluated: Evaluated, mean: MeanEstimate, *, beside: MeanEstimate | None = None) -> str:
    """Write a mean, and of which fields it is where that is not said `beside` it or is not all of them."""
    fields = fields_told(evaluated, mean)
    is_said = len(mean.fields) == len(evaluated.codebook.fields) if beside is None else mean.fields == beside.fields
    return str(mean) if is_said or not mean.fields else f"{mean}, of {fields}"


def short(code: str) -> str:
    """Shorten a code to what a plot has room for."""
    return textwrap.shorten(code, _LONGEST_NAME, placeholder=" …")


def slug(name: str) -> str:
    """Turn a name into one for files."""
    return "".join(letter if letter.isalnum() else "-" for letter in name.lower())
