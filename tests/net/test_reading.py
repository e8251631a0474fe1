"""Pages are limited by their bytes, for each participant and address."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

import pytest

from tests.client import Client, Refused
from tests.conftest import MakeDaemon
from tests.daemon import RELAXED, Daemon, eventually

FAT = "x" * 4_000
A_FEW_PAGES = "100000/minute"
ELSEWHERE = {"source_address": ("127.0.0.9", 0)}


def limited(make_daemon: MakeDaemon, **limits: str) -> Daemon:
    """A daemon with a room of five messages, 20 kB together, and these limits."""
    daemon = make_daemon({"limits": RELAXED["limits"] | limits})
    with Client(daemon.address) as ann:
        ann.hello(name="Ann")
        for number in range(5):
            ann.say("lobby", FAT, client_id=f"m{number}")
    return daemon


def reads(client: Client, times: int = 20, **asked: Any) -> int:
    """How many pages somebody gets."""
    for done in range(times):
        try:
            page = client.ask("history:get", dialog_id="lobby", **asked)
        except Refused as refused:
            assert refused.code == "rate_limited" and 1 <= refused.error["retry_after"] <= 60
            return done
        assert page["messages"]
    return times


def test_so_many_bytes_from_one_address_over_every_transport(make_daemon: MakeDaemon) -> None:
    daemon = limited(make_daemon, read_bytes_per_address=A_FEW_PAGES)
    with Client(daemon.address) as ann, Client(daemon.address) as ben:
        ann.hello(name="Ann")
        ben.hello(name="Ben")
        assert 3 <= reads(ann) < 10
        with pytest.raises(Refused) as refused:
            ben.join("lobby")
        assert refused.value.error["limit"] == "read_bytes_per_address"
        path = "/api/messages/dialog/lobby"
        status, headers, body = daemon.http_full("GET", path, token=ben.token)
        assert (status, b"read_bytes_per_address" in body) == (429, True)
        assert 1 <= int(headers["Retry-After"]) <= 60
        assert ben.say("lobby", "what is no page is none of it")["seq"] == 6
        assert ben.ask("ping")
    with Client(daemon.address, **ELSEWHERE) as far:
        far.hello(name="Far")
        assert reads(far, 3) == 3
    assert daemon.admin_json("history", "lobby")["messages"], "who is at the machine reads"
    assert "refused (limit): read_bytes_per_address" in daemon.logged()


def test_what_is_read_over_http_counts_along(make_daemon: MakeDaemon) -> None:
    daemon = limited(make_daemon, read_bytes_per_address=A_FEW_PAGES)
    with Client(daemon.address) as ann:
        ann.hello(name="Ann")
        got = [
            daemon.http("GET", "/api/messages/dialog/lobby", token=ann.token)[0] for _ in range(10)
        ]
        assert got.count(200) >= 3 and got[-1] == 429
        assert reads(ann) == 0


def test_so_many_bytes_for_one_participant_and_the_neighbours_read_on(
    make_daemon: MakeDaemon,
) -> None:
    daemon = limited(make_daemon, read_bytes_per_participant=A_FEW_PAGES)
    with Client(daemon.address) as ann, Client(daemon.address) as ben:
        ann.hello(name="Ann")
        ben.hello(name="Ben")
        assert 3 <= reads(ann) < 10
        with Client(daemon.address) as again:
            again.hello(token=ann.token, device="another")
            assert reads(again) == 0, "another line of the same participant"
        assert reads(ben, 3) == 3


def test_a_small_page_costs_what_it_holds(make_daemon: MakeDaemon) -> None:
    daemon = limited(make_daemon, read_bytes_per_participant=A_FEW_PAGES)
    with Client(daemon.address) as ann:
        ann.hello(name="Ann")
        assert reads(ann, 20, limit=1) == 20


def test_a_limit_is_over_after_its_time(make_daemon: MakeDaemon) -> None:
    daemon = limited(make_daemon, read_bytes_per_participant="10000/second")
    with Client(daemon.address) as ann:
        ann.hello(name="Ann")
        assert reads(ann, 50) < 50
        eventually(lambda: reads(ann, 1))


def test_who_is_there_and_how_far_they_have_read_is_read_too(make_daemon: MakeDaemon) -> None:
    daemon = limited(make_daemon, read_bytes_per_participant="5000/minute")
    with ExitStack() as stack:
        for number in range(5):
            guest = stack.enter_context(Client(daemon.address))
            guest.hello(name=f"{number}" + "я" * 60)
            guest.join("lobby", after_seq=5)
            guest.ask("receipt:read", dialog_id="lobby", seq=5)
        ann = stack.enter_context(Client(daemon.address))
        ann.hello(name="Ann")
        with pytest.raises(Refused, match="rate_limited"):
            for _ in range(10):  # each tells of five people and no message
                assert not ann.join("lobby", after_seq=5)["messages"]
