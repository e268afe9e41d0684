from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from classifier.features.text_windows import cut_windows

WORDS = st.lists(st.text("abc", min_size=1, max_size=12), max_size=120)


def starts_of(text: str) -> list[int]:
    return [match.start() for match in re.finditer(r"\S+", text)]


@given(words=WORDS, n_read=st.integers(20, 60))
def test_windows_joined_are_the_text(words: list[str], n_read: int) -> None:
    text = " ".join(words)
    assert "".join(cut_windows(text, starts_of(text), n_read)) == text


@given(words=WORDS, n_read=st.integers(20, 60))
def test_every_window_has_room_for_its_tokens_and_two_marks(words: list[str], n_read: int) -> None:
    text = " ".join(words)
    assert max(len(starts_of(window)) for window in cut_windows(text, starts_of(text), n_read)) <= n_read - 2


def test_a_text_without_tokens_is_one_window() -> None:
    assert cut_windows(" ", [], n_read=256) == (" ",)
