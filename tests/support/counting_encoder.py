"""Encoder that notes what it reads."""

from __future__ import annotations

from collections.abc import Sequence

from classifier._types import FloatArray
from classifier.features.encoder import Tokens
from conftest import TrigramEncoder

__all__ = ["CountingEncoder"]


class CountingEncoder(TrigramEncoder):
    """Notes each text that it embeds, in the order in which it does."""

    def __init__(self) -> None:
        self.read: list[str] = []

    def encode(self, texts: Sequence[str], /) -> FloatArray:
        self.read.extend(texts)
        return super().encode(texts)

    def tokens(self, texts: Sequence[str], /) -> list[Tokens]:
        self.read.extend(texts)
        return super().tokens(texts)
