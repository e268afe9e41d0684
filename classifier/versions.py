"""Versions of the libraries that figures depend on."""

from __future__ import annotations

import platform
from importlib.metadata import version

_LIBRARIES = ("numpy", "scipy", "scikit-learn", "sentence-transformers", "torch", "skops")


def library_versions() -> dict[str, str]:
    """Look up the versions of what a model's figures may depend on."""
    return {"python": platform.python_version(), **{name: version(name) for name in _LIBRARIES}}
