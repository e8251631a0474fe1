"""Rooms, drafts, receipts, comings and goings: whoever is written to is on the other node."""

from __future__ import annotations

from tests import test_presence, test_rooms
from tests.several.stories import stories

# What no second node has a part in.
ALIKE = {
    "test_nobody_watches_a_visitor_type_where_visitors_do_not_write",
    "test_a_join_brings_the_farthest_receipts_and_ones_own",
}

globals().update(stories(test_rooms))
globals().update(stories(test_presence, but=ALIKE))
