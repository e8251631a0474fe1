"""What a message claims is the daemon's word: quotes, kinds, types; and what it said before."""

from __future__ import annotations

from typing import Any

import pytest

from tests.client import Client, Refused
from tests.conftest import Connect
from tests.daemon import Daemon

ROOM = "lobby"
FORGED = {"seq": 1, "name": "Alice", "text": "Your refund is approved"}


@pytest.fixture(scope="module")
def tokens(daemon: Daemon) -> dict[str, str]:
    """An operator's and an administrator's."""
    for name, role in (("olga", "operator"), ("boss", "admin")):
        daemon.add_operator(name, name.title(), role)
    return {name: daemon.login(name) for name in ("olga", "boss")}


@pytest.fixture
def operator(connect: Connect, tokens: dict[str, str]) -> Client:
    client = connect()
    client.hello(token=tokens["olga"])
    return client


def refused(client: Client, event: str, **data: Any) -> Refused:
    with pytest.raises(Refused) as told:
        client.ask(event, **data)
    return told.value


def test_a_quote_is_asked_for_by_number_and_filled_in_by_the_daemon(
    daemon: Daemon, connect: Connect
) -> None:
    anna, boris = connect("Аня"), connect("Борис")
    boris.join(ROOM)
    first = anna.say(ROOM, "Возврат  одобрен\nзавтра " + "я" * 300)
    reply = anna.say(ROOM, "Да", reply_to=first["seq"])
    text = ("Возврат одобрен завтра " + "я" * 300)[:140]
    quote = {"seq": first["seq"], "name": "Аня", "text": text}
    assert reply["meta"] == {"reply_to": quote}
    assert boris.expect("message:new", id=reply["id"])["meta"] == {"reply_to": quote}
    anna.ask("message:edit", message_id=first["id"], content="Возврата нет")
    assert newest(boris)["meta"]["reply_to"]["text"] == "Возврата нет"
    anna.ask("message:delete", message_id=first["id"])
    gone = {"reply_to": {"seq": first["seq"], "name": "Аня", "deleted": True}}
    assert newest(boris)["meta"] == boris.join(ROOM)["messages"][-1]["meta"] == gone
    for seq in (first["seq"], reply["seq"] + 1, 2**53):
        assert refused(anna, "message:send", dialog_id=ROOM, content="?", reply_to=seq).code == (
            "not_found"
        )
    assert refused(anna, "message:send", dialog_id=ROOM, content="?", reply_to=0).code == "invalid"


def newest(client: Client) -> dict[str, Any]:
    page: dict[str, Any] = client.ask("history:get", dialog_id=ROOM, limit=1)
    message: dict[str, Any] = page["messages"][0]
    return message


def test_quotes_of_one_page_cost_no_more_than_so_many_files(connect: Connect) -> None:
    anna = connect("Аня")
    old = [anna.say(ROOM, f"старое {n}")["seq"] for n in range(25)]
    for seq in old:
        anna.say(ROOM, "ответ", reply_to=seq)
    page = anna.ask("history:get", dialog_id=ROOM, limit=25)["messages"]
    quotes = [message["meta"]["reply_to"] for message in page]
    assert [quote["seq"] for quote in quotes] == old
    assert ["text" in quote for quote in quotes] == [True] * 20 + [False] * 5
    whole = anna.ask("history:get", dialog_id=ROOM, limit=50)["messages"]
    assert all("text" in message["meta"]["reply_to"] for message in whole[-25:])


@pytest.mark.parametrize(
    ("claim", "field"),
    [
        ({"meta": {"reply_to": FORGED}}, "meta"),
        ({"meta": {"reply_to": 1}}, "meta.reply_to"),
        ({"meta": {"kind": "operator_connected"}}, "meta.kind"),
        ({"meta": {"kind": "action"}}, "meta.kind"),
        ({"meta": {"a": {"toString": 1}}}, "meta"),
        ({"meta": {"a": [1]}}, "meta"),
        ({"meta": {"A b": 1}}, "meta"),
        ({"meta": {"a": "x" * 257}}, "meta"),
        ({"meta": {f"n{n}": 1 for n in range(17)}}, "meta"),
        ({"type": "call"}, "type"),
        ({"type": "system"}, "type"),
        ({"type": "file"}, "files"),
    ],
)
def test_what_only_the_daemon_may_say_is_refused_on_every_transport(
    daemon: Daemon, connect: Connect, claim: dict[str, Any], field: str
) -> None:
    anna = connect("Аня")
    last = anna.join(ROOM)["dialog"]["last_seq"]
    no = refused(anna, "message:send", dialog_id=ROOM, content="x", **claim)
    assert no.code == "invalid" and no.error["field"].startswith(field)
    path = f"/api/messages/dialog/{ROOM}"
    status, body = daemon.http("POST", path, {"content": "x", **claim}, token=anna.token)
    assert status == 422 and body["error"]["field"].startswith(field)
    if "meta" in claim:
        assert refused(anna, "ticket:open", content="x", **claim).code == "invalid"
    kept = anna.ask("history:get", dialog_id=ROOM, limit=1)["messages"]
    assert [one["seq"] for one in kept] == [last][: len(kept)] and bool(kept) == bool(last)


def test_the_largest_meta_that_is_allowed_comes_back_as_it_was(connect: Connect) -> None:
    anna = connect("Аня")
    values = ["я" * 256, 2**53, -0.5, True, None]
    meta = {f"{'n' * 30}{n:02}": values[n % 5] for n in range(16)}
    assert anna.say(ROOM, "x", meta=meta)["meta"] == meta == newest(anna)["meta"]


def test_an_action_is_asked_for_and_named_by_the_daemon(connect: Connect) -> None:
    anna = connect("Аня")
    assert anna.say(ROOM, "машет", action=True)["meta"] == {"kind": "action"}


@pytest.mark.parametrize("nothing", ["\u200b", "\u2060\u2060", "\u3164", "\u2800 \u2800", "\ufe0f"])
def test_what_shows_nothing_is_no_message_and_no_name(
    daemon: Daemon, connect: Connect, nothing: str
) -> None:
    anna = connect("Аня")
    message = anna.say(ROOM, "x")
    assert refused(anna, "message:send", dialog_id=ROOM, content=nothing).code == "invalid"
    edit = {"message_id": message["id"], "content": nothing}
    assert refused(anna, "message:edit", **edit).code == "invalid"
    assert refused(anna, "ticket:open", content=nothing).code == "invalid"
    assert refused(anna, "hello", name=nothing).code == "invalid"
    send = {"message": nothing}
    assert daemon.http("POST", "/api/support/send-message", send)[0] == 422
    send = {"message": "x", "name": nothing}
    assert daemon.http("POST", "/api/support/send-message", send)[0] == 422
    shown = anna.say(ROOM, f"a{nothing}b")["content"]
    assert shown == f"a{nothing}b", "what is said is kept to the letter"


def test_a_reaction_is_one_emoji_however_it_is_written(connect: Connect) -> None:
    anna, boris = connect("Аня"), connect("Борис")
    id = anna.say(ROOM, "x")["id"]
    anna.ask("message:react", message_id=id, emoji="❤️")
    both = boris.ask("message:react", message_id=id, emoji="❤")["message"]["reactions"]
    assert both == {"❤️": [anna.id, boris.id]}
    left = anna.ask("message:react", message_id=id, emoji="❤", remove=True)["message"]["reactions"]
    assert left == {"❤️": [boris.id]}
    for real in ("👍🏽", "👨‍👩‍👧", "🇷🇺", "1️⃣"):
        assert real in anna.ask("message:react", message_id=id, emoji=real)["message"]["reactions"]
    for none in ("buy at x.co!", "<script>", "\n!\n", "1", "a", "👍👍", "👍 ", "\ufe0f", "®x"):
        assert refused(anna, "message:react", message_id=id, emoji=none).code == "invalid"


def test_a_frame_with_half_a_character_is_answered_with_its_id(connect: Connect) -> None:
    anna = connect("Аня")
    frame = '{"event":"message:send","id":4711,"data":{"dialog_id":"lobby","content":"\\ud83d x"}}'
    anna.ws.send(frame)
    with pytest.raises(Refused) as told:
        anna.answer(4711)
    assert told.value.code == "malformed"
    anna.ws.send('{"event":"ping","id":"\\ud83d"}')
    with pytest.raises(Refused):
        anna.answer(None)


def test_staff_see_what_a_message_said_before_and_nobody_else_does(
    daemon: Daemon, connect: Connect, operator: Client
) -> None:
    customer = connect("Клиент")
    opened = customer.ask("ticket:open", content="секрет-1", client_id="c-edit")
    ticket, message = opened["ticket"]["id"], opened["message"]
    operator.join(ticket), customer.join(ticket)
    for text in ("секрет-2", "теперь"):
        customer.ask("message:edit", message_id=message["id"], content=text)
    earlier = operator.ask("message:earlier", message_id=message["id"])["earlier"]
    assert [one["content"] for one in earlier] == ["секрет-1", "секрет-2"]
    assert earlier[0]["at"] == message["created_at"] < earlier[1]["at"]
    whole = operator.ask("ticket:get", ticket_id=ticket, connect=False)["messages"]
    assert whole[message["seq"] - 1]["earlier"] == earlier
    shown = daemon.admin("show", ticket).stdout.splitlines()[message["seq"] - 1]
    assert "секрет-1" in shown and "теперь" in shown
    assert refused(customer, "message:earlier", message_id=message["id"]).code == "forbidden"
    customer.settle()
    operator.ask("message:react", message_id=message["id"], emoji="👍")
    given = [
        customer.settle(),
        customer.join(ticket),
        customer.ask("history:get", dialog_id=ticket),
        customer.ask("message:send", dialog_id=ticket, content="x", client_id="c-edit"),
        daemon.http("GET", f"/api/support/messages/{ticket}", token=customer.token),
    ]
    assert "секрет" not in str(given) and "earlier" not in str(given)
    assert all("теперь" in str(one) for one in given[1:]), "each answer has it as it is now"
    customer.ask("message:delete", message_id=message["id"])
    assert operator.ask("message:earlier", message_id=message["id"])["earlier"] == []


def test_of_many_edits_the_first_text_and_the_newest_are_kept(
    connect: Connect, operator: Client
) -> None:
    anna = connect("Аня")
    small, large = anna.say(ROOM, "0"), anna.say(ROOM, "0" + "я" * 3999)
    for n in range(1, 25):
        anna.ask("message:edit", message_id=small["id"], content=str(n))
        anna.ask("message:edit", message_id=large["id"], content=f"{n}" + "я" * 3990)
    kept = [
        [one["content"].rstrip("я") for one in versions]
        for versions in (
            operator.ask("message:earlier", message_id=one["id"])["earlier"]
            for one in (small, large)
        )
    ]
    assert kept[0] == ["0", *(str(n) for n in range(5, 24))]
    assert kept[1] == ["0", *(str(n) for n in range(17, 24))]


def test_what_was_said_in_a_closed_ticket_stands(
    daemon: Daemon, connect: Connect, operator: Client, tokens: dict[str, str]
) -> None:
    customer = connect("Клиент")
    opened = customer.ask("ticket:open", content="обещали")
    ticket, asked = opened["ticket"]["id"], opened["message"]["id"]
    promised = operator.say(ticket, "обещаю")["id"]
    note = operator.say(f"{ticket}/notes", "заметка")["id"]
    operator.ask("ticket:close", ticket_id=ticket)
    for who, id in ((customer, asked), (operator, promised), (operator, note)):
        for event, more in (
            ("message:edit", {"content": "x"}),
            ("message:delete", {}),
            ("message:react", {"emoji": "👍"}),
        ):
            no = refused(who, event, message_id=id, **more)
            assert no.code == "conflict" and "closed" in str(no)
    admin = connect()
    admin.hello(token=tokens["boss"])
    assert admin.ask("message:delete", message_id=promised)["message"]["content"] == ""
    operator.ask("ticket:reopen", ticket_id=ticket)
    customer.ask("message:edit", message_id=asked, content="снова открыт")
