"""BERT encoder: the vectors of a text's tokens, computed with numpy from a saved model's weights.

A text is computed alone, so that its vectors depend on no other text. Against the same weights in torch the
vectors of MiniLM differ by less than 1e-6, and no library of 750 MB has to be installed and imported
(benchmarks/RESULTS.md has the times of both, and those of onnxruntime).

References
----------
.. [1] Devlin et al. (2019), "BERT: Pre-training of Deep Bidirectional Transformers for Language Understanding",
   doi:10.18653/v1/N19-1423.
.. [2] Wang et al. (2020), "MiniLM: Deep Self-Attention Distillation for Task-Agnostic Compression of Pre-Trained
   Transformers", doi:10.48550/arXiv.2002.10957.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from safetensors.numpy import load_file

from classifier._types import FloatArray

_ROWS = 32  # of which a layer's widest array stays in a processor's cache while its activation is computed
# The logit of the normal distribution function at x is x times a polynomial of x ** 2: the coefficients from the
# highest power down, fitted to an error of x * ndtr(x) of 6.6e-8, which is what single precision can hold.
_ACTIVATION = np.array(
    [3.6278483e-09, -2.6756612e-07, 7.948137e-06, -0.00011054674, -6.6053511e-05, 0.072668298, 1.5957685],
    dtype=np.float32,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Dense:
    """A matrix and what is added to its product."""

    weight: FloatArray
    bias: FloatArray

    def __call__(self, rows: FloatArray) -> FloatArray:
        product: FloatArray = rows @ self.weight
        product += self.bias
        return product


@dataclass(frozen=True, slots=True, kw_only=True)
class _Norm:
    """Layer normalisation."""

    scale: FloatArray
    bias: FloatArray
    epsilon: float

    def __call__(self, rows: FloatArray) -> FloatArray:
        """Normalise rows in place."""
        rows -= rows.mean(axis=1, keepdims=True)
        variance = np.einsum("ij,ij->i", rows, rows) / np.float32(rows.shape[1])
        rows *= (1 / np.sqrt(variance + np.float32(self.epsilon)))[:, np.newaxis]
        rows *= self.scale
        rows += self.bias
        return rows


@dataclass(frozen=True, slots=True, kw_only=True)
class _Layer:
    """Self-attention and a feed-forward network, each added to its input and normalised."""

    projection: _Dense  # to queries, keys and values, side by side
    attention_output: _Dense
    attention_norm: _Norm
    intermediate: _Dense
    output: _Dense
    output_norm: _Norm

    def __call__(self, rows: FloatArray, n_heads: int, n_texts: int = 1) -> FloatArray:
        attended = self.attention_output(self._attended(rows, n_heads, n_texts))
        attended += rows
        attended = self.attention_norm(attended)
        projected = self.output(gelu(self.intermediate(attended)))
        projected += attended
        return self.output_norm(projected)

    def _attended(self, rows: FloatArray, n_heads: int, n_texts: int) -> FloatArray:
        projected = self.projection(rows).reshape(n_texts, len(rows) // n_texts, 3, n_heads, -1)
        queries, keys, values = projected.transpose(2, 0, 3, 1, 4)
        weights: FloatArray = queries @ keys.transpose(0, 1, 3, 2)
        weights -= weights.max(axis=3, keepdims=True)
        np.exp(weights, out=weights)
        means = (weights @ values) / weights.sum(axis=3, keepdims=True)
        return np.ascontiguousarray(means.transpose(0, 2, 1, 3)).reshape(len(rows), -1)


class Bert:
    """A BERT model.

    Parameters
    ----------
    folder : Path
        That of a saved model: its `config.json` and `model.safetensors`.
    """

    def __init__(self, folder: Path) -> None:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        weights = load_file(folder / "model.safetensors")
        epsilon = float(config["layer_norm_eps"])
        self._n_heads = int(config["num_attention_heads"])
        self._words: FloatArray = weights["embeddings.word_embeddings.weight"]
        # All tokens are of the first of two texts.
        self._places: FloatArray = (
            weights["embeddings.position_embeddings.weight"] + weights["embeddings.token_type_embeddings.weight"][0]
        )
        self._norm = _norm(weights, "embeddings.LayerNorm", epsilon)
        self._layers = [
            _layer(weights, f"encoder.layer.{number}", epsilon, self._n_heads)
            for number in range(int(config["num_hidden_layers"]))
        ]

    def states(self, tokens: npt.NDArray[np.intp]) -> FloatArray:
        """Compute the vectors of a text's tokens.

        Parameters
        ----------
        tokens : ndarray of shape (n_tokens,)
            Their numbers in the model's vocabulary, with those that mark start and end.

        Returns
        -------
        ndarray of shape (n_tokens, n_dimensions)
            float32.
        """
        rows: FloatArray = self._norm(self._words[tokens] + self._places[: len(tokens)])
        for layer in self._layers:
            rows = layer(rows, self._n_heads)
        return rows

    def states_of_each(self, tokens: npt.NDArray[np.intp]) -> FloatArray:
        """Compute the vectors of the tokens of texts of the same length.

        Parameters
        ----------
        tokens : ndarray of shape (n_texts, n_tokens)
            See `states`.

        Returns
        -------
        ndarray of shape (n_texts, n_tokens, n_dimensions)
            float32; they are those of `states` but for the last digits.
        """
        n_texts, n_tokens = tokens.shape
        rows: FloatArray = self._norm((self._words[tokens] + self._places[:n_tokens]).reshape(n_texts * n_tokens, -1))
        for layer in self._layers:
            rows = layer(rows, self._n_heads, n_texts)
        return rows.reshape(n_texts, n_tokens, -1)


def gelu(rows: FloatArray) -> FloatArray:
    """Multiply each value in place by the share of the normal distribution below it."""
    with np.errstate(over="ignore"):  # far below zero a value is divided by infinity, and is zero
        for start in range(0, len(rows), _ROWS):
            block = rows[start : start + _ROWS]
            squared = np.minimum(np.square(block), np.float32(36))
            logit = np.full_like(block, _ACTIVATION[0])
            for coefficient in _ACTIVATION[1:]:
                logit *= squared
                logit += coefficient
            logit *= block
            np.negative(logit, out=logit)
            np.exp(logit, out=logit)
            logit += np.float32(1)
            block /= logit
    return rows


def _dense(weights: Mapping[str, FloatArray], name: str) -> _Dense:
    return _Dense(weight=np.ascontiguousarray(weights[f"{name}.weight"].T), bias=weights[f"{name}.bias"])


def _norm(weights: Mapping[str, FloatArray], name: str, epsilon: float) -> _Norm:
    return _Norm(scale=weights[f"{name}.weight"], bias=weights[f"{name}.bias"], epsilon=epsilon)


def _layer(weights: Mapping[str, FloatArray], name: str, epsilon: float, n_heads: int) -> _Layer:
    query, key, value = (_dense(weights, f"{name}.attention.self.{part}") for part in ("query", "key", "value"))
    # Queries and keys are compared by their product, divided by the root of their length.
    scale = np.float32(1 / np.sqrt(query.weight.shape[1] / n_heads))
    return _Layer(
        projection=_Dense(
            weight=np.hstack([query.weight * scale, key.weight, value.weight]),
            bias=np.concatenate([query.bias * scale, key.bias, value.bias]),
        ),
        attention_output=_dense(weights, f"{name}.attention.output.dense"),
        attention_norm=_norm(weights, f"{name}.attention.output.LayerNorm", epsilon),
        intermediate=_dense(weights, f"{name}.intermediate.dense"),
        output=_dense(weights, f"{name}.output.dense"),
        output_norm=_norm(weights, f"{name}.output.LayerNorm", epsilon),
    )
