"""CITATION.cff says of the program what its package says."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
CITATION: dict[str, Any] = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@pytest.mark.parametrize(
    ("key", "of_package"),
    [
        ("title", "name"),
        ("version", "version"),
        ("license", "license"),
        ("abstract", "description"),
        ("keywords", "keywords"),
    ],
)
def test_citation_is_of_the_package(key: str, of_package: str) -> None:
    assert CITATION[key] == PROJECT[of_package]


def test_citation_has_what_the_format_requires() -> None:
    assert (CITATION["cff-version"], set(CITATION) >= {"message", "title", "authors"}) == ("1.2.0", True)


def test_citation_names_no_person() -> None:
    assert CITATION["authors"] == [{"name": "outcome-coder contributors"}]
