"""What is told less often than it happens: of crowds, of changed messages, of refusals, and how
many passwords are checked at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from threading import Event
from typing import Any

import gevent
import pytest
from loguru import logger

from chatd.domain.message import Message
from chatd.errors import Banned, Conflict, ForeignOrigin, Full, RateLimited
from chatd.live.crowds import Crowds
from chatd.live.hashing import AT_ONCE, PER_NETWORK, Hashing
from chatd.live.refusals import LINES, Refusals
from chatd.live.updates import Updates


def test_a_crowd_is_told_of_when_somebody_came_or_went_since() -> None:
    crowds = Crowds()
    assert "tea" not in crowds and list(crowds) == []
    crowds.move("tea")
    assert "tea" in crowds and list(crowds) == ["tea"]
    assert crowds.settle("tea") and not crowds.settle("tea"), "once is enough"
    crowds.move("tea")
    assert crowds.settle("tea")
    crowds.end("tea")
    assert "tea" not in crowds


def message(seq: int, dialog_id: str = "lobby", content: str = "") -> Message:
    return Message(
        id=f"{dialog_id}:{seq}",
        dialog_id=dialog_id,
        seq=seq,
        sender_type="member",
        sender_id="",
        sender_name="",
        content=content,
        created_at="",
    )


def test_of_what_changed_in_one_turn_the_newest_state_is_told_once_at_its_end() -> None:
    ends: list[Callable[[], None]] = []
    told: list[tuple[str, str, bool]] = []
    updates = Updates(ends.append)

    def tell(one: Message, whole: bool) -> None:
        told.append((one.id, one.content, whole))

    for seq, content, whole in ((1, "a", True), (2, "b", False), (1, "c", False), (2, "d", False)):
        updates.put(message(seq, content=content), tell, whole=whole)
    updates.put(message(1, "news", "e"), tell, whole=False)
    assert told == [] and len(ends) == 1
    updates.tell_now("lobby")
    assert told == [("lobby:1", "c", True), ("lobby:2", "d", False)], "an edit before stays one"
    ends.pop()()
    assert told[2:] == [("news:1", "e", False)]
    updates.put(message(3), tell, whole=True)
    ends.pop()()
    assert told[3:] == [("lobby:3", "", True)], "the next turn has an end of its own"


def test_what_is_told_last_is_told_once_a_turn_as_it_was_put_last() -> None:
    ends: list[Callable[[], None]] = []
    told: list[str] = []
    updates = Updates(ends.append)
    updates.put_last("TKT-1", lambda: told.append("first"))
    updates.put(message(1), lambda one, whole: told.append(one.id), whole=True)
    updates.put_last("TKT-2", lambda: told.append("other"))
    updates.put_last("TKT-1", lambda: told.append("second"))
    updates.tell_now("TKT-1")
    assert told == [] and len(ends) == 1
    assert updates.will_tell("TKT-1") and not updates.will_tell("lobby")
    ends.pop()()
    assert told == ["lobby:1", "second", "other"] and not updates.will_tell("TKT-1")
    updates.put_last("TKT-1", lambda: told.append("third"))
    ends.pop()()
    assert told[3:] == ["third"]


def busy(count: int, take: Callable[..., Any], *before: Any) -> tuple[list[Any], Event]:
    """So many who come at once, all waiting until the event."""
    over = Event()
    return [gevent.spawn(take, *before, over.wait, 10) for _ in range(count)], over


def refused_at(take: Callable[..., Any], *args: Any) -> int | None:
    """The seconds after which to come again, where there is no room."""
    try:
        take(*args)
    except Full as full:
        return int(full.details["retry_after"])
    return None


def test_a_network_of_strangers_has_four_places_and_gets_them_back() -> None:
    hashing = Hashing()
    waiting, over = busy(PER_NETWORK, hashing.for_stranger, "192.0.2.1")
    gevent.sleep(0)
    assert PER_NETWORK == 4
    assert refused_at(hashing.for_stranger, "192.0.2.1", str) == 2
    assert hashing.for_known(str, 7) == "7", "strangers keep nobody waiting who is known"
    over.set()
    gevent.joinall(waiting, timeout=10, raise_error=True)
    for _ in range(2 * PER_NETWORK):
        assert refused_at(hashing.for_stranger, "192.0.2.1", str) is None
    with pytest.raises(ZeroDivisionError):
        hashing.for_stranger("192.0.2.1", divmod, 1, 0)
    again, over = busy(PER_NETWORK, hashing.for_stranger, "192.0.2.1")
    over.set()
    gevent.joinall(again, timeout=10, raise_error=True)


def test_who_is_done_makes_room_for_one() -> None:
    hashing = Hashing()
    over, mine = Event(), Event()
    done = gevent.spawn(hashing.for_stranger, "192.0.2.1", mine.wait, 10)
    gevent.sleep(0)
    waiting = [gevent.spawn(hashing.for_stranger, "192.0.2.1", over.wait, 10) for _ in range(3)]
    gevent.sleep(0)
    mine.set()
    done.get(timeout=10)
    waiting.append(gevent.spawn(hashing.for_stranger, "192.0.2.1", over.wait, 10))
    gevent.sleep(0)
    assert refused_at(hashing.for_stranger, "192.0.2.1", str) == 2
    over.set()
    gevent.joinall(waiting, timeout=10, raise_error=True)


@pytest.mark.parametrize("known", [True, False])
def test_forty_may_wait_and_no_more(known: bool) -> None:
    hashing = Hashing()

    def take(number: int, *work: Any) -> Any:
        if known:
            return hashing.for_known(*work)
        return hashing.for_stranger(f"192.0.2.{number}", *work)

    over = Event()
    waiting = [gevent.spawn(take, number, over.wait, 10) for number in range(40)]
    gevent.sleep(0)
    assert AT_ONCE == 40 and refused_at(take, 99, str) is not None
    over.set()
    gevent.joinall(waiting, timeout=10, raise_error=True)
    assert refused_at(take, 99, str) is None


@pytest.fixture
def said() -> Iterator[list[str]]:
    lines: list[str] = []
    form = "{level} {message} <{extra[refusal]} {extra[address]}>"
    sink = logger.add(lambda line: lines.append(str(line).strip()), format=form, level=0)
    yield lines
    logger.remove(sink)


@pytest.fixture
def counted() -> Counter[str]:
    return Counter()


@pytest.fixture
def refusals(counted: Counter[str]) -> Refusals:
    return Refusals(lambda reason: counted.update([reason]))


def test_the_first_refusal_is_said_the_others_are_counted_and_told_at_the_end(
    refusals: Refusals, said: list[str], counted: Counter[str]
) -> None:
    for _ in range(3):
        refusals.note(RateLimited("", limit="messages"), "2001:db8::1", "p-1")
    refusals.note(RateLimited("", limit="messages"), "2001:db8::2"), "of the same network"
    refusals.note(RateLimited("", limit="logins"), "192.0.2.1")
    first = "INFO refused (limit): messages; p-1 from 2001:db8::1 <limit 2001:db8::1>"
    other = "INFO refused (limit): logins; somebody from 192.0.2.1 <limit 192.0.2.1>"
    assert said == [first, other] and counted == {"limit": 5}
    refusals.tell()
    network = "2001:db8::/64"
    assert said[2:] == [f"INFO refused (limit): messages; 3 more from {network} <limit {network}>"]
    refusals.tell()
    assert len(said) == 3


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (ForeignOrigin("no", "https://evil.example"), "https://evil.example is not among"),
        (ForeignOrigin("no", None), "no origin is not among sites.NAME.origins"),
        (Banned("banned", until=None, target="192.0.2.0/24"), "banned, by the ban on 192.0.2.0/24"),
        (RateLimited("slower", limit="messages"), "(limit): messages;"),
        (RateLimited("slower", limit=""), "(limit): slower;"),
        (RateLimited("slower", limit=7), "(limit): slower;"),
    ],
)
def test_a_line_says_what_was_refused(
    refusals: Refusals, said: list[str], error: Any, line: str
) -> None:
    refusals.note(error, "")
    assert line in said[0] and "somebody from here" in said[0]


def test_an_error_counts_once_and_one_that_is_no_refusal_not_at_all(
    refusals: Refusals, said: list[str], counted: Counter[str]
) -> None:
    error = RateLimited("", limit="messages")
    for _ in range(2):
        refusals.note(error, "192.0.2.1")
        refusals.note(Conflict("somebody was first"), "192.0.2.1")
    assert counted == {"limit": 1} and len(said) == 1


def test_thirty_addresses_have_a_line_of_each_reason_and_the_others_a_number(
    refusals: Refusals, said: list[str]
) -> None:
    for number in range(LINES + 5):
        refusals.count("login", "wrong password", f"192.0.2.{number}")
    refusals.count("lockout", "locked", "192.0.2.99")
    assert len(said) == 31 and all(line.startswith("WARNING") for line in said)
    refusals.tell()
    assert [line.partition(" <")[0] for line in said[31:]] == [
        "WARNING refused (login): 5 more from other addresses"
    ]
    refusals.count("login", "wrong password", "192.0.2.200")
    assert len(said) == 33, "the next minute has lines of its own"
