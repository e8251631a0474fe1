"""A ticket's whole life, over WebSocket, HTTP and the shell mixed at will."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.client import Client, Refused
from tests.conftest import Connect, MakeDaemon
from tests.daemon import Daemon

GREETING = "Привет! Чем могу помочь? 😊"
CONNECTED = "👨‍💼 Оператор Артём подключился к диалогу"
CLOSED = "✅ Тикет закрыт. Спасибо за обращение!"
REOPENED = "Тикет открыт повторно"


@pytest.fixture(scope="module")
def artem(daemon: Daemon) -> str:
    return daemon.add_operator("artem", "Артём", "admin")


@pytest.fixture(scope="module")
def olga(daemon: Daemon) -> str:
    return daemon.add_operator("olga", "Ольга")


def open_ticket(daemon: Daemon, text: str = "help") -> tuple[str, str]:
    """A new customer's ticket and token, over HTTP."""
    status, body = daemon.http("POST", "/api/support/send-message", {"message": text})
    assert status == 201, body
    return body["data"]["ticket_id"], body["data"]["token"]


def texts(daemon: Daemon, ticket_id: str, token: str) -> list[str]:
    """What the ticket's messages say."""
    status, body = daemon.http("GET", f"/api/support/messages/{ticket_id}", token=token)
    assert status == 200, body
    return [message["message"] for message in body["data"]["messages"]]


def test_a_whole_life_mixed_over_all_transports(
    daemon: Daemon, connect: Connect, artem: str
) -> None:
    customer, operator = connect(), connect()
    known = customer.hello(name="Клиент Анна")
    assert known["greeting"] == GREETING
    opened = customer.ask("ticket:open", content="Где мой заказ?")
    ticket_id = opened["ticket"]["id"]
    assert ticket_id.startswith("TKT-") and ticket_id[4:].isdigit()
    assert opened["ticket"]["status"] == "waiting" and opened["position"] >= 1
    joined = customer.join(ticket_id)
    assert [m["content"] for m in joined["messages"]] == [GREETING, "Где мой заказ?"]
    assert [m["sender_type"] for m in joined["messages"]] == ["bot", "customer"]

    operator.hello(token=artem)
    assert ticket_id in [one["id"] for one in operator.ask("queue:watch")["tickets"]]
    status, body = daemon.http("GET", f"/api/admin/support/ticket/{ticket_id}", token=artem)
    assert status == 200 and body["data"]["ticket"]["id"] == ticket_id
    assert customer.expect("message:new")["content"] == CONNECTED
    operator.ask("ticket:accept", ticket_id=ticket_id)
    told = customer.expect("dialog:update", change="accepted")["dialog"]
    assert told["status"] == "active" and told["operator_name"] == "Артём"
    assert operator.expect("queue:update", change="accepted")["ticket"]["id"] == ticket_id

    done = daemon.admin("reply", "--as", "artem", ticket_id, "Уже", "в", "пути")
    assert done.returncode == 0 and done.stderr.startswith("OK: posted")
    answer = customer.expect("message:new")
    assert answer["content"] == "Уже в пути" and answer["sender_type"] == "admin"
    assert answer["sender_name"] == "Артём"

    assert daemon.admin("close", ticket_id).stderr == f"OK: closed {ticket_id}\n"
    closed = customer.expect("message:new")
    assert closed["content"] == CLOSED and closed["sender_type"] == "system"
    status, body = daemon.http(
        "POST",
        "/api/support/send-message",
        {"message": "Ещё вопрос", "ticket_id": ticket_id},
        token=customer.token,
    )
    assert status == 201
    assert [customer.expect("message:new")["content"] for _ in range(2)] == [
        REOPENED,
        "Ещё вопрос",
    ]
    shown = daemon.admin_json("show", ticket_id)
    assert shown["ticket"]["status"] == "waiting"
    assert [m["content"] for m in shown["messages"]].count(CONNECTED) == 1
    assert [m["seq"] for m in shown["messages"]] == list(range(1, len(shown["messages"]) + 1))


def test_the_operator_is_announced_once_however_often_they_look(daemon: Daemon, artem: str) -> None:
    ticket_id, token = open_ticket(daemon)
    for _ in range(3):
        assert daemon.http("GET", f"/api/admin/support/ticket/{ticket_id}", token=artem)[0] == 200
    assert texts(daemon, ticket_id, token).count(CONNECTED) == 1


def test_who_answers_over_http_has_read_what_stands_above(
    daemon: Daemon, connect: Connect, artem: str
) -> None:
    ticket_id, token = open_ticket(daemon)
    customer = connect()
    customer.hello(token=token)
    customer.join(ticket_id)
    asked = customer.say(ticket_id, "есть кто?")
    reply = {"ticket_id": ticket_id, "message": "да"}
    assert daemon.http("POST", "/api/admin/support/reply", reply, token=artem)[0] == 201
    told = customer.expect("receipt:update", dialog_id=ticket_id)
    assert told["read"] > asked["seq"] and told["participant_id"] != customer.id


def announced(daemon: Daemon, ticket_id: str) -> list[tuple[str, bool]]:
    """Who was announced, and whether it is said that somebody was before."""
    shown = daemon.admin_json("show", ticket_id)["messages"]
    told = [one for one in shown if one["meta"].get("kind") == "operator_connected"]
    return [(one["content"].split()[2], one["meta"].get("again", False)) for one in told]


def test_each_operator_is_announced_once_an_episode_on_whatever_way(
    daemon: Daemon, connect: Connect, artem: str, olga: str
) -> None:
    ticket_id, token = open_ticket(daemon)
    operator, customer = connect(), connect()
    operator.hello(token=artem)
    customer.hello(token=token)
    reply = {"ticket_id": ticket_id, "message": "да"}
    expected: list[tuple[str, bool]] = []
    for _ in range(3):
        operator.join(ticket_id, connect=True)
        assert daemon.http("GET", f"/api/admin/support/ticket/{ticket_id}", token=artem)[0] == 200
        assert daemon.admin("accept", "--if-needed", ticket_id, "--as", "artem").returncode == 0
        assert daemon.http("POST", "/api/admin/support/reply", reply, token=artem)[0] == 201
        assert daemon.admin("reply", "--as", "artem", ticket_id, "да").returncode == 0
        operator.say(ticket_id, "да")
        assert announced(daemon, ticket_id) == [*expected, ("Артём", False)]
        assert daemon.admin("transfer", ticket_id, "olga").returncode == 0
        for _ in range(2):
            assert daemon.http("POST", "/api/admin/support/reply", reply, token=olga)[0] == 201
        operator.ask("ticket:transfer", ticket_id=ticket_id, operator="artem")
        operator.ask("ticket:return", ticket_id=ticket_id)
        operator.ask("ticket:accept", ticket_id=ticket_id)
        operator.say(ticket_id, "снова я")
        expected += [("Артём", False), ("Ольга", True)]
        assert announced(daemon, ticket_id) == expected
        operator.ask("ticket:close", ticket_id=ticket_id)
        customer.say(ticket_id, "ещё вопрос")
    assert texts(daemon, ticket_id, token).count(CONNECTED) == 3


def test_of_many_who_accept_at_once_one_wins_and_the_others_learn_who(
    daemon: Daemon, artem: str
) -> None:
    tokens = {f"racer{n}": daemon.add_operator(f"racer{n}", f"Гонщик {n}") for n in range(6)}
    for _ in range(5):
        ticket_id, _ = open_ticket(daemon)
        with ThreadPoolExecutor(len(tokens)) as pool:
            results = list(
                pool.map(
                    lambda token, id=ticket_id: daemon.http(  # type: ignore[misc]
                        "POST", f"/api/admin/support/accept/{id}", {}, token=token
                    ),
                    tokens.values(),
                )
            )
        won = [body for status, body in results if status == 200]
        lost = [body["error"] for status, body in results if status == 409]
        assert len(won) == 1 and len(lost) == len(tokens) - 1
        winner = won[0]["data"]["ticket"]["operator"]
        assert {error["by"] for error in lost} == {winner} and all(error["at"] for error in lost)


def test_what_is_shown_last_is_how_a_ticket_is_whatever_came_at_once(
    daemon: Daemon, connect: Connect, artem: str
) -> None:
    ticket_id, token = open_ticket(daemon)
    customer, operator = connect(), connect()
    customer.hello(token=token)
    operator.hello(token=artem)
    given = [customer.give("message:send", dialog_id=ticket_id, content="x") for _ in range(20)]
    accepted = operator.ask("ticket:accept", ticket_id=ticket_id)["ticket"]
    for one in given:
        customer.answer(one)
    now, shown = customer.join(ticket_id)["dialog"], list[dict[str, Any]]()
    while not shown or shown[-1]["rev"] < now["rev"]:
        told = customer.expect("dialog:update")
        shown += [told["dialog"]] if "dialog" in told else []  # not of her place in the queue
    assert shown[-1]["status"] == "active" and shown[-1]["rev"] >= accepted["rev"]
    assert shown[-1]["last_seq"] == now["last_seq"]
    revs = [one["rev"] for one in shown]
    assert revs == sorted(revs)


def test_transfer_return_and_unread_counts(
    daemon: Daemon, connect: Connect, artem: str, olga: str
) -> None:
    customer = connect("Клиент")
    ticket_id = customer.ask("ticket:open", content="раз")["ticket"]["id"]
    first = connect()
    first.hello(token=artem)
    first.ask("ticket:accept", ticket_id=ticket_id)
    moved = first.ask("ticket:transfer", ticket_id=ticket_id, operator="olga")["ticket"]
    assert moved["operator"] == "olga" and moved["status"] == "active"
    second = connect()
    second.hello(token=olga)
    own = second.ask("ticket:mine")["tickets"]
    assert [one["id"] for one in own] == [ticket_id] and own[0]["unread"] > 0
    joined = second.join(ticket_id)
    last = second.ask("history:get", dialog_id=ticket_id, limit=1)["messages"][0]["seq"]
    assert joined["dialog"]["status"] == "active"
    second.ask("receipt:read", dialog_id=ticket_id, seq=last)
    assert second.ask("ticket:mine")["tickets"][0]["unread"] == 0
    customer.say(ticket_id, "два")
    assert second.ask("ticket:mine")["tickets"][0]["unread"] == 1
    returned = second.ask("ticket:return", ticket_id=ticket_id)["ticket"]
    assert returned["status"] == "waiting" and returned["operator"] is None
    assert returned["requested_at"] == moved["requested_at"], "it keeps its old place"


def test_wrong_order_is_a_conflict_that_says_the_state(daemon: Daemon, artem: str) -> None:
    ticket_id, _ = open_ticket(daemon)
    path = "/api/admin/support"
    status, body = daemon.http("POST", f"{path}/open/{ticket_id}", {}, token=artem)
    assert status == 409 and body["error"]["status"] == "waiting"
    assert daemon.http("POST", f"{path}/close/{ticket_id}", {}, token=artem)[0] == 200
    status, body = daemon.http("POST", f"{path}/close/{ticket_id}", {}, token=artem)
    assert status == 409 and body["error"]["by"] == "artem" and body["error"]["at"]
    reply = {"ticket_id": ticket_id, "message": "late"}
    assert daemon.http("POST", f"{path}/reply", reply, token=artem)[0] == 409
    status, body = daemon.http("POST", f"{path}/open/{ticket_id}", {}, token=artem)
    assert status == 200 and body["data"]["ticket"]["status"] == "active"


def test_a_reply_takes_a_waiting_ticket(daemon: Daemon, artem: str) -> None:
    ticket_id, token = open_ticket(daemon)
    reply = {"ticket_id": ticket_id, "message": "Здравствуйте"}
    status, body = daemon.http("POST", "/api/admin/support/reply", reply, token=artem)
    assert status == 201 and body["data"]["message"]["sender_type"] == "admin"
    assert texts(daemon, ticket_id, token)[-2:] == [CONNECTED, "Здравствуйте"]
    assert daemon.admin_json("show", ticket_id)["ticket"]["operator"] == "artem"


def test_place_and_expected_wait_follow_the_queue(
    make_daemon: MakeDaemon,
) -> None:
    daemon = make_daemon()
    token = daemon.add_operator("artem", "Артём")
    first, second, artem = (Client(daemon.address) for _ in range(3))
    with first, second, artem:
        first.hello(name="1"), second.hello(name="2"), artem.hello(token=token)
        one = first.ask("ticket:open", content="1")
        two = second.ask("ticket:open", content="2")
        assert (one["position"], two["position"]) == (1, 2)
        assert two["expected_wait_s"] > one["expected_wait_s"] > 0
        queue = daemon.http("GET", "/manager/queue", token=token)[1]["data"]
        assert queue["waiting"] == 2
        assert [t["id"] for t in queue["tickets"]] == [one["ticket"]["id"], two["ticket"]["id"]]
        accept = f"/api/admin/support/accept/{one['ticket']['id']}"
        assert daemon.http("POST", accept, {}, token=token)[0] == 200
        moved = second.expect("dialog:update", change="position", position=1)
        assert moved["dialog_id"] == two["ticket"]["id"]


def test_a_visitor_sees_only_what_is_theirs(daemon: Daemon, connect: Connect, artem: str) -> None:
    ticket_id, _ = open_ticket(daemon, "secret")
    stranger = connect("Чужой")
    refusals = []
    for id in (ticket_id, "TKT-1"):
        for event in ("dialog:join", "history:get", "message:send", "draft:edit"):
            with pytest.raises(Refused) as refused:
                stranger.ask(event, dialog_id=id, content="x", seq=1)
            refusals.append((refused.value.code, refused.value.error["message"]))
        status, body = daemon.http("GET", f"/api/support/messages/{id}", token=stranger.token)
        assert status == 404
        refusals.append((body["error"]["code"], body["error"]["message"]))
    assert len(set(refusals)) == 1, "existing and missing tickets look the same"
    for event in ("ticket:accept", "ticket:close"):
        with pytest.raises(Refused):
            stranger.ask(event, ticket_id=ticket_id)
    for event in ("ticket:list", "queue:watch", "queue:get", "connection:list", "stats:get"):
        with pytest.raises(Refused) as refused:
            stranger.ask(event)
        assert refused.value.code == "forbidden"
    assert daemon.http("GET", f"/api/support/messages/{ticket_id}")[0] == 401


def test_internal_notes_never_reach_the_customer(
    daemon: Daemon, connect: Connect, artem: str
) -> None:
    customer, operator = connect("Клиент"), connect()
    ticket_id = customer.ask("ticket:open", content="?")["ticket"]["id"]
    customer.join(ticket_id)
    operator.hello(token=artem)
    operator.join(f"{ticket_id}/notes")
    note = operator.say(f"{ticket_id}/notes", "будьте вежливы")
    assert operator.expect("message:new") == note
    with pytest.raises(Refused) as refused:
        customer.join(f"{ticket_id}/notes")
    assert refused.value.code == "not_found"
    assert "будьте вежливы" not in [event["data"].get("content") for event in customer.settle()]


def test_the_operator_watches_the_customer_type_and_the_customer_only_a_flag(
    connect: Connect, artem: str
) -> None:
    customer, operator = connect("Клиент"), connect()
    ticket_id = customer.ask("ticket:open", content="?")["ticket"]["id"]
    view = customer.join(ticket_id)["dialog"]
    assert view["live_typing"] == "full", "the customer is told that the draft is visible"
    operator.hello(token=artem)
    operator.join(ticket_id)
    customer.ask("draft:edit", dialog_id=ticket_id, seq=1, ops=[["i", "думаю"]])
    assert operator.expect("draft:edit")["ops"] == [["i", "думаю"]]
    operator.ask("draft:edit", dialog_id=ticket_id, seq=1, ops=[["i", "тайна"]])
    assert customer.expect("typing:start")["name"] == "Артём"
    assert "draft:edit" not in [event["event"] for event in customer.settle()]


def test_a_returning_customer_finds_the_whole_history(daemon: Daemon, connect: Connect) -> None:
    ticket_id, token = open_ticket(daemon, "первое")
    again = connect()
    known = again.hello(token=token, ticket_id=ticket_id)
    assert known["ticket"]["id"] == ticket_id
    assert [m["content"] for m in again.join(ticket_id)["messages"]] == [GREETING, "первое"]


def test_a_retried_first_message_makes_no_second_ticket(connect: Connect) -> None:
    customer = connect("Клиент")
    first = customer.ask("ticket:open", content="раз", client_id="k1")
    again = customer.ask("ticket:open", content="раз", client_id="k1")
    assert again["ticket"]["id"] == first["ticket"]["id"]
    assert again["message"]["id"] == first["message"]["id"]


def test_ticket_ids_differ_when_many_fall_into_one_second(daemon: Daemon) -> None:
    with ThreadPoolExecutor(8) as pool:
        ids = [id for id, _ in pool.map(lambda _: open_ticket(daemon), range(40))]
    assert len(set(ids)) == 40


@pytest.fixture
def two_sites(make_daemon: MakeDaemon) -> Iterator[Daemon]:
    yield make_daemon(
        {
            "sites": {
                "shop": {"origins": ["https://shop.example"], "language": "ru"},
                "blog": {"origins": ["https://blog.example"], "language": "en"},
            },
            "rooms": {"lobby": {}, "backstage": {"sites": ["blog"]}},
        }
    )


def test_sites_are_isolated(two_sites: Daemon) -> None:
    daemon = two_sites
    shop = Client(daemon.address, origin="https://shop.example")
    blog = Client(daemon.address, origin="https://blog.example")
    with shop, blog:
        assert shop.hello(name="a")["site"] == "shop"
        known = blog.hello(name="b")
        assert known["site"] == "blog" and known["greeting"].startswith("Hi!")
        ticket_id = shop.ask("ticket:open", content="?")["ticket"]["id"]
        with pytest.raises(Refused) as refused:
            blog.join(ticket_id)
        assert refused.value.code == "not_found"
        with pytest.raises(Refused):
            shop.join("backstage")
        blog.join("backstage")
        with Client(daemon.address, origin="https://blog.example") as thief:
            for fields in ({"token": shop.token}, {"name": "x", "site": "shop"}):
                with pytest.raises(Refused) as refused:
                    thief.hello(**fields)
                assert refused.value.code == "forbidden"


def test_foreign_origins_may_not_connect(two_sites: Daemon) -> None:
    from websockets.exceptions import InvalidStatus

    with pytest.raises(InvalidStatus) as refused:
        Client(two_sites.address, origin="https://evil.example")
    assert refused.value.response.status_code == 403
    status, body = two_sites.http(
        "POST",
        "/api/support/send-message",
        {"message": "x"},
        headers={"Origin": "https://evil.example"},
    )
    assert status == 403 and body["error"]["code"] == "forbidden"
