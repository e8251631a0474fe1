"""The application behind the routes, asked in the test's own process."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from falcon.testing import Result, TestClient

from chatd.handlers import logins
from chatd.net.http.application import make_http_app
from tests.handlers.stage import Stage

HOST = "chat.example"
OWN = f"https://{HOST}"
PAGE = "https://shop.example"
PASSWORD = "correct horse battery"


class Inside:
    """A whole daemon without its listeners; ``shop`` has a page elsewhere, ``bank`` has not."""

    def __init__(self, directory: Path, **settings: Any) -> None:
        sites = {"shop": {"origins": [PAGE]}, "bank": {"origins": ["self"]}}
        self.stage = Stage(directory, **{"sites": sites, **settings})
        self._client = TestClient(make_http_app(self.stage.dispatcher, self.stage.services))

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        token: str | None = None,
        peer: str = "192.0.2.1",
        env: dict[str, Any] | None = None,
        **headers: str,
    ) -> Result:
        """A request; ``X_Y="z"`` is the header ``X-Y``."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        if token:
            given["Authorization"] = f"Bearer {token}"
        return self._client.simulate_request(
            method,
            path.partition("?")[0],
            query_string=path.partition("?")[2],
            headers=given,
            json=body,
            host=HOST,
            extras={"REMOTE_ADDR": peer, **(env or {})},
        )

    def raw(self, method: str, path: str, body: bytes, **headers: str) -> Result:
        """A request whose body is these bytes."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        return self._client.simulate_request(method, path, headers=given, body=body, host=HOST)

    def figure(self, name: str) -> float:
        """What the metrics say of something."""
        text = self.ask("GET", "/metrics", peer="127.0.0.1").text
        return sum(float(line.split()[-1]) for line in text.splitlines() if line.startswith(name))

    def refusal(self, method: str, path: str, *more: Any, **how: Any) -> tuple[int, str]:
        """Its status and what is said."""
        answer = self.ask(method, path, *more, **how)
        assert answer.json["success"] is False
        return answer.status_code, answer.json["error"]["message"]

    def write(self, **fields: Any) -> Any:
        """A customer writes; what they are answered."""
        told = self.ask("POST", "/api/support/send-message", {"message": "help", **fields})
        assert told.status_code == 201, told.json
        return told.json["data"]

    def account(self, username: str = "artem", **fields: Any) -> str:
        """One who may log in; the token of a session of theirs."""
        kept = logins.hash_password(self.stage.services, PASSWORD)
        person = self.stage.staff(username, password_hash=kept, **fields)
        self.stage.leave(person)
        return person.token
