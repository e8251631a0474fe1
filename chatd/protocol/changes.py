"""What may become of tickets, rooms, dialogs and operators: the names of changes in events."""

from __future__ import annotations

from typing import Literal

TicketChange = Literal[
    "opened",
    "answered",
    "waiting",
    "offered",
    "offer_ended",
    "offer_round",
    "accepted",
    "connected",
    "transferred",
    "returned",
    "renamed",
    "updated",
    "warned",
    "closed",
    "rated",
    "reopened",
    "snoozed",
    "woken",
    "due_soon",
    "overdue",
]
OperatorChange = Literal[
    "operator_online",
    "operator_offline",
    "operator_changed",
    "operator_removed",
    "online",
    "away",
]
RoomChange = Literal["changed", "retired"]
OtherChange = Literal["position", "erased"]
MembersChange = Literal["created", "joined", "left", "renamed", "handed_over", "changed", "muted"]
