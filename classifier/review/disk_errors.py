"""Errors of a disk that is full or can't be written to, in words for who looks at a page."""

from __future__ import annotations

import errno
import os

from classifier.languages import Message, lazy_gettext

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_REFUSED = frozenset({errno.EROFS, errno.EACCES, errno.EPERM})


def describe_disk_error(error: OSError) -> Message | None:
    """Say what is wrong with the disk of the computer that shows the page; None where it is something else.

    It is translated where it is shown, since a job of the page, which has no language, may have met with it.

    Examples
    --------
    >>> describe_disk_error(OSError(errno.ENOSPC, "No space left on device", "/tmp/harvest_7.xlsx"))
    'There is no space left on the disk of the computer that shows this page. Free some space there, then try again.'
    """
    if error.errno in _FULL:
        return lazy_gettext(
            "There is no space left on the disk of the computer that shows this page. Free some space there, then try "
            "again."
        )
    if error.errno in _REFUSED:
        why = os.strerror(error.errno)
        return lazy_gettext(
            "Something can't be written on the computer that shows this page ({why}). Check who may write there, then "
            "try again.",
            why=why,
        )
    return None
