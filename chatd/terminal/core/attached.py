"""Files of messages, in words: name, size and the link that opens each."""

from __future__ import annotations

from msgspec import UNSET
from msgspec.structs import replace

from chatd.domain.file import Attached
from chatd.domain.message import Message
from chatd.terminal.core.text import one_line

UNITS = ("B", "kB", "MB", "GB")
LONGEST_NAME = 80
LONGEST_LINK = 600


def told_files(message: Message, address: str) -> str:
    """What a message says and brings, a line for each file; of one that says nothing, only those.
    ``address``: where the daemon is."""
    files = message.files or ()
    if not files or isinstance(message.deleted_at, str):
        return message.content
    names = ", ".join(one.name for one in files)
    said = [] if names.startswith(message.content) else [message.content]
    return "\n".join([*said, *(line(one, address) for one in files)])


def line(file: Attached, address: str) -> str:
    """``⇩ notes.txt, 12 kB: http://chat.example/api/files/f-…``."""
    link = file.url or ""
    where = f": {address}{link[:LONGEST_LINK]}" if link.startswith("/") else ""
    return f"⇩ {one_line(file.name, LONGEST_NAME)}, {size_of(file.size)}{where}"


def without_links(message: Message) -> Message:
    """The same without what is different whenever it is asked for."""
    files = message.files or ()
    bare = tuple(replace(one, url=UNSET, preview_url=UNSET) for one in files)
    return replace(message, files=bare) if files else message


def size_of(size: int) -> str:
    """``12 kB``."""
    amount, unit = float(size), UNITS[0]
    for unit in UNITS:
        if amount < 1_000 or unit == UNITS[-1]:
            break
        amount /= 1_000
    return f"{amount:.0f} {unit}"


def http_address(socket_url: str) -> str:
    """``wss://chat.example/ws`` → ``https://chat.example``."""
    scheme, _, rest = socket_url.partition("://")
    return f"{'https' if scheme == 'wss' else 'http'}://{rest.removesuffix('/ws')}"
