"""Lists: bounded in bytes as in rows, whole for who goes on, and nobody is closed for asking."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from chatd.config.settings import StoreSettings
from chatd.domain.mention import Mention
from chatd.domain.message import Message
from chatd.domain.participant import LoginSession, Operator, Participant
from chatd.domain.person import Account
from chatd.domain.scopes import NAMES
from chatd.domain.ticket import Ticket
from chatd.domain.times import to_text
from chatd.store.base import Append, Change, Put
from chatd.store.tiny.store import open_store
from tests.client import Client, Refused
from tests.daemon import PASSWORD, Daemon
from tests.handlers.test_logins import hash_of

WAITING = 15_438
SPOKE, OWN, COLLEAGUES, MANY = 500, 60, 70, 60
TINY = 16_384
PAGE = TINY // 2
BEGAN = int(time.time()) - 20_000
FAT = "😀" * 100
CONFIG: dict[str, Any] = {
    "store": {"sync": False},
    "websocket": {"outbox_bytes": TINY},
    "sites": {"shop": {"canned": {f"answer {n}": FAT for n in range(MANY)}}}
    | {f"{n:03}{'x' * 61}": {} for n in range(2 * MANY)},
    "rooms": {"lobby": {}} | {f"room-{n}": {"topic": FAT} for n in range(MANY)},
}
# Command → the member that the list is, and what tells its rows apart.
LISTS = {
    "queue:get": ("tickets", "id"),
    "queue:watch": ("tickets", "id"),
    "ticket:list": ("tickets", "id"),
    "ticket:mine": ("tickets", "id"),
    "operator:list": ("operators", "username"),
    "board:get": ("operators", "username"),
    "user:list": ("people", "username"),
    "token:list": ("tokens", "name"),
    "session:list": ("sessions", "id"),
    "room:list": ("rooms", "id"),
    "canned:list": ("canned", "name"),
    "hours:list": ("sites", "site"),
    "mention:list": ("mentions", "id"),
    "connection:list": ("connections", "id"),
    "connection:stats": ("connections", "id"),
    "ban:list": ("bans", "id"),
}
ROUTES = {
    "/manager/queue": "tickets",
    "/api/admin/support/tickets": "tickets",
    "/manager/sessions": "tickets",
    "/manager/operators": "operators",
    "/api/rooms": "rooms",
    "/manager/canned": "canned",
    "/api/debug/websocket-stats": "connections",
}
LONGEST = {"queue:get", "queue:watch", "ticket:list"}


def ticket(number: int, operator: str | None = None) -> list[Change]:
    """One that waits, or is an operator's, with a first message."""
    id, now = f"TKT-{BEGAN + number}", to_text(BEGAN + number)
    told = Ticket(
        id=id,
        site="shop",
        status="active" if operator else "waiting",
        customer_id=f"p-{number}",
        customer_name=FAT[:64],
        operator=operator,
        created_at=now,
        updated_at=now,
        requested_at=now,
        accepted_at=now if operator else None,
        version=1,
    )
    said = Message(
        dialog_id=id,
        sender_type="customer",
        sender_id=f"p-{number}",
        sender_name=FAT[:64],
        content=FAT,
        created_at=now,
    )
    return [Put(told), Append(said)] if number < SPOKE or number > WAITING - SPOKE else [Put(told)]


def furnish(data: Path) -> None:
    """What a shop has after a day of which nobody speaks."""
    store = open_store(data, StoreSettings(sync=False))
    for first in range(0, WAITING, 500):
        batch = range(first, min(first + 500, WAITING))
        store.commit(*(change for number in batch for change in ticket(number)))
    for number in range(WAITING, WAITING + OWN):
        store.commit(*ticket(number, "artem"))
    store.commit(*(Put(mention(number)) for number in range(MANY)))
    store.commit(*(Put(operator(f"op-{n}", FAT[:64])) for n in range(COLLEAGUES)))
    artem = operator("artem", "Артём", "admin")
    store.commit(Put(replace(artem, password_hash=hash_of(PASSWORD))))
    store.commit(*(change for number in range(MANY) for change in person(number)))
    store.commit(*(Put(token(number)) for number in range(MANY)))
    store.commit(*(Put(session(number)) for number in range(2 * MANY)))
    store.close()


def token(number: int) -> LoginSession:
    """A program's that is good for all there is."""
    return LoginSession(
        id=f"s-{BEGAN:x}-{number:012x}",
        program=f"{number:03}{'x' * 29}",
        scopes=NAMES,
        by=FAT[:64],
        token_hash="",
        created_at=to_text(BEGAN),
        expires_at="9",
    )


def session(number: int) -> LoginSession:
    """Where Artem is logged in."""
    return LoginSession(
        id=f"s-{BEGAN:x}-{number + MANY:012x}",
        operator="artem",
        token_hash="",
        created_at=to_text(BEGAN),
        expires_at="9",
        address="2001:db8::/64",
    )


def mention(number: int) -> Mention:
    """Artem is named in a note that he has not read."""
    return Mention(
        id=f"artem {number:03}",
        operator="artem",
        dialog_id=f"TKT-{BEGAN + WAITING}/notes",
        at=to_text(BEGAN + number),
        sender_id="o-boris",
        sender_name=FAT[:64],
        text=FAT[:200],
    )


def operator(username: str, name: str, role: Any = "operator") -> Operator:
    """An account that nobody has a password of."""
    now = to_text(BEGAN)
    return Operator(id=username, name=name, role=role, password_hash="", created_at=now)


def person(number: int) -> list[Change]:
    """Somebody with an account and a very long name."""
    now = to_text(BEGAN)
    account = Account(id=f"u-{number}", participant="", password_hash="", created_at=now)
    who = Participant(
        id=f"p-{BEGAN:x}-{number:012x}",
        name=FAT[:64],
        site="shop",
        token_hash="",
        created_at=now,
        expires_at="9",
    )
    return [Put(who), Put(replace(account, participant=who.id))]


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """A daemon with very many of everything, whose outboxes hold next to nothing."""
    daemon = Daemon(tmp_path_factory.mktemp("crowded"), CONFIG)
    furnish(daemon.data)
    daemon.start()
    yield daemon
    assert daemon.stop() == 0, daemon.logged()
    assert "incident" not in daemon.logged(), daemon.logged()


@pytest.fixture(scope="module")
def admin(crowded: Daemon) -> Iterator[Client]:
    """An administrator's console beside many customers' pages, some of whom are banned."""
    token = crowded.login("artem")
    with ExitStack() as stack:
        for number in range(MANY):
            guest = stack.enter_context(Client(crowded.address))
            guest.hello(name=f"{number}{FAT[:50]}")
        client = stack.enter_context(Client(crowded.address))
        client.hello(token=token)
        asked = [client.give("ban:add", target=f"192.0.2.{n}", reason=FAT) for n in range(MANY)]
        for number in asked:
            client.answer(number)
        yield client


def size(rows: Any) -> int:
    return len(json.dumps(rows, ensure_ascii=False, separators=(",", ":")).encode())


@pytest.mark.parametrize("event", LISTS)
def test_every_page_fits_and_all_of_them_are_the_list(admin: Client, event: str) -> None:
    rows, key = LISTS[event]
    seen: list[str] = []
    cursor: str | None = None
    pages = 0
    while True:
        page = admin.ask(event, **({"cursor": cursor} if cursor else {}))
        assert page[rows] and size(page[rows]) <= PAGE + len(page[rows])
        assert page["more"] is (page["cursor"] is not None)
        seen += [row[key] for row in page[rows]]
        pages += 1
        cursor = page["cursor"]
        if cursor is None or (event in LONGEST and pages == 20):
            break
    assert pages > 2 and len(seen) == len(set(seen))
    if event in LONGEST:
        assert page["more"], "15,438 do not fit into 20 pages"
    else:
        assert len(seen) >= MANY


@pytest.mark.parametrize("path", ROUTES)
def test_over_http_it_is_the_same(crowded: Daemon, admin: Client, path: str) -> None:
    rows = ROUTES[path]
    first = crowded.http("GET", path, token=admin.token)[1]["data"]
    second = crowded.http("GET", f"{path}?cursor={first['cursor']}", token=admin.token)[1]["data"]
    assert first["more"] and size(first[rows]) <= PAGE + len(first[rows])
    assert second[rows]
    told = [json.dumps(row) for row in first[rows]]
    assert not [row for row in second[rows] if json.dumps(row) in told]


def test_a_row_limit_holds_as_well(admin: Client) -> None:
    for event, (rows, _) in LISTS.items():
        page = admin.ask(event, limit=2)
        assert len(page[rows]) == 2 and page["cursor"], event


def test_what_is_no_cursor_is_refused_or_ends_the_list(admin: Client) -> None:
    for event in ("room:list", "canned:list", "queue:get"):
        for cursor in ("x", "-1", "9" * 60, "٣"):
            with pytest.raises(Refused) as refused:
                admin.ask(event, cursor=cursor)
            assert refused.value.error["field"] == "cursor", (event, cursor)
    assert admin.ask("room:list", cursor="999999") == {"rooms": [], "more": False, "cursor": None}
    assert admin.ask("operator:list", cursor="~")["operators"] == []


def test_the_queue_counts_all_who_wait_on_every_page(admin: Client) -> None:
    page = admin.ask("queue:get", count=True)
    assert page["waiting"] == page["total"] == WAITING
    assert [row["position"] for row in page["tickets"]] == list(range(1, len(page["tickets"]) + 1))


def test_a_program_at_the_machine_gets_all_of_it(crowded: Daemon, admin: Client) -> None:
    for verb, most in (("rooms", MANY + 1), ("operator list", COLLEAGUES + 1), ("bans", MANY)):
        assert len(crowded.admin(*verb.split(), "-q").stdout.split()) == most, verb
    assert len(crowded.admin("connections", "-q").stdout.split()) == MANY + 1
    assert len(crowded.admin("queue", "-q").stdout.split()) == WAITING
    assert len(crowded.admin("queue", "-q", "--limit", "150").stdout.split()) == 150
