"""Outcomes told in other languages, judged by what was learnt from the English ones, with either encoder.

Example: python -m benchmarks.languages
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

from classifier import shipped
from classifier.embedding_cache import EmbeddingCache, EmbeddingSource, default_cache_folder
from classifier.encoders import load_encoder
from classifier.harvest import read_coded_harvests
from classifier.multilingual_encoder import MULTILINGUAL_ENCODER
from classifier.readability import language_of
from classifier.sentence_encoder import SMALL_ENCODER
from classifier.suggesting import suggest_codes
from classifier.training import train_model

_SAMPLE = [Path("training_data") / name for name in ("harvest_1.xlsx", "harvest_2.xlsx", "harvest_3_agreed.xlsx")]


def main() -> None:
    """Print, by encoder and language, how many first suggestions are right and where outcomes are sent."""
    codebook = shipped.codebook()
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
    for name in (SMALL_ENCODER, MULTILINGUAL_ENCODER):
        embedding = EmbeddingSource(encoder=load_encoder(name), cache=EmbeddingCache(default_cache_folder()))
        model = train_model(english, codebook=codebook, embedding=embedding, name="english").model
        kappas = [figures.cohen_kappa for figures in model.manifest.out_of_fold.values()]
        n_learnt = len(model.manifest.fragment_ids)
        print(
            f"{name}: learnt from {n_learnt} English outcomes, mean kappa out of fold {sum(kappas) / len(kappas):.3f}"
        )
        n_told: Counter[str] = Counter()
        n_right: Counter[str] = Counter()
        routes: Counter[tuple[str, str]] = Counter()
        for harvest in others:
            for told in suggest_codes(harvest, model=model, embedding=embedding).outcomes:
                spoken = language[told.fragment_id]
                for field, one in told.fields.items():
                    n_told[spoken] += 1
                    n_right[spoken] += one.candidates[0].code == told.outcome.codes[field][0]
                    routes[spoken, one.route] += 1
        for spoken, n_codes in n_told.items():
            sent = ", ".join(f"{n} {route}" for (one, route), n in routes.items() if one == spoken)
            print(
                f"  {spoken}: {n_codes // len(codebook.fields)} outcomes, {n_right[spoken]} of {n_codes} right; {sent}"
            )


if __name__ == "__main__":
    main()
