"""Whose ticket it is: the name that they gave last, where they are, what they asked before; and
operators who are named in its notes."""

from __future__ import annotations

import pytest

from tests.client import Client, Refused
from tests.conftest import Connect
from tests.daemon import Daemon, eventually


def operator(daemon: Daemon, connect: Connect, name: str, shown: str, **more: object) -> Client:
    """An operator on line."""
    client = connect()
    client.hello(token=daemon.add_operator(name, shown), device=name, **more)
    return client


def waiting(client: Client, text: str = "?") -> str:
    """A ticket that waits."""
    ticket: str = client.ask("ticket:open", content=text, wants_person=True)["ticket"]["id"]
    return ticket


def renamed(client: Client, ticket: str, name: str) -> None:
    """Waits until an operator is told of a ticket's new name."""
    told = client.expect("queue:update", change="renamed")["ticket"]
    assert (told["id"], told["customer_name"]) == (ticket, name)


def test_a_name_given_later_is_the_tickets(daemon: Daemon, connect: Connect) -> None:
    anna = connect("Гость 7")
    closed, open_ = waiting(anna), waiting(anna)
    artem = operator(daemon, connect, "artem1", "Артём")
    artem.ask("ticket:close", ticket_id=closed)
    artem.join(open_)
    artem.ask("queue:watch")
    artem.settle()
    anna.hello(token=anna.token, name="Анна")
    assert artem.expect("dialog:update", change="renamed")["dialog"]["customer_name"] == "Анна"

    def names() -> set[str]:
        shown = [artem.ask("ticket:get", ticket_id=one)["ticket"] for one in (closed, open_)]
        return {one["customer_name"] for one in shown}

    eventually(lambda: names() == {"Анна"})
    row = next(one for one in artem.ask("queue:get")["tickets"] if one["id"] == open_)
    assert row["customer_name"] == "Анна"
    listed = {one["id"]: one for one in daemon.admin_json("tickets")["tickets"]}
    assert listed[open_]["customer_name"] == listed[closed]["customer_name"] == "Анна"
    artem.settle()
    anna.hello(token=anna.token, name="Анна")
    changes = [one["data"].get("change") for one in artem.settle()]
    assert "renamed" not in changes, "the same name is no news"


def test_the_watchers_are_told_the_new_name(daemon: Daemon, connect: Connect) -> None:
    vera = connect("Гость 8")
    ticket = waiting(vera)
    artem = operator(daemon, connect, "artem2", "Артём")
    artem.ask("queue:watch")
    vera.hello(token=vera.token, name="Вера")
    renamed(artem, ticket, "Вера")


def test_a_customer_is_shown_with_pages_and_earlier_tickets(
    daemon: Daemon, connect: Connect
) -> None:
    anna, other = connect("Анна"), connect("Олег")
    waiting(other)
    tickets = [waiting(anna, f"вопрос {n}") for n in range(4)]
    artem = operator(daemon, connect, "artem3", "Артём")
    artem.ask("ticket:close", ticket_id=tickets[0])
    told = artem.ask("ticket:customer", ticket_id=tickets[2])
    assert [one["id"] for one in told["tickets"]] == [tickets[3], tickets[1], tickets[0]]
    assert (told["more"], told["tickets"][-1]["status"]) == (False, "closed")
    customer = told["customer"]
    assert (customer["id"], customer["name"]) == (anna.id, "Анна")
    assert customer["since"] and len(customer["visits"]) == 1
    page = artem.ask("ticket:customer", ticket_id=tickets[2], limit=2)
    assert [one["id"] for one in page["tickets"]] == [tickets[3], tickets[1]]
    rest = artem.ask("ticket:customer", ticket_id=tickets[2], limit=2, cursor=page["cursor"])
    assert [one["id"] for one in rest["tickets"]] == [tickets[0]]
    anna.ws.close()

    def visits() -> list[object]:
        found: list[object] = artem.ask("ticket:customer", ticket_id=tickets[2])["customer"][
            "visits"
        ]
        return found

    eventually(lambda: visits() == [])
    with pytest.raises(Refused, match="no such dialog"):
        other.ask("ticket:customer", ticket_id=tickets[2])


def test_who_is_named_in_a_note_is_told(daemon: Daemon, connect: Connect) -> None:
    anna = connect("Анна")
    ticket = waiting(anna)
    artem = operator(daemon, connect, "artem4", "Артём Волков")
    vera = operator(daemon, connect, "vera4", "Вера Лис")
    boris = operator(daemon, connect, "boris4", "Борис Ким")

    def note(text: str) -> int:
        told = artem.ask("message:send", dialog_id=f"{ticket}/notes", content=text)
        seq: int = told["message"]["seq"]
        return seq

    seq = note("Посмотри, @vera4: особый случай")
    told = vera.expect("note:mention")
    assert (told["ticket"]["id"], told["seq"], told["sender_name"]) == (ticket, seq, "Артём Волков")
    assert told["text"] == "Посмотри, @vera4: особый случай"
    note("@Борис Ким, а тебе другое")
    assert boris.expect("note:mention")["dialog_id"] == f"{ticket}/notes"
    for text in ("почта vera4@vera4.example", "@vera44 и @vera4.ru", "@artem4 сам себе", "vera4"):
        note(text)
    heard = [one["event"] for one in (*vera.settle(), *artem.settle(), *anna.settle())]
    assert "note:mention" not in heard
    artem.ask("message:send", dialog_id="lobby", content="@vera4 в комнате")
    assert "note:mention" not in [one["event"] for one in vera.settle()]


def test_the_site_says_whether_there_is_an_operator(daemon: Daemon, connect: Connect) -> None:
    operator(daemon, connect, "artem5", "Артём")
    assert daemon.http("GET", "/api/site")[1]["data"]["has_operators"] is True
