"""Models of a project: those that were trained in it, and going back to an earlier one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from classifier.errors import ModelError, ProjectError
from classifier.model.manifest import Manifest
from classifier.model.storage import find_model, read_manifest
from classifier.project.project import Project
from classifier.project.settings import change_settings

_MODELS = "models"
_SAMPLE = "sample"


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownModel:
    """A model that a project's suggestions may come from."""

    place: str  # its folder in the project, or its name
    manifest: Manifest
    is_current: bool


def models_of(project: Project) -> tuple[KnownModel, ...]:
    """List the models of a project that can be read, the latest first; the one that it has is among them."""
    trained = sorted((project.folder / _MODELS).glob("*/manifest.json"), reverse=True)
    places = [path.parent.relative_to(project.folder).as_posix() for path in trained]
    places += [place for place in (project.model, _SAMPLE) if place and place not in places]
    found = []
    for place in dict.fromkeys(places):
        try:
            manifest = read_manifest(find_model(project.place_of(place)))
        except ModelError:
            continue  # said when it is used
        is_fitting = manifest.codebook_sha256 == project.codebook.sha256
        if is_fitting or place == project.model:
            found.append(KnownModel(place=place, manifest=manifest, is_current=place == project.model))
    return tuple(found)


def check_model(project: Project, place: str) -> None:
    """Check that a project has a model.

    Raises
    ------
    ProjectError
        If the project has no such model.
    """
    if place not in [known.place for known in models_of(project)]:
        raise ProjectError(f"{project.folder}: has no model {Path(place).name!r}; choose one of those that it has")


def use_model(project: Project, place: str) -> None:
    """Let a project's suggestions come from another one of its models.

    Raises
    ------
    ProjectError
        If the project has no such model.
    """
    check_model(project, place)
    change_settings(project.folder, model=place)
