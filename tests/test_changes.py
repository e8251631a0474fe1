"""Many act on one message at once: what was acknowledged is so, and nothing is undone."""

from __future__ import annotations

import itertools
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from functools import partial
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from chatd.domain.reactions import NAMED
from tests.client import Client, Refused
from tests.conftest import MakeDaemon
from tests.daemon import Daemon

PEOPLE = 20
EMOJI = [chr(0x1F600 + number) for number in range(50)]


@pytest.fixture
def slow(make_daemon: MakeDaemon) -> Iterator[tuple[Daemon, list[Client]]]:
    """A daemon whose disk is slow, and people who know its lobby."""
    daemon = make_daemon(start=False).start(fault="disk")
    with ExitStack() as stack:
        people = [stack.enter_context(Client(daemon.address)) for _ in range(PEOPLE)]
        asked = [one.give("hello", name=f"p{number}") for number, one in enumerate(people)]
        for one, number in zip(people, asked, strict=True):
            known = one.answer(number)
            one.token, one.id = known["token"], known["participant"]["id"]
        yield daemon, people
        daemon.stop(9)


def stored(daemon: Daemon, asker: Client) -> dict[str, dict[str, Any]]:
    """The messages of the lobby over HTTP, by id, after a kill and a start."""
    daemon.stop(9)
    daemon.start()
    found: dict[str, dict[str, Any]] = {}
    more = True
    while more:
        path = f"/api/messages/dialog/lobby?after_seq={len(found)}&limit=200"
        status, body = daemon.http("GET", path, token=asker.token)
        assert status == 200, body
        found |= {one["id"]: one for one in body["data"]["messages"]}
        more = body["data"]["more"]
    return found


def answers(asked: list[tuple[Client, int]]) -> list[dict[str, Any] | Refused]:
    """What came of each."""
    found: list[dict[str, Any] | Refused] = []
    for client, number in asked:
        try:
            found.append(client.answer(number, 60))
        except Refused as refused:
            found.append(refused)
    return found


def test_a_thousand_reactions_at_once_are_all_there(slow: tuple[Daemon, list[Client]]) -> None:
    daemon, people = slow
    message = people[0].say("lobby", "what do you think?")
    watcher = people[-1]
    watcher.join("lobby")
    asked = [
        (one, one.give("message:react", message_id=message["id"], emoji=emoji))
        for emoji in EMOJI
        for one in people
    ]
    assert not [one for one in answers(asked) if isinstance(one, Refused)]
    told = [one for one in watcher.settle() if one["event"] == "message:update"]
    assert len(told) < 200, "those that are durable together are told of once"
    assert "content" not in told[0]["data"]
    found = stored(daemon, people[0])[message["id"]]
    assert told[-1]["data"]["reactions"] == found["reactions"]
    everybody = {one.id for one in people}
    named, counts = found["reactions"], found["reaction_counts"]
    assert {emoji: counts.get(emoji, len(ids)) for emoji, ids in named.items()} == dict.fromkeys(
        EMOJI, PEOPLE
    )
    assert sum(map(len, named.values())) == NAMED
    assert all(set(ids) <= everybody for ids in named.values())


def test_deletions_stay_and_edits_are_not_undone(slow: tuple[Daemon, list[Client]]) -> None:
    """Reactions come before, between and behind."""
    daemon, people = slow
    author, others = people[0], people[1:]
    sent = [author.give("message:send", dialog_id="lobby", content=f"m{n}") for n in range(60)]
    ids = [author.answer(number)["message"]["id"] for number in sent]
    asked: list[tuple[Client, int]] = []
    changes: list[tuple[str, str, int]] = []
    for turn, id in enumerate(ids):
        before, behind = others[turn % 19], others[(turn + 7) % 19]
        asked.append((before, before.give("message:react", message_id=id, emoji="👍")))
        if turn % 3 == 0:
            changes.append((id, "deleted", author.give("message:delete", message_id=id)))
        elif turn % 3 == 1:
            edit = author.give("message:edit", message_id=id, content=f"edited {turn}")
            changes.append((id, f"edited {turn}", edit))
        asked.append((behind, behind.give("message:react", message_id=id, emoji="🎉")))
    outcome = answers(asked)
    done = {id: what for id, what, number in changes if author.answer(number, 60)}
    found = stored(daemon, author)
    assert len(done) == 40
    for id, what in done.items():
        if what == "deleted":
            assert found[id]["deleted_at"] and found[id]["message"] == "", found[id]
        else:
            assert found[id]["message"] == what
    for (client, _), one, id in zip(asked, outcome, [id for id in ids for _ in "ab"], strict=True):
        if isinstance(one, Refused):
            assert one.code == "conflict" and found[id]["deleted_at"]
        else:
            assert any(client.id in people for people in found[id]["reactions"].values())


def test_the_shell_deletes_while_people_react_and_edit(slow: tuple[Daemon, list[Client]]) -> None:
    daemon, people = slow
    author = people[0]
    id = author.say("lobby", "what should go")["id"]
    reacting = [one.give("message:react", message_id=id, emoji="👍") for one in people[1:10]]
    editing = author.give("message:edit", message_id=id, content="what should go as well")
    assert daemon.admin("delete", id).returncode == 0
    late = people[-1].give("message:react", message_id=id, emoji="🎉")
    answers([*zip(people[1:10], reacting, strict=True), (author, editing)])
    with pytest.raises(Refused, match="the message is deleted"):
        people[-1].answer(late, 60)
    found = stored(daemon, author)[id]
    assert found["deleted_at"] and found["message"] == "", found


class Acts:
    """Many who act on the same messages at once, each over a transport; what was acknowledged."""

    def __init__(self, daemon: Daemon, author: Client, ids: list[str]) -> None:
        self.daemon, self.author, self.ids = daemon, author, ids
        self.over = threading.Event()
        self.reactions: set[tuple[str, str]] = set()
        self.edits: dict[str, str] = {}
        self.asked: dict[str, list[str]] = {id: [] for id in ids}
        self.deleting: list[str] = []
        self.deleted: list[str] = []
        self.sent: dict[str, str] = {}

    def react(self, one: Client) -> None:
        for emoji in EMOJI:
            for id in self.ids:
                with suppress(Refused):
                    one.ask("message:react", message_id=id, emoji=emoji)
                    self.reactions.add((id, one.id))

    def edit(self) -> None:
        for number in itertools.count():
            for id in self.ids:
                text = f"edit {number} of {id}"
                self.asked[id].append(text)
                with suppress(Refused):
                    self.author.ask("message:edit", message_id=id, content=text)
                    self.edits[id] = text

    def delete(self) -> None:
        for id in self.ids[::3]:
            if self.over.is_set():
                return
            self.deleting.append(id)
            if self.daemon.admin("delete", id).returncode == 0:
                self.deleted.append(id)

    def send(self) -> None:
        for number in itertools.count():
            body = {"content": f"over http {number}", "client_id": f"h-{number}"}
            path = "/api/messages/dialog/lobby"
            status, answer = self.daemon.http("POST", path, body, token=self.author.token)
            if status < 300:
                found = answer["data"]
                self.sent[found["id"]] = body["content"]

    def until_the_end(self, act: Callable[[], None]) -> threading.Thread:
        def run() -> None:
            with suppress(OSError, ConnectionClosed, subprocess.TimeoutExpired, ValueError):
                act()

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        return thread


def test_what_was_acknowledged_over_any_transport_is_there_after_a_kill(
    slow: tuple[Daemon, list[Client]],
) -> None:
    """Sockets react and edit, the shell deletes, HTTP writes; the daemon is killed in the middle of
    it."""
    daemon, people = slow
    author = people[0]
    ids = [author.say("lobby", f"m{number}")["id"] for number in range(6)]
    acts = Acts(daemon, author, ids)
    works = [partial(acts.react, one) for one in people[1:9]]
    threads = [acts.until_the_end(act) for act in [*works, acts.edit, acts.delete, acts.send]]
    enough = time.monotonic() + 60
    while not (acts.deleted and len(acts.reactions) > 20 and acts.edits and acts.sent):
        assert time.monotonic() < enough, "nothing gets on"
        time.sleep(0.01)
    acts.over.set()
    daemon.stop(9)
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive()
    found = stored(daemon, author)
    for id in acts.deleted:
        assert found[id]["deleted_at"] and found[id]["message"] == "", found[id]
    for id, text in acts.edits.items():
        if id not in acts.deleting:
            behind = acts.asked[id][acts.asked[id].index(text) :]
            assert found[id]["message"] in behind, (text, found[id])
    for id, who in acts.reactions:
        assert any(who in people for people in found[id]["reactions"].values()), (id, who)
    for id, text in acts.sent.items():
        assert found[id]["message"] == text
    texts = [one["message"] for one in found.values() if one["message"].startswith("over http")]
    assert len(set(texts)) == len(texts), "none is there twice"


def test_an_edit_that_meets_the_close_of_its_ticket_comes_before_it_or_is_refused(
    slow: tuple[Daemon, list[Client]],
) -> None:
    daemon, (customer, *_) = slow
    opened = customer.ask("ticket:open", content="first", wants_person=True)
    ticket, id = opened["ticket"]["id"], opened["message"]["id"]
    customer.join(ticket)
    with Client(daemon.address) as operator:
        operator.hello(token=daemon.add_operator("alice", "Алиса"))
        operator.ask("ticket:accept", ticket_id=ticket)
        first = customer.ask("message:edit", message_id=id, content="edited")["message"]
        asked = [customer.give("message:edit", message_id=id, content=f"{n}") for n in range(20)]
        closing = operator.give("ticket:close", ticket_id=ticket)
        asked += [customer.give("message:edit", message_id=id, content=f"{n}") for n in range(20)]
        closed = operator.answer(closing, 60)["ticket"]
        asked.append(customer.give("message:edit", message_id=id, content="too late"))
        outcome = answers([(customer, number) for number in asked])
        assert isinstance(outcome[-1], Refused) and outcome[-1].code == "conflict"
        done = [first, *(one["message"] for one in outcome if not isinstance(one, Refused))]
        kept = customer.ask("history:get", dialog_id=ticket)["messages"]
        (found,) = (one for one in kept if one["id"] == id)
        assert (found["content"], found["edited_at"]) == (
            done[-1]["content"],
            done[-1]["edited_at"],
        )
        assert found["edited_at"] <= closed["closed_at"]


def test_who_is_not_named_any_more_takes_back_what_they_put_there(
    make_daemon: MakeDaemon,
) -> None:
    daemon = make_daemon()
    with ExitStack() as stack:
        people = [stack.enter_context(Client(daemon.address)) for _ in range(NAMED // 50 + 1)]
        for number, one in enumerate(people):
            one.hello(name=f"p{number}")
        early, watcher = people[0], people[-1]
        id = early.say("lobby", "m")["id"]
        for one in people:
            asked = [(one, one.give("message:react", message_id=id, emoji=e)) for e in EMOJI]
            assert not [found for found in answers(asked) if isinstance(found, Refused)]
        before = watcher.join("lobby")["messages"][0]
        assert early.id not in before["reactions"][EMOJI[0]]
        assert before["reaction_counts"][EMOJI[0]] == len(people)
        again = early.ask("message:react", message_id=id, emoji=EMOJI[0])["message"]
        assert again["reactions"][EMOJI[0]][-1] == early.id
        assert again["reaction_counts"][EMOJI[0]] == len(people), "who reacts again counts once"
        assert sum(map(len, again["reactions"].values())) == NAMED
        daemon.stop(9)
        daemon.start()
        back = stack.enter_context(Client(daemon.address))
        back.hello(token=early.token)
        gone = [
            back.ask("message:react", message_id=id, emoji=emoji, remove=True)["message"]
            for emoji in EMOJI
        ]
        counts = gone[-1]["reaction_counts"]
        left = {emoji: counts.get(emoji, len(ids)) for emoji, ids in gone[-1]["reactions"].items()}
        assert left == dict.fromkeys(EMOJI, len(people) - 1)
        page = back.ask("history:get", dialog_id="lobby", limit=1)["messages"]
        status, body = daemon.http("GET", "/api/messages/dialog/lobby", token=early.token)
        assert status == 200 and "reactors" not in str([gone, page, body, before, again])
