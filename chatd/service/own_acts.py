"""What the daemon does of its own accord, as the audit log has it."""

from __future__ import annotations

from typing import Any

from chatd.domain.times import to_text
from chatd.service.context import Services

SYSTEM = "chatd"


def note(
    services: Services, command: str, target: str, *, wait: bool = True, **arguments: Any
) -> None:
    """Tells the audit log, as of what staff does by this command; ``wait``: until it is written,
    but not for long."""
    services.audit.write(
        {
            "at": to_text(services.now()),
            "who": SYSTEM,
            "via": "daemon",
            "address": "",
            "command": command,
            "target": target,
            "as": None,
            "arguments": arguments,
            "outcome": "done",
        },
        wait=wait,
    )
