"""A name means one thing: what it may be is read to its last character, and topics never meet."""

from __future__ import annotations

import ast
import itertools
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import msgspec
import pytest

import chatd
from chatd.config import loading, settings, shapes
from chatd.domain import topics
from chatd.domain.department import EVERYTHING, Scope
from chatd.errors import ConfigError
from chatd.protocol import commands, operating, support
from tests.client import Client, Refused
from tests.conftest import Connect, MakeDaemon
from tests.daemon import PASSWORD, Daemon

ROOT = Path(chatd.__file__).parent
FITTING = {
    shapes.PATTERNS[shapes.RATE]: "5/minute",
    shapes.PATTERNS[shapes.REDIS]: "redis://127.0.0.1:6379/0",
    shapes.PATTERNS[shapes.ICE]: "turn:turn.example:3478?transport=tcp",
    shapes.PATTERNS[shapes.SPAN]: "09:00-18:00",
    shapes.PATTERNS[shapes.PAGE]: "/prices/*",
    shapes.PATTERNS[shapes.DAY]: "2030-12-31",
    "a mode is like '660'": "660",
    "a colour is like '#2f6fed'": "#2f6fed",
}


def patterns(kind: Any, seen: set[Any]) -> set[tuple[str, Any]]:
    """The regular expressions in a type, with the type that has each."""
    found = set()
    if get_origin(kind) is Annotated:
        for meta in get_args(kind)[1:]:
            if isinstance(meta, msgspec.Meta) and meta.pattern:
                found.add((meta.pattern, kind))
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct) and kind not in seen:
        seen.add(kind)
        for hint in get_type_hints(kind, include_extras=True).values():
            found |= patterns(hint, seen)
    for part in get_args(kind):
        found |= patterns(part, seen)
    return found


EVERY = (*commands.COMMANDS, *operating.COMMANDS, *support.COMMANDS, support.TicketForm)
KNOWN: set[Any] = set()
PATTERNS = sorted(
    set(itertools.chain(*(patterns(one, KNOWN) for one in (settings.Config, *EVERY)))), key=str
)


def test_there_is_something_to_test() -> None:
    assert len({pattern for pattern, _ in PATTERNS}) >= 6


@pytest.mark.parametrize(("pattern", "kind"), PATTERNS, ids=[one for one, _ in PATTERNS])
def test_no_pattern_lets_a_newline_in(pattern: str, kind: Any) -> None:
    fitting = FITTING.get(shapes.PATTERNS.get(pattern, ""), "tkt-1".upper())
    for text in (fitting, "root"):
        try:
            assert msgspec.convert(text, kind) == text
        except msgspec.ValidationError:
            continue
        with pytest.raises(msgspec.ValidationError, match="regex"):
            msgspec.convert(text + "\n", kind)
        break
    else:
        pytest.fail("nothing fits: the test needs an example")


def test_no_regular_expression_of_ours_ends_before_a_newline() -> None:
    for path in ROOT.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            compiled = isinstance(node, ast.Call) and ast.unparse(node.func).startswith("re.")
            for text in node.args[:1] if compiled and isinstance(node, ast.Call) else [node]:
                if isinstance(text, ast.Constant) and isinstance(text.value, str):
                    whole = compiled or text.value.startswith("^")
                    where = f"{path.name}:{text.lineno}"
                    assert not (whole and text.value.endswith("$")), f"{where}: use \\Z"


def test_no_two_accounts_differ_by_a_newline(daemon: Daemon) -> None:
    token = daemon.add_operator("root", "Root", "admin")
    for username in ("root\n", "root2\n", "\nroot2", "root2\r\n"):
        form = {"username": username, "password": PASSWORD, "display_name": "Eve"}
        status, body = daemon.http("POST", "/manager/create", form, token)
        assert (status, body["error"]["field"]) == (422, "username")


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("queue", "watch queue"),
        ("events", "watch events"),
        ("tkt-5", "like another's id"),
        ("dlg-5", "like another's id"),
        ("tea\n", "small letters"),
        ("TKT-5", "small letters"),
    ],
)
def test_a_room_that_cannot_be_is_refused(tmp_path: Path, name: str, why: str) -> None:
    file = tmp_path / "chatd.toml"
    file.write_text(f"[rooms.{msgspec.json.encode(name).decode()}]\n", "utf-8")
    with pytest.raises(ConfigError, match=why):
        loading.load(file)


def test_no_two_topics_are_one_whatever_the_names() -> None:
    def of_site(name: str) -> topics.Topic:
        return topics.queue(Scope((name,)))

    def of_others(name: str) -> topics.Topic:
        return topics.queue(Scope((), (name,)))

    names = ["queue", "events", "lobby", "a", "a:b", "participant:a", "TKT-1", "TKT-1/staff", ""]
    kinds = (topics.dialog, topics.staff, topics.customer, topics.participant, of_site, of_others)
    every = [topics.EVENTS, *(kind(name) for kind in kinds for name in names)]
    assert len(set(every)) == len(every)
    assert topics.queue(EVERYTHING) == topics.QUEUE, "of no site: of all"
    assert [topics.dialog_of(topics.dialog(name)) for name in names] == names
    others = [topic for topic in every if not topic.startswith(topics.DIALOG)]
    assert {topics.dialog_of(topic) for topic in others} == {None}


@pytest.mark.parametrize("room", ["queues", "events-2", "queue-talk", "participant-a"])
def test_a_room_named_like_a_topic_is_a_room_like_any(make_daemon: MakeDaemon, room: str) -> None:
    daemon = make_daemon({"rooms": {room: {}}})
    with Client(daemon.address) as stays, Client(daemon.address) as leaves:
        stays.hello(name="Ann")
        leaves.hello(name="Ben")
        stays.join(room)
        leaves.join(room)
        stays.expect("presence:update")
        leaves.ask("ticket:open", content="a secret of mine")
        leaves.ask("dialog:leave", dialog_id=room)
        assert stays.expect("presence:update")["participant"]["status"] == "offline"
        stays.say(room, "anybody?")
        assert {one["event"] for one in leaves.settle()} <= {"dialog:update", "message:new"}
        assert all("secret" not in str(one) for one in stays.settle())


def test_nobody_joins_what_operators_watch(connect: Connect) -> None:
    eve = connect("Eve")
    for dialog_id in ("queue", "events", "queue:", "events:", "queue:default", "dialog:lobby"):
        with pytest.raises(Refused, match="not_found"):
            eve.join(dialog_id)
