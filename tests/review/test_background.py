from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from classifier.error_report import error_report_folder
from classifier.errors import ProjectError
from classifier.languages import use_language
from classifier.progress import ProgressReporter
from classifier.review.background import Job, Jobs

LONGEST_S = 10.0


def job_of(work: Callable[[ProgressReporter], str]) -> Job:
    """Do a job to its end."""
    jobs = Jobs()
    assert jobs.start("Suggesting codes", work)
    return ended(jobs)


def ended(jobs: Jobs) -> Job:
    """Wait until a job is done."""
    assert jobs.latest is not None
    until = time.monotonic() + LONGEST_S
    while jobs.latest.is_running and time.monotonic() < until:
        time.sleep(0.002)
    return jobs.latest


def test_before_the_first_job_there_is_none() -> None:
    assert Jobs().latest is None


def test_job_done_reports_what_it_did() -> None:
    job = job_of(lambda progress: "Codes are suggested for 3 outcomes.")
    assert (job.result, job.error, job.is_running) == ("Codes are suggested for 3 outcomes.", None, False)


def test_job_reports_what_it_is_at() -> None:
    def work(progress: ProgressReporter) -> str:
        read = progress.step("reading", 300)
        read(64)
        read(64)
        return "Done."

    job = job_of(work)
    assert (job.step, job.done, job.total, job.percent) == ("reading", 128, 300, 43)


def test_next_step_is_counted_from_its_beginning() -> None:
    def work(progress: ProgressReporter) -> str:
        progress.step("reading", 300)(300)
        progress.step("learning", 4)(1)
        return "Done."

    job = job_of(work)
    assert (job.step, job.percent) == ("learning", 25)


@pytest.mark.parametrize(("done", "total", "percent"), [(0, 0, 0), (3, 0, 0), (1, 3, 33), (3, 3, 100), (5, 3, 100)])
def test_share_done_lies_between_nothing_and_all(done: int, total: int, percent: int) -> None:
    assert Job(title="Training", done=done, total=total).percent == percent


def test_job_that_a_person_can_put_right_reports_how() -> None:
    def work(progress: ProgressReporter) -> str:
        raise ProjectError("harvest_2026: has no model; train one")

    job = job_of(work)
    assert (job.result, job.error) == (None, "harvest_2026: has no model; train one")


def test_job_that_nobody_foresaw_to_fail_reports_the_kind_alone(capfd: pytest.CaptureFixture[str]) -> None:
    def work(progress: ProgressReporter) -> str:
        raise RuntimeError("The council met in secret.")

    job = job_of(work)
    assert job.error is not None
    assert job.error.startswith(
        "Something went wrong in outcome-coder (RuntimeError), because of an internal error and not because of "
        f"your files. A report is in {error_report_folder()}"
    )
    assert "secret" not in "".join(capfd.readouterr())


def test_job_that_nobody_foresaw_to_fail_is_told_in_the_language_of_the_page() -> None:
    def work(progress: ProgressReporter) -> str:
        raise RuntimeError("The council met in secret.")

    job = job_of(work)
    with use_language("fr"):
        assert job.error is not None
        assert job.error.startswith("Un problème est survenu dans outcome-coder (RuntimeError)")


def test_one_job_is_done_at_a_time() -> None:
    jobs, may_end = Jobs(), threading.Event()
    first = jobs.start("Training", lambda progress: "Trained." if may_end.wait(LONGEST_S) else "")
    second = jobs.start("Suggesting codes", lambda progress: "Suggested.")
    may_end.set()
    assert (first, second, ended(jobs).title) == (True, False, "Training")


def test_next_job_may_start_when_the_first_is_done() -> None:
    jobs = Jobs()
    jobs.start("Training", lambda progress: "Trained.")
    ended(jobs)
    assert jobs.start("Suggesting codes", lambda progress: "Suggested.")
    assert ended(jobs).result == "Suggested."


def test_next_job_may_start_when_the_first_has_failed() -> None:
    def work(progress: ProgressReporter) -> str:
        raise ProjectError("has no model")

    jobs = Jobs()
    jobs.start("Suggesting codes", work)
    ended(jobs)
    assert jobs.start("Training", lambda progress: "Trained.")
    ended(jobs)


def test_of_many_who_start_a_job_at_once_one_does() -> None:
    jobs, may_end = Jobs(), threading.Event()
    started: list[bool] = []

    def start() -> None:
        started.append(jobs.start("Training", lambda progress: str(may_end.wait(LONGEST_S))))

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    may_end.set()
    ended(jobs)
    assert sorted(started) == [False] * 7 + [True]


def test_no_job_starts_while_jobs_are_held() -> None:
    jobs = Jobs()
    with jobs.held() as is_idle:
        other = threading.Thread(target=lambda: jobs.start("Training", lambda progress: "Trained."))
        other.start()
        other.join(0.2)
        assert (is_idle, jobs.latest) == (True, None)
    other.join()
    assert ended(jobs).result == "Trained."


def test_jobs_that_are_held_are_not_idle_while_one_is_going_on() -> None:
    jobs, may_end = Jobs(), threading.Event()
    jobs.start("Training", lambda progress: str(may_end.wait(LONGEST_S)))
    with jobs.held() as is_idle:
        assert not is_idle
    may_end.set()
    assert ended(jobs).result == "True"
