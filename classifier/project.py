"""A project: the harvests that a team codes, their codebook and model, and the journal of what was decided."""

from __future__ import annotations

import datetime
import json
import shutil
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from classifier.codebook import Codebook
from classifier.coder_names import CoderNames
from classifier.codings import align_with
from classifier.errors import OutputError, ProjectError
from classifier.faults import Fault, FaultKind, Note, group_faults
from classifier.files import flush, sha256_of, write_whole
from classifier.fragment_ids import CORRECT, loose_key
from classifier.harvest import Harvest, read_harvest, read_harvests, refuse_partial
from classifier.journal import Decision, Entry, Journal, Way
from classifier.kept_suggestions import KeptSuggestions
from classifier.layout import known_columns
from classifier.ledger import Ledger
from classifier.outcomes import Outcome
from classifier.reading import ReadingOptions
from classifier.sheets import read_sheets
from classifier.steps import begin_step

__all__ = [
    "Added",
    "Project",
    "Shares",
    "add_harvest",
    "admit_coder",
    "admit_partial",
    "change_shares",
    "coders_in",
    "new_project",
    "open_project",
    "original_name",
    "replace_codebook",
    "shown_name",
    "use_model",
]

_SETTINGS, _CODEBOOK, _HARVESTS, _JOURNAL = "project.json", "codebook.yaml", "harvests", "journal.sqlite"
_SUGGESTIONS, _CODEBOOKS = "suggestions", "codebooks"
_FORMAT = 1
_MEANING = '<>:"/\\|?*'  # to one system or another
_JOINERS = "\u200c\u200d"  # Persian and Indian names are written with them, though they print nothing
_LONGEST_NAME = 100  # bytes; systems take 255, of a number, the name and what is added while it is written
_LONGEST_SUFFIX = 10
_CODES = "codes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """How a project's outcomes are shared out.

    Attributes
    ----------
    blind : float
        The share that is coded with no suggestion in view, so that agreement can be measured honestly.
    double : float
        The share that two coders code.
    seed : int
        Decides which ones.
    """

    blind: float = 0.15
    double: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        for share in (self.blind, self.double):
            if not 0.0 <= share <= 1.0:
                raise ValueError(f"a share must be in [0, 1], got {share}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """What a team codes.

    Attributes
    ----------
    folder : Path
    codebook : Codebook
    model : str or None
        The model whose suggestions are shown, by its name or folder; a folder in the project counts first.
    harvests : tuple of Harvest
        Copies of the files that were added, in their order; of an outcome that stands in several, the last counts.
    journal : Journal
    shares : Shares
    columns : dict of str to str
        What columns of its files hold, by their names there, as its users said.
    accepted : frozenset of str
        Which labels are read as codes they are a part of, as somebody confirmed.
    """

    folder: Path
    codebook: Codebook
    model: str | None
    harvests: tuple[Harvest, ...]
    journal: Journal
    shares: Shares
    columns: Mapping[str, str] = field(default_factory=dict)
    accepted: frozenset[str] = frozenset()

    @property
    def outcomes(self) -> dict[str, Outcome]:
        """The outcomes by their IDs, each as it stands in the last file that has it."""
        return {outcome.fragment_id: outcome for harvest in self.harvests for outcome in harvest.outcomes}

    @property
    def current(self) -> tuple[Harvest, ...]:
        """The files as they are now, a harvest for each sheet: of a file that was added again, the last version."""
        last = {original_name(one.path): one.path for one in self.harvests}
        return tuple(one for one in self.harvests if last[original_name(one.path)] == one.path)

    @property
    def model_place(self) -> str | Path | None:
        """Where its model is found: in the project, if that has one of the name."""
        inside = self.folder / (self.model or "")
        return inside if self.model and inside.is_dir() else self.model

    @property
    def suggestions(self) -> KeptSuggestions:
        """The suggestions that were made for its outcomes."""
        return KeptSuggestions(self.folder / _SUGGESTIONS)

    def reading(self, options: ReadingOptions = ReadingOptions()) -> ReadingOptions:
        """Say how a file of this project is read: what was said of its columns before still holds."""
        return options.upon(known_columns(self.columns, self.codebook))

    @property
    def coders(self) -> CoderNames:
        """Who has coded in it, or was confirmed as a coder, each under the spelling that was used first."""
        return CoderNames(self.journal.coders())

    def ledger(self) -> Ledger:
        """Say what counts of the journal."""
        return Ledger(self.journal.entries())

    def decided(self) -> dict[tuple[str, str, str], Entry]:
        """Give what counts of coders' own decisions, by coder, outcome and field."""
        return self.ledger().own()


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """What a harvest brought to a project.

    Attributes
    ----------
    new, same : tuple of str
        The IDs of outcomes that were not there before, and of those that stand in it as they stood.
    changed : dict of str to tuple of str
        By ID, what of the outcome is another now: parts of its story by their columns, or other columns.
    missing : tuple of str
        Outcomes of the file's earlier version that it lacks; they and their decisions stay.
    n_decided : int
        Outcomes that were decided on already, and of which more has changed than the codes in the file.
    sheets : tuple of str
        The sheets that were taken.
    notes : tuple of Note
        What is worth a look in the file, such as IDs that look like others of the project.
    """

    project: Project
    new: tuple[str, ...]
    same: tuple[str, ...]
    changed: Mapping[str, tuple[str, ...]]
    missing: tuple[str, ...]
    n_decided: int
    sheets: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()


def new_project(
    folder: Path,
    *,
    codebook: Path,
    model: str | None = None,
    journal: str | None = None,
    shares: Shares = Shares(),
) -> Project:
    """Begin a project in a folder that is not there yet, or empty.

    Parameters
    ----------
    codebook : path
        A copy of it is kept.
    model : str, optional
        A model under ``models/``, or the folder of one.
    journal : str, optional
        The address of a database for a team; by default a file in the folder.

    Raises
    ------
    OutcomeCoderError
        If the folder is somebody's, or the codebook has faults.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ProjectError(f"{folder}: exists and is not empty; choose another folder for the project")
    if not folder.absolute().parent.is_dir():
        raise ProjectError(f"{folder.parent}: no such folder; make it, or choose another one")
    read = Codebook.read(codebook)
    try:
        folder.mkdir(exist_ok=True)
        (folder / _HARVESTS).mkdir()
    except OSError as error:
        raise ProjectError(f"{folder}: can't be made ({error.strerror}); choose another folder") from error
    _keep_codebook(codebook, read, folder / _CODEBOOK)
    _write_settings(
        folder,
        {
            "format": _FORMAT,
            "created": datetime.datetime.now().astimezone().isoformat(timespec="seconds"),
            "model": model,
            "journal": journal,
            "shares": asdict(shares),
            "harvests": [],
        },
    )
    return open_project(folder)


def open_project(folder: Path) -> Project:
    """Open a project.

    Raises
    ------
    OutcomeCoderError
        If it is none, or something of it is missing or changed.
    """
    begin_step("Opening the project")
    settings = _read_settings(folder)
    if not (folder / _CODEBOOK).is_file():
        raise ProjectError(f"{folder / _CODEBOOK}: is missing; put the file back, from a backup of the project")
    codebook = Codebook.read(folder / _CODEBOOK)
    journal = Journal(settings["journal"]) if settings["journal"] else Journal.at(folder / _JOURNAL)
    return Project(
        folder=folder,
        codebook=codebook,
        model=settings["model"],
        harvests=tuple(_harvests(folder, settings, codebook)),
        journal=journal,
        shares=Shares(**settings.get("shares", {})),
        columns=settings.get("columns", {}),
        accepted=frozenset(settings.get("accepted", ())),
    )


def admit_coder(project: Project, name: str, *, is_new: bool = False) -> str:
    """Return under which name a coder is kept in a project; a new one who was confirmed is written into its journal.

    Parameters
    ----------
    is_new : bool
        Whether it was confirmed that the coder is new.

    Raises
    ------
    ProjectError
        If there is no name, or it is a new one in a project that has coders, and was not confirmed.
    """
    known = project.coders
    admitted = known.admit(name, where=str(project.folder), is_new=is_new)
    if len(known) and known.find(admitted) is None:
        project.journal.record(
            [
                Decision(
                    coder=admitted, fragment_id="", field="", codes=(), way=Way.JOINED, codebook=project.codebook.sha256
                )
            ]
        )
    return admitted


def admit_partial(project: Project, harvests: Sequence[Harvest], *, is_confirmed: bool) -> None:
    """Let labels that are a part of one code be recorded as that code, if that was confirmed now or before.

    What is confirmed now is kept, and holds for the project's other files too.

    Raises
    ------
    FaultsError
        With what is still to be confirmed.
    """
    if not is_confirmed:
        refuse_partial(harvests, accepted=project.accepted)
        return
    told = [fault.what for one in harvests for fault in one.warnings if fault.kind is FaultKind.GUESS]
    if not project.accepted.issuperset(told):
        settings = _read_settings(project.folder)
        accepted = dict.fromkeys((*settings.get("accepted", ()), *told))
        _write_settings(project.folder, {**settings, "accepted": list(accepted)})


def use_model(project: Project, model: str) -> Project:
    """Let a project's suggestions come from another model, by its name or folder."""
    _write_settings(project.folder, {**_read_settings(project.folder), "model": model})
    return replace(project, model=model)


def coders_in(folder: Path) -> tuple[str, ...]:
    """Name who has coded in a project, whoever did last first; nobody where its journal is a team's database.

    The project isn't opened, which would read all its harvests.

    Raises
    ------
    OutcomeCoderError
        If the journal can't be read.
    """
    if _read_settings(folder)["journal"] or not (folder / _JOURNAL).exists():
        return ()
    journal = Journal.at(folder / _JOURNAL)
    try:
        return journal.coders()
    finally:
        journal.close()


def change_shares(project: Project, shares: Shares) -> Project:
    """Share a project's outcomes out otherwise; who was blind stays so when the share grows."""
    _write_settings(project.folder, {**_read_settings(project.folder), "shares": asdict(shares)})
    return replace(project, shares=shares)


def replace_codebook(project: Project, codebook: Path) -> Path:
    """Put another codebook into a project's folder; the one before is kept, and its path returned.

    The decisions stay as they are: see `classifier.codebook_change.change_codebook`.
    """
    current = project.folder / _CODEBOOK
    # By what the file says now: somebody else may have replaced it since the project was opened.
    kept = project.folder / _CODEBOOKS / f"{Codebook.read(current).sha256[:12]}.yaml"
    kept.parent.mkdir(exist_ok=True)
    _copy(current, kept)
    _keep_codebook(codebook, Codebook.read(codebook), current)
    return kept


def _keep_codebook(path: Path, codebook: Codebook, to: Path) -> None:
    """Keep a codebook as it is written, or as YAML where it comes from another program."""
    if path.suffix.lower() in (".yaml", ".yml"):
        _copy(path, to)
        return
    with write_whole(to) as temporary:
        temporary.write_text(codebook.dump(), encoding="utf-8", newline="\n")


def add_harvest(project: Project, path: Path, *, options: ReadingOptions = ReadingOptions()) -> Added:
    """Add a harvest, or a corrected version of one; what was decided stays.

    Parameters
    ----------
    options : ReadingOptions
        How it is read; what is said of its columns is kept, and holds for the project's other files too.

    Raises
    ------
    OutcomeCoderError
        If the file has faults; then nothing was added.
    """
    reading = _as_before(project, path, project.reading(options))
    read = read_harvests(path, codebook=project.codebook, options=reading)
    admit_partial(project, read, is_confirmed=options.accept_partial)
    outcomes = [outcome for harvest in read for outcome in harvest.outcomes]
    before = project.outcomes
    changed = {
        outcome.fragment_id: differences
        for outcome in outcomes
        if outcome.fragment_id in before and (differences := tuple(_differences(before[outcome.fragment_id], outcome)))
    }
    ids = dict.fromkeys(outcome.fragment_id for outcome in outcomes)
    name = _name_to_keep(project, path, ids)
    missing = [
        outcome.fragment_id
        for harvest in _earlier(project, name)
        for outcome in harvest.outcomes
        if outcome.fragment_id not in ids
    ]
    aligned = [align_with(one, dict.fromkeys(before, "the project"), match=False, remedy=CORRECT) for one in read]
    kept = tuple(_keep(project, path, read, reading, name=name))
    project = replace(project, harvests=(*project.harvests, *kept), columns=reading.columns)
    decided = {fragment_id for _, fragment_id, _ in project.decided()}
    return Added(
        project=project,
        new=tuple(name for name in ids if name not in before),
        same=tuple(name for name in ids if name in before and name not in changed),
        changed=changed,
        missing=tuple(missing),
        n_decided=len(decided.intersection(name for name, what in changed.items() if what != (_CODES,))),
        sheets=tuple(harvest.sheet.name for harvest in read),
        notes=group_faults([*_told_of_name(path, name), *(fault for harvest in aligned for fault in harvest.warnings)]),
    )


def _earlier(project: Project, name: str) -> tuple[Harvest, ...]:
    """Return the last version of a file in a project, a harvest for each of its sheets that was taken."""
    return tuple(one for one in project.current if shown_name(original_name(one.path)) == name)


def _name_to_keep(project: Project, path: Path, ids: Collection[str]) -> str:
    """Return under which name a file is kept, which says of which earlier file it is a version.

    A file that has no outcome of another one is no version of it, whatever it is called: its name gets a number.
    """
    known: dict[str, set[str]] = {}
    for one in project.current:
        # IDs that were typed otherwise are the same outcomes still, as far as this goes; they are told.
        outcomes = (loose_key(outcome.fragment_id) for outcome in one.outcomes)
        known.setdefault(shown_name(original_name(one.path)), set()).update(outcomes)
    shown = Path(shown_name(path.name))
    numbered = (f"{shown.stem} ({number}){shown.suffix}" for number in range(2, len(known) + 3))
    names = (shown.name, *numbered)
    n_shared = {name: len(known[name].intersection(map(loose_key, ids))) for name in names if name in known}
    likeliest = max(n_shared, key=lambda name: n_shared[name], default="")
    return likeliest if n_shared.get(likeliest) else next(name for name in names if name not in known)


def _told_of_name(path: Path, name: str) -> Iterator[Fault]:
    if name != shown_name(path.name):
        yield Fault(
            kind=FaultKind.NOTE,
            where=path.name,
            what=f"is kept as {name!r}, as the project has another file of that name, with other outcomes",
            remedy="if it is a corrected version of that, give its outcomes the same FragmentIDs",
        )


def _as_before(project: Project, path: Path, reading: ReadingOptions) -> ReadingOptions:
    """Take the sheets of a file again that were taken of its earlier version, as far as it still has them."""
    taken = [one.sheet.name for one in _earlier(project, shown_name(path.name)) if _is_named(one)]
    if reading.all_sheets or not taken:
        return reading
    there = {sheet.name for sheet in read_sheets(path, encoding=reading.encoding)}
    return replace(reading, sheets=tuple(dict.fromkeys((*(name for name in taken if name in there), *reading.sheets))))


def _is_named(harvest: Harvest) -> bool:
    """Whether its sheet has a name of its own; that of a text file is called after the file."""
    return harvest.sheet.name != harvest.path.stem


def _keep(
    project: Project, path: Path, read: Sequence[Harvest], reading: ReadingOptions, *, name: str
) -> Iterator[Harvest]:
    """Keep a copy of a file, and which of its sheets are the project's."""
    settings = _read_settings(project.folder)
    name = f"{len(settings['harvests']) + 1:03}_{name}"
    copy = project.folder / _HARVESTS / name
    _copy(path, copy)
    sha256 = sha256_of(copy)
    # A text file's one sheet is called after the file, and so otherwise in the copy; a workbook's keep their names.
    there = {sheet.name for sheet in read_sheets(copy, encoding=reading.encoding)}
    for harvest in read:
        entry = {"file": name, "sha256": sha256}
        if harvest.sheet.name in there:
            entry["sheet"] = harvest.sheet.name
        if reading.encoding is not None:
            entry["encoding"] = reading.encoding
        settings["harvests"].append(entry)
        yield read_harvest(copy, codebook=project.codebook, options=_options(entry, reading.columns))
    settings["columns"] = dict(reading.columns)
    _write_settings(project.folder, settings)


def _options(entry: Mapping[str, str], columns: Mapping[str, str]) -> ReadingOptions:
    """Say how a file that a project has is read."""
    sheets = (entry["sheet"],) if "sheet" in entry else ()
    return ReadingOptions(sheets=sheets, columns=columns, encoding=entry.get("encoding"))


def _differences(before: Outcome, after: Outcome) -> Iterator[str]:
    parts = dict.fromkeys([*before.story.parts, *after.story.parts])
    yield from (part for part in parts if before.story.parts.get(part, "") != after.story.parts.get(part, ""))
    if before.story.merged != after.story.merged and not parts:
        yield "story"
    if before.codes != after.codes:
        yield _CODES
    for name in ("period", "country", "year", "confidential"):
        if getattr(before, name) != getattr(after, name):
            yield name


def _harvests(folder: Path, settings: Mapping[str, Any], codebook: Codebook) -> Iterator[Harvest]:
    columns = known_columns(settings.get("columns", {}), codebook)
    for one in settings["harvests"]:
        path = folder / _HARVESTS / one["file"]
        if not path.is_file():
            raise ProjectError(f"{path}: is missing; put the file back, from a backup of the project")
        if sha256_of(path) != one["sha256"]:
            raise ProjectError(
                f"{path}: was changed since it was added; put it back from a backup, and add the changed one with "
                "`project add`"
            )
        yield read_harvest(path, codebook=codebook, options=_options(one, columns))


def original_name(path: Path) -> str:
    """Return the name that a harvest had when it was added."""
    return path.name.partition("_")[2]


def shown_name(name: str) -> str:
    """Return a file's name as every system can keep it: no folders, no signs that mean something, and not too long.

    Examples
    --------
    >>> shown_name("../June: the harvest?.xlsx")
    'June_ the harvest_.xlsx'
    """
    own = Path("".join(sign if _is_harmless(sign) else "_" for sign in _last_part(name)))
    if own.name in ("", ".."):
        return "harvest.xlsx"
    stem, suffix = (own.stem, own.suffix) if len(own.suffix.encode()) <= _LONGEST_SUFFIX else (own.name, "")
    return f"{stem.encode()[:_LONGEST_NAME].decode(errors='ignore')}{suffix}"


def _is_harmless(sign: str) -> bool:
    return sign not in _MEANING and (sign.isprintable() or sign in _JOINERS)


def _last_part(name: str) -> str:
    parts = name.replace("\\", "/").split("/")
    return parts[-1].strip()


def _read_settings(folder: Path) -> dict[str, Any]:
    path = folder / _SETTINGS
    try:
        settings = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ProjectError(
            f"{folder}: is no project; name its folder, or begin one with `outcome-coder project new {folder}`"
        ) from error
    except (OSError, ValueError) as error:
        raise ProjectError(f"{path}: can't be read; put it back from a backup") from error
    if not isinstance(settings, dict) or settings.get("format") != _FORMAT:
        raise ProjectError(f"{path}: was written by another version of outcome-coder; install that")
    return settings


def _write_settings(folder: Path, settings: Mapping[str, Any]) -> None:
    with _writing(folder), write_whole(folder / _SETTINGS) as temporary:
        temporary.write_text(json.dumps(settings, ensure_ascii=False, indent=1) + "\n", encoding="utf-8", newline="\n")


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    """Tell in words of a project what keeps a file from being written."""
    try:
        yield
    except OutputError as error:
        raise ProjectError(
            f"{folder}: the project can't be written to; see that you may write there, and that none of its files is "
            "open in another program. Nothing was changed"
        ) from error


def _copy(path: Path, to: Path) -> None:
    with _writing(to.parent), write_whole(to) as temporary:
        shutil.copyfile(path, temporary)
        flush(temporary)
