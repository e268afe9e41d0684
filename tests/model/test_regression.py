from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from classifier.features.tfidf import LexicalView, Matrix
from classifier.harvest.reading import Harvest
from classifier.model import regression
from classifier.model.regression import BALANCED, PLAIN, Design


def drawn(n_rows: int, n_features: int, *, share: float = 1.0) -> Matrix:
    """Draw a view; sparse unless all its entries are to be filled."""
    random = np.random.default_rng(3)
    # A mean far from 0, as embeddings have.
    view = random.normal(size=(n_rows, n_features)) / np.sqrt(n_features) + 0.2
    return view if share == 1.0 else sparse.csr_array(view * (random.random(view.shape) < share))


VIEWS = {
    "more rows than features": drawn(90, 20),
    "more features than rows": drawn(60, 200),
    "sparse, more features than rows": drawn(60, 400, share=0.3),
    "sparse, more rows than features": drawn(90, 50, share=0.1),
    "a feature that is always 0": np.hstack([drawn(60, 20), np.zeros((60, 1))]),
    "every row twice": np.vstack([drawn(40, 100)] * 2),
}


def codes(view: Matrix, n_codes: int) -> npt.NDArray[np.intp]:
    """Return codes of which the first is the commonest."""
    drawn_codes: npt.NDArray[np.intp] = np.random.default_rng(5).geometric(0.5, size=view.shape[0]).astype(np.intp)
    return np.minimum(drawn_codes, n_codes) - 1


@pytest.mark.parametrize("options", [BALANCED, PLAIN], ids=["balanced", "plain"])
@pytest.mark.parametrize("n_codes", [2, 4])
@pytest.mark.parametrize("name", VIEWS)
def test_regression_is_that_of_scikit_learn(name: str, n_codes: int, options: tuple[float, str | None]) -> None:
    view, (strength, class_weight) = VIEWS[name], options
    target = codes(view, n_codes)
    fitted = Design.of(view).regress(target, strength, class_weight)
    by_scikit_learn = LogisticRegression(C=strength, class_weight=class_weight, max_iter=10_000, tol=1e-9)
    by_scikit_learn.fit(view, target)
    np.testing.assert_allclose(fitted.predict_proba(view), by_scikit_learn.predict_proba(view), atol=1e-5)


def test_regression_of_very_many_rows_is_that_of_few(monkeypatch: pytest.MonkeyPatch) -> None:
    view = VIEWS["sparse, more features than rows"]
    target = codes(view, 4)
    by_components = Design.of(view).regress(target, *BALANCED)
    monkeypatch.setattr(regression, "_MOST_ROWS", view.shape[0] - 1)
    as_it_is = Design.of(view).regress(target, *BALANCED)
    np.testing.assert_allclose(as_it_is.predict_proba(view), by_components.predict_proba(view), atol=1e-5)


def test_regression_of_stories_does_not_depend_on_their_order(coded_harvest: Harvest) -> None:
    view = LexicalView().fit_transform([outcome.story.merged for outcome in coded_harvest.outcomes])
    target, order = codes(view, 4), np.random.default_rng(1).permutation(view.shape[0])
    one, other = Design.of(view).regress(target, *BALANCED), Design.of(view[order]).regress(target[order], *BALANCED)
    np.testing.assert_allclose(one.predict_proba(view), other.predict_proba(view), atol=1e-5)
