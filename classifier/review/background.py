"""Background jobs, one at a time, with their progress."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from classifier.error_report import describe_internal_error
from classifier.errors import OutcomeCoderError
from classifier.languages import translated
from classifier.progress import ProgressCallback, ProgressReporter
from classifier.review.disk_errors import describe_disk_error


@dataclass(slots=True, kw_only=True)
class Job:
    """Work that is being done, or was."""

    title: str
    step: str = ""
    done: int = 0  # of the step's `total`
    total: int = 0
    result: str | None = None  # None, as is `failure`, while it goes on
    failure: OutcomeCoderError | str | None = None

    @property
    def is_running(self) -> bool:
        """Whether it goes on."""
        return self.result is None and self.failure is None

    @property
    def error(self) -> str | None:
        """Why it failed, in the language of the page; None where it did not."""
        if isinstance(self.failure, OutcomeCoderError):
            return self.failure.for_page()
        return None if self.failure is None else str(translated(self.failure))

    @property
    def percent(self) -> int:
        """How much of the step is done."""
        return min(round(100 * self.done / self.total), 100) if self.total else 0


class Jobs:
    """One job at a time, in a thread of its own."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.latest: Job | None = None

    def start(self, title: str, work: Callable[[ProgressReporter], str]) -> bool:
        """Start a job, unless one is going on; say whether it was started.

        Parameters
        ----------
        work : callable
            Told how to tell how far it is; returns what it did, in a sentence.
        """
        with self._lock:
            if self.latest is not None and self.latest.is_running:
                return False
            self.latest = job = Job(title=title)
        threading.Thread(target=_run, args=(job, work), daemon=True).start()
        return True

    @contextmanager
    def held(self) -> Iterator[bool]:
        """Let no job start meanwhile; say whether none is going on."""
        with self._lock:
            yield self.latest is None or not self.latest.is_running


class _JobProgress:
    def __init__(self, job: Job) -> None:
        self._job = job

    def step(self, name: str, total: int) -> ProgressCallback:
        self._job.step, self._job.done, self._job.total = name, 0, total

        def finished(n_finished: int) -> None:
            self._job.done += n_finished

        return finished


def _run(job: Job, work: Callable[[ProgressReporter], str]) -> None:
    try:
        job.result = work(_JobProgress(job))
    except OutcomeCoderError as error:
        job.failure = error
    except BaseException as error:
        told = describe_disk_error(error) if isinstance(error, OSError) else None
        # What went wrong may hold texts of outcomes, so it is not raised, which would print it.
        job.failure = told or describe_internal_error(error, during="doing a job of the review page")
