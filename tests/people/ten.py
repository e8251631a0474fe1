"""Ten people in one group who come, go and are cut off, and what each of them may see of it."""

from __future__ import annotations

import random
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from websockets.exceptions import ConnectionClosed

from tests.client import Client, Refused
from tests.daemon import Daemon
from tests.socketio import SocketIoClient

EMOJI = ("👍", "🍵", "🎉")
FIRST = "ten0"
NAMES = tuple(f"ten{number}" for number in range(10))
CHANGED = ("message:new", "message:update")
ABOUT = {"message:new", "message:update", "draft:edit", "receipt:update", "presence:update"}


def connect(address: str, name: str) -> Client:
    """Six on WebSockets, two on Socket.IO's, one by polling, one from the one to the other."""
    made: dict[str, Callable[[], Client]] = {
        "ten6": lambda: SocketIoClient(address, "websocket"),
        "ten7": lambda: SocketIoClient(address, "websocket"),
        "ten8": lambda: SocketIoClient(address, "polling"),
        "ten9": lambda: SocketIoClient(address, "upgrade"),
    }
    return made.get(name, lambda: Client(address))()


class Person:
    """Somebody with one client that remembers what it has seen, and resumes by ``rev``.

    ``floor``: the number of the message behind which the group begins for them, as the one who lets
    them in knows it; ``None`` while they are not in it.
    """

    def __init__(self, address: str, name: str, token: str) -> None:
        self.address, self.name, self.token = address, name, token
        self.client: Client | None = None
        self.group = ""
        self.floor: int | None = None
        self.floor_at_most = 0
        self.inside = False
        self.rev = 0
        self.seen: dict[int, dict[str, Any]] = {}

    def come(self) -> None:
        """On line, and in the group again where they are in it."""
        self.client = connect(self.address, self.name)
        self.client.hello(token=self.token)
        self.client.ask("dialog:watch")
        if self.group:
            self.join()

    def join(self) -> None:
        """Follows the group from where they know it; forgets it where it is not there."""
        assert self.client
        known = {"after_seq": max(self.seen), "after_rev": self.rev} if self.seen else {}
        try:
            page = self.client.join(self.group, limit=20, **known)
        except Refused as refused:
            assert refused.code == "not_found" and self.floor is None, (self.name, refused)
            self.forget()
            return
        assert self.floor is not None, self.name
        self.inside = True
        if page.get("resync"):
            self.seen = {}
        for message in page.get("changed", ()):
            self.take(message, new=False)
        for message in page["messages"]:
            self.take(message)
        self.rev = max(self.rev, page["rev"])
        while known and page["more"] and not page.get("resync"):
            page = self.read(after_seq=max(self.seen))

    def read(self, **where: int) -> dict[str, Any]:
        """A page of history."""
        assert self.client
        page = self.client.ask("history:get", dialog_id=self.group, limit=20, **where)
        for message in page["messages"]:
            self.take(message)
        return page

    def forget(self) -> None:
        """The group is not there any more."""
        self.inside, self.seen, self.rev = False, {}, 0

    def hear(self) -> None:
        """Takes in all that has come."""
        if self.client is None:
            return
        for told in self.client.settle():
            self.take_event(told["event"], told["data"])

    def take_event(self, event: str, data: dict[str, Any]) -> None:
        """One event: who is not in the group is told of nothing but that they are in it."""
        if data.get("dialog_id") != self.group:
            return
        if event == "dialog:update" and "dialog" in data:
            if data["dialog"] is None:
                self.forget()
            elif not self.inside:
                self.join()
        elif event in CHANGED:
            assert self.inside, (self.name, event, data)
            self.take(data, new=event == "message:new")
            self.rev = max(self.rev, data["rev"])
        else:
            assert self.inside or event not in ABOUT, (self.name, event, data)

    def take(self, message: dict[str, Any], *, new: bool = True) -> None:
        """A message, or what a reaction changed of one; of each the newest counts. What is not
        ``new`` and was not read yet is read when they come to it."""
        seq, known = message["seq"], self.seen.get(message["seq"], {})
        assert seq > (self.floor or 0), (self.name, self.floor, message)
        quoted = message.get("meta", {}).get("reply_to")
        if quoted and quoted["seq"] <= (self.floor or 0):
            assert quoted == {"seq": quoted["seq"]}, (self.name, self.floor, message)
        if (known or new) and message["rev"] >= known.get("rev", 0):
            self.seen[seq] = {**known, **message}

    def cut(self) -> None:
        """Off line, without a word; who polls comes no more."""
        assert self.client
        line = self.client.socket if isinstance(self.client, SocketIoClient) else self.client.ws
        if line:
            with suppress(OSError):
                line.socket.shutdown(socket.SHUT_RDWR)
            line.close()
        self.client = None

    def leave(self) -> None:
        """Off line, for good."""
        if self.client:
            with suppress(OSError, ConnectionClosed):
                self.client.close()
        self.client = None

    def finish(self) -> None:
        """On line, with all that has come, and read to the beginning."""
        if self.client is None:
            self.come()
        self.hear()
        while self.inside and self.seen and self.read(before_seq=min(self.seen))["more"]:
            pass

    def view(self) -> dict[int, tuple[Any, ...]]:
        """What the screen shows: who said what, what became of it, who put which sign there."""
        return {seq: shown(message) for seq, message in sorted(self.seen.items())}


def shown(message: dict[str, Any]) -> tuple[Any, ...]:
    """What is to be seen of a message."""
    signs = {sign: sorted(who) for sign, who in message.get("reactions", {}).items() if who}
    said = message["content"], message["sender_id"], message["created_at"]
    return *said, message.get("edited_at"), message.get("deleted_at"), sorted(signs.items())


class Group:
    """The ten, and what they do by lots. The first made the group and stays: what they have read
    at the end is what there is."""

    def __init__(self, house: Daemon, tokens: dict[str, str], lots: random.Random) -> None:
        self.lots, self.number = lots, 0
        self.people = {name: Person(house.address, name, tokens[name]) for name in NAMES}
        self.owner = self.people[FIRST]
        self.acked: dict[int, dict[str, Any]] = {}
        self.past = "none"

    def begin(self) -> None:
        """All are on line; a group of half of them."""
        for one in self.people.values():
            one.come()
        inside = list(NAMES[:5])
        asked = {"kind": "group", "title": "Чай", "with": inside[1:], "past": self.past}
        made = self.ask(self.owner, "dialog:create", **asked)["dialog"]["id"]
        for one in self.people.values():
            one.group, one.floor = made, 0 if one.name in inside else None
        for name in inside:
            self.people[name].join()

    def ask(self, by: Person, event: str, **data: Any) -> dict[str, Any]:
        """A command of somebody who is on line."""
        assert by.client
        return by.client.ask(event, **data)

    def round(self) -> None:
        """One thing that somebody does."""
        said = (self.talk, self.talk, self.burst, self.burst, self.hear)
        gone = (self.cut, self.come_back, self.come_back, self.put_out, self.set_past)
        self.lots.choice((*said, *gone, self.let_in, self.let_in))()

    def talkers(self) -> list[Person]:
        """Who is in it and on line."""
        return [one for one in self.people.values() if one.client and one.inside]

    def what_to_do(self, who: Person) -> tuple[str, dict[str, Any]]:
        """Something that is said, or done with a message that somebody sees."""
        self.number += 1
        said = f"{who.name}: {self.number}"
        there = [seq for seq, one in who.seen.items() if not one.get("deleted_at")]
        own = [seq for seq in there if who.client and who.seen[seq]["sender_id"] == who.client.id]
        kind = self.lots.choice(("say", "say", "say", "quote", "edit", "delete", "react", "react"))
        about = {"dialog_id": who.group}
        if kind in ("edit", "delete") and own:
            name = {"message_id": f"{who.group}:{self.lots.choice(own)}"}
            return f"message:{kind}", {**name, **({"content": said} if kind == "edit" else {})}
        if kind == "react" and there:
            name = {"message_id": f"{who.group}:{self.lots.choice(there)}"}
            taken = {"remove": True} if self.lots.random() < 0.3 else {}
            return "message:react", {**name, "emoji": self.lots.choice(EMOJI), **taken}
        quoting = {"reply_to": self.lots.choice(there)} if kind == "quote" and there else {}
        return "message:send", {**about, "content": said, **quoting}

    def talk(self) -> None:
        """Somebody says or does something, and waits for the answer."""
        who = self.lots.choice(self.talkers())
        self.settle(who, [self.give(who)])

    def give(self, who: Person) -> int:
        """Without waiting."""
        event, data = self.what_to_do(who)
        assert who.client
        return who.client.give(event, **data)

    def settle(self, who: Person, numbers: list[int]) -> None:
        """What came of it; what somebody deleted meanwhile is neither changed nor quoted any
        more."""
        for number in numbers:
            assert who.client
            try:
                message = who.client.answer(number)["message"]
            except Refused as refused:
                gone = refused.code == "conflict" or "to reply to" in str(refused)
                assert gone, (who.name, refused)
                continue
            seq = message["seq"]
            if message["rev"] >= self.acked.get(seq, message)["rev"]:
                self.acked[seq] = message

    def burst(self) -> None:
        """Several at once, some of whom are cut off before they are answered."""
        some = self.lots.sample(self.talkers(), min(4, len(self.talkers())))
        given = [(who, [self.give(who) for _ in range(self.lots.randint(1, 4))]) for who in some]
        for who, numbers in given:
            if who is not self.owner and self.lots.random() < 0.3:
                who.cut()
            else:
                self.settle(who, numbers)

    def cut(self) -> None:
        """Somebody is cut off."""
        on_line = [one for one in self.people.values() if one.client and one is not self.owner]
        if len(on_line) > 2:
            self.lots.choice(on_line).cut()

    def come_back(self) -> None:
        """Somebody who was cut off is there again."""
        away = [one for one in self.people.values() if one.client is None]
        if away:
            self.lots.choice(away).come()

    def hear(self) -> None:
        """Somebody takes in what has come, now and then everybody: nobody is slow for ever."""
        some = list(self.people.values())
        for one in some if self.lots.random() < 0.2 else [self.lots.choice(some)]:
            one.hear()

    def how_far(self) -> int:
        """The number of the last message."""
        page = self.ask(self.owner, "history:get", dialog_id=self.owner.group, limit=1)
        return page["messages"][-1]["seq"] if page["messages"] else 0

    def let_in(self) -> None:
        """Somebody comes into the group: invited, or by a code."""
        outside = [one for one in self.people.values() if one.floor is None]
        if not outside:
            return
        who, group = self.lots.choice(outside), self.owner.group
        who.hear()
        who.floor = self.how_far() if self.past == "none" else 0
        if who.client and self.lots.random() < 0.5:
            code = self.ask(self.owner, "dialog:link", dialog_id=group)["code"]
            self.ask(who, "dialog:enter", code=code)
        else:
            self.ask(self.owner, "dialog:invite", dialog_id=group, who=who.name)
        # What those who were cut off had asked for may have been done in between.
        who.floor_at_most = self.how_far() if who.floor else 0
        who.hear()

    def put_out(self) -> None:
        """Somebody is put out, or goes: nothing of it reaches them from then on."""
        inside = [one for one in self.people.values() if one.floor is not None]
        inside.remove(self.owner)
        if len(inside) < 4:
            return
        who, group = self.lots.choice(inside), self.owner.group
        if who.client and self.lots.random() < 0.4:
            who.hear()
            self.ask(who, "dialog:quit", dialog_id=group)
        else:
            self.ask(self.owner, "dialog:remove", dialog_id=group, who=who.name)
        who.hear()
        who.floor, who.floor_at_most = None, 0
        if who.client is None:
            return
        assert not who.inside, who.name
        for event, data in (("message:send", {"content": "?"}), ("history:get", {})):
            try:
                self.ask(who, event, dialog_id=group, **data)
            except Refused as refused:
                assert refused.code == "not_found"
            else:
                raise AssertionError(f"{who.name} may {event}")

    def set_past(self) -> None:
        """What those see who come from now on."""
        self.past = self.lots.choice(("all", "none", "none", "none"))
        self.ask(self.owner, "dialog:past", dialog_id=self.owner.group, past=self.past)

    def end(self) -> None:
        """Everybody is there, and has read all that there is for them."""
        for one in self.people.values():
            one.finish()

    def close(self) -> None:
        """All hang up."""
        for one in self.people.values():
            one.leave()

    def check(self) -> None:
        """Each sees what they are entitled to, as it is now, and nothing else."""
        truth = self.owner.seen
        assert sorted(truth) == list(range(1, len(truth) + 1))
        for seq, message in self.acked.items():
            assert truth[seq]["rev"] >= message["rev"], (seq, message, truth[seq])
            if truth[seq]["rev"] == message["rev"]:
                assert shown(truth[seq]) == shown(message)
        for who in self.people.values():
            floor = len(truth) if who.floor is None else who.floor
            if floor < who.floor_at_most and who.floor is not None:
                floor = min(who.floor_at_most, min(who.seen, default=floor + 1) - 1)
            entitled = {seq: shown(one) for seq, one in sorted(truth.items()) if seq > floor}
            assert who.view() == entitled, (who.name, who.floor)
