"""A room with very many people tells how many they are, not who comes and goes; what each is sent
does not grow with the crowd."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks.dialects import answer, chatd_command, take_answer
from benchmarks.sockets import Client as Raw
from benchmarks.sockets import Load, Script
from chatd.config.loading import load
from chatd.errors import ConfigError
from chatd.protocol.events import DialogUpdate
from tests.client import Client
from tests.conftest import MakeDaemon
from tests.daemon import Daemon, eventually

BOUND, CALM = 6, 5
ROOMS = ("beside", "few", "over", "same", "draft", "retired", "read")
SMALL: dict[str, Any] = {"rooms": {room: {"crowd": BOUND} for room in ROOMS}}


class Crowd:
    """People of one room, in the order of their coming."""

    def __init__(self, daemon: Daemon, room: str) -> None:
        self.daemon, self.room = daemon, room
        self.people: list[Client] = []

    def come(self, count: int) -> list[dict[str, Any]]:
        """So many more join; what each is answered."""
        answers = []
        for _ in range(count):
            one = Client(self.daemon.address)
            one.hello(name=f"{self.room} {len(self.people)}")
            self.people.append(one)
            answers.append(one.join(self.room))
        return answers

    def gather(self, above: int) -> Client:
        """A crowd, by so many above the bound; the first of it, who has been told of the others."""
        self.come(BOUND)
        self.people[0].settle()
        self.come(above)
        told(self.people[0], BOUND + above)
        return self.people[0]

    def go(self, count: int) -> None:
        """Those who came last leave."""
        for _ in range(count):
            self.people.pop().ask("dialog:leave", dialog_id=self.room)

    @property
    def connected(self) -> int:
        """How many of them the daemon knows to be connected."""
        rows = self.daemon.admin_json("connections")["connections"]
        return sum(one["name"].startswith(self.room) for one in rows)

    def close(self) -> None:
        for one in self.people:
            one.ws.close()


Gather = Callable[[str], Crowd]


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    running = Daemon(tmp_path_factory.mktemp("daemon"), SMALL).start()
    yield running
    assert running.stop() == 0, running.logged()


@pytest.fixture
def people(daemon: Daemon) -> Iterator[Gather]:
    """The people of a room; of each test another."""
    found: list[Crowd] = []

    def make(room: str) -> Crowd:
        found.append(Crowd(daemon, room))
        return found[-1]

    yield make
    for crowd in found:
        crowd.close()


def told(client: Client, people: int, *, crowd: bool = True) -> dict[str, Any]:
    """The update that says that there are so many; those before it are passed over."""
    while True:
        update = client.expect("dialog:update", crowd=crowd)
        if update["dialog"]["people"] == people:
            return update


def presences(client: Client) -> list[tuple[str, str]]:
    """Of whom one was told since."""
    events = [one["data"] for one in client.settle() if one["event"] == "presence:update"]
    return [(one["participant"]["id"], one["participant"]["status"]) for one in events]


def test_up_to_the_bound_each_is_told_of_and_above_it_only_how_many(people: Gather) -> None:
    crowd = people("few")
    answers = crowd.come(BOUND)
    first = crowd.people[0]
    assert [one["crowd"] for one in answers] == [False] * BOUND
    assert presences(first) == [(one.id, "online") for one in crowd.people[1:]]
    (last,) = crowd.come(1)
    assert last["crowd"] and last["dialog"]["people"] == BOUND + 1
    assert last["participants"][-1]["id"] == crowd.people[-1].id
    update = told(first, BOUND + 1)
    assert "change" not in update and update["dialog"]["id"] == crowd.room
    crowd.come(2)
    told(first, BOUND + 3)
    assert presences(first) == [], "no single one"


def test_who_knows_the_list_gets_it_back_when_the_crowd_is_over(people: Gather) -> None:
    crowd = people("over")
    first, away = crowd.gather(3), crowd.people[1]
    away.ask("presence:set", status="away")
    crowd.go(3)
    told(first, BOUND)
    assert presences(first) == [], "still a crowd: the bound must be well undercut"
    crowd.go(1)
    told(first, CALM, crowd=False)
    status = {one.id: "online" for one in crowd.people} | {away.id: "away"}
    assert dict(presences(first)) == status
    (joined,) = crowd.come(1)
    assert not joined["crowd"] and len(joined["participants"]) == CALM + 1
    assert presences(first) == [(crowd.people[-1].id, "online")], "told of singly again"
    crowd.go(1)
    assert [status for _, status in presences(first)] == ["offline"]


def test_a_crowd_that_stays_as_it_is_tells_nothing(people: Gather) -> None:
    crowd = people("same")
    first = crowd.gather(1)
    crowd.people[-1].join(crowd.room)
    people("beside").gather(1)
    assert first.settle() == [], "joining twice, and another room's crowd, are no news"


def test_what_somebody_was_writing_in_a_crowd_goes_with_them(people: Gather) -> None:
    crowd = people("draft")
    first, writer = crowd.gather(2), crowd.people[-1]
    writer.ask("draft:edit", dialog_id=crowd.room, seq=1, ops=[["i", "я хоте"]])
    assert first.expect("draft:edit")["participant_id"] == writer.id
    crowd.go(1)
    assert presences(first) == [(writer.id, "offline")]


def reads(client: Client) -> list[tuple[str, int, int]]:
    """Of whom one was told since how far they have received and read."""
    events = [one["data"] for one in client.settle() if one["event"] == "receipt:update"]
    return [(one["participant_id"], one["delivered"], one["read"]) for one in events]


def test_of_a_crowd_that_reads_the_first_two_are_told_of_and_each_to_oneself(
    people: Gather,
) -> None:
    crowd = people("read")
    author = crowd.gather(3)
    second, third, fourth, fifth = crowd.people[1:5]

    def read(who: Client, seq: int, how: str = "read") -> None:
        who.ask(f"receipt:{how}", dialog_id=crowd.room, seq=seq)

    for _ in range(2):
        author.ask("message:send", dialog_id=crowd.room, content="читали?")
    read(second, 1)
    read(third, 1)
    read(fourth, 1)
    assert reads(author) == [(second.id, 1, 1), (third.id, 1, 1)]
    assert reads(fourth)[-1] == (fourth.id, 1, 1), "one's own, on all connections that one has"
    read(fourth, 2, "delivered")
    read(fourth, 2)
    read(third, 2)
    read(second, 2)
    assert reads(author) == [(fourth.id, 2, 1), (fourth.id, 2, 2), (third.id, 2, 2)]
    read(fifth, 1)
    assert reads(author) == []
    crowd.go(BOUND + 3 - CALM)
    told(author, CALM, crowd=False)
    ends = {one: (two, three) for one, two, three in reads(author)}
    assert ends == {author.id: (2, 2)} | dict.fromkeys((second.id, third.id, fourth.id), (2, 2)) | {
        fifth.id: (1, 1)
    }
    read(fifth, 2)
    assert reads(author) == [(fifth.id, 2, 2)], "told of singly again"


def test_a_room_that_is_retired_with_a_crowd_in_it_ends_in_silence(people: Gather) -> None:
    crowd = people("retired")
    first = crowd.gather(2)
    others = {room: how for room, how in SMALL["rooms"].items() if room != crowd.room}
    crowd.daemon.write_config({"rooms": others})
    assert crowd.daemon.admin("reload").returncode == 0
    first.expect("dialog:update", change="retired")
    for one in crowd.people[2:]:
        one.ws.close()
    eventually(lambda: crowd.connected == 2)
    assert first.settle() == []
    crowd.daemon.write_config(SMALL)
    assert crowd.daemon.admin("reload").returncode == 0
    told(first, 2, crowd=False)


def test_of_counts_the_newest_is_enough_and_the_end_of_a_crowd_must_arrive() -> None:
    begun, over = (DialogUpdate(dialog_id="lobby", crowd=crowd) for crowd in (True, False))
    assert (begun.key, over.key) == ("crowd:lobby", None)
    assert begun.tells == over.tells == (None, 0), "no change of the room"


@pytest.mark.parametrize(("crowd", "right"), [(0, False), (1, True), (500, True), (501, False)])
def test_a_list_holds_no_more_than_five_hundred_so_a_crowd_begins_there(
    tmp_path: Path, crowd: int, right: bool
) -> None:
    file = tmp_path / "chatd.toml"
    file.write_text(f"[rooms.lobby]\ncrowd = {crowd}\n")
    if right:
        assert load(file).room_table()["lobby"].crowd == crowd
        return
    with pytest.raises(ConfigError, match=r"rooms\.lobby\.crowd"):
        load(file)


def test_a_thousand_who_join_at_once_are_each_sent_a_bounded_number_of_bytes(
    make_daemon: MakeDaemon,
) -> None:
    crowd, newest = 1_000, 50
    each, average = 100_000, 32_000  # 300 shown, and told of again when they came in one rush
    daemon = make_daemon({"server": {"max_connections_per_address": 2_000}})
    port, load_ = int(daemon.address.rpartition(":")[2]), Load()
    answers: list[dict[str, Any]] = []
    counts: dict[int, list[int]] = {}
    sizes: dict[int, list[int]] = {}
    began = time.monotonic()

    def enter(client: Raw) -> Script:
        counts[client.fd], sizes[client.fd] = [], []
        client.on_text = lambda payload: count(payload, counts[client.fd], sizes[client.fd])
        client.send(chatd_command("hello", 1, name=f"n{client.fd}"))
        yield from answer(1)
        client.send(chatd_command("dialog:join", 2, dialog_id="lobby"))
        answers.append({})
        yield from take_answer(2, answers[-1])

    try:
        new = (Raw(port, "/ws") for _ in range(crowd))
        everybody = load_.log_in(((one, enter(one)) for one in new), 200)
        load_.until(lambda: all(one[-1:] == [crowd] for one in counts.values()), 30, "the count")
        seconds = time.monotonic() - began
        sent = [one.received - sum(sizes[one.fd]) for one in everybody]
        assert sum(sent) / crowd < average
        assert max(sent) < each
        assert max(map(len, counts.values())) <= seconds + 2, "once a second, not once a join"
        listed = [len(one["participants"]) for one in answers if one["crowd"]]
        assert len(listed) >= crowd - 300 and max(listed) == newest
    finally:
        load_.close()


def count(payload: bytes, people: list[int], sizes: list[int]) -> None:
    """How many a crowd is told that it is, and in how many bytes."""
    if payload.startswith(b'{"event":"dialog:update"'):
        people.append(json.loads(payload)["data"]["dialog"]["people"])
        sizes.append(len(payload))
