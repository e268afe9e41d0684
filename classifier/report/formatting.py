"""Table headings and field names shared by the sections of a report."""

from __future__ import annotations

import textwrap

from classifier.agreement.bootstrap import Estimate
from classifier.agreement.by_field import TOO_FEW, FieldAgreement, MeanEstimate, fields_averaged
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
"""Heading of each coefficient in a table."""
_LONGEST_NAME = 38  # characters of a code in a plot; tables have all of it


def column_of(evaluated: Evaluated, name: str) -> str:
    """Column of a field, as the harvest names it."""
    return evaluated.codebook.field(name).heading


def describe_mean(evaluated: Evaluated, mean: MeanEstimate, *, beside: MeanEstimate | None = None) -> str:
    """Format a mean, with its fields if they are neither all nor those of the mean `beside` it."""
    is_clear = len(mean.fields) == len(evaluated.codebook.fields) if beside is None else mean.fields == beside.fields
    return str(mean) if is_clear or not mean.fields else f"{mean}, of {fields_averaged(mean, evaluated.codebook)}"


def short(code: str) -> str:
    """Shorten a code to the room that a plot has."""
    return textwrap.shorten(code, _LONGEST_NAME, placeholder=" …")


def slug(name: str) -> str:
    """Turn a name into one for files."""
    return "".join(character if character.isalnum() else "-" for character in name.lower())


def if_enough(agreement: FieldAgreement, estimate: Estimate, otherwise: str = TOO_FEW) -> str:
    """Return an estimate as text, or what to say where too few outcomes were compared."""
    return str(estimate) if agreement.is_enough else otherwise
