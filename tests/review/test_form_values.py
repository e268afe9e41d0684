"""Forms of the review page, sent with values that no browser would send."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from classifier.review.app import ROUTES
from classifier.review.context import PageContext
from tests.support.visiting import Form, Visitor, forms_in, open_project_of, page_context_of

A, B = "SCC/01", "SCC/02"
# Those that end the visit, or wait for a job.
_LEFT_OUT = {"/sign-out", "/model/suggest", "/model/train"}
_NUMBERS = ("-1", "0", "1", "999999999999999999999", "1e309", "nan", "１", "٣")
_TEXTS = ("", " ", "\0", "<b>", "=1+1", "../..", "{0}", "%s", "\u202e", "a,b;c", "Local", A, "Ana", "x" * 5000)
VALUES = st.lists(st.one_of(st.sampled_from(_NUMBERS + _TEXTS), st.text(st.characters(codec="utf-8"))), max_size=3)


@pytest.fixture(scope="module")
def page_context(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PageContext]:
    context = page_context_of(tmp_path_factory.mktemp("project"), A, B)
    yield context
    open_project_of(context).project.journal.close()


@pytest.fixture(scope="module")
def ana(page_context: PageContext) -> Visitor:
    return Visitor(page_context)


@pytest.fixture(scope="module")
def forms(ana: Visitor) -> list[Form]:
    """Every form that a lead can send."""
    paths = [route.path for route in ROUTES if "GET" in (route.methods or ())]
    answers = [ana.get(path, **({"id": A} if path == "/outcome" else {})) for path in paths if path != "/enter"]
    pages = [answer.text for answer in answers if answer.headers.get("content-type", "").startswith("text/html")]
    found = {form.action: form for page in pages for form in forms_in(page).values()}
    return [form for action, form in sorted(found.items()) if action not in _LEFT_OUT]


@pytest.mark.slow
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_form_with_any_values_is_answered(ana: Visitor, forms: list[Form], data: st.DataObject) -> None:
    form = data.draw(st.sampled_from(forms))
    names = [name for name in form.values if name != "csrf"]
    changes = data.draw(st.dictionaries(st.sampled_from([*names, "other"]), VALUES, min_size=1))
    if form.method == "post":
        answer = ana.client.post(form.action, data={**form.values, **changes, "csrf": [ana.session.csrf]})
    else:
        answer = ana.client.get(form.action, params={**form.values, **changes})
    assert answer.status_code < 500
    assert ana.get("/progress").status_code == 200
