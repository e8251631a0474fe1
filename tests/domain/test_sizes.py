"""Numbers of bytes as people read them: to the byte, and about how many."""

from __future__ import annotations

import pytest

from chatd.domain.sizes import spell_bytes


@pytest.mark.parametrize(
    ("size", "said"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (9_999, "9999 bytes"),
        (10_000, "10000 bytes (9.77 KB)"),
        (1_023_400, "1023400 bytes (999 KB)"),
        (1_023_500, "1023500 bytes (0.976 MB)"),
        (104_857_600, "104857600 bytes (100 MB)"),
        (10_737_418_240, "10737418240 bytes (10 GB)"),
        (2**50, "1125899906842624 bytes (1024 TB)"),
    ],
)
def test_what_is_said_of_a_size(size: int, said: str) -> None:
    assert spell_bytes(size) == said
