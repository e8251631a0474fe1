"""Customers whom their site names: the same person on every device, and nobody else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from msgspec import UNSET

from chatd.domain.attributes import Attribute
from chatd.domain.erasure import Erasure
from chatd.domain.participant import Ban, Participant
from chatd.domain.signed import MOST_DEVICES, Subject
from chatd.domain.ticket import Ticket
from chatd.errors import Conflict, Forbidden, Invalid, NotFound, Unauthenticated, Unavailable
from chatd.protocol.belongings import ExportPerson, ForgetPerson, ShowPerson
from chatd.protocol.commands import EditMessage, Hello, ReactToMessage
from chatd.protocol.customers import EndIdentity, ListCustomersTickets
from chatd.protocol.operating import AddBan
from chatd.protocol.support import CloseTicket, OpenTicket, ShowTicket, UpdateTicket
from chatd.service import expiry, identity, sweeping
from tests.files.stored import put
from tests.handlers.among import texts
from tests.handlers.stage import Person, Stage
from tests.handlers.test_erasing import SECRET, files_with

SHOP, NEXT, BANK = ("s" * 40, "n" * 40, "b" * 40)
PAIR = Ed25519PrivateKey.generate()
PUBLIC = PAIR.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """Three sites that name their customers, and one that does not."""
    monkeypatch.setenv("SHOP_KEY", f"{SHOP} {NEXT}")
    monkeypatch.setenv("SHORT_KEY", "short")
    (tmp_path / "bank").write_text(f"{BANK}\n")
    (tmp_path / "club").write_text(PUBLIC)
    sites = {
        "shop": {"identity": {"secret_env": "SHOP_KEY"}},
        "bank": {"identity": {"secret_file": f"{tmp_path}/bank", "required": True}},
        "club": {"identity": {"public_key_file": f"{tmp_path}/club", "audience": "chat"}},
        "lost": {"identity": {"secret_env": "SHORT_KEY"}},
        "blog": {},
    }
    made = Stage(tmp_path / "data", sites=sites)
    yield made
    made.close()


def token(stage: Stage, sub: Any = "42", key: Any = SHOP, alg: str = "HS256", **said: Any) -> str:
    """What a site signs; a claim of None is left away."""
    claims = {"sub": sub, "exp": stage.now + 3_600, **said}
    return jwt.encode({name: one for name, one in claims.items() if one is not None}, key, alg)


def come(stage: Stage, user_token: str, site: str = "shop", **fields: Any) -> tuple[Person, Any]:
    """Somebody on a device, and what they were told."""
    connection = stage.connect()
    told = stage.ask(connection, Hello(site=site, user_token=user_token, **fields))
    return Person(stage, connection, told.token), told


def test_the_same_subject_is_the_same_person_on_every_device_at_once(stage: Stage) -> None:
    phone, told = come(stage, token(stage, name="Anna", email="anna@mail.example"))
    assert told.ticket is None and told.participant.name == "Anna"
    id = phone.open_ticket("where is my order?")
    phone.join(id)
    laptop, told = come(stage, token(stage, name="Anna", email="anna@mail.example"))
    assert told.ticket.id == id and laptop.id == phone.id and laptop.token != phone.token
    assert [one.id for one in laptop.ask(ListCustomersTickets()).tickets] == [id]
    laptop.join(id)
    artem = stage.staff()
    artem.say(id, "on its way")
    for one in (phone, laptop):
        assert [new["content"] for new in one.heard("message:new")][-1] == "on its way"
    laptop.say(id, "thanks")
    assert [new["content"] for new in phone.heard("message:new")] == ["thanks"]
    other, told = come(stage, token(stage, "43"))
    assert told.ticket is None and other.id != phone.id
    with pytest.raises(NotFound):
        other.join(id)


def test_another_sites_subject_is_somebody_else(stage: Stage) -> None:
    anna, _ = come(stage, token(stage))
    id = anna.open_ticket()
    same, told = come(stage, token(stage, key=BANK), "bank")
    assert same.id != anna.id and told.ticket is None
    with pytest.raises(NotFound):
        same.join(id)
    with pytest.raises(Invalid, match="names nobody"):
        come(stage, token(stage), "blog")
    with pytest.raises(Unavailable) as refused:
        come(stage, token(stage, key="short" * 8), "lost")
    assert "SHORT_KEY" not in refused.value.message


def refused(stage: Stage, user_token: str, why: str, site: str = "shop") -> Unauthenticated:
    """How a token is refused that proves nothing."""
    with pytest.raises(Unauthenticated, match=why) as error:
        come(stage, user_token, site)
    assert error.value.details["field"] == "user_token"
    return error.value


def test_a_token_that_proves_nothing_is_refused_and_it_is_said_why(stage: Stage) -> None:
    unsigned = jwt.encode({"sub": "42", "exp": stage.now + 60}, None, "none")
    for wrong in (
        unsigned,
        token(stage, key=SHOP * 2, alg="HS512"),
        token(stage, key=PAIR, alg="EdDSA"),
    ):
        refused(stage, wrong, "is not signed with HS256")
    refused(stage, token(stage, key=BANK), "not signed with this site's key")
    good = token(stage)
    refused(stage, good[:-2], "not signed with this site's key|no JSON Web Token")
    head, body, mark = good.split(".")
    other = jwt.utils.base64url_encode(json.dumps({"sub": "1", "exp": 2e9}).encode()).decode()
    refused(stage, f"{head}.{other}.{mark}", "not signed with this site's key")
    for broken in ("x", "a.b.c", f"{head}.{body}", f"..{mark}"):
        refused(stage, broken, "no JSON Web Token|not signed")
    deep = jwt.utils.base64url_encode(b"[" * 2_900).decode()
    bound = jwt.encode({"sub": "1", "exp": stage.now + 9}, SHOP, headers={"crit": ["x"], "x": 1})
    for broken in (f"{deep}.{body}.{mark}", bound):
        refused(stage, broken, "no JSON Web Token")
    for sub in (None, "", " ", "x" * 257, 42, ["42"]):
        refused(stage, token(stage, sub), "'sub' is a text of 1 to 256 characters")
    assert refused(stage, token(stage, exp=stage.now), "has run out at").details["expired"]
    refused(stage, token(stage, exp=None), "needs 'exp'")
    refused(stage, token(stage, exp="soon"), "its 'exp' is no number|no JSON Web")
    refused(stage, token(stage, exp=stage.now + 86_400 + 61), "more than 24 hours ahead")
    refused(stage, token(stage, nbf=stage.now + 61), "is not good before")
    refused(stage, token(stage, iat=stage.now + 61), "was made at")
    refused(stage, token(stage, aud="bank"), "its 'aud' is not 'shop'")
    refused(stage, token(stage, aud=["bank", "x"]), "its 'aud' is not 'shop'")
    assert not stage.store.parts(Subject), "none of them made anybody"
    come(stage, token(stage, nbf=stage.now + 59, iat=stage.now + 59, aud=["shop", "crm"]))


def test_public_keys_and_two_secrets_while_they_are_exchanged(stage: Stage) -> None:
    old, _ = come(stage, token(stage, key=SHOP))
    new, _ = come(stage, token(stage, key=NEXT))
    assert old.id == new.id
    by_pair = token(stage, key=PAIR, alg="EdDSA", aud="chat")
    anna, _ = come(stage, by_pair, "club")
    refused(stage, token(stage, key=PAIR, alg="EdDSA", aud="club"), "'aud' is not 'chat'", "club")
    forged = jwt.utils.base64url_encode(b'{"alg":"HS256","typ":"JWT"}').decode()
    body = by_pair.split(".")[1]
    mark = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256).sign(
        f"{forged}.{body}".encode(), PUBLIC.encode()
    )
    signed = jwt.utils.base64url_encode(mark).decode()
    refused(stage, f"{forged}.{body}.{signed}", "is not signed with EdDSA", "club")
    assert anna.id


def test_what_was_begun_before_is_taken_over_once(stage: Stage) -> None:
    visitor = stage.visitor("Guest")
    id = visitor.open_ticket("before I logged in")
    person, told = come(stage, token(stage, name="Anna"), token=visitor.token)
    assert told.ticket.id == id and person.id == visitor.id and person.token != visitor.token
    assert visitor.closed, "its page says hello again"
    stage.settle()
    ticket = stage.store.get(Ticket, id)
    assert ticket and (ticket.customer_name, ticket.verified) == ("Anna", ("name",))
    with pytest.raises(Unauthenticated):
        stage.again(visitor.token)
    stolen, told = come(stage, token(stage, "43"), token=visitor.token)
    assert told.ticket is None and stolen.id != person.id
    with pytest.raises(NotFound):
        stolen.join(id)
    other, told = come(stage, token(stage, "43"), token=person.token)
    assert told.ticket is None and other.id == stolen.id, "nor with the person's own"


def test_of_who_is_known_already_the_conversation_becomes_theirs_whole(stage: Stage) -> None:
    person, _ = come(stage, token(stage, name="Anna", email="a@mail.example"))
    first = person.open_ticket("first")
    artem, visitor = stage.staff(), stage.visitor("Guest")
    id = visitor.open_ticket("second")
    said = artem.say(id, "yes?")
    visitor.join(id)
    laptop, _ = come(stage, token(stage, name="Anna", email="a@mail.example"), token=visitor.token)
    assert laptop.id == person.id != visitor.id and visitor.closed
    page = artem.ask(ShowTicket(ticket_id=id))
    assert page.ticket.customer_id == person.id and page.ticket.contact == "a@mail.example"
    assert {one.sender_id for one in page.messages if one.sender_type == "customer"} == {person.id}
    mine = next(one for one in page.messages if one.content == "second")
    laptop.join(id)
    assert laptop.ask(EditMessage(message_id=mine.id, content="2")).message.content == "2"
    assert said.id
    own = [one.id for one in person.ask(ListCustomersTickets()).tickets]
    assert own == [id, first]
    again, _ = come(stage, token(stage, "43"), token=visitor.token)
    assert again.ask(ListCustomersTickets()).tickets == []
    with pytest.raises(Unauthenticated):
        stage.again(visitor.token)


def test_what_is_signed_goes_to_the_ticket_and_is_marked(stage: Stage) -> None:
    said = {
        "name": "Anna\nP.",
        "email": "anna@mail.example",
        "phone": "+7 912 345-67-89",
        "attributes": {"plan": "gold", "orders": 3},
    }
    anna, _ = come(stage, token(stage, **said))
    asked = OpenTicket(content="hi", contact="x@y.example", attributes={"plan": "free", "cart": 1})
    id = anna.ask(asked).ticket.id
    artem = stage.staff()
    shown = artem.ask(ShowTicket(ticket_id=id)).ticket
    assert (shown.contact, shown.phone) == ("anna@mail.example", "+79123456789")
    assert shown.customer_name == "Anna P." and shown.verified == ["name", "contact", "phone"]
    assert [(one.name, one.value, one.verified) for one in shown.attributes] == [
        *(("cart", 1, False), ("orders", 3, True), ("plan", "gold", True)),
    ]
    for fields in ({"contact": ""}, {"attributes": {"plan": "free"}}):
        with pytest.raises(Forbidden, match="signed by the site"):
            anna.ask(UpdateTicket(ticket_id=id, **fields))
    with pytest.raises(Forbidden, match="the name is signed"):
        stage.ask(anna.connection, Hello(token=anna.token, name="Boss"))
    come(stage, token(stage, name="Anna", attributes={"plan": "silver"}))
    stage.settle()
    shown = artem.ask(ShowTicket(ticket_id=id)).ticket
    assert shown.contact is UNSET and shown.verified == ["name"]
    assert shown.attributes == [
        Attribute(name="cart", value=1),
        Attribute(name="plan", value="silver", verified=True),
    ]


def test_claims_that_are_none_are_left_out_and_told(stage: Stage) -> None:
    said = {"name": 7, "email": "no", "phone": "none", "attributes": {"a": [1]}}
    anna, told = come(stage, token(stage, **said), name="Ann")
    assert told.left_out == ["name", "email", "phone", "attributes"]
    assert told.participant.name == "Ann"
    assert anna.ask(OpenTicket(content="hi")).ticket.contact is UNSET


def test_a_site_may_want_to_name_whoever_begins(stage: Stage) -> None:
    stranger = stage.visitor(site="bank")
    with pytest.raises(Forbidden, match="answers those whom it names") as error:
        stranger.open_ticket()
    assert error.value.details["field"] == "user_token"
    known, _ = come(stage, token(stage, key=BANK), "bank", token=stranger.token)
    assert known.open_ticket()


def test_a_token_is_told_of_before_it_ends_renewed_or_over(stage: Stage) -> None:
    anna, told = come(stage, token(stage))
    id = anna.open_ticket()
    idle, _ = come(stage, token(stage))
    stage.now += 3_600 - 91
    expiry.tend(stage.services)
    assert "identity:expiring" not in anna.heard()
    stage.now += 1
    for _ in range(2):
        expiry.tend(stage.services)
    (heard,) = anna.heard("identity:expiring")
    assert heard["ends_at"] == told.ends_at > heard["expires_at"]
    renewed = stage.ask(
        anna.connection, Hello(token=anna.token, user_token=token(stage), site="shop")
    )
    assert renewed.token == anna.token and renewed.ends_at > told.ends_at
    stage.now += 90 + expiry.GRACE_S - 1
    expiry.tend(stage.services)
    assert idle.say(id, "in the grace") and not idle.closed
    stage.now += 1
    expiry.tend(stage.services)
    assert idle.closed and not anna.closed
    with pytest.raises(Unauthenticated):
        stage.again(idle.token)
    assert anna.say(id, "still here")
    back, told = come(stage, token(stage), token=idle.token)
    assert back.id == anna.id and told.ticket.id == id, "nothing is lost"


def test_who_logs_out_is_nobody_there_and_still_somebody_elsewhere(stage: Stage) -> None:
    phone, _ = come(stage, token(stage))
    laptop, _ = come(stage, token(stage))
    id = phone.open_ticket()
    tab = stage.again(phone.token, device="tab")
    phone.ask(EndIdentity())
    stage.settle()
    assert phone.closed and tab.closed and not laptop.closed
    with pytest.raises(Unauthenticated):
        stage.again(phone.token)
    assert laptop.join(id)
    with pytest.raises(Conflict, match="no site has said"):
        stage.visitor().ask(EndIdentity())


def test_so_many_devices_and_the_oldest_goes(stage: Stage) -> None:
    first, _ = come(stage, token(stage))
    later = [come(stage, token(stage))[0] for _ in range(MOST_DEVICES)]
    with pytest.raises(Unauthenticated):
        stage.again(first.token)
    assert all(stage.again(one.token).id == first.id for one in later)


def test_who_is_signed_is_exported_and_forgotten(stage: Stage, tmp_path: Path) -> None:
    anna, _ = come(stage, token(stage, name="Anna", attributes={"plan": "gold"}))
    id = anna.open_ticket()
    shown = stage.shell(ShowPerson(who="shop/42"))
    assert (shown.participants, shown.subjects) == ([anna.id], ["shop/42"])
    for nobody in ("bank/42", "shop/43", "shop/"):
        with pytest.raises(NotFound):
            stage.shell(ShowPerson(who=nobody))
    stage.shell(ExportPerson(participant_id="shop/42", directory=str(tmp_path / "out")))
    told = json.loads((tmp_path / "out" / "person.json").read_text())
    assert told["signed"]["subject"] == "42" and "devices" not in told["signed"]
    assert told["tickets"][0]["attributes"][0]["name"] == "plan"
    stage.shell(CloseTicket(ticket_id=id))
    stage.shell(ForgetPerson(participant_id=anna.id, sure=True))
    assert not stage.store.parts(Subject) and anna.closed
    with pytest.raises(Unauthenticated):
        identity.identify(stage.services, anna.token, "192.0.2.1")
    again, told = come(stage, token(stage))
    assert again.id != anna.id and told.ticket is None


@pytest.mark.parametrize("by_the_earlier", [False, True])
def test_what_they_wrote_before_their_site_named_them_is_theirs_to_have_and_to_be_rid_of(
    stage: Stage, tmp_path: Path, by_the_earlier: bool
) -> None:
    known, _ = come(stage, token(stage, name="Anna"))
    visitor, other = stage.visitor("Гостья"), stage.visitor("Boris")
    id, file = visitor.open_ticket(SECRET), put(stage, visitor.id, 5, name=f"{SECRET}.txt")
    said = other.say("lobby", "Слово Бориса")
    visitor.join("lobby")
    visitor.say("lobby", SECRET)
    visitor.ask(ReactToMessage(message_id=said.id, emoji="👍"))
    come(stage, token(stage, name="Anna"), token=visitor.token)
    stranger, _ = come(stage, token(stage, "43", name="Vera"))
    stage.shell(CloseTicket(ticket_id=id))
    stage.shell(AddBan(target=visitor.id, sure=True))
    if by_the_earlier:  # nothing but that their site names somebody tells who it was
        stage.later(1)
        for part in stage.store.parts(Participant):
            sweeping.forget_visitors(stage.services, stage.store.part(Participant, part))
        assert stage.store.get(Participant, visitor.id) is None
    who = visitor.id if by_the_earlier else known.id
    found = stage.shell(ShowPerson(who=who))
    assert (found.participants, found.earlier) == ([known.id], [visitor.id])
    assert (found.tickets, found.files) == (1, 1)
    assert stage.shell(ShowPerson(who=stranger.id)).earlier == []
    done = stage.shell(ExportPerson(participant_id=who, directory=str(tmp_path / "out")))
    assert done.participant_id == known.id and done.missing == [file]
    lines = (tmp_path / "out" / "messages.jsonl").read_text()
    assert lines.count(SECRET) == 2 and "Бориса" not in lines
    told = json.loads((tmp_path / "out" / "person.json").read_text())
    assert told["earlier"] == [visitor.id]
    looked = stage.shell(ForgetPerson(participant_id=who))
    assert (looked.gone, looked.participant_id, looked.earlier) == (False, known.id, [visitor.id])
    assert files_with(stage, SECRET) and stage.store.get(Participant, known.id)
    gone = stage.shell(ForgetPerson(participant_id=who, sure=True))
    assert gone.gone and gone.messages == looked.messages
    for word in (SECRET, "Гостья", "Anna"):
        assert files_with(stage, word) == [], word
    for kind in (Erasure, Ban):
        assert not stage.store.all(kind)
    assert not stage.store.get(Participant, visitor.id)
    assert texts(other, "lobby") == ["Слово Бориса", ""]
    assert not stage.store.history("lobby")[0].reactions
    assert visitor.id not in stage.store.conversation("lobby").receipts
    assert stage.store.get(Participant, stranger.id), "nobody else goes with them"
    with pytest.raises(NotFound):
        stage.shell(ForgetPerson(participant_id=who))


def test_who_was_named_and_never_wrote_is_swept_away(stage: Stage) -> None:
    anna, _ = come(stage, token(stage))
    stage.services.connections.remove(anna.connection)
    stage.later(3)
    for part in stage.store.parts(Participant):
        sweeping.forget_visitors(stage.services, stage.store.part(Participant, part))
    assert not stage.store.parts(Subject) and stage.store.get(Participant, anna.id) is None


def test_an_accounts_token_is_no_visitors(stage: Stage) -> None:
    boris = stage.person("boris")
    with pytest.raises(Invalid, match="is for visitors"):
        come(stage, token(stage), token=boris.token)
