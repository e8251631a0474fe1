"""Only for who means it: effects of reading, figures, tokens in foreign pages and in bodies."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.client import Client, Refused
from tests.conftest import MakeDaemon
from tests.daemon import PASSWORD, Daemon, eventually

SITES: dict[str, Any] = {
    "shop": {"origins": ["https://shop.example", "self"]},
    "blog": {"origins": ["https://blog.example"]},
}


def cookie_of(daemon: Daemon, username: str) -> dict[str, str]:
    said = {"username": username, "password": PASSWORD, "cookie": True}
    status, headers, body = daemon.http_full("POST", "/manager/auth", said)
    assert status == 200
    kept = re.search(r"chatd_session=[^;]+", headers["Set-Cookie"])
    return {"Cookie": kept[0]} if kept else pytest.fail(str(headers) + str(body))


def connected(daemon: Daemon, ticket: dict[str, Any]) -> int:
    path = f"/api/support/messages/{ticket['ticket_id']}"
    messages = daemon.http("GET", path, token=ticket["token"])[1]["data"]["messages"]
    return sum(one["sender_type"] == "system" for one in messages)


def test_a_picture_in_a_foreign_page_opens_no_ticket(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon()
    token = daemon.add_operator("artem", "Артём")
    ticket = daemon.http("POST", "/manager/request", {"message": "Hello?"})[1]["data"]
    before, cookie = connected(daemon, ticket), cookie_of(daemon, "artem")
    path = f"/api/admin/support/ticket/{ticket['ticket_id']}"
    picture = {**cookie, "Sec-Fetch-Site": "same-site", "Sec-Fetch-Dest": "image"}
    for query in ("", "?connect=true", "?connect=1"):
        assert daemon.http("GET", path + query, headers=picture)[0] == 200
        assert daemon.http("GET", path + query, headers=cookie)[0] == 200
    assert daemon.http_full("HEAD", path, token=token)[0] == 200
    assert connected(daemon, ticket) == before
    own = {**cookie, "Sec-Fetch-Site": "same-origin"}
    assert daemon.http("GET", path, headers=own)[0] == 200
    assert connected(daemon, ticket) == before + 1


def test_a_token_in_hand_is_proof_that_reading_is_meant(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon()
    token = daemon.add_operator("artem", "Артём")
    ticket = daemon.http("POST", "/manager/request", {"message": "Hello?"})[1]["data"]
    before = connected(daemon, ticket)
    path = f"/api/admin/support/ticket/{ticket['ticket_id']}"
    assert daemon.http("GET", path, token=token)[0] == 200
    assert connected(daemon, ticket) == before + 1


def test_the_token_is_in_the_body_or_in_the_cookie(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon()
    daemon.add_operator("artem", "Артём")
    said = {"username": "artem", "password": PASSWORD}
    _, headers, body = daemon.http_full("POST", "/manager/auth", said)
    assert "Set-Cookie" not in headers and json.loads(body)["data"]["token"]
    for asked, extra in (({**said, "cookie": True}, {}), (said, {"X-Chatd-Console": "1"})):
        _, headers, body = daemon.http_full("POST", "/manager/auth", asked, headers=extra)
        data = json.loads(body)["data"]
        assert "token" not in data and data["operator"]["username"] == "artem"
        kept = re.findall(r"chatd_session=([^;]+)", headers["Set-Cookie"])
        assert not any(one.encode() in body for one in kept)


def test_an_operator_s_token_is_not_taken_from_pages_of_sites_they_do_not_serve(
    make_daemon: MakeDaemon,
) -> None:
    daemon = make_daemon({"sites": SITES})
    daemon.add_operator("olga", "Ольга")
    assert daemon.admin("operator", "set", "olga", "--site", "shop").returncode == 0
    token = daemon.login("olga")
    own = {"Origin": f"http://{daemon.address}"}
    for headers, status in (
        ({}, 200),
        (own, 200),
        ({"Origin": "https://shop.example"}, 200),
        ({"Origin": "https://blog.example"}, 403),
    ):
        assert daemon.http("GET", "/manager/me", token=token, headers=headers)[0] == status
        said = {"username": "olga", "password": PASSWORD}
        assert daemon.http("POST", "/manager/auth", said, headers=headers)[0] == status
    with Client(daemon.address, origin="https://shop.example") as page:
        assert page.ask("hello", token=token)["participant"]["kind"] == "operator"
    with Client(daemon.address, origin="https://blog.example") as page:
        with pytest.raises(Refused) as refused:
            page.ask("hello", token=token)
        assert refused.value.code == "forbidden"
        with pytest.raises(Refused, match="serves no site"):
            page.ask("operator:login", username="olga", password=PASSWORD)


def test_the_line_of_a_page_ends_when_the_operator_serves_its_site_no_more(
    make_daemon: MakeDaemon,
) -> None:
    daemon = make_daemon({"sites": SITES})
    token = daemon.add_operator("olga", "Ольга")
    pages = ["https://shop.example", "https://blog.example", f"http://{daemon.address}", None]
    shop, blog, console, script = (Client(daemon.address, origin=page) for page in pages)
    for number, client in enumerate((shop, blog, console, script)):
        client.hello(token=token, device=f"d{number}")
    assert daemon.admin("operator", "set", "olga", "--site", "blog").returncode == 0
    assert shop.close_code() == 4003
    for client in (blog, console, script):
        with client:
            client.ask("ticket:list")


@pytest.mark.parametrize(
    "header",
    [
        *("X-Forwarded-For", "Forwarded", "X-Real-IP", "Via", "X-Forwarded-Proto", "X-Client-IP"),
        *("X-Forwarded-Host", "X-Forwarded-Port", "X-Original-Forwarded-For", "CF-Connecting-IP"),
    ],
)
def test_figures_are_told_on_this_machine_only(daemon: Daemon, header: str) -> None:
    assert daemon.http("GET", "/metrics")[0] == 200
    status, body = daemon.http("GET", "/metrics", headers={header: "127.0.0.1"})
    assert status == 403 and "metrics_listen" in body["error"]["message"]
    assert daemon.http("GET", "/healthz", headers={header: "127.0.0.1"})[0] == 200


def test_figures_have_a_listener_of_their_own_where_one_is_named(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon({"server": {"metrics_listen": "127.0.0.1:0"}})
    found = eventually(lambda: re.search(r"metrics on (127\.0\.0\.1:\d+)", daemon.logged()))
    main, daemon.address = daemon.address, found[1]
    through = {"X-Forwarded-For": "203.0.113.9", "Host": "anything.example"}
    assert b"chatd_" in daemon.http_full("GET", "/metrics", headers=through)[2]
    assert daemon.http("GET", "/readyz")[0] == daemon.http("GET", "/healthz")[0] == 200
    for path in ("/", "/api/rooms", "/console", "/metrics/x", "/openapi.json"):
        assert daemon.http("GET", path)[0] == 404
    with pytest.raises(Exception, match="404"):
        Client(daemon.address)
    daemon.address = main
    assert daemon.http("GET", "/api/rooms")[0] == 200


def test_who_is_nobody_has_nothing_read(daemon: Daemon) -> None:
    for body in (b"{", b"[" * 1_000, b'{"a":1,"a":2}', b"x" * 100):
        status, answer = daemon.http("POST", "/api/admin/support/reply", body)
        assert (status, answer["error"]["code"]) == (401, "unauthenticated")
