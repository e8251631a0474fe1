"""Who asks: bearer tokens, the console's cookie and its proofs, foreign pages, proxies."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import pytest

from tests.client import Client, Refused
from tests.conftest import MakeDaemon
from tests.daemon import PASSWORD, Daemon

SEND = "/api/support/send-message"
LOGIN = {"username": "artem", "password": PASSWORD}


def kept_cookie(daemon: Daemon, **headers: str) -> tuple[str, str]:
    """A console's login; the cookie as it is sent back, and as it was set."""
    given = {"X-Chatd-Console": "1", **headers}
    status, answered, _ = daemon.http_full("POST", "/manager/auth", LOGIN, headers=given)
    assert status == 200
    return answered["Set-Cookie"].partition(";")[0], answered["Set-Cookie"]


@pytest.fixture(scope="module")
def cookie(daemon: Daemon) -> str:
    daemon.add_operator("artem", "Артём", "admin")
    return kept_cookie(daemon)[0]


def test_a_login_sets_a_cookie_only_for_who_wants_one(daemon: Daemon, cookie: str) -> None:
    assert "Set-Cookie" not in daemon.http_full("POST", "/manager/auth", LOGIN)[1]
    asked = daemon.http_full("POST", "/manager/auth", {**LOGIN, "cookie": True})[1]["Set-Cookie"]
    by_header = kept_cookie(daemon)[1]
    for one in (asked, by_header):
        attributes = {part.strip().lower() for part in one.split(";")[1:]}
        assert {"httponly", "samesite=strict", "path=/"} <= attributes
        assert "secure" not in attributes, "this is plain http"


def test_a_cookie_is_secure_where_a_trusted_proxy_says_https(make_daemon: MakeDaemon) -> None:
    for proxies, secure in (([], False), (["127.0.0.1"], True)):
        daemon = make_daemon({"server": {"trusted_proxies": proxies}})
        daemon.add_operator("artem", "Артём")
        got = kept_cookie(daemon, **{"X-Forwarded-Proto": "https"})[1]
        assert ("Secure" in got) == secure


@pytest.mark.parametrize(
    ("proof", "status"),
    [
        ({"X-Chatd-Csrf": "1", "Origin": "http://{host}"}, 409),
        ({"X-Chatd-Csrf": "1", "Sec-Fetch-Site": "same-origin"}, 409),
        ({"X-Chatd-Csrf": "1"}, 403),
        ({"Origin": "http://{host}"}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 403),
        ({"X-Chatd-Csrf": "1", "Sec-Fetch-Site": "same-site"}, 403),
        ({"X-Chatd-Csrf": "1", "Sec-Fetch-Site": "none"}, 403),
        ({"X-Chatd-Csrf": "1", "Origin": "null"}, 403),
        ({"X-Chatd-Csrf": "1", "Origin": "http://evil.example"}, 403),
        (
            {
                "X-Chatd-Csrf": "1",
                "Origin": "http://evil.example",
                "Sec-Fetch-Site": "same-origin",
            },
            403,
        ),
    ],
)
def test_a_cookie_changes_things_only_with_both_proofs(
    daemon: Daemon, cookie: str, proof: dict[str, str], status: int
) -> None:
    headers = {name: value.format(host=daemon.address) for name, value in proof.items()}
    new = {"username": "artem", "password": PASSWORD, "display_name": "x"}
    got, body = daemon.http("POST", "/manager/create", new, headers={"Cookie": cookie, **headers})
    assert got == status, body


def test_a_cookie_reads_without_proofs_but_not_for_foreign_pages(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon({"sites": {"shop": {"origins": ["https://shop.example", "self"]}}})
    daemon.add_operator("artem", "Артём")
    cookie = {"Cookie": kept_cookie(daemon)[0]}
    own, shop = f"http://{daemon.address}", "https://shop.example"
    assert daemon.http("GET", "/manager/me", headers=cookie)[0] == 200
    assert daemon.http("GET", "/manager/me", headers={**cookie, "Origin": own})[0] == 200
    assert daemon.http("GET", "/manager/me", headers={**cookie, "Origin": shop})[0] == 401


def test_the_console_works_where_no_site_names_our_own_address(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon({"sites": {"shop": {"origins": ["https://shop.example"]}}})
    daemon.add_operator("artem", "Артём")
    own = {"Origin": f"http://{daemon.address}"}
    cookie = {"Cookie": kept_cookie(daemon, **own)[0], "X-Chatd-Csrf": "1", **own}
    assert daemon.http("GET", "/manager/me", headers=cookie)[0] == 200
    assert daemon.http("POST", "/manager/logout", {}, headers=cookie)[0] == 200
    assert daemon.http("POST", SEND, {"message": "x"}, headers=own)[0] == 403, "no site for it"


def test_an_operators_cookie_does_not_stand_in_a_visitors_way(daemon: Daemon, cookie: str) -> None:
    own = {"Cookie": cookie, "Origin": f"http://{daemon.address}"}
    status, body = daemon.http("POST", SEND, {"message": "from the landing page"}, headers=own)
    assert status == 201 and body["data"]["message"]["sender_type"] == "customer"
    assert daemon.http("POST", "/manager/request", {}, headers=own)[0] == 201
    assert daemon.http("POST", "/manager/auth", LOGIN, headers=own)[0] == 200


def test_logging_out_ends_the_session_and_takes_the_cookie_away(
    daemon: Daemon, cookie: str
) -> None:
    mine = kept_cookie(daemon)[0]
    proven = {"Cookie": mine, "X-Chatd-Csrf": "1", "Origin": f"http://{daemon.address}"}
    status, headers, _ = daemon.http_full("POST", "/manager/logout", {}, headers=proven)
    assert status == 200 and headers["Set-Cookie"].startswith('chatd_session=""')
    ended = re.search(r"expires=([^;]+)", headers["Set-Cookie"], re.IGNORECASE)
    assert ended and parsedate_to_datetime(ended[1]) < datetime.now(UTC)
    assert daemon.http("GET", "/manager/me", headers={"Cookie": mine})[0] == 401
    assert daemon.http("GET", "/manager/me", headers={"Cookie": cookie})[0] == 200, "only mine"


@pytest.mark.parametrize(
    "header", ["Bearer", "Bearer ", "Basic eDp5", "Token x", "Bearer s-1.x", "Bearer p-1.é"]
)
def test_a_bad_authorization_is_401_and_says_what_is_wanted(daemon: Daemon, header: str) -> None:
    sent = {"Authorization": header.encode().decode("latin-1")}
    status, headers, _ = daemon.http_full("GET", "/manager/queue", headers=sent)
    assert status == 401 and headers["Www-Authenticate"] == "Bearer"


@pytest.mark.parametrize(
    "value",
    ['chatd_session="', "chatd_session=;=", "=;,", "a=b; c=d; chatd_session=x; chatd_session=y"],
)
def test_a_broken_cookie_is_nobodys(daemon: Daemon, value: str) -> None:
    assert daemon.http("GET", "/manager/me", headers={"Cookie": value})[0] == 401


def site_daemon(make_daemon: MakeDaemon) -> Daemon:
    sites: dict[str, Any] = {
        "shop": {"origins": ["https://shop.example"]},
        "blog": {"origins": ["https://blog.example", "self"]},
    }
    return make_daemon({"sites": sites})


def test_a_page_speaks_for_its_own_site_only(make_daemon: MakeDaemon) -> None:
    daemon = site_daemon(make_daemon)
    token = daemon.add_operator("artem", "Артём")

    def opened(origin: str | None, **fields: str) -> Any:
        headers = {"Origin": origin} if origin else {}
        status, body = daemon.http("POST", SEND, {"message": "x", **fields}, headers=headers)
        if status != 201:
            return status
        path = f"/api/admin/support/ticket/{body['data']['ticket_id']}"
        return daemon.http("GET", path, token=token)[1]["data"]["ticket"]["site"]

    assert opened("https://shop.example") == "shop"
    assert opened("https://blog.example") == "blog"
    assert opened("https://blog.example", site="blog") == "blog"
    assert opened("https://blog.example", site="shop") == 403
    assert opened("https://evil.example") == 403
    assert opened("https://shop.example.evil.example") == 403
    assert opened("http://shop.example") == 403
    assert opened("null") == 403
    assert opened(f"http://{daemon.address}") == "blog"
    assert opened(None, site="blog") == "blog"
    assert opened(None) == "shop"


def test_a_token_is_good_on_its_own_site_only(make_daemon: MakeDaemon) -> None:
    daemon = site_daemon(make_daemon)
    shop = {"Origin": "https://shop.example"}
    data = daemon.http("POST", SEND, {"message": "x"}, headers=shop)[1]["data"]
    path, token = f"/api/support/messages/{data['ticket_id']}", data["token"]
    assert daemon.http("GET", path, token=token, headers=shop)[0] == 200
    blog = {"Origin": "https://blog.example"}
    assert daemon.http("GET", path, token=token, headers=blog)[0] == 403


def refusal(client: Client, **hello: Any) -> str:
    with pytest.raises(Refused) as refused:
        client.ask("hello", **hello)
    return refused.value.code


def test_the_console_connects_by_its_cookie_and_never_sees_the_token(
    daemon: Daemon, cookie: str
) -> None:
    own, sent = f"http://{daemon.address}", {"Cookie": cookie}
    with Client(daemon.address, origin=own, additional_headers=sent) as client:
        told = client.ask("hello", session=True)
        assert told["participant"]["username"] == "artem" and told["token"] is None
        assert "waiting" in client.ask("queue:watch")
    with Client(daemon.address, origin=own, additional_headers=sent) as client:
        assert client.hello(name="Аня")["participant"]["kind"] == "visitor", "not unasked"
    with Client(daemon.address, origin=own) as client:
        assert refusal(client, session=True) == "unauthenticated"
    with Client(daemon.address, additional_headers=sent) as client:
        assert refusal(client, session=True) == "unauthenticated", "no page of ours asks"


def test_a_foreign_page_cannot_connect_by_the_consoles_cookie(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon({"sites": {"shop": {"origins": ["https://shop.example"]}}})
    daemon.add_operator("artem", "Артём")
    sent = {"Cookie": kept_cookie(daemon)[0]}
    shop, own = "https://shop.example", f"http://{daemon.address}"
    with Client(daemon.address, origin=shop, additional_headers=sent) as client:
        assert refusal(client, session=True) == "unauthenticated"
    with Client(daemon.address, origin=own, additional_headers=sent) as client:
        assert client.ask("hello", session=True)["participant"]["username"] == "artem"
    with Client(daemon.address, origin=own) as client:
        assert refusal(client, name="Аня") == "forbidden", "no site has our own pages"
