"""Puts the sample model, its codebook and a sample harvest into the wheel, from the root folders they live in."""

from __future__ import annotations

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SHIPPED = {
    "models/sample": "classifier/_shipped/models/sample",
    "training_data/codebook.yaml": "classifier/_shipped/codebook.yaml",
}


class ShippedFiles(BuildHookInterface):  # type: ignore[type-arg]  # its configuration is of no interest here
    """Adds the files to a wheel that is carried elsewhere; an editable install finds them in the checkout."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Say which files go where."""
        if version == "standard":
            build_data["force_include"].update(SHIPPED)
