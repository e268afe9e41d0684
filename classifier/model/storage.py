"""A trained model as a folder: data that can be checked, never code that is run.

``manifest.json``
    What the model was made from (`classifier.model.manifest`).
``codebook.yaml``
    The codebook it suggests codes of.
``heads.npz``
    All that was fitted, as arrays (`classifier.model.fitted_arrays`); no pickle is written or read. Models of format 4
    have ``heads.skops`` (`classifier.model.skops_heads`).
``MODEL_CARD.md``
    For people: what it was trained on, how good it is, what it is not for (`classifier.model.model_card`). Models of
    earlier versions have none. It is never read: what is shown of a model is made from the rest.
``SHA256SUMS``
    Hashes of these, so that a changed byte is noticed (``sha256sum -c SHA256SUMS`` says the same).
"""

from __future__ import annotations

import json
import os
import reprlib
import stat
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from typing import TypeVar

from classifier import sample_files
from classifier.access_rights import is_shared, restrict
from classifier.codebook.schema import Codebook
from classifier.errors import CodebookError, ModelError
from classifier.files import LEFT_BY_SYSTEMS, flush, sha256_of
from classifier.folders import new_folder, restore_folder, unfinished_folder
from classifier.limits import (
    MIB,
    MOST_CODEBOOK_MIB,
    MOST_MANIFEST_MIB,
    MOST_MODEL_LIST_MIB,
    MOST_MODEL_MIB,
    MOST_MODEL_SCHEMA_MIB,
)
from classifier.model.array_archive import ArchiveError, directory_size, read_arrays, unpacked_size, write_arrays
from classifier.model.fit_check import misfits, unlike_codebook
from classifier.model.fitted_arrays import from_arrays, to_arrays
from classifier.model.isolated_loading import check_in_child, remember_model
from classifier.model.manifest import FORMAT, Manifest
from classifier.model.model import Model
from classifier.model.model_card import card_as_markdown
from classifier.model.skops_heads import read_skops_heads, schema_size
from classifier.spelling import nearest
from classifier.wording import listed

_MANIFEST, _CODEBOOK, _CARD = "manifest.json", "codebook.yaml", "MODEL_CARD.md"
SUMS = "SHA256SUMS"
"""The file of a model folder with the hashes of the others."""
_HEADS, _SKOPS_HEADS = "heads.npz", "heads.skops"
_HEADS_OF = {4: _SKOPS_HEADS, 5: _HEADS, FORMAT: _HEADS}  # by the formats that are read; a folder of another is not
_MOST_REPLACED = 5  # times in a row while it is read
Read = TypeVar("Read")


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


def model_argument(folder: Path) -> str:
    """Return what `find_model` finds a folder by: its name alone under ``models/``, else its path.

    Examples
    --------
    >>> model_argument(Path("models/ours")), model_argument(Path("ours"))
    ('ours', './ours')
    """
    if folder.parent == Path("models"):
        return folder.name
    return str(folder) if len(folder.parts) > 1 else f"./{folder}"


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
        manifest = model.manifest.model_copy(update={"format": FORMAT})
        (fresh / _MANIFEST).write_text(manifest.model_dump_json(indent=1) + "\n", encoding="utf-8", newline="\n")
        (fresh / _CODEBOOK).write_text(model.codebook.dump(), encoding="utf-8", newline="\n")
        write_arrays(fresh / _HEADS, to_arrays(model))
        (fresh / _CARD).write_text(card_as_markdown(model), encoding="utf-8", newline="\n")
        (fresh / SUMS).write_text("".join(_sums(fresh)), encoding="utf-8", newline="\n")
        if too_large := next(chain(_large_files(fresh), _large_when_unpacked(fresh)), ""):
            raise ModelError(
                f"{folder}: the model could not be loaded again, as {too_large}; train it on fewer codes or outcomes. "
                "Nothing was written"
            )
        for file in fresh.iterdir():
            flush(file)
        sums_sha256 = sha256_of(fresh / SUMS)
        if folder.exists():
            fresh.chmod(folder.stat().st_mode & 0o7777)
        else:
            restrict(fresh, for_group=is_shared(folder.parent))
    remember_model(sums_sha256)


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
    return _read_in_place(folder, _read_manifest)


def _check_folder(folder: Path) -> None:
    """Check that a model folder is whole, and that one from elsewhere can be loaded in a child process."""
    _check_whole(folder)
    if not sample_files.is_shipped(folder):
        check_in_child(folder, sha256_of(folder / SUMS))


def _check_whole(folder: Path) -> None:
    """Refuse a model folder with a file too few or too many, or one that was changed."""
    _check_files(folder)
    own = (*_summed(folder), SUMS, *LEFT_BY_SYSTEMS)
    strangers = sorted(path.name for path in folder.iterdir() if path.name not in own)
    if strangers:
        raise ModelError(
            f"{folder}: holds {strangers[0]!r}, which is not part of a model; do not use this model: copy the folder "
            "again from where it was made, or delete the file if you know it"
        )
    _check_sums(folder)


def _read_manifest(folder: Path) -> Manifest:
    try:
        content = json.loads((folder / _MANIFEST).read_bytes())
        written = content.get("format")
        if written not in tuple(_HEADS_OF):
            known = listed([str(number) for number in _HEADS_OF])
            raise ModelError(
                f"{folder}: is of format {reprlib.repr(written)}, and this version of outcome-coder reads formats "
                f"{known}; train the model again, or install the version that made it"
            )
        if _HEADS_OF[written] != _heads_of(folder):
            raise _missing(folder, _HEADS_OF[written])
        manifest = Manifest.model_validate(content)
    except (ValueError, AttributeError, OverflowError, RecursionError) as error:
        raise ModelError(f"{folder}: {_MANIFEST} can't be read; train the model again") from error
    if found := manifest.control_characters:
        raise ModelError(f"{folder}: {_MANIFEST} has control characters, {found}; don't use this model")
    if not manifest.knows_near_duplicates:
        raise ModelError(
            f"{folder}: {_MANIFEST} names near-duplicates that are not among the outcomes; train the model again"
        )
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
    return _read_in_place(find_model(name_or_folder), _load)


def _read_in_place(folder: Path, read: Callable[[Path], Read]) -> Read:
    """Check and read a model folder, again where it was replaced meanwhile: its files would be of two models."""
    for _ in range(_MOST_REPLACED):
        before = _identity(folder)
        try:
            _check_folder(folder)
            found = read(folder)
        except (ModelError, OSError):
            restore_folder(folder)
            if _identity(folder) == before:
                raise
        else:
            if _identity(folder) == before:
                return found
    raise ModelError(f"{folder}: other commands are replacing it; run again")


def _identity(folder: Path) -> tuple[int, ...]:
    """Say by what a folder is known from another one of its name; nothing where there is none."""
    try:
        found = [place.stat() for place in (folder, folder / SUMS)]
    except OSError:
        return ()
    return tuple(number for status in found for number in (status.st_ino, status.st_mtime_ns))


def load_directly(folder: Path) -> Model:
    """Load a model in this process; see `load_model`."""
    _check_whole(folder)
    return _load(folder)


def _load(folder: Path) -> Model:
    manifest = _read_manifest(folder)
    try:
        read = Codebook.read_own if sample_files.is_shipped(folder) else Codebook.read
        codebook = read(folder / _CODEBOOK)
    except CodebookError as error:
        raise ModelError(f"{folder}: its codebook can't be read; train the model again\n{error}") from error
    if codebook.sha256 != manifest.codebook_sha256:
        raise ModelError(f"{folder}: {_CODEBOOK} is not the codebook it was trained with; train the model again")
    heads = _heads_of(folder)
    try:
        _refuse_large(folder, _large_when_unpacked(folder))
        is_skops = heads == _SKOPS_HEADS
        arrays = read_skops_heads(folder / heads, codebook.names) if is_skops else read_arrays(folder / heads)
        model = from_arrays(arrays, codebook, manifest)
        wrong, unlike = misfits(model), unlike_codebook(model)
    except ModelError:
        raise
    except Exception as error:  # a damaged file leads the library anywhere
        reason = str(error) if isinstance(error, ArchiveError) else type(error).__name__
        raise ModelError(f"{folder}: {heads} can't be read ({reason}); train the model again") from error
    if wrong:
        raise ModelError(
            f"{folder}: {heads} can't be read (wrong shape, or not numbers: {wrong[0]}); train the model again"
        )
    if unlike:
        raise ModelError(
            f"{folder}: {_MANIFEST} has other fields or codes than {_CODEBOOK} (in {listed(unlike)}); train the model "
            "again"
        )
    return model


def _check_files(folder: Path) -> None:
    """Refuse links and files larger than any model's, before any is opened."""
    for name in (*_summed(folder), SUMS):
        try:
            status = (folder / name).lstat()
        except FileNotFoundError as error:
            raise _missing(folder, name) from error
        if not stat.S_ISREG(status.st_mode):
            raise ModelError(f"{folder}: {name} is a link, or not a file; copy the whole model folder again")
    _refuse_large(folder, _large_files(folder))


def _check_sums(folder: Path) -> None:
    """Refuse files that are not as they were written; after their hashes nothing may follow."""
    recorded = (folder / SUMS).read_text(encoding="utf-8", errors="replace").splitlines(keepends=True)
    changed = [
        expected.split()[1]
        for expected, found in zip(_sums(folder), [*recorded, "", "", ""], strict=False)
        if expected != found
    ]
    if len(recorded) > len(_summed(folder)):
        if not changed and recorded[-1].endswith(f"  {_CARD}\n") and _CARD not in _summed(folder):
            raise _missing(folder, _CARD)
        changed.append(SUMS)
    if changed:
        raise ModelError(
            f"{folder}: {changed[0]} is not as it was written; do not use this model: copy the folder "
            "again from where it was made, or train it again"
        )


def _large_files(folder: Path) -> Iterator[str]:
    limits = {_MANIFEST: MOST_MANIFEST_MIB, _CODEBOOK: MOST_CODEBOOK_MIB, _CARD: MOST_MANIFEST_MIB, SUMS: 1}
    for name in (*_summed(folder), SUMS):
        most_mib = limits.get(name, MOST_MODEL_MIB)
        if (folder / name).stat().st_size > most_mib * MIB:
            yield f"{name} has more than {most_mib} MiB"


def _large_when_unpacked(folder: Path) -> Iterator[str]:
    """Say what of a fitted part takes too much memory when it is read."""
    heads = _heads_of(folder)
    if directory_size(folder / heads) > MOST_MODEL_LIST_MIB * MIB:
        yield f"the list of files in {heads} has more than {MOST_MODEL_LIST_MIB} MiB"
    if unpacked_size(folder / heads) > MOST_MODEL_MIB * MIB:
        yield f"uncompressed, {heads} has more than {MOST_MODEL_MIB} MiB"
    if heads == _SKOPS_HEADS and schema_size(folder / heads) > MOST_MODEL_SCHEMA_MIB * MIB:
        yield f"uncompressed, schema.json of {heads} has more than {MOST_MODEL_SCHEMA_MIB} MiB"


def _refuse_large(folder: Path, found: Iterator[str]) -> None:
    for too_large in found:
        raise ModelError(f"{folder}: {too_large}, which no model has; don't use it")


def _sums(folder: Path) -> Iterator[str]:
    for name in _summed(folder):
        yield f"{sha256_of(folder / name)}  {name}\n"


def _summed(folder: Path) -> tuple[str, ...]:
    has_card = os.path.lexists(folder / _CARD)
    return _MANIFEST, _CODEBOOK, _heads_of(folder), *((_CARD,) if has_card else ())


def _heads_of(folder: Path) -> str:
    """Return the name of the fitted part, that of earlier versions where it is there alone."""
    is_earlier = os.path.lexists(folder / _SKOPS_HEADS) and not os.path.lexists(folder / _HEADS)
    return _SKOPS_HEADS if is_earlier else _HEADS


def _missing(folder: Path, name: str) -> ModelError:
    return ModelError(f"{folder}: {name} is missing; copy the whole model folder again, or train it again")
