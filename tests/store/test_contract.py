"""One contract, every backend: in memory, journal and TinyDB, and the same after a reopening."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, cast

import gevent
import pytest
from hypothesis import settings as rules
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from msgspec import UNSET
from msgspec.structs import replace
from tinydb import TinyDB

from chatd.config.settings import StoreSettings
from chatd.domain.episode import Episode
from chatd.domain.errand import Errand
from chatd.domain.message import Cursor, Message, revise
from chatd.domain.participant import Ban, LoginSession, Operator, Participant
from chatd.domain.ticket import Ticket, episode_id
from chatd.domain.versions import successor
from chatd.errors import Conflict, NotFound, Overtaken
from chatd.store.base import NAMES, Advance, Append, Committed, Put, Remove, Replace, Store, Touch
from chatd.store.memory import MemoryStore
from chatd.store.tiny.state import CHANGED, READERS
from chatd.store.tiny.store import TinyStore, open_store
from tests.waiting import Waiting

SETTINGS = StoreSettings(segment_messages=10, cache_bytes=20_000)


def message(
    text: str, dialog_id: str = "lobby", sender: str = "p-1-a", client_id: str | None = None
) -> Message:
    return Message(
        dialog_id=dialog_id,
        sender_type="member",
        sender_id=sender,
        sender_name="Аня",
        content=text,
        created_at="2026-11-21T10:00:00.123Z",
        client_id=client_id or UNSET,
    )


OPERATOR = {"id": "artem", "name": "Артём", "password_hash": "-", "created_at": ""}


def ticket(id: str, **changes: Any) -> Ticket:
    fields: dict[str, Any] = {
        "id": id,
        "site": "shop",
        "status": "waiting",
        "customer_id": "p-1-a",
        "customer_name": "Аня",
        "created_at": "2026-11-21T10:00:00.000Z",
        "updated_at": "2026-11-21T10:00:00.000Z",
    }
    return Ticket(**{**fields, **changes})


class Bench:
    """A store, and a way to have it opened again."""

    def __init__(self, make: Callable[[], Store], step: Callable[[Store], Store]) -> None:
        self.store = make()
        self._step = step

    def again(self) -> Store:
        """The same data, read anew where the backend can."""
        self.store = self._step(self.store)
        return self.store


def reopen(directory: Path) -> Callable[[Store], Store]:
    def step(store: Store) -> Store:
        store.close()
        return open_store(directory, SETTINGS)

    return step


def crash(directory: Path) -> Callable[[Store], Store]:
    """What a kill leaves: nothing is flushed, the lock is gone with the process."""

    def step(store: Store) -> Store:
        assert isinstance(store, TinyStore)
        abandon(store)
        return open_store(directory, SETTINGS)

    return step


def abandon(store: TinyStore) -> None:
    """Leaves a directory as a kill would, and nothing of the store in this process."""
    store._committer._greenlet.kill()
    store._beside.stop()
    for left in {store._committer.journal, store._half_made} - {None}:
        left.close()
    store._lock.release()


def checkpointed(store: Store) -> Store:
    store.checkpoint()
    return store


def far(make: Callable[[], Store]) -> Callable[[], Store]:
    """The same, a millisecond away."""
    return lambda: cast(Store, Waiting(make()))


def near(store: Any) -> Store:
    """What is behind the distance."""
    return store.near if isinstance(store, Waiting) else store


def run_again(act: Callable[[], None]) -> None:
    """As the dispatcher does with who was overtaken: again from the reads."""
    while True:
        with suppress(Overtaken):
            return act()


KINDS = ["memory", "tiny", "checkpointed", "reopened", "crashed"]


@pytest.fixture(params=[*KINDS, "memory, reads wait", "tiny, reads wait"])
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    def tiny() -> Store:
        return open_store(tmp_path, SETTINGS)

    kinds: dict[str, tuple[Callable[[], Store], Callable[[Store], Store]]] = {
        "memory": (MemoryStore, lambda store: store),
        "tiny": (tiny, lambda store: store),
        "checkpointed": (tiny, checkpointed),
        "reopened": (tiny, reopen(tmp_path)),
        "crashed": (tiny, crash(tmp_path)),
        "memory, reads wait": (far(MemoryStore), lambda store: store),
        "tiny, reads wait": (far(tiny), lambda store: store),
    }
    made = Bench(*kinds[request.param])
    yield made
    made.store.close()


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
    second = successor(first, customer_messages=1)
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
    assert kept.customer_messages == 1


def test_episodes_are_gone_through_by_the_time_that_they_began_at(bench: Bench) -> None:
    id = "TKT-1730053200"
    days = [f"2024-1{month}-27T18:20:00.000Z" for month in (0, 2, 1)]
    made = [episode(id, number, day) for number, day in enumerate(days, 1)]
    bench.store.commit(*map(Put, made[:2]))
    bench.again().commit(Put(made[2]))
    store = bench.again()
    found = [one for part in store.parts(Episode) for one in store.part(Episode, part)]
    if len(store.parts(Episode)) > 1:
        assert [one.opened_at for one in found] == sorted(days)
    assert sorted(found, key=lambda one: one.number) == made


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


def test_of_receipts_those_of_the_latest_readers_are_kept(bench: Bench) -> None:
    bench.store.commit(*(Advance("lobby", f"p-{n}", read=1) for n in range(READERS)))
    bench.store.commit(Advance("lobby", "p-0", read=2))
    bench.again()
    bench.store.commit(Advance("lobby", "p-new", read=3))
    kept = bench.store.conversation("lobby").receipts
    assert len(kept) == READERS and "p-1" not in kept
    assert kept["p-0"].read == 2 and kept["p-new"].read == 3


def test_of_many_readers_those_who_are_farthest_are_told_and_one_more(bench: Bench) -> None:
    assert bench.store.readers("lobby", limit=3, also="p-1") == {}
    bench.store.commit(*(Advance("lobby", f"p-{n}", delivered=n) for n in range(1, 11)))
    store = bench.again()
    told = store.readers("lobby", limit=3, also="p-2")
    assert dict(told) == {f"p-{n}": Cursor(n, 0) for n in (10, 9, 8, 2)}
    assert set(store.readers("lobby", limit=2, also="nobody")) == {"p-10", "p-9"}
    assert set(store.readers("lobby", limit=2, also="p-10")) == {"p-10", "p-9"}
    assert len(store.readers("lobby", limit=10, also="p-1")) == 10


def test_receipts_move_forward_only(bench: Bench) -> None:
    for _ in range(5):
        bench.store.commit(Append(message("x")))
    bench.store.commit(Advance("lobby", "p-2-b", delivered=4))
    bench.store.commit(Advance("lobby", "p-2-b", read=3))
    bench.store.commit(Advance("lobby", "p-2-b", delivered=1, read=1))
    conversation = bench.again().conversation("lobby")
    assert conversation.receipt("p-2-b") == Cursor(4, 3)
    assert conversation.unread("p-2-b") == 2 and conversation.unread("p-1-a") == 0


def test_every_change_of_a_conversation_has_the_next_number(bench: Bench) -> None:
    id = "TKT-1730053200"
    done = bench.store.commit(
        Append(message("m1", id)), Append(message("m2", id)), Put(ticket(id)), Touch(id)
    )
    assert [one.rev for one in done.messages] == [1, 2] and done.replaced == ()
    assert bench.store.conversation(id).rev == 4
    first = done.messages[0]
    done = bench.store.commit(
        Replace(revise(first, content="one")), Append(message("m3", id)), Append(message("m", "b"))
    )
    assert [one.rev for one in done.replaced] == [5]
    assert [one.rev for one in done.messages] == [6, 1]
    bench.store.commit(Advance(id, "p-1-b", 2, 2), Put(Operator(**OPERATOR)))
    bench.store.commit(Remove("operators", "artem"), Advance(id, "p-1-c", 1))
    store = bench.again()
    assert store.conversation(id).rev == 6 and store.conversation("b").rev == 1
    assert [one.rev for one in store.history(id)] == [5, 2, 6]
    store.commit(Put(ticket(id, version=2)))
    assert store.commit(Append(message("m4", id))).messages[0].rev == 8
    bench.store.commit(Touch("c"))
    assert bench.again().conversation("c").rev == 1 and bench.store.conversation("c").last_seq == 0


def test_announcements_that_read_keep_their_order_however_long_that_waits(bench: Bench) -> None:
    told: list[tuple[int, str]] = []

    def tell(done: Committed) -> None:
        (one,) = done.messages
        if one.seq % 2:
            gevent.sleep(0.005)
        known = bench.store.message("lobby", one.seq)
        told.append((one.seq, known.content if known else ""))

    texts = [f"m{number}" for number in range(1, 9)]
    said = [gevent.spawn(bench.store.commit, Append(message(one)), then=tell) for one in texts]
    gevent.joinall(said, timeout=20, raise_error=True)
    assert told == list(enumerate(texts, 1))


def test_what_is_refused_or_repeated_takes_no_number(bench: Bench) -> None:
    first = bench.store.commit(Append(message("m", client_id="k"))).messages[0]
    assert bench.store.commit(Append(message("m", client_id="k"))).messages == (first,)
    with pytest.raises(Overtaken):
        bench.store.commit(Append(message("x")), Replace(first))
    with pytest.raises(Overtaken):
        bench.store.commit(Touch("lobby"), Put(ticket("TKT-1730053200", version=7)))
    with pytest.raises(NotFound):
        bench.store.commit(Replace(revise(replace(first, seq=9))))
    store = bench.again()
    assert store.conversation("lobby").rev == 1 and store.conversation("TKT-1730053200").rev == 0
    assert store.commit(Append(message("m"))).messages[0].rev == 2


def test_changes_asked_for_at_once_share_no_number_and_are_announced_in_its_order(
    bench: Bench,
) -> None:
    id, order = "TKT-1730053200", []
    bench.store.commit(Append(message("m", id)), Put(ticket(id)))

    def told(done: Committed) -> None:
        order.extend(one.rev for one in (*done.messages, *done.replaced))
        assert near(bench.store).conversation(id).rev == order[-1], "as it is by then"

    def write() -> None:
        bench.store.commit(Append(message("m", id)), then=told)

    def react() -> None:
        before = bench.store.message_asked(id, 1)
        assert before
        bench.store.commit(Replace(revise(before)), then=told)

    acts = [gevent.spawn(run_again, act) for _ in range(20) for act in (write, react)]
    gevent.joinall(acts, raise_error=True)
    assert order == list(range(3, 43))
    store = bench.again()
    assert store.conversation(id).rev == 42
    assert len({one.rev for one in store.history(id)}) == 21


def test_what_was_changed_after_a_number_is_told_up_to_a_message(bench: Bench) -> None:
    for number in range(1, 26):
        bench.store.commit(Append(message(f"m{number}")))
    for seq in (4, 9, 4):
        stored = bench.store.message("lobby", seq)
        assert stored
        bench.store.commit(Replace(revise(stored)))
    store = bench.again()

    def told(rev: int, seq: int, limit: int = 50) -> list[tuple[int, int]] | None:
        found = store.list_changed("lobby", rev=rev, seq=seq, limit=limit)
        return None if found is None else [(one.seq, one.rev) for one in found]

    assert told(25, 25) == [(4, 28), (9, 27)]
    assert told(26, 25) == [(4, 28), (9, 27)] and told(27, 25) == [(4, 28)]
    assert told(28, 25) == [] and told(25, 3) == [] and told(25, 4) == [(4, 28)]
    assert told(23, 25) == [(4, 28), (9, 27), (24, 24), (25, 25)], "that are new count as well"
    assert told(23, 24) == [(4, 28), (9, 27), (24, 24)]
    assert told(25, 25, limit=2) == [(4, 28), (9, 27)] and told(25, 25, limit=1) is None
    assert told(23, 25, limit=3) is None
    every = told(0, 25)
    assert every and [seq for seq, _ in every] == list(range(1, 26))
    assert store.list_changed("empty", rev=0, seq=0, limit=1) == []


def test_of_changed_messages_the_last_thousand_are_known(bench: Bench) -> None:
    many = CHANGED + 2
    bench.store.commit(*(Append(message("m")) for _ in range(many)))
    for seq in range(1, many + 1):
        stored = bench.store.message("lobby", seq)
        assert stored
        gevent.spawn(bench.store.commit, Replace(revise(stored)))
    bench.store.commit()
    gevent.sleep(0)
    store = bench.again()
    known = store.list_changed("lobby", rev=many + 2, seq=many, limit=many)
    assert known is not None and [one.seq for one in known] == list(range(3, many + 1))
    earlier = store.list_changed("lobby", rev=many + 1, seq=many, limit=many)
    assert earlier is None or len(earlier) == CHANGED + 1, "all of it, or that it is not known"
    assert (earlier is None) == isinstance(near(store), TinyStore)
    assert len(store.list_changed("lobby", rev=many + 2, seq=5, limit=3) or ()) == 3


def test_changed_messages_stay_changed_in_their_place(bench: Bench) -> None:
    for number in range(25):
        bench.store.commit(Append(message(f"m{number}")))
    stored = bench.again().message("lobby", 3)
    assert stored
    bench.store.commit(Replace(revise(stored, content="changed", reactions={"👍": ["p-1-a"]})))
    again = bench.again().message("lobby", 3)
    assert again and again.content == "changed" and again.reactions == {"👍": ["p-1-a"]}
    assert bench.store.conversation("lobby").last_seq == 25


def test_announcements_come_in_the_order_of_the_commits(bench: Bench) -> None:
    seen: list[int] = []

    def write() -> None:
        bench.store.commit(
            Append(message("x")), then=lambda done: seen.append(done.messages[0].seq)
        )

    gevent.joinall([gevent.spawn(write) for _ in range(200)], raise_error=True)
    assert seen == list(range(1, 201))


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


class Compared(RuleBasedStateMachine):
    """Whatever is done, in whatever order, with checkpoints, crashes and reopenings in between:
    the default store answers as the one in memory does."""

    directory: Path

    @initialize()
    def begin(self) -> None:
        import tempfile

        self.directory = Path(tempfile.mkdtemp())
        self.tiny = open_store(self.directory, SETTINGS)
        self.memory = MemoryStore()
        self.versions: dict[str, int] = {}

    dialogs = st.sampled_from(["lobby", "TKT-1730053200", "TKT-1730053200/notes"])

    @rule(dialog=dialogs, text=st.text(max_size=20), key=st.sampled_from([None, "a", "b", "c"]))
    def append(self, dialog: str, text: str, key: str | None) -> None:
        made = message(text, dialog, client_id=key)
        assert self.tiny.commit(Append(made)) == self.memory.commit(Append(made))

    @rule(dialog=dialogs, seq=st.integers(1, 30), text=st.text(max_size=20))
    def change(self, dialog: str, seq: int, text: str) -> None:
        stored = self.memory.message(dialog, seq)
        if stored:
            for store in (self.tiny, self.memory):
                store.commit(Replace(revise(stored, content=text)))

    @rule(dialog=dialogs)
    def touch(self, dialog: str) -> None:
        for store in (self.tiny, self.memory):
            store.commit(Touch(dialog))

    @rule(dialog=dialogs, delivered=st.integers(0, 30), read=st.integers(0, 30))
    def advance(self, dialog: str, delivered: int, read: int) -> None:
        for store in (self.tiny, self.memory):
            store.commit(Advance(dialog, "p-9-z", delivered, read))

    @rule(number=st.integers(0, 3), status=st.sampled_from(["bot", "waiting", "active", "closed"]))
    def put(self, number: int, status: str) -> None:
        id = f"TKT-{1_730_053_200 + number * 5000}"
        self.versions[id] = self.versions.get(id, 0) + 1
        for store in (self.tiny, self.memory):
            store.commit(Put(ticket(id, status=status, version=self.versions[id])))

    @rule()
    def checkpoint(self) -> None:
        self.tiny.checkpoint()

    @rule()
    def reopen(self) -> None:
        self.tiny.close()
        self.tiny = open_store(self.directory, SETTINGS)

    @rule()
    def crash(self) -> None:
        abandon(self.tiny)
        self.tiny = open_store(self.directory, SETTINGS)

    @invariant()
    def same(self) -> None:
        for dialog in ("lobby", "TKT-1730053200", "TKT-1730053200/notes"):
            assert self.tiny.conversation(dialog) == self.memory.conversation(dialog)
            assert list(self.tiny.history(dialog, limit=50)) == list(
                self.memory.history(dialog, limit=50)
            )
            now = self.memory.conversation(dialog)
            for rev in {0, now.rev // 2, max(0, now.rev - 2), now.rev}:
                for seq in {now.last_seq, now.last_seq // 2}:
                    asked = {"rev": rev, "seq": seq, "limit": 5}
                    assert self.tiny.list_changed(dialog, **asked) == self.memory.list_changed(
                        dialog, **asked
                    )
        assert list(self.tiny.tickets()) == list(self.memory.tickets())

    def teardown(self) -> None:
        import shutil

        self.tiny.close()
        shutil.rmtree(self.directory)


Compared.TestCase.settings = rules(max_examples=30, stateful_step_count=25, deadline=None)
TestCompared = Compared.TestCase
