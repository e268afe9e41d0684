"""Models of a project: those that were trained in it, keeping a new one, and going back to an earlier one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from classifier.errors import ModelError, ProjectError
from classifier.model.manifest import Manifest
from classifier.model.model import Model
from classifier.model.storage import find_model, read_manifest, save_model
from classifier.project.project import Project
from classifier.project.settings import change_settings, locked, read_settings, write_settings

_MODELS = "models"
_NAME = re.compile(r"\d{4,}")
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


def keep_model(
    project: Project, model: Model, rests_on: Mapping[str, Mapping[str, int]], *, is_used: bool
) -> tuple[Model, str]:
    """Keep a model in the project under the next number, and make it the project's if asked; return its place too."""
    with locked(project.folder):  # two may be trained at once
        number = _next_number(project)
        name = f"{project.folder.resolve().name} {number}"
        kept = replace(model, manifest=model.manifest.model_copy(update={"name": name, "rests_on": rests_on}))
        place = f"{_MODELS}/{number:04}"
        save_model(kept, project.folder / place)
        if is_used:
            write_settings(project.folder, {**read_settings(project.folder), "model": place})
    return kept, place


def _next_number(project: Project) -> int:
    taken = [int(path.name) for path in (project.folder / _MODELS).glob("*") if _NAME.fullmatch(path.name)]
    return max(taken, default=0) + 1
