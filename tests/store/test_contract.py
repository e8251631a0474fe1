"""One contract, every backend: in memory, journal and TinyDB, and the same after a reopening."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import gevent
import pytest
from msgspec.structs import replace
from tinydb import TinyDB

from chatd.domain.episode import Episode
from chatd.domain.errand import Errand
from chatd.domain.facts import UNKNOWN, Facts, Score
from chatd.domain.message import revise
from chatd.domain.participant import Ban, LoginSession, Operator, Participant
from chatd.domain.rating import Rating
from chatd.domain.ticket import Ticket, episode_id
from chatd.domain.versions import successor
from chatd.errors import Conflict, NotFound, Overtaken
from chatd.store.base import NAMES, Advance, Append, Committed, Put, Remove, Replace, Store
from chatd.store.tiny.store import open_store
from tests.store.backends import (
    OPERATOR,
    SETTINGS,
    Bench,
    message,
    run_again,
    ticket,
)


def test_messages_are_numbered_per_conversation_and_read_back(bench: Bench) -> None:
    for number in range(1, 26):
        done = bench.store.commit(Append(message(f"m{number}")))
        assert (done.messages[0].seq, done.messages[0].id) == (number, f"lobby:{number}")
    assert bench.store.commit(Append(message("x", "other"))).messages[0].seq == 1
    store = bench.again()
    assert store.conversation("lobby").last_seq == 25
    assert store.conversation("lobby").last_text == "m25"
    assert [m.content for m in store.history("lobby", limit=3)] == ["m23", "m24", "m25"]
    assert [m.seq for m in store.history("lobby", after=8, limit=4)] == [9, 10, 11, 12]
    assert [m.seq for m in store.history("lobby", before=3, limit=5)] == [1, 2]
    assert store.history("lobby", after=25, limit=5) == []
    assert store.message("lobby", 0) is None and store.message("lobby", 26) is None
    assert store.commit(Append(message("next"))).messages[0].seq == 26


def test_a_retry_changes_nothing_and_answers_with_the_first(bench: Bench) -> None:
    first = bench.store.commit(Append(message("once", client_id="k"))).messages[0]
    store = bench.again()
    called: list[Committed] = []
    again = store.commit(
        Put(ticket("TKT-5")), Append(message("twice", client_id="k")), then=called.append
    )
    assert again.repeated and again.messages == (first,) and not called
    assert store.get(Ticket, "TKT-5") is None and store.conversation("lobby").last_seq == 1
    assert store.find_sent("lobby", "p-1-a", "k") == first
    other = store.commit(Append(message("other", sender="p-2-b", client_id="k")))
    assert not other.repeated and other.messages[0].seq == 2


def test_retries_are_remembered_for_the_last_256_of_a_sender(bench: Bench) -> None:
    for number in range(300):
        bench.store.commit(Append(message("m", client_id=f"k{number}")))
    store = bench.again()
    assert store.commit(Append(message("m", client_id="k44"))).repeated
    assert not store.commit(Append(message("m", client_id="k43"))).repeated


def test_a_change_is_made_from_the_version_before_it_or_changes_nothing(bench: Bench) -> None:
    first = bench.store.commit(Append(message("m"))).messages[0]
    bench.store.commit(Replace(revise(first, content="one")))
    for stale in (first, revise(first, content="two"), revise(revise(revise(first)))):
        with pytest.raises(Overtaken):
            bench.store.commit(Append(message("x")), Replace(stale))
    store = bench.again()
    stored = store.message("lobby", 1)
    assert stored and (stored.content, stored.version) == ("one", 1)
    assert store.conversation("lobby").last_seq == 1
    with pytest.raises(Overtaken):
        store.commit(Replace(revise(first, content="two")))
    store.commit(Replace(revise(stored, content="two")))


def test_changes_asked_for_at_once_are_made_from_each_other(bench: Bench) -> None:
    first = bench.store.commit(Append(message("m"))).messages[0]
    order: list[int] = []

    def change(number: int) -> None:
        before = bench.store.message_asked("lobby", first.seq)
        assert before
        people = (before.reactions or {}).get("👍", [])
        after = revise(before, reactions={"👍": [*people, f"p-{number}"]})
        bench.store.commit(Replace(after), then=lambda done: order.append(number))

    acts = [gevent.spawn(run_again, partial(change, number)) for number in range(50)]
    gevent.joinall(acts, raise_error=True)
    stored = bench.again().message("lobby", first.seq)
    assert stored and stored.version == 50 and sorted(order) == list(range(50))
    assert (stored.reactions or {})["👍"] == [f"p-{number}" for number in order]


def test_a_commit_of_nothing_returns_when_all_before_is_durable(bench: Bench) -> None:
    order: list[str] = []
    first = gevent.spawn(
        bench.store.commit, Append(message("m")), then=lambda done: order.append("m")
    )
    gevent.sleep(0)
    bench.store.commit()
    assert order == ["m"]
    first.get()


def test_a_commit_is_whole_or_not_at_all(bench: Bench) -> None:
    bench.store.commit(Put(ticket("TKT-7")))
    with pytest.raises(Conflict):
        bench.store.commit(Append(message("x")), Put(ticket("TKT-7", version=5)))
    with pytest.raises(NotFound):
        bench.store.commit(Put(ticket("TKT-8")), Replace(replace(message("x"), seq=99)))
    store = bench.again()
    assert store.get(Ticket, "TKT-8") is None and store.conversation("lobby").last_seq == 0
    assert store.commit(Append(message("y"))).messages[0].seq == 1


def test_documents_are_put_replaced_and_removed(bench: Bench) -> None:
    ban = Ban(id="192.0.2.1", kind="address", by="artem", created_at="2026")
    operator = Operator(id="artem", name="Артём", password_hash="x", created_at="2026")
    person = Participant(
        id="p-67a1b2c3-x", name="a", site="s", token_hash="h", created_at="1", expires_at="2"
    )
    bench.store.commit(Put(ban), Put(operator), Put(person))
    store = bench.again()
    assert store.all(Ban) == [ban] and store.get(Operator, "artem") == operator
    assert store.get(Participant, person.id) == person
    store.commit(Remove("bans", ban.id), Put(successor(operator, name="Артемий")))
    store = bench.again()
    assert store.all(Ban) == [] and store.get(Ban, ban.id) is None
    assert [one.name for one in store.all(Operator)] == ["Артемий"]


def test_documents_are_gone_through_in_pages_in_the_order_of_their_ids(bench: Bench) -> None:
    ids = [f"192.0.2.{number}" for number in range(1, 8)]
    bench.store.commit(*(Put(Ban(id=id, kind="address", by="", created_at="")) for id in ids[::-1]))
    store = bench.again()
    assert [one.id for one in store.all(Ban)] == ids
    assert [one.id for one in store.all(Ban, limit=3)] == ids[:3]
    assert [one.id for one in store.all(Ban, after=ids[2], limit=3)] == ids[3:6]
    assert store.all(Ban, after=ids[-1]) == []


def test_who_does_not_say_how_many_gets_a_page(bench: Bench) -> None:
    """50 messages, 100 tickets."""
    first = 1_730_000_000
    tickets = (Put(ticket(f"TKT-{first + number}")) for number in range(102))
    bench.store.commit(*tickets, *(Append(message(str(number))) for number in range(52)))
    store = bench.again()
    assert len(store.tickets()) == 100 and store.tickets()[0].id == f"TKT-{first + 101}"
    for page in (store.history("lobby"), store.history("lobby", after=1)):
        assert [one.seq for one in page] == list(range(page[0].seq, page[0].seq + 50))


def test_an_errand_has_the_message_of_its_own_commit_with_its_number(bench: Bench) -> None:
    first = message("a")
    errand = Errand(
        id="e-67a1b2c3-a", kind="webhook", target="t", type="x", created_at="", message=first
    )
    bench.store.commit(Append(message("before")), Append(first), Put(errand))
    kept = bench.again().get(Errand, errand.id)
    assert kept and kept.message and (kept.message.id, kept.message.seq) == ("lobby:2", 2)


SESSION = {"id": "s-1", "operator": "artem", "token_hash": "h", "created_at": "1"}
PERSON = {"id": "p-67a1b2c3-x", "site": "s", "token_hash": "h", "created_at": "1"}


@pytest.mark.parametrize(
    "document",
    [
        Operator(**OPERATOR),
        LoginSession(**SESSION, expires_at="2"),
        Participant(**PERSON, name="a", expires_at="2"),
    ],
    ids=["operator", "session", "participant"],
)
def test_a_document_is_changed_from_the_version_that_was_read(bench: Bench, document: Any) -> None:
    kind = type(document)
    bench.store.commit(Put(document))
    first = successor(document, created_at="first")
    bench.again().commit(Put(first))
    for stale in (successor(document, created_at="second"), successor(successor(first))):
        with pytest.raises(Overtaken):
            bench.store.commit(Append(message("x")), Put(stale))
    store = bench.again()
    assert store.get(kind, document.id) == first and store.conversation("lobby").last_seq == 0
    with pytest.raises(Overtaken):
        store.commit(Remove(NAMES[kind], document.id, version=1))
    assert store.get(kind, document.id) == first
    store.commit(Remove(NAMES[kind], document.id, version=2))
    with pytest.raises(Overtaken):  # what was removed meanwhile does not come back
        store.commit(Put(successor(first)))
    assert bench.again().get(kind, document.id) is None
    bench.store.commit(Put(document))


def episode(ticket_id: str, number: int, began_at: str, **fields: Any) -> Episode:
    id = episode_id(ticket_id, number, began_at)
    return Episode(
        id=id, ticket=ticket_id, number=number, site="shop", opened_at=began_at, **fields
    )


def test_a_ticket_and_its_episode_are_stored_together_or_not_at_all(bench: Bench) -> None:
    id, began = "TKT-1730053200", "2024-10-27T18:20:00.000Z"
    first = episode(id, 1, began)
    bench.store.commit(Put(ticket(id)), Put(first))
    second = successor(first, offers=1, counted=(0, 0))
    bench.again().commit(Append(message("x", id)), Put(second))
    changed = ticket(id, version=2, status="closed")
    with pytest.raises(Overtaken):
        bench.store.commit(Put(changed), Put(successor(first, closed_at=began)))
    store = bench.again()
    known = store.get(Ticket, id)
    assert known and known.status == "waiting" and store.get(Episode, first.id) == second
    store.commit(Put(changed), Put(successor(second, closed_at=began)))
    store = bench.again()
    known, kept = store.get(Ticket, id), store.get(Episode, first.id)
    assert known and kept and (known.status, kept.closed_at) == ("closed", began)
    assert kept.offers == 1


def test_episodes_are_gone_through_by_the_time_that_they_began_at(bench: Bench) -> None:
    id = "TKT-1730053200"
    days = [f"2024-1{month}-27T18:20:00.000Z" for month in (0, 2, 1)]
    made = [episode(id, number, day, counted=(0, 0)) for number, day in enumerate(days, 1)]
    bench.store.commit(*map(Put, made[:2]))
    bench.again().commit(Put(made[2]))
    store = bench.again()
    found = [one for part in store.parts(Episode) for one in store.part(Episode, part)]
    if len(store.parts(Episode)) > 1:
        assert [one.opened_at for one in found] == sorted(days)
        middle = store.parts(Episode, since=made[2].id, until=made[2].id)
        assert [one for part in middle for one in store.part(Episode, part)] == [made[2]]
    assert sorted(found, key=lambda one: one.number) == made


def test_of_episodes_what_figures_need_is_read_as_they_are(bench: Bench) -> None:
    id, day = "TKT-1730053200", "2024-10-27T18:20:00.000Z"
    rating = Rating(score=4, at=day)
    first = episode(id, 1, day, closed_at=day, tags=("vip",), rating=rating, counted=(0, 0))
    odd = episode(id, 2, day, accepted_at="на той неделе", counted=(0, 0))
    ids = {"since": first.id, "until": odd.id}

    def told(store: Store) -> list[Facts]:
        some = [one for part in store.excerpts(Episode, Facts, **ids) for one in part]
        return sorted(some, key=lambda one: one.number)

    assert not told(bench.store)
    bench.store.commit(Put(first))
    assert told(bench.store) == [Facts.of(first)]
    store = bench.again()
    store.commit(Put(odd))
    for one in (store, bench.again()):
        known = told(one)
        assert known == [Facts.of(first), Facts.of(odd)]
        assert known[1].accepted_at is UNKNOWN and known[0].rating == Score(4)
    store = bench.again()
    said = replace(message("я здесь", id), sender_type="admin")
    store.commit(Remove("episodes", first.id), Append(said), Put(successor(odd, number=3)))
    for one in (store, bench.again()):
        kept = one.get(Episode, odd.id)
        assert kept and told(one) == [Facts.of(kept)]
        assert (kept.number, kept.operator_messages) == (3, 1)


def test_all_episodes_of_a_time_are_read_however_many_files_they_lie_in(bench: Bench) -> None:
    hours = [f"2024-10-{day}T{hour:02d}:20:00.000Z" for day in (27, 28) for hour in range(24)]
    made = [episode("TKT-1730053200", n, at, counted=(0, 0)) for n, at in enumerate(hours, 1)]
    bench.store.commit(*map(Put, made))
    found = bench.again().excerpts(Episode, Facts, since=made[1].id, until=made[-2].id)
    assert {one.id for part in found for one in part} >= {one.id for one in made[1:-1]}


def test_of_two_who_make_the_same_document_one_wins(bench: Bench) -> None:
    bench.store.commit(Put(Operator(**OPERATOR)))
    with pytest.raises(Overtaken):
        bench.again().commit(Put(Operator(**{**OPERATOR, "name": "Other"})))
    stored = bench.again().get(Operator, "artem")
    assert stored and stored.name == "Артём"


def test_changes_that_are_asked_for_at_once_are_all_made(bench: Bench) -> None:
    bench.store.commit(Put(Participant(**PERSON, name="", expires_at="2")))

    def act(number: int) -> None:
        known = bench.store.get(Participant, PERSON["id"])
        assert known
        bench.store.commit(Put(successor(known, tickets=(*known.tickets, f"TKT-{number}"))))

    acts = [gevent.spawn(run_again, partial(act, number)) for number in range(20)]
    gevent.joinall(acts, raise_error=True)
    stored = bench.again().get(Participant, PERSON["id"])
    assert stored and len(set(stored.tickets)) == 20 and stored.version == 21


def test_tickets_are_listed_newest_first_by_status_site_and_page(bench: Bench) -> None:
    for number in range(12):
        id = f"TKT-{1_730_000_000 + number * 1000}"
        bench.store.commit(Put(ticket(id, site="shop" if number % 2 else "blog")))
        if number < 6:
            bench.store.commit(Put(ticket(id, site="blog", status="closed", version=2)))
    store = bench.again()
    newest = store.tickets(limit=5)
    assert [one.id for one in newest] == [
        f"TKT-{1_730_000_000 + n * 1000}" for n in range(11, 6, -1)
    ]
    older = store.tickets(before=newest[-1].id, limit=100)
    assert len(older) == 7 and older[0].id == "TKT-1730006000"
    assert len(store.tickets(statuses=frozenset({"closed"}))) == 6
    assert len(store.tickets(statuses=frozenset({"waiting"}), site="shop")) == 3
    assert {one.id for one in store.open_tickets()} == {one.id for one in store.tickets(limit=6)}


def test_a_ticket_may_close_reopen_and_close_over_reopenings(bench: Bench) -> None:
    bench.store.commit(Put(ticket("TKT-9")))
    for version in range(2, 8):
        status = "closed" if version % 2 == 0 else "waiting"
        bench.again().commit(Put(ticket("TKT-9", status=status, version=version)))
        stored = bench.again().get(Ticket, "TKT-9")
        assert stored and (stored.status, stored.version) == (status, version)
        assert len(bench.store.open_tickets()) == version % 2
        assert [one.version for one in bench.store.tickets()] == [version]


def test_what_the_house_or_a_bot_says_and_what_is_deleted_is_not_unread(bench: Bench) -> None:
    for said, by in (
        ("Привет", "bot"),
        ('","sender_type":"system","deleted_at":"', "member"),
        ("Ответ", "bot"),
        ("Подключился", "system"),
        ("Удалят", "member"),
    ):
        bench.store.commit(Append(replace(message(said), sender_type=by)))
    before = bench.again().conversation("lobby")
    assert (before.unread("p-2-b", staff=True), before.unread("p-2-b")) == (2, 4)
    for seq in (5, 3):
        shown = bench.store.message("lobby", seq)
        assert shown
        gone = revise(shown, content="", deleted_at="2026-11-26T12:00:00.000Z")
        bench.store.commit(Replace(gone))
    after = bench.again().conversation("lobby")
    assert (after.unread("p-2-b", staff=True), after.unread("p-2-b")) == (1, 2)
    bench.store.commit(Advance("lobby", "p-2-b", read=2))
    read = bench.again().conversation("lobby")
    assert (read.unread("p-2-b", staff=True), read.unread("p-2-b")) == (0, 0)


def test_one_of_many_who_change_a_ticket_at_once_wins(bench: Bench) -> None:
    bench.store.commit(Put(ticket("TKT-3")))
    outcomes: list[str] = []

    def accept(name: str) -> None:
        try:
            bench.store.commit(Put(ticket("TKT-3", status="active", operator=name, version=2)))
            outcomes.append(name)
        except Conflict:
            outcomes.append("")

    gevent.joinall([gevent.spawn(accept, f"o{n}") for n in range(20)], raise_error=True)
    winners = [name for name in outcomes if name]
    stored = bench.again().get(Ticket, "TKT-3")
    assert len(winners) == 1 and stored and stored.operator == winners[0]


def test_ticket_ids_are_the_time_and_never_given_twice(bench: Bench) -> None:
    first = bench.store.next_ticket_id(1_730_053_200.9)
    assert first == "TKT-1730053200"
    assert bench.store.next_ticket_id(1_730_053_200.9) == "TKT-1730053201"
    bench.store.commit(Put(ticket("TKT-1730053201")))
    bench.again()
    assert bench.store.next_ticket_id(1_730_000_000.0) == "TKT-1730053202"


def test_stock_tinydb_reads_every_checkpoint_file(tmp_path: Path) -> None:
    store = open_store(tmp_path, SETTINGS)
    for number in range(25):
        store.commit(Append(message(f"m{number}", client_id=f"k{number}")))
    store.commit(Put(ticket("TKT-1730053200")), Put(ticket("TKT-1730053201", status="closed")))
    store.close()
    files = sorted(tmp_path.rglob("*/*.json"))
    assert len(files) >= 6
    for path in files:
        with TinyDB(path) as stock:
            table = next(name for name in stock.tables() if name != "_chatd")
            assert len(stock.table(table)) > 0
    with TinyDB(tmp_path / "messages" / "lobby" / "000001.json") as stock:
        found = stock.table("messages").get(doc_id=12)
        assert found and found["content"] == "m11" and found["seq"] == 12
