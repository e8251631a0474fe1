"""What is installed only for who wants it, and what to type where it is missing."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Literal

Extra = Literal[
    "bot", "devices", "identity", "mcp", "passkeys", "postgres", "push", "redis", "terminal"
]
MODULES: dict[Extra, tuple[str, ...]] = {
    "bot": ("urllib3",),
    "devices": ("ua_parser",),
    "identity": ("jwt", "cryptography"),
    "mcp": ("mcp",),
    "passkeys": ("webauthn",),
    "postgres": ("psycopg",),
    "push": ("pywebpush",),
    "redis": ("redis",),
    "terminal": ("rich", "textual", "prompt_toolkit"),
}


def missing(extra: Extra) -> str | None:
    """What is not installed of an extra, and how to install it, in one line; else nothing."""
    absent = [module for module in MODULES[extra] if find_spec(module) is None]
    if not absent:
        return None
    return f"not installed: {', '.join(absent)}; type: pip install 'chatd[{extra}]'"
