"""What happens while somebody is away: an edit, a deletion, a reaction, a new message."""

from __future__ import annotations

from tests.client import Client

BEFORE = ["раз", "два", "три"]


def three(writer: Client, dialog_id: str) -> list[str]:
    """Three messages; their ids."""
    return [writer.say(dialog_id, text)["id"] for text in BEFORE]


def change(writer: Client, dialog_id: str, ids: list[str]) -> None:
    """Edits the first, deletes the second, reacts to the third, sends a fourth."""
    writer.ask("message:edit", message_id=ids[0], content="раз!")
    writer.ask("message:delete", message_id=ids[1])
    writer.ask("message:react", message_id=ids[2], emoji="👍")
    writer.say(dialog_id, "четыре")
