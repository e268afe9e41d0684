"""What each part of the documents was made from: the SHA-256 of its sources, kept beside it."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from pathlib import Path

from classifier.files import sha256_of, write_whole

__all__ = ["MADE_FROM", "ROOT", "keep_sources", "kept_sources", "stale_parts"]

ROOT = Path(__file__).resolve().parent.parent
_KEPT = "docs/sources.json"
_MODEL = ("models/sample/manifest.json", "models/sample/codebook.yaml", "models/sample/heads.npz")
_NEW = "training_data/harvest_3_new.xlsx"
_CODED = ("training_data/harvest_1.xlsx", "training_data/harvest_2.xlsx", "training_data/codebook.yaml")
_TESTED = (
    *_CODED,
    "training_data/harvest_3_agreed.xlsx",
    "training_data/harvest_3_coder_a.xlsx",
    "training_data/harvest_3_coder_b.xlsx",
    "training_data/near_duplicates.csv",
)
_PAGE = "classifier/review"

# Of the page of commands, a test says whether it is the one of the commands there are.
# How well a model does is found anew by training; the model that ships tells whether training has changed.
MADE_FROM: Mapping[str, tuple[str, ...]] = {
    "explain": (*_MODEL, _NEW),
    "python": (*_MODEL, _NEW),
    "figures": (*_MODEL, *_TESTED, "classifier/report/templates/report.html"),
    "workbook": (*_MODEL, _NEW),
    "review": (
        *_MODEL,
        _NEW,
        f"{_PAGE}/static/review.css",
        f"{_PAGE}/templates/_story.html",
        f"{_PAGE}/templates/base.html",
        f"{_PAGE}/templates/outcome.html",
    ),
    "start": (
        _NEW,
        f"{_PAGE}/static/review.css",
        f"{_PAGE}/templates/base.html",
        f"{_PAGE}/templates/start.html",
        f"{_PAGE}/templates/check_file.html",
    ),
    "progress": (
        *_MODEL,
        _NEW,
        f"{_PAGE}/static/review.css",
        f"{_PAGE}/templates/base.html",
        f"{_PAGE}/templates/dashboard.html",
    ),
    "curve": (*_MODEL, *_CODED),
    "card": _MODEL,
    "commands": (),
}


def stale_parts() -> dict[str, tuple[str, ...]]:
    """Name the parts that were made from other files than there are now, each with those files."""
    return {
        part: changed
        for part, kept in kept_sources().items()
        if (changed := tuple(path for path in MADE_FROM[part] if kept.get(path) != sha256_of(ROOT / path)))
    }


def keep_sources(parts: Collection[str]) -> None:
    """Keep what parts were made from, just after they were."""
    kept = {**kept_sources(), **{part: {path: sha256_of(ROOT / path) for path in MADE_FROM[part]} for part in parts}}
    ordered = {part: kept[part] for part in MADE_FROM if part in kept}
    with write_whole(ROOT / _KEPT) as temporary:
        temporary.write_text(json.dumps(ordered, indent=1) + "\n", encoding="utf-8", newline="\n")


def kept_sources() -> dict[str, dict[str, str]]:
    """Return what was kept: of each part that was made by the script, the hashes of its sources by their paths."""
    path = ROOT / _KEPT
    kept: dict[str, dict[str, str]] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return kept
