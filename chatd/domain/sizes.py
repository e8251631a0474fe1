"""Numbers of bytes as people read them."""

from __future__ import annotations

UNITS = ("KB", "MB", "GB", "TB")
EASY = 10_000  # up to here the number says it


def spell_bytes(size: int) -> str:
    """To the byte, and about how many that are: ``104857600 bytes (100 MB)``."""
    exactly = f"{size} {'byte' if size == 1 else 'bytes'}"
    if size < EASY:
        return exactly
    amount, unit = size / 1024, UNITS[0]
    for unit in UNITS:
        if amount < 999.5 or unit == UNITS[-1]:
            break
        amount /= 1024
    about = f"{amount:.0f}" if amount >= 100 else f"{amount:.3g}"
    return f"{exactly} ({about} {unit})"
