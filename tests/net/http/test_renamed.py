"""Errors name a field as the path has it, and keep what else they say."""

from __future__ import annotations

from chatd.errors import Invalid, Rejected
from chatd.net.http.application import in_words_of
from chatd.net.http.routes import ROUTES

SEARCH = next(one for one in ROUTES if one.renamed.get("query") == "q")


def test_a_field_is_named_as_in_the_url() -> None:
    error = in_words_of(SEARCH, Rejected("'query' has no word", field="query", allowed=["a"]))
    assert type(error) is Rejected and error.message == "'q' has no word"
    assert error.details == {"field": "q", "allowed": ["a"]}


def test_others_are_as_they_were() -> None:
    for error in (Invalid("'site' is none", field="site"), Invalid("too many rows")):
        assert in_words_of(SEARCH, error) is error
