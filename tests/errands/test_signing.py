"""What a secret is, what is signed with it, and what a receiver's answer says of a delivery."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

import pytest

from chatd.config.settings import WebhookSettings
from chatd.domain.errand import Errand, Target
from chatd.domain.message import Earlier, Message
from chatd.domain.times import to_text
from chatd.errands import signing, webhooks
from chatd.errands.base import Failed
from chatd.errands.dialer import Answer
from tests.errands.receiver import OTHER, SECRET, VARIABLE
from tests.trust.house import House

KEY = b"0123456789abcdef0123456789abcdef"
HOOK = {"url": "https://crm.example/a", "secret_env": VARIABLE}


def secret(length: int) -> str:
    """One of so many bytes."""
    return "whsec_" + base64.b64encode(b"x" * length).decode()


def test_a_secret_is_one_key_or_two_of_so_many_bytes() -> None:
    assert signing.keys_in(SECRET) == signing.keys_in(SECRET.removeprefix("whsec_")) == [KEY]
    assert signing.keys_in(f" {SECRET}\n{OTHER} ")[0] == KEY
    assert len(signing.keys_in(f"{SECRET} {OTHER}")) == 2
    for length, good in ((23, False), (24, True), (64, True), (65, False)):
        if good:
            assert signing.key_of(secret(length)) == b"x" * length
        else:
            with pytest.raises(ValueError, match=f"it has {length} bytes; 24 to 64 are allowed"):
                signing.key_of(secret(length))
    for empty in ("", " \n"):
        with pytest.raises(ValueError, match="it is empty"):
            signing.keys_in(empty)
    for strange in (f"{SECRET}!", "whsec_ж", SECRET[:-1]):
        with pytest.raises(ValueError, match="it is not 'whsec_' and base64"):
            signing.key_of(strange)


def test_a_body_is_signed_with_its_id_and_time_by_each_key() -> None:
    made = signing.headers([KEY, b"other"], "e-1", 1_700_000_000, b"{}")
    assert (made["webhook-id"], made["webhook-timestamp"]) == ("e-1", "1700000000")
    signatures = [
        base64.b64encode(hmac.digest(key, b"e-1.1700000000.{}", hashlib.sha256)).decode()
        for key in (KEY, b"other")
    ]
    assert made["webhook-signature"] == " ".join(f"v1,{one}" for one in signatures)


@pytest.mark.parametrize("status", [200, 204, 299])
def test_only_what_was_taken_is_done(status: int) -> None:
    assert webhooks.judge(Answer(status, {}, b"")) == f"status {status}"


@pytest.mark.parametrize(
    ("status", "headers", "after", "closed"),
    [
        (199, {}, 0.0, False),
        (300, {}, 0.0, False),
        (404, {"retry-after": "9"}, 0.0, False),
        (410, {}, 0.0, True),
        (429, {"retry-after": "9"}, 9.0, False),
        (503, {"retry-after": "0.5"}, 0.5, False),
        (503, {"retry-after": "-3"}, 0.0, False),
        (503, {"retry-after": "90000"}, 86_400.0, False),
        (503, {"retry-after": "Thu, 26 Nov 2026 12:00:00 GMT"}, 0.0, False),
        (503, {}, 0.0, False),
    ],
)
def test_what_was_not_taken_is_tried_again_when_its_receiver_says(
    status: int, headers: dict[str, str], after: float, closed: bool
) -> None:
    with pytest.raises(Failed, match=f"status {status}") as failed:
        webhooks.judge(Answer(status, headers, b""))
    assert (failed.value.after, failed.value.closed) == (after, closed)
    assert failed.value.again is not closed


class Posts:
    """Answers with a status; ``posted``: to where, with what."""

    def __init__(self, status: int) -> None:
        self.status = status
        self.posted: list[tuple[str, bytes, dict[str, str]]] = []

    def post(self, url: str, body: bytes, headers: dict[str, str]) -> Answer:
        """What it was given, and its answer."""
        self.posted.append((url, body, headers))
        return Answer(self.status, {}, b"")


def errand(**fields: Any) -> Errand:
    """One for the webhook ``crm``."""
    return Errand("e-1", "webhook", "crm", "ticket.closed", "2026-01-01", **fields)


def test_a_webhook_that_is_gone_gets_nothing_until_it_has_another_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, SECRET)
    house = House(tmp_path / "data", store={"sync": False})
    settings = {"crm": WebhookSettings(**HOOK)}
    posts = Posts(204)
    hooks = webhooks.Webhooks(lambda: settings, posts, house.store, lambda: house.now)  # type: ignore[arg-type]
    assert hooks.carry(errand()) == "status 204"
    posts.status = 500
    with pytest.raises(Failed) as failed:
        hooks.carry(errand())
    assert failed.value.again and house.store.get(Target, "crm") is None
    posts.status = 410
    with pytest.raises(Failed):
        hooks.carry(errand())
    closed = house.store.get(Target, "crm")
    assert closed == Target("crm", HOOK["url"], to_text(house.now), "status 410: it wants no more")
    assert len(posts.posted) == 3
    with pytest.raises(Failed, match="the webhook is closed since") as failed:
        hooks.carry(errand())
    assert not failed.value.again and len(posts.posted) == 3
    settings["crm"] = WebhookSettings(**{**HOOK, "url": "https://crm.example/b"})
    posts.status = 204
    assert hooks.refusal_of("crm") is None and hooks.carry(errand()) == "status 204"
    assert posts.posted[-1][0] == "https://crm.example/b"
    settings.clear()
    assert hooks.refusal_of("crm") is None
    with pytest.raises(Failed, match="no such webhook any more") as failed:
        hooks.carry(errand())
    assert not failed.value.again
    house.close()


def test_what_is_posted_has_no_texts_from_before_an_edit() -> None:
    said = Message(
        dialog_id="lobby",
        sender_type="member",
        sender_id="p-1",
        sender_name="Anna",
        content="now",
        created_at="",
        earlier=(Earlier("before", ""),),
        reactors={"👍": "AAAAAAAA"},
    )
    told = json.loads(webhooks.body_of(errand(message=said, data={"ticket": {"id": "TKT-1"}})))
    assert (told["type"], told["timestamp"]) == ("ticket.closed", "2026-01-01")
    assert told["data"]["ticket"] == {"id": "TKT-1"}
    assert told["data"]["message"]["content"] == "now"
    assert not {"earlier", "reactors"} & told["data"]["message"].keys()
    assert json.loads(webhooks.body_of(errand()))["data"] == {}


def test_without_a_secret_nothing_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = WebhookSettings(**HOOK)
    monkeypatch.delenv(VARIABLE, raising=False)
    with pytest.raises(Failed, match=f"no secret in \\${VARIABLE}: it is empty"):
        webhooks.keys(settings)
    monkeypatch.setenv(VARIABLE, SECRET)
    assert webhooks.keys(settings) == [KEY]
