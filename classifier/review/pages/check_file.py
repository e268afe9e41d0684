"""Check of a file before anything of it is kept: what each column is read as, which sheets, and its faults."""

from __future__ import annotations

import itertools
import secrets
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import Response

from classifier.harvest.file_preview import FilePreview
from classifier.harvest.options import ReadingOptions
from classifier.languages import gettext, marked
from classifier.project.file_names import shown_name
from classifier.review.context import form_text, page, page_context_of
from classifier.review.middleware import form_of, session_of
from classifier.spelling import label_key

# Labels that are a part of one code are shown as that code, where they can be seen at once.
AS_READ = ReadingOptions(accept_partial=True)
"""How a file is read before anything is chosen on its page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file that was chosen in the browser."""

    name: str
    content: bytes


def new_token() -> str:
    """Return a random text by which a form tells which of several files it is about."""
    return secrets.token_hex(8)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedFile:
    """A file that is being checked; kept in memory until it is taken, or another one is chosen.

    Attributes
    ----------
    options : ReadingOptions
        How it is read, by what was chosen on the page.
    project : Path or None
        The folder of the project that it is to be added to; None where it is to begin one.
    codebook : Upload or None
        The codebook that a project is to begin with; None for the one that ships.
    coder : str
        Who begins the project.
    token : str
        Sent with the forms of its pages, as another file may have been chosen in another tab since.
    """

    file: Upload
    options: ReadingOptions = AS_READ
    project: Path | None = None
    codebook: Upload | None = None
    coder: str = ""
    token: str = field(default_factory=new_token)

    @property
    def shown_name(self) -> str:
        """The name of the file, as every system can keep it."""
        return shown_name(self.file.name)

    @property
    def uploads(self) -> tuple[Upload, ...]:
        """The file, and the codebook if one was given."""
        return (self.file,) if self.codebook is None else (self.file, self.codebook)

    def read_by(self, options: ReadingOptions) -> CheckedFile:
        """Return the same file, to be read by other options."""
        return replace(self, options=options)


def checked_file_of(request: Request, *, project: Path | None) -> CheckedFile | None:
    """Return the file from whose page a form was sent; None where another one was chosen in the same browser since."""
    checked = page_context_of(request).waiting.get(session_of(request))
    if not isinstance(checked, CheckedFile) or checked.project != project:
        return None
    return checked if form_text(form_of(request).get("file")) == checked.token else None


async def upload_of(given: object) -> Upload | None:
    """Read what was chosen in a form; None where nothing was."""
    if not isinstance(given, UploadFile) or not given.filename:
        return None
    return Upload(name=given.filename, content=await given.read())


@contextmanager
def laid_down(*uploads: Upload) -> Iterator[list[Path]]:
    """Put uploaded files where they can be read, each in a folder of its own, for as long as they are needed."""
    with tempfile.TemporaryDirectory(prefix="outcome-coder-") as folder:
        paths = []
        for upload in uploads:
            # Under its own name, as far as that is harmless, since messages name it.
            path = Path(tempfile.mkdtemp(dir=folder)) / shown_name(upload.name)
            path.write_bytes(upload.content)
            paths.append(path)
        yield paths


_BUSY = marked("Other files are being read; try again in a minute.")


def one_of_few(request: Request, work: Callable[[], Response], *, otherwise: Callable[[str], Response]) -> Response:
    """Do work that reads a file; where several others do already, answer otherwise, with why."""
    reading = page_context_of(request).reading
    if not reading.acquire(blocking=False):
        return otherwise(gettext(_BUSY))
    try:
        return work()
    finally:
        reading.release()


def check_page(
    request: Request,
    checked: CheckedFile,
    found: FilePreview,
    *,
    action: str,
    problem: str = "",
    known: Sequence[str] = (),
    n_with_new_codes: int = 0,
    coders: Sequence[str] = (),
    not_recorded: str = "",
) -> Response:
    """Show what a file is read as, with drop-downs to change it.

    Parameters
    ----------
    known : sequence of str
        The other projects that the file is in already.
    n_with_new_codes : int
        How many outcomes of the project have codes in this file that are in none of its own.
    coders : sequence of str
        Whose codes those may be.
    not_recorded : str
        Why those were not recorded as a coder's.
    """
    # The project that was open before is not the one that is begun.
    of_no_project: dict[str, object] = {} if checked.project is not None else {"project": None, "progress": None}
    return page(
        request,
        "check_file.html",
        status=200 if found.can_be_read and not (problem or not_recorded) else 400,
        form_action=action,
        file_name=checked.shown_name,
        token=checked.token,
        is_new=checked.project is None,
        codebook_name="" if checked.codebook is None else checked.codebook.name,
        found=found,
        problem=problem,
        known=known,
        n_with_new_codes=n_with_new_codes,
        coders=coders,
        not_recorded=not_recorded,
        **of_no_project,
    )


def with_choices(checked: CheckedFile, form: FormData) -> tuple[CheckedFile, str]:
    """Return a file with what was chosen on its page, and what is wrong with that; nothing where nothing is."""
    chosen = dict(_choices(form))
    # What a column was read as anyway need not be said, and would hold for the project's other files too.
    columns = {**checked.options.columns, **chosen}
    sheets = tuple(name for name in form.getlist("sheet") if isinstance(name, str))
    options = replace(checked.options, columns=columns, sheets=sheets or checked.options.sheets)
    problem = next(_chosen_twice(columns), "")
    if form_text(form.get("has-sheets")) and not sheets:
        problem = gettext("Tick at least one sheet.")
    return checked.read_by(options), problem


def _choices(form: FormData) -> Iterator[tuple[str, str]]:
    """Yield the columns of which something else was chosen than what they were read as, with that."""
    for place in itertools.takewhile(lambda place: f"column-{place}" in form, itertools.count()):
        column, was, holds = (form_text(form.get(f"{part}-{place}")) for part in ("column", "was", "holds"))
        if column and holds != was:
            yield column, holds


def _chosen_twice(columns: Mapping[str, str]) -> Iterator[str]:
    holders: dict[str, str] = {}
    for column, holds in columns.items():
        other = holders.setdefault(label_key(holds), column) if holds else column
        if other != column:
            yield gettext(
                "{holds!r} is chosen for two columns, {one!r} and {other!r}. Choose another for one of them.",
                holds=holds,
                one=other,
                other=column,
            )
