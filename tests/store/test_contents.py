"""Every file of a data directory missing, empty, zeroed, swapped or replaced by an older copy: it
is noticed, and named, or nothing that was acknowledged is lost. Never silently less."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from chatd.domain.ids import WINDOW_BITS
from chatd.domain.message import Message, revise
from chatd.domain.participant import Ban, LoginSession, Operator, Participant
from chatd.domain.ticket import Ticket
from chatd.errors import ChatdError, Unavailable
from chatd.store.base import Append, Put, Replace
from chatd.store.tiny import checking, contents
from chatd.store.tiny.journal import Damaged
from chatd.store.tiny.sealed import Listed
from chatd.store.tiny.store import TinyStore, open_store
from tests.store.backends import SETTINGS, abandon, message, ticket

DIALOGS = ("lobby", "TKT-1730053200", "TKT-1740053200/notes")
KINDS = (Ticket, Participant, Operator, LoginSession, Ban)
Known = dict[Any, Any]


def people(number: int) -> list[Any]:
    """One document of each kind but tickets."""
    at = f"2026-11-2{number}"
    return [
        Participant(
            id=f"p-67a{number}b2c3-x",
            name="a",
            site="s",
            token_hash="h",
            created_at=at,
            expires_at=at,
        ),
        Participant(
            id=f"p-67a1b2c3-{number}-x",  # on a shelf of its own, in a list of its own
            name="b",
            site="s",
            token_hash="h",
            created_at=at,
            expires_at=at,
        ),
        Operator(id=f"artem{number}", name="Артём", password_hash="x", created_at=at),
        LoginSession(
            id=f"s{number}", operator="artem1", token_hash="h", created_at=at, expires_at=at
        ),
        Ban(id=f"192.0.2.{number}", kind="address", by="artem", created_at=at),
    ]


def work(store: TinyStore, turn: int) -> None:
    """Something new of everything, and something changed."""
    for dialog_id in DIALOGS:
        for number in range(13):
            store.commit(Append(message(f"{turn}/{number}", dialog_id)))
    first = store.message("lobby", 1)
    assert first
    store.commit(Replace(revise(first, content=f"edited {turn}")))
    for id in (1_730_053_200, 1_740_053_200, 1_750_000_000 + 10_000 * turn):
        before = store.get(Ticket, f"TKT-{id}")
        status = "closed" if (id + turn) % 3 else "waiting"
        version = before.version + 1 if before else 1
        store.commit(Put(ticket(f"TKT-{id}", status=status, version=version)))
    store.commit(*(Put(one) for one in people(turn)))


def everything(store: TinyStore) -> Known:
    """What was acknowledged, by what one asks for."""
    known: Known = {}
    for dialog_id in DIALOGS:
        last = store.conversation(dialog_id).last_seq
        known["last", dialog_id] = last
        for seq in range(1, last + 1):
            known[Message, dialog_id, seq] = store.message(dialog_id, seq)
    for kind in (Operator, LoginSession, Ban):
        known.update({(kind, one.id): one for one in store.all(kind)})
    for one in store.tickets(limit=1000):
        known[Ticket, one.id] = one
        if one.id not in DIALOGS:
            known["rev", one.id] = store.conversation(one.id).rev
    for turn in range(1, 4):
        for person in people(turn)[:2]:
            known[Participant, person.id] = store.get(Participant, person.id)
    return known


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Known]:
    """A directory with two checkpoints and two journals behind them, as a kill leaves it; how its
    files were after the first checkpoint; and what was acknowledged."""
    home = tmp_path_factory.mktemp("made")
    data, old = home / "data", home / "old"
    store = open_store(data, SETTINGS)
    work(store, 1)
    store.checkpoint()
    shutil.copytree(data, old)
    work(store, 2)
    store.checkpoint()
    work(store, 3)
    abandon(store)
    store = open_store(data, SETTINGS)
    store.commit(Append(message("in the second journal")))
    known = everything(store)
    abandon(store)
    return data, old, known


def mutable(directory: Path) -> list[str]:
    """All files that something is kept in."""
    found = [path.relative_to(directory).as_posix() for path in directory.rglob("*")]
    return sorted(one for one in found if one.endswith((".json", ".log")))


def take_away(path: Path, old: Path) -> bool:
    path.unlink()
    return True


def empty(path: Path, old: Path) -> bool:
    path.write_bytes(b"")
    return True


def zero(path: Path, old: Path) -> bool:
    path.write_bytes(b"\0" * path.stat().st_size)
    return True


def swap(path: Path, old: Path) -> bool:
    """With another of the same directory, or for want of that of the same kind."""
    near = [one for one in sorted(path.parent.iterdir()) if one.suffix == path.suffix]
    far = sorted(path.parent.parent.rglob(f"*{path.suffix}"))
    other = next((one for one in [*near, *far] if one != path), None)
    if other is None:
        return False
    content = path.read_bytes()
    path.write_bytes(other.read_bytes())
    other.write_bytes(content)
    return True


def age(path: Path, old: Path) -> bool:
    """As it was at the first checkpoint."""
    if not old.exists() or old.read_bytes() == path.read_bytes():
        return False
    shutil.copyfile(old, path)
    return True


FAULTS = (take_away, empty, zero, swap, age)


def cases(made: tuple[Path, Path, Known], place: Path) -> Iterator[tuple[str, Path]]:
    """A damaged copy of the directory for every file and every fault."""
    data, old, _ = made
    for name in mutable(data):
        for fault in FAULTS:
            copy = place / "copy"
            shutil.rmtree(copy, ignore_errors=True)
            shutil.copytree(data, copy)
            if fault(copy / name, old / name):
                yield f"{fault.__name__} {name}", copy


def asked(store: TinyStore, known: Known) -> tuple[int, int]:
    """Asks for everything: how much was refused by name, and how much silently gone."""
    refused = 0
    listed = {one.id for one in store.tickets(limit=1000)}
    gone = len({about[1] for about in known if about[0] is Ticket} - listed)
    if gone and store.list_impairments():
        refused, gone = gone, 0
    for about, expected in known.items():
        try:
            if about[0] == "last":
                found: Any = store.conversation(about[1]).last_seq
            elif about[0] == "rev":
                found = store.conversation(about[1]).rev
            elif about[0] is Message:
                found = store.message(about[1], about[2])
            else:
                found = store.get(about[0], about[1])
        except Damaged as error:
            assert Path(error.details["file"]).name
            refused += 1
        else:
            gone += found != expected
    return refused, gone


def look(directory: Path, known: Known) -> tuple[bool, int]:
    """Whether a start or who asks is told of damage, and how much is silently gone; new messages
    go in between, and a checkpoint."""
    try:
        store = open_store(directory, replace(SETTINGS, sync=False))
    except (Damaged, Unavailable):
        return True, 0
    try:
        refused, gone = asked(store, known)
        for dialog_id in DIALOGS:
            try:
                seq = store.commit(Append(message("new", dialog_id))).messages[0].seq
            except Damaged:
                continue
            gone += seq != known["last", dialog_id] + 1
        try:
            store.checkpoint()
        except (Damaged, OSError):
            refused += 1
        again = asked(store, {about: one for about, one in known.items() if about[0] != "last"})
        return bool(refused + again[0] or store.list_impairments()), gone + again[1]
    finally:
        abandon(store)


def verified(directory: Path) -> bool:
    """Whether everything is said to be in order."""
    try:
        checking.verify(directory)
    except ChatdError:
        return False
    return True


def test_whatever_file_is_damaged_nothing_is_silently_less(
    made: tuple[Path, Path, Known], memory: Path
) -> None:
    known = made[2]
    wrong, tried = [], 0
    for name, copy in cases(made, memory):
        in_order = verified(copy)
        noticed, gone = look(copy, known)
        if gone or noticed == in_order:
            wrong.append((name, f"in order {in_order}, noticed {noticed}, gone {gone}"))
        tried += 1
    assert not wrong, "\n".join(map(str, wrong))
    assert tried > 100


@pytest.mark.parametrize(
    ("name", "list"),
    [
        ("tickets/open", "contents/all"),
        ("conversations/standing", "contents/all"),
        ("tickets/0000422376", "contents/tickets-0000422"),
        ("participants/00004223760012", "contents/participants-0000422376"),
        ("contents/participants-0000422376", "contents/participants-0000422"),
        ("contents/participants-0000422", "contents/all"),
    ],
)
def test_every_file_has_a_list_and_every_list_too(name: str, list: str) -> None:
    assert contents.list_of(name) == list


def test_a_checkpoint_writes_no_more_after_years(tmp_path: Path) -> None:
    """Of ten years of files, at most a thousand are in any list, and few lists are written."""
    contents.start(tmp_path)
    first = 1_730_053_200 >> WINDOW_BITS
    names = [f"tickets/{first + number:010d}" for number in range(10 * 7_700)]
    top, _ = contents.record(tmp_path, contents.read_all(tmp_path), names, 5, sync=False)
    assert len(top.files) < 100
    again, written = contents.record(tmp_path, top, [names[-1], "tickets/open"], 9, sync=False)
    assert len(written) == 2 and len(again.files) == len(top.files) + 1
    read = contents.reader(tmp_path, again)
    lists = dict(contents.lists(again, read))
    assert max(len(found.files) for found in lists.values()) <= 1000
    assert {name for found in lists.values() for name in found.files} >= set(names)
    assert read(contents.list_of(names[-1])).entry(names[-1]) == Listed(must=True, least=9)
    assert read(contents.list_of(names[0])).entry(names[0]) == Listed(must=True, least=5)
