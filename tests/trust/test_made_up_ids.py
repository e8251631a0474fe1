"""Made-up tokens and ids cost nothing: no file is opened for what cannot be the asker's."""

from __future__ import annotations

import base64
import re
import secrets
from pathlib import Path
from typing import Any

import gevent
import pytest

from chatd.config.settings import StoreSettings
from chatd.daemon.assembly import TOKENS as KEY_ID
from chatd.domain.ids import PER_WINDOW, WINDOW_BITS, Newborn, birth, new_id, shelf
from chatd.domain.participant import REMEMBERED_TICKETS, Key, Participant
from chatd.domain.times import to_text
from chatd.domain.tokens import MARK_BYTES, RANDOM_BYTES, Tokens, digest
from chatd.store.base import Put, Remove
from chatd.store.tiny.checking import verify
from chatd.store.tiny.naming import bucket
from chatd.store.tiny.reading import RECENT
from chatd.store.tiny.store import open_store
from tests.client import Client, Refused
from tests.conftest import MakeDaemon
from tests.daemon import RELAXED, Daemon

KEY, SINCE = "ab" * 32, 1_800_000_000
TOKENS = Tokens(KEY, to_text(SINCE))


def test_only_tokens_of_ours_are_worth_a_look() -> None:
    token, secret = TOKENS.make("p-6b49d201-9f")
    assert TOKENS.read(token) == ("p-6b49d201-9f", secret)
    assert token != TOKENS.make("p-6b49d201-9f")[0]
    flipped = [
        token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :]
        for at in range(len(token))
    ]
    assert [TOKENS.read(one) for one in flipped] == [None] * len(token)
    word = base64.urlsafe_b64encode(secrets.token_bytes(RANDOM_BYTES + MARK_BYTES)).decode()
    id = "p-6b49d201-9f"
    made_up = [
        *(
            f"{id}.{word}",
            f"{id}.",
            id,
            "",
            ".",
            f".{secret}",
            f"{id}.{secret}=",
            f"{id}.{secret}.",
        ),
        *(
            f"s{id[1:]}.{secret}",
            f"{id} .{secret}",
            f"{id}.{secret}\n",
            f"{id}.{secret}é",
            f"{id}.\0",
        ),
        *(f"{id}.{secret[:-4]}", f"{id}.{secret}AAAA", f"{id}.{'A' * 32}", f"x-1.{secret}"),
    ]
    assert [TOKENS.read(one) for one in made_up] == [None] * len(made_up)
    assert Tokens("cd" * 32, to_text(SINCE)).read(token) is None, "of another daemon"


def test_tokens_from_before_there_were_marks_are_good_as_long_as_they_last() -> None:
    old = secrets.token_urlsafe(24)
    before, after = new_id("p", SINCE - 1), new_id("p", SINCE + 1)
    assert TOKENS.read(f"{before}.{old}") == (before, old)
    assert TOKENS.read(f"{after}.{old}") is None
    assert TOKENS.read(f"p-x-9f.{old}") is None


def garbage(daemon: Daemon, kind: str, second: int) -> Path:
    """A file that is noticed when anybody reads it."""
    path: Path = daemon.data / kind / f"{second >> 12:010d}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"garbage")
    return path


ASKING: list[tuple[str, dict[str, Any]]] = [
    ("dialog:join", {"dialog_id": "TKT-5000"}),
    ("dialog:join", {"dialog_id": "TKT-5000/notes"}),
    ("history:get", {"dialog_id": "TKT-5000"}),
    ("message:send", {"dialog_id": "TKT-5000", "content": "hi"}),
    ("typing:start", {"dialog_id": "TKT-5000"}),
    ("receipt:read", {"dialog_id": "TKT-5000", "seq": 1}),
    ("ticket:messages", {"ticket_id": "TKT-5000"}),
    ("ticket:request", {"ticket_id": "TKT-5000"}),
    ("hello", {"ticket_id": "TKT-5000"}),
    ("hello", {"token": "p-1388-0123456789ab." + "A" * 36}),
    ("hello", {"token": "p-1388-0123456789ab." + "A" * 32}),
]


def test_no_file_is_read_for_what_cannot_be_the_askers(make_daemon: MakeDaemon) -> None:
    daemon = make_daemon()
    for kind in ("tickets", "participants", "conversations"):
        garbage(daemon, kind, 5000)
    with Client(daemon.address) as anybody, Client(daemon.address) as known:
        token = known.hello(name="Ann")["token"]
        known.ask("ticket:open", content="my own")
        for client in (anybody, known):
            for event, data in ASKING:
                with pytest.raises(Refused) as refused:
                    client.ask(event, **data)
                assert refused.value.code in ("not_found", "unauthenticated"), (event, data)
    for who in (None, token, "p-1388-0123456789ab." + "A" * 36, "p-1388-0123456789ab"):
        for path in ("/api/support/messages/TKT-5000", "/api/messages/dialog/TKT-5000"):
            assert daemon.http("GET", path, None, who)[0] in (401, 404)
        body = {"message": "hi", "ticket_id": "TKT-5000"}
        assert daemon.http("POST", "/api/support/send-message", body, who)[0] in (401, 404)
    assert "out of service" not in daemon.logged()
    status, told = daemon.http(
        "GET", "/api/support/messages/TKT-5000", token=daemon.add_operator("root", "Root")
    )
    assert status == 500 and told["error"]["code"] == "damaged", "it is what an operator reads"


def test_a_visitor_may_ask_for_their_own_tickets_and_for_those_too_old_to_be_remembered() -> None:
    few = tuple(f"TKT-{number}" for number in range(1_000, 1_000 + REMEMBERED_TICKETS - 1))
    who = Participant(
        id="p-1-a", name="", site="", token_hash="", created_at="", expires_at="", tickets=few
    )
    assert who.may_have("TKT-1000") and not who.may_have("TKT-0999")
    assert not who.may_have("TKT-1999")
    many = Participant(
        id="",
        name="",
        site="",
        token_hash="",
        created_at="",
        expires_at="",
        tickets=(*few, "TKT-2000"),
    )
    assert many.may_have("TKT-0999") and not many.may_have("TKT-1999")


def test_asking_for_what_is_not_there_fills_nothing(tmp_path: Path) -> None:
    store = open_store(tmp_path, StoreSettings(cache_bytes=1_000_000))
    for number in range(0, 5_000 << 12, 1 << 12):
        assert store.get(Participant, new_id("p", number)) is None
        assert store.conversation(f"TKT-{number}").last_seq == 0
    assert store.status()["cached_bytes"] == 0 and len(store._datafiles._cache) == 0
    store.close()


def test_however_many_come_at_once_no_file_of_them_is_large(tmp_path: Path) -> None:
    newborn, now = Newborn("p"), 1_800_000_000.0
    ids = [newborn.id(now + number / 10) for number in range(2 * PER_WINDOW + 10)]
    assert [shelf(id) for id in (ids[0], ids[PER_WINDOW - 1], ids[PER_WINDOW], ids[-1])] == [
        0,
        0,
        1,
        2,
    ]
    assert len(set(ids)) == len(ids) and {birth(id) for id in ids[:10]} == {int(now)}
    assert shelf(newborn.id(now + 5_000)) == 0, "another time begins anew"

    def participant(id: str) -> Participant:
        return Participant(
            id=id, name="Гость", site="default", token_hash="0" * 64,
            created_at=to_text(now), expires_at=to_text(now + 86_400),
        )  # fmt: skip

    store = open_store(tmp_path, StoreSettings(sync=False, cache_bytes=1_000_000))
    for start in range(0, len(ids), 1_000):
        store.commit(*(Put(participant(id)) for id in ids[start : start + 1_000]))
    gevent.spawn(store.checkpoint).get()
    files = sorted((tmp_path / "participants").glob("*.json"))
    assert len(files) == 3 and max(path.stat().st_size for path in files) < 1_700_000
    for id in (ids[0], ids[PER_WINDOW], ids[-1]):
        assert store.get(Participant, id) == participant(id)
        assert store.get(Participant, id[:-1] + "x") is None
    store.close()
    assert verify(tmp_path)


@pytest.mark.parametrize(
    "id",
    [
        "p-1-../../x-a",
        "p-1--a",
        "p-1--1-a",
        "p-zz-1-a",
        "p-1-1-2-3",
        "p-1-fffffffff-a",
        "p--1-5-a",
        "TKT-1-2-3",
    ],
)
def test_no_id_names_a_file_of_its_own_choice(id: str) -> None:
    name = bucket("participants", id)
    assert name == "standing" or name.lstrip("-").isdigit(), name
    assert len(name) <= 14 or id.startswith("p--")


def test_who_is_here_is_read_once_however_many_files_there_are(tmp_path: Path) -> None:
    """Whoever has tokens of many times asks with one after the other."""
    store = open_store(tmp_path, StoreSettings(sync=False, cache_bytes=1))
    ids = [new_id("p", number << WINDOW_BITS) for number in range(1, 21)]

    def named(id: str, name: str) -> Participant:
        return Participant(
            id=id, name=name, site="default", token_hash="", created_at="", expires_at="~"
        )

    store.commit(*(Put(named(id, "Ann")) for id in ids))
    store.checkpoint()
    assert [store.get(Participant, id) for id in ids] == [named(id, "Ann") for id in ids]
    for path in (tmp_path / "participants").glob("*.json"):
        path.chmod(0)
        path.rename(path.with_suffix(".away"))
    for _ in range(3):
        assert [store.get(Participant, id) for id in ids] == [named(id, "Ann") for id in ids]
    for path in (tmp_path / "participants").glob("*.away"):
        path.rename(path.with_suffix(".json")).chmod(0o600)
    store.commit(Put(named(ids[0], "Anna")), Remove("participants", ids[1]))
    for _ in range(2):
        assert store.get(Participant, ids[0]) == named(ids[0], "Anna")
        assert store.get(Participant, ids[1]) is None
        store.checkpoint()
    assert len(store._recent) <= RECENT
    store.close()


def files_read(daemon: Daemon) -> int:
    """How many of the files that are garbage anybody has opened."""
    return len(set(re.findall(r"participants/(\d+)\.json", daemon.logged())))


def old_token(second: int, secret: str = "A" * 32) -> str:
    """As they were before there were marks."""
    return f"p-{second:x}-0123456789ab.{secret}"


def stored(daemon: Daemon, *changes: Put) -> None:
    """Data from before there were marks."""
    store = open_store(daemon.data, StoreSettings())
    key = Key(id=KEY_ID, key=KEY, created_at=to_text(SINCE))
    store.commit(Put(key), *changes)
    store.close()


@pytest.mark.parametrize("whose", ["old_tokens_per_address", "old_tokens_first"])
def test_tokens_without_a_mark_have_few_files_read(make_daemon: MakeDaemon, whose: str) -> None:
    limits = RELAXED["limits"] | {whose: "5/hour"}
    proxies = ["127.0.0.1"] if whose == "old_tokens_first" else []
    daemon = make_daemon({"limits": limits, "server": {"trusted_proxies": proxies}}, start=False)
    stored(daemon)
    seconds = [number << WINDOW_BITS for number in range(1, 41)]
    for second in seconds:
        garbage(daemon, "participants", second)
    daemon.start()
    codes = []
    with Client(daemon.address) as anybody:
        for second in seconds[::2]:
            with pytest.raises(Refused) as refused:
                anybody.ask("hello", token=old_token(second))
            codes.append(refused.value.code)
    for number, second in enumerate(seconds[1::2]):
        far = {"X-Forwarded-For": f"192.0.2.{number}"}
        status, _ = daemon.http("GET", "/api/rooms", token=old_token(second), headers=far)
        codes.append(str(status))
    assert codes[5:] == ["rate_limited"] * 15 + ["429"] * 20
    assert "rate_limited" not in codes[:5] and files_read(daemon) == 5


def test_a_good_token_without_a_mark_may_be_shown_as_often_as_one_likes(
    make_daemon: MakeDaemon,
) -> None:
    limits = RELAXED["limits"] | dict.fromkeys(("old_tokens_per_address", "old_tokens"), "3/hour")
    daemon = make_daemon({"limits": limits}, start=False)
    secret, id = secrets.token_urlsafe(24), old_token(5_000).partition(".")[0]
    ann = Participant(
        id=id, name="Ann", site="default", token_hash=digest(secret),
        created_at=to_text(5_000), expires_at="9999-01-01T00:00:00.000Z",
    )  # fmt: skip
    stored(daemon, Put(ann))
    daemon.start()
    for _ in range(10):
        with Client(daemon.address) as client:
            assert client.ask("hello", token=f"{id}.{secret}")["participant"]["id"] == id
    with Client(daemon.address) as other:
        for code in ["unauthenticated"] * 3 + ["rate_limited"]:
            with pytest.raises(Refused) as refused:
                other.ask("hello", token=old_token(5_000))
            assert refused.value.code == code
        assert other.hello(name="Boris"), "who has no such token notices nothing"
        again = other.token
    with Client(daemon.address) as other:
        assert other.hello(token=again)
