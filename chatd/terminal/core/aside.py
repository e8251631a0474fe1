"""What was written and not sent when a terminal was taken away: the next client has it again."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import quote

import msgspec

from chatd.terminal.core.kept import contents, directory, keep
from chatd.terminal.core.link import socket_url

LARGEST, MOST_FILES = 16 * 1024 * 1024, 50
Leftover = tuple[str, str]


class Aside:
    """Of one client at one daemon: each run has a file of its own. A leftover is a conversation and
    a text."""

    def __init__(self, url: str, who: str, environ: Mapping[str, str] = os.environ) -> None:
        self._environ = environ
        self._prefix = f"unsent-{quote(who, safe='')}@{quote(socket_url(url), safe='')}."
        self._own = f"{self._prefix}{secrets.token_hex(6)}"

    def put(self, left: Sequence[Leftover]) -> None:
        """Keeps these, in place of what this run has kept before; none: nothing. OSError when that
        cannot be."""
        file = directory(self._environ) / self._own
        if left:
            keep(file, msgspec.json.encode(left))
        else:
            file.unlink(missing_ok=True)

    def take(self) -> list[Leftover]:
        """What earlier runs have kept, each text for one taker only."""
        found: list[Leftover] = []
        with contextlib.suppress(OSError):
            names = sorted(one.name for one in directory(self._environ).iterdir())
            for name in [one for one in names if one.startswith(self._prefix)][:MOST_FILES]:
                with contextlib.suppress(OSError):
                    found += self._read(directory(self._environ) / name)
        return found

    def _read(self, file: Path) -> list[Leftover]:
        mine = file.with_name(f".taken-{secrets.token_hex(6)}")
        file.rename(mine)
        try:
            return msgspec.json.decode(contents(mine, LARGEST) or b"[]", type=list[Leftover])
        except msgspec.MsgspecError:
            return []
        finally:
            mine.unlink(missing_ok=True)
