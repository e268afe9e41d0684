"""Model folders loaded in a child process first, so that a damaged or hostile one can't end the program.

The child process hands nothing over but what is wrong: passing a model on would take longer than loading it again. A
model that was made on this machine, or was loaded on it before, is known by the hash of its list of hashes and is not
tried again.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import platformdirs

from classifier.child_process import StoppedError, StopReason, run_in_child
from classifier.errors import ModelError, OutputError
from classifier.files import write_whole
from classifier.locks import try_lock

_READER = "classifier.model.child_reader:problem_of_model"
_FILE = "loaded_models.txt"
_MOST_KNOWN = 1000
_STRANGER = "don't use it unless you know who made it; ask them for it again"
_REMEDIES = {
    StopReason.TIME: _STRANGER,
    StopReason.MEMORY: _STRANGER,
    StopReason.SIZE: _STRANGER,
    StopReason.ENDED: _STRANGER,
    StopReason.FAILED: "copy the folder again from where it was made, or train it again",
    StopReason.NOT_STARTED: "no model was loaded",
}


def check_in_child(folder: Path, sums_sha256: str) -> None:
    """Load a model in a child process, unless it is known on this machine.

    Parameters
    ----------
    folder : Path
        A folder whose files have the hashes that are listed in it.
    sums_sha256 : str
        The hash of that list.

    Raises
    ------
    ModelError
        If it can't be loaded there.
    """
    if sums_sha256 in _known():
        return
    place = str(folder.absolute())
    try:
        problem = run_in_child(_READER, place)
        if not isinstance(problem, str):
            raise StoppedError(StopReason.FAILED)
    except StoppedError as error:
        raise ModelError(f"{folder}: {error.reason}; {_REMEDIES[error.reason]}") from error
    if problem:
        raise ModelError(problem.replace(place, str(folder)))
    remember_model(sums_sha256)


def remember_model(sums_sha256: str) -> None:
    """Remember that a model was made or loaded here; where nothing can be written now, it is tried again next time."""
    path = _path()
    with suppress(OSError, OutputError):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = try_lock(path.with_name(f".{path.name}.lock"))
        if lock is None:
            return
        try:
            with write_whole(path, for_owner=True) as temporary:
                known = [one for one in _known() if one != sums_sha256]
                kept = [*known, sums_sha256][-_MOST_KNOWN:]
                temporary.write_text("".join(f"{one}\n" for one in kept), encoding="ascii", newline="\n")
        finally:
            lock.release()


def _known() -> list[str]:
    """Return the hashes of the models that are known, the latest last."""
    path = _path()
    try:
        # Opening anything but a file, such as a pipe, may take forever.
        return path.read_text(encoding="ascii").split() if path.is_file() else []
    except (OSError, ValueError):
        return []


def _path() -> Path:
    return Path(platformdirs.user_data_dir("outcome-coder")) / _FILE
