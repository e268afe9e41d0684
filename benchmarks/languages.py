"""Outcomes in other languages, coded by a model trained on the English ones.

With both default encoders, and with each alone.

Example: python -m benchmarks.languages
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from pathlib import Path

from classifier.codebook.schema import sample_codebook
from classifier.features.registry import DEFAULT_ENCODERS, open_encoders
from classifier.harvest.coded import read_coded_harvests
from classifier.harvest.language import language_of
from classifier.model.training import train_model
from classifier.suggestion.suggest import suggest_codes

_SAMPLE = [Path("training_data") / name for name in ("harvest_1.xlsx", "harvest_2.xlsx", "harvest_3_agreed.xlsx")]


def main() -> None:
    """Print, by encoder and language, how many first suggestions are right and where outcomes are sent."""
    codebook = sample_codebook()
    harvests = read_coded_harvests(_SAMPLE, codebook=codebook)
    language = {one.fragment_id: language_of(one.story.description) for each in harvests for one in each.outcomes}
    english, others = (
        [
            replace(
                each, outcomes=tuple(one for one in each.outcomes if (language[one.fragment_id] == "English") == is_en)
            )
            for each in harvests
        ]
        for is_en in (True, False)
    )
    for names in (DEFAULT_ENCODERS, *((name,) for name in DEFAULT_ENCODERS)):
        sources = open_encoders(names)
        model = train_model(english, codebook=codebook, sources=sources, name="english").model
        kappas = [figures.cohen_kappa for figures in model.manifest.out_of_fold.values()]
        n_trained = len(model.manifest.fragment_ids)
        kappa = sum(kappas) / len(kappas)
        print(f"{' and '.join(names)}: trained on {n_trained} English outcomes, mean kappa out of fold {kappa:.3f}")
        n_defined: Counter[str] = Counter()
        n_right: Counter[str] = Counter()
        n_held: Counter[str] = Counter()
        n_in_sets: Counter[str] = Counter()
        confidence: dict[str, float] = defaultdict(float)
        routes: Counter[tuple[str, str]] = Counter()
        for harvest in others:
            for told in suggest_codes(harvest, model=model, sources=sources).outcomes:
                spoken = language[told.fragment_id]
                for field, one in told.fields.items():
                    n_defined[spoken] += 1
                    agreed = told.outcome.codes[field][0]
                    n_right[spoken] += one.candidates[0].code == agreed
                    n_held[spoken] += agreed in one.prediction_set
                    n_in_sets[spoken] += len(one.prediction_set)
                    confidence[spoken] += one.candidates[0].confidence
                    routes[spoken, one.route] += 1
        for spoken, n_codes in n_defined.items():
            sent = ", ".join(f"{n} {route}" for (one, route), n in routes.items() if one == spoken)
            print(
                f"  {spoken}: {n_codes // len(codebook.fields)} outcomes, {n_right[spoken]} of {n_codes} right "
                f"(by confidence, {confidence[spoken]:.1f}); sets of {n_in_sets[spoken] / n_codes:.1f} codes hold "
                f"{n_held[spoken]}; {sent}"
            )


if __name__ == "__main__":
    main()
