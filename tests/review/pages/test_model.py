from __future__ import annotations

import threading
import time
from dataclasses import replace

import pytest

from classifier.errors import TrainingError
from classifier.languages import lazy_gettext
from classifier.model.model import Model
from classifier.model.storage import save_model
from classifier.progress import ProgressReporter
from classifier.review.context import PageContext
from tests.support.projects import kept, scale, use_model
from tests.support.visiting import Visitor, forms_in, keep_for, open_project_of, text_in

A, B, C, D = ("SCC-LPC/001", "SCC-LPC/002", "SCC-LPC/003", "SCC-LPC/004")
LONGEST_S = 30.0


def ended(page_context: PageContext) -> None:
    """Wait until a job is done."""
    until = time.monotonic() + LONGEST_S
    job = open_project_of(page_context).jobs.latest
    while job is not None and job.is_running and time.monotonic() < until:
        time.sleep(0.01)


def test_suggestions_need_a_model(ana: Visitor) -> None:
    ana.send(forms_in(ana.see("/model"))["/model/suggest"])
    ended(ana.page_context)
    folder = open_project_of(ana.page_context).project.folder
    assert (
        f"Suggesting codes {folder}: has no model; train one under Model on the review page, or with `outcome-coder "
        f"project train --project {folder}`"
    ) in text_in(ana.see("/model"))


def test_model_needs_outcomes_that_are_adjudicated(ana: Visitor) -> None:
    ana.send(forms_in(ana.see("/model"))["/model/train"])
    ended(ana.page_context)
    job = open_project_of(ana.page_context).jobs.latest
    assert job is not None
    assert (job.title, job.result, job.error is None) == ("Training a model on the current codes", None, False)


def test_why_a_training_failed_is_told_in_the_language_of_the_page(ana: Visitor) -> None:
    ana.send(forms_in(ana.see("/model"))["/model/train"])
    ended(ana.page_context)
    ana.page_context.language = "fr"
    shown = text_in(ana.see("/model"))
    assert "aucune incidence n'a encore de code, il n'y a donc rien sur quoi entraîner" in shown


def test_step_of_a_job_is_told_in_the_language_of_the_page(ana: Visitor) -> None:
    may_end = threading.Event()

    def work(progress: ProgressReporter) -> str:
        progress.step(lazy_gettext("Reading the stories"), 4)(1)
        return "Done." if may_end.wait(LONGEST_S) else ""

    ana.page_context.language = "fr"
    jobs = open_project_of(ana.page_context).jobs
    jobs.start("Suggesting codes", work)
    while jobs.latest is not None and not jobs.latest.step:
        time.sleep(0.002)
    shown = text_in(ana.see("/model"))
    may_end.set()
    ended(ana.page_context)
    assert "Lecture des récits" in shown


def test_title_of_a_model_made_from_definitions_is_told_in_the_language_of_the_page(
    page_context: PageContext, ana: Visitor
) -> None:
    page_context.language = "fr"
    opened = open_project_of(page_context)
    made = "ours (2026-03-01, from definitions only)"
    keep_for(opened.project, **{A: kept(opened.project.outcomes[A], model=made, scale=scale("Local"))})
    opened.reload()
    assert "Suggéré par ours (2026-03-01, à partir des définitions seules)" in text_in(ana.see("/outcome", id=A))


def test_model_page_counts_what_could_be_trained_on(ana: Visitor) -> None:
    ana.decide(A, scale="National")
    assert "1 outcome of this project can be used for training" in text_in(ana.see("/model"))


@pytest.mark.parametrize(("accept", "is_accepted"), [({}, False), ({"accept": "1"}, True)])
def test_fewer_outcomes_than_before_are_trained_on_only_if_that_is_accepted(
    ana: Visitor, monkeypatch: pytest.MonkeyPatch, accept: dict[str, str], is_accepted: bool
) -> None:
    accepted: list[object] = []

    def refuse(*_: object, **options: object) -> None:
        accepted.append(options["accept_fewer"])
        raise TrainingError("too few")

    monkeypatch.setattr("classifier.review.pages.model.train_project", refuse)
    ana.post("/model/train", **accept)
    ended(ana.page_context)
    assert accepted == [is_accepted]


def test_model_that_does_worse_is_not_used_by_the_first_click(ana: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    accepted: list[object] = []

    def refuse(*_: object, **options: object) -> None:
        accepted.append(options["accept_worse"])
        raise TrainingError("too few")

    monkeypatch.setattr("classifier.review.pages.model.train_project", refuse)
    ana.post("/model/train")
    ended(ana.page_context)
    assert accepted == [False]


def test_job_that_is_going_on_is_shown_and_asked_after(ana: Visitor) -> None:
    may_end = threading.Event()

    def work(progress: ProgressReporter) -> str:
        progress.step("embedding", 4)(1)
        return "Done." if may_end.wait(LONGEST_S) else ""

    jobs = open_project_of(ana.page_context).jobs
    jobs.start("Suggesting codes", work)
    while jobs.latest is not None and not jobs.latest.step:
        time.sleep(0.002)
    shown = ana.see("/model/job")
    ana.post("/model/train")
    reported = text_in(ana.see("/model"))
    may_end.set()
    ended(ana.page_context)
    assert ('hx-get="/model/job"' in shown, 'value="25"' in shown, "embedding" in shown) == (True, True, True)
    assert "Another task is running; wait until it has finished." in reported


def test_job_that_is_done_has_the_page_shown_anew(ana: Visitor) -> None:
    open_project_of(ana.page_context).jobs.start("Suggesting codes", lambda progress: "Done.")
    ended(ana.page_context)
    answer = ana.get("/model/job")
    assert (answer.headers["hx-refresh"], "hx-get" in answer.text) == ("true", False)


def test_before_the_first_job_there_is_none_to_show(ana: Visitor) -> None:
    answer = ana.get("/model/job")
    assert (answer.status_code, "hx-refresh" in answer.headers) == (200, False)


def test_model_page_reports_when_suggestions_were_made(ana: Visitor, page_context: PageContext) -> None:
    keep_for(open_project_of(page_context).project)
    assert ", for 3 outcomes." in text_in(ana.see("/model"))


def test_project_without_a_model_says_so(ana: Visitor) -> None:
    assert "This project has no model yet." in ana.see("/model")


def test_page_lists_codes_with_few_examples(ana: Visitor) -> None:
    ana.decide(A, scale="National")
    reported = text_in(ana.see("/model"))
    assert "Scale 1 Local (0), National (1), Regional (0)" in reported


def test_page_of_a_project_without_codes_lists_no_examples(ana: Visitor) -> None:
    assert "Coded outcomes" not in text_in(ana.see("/model"))


@pytest.fixture
def two_models(page_context: PageContext, model: Model) -> PageContext:
    """Return the context of a project that two models were trained in, the second in use."""
    project = open_project_of(page_context).project
    for number in (1, 2):
        manifest = model.manifest.model_copy(
            update={"name": f"ours {number}", "codebook_sha256": project.codebook.sha256}
        )
        save_model(replace(model, manifest=manifest), project.folder / "models" / f"{number:04}")
    use_model(project, "models/0002").journal.close()
    return page_context


def test_earlier_model_is_used_again(two_models: PageContext, ana: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "classifier.review.pages.model.refresh_suggestions", lambda project, *, progress: project.suggestions.keep({})
    )
    form = forms_in(ana.see("/model"))["/model/use"]
    assert ana.send(form.filled(place="models/0001")).headers["location"] == "/model"
    ended(two_models)
    assert open_project_of(two_models).project.model == "models/0001"
    assert "Suggestions come from ours 1" in text_in(ana.see("/model"))


def test_model_stays_where_another_task_was_started_meanwhile(two_models: PageContext, ana: Visitor) -> None:
    form, may_end = forms_in(ana.see("/model"))["/model/use"], threading.Event()
    open_project_of(two_models).jobs.start("Training", lambda progress: str(may_end.wait(LONGEST_S)))
    ana.send(form.filled(place="models/0001"))
    reported = text_in(ana.see("/model"))
    may_end.set()
    assert "Another task is running; wait until it has finished." in reported
    assert open_project_of(two_models).project.model == "models/0002"


@pytest.mark.parametrize("place", ["", "..", "../other", "/etc", "models/0003", "sample"])
def test_only_a_model_of_the_project_can_be_used(two_models: PageContext, ana: Visitor, place: str) -> None:
    assert ana.post("/model/use", place=place).status_code == 400
    assert open_project_of(two_models).project.model == "models/0002"


def test_models_of_another_codebook_are_not_offered(two_models: PageContext, ana: Visitor) -> None:
    reported = text_in(ana.see("/model"))
    assert ("ours 1" in reported, "sample (" in reported) == (True, False)


def test_page_says_when_too_few_outcomes_are_new_to_compare_models_on(two_models: PageContext, ana: Visitor) -> None:
    open_project_of(two_models).reload()
    ana.decide(A, scale="National")  # which the models were trained on
    told = (
        "0 outcomes coded since the current model was trained: too few to tell whether a new one is better (30 are "
        "needed)."
    )
    assert told in text_in(ana.see("/model"))


def test_page_says_that_a_model_that_does_worse_is_used_only_if_chosen(
    two_models: PageContext, ana: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_project_of(two_models).reload()
    monkeypatch.setattr("classifier.review.pages.model.MIN_COMPARED", 1)
    monkeypatch.setattr("classifier.review.pages.model.outcomes_not_trained_on", lambda outcomes, manifest: outcomes)
    ana.decide(A, scale="National")
    told = text_in(ana.see("/model"))
    assert "Of these, the current model was not trained on 1 outcome." in told
    assert "One that does worse is kept, and used only if you then choose it below." in told
