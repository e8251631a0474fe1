"""One damaged file: what is in it is out of service and said to be; everything else goes on, and
nothing that was acknowledged is lost when the file is put right."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from chatd.domain.message import Cursor
from chatd.domain.participant import LoginSession, Operator
from chatd.domain.ticket import Ticket
from chatd.errors import ChatdError, Damaged
from chatd.store.base import Advance, Append, Change, Put, Remove, Replace
from chatd.store.tiny import checking, filesystem, journal
from chatd.store.tiny.store import TinyStore, open_store
from tests.store.backends import SETTINGS, abandon, message, ticket

OLD, OPEN, LATER = "TKT-1730053200", "TKT-1730063200", "TKT-1730073200"
ROOMS = ("lobby", "garage")
COUNT = 25


def flip(path: Path) -> None:
    """One wrong byte in the middle."""
    data = path.read_bytes()
    middle = len(data) // 2
    path.write_bytes(data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :])


def unreadable(path: Path) -> None:
    """The disk does not give it out."""
    path.unlink()
    path.mkdir()


class House:
    """A directory with rooms and tickets, all in files; one of them can be damaged and put right.
    What is done to the store is done beside it, too, to compare with."""

    def __init__(self, root: Path) -> None:
        self.data, self.good = root / "data", root / "good"
        self.store = open_store(self.data, SETTINGS)
        for dialog_id in (*ROOMS, OLD, OPEN):
            for number in range(COUNT):
                self.store.commit(Append(message(f"{dialog_id} {number}", dialog_id)))
        self.store.commit(Put(ticket(OLD)), Put(ticket(OPEN)))
        self.store.commit(Put(ticket(OLD, status="closed", version=2)))
        self.store.commit(Put(operator("artem")), Put(session("s1")))
        self.store.close()

    def damaged(self, name: str, how: Callable[[Path], None] = flip) -> TinyStore:
        """Started with one damaged file."""
        shutil.copytree(self.data, self.good)
        how(self.data / name)
        self.store = open_store(self.data, SETTINGS)
        return self.store

    def killed(self) -> TinyStore:
        """Started again after a kill."""
        abandon(self.store)
        self.store = open_store(self.data, SETTINGS)
        return self.store

    def put_right(self, name: str) -> TinyStore:
        """The file is as it was before, after another kill."""
        abandon(self.store)
        path = self.data / name
        if path.is_dir():
            path.rmdir()
        shutil.copyfile(self.good / name, path)
        self.store = open_store(self.data, SETTINGS)
        return self.store

    def journals(self) -> list[Path]:
        return journal.journals(self.data / "journal")


def operator(name: str) -> Operator:
    return Operator(id=name, name=name, password_hash="x", created_at="2026")


def session(id: str) -> LoginSession:
    return LoginSession(id=id, operator="artem", token_hash="h", created_at="1", expires_at="2")


@pytest.fixture
def house(memory: Path) -> House:
    return House(memory)


def refused(act: Callable[..., Any], *given: Any) -> bool:
    """Whether it is refused as damaged, in words without a path for peers."""
    try:
        act(*given)
    except Damaged as error:
        assert "/" not in error.for_peers().message and error.for_peers().code == "damaged"
        return True
    return False


def everything_about(store: TinyStore, dialog_id: str) -> list[bool]:
    """Whether each way to ask about a conversation, or to change it, is refused."""
    changes: tuple[Change, ...] = (
        Append(message("x", dialog_id)),
        Append(message("x", dialog_id, client_id="k")),
        Advance(dialog_id, "p-1-a", 1, 1),
        Replace(replace(message("x", dialog_id), seq=1, id=f"{dialog_id}:1", version=1)),
    )
    return [
        refused(store.history, dialog_id),
        refused(store.conversation, dialog_id),
        refused(store.message, dialog_id, 1),
        refused(store.find_sent, dialog_id, "p-1-a", "k"),
        *(refused(store.commit, change) for change in changes),
    ]


def in_service(store: TinyStore, dialog_id: str) -> None:
    """Reads and writes of a conversation go on."""
    before = store.conversation(dialog_id).last_seq
    assert store.commit(Append(message("goes on", dialog_id))).messages[0].seq == before + 1
    assert len(store.history(dialog_id, limit=100)) == before + 1


@pytest.mark.parametrize("how", [flip, unreadable])
def test_only_the_conversation_of_a_damaged_segment_is_out_of_service(
    house: House, said: list[str], how: Callable[[Path], None]
) -> None:
    name = "messages/lobby/000001.json"
    store = house.damaged(name, how)
    assert refused(store.history, "lobby")
    for _ in range(3):
        assert all(everything_about(store, "lobby"))
        in_service(store, "garage")
        in_service(store, OPEN)
        store.checkpoint()
    assert store.list_impairments() == ["out of service: lobby"]
    assert store.status()["damaged"] == "lobby" and store.status()["damaged_files"] == 1
    assert sum(name in line for line in said) == 1, "said once"
    assert len(house.journals()) == 1
    store = house.put_right(name)
    assert not any(everything_about(store, "lobby")[:4])
    in_service(store, "lobby")


def test_what_belongs_into_a_file_that_is_found_damaged_stays_in_the_journal(house: House) -> None:
    name = "messages/lobby/000002.json"
    store = house.damaged(name)
    for number in range(3):
        store.commit(Append(message(f"late {number}", "lobby", client_id=f"k{number}")))
        store.commit(Append(message(f"late {number}", "garage")))
    store.commit(Advance("lobby", "p-2-b", read=9))
    store.checkpoint()
    assert all(everything_about(store, "lobby"))
    assert [one.content for one in store.history("garage", limit=3)][-1] == "late 2"
    size = sum(path.stat().st_size for path in house.journals())
    for _ in range(5):
        in_service(store, "garage")
        store.checkpoint()
        assert len(house.journals()) == 1, "all others are written, and their journals go"
        assert sum(path.stat().st_size for path in house.journals()) < size + 500
        store = house.killed()
    store.close()
    with pytest.raises(Damaged, match="000002"):
        checking.verify(house.data)
    house.store = open_store(house.data, SETTINGS)
    store = house.put_right(name)
    found = store.history("lobby", limit=100)
    assert [one.content for one in found][-3:] == ["late 0", "late 1", "late 2"]
    assert [one.seq for one in found] == list(range(1, COUNT + 4))
    assert store.conversation("lobby").receipt("p-2-b") == Cursor(9, 9)
    assert store.commit(Append(message("again", "lobby", client_id="k1"))).repeated
    store.close()
    checking.verify(house.data)


def test_a_journal_stays_until_the_next_one_has_what_is_left(house: House) -> None:
    name = "messages/lobby/000002.json"
    store = house.damaged(name)
    store.commit(Append(message("late", "lobby")))
    real, made = filesystem.create, []

    def create(path: Path) -> int:
        if path.parent.name == "journal":
            made.append(path)
            if len(made) == 2:
                raise OSError(28, "No space left on device", str(path))
        return real(path)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(filesystem, "create", lambda path, anew=False: create(path))
        with pytest.raises(OSError, match="No space"):
            store.checkpoint()
    assert len(made) == 2
    store = house.put_right(name)
    assert store.history("lobby", limit=1)[0].content == "late"


@pytest.mark.parametrize("name", ["messages/lobby/000001.json", "conversations/standing.json"])
def test_what_the_journal_has_of_a_file_that_is_missing_at_the_start(
    house: House, name: str
) -> None:
    store = house.store = open_store(house.data, SETTINGS)
    shutil.copytree(house.data, house.good)
    store.commit(Append(message("late", "lobby", sender="p-9-z", client_id="k")))
    store.commit(Advance("lobby", "p-2-b", read=7))
    (house.data / name).unlink()
    for _ in range(3):
        store = house.killed()
        assert all(everything_about(store, "lobby"))
        in_service(store, OPEN)
        store.checkpoint()
        assert len(house.journals()) == 1
    store = house.put_right(name)
    conversation = store.conversation("lobby")
    assert (conversation.last_seq, conversation.last_text) == (COUNT + 1, "late")
    assert conversation.receipt("p-2-b") == Cursor(7, 7)
    assert conversation.receipt("p-1-a") == Cursor(COUNT, COUNT)
    assert [one.seq for one in store.history("lobby", limit=100)] == list(range(1, COUNT + 2))
    again = Append(message("late", "lobby", sender="p-9-z", client_id="k"))
    assert store.commit(again).repeated
    store.close()
    checking.verify(house.data)


def test_a_damaged_file_of_conversations_takes_those_in_it_only(house: House) -> None:
    name = "conversations/standing.json"
    store = house.damaged(name)
    assert all(everything_about(store, "lobby")) and all(everything_about(store, "garage"))
    in_service(store, OPEN)
    in_service(store, LATER)
    store.checkpoint()
    assert store.list_impairments() == ["out of service: conversations/standing"]
    assert [one.id for one in store.open_tickets()] == [OPEN]
    store = house.put_right(name)
    in_service(store, "lobby")


def test_a_file_that_breaks_while_the_store_runs_loses_nothing(house: House) -> None:
    store = house.store = open_store(house.data, SETTINGS)
    shutil.copytree(house.data, house.good)
    in_service(store, "lobby")
    in_service(store, OPEN)
    flip(house.data / "conversations/standing.json")
    store.commit(Append(message("before it is noticed", "lobby")), Advance("lobby", "p-2-b", 26))
    store.checkpoint()
    assert all(everything_about(store, "lobby"))
    for _ in range(3):
        store = house.killed()
        in_service(store, OPEN)
        store.checkpoint()
        assert len(house.journals()) == 1
    store = house.put_right("conversations/standing.json")
    assert [one.content for one in store.history("lobby", limit=2)] == [
        "goes on",
        "before it is noticed",
    ]
    assert store.conversation("lobby").receipt("p-2-b").delivered == 26
    store.close()
    checking.verify(house.data)


def test_tickets_that_cannot_go_into_their_file_are_kept_and_served(house: House) -> None:
    name = "tickets/0000422376.json"
    store = house.damaged(name)
    assert refused(store.get, Ticket, OLD)
    assert [one.id for one in store.tickets()] == [OPEN], "lists go on without it"
    second = "TKT-1730053201"
    store.commit(Put(ticket(second)))
    store.commit(Put(ticket(second, status="closed", version=2)))
    store.checkpoint()
    for version in range(3, 8):
        assert {one.id for one in store.tickets()} == {OPEN, second}
        status = "waiting" if version % 2 else "closed"
        store.commit(Put(ticket(second, status=status, version=version)))
        store.checkpoint()
        assert len(house.journals()) == 1
        for anew in (False, True):
            store = house.killed() if anew else store
            stored = store.get(Ticket, second)
            assert stored and stored.version == version
            assert [one.version for one in store.tickets() if one.id == second] == [version]
            assert len(store.open_tickets()) == 1 + version % 2
    store = house.put_right(name)
    assert {one.id for one in store.tickets()} == {OLD, OPEN, second}
    stored = store.get(Ticket, second)
    assert stored and stored.version == 7
    store.close()
    checking.verify(house.data)


def test_without_the_list_of_open_tickets_rooms_go_on_and_new_tickets(house: House) -> None:
    name = "tickets/open.json"
    store = house.damaged(name)
    assert refused(store.get, Ticket, OPEN) and refused(store.get, Ticket, OLD)
    in_service(store, "lobby")
    store.commit(Put(ticket(LATER)), Append(message("new", LATER)))
    with pytest.raises(ChatdError):
        store.commit(Put(ticket(OPEN)))
    store.checkpoint()
    assert [one.id for one in store.open_tickets()] == [LATER]
    store = house.killed()
    assert [one.id for one in store.open_tickets()] == [LATER]
    store = house.put_right(name)
    assert {one.id for one in store.open_tickets()} == {OPEN, LATER}
    store.close()
    checking.verify(house.data)


def test_documents_of_small_files(house: House) -> None:
    store = house.damaged("sessions/all.json")
    assert refused(store.get, LoginSession, "s1")
    assert store.get(Operator, "artem") == operator("artem")
    assert store.all(LoginSession) == []
    store.commit(Put(session("s2")), Put(session("s3")))
    store.checkpoint()
    store.commit(Remove("sessions", "s3"), Put(operator("boris")))
    store.checkpoint()
    store = house.killed()
    assert [one.id for one in store.all(LoginSession)] == ["s2"] and store.get(
        LoginSession, "s3"
    ) is None
    assert len(store.all(Operator)) == 2
    store = house.put_right("sessions/all.json")
    assert [one.id for one in store.all(LoginSession)] == ["s1", "s2"]


def test_a_new_ticket_is_given_an_id_that_can_be_stored(house: House) -> None:
    store = house.damaged("conversations/0000422378.json")
    assert refused(store.conversation, OPEN)
    ids = [store.next_ticket_id(1_730_063_300.0) for _ in range(2)]
    assert ids == ["TKT-1730064384", "TKT-1730064385"], "the first that lie in another file"
    for id in ids:
        in_service(store, id)
