"""Webhooks: who is told what, signed as the specification has it, at least once."""

from __future__ import annotations

import os
import random
import signal
import time
from typing import Any

import pytest

from chatd.domain.ticket import NOTES
from tests.client import Client
from tests.daemon import Daemon, eventually
from tests.errands.conftest import HERE, Tell
from tests.errands.receiver import OTHER, SECRET, VARIABLE, Receiver

QUICK = {"retry_seconds": [0.05, 0.05, 0.05]}
ROUNDS = int(os.environ.get("CHATD_ERRAND_ROUNDS", "4"))


def deliveries(daemon: Daemon, *words: str) -> list[dict[str, Any]]:
    """As the shell lists them."""
    found: list[dict[str, Any]] = daemon.admin_json("webhook", "deliveries", *words, "crm")[
        "errands"
    ]
    return found


def states(daemon: Daemon) -> list[str]:
    return [one["state"] for one in deliveries(daemon)]


def test_a_ticket_from_its_first_message_to_its_end_is_told(tell: Tell, receiver: Receiver) -> None:
    daemon = tell()
    daemon.add_operator("artem", "Артём")
    with Client(daemon.address) as customer:
        customer.hello(name="Аня")
        opened = customer.ask("ticket:open", content="Где мой заказ?", wants_person=True)
        id = opened["ticket"]["id"]
        daemon.admin("accept", "--as", "artem", id)
        daemon.admin("reply", "--as", "artem", id, "Едет")
        edited = customer.ask("message:edit", message_id=opened["message"]["id"], content="Где он?")
        customer.ask("message:delete", message_id=opened["message"]["id"])
        daemon.admin("close", id)
        daemon.admin("reopen", id)
    told = {"opened", "accepted", "closed", "reopened"}
    receiver.wait_until(lambda: told <= {one["type"].partition(".")[2] for one in receiver.events})
    receiver.wait_until(lambda: receiver.of("message.deleted") and receiver.of("message.edited"))
    receiver.wait_until(lambda: "Едет" in str(receiver.of("message.created")))
    first = receiver.of("ticket.opened")[0]["data"]["ticket"]
    assert (first["id"], first["customer_name"], first["operator"]) == (id, "Аня", None)
    assert receiver.of("ticket.accepted")[0]["data"]["ticket"]["operator_name"] == "Артём"
    said = {one["data"]["message"]["content"]: one for one in receiver.of("message.created")}
    question = said["Где мой заказ?"]["data"]["message"]
    expected = {key: opened["message"][key] for key in ("id", "seq", "rev", "content")}
    assert expected == {key: question[key] for key in expected}
    assert said["Едет"]["data"]["message"]["sender_type"] == "admin"
    changed = receiver.of("message.edited")[0]["data"]["message"]
    assert (changed["content"], changed["rev"]) == ("Где он?", edited["message"]["rev"])
    assert receiver.of("message.deleted")[0]["data"]["message"]["content"] == ""
    assert len({one["id"] for one in receiver.events}) == len(receiver.events)


def test_rooms_are_told_of_and_operators_notes_are_not(tell: Tell, receiver: Receiver) -> None:
    daemon = tell(events=["message.created"])
    session = daemon.add_operator("artem", "Артём")
    with Client(daemon.address) as customer, Client(daemon.address) as operator:
        customer.hello(name="Аня")
        id = customer.ask("ticket:open", content="Вопрос", wants_person=True)["ticket"]["id"]
        operator.hello(token=session)
        notes = f"{id}{NOTES}"
        operator.join(notes)
        operator.say(notes, "с ним осторожно")
        customer.join("lobby")
        customer.say("lobby", "последнее")
    receiver.wait_until(lambda: len(receiver.events) >= 2)
    eventually(lambda: set(states(daemon)) == {"delivered"})
    said = [one["data"]["message"]["content"] for one in receiver.events]
    assert sorted(one for one in said if one in ("Вопрос", "последнее")) == ["Вопрос", "последнее"]
    assert "earlier" not in str(receiver.events)
    assert "с ним осторожно" not in said


def test_a_webhook_is_told_of_its_events_and_sites_only(tell: Tell, receiver: Receiver) -> None:
    sites = {name: {"origins": [f"https://{name}.example"]} for name in ("shop", "bank")}
    daemon = tell(others={"sites": sites}, events=["ticket.opened"], sites=["shop"])
    for site in ("bank", "shop"):
        with Client(daemon.address, origin=f"https://{site}.example") as customer:
            customer.hello(name=site)
            customer.ask("ticket:open", content="Вопрос", wants_person=True)
    receiver.wait_until(lambda: receiver.events)
    kept = deliveries(daemon)
    assert [one["type"] for one in kept] == ["ticket.opened"]
    assert [one["data"]["ticket"]["site"] for one in receiver.events] == ["shop"]


def test_while_secrets_are_exchanged_both_sign(
    tell: Tell, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, f"{OTHER} {SECRET}")
    daemon = tell(events=["ticket.opened"])
    assert daemon.admin("webhook", "test", "crm").returncode == 0
    assert receiver.headers[0]["webhook-signature"].count("v1,") == 2
    assert receiver.events[0]["type"] == "webhook.test"


def test_who_fails_is_tried_again_under_the_same_id_and_then_given_up(
    tell: Tell, receiver: Receiver
) -> None:
    daemon = tell(QUICK, events=["message.created"])
    receiver.answers = [500, 302, 404]
    with Client(daemon.address) as client:
        client.hello(name="Аня")
        client.join("lobby")
        client.say("lobby", "раз")
        receiver.wait_until(lambda: receiver.events)
        assert len(receiver.tries) == 4
        assert len(set(receiver.tries)) == 1
        receiver.status = 503
        client.say("lobby", "два")
        failed = eventually(lambda: deliveries(daemon, "--state", "failed"))
    assert (failed[0]["attempts"], failed[0]["last_error"]) == (4, "status 503")
    assert len(receiver.tries) == 8
    receiver.status = 200
    done = daemon.admin("webhook", "replay", "crm")
    assert "1 delivery is due now" in done.stderr
    receiver.wait_until(lambda: len(receiver.events) == 2)
    assert receiver.events[1]["id"] == failed[0]["id"]
    eventually(lambda: set(states(daemon)) == {"delivered"})
    assert daemon.admin("webhook", "replay", failed[0]["id"]).returncode == 0
    receiver.wait_until(lambda: len(receiver.events) == 3)
    assert receiver.events[2]["id"] == failed[0]["id"]


def test_who_does_not_answer_in_time_has_not_answered(tell: Tell, receiver: Receiver) -> None:
    daemon = tell({"retry_seconds": [0.05], "timeout_seconds": 0.3}, events=["message.created"])
    receiver.gate.clear()
    with Client(daemon.address) as client:
        client.hello(name="Аня")
        client.join("lobby")
        client.say("lobby", "раз")
    failed = eventually(lambda: deliveries(daemon, "--state", "failed"))
    assert (failed[0]["attempts"], failed[0]["last_error"]) == (2, "no answer in 0.3 s")


def test_who_says_how_long_to_wait_is_left_alone_so_long(tell: Tell, receiver: Receiver) -> None:
    daemon = tell(QUICK, events=["message.created"])
    receiver.answers, receiver.more = [429], {"Retry-After": "3600"}
    with Client(daemon.address) as client:
        client.hello(name="Аня")
        client.join("lobby")
        client.say("lobby", "раз")
    tried = eventually(lambda: [one for one in deliveries(daemon) if one["attempts"]])
    assert tried[0]["state"] == "waiting"
    assert tried[0]["next_at"] > tried[0]["created_at"]
    assert daemon.admin("errands", "retry", tried[0]["id"]).returncode == 0
    receiver.wait_until(lambda: receiver.events)


def test_gone_closes_a_webhook_until_an_operator_opens_it(tell: Tell, receiver: Receiver) -> None:
    daemon = tell(events=["message.created"])
    receiver.status = 410
    with Client(daemon.address) as client:
        client.hello(name="Аня")
        client.join("lobby")
        client.say("lobby", "раз")
        listed = eventually(lambda: closed(daemon))
        assert "410" in listed["state"]
        client.say("lobby", "два")
        assert [one["state"] for one in deliveries(daemon)] == ["failed"]
        daemon.stop()
        daemon.start()
    assert closed(daemon), "a restart does not open it"
    receiver.status = 200
    assert daemon.admin("webhook", "open", "crm").returncode == 0
    assert not closed(daemon)
    assert daemon.admin("webhook", "open", "crm").returncode != 0
    assert daemon.admin("webhook", "replay", "crm").returncode == 0
    receiver.wait_until(lambda: receiver.events)


def closed(daemon: Daemon) -> dict[str, Any] | None:
    one: dict[str, Any] = daemon.admin_json("webhook", "list")["webhooks"][0]
    return one if one["state"].startswith("closed") else None


def test_what_was_acknowledged_is_told_whenever_the_daemon_is_killed(
    tell: Tell, receiver: Receiver
) -> None:
    daemon = tell(QUICK, events=["message.created"])
    sent: set[str] = set()
    for number in range(ROUNDS):
        until = time.monotonic() + random.uniform(0.05, 0.4)
        with Client(daemon.address) as client:
            client.hello(name="Аня")
            client.join("lobby")
            while time.monotonic() < until or not sent:
                sent.add(client.say("lobby", f"{number}")["id"])
            daemon.stop(signal.SIGKILL)
        daemon.start()
    receiver.wait_until(lambda: sent <= {told(one) for one in receiver.events}, 60)
    ids = {told(one): one["id"] for one in receiver.events}
    assert all(ids[told(one)] == one["id"] for one in receiver.events), "one id for each event"
    eventually(lambda: daemon.admin_json("stats")["errands_waiting"] == 0, 30)


def told(event: dict[str, Any]) -> str:
    id: str = event["data"]["message"]["id"]
    return id


def test_what_waits_is_told_after_a_restart(tell: Tell, receiver: Receiver) -> None:
    daemon = tell({"retry_seconds": [0.05, 3600.0]}, events=["message.created"])
    receiver.answers = [500, 500]
    with Client(daemon.address) as client:
        client.hello(name="Аня")
        client.join("lobby")
        client.say("lobby", "раз")
    receiver.wait_until(lambda: len(receiver.tries) == 2)
    eventually(lambda: deliveries(daemon)[0]["attempts"] == 2)
    daemon.stop()
    daemon.start()
    eventually(lambda: daemon.admin_json("stats")["errands_waiting"] == 1)
    assert deliveries(daemon)[0]["attempts"] == 2
    assert daemon.admin("errands", "retry", deliveries(daemon)[0]["id"]).returncode == 0
    receiver.wait_until(lambda: receiver.events)


def test_what_is_dropped_is_told_to_nobody(tell: Tell, receiver: Receiver) -> None:
    daemon = tell({"retry_seconds": [3600.0]}, events=["message.created"])
    receiver.answers = [500]
    with Client(daemon.address) as client:
        client.hello(name="Аня")
        client.join("lobby")
        client.say("lobby", "раз")
    tried = eventually(lambda: [one for one in deliveries(daemon) if one["attempts"]])[0]["id"]
    assert daemon.admin("errands", "drop", tried).returncode == 0
    again = daemon.admin("errands", "drop", tried)
    assert "does not wait" in again.stderr
    assert (states(daemon), daemon.admin_json("stats")["errands_waiting"]) == (["dropped"], 0)
    assert "no such errand" in daemon.admin("errands", "retry", "e-1-1").stderr
    assert daemon.admin_json("errands", "--state", "waiting")["errands"] == []
    assert len(receiver.tries) == 1


def test_so_many_wait_at_most_and_so_many_are_told_at_once(tell: Tell, receiver: Receiver) -> None:
    daemon = tell(events=["message.created"], most_waiting=10)
    receiver.gate.clear()
    with Client(daemon.address) as client:
        client.hello(name="Аня")
        client.join("lobby")
        for number in range(15):
            client.say("lobby", str(number))
        assert daemon.admin_json("stats")["errands_refused"] == 5
        assert daemon.logged().count("it is told of nothing more") == 1
        receiver.wait_until(lambda: receiver.at_once == 4)
        receiver.gate.set()
        receiver.wait_until(lambda: len(receiver.events) == 10)
        eventually(lambda: daemon.admin_json("stats")["errands_waiting"] == 0)
        client.say("lobby", "снова")
        receiver.wait_until(lambda: len(receiver.events) == 11)
    assert receiver.most_at_once == 4


def test_without_a_secret_nothing_is_delivered_and_everybody_says_so(
    tell: Tell, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, "whsec_c2hvcnQ=")
    daemon = tell(events=["message.created"])
    said = f"no secret in ${VARIABLE}: it has 5 bytes; 24 to 64 are allowed"
    assert said in daemon.logged()
    assert said in daemon.admin("webhook", "list").stdout.replace("\n", "")
    assert said in daemon.admin("webhook", "test", "crm").stderr
    assert said in daemon.admin("doctor").stdout.replace("\n", "")
    assert not receiver.tries


def test_a_webhook_that_left_the_configuration_is_told_nothing_more(
    tell: Tell, receiver: Receiver
) -> None:
    daemon = tell({"retry_seconds": [3600.0]}, events=["message.created"])
    receiver.answers = [500]
    with Client(daemon.address) as client:
        client.hello(name="Аня")
        client.join("lobby")
        client.say("lobby", "раз")
        tried = eventually(lambda: [one for one in deliveries(daemon) if one["attempts"]])[0]["id"]
        daemon.write_config({"errands": HERE})
        assert "webhooks" in daemon.admin("reload").stderr
        client.say("lobby", "два")
    assert daemon.admin("errands", "retry", tried).returncode == 0
    kept = eventually(lambda: daemon.admin_json("errands", "--state", "failed")["errands"])
    assert [one["last_error"] for one in kept] == ["the configuration has no such webhook any more"]
    assert len(receiver.tries) == 1


def test_a_list_goes_on_page_by_page(tell: Tell, receiver: Receiver) -> None:
    daemon = tell(events=["message.created"])
    with Client(daemon.address) as client:
        client.hello(name="Аня")
        client.join("lobby")
        for number in range(7):
            client.say("lobby", str(number))
    receiver.wait_until(lambda: len(receiver.events) == 7)
    eventually(lambda: set(states(daemon)) == {"delivered"})
    whole = [one["id"] for one in deliveries(daemon)]
    first = daemon.admin_json("errands", "--limit", "3")
    second = daemon.admin_json("errands", "--limit", "100", "--cursor", first["cursor"])
    assert [one["id"] for one in first["errands"] + second["errands"]] == whole
    assert len(set(whole)) == 7
    assert second["cursor"] is None
