"""Everything that a store keeps, carried into an empty one of another kind: counted, compared, and
gone on with where it was interrupted. No daemon has either meanwhile."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from itertools import islice
from typing import Any, Protocol, TypeVar

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from chatd.domain.message import Message
from chatd.errors import Damaged
from chatd.store.base import KINDS, Document
from chatd.store.tiny.state import ConversationState

AT_ONCE = 1_000
T = TypeVar("T")
Lot = tuple[ConversationState, Sequence[Message]]
_encoder = msgspec.json.Encoder()


class Source(Protocol):
    """What is gone through. ``counts_from``: changes are numbered from there on."""

    name: str
    counts_from: int

    def documents(self, kind: str) -> Iterator[Document]:
        """All documents of a kind."""

    def conversations(self) -> Iterator[ConversationState]:
        """All conversations, in any order."""

    def messages(self, dialog_id: str, after: int) -> Iterator[Message]:
        """The messages of a conversation behind one, in order."""


class Target(Protocol):
    """What is filled. Until it is settled no daemon takes it for whole."""

    def begin(self, source: str) -> None:
        """Conflict where it is not empty, unless a copy of this source was interrupted there."""

    def put_documents(self, kind: str, documents: Sequence[Any]) -> None:
        """Documents, durably; harmless twice."""

    def last_seq(self, dialog_id: str) -> int:
        """How far the messages of a conversation are there."""

    def put_conversations(self, lots: Sequence[Lot]) -> None:
        """Conversations as they are at the last of these messages, durably; harmless twice."""

    def reading(self, counts_from: int) -> AbstractContextManager[Source]:
        """Nothing more comes: what there is."""

    def settle(self) -> None:
        """It is whole: a daemon may have it."""


class Sum(Struct):
    """How many of something, and a sum over what they are, in whatever order."""

    count: int = 0
    digest: int = 0

    def add(self, thing: Any) -> None:
        self.count += 1
        told = hashlib.blake2b(_encoder.encode(thing), digest_size=16).digest()
        self.digest = (self.digest + int.from_bytes(told)) % (1 << 128)


def copy(source: Source, target: Target) -> dict[str, int]:
    """How many there are of each; Damaged where what is there afterwards is not the same."""
    target.begin(source.name)
    for kind in KINDS:
        for some in chunks(source.documents(kind), AT_ONCE):
            target.put_documents(kind, some)
    for lots in together(lots_of(source, target)):
        target.put_conversations(lots)
    wanted = sums(source)
    with target.reading(source.counts_from) as copied:
        compare(wanted, sums(copied))
    target.settle()
    return {name: one.count for name, one in wanted.items()}


def lots_of(source: Source, target: Target) -> Iterator[Lot]:
    """What is not there yet; of a long conversation so much at once."""
    for state in source.conversations():
        left = chunks(source.messages(state.id, target.last_seq(state.id)), AT_ONCE)
        last: Sequence[Message] = next(left, [])
        for following in left:
            yield replace(state, last_seq=last[-1].seq), last
            last = following
        yield state, last


def together(lots: Iterable[Lot]) -> Iterator[list[Lot]]:
    """So many conversations and messages at once; a conversation once."""
    some: list[Lot] = []
    weight = 0
    for lot in lots:
        if weight >= AT_ONCE or (some and some[-1][0].id == lot[0].id):
            yield some
            some, weight = [], 0
        some.append(lot)
        weight += 1 + len(lot[1])
    if some:
        yield some


def sums(source: Source) -> dict[str, Sum]:
    """What makes two stores the same."""
    found = {kind: Sum() for kind in KINDS} | {"conversations": Sum(), "messages": Sum()}
    for kind in KINDS:
        for document in source.documents(kind):
            found[kind].add(document)
    for state in source.conversations():
        found["conversations"].add(essence(state))
        for message in source.messages(state.id, 0):
            found["messages"].add(message)
    return found


def essence(state: ConversationState) -> tuple[Any, ...]:
    """What is not told by its messages: numbers, receipts in order, client ids in order."""
    sent = sorted((sender, list(one.seqs.items())) for sender, one in state.sent.items())
    receipts = [(id, one.delivered, one.read) for id, one in state.receipts.items()]
    return state.id, state.last_seq, state.last_rev, state.said, receipts, sent


def compare(wanted: dict[str, Sum], found: dict[str, Sum]) -> None:
    """Damaged, saying what is not as it was."""
    wrong = [
        f"{name} ({found[name].count} of {one.count})"
        for name, one in wanted.items()
        if found[name] != one
    ]
    if wrong:
        raise Damaged(
            f"the copy is not what was copied: {', '.join(wrong)}: was the store used meanwhile? "
            f"remove the copy and begin again"
        )


def chunks(things: Iterable[T], size: int) -> Iterator[list[T]]:
    """So many at once."""
    left = iter(things)
    while some := list(islice(left, size)):
        yield some
