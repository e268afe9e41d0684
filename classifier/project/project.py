"""Project folder: harvests, codebook, model, suggestions and the journal of decisions."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from classifier.access_rights import follow, restrict, rights_of_file
from classifier.codebook.schema import Codebook
from classifier.coder_names import CoderNames, tidied
from classifier.control_characters import has_surrogate
from classifier.errors import DiskFullError, JournalError, OutputError, ProjectError
from classifier.faults import FaultKind
from classifier.files import sha256_of, write_whole
from classifier.folders import new_folder, remove_abandoned, unfinished_folder
from classifier.harvest.coded import refuse_partial
from classifier.harvest.layout import known_columns
from classifier.harvest.options import ReadingOptions
from classifier.harvest.outcome import Outcome
from classifier.harvest.reading import Harvest, read_harvest
from classifier.project.current_decisions import JournalState
from classifier.project.file_names import original_name
from classifier.project.journal import Decision, DecisionMethod, Entry, Journal
from classifier.project.lookalike_coders import lookalike_of
from classifier.project.settings import (
    CODEBOOK,
    FORMAT,
    HARVESTS,
    JOURNAL,
    change_settings,
    copy_whole,
    locked,
    options_of,
    read_settings,
    write_settings,
)
from classifier.project.suggestion_store import SuggestionStore
from classifier.steps import begin_step

_SUGGESTIONS, _CODEBOOKS = "suggestions", "codebooks"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """How a project's outcomes are shared out."""

    # The share that is coded with no suggestion in view, so that agreement can be measured honestly.
    blind: float = 0.15
    double: float = 0.0  # the share that two coders code
    seed: int = 0  # decides which ones

    def __post_init__(self) -> None:
        for share in (self.blind, self.double):
            if not 0.0 <= share <= 1.0:
                raise ValueError(f"a share must be in [0, 1], got {share}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """What a team codes."""

    folder: Path
    codebook: Codebook
    # The model whose suggestions are shown, by its name or folder; a folder in the project counts first.
    model: str | None
    # Copies of the files that were added, in their order; of an outcome in several files, the last counts.
    harvests: tuple[Harvest, ...]
    journal: Journal
    shares: Shares
    # What columns of its files hold, by their names there, as its users mapped them.
    columns: Mapping[str, str] = field(default_factory=dict)
    accepted: frozenset[str] = frozenset()  # which labels are read as codes they are a part of, as somebody confirmed

    @property
    def outcomes(self) -> dict[str, Outcome]:
        """The outcomes by their IDs, each as in the last file that has it."""
        return {outcome.fragment_id: outcome for outcome in self.outcomes_of_all_files}

    @property
    def outcomes_of_all_files(self) -> tuple[Outcome, ...]:
        """The outcomes of every file, those of earlier versions too; one that is in several comes several times."""
        return tuple(outcome for harvest in self.harvests for outcome in harvest.outcomes)

    @property
    def current(self) -> tuple[Harvest, ...]:
        """The files as they are now, a harvest for each sheet: of a file that was added again, the last version."""
        last = {original_name(harvest.path): harvest.path for harvest in self.harvests}
        return tuple(harvest for harvest in self.harvests if last[original_name(harvest.path)] == harvest.path)

    @property
    def model_place(self) -> str | Path | None:
        """Where its model is found: in the project, if that has one of the name."""
        return self.place_of(self.model) if self.model else self.model

    def place_of(self, model: str) -> str | Path:
        """Return where a model is found: in the project, if that has one of the name."""
        inside = self.folder / model
        return inside if inside.is_dir() else model

    @property
    def suggestions(self) -> SuggestionStore:
        """The suggestions that were made for its outcomes."""
        return SuggestionStore(self.folder / _SUGGESTIONS)

    def reading(self, options: ReadingOptions = ReadingOptions()) -> ReadingOptions:
        """Say how a file of this project is read: earlier column mappings still hold."""
        return options.upon(known_columns(self.columns, self.codebook))

    @property
    def coders(self) -> CoderNames:
        """Who has coded in it, or was confirmed as a coder, each under the spelling that was used first."""
        return self.journal.names()

    def journal_state(self) -> JournalState:
        """Return the state of the journal."""
        return JournalState(self.journal.entries())

    def decided(self) -> dict[tuple[str, str, str], Entry]:
        """Return coders' current decisions, by coder, outcome and field."""
        return self.journal_state().own()


def new_project(
    folder: Path,
    *,
    codebook: Path,
    model: str | None = None,
    journal: str | None = None,
    shares: Shares = Shares(),
    for_group: bool = False,
) -> Project:
    """Create a project in a folder that is not there yet, or empty; only its owner may read it.

    Parameters
    ----------
    model : str, optional
        A model under ``models/``, or the folder of one.
    journal : str, optional
        The address of a database for a team; by default a file in the folder.
    for_group : bool
        Whether the folder's group may read and write it too.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ProjectError(f"{folder}: exists and is not empty; choose another folder for the project")
    if not folder.absolute().parent.is_dir():
        raise ProjectError(f"{folder.parent}: no such folder; create it, or choose another one")
    if has_surrogate(str(folder.absolute())):
        raise ProjectError(f"{folder}: its path is not in UTF-8; rename the folder, or choose another one")
    read = Codebook.read(codebook)
    settings = {
        "format": FORMAT,
        "created": datetime.datetime.now().astimezone().isoformat(timespec="seconds"),
        "model": model,
        "journal": journal,
        "shares": asdict(shares),
        "harvests": [],
    }
    try:
        with new_folder(folder.absolute(), replace=False) as fresh:
            restrict(fresh, for_group=for_group)
            follow(fresh)
            (fresh / HARVESTS).mkdir()
            _keep_codebook(codebook, read, fresh / CODEBOOK)
            write_settings(fresh, settings)
            if journal is None:
                Journal.at(fresh / JOURNAL).close()
                (fresh / JOURNAL).chmod(rights_of_file(fresh))  # SQLite makes files that the group can't write to
    except DiskFullError:
        raise
    except JournalError as error:
        raise ProjectError(
            f"{folder}: its journal can't be created; check the disk and its free space, or choose another folder"
        ) from error
    except (OSError, OutputError) as error:
        cause = error if isinstance(error, OSError) else error.__cause__
        why = f" ({cause.strerror})" if isinstance(cause, OSError) else ""
        raise ProjectError(f"{folder}: can't be created{why}; choose another folder") from error
    return open_project(folder)


def open_project(folder: Path) -> Project:
    """Open a project, and remove what killed runs left in its folders.

    Raises
    ------
    OutcomeCoderError
        If it is none, or something of it is missing or changed.
    """
    begin_step("Opening the project")
    settings = read_settings(folder)
    follow(folder)
    for within in (folder, *(inside for inside in folder.iterdir() if inside.is_dir() and not inside.is_symlink())):
        remove_abandoned(within)
    if not (folder / CODEBOOK).is_file():
        raise ProjectError(f"{folder / CODEBOOK}: is missing; restore it from a backup of the project")
    codebook = Codebook.read_own(folder / CODEBOOK)
    journal = Journal(settings["journal"]) if settings["journal"] else Journal.at(folder / JOURNAL)
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


def up_to_date(project: Project) -> Project:
    """Return a project as it is now: other commands may have changed it since it was opened."""
    files = [setting["file"] for setting in read_settings(project.folder)["harvests"]]
    codebook = Codebook.read_own(project.folder / CODEBOOK)
    is_same_codebook = codebook.sha256_with_translations == project.codebook.sha256_with_translations
    if is_same_codebook and files == [harvest.path.name for harvest in project.harvests]:
        return project
    again = open_project(project.folder)
    again.journal.close()
    return replace(again, journal=project.journal)


def admit_coder(project: Project, name: str, *, is_new: bool = False) -> str:
    """Return under which name a coder is kept in a project; a new one who was confirmed is written into its journal."""
    known = project.coders
    if is_new and known.find(name) is None and (alike := lookalike_of(name, known)) is not None:
        raise ProjectError(
            f"{project.folder}: {tidied(name)!r} looks like {alike!r}, who has coded in it; give the name as it is "
            "there, or, for another person, one that can be told apart, such as with a second name"
        )
    admitted = known.admit(name, where=str(project.folder), is_new=is_new)
    if (len(known) or is_new) and known.find(admitted) is None:
        project.journal.record(
            [
                Decision(
                    coder=admitted,
                    fragment_id="",
                    field="",
                    codes=(),
                    method=DecisionMethod.JOINED,
                    codebook=project.codebook.sha256,
                )
            ]
        )
    return admitted


def admit_partial(project: Project, harvests: Sequence[Harvest], *, is_confirmed: bool) -> None:
    """Let labels that are a part of one code be recorded as that code, if that was confirmed now or before.

    What is confirmed now is kept, and holds for the project's other files too.
    """
    if not is_confirmed:
        refuse_partial(harvests, accepted=project.accepted)
        return
    guesses = [fault.what for harvest in harvests for fault in harvest.warnings if fault.kind is FaultKind.GUESS]
    if not project.accepted.issuperset(guesses):
        with locked(project.folder):
            settings = read_settings(project.folder)
            accepted = dict.fromkeys((*settings.get("accepted", ()), *guesses))
            write_settings(project.folder, {**settings, "accepted": list(accepted)})


def delete_project(folder: Path) -> None:
    """Delete a project with all that is in it; if the program is killed meanwhile, the next run deletes the rest."""
    read_settings(folder)  # refuses a folder that is no project
    try:
        with unfinished_folder(folder.parent) as unfinished:
            folder.rename(unfinished / folder.name)
    except OSError as error:
        raise ProjectError(f"{folder}: can't be deleted ({error.strerror}); delete the folder yourself") from error


def change_shares(project: Project, shares: Shares) -> Project:
    """Share a project's outcomes out otherwise; who was blind stays so when the share grows."""
    change_settings(project.folder, shares=asdict(shares))
    return replace(project, shares=shares)


def replace_codebook(project: Project, codebook: Path) -> Path:
    """Put another codebook into a project's folder; the one before is kept, and its path returned.

    The decisions stay as they are: see `classifier.project.codebook_migration.change_codebook`.
    """
    current = project.folder / CODEBOOK
    # By what the file says now: somebody else may have replaced it since the project was opened.
    kept = project.folder / _CODEBOOKS / f"{Codebook.read_own(current).sha256_with_translations[:12]}.yaml"
    kept.parent.mkdir(exist_ok=True)
    copy_whole(current, kept)
    _keep_codebook(codebook, Codebook.read(codebook), current)
    return kept


def _keep_codebook(path: Path, codebook: Codebook, to: Path) -> None:
    """Keep a codebook as it is written, or as YAML where it comes from another program."""
    if path.suffix.lower() in (".yaml", ".yml"):
        copy_whole(path, to)
        return
    with write_whole(to) as temporary:
        temporary.write_text(codebook.dump(), encoding="utf-8", newline="\n")


def _harvests(folder: Path, settings: Mapping[str, Any], codebook: Codebook) -> Iterator[Harvest]:
    columns = known_columns(settings.get("columns", {}), codebook)
    for setting in settings["harvests"]:
        path = folder / HARVESTS / setting["file"]
        if not path.is_file():
            raise ProjectError(f"{path}: is missing; restore it from a backup of the project")
        if sha256_of(path) != setting["sha256"]:
            raise ProjectError(
                f"{path}: was changed since it was added; restore it from a backup, and add the changed file with "
                "`project add`"
            )
        yield read_harvest(path, codebook=codebook, options=options_of(setting, columns))
