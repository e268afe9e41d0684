"""Versions of the libraries that figures depend on."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

_LIBRARIES = ("numpy", "scipy", "scikit-learn", "sentence-transformers", "torch", "skops")


def library_versions() -> dict[str, str]:
    """Look up the versions of what a model's figures may depend on, of what is installed of it."""
    return {"python": platform.python_version(), **{name: found for name in _LIBRARIES if (found := _version(name))}}


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
