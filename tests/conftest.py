"""Fixtures: a daemon for a module's tests, daemons made to order, clients that are closed."""

from __future__ import annotations

import os
import resource
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import gevent
import hypothesis
import pytest

from tests.client import Client
from tests.daemon import Daemon
from tests.nodes import Nodes
from tests.postgres import Server
from tests.redis import RedisServer, redis_server
from tests.seed import SEED
from tests.turns import turns

MakeDaemon = Callable[..., Daemon]
Connect = Callable[..., Client]

# A shell's usual 1,024 descriptors are too few for the tests of very many connections.
resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
# Lots are drawn alike in every run: what fails then is of the change that it fails for.
hypothesis.settings.register_profile("chatd", derandomize=SEED == 1, deadline=None)
hypothesis.settings.load_profile("chatd")
# Where tests run in several processes these say how large a terminal is, whatever it becomes.
for name in ("COLUMNS", "LINES"):
    os.environ.pop(name, None)


def pytest_configure(config: pytest.Config) -> None:
    """In several processes, files begin in the order of the tests, not by how many they hold."""
    config.option.loadscopereorder = False


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Of what is shuffled the longest files come first, and all with browsers together."""
    items.sort(key=turns(items))


@pytest.fixture(autouse=True)
def current_time() -> None:
    """To an event loop that stood still between tests it is still the time of the last one, and
    a new timeout may be over at once."""
    gevent.get_hub().loop.update_now()


@pytest.fixture(scope="session")
def states(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Directories that nobody has used yet."""
    base = tmp_path_factory.mktemp("states")
    return (base / str(number) for number in count())


@pytest.fixture(autouse=True)
def state_of_its_own(states: Iterator[Path]) -> None:
    """A test's clients find nothing that another's have kept: to them a daemon at the same port is
    the same daemon, and the kernel gives a port again."""
    os.environ["XDG_STATE_HOME"] = str(next(states))


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """A daemon with defaults, shared by the tests of a module."""
    running = Daemon(tmp_path_factory.mktemp("daemon")).start()
    yield running
    assert running.stop() == 0, running.logged()
    assert "incident" not in running.logged(), running.logged()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A PostgreSQL for all tests that ask for one, each with a database of its own."""
    server = Server()
    yield server
    server.end()


@pytest.fixture(scope="session")
def redis() -> Iterator[RedisServer]:
    """A Redis for all tests that ask for one."""
    with redis_server() as server:
        yield server


@pytest.fixture
def database(postgres: Server) -> Iterator[str]:
    """An empty database with the tables of chatd: where it is."""
    dsn = postgres.database()
    yield dsn
    postgres.drop(dsn)


@pytest.fixture
def nodes(database: str) -> Iterator[Nodes]:
    """Nodes on one empty database."""
    made = Nodes(database)
    yield made
    made.close()


@pytest.fixture
def make_daemon(tmp_path: Path) -> Iterator[MakeDaemon]:
    """Starts daemons with a configuration of their own."""
    started: list[Daemon] = []

    def make(config: dict[str, Any] | None = None, *, start: bool = True) -> Daemon:
        home = tmp_path / f"d{len(started)}"
        home.mkdir()
        daemon = Daemon(home, config)
        started.append(daemon)
        return daemon.start() if start else daemon

    yield make
    for daemon in started:
        if daemon.process is not None:
            daemon.stop()


@pytest.fixture
def connect(daemon: Daemon) -> Iterator[Connect]:
    """Clients of the shared daemon; a name says hello."""
    clients: list[Client] = []

    def make(name: str | None = None, **options: Any) -> Client:
        client = Client(daemon.address, **options)
        clients.append(client)
        if name is not None:
            client.hello(name=name)
        return client

    yield make
    for client in clients:
        client.ws.close()
