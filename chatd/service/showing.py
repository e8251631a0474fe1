"""Messages as readers get them: only what the daemon vouches for, quotes as they read today, and
no earlier texts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import cache
from typing import Any, TypeVar, get_args, get_type_hints

import msgspec
from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from chatd.domain.message import HOUSE, Message, words_of
from chatd.domain.place import NOTHING, Place
from chatd.domain.principal import ANONYMOUS, Principal
from chatd.errors import Damaged
from chatd.protocol import views as shapes
from chatd.protocol.assisting import Source
from chatd.protocol.commands import MessageMeta
from chatd.protocol.companions import Words
from chatd.protocol.results import OneMessage, Result
from chatd.service import attachments
from chatd.service.compose import OWN_META
from chatd.service.context import Services

T = TypeVar("T")
QUOTED_CHARS = 140
# Quotes of one page that are looked up outside it; of more, only the number is told.
LOOKED_UP = 20


def result(
    services: Services,
    told: T,
    *,
    earlier: bool = False,
    place: Place = NOTHING,
    who: Principal = ANONYMOUS,
) -> T:
    """A handler's result about a place, with its messages as who asks gets them; ``earlier``: they
    are given the texts before an edit, too."""
    if not isinstance(told, Result) or (isinstance(told, OneMessage) and is_plain(told.message)):
        return told
    shown: dict[str, Any] = {}
    begins = place.begins_after(who)
    for name in message_members(type(told)):
        value = getattr(told, name)
        if isinstance(value, Plain):
            continue
        if isinstance(value, Message):
            shown[name] = page(services, [value], earlier=earlier, begins=begins)[0]
        elif isinstance(value, list | tuple) and value and isinstance(value[0], Message):
            shown[name] = page(services, value, earlier=earlier, begins=begins)
    return replace(told, **shown) if shown else told


@cache
def message_members(kind: type[Result]) -> tuple[str, ...]:
    """The members of a result that may hold messages."""
    return tuple(name for name, hint in get_type_hints(kind).items() if may_hold(hint))


def may_hold(hint: Any) -> bool:
    """Whether a type is that of messages, or has them in it."""
    return hint in (Any, Message, shapes.Message) or any(map(may_hold, get_args(hint)))


def one(services: Services, message: Message) -> Message:
    return message if is_plain(message) else page(services, [message])[0]


def is_plain(message: Message) -> bool:
    """Whether it is given out as it is stored, as most are."""
    return (
        not message.meta
        and message.earlier is UNSET
        and message.reactors is UNSET
        and message.files is UNSET
    )


class Plain(list[Message]):
    """Messages that have been looked at: each is given out as it is stored."""

    __slots__ = ()


def page(
    services: Services, messages: Iterable[Message], *, earlier: bool = False, begins: int = 0
) -> list[Message]:
    """Messages of one conversation; most are given out as they are stored. ``begins``: of a message
    up to this one a quote tells only the number."""
    if isinstance(messages, Plain):
        return messages
    messages = list(messages)
    if all(map(is_plain, messages)):
        return messages
    at_hand: dict[int, Message | None] = {message.seq: message for message in messages}
    left = LOOKED_UP
    shown = []
    for message in messages:
        if message.earlier is not UNSET and not earlier:
            message = replace(message, earlier=UNSET)
        if message.reactors is not UNSET:
            message = replace(message, reactors=UNSET)
        if message.meta:
            seq = quoted_seq(message)
            told = seq if seq and seq > begins else None
            if told and told not in at_hand and left:
                left -= 1
                at_hand[told] = original(services, message.dialog_id, told)
            meta = trusted_meta(message) | quote(seq, at_hand.get(told) if told else None)
            message = replace(message, meta=meta)
        if message.files is not UNSET:
            files = attachments.show(services, message.files)
            message = replace(message, files=files)
        shown.append(message)
    return shown


def quoted_seq(message: Message) -> int | None:
    """The number of the message that this one quotes."""
    kept = message.meta.get("reply_to")
    seq = kept.get("seq") if isinstance(kept, Mapping) else None
    return seq if type(seq) is int and 0 < seq < message.seq else None


def original(services: Services, dialog_id: str, seq: int) -> Message | None:
    """What is quoted, if it can be read."""
    with suppress(Damaged):
        return services.store.message(dialog_id, seq)
    return None


def quote(seq: int | None, quoted: Message | None) -> dict[str, Any]:
    """Who said it and what it says now; nothing of what is deleted."""
    if seq is None:
        return {}
    told: dict[str, Any] = {"seq": seq}
    if quoted is not None:
        told["name"] = quoted.sender_name
        told |= {"deleted": True} if quoted.deleted_at else {"text": shorten(quoted.content)}
    return {"reply_to": told}


def shorten(text: str) -> str:
    """The beginning, on one line."""
    return " ".join(text[: QUOTED_CHARS * 2].split())[:QUOTED_CHARS]


def trusted_words(told: object) -> Words | UnsetType:
    """What is kept of the house's words, where it is that."""
    try:
        return msgspec.convert(told, Words)
    except msgspec.ValidationError:
        return UNSET


def trusted_sources(told: object) -> list[dict[str, str]]:
    """What an answer of a bot is from; nothing where that is not what is kept."""
    try:
        found: list[dict[str, str]] = msgspec.to_builtins(msgspec.convert(told, list[Source]))
    except msgspec.ValidationError:
        return []
    return found


def trusted_meta(message: Message) -> dict[str, Any]:
    """The meta that means what it says: what the house has put there, and plain words of programs.
    Older daemons kept whatever they were sent."""
    kind = message.meta.get("kind")
    told: dict[str, Any] = {}
    if isinstance(kind, str) and (message.sender_type in HOUSE or kind == "action"):
        told["kind"] = kind[:64]
    if words := trusted_words(words_of(message)):
        told["words"] = msgspec.to_builtins(words)
    plain = {name: value for name, value in message.meta.items() if name not in OWN_META}
    if message.sender_type == "bot" and (sources := trusted_sources(plain.pop("sources", None))):
        told["sources"] = sources
    with suppress(msgspec.ValidationError):
        told |= msgspec.convert(plain, MessageMeta)
    return told
