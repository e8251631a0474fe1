"""What is kept for mail and push, by every store: addresses, letters, whose browsers are told."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from chatd.domain.episode import Episode, begin
from chatd.domain.erasure import Erasure
from chatd.domain.errand import Errand
from chatd.domain.message import revise
from chatd.domain.participant import LoginSession, Participant
from chatd.domain.push import MOST, Subscription
from chatd.domain.ticket import Ticket
from chatd.domain.versions import successor
from chatd.errors import Overtaken
from chatd.store.base import Append, Put, Remove, Replace
from tests.store.backends import Bench, message, ticket

PERSON = {"id": "p-67a1b2c3-x", "site": "s", "token_hash": "h", "created_at": "1"}


def test_whose_browsers_are_told_where_and_what_was_mailed_is_kept(bench: Bench) -> None:
    point = {"p256dh": "BA" + "A" * 85, "auth": "A" * 22, "language": "ru", "created_at": "1"}
    browsers = tuple(
        Subscription(endpoint=f"https://push.example/{one}", **point) for one in range(MOST)
    )
    person = Participant(**PERSON, name="", expires_at="2", subscriptions=browsers)
    session = LoginSession(
        id="s-1", operator="artem", token_hash="-", created_at="1", expires_at="2"
    )
    began = "2024-10-27T18:20:00.000Z"
    asked = replace(ticket("TKT-1730053200"), contact="anna@mail.example")
    mailed = replace(begin(asked, ""), counted=(0, 0), digest="e-2", mailed=7, mails=("e-1",))
    letter = Errand("e-672e8c50-1", "mail", "mail", "digest", began, handed_at=began, next_at=1.5)
    bench.store.commit(*map(Put, (person, session, asked, mailed, letter)))
    bench.again().commit(Put(successor(session, subscriptions=browsers[:1])))
    store = bench.again()
    known, kept = store.get(Participant, person.id), store.get(LoginSession, session.id)
    assert known and kept and known.subscriptions == browsers
    assert kept.subscriptions == browsers[:1]
    assert store.get(Episode, mailed.id) == mailed and store.get(Errand, letter.id) == letter
    found = store.get(Ticket, asked.id)
    assert found and found.contact == asked.contact
    store.commit(Put(successor(kept, subscriptions=())))
    kept = bench.again().get(LoginSession, session.id)
    assert kept and kept.subscriptions == ()


def test_the_last_words_of_the_house_can_be_told_in_another_language(bench: Bench) -> None:
    words = {"key": "closed", "language": "ru", "values": {}}
    said = replace(message("Был звонок.", sender="system"), sender_type="system")
    said = replace(said, meta={"words": words, "call_id": "c-1"})
    (stored,) = bench.store.commit(Append(said)).messages
    assert bench.again().conversation("lobby").last_words == words
    bench.store.commit(Replace(revise(stored, content="", deleted_at=stored.created_at)))
    assert bench.again().conversation("lobby").last_words is None
    bench.store.commit(Append(said))
    bench.store.commit(Append(replace(message("Я дом."), meta={"words": words})))
    assert bench.again().conversation("lobby").last_words is None


def test_a_ticket_that_is_removed_is_found_by_nothing(bench: Bench) -> None:
    gone, stays = ticket("TKT-1730000001"), ticket("TKT-1730000002")
    closed, begun = successor(gone, status="closed"), Erasure("a", ("a",), "now")
    bench.store.commit(Put(gone), Put(stays), Put(Erasure("TKT-9", ("TKT-9",), "now")))
    bench.store.commit(Put(closed))
    bench.again()
    with pytest.raises(Overtaken):
        bench.store.commit(Remove("tickets", gone.id, gone.version))
    bench.store.commit(Remove("tickets", gone.id, closed.version), Put(begun))
    store = bench.again()
    assert store.get(Ticket, gone.id) is None
    for found in (store.tickets(), store.open_tickets()):
        assert [one.id for one in found] == [stays.id]
    assert store.all(Erasure)[1] == begun
    store.commit(Remove("erasures", "a"))
    assert [one.id for one in bench.again().all(Erasure)] == ["TKT-9"]
