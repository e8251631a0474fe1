"""What leaves the house, in the hands of operators: listed, tried again, dropped, tested."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chatd.domain.errand import Errand, State, Target
from chatd.domain.message import Message
from chatd.domain.times import to_text
from chatd.domain.versions import successor
from chatd.errors import Conflict, NotFound, Unavailable
from chatd.handlers import errands
from chatd.protocol.errands import (
    DropErrand,
    ListErrands,
    ListWebhooks,
    OpenWebhook,
    ReplayWebhook,
    RetryErrand,
)
from chatd.protocol.errands import TestWebhook as TryWebhook
from chatd.service import pages
from chatd.store.base import Put
from tests.errands.receiver import SECRET, VARIABLE, Receiver
from tests.trust.house import House

WEBHOOK = {"url": "https://crm.example", "secret_env": VARIABLE}
HERE = {"plain_http": True, "private_networks": ["127.0.0.0/8"]}


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """One that takes whatever is signed."""
    one = Receiver()
    yield one
    one.close()


@pytest.fixture
def house(tmp_path: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """With a webhook that is here, and two others."""
    monkeypatch.setenv(VARIABLE, SECRET)
    hooks = {
        "crm": {**WEBHOOK, "events": ["ticket.closed"], "sites": ["default"]},
        "here": {**WEBHOOK, "url": receiver.url()},
        "mute": {**WEBHOOK, "secret_env": "NOT_SET"},
    }
    made = House(tmp_path / "data", store={"sync": False}, webhooks=hooks, errands=HERE)
    yield made
    made.close()


def make(house: House, state: State, target: str = "crm", **fields: Any) -> Errand:
    """One that is in this state, a moment after the last."""
    house.now += 1
    values: dict[str, Any] = {
        "state": state,
        "next_at": house.now + 10**6,
        "ended_at": "" if state == "waiting" else to_text(house.now),
        "attempts": 3,
        **fields,
    }
    id, now = house.services.new_errand.id(house.now), to_text(house.now)
    made = Errand(id, "webhook", target, "ticket.closed", now, **values)
    house.store.commit(Put(made))
    house.services.errands.put([made])
    return made


def kept(house: House, errand: Errand) -> Errand:
    """As it is stored."""
    found = house.store.get(Errand, errand.id)
    assert found
    return found


def walk(house: House, limit: int, **fields: Any) -> list[str]:
    """The ids of all pages of a list, each as long as asked for but the last."""
    seen: list[str] = []
    cursor = None
    for _ in range(20):
        page = house.shell(ListErrands(limit=limit, cursor=cursor, **fields))
        seen += [one.id for one in page.errands]
        assert page.cursor == (seen[-1] if page.cursor else None)
        cursor = page.cursor
        if cursor is None:
            return seen
        assert len(page.errands) == limit
    raise AssertionError("no end of pages")


def test_a_list_in_pages_has_each_once_the_newest_first(house: House) -> None:
    states: list[State] = ["delivered", "waiting", "failed", "dropped", "failed", "waiting"]
    made = [make(house, state, ("crm", "here")[n % 2]) for n, state in enumerate(states)][::-1]
    for again in range(2):
        for limit in (1, 2, 3, 6, 7):
            assert walk(house, limit) == [one.id for one in made]
            for state in ("waiting", "failed", "dropped", "delivered"):
                of_state = [one.id for one in made if one.state == state]
                assert walk(house, limit, state=state) == of_state
            for target in ("crm", "here", "mute"):
                of_target = [one.id for one in made if one.target == target]
                assert walk(house, limit, target=target) == of_target
            assert walk(house, limit, target="crm", state="failed") == [made[1].id, made[3].id]
        if not again:
            house.store.checkpoint()
            house.reopen()
            house.services.errands.take_up()
    with pytest.raises(NotFound, match="no such errand 'x'"):
        house.shell(ListErrands(cursor="x"))


def test_a_page_has_as_many_as_fit(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    made = [make(house, "failed") for _ in range(5)][::-1]
    monkeypatch.setattr(pages, "PAGE_BYTES", 0)
    page = house.shell(ListErrands())
    assert [one.id for one in page.errands] == [made[0].id] and page.cursor == made[0].id


def test_an_errand_is_shown_with_what_it_is_about(house: House) -> None:
    said = Message(
        id="lobby:1",
        dialog_id="lobby",
        sender_type="member",
        sender_id="p-1",
        sender_name="Anna",
        content="one",
        created_at="",
    )
    of_message = make(house, "delivered", message=said)
    of_ticket = make(house, "waiting", data={"ticket": {"id": "TKT-1"}}, last_error="status 500")
    of_nothing = make(house, "failed")
    shown = house.shell(ListErrands()).errands[::-1]
    assert [one.about for one in shown] == ["lobby:1", "TKT-1", ""]
    assert [one.next_at for one in shown] == [None, to_text(of_ticket.next_at), None]
    assert [one.ended_at for one in shown] == [of_message.ended_at, None, of_nothing.ended_at]
    assert [one.last_error for one in shown] == ["", "status 500", ""]
    assert {one.attempts for one in shown} == {3}


def test_what_is_tried_again_is_due_now_as_if_for_the_first_time(house: House) -> None:
    for state in ("failed", "delivered", "dropped", "waiting"):
        made = make(house, state)  # type: ignore[arg-type]
        shown = house.shell(RetryErrand(errand_id=made.id)).errand
        assert (shown.state, shown.attempts, shown.next_at) == ("waiting", 0, to_text(house.now))
        wanted = successor(made, state="waiting", attempts=0, next_at=house.now, ended_at="")
        assert kept(house, made) == wanted
    with pytest.raises(NotFound):
        house.shell(RetryErrand(errand_id="e-none"))


def test_only_what_waits_is_dropped(house: House) -> None:
    waits = make(house, "waiting")
    assert house.services.errands.waiting("crm") == 1
    assert house.shell(DropErrand(errand_id=waits.id)).errand.state == "dropped"
    assert kept(house, waits).ended_at == to_text(house.now)
    assert house.services.errands.waiting("crm") == 0
    for state in ("failed", "delivered", "dropped"):
        with pytest.raises(Conflict, match=f"does not wait: it is {state}"):
            house.shell(DropErrand(errand_id=make(house, state).id))  # type: ignore[arg-type]


def test_all_that_failed_for_a_webhook_is_due_again_and_nothing_else(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert errands.AT_ONCE == 200
    monkeypatch.setattr(errands, "AT_ONCE", 2)
    failed = [make(house, "failed") for _ in range(5)]
    others = [make(house, "failed", "here"), make(house, "dropped"), make(house, "delivered")]
    assert house.shell(ReplayWebhook(what="crm")).due == 5
    assert {kept(house, one).state for one in failed} == {"waiting"}
    assert [kept(house, one) for one in others] == others
    assert house.shell(ReplayWebhook(what="crm")).due == 0
    assert house.shell(ReplayWebhook(what=others[1].id)).due == 1
    assert kept(house, others[1]).state == "waiting"
    with pytest.raises(NotFound):
        house.shell(ReplayWebhook(what="nothing"))


def test_what_changed_since_it_was_listed_is_not_tried_again() -> None:
    values: dict[str, Any] = {"created_at": ""}
    one = Errand("e-1", "webhook", "crm", "ticket.closed", **values, state="failed")
    assert errands.is_failed(one, "crm")
    for target in ("abc", "xyz"):
        assert not errands.is_failed(one, target)
    states: tuple[State, ...] = ("waiting", "delivered", "dropped")
    for state in states:
        assert not errands.is_failed(successor(one, state=state), "crm")


def test_a_webhook_is_listed_with_what_is_wrong_with_it(house: House) -> None:
    make(house, "waiting")
    told = {one.name: one for one in house.shell(ListWebhooks()).webhooks}
    assert list(told) == ["crm", "here", "mute"]
    assert (told["crm"].events, told["crm"].sites) == (("ticket.closed",), ("default",))
    assert told["here"].events == told["here"].sites == ("all",)
    assert [one.waiting for one in told.values()] == [1, 0, 0]
    assert told["crm"].state == told["here"].state == "open"
    assert "NOT_SET" in told["mute"].state
    with pytest.raises(Conflict, match="crm is open"):
        house.shell(OpenWebhook(webhook="crm"))
    house.store.commit(Put(Target("crm", WEBHOOK["url"], closed_at="2026-01-01", why="status 410")))
    told = {one.name: one for one in house.shell(ListWebhooks()).webhooks}
    assert told["crm"].state == "closed since 2026-01-01: status 410"
    assert house.shell(OpenWebhook(webhook="crm")).webhook == "crm"
    assert house.shell(ListWebhooks()).webhooks[0].state == "open"
    for command in (OpenWebhook(webhook="x"), TryWebhook(webhook="x")):
        with pytest.raises(NotFound, match="no such webhook 'x'; there are: crm, here, mute"):
            house.shell(command)


def test_where_there_is_no_webhook_it_says_so(tmp_path: Path) -> None:
    made = House(tmp_path / "data", store={"sync": False})
    with pytest.raises(NotFound, match="there are: none"):
        made.shell(TryWebhook(webhook="x"))
    made.close()


def test_a_webhook_is_tried_with_an_event_of_its_own(house: House, receiver: Receiver) -> None:
    told = house.shell(TryWebhook(webhook="here"))
    assert told.answer == "status 204" and 0 <= told.seconds < 60
    assert receiver.tries == [told.id]
    assert [one["type"] for one in receiver.events] == ["webhook.test"]
    receiver.status = 500
    with pytest.raises(Unavailable, match="here: status 500"):
        house.shell(TryWebhook(webhook="here"))
    with pytest.raises(Unavailable, match="mute: no secret in"):
        house.shell(TryWebhook(webhook="mute"))
    assert house.shell(ListErrands()).errands == [], "nothing is kept of it"
