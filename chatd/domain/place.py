"""A place: what is common to all that people talk in, so that nothing else asks which it is.

A kind of place is a class and its row in :mod:`chatd.domain.places`; how it looks from outside is a
row of ``service/views.py``.
"""

from __future__ import annotations

from typing import ClassVar, Literal, Self

from msgspec import Struct

from chatd.domain import topics
from chatd.domain.dialog import PREFIX, Dialog
from chatd.domain.house import DialogTerms, House, Terms
from chatd.domain.message import SenderType
from chatd.domain.principal import Principal
from chatd.domain.room import LiveTyping, Room
from chatd.domain.ticket import NOTES, TICKET, Ticket, ticket_of
from chatd.domain.topics import Topic
from chatd.errors import Conflict, Forbidden

Relation = Literal[
    "none", "member", "customer", "staff", "insider", "owner", "locked", "stranger", "self"
]
SaidIn = Literal["room", "ticket", "notes", "dialog"]
Kind = Literal["", "room", "ticket", "notes", "dialog", "avatars"]


class Place(Struct, frozen=True):
    """What a command is about, ``id`` being the dialog's; of itself one that is not there.

    ``area``: of the log. ``id_field``: what HTTP calls the id. ``has_customer``: the messages here
    are a customer's and their operators', and what is written moves the ticket on.
    ``shows_lookers``: staff see who of them has it open without being announced.
    ``calls_named``: an operator who is named here is told, wherever they are. ``listed``: its
    ``people`` have it in their lists, and hear of it wherever they are. ``mutes``: whoever
    moderates it may keep somebody from saying anything.
    """

    kind: ClassVar[Kind] = ""
    area: ClassVar[str] = "rooms"
    id_field: ClassVar[str] = "dialog_id"
    has_customer: ClassVar[bool] = False
    shows_lookers: ClassVar[bool] = False
    calls_named: ClassVar[bool] = False
    listed: ClassVar[bool] = False
    mutes: ClassVar[bool] = False

    id: str

    @classmethod
    def is_named(cls, dialog_id: str) -> bool:
        """Whether an id is of this kind."""
        return False

    @classmethod
    def find(cls, house: House, who: Principal, dialog_id: str) -> Self | None:
        """The place of this id, as far as somebody may know that it is there."""
        return None

    @property
    def site(self) -> str:
        """The one site whose it is; empty where there is no such one."""
        return ""

    @property
    def ticket(self) -> Ticket | None:
        """The ticket that it belongs to."""
        return None

    @property
    def dialog(self) -> Dialog | None:
        """The dialog of people that it is."""
        return None

    @property
    def has_voice(self) -> bool:
        """Whether several can talk in it aloud."""
        return False

    @property
    def is_for_all(self) -> bool:
        """Whether who has not said yet who they are is told of it."""
        return False

    @property
    def max_message_chars(self) -> int:
        """How many characters a message may have."""
        return 0

    @property
    def capacity(self) -> int | None:
        """How many people may be in it; ``None``: no end is set."""
        return None

    @property
    def people(self) -> tuple[str, ...]:
        """The participants who have it in their lists."""
        return ()

    @property
    def webhook_sites(self) -> tuple[str, ...] | None:
        """The sites whose webhooks are told what is said in it, none named being all; ``None``:
        nobody is told."""
        return None

    def relation(self, who: Principal) -> Relation:
        """What somebody is to it: the policy judges by this."""
        return "stranger"

    def sender_type(self, who: Principal) -> SenderType:
        """As what somebody's messages are signed."""
        return "member"

    def follows(self, who: Principal) -> tuple[Topic, ...]:
        """The topics that somebody hears of it."""
        return (topics.dialog(self.id),)

    def audiences(self, writer: Principal) -> dict[Topic, LiveTyping]:
        """The topics that may watch a writer type, and how much each of them sees."""
        return {}

    def begins_after(self, who: Principal) -> int:
        """The number of the message behind which it begins for somebody."""
        return 0

    def moderates(self, who: Principal) -> bool:
        """Whether somebody may delete what others wrote."""
        return who.has("message:moderate")

    def check_writable(self, who: Principal) -> None:
        """Forbidden where somebody may read, and not write."""

    def check_unsettled(self) -> None:
        """Conflict where what was said stands as it is."""


class Nothing(Place, frozen=True):
    """What a command is about that is about no place."""

    def relation(self, who: Principal) -> Relation:
        """None to be judged by."""
        return "none"


class RoomPlace(Place, frozen=True):
    """A room of the configuration: for the people of its sites, all of whom see the same.
    ``entered``: who is to be judged has given its password, where it has one."""

    kind: ClassVar[Kind] = "room"
    mutes: ClassVar[bool] = True

    room: Room
    entered: bool = True

    @classmethod
    def is_named(cls, dialog_id: str) -> bool:
        """Every other kind's ids begin, or end, in a way that no room's name can."""
        return True

    @classmethod
    def find(cls, house: House, who: Principal, dialog_id: str) -> Self | None:
        """The room of this name."""
        room = house.rooms.get(dialog_id)
        if room is None:
            return None
        return cls(dialog_id, room, not room.lock or house.has_entered(who, room))

    @property
    def is_for_all(self) -> bool:
        """Rooms without sites are everybody's, but those of operators, and of people with an
        account."""
        return self.room.admits(None)

    @property
    def has_voice(self) -> bool:
        """As the room's own settings say."""
        return self.room.voice

    @property
    def max_message_chars(self) -> int:
        """As the room's own settings say."""
        return self.room.max_message_chars

    @property
    def capacity(self) -> int | None:
        """As the room's own settings say."""
        return self.room.capacity

    @property
    def webhook_sites(self) -> tuple[str, ...] | None:
        """As for people: rooms without sites are everybody's. What operators say among themselves
        stays in the house."""
        return None if self.room.operators_only else self.room.sites

    def relation(self, who: Principal) -> Relation:
        """Members are visitors of its sites whom it admits, staff who serve one of them."""
        if who.is_staff:
            return "staff" if who.shares(self.room.sites) else "stranger"
        admitted = self.room.admits(who.site, member=who.account is not None)
        if who.kind != "visitor" or not admitted:
            return "stranger"
        return "member" if self.entered else "locked"

    def audiences(self, writer: Principal) -> dict[Topic, LiveTyping]:
        """All alike, as the room's own settings say."""
        return {topics.dialog(self.id): self.room.live_typing}

    def check_writable(self, who: Principal) -> None:
        """In a read-only room only operators write, nor does anybody watch others try."""
        if self.room.read_only and who.kind == "visitor":
            raise Forbidden(f"{self.id} is read-only", read_only=True)


class OfTicket(Place, frozen=True):
    """What belongs to a ticket and is closed with it."""

    area: ClassVar[str] = "tickets"
    shows_lookers: ClassVar[bool] = True

    held: Ticket
    terms: Terms

    @classmethod
    def find(cls, house: House, who: Principal, dialog_id: str) -> Self | None:
        """That of a ticket that is there for somebody."""
        ticket = house.ticket_for(who, ticket_of(dialog_id))
        return cls(dialog_id, ticket, house.terms) if ticket else None

    @property
    def site(self) -> str:
        return self.held.site

    @property
    def ticket(self) -> Ticket | None:
        return self.held

    @property
    def max_message_chars(self) -> int:
        """As the configuration says of all tickets."""
        return self.terms.max_message_chars

    def check_unsettled(self) -> None:
        """What was said in a ticket stands when it is closed."""
        if not self.held.open:
            raise Conflict(
                f"{self.held.id} is closed: what was said in it stays as it is",
                status=self.held.status,
                **self.held.last_word(),
            )


class TicketPlace(OfTicket, frozen=True):
    """A ticket: the customer on one side, its operators on the other, who see more."""

    kind: ClassVar[Kind] = "ticket"
    id_field: ClassVar[str] = "ticket_id"
    has_customer: ClassVar[bool] = True

    @classmethod
    def is_named(cls, dialog_id: str) -> bool:
        """``TKT-1730053200``."""
        return dialog_id.startswith(TICKET)

    @property
    def webhook_sites(self) -> tuple[str, ...] | None:
        return (self.site,)

    def relation(self, who: Principal) -> Relation:
        """The customer's own, and its site's staff's."""
        if who.serves(self.site):
            return "staff"
        return "customer" if who.id == self.held.customer_id != "" else "stranger"

    def sender_type(self, who: Principal) -> SenderType:
        """Operators answer as the house's."""
        return "admin" if who.serves(self.site) else "customer"

    def follows(self, who: Principal) -> tuple[Topic, ...]:
        """What both sides hear, and one's own."""
        side = topics.staff if who.serves(self.site) else topics.customer
        return topics.dialog(self.id), side(self.id)

    def audiences(self, writer: Principal) -> dict[Topic, LiveTyping]:
        """Operators see each other's drafts whole, the sides what the configuration allows."""
        staff, customer = topics.staff(self.id), topics.customer(self.id)
        if not writer.serves(self.site):
            return {staff: self.terms.customer_drafts}
        return {staff: "full", customer: self.terms.operator_drafts}


class NotesPlace(OfTicket, frozen=True):
    """What a ticket's operators say among themselves."""

    kind: ClassVar[Kind] = "notes"
    calls_named: ClassVar[bool] = True

    @classmethod
    def is_named(cls, dialog_id: str) -> bool:
        """``TKT-1730053200/notes``."""
        return dialog_id.endswith(NOTES)

    def relation(self, who: Principal) -> Relation:
        """The site's staff's; to the customer it is not there."""
        return "staff" if who.serves(self.site) else "stranger"

    def sender_type(self, who: Principal) -> SenderType:
        """Nobody else writes here."""
        return "admin"

    def audiences(self, writer: Principal) -> dict[Topic, LiveTyping]:
        """They see each other's drafts whole."""
        return {topics.dialog(self.id): "full"}


class DialogPlace(Place, frozen=True):
    """A dialog of people: theirs alone, whoever runs the daemon."""

    kind: ClassVar[Kind] = "dialog"
    listed: ClassVar[bool] = True
    mutes: ClassVar[bool] = True

    held: Dialog
    terms: DialogTerms

    @property
    def dialog(self) -> Dialog | None:
        return self.held

    @classmethod
    def is_named(cls, dialog_id: str) -> bool:
        """``dlg-67a1b2c3-9f…``."""
        return dialog_id.startswith(PREFIX)

    @classmethod
    def find(cls, house: House, who: Principal, dialog_id: str) -> Self | None:
        """One that somebody is in."""
        found = house.dialog_for(who, dialog_id)
        return cls(dialog_id, found, house.dialog_terms) if found else None

    @property
    def has_voice(self) -> bool:
        """In a group; two people call each other."""
        return self.held.form == "group"

    @property
    def site(self) -> str:
        return self.held.site

    @property
    def max_message_chars(self) -> int:
        """As the configuration says of all dialogs."""
        return self.terms.max_message_chars

    @property
    def people(self) -> tuple[str, ...]:
        away = self.held.away
        return tuple(one.id for one in self.held.members if one.id not in away)

    def relation(self, who: Principal) -> Relation:
        """Nothing, to whoever is not in it."""
        if who.account is None or self.held.member(who.id) is None:
            return "stranger"
        return "owner" if who.id == self.held.owner else "insider"

    def audiences(self, writer: Principal) -> dict[Topic, LiveTyping]:
        """All alike, as the configuration says of all dialogs."""
        return {topics.dialog(self.id): self.terms.live_typing}

    def begins_after(self, who: Principal) -> int:
        """What newcomers do not see came before them."""
        member = self.held.member(who.id)
        return member.after if member else 0

    def moderates(self, who: Principal) -> bool:
        """The owner of a group."""
        return who.id == self.held.owner


NOTHING: Place = Nothing("")
ABSENT = Place("")
