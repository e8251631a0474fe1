"""The list of one's dialogs: what happens in all of them, open or not, exact after a reconnect, at
a cost that does not grow with how many somebody has."""

from __future__ import annotations

import random
from typing import Any

import pytest
from msgspec import UNSET

from chatd.domain.mention import mentions
from chatd.protocol.commands import DeleteMessage, EditDraft, EditMessage, MarkRead, StartTyping
from chatd.protocol.groups import (
    InviteIntoDialog,
    ListDialogs,
    MuteDialog,
    QuitDialog,
    RemoveFromDialog,
    RenameDialog,
    WatchDialogs,
)
from tests.handlers.among import direct, group, limit, three
from tests.handlers.stage import Person, Stage
from tests.test_largest import Work


class Screen:
    """What a client makes of the list that it watches."""

    def __init__(self, person: Person, *, limit: int = 200) -> None:
        self.person = person
        self.rows: dict[str, dict[str, Any]] = {}
        page = person.ask(WatchDialogs(limit=limit))
        while True:
            for row in page.dialogs:
                self.take(row.id, row_of(row))
            if page.cursor is None:
                return
            page = person.ask(ListDialogs(limit=limit, cursor=page.cursor))

    def take(self, dialog_id: str, row: dict[str, Any]) -> None:
        """One dialog as it is by now."""
        self.rows[dialog_id] = row

    def look(self) -> dict[str, dict[str, Any]]:
        """After all that came since."""
        self.person.stage.turn()
        mailbox: Any = self.person.connection.mailbox
        for name, data in mailbox.take():
            getattr(self, name.replace(":", "_"), lambda data: None)(data)
        return self.rows

    def dialog_update(self, data: dict[str, Any]) -> None:
        """Who is in it, or what it is called."""
        if data["dialog"] is None:
            self.rows.pop(data["dialog_id"], None)
        elif "unread" in data["dialog"]:
            self.take(data["dialog_id"], row_of_data(data["dialog"]))

    def dialog_news(self, data: dict[str, Any]) -> None:
        """A message."""
        row, me = self.rows.get(data["dialog_id"]), self.person.id
        if row is None or data["rev"] <= row["rev"]:
            return
        row |= {"rev": data["rev"], "last_seq": data["last_seq"]}
        row["last"] = data["last_message"]["text"]
        if data["sender_id"] == me:
            row["read"] = max(row["read"], data["seq"])
        others = [seq for seq in row["mentions"] if seq != data["seq"]]
        own = [data["seq"]] if me in data["mentions"] else []
        row["mentions"] = sorted([*others, *own])
        if data["deleted"]:
            row["deleted"] = sorted({*row["deleted"], data["seq"]})
        self.settle(row)

    def receipt_update(self, data: dict[str, Any]) -> None:
        """I read it, here or elsewhere."""
        row = self.rows.get(data["dialog_id"])
        if row and data["participant_id"] == self.person.id:
            row["read"] = max(row["read"], data["read"])
            self.settle(row)

    def settle(self, row: dict[str, Any]) -> None:
        """What has been read is not unread."""
        row["mentions"] = [seq for seq in row["mentions"] if seq > row["read"]]
        counted = max(row["read"], row["last_seq"] - 100)
        row["deleted"] = [seq for seq in row["deleted"] if seq > counted]
        row["unread"] = row["last_seq"] - row["read"] - len(row["deleted"])


def row_of(row: Any) -> dict[str, Any]:
    return {
        "last": row.last_message.text if row.last_message else None,
        "unread": row.unread,
        "read": row.read,
        "mentions": row.mentions,
        "deleted": row.deleted,
        "last_seq": row.last_seq,
        "rev": row.rev,
    }


def row_of_data(row: dict[str, Any]) -> dict[str, Any]:
    last = row["last_message"]
    kept = {
        name: row[name] for name in ("unread", "read", "mentions", "deleted", "last_seq", "rev")
    }
    return {"last": last["text"] if last else None, **kept}


def stored(person: Person) -> dict[str, dict[str, Any]]:
    """The list as it is asked for."""
    return {one.id: row_of(one) for one in person.ask(ListDialogs()).dialogs}


def test_it_tells_of_dialogs_that_are_not_open(stage: Stage) -> None:
    anna, boris, vera = three(stage)
    ours, tea = direct(anna, "boris").id, group(vera, "anna", "boris").id
    screen = Screen(anna)
    boris.say(ours, "hello")
    vera.say(tea, "hello @anna and @boris")
    vera.say(tea, "anna is not named, nor anna@example.com")
    rows = screen.look()
    assert (rows[ours]["last"], rows[ours]["unread"], rows[ours]["mentions"]) == ("hello", 1, [])
    assert (rows[tea]["unread"], rows[tea]["mentions"]) == (2, [1])
    assert rows == stored(anna)
    other = stage.again(anna.token)
    other.ask(MarkRead(dialog_id=tea, seq=1))
    assert screen.look()[tea]["mentions"] == [] and screen.rows == stored(anna)
    anna.say(tea, "yes")
    assert screen.look()[tea]["unread"] == 0 and screen.rows == stored(anna)


def test_an_edited_or_deleted_message_changes_it(stage: Stage) -> None:
    anna, boris, _ = three(stage)
    ours = direct(anna, "boris").id
    screen = Screen(anna)
    first, last = boris.say(ours, "hello @anna"), boris.say(ours, "bye")
    boris.ask(EditMessage(message_id=last.id, content="bye, @Anna"))
    assert screen.look()[ours]["last"] == "bye, @Anna" and screen.rows[ours]["mentions"] == [1, 2]
    assert screen.rows == stored(anna)
    boris.ask(DeleteMessage(message_id=first.id))
    assert screen.look()[ours]["mentions"] == [2] and screen.rows == stored(anna)


def test_what_was_deleted_before_it_was_read_is_not_unread(stage: Stage) -> None:
    """Of the newest hundred; whether it is told or asked for anew."""
    anna, boris, vera = three(stage)
    tea = group(vera, "anna", "boris").id
    said = [vera.say(tea, f"{number}") for number in range(6)]
    screen = Screen(anna)
    anna.ask(MarkRead(dialog_id=tea, seq=2))
    for one in (said[0], said[3], said[5]):
        vera.ask(DeleteMessage(message_id=one.id))
        assert screen.look() == stored(anna)
    row = anna.ask(ListDialogs()).dialogs[0]
    assert (row.unread, row.deleted) == (2, [4, 6]), "what was read before is none of it"
    assert (row.last_message.text, row.last_message.deleted) == ("", True)
    mine = boris.say(tea, "mine")
    vera.say(tea, "more")
    assert screen.look()[tea]["unread"] == 4 and screen.rows == stored(anna)
    assert anna.ask(ListDialogs()).dialogs[0].last_message.deleted is UNSET
    boris.ask(DeleteMessage(message_id=mine.id))
    anna.ask(MarkRead(dialog_id=tea, seq=5))
    assert screen.look()[tea]["unread"] == 1 and screen.rows == stored(anna)
    for number in range(101):
        vera.say(tea, f"many {number}")
    assert screen.look() == stored(anna)
    assert screen.rows[tea]["deleted"] == []


def test_who_comes_goes_renames_and_mutes_changes_it(stage: Stage) -> None:
    anna, boris, _ = three(stage)
    screen, second = Screen(boris), Screen(stage.again(boris.token))
    tea = group(anna).id
    anna.say(tea, "before")
    assert screen.look() == {}
    anna.ask(InviteIntoDialog(dialog_id=tea, who="boris"))
    assert screen.look() == second.look() == stored(boris)
    anna.ask(RenameDialog(dialog_id=tea, title="Coffee"))
    boris.heard()
    boris.ask(MuteDialog(dialog_id=tea))
    (told,) = boris.heard("dialog:update")
    assert told["dialog"]["title"] == "Coffee" and told["dialog"]["muted_until"]
    assert told["dialog"]["members"] == [] and told["dialog"]["people"] == 2
    boris.say(tea, "mine")
    anna.ask(RemoveFromDialog(dialog_id=tea, who="boris"))
    assert screen.look() == second.look() == stored(boris) == {}
    anna.say(tea, "alone")
    assert screen.look() == {}
    direct(anna, "boris")
    assert len(screen.look()) == 1
    more = group(anna, "boris").id
    boris.ask(QuitDialog(dialog_id=more))
    assert second.look() == stored(boris)


def test_it_tells_who_types_where_and_that_they_stopped(stage: Stage) -> None:
    anna, boris, vera = three(stage)
    ours = direct(anna, "boris").id
    Screen(anna)
    Screen(vera)
    boris.join(ours)
    anna.heard()
    boris.ask(EditDraft(dialog_id=ours, seq=1, ops=[["i", "h"]]))
    boris.ask(EditDraft(dialog_id=ours, seq=2, ops=[["i", "i"]]))
    assert anna.heard() == ["typing:start"], "once, and nothing of what"
    boris.ask(EditDraft(dialog_id=ours, seq=3, reset=""))
    assert anna.heard() == ["typing:stop"]
    boris.ask(StartTyping(dialog_id=ours))
    boris.ask(EditDraft(dialog_id=ours, seq=4, reset="hi"))
    anna.heard()
    stage.leave(boris)
    assert anna.heard() == ["typing:stop"]
    assert vera.heard() == []


def test_where_nobody_may_see_who_types_it_tells_nothing_of_it(stage: Stage) -> None:
    anna, boris, _ = three(stage)
    ours = direct(anna, "boris").id
    stage.services.config = stage.services.config.__class__(
        **{
            **{
                name: getattr(stage.services.config, name)
                for name in stage.services.config.__struct_fields__
            },
            "people": stage.services.config.people.__class__(live_typing="off"),
        }
    )
    Screen(anna)
    boris.join(ours)
    boris.ask(StartTyping(dialog_id=ours))
    boris.ask(EditDraft(dialog_id=ours, seq=1, ops=[["i", "h"]]))
    assert anna.heard() == []


def test_what_happens_while_it_is_read_is_told_once_and_in_order(stage: Stage) -> None:
    anna, boris, _ = three(stage)
    ours = direct(anna, "boris").id
    receipt = stage.store.get

    def meanwhile(*args: Any) -> Any:
        stage.store.get = receipt  # type: ignore[method-assign]
        boris.say(ours, "meanwhile")
        return receipt(*args)

    stage.store.get = meanwhile  # type: ignore[method-assign]
    screen = Screen(anna)
    assert screen.look() == stored(anna) and screen.rows[ours]["unread"] == 1


def test_page_by_page_it_is_whole(stage: Stage) -> None:
    anna, boris, _ = three(stage)
    made = sorted(group(anna, title=f"group {number}").id for number in range(7))
    page = anna.ask(ListDialogs(limit=3))
    assert [one.id for one in page.dialogs] == made[:3] and page.more
    assert sorted(Screen(anna, limit=3).rows) == made
    assert boris.ask(ListDialogs()).dialogs == []


def test_of_a_group_it_tells_how_many_and_of_two_with_whom(stage: Stage) -> None:
    anna, *_ = three(stage)
    tea = group(anna, "boris").id
    pair = direct(anna, "boris").id
    rows = {one.id: one for one in anna.ask(ListDialogs()).dialogs}
    assert (rows[tea].members, rows[tea].people) == ([], 2)
    assert [one.username for one in rows[pair].members] == ["anna", "boris"]


def test_over_http_nothing_is_watched(stage: Stage) -> None:
    anna = stage.person()
    with pytest.raises(Exception, match="live connection"):
        stage.over_http(anna, WatchDialogs())


def test_a_message_costs_as_much_whoever_has_how_many_dialogs(stage: Stage) -> None:
    limit(stage, dialogs=1_000)
    anna, boris, vera = three(stage)
    ours = direct(anna, "boris").id
    Screen(boris)
    few = cost(anna, ours)
    for number in range(150):
        group(vera, "anna", "boris", title=f"group {number}")
    boris.heard()
    many = cost(anna, ours)
    assert many <= few * 1.1 + 20, (few, many)
    assert boris.heard("dialog:news"), "and it is told all the same"


def cost(person: Person, dialog_id: str) -> int:
    """The calls that a message makes, by the cheapest of a few."""
    work, found = Work(), []
    for number in range(8):
        work.of(lambda number=number: person.say(dialog_id, f"{number}"))
        found.append(work.calls)
    return min(found)


@pytest.mark.parametrize("seed", range(4))
def test_whatever_ten_people_do_each_ends_with_what_they_were_entitled_to(
    stage: Stage, seed: int
) -> None:
    chance = random.Random(seed)
    owner = stage.person("owner")
    people = {f"u{number}": stage.person(f"u{number}") for number in range(9)}
    past = chance.choice(["all", "none"])
    tea = group(owner, past=past).id
    entitled: dict[str, list[str]] = {name: [] for name in people}
    inside: set[str] = set()
    screens = {name: Screen(person) for name, person in people.items()}
    said: list[str] = []
    for number in range(120):
        name = chance.choice(list(people))
        act = chance.random()
        if act < 0.25 and name not in inside:
            owner.ask(InviteIntoDialog(dialog_id=tea, who=name))
            inside.add(name)
            entitled[name] = list(said) if past == "all" else []
            people[name].join(tea)
        elif act < 0.35 and name in inside:
            left = people[name].ask(QuitDialog(dialog_id=tea)) if chance.random() < 0.5 else None
            if left is None:
                owner.ask(RemoveFromDialog(dialog_id=tea, who=name))
            inside.discard(name)
        elif act < 0.5:
            stage.leave(people[name])
            people[name] = stage.again(people[name].token)
            screens[name] = Screen(people[name])
            if name in inside:
                people[name].join(tea)
        else:
            text = f"{number} @{chance.choice(list(people))}"
            (people[name] if name in inside else owner).say(tea, text)
            said.append(text)
            for one in inside:
                entitled[one].append(text)
    for name, person in people.items():
        assert screens[name].look() == stored(person), name
        if name in inside:
            page = person.join(tea, limit=200)
            assert [one.content for one in page.messages] == entitled[name], name
            unread = [one for one in page.messages if one.seq > screens[name].rows[tea]["read"]]
            named = [one.seq for one in unread if mentions(one.content, (name,))]
            assert screens[name].rows[tea]["mentions"] == named
        else:
            assert tea not in screens[name].rows
