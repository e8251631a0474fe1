"""What does not leave the house in words: card numbers and mail addresses, however written."""

from __future__ import annotations

import time

import pytest

from chatd.domain.masking import mask


@pytest.mark.parametrize(
    ("said", "leaves"),
    [
        ("4111111111111111", "[card]"),
        ("my card is 4111-1111-1111-1111.", "my card is [card]."),
        ("4111 1111 1111 1111 12/27 123", "[card] 12/27 123"),
        ("5500 0000 0000 0004, 3782 822463 10005", "[card], [card]"),
        ("123 4111\u00a01111\u00a01111\u00a01111", "123 [card]"),
        ("order 4111111111111112", "order 4111111111111112"),
        ("call +7 912 345-67-89", "call +7 912 345-67-89"),
        ("0000 0000 0000 0000", "0000 0000 0000 0000"),
        ("write to anna.k+1@mail.shop.example!", "write to [e-mail]!"),
        ("почта аня@почта.рф", "почта [e-mail]"),
        ("@anna look, 5 @ 10", "@anna look, 5 @ 10"),
        ("", ""),
    ],
)
def test_cards_and_addresses_are_hidden_and_nothing_else_is(said: str, leaves: str) -> None:
    assert mask(said) == leaves


@pytest.mark.parametrize("piece", ["1 ", "a.", "a@b.", "11", "1  "])
def test_a_long_text_is_looked_through_in_steps_that_it_has_letters_for(piece: str) -> None:
    began = time.process_time()
    mask(piece * 20_000)
    assert time.process_time() - began < 20
