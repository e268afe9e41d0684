"""Text that a spreadsheet program would run as a formula."""

from __future__ import annotations

import pytest

from classifier.spreadsheet.formula_escape import escape_formula


@pytest.mark.parametrize("text", ["=1+1", "+cmd", "-cmd", "@SUM(A1)", "\t=1", "\r=1", "\n=1"])
def test_text_like_a_formula_is_escaped(text: str) -> None:
    assert escape_formula(text) == f"'{text}"


@pytest.mark.parametrize("text", ["-0.5", "+3", "Local", "a=b", ""])
def test_other_text_is_kept(text: str) -> None:
    assert escape_formula(text) == text
