"""Scikit-learn classifier of texts by one field of a codebook, with calibrated probabilities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted

from classifier._types import FloatArray
from classifier.codebook.code import Code
from classifier.codebook.schema import Codebook, CodeField
from classifier.control_characters import has_surrogate, whole_characters
from classifier.features.registry import DEFAULT_ENCODERS, open_encoders
from classifier.harvest.outcome import Outcome
from classifier.harvest.reading import Harvest
from classifier.harvest.story import tell_story
from classifier.model.training import train_model
from classifier.suggestion.predict import judge_outcomes

if TYPE_CHECKING:
    from sklearn.utils import Tags

_FIELD = "code"
_COLUMN = "Code"


class OutcomeClassifier(ClassifierMixin, BaseEstimator):
    """Classifier of texts by one field of a codebook, as a scikit-learn estimator.

    Parameters
    ----------
    definitions : dict of str to str, optional
        Definition of each code; with them, codes that few texts have are predicted better.
    encoders : sequence of str
        Names of the sentence encoders; see `classifier.features.registry.load_encoder`.
    cache : bool
        Whether embeddings are kept on disk and looked up there.
    random_state : int
        Decides which texts share a fold of the calibration.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
    model_ : Model

    Examples
    --------
    >>> from sklearn.base import clone
    >>> clone(OutcomeClassifier(random_state=3)).get_params()["random_state"]
    3
    """

    def __init__(
        self,
        *,
        definitions: Mapping[str, str] | None = None,
        encoders: Sequence[str] = DEFAULT_ENCODERS,
        cache: bool = True,
        random_state: int = 0,
    ) -> None:
        self.definitions = definitions
        self.encoders = encoders
        self.cache = cache
        self.random_state = random_state

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.one_d_array = tags.input_tags.string = True
        tags.input_tags.two_d_array = False
        return tags

    def fit(self, X: Sequence[str], y: Sequence[Any]) -> OutcomeClassifier:
        """Train on coded texts.

        Parameters
        ----------
        X : sequence of str, of length n_texts
        y : sequence of labels, of length n_texts

        Raises
        ------
        ValueError
            If X and y differ in length, hold no text, or fewer than two labels.
        TrainingError
            If fewer than five texts are coded.
        """
        texts, labels = _as_texts(X), np.asarray(y)
        if len(texts) != len(labels):
            raise ValueError(f"X has {len(texts)} texts and y has {len(labels)} labels")
        check_classification_targets(labels)
        self.classes_, places = np.unique(labels, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(f"y has {len(self.classes_)} class; two or more are needed")
        codebook = self._codebook()
        codes = codebook.field(_FIELD).code_names
        self.model_ = train_model(
            [_harvest_of(texts, [codes[place] for place in places], codebook)],
            codebook=codebook,
            sources=open_encoders(self.encoders, cache=self.cache),
            name=type(self).__name__,
            seed=self.random_state,
        ).model
        self.priors_ = np.bincount(places) / len(places)
        return self

    def predict_proba(self, X: Sequence[str]) -> FloatArray:
        """Give the calibrated probability of each class.

        A blank text has the share of the texts trained on that each class has.

        Parameters
        ----------
        X : sequence of str, of length n_texts

        Returns
        -------
        ndarray of shape (n_texts, n_classes)
            In the order of `classes_`; each row adds up to 1.
        """
        check_is_fitted(self)
        texts = _as_texts(X)
        probabilities = np.tile(self.priors_, (len(texts), 1))
        filled = [place for place, text in enumerate(texts) if text.strip()]
        if filled:
            parts = self.model_.codebook.columns.parts
            outcomes = [Outcome(fragment_id=str(place), story=tell_story({}, texts[place], parts)) for place in filled]
            sources = open_encoders(self.encoders, cache=self.cache)
            fields = self.model_.codebook.fields
            judged = judge_outcomes(outcomes, model=self.model_, sources=sources, fields=fields)
            main = judged.fields[_FIELD].judged.main
            probabilities[filled] = main / main.sum(axis=1, keepdims=True)
        return probabilities

    def predict(self, X: Sequence[str]) -> npt.NDArray[Any]:
        """Give the most probable class of each text."""
        probabilities = self.predict_proba(X)
        return np.asarray(self.classes_[probabilities.argmax(axis=1)])

    def _codebook(self) -> Codebook:
        definitions = self.definitions or {}
        names = list(map(str, self.classes_))
        if broken := next((name for name in (*names, *definitions.values()) if has_surrogate(name)), None):
            raise ValueError(f"half a character is in {broken!a}, a code or its definition, and can't be written")
        if unknown := sorted(set(definitions) - set(names)):
            raise ValueError(f"definitions are given for codes that are not in y: {', '.join(unknown)}")
        codes = tuple(Code(code=name, definition=definitions.get(name, "")) for name in names)
        return Codebook(fields=(CodeField(name=_FIELD, kind="single", column=_COLUMN, codes=codes),))


def _as_texts(X: Sequence[str]) -> list[str]:
    texts = list(X)
    if not texts:
        raise ValueError("X holds no text")
    if not all(isinstance(text, str) for text in texts):
        raise ValueError("X must be a sequence of texts, one for each sample")
    return [whole_characters(text) for text in texts]


def _harvest_of(texts: Sequence[str], codes: Sequence[str], codebook: Codebook) -> Harvest:
    import pandas as pd

    columns = codebook.columns
    frame = pd.DataFrame(
        {
            columns.id[0]: [f"text {number}" for number in range(1, len(texts) + 1)],
            columns.description.column[0]: texts,
            _COLUMN: codes,
        }
    )
    return Harvest.from_frame(frame[frame[columns.description.column[0]].str.strip() != ""], codebook=codebook)
