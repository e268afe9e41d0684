"""Ceiling of a model: its out-of-fold suggestions and single coders, as far as these agree with each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from classifier.agreement.ceiling import FieldCeiling, compare_with_ceiling
from classifier.agreement.codings import FieldCodings
from classifier.model.training import HeldOut


def held_out_ceilings(
    held_out: HeldOut, codings: Mapping[str, FieldCodings], fragment_ids: Sequence[str]
) -> Iterator[FieldCeiling]:
    """Compare out-of-fold suggestions with single coders, by field; fields without an outcome to compare are left out.

    Parameters
    ----------
    codings : dict of str to FieldCodings
        By field, of the outcomes of `fragment_ids`.
    """
    place = {fragment_id: row for row, fragment_id in enumerate(fragment_ids)}
    for name, of_field in codings.items():
        predictions = held_out.fields[name]
        pairs = [
            (row, codes)
            for row, codes in zip(predictions.rows.tolist(), predictions.suggested_codes(of_field.field), strict=True)
            if held_out.outcomes[row].fragment_id in place
        ]
        known = np.array([place[held_out.outcomes[row].fragment_id] for row, _ in pairs], dtype=np.intp)
        groups = held_out.groups[[row for row, _ in pairs]]
        found = compare_with_ceiling(of_field.of(known), [codes for _, codes in pairs], groups=groups)
        if found.n_outcomes:
            yield found
