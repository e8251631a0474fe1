"""What something costs those who are told of it: its bytes, times how many they are."""

from __future__ import annotations

from typing import Any

from chatd.domain import topics
from chatd.protocol.envelope import encode_json
from chatd.service.context import Context


def count(cx: Context, dialog_id: str, data: Any) -> None:
    """Counts it for who causes it; RateLimited when that was too much lately. One thing alone is
    never too much."""
    hub = cx.services.hub
    sides = hub.count(topics.staff(dialog_id)) + hub.count(topics.customer(dialog_id))
    followers = max(hub.count(topics.dialog(dialog_id)), sides)
    if not followers or cx.principal.kind in ("shell", "system"):
        return
    cost = len(encode_json(data)) * followers
    cx.services.limiter.hit("spread_per_participant", cx.principal.id, cost)
    cx.services.limiter.hit("spread_per_address", cx.caller.address, cost)
