from __future__ import annotations

import pytest
from tokenizers import Tokenizer

from classifier.features.shipped_encoders import SMALL_ENCODER, shipped_folder


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    """Return what cuts a text into the tokens that the small encoder reads."""
    tokenizer = Tokenizer.from_file(str(shipped_folder(SMALL_ENCODER) / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer
