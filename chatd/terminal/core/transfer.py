"""Files to the daemon and from it, beside the conversation: by tus up, by their links down."""

from __future__ import annotations

import base64
import itertools
import json
import os
import ssl
import time
import urllib.error
import urllib.request
from contextlib import suppress
from http.client import HTTPException
from pathlib import Path
from typing import Any, BinaryIO

from chatd.terminal.core.shapes import Refused
from chatd.terminal.core.text import one_line

PIECE = 1_048_576
TRIES = 8
PATIENCE_S = 30.0
LONGEST_NAME = 200
TUS = {"Tus-Resumable": "1.0.0"}
OCTETS = {**TUS, "Content-Type": "application/offset+octet-stream"}


class Way:
    """To a daemon, with somebody's token."""

    def __init__(self, address: str, token: str, patience_s: float = PATIENCE_S) -> None:
        self.address, self.token, self.patience_s = address, token, patience_s

    def ask(self, method: str, path: str, headers: dict[str, str], data: bytes | None) -> Any:
        """The answer's headers; Refused for an error of the daemon's, OSError for none."""
        with self.open(method, path, headers, data) as answer:
            return answer.headers

    def open(
        self, method: str, path: str, headers: dict[str, str], data: bytes | None = None
    ) -> Any:
        """The answer, to be read and closed."""
        sent = {**headers, "Authorization": f"Bearer {self.token}"}
        request = urllib.request.Request(f"{self.address}{path}", data, sent, method=method)
        context = ssl.create_default_context() if self.address.startswith("https") else None
        try:
            return urllib.request.urlopen(request, timeout=self.patience_s, context=context)
        except urllib.error.HTTPError as error:
            with error:
                raise refusal(error) from None
        except HTTPException as error:
            raise OSError(str(error)) from None

    def upload(self, path: Path, dialog_id: str) -> str:
        """The id of a file that was uploaded; after a break it goes on. OSError for a file that
        cannot be read, and where nothing helps."""
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            told = {"filename": path.name, "dialog_id": dialog_id}
            metadata = ",".join(
                f"{name} {base64.b64encode(said.encode()).decode()}" for name, said in told.items()
            )
            head = {**TUS, "Upload-Length": str(size), "Upload-Metadata": metadata}
            made = self.ask("POST", "/api/files", head, b"")
            id = str(made["Location"]).rpartition("/")[2]
            self._send(f"/api/files/{id}", file, size)
        return id

    def _send(self, path: str, file: BinaryIO, size: int) -> None:
        offset = failures = 0
        while offset < size:
            try:
                if failures:
                    offset = int(self.ask("HEAD", path, TUS, None)["Upload-Offset"])
                file.seek(offset)
                head = {**OCTETS, "Upload-Offset": str(offset)}
                answer = self.ask("PATCH", path, head, file.read(PIECE))
                offset, failures = int(answer["Upload-Offset"]), 0
            except OSError:
                failures += 1
                if failures > TRIES:
                    raise
                time.sleep(min(5.0, 0.1 * 2**failures))

    def save(self, link: str, name: str, directory: Path) -> Path:
        """Where a file is now, under a name that nothing had."""
        with self.open("GET", link, {}) as answer:
            place, file = create(directory, name)
            try:
                with file:
                    while data := answer.read(PIECE):
                        file.write(data)
            except OSError:
                with suppress(OSError):
                    place.unlink()  # half a file looks like a whole one
                raise
        return place


def create(directory: Path, name: str) -> tuple[Path, BinaryIO]:
    """A new file of this name, or nearly; what there is is not written over, and nothing outside
    of the directory is."""
    plain = one_line(name.replace("/", "_").replace("\\", "_"), LONGEST_NAME).lstrip(".") or "file"
    stem, suffix = Path(plain).stem, Path(plain).suffix
    for number in itertools.count(1):
        place = directory / (plain if number == 1 else f"{stem} ({number}){suffix}")
        with suppress(FileExistsError):
            return place, place.open("xb")
    raise AssertionError


def refusal(error: urllib.error.HTTPError) -> Refused:
    """An error of the daemon's as the session has them."""
    try:
        told = json.loads(error.read(65_536))["error"]
        code, message = str(told["code"]), str(told["message"])
    except (ValueError, LookupError, TypeError, OSError):
        return Refused("unavailable", f"HTTP {error.code}", {})
    details = {k: v for k, v in told.items() if k not in ("code", "message")}
    if isinstance(limit := details.get("limit"), int):
        details["limit"] = f"{limit:,} B".replace(",", "\u00a0")  # of an upload it is bytes
    return Refused(code, message, details)
