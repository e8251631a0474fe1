"""What is said in a refusal that falcon makes by itself, and in one of ours."""

from __future__ import annotations

import json

import falcon
import pytest
from falcon.testing import create_req

from chatd.errors import ChatdError, Forbidden, Unauthenticated
from chatd.net.http.refusals import refuse, refuse_falcons


def refused(error: falcon.HTTPError) -> tuple[falcon.Response, str]:
    """The answer, and what it says."""
    response = falcon.Response()
    refuse_falcons(create_req(), response, error, {})
    assert response.data is not None
    return response, json.loads(response.data)["error"]["message"]


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (falcon.HTTPBadRequest(title="title", description="what it was"), "what it was"),
        (falcon.HTTPBadRequest(title="title"), "title"),
        (falcon.HTTPNotFound(description="anything"), "no such path"),
        (falcon.HTTPMethodNotAllowed(["GET"]), "not for this method"),
    ],
)
def test_what_falcon_refuses_is_said_in_our_words(error: falcon.HTTPError, said: str) -> None:
    assert refused(error)[1] == said


def test_only_a_method_that_is_not_allowed_says_which_are() -> None:
    assert refused(falcon.HTTPMethodNotAllowed(["GET", "PUT"]))[0].get_header("Allow") == "GET, PUT"
    other, _ = refused(falcon.HTTPBadRequest(title="x", headers={"X-Other": "y"}))
    assert other.get_header("Allow") is None and other.get_header("WWW-Authenticate") is None


@pytest.mark.parametrize(
    ("error", "asks"), [(Unauthenticated("who is it"), "Bearer"), (Forbidden("not you"), None)]
)
def test_only_whoever_is_not_known_is_asked_who_they_are(
    error: ChatdError, asks: str | None
) -> None:
    response = falcon.Response()
    refuse(create_req(), response, error, {})
    assert response.get_header("WWW-Authenticate") == asks
    assert response.get_header("Retry-After") is None
