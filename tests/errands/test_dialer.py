"""The one way out: where it may go, whom it believes, and how long it waits."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from chatd.config.settings import ErrandSettings
from chatd.errands.base import Failed
from chatd.errands.dialer import MOST_BYTES, Dialer
from tests import ports
from tests.errands.receiver import Receiver
from tests.proxies import make_certificate

OUTSIDE = ("93.184.216.34", "2606:2800:220:1::1", "::ffff:93.184.216.34", "64:ff9b::5db8:d822")
INSIDE = (
    *("127.0.0.1", "127.8.9.10", "0.0.0.0", "10.1.2.3", "172.16.0.1", "172.31.255.255"),
    *("192.168.1.1", "169.254.169.254", "100.64.0.1", "100.127.255.255", "198.18.0.1"),
    *("224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1"),
    *("ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::"),
    "2002:a00:1::",
)


def dialer(**settings: object) -> Dialer:
    made = ErrandSettings(timeout_seconds=10.0, **settings)  # type: ignore[arg-type]
    return Dialer(lambda: made)


@contextmanager
def saying(answer: bytes) -> Iterator[str]:
    """A server on this machine that says these bytes to one who asks."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            peer, _ = listening.accept()
            with peer:
                while b"{}" not in peer.recv(65_536):
                    pass
                peer.sendall(answer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
        thread.join(20)


@pytest.mark.parametrize("address", OUTSIDE)
def test_the_outside_may_be_reached(address: str) -> None:
    assert dialer().may_reach(address)


@pytest.mark.parametrize("address", INSIDE)
def test_nothing_of_our_own_may_be_reached(address: str) -> None:
    assert not dialer().may_reach(address)


def test_what_is_allowed_by_name_may_be_reached_and_nothing_beside_it() -> None:
    one = dialer(private_networks=("10.1.0.0/16", "fc00::/7"))
    assert one.may_reach("10.1.2.3")
    assert one.may_reach("::ffff:10.1.2.3")
    assert one.may_reach("fc00::1")
    assert not one.may_reach("10.2.0.1")
    assert not one.may_reach("127.0.0.1")


def test_this_machine_is_refused_before_anything_is_sent() -> None:
    receiver = Receiver()
    try:
        with pytest.raises(Failed, match=r"no address of the outside; errands\.private_networks"):
            dialer(plain_http=True).post(receiver.url("localhost"), b"{}", {})
        assert not receiver.tries
    finally:
        receiver.close()


def test_http_without_tls_has_to_be_allowed() -> None:
    with pytest.raises(Failed, match=r"errands\.plain_http"):
        dialer(private_networks=("127.0.0.0/8",)).post("http://127.0.0.1:1/", b"{}", {})


LOCAL = {"plain_http": True, "private_networks": ("127.0.0.0/8", "::1/128")}


def test_no_redirect_is_followed() -> None:
    with saying(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n\r\n") as url:
        assert dialer(**LOCAL).post(url, b"{}", {}).status == 302


def test_of_an_answer_only_the_beginning_is_read() -> None:
    with saying(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 100_000) as url:
        assert dialer(**LOCAL).post(url, b"{}", {}).body == b"x" * MOST_BYTES


@pytest.mark.parametrize("answer", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n"])
def test_what_is_no_http_is_no_delivery(answer: bytes) -> None:
    with saying(answer) as url, pytest.raises(Failed, match="no HTTP"):
        dialer(**LOCAL).post(url, b"{}", {})


def test_nobody_there_and_no_such_name_are_said_in_words() -> None:
    with pytest.raises(Failed, match="refused"):
        dialer(**LOCAL).post(f"http://127.0.0.1:{next(ports.FREE)}/", b"{}", {})
    with pytest.raises(Failed, match="its name is not known"):
        dialer(**LOCAL).post("http://nobody.invalid/", b"{}", {})
    with pytest.raises(Failed, match="its name is none"):
        dialer(**LOCAL).post("http://a..b/", b"{}", {})


def test_a_certificate_has_to_be_trusted_and_be_of_that_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = make_certificate(tmp_path)
    receiver = Receiver(certificate)
    try:
        local = dialer(private_networks=("127.0.0.0/8", "::1/128"))
        with pytest.raises(Failed, match="certificate is not trusted"):
            local.post(receiver.url("localhost"), b"{}", {})
        monkeypatch.setenv("SSL_CERT_FILE", f"{certificate}.pem")
        trusting = dialer(private_networks=("127.0.0.0/8", "::1/128"))
        with pytest.raises(Failed, match="certificate is not trusted: Hostname mismatch"):
            trusting.post(receiver.url("localhost"), b"{}", {})
    finally:
        receiver.close()
    assert not receiver.tries
