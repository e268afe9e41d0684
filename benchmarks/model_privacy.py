"""What a reduced model loses in agreement, and what an attacker learns of the outcomes that it was trained on.

The sample model and its reduced model code harvest 3. For membership inference and planted names, a model is trained
on a random half of all outcomes of the sample, in 20 of which a name was planted that occurs nowhere else.

Example: python -m benchmarks.model_privacy
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import cross_val_predict

from classifier._types import FloatArray
from classifier.agreement.coefficients import Ratings, kappa_of_two
from classifier.codebook.schema import Codebook, sample_codebook
from classifier.features.embedding_cache import CachedEncoders
from classifier.features.registry import open_encoders
from classifier.features.shipped_encoders import common_words
from classifier.harvest.coded import read_coded_harvests
from classifier.harvest.outcome import Outcome
from classifier.model.model import Model
from classifier.model.reduction import reduce_model
from classifier.model.storage import load_model, save_model
from classifier.model.training import train_model
from classifier.suggestion.predict import judge_outcomes
from tests.support.leaks import files_with

_FOLDER = Path(__file__).resolve().parents[1] / "training_data"
_FILES = tuple(_FOLDER / f"{name}.xlsx" for name in ("harvest_1", "harvest_2", "harvest_3_agreed"))
_N_DRAWS = 1000
_N_PLANTED = 20
_SYLLABLES = ("zaq", "wuf", "xer", "jov", "kyb", "vud", "gwi", "qol", "phy", "yix")
_N_HASHED = 2**18  # of `classifier.features.near_duplicates`


def main() -> None:
    """Measure and print."""
    codebook, sources = sample_codebook(), open_encoders()
    *known, new = read_coded_harvests(_FILES, codebook=codebook)
    _print_agreement(new.outcomes, codebook, sources)
    rng = np.random.default_rng(0)
    outcomes = [outcome for harvest in (*known, new) for outcome in harvest.outcomes]
    order = rng.permutation(len(outcomes))
    members, others = ([outcomes[place] for place in half] for half in np.array_split(order, 2))
    names = ["".join(rng.choice(_SYLLABLES, 4)) for _ in range(_N_PLANTED)]
    trained_on = [*map(_plant, members[:_N_PLANTED], names), *members[_N_PLANTED:]]
    model = train_model(
        [replace(new, outcomes=tuple(trained_on))], codebook=codebook, sources=sources, name="half"
    ).model
    reduced = reduce_model(model, name="reduced", common_words=common_words())
    for title, tested in (("the model", model), ("the reduced model", reduced)):
        _print_names(title, tested, names)
        _print_membership(title, tested, members[_N_PLANTED:], others, codebook, sources)


def _plant(outcome: Outcome, name: str) -> Outcome:
    sentence = f" {name.capitalize()} told us so."
    story = outcome.story
    return replace(
        outcome, story=replace(story, description=story.description + sentence, merged=story.merged + sentence)
    )


# Agreement


def _print_agreement(outcomes: Sequence[Outcome], codebook: Codebook, sources: CachedEncoders) -> None:
    full = load_model("sample")
    reduced = reduce_model(full, name="reduced", common_words=common_words())
    ratings, repeats = {}, np.zeros(len(outcomes), dtype=np.bool_)
    for name, model in (("model", full), ("reduced", reduced)):
        judged = judge_outcomes(outcomes, model=model, sources=sources, fields=codebook.fields)
        ratings[name] = _ratings(outcomes, {n: field.judged.main for n, field in judged.fields.items()}, codebook)
        if model is full:
            repeats = np.array([check.earlier is not None for check in judged.input_checks])
    for title, chosen in (("all", np.ones_like(repeats)), ("without near-duplicates in training", ~repeats)):
        told = {name: _mean_kappa(rated, chosen) for name, rated in ratings.items()}
        lost = _told(_difference(told["model"], told["reduced"]), int(chosen.sum()))
        print(
            f"Harvest 3, {title}: mean kappa {_told(told['model'], int(chosen.sum()))}, reduced "
            f"{_told(told['reduced'], int(chosen.sum()))}, lost {lost}; n={chosen.sum()}"
        )


def _ratings(outcomes: Sequence[Outcome], main: Mapping[str, FloatArray], codebook: Codebook) -> list[Ratings]:
    rated = []
    for field in codebook.fields:
        given = [field.code_names.index(outcome.codes[field.name][0]) for outcome in outcomes]
        rated.append(Ratings(codes=np.column_stack([given, main[field.name].argmax(axis=1)]), n_codes=len(field.codes)))
    return rated


Statistic = Callable[[npt.NDArray[np.intp]], float]


def _mean_kappa(rated: Sequence[Ratings], chosen: npt.NDArray[np.bool_]) -> Statistic:
    tables = [Ratings(codes=ratings.codes[chosen], n_codes=ratings.n_codes) for ratings in rated]

    def mean(rows: npt.NDArray[np.intp]) -> float:
        weights = np.bincount(rows, minlength=int(chosen.sum()))[np.newaxis].astype(float)
        return float(np.mean([kappa_of_two(table, weights)[0] for table in tables]))

    return mean


def _difference(first: Statistic, second: Statistic) -> Statistic:
    return lambda rows: first(rows) - second(rows)


def _told(statistic: Statistic, n_rows: int) -> str:
    """Return a figure with its 95 % percentile bootstrap interval."""
    rng = np.random.default_rng(0)
    drawn = [statistic(rng.integers(n_rows, size=n_rows)) for _ in range(_N_DRAWS)]
    low, high = np.nanpercentile(drawn, [2.5, 97.5])
    return f"{statistic(np.arange(n_rows)):.3f} [{low:.3f}, {high:.3f}]"


# Planted names


def _print_names(title: str, model: Model, names: Sequence[str]) -> None:
    """Look for names in all bytes of a model folder, and in its table of hashed words, which is guessed at."""
    with tempfile.TemporaryDirectory() as folder:
        save_model(model, Path(folder) / "model")
        in_bytes = sum(bool(files_with(name, Path(folder))) for name in names)
        pieces = sum(any(files_with(name[at : at + 5], Path(folder)) for at in range(7)) for name in names)
    words = HashingVectorizer(n_features=_N_HASHED, alternate_sign=False, token_pattern=r"(?u)\b\w\w+\b")
    table = model.fingerprinter.rarity[1]
    unknown = table.max()  # what a word has that is in no story
    guessed = sum(bool(table[words.transform([name]).indices[0]] < unknown) for name in names)
    print(
        f"{title}: of {len(names)} planted names {in_bytes} in its bytes, {pieces} in pieces of 5 letters, {guessed} "
        "found in the hashed words by who guesses them"
    )


# Membership inference


def _print_membership(
    title: str,
    model: Model,
    members: Sequence[Outcome],
    others: Sequence[Outcome],
    codebook: Codebook,
    sources: CachedEncoders,
) -> None:
    everybody = [*members, *others]
    is_member = np.array([True] * len(members) + [False] * len(others))
    attacks = _attacks(everybody, is_member, model, codebook, sources)
    for attack, scores in attacks.items():

        def auc(rows: npt.NDArray[np.intp], scores: FloatArray = scores) -> float:
            return float(roc_auc_score(is_member[rows], scores[rows]))

        print(f"{title}: membership by {attack}: AUC {_told(auc, len(everybody))}; n={len(members)}+{len(others)}")


def _attacks(
    outcomes: Sequence[Outcome],
    is_member: npt.NDArray[np.bool_],
    model: Model,
    codebook: Codebook,
    sources: CachedEncoders,
) -> dict[str, FloatArray]:
    """Score how likely each outcome was trained on, by what an attacker knows."""
    # An attacker asks with the text alone: near-duplicates are looked for among what the model keeps.
    judged = judge_outcomes(outcomes, model=model, sources=sources, fields=codebook.fields)
    rows = np.arange(len(outcomes))
    losses, sureness, by_code = [], [], []
    for field in codebook.fields:
        probabilities = judged.fields[field.name].judged.main
        given = np.array([field.code_names.index(outcome.codes[field.name][0]) for outcome in outcomes])
        log_given = np.log(probabilities[rows, given])
        losses.append(log_given)
        sureness.append(np.log(probabilities.max(axis=1)))
        centred = np.empty(len(outcomes))
        for code in np.unique(given):  # a threshold for each code
            centred[given == code] = log_given[given == code] - np.median(log_given[given == code])
        by_code.append(centred)
    features = np.column_stack([*losses, *sureness, *by_code])
    forest = RandomForestClassifier(300, min_samples_leaf=5, random_state=0)
    learnt = cross_val_predict(forest, features, is_member, cv=5, method="predict_proba")[:, 1]
    return {
        "its confidence alone": np.sum(sureness, axis=0),
        "its confidence in the coders' codes (loss)": np.sum(losses, axis=0),
        "loss, with a threshold for each code": np.sum(by_code, axis=0),
        "a forest trained on known members": learnt,
    }


if __name__ == "__main__":
    main()
