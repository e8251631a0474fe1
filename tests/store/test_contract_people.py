"""Accounts, invitations, dialogs, in every store: by name, in order, by nobody changed unseen."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from chatd.domain.canned import Canned
from chatd.domain.dialog import Dialog, Link, Member, Memberships, Pair
from chatd.domain.message import Message
from chatd.domain.participant import LoginSession, Participant
from chatd.domain.passkey import Holder
from chatd.domain.person import Account, Invitation
from chatd.domain.piece import Piece
from chatd.domain.signed import Subject
from chatd.domain.versions import successor
from chatd.errors import Overtaken
from chatd.store.base import Append, Put, Remove, Touch
from tests.store.backends import Bench

ANNA = Account(id="anna", participant="p-67a1b2c3-1", password_hash="h", created_at="now")
CODE = Invitation(id="c1", site="shop", by="shell", left=2, created_at="now", expires_at="then")
SESSION = LoginSession(
    id="s-67a1b2c3-1", account="anna", token_hash="h", created_at="now", expires_at="then"
)
WHO = Participant(
    id="p-67a1b2c3-1", name="Анна", site="shop", token_hash="", created_at="", expires_at="9"
)


def test_an_account_comes_with_who_it_is_and_is_found_by_its_name(bench: Bench) -> None:
    bench.store.commit(Put(WHO), Put(ANNA), Put(SESSION), Put(CODE))
    store = bench.again()
    assert store.get(Account, "anna") == ANNA and store.get(Account, "boris") is None
    assert store.get(Participant, ANNA.participant) == WHO
    assert store.get(LoginSession, SESSION.id) == SESSION
    assert store.get(Invitation, "c1") == CODE


def test_who_somebody_was_before_is_kept_on_both_sides(bench: Bench) -> None:
    before = replace(WHO, id="p-67a1b2c2-7", became=WHO.id)
    bench.store.commit(Put(before), Put(WHO))
    known = successor(WHO, earlier=(before.id,))
    bench.store.commit(Put(known))
    store = bench.again()
    assert store.get(Participant, before.id) == before
    listed = [one for part in store.parts(Participant) for one in store.part(Participant, part)]
    assert [one.id for one in listed if before.id in one.earlier] == [WHO.id]
    assert store.get(Participant, WHO.id) == known


def test_two_accounts_never_share_a_name(bench: Bench) -> None:
    bench.store.commit(Put(ANNA))
    store = bench.again()
    for document in (replace(ANNA, participant="p-67a1b2c3-2"), replace(CODE, version=3)):
        with pytest.raises(Overtaken):
            store.commit(Put(document))
    assert store.get(Account, "anna") == ANNA and store.get(Invitation, "c1") is None


def test_of_what_is_left_of_an_invitation_each_is_taken_once(bench: Bench) -> None:
    bench.store.commit(Put(CODE))
    store = bench.again()
    store.commit(Put(successor(CODE, left=1)), Put(ANNA))
    with pytest.raises(Overtaken):
        store.commit(Put(successor(CODE, left=1)), Put(replace(ANNA, id="boris")))
    assert store.get(Account, "boris") is None
    assert bench.again().get(Invitation, "c1") == replace(CODE, left=1, version=2)


def test_a_canned_answer_is_kept_as_its_last_editor_left_it(bench: Bench) -> None:
    thanks = Canned(id="shop/спасибо", site="shop", name="Спасибо", text="!", by="", updated_at="")
    bench.store.commit(Put(thanks), Put(replace(thanks, id="/ok", site="")))
    store = bench.again()
    store.commit(Put(successor(thanks, text="Спасибо, {customer}!")))
    for late in (Put(successor(thanks, text="?")), Put(thanks), Remove("canned", thanks.id, 1)):
        with pytest.raises(Overtaken):
            store.commit(late)
    store = bench.again()
    assert [one.id for one in store.all(Canned)] == ["/ok", "shop/спасибо"]
    assert store.get(Canned, thanks.id) == successor(thanks, text="Спасибо, {customer}!")
    store.commit(Remove("canned", thanks.id, 2))
    assert bench.again().get(Canned, thanks.id) is None


def test_a_piece_of_the_configuration_is_kept_with_whatever_its_values_are(bench: Bench) -> None:
    values = {
        "hours": {"monday": ["09:00-18:00"]},
        "rating": False,
        "sla": {"response": {"low": 5}},
    }
    own = {"table": "sites", "name": "shop", "values": values, "by": "anna", "updated_at": ""}
    piece = Piece(id="sites/shop", **own)
    bench.store.commit(Put(piece))
    store = bench.again()
    assert store.get(Piece, piece.id) == piece
    store.commit(Put(replace(piece, values={}, version=2)))
    for late in (Put(replace(piece, version=2)), Remove("pieces", piece.id, 1)):
        with pytest.raises(Overtaken):
            store.commit(late)
    store.commit(Remove("pieces", piece.id, 2))
    assert not list(bench.again().all(Piece))


def test_accounts_are_listed_by_name_a_page_at_a_time_without_those_that_are_gone(
    bench: Bench,
) -> None:
    for name in ("vera", "anna", "boris", "olga"):
        bench.store.commit(Put(replace(ANNA, id=name)))
    store = bench.again()
    store.commit(Remove("accounts", "boris", 1))
    assert [one.id for one in store.all(Account)] == ["anna", "olga", "vera"]
    assert [one.id for one in store.all(Account, after="anna", limit=1)] == ["olga"]
    assert [one.id for one in bench.again().all(Account, after="olga")] == ["vera"]


TEA = Dialog(
    id="dlg-67a1b2c3-9f",
    form="group",
    site="shop",
    title="Tea",
    owner="p-67a1b2c3-1",
    members=(Member("p-67a1b2c3-1", "anna", "now"), Member("p-67a1b2c3-2", "boris", "now", 7)),
    past="none",
    links=(Link("hash", 2, "then"),),
    created_at="now",
)
LIST = Memberships(id="p-67a1b2c3-1", dialogs={TEA.id: ""})
PAIR = Pair(id="ab" * 32, dialog_id=TEA.id)
SUBJECT = Subject(id="cd" * 32, participant="p-67a1b2c3-1")
HOLDER = Holder(id="ef" * 32, operator="artem")


def test_a_dialog_comes_with_who_is_in_it_and_its_messages_are_numbered(bench: Bench) -> None:
    bench.store.commit(Put(TEA), Touch(TEA.id), Put(PAIR), Put(LIST))
    said = Message(
        dialog_id=TEA.id,
        sender_type="member",
        sender_id="p-67a1b2c3-1",
        sender_name="Анна",
        content="Чай?",
        created_at="2026-11-21T10:00:00.000Z",
    )
    bench.store.commit(Append(said))
    store = bench.again()
    assert store.get(Dialog, TEA.id) == TEA and store.get(Dialog, "dlg-67a1b2c3-0") is None
    assert store.get(Pair, PAIR.id) == PAIR and store.get(Memberships, LIST.id) == LIST
    state = store.conversation(TEA.id)
    assert (state.last_seq, state.rev, state.last_text) == (1, 2, "Чай?")
    assert [one.content for one in store.history(TEA.id)] == ["Чай?"]


def test_of_what_is_in_a_dialog_and_in_a_list_nothing_is_changed_unseen(bench: Bench) -> None:
    bench.store.commit(Put(TEA), Put(PAIR), Put(LIST), Put(SUBJECT), Put(HOLDER))
    store = bench.again()
    store.commit(Put(TEA.without_member("p-67a1b2c3-2")), Put(LIST.mute(TEA.id, "9")))
    for change in (
        Put(TEA.without_member("p-67a1b2c3-1")),
        Put(LIST.without_dialog(TEA.id)),
        Put(LIST),
        Put(replace(PAIR, dialog_id="dlg-67a1b2c3-0")),
        Put(replace(SUBJECT, participant="p-67a1b2c3-2")),
        Put(replace(HOLDER, operator="olga")),
    ):
        with pytest.raises(Overtaken):
            store.commit(change)
    kept = bench.again()
    now, listed, pair = (
        kept.get(Dialog, TEA.id),
        kept.get(Memberships, LIST.id),
        kept.get(Pair, PAIR.id),
    )
    assert now and [one.username for one in now.members] == ["anna"] and now.version == 2
    assert listed and listed.dialogs == {TEA.id: "9"} and pair == PAIR
    assert kept.get(Subject, SUBJECT.id) == SUBJECT and kept.get(Holder, HOLDER.id) == HOLDER
