"""Who somebody is over HTTP, by token, cookie and page, and what that lets them do and not do."""

from __future__ import annotations

import pytest
from falcon.testing import Result

from chatd.net.http.identity import CONSOLE_HEADER, COOKIE, CSRF_HEADER, DEVICE, cookie_of, is_own
from chatd.protocol.operating import AddBan
from tests.net.http.inside import OWN, PAGE, PASSWORD, Inside

ME = "/manager/me"
AWAY = {"status": "away"}
SESSION = "HTTP_COOKIE"


@pytest.mark.parametrize(
    ("cookies", "found"),
    [
        ("chatd_session=a", "a"),
        ('x=y; chatd_session="a"', "a"),
        ("chatd_session=a=b", "a=b"),
        ("chatd_session=a; chatd_session=b", None),
        ("chatd_session=a; chatd_session=a", None),
        ("chatd_session=", None),
        ("xchatd_session=a", None),
        ("", None),
        ("x=y; " * 199 + "chatd_session=a", "a"),
        ("x=y; " * 201 + "chatd_session=a", None),
    ],
)
def test_a_session_is_in_one_cookie_of_its_name(cookies: str, found: str | None) -> None:
    assert cookie_of({SESSION: cookies}) == found
    assert cookie_of({SESSION: cookies}, DEVICE) is None


@pytest.mark.parametrize(
    ("environ", "own"),
    [
        ({"HTTP_ORIGIN": "https://a.example", "HTTP_HOST": "a.example"}, True),
        ({"HTTP_ORIGIN": "https://A.example", "HTTP_HOST": "a.Example"}, True),
        ({"HTTP_ORIGIN": "https://b.example", "HTTP_HOST": "a.example"}, False),
        ({"HTTP_ORIGIN": "https://a.example:81", "HTTP_HOST": "a.example"}, False),
        ({"HTTP_ORIGIN": "null", "HTTP_HOST": ""}, False),
        ({"HTTP_ORIGIN": "null"}, False),
        ({"HTTP_ORIGIN": "null", "HTTP_SEC_FETCH_SITE": "same-origin"}, False),
        ({"HTTP_SEC_FETCH_SITE": "same-origin"}, True),
        ({"HTTP_SEC_FETCH_SITE": "same-site"}, False),
        ({"HTTP_SEC_FETCH_SITE": "none"}, False),
        ({}, False),
    ],
)
def test_a_page_is_ours_when_the_browser_says_so(environ: dict[str, str], own: bool) -> None:
    assert is_own(environ) is own


@pytest.mark.parametrize("said", ["Basic abc", "Bearer", "Bearer ", "Bearer  ", "token"])
def test_what_is_no_bearer_token_is_said(inside: Inside, said: str) -> None:
    told = inside.refusal("GET", ME, Authorization=said)
    assert told == (401, "Authorization is 'Bearer TOKEN'")


def test_a_token_may_be_announced_in_any_case(inside: Inside) -> None:
    token = inside.account()
    assert inside.ask("GET", ME, Authorization=f"bEARER  {token} ").status_code == 200
    answer = inside.ask("GET", ME, token=f"{token}x")
    assert answer.status_code == 401 and answer.headers["www-authenticate"] == "Bearer"


def test_a_cookie_reads_for_whoever_is_no_foreign_page(inside: Inside) -> None:
    cookie = f"{COOKIE}={inside.account()}"
    assert inside.ask("GET", ME, Cookie=cookie).status_code == 200
    assert inside.ask("GET", ME, Cookie=cookie, Origin=OWN).status_code == 200
    assert inside.refusal("GET", ME, Cookie=cookie, Origin=PAGE)[0] == 401
    assert inside.refusal("GET", ME, Cookie=f"x{cookie}")[0] == 401


def test_a_cookie_changes_things_for_our_own_page_that_proves_it(inside: Inside) -> None:
    cookie = f"{COOKIE}={inside.account()}"
    path = "/manager/presence"
    own = {"Cookie": cookie, "Origin": OWN, "X_Chatd_Csrf": "1"}
    assert inside.ask("POST", path, AWAY, **own).status_code == 200
    same = {"Cookie": cookie, "Sec_Fetch_Site": "same-origin", "X_Chatd_Csrf": "1"}
    assert inside.ask("POST", path, AWAY, **same).status_code == 200
    for left, said in (("Origin", "only for pages of this very origin"), ("X_Chatd_Csrf", "Csrf")):
        some = {name: one for name, one in own.items() if name != left}
        status, text = inside.refusal("POST", path, AWAY, **some)
        assert status == 403 and said in text
    status, text = inside.refusal("POST", path, AWAY, **{**own, "Origin": PAGE})
    assert status == 403 and "only for pages of this very origin" in text
    bearer = cookie.partition("=")[2]
    assert inside.ask("POST", path, AWAY, token=bearer, Cookie="x=y").status_code == 200


def test_what_visitors_ask_is_not_asked_as_the_operator_of_a_cookie(inside: Inside) -> None:
    cookie = f"{COOKIE}={inside.account()}"
    told = inside.ask("POST", "/api/support/send-message", {"message": "x"}, Cookie=cookie)
    assert told.status_code == 201
    assert told.json["data"]["message"]["sender_type"] == "customer"


def test_a_page_speaks_for_its_sites_alone(inside: Inside) -> None:
    of_shop = inside.write(site="shop")
    of_bank = inside.write(site="bank")
    path = "/api/support/messages/{ticket_id}"
    for origin in (PAGE, PAGE.upper()):
        shop = inside.ask("GET", path.format(**of_shop), token=of_shop["token"], Origin=origin)
        assert shop.status_code == 200
        assert shop.headers["access-control-allow-origin"] == origin
    assert (
        inside.refusal("GET", path.format(**of_bank), token=of_bank["token"], Origin=PAGE)[0] == 403
    )
    status, said = inside.refusal("GET", "/api/rooms", Origin="https://evil.example")
    assert (status, said) == (403, "this page's origin may not ask")
    anybody = inside.ask("GET", path.format(**of_bank), token=of_bank["token"])
    assert anybody.status_code == 200


def test_an_operator_works_on_pages_of_sites_that_they_serve(inside: Inside) -> None:
    token = inside.account(sites=("bank",))
    assert inside.refusal("GET", ME, token=token, Origin=PAGE)[0] == 403
    assert inside.ask("GET", ME, token=token, Origin=OWN).status_code == 200


def test_who_is_banned_is_told_so_whoever_they_say_that_they_are(inside: Inside) -> None:
    token = inside.account()
    inside.stage.shell(AddBan(target="192.0.2.7"))
    for bearer in (None, token):
        assert inside.refusal("GET", "/api/rooms", token=bearer, peer="192.0.2.7")[0] == 403
    assert inside.ask("GET", "/api/rooms", peer="192.0.2.8").status_code == 200


@pytest.mark.parametrize(
    ("headers", "noted"),
    [
        ({}, False),
        ({"Origin": OWN}, True),
        ({"Sec_Fetch_Site": "same-origin"}, True),
        ({CSRF_HEADER.replace("-", "_"): "1"}, True),
        ({CONSOLE_HEADER.replace("-", "_"): "1"}, True),
    ],
)
def test_an_operator_is_at_work_when_more_than_a_picture_asks(
    inside: Inside, headers: dict[str, str], noted: bool
) -> None:
    token = inside.account()
    inside.stage.round(after=3_600)
    assert inside.stage.services.operators.present() == []
    assert inside.ask("GET", ME, Cookie=f"{COOKIE}={token}", **headers).status_code == 200
    assert inside.stage.services.operators.present() == (["artem"] if noted else [])


def log_in(inside: Inside, **how: str) -> Result:
    body = {"username": "artem", "password": PASSWORD}
    return inside.ask("POST", "/manager/auth", body, **how)


def test_our_console_is_given_cookies_that_no_script_reads_and_no_token(inside: Inside) -> None:
    inside.account()
    plain = log_in(inside)
    assert plain.status_code == 200 and plain.json["data"]["token"] and not plain.cookies
    told = log_in(inside, X_Chatd_Console="1")
    assert "token" not in told.json["data"]
    for name in (COOKIE, DEVICE):
        cookie = told.cookies[name]
        assert cookie.http_only and cookie.same_site == "Strict" and cookie.path == "/"
        assert not cookie.secure and cookie.max_age == 365 * 86_400 and cookie.value
    assert told.cookies[DEVICE].value == told.json["data"]["device"]
    asked = {"username": "artem", "password": PASSWORD, "cookie": True}
    assert inside.ask("POST", "/manager/auth", asked).cookies[COOKIE].value
    for other in (False, 1, "yes"):
        asked["cookie"] = other
        assert not inside.ask("POST", "/manager/auth", asked).cookies


def test_who_logs_out_has_no_cookie_and_no_session_left(inside: Inside) -> None:
    token = inside.account()
    own = {"Cookie": f"{COOKIE}={token}", "Origin": OWN, "X_Chatd_Csrf": "1"}
    told = inside.ask("POST", "/manager/logout", {}, **own)
    assert told.status_code == 200 and told.cookies[COOKIE].value == ""
    assert inside.refusal("GET", ME, token=token)[0] == 401


def test_a_device_is_known_to_our_own_page_alone(inside: Inside) -> None:
    inside.account()
    device = log_in(inside, X_Chatd_Console="1").json["data"]["device"]
    services = inside.stage.services
    services.limiter.apply(inside.stage.limits(logins_per_account_anywhere="1/day"))
    wrong = {"username": "artem", "password": "wrong"}
    for number in range(2):
        inside.ask("POST", "/manager/auth", wrong, peer=f"198.51.100.{number}")
    cookie = f"{DEVICE}={device}"
    away = {"peer": "198.51.100.9", "Cookie": cookie}
    assert log_in(inside, **away).status_code == 429
    assert log_in(inside, **away, Origin=OWN).status_code == 200
