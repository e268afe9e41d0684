"""A trained model as a folder: data that can be checked, never code that is run.

``manifest.json``
    What the model was made from (`classifier.model.manifest`).
``codebook.yaml``
    The codebook it suggests codes of.
``heads.skops``
    All that was fitted, in the skops format; no pickle is written or read.
``SHA256SUMS``
    Hashes of the three, so that a changed byte is noticed (``sha256sum -c SHA256SUMS`` says the same).
"""

from __future__ import annotations

import json
import reprlib
import stat
import zipfile
from collections.abc import Iterator
from itertools import chain, combinations
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from classifier import sample_files
from classifier.access_rights import is_shared, restrict
from classifier.codebook.schema import Codebook, CodeField
from classifier.errors import CodebookError, ModelError
from classifier.features.feature_views import ViewMaker
from classifier.features.near_duplicates import Fingerprinter, Fingerprints
from classifier.features.tfidf import LexicalView
from classifier.files import LEFT_BY_SYSTEMS, flush, sha256_of
from classifier.folders import new_folder, restore_folder, unfinished_folder
from classifier.limits import MIB, MOST_CODEBOOK_MIB, MOST_MANIFEST_MIB, MOST_MODEL_MIB, MOST_MODEL_SCHEMA_MIB
from classifier.model.cooccurrence import Combinations
from classifier.model.f1_threshold import DEFAULT_THRESHOLD
from classifier.model.fit_check import misfits, unlike_codebook
from classifier.model.heads import Head, fit_neighbours
from classifier.model.manifest import FORMAT, Manifest
from classifier.model.model import CalibrationScores, FieldModel, Given, Model
from classifier.model.opinion_pool import LogarithmicPool
from classifier.model.regression import ViewClassifiers
from classifier.model.task import TaskType
from classifier.model.zero_shot import Definitions
from classifier.spelling import nearest
from classifier.wording import listed

_MANIFEST, _CODEBOOK, _HEADS, _SUMS = "manifest.json", "codebook.yaml", "heads.skops", "SHA256SUMS"
_SUMMED = (_MANIFEST, _CODEBOOK, _HEADS)
_SCHEMA = "schema.json"  # of the skops format


def model_target(name_or_folder: str | Path) -> Path:
    """Say which folder a model is written to: any path as it is, a bare name under ``models/``."""
    text = str(name_or_folder)
    is_bare = not isinstance(name_or_folder, Path) and Path(text).name == text and text not in {".", ".."}
    return Path("models") / text if is_bare else Path(name_or_folder)


def find_model(name_or_folder: str | Path) -> Path:
    """Find a model: a folder as it is, a bare name under ``models/`` here, else among the shipped ones.

    Raises
    ------
    ModelError
        If there is none, with the nearest name.
    """
    target = model_target(name_or_folder)
    places = [target, sample_files.models_folder() / target.name] if target.parent == Path("models") else [target]
    for place in places:
        restore_folder(place)
        if (place / _MANIFEST).is_file():
            return place
    if target.is_dir():
        raise ModelError(f"{target}: is not a model folder: it has no {_MANIFEST}; make one with `outcome-coder train`")
    if target.parent == Path("models") and Path(target.name).is_dir():
        raise ModelError(
            f"{name_or_folder}: no such model under models/; for the folder of that name here, write ./{target.name}"
        )
    known = [path.name for path in list_models()]
    guess = nearest(target.name, known)
    hint = f"did you mean {guess!r}?" if guess else f"the models are {', '.join(known)}"
    raise ModelError(f"{name_or_folder}: no such model ({hint})")


def codebook_of(name_or_folder: str | Path) -> Path:
    """Return the file of a model's codebook; see `find_model`."""
    return find_model(name_or_folder) / _CODEBOOK


def list_models() -> list[Path]:
    """List the model folders under ``models/`` here and the shipped ones; of two namesakes, the one here."""
    here = Path("models")
    folders = [
        path.parent for root in (here, sample_files.models_folder()) for path in sorted(root.glob(f"*/{_MANIFEST}"))
    ]
    return list({folder.name: folder for folder in reversed(folders)}.values())[::-1]


def save_model(model: Model, folder: Path, *, replace: bool = False) -> None:
    """Write a model folder under a temporary name and rename it when it is whole."""
    check_target(folder, replace=replace)
    if found := model.manifest.control_characters:
        raise ModelError(
            f"{folder}: the model could not be loaded again, as its names or IDs have control characters ({found}); "
            "correct them in the harvest. Nothing was written"
        )
    folder.parent.mkdir(parents=True, exist_ok=True)
    with new_folder(folder, replace=replace) as fresh:
        (fresh / _MANIFEST).write_text(model.manifest.model_dump_json(indent=1) + "\n", encoding="utf-8", newline="\n")
        (fresh / _CODEBOOK).write_text(model.codebook.dump(), encoding="utf-8", newline="\n")
        _skops_io().dump(_to_plain(model), fresh / _HEADS, compression=zipfile.ZIP_DEFLATED, compresslevel=9)
        (fresh / _SUMS).write_text("".join(_sums(fresh)), encoding="utf-8", newline="\n")
        if too_large := next(chain(_large_files(fresh), _large_when_unpacked(fresh)), ""):
            raise ModelError(
                f"{folder}: the model could not be loaded again, as {too_large}; train it on fewer codes or outcomes. "
                "Nothing was written"
            )
        for file in fresh.iterdir():
            flush(file)
        if folder.exists():
            fresh.chmod(folder.stat().st_mode & 0o7777)
        else:
            restrict(fresh, for_group=is_shared(folder.parent))


def check_target(folder: Path, *, replace: bool) -> None:
    """Refuse a folder that a model may not be written to, before the work is done; see `save_model`."""
    if folder.exists():
        _check_replaceable(folder, replace=replace)
    existing = next(parent for parent in folder.absolute().parents if parent.exists())
    with unfinished_folder(existing):
        pass


def _check_replaceable(folder: Path, *, replace: bool) -> None:
    if not (folder / _MANIFEST).is_file():
        raise ModelError(f"{folder}: exists and is not a model folder; choose another --out")
    if not replace:
        raise ModelError(f"{folder}: there is a model of that name; choose another --out, or add --overwrite")


def read_manifest(folder: Path) -> Manifest:
    """Check that a model folder is whole and read what its model was made from.

    Raises
    ------
    ModelError
        If a file is missing or changed, or another version of the program made it.
    """
    _check_files(folder)
    strangers = sorted(path.name for path in folder.iterdir() if path.name not in (*_SUMMED, _SUMS, *LEFT_BY_SYSTEMS))
    if strangers:
        raise ModelError(
            f"{folder}: holds {strangers[0]!r}, which is not part of a model; do not use this model: copy the folder "
            "again from where it was made, or delete the file if you know it"
        )
    _check_sums(folder)
    try:
        content = json.loads((folder / _MANIFEST).read_bytes())
        written = content.get("format")
        if written != FORMAT:
            raise ModelError(
                f"{folder}: is of format {reprlib.repr(written)}, and this version of outcome-coder reads format "
                f"{FORMAT}; train the model again, or install the version that made it"
            )
        manifest = Manifest.model_validate(content)
    except (ValueError, AttributeError, OverflowError, RecursionError) as error:
        raise ModelError(f"{folder}: {_MANIFEST} can't be read; train the model again") from error
    if found := manifest.control_characters:
        raise ModelError(f"{folder}: {_MANIFEST} has control characters, {found}; don't use this model")
    return manifest


def load_model(name_or_folder: str | Path = "sample") -> Model:
    """Load a model by its name or folder; by default the sample model that ships with the program.

    Raises
    ------
    ModelError
        If it is missing, changed, or of another format.

    Examples
    --------
    >>> load_model().codebook.names
    ('change_type_cluster', 'social_actor', 'scale', 'scc_objective')
    """
    folder = find_model(name_or_folder)
    manifest = read_manifest(folder)
    try:
        read = Codebook.read_own if sample_files.is_shipped(folder) else Codebook.read
        codebook = read(folder / _CODEBOOK)
    except CodebookError as error:
        raise ModelError(f"{folder}: its codebook can't be read; train the model again\n{error}") from error
    if codebook.sha256 != manifest.codebook_sha256:
        raise ModelError(f"{folder}: {_CODEBOOK} is not the codebook it was trained with; train the model again")
    # Nothing but scikit-learn's own classes, arrays and plain values is in there, all of which skops
    # trusts by itself; anything else raises.
    try:
        _refuse_large(folder, _large_when_unpacked(folder))
        model = _from_plain(_skops_io().load(folder / _HEADS, trusted=[]), codebook, manifest)
        wrong, unlike = misfits(model), unlike_codebook(model)
    except ModelError:
        raise
    except Exception as error:  # a damaged file leads the library anywhere
        raise ModelError(f"{folder}: {_HEADS} can't be read ({type(error).__name__}); train the model again") from error
    if wrong:
        raise ModelError(
            f"{folder}: {_HEADS} can't be read (wrong shape, or not numbers: {wrong[0]}); train the model again"
        )
    if unlike:
        raise ModelError(
            f"{folder}: {_MANIFEST} has other fields or codes than {_CODEBOOK} (in {listed(unlike)}); train the model "
            "again"
        )
    return model


def _check_files(folder: Path) -> None:
    """Refuse links and files larger than any model's, before any is opened."""
    for name in (*_SUMMED, _SUMS):
        try:
            status = (folder / name).lstat()
        except FileNotFoundError as error:
            raise ModelError(
                f"{folder}: {name} is missing; copy the whole model folder again, or train it again"
            ) from error
        if not stat.S_ISREG(status.st_mode):
            raise ModelError(f"{folder}: {name} is a link, or not a file; copy the whole model folder again")
    _refuse_large(folder, _large_files(folder))


def _check_sums(folder: Path) -> None:
    """Refuse files that are not as they were written; after their hashes nothing may follow."""
    recorded = (folder / _SUMS).read_text(encoding="utf-8", errors="replace").splitlines(keepends=True)
    changed = [
        expected.split()[1]
        for expected, found in zip(_sums(folder), [*recorded, "", "", ""], strict=False)
        if expected != found
    ]
    if len(recorded) > len(_SUMMED):
        changed.append(_SUMS)
    if changed:
        raise ModelError(
            f"{folder}: {changed[0]} is not as it was written; do not use this model: copy the folder "
            "again from where it was made, or train it again"
        )


def _large_files(folder: Path) -> Iterator[str]:
    limits = {_MANIFEST: MOST_MANIFEST_MIB, _CODEBOOK: MOST_CODEBOOK_MIB, _HEADS: MOST_MODEL_MIB, _SUMS: 1}
    for name, most_mib in limits.items():
        if (folder / name).stat().st_size > most_mib * MIB:
            yield f"{name} has more than {most_mib} MiB"


def _large_when_unpacked(folder: Path) -> Iterator[str]:
    """Say what of a fitted part takes too much memory when it is read."""
    with zipfile.ZipFile(folder / _HEADS) as parts:
        n_bytes = sum(part.file_size for part in parts.infolist())
        n_schema_bytes = parts.getinfo(_SCHEMA).file_size
    if n_bytes > MOST_MODEL_MIB * MIB:
        yield f"uncompressed, {_HEADS} has more than {MOST_MODEL_MIB} MiB"
    if n_schema_bytes > MOST_MODEL_SCHEMA_MIB * MIB:
        yield f"uncompressed, {_SCHEMA} of {_HEADS} has more than {MOST_MODEL_SCHEMA_MIB} MiB"


def _refuse_large(folder: Path, found: Iterator[str]) -> None:
    for too_large in found:
        raise ModelError(f"{folder}: {too_large}, which no model has; don't use it")


def _sums(folder: Path) -> Iterator[str]:
    for name in _SUMMED:
        yield f"{sha256_of(folder / name)}  {name}\n"


def _skops_io() -> ModuleType:
    """Import skops where it is needed: it walks through all of scikit-learn, and imports PyTorch, for seconds."""
    from skops import io

    module: ModuleType = io
    return module


def _to_plain(model: Model) -> dict[str, Any]:
    return {
        "description_words": model.views.description_words.to_arrays(),
        "story_words": model.views.story_words.to_arrays(),
        "opening_words": model.views.opening_words.to_arrays(),
        "rarity": model.fingerprinter.rarity,
        "prints": model.fingerprints,
        "alike_from": model.duplicate_threshold,
        "unlike_below": model.outlier_threshold,
        "combinations": [model.combinations.counts[pair] for pair in combinations(model.codebook.names, 2)],
        "given": dict(model.given),
        "fields": {name: _field_to_plain(field) for name, field in model.fields.items()},
    }


def _field_to_plain(field: FieldModel) -> dict[str, Any]:
    return {
        "main": _head_to_plain(field.main),
        "each": None if field.multilabel is None else _head_to_plain(field.multilabel),
        "agreed_confidence": field.calibration_scores.agreed_confidence,
        "agreed_code": field.calibration_scores.agreed_code,
        "surety": field.calibration_scores.joint_confidence,
        "right": field.calibration_scores.right,
        "pieces": list(field.definitions.vectors),
        "owners": field.definitions.owners,
        "f1_threshold": field.f1_threshold,
        "worth_of_earlier": field.duplicate_weight,
    }


def _head_to_plain(head: Head) -> dict[str, Any]:
    is_fitted = bool(head.view_classifiers)
    return {
        "link": str(head.task_type),
        "rows": head.rows,
        "learnt": head.trained_codes,
        "prior": head.prior,
        # The last view's are nearest neighbours: outcomes whose fingerprints and codes the model keeps anyway.
        "regressions": [list(view_classifiers) for view_classifiers in head.view_classifiers[:-1]],
        "asks_neighbours": is_fitted and bool(head.view_classifiers[-1]),
        "weights": head.pool.weights_ if is_fitted else None,
        "offsets": head.pool.offsets_ if is_fitted else None,
        "temperature": head.temperature,
    }


def _from_plain(plain: dict[str, Any], codebook: Codebook, manifest: Manifest) -> Model:
    return Model(
        codebook=codebook,
        manifest=manifest,
        views=ViewMaker(
            description_words=LexicalView.from_arrays(plain["description_words"]),
            story_words=LexicalView.from_arrays(plain["story_words"]),
            opening_words=LexicalView.from_arrays(plain["opening_words"]),
        ),
        fields={
            field.name: _field_from_plain(
                plain["fields"][field.name], field, plain["prints"], plain["given"][field.name]
            )
            for field in codebook.fields
        },
        fingerprinter=Fingerprinter(rarity=plain["rarity"]),
        fingerprints=plain["prints"],
        duplicate_threshold=plain["alike_from"],
        outlier_threshold=plain["unlike_below"],
        combinations=Combinations(
            codebook=codebook,
            counts=dict(zip(combinations(codebook.names, 2), plain["combinations"], strict=True)),
        ),
        given={name: plain["given"][name] for name in codebook.names},
    )


def _field_from_plain(plain: dict[str, Any], field: CodeField, fingerprints: Fingerprints, given: Given) -> FieldModel:
    return FieldModel(
        # `given` numbers the codes of an outcome: 1 is the main one.
        main=_head_from_plain(plain["main"], fingerprints, (given == 1).astype(np.int8)),
        multilabel=None
        if plain["each"] is None
        else _head_from_plain(plain["each"], fingerprints, (given > 0).astype(np.int8)),
        calibration_scores=CalibrationScores(
            agreed_confidence=plain["agreed_confidence"],
            agreed_code=plain["agreed_code"],
            joint_confidence=plain["surety"],
            right=plain["right"],
        ),
        definitions=Definitions(vectors=tuple(plain["pieces"]), owners=plain["owners"], n_codes=len(field.codes)),
        f1_threshold=plain.get("f1_threshold", DEFAULT_THRESHOLD),  # models made before there was one
        duplicate_weight=plain["worth_of_earlier"],
    )


def _head_from_plain(plain: dict[str, Any], fingerprints: Fingerprints, given: Given) -> Head:
    pool = LogarithmicPool(TaskType(plain["link"]))
    view_classifiers: tuple[ViewClassifiers, ...] = ()
    if plain["weights"] is not None:
        pool.weights_, pool.offsets_ = plain["weights"], plain["offsets"]
        neighbours: ViewClassifiers = ()
        if plain["asks_neighbours"]:
            votes = given[plain["rows"]][:, plain["learnt"]]
            neighbours = (fit_neighbours(fingerprints[plain["rows"]], votes, pool.task_type),)
        view_classifiers = (*map(tuple, plain["regressions"]), neighbours)
    return Head(
        task_type=pool.task_type,
        rows=plain["rows"],
        trained_codes=plain["learnt"],
        prior=plain["prior"],
        view_classifiers=view_classifiers,
        pool=pool,
        temperature=plain["temperature"],
    )
