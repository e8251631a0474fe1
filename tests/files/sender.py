"""Somebody who sends files: by tus, request by request, and by forms."""

from __future__ import annotations

import base64
import http.client
import json
import secrets
from typing import Any

from tests.daemon import Daemon

HEAD = {"Tus-Resumable": "1.0.0"}
OCTETS = {**HEAD, "Content-Type": "application/offset+octet-stream"}
File = dict[str, Any]


class Refused(Exception):
    """An answer that is an error: ``status``, and the error's object."""

    def __init__(self, status: int, error: dict[str, Any]) -> None:
        super().__init__(f"{status} {error}")
        self.status = status
        self.error = error
        self.message: str = error.get("message", "")


def metadata(**fields: str) -> str:
    """As tus has it in a header."""
    pairs = fields.items()
    return ",".join(f"{name} {base64.b64encode(said.encode()).decode()}" for name, said in pairs)


class Sender:
    """A visitor with a ticket of their own, or whoever else has a token; sends into ``dialog``."""

    def __init__(self, daemon: Daemon, token: str, dialog: str) -> None:
        self.daemon, self.token, self.dialog = daemon, token, dialog

    def begin(self, size: int, name: str = "notes.txt", **fields: str) -> str:
        """The path of a new upload."""
        told = metadata(filename=name, dialog_id=self.dialog, **fields)
        head = {**HEAD, "Upload-Length": str(size), "Upload-Metadata": told}
        _, headers, _ = self.ask("POST", "/api/files", b"", head)
        return f"/api/{headers['Location']}"

    def patch(self, path: str, offset: int, data: bytes, **headers: str) -> int:
        """Sends bytes; where the upload is then."""
        head = {**OCTETS, "Upload-Offset": str(offset), **headers}
        return int(self.ask("PATCH", path, data, head)[1]["Upload-Offset"])

    def offset(self, path: str) -> int:
        """Where an upload is."""
        return int(self.ask("HEAD", path, None, HEAD)[1]["Upload-Offset"])

    def received(self, path: str) -> int:
        """How much of an upload is durable, without a word to who is at it."""
        told = json.loads(self.ask("GET", path)[2])["data"]
        return int(told.get("offset", told["file"]["size"]))

    def cut(self, path: str, offset: int, data: bytes, promised: int) -> None:
        """Promises so many bytes and sends fewer; the line is cut behind them."""
        line = http.client.HTTPConnection(self.daemon.address, timeout=20)
        line.putrequest("PATCH", path)
        head = {**OCTETS, "Upload-Offset": str(offset), "Content-Length": str(promised)}
        for name, value in {**head, "Authorization": f"Bearer {self.token}"}.items():
            line.putheader(name, value)
        line.endheaders(data)
        line.close()

    def look(self, path: str) -> File:
        """A file as it is now."""
        body = self.ask("GET", path)[2]
        found: File = json.loads(body)["data"]["file"]
        return found

    def upload(self, data: bytes, name: str = "notes.txt", **fields: str) -> File:
        """A whole file, ready."""
        path = self.begin(len(data), name, **fields)
        assert self.patch(path, 0, data) == len(data)
        return self.look(path)

    def post(self, data: bytes, name: str = "notes.txt") -> File:
        """The same by a form."""
        mark = secrets.token_hex(8)
        disposition = f'form-data; name="file"; filename="{name}"'
        head = f"--{mark}\r\nContent-Disposition: {disposition}\r\n\r\n".encode()
        body = head + data + f"\r\n--{mark}--\r\n".encode()
        kind = {"Content-Type": f"multipart/form-data; boundary={mark}"}
        answer = self.ask("POST", f"/api/files?dialog_id={self.dialog}", body, kind)
        found: File = json.loads(answer[2])["data"]
        return found

    def say(self, *files: str, text: str = "", **fields: Any) -> dict[str, Any]:
        """A message with files."""
        body = {"content": text, "type": "file", "files": list(files), **fields}
        data = json.dumps(body).encode()
        kind = {"Content-Type": "application/json"}
        path = f"/api/messages/dialog/{self.dialog}"
        told: dict[str, Any] = json.loads(self.ask("POST", path, data, kind)[2])["data"]
        return told

    def ask(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> tuple[int, dict[str, str], bytes]:
        """Status, headers, body; Refused for an error."""
        status, told, content = self.daemon.http_full(method, path, body, self.token, headers)
        if status >= 400:
            error = json.loads(content)["error"] if content else {}
            raise Refused(status, error)
        return status, told, content

    def fetch(
        self, url: str, token: str | None = None, **headers: str
    ) -> tuple[int, dict[str, str], bytes]:
        """What a link opens, for somebody or for nobody."""
        return self.daemon.http_full("GET", url, None, token, headers)


def visitor(daemon: Daemon, name: str = "Anna", **fields: Any) -> Sender:
    """Somebody with a new ticket."""
    body = {"message": "help", "name": name, **fields}
    status, told = daemon.http("POST", "/api/support/send-message", body)
    assert status == 201, told
    return Sender(daemon, told["data"]["token"], told["data"]["ticket_id"])


def stored(daemon: Daemon) -> set[str]:
    """The names of all bytes on the disk."""
    return {path.name for path in (daemon.data / "bytes").rglob("*") if path.is_file()}
