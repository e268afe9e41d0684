from __future__ import annotations

from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.project.coding_items import Order
from classifier.project.queue import Filter, State
from classifier.review.query import Query
from classifier.suggestion.types import Route

TEXTS = st.text(st.characters(exclude_categories=["Cs"])).map(str.strip)
FILTERS = st.builds(
    Filter,
    state=st.sampled_from(State),
    everyone=st.booleans(),
    route=st.sampled_from(["", *map(str, Route)]),
    field=TEXTS,
    code=TEXTS,
    flag=TEXTS,
    country=TEXTS,
    period=TEXTS,
    above=st.floats(0, 1),
)
ASKED = st.builds(Query, filter=FILTERS, order=st.sampled_from(Order))
QUERIES = st.dictionaries(
    st.sampled_from(["state", "everyone", "route", "field", "code", "flag", "country", "period", "above", "order"]),
    st.text(st.characters(exclude_categories=["Cs"])),
)


@given(asked=ASKED)
def test_what_is_written_into_an_address_is_read_from_it(asked: Query) -> None:
    assert Query.read(dict(parse_qsl(asked.query))) == asked


@given(query=QUERIES)
def test_any_address_can_be_read(query: dict[str, str]) -> None:
    asked = Query.read(query)
    assert Query.read(dict(parse_qsl(asked.query))) == asked


def test_what_goes_without_saying_is_left_out_of_an_address() -> None:
    assert Query().query == ""


def test_empty_query_means_undecided_outcomes_least_sure_first() -> None:
    assert Query.read({}) == Query(filter=Filter(state=State.UNDECIDED), order=Order.UNCERTAIN)


@pytest.mark.parametrize(
    "query",
    [{"state": "lost"}, {"order": "by chance"}, {"route": "any"}, {"everyone": "yes"}, {"above": "2"}, {"above": "-1"},
     {"above": "nan"}, {"above": "inf"}, {"colour": "red"}],
)  # fmt: skip
def test_meaningless_parameters_are_ignored(query: dict[str, str]) -> None:
    assert Query.read(query) == Query()


def test_blanks_around_a_word_mean_nothing() -> None:
    assert Query.read({"country": " Mali "}).filter.country == "Mali"


def test_signs_that_addresses_are_made_of_are_written_so_that_they_come_back() -> None:
    assert Query(filter=Filter(code="L&A #1 = a/b")).query == "code=L%26A+%231+%3D+a%2Fb"
