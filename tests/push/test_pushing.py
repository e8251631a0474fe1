"""Which browser is told what, when nobody looks: on a stage with a clock of its own, read by the
browsers' own keys."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from chatd.domain.errand import Errand
from chatd.domain.participant import LoginSession, Participant
from chatd.domain.place import NOTES
from chatd.domain.versions import successor
from chatd.errors import Forbidden, Invalid, Unavailable
from chatd.protocol.commands import DeleteMessage, MarkRead
from chatd.protocol.operators import Logout, SetDisabled
from chatd.protocol.pushing import Keys, OfferPush, Subscribe, Unsubscribe
from chatd.protocol.support import AcceptTicket, ReturnTicket
from chatd.store.base import Put
from tests.handlers.stage import Person, Stage
from tests.push.service import Browser, PushService

HERE = {"plain_http": True, "private_networks": ["127.0.0.0/8"]}
AFTER_S, HERE_S = 10, 30


class Pushing(Stage):
    """A stage whose errands are carried out when somebody says so."""

    def __init__(self, directory: Path, **push: Any) -> None:
        settings = {"contact": "mailto:help@shop.example", **push}
        super().__init__(directory, push=settings, errands=HERE)

    def open(self) -> None:
        super().open()
        self.services.errands._now = lambda: self.now

    def carry(self, *, after: float = 0.0) -> list[str]:
        """What is due so many seconds later is tried; how all stand by then."""
        self.now += after
        for lane in list(self.services.errands._lanes.values()):
            while (id := lane.take(self.now)) is not None:
                self.services.errands._carry(lane, id)
        return [f"{one.type} {one.state}" for one in self.kept()]

    def kept(self) -> list[Errand]:
        """All errands there are, oldest first."""
        parts = self.store.parts(Errand)
        found = [one for part in parts for one in self.store.part(Errand, part)]
        return sorted(found, key=lambda one: (one.created_at, one.id))


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Pushing]:
    """That says nothing but that something was said."""
    made = Pushing(tmp_path / "data")
    yield made
    made.close()


def tell(person: Person, browser: Browser, language: str = "en") -> int:
    """Subscribes."""
    command = Subscribe(
        endpoint=browser.endpoint,
        keys=keys_of(browser.subscription()["keys"]),
        language=language,  # type: ignore[arg-type]
    )
    count: int = person.ask(command).count
    return count


def keys_of(keys: dict[str, str]) -> Keys:
    """As the command has them."""
    return Keys(**keys)


def test_an_operator_who_is_gone_is_told_of_who_waits_and_no_more_than_that(
    stage: Pushing, service: PushService
) -> None:
    artem, olga = stage.staff(), stage.staff("olga", sites=("bank",))
    phone, other = service.browser("phone"), service.browser("other")
    assert (tell(artem, phone, "ru"), tell(olga, other)) == (1, 1)
    stage.leave(artem)
    stage.leave(olga)
    anna = stage.visitor()
    id = anna.open_ticket("мой секрет")
    assert stage.carry(after=AFTER_S - 1) == ["waiting waiting"]
    assert stage.carry(after=1) == ["waiting delivered"]
    expected = {"kind": "waiting", "ticket": id, "title": "shop", "body": "Клиент ждёт ответа"}
    assert phone.shown == [expected] and other.shown == [], "it is none of her sites"
    (sent,) = phone.headers
    assert (sent["TTL"], sent["Urgency"], len(sent["Topic"])) == ("600", "high", 24)
    key = stage.ask(anna.connection, OfferPush()).key
    assert service.signers == {key}


def test_who_is_there_is_not_told_and_who_has_taken_it_ends_it(
    stage: Pushing, service: PushService
) -> None:
    artem, olga = stage.staff(), stage.staff("olga")
    phone = service.browser("phone")
    tell(artem, phone)
    anna = stage.visitor()
    id = anna.open_ticket()
    assert stage.carry(after=AFTER_S) == ["waiting waiting"], "the console tells by itself"
    assert stage.carry(after=HERE_S) == ["waiting waiting"] and not phone.shown
    stage.leave(artem)
    olga.ask(AcceptTicket(ticket_id=id))
    assert stage.carry(after=HERE_S) == ["waiting dropped"] and not phone.shown
    assert stage.kept()[0].last_error == "it was taken, or closed, meanwhile"
    olga.ask(ReturnTicket(ticket_id=id))
    assert stage.carry(after=AFTER_S) == ["waiting dropped", "waiting delivered"]
    assert len(phone.shown) == 1


def test_what_a_customer_says_is_told_to_the_operator_who_has_it_and_to_nobody_else(
    stage: Pushing, service: PushService
) -> None:
    artem, olga, anna = stage.staff(), stage.staff("olga"), stage.visitor()
    phone, other = service.browser("phone"), service.browser("other")
    tell(artem, phone)
    tell(olga, other)
    id = anna.open_ticket()
    artem.ask(AcceptTicket(ticket_id=id))
    stage.carry(after=AFTER_S)
    stage.leave(artem)
    stage.leave(olga)
    for word in ("раз", "два", "три"):
        anna.say(id, word)
    stage.carry(after=AFTER_S)
    assert [one["kind"] for one in phone.shown] == ["message"], "one for all of it"
    assert phone.headers[0]["Urgency"] == "normal" and not other.shown
    anna.say(id, "четыре")
    stage.carry(after=AFTER_S)
    assert len(phone.shown) == 2
    assert phone.headers[0]["Topic"] == phone.headers[1]["Topic"]


def test_what_was_read_elsewhere_is_not_told(stage: Pushing, service: PushService) -> None:
    artem, anna = stage.staff(), stage.visitor()
    phone, browser = service.browser("phone"), service.browser("annas")
    tell(artem, phone)
    tell(anna, browser)
    id = anna.open_ticket()
    artem.ask(AcceptTicket(ticket_id=id))
    stage.carry(after=AFTER_S)
    tablet = stage.again(stage.session("artem"))
    stage.leave(artem)
    anna.say(id, "ау")
    tablet.ask(MarkRead(dialog_id=id, seq=stage.store.conversation(id).last_seq))
    gone = tablet.say(id, "здесь")
    tablet.say(f"{id}{NOTES}", "осторожно")
    stage.leave(tablet)
    stage.leave(anna)
    states = sorted(stage.carry(after=AFTER_S))[:2]
    assert states == ["message delivered", "message dropped"] and not phone.shown
    assert [one["body"] for one in browser.shown] == ["You have an answer"]
    back = stage.again(stage.session("artem"))
    back.ask(DeleteMessage(message_id=back.say(id, "не то").id))
    back.ask(DeleteMessage(message_id=gone.id))
    assert stage.carry(after=AFTER_S)[-1] == "message dropped" and len(browser.shown) == 1


def test_a_customer_whose_page_is_open_is_told_by_the_page(
    stage: Pushing, service: PushService
) -> None:
    artem, anna = stage.staff(), stage.visitor()
    browser = service.browser("annas")
    tell(anna, browser)
    id = anna.open_ticket()
    artem.ask(AcceptTicket(ticket_id=id))
    artem.say(id, "здесь")
    assert stage.carry(after=AFTER_S)[-1] == "message waiting" and not browser.shown
    artem.say(id, "вы")
    assert stage.carry(after=AFTER_S).count("message waiting") == 1, "one for both"
    stage.leave(anna)
    assert stage.carry(after=HERE_S)[-1] == "message delivered" and len(browser.shown) == 1


def test_what_is_remembered_of_those_that_wait_is_bounded(
    tmp_path: Path, service: PushService
) -> None:
    stage = Pushing(tmp_path / "data", most_waiting=2)
    stage.services.pushing.update({("s-1", "p-1", f"waiting t-{n}"): f"e-{n}" for n in (1, 2)})
    artem = stage.staff()
    tell(artem, service.browser("phone"))
    stage.visitor().open_ticket()
    assert len(stage.services.pushing) == 2 and len(stage.kept()) == 1
    assert stage.kept()[0].id in stage.services.pushing.values()
    stage.close()


def test_with_text_it_says_who_said_what_as_much_as_the_service_takes(
    tmp_path: Path, service: PushService
) -> None:
    stage = Pushing(tmp_path / "data", text=True)
    artem, anna = stage.staff(), stage.visitor("Anna\u2028B")
    browser = service.browser("annas")
    tell(anna, browser)
    id = anna.open_ticket()
    artem.ask(AcceptTicket(ticket_id=id))
    stage.leave(anna)
    artem.say(id, "Едет\nзавтра " + "x" * 500)
    stage.carry(after=AFTER_S)
    (told,) = browser.shown
    assert told["title"] == "Artem" and told["body"].startswith("Едет завтра xxx")
    assert len(told["body"]) == 120
    service.longest = 250
    artem.say(id, "y" * 500)
    stage.carry(after=AFTER_S)
    assert browser.shown[1]["body"] == "You have an answer"
    stage.close()


def test_what_is_to_make_no_sound_says_so(tmp_path: Path, service: PushService) -> None:
    stage = Pushing(tmp_path / "data", sound=("waiting",))
    artem, olga, anna = stage.staff(), stage.staff("olga"), stage.visitor()
    at_work, at_home = service.browser("artems"), service.browser("annas")
    tell(artem, at_work)
    tell(anna, at_home)
    stage.leave(artem)
    id = anna.open_ticket()
    stage.carry(after=AFTER_S)
    olga.ask(AcceptTicket(ticket_id=id))
    stage.leave(anna)
    olga.say(id, "здесь")
    stage.carry(after=AFTER_S)
    assert [one.get("silent") for one in at_work.shown] == [None]
    assert [one.get("silent") for one in at_home.shown] == [True]
    stage.close()


@pytest.mark.parametrize("status", [404, 410])
def test_a_browser_that_is_no_more_is_let_go(
    stage: Pushing, service: PushService, status: int
) -> None:
    artem, anna = stage.staff(), stage.visitor()
    for name in ("one", "two"):
        tell(anna, service.browser(name))
    id = anna.open_ticket()
    artem.ask(AcceptTicket(ticket_id=id))
    stage.leave(anna)
    service.answers = [status]
    artem.say(id, "здесь")
    assert sorted(stage.carry(after=AFTER_S)) == ["message delivered", "message dropped"]
    known = stage.store.get(Participant, anna.id)
    assert known and len(known.subscriptions) == 1
    artem.say(id, "ещё")
    stage.carry(after=AFTER_S)
    assert service.tries == 3


def test_a_service_that_is_busy_is_asked_again_when_it_says(
    stage: Pushing, service: PushService
) -> None:
    artem, anna = stage.staff(), stage.visitor()
    browser = service.browser("annas")
    tell(anna, browser)
    id = anna.open_ticket()
    artem.ask(AcceptTicket(ticket_id=id))
    stage.leave(anna)
    service.answers, service.more = [429, 503, 500], {"Retry-After": "100"}
    artem.say(id, "здесь")
    assert stage.carry(after=AFTER_S) == ["message waiting"]
    assert stage.carry(after=99) == ["message waiting"] and service.tries == 1
    stage.carry(after=1)
    assert service.tries == 2
    for _ in range(3):
        stage.carry(after=3_000)
    assert len(browser.shown) == 1 and service.tries == 4
    service.answers = [500]
    artem.say(id, "поздно")
    stage.carry(after=AFTER_S)
    assert stage.carry(after=90_000)[-1] == "message dropped"
    assert stage.kept()[-1].last_error == "it is too late for it"


def test_who_is_logged_out_shut_out_or_changed_their_mind_is_told_nothing(
    stage: Pushing, service: PushService
) -> None:
    anna = stage.visitor()
    id = ""
    for name in ("artem", "boris", "clara", "daria"):
        person = stage.staff(name)
        browser = service.browser(name)
        tell(person, browser)
        if name == "artem":
            stage.over_http(person, Logout())
        elif name == "clara":
            assert person.ask(Unsubscribe(endpoint=browser.endpoint)).count == 0
            assert person.ask(Unsubscribe(endpoint=browser.endpoint)).count == 0
        stage.leave(person)
    id = anna.open_ticket()
    stage.shell(SetDisabled(username="boris"))
    states = stage.carry(after=AFTER_S)
    assert sorted(states) == ["waiting delivered", "waiting dropped"], (id, states)
    told = [name for name in ("artem", "boris", "clara", "daria") if service_told(service, name)]
    assert told == ["daria"]
    for session in stage.store.all(LoginSession):
        stage.store.commit(Put(successor(session, expires_at="2020")))
    anna.open_ticket()
    assert len(stage.kept()) == 2


def service_told(service: PushService, name: str) -> bool:
    """Whether a browser was told anything."""
    return bool(service.browsers[f"/push/{name}"].shown)


def test_at_most_four_browsers_and_only_those_that_can_be_told(
    stage: Pushing, service: PushService
) -> None:
    anna = stage.visitor()
    browsers = [service.browser(f"b{number}") for number in range(6)]
    assert [tell(anna, one) for one in browsers] == [1, 2, 3, 4, 4, 4]
    assert tell(anna, browsers[-1]) == 4, "the same again is no other"
    known = stage.store.get(Participant, anna.id)
    assert known and [one.endpoint for one in known.subscriptions] == [
        one.endpoint for one in browsers[2:]
    ]
    good = browsers[0].subscription()
    for endpoint in (
        *("ftp://push.example/a", "https://user@push.example/a", "https://10.0.0.1/a", "a"),
        *("https://[::1]/a", "https://[::ffff:169.254.169.254]/a", "https://push.example/ a"),
    ):
        with pytest.raises(Invalid, match="the endpoint"):
            anna.ask(Subscribe(endpoint=endpoint, keys=keys_of(good["keys"])))
    for wrong in ({"p256dh": "AAAA"}, {"auth": "AAAA"}, {"p256dh": "*" * 87}):
        with pytest.raises(Invalid, match="a browser's keys"):
            keys = keys_of({**good["keys"], **wrong})
            anna.ask(Subscribe(endpoint=good["endpoint"], keys=keys))


def test_keys_that_are_no_point_fail_for_good(stage: Pushing, service: PushService) -> None:
    artem, anna = stage.staff(), stage.visitor()
    browser = service.browser("annas")
    keys = {**browser.subscription()["keys"], "p256dh": "BA" + "A" * 85}
    anna.ask(Subscribe(endpoint=browser.endpoint, keys=keys_of(keys)))
    id = anna.open_ticket()
    artem.ask(AcceptTicket(ticket_id=id))
    stage.leave(anna)
    artem.say(id, "здесь")
    assert stage.carry(after=AFTER_S) == ["message failed"] and service.tries == 0


@pytest.mark.parametrize("host", ["localhost", "2130706433", "0x7f.1"])
def test_a_name_that_leads_inside_is_not_called(
    stage: Pushing, service: PushService, host: str
) -> None:
    errands = replace(stage.services.config.errands, private_networks=())
    stage.services.config = replace(stage.services.config, errands=errands)
    artem, anna = stage.staff(), stage.visitor()
    port = service.server_address[1]
    keys = keys_of(service.browser("annas").subscription()["keys"])
    anna.ask(Subscribe(endpoint=f"http://{host}:{port}/push/annas", keys=keys))
    with pytest.raises(Invalid, match="no address of the outside"):
        anna.ask(Subscribe(endpoint=f"http://127.0.0.1:{port}/push/annas", keys=keys))
    id = anna.open_ticket()
    artem.ask(AcceptTicket(ticket_id=id))
    stage.leave(anna)
    artem.say(id, "здесь")
    assert stage.carry(after=AFTER_S) == ["message waiting"] and service.tries == 0
    assert "no address of the outside" in stage.kept()[0].last_error


def test_the_daemons_key_stays_the_same(stage: Pushing) -> None:
    before = stage.visitor().ask(OfferPush()).key
    stage.reopen()
    assert stage.visitor().ask(OfferPush()).key == before


def test_without_a_contact_nothing_is_pushed(tmp_path: Path, service: PushService) -> None:
    stage = Pushing(tmp_path / "data", contact="")
    anna = stage.visitor()
    assert anna.ask(OfferPush()).key is None
    with pytest.raises(Unavailable, match=r"push\.contact is not set"):
        tell(anna, service.browser("annas"))
    with pytest.raises(Forbidden):
        stage.shell(OfferPush())
    stage.close()
