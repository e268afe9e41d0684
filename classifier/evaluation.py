"""How well codes are suggested for a harvest that was not learnt from, beside the simple ways."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from classifier.agreement import Ratings, kappa_of_two
from classifier.baselines import BASELINES
from classifier.codebook import Codebook, CodeField
from classifier.embedding import FloatArray
from classifier.embedding_cache import Sources
from classifier.errors import TrainingError
from classifier.features import StoryFeatures
from classifier.harvest import Harvest, read_coded_harvests
from classifier.model import Model
from classifier.outcomes import Outcome, OutcomeSuggestions, Route
from classifier.progress import Advance, silent
from classifier.reliability import Reliability, measure_reliability
from classifier.resampling import Figure, Resamples
from classifier.suggesting import suggest_codes
from classifier.training import train_model

__all__ = ["BY_DEFINITION", "OURS", "Evaluation", "RouteFigures", "evaluate_on"]

OURS = "outcome-coder"
BY_DEFINITION = "definitions only"


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteFigures:
    """How the routes and prediction sets of a field fared.

    Attributes
    ----------
    n_outcomes : int
    n_confirm, n_right : int
        Outcomes routed to `confirm`, and those of them whose suggested codes were just the settled ones.
    n_codings, n_covered : int
        Settled codes, and those of them that were in their prediction set.
    n_possible : int
        Codes in all prediction sets.
    """

    n_outcomes: int
    n_confirm: int
    n_right: int
    n_codings: int
    n_covered: int
    n_possible: int

    @classmethod
    def of(cls, field: str, rows: Sequence[OutcomeSuggestions]) -> RouteFigures:
        """Count for one field."""
        agreed = [set(one.outcome.codes[field]) for one in rows]
        told = [one.fields[field] for one in rows]
        to_confirm = [(one, codes) for one, codes in zip(told, agreed, strict=True) if one.route is Route.CONFIRM]
        return cls(
            n_outcomes=len(rows),
            n_confirm=len(to_confirm),
            n_right=sum(set(one.suggested) == codes for one, codes in to_confirm),
            n_codings=sum(map(len, agreed)),
            n_covered=sum(len(codes & set(one.prediction_set)) for one, codes in zip(told, agreed, strict=True)),
            n_possible=sum(len(one.prediction_set) for one in told),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """Agreement with the codes that coders settled on.

    Attributes
    ----------
    all_outcomes, new_outcomes : dict of str to dict of str to Figure
        Cohen's kappa by field and by way of coding, of all outcomes tested, and of those that do not
        repeat one that was learnt from. For a multiple field, the first code is compared.
    routes : dict of str to RouteFigures
        By field, of all outcomes tested.
    reliability : dict of str to Reliability
        By field, of the confidence in the first suggestion for all outcomes tested.
    reliability_of_all : Reliability
        The same, of the suggestions of all fields together.
    n_trained : int
    repeated : frozenset of str
        The FragmentIDs that were left out of `new_outcomes`.
    """

    n_trained: int
    repeated: frozenset[str]
    all_outcomes: Mapping[str, Mapping[str, Figure]]
    new_outcomes: Mapping[str, Mapping[str, Figure]]
    routes: Mapping[str, RouteFigures]
    reliability: Mapping[str, Reliability]
    reliability_of_all: Reliability

    @staticmethod
    def mean(figures: Mapping[str, Mapping[str, Figure]], way: str) -> float:
        """Average a way of coding over the fields."""
        return float(np.mean([by_way[way].value for by_way in figures.values()]))


def evaluate_on(
    test: Path | str,
    coded: Sequence[Path | str],
    *,
    codebook: Codebook,
    sources: Sources,
    known_duplicates: Mapping[str, str] | None = None,
    seed: int = 0,
    advance: Advance = silent,
) -> Evaluation:
    """Train on coded harvests and compare what is suggested for another one with its codes.

    Parameters
    ----------
    test : path
        A coded harvest. Its codes are hidden from the model.
    coded : sequence of path
        The harvests to learn from.
    known_duplicates : dict of str to str, optional
        Outcomes that are known to repeat another one, by their FragmentIDs; by default the program looks
        for near-duplicates itself.

    Raises
    ------
    FaultsError
        If a file has faults.
    TrainingError
        If there is too little to learn from or to compare.
    """
    *harvests, tested = read_coded_harvests([*coded, test], codebook=codebook)
    if not any(outcome.codes and not outcome.story.is_blank for outcome in tested.outcomes):
        raise TrainingError(f"{tested.path.name}: no outcome has both a text and a code to compare with")
    model = train_model(
        harvests, codebook=codebook, sources=sources, name="evaluation", seed=seed, advance=advance
    ).model
    suggestions = suggest_codes(tested, model=model, sources=sources, codebook=codebook)
    if known_duplicates is None:
        known_duplicates = {
            one.fragment_id: told.repeats
            for one in suggestions.outcomes
            for told in one.fields.values()
            if told.repeats is not None
        }
    learnt = set(model.manifest.fragment_ids)
    tested_ids = {outcome.fragment_id for outcome in tested.outcomes}
    repeated = {one for one, twin in known_duplicates.items() if one in tested_ids and twin in learnt}
    all_outcomes, new_outcomes, routes = {}, {}, {}
    sure: dict[str, tuple[FloatArray, npt.NDArray[np.bool_]]] = {}
    told = [one for one in suggestions.outcomes if not one.outcome.story.is_blank]
    features = StoryFeatures.of([one.outcome.story for one in told], sources)
    for field in codebook.fields:
        places = [
            place
            for place, one in enumerate(told)
            if one.outcome.codes.get(field.name) and one.fields[field.name].suggested
        ]
        if not places:
            continue
        rows = [told[place] for place in places]
        outcomes = [one.outcome for one in rows]
        coded_by = {OURS: [one.fields[field.name].candidates[0].code for one in rows]}
        coded_by[BY_DEFINITION] = _by_definition(field, model, features.rows(np.array(places)))
        coded_by |= _baselines(field, harvests, outcomes)
        routes[field.name] = RouteFigures.of(field.name, rows)
        sure[field.name] = _first_suggestions(field, rows)
        is_new = np.array([one.fragment_id not in repeated for one in outcomes])
        all_outcomes[field.name] = _kappas(field, outcomes, coded_by, np.ones(len(rows), dtype=bool))
        new_outcomes[field.name] = _kappas(field, outcomes, coded_by, is_new)
    return Evaluation(
        n_trained=len(model.manifest.fragment_ids),
        repeated=frozenset(repeated),
        all_outcomes=all_outcomes,
        new_outcomes=new_outcomes,
        routes=routes,
        reliability={name: measure_reliability(*told, seed=seed) for name, told in sure.items()},
        reliability_of_all=measure_reliability(*map(np.concatenate, zip(*sure.values(), strict=True)), seed=seed),
    )


def _first_suggestions(
    field: CodeField, rows: Sequence[OutcomeSuggestions]
) -> tuple[FloatArray, npt.NDArray[np.bool_]]:
    """Return the confidence in each first suggestion, and whether it was the settled first code."""
    best = [one.fields[field.name].candidates[0] for one in rows]
    right = [told.code == one.outcome.codes[field.name][0] for told, one in zip(best, rows, strict=True)]
    return np.array([told.confidence for told in best]), np.array(right)


def _by_definition(field: CodeField, model: Model, features: StoryFeatures) -> list[str]:
    """Code by what the definitions say alone, as a model does that has learnt from no coded outcome."""
    best = model.fields[field.name].definitions.probabilities(features).argmax(axis=1)
    return [field.code_names[place] for place in best]


def _baselines(field: CodeField, harvests: Sequence[Harvest], outcomes: Sequence[Outcome]) -> dict[str, list[str]]:
    known = [
        one for harvest in harvests for one in harvest.outcomes if one.codes.get(field.name) and not one.story.is_blank
    ]
    if not known:
        return {}
    texts, codes = [one.story.description for one in known], [one.codes[field.name][0] for one in known]
    new_texts = [one.story.description for one in outcomes]
    return {name: baseline(texts, codes, new_texts) for name, baseline in BASELINES.items()}


def _kappas(
    field: CodeField,
    outcomes: Sequence[Outcome],
    coded_by: Mapping[str, Sequence[str]],
    chosen: npt.NDArray[np.bool_],
) -> dict[str, Figure]:
    agreed = [outcome.codes[field.name][0] for outcome in outcomes]
    place = {code: place for place, code in enumerate(field.code_names)}

    def kappa_of(codes: Sequence[str]) -> Figure:
        pairs = np.array([[place[one], place[other]] for one, other in zip(agreed, codes, strict=True)])
        ratings = Ratings(codes=pairs[chosen], n_codes=len(place))
        return Resamples.draw(np.arange(len(ratings.codes))).figure(lambda times: kappa_of_two(ratings, times))

    return {way: kappa_of(codes) for way, codes in coded_by.items()}
