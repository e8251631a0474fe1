"""One contract, every backend: how changes are numbered, told by their numbers, and announced."""

from __future__ import annotations

import gevent
import pytest
from msgspec.structs import replace

from chatd.domain.message import SAID, revise
from chatd.domain.participant import Operator
from chatd.errors import NotFound, Overtaken
from chatd.store.base import Advance, Append, Committed, Put, Remove, Replace, Touch
from chatd.store.tiny.state import CHANGED
from chatd.store.tiny.store import TinyStore
from tests.store.backends import (
    OPERATOR,
    Bench,
    message,
    near,
    run_again,
    ticket,
)


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


def test_what_was_said_last_is_no_notice_of_the_house(bench: Bench) -> None:
    notice = replace(message("Вас слушает Артём"), sender_type="system", sender_id="system")
    bench.store.commit(Append(notice))
    state = bench.again().conversation("lobby")
    assert (state.last_seq, state.last_said, state.last_text) == (1, 0, "")
    bench.store.commit(Append(message('a","seq":0,"rev":0,"sender_type":"system",')))
    bench.store.commit(Append(notice), Append(replace(notice, meta={"kind": "automatic"})))
    state = bench.again().conversation("lobby")
    assert (state.last_seq, state.last_said, state.last_text[:2]) == (4, 2, 'a"')
    bench.store.commit(Append(replace(notice, meta={"call_id": "c"}, type="call")))
    assert bench.again().conversation("lobby").last_said == 5
    quoting = replace(notice, content='"kind":"said"', meta={"kind": "ticket_closed"})
    bench.store.commit(Append(replace(notice, meta={"kind": SAID})), Append(quoting))
    assert bench.again().conversation("lobby").last_said == 6, "a person had the house say it"


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
