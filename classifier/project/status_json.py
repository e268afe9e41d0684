"""Status of a project as plain values, for the JSON of commands."""

from __future__ import annotations

from collections.abc import Mapping

from classifier.agreement.by_field import TOO_FEW, CodeAgreement, FieldAgreement
from classifier.agreement.coefficients import Coefficient
from classifier.project.completeness import CellCounts, add_up
from classifier.project.status import SplitAgreement, Status


def status_as_dict(status: Status) -> dict[str, object]:
    """Return the status of a project as plain values."""
    between = {split.field: split for split in status.between_coders}
    return {
        "outcomes": status.n_outcomes,
        "only_in_earlier_versions": status.n_only_earlier,
        "cells": cells_as_dict(status.cells),
        "progress": [
            {
                "coder": progress.coder,
                "field": progress.field,
                "decided": progress.n_decided,
                "blind": progress.n_blind,
                "bulk": progress.n_bulk,
                "not_codable": progress.n_not_codable,
            }
            for progress in status.progress
        ],
        "agreement": {
            field.field: {
                "n": field.n_outcomes,
                "differ": field.n_differ,
                "kappa": field.kappa.as_dict(),
                **_split_as_dict(between[field.field]),
            }
            for field in status.agreement
        },
        "not_codable": {found.field: found.as_dict() for found in status.codability},
        "ceiling": {found.field: found.as_dict() for found in status.ceilings},
        "with_suggestions": {split.field: _split_as_dict(split) for split in status.with_suggestions},
        "unseen": [[before.number, after.number] for before, after in status.unseen],
    }


def cells_as_dict(cells: Mapping[str, CellCounts]) -> dict[str, object]:
    """Return counts of cells as plain values, together and by field."""
    return {**add_up(cells.values()).as_dict(), "by_field": {name: counts.as_dict() for name, counts in cells.items()}}


def _split_as_dict(split: SplitAgreement) -> dict[str, object]:
    gap = None if split.gap is None else {"alike": split.gap.alike.as_dict(), "kappa": split.gap.kappa.as_dict()}
    return {**{str(provenance): _agreement_as_dict(found) for provenance, found in split.kinds.items()}, "gap": gap}


def _agreement_as_dict(found: FieldAgreement) -> dict[str, object]:
    return {
        "n": found.n_outcomes,
        "enough": found.is_enough,
        "alike": found.estimates[Coefficient.PERCENT].as_dict(),
        "kappa": found.kappa.as_dict(),
        "codes": [_code_as_dict(found, code) for code in found.codes if code.n_outcomes],
    }


def _code_as_dict(found: FieldAgreement, code: CodeAgreement) -> dict[str, object]:
    kappa = Coefficient.COHEN if Coefficient.COHEN in code.estimates else Coefficient.FLEISS
    doubt = code.doubt if found.is_enough else TOO_FEW
    others = (
        {}
        if doubt == TOO_FEW
        else {
            "positive_agreement": code.estimates[Coefficient.POSITIVE].as_dict(),
            "kappa": code.estimates[kappa].as_dict(),
        }
    )
    return {"code": code.code, "n": code.n_outcomes, "doubt": doubt, **others}
