"""``doctor turn`` asks real servers, and says what is wrong with those that do not relay."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from chatd.errands import turn
from chatd.errands.base import Failed
from chatd.service.ice import credentials
from tests.conftest import MakeDaemon
from tests.daemon import eventually
from tests.ports import ports

PAGE = (Path(__file__).parents[2] / "docs" / "calls.md").read_text("utf-8")
SECRET = "put-a-long-random-word-here"


def documented() -> str:
    """The configuration that the page recommends."""
    return PAGE.partition("```ini\n")[2].partition("```")[0]


class Coturn:
    """A real coturn, as documented, on the loopback."""

    def __init__(self, home: Path, *more: str) -> None:
        self.port = next(ports())
        self.url = f"turn:127.0.0.1:{self.port}"
        (home / "turn.conf").write_text(
            documented().replace("3478", str(self.port))
            + "listening-ip=127.0.0.1\nrelay-ip=127.0.0.1\nno-tls\nno-dtls\nsimple-log\n"
            f"log-file={home}/turn.log\npidfile={home}/turn.pid\nuserdb={home}/turn.db\n"
            + "\n".join(more)
        )
        self.process = subprocess.Popen(
            ["turnserver", "-c", str(home / "turn.conf")],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        eventually(self.answers)

    def answers(self) -> bool:
        """Whether it is there by now."""
        try:
            return bool(turn.ask_address(self.url.replace("turn:", "stun:")))
        except Failed:
            return False

    def end(self) -> None:
        self.process.kill()
        self.process.wait(20)


@pytest.fixture(scope="module")
def coturn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Coturn]:
    server = Coturn(tmp_path_factory.mktemp("coturn"))
    yield server
    server.end()


def opened(secret: str = SECRET, expiry: int = 2_000_000_000) -> turn.Credentials:
    return turn.Credentials(*credentials(secret, "p-1", expiry))


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_a_relay_is_had_with_the_secret_and_not_with_another(
    coturn: Coturn, transport: str
) -> None:
    url = f"{coturn.url}?transport={transport}"
    assert turn.allocate(url, opened()).startswith("127.0.0.1:")
    with pytest.raises(Failed, match="refused these credentials: 401"):
        turn.allocate(url, opened("another"))
    with pytest.raises(Failed, match="refused these credentials: 401"):
        turn.allocate(url, opened(expiry=1_000_000_000))


def test_doctor_turn_says_of_each_server_what_it_does(
    coturn: Coturn, make_daemon: MakeDaemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TURN_SECRET", SECRET)
    monkeypatch.setenv("WRONG_SECRET", "another")
    urls = [coturn.url.replace("turn:", "stun:"), coturn.url]
    daemon = make_daemon({"turn": {"urls": urls, "secret_env": "TURN_SECRET"}})
    done = daemon.admin("doctor", "turn")
    assert done.returncode == 0, done.stdout
    assert f"ok\t{urls[0]}\tsees us as 127.0.0.1:" in done.stdout
    assert f"ok\t{urls[1]}\trelays for us as 127.0.0.1:" in done.stdout
    wrong = make_daemon({"turn": {"urls": urls, "secret_env": "WRONG_SECRET"}})
    done = wrong.admin("doctor", "turn")
    assert done.returncode == 1 and f"wrong\t{urls[1]}\tit refused these credentials" in done.stdout
    none = make_daemon({"turn": {"urls": urls}}).admin("doctor", "turn")
    assert none.returncode == 1 and "turn.secret_env" in none.stdout


def test_what_is_no_server_is_said_and_waited_for_no_longer_than_it_takes() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    with pytest.raises(Failed, match="not reachable: Connection refused"):
        turn.allocate(f"turn:127.0.0.1:{port}?transport=tcp", opened())
    with pytest.raises(Failed, match="not reachable"):
        turn.ask_address("stun:no-such-host.invalid")
    with pytest.raises(Failed, match="not an address"):
        turn.read_url("http://turn.example")
    read = turn.read_url("turns:[2001:db8::1]:443?transport=tcp")
    assert (read.host, read.port, read.tls, read.relays) == ("2001:db8::1", 443, True, True)
    assert turn.read_url("stun:turn.example").port == 3478


def test_what_a_server_answers_is_read_only_as_far_as_it_is_whole() -> None:
    assert dict(turn.read_attributes(b"\x00\x09\x00\x08\x00")) == {}
    assert turn.code_of({turn.ERROR_CODE: b"\x00"}) == 0
    assert (
        turn.reason({turn.ERROR_CODE: b"\x00\x00\x04\x01Un\x1bauthorised"}) == "401 Un authorised"
    )
    with pytest.raises(Failed, match="without an address"):
        turn.address_in({}, turn.RELAYED, bytes(12))
