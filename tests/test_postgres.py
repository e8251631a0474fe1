"""The daemon on PostgreSQL: what people do, the daemon killed, the database away."""

from __future__ import annotations

import os
import random
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.client import Client, Refused
from tests.conftest import MakeDaemon
from tests.daemon import Daemon, eventually
from tests.postgres import Server
from tests.test_crash import WRITERS, Writer, check, everything, kill_under_load

PATIENCE_S = 60.0
KILLS = int(os.environ.get("CHATD_KILLS", "6"))
RESTARTS = int(os.environ.get("CHATD_RESTARTS", "2"))


class Patient(Client):
    """Asks again where it is told to try again."""

    def ask(self, event: str, **data: Any) -> dict[str, Any]:
        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                return super().ask(event, **data)
            except Refused as refused:
                if refused.code != "unavailable" or time.monotonic() > deadline:
                    raise
                time.sleep(0.05)


class PatientWriter(Writer):
    """Goes on while the database is away."""

    client = Patient


@pytest.fixture
def stored(database: str, make_daemon: MakeDaemon) -> Callable[[], Daemon]:
    """Daemons that keep everything in the database."""
    return lambda: make_daemon({"store": {"backend": "postgres", "dsn": database}}, start=False)


def test_people_talk_and_all_is_there_after_a_restart(stored: Callable[[], Daemon]) -> None:
    daemon = stored().start()
    operator = daemon.add_operator("artem", "Артём")
    with Client(daemon.address) as anna, Client(daemon.address) as boris:
        anna.hello(name="Аня")
        boris.hello(name="Борис")
        anna.join("lobby")
        boris.join("lobby")
        said = anna.say("lobby", "привет 👋", client_id="k\0\\")
        again = anna.ask("message:send", dialog_id="lobby", content="other", client_id="k\0\\")
        assert again["message"] == said
        assert boris.expect("message:new")["id"] == said["id"]
        boris.ask("message:react", message_id=said["id"], emoji="👍")
        opened = anna.ask("ticket:open", content="помогите")
        ticket = opened["ticket"]["id"]
    with Client(daemon.address) as artem:
        artem.hello(token=operator)
        artem.ask("ticket:accept", ticket_id=ticket)
        artem.say(ticket, "слушаю")
    assert daemon.stop() == 0, daemon.logged()
    assert "incident" not in daemon.logged(), daemon.logged()
    daemon.start()
    with Client(daemon.address) as back:
        back.hello(token=anna.token)
        history = back.join("lobby")["messages"]
        assert [one["content"] for one in history] == ["привет 👋"]
        assert list(history[0]["reactions"]) == ["👍"]
        joined = back.join(ticket)
        assert [one["content"] for one in joined["messages"]][-1] == "слушаю"
    assert daemon.admin_json("show", ticket)["ticket"]["status"] == "active"


def test_what_a_connection_sends_in_order_is_stored_in_order(stored: Callable[[], Daemon]) -> None:
    daemon = stored().start()
    with Client(daemon.address) as anna:
        anna.hello(name="Аня")
        anna.join("lobby")
        ticket = anna.ask("ticket:open", content="line")["ticket"]["id"]
        for dialog_id in ("lobby", ticket):
            before = len(everything(anna, dialog_id))
            texts = [f"line {number}" for number in range(100)]
            given = [anna.give("message:send", dialog_id=dialog_id, content=one) for one in texts]
            for one in given:
                anna.answer(one)
            said = everything(anna, dialog_id)[before:]
            assert [one["content"] for one in said] == texts
        last = len(everything(anna, ticket))
        shown: dict[str, Any] = {}  # some tell of her place in the queue
        while shown.get("last_seq", 0) < last:
            shown = anna.expect("dialog:update", dialog_id=ticket).get("dialog", shown)
    assert daemon.stop() == 0 and "failed" not in daemon.logged(), daemon.logged()


def test_kill_9_of_the_daemon_loses_and_doubles_nothing(stored: Callable[[], Daemon]) -> None:
    daemon = stored()
    writers = [Writer(number) for number in range(WRITERS)]
    kill_under_load(daemon, writers, KILLS, random.Random(1))
    daemon.start()
    check_all(daemon, writers)


def check_all(daemon: Daemon, writers: list[Writer]) -> None:
    """What everybody was told is there, once."""
    assert sum(len(one.acknowledged) for one in writers) > 2 * WRITERS, "there was load"
    for writer in writers:
        with Client(daemon.address) as client:
            client.hello(token=writer.token)
            for dialog_id in {"lobby", writer.ticket or "lobby"}:
                check(client, writer, dialog_id)


@pytest.mark.parametrize("how", ["fast", "immediate"])
def test_people_talk_on_over_restarts_of_the_database(
    stored: Callable[[], Daemon], postgres: Server, how: str
) -> None:
    daemon = stored().start()
    writers: list[Writer] = [PatientWriter(number) for number in range(WRITERS)]
    threads = [threading.Thread(target=one.run, args=(daemon,)) for one in writers]
    with Client(daemon.address) as listener:
        listener.hello(name="listener")
        listener.join("lobby")
        for thread in threads:
            thread.start()
        for _ in range(RESTARTS):
            before = sum(len(one.acknowledged) for one in writers)
            eventually(lambda b=before: sum(len(one.acknowledged) for one in writers) > b + 20, 30)
            postgres.restart(how)
        last = sum(len(one.acknowledged) for one in writers)
        eventually(lambda: sum(len(one.acknowledged) for one in writers) > last + 20, 30)
        count = len(everything(listener, "lobby"))
        told: list[int] = []
        while len(told) < count:
            told.append(listener.expect("message:new", seconds=20)["seq"])
        assert told == list(range(1, count + 1)), "each is announced, once, in its order"
    assert eventually(lambda: daemon.admin_json("status")["state"] == "serving")
    daemon.stop()
    for thread in threads:
        thread.join(30)
    daemon.start()
    check_all(daemon, writers)


def test_while_the_database_is_away_it_is_said(
    stored: Callable[[], Daemon], postgres: Server
) -> None:
    daemon = stored().start()
    with Patient(daemon.address) as anna, Client(daemon.address) as boris:
        for one, name in ((anna, "Аня"), (boris, "Борис")):
            one.hello(name=name)
            one.join("lobby")
        postgres.stop()
        try:
            began = time.monotonic()
            with pytest.raises(Refused) as refused:
                Client.ask(anna, "message:send", dialog_id="lobby", content="x", client_id="once")
            assert refused.value.code == "unavailable" and time.monotonic() - began < 20
            eventually(lambda: "database" in daemon.admin_json("status")["state"])
            anna.ask("draft:edit", dialog_id="lobby", seq=1, reset="ещё пишу")
            boris.expect("draft:edit", reset="ещё пишу")
        finally:
            postgres.start()
        assert anna.say("lobby", "x", client_id="once")["seq"] == 1
        assert boris.expect("message:new")["content"] == "x"


def test_a_daemon_that_cannot_reach_its_database_says_so(stored: Callable[[], Daemon]) -> None:
    daemon = stored()
    daemon.write_config({"store": {"backend": "postgres", "dsn": "host=/nowhere dbname=x"}})
    with pytest.raises(AssertionError, match=r"cannot start: PostgreSQL: .*nowhere"):
        daemon.start()
    assert daemon.stop() == 1
