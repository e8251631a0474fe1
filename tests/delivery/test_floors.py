"""Who has a floor hears nothing of messages up to it, nor what a quote shows of them."""

from __future__ import annotations

from typing import Any

import gevent
import msgspec
import pytest

from chatd.delivery.floors import above
from tests.delivery.test_holding import LOBBY, SELF, House, Reader


@pytest.fixture
def house() -> House:
    return House()


def message(seq: int, quoted: int = 0) -> dict[str, Any]:
    """A message, which may quote another."""
    quote = {"seq": quoted, "name": "Анна", "text": "тайна"}
    return {"seq": seq, "meta": {"reply_to": quote, "kind": "k"} if quoted else {}}


def tell(house: House, seq: int, *, quoted: int = 0, event: str = "message:new") -> None:
    data = message(seq, quoted)
    house.hub.publish(LOBBY, event, data, dialog_id="lobby", rev=seq)


def heard(reader: Reader) -> list[Any]:
    """Of messages what is told, of others their names."""
    gevent.sleep(0)
    found = []
    for frame in reader.got:
        event, _, data = frame.partition(" ")
        found.append(msgspec.json.decode(data) if event.startswith("message:") else event)
    return found


def joined(house: House, floor: int) -> Reader:
    """The joiner is answered, and follows like everybody."""
    house.hub.hold(LOBBY, house.joiner, floor)
    house.hub.release(house.joiner)
    return house.joiner


def test_the_floor_itself_is_hidden_and_what_is_above_it_is_not(house: House) -> None:
    one = joined(house, 5)
    for seq in (4, 5, 6):
        tell(house, seq, event="message:update")
    assert [told["seq"] for told in heard(one)] == [6]
    assert [told["seq"] for told in heard(house.other)] == [4, 5, 6]


def test_a_quote_of_what_is_hidden_tells_its_number_only(house: House) -> None:
    one = joined(house, 5)
    tell(house, 7, quoted=5)
    tell(house, 8, quoted=6)
    assert heard(one) == [
        {"seq": 7, "meta": {"reply_to": {"seq": 5}, "kind": "k"}},
        message(8, quoted=6),
    ]
    assert heard(house.other) == [message(7, quoted=5), message(8, quoted=6)]


def test_what_is_held_is_judged_as_well(house: House) -> None:
    house.hub.hold(LOBBY, house.joiner, 5)
    for seq in (5, 6):
        tell(house, seq)
    tell(house, 7, quoted=5)
    house.hub.release(house.joiner)
    told = heard(house.joiner)
    assert [one["seq"] for one in told] == [6, 7]
    assert told[1]["meta"]["reply_to"] == {"seq": 5}


def test_what_is_held_stays_hidden_from_who_goes_meanwhile(house: House) -> None:
    house.hub.hold(LOBBY, house.joiner, 5)
    tell(house, 5)
    house.hub.unfollow(LOBBY, house.joiner)
    house.hub.release(house.joiner)
    assert heard(house.joiner) == []


def test_what_is_about_no_message_is_heard_by_all(house: House) -> None:
    one = joined(house, 5)
    house.hub.publish(LOBBY, "presence:update", {"seq": 1})
    house.hub.publish(LOBBY, "dialog:update", None)
    assert heard(one) == ["presence:update", "dialog:update"]


def test_a_floor_is_of_one_topic_and_goes_with_it(house: House) -> None:
    one = joined(house, 5)
    house.hub.follow(SELF, one)
    house.hub.publish(SELF, "message:new", message(1))
    house.hub.unfollow(LOBBY, one)
    joined(house, 0)
    tell(house, 2)
    assert [told["seq"] for told in heard(one)] == [1, 2]
    house.hub.drop(one)
    assert house.hub._floors == {} and house.hub.count(LOBBY) == 1


def test_another_floor_after_coming_back(house: House) -> None:
    joined(house, 5)
    house.hub.unfollow(LOBBY, house.joiner)
    one = joined(house, 7)
    for seq in (6, 7, 8):
        tell(house, seq)
    assert [told["seq"] for told in heard(one)] == [8]


def test_a_floor_goes_along_to_another_mailbox(house: House) -> None:
    one = joined(house, 5)
    house.hub.move(one, one.codec, one.mailbox)  # type: ignore[arg-type]
    for seq in (5, 6):
        tell(house, seq)
    assert [told["seq"] for told in heard(one)] == [6]


def test_those_without_a_floor_are_given_what_was_encoded() -> None:
    plain = b'{"seq":9,"meta":{"reply_to":{"seq":6}}}'
    assert above("message:new", plain, 5) is plain
    assert above("message:new", b'{"seq":6}', 5) == b'{"seq":6}'
    assert above("message:update", b'{"seq":5}', 5) is None
    assert above("message:update", b"{}", 5) is None
