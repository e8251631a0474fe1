"""Tickets, and the sessions of those who answer them, over two nodes."""

from __future__ import annotations

from tests import test_operators, test_tickets
from tests.several.stories import stories

OPERATORS = {
    "test_logging_out_ends_the_connections_of_that_session_only",
    "test_the_tickets_of_a_disabled_operator_go_back_to_the_queue",
    "test_opening_a_ticket_over_http_shows_the_customer_that_it_was_read",
    "test_a_repeated_reply_is_the_first_one_even_when_the_ticket_was_closed_since",
}
OF_SITES = {"test_sites_are_isolated", "test_foreign_origins_may_not_connect"}

globals().update(stories(test_operators, only=OPERATORS))
globals().update(stories(test_tickets, but=OF_SITES))
