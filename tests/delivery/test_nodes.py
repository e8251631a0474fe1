"""Announcements between nodes: in the order of the commits; what is missing is read, or said."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing

import gevent
import pytest

from chatd.delivery.broker.base import Announcement
from chatd.delivery.hub import Hub
from chatd.domain import topics
from chatd.domain.message import Message, revise
from chatd.errors import ConfigError
from chatd.protocol.events import NewMessage
from chatd.service.catching_up import announcement_of
from chatd.store.base import Append, Committed, Replace
from chatd.store.postgres import notices
from chatd.store.postgres.connecting import connect
from chatd.store.postgres.over_redis import RedisNotices
from tests.delivery.test_holding import Codec, Reader
from tests.nodes import Node, Nodes, wait_until
from tests.postgres import Server
from tests.store.backends import message

LOBBY, NEWS = topics.dialog("lobby"), topics.dialog("news")
CUT = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()"""


@pytest.fixture(params=["PostgreSQL", "Redis"])
def nodes(database: str, request: pytest.FixtureRequest) -> Iterator[Nodes]:
    """Nodes that tell each other over the one or the other."""
    over = request.getfixturevalue("redis").url if request.param == "Redis" else ""
    made = Nodes(database, over)
    yield made
    made.close()


class Listener:
    """What a node's followers are brought."""

    def __init__(self, node: Node) -> None:
        self.got: list[Announcement] = []
        self.cuts = 0
        self.node = node
        node.broker.attach(self.got.append, self._cut)
        node.broker.subscribe(LOBBY)

    def _cut(self) -> None:
        self.cuts += 1

    @property
    def revs(self) -> list[int]:
        """Of which changes they were told."""
        return [one.rev for one in self.got]

    def ready(self) -> Listener:
        """From now on nothing is on its way that they could have been told before they came."""
        wait_until(lambda: self.node.broker._ordered["lobby"].rev is not None)
        return self


def say(node: Node, text: str) -> Message:
    """A message, stored and announced as the daemon does it."""

    def publish(done: Committed) -> None:
        for one in done.messages:
            node.broker.publish(announcement_of("lobby", NewMessage(message=one)))

    return node.store.commit(Append(message(text)), then=publish).messages[0]


def test_what_two_nodes_commit_at_once_reaches_all_in_the_order_of_the_commits(
    nodes: Nodes,
) -> None:
    listeners = [Listener(nodes.node()) for _ in range(3)]
    for one in listeners:
        one.ready()

    def talk(number: int) -> None:
        for turn in range(20):
            say(listeners[number % 2].node, f"{number}.{turn}")

    talking = [gevent.spawn(talk, number) for number in range(8)]
    gevent.joinall(talking, timeout=60, raise_error=True)
    for one in listeners:
        wait_until(lambda one=one: len(one.got) >= 160)
        assert one.revs == list(range(1, 161))
        assert not one.cuts


def test_what_a_node_stored_and_did_not_tell_is_read_before_what_comes_next(nodes: Nodes) -> None:
    first, second, third = Listener(nodes.node()), nodes.node(), Listener(nodes.node()).ready()
    first.ready()
    say(second, "told")
    untold = second.store.commit(Append(message("not told"))).messages[0]
    second.store.commit(Replace(revise(untold, content="edited")))
    say(first.node, "next")
    for one in (first, third):
        wait_until(lambda one=one: len(one.got) >= 3)
        assert [announced.event for announced in one.got] == ["message:new"] * 3
        assert [b"edited" in announced.data for announced in one.got] == [False, True, False]
        assert one.revs == [1, 3, 4] and not one.cuts


def test_changes_that_were_not_told_are_read_as_changes(nodes: Nodes) -> None:
    first, second = Listener(nodes.node()).ready(), nodes.node()
    told = say(second, "told")
    wait_until(lambda: bool(first.got))
    second.store.commit(Replace(revise(told, content="edited")))
    say(second, "next")
    wait_until(lambda: len(first.got) >= 3)
    found = [(announced.event, announced.rev) for announced in first.got]
    assert found == [("message:new", 1), ("message:update", 2), ("message:new", 3)]


def test_what_is_stored_while_it_is_read_is_told_once(
    nodes: Nodes, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = Listener(nodes.node()).ready(), nodes.node()
    second.store.commit(Append(message("not told")))
    store = first.node.store
    read, meanwhile = store.list_changed, iter(range(3))

    def read_late(*given: str, **more: int) -> Sequence[Message] | None:
        for number in meanwhile:
            say(second, f"meanwhile {number}")
            break
        return read(*given, **more)

    monkeypatch.setattr(store, "list_changed", read_late)
    say(second, "next")
    wait_until(lambda: len(first.got) >= 5)
    say(second, "last")
    wait_until(lambda: first.revs[-1] == 6)
    assert first.revs == [1, 2, 3, 4, 5, 6] and not first.cuts


def test_more_than_is_announced_is_read_by_who_comes_back(
    nodes: Nodes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chatd.service.catching_up.MOST", 5)
    first, second = Listener(nodes.node()).ready(), nodes.node()
    for number in range(10):
        second.store.commit(Append(message(str(number))))
    say(second, "next")
    wait_until(lambda: first.cuts == 1)
    first.ready()
    say(second, "after")
    wait_until(lambda: bool(first.got) and first.got[-1].rev == 12)
    assert first.cuts == 1


def test_a_line_that_was_cut_loses_nothing_that_is_still_kept(
    nodes: Nodes, postgres: Server
) -> None:
    first, second = Listener(nodes.node()).ready(), nodes.node()
    first.node.broker.subscribe(NEWS)
    for number in range(30):
        if number % 10 == 5:
            postgres.ask(CUT, nodes.dsn.split("dbname=")[1].split()[0])
        second.broker.publish(Announcement(NEWS, "news", b"%d" % number))
        gevent.sleep(0.01)
    wait_until(lambda: first.cuts or len(first.got) >= 30)
    heard = [int(one.data) for one in first.got]
    assert heard == sorted(set(heard)), "each at most once, in order"
    assert first.cuts or heard == list(range(30)), "what is missing was said to be"


def test_what_is_not_kept_any_more_is_said_to_be_lost_once(
    nodes: Nodes, postgres: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = Listener(nodes.node()), nodes.node()
    first.node.broker.subscribe(NEWS)
    second.broker.publish(Announcement(NEWS, "news", b"0"))
    wait_until(lambda: bool(first.got))
    monkeypatch.setattr(notices, "MOST_BYTES", 500)
    for number in range(1, 101):
        second.broker.publish(Announcement(NEWS, "news", b"%d" % number))
    wait_until(lambda: first.got[-1].data == b"100")
    heard = [int(one.data) for one in first.got]
    assert first.cuts == 1 and heard == sorted(heard) and len(heard) < 60


def test_what_was_lost_at_the_very_end_is_noticed_too(nodes: Nodes) -> None:
    first, second = Listener(nodes.node()), nodes.node()
    second.broker.publish(Announcement(LOBBY, "news", b"0"))
    wait_until(lambda: bool(first.got))
    second.broker.publish(Announcement(LOBBY, "news", b"1"))
    second.bus._unsent.clear()
    wait_until(lambda: first.cuts == 1)
    assert len(first.got) == 1


def test_what_is_no_notice_hurts_nobody(nodes: Nodes) -> None:
    """Whoever may connect to the database may say anything on its channels."""
    first, second = Listener(nodes.node()).ready(), nodes.node()
    strange = ["", "hello", "a b c d", "a 1 x text", " 1 0 text", "a -1 0 text", "ä\nö"]
    with closing(connect(nodes.dsn)) as stranger:
        params = {"channel": notices.CHANNEL, "pieces": strange}
        stranger.execute(notices.NOTIFY, params)
    if isinstance(first.node.bus, RedisNotices):
        for said in ("\n".join(strange), b"\xff\xfe"):
            first.node.bus._redis.publish(first.node.bus._channel, said)
    second.broker.publish(Announcement(LOBBY, "news", b"0"))
    wait_until(lambda: bool(first.got))
    assert first.cuts == 0 and not any(one.dead for one in first.node.bus._greenlets)


@pytest.mark.parametrize("url", ["here:99999", "here:x", "here?unheard_of=1", ":pa/ss@here:1"])
def test_an_address_that_cannot_be_is_refused_without_being_told(url: str) -> None:
    with pytest.raises(ConfigError, match=r"^store\.redis: this address") as refused:
        RedisNotices("", "", f"redis://{url}")
    assert "here" not in str(refused.value) and "ss@" not in str(refused.value)


def test_what_is_larger_alone_than_all_that_is_kept_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(notices, "MOST_BYTES", 5)
    bus = notices.Notices("")
    for text in ("one", "larger than that", "as large as that"):
        bus.send(text)
        assert [waits for _, waits in bus._unsent] == [text]


def test_the_server_may_be_restarted(nodes: Nodes, postgres: Server) -> None:
    first, second = Listener(nodes.node()).ready(), nodes.node()
    say(second, "before")
    wait_until(lambda: bool(first.got))
    gevent.get_hub().threadpool.spawn(postgres.restart).get(timeout=60)
    wait_until(lambda: second.store.status()["fault"] is None)
    said = False
    while not said:
        try:
            say(second, "after")
            said = True
        except Exception:
            gevent.sleep(0.1)
    wait_until(lambda: first.cuts or first.revs == [1, 2])


def test_what_is_still_to_be_told_is_not_told_to_who_has_read_it(nodes: Nodes) -> None:
    """Who comes first to a conversation on a node: how far it has come is not known there yet."""
    node = nodes.node()
    hub = Hub(node.broker, gevent.get_hub().loop.run_callback)
    reader = Reader("c-1", Codec())
    hold = hub.hold(LOBBY, reader)
    said = node.store.commit(
        Append(message("eins")), then=lambda done: publish_all(hub, done)
    ).messages[0]
    hold.read("lobby", said.rev, ())
    assert hub.release(reader)
    wait_until(lambda: node.broker._ordered["lobby"].rev is not None)
    node.store.commit(Append(message("zwei")), then=lambda done: publish_all(hub, done))
    wait_until(lambda: len(reader.got) > 0)
    assert len(reader.got) == 1 and "zwei" in reader.got[0]


def publish_all(hub: Hub, done: Committed) -> None:
    """As the daemon does it."""
    for one in done.messages:
        hub.publish(LOBBY, "message:new", {"text": one.content}, dialog_id="lobby", rev=one.rev)
