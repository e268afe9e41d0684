"""Suggestions for the outcomes of a harvest."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from classifier.codebook.schema import CodeField
from classifier.harvest.reading import Harvest
from classifier.model.model import Model
from classifier.suggestion.batches import Failure
from classifier.suggestion.types import Flag, OutcomeSuggestions, Route

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestions:
    """What is suggested for a harvest.

    Attributes
    ----------
    fields : tuple of CodeField
        The fields suggested for.
    outcomes : tuple of OutcomeSuggestions
        One for each outcome, in the order of the file.
    coverage, precision : float
        What was asked of prediction sets and of the codes to confirm.
    failures : tuple of Failure
        The outcomes that could not be judged, by a fault of ours.
    others : tuple of Harvest
        The other sheets of the file that outcomes stand on, where several were read.
    """

    harvest: Harvest
    model: Model
    fields: tuple[CodeField, ...]
    outcomes: tuple[OutcomeSuggestions, ...]
    coverage: float
    precision: float
    failures: tuple[Failure, ...] = ()
    others: tuple[Harvest, ...] = ()

    def to_frame(self) -> pd.DataFrame:
        """Give the suggestions as a pandas data frame, a row for each outcome and field.

        Returns
        -------
        DataFrame
            With the columns FragmentID, field, suggested, confidence, prediction_set, route and flags; several
            codes in a cell are separated as in the harvest.
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
        """Return what is suggested for each sheet alone; an ID stands on one of them only."""
        if not self.others:
            return (self,)
        named = {one.fragment_id: one for one in self.outcomes}
        return tuple(
            replace(
                self,
                harvest=sheet,
                outcomes=tuple(named[one.fragment_id] for one in sheet.outcomes if one.fragment_id in named),
                others=(),
            )
            for sheet in (self.harvest, *self.others)
        )

    def n_by_route(self, field: CodeField) -> dict[Route, int]:
        """Count the outcomes of each route in a field."""
        counts = Counter(outcome.fields[field.name].route for outcome in self.outcomes)
        return {route: counts[route] for route in Route}

    def n_by_flag(self) -> dict[str, int]:
        """Count the outcomes that carry each flag."""
        return {
            str(flag): sum(any(told.startswith(flag) for told in outcome.flags) for outcome in self.outcomes)
            for flag in Flag
        }
