"""Bans: any that holds, holds; the same over every transport, for operators too."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from chatd.domain.addresses import normal
from chatd.domain.network import network_of
from chatd.domain.participant import Ban
from chatd.domain.times import to_text
from chatd.live.local.bans import Bans
from tests.client import Client, Refused
from tests.conftest import MakeDaemon
from tests.daemon import Daemon
from tests.socketio import MODES, SocketIoClient

NOW = 1_800_000_000.0


def ban(id: str, seconds: float | None = None, *networks: str) -> Ban:
    return Ban(
        id=id,
        kind="participant" if id.startswith("p-") else "address",
        by="root",
        created_at=to_text(NOW),
        expires_at=to_text(NOW + seconds) if seconds else None,
        networks=networks,
    )


@pytest.mark.parametrize(
    "bans",
    [
        [ban("192.0.2.7", 2), ban("192.0.2.0/24")],
        [ban("192.0.2.0/24"), ban("192.0.2.7", 2)],
        [ban("192.0.2.7", 2), ban("0.0.0.0/0", 3600)],
        [ban("p-1", 2), ban("192.0.2.7")],
        [ban("192.0.2.7", 2), ban("p-1", 3600)],
        [ban("p-1", 2), ban("p-2", 3600, "192.0.2.7")],
        [ban("p-2", 2, "192.0.2.7"), ban("p-3", 3600, "192.0.2.7")],
    ],
)
def test_any_ban_that_holds_holds(bans: list[Ban]) -> None:
    kept = Bans(bans)
    for seconds in (0, 2.5, 3000):
        found = kept.against("192.0.2.7", "p-1", NOW + seconds)
        assert found is not None, seconds
        assert found == max(bans, key=lambda one: one.expires_at or "~"), "the longest is told"
    lasting = [one for one in bans if one.expires_at is None or one.expires_at > to_text(NOW + 9)]
    assert kept.holding(NOW + 9) == sorted(lasting, key=lambda one: one.id)
    assert kept.over(NOW + 9) == [one for one in bans if one not in lasting]


@pytest.mark.parametrize(
    ("target", "inside", "outside"),
    [
        ("192.0.2.7", ["192.0.2.7", "::ffff:192.0.2.7", "::ffff:c000:207"], ["192.0.2.8", "unix"]),
        ("192.0.2.0/25", ["192.0.2.0", "192.0.2.127"], ["192.0.2.128", "192.0.1.255", ""]),
        ("0.0.0.0/0", ["0.0.0.0", "255.255.255.255"], ["::1", "unix"]),
        ("2001:db8::/32", ["2001:db8:1::1", "2001:DB8::2"], ["2001:db9::", "32.1.13.184"]),
        ("2001:db8::1", ["2001:db8:0::1"], ["2001:db8::2"]),
        ("::ffff:192.0.2.0/120", ["192.0.2.9", "::ffff:192.0.2.9"], ["192.0.3.9"]),
    ],
)
def test_a_network_is_what_it_says(target: str, inside: list[str], outside: list[str]) -> None:
    kept = Bans([ban(normal(target))])
    for address in inside:
        assert kept.against(address, "", NOW), address
    for address in outside:
        assert kept.against(address, "", NOW) is None, address


def test_a_lifted_ban_leaves_nothing_and_takes_no_other_along() -> None:
    one, other = ban("p-1", None, "192.0.2.7"), ban("192.0.2.7")
    kept = Bans([one, other])
    kept.remove(other)
    assert kept.against("192.0.2.7", "", NOW) == one
    kept.add(ban("p-1", 60))
    assert kept.against("192.0.2.7", "", NOW) is None, "the new ban is without the network"
    kept.remove(one)
    assert vars(kept) == vars(Bans([]))


def test_a_hundred_thousand_bans_are_looked_up_not_gone_through() -> None:
    many = [ban(f"10.{n >> 16}.{n >> 8 & 255}.{n & 255}") for n in range(100_000)]
    kept = Bans(many)
    assert kept.against("10.1.134.159", "", NOW) == many[-1]
    assert kept.against("10.1.134.160", "", NOW) is None
    assert len(kept._networks) == 1, "one lookup for each length of network"


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("::ffff:c000:207", "192.0.2.7"),
        ("2001:db8::1", "2001:db8::/64"),
        ("unix", "unix"),
        ("a:b", "a:b"),
    ],
)
def test_what_counts_as_one_address(address: str, network: str) -> None:
    assert network_of(address) == network


# Every name of 127.0.0.0/8 is this machine: who is behind a trusted proxy comes from anywhere.
PROXY = {"server": {"trusted_proxies": ["127.0.0.1"]}}


LINES: dict[str, Callable[..., Client]] = {
    "raw": Client,
    **{mode: partial(SocketIoClient, mode=mode) for mode in MODES},
}


def at(address: str) -> dict[str, str]:
    return {"X-Forwarded-For": address}


def closed_at_once(daemon: Daemon, address: str) -> int | None:
    """The code that a new connection is closed with, if it is not let say hello."""
    with Client(daemon.address, additional_headers=at(address)) as client:
        try:
            client.hello(name="Ann")
        except (Refused, ConnectionClosed):
            return client.close_code()
    return None


def test_an_address_is_kept_out_alike_over_http_and_websocket_operators_too(
    make_daemon: MakeDaemon,
) -> None:
    daemon = make_daemon(PROXY)
    root = daemon.add_operator("root", "Root", "admin")
    there, elsewhere = "192.0.2.7", "198.51.100.1"
    operator = Client(daemon.address, additional_headers=at(there))
    operator.hello(token=root)
    visitor = Client(daemon.address, additional_headers=at(there))
    token = visitor.hello(name="Ann")["token"]
    assert daemon.admin("ban", "192.0.2.0/24").stderr == (
        "OK: banned 192.0.2.0/24; ended 2 connections\n"
    )
    assert (operator.close_code(), visitor.close_code()) == (4004, 4004)
    assert closed_at_once(daemon, there) == 4004
    assert closed_at_once(daemon, elsewhere) is None
    asked: list[tuple[str, str, Any, str | None]] = [
        ("GET", "/manager/me", None, root),
        ("GET", "/api/rooms", None, None),
        ("GET", "/api/rooms", None, token),
        ("GET", "/api/site", None, None),
        ("GET", "/manager/me", None, "p-1.made-up"),
        ("POST", "/manager/auth", {"username": "root", "password": "wrong"}, None),
        ("POST", "/api/support/send-message", {"message": "hi"}, None),
        ("POST", "/api/support/send-message", {"message": "hi"}, token),
    ]
    for method, path, body, who in asked:
        status, answer = daemon.http(method, path, body, who, at(there))
        assert (status, answer["error"]["code"]) == (403, "forbidden"), (path, answer)
        assert answer["error"]["banned"] is True and answer["error"]["until"] is None
        assert daemon.http(method, path, body, who, at(elsewhere))[0] in (200, 201, 401), path
    assert daemon.admin("unban", "192.0.2.0/24").returncode == 0
    assert closed_at_once(daemon, there) is None
    assert daemon.http("GET", "/manager/me", None, root, at(there))[0] == 200
    text = daemon.http_full("GET", "/metrics")[2].decode()
    assert 'chatd_refusals_total{reason="ban"}' in text
    assert re.search(r"refused \(ban\): .* from 192\.0\.2\.7", daemon.logged())


@pytest.mark.parametrize("line", LINES)
def test_hello_of_who_is_banned_is_refused_and_closed_with_a_code_of_its_own(
    make_daemon: MakeDaemon, line: str
) -> None:
    dial = LINES[line]
    daemon = make_daemon(PROXY)
    boris = dial(daemon.address, additional_headers=at("192.0.2.7"))
    boris.hello(name="Boris")
    assert daemon.admin("ban", boris.id, "--seconds", "1000").returncode == 0
    assert boris.close_code() == 4004
    for address in ("192.0.2.7", "198.51.100.1"):
        again = dial(daemon.address, additional_headers=at(address))
        with pytest.raises(Refused, match="banned until") as refused:
            again.hello(token=boris.token)
        assert (refused.value.code, refused.value.error["banned"]) == ("forbidden", True)
        assert again.close_code() in (4004, None if line == "polling" else 4004)
        status, _ = daemon.http("GET", "/api/rooms", None, boris.token, at(address))
        assert status == 403
    assert closed_at_once(daemon, "192.0.2.7") is None, "only the participant was asked for"


def test_the_network_of_a_participant_is_kept_out_with_them_where_asked(
    make_daemon: MakeDaemon,
) -> None:
    daemon = make_daemon(PROXY)
    here = Client(daemon.address, additional_headers=at("2001:db8::7"))
    here.hello(name="Eve")
    body = {"message": "by polling"}
    form = daemon.http("POST", "/api/support/send-message", body, headers=at("192.0.2.7"))[1]
    token = form["data"]["token"]
    assert daemon.http("GET", "/api/rooms", None, token, at("192.0.2.8"))[0] == 200
    done = daemon.admin("ban", here.id, "--network")
    assert done.stderr == f"OK: banned {here.id} and 2001:db8::/64; ended 1 connection\n"
    assert here.close_code() == 4004
    assert closed_at_once(daemon, "2001:db8::8") == 4004
    assert closed_at_once(daemon, "2001:db8:0:1::8") is None
    polling = token.partition(".")[0]
    assert daemon.admin_json("ban", polling, "--network")["ban"]["networks"] == ["192.0.2.8"]
    assert closed_at_once(daemon, "192.0.2.8") == 4004
    daemon.stop()
    daemon.start()
    assert closed_at_once(daemon, "2001:db8::9") == 4004, "also after a restart"
    assert daemon.admin("unban", here.id).returncode == 0
    assert closed_at_once(daemon, "2001:db8::9") is None
    assert daemon.admin("ban", "2001:db8::5", "--network").returncode == 0
    assert closed_at_once(daemon, "2001:db8::9") == 4004
    unknown = daemon.admin("ban", here.id, "--network")
    assert unknown.returncode == 6 and "nobody knows" in unknown.stderr


def test_a_ban_that_is_rather_a_slip_is_asked_about(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon(PROXY)
    for wide in ("0.0.0.0/0", "128.0.0.0/7", "::/0", "2000::/3", "::ffff:0.0.0.0/96"):
        done = daemon.admin("ban", wide)
        assert done.returncode == 2 and "add --yes" in done.stderr, wide
    assert daemon.admin("bans").stderr == "Nobody is banned.\n"
    for not_wide in ("10.0.0.0/8", "2001::/16"):
        assert daemon.admin("ban", not_wide).returncode == 0, not_wide
    assert daemon.admin("ban", "0.0.0.0/0", "--yes").returncode == 0
    assert closed_at_once(daemon, "192.0.2.1") == 4004
    assert daemon.admin("unban", "0.0.0.0/0").returncode == 0, "the shell is never kept out"


def test_an_administrator_does_not_ban_themselves_by_a_slip(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon(PROXY)
    root = daemon.add_operator("root", "Root", "admin")
    with Client(daemon.address, additional_headers=at("192.0.2.7")) as console:
        console.hello(token=root)
        with pytest.raises(Refused, match=r"you are at 192\.0\.2\.7 yourself"):
            console.ask("ban:add", target="192.0.2.0/24")
        console.ask("ban:add", target="192.0.3.0/24")


@pytest.mark.parametrize("seconds", ["99999999999999", "1" + "0" * 30, "0", "-5", "1.5", "soon"])
def test_a_time_that_cannot_be_is_refused_with_what_may(daemon: Daemon, seconds: str) -> None:
    done = daemon.admin("ban", "192.0.2.1", "--seconds", seconds)
    assert done.returncode == 2 and "--seconds must be a whole number" in done.stderr, done.stderr
    if seconds.isdigit() and int(seconds):
        assert "3,153,600,000" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_hundred_years_are_taken(daemon: Daemon) -> None:
    assert daemon.admin("ban", "192.0.2.99", "--seconds", "3153600000").returncode == 0
    assert daemon.admin("unban", "192.0.2.99").returncode == 0
