"""Suggestions for articles that three people coded, as a share of how far these agree with each other.

The model is trained on `train.csv` of HRDsAttack; the articles of `three_coders_1.csv` to `_3.csv` are others.

Example: python -m benchmarks.ceiling FOLDER
"""

from __future__ import annotations

import sys
from pathlib import Path

from classifier.agreement.ceiling import FieldCeiling, compare_with_ceiling, describe_share
from classifier.agreement.codings import read_codings
from classifier.codebook.schema import Codebook
from classifier.features.registry import open_encoders
from classifier.harvest.coded import read_coded_harvests
from classifier.model.training import train_model
from classifier.suggestion.suggest import suggest_codes


def main(folder: Path) -> None:
    """Print the shares by field, and by code."""
    codebook, sources = Codebook.read(folder / "codebook.yaml"), open_encoders()
    known = read_coded_harvests([folder / "train.csv"], codebook=codebook)
    model = train_model(known, codebook=codebook, sources=sources, name="articles").model
    codings = read_codings([folder / f"three_coders_{number}.csv" for number in (1, 2, 3)], codebook=codebook)
    suggested = {
        told.fragment_id: told.fields
        for told in suggest_codes(codings.harvests[0], model=model, sources=sources).outcomes
    }
    for name, of_field in codings.fields.items():
        codes = [suggested[each][name].suggested if each in suggested else () for each in codings.fragment_ids]
        _print(compare_with_ceiling(of_field, codes), codebook.field(name).heading)


def _print(found: FieldCeiling, heading: str) -> None:
    print(f"{heading}: {found.n_outcomes} articles")
    for label, share in (("main code", found.main), *found.codes.items()):
        print(f"  {label}: coders {share.coders}, suggestions {share.suggestions}, share {describe_share(share)}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
