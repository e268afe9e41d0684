"""Users file: coders who may sign in over a network, their roles and password hashes.

A users file is plain text, a line per coder: the name, the role and the hash of a password, with colons between. Who
has no role there is a coder, the role that may do least. Blank lines and lines that start with # are left as they are.
"""

from __future__ import annotations

import functools
import re
import secrets
import threading
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

from classifier.coder_names import identity_of, tidied
from classifier.errors import UsersError
from classifier.files import check_writable, target_of, write_whole
from classifier.locks import hold_lock
from classifier.project.lookalike_coders import lookalike_of
from classifier.review.roles import Role
from classifier.wording import counted

_FEWEST_CHARACTERS = 12
_HASH = re.compile(r"\$argon2id\$v=\d+\$m=\d+,t=\d+,p=\d+\$[A-Za-z0-9+/]+\$[A-Za-z0-9+/]+")
_JOINERS = "\u200c\u200d"  # Persian and Indian names are written with them, though they print nothing
_HASHER = PasswordHasher()
_AT_ONCE = threading.Semaphore(2)  # one check takes 64 MiB, and anybody can ask for one


class Users:
    """The coders of a users file.

    Parameters
    ----------
    hashes : mapping of str to str
        The hash of each coder's password, by name. No two names are the same coder's; see `identity_of`.
    leads : collection of str
        Those of them who lead.

    Examples
    --------
    >>> path = getfixture("tmp_path") / "users.txt"
    >>> set_password(path, "Ana", "seven herons over the weir")
    'Ana'
    >>> users = Users.read(path)
    >>> users.names
    ('Ana',)
    >>> users.check("ana", "seven herons over the weir")
    'Ana'
    >>> users.check("ana", "seven herons over the dam") is None
    True
    """

    def __init__(self, hashes: Mapping[str, str], *, leads: Collection[str] = ()) -> None:
        self._coders = {identity_of(name): (name, hashed) for name, hashed in hashes.items()}
        self._leads = frozenset(map(identity_of, leads))
        if len(self._coders) < len(hashes):
            raise ValueError("two names are spellings of the same one")
        _hash_of_nobody()  # made now, as the first unknown name would otherwise take longer

    @classmethod
    def read(cls, path: Path) -> Users:
        """Read a users file."""
        lines = _text_of(path).split("\n")
        problems = tuple(_problems(lines))
        if problems:
            listed = "".join(f"\n  {problem}" for problem in problems)
            raise UsersError(f"{path.name}: {counted(len(problems), 'problem')} to correct{listed}")
        parted = [_parted(line) for line in lines if not _is_remark(line)]
        return cls(
            {name: hashed for name, _, hashed in parted},
            leads=[name for name, role, _ in parted if role == Role.LEAD],
        )

    @property
    def names(self) -> tuple[str, ...]:
        """The coders, in the order of the file."""
        return tuple(name for name, _ in self._coders.values())

    @property
    def leads(self) -> tuple[str, ...]:
        """The coders who lead."""
        return tuple(name for name in self.names if self.role_of(name) is Role.LEAD)

    def role_of(self, name: str) -> Role:
        """Return what a coder may do; of a name that isn't in the file, what may be done least."""
        return Role.LEAD if identity_of(name) in self._leads else Role.CODER

    def hash_of(self, name: str) -> str | None:
        """Return the hash of a name, or None where there is no such coder."""
        return self._coders.get(identity_of(name), (name, None))[1]

    def check(self, name: str, password: str) -> str | None:
        """Return the coder's name as written in the file, or None where name or password are wrong.

        It takes a tenth of a second on purpose, whether there is such a coder or not; so ask in a thread.
        """
        known, hashed = self._coders.get(identity_of(name), (None, _hash_of_nobody()))
        try:
            with _AT_ONCE:
                _HASHER.verify(hashed, _bytes_of(password))
        except VerificationError:
            return None
        return known


class UsersFile:
    """A users file that is asked again and again, and read when it was changed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._read: tuple[tuple[int, ...], Users] | None = None

    def users(self) -> Users:
        """Return the coders as the file has them now.

        Raises
        ------
        UsersError
            If it can't be read, or has faults.
        """
        with self._lock:
            stamp = _stamp(self.path)
            if self._read is None or self._read[0] != stamp:
                self._read = (stamp, Users.read(self.path))  # what is written meanwhile is read the next time
            return self._read[1]


def set_password(path: Path, name: str, password: str, *, role: Role | None = None) -> str:
    """Write a coder's password to a users file, in place of an earlier one or at the end; return their name there.

    A coder who is in the file keeps the name as written there, and their role unless another is given; all other
    lines stay as they are. A new file can be read by its owner alone.
    """
    if fault := _fault_in(name.strip()):
        raise UsersError(f"{fault[0]}; {fault[1]}")
    if len(unicodedata.normalize("NFC", password)) < _FEWEST_CHARACTERS:
        raise UsersError(
            f"the password is too short; choose one of at least {_FEWEST_CHARACTERS} characters, such as a few "
            "unrelated words"
        )
    check_writable(path)
    return _put(path, tidied(name), hashed=_HASHER.hash(_bytes_of(password)), role=role)


def set_role(path: Path, name: str, role: Role) -> str:
    """Change what a coder of a users file may do; return their name there.

    Raises
    ------
    UsersError
        If the file has no such coder, or faults.
    """
    if (known := Users.read(path)).hash_of(name) is None:
        raise UsersError(
            f"{path.name}: has no coder {tidied(name)!r}; it has {', '.join(known.names)}. Add one with `outcome-coder "
            "users add`"
        )
    check_writable(path)
    return _put(path, tidied(name), hashed=None, role=role)


def how_to_make_a_lead(path: Path) -> str:
    """Say what is missing in a users file that has no lead, and the command that names one."""
    return (
        f"{path}: has no lead yet, so nobody can adjudicate differences, add harvests, train, or download everybody's "
        f"decisions. Name one: outcome-coder users role NAME lead --users {path}"
    )


def _stamp(path: Path) -> tuple[int, ...]:
    try:
        found = path.stat()
    except OSError:
        return ()
    return found.st_mtime_ns, found.st_size, found.st_ino


def _text_of(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise UsersError(f"{path}: no such file; create it by setting a coder's password") from None
    except OSError as error:
        raise UsersError(f"{path}: can't be read ({error.strerror}); name a users file that you may read") from error
    except UnicodeDecodeError:
        # The foreign error would quote the bytes, hashes and all.
        raise UsersError(f"{path.name}: is not plain text in UTF-8; save it in that encoding") from None


def _is_remark(line: str) -> bool:
    return not line.strip() or line.strip().startswith("#")


def _parted(line: str) -> tuple[str, str, str]:
    """Take a line apart into name, role and hash."""
    name, _, rest = line.partition(":")
    role, _, hashed = rest.rpartition(":")
    return name.strip(), role.strip().casefold(), hashed.strip()


def _problems(lines: list[str]) -> Iterator[str]:
    """Tell what is wrong, quoting nothing: a line may hold anything, a password included."""
    first: dict[str, int] = {}
    for number, line in enumerate(lines, start=1):
        if _is_remark(line):
            continue
        name, role, hashed = _parted(line)
        if ":" not in line:
            yield f"line {number}: has no colon (write a name, a colon, and the hash of a password)"
        elif role and role not in set(Role):
            yield f"line {number}: the role is neither coder nor lead (write one of them between the two colons)"
        elif fault := _fault_in(name):
            yield f"line {number}: {fault[0]} ({fault[1]})"
        elif (earlier := first.setdefault(identity_of(name), number)) != number:
            yield f"line {number}: has the same name as line {earlier} (delete one of them)"
        elif not _HASH.fullmatch(hashed):
            yield f"line {number}: has no hash of a password after the colon (set a new password for this coder)"


def _fault_in(name: str) -> tuple[str, str] | None:
    if not identity_of(name):
        return "the name is missing", "write one"
    if ":" in name or name.startswith("#"):
        return "a name can't contain a colon or start with #", "leave it out"
    if not all(letter.isprintable() or letter in _JOINERS for letter in name):
        return "a name contains an invisible character", "type the name again"
    return None


def _put(path: Path, name: str, *, hashed: str | None, role: Role | None) -> str:
    """Write a coder's line; what is None stays as it is."""
    path = target_of(path)  # so that who writes through a link and who doesn't wait for each other
    with hold_lock(path.with_name(f".{path.name}.lock")):
        before = _text_of(path).rstrip("\n") if path.exists() else ""
        lines: list[str] = []
        written = ""
        for line in before.split("\n") if before else []:
            known, had_role, had_hash = _parted(line)
            if _is_remark(line) or identity_of(known) != identity_of(name):
                lines.append(line)
            elif not written:
                lines.append(_line(known, role or had_role, hashed or had_hash))
                written = known
        if not written:
            _refuse_lookalike(name, [_parted(line)[0] for line in lines if not _is_remark(line)], path)
            lines.append(_line(name, role or Role.CODER, hashed or ""))
        with write_whole(path, for_owner=True) as temporary:
            temporary.write_bytes("".join(f"{line}\n" for line in lines).encode("utf-8"))
    return written or name


def _refuse_lookalike(name: str, known: Iterable[str], path: Path) -> None:
    """Refuse a new name that people can't tell from one in the file."""
    if (alike := lookalike_of(name, known)) is not None:
        raise UsersError(
            f"{path.name}: {name!r} looks like {alike!r}, who is in it; write the name as there, or, for another "
            "person, one that can be told apart"
        )


def _line(name: str, role: str, hashed: str) -> str:
    return f"{name}: {role}: {hashed}" if role == Role.LEAD else f"{name}: {hashed}"


def _bytes_of(password: str) -> bytes:
    """Let an accent count the same however a keyboard composes it."""
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")


@functools.cache
def _hash_of_nobody() -> str:
    return _HASHER.hash(secrets.token_bytes())
