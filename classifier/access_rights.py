"""Access rights: what the program keeps is for its owner alone, or for a group where that is asked for.

Projects, models and caches hold texts about people at risk, or let something be inferred about them. The files
that a user names as outputs have the rights that the user's mask gives them, as with any program.
"""

from __future__ import annotations

import os
from pathlib import Path

_OWNER, _GROUP = 0o700, 0o2770  # with setgid, what is made in the folder belongs to the group too
_OWNER_MASK, _GROUP_MASK = 0o077, 0o007
_state: dict[str, int] = {}


def keep_private() -> None:
    """Make files for their owner alone from now on; for a process of ours, not for a program that imports us."""
    _state["mask"] = os.umask(_OWNER_MASK)


def rights_of_folder() -> int:
    """Return the rights of a folder that the user has named as an output."""
    return 0o777 & ~_user_mask()


def rights_of_file(folder: Path) -> int:
    """Return the rights of a new file: those the user's mask gives, but to nobody who can't read its folder."""
    return 0o660 if is_shared(folder) else 0o666 & folder.stat().st_mode & ~_user_mask()


def restrict(folder: Path, *, for_group: bool = False) -> None:
    """Let only its owner into a folder, or its group as well.

    Raises
    ------
    OSError
        If the rights can't be changed.
    """
    folder.chmod(_GROUP if for_group else _OWNER)


def follow(folder: Path) -> None:
    """Make files for a folder's group too from now on, if it is shared by one, else for their owner alone."""
    if "mask" in _state:
        os.umask(_GROUP_MASK if is_shared(folder) else _OWNER_MASK)


def is_shared(folder: Path) -> bool:
    """Whether a folder is shared by its group."""
    return folder.stat().st_mode & _GROUP == _GROUP


def _user_mask() -> int:
    if "mask" in _state:
        return _state["mask"]
    mask = os.umask(0)
    os.umask(mask)
    return mask


def allow_readers(folder: Path) -> None:
    """Give a folder, which was made for its owner alone, the rights of any output of the user's."""
    for path in (folder, *folder.rglob("*")):
        path.chmod(rights_of_folder() if path.is_dir() else rights_of_file(path.parent))
