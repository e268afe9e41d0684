from __future__ import annotations

import numpy as np
import pytest

from classifier._types import FloatArray
from classifier.features.meaning_subspace import MeaningSubspace, held_out_distance


@pytest.fixture(scope="module")
def plane() -> FloatArray:
    """Sixty embeddings that lie in a plane of ten dimensions."""
    draw = np.random.default_rng(0)
    return draw.normal(size=(60, 2)) @ draw.normal(size=(2, 10))


def test_texts_like_those_fitted_on_are_near(plane: FloatArray) -> None:
    assert MeaningSubspace.fit(plane[:40]).distance(plane[40:]) == pytest.approx(np.zeros(20), abs=1e-9)


def test_a_text_outside_the_subspace_is_as_far_as_it_leaves_it(plane: FloatArray) -> None:
    normal = np.linalg.svd(plane - plane.mean(axis=0))[2][-1]
    assert MeaningSubspace.fit(plane).distance(plane[:1] + 3 * normal) == pytest.approx([3.0])


def test_of_few_texts_hardly_any_direction_is_kept() -> None:
    # With a direction for each text, no text that it was fitted on would be far.
    assert MeaningSubspace.fit(np.eye(8)).directions.shape == (2, 8)


def test_a_text_does_not_bring_itself_near() -> None:
    vectors = np.vstack([np.tile(np.eye(5)[0], (39, 1)), np.eye(5)[1]])
    folds = [np.arange(0, 20), np.arange(20, 40)]
    assert held_out_distance(vectors, folds).argmax() == 39


def test_directions_hold_no_text_alone(plane: FloatArray) -> None:
    moved = plane.copy()
    moved[7] += 0.01
    changes = [MeaningSubspace.fit(rows).distance(plane).max() for rows in (plane, moved)]
    assert changes[1] - changes[0] < 0.01
