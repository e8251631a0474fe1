"""What a password has to be."""

from __future__ import annotations

SHORTEST, LONGEST = 8, 256
RULE = f"a password has {SHORTEST} to {LONGEST} characters"


def unfit(password: str) -> str:
    """Why this cannot be one, in words; empty when it can."""
    if SHORTEST <= len(password) <= LONGEST:
        return ""
    return f"{RULE}; this one has {len(password)}" if password else f"{RULE}; this one is empty"
