"""A customer is never told an operator's user name: who knows it can guess at the password."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from chatd.domain.participant import Operator
from tests.client import Client, Refused
from tests.conftest import MakeDaemon
from tests.daemon import PASSWORD
from tests.trust.house import House

USERNAME = "zaphod"


def test_nothing_that_a_customer_gets_has_it(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon({"tickets": {"operator_drafts": "full"}})
    token = daemon.add_operator(USERNAME, "Anna")
    told: list[object] = []
    with Client(daemon.address) as customer, Client(daemon.address) as operator:
        told.append(customer.hello(name="Ben"))
        me = operator.hello(token=token)["participant"]
        assert me["username"] == USERNAME, "operators know theirs"
        opened = customer.ask("ticket:open", content="help", wants_person=True)
        ticket = opened["ticket"]["id"]
        told += [opened, customer.join(ticket)]
        operator.ask("ticket:accept", ticket_id=ticket)
        operator.join(ticket)
        operator.join("lobby")
        told.append(customer.join("lobby"))
        operator.say("lobby", "hello")
        operator.ask("typing:start", dialog_id=ticket)
        operator.ask("draft:edit", dialog_id=ticket, seq=1, reset="half a")
        message = operator.say(ticket, "an answer")
        operator.ask("message:react", message_id=message["id"], emoji="👍")
        operator.ask("message:edit", message_id=message["id"], content="a better answer")
        operator.ask("receipt:read", dialog_id=ticket, seq=1)
        operator.ask("presence:set", status="away")
        operator.ask("message:system", dialog_id=ticket, message="soon")
        told.append(customer.ask("ticket:request", ticket_id=ticket))
        operator.ask("ticket:close", ticket_id=ticket)
        for event, fields in (
            ("message:edit", {"message_id": message["id"], "content": "mine"}),
            ("ticket:accept", {"ticket_id": ticket}),
            ("ticket:close", {"ticket_id": ticket}),
        ):
            with pytest.raises(Refused) as refused:
                customer.ask(event, **fields)
            told.append(refused.value.error)
        told += [customer.ask("history:get", dialog_id=ticket), customer.join(ticket)]
        told += [customer.ask("ticket:messages", ticket_id=ticket), customer.ask("room:list")]
        for path in (f"/api/support/messages/{ticket}", f"/api/messages/dialog/{ticket}"):
            told.append(daemon.http("GET", path, token=customer.token)[1])
        told += customer.settle()
    assert len(told) > 20
    assert me["id"] in json.dumps(told), "what stands for it is"
    assert USERNAME not in json.dumps(told)
    listed = daemon.admin_json("operator", "list")["operators"]
    assert [one["id"] for one in listed] == [me["id"]]
    assert daemon.login(USERNAME, PASSWORD)


def test_an_account_keeps_what_stands_for_it_and_no_two_share_one(tmp_path: Path) -> None:
    house = House(tmp_path / "data")
    for name in ("artem", "olga"):
        house.operator(name)
    house.reopen()
    aliases = {one.id: one.alias for one in house.store.all(Operator)}
    assert all(aliases.values()) and len(set(aliases.values())) == 2, "also of before"
    house.reopen()
    assert {one.id: one.alias for one in house.store.all(Operator)} == aliases
    house.close()
