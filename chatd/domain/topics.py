"""The topics of the hub: each kind has a prefix of its own, so that no room's name is another's.

A topic is never put together elsewhere: the type tells a topic from the id that it is about.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NewType

from chatd.domain.department import Scope

Topic = NewType("Topic", str)
DIALOG = "dialog:"
EVENTS = Topic("events:")
QUEUE = Topic("queue:")
STAFF = "staff:"
CUSTOMER = "customer:"
PARTICIPANT = "participant:"
LIST = "list:"
ROOM_LIST = "rooms:"
PEER = "peer:"
VISITORS = "visitors:"
SIDES = (DIALOG, STAFF, CUSTOMER)


def dialog(dialog_id: str) -> Topic:
    """Followed by all who are in a conversation."""
    return Topic(DIALOG + dialog_id)


def staff(dialog_id: str) -> Topic:
    """Followed by the operators who have a ticket open."""
    return Topic(STAFF + dialog_id)


def customer(dialog_id: str) -> Topic:
    """Followed by the customer who has the ticket open."""
    return Topic(CUSTOMER + dialog_id)


def participant(participant_id: str) -> Topic:
    """Followed by every connection of a participant."""
    return Topic(PARTICIPANT + participant_id)


def listing(participant_id: str) -> Topic:
    """Followed by those connections of a participant that show all of their dialogs."""
    return Topic(LIST + participant_id)


def room_list(room_id: str) -> Topic:
    """Followed by those connections that show a room, and who talks in it, in a list."""
    return Topic(ROOM_LIST + room_id)


def peer(connection_id: str) -> Topic:
    """Followed by one connection, over which somebody is in a call or a voice channel."""
    return Topic(PEER + connection_id)


def visitors(site: str) -> Topic:
    """Followed by those who watch who has a page of a site open; under it presence has these."""
    return Topic(VISITORS + site)


def queue(part: Scope) -> Topic:
    """Followed by those who watch exactly this part of the queue; ``QUEUE`` is that of all."""
    closed = f"!{'/'.join(part.closed)}" if part.closed else ""
    return Topic(f"{QUEUE}{'/'.join(part.sites)}{closed}")


def is_queue(topic: Topic) -> bool:
    """Whether a topic is some part of the queue."""
    return topic.startswith(QUEUE)


def about(topic: Topic) -> str:
    """The id of what a topic is about: a conversation, a participant, sites."""
    return topic.partition(":")[2]


def dialog_of(topic: Topic) -> str | None:
    """The conversation that a topic is all of, if it is one's."""
    return topic.removeprefix(DIALOG) if topic.startswith(DIALOG) else None


def is_conversations(topic: Topic) -> bool:
    """Whether a topic is one of those of a conversation, and not of who is in it."""
    return topic.startswith(SIDES)


@lru_cache(maxsize=4_096)
def beside(topic: Topic, dialog_id: str | None = None) -> tuple[Topic, ...]:
    """The other topics of the conversation that a topic is one of; all of those of the conversation
    of which something is said on a topic that is none of them."""
    if is_conversations(topic):
        dialog_id = about(topic)
    sides = [Topic(side + dialog_id) for side in SIDES] if dialog_id else []
    return tuple(side for side in sides if side != topic)
