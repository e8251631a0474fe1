"""Who is kept out by one node is kept out by the other, and is put out there."""

from __future__ import annotations

from tests.several.stories import stories
from tests.trust import test_bans

BANS = {
    "test_an_address_is_kept_out_alike_over_http_and_websocket_operators_too",
    "test_the_network_of_a_participant_is_kept_out_with_them_where_asked",
}

globals().update(stories(test_bans, only=BANS))
