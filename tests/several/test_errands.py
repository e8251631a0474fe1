"""Webhooks of two nodes: the one that leads delivers what the other had committed."""

from __future__ import annotations

from tests.errands import conftest, test_webhooks
from tests.several.stories import stories

TOLD = {"test_a_ticket_from_its_first_message_to_its_end_is_told"}

globals().update(stories(conftest))
globals().update(stories(test_webhooks, only=TOLD))
