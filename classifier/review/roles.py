"""Roles of the people who sign in, and which pages each role may ask for."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Role(StrEnum):
    """What somebody who is signed in may do."""

    CODER = "coder"  # codes; sees and downloads their own work alone
    LEAD = "lead"  # may also adjudicate differences, add harvests, train, and download what everybody decided


_CODER, _LEAD = frozenset(Role), frozenset({Role.LEAD})
_ANYBODY: frozenset[Role] | None = None

ACCESS: Mapping[tuple[str, str], frozenset[Role] | None] = MappingProxyType(
    {
        ("GET", "/enter"): _ANYBODY,
        ("GET", "/sign-in"): _ANYBODY,
        ("POST", "/sign-in"): _ANYBODY,
        ("POST", "/sign-out"): _ANYBODY,
        ("POST", "/language"): _ANYBODY,
        ("GET", "/"): _CODER,
        ("GET", "/queue"): _CODER,
        ("GET", "/outcome"): _CODER,
        ("GET", "/jump"): _CODER,
        ("POST", "/decide"): _CODER,
        ("POST", "/not-codable"): _CODER,
        ("POST", "/undo"): _CODER,
        ("POST", "/note"): _CODER,
        ("POST", "/skip"): _CODER,
        ("GET", "/nearest"): _CODER,
        ("GET", "/bulk"): _CODER,
        ("POST", "/bulk"): _CODER,
        ("GET", "/help"): _CODER,
        ("GET", "/progress"): _CODER,
        ("GET", "/download"): _CODER,
        ("GET", "/download/coded.xlsx"): _CODER,
        ("GET", "/codebook"): _CODER,
        ("GET", "/codebook/codebook.yaml"): _CODER,
        ("GET", "/codebook/edit"): _LEAD,
        ("POST", "/codebook/edit"): _LEAD,
        ("POST", "/codebook/file"): _LEAD,
        ("POST", "/codebook/save"): _LEAD,
        ("POST", "/start/codebook"): _LEAD,
        ("GET", "/download/coded.csv"): _CODER,
        ("GET", "/differences"): _LEAD,
        ("GET", "/difference"): _LEAD,
        ("POST", "/difference"): _LEAD,
        ("POST", "/close"): _LEAD,
        ("GET", "/coders"): _LEAD,
        ("POST", "/coders"): _LEAD,
        ("POST", "/coders/merge"): _LEAD,
        ("POST", "/coders/separate"): _LEAD,
        ("POST", "/coders/shares"): _LEAD,
        ("GET", "/reports"): _LEAD,
        ("GET", "/reports/agreement.xlsx"): _LEAD,
        ("GET", "/reports/summary.xlsx"): _LEAD,
        ("GET", "/model"): _LEAD,
        ("GET", "/model/job"): _LEAD,
        ("POST", "/model/suggest"): _LEAD,
        ("POST", "/model/train"): _LEAD,
        ("POST", "/model/use"): _LEAD,
        ("GET", "/harvests"): _LEAD,
        ("POST", "/harvests"): _LEAD,
        ("POST", "/harvests/check"): _LEAD,
        ("GET", "/start"): _LEAD,
        ("POST", "/start"): _LEAD,
        ("POST", "/start/sample"): _LEAD,
        ("GET", "/start/template.xlsx"): _LEAD,
        ("GET", "/harvests/template.xlsx"): _LEAD,
        ("POST", "/start/check"): _LEAD,
        ("POST", "/start/delete"): _LEAD,
        ("GET", "/preparing"): _LEAD,
        ("GET", "/preparing/job"): _LEAD,
        ("POST", "/start/project"): _LEAD,
        ("GET", "/start/coder"): _LEAD,
        ("POST", "/start/coder"): _LEAD,
    }
)
"""Who may ask for a page, by method and path; None for everybody, signed in or not. A route needs a row here."""
