"""Suggestions for the outcomes of a harvest."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from classifier.codebook.schema import CodeField
from classifier.harvest.reading import Harvest
from classifier.languages import compact_percentage, gettext
from classifier.model.model import Model
from classifier.suggestion.batches import Failure
from classifier.suggestion.harvest_shift import HarvestShift
from classifier.suggestion.types import Flag, OutcomeSuggestions, Route

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestions:
    """Suggestions for the outcomes of a harvest.

    Attributes
    ----------
    fields : tuple of CodeField
        The fields suggested for.
    outcomes : tuple of OutcomeSuggestions
        One for each outcome, in the order of the file.
    coverage, precision : float
        What was asked of prediction sets and of the codes to confirm.
    failures : tuple of Failure
        The outcomes that could not be judged because of an internal error.
    shift : HarvestShift or None
        Whether the harvest is like the outcomes trained on; None where that can't be tested.
    others : tuple of Harvest
        The other sheets of the file, where several were read.
    """

    harvest: Harvest
    model: Model
    fields: tuple[CodeField, ...]
    outcomes: tuple[OutcomeSuggestions, ...]
    coverage: float
    precision: float
    failures: tuple[Failure, ...] = ()
    shift: HarvestShift | None = None
    others: tuple[Harvest, ...] = ()

    def to_frame(self) -> pd.DataFrame:
        """Give the suggestions as a pandas data frame, a row for each outcome and field.

        Several codes in a cell are separated as in the harvest.
        """
        import pandas as pd

        rows = [
            {
                "FragmentID": outcome.fragment_id,
                "field": field.name,
                "suggested": field.separator.join(suggestion.suggested),
                "confidence": suggestion.confidence,
                "prediction_set": field.separator.join(suggestion.prediction_set),
                "route": str(suggestion.route),
                "flags": "; ".join(outcome.flags),
            }
            for outcome in self.outcomes
            for field in self.fields
            for suggestion in (outcome.fields[field.name],)
        ]
        return pd.DataFrame(rows)

    def by_sheet(self) -> tuple[Suggestions, ...]:
        """Split the suggestions by sheet; an ID is on one sheet only."""
        if not self.others:
            return (self,)
        by_id = {outcome.fragment_id: outcome for outcome in self.outcomes}
        return tuple(
            replace(
                self,
                harvest=sheet,
                outcomes=tuple(
                    by_id[outcome.fragment_id] for outcome in sheet.outcomes if outcome.fragment_id in by_id
                ),
                others=(),
            )
            for sheet in (self.harvest, *self.others)
        )

    def withdrawn_promise(self) -> str:
        """Say why the target of suggestions to confirm is not promised for this harvest; nothing where it is."""
        return withdrawn_promise(self.shift, precision=self.precision)

    def n_by_route(self, field: CodeField) -> dict[Route, int]:
        """Count the outcomes of each route in a field."""
        counts = Counter(outcome.fields[field.name].route for outcome in self.outcomes)
        return {route: counts[route] for route in Route}

    def n_by_flag(self) -> dict[str, int]:
        """Count the outcomes that carry each flag."""
        return {
            str(flag): sum(any(text.startswith(flag) for text in outcome.flags) for outcome in self.outcomes)
            for flag in Flag
        }


def withdrawn_promise(shift: HarvestShift | None, *, precision: float) -> str:
    """Say why the target of suggestions to confirm is not promised for a harvest; nothing where it is."""
    if shift is None or not shift.is_unlike:
        return ""
    return gettext(
        "This harvest is unlike the outcomes that the model was trained on ({p}, in the {what}), so the target of "
        "{share} for suggestions to confirm is not promised for it: have some of them coded without a suggestion in "
        "view, or train on codes of this harvest",
        p=shift.p_described,
        what=shift.differs_in,
        share=compact_percentage(precision),
    )
