"""A small report for tests: one field of 60 outcomes, with two coders."""

from __future__ import annotations

from pathlib import Path

from classifier.agreement.codings import Codings, FieldCodings
from classifier.codebook.schema import Codebook
from classifier.evaluation.evaluated import Evaluated
from classifier.evaluation.label_errors import find_disagreements
from classifier.evaluation.metrics import evaluate
from classifier.evaluation.options import EvaluationOptions
from classifier.harvest.coded import read_coded_harvests
from tests.support.predictions import SCALE, Row, predictions

CODEBOOK = Codebook(fields=(SCALE,))
ROWS: list[Row] = [
    *[("Local", "Local", 0.95)] * 22,
    *[("National", "National", 0.95)] * 18,
    *[("National", "Local", 0.95)] * 4,
    *[("Regional", "Regional", 0.6)] * 8,
    *[("Local", "Regional", 0.6)] * 8,
]
SECRET = "Amina of Boma"


def evaluated(folder: Path, *, with_coders: bool = True) -> Evaluated:
    """Return what is found of the rows above; the files lie in a folder."""
    path = folder / "coded.csv"
    lines = [f"A/{place},{SECRET} met the council.,{agreed},Mali" for place, (agreed, _, _) in enumerate(ROWS)]
    path.write_text("\n".join(["FragmentID,Outcome description,Scale,country", *lines]) + "\n", encoding="utf-8")
    harvests = read_coded_harvests([path], codebook=CODEBOOK)
    tried = predictions(ROWS, country=("Mali",) * 40 + ("Niger",) * 20)
    pairs = tuple(((agreed,), (agreed if place % 10 else "Regional",)) for place, (agreed, _, _) in enumerate(ROWS))
    coders = Codings(
        coders=("ana", "ben"),
        harvests=(),
        fragment_ids=tuple(f"A/{place}" for place in range(len(ROWS))),
        fields={"scale": FieldCodings(field=SCALE, coders=("ana", "ben"), codes=pairs)},
        notes=(),
    )
    given = coders if with_coders else None
    return Evaluated(
        options=EvaluationOptions(coded=(path,)),
        codebook=CODEBOOK,
        split="each outcome coded by a model trained on the others, in 10 folds",
        harvests=harvests,
        hashes={"coded.csv": "0" * 64},
        predictions=tried,
        evaluation=evaluate(tried, coders=given),
        disagreements=find_disagreements(tried, coders=given),
        coders=given,
        curve=None,
    )
