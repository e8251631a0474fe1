"""``python -m tests.faulty FAULT …``: the daemon as ``chatd start`` runs it, with a fault in it.

What a user cannot provoke from outside (a handler that raises, a greenlet that dies, a listener
that loses its socket, a clock that jumps, a disk that is slow) is done to the real thing here.
"""

from gevent import monkey

monkey.patch_all()

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gevent

from chatd.admin.server import AdminServer
from chatd.audit.chain import Chain
from chatd.bot.base import Turn
from chatd.daemon import app, assembly, entry
from chatd.daemon.app import App
from chatd.domain.message import Message
from chatd.domain.ticket import Ticket
from chatd.domain.times import to_text
from chatd.errors import Unavailable
from chatd.handlers import system
from chatd.net.server import Server
from chatd.protocol import envelope
from chatd.protocol.commands import SetPresence
from chatd.protocol.results import OneMessage
from chatd.runtime.tasks import Tasks
from chatd.service import assignment, bots
from chatd.service.knowing import Considered
from chatd.store.base import Append, Put
from chatd.store.tiny import filesystem

SYNC_S = 0.1
LOOK_S = 0.1
WRITER = "the-committer-itself"


def handler() -> None:
    """``presence:set`` raises."""

    def broken(cx: Any, command: Any) -> Any:
        raise RuntimeError("a secret of the house")

    handlers: Any = system.HANDLERS
    handlers[SetPresence] = broken


def started(act: Callable[[App], None]) -> None:
    """Does something to the running daemon when SIGUSR1 comes."""
    import signal

    start = App.start

    def start_and_wait(app: App) -> None:
        start(app)
        gevent.signal_handler(signal.SIGUSR1, lambda: act(app))

    App.start = start_and_wait  # type: ignore[method-assign]


def dying() -> None:
    """The greenlet that the file ``dies`` names is killed, or raises, as its second word says.
    The file ``vital`` tells which ones are vital."""
    home, spawn, vital = Path(sys.argv[2]), Tasks.spawn, {"audit", WRITER}

    def spawn_noting(tasks: Tasks, name: str, *work: Any, **how: Any) -> Any:
        if how.get("vital"):
            vital.add(name)
        return spawn(tasks, name, *work, **how)

    def die(app: App) -> None:
        name, how = (home / "dies").read_text().split()
        greenlets = {one.name: one for one in app.services.tasks._group.greenlets}
        greenlets |= {"audit": app.services.audit._writer, WRITER: app.store._committer._greenlet}
        fault = {"raises": RuntimeError("gone"), "killed": gevent.GreenletExit}[how]
        greenlets[name].kill(fault, block=False)

    Tasks.spawn = spawn_noting  # type: ignore[method-assign]
    started(die)
    told = App.ready_line

    def ready_line(app: App) -> str:
        (home / "vital").write_text(" ".join(vital))
        return told(app)

    App.ready_line = ready_line  # type: ignore[method-assign]


def others() -> None:
    """What is not vital dies: a task, a call of the loop's own, a connection's greenlet with what
    somebody wrote in its hand; and what is done each second fails three times."""
    turns = iter((1, 2, 3))

    def die(message: str) -> None:
        raise RuntimeError("gone")

    def fail(services: Any) -> None:
        if next(turns, None):
            raise RuntimeError("no turn")

    def act(app: App) -> None:
        app.services.tasks.spawn("bystander", die, "a secret of Anna's")
        gevent.spawn(die, "a secret of Anna's")
        gevent.get_hub().loop.run_callback(die, "a secret of Anna's")
        assignment.turn = fail

    started(act)


def answers() -> None:
    """What was said cannot be put into words for who said it."""
    answer = envelope.answer

    def broken(caller_id: Any, result: Any) -> bytes:
        if isinstance(result, OneMessage):
            raise RuntimeError("no words")
        return answer(caller_id, result)

    envelope.answer = broken


class Engine:
    """A bot of which the first answer fails as nothing should, and the second is refused."""

    active = True

    def __init__(self) -> None:
        self._asked = 0

    def answer(self, history: Any, passages: Any = ()) -> Turn:
        """Words, in the end."""
        self._asked += 1
        if self._asked == 1:
            raise KeyError("a fault of the library's")
        return Turn(say=f"answer {self._asked}")

    def write(self, task: Any, history: Any, passages: Any) -> str:
        """Nothing."""
        return ""


def engine() -> None:
    """The bot fails, and what it says next is refused by the store."""
    acted, refused, only = bots.act, iter((1,)), Engine()

    def act(services: Any, ticket_id: str, considered: Considered) -> None:
        if considered.turn.say and next(refused, None):
            raise Unavailable("the disk is full")
        acted(services, ticket_id, considered)

    assembly.make_bot, app.BOTS_S, bots.act = lambda settings: only, LOOK_S, act


def ending() -> None:
    """What the daemon does when it ends fails: the first thing, and one of the last."""

    def broken(self: Any) -> None:
        raise RuntimeError("no end")

    Server.dismiss = broken  # type: ignore[method-assign]
    AdminServer.stop = broken  # type: ignore[method-assign]


def listener() -> None:
    """The listener loses its socket."""
    started(lambda app: app._server._servers[0].socket.close())


def admin_listener() -> None:
    """The admin socket's listener is lost."""
    started(lambda app: app._admin._server.close() if app._admin._server else None)


def clock() -> None:
    """The clock jumps a day back, and on the next signal two days ahead."""
    jumps = iter((-86_400.0, 86_400.0))

    def jump(app: App) -> None:
        by = next(jumps)
        app.services.now = lambda: time.time() + by

    started(jump)


def travel() -> None:
    """The clock is ahead by what the file ``ahead`` says; what is looked at now and then is looked
    at all the time."""
    app.LASTING_S = LOOK_S
    ahead, start = Path(sys.argv[2]) / "ahead", App.start

    def start_travelling(running: App) -> None:
        start(running)
        running.services.now = lambda: time.time() + float(ahead.read_text() or 0)

    ahead.write_text("0")
    App.start = start_travelling  # type: ignore[method-assign]


def disk() -> None:
    """The disk takes its time over every sync."""
    sync, sleep = filesystem.sync, monkey.get_original("time", "sleep")

    def slow(descriptor: int) -> None:
        sleep(SYNC_S)
        sync(descriptor)

    filesystem.sync = slow


def distant() -> None:
    """Whatever is read of the store, or of what lives in memory, is a millisecond away."""
    from tests.waiting import Waiting, move_away

    opened: Any = app.open_store
    reach: Any = lambda *args: Waiting(opened(*args))  # noqa: E731
    app.open_store, assembled = reach, app.assemble

    def assemble(*args: Any) -> Any:
        services = assembled(*args)
        move_away(services)
        return services

    app.assemble = assemble


def impatient() -> None:
    """Other nodes count as gone soon."""
    from chatd.delivery.broker import exchange

    exchange.SILENT_S = 2.0


def audit() -> None:
    """The disk takes its time over every line of the audit log."""
    append, sleep = Chain.append, monkey.get_original("time", "sleep")

    def slow(chain: Chain, entries: Any, *, may_rotate: bool = True) -> Any:
        sleep(3.0)
        return append(chain, entries, may_rotate=may_rotate)

    Chain.append = slow  # type: ignore[method-assign]


def committer() -> None:
    """The committer dies of the next commit."""

    def dying(app: App) -> None:
        def settle(pending: Any) -> None:
            raise RuntimeError("the state makes no sense")

        app.store._committer._settle = settle

    started(dying)


def slowing() -> None:
    """A thousand tickets change, and from then on each sync takes 10 ms."""

    def act(app: App) -> None:
        now = to_text(time.time())
        ids = [f"TKT-{1_730_053_200 + number}" for number in range(1_000)]
        for id in ids:
            fields: dict[str, Any] = {"id": id, "site": "default", "created_at": now}
            person = {"customer_id": "p-1-a", "customer_name": "Аня", "updated_at": now}
            made = Ticket(status="waiting", **fields, **person)
            said = Message(
                dialog_id=id,
                sender_type="customer",
                sender_id="p-1-a",
                sender_name="Аня",
                content="help",
                created_at=now,
            )
            gevent.spawn(app.store.commit, Put(made), Append(said))
        sync, sleep = filesystem.sync, monkey.get_original("time", "sleep")
        filesystem.sync = lambda descriptor: (sleep(0.01), sync(descriptor))[1]

    started(act)


def auditor() -> None:
    """What writes the audit log dies of the first entry."""

    def broken(chain: Chain, entries: Any, *, may_rotate: bool = True) -> Any:
        raise RuntimeError("gone")

    Chain.append = broken  # type: ignore[method-assign]


FAULTS = {
    "auditor": auditor,
    "committer": committer,
    "slowing": slowing,
    "audit": audit,
    "handler": handler,
    "dying": dying,
    "others": others,
    "ending": ending,
    "answers": answers,
    "engine": engine,
    "admin_listener": admin_listener,
    "listener": listener,
    "clock": clock,
    "disk": disk,
    "distant": distant,
    "impatient": impatient,
    "travel": travel,
}

if __name__ == "__main__":
    FAULTS[sys.argv[1]]()
    home = Path(sys.argv[2])
    overrides: dict[str, str | None] = {
        "server__listen": sys.argv[3],
        "data_dir": str(home / "data"),
        "admin__socket": str(home / "admin.sock"),
    }
    sys.stdout.flush()
    os._exit(entry.run(str(home / "chatd.toml"), overrides))
